"""Where a model trains: one device, all of them, or logical ones to try it out."""

import functools
import json
import os
import re

import tensorflow as tf

from ..layers.replicas import is_chief


def make_strategy(name: str = "auto") -> tf.distribute.Strategy:
    """Returns the strategy of that name. Call it before any other TensorFlow work.

    Args:
        name: "auto" for all workers if there are several, else all GPUs if there are
            several, else one device; "one" for one device; "mirrored" for all GPUs;
            "multiworker" for all that TF_CONFIG or SLURM names, each a process with
            its GPUs; "cpu:N" for N logical CPUs, which is slower than one but trains
            as N devices would; or a device such as "cpu" or "gpu:0".

    Returns:
        A `tf.distribute.Strategy`; build and compile the model in its `scope()`.

    Raises:
        ValueError: for another name, a device that is not there, workers that nobody
            named, or logical CPUs or workers asked for after TensorFlow has started.

    Example:
    >>> make_strategy("cpu").num_replicas_in_sync
    1
    """
    # Physical ones: a look at the logical ones would start TensorFlow, and a CPU can be
    # parted only before that.
    gpus = tf.config.list_physical_devices("GPU")
    if name == "auto":
        name = "multiworker" if _num_workers() > 1 else "mirrored"
        name = "one" if name == "mirrored" and len(gpus) < 2 else name
    if name == "one":
        name = "gpu:0" if gpus else "cpu"
    if name == "multiworker":
        return _workers()
    if name == "mirrored":
        if not gpus:
            raise ValueError(
                "Strategy 'mirrored' needs GPUs. Received: a machine with none. Try "
                "'cpu:2' to see a model train on two replicas."
            )
        return _mirrored(None)
    match = re.fullmatch(r"(cpu|gpu)(?::(\d+))?", name)
    if not match:
        raise ValueError(
            "Strategies are 'auto', 'one', 'mirrored', 'multiworker', 'cpu', 'cpu:N' "
            f"and 'gpu:I'. Received: {name!r}."
        )
    kind, number = match[1], match[2]
    if kind == "gpu":
        return _one_gpu(int(number or 0), len(gpus))
    if number is None or int(number) == 1:
        return tf.distribute.OneDeviceStrategy("CPU:0")
    return _logical_cpus(int(number))


def _one_gpu(index, count):
    if index >= count:
        raise ValueError(
            f"This machine has {count} GPUs. Received: strategy 'gpu:{index}'."
        )
    return tf.distribute.OneDeviceStrategy(f"GPU:{index}")


def _logical_cpus(count):
    if count < 1:
        raise ValueError(f"'cpu:N' takes N >= 1. Received: 'cpu:{count}'.")
    (cpu,) = tf.config.list_physical_devices("CPU")
    try:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * count
        )
    except RuntimeError:
        # Too late to split the CPU; what an earlier call made may do.
        found = len(tf.config.list_logical_devices("CPU"))
        if found < count:
            raise ValueError(
                f"'cpu:{count}' must be asked for before TensorFlow starts: call "
                f"make_strategy first. Received: it runs already, on {found} CPU."
            ) from None
    return _mirrored(tuple(f"CPU:{i}" for i in range(count)))


@functools.cache
def _mirrored(devices):
    """The one of these devices: a second in a process would abort it."""
    return tf.distribute.MirroredStrategy(devices and list(devices))


# === Workers ===
def _cluster():
    """What TF_CONFIG says of the workers; an empty dict if nobody has set it.

    Raises:
        ValueError: if it is not JSON.
    """
    try:
        return json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {})
    except (ValueError, AttributeError):
        raise ValueError(
            'TF_CONFIG is JSON, {"cluster": {"worker": ["host:port", ...]}, "task": '
            '{"type": "worker", "index": 0}}. Received: '
            f"{os.environ['TF_CONFIG']!r}."
        ) from None


def _num_workers():
    """How many processes train together: by TF_CONFIG, else by `srun`."""
    cluster = _cluster()
    if not cluster and "SLURM_STEP_NUM_TASKS" in os.environ:
        return int(os.environ["SLURM_STEP_NUM_TASKS"])
    return len(cluster.get("worker", ())) + len(cluster.get("chief", ()))


@functools.cache
def _workers():
    """The one strategy of this process's cluster."""
    if _num_workers() < 1:
        raise ValueError(
            "Strategy 'multiworker' trains with the workers that TF_CONFIG names. "
            "Received: no TF_CONFIG. Start them by 'genkeras launch --workers 2 -- "
            "train ...' on this machine, or by srun or a training operator on several."
        )
    resolver = None
    if not _cluster():
        # SLURM hands out the GPUs: TensorFlow would ask nvidia-smi for them, and leaves
        # out the tasks of a node for which it counts none.
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver(
            gpus_per_node=1024, gpus_per_task=1, auto_set_gpu=False
        )
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    except RuntimeError as error:
        raise ValueError(
            "'multiworker' must be asked for before TensorFlow starts: call "
            f"make_strategy first. Received: {' '.join(str(error).split())}"
        ) from None
    if is_chief(strategy):
        print(
            f"{_num_workers()} workers train together. Each reads the whole data set, "
            "and takes its rows of every batch."
        )
    return strategy
