"""How training steps are run, by timing a few: how many in a call, and by XLA or not.

Keras calls a graph once a step. Beside a step of a few milliseconds the call, the
callbacks and the progress bar are a large share of the time; several steps in one call
share them. Whether XLA is faster depends on the processor as much as on the model.
"""

import contextlib
import logging
import time

import keras
import tensorflow as tf

_LEAST_STEPS = 400  # a shorter run ends before a timing pays
_SECONDS_A_CALL = 0.05  # long beside what a call costs, short to the eye
_MOST_STEPS = 100
_SECONDS_FOR_XLA = 120.0  # a shorter run ends before another compilation pays
_CLEARLY = 0.85  # of the other's time: a close race is not to change with the load
_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
)


class Pace:
    """How `fit` runs the steps of one model, as it was compiled.

    Args:
        model: a `GenerativeModel`.

    Example:
    >>> from genkeras.zoo import RealNVP
    >>> model = RealNVP(2, num_couplings=2, hidden_units=(8,))
    >>> model.compile("adam")
    >>> Pace(model).take(5)
    >>> model.steps_per_execution
    5
    """

    def __init__(self, model):
        self._model = model
        self._step = None
        self._seconds = {}

    def choose(self, given: dict, batch, optimizers) -> None:
        """Sets whether `fit` runs by XLA and how many steps a call, if left to us.

        Args:
            given: dict. The arguments of `fit`, callbacks of the user's among them.
            batch: None, or a batch with the structure of those of the data set.
            optimizers: whose moments a step changes.
        """
        model, asked = self._model, self._model._compile_arguments
        one_device = model.distribute_strategy.num_replicas_in_sync == 1
        if model.run_eagerly or not one_device:
            return
        variables = [*model.variables, *(v for o in optimizers for v in o.variables)]

        def seconds(*, jit=False):
            return self._time(given["x"], batch, variables, jit=jit)

        if asked["jit_compile"] == "auto" and xla_may_pay(model, given, seconds):
            self._race(seconds)
        if asked["steps_per_execution"] == "auto":
            self.take(steps_a_call(given, seconds))

    def _race(self, seconds):
        """Takes XLA or leaves it, where the other way is clearly faster; once."""
        model, plain, jitted = self._model, seconds(), seconds(jit=True)
        now, other = (jitted, plain) if model.jit_compile else (plain, jitted)
        if other < _CLEARLY * now:
            model.jit_compile = not model.jit_compile
            model.make_train_function(force=True)
            model.test_function = model.predict_function = None
        model.keep_jit()
        logging.getLogger("genkeras").info(
            "%s: a step takes %.2g s by XLA and %.2g s without; XLA is %s.",
            type(model).__name__,
            jitted,
            plain,
            "on" if model.jit_compile else "off",
        )

    def take(self, steps: int) -> None:
        """Has Keras take so many steps in a call from now on."""
        if steps != self._model.steps_per_execution:
            self._model.steps_per_execution = steps
            self._model.train_function = self._model.test_function = None

    @contextlib.contextmanager
    def traced_step(self):
        """A scope in which the model's step is the graph that was timed, if one was."""
        if self._step is not None:
            self._model.__dict__["train_step"] = self._step
        try:
            yield
        finally:
            self._model.__dict__.pop("train_step", None)

    def _time(self, data, batch, variables, *, jit):
        """Seconds of a step on such a batch, timed once."""
        key = (str(data.element_spec), jit)
        if key not in self._seconds:
            if self._step is None:
                self._step = tf.function(self._model.train_step, autograph=False)
                self._model.train_function = None
            step = self._step
            if jit:  # traced no second time
                step = tf.function(lambda data: self._step(data), jit_compile=True)
            step = step.get_concrete_function(data.element_spec)
            batch = tf.nest.map_structure(tf.convert_to_tensor, batch)
            self._seconds[key] = time_step(step, batch, variables)
        return self._seconds[key]


def steps_a_call(given: dict, seconds_a_step) -> int:
    """Returns how many steps `fit` takes in one call; 1 where several would be seen.

    Several give the same weights as one by one: it is the same graph, in a loop. A
    callback that is to be called after each batch forbids them, and so does an epoch
    that is not a multiple of their number.

    Args:
        given: dict. The arguments of `fit`, data sets and callbacks among them.
        seconds_a_step: function that times a step.
    """
    sizes = _sizes(given)
    if any(map(_sees_batches, given["callbacks"])):
        return 1
    if _num_steps(given) < _LEAST_STEPS:
        return 1
    wanted = min(_MOST_STEPS, int(_SECONDS_A_CALL / seconds_a_step()))
    fitting = (k for k in range(2, wanted + 1) if all(n % k == 0 for n in sizes))
    return max(fitting, default=1)


def xla_may_pay(model, given: dict, seconds_a_step) -> bool:
    """Whether to time XLA too: a long run on a CPU, of a model without convolutions.

    A graph with many convolutions takes XLA minutes to compile on a CPU, which nothing
    can cut short.
    """
    logical = tf.config.list_logical_devices
    if logical("GPU") or len(logical("CPU")) > 1:
        return False
    if any(len(v.shape) > 3 for v in model.trainable_variables):
        return False
    steps = _num_steps(given)
    return steps >= _LEAST_STEPS and steps * seconds_a_step() > _SECONDS_FOR_XLA


def _num_steps(given):
    """How many steps `fit` is to take; 0 if that is not known."""
    epochs = given.get("epochs", 1) - given.get("initial_epoch", 0)
    return epochs * next(iter(_sizes(given)), 0)


def _sizes(given):
    """What must be multiples of the steps in a call; none of them if one is unknown."""
    data, steps = given["x"], given.get("steps_per_epoch")
    if not isinstance(data, tf.data.Dataset):
        return []
    count = int(data.cardinality())
    if steps is None and count < 0:
        return []
    sizes = [steps, count if count > 0 else None, given.get("validation_steps")]
    return [size for size in sizes if size is not None]


def _sees_batches(callback):
    """Whether a callback is to be called after each step."""
    by_epoch = (keras.callbacks.ModelCheckpoint, keras.callbacks.BackupAndRestore)
    if isinstance(callback, by_epoch):
        return callback.save_freq != "epoch"
    if type(callback) is keras.callbacks.TensorBoard:
        return callback.update_freq != "epoch" or callback._start_batch > 0
    of_keras = keras.callbacks.Callback
    return any(
        name in vars(callback)
        or getattr(type(callback), name) is not getattr(of_keras, name)
        for name in _BATCH_HOOKS
    )


def time_step(step, batch, variables) -> float:
    """Returns the seconds of a training step, which leaves no trace.

    Args:
        step: a concrete function of a batch that returns logs.
        batch: what it takes.
        variables: all that a step changes; each gets its value back.
    """
    with _undone(variables):
        _run(step, batch)  # warms up
        seconds = _run(step, batch)
        if seconds < _SECONDS_A_CALL:
            seconds = min(seconds, *(_run(step, batch) for _ in range(3)))
    return seconds


def _run(step, batch):
    start = time.perf_counter()
    for value in tf.nest.flatten(step(batch)):
        value.numpy()  # waits
    return time.perf_counter() - start


@contextlib.contextmanager
def _undone(variables):
    values = [v.numpy() for v in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
