"""Times competitors side by side: each in a process of its own, in turns.

A benchmark is a script that ends in `harness.main(Benchmark(...))`. The script starts
itself once more for each competitor and case, so that TensorFlow and PyTorch share no
thread pool, and a library that is missing or fails costs its own row only. The parent
lets one process run at a time: a warm-up each, then rounds in a shuffled order, so
that a slow minute of the machine falls on all of them.

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


@dataclasses.dataclass(frozen=True)
class Trial:
    """What a competitor gives to be timed.

    Attributes:
        run: function of a number of steps that takes them, waits for the last, and
            returns its loss as a float, which must fall, or None if nothing is learnt.
        num_parameters: int. Trainable numbers, which must be the same for all.
        answer: None, or what the step computes as a float, which must be the same for
            all that give one.
    """

    run: Callable[[int], float | None]
    num_parameters: int
    answer: float | None = None


@dataclasses.dataclass(frozen=True)
class Case:
    """One size of the problem.

    Attributes:
        name: str. Heading of its table.
        options: dict of JSON values, handed to each competitor.
        num_steps: int. How many steps are timed at once.
        num_parameters: int. What each competitor must have.
        without: names of competitors that sit this case out.
    """

    name: str
    options: dict
    num_steps: int
    num_parameters: int
    without: tuple[str, ...] = ()


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
    parser.add_argument("--dry", action="store_true", help="print, and keep no file")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        competitor, case = arguments.worker
        options = next(c.options for c in benchmark.cases if c.name == case)
        return _work(lambda: benchmark.competitors[competitor](**options))
    report = _report(benchmark, arguments)
    print(report)
    if not arguments.dry:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / _file_name(benchmark, arguments.threads)).write_text(report)
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
    answer(num_parameters=trial.num_parameters, answer=trial.answer)
    for line in sys.stdin:
        start, cpu_start = time.perf_counter(), time.process_time()
        loss = trial.run(int(line))
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu_start
        answer(seconds=seconds, cpu=cpu, loss=loss)
    return None


# === In the parent ===
class _Worker:
    """A competitor's process. `error` says why it is out, once it is."""

    def __init__(self, name, case, threads):
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
            env=_environment(threads),
        )
        self.milliseconds, self.cpu_milliseconds = [], []
        self.first_loss = self.last_loss = None
        received = self._receive()
        self.answer = received.get("answer")
        found = received.get("num_parameters", case.num_parameters)
        if found != case.num_parameters:
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


def _environment(threads):
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "BENCHMARK_THREADS")
    return {
        **os.environ,
        **{name: str(threads) for name in names},
        "TF_CPP_MIN_LOG_LEVEL": "3",
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
        workers.append(_Worker(name, case, arguments.threads))
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


# === The report ===
def _file_name(benchmark, threads):
    """A run on fewer threads than there are does not replace one on all of them."""
    fewer = "" if threads == os.cpu_count() else f"_threads_{threads}"
    return f"{benchmark.name}{fewer}.md"


def _report(benchmark, arguments):
    names = [name for name in benchmark.competitors if arguments.only in name]
    load = os.getloadavg()[0]
    tables = [
        _table(case, _measure(case, names, arguments)) for case in benchmark.cases
    ]
    steps = ", ".join(f"{case.num_steps} ({case.name})" for case in benchmark.cases)
    return "\n\n".join(
        [
            f"# {benchmark.title}",
            benchmark.about.strip(),
            f"Median of {arguments.rounds} rounds of {steps} steps, with the lowest "
            "and the highest. CPU time is that of all threads, and is the number to "
            "compare where other work shared the machine. Start-up is the time to the "
            "end of the warm-up round, imports and compilation included.",
            *tables,
            _setting(benchmark.packages, arguments.threads, load),
        ]
    )


def _table(case, workers):
    lines = [
        f"## {case.name}",
        "",
        f"{case.num_parameters:,} parameters each, checked.",
        "",
        "| competitor | ms a step | lowest to highest | ratio to the fastest "
        "| CPU ms a step | start-up, s |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    fastest = _median(workers[0])
    for worker in workers:
        if worker.error:
            lines.append(f"| {worker.name} | {worker.error} | | | | |")
            continue
        low, high = min(worker.milliseconds), max(worker.milliseconds)
        median, cpu = _median(worker), statistics.median(worker.cpu_milliseconds)
        lines.append(
            f"| {worker.name} | {median:.2f} | {low:.2f} to {high:.2f} "
            f"| {median / fastest:.2f} | {cpu:.2f} "
            f"| {worker.startup:.0f} |"
        )
    return "\n".join(lines)


def _setting(packages, threads, load):
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    date = datetime.datetime.now(datetime.UTC).date()
    return (
        f"{date}, {_processor()}, {os.cpu_count()} cores, {threads} threads, load "
        f"{load:.1f} at the start; Python {platform.python_version()}, {versions}.\n"
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
