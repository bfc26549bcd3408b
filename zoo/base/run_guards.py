"""What ends a run that has gone wrong."""

import keras
import numpy as np


def run_guards(watch) -> list[keras.callbacks.Callback]:
    """Returns callbacks that stop on data that does not fit, and on losses of NaN.

    Args:
        watch: the `DataWatch` of the batches that are trained on.
    """
    return [_ReportFaults(watch), _StopWhenNotFinite()]


class _ReportFaults(keras.callbacks.Callback):
    """Ends a run on data that does not fit, soon after the batch."""

    every = 50  # batches: reading the count waits for the step

    def __init__(self, watch):
        super().__init__()
        self.watch = watch
        self._epoch = 0
        self._looked = -1

    def on_train_begin(self, logs=None):
        self.watch.reset()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch + 1
        self._looked = -1
        self.watch.reset()

    def on_train_batch_end(self, batch, logs=None):
        if batch - self._looked >= self.every:
            self._looked = batch
            self.watch.report(self._epoch)

    def on_epoch_end(self, epoch, logs=None):
        self.watch.report(self._epoch)


class _StopWhenNotFinite(keras.callbacks.Callback):
    """Ends a run that can only get worse, before a checkpoint keeps its weights."""

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            if not np.all(np.isfinite(value)) and not name.startswith("val_"):
                raise ValueError(
                    f"Training stopped: {name} is {value} after epoch {epoch + 1}. "
                    "Either the data holds NaN, or the steps are too large: check the "
                    "data, lower the learning rate or clip the gradients."
                )
