"""Times competitors side by side: each in a process of its own, in turns.

A benchmark is a script that ends in `harness.main(Benchmark(...))`. The script starts
itself once more for each competitor and case, so that TensorFlow and PyTorch share no
thread pool, and a library that is missing or fails costs its own row only. The parent
lets one process run at a time: a warm-up each, then rounds in a shuffled order, so
that a slow minute of the machine falls on all of them. It keeps no table of a machine
that does other work, and with `--isa avx2` holds every library to that instruction set,
as on processors without AVX-512. Beside each time stands the share of the machine's own
rate of matrix products that it reaches, where the case knows its operations.

Not collected by pytest: `make bench` runs it.
"""

import argparse
import dataclasses
import datetime
import importlib.metadata
import json
import math
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

RESULTS = pathlib.Path(__file__).parent / "results"
IDLE = 0.5  # load of the last minute up to which a machine counts as idle
# What holds TensorFlow, XLA, PyTorch and NumPy to AVX2.
AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "OPENBLAS_CORETYPE": "Haswell",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}


@dataclasses.dataclass(frozen=True)
class Trial:
    """What a competitor gives to be timed.

    Attributes:
        run: function of a number of steps that takes them, waits for the last, and
            returns its loss as a float, which must fall, or None if nothing is learnt.
        num_parameters: int. Trainable numbers, which must be the same for all; None for
            a competitor whose network is another one, as its script says.
        answer: None, or what the step computes as a float, which must be the same for
            all that give one.
        part: float. The share of the steps that `run` takes where all of them would
            take minutes; its time is scaled to the whole, and the table says so.
    """

    run: Callable[[int], float | None]
    num_parameters: int | None
    answer: float | None = None
    part: float = 1.0


@dataclasses.dataclass(frozen=True)
class Case:
    """One size of the problem.

    Attributes:
        name: str. Heading of its table.
        options: dict of JSON values, handed to each competitor.
        num_steps: int. How many steps are timed at once.
        num_parameters: int. What each competitor must have.
        without: names of competitors that sit this case out.
        operations: None, or the floating-point operations of a step's matrix products.
    """

    name: str
    options: dict
    num_steps: int
    num_parameters: int
    without: tuple[str, ...] = ()
    operations: float | None = None


@dataclasses.dataclass(frozen=True)
class Benchmark:
    """What is compared.

    Attributes:
        name: str. The results go to `results/<name>.md`; see `_file_name`.
        title: str. What is measured.
        about: str. What a reader must know to judge the numbers.
        cases: list of `Case`.
        competitors: dict of names to functions of a case's options that return a
            `Trial`; they import their library inside.
        packages: the distributions whose versions are printed.
    """

    name: str
    title: str
    about: str
    cases: list[Case]
    competitors: dict[str, Callable[..., Trial]]
    packages: tuple[str, ...]


def main(benchmark: Benchmark):
    """Runs the command line of a benchmark: the parent, or one of its workers."""
    parser = argparse.ArgumentParser(description=benchmark.title)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="part of the competitors' names")
    parser.add_argument("--case", default="", help="part of the cases' names")
    parser.add_argument("--dry", action="store_true", help="print, and keep no file")
    parser.add_argument("--isa", choices=["native", "avx2"], default="native")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        competitor, name = arguments.worker
        known = {**benchmark.competitors, **PRODUCTS}
        cases = [*benchmark.cases, PRODUCT]
        options = next(case.options for case in cases if case.name == name)
        return _work(lambda: known[competitor](**options))
    if not arguments.dry and os.getloadavg()[0] > IDLE:
        parser.error(
            f"a table is kept of an idle machine only. Received: a load of "
            f"{os.getloadavg()[0]:.1f} in the last minute. Wait, or pass --dry."
        )
    report = _report(benchmark, arguments)
    print(report)
    if not arguments.dry:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / _file_name(benchmark, arguments)).write_text(report)
    return None


# === In the worker ===
def _work(make):
    """Answers each line of standard input, a number of steps, with a line of JSON."""
    # Libraries print: what they say goes to the log, the answers keep standard output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**values):
        print(json.dumps(values), file=answers, flush=True)

    try:
        trial = make()
    except ModuleNotFoundError as error:
        return answer(error=f"missing: {error.name}")
    answer(num_parameters=trial.num_parameters, answer=trial.answer, part=trial.part)
    for line in sys.stdin:
        start, cpu_start = time.perf_counter(), time.process_time()
        loss = trial.run(int(line))
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
        answer(seconds=seconds / trial.part, cpu=cpu / trial.part, loss=loss)
    return None


# === In the parent ===
class _Worker:
    """A competitor's process. `error` says why it is out, once it is."""

    def __init__(self, name, case, arguments):
        self.name = name
        self.error = None
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by close)
        command = [sys.executable, sys.argv[0], "--worker", name, case.name]
        start = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env=_environment(arguments),
        )
        self.milliseconds, self.cpu_milliseconds = [], []
        self.first_loss = self.last_loss = None
        received = self._receive()
        self.answer = received.get("answer")
        self.part = received.get("part", 1.0)
        found = received.get("num_parameters")
        if found not in (None, case.num_parameters):
            self.error = f"{found} parameters instead of {case.num_parameters}"
        self.run(case.num_steps)  # compiles
        self.startup = time.perf_counter() - start
        self.milliseconds.clear()
        self.cpu_milliseconds.clear()

    def run(self, num_steps):
        if self.error:
            return
        self.process.stdin.write(f"{num_steps}\n")
        self.process.stdin.flush()
        received = self._receive()
        if self.error:
            return
        self.milliseconds.append(1e3 * received["seconds"] / num_steps)
        self.cpu_milliseconds.append(1e3 * received["cpu"] / num_steps)
        if self.first_loss is None:
            self.first_loss = received["loss"]
        self.last_loss = received["loss"]

    def _receive(self):
        line = self.process.stdout.readline()
        received = json.loads(line) if line else {"error": self._last_words()}
        self.error = self.error or received.get("error")
        return received

    def _last_words(self):
        self.process.wait()
        self.log.seek(0)
        lines = [line.strip() for line in self.log if "Error" in line] or ["no message"]
        return f"failed: {lines[-1][:100]}"

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()
        if self.error or self.first_loss is None:
            return
        if not self.last_loss < self.first_loss:
            self.error = f"did not learn: {self.first_loss} to {self.last_loss}"


def _environment(arguments):
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "BENCHMARK_THREADS")
    return {
        **os.environ,
        **{name: str(arguments.threads) for name in names},
        **(AVX2 if arguments.isa == "avx2" else {}),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # As `import genkeras` sets it, but here TensorFlow is imported first.
        "TF_ENABLE_ONEDNN_OPTS": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1"),
    }


def tensorflow():
    """TensorFlow, on as many threads as it is to use."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(num_threads())
    tf.config.threading.set_inter_op_parallelism_threads(num_threads())
    return tf


def pytorch():
    """PyTorch, on as many threads as it is to use."""
    import torch

    torch.set_num_threads(num_threads())
    torch.set_num_interop_threads(num_threads())
    return torch


def num_threads() -> int:
    """How many threads a competitor is to use, within an operation and between."""
    return int(os.environ["BENCHMARK_THREADS"])


def _measure(case, names, arguments):
    workers = []
    for name in (name for name in names if name not in case.without):
        print(f"{case.name}: starting {name}", file=sys.stderr)
        workers.append(_Worker(name, case, arguments))
    _compare_answers(workers)
    order = random.Random(0)
    for _ in range(arguments.rounds):
        order.shuffle(workers)
        for worker in workers:
            worker.run(case.num_steps)
    for worker in workers:
        worker.close()
    return sorted(workers, key=_median)


def _compare_answers(workers):
    given = [worker for worker in workers if worker.answer is not None]
    for worker in given:
        if not math.isclose(worker.answer, given[0].answer, rel_tol=1e-3):
            worker.error = f"{worker.answer} instead of {given[0].answer}"


def _median(worker):
    return math.inf if worker.error else statistics.median(worker.milliseconds)


# === The machine's own rate ===
_SIDE = 2048


def _tensorflow_product(jit):
    def make():
        tf = tensorflow()
        a, b = (tf.random.normal([_SIDE, _SIDE]) for _ in range(2))
        product = tf.function(lambda: tf.matmul(a, b)[0, 0], jit_compile=jit)

        def run(num_steps):
            for _ in range(num_steps):
                float(product())

        return Trial(run, 0)

    return make


def _pytorch_product():
    torch = pytorch()
    a, b = torch.randn(2, _SIDE, _SIDE)

    def run(num_steps):
        for _ in range(num_steps):
            torch.mm(a, b)

    return Trial(run, 0)


PRODUCT = Case("products", {}, num_steps=10, num_parameters=0)
PRODUCTS = {
    "products by TensorFlow": _tensorflow_product(jit=False),
    "products by XLA": _tensorflow_product(jit=True),
    "products by PyTorch": _pytorch_product,
}


def _rate(arguments):
    """Operations a second of the fastest library's product of large matrices."""
    workers = _measure(PRODUCT, PRODUCTS, arguments)
    return 2.0 * _SIDE**3 / (1e-3 * _median(workers[0]))


# === The report ===
def _file_name(benchmark, arguments):
    """A run of some cases, or on fewer threads, does not replace that of all."""
    threads = arguments.threads
    fewer = "" if threads == os.cpu_count() else f"_threads_{threads}"
    isa = "" if arguments.isa == "native" else f"_{arguments.isa}"
    words = "".join(c if c.isalnum() else " " for c in arguments.case.lower()).split()
    return f"{'_'.join([benchmark.name, *words])}{fewer}{isa}.md"


def _report(benchmark, arguments):
    names = [name for name in benchmark.competitors if arguments.only in name]
    load = os.getloadavg()[0]
    cases = [
        case
        for case in benchmark.cases
        if arguments.case in case.name and set(names) - set(case.without)
    ]
    rate = _rate(arguments) if any(case.operations for case in cases) else None
    tables = [_table(case, _measure(case, names, arguments), rate) for case in cases]
    steps = ", ".join(f"{case.num_steps} ({case.name})" for case in cases)
    return "\n\n".join(
        [
            f"# {benchmark.title}",
            benchmark.about.strip(),
            f"Median of {arguments.rounds} rounds of {steps} steps, with the lowest "
            "and the highest. CPU time is that of all threads, and is the number to "
            "compare where other work shared the machine. Start-up is the time to the "
            "end of the warm-up round, imports and compilation included.",
            *tables,
            *([_about_rate(rate)] if rate else []),
            _setting(benchmark.packages, arguments, load),
        ]
    )


def _about_rate(rate):
    return (
        f"Products of matrices of {_SIDE} by {_SIDE} run at {1e-9 * rate:.0f} GFLOP/s "
        "in the fastest of TensorFlow, XLA and PyTorch; the share is what a step's "
        "products alone would take at that rate, of the time that it takes."
    )


def _table(case, workers, rate):
    lines = [
        f"## {case.name}",
        "",
        f"{case.num_parameters:,} parameters each, checked.",
        "",
        "| competitor | ms a step | lowest to highest | ratio to the fastest "
        "| CPU ms a step | share of the rate | start-up, s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    fastest = _median(workers[0])
    for worker in workers:
        if worker.error:
            lines.append(f"| {worker.name} | {worker.error} | | | | | |")
            continue
        low, high = min(worker.milliseconds), max(worker.milliseconds)
        median, cpu = _median(worker), statistics.median(worker.cpu_milliseconds)
        share = ""
        scaled = f", scaled from {worker.part:.0%}" if worker.part < 1.0 else ""
        if case.operations:
            share = f"{case.operations / rate / (1e-3 * median):.0%}"
        lines.append(
            f"| {worker.name}{scaled} | {median:.3g} | {low:.3g} to {high:.3g} "
            f"| {median / fastest:.2f} | {cpu:.3g} | {share} "
            f"| {worker.startup:.0f} |"
        )
    return "\n".join(lines)


def _setting(packages, arguments, load):
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    date = datetime.datetime.now(datetime.UTC).date()
    return (
        f"{date}, {_processor()}, {os.cpu_count()} cores, {arguments.threads} "
        f"threads, {arguments.isa} instructions, load {load:.1f} at the start, "
        f"TF_ENABLE_ONEDNN_OPTS={_environment(arguments)['TF_ENABLE_ONEDNN_OPTS']}; "
        f"Python {platform.python_version()}, {versions}.\n"
    )


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _processor():
    path = pathlib.Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
