"""Times what comes before training: the imports, and the first step.

    python tests/benchmarks/bench_start.py

Each row is a process of its own, three times over: how long the imports take, and how
long it then takes until a model is made, its first step traced, compiled and done. The
models are those of the other benchmarks; of genkeras the first step is a `fit` of one
step, as `compile` leaves it to a user.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))

ROUNDS = 3
RESULTS = pathlib.Path(__file__).parent / "results" / "start.md"
OPTIONS = {
    "RealNVP, D = 2": {
        "features": 2,
        "num_couplings": 8,
        "hidden_units": (64, 64),
        "batch_size": 256,
        "learning_rate": 1e-4,
    },
    "RealNVP, D = 784": {
        "features": 784,
        "num_couplings": 8,
        "hidden_units": (256, 256),
        "batch_size": 256,
        "learning_rate": 1e-4,
    },
    "VAE": {"batch_size": 100, "learning_rate": 1e-3},
    "DCGAN, 32 filters": {
        "filters": (32, 64, 128),
        "batch_size": 64,
        "learning_rate": 2e-4,
    },
}


def trial(library, model):
    """Returns what the other benchmarks time of this model, of a library."""
    import bench_dcgan
    import bench_real_nvp
    import bench_vae

    row = {
        "genkeras": "genkeras fit",
        "PyTorch": "PyTorch by hand",
        "PyTorch, compiled": "PyTorch by hand, compiled",
    }[library]
    if model.startswith("RealNVP"):
        return bench_real_nvp.COMPETITORS[row]
    if model == "VAE":
        row = row.replace("by hand", "by hand, fused Adam")
        return bench_vae.TRAINING[row]
    return bench_dcgan.COMPETITORS[row.replace(" by hand", "")]


def work(library, model):
    """Prints the seconds of the imports, and those up to the end of the first step."""
    import harness

    start = time.perf_counter()
    if library == "genkeras":
        harness.tensorflow()
        import genkeras.zoo  # noqa: F401
    else:
        import torch  # noqa: F401 (its threads may be set once, which the trial does)
    imported = time.perf_counter()
    trial(library, model)(**OPTIONS[model]).run(1)
    print(json.dumps([imported - start, time.perf_counter() - imported]))


def measure(library, model):
    """Returns the medians of several processes."""
    command = [sys.executable, __file__, "--worker", library, model]
    environment = {
        **os.environ,
        "BENCHMARK_THREADS": str(os.cpu_count()),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # As `import genkeras` sets it, but here TensorFlow is imported first.
        "TF_ENABLE_ONEDNN_OPTS": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1"),
        # Or a second process finds what the first one compiled.
        "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
    }
    pairs = []
    for _ in range(ROUNDS):
        ran = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        )
        pairs.append(json.loads(ran.stdout.splitlines()[-1]))
    return [statistics.median(column) for column in zip(*pairs, strict=True)]


def report(rows):
    about = " ".join(__doc__.split("\n\n")[2].split())
    lines = [
        "# Start",
        "",
        about,
        "",
        "| model | library | imports, s | first step, s |",
        "| --- | --- | ---: | ---: |",
    ]
    lines += [
        f"| {m} | {lib} | {a:.1f} | {b:.1f} |" for (m, lib), (a, b) in rows.items()
    ]
    date = datetime.datetime.now(datetime.UTC).date()
    return "\n".join([*lines, "", f"{date}, {os.cpu_count()} cores.", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dry", action="store_true", help="print, and keep no file")
    parser.add_argument("--only", default="", help="part of the libraries' names")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        return work(*arguments.worker)
    rows = {}
    for model in OPTIONS:
        for library in ("genkeras", "PyTorch", "PyTorch, compiled"):
            if arguments.only in library:
                rows[model, library] = measure(library, model)
                print(model, library, rows[model, library], file=sys.stderr)
    text = report(rows)
    print(text)
    if not arguments.dry:
        RESULTS.write_text(text)
    return None


if __name__ == "__main__":
    main()
