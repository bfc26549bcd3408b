"""Several processes on one machine that train as several machines would."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import click


@click.command(
    context_settings={"ignore_unknown_options": True}, short_help="Starts workers."
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(min=1),
              help="How many processes.")  # fmt: skip
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def launch(workers, command):
    """Runs "train ..." in several processes that train one model together.

    For a try on one machine: "genkeras launch --workers 2 -- train nice_toys". On a
    cluster its scheduler starts the workers, and TF_CONFIG or SLURM names them.
    """
    if command[0] != "train":
        raise click.UsageError(
            f"Workers train: genkeras launch -- train RECIPE. Received: {command[0]!r}."
        )
    processes = _start(workers, command)
    # A scheduler's word goes to all of them: the chief saves, and then the rest ends.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: _send(processes, number))
    sys.exit(_wait(processes))


def _start(workers, command):
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(workers)]
    code = "from genkeras.training.commands import main; main()"
    processes = []
    for index in range(workers):
        task = {"type": "worker", "index": index}
        config = json.dumps({"cluster": {"worker": addresses}, "task": task})
        processes.append(
            subprocess.Popen(
                [sys.executable, "-c", code, *command],
                env={**os.environ, "TF_CONFIG": config},
                # Or a Ctrl-C would reach the workers twice.
                start_new_session=True,
            )
        )
    return processes


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _send(processes, number):
    for process in processes:
        if process.poll() is None:
            process.send_signal(number)


_GRACE = 20.0  # seconds: those that are left wait in a collective, deaf to SIGTERM


def _wait(processes):
    """Returns the first bad exit code, or 0; ends the others once one has failed."""
    while all(p.poll() in (None, 0) for p in processes):
        if all(p.poll() == 0 for p in processes):
            return 0
        time.sleep(0.1)
    code = next(p.returncode for p in processes if p.poll() not in (None, 0))
    until = time.monotonic() + _GRACE
    while any(p.poll() is None for p in processes) and time.monotonic() < until:
        time.sleep(0.1)
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()
    return code if code > 0 else 128 - code
