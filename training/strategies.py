"""Where a model trains: one device, all of them, or logical ones to try it out."""

import functools
import re

import tensorflow as tf


def make_strategy(name: str = "auto") -> tf.distribute.Strategy:
    """Returns the strategy of that name. Call it before any other TensorFlow work.

    Args:
        name: "auto" for all GPUs if there are several, else one device; "mirrored"
            for all GPUs; "cpu:N" for N logical CPUs, which is slower than one but
            trains as N devices would; or a device such as "cpu" or "gpu:0".

    Returns:
        A `tf.distribute.Strategy`; build and compile the model in its `scope()`.

    Raises:
        ValueError: for another name, a device that is not there, or logical CPUs
            asked for after TensorFlow has started.

    Example:
    >>> make_strategy("cpu").num_replicas_in_sync
    1
    """
    # Physical ones: a look at the logical ones would start TensorFlow, and a CPU can be
    # parted only before that.
    gpus = tf.config.list_physical_devices("GPU")
    if name == "auto":
        name = "mirrored" if len(gpus) > 1 else "gpu:0" if gpus else "cpu"
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
            "Strategies are 'auto', 'mirrored', 'cpu', 'cpu:N' and 'gpu:I'. Received: "
            f"{name!r}."
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
