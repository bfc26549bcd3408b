"""The tour: four families on real digits, from data to a served model."""

import pathlib
import shutil
import subprocess
import sys
import time

from .. import recipes
from ..pictures import draw, save_png
from ..run_folder import RunFolder

RECIPES = (
    "real_nvp_digits",
    "gated_pixel_cnn_digits",
    "vae_digits",
    "wgan_gp_digits",
)

# Run by an interpreter of its own, which imports nothing but TensorFlow.
_SERVE = """
import sys
import tensorflow as tf

for path in sys.argv[1:]:
    served = tf.saved_model.load(path)
    seed = tf.constant([0, 1])
    drawn = served.signatures["sample"](num_samples=tf.constant(16), seed=seed)
    print(f"  {path}: {drawn['samples'].shape} {drawn['samples'].dtype.name}")
loaded = sorted({"genkeras", "tensorflow_probability"} & set(sys.modules))
print(f"  (of genkeras and TensorFlow Probability, it imported: {loaded or 'neither'})")
"""


def run_demo(out: pathlib.Path) -> dict[str, dict[str, float]]:
    """Trains, draws, scores and exports the four models into a folder.

    Args:
        out: path. Gets `runs/`, a `NAME.png` and `saved_models/NAME/1` for each, and
            what models completed of images.

    Returns:
        The metrics of each recipe.
    """
    results = {}
    for name in RECIPES:
        start = time.perf_counter()
        recipe = recipes.load(name)
        print(f"\n=== {recipe.summary}")
        run = out / "runs" / name
        metrics = recipe.train(recipe.Config(), run, verbose="brief")
        folder = RunFolder.open(run)
        model = folder.load_model()
        save_png(draw(model.preview(64), folder.picture), out / f"{name}.png")
        model.export(out / "saved_models" / name / "1")
        completed = folder.samples / "completed.png"
        if completed.exists():
            shutil.copy(completed, out / f"{name}_completed.png")
        seconds = time.perf_counter() - start
        bound = getattr(model, "is_bound", True)
        results[name] = {**metrics, "seconds": seconds, "is_bound": bound}
    _print_results(results, out)
    _serve(out)
    return results


def _print_results(results, out):
    print(
        "\n=== Results on the test split (nats per example; a bound where it says so)"
    )
    for name, metrics in results.items():
        print(f"\n{name}, in {metrics['seconds']:.0f} s; samples in {out / name}.png")
        for metric, explanation in _EXPLANATIONS.items():
            if metric in metrics:
                if not metrics["is_bound"]:
                    explanation = explanation.replace("upper bound", "exact")
                print(f"  {explanation:<62}{metrics[metric]:10.3f}")


_EXPLANATIONS = {
    "test_bits_per_dim": "bits per pixel, 17 levels (upper bound; uniform: 4.087)",
    "test_nll": "negative log-likelihood, nats (upper bound)",
    "test_elbo": "evidence lower bound, one draw",
    "test_log_prob": "log-likelihood, lower bound with 500 draws",
    "frechet_distance": "Frechet distance of raw pixels to the test digits",
    "frechet_distance_of_real": "Frechet distance of raw pixels, other real digits",
}


def _serve(out):
    print("\n=== Sampled by a process that imports TensorFlow alone", flush=True)
    paths = [str(out / "saved_models" / name / "1") for name in RECIPES]
    command = [sys.executable, "-c", _SERVE, *paths]
    # Its standard error is TensorFlow's start-up notes, unless it fails.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout, end="")
    if done.returncode:
        raise RuntimeError(f"The exported models could not be served:\n{done.stderr}")
