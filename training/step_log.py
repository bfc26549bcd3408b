"""How fast a run goes, and how large its gradients are, for TensorBoard."""

import time

import keras
import tensorflow as tf

# Steps of the profile: past the first, which compile and fill caches.
_PROFILED = (10, 20)


class StepLog(keras.callbacks.TensorBoard):
    """Logs, beside each epoch's metrics, its step time and examples a second.

    `step_seconds` and `examples_per_second` are those of an epoch's training steps,
    without its validation and pictures; `gradient_norm/OPTIMIZER` is that of the last
    step, of a model with a `gradient_log`.

    Args:
        log_dir: path. Where the events go.
        batch_size: int. Examples a step, over all replicas.
        profile: bool. Whether to write a profile of ten steps, for TensorBoard's
            profile page.
    """

    def __init__(self, log_dir, batch_size: int, *, profile: bool = False):
        # In every call several steps, unless each is to be seen.
        super().__init__(
            log_dir, write_graph=False, profile_batch=_PROFILED if profile else 0
        )
        self.batch_size = batch_size
        if not profile:
            self.step_counts = []

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        self._steps, self._first = 0, None
        self._began = self._ended = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        self._ended = time.perf_counter()
        if self._first is None:  # it traces the graph
            self._first, self._began = batch, self._ended
        self._steps = batch - self._first

    def on_epoch_end(self, epoch, logs=None):
        seconds = (self._ended - self._began) / max(self._steps, 1)
        speed = {}
        if seconds > 0.0:
            speed["step_seconds"] = seconds
            speed["examples_per_second"] = self.batch_size / seconds
        if self.model.gradient_log is not None:
            norms = self.model.gradient_log.read()
            speed |= {f"gradient_norm/{name}": norm for name, norm in norms.items()}
        with self._train_writer.as_default(step=epoch):
            for name, value in speed.items():
                tf.summary.scalar(name, value)
        super().on_epoch_end(epoch, logs)
