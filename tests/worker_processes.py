"""Starts a script in processes that train one model together."""

import contextlib
import json
import os
import socket
import subprocess
import sys

SECONDS = 420  # far beyond what they take on an idle machine


def run_workers(count, *command, slurm=None):
    """Runs a Python command in each of `count` workers, and returns their outputs.

    On an overloaded machine a heartbeat may be lost, and all stop: it tries twice.

    Args:
        count: int.
        *command: what Python is given.
        slurm: None, or the variables that `srun` sets in place of TF_CONFIG.
    """
    try:
        return _run(count, command, slurm)
    except subprocess.CalledProcessError as error:
        print(f"The workers failed, and start once more: {error.stderr[-500:]}")
        return _run(count, command, slurm)


def _run(count, command, slurm):
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(socket.socket()) for _ in range(count)]
        for port in ports:
            port.bind(("127.0.0.1", 0))
        addresses = [f"127.0.0.1:{port.getsockname()[1]}" for port in ports]
    processes = [_start(command, _task(addresses, i, slurm)) for i in range(count)]
    try:
        outputs = [p.communicate(timeout=SECONDS) for p in processes]
    finally:
        for process in processes:
            process.kill()  # a worker that is left alone waits forever
    for process, (output, errors) in zip(processes, outputs, strict=True):
        if process.returncode:
            raise subprocess.CalledProcessError(
                process.returncode, command, output, errors
            )
    return [output for output, _ in outputs]


def _task(addresses, index, slurm):
    if slurm is not None:
        return {**slurm, "SLURM_PROCID": str(index)}
    task = {"type": "worker", "index": index}
    return {"TF_CONFIG": json.dumps({"cluster": {"worker": addresses}, "task": task})}


def _start(command, task):
    return subprocess.Popen(
        [sys.executable, *map(str, command)],
        env={**os.environ, **task},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
