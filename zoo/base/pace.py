"""How many training steps one call of a graph takes, by timing a few.

Keras calls a graph once a step. Beside a step of a few milliseconds the call, the
callbacks and the progress bar are a large share of the time; several steps in one call
share them.
"""

import contextlib
import time

import keras
import tensorflow as tf

_LEAST_STEPS = 400  # a shorter run ends before a timing pays
_SECONDS_A_CALL = 0.05  # long beside what a call costs, short to the eye
_MOST_STEPS = 100
_BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
)


class Pace:
    """The steps in a call of `fit`, of one model as it was compiled.

    Args:
        model: a `GenerativeModel`.
    """

    def __init__(self, model):
        self._model = model
        self._step = None
        self._seconds = {}

    def choose(self, given: dict, batch, optimizers) -> None:
        """Sets how many steps `fit` takes in one call, if that is left to us.

        Args:
            given: dict. The arguments of `fit`, callbacks of the user's among them.
            batch: None, or a batch with the structure of those of the data set.
            optimizers: whose moments a step changes.
        """
        model = self._model
        by_timing = model._compile_arguments["steps_per_execution"] == "auto"
        one_device = model.distribute_strategy.num_replicas_in_sync == 1
        if not by_timing or model.run_eagerly or not one_device:
            return
        variables = [*model.variables, *(v for o in optimizers for v in o.variables)]
        self.take(steps_a_call(given, lambda: self._time(given["x"], batch, variables)))

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

    def _time(self, data, batch, variables):
        """Seconds of a step without XLA; with it, they are of the same order."""
        spec = data.element_spec
        if str(spec) not in self._seconds:
            if self._step is None:
                self._step = tf.function(self._model.train_step, autograph=False)
                self._model.train_function = None
            batch = tf.nest.map_structure(tf.convert_to_tensor, batch)
            step = self._step.get_concrete_function(spec)
            self._seconds[str(spec)] = time_step(step, batch, variables)
        return self._seconds[str(spec)]


def steps_a_call(given: dict, seconds_a_step) -> int:
    """Returns how many steps `fit` takes in one call; 1 where several would be seen.

    Several give the same weights as one by one: it is the same graph, in a loop. A
    callback that is to be called after each batch forbids them, and so does an epoch
    that is not a multiple of their number.

    Args:
        given: dict. The arguments of `fit`, data sets and callbacks among them.
        seconds_a_step: function without arguments that times a step.
    """
    sizes = _sizes(given)
    if not sizes or any(map(_sees_batches, given["callbacks"])):
        return 1
    epochs = given.get("epochs", 1) - given.get("initial_epoch", 0)
    if sizes[0] * epochs < _LEAST_STEPS:
        return 1
    wanted = min(_MOST_STEPS, int(_SECONDS_A_CALL / seconds_a_step()))
    fitting = (k for k in range(2, wanted + 1) if all(n % k == 0 for n in sizes))
    return max(fitting, default=1)


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
