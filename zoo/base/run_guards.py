"""What ends a run that has gone wrong."""

import keras
import numpy as np

from .loss_watch import TrainingStoppedError


def run_guards(watch, loss_watch) -> list[keras.callbacks.Callback]:
    """Returns callbacks that stop on data that does not fit, and on losses of NaN.

    Args:
        watch: the `DataWatch` of the batches that are trained on.
        loss_watch: the `LossWatch` of their losses.
    """
    return [_ReportFaults(watch, loss_watch), _StopWhenNotFinite()]


class _ReportFaults(keras.callbacks.Callback):
    """Ends a run on data that does not fit, and on NaN, soon after the batch."""

    every = 50  # batches: reading the count waits for the step

    def __init__(self, watch, loss_watch):
        super().__init__()
        self.watches = (
            watch,
            loss_watch,
        )  # data explains a loss: it is looked at first
        self._epoch = 0
        self._looked = -1

    def on_train_begin(self, logs=None):
        self._reset()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch = epoch + 1
        self._looked = -1
        self._reset()

    def on_train_batch_end(self, batch, logs=None):
        if batch - self._looked >= self.every:
            self._looked = batch
            self._report()

    def on_epoch_end(self, epoch, logs=None):
        self._report()

    def _reset(self):
        for watch in self.watches:
            watch.reset()

    def _report(self):
        for watch in self.watches:
            watch.report(self._epoch)


class _StopWhenNotFinite(keras.callbacks.Callback):
    """Ends a run that can only get worse, before a checkpoint keeps its weights."""

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            if not np.all(np.isfinite(value)) and not name.startswith("val_"):
                raise TrainingStoppedError(
                    f"Training stopped: {name} is {value} after epoch {epoch + 1}. "
                    "Either the data holds NaN, or the steps are too large: check the "
                    "data, lower the learning rate or clip the gradients."
                )
