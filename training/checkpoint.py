"""What a run that was cut off goes on from."""

import contextlib
import hashlib
import pathlib
import re
import signal
import sys
import threading
import time

import h5py
import keras
import numpy as np
import tensorflow as tf

from ..layers.replicas import across_workers, gather_rows
from ..zoo.base import TrainingStoppedError
from .files import written_aside

# How often workers ask each other whether one is to stop: the grace is 30 s or more.
_SECONDS_BETWEEN_TALKS = 2.0
_METRICS = "metrics of the epoch so far"
_NAME = re.compile(r"epoch-(\d+)(?:-step-(\d+))?\.weights\.h5")


class Checkpoint(keras.callbacks.Callback):
    """Keeps weights, optimizers and random states of the last epochs, in one file each.

    A file is written aside and then renamed, and its name holds the epoch, and the step
    within it if there is one: whenever a run is cut off, its newest checkpoint is
    whole. `keras.callbacks.BackupAndRestore` writes weights and epoch apart, and tells
    the epoch only once the data is made.

    Within an epoch it writes every so many minutes if that is asked for, and when the
    run is told to stop: by SIGTERM, as schedulers do, or Ctrl-C. Of several workers,
    all write after the same step.

    Args:
        folder: path. Where `epoch-0005.weights.h5` goes, and
            `epoch-0005-step-00000120.weights.h5`, of a step of the sixth epoch.
        keep: int. How many of them stay.
        minutes: None, or a float: minutes from one to the next within an epoch.

    Raises:
        ValueError: for minutes that are not positive.
    """

    def __init__(self, folder, *, keep: int = 2, minutes: float | None = None):
        super().__init__()
        if minutes is not None and not minutes > 0.0:
            raise ValueError(
                f"Checkpoint takes minutes above 0. Received: minutes={minutes}."
            )
        self.folder = pathlib.Path(folder)
        self.keep = keep
        self.minutes = minutes
        # Where the run goes on: epochs and steps that are behind it.
        self.first_epoch, self.first_step = 0, 0
        self._behind = 0  # steps of this epoch that another process took
        self._metrics = None
        self._asked_to_stop = False
        self._within_epoch = False

    @property
    def step_counts(self) -> list[int]:
        """What must be a multiple of the steps in a call of `fit`."""
        return [self.first_step] if self.first_step else []

    # === Through an epoch ===
    def on_train_begin(self, logs=None):
        strategy = self.model.distribute_strategy
        self._talk = gather_rows(strategy) if across_workers(strategy) else None
        self._next_talk = 0
        self._saved = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._behind = epoch, 0
        if epoch == self.first_epoch and self.first_step:
            self._behind = self.first_step
            self.model.shorten_epoch(self.first_step)
            self._restore_metrics()
        self._began, self._within_epoch = time.monotonic(), True

    def on_train_batch_end(self, batch, logs=None):
        done = self._behind + batch + 1
        if done == self.params["steps"]:
            return  # the epoch's own checkpoint follows
        stop, save = self._wishes(batch)
        if stop or save:
            self._save(self._epoch, done)
        if stop:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        self._save(epoch + 1)
        if self._behind:
            self.model.shorten_epoch(0)
        self._within_epoch = False
        if self._asked_to_stop:
            raise KeyboardInterrupt

    def _wishes(self, batch):
        """Whether to stop, and to save, after this step; the same on all workers."""
        now = time.monotonic()
        late = self.minutes is not None and now - self._saved >= 60.0 * self.minutes
        if self._talk is None:
            return self._asked_to_stop, late
        if self._behind + batch < self._next_talk:
            return False, False
        pause = _SECONDS_BETWEEN_TALKS * (batch + 1) / max(now - self._began, 1e-3)
        mine = [float(self._asked_to_stop), float(late), max(1.0, pause)]
        said = self._talk(tf.constant(mine))
        # The chief's clock counts; whoever is to stop takes all with it.
        self._next_talk = self._behind + batch + int(said[0, 2])
        return bool(said[:, 0].any()), bool(said[0, 1])

    # === Signals ===
    @contextlib.contextmanager
    def on_signals(self):
        """A scope in which SIGTERM and Ctrl-C stop the run after a step, and save.

        A second one stops it at once.

        Raises:
            KeyboardInterrupt: once the checkpoint is written.
        """
        if threading.current_thread() is not threading.main_thread():
            yield  # Python lets no other thread listen
            return
        before = {}
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, self._hear)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number, frame):
        if self._asked_to_stop or not self._within_epoch:
            raise KeyboardInterrupt
        self._asked_to_stop = True

    # === Writing ===
    def _save(self, epoch, step=0):
        self._check_finite(epoch, step)
        within = f"-step-{step:08d}" if step else ""
        file = self.folder / f"epoch-{epoch:04d}{within}.weights.h5"
        with written_aside(file) as draft:
            self.model.save_weights(draft, overwrite=True)
            if step:
                self._add_metrics(draft)
            # The checksum first: a file without one would be trusted.
            _checksum_of(file).write_text(_digest(draft))
        for old in self._all()[: -self.keep]:
            old.unlink()
            _checksum_of(old).unlink(missing_ok=True)
        self._saved = time.monotonic()

    def _check_finite(self, epoch, step):
        """Keeps no weights that no run could go on with."""
        bad = [
            v.path
            for v in self.model.variables
            if "float" in v.dtype and not np.all(np.isfinite(v.numpy()))
        ]
        if bad:
            when = f"step {step} of epoch {epoch + 1}" if step else f"epoch {epoch}"
            raise TrainingStoppedError(
                f"Training stopped: {len(bad)} weights are NaN or infinite after "
                f"{when}, step {int(self.model.optimizer.iterations)}, {bad[0]} among "
                "them. Lower the learning rate or clip the gradients."
            )

    def _add_metrics(self, file):
        """Keras saves no sums of metrics, which the rest of the epoch adds to."""
        with h5py.File(file, "a") as content:
            group = content.create_group(_METRICS)
            for i, variable in enumerate(self._metric_variables(self.model)):
                group[str(i)] = variable.numpy()

    def _metric_variables(self, model):
        return [v for metric in model.metrics for v in metric.variables]

    def _restore_metrics(self):
        pairs = zip(
            self._metric_variables(self.model), self._metrics or (), strict=False
        )
        for variable, value in pairs:
            variable.assign(value)

    # === Reading ===
    def _all(self):
        files = self.folder.glob("epoch-*.weights.h5")
        return sorted((f for f in files if _NAME.fullmatch(f.name)), key=_place_of)

    def newest(self) -> pathlib.Path | None:
        """Returns the newest checkpoint that is whole, or None."""
        kept = self._all()
        for file in sorted({*self.folder.glob("*.h5")} - {*kept}):
            print(
                f"The file {file.name} has not the name of a checkpoint: left out.",
                file=sys.stderr,
            )
        for file in reversed(kept):
            if _is_whole(file):
                return file
            print(
                f"The checkpoint {file.name} is damaged: going back to the one before.",
                file=sys.stderr,
            )
        return None

    def restore(self, model) -> int:
        """Loads the newest checkpoint into a compiled model, and returns its epoch.

        The step within the epoch that it comes from is then `first_step`.
        """
        file = self.newest()
        if file is None:
            return 0
        model.load_weights(file)
        self.first_epoch, self.first_step = _place_of(file)
        if self.first_step:
            with h5py.File(file) as content:
                kept = content[_METRICS]
                self._metrics = [kept[str(i)][()] for i in range(len(kept))]
        return self.first_epoch


def _checksum_of(file):
    return file.with_suffix(".sha256")


def _digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _is_whole(file):
    """Whether a checkpoint holds the bytes that were written under its name."""
    checksum = _checksum_of(file)
    if checksum.exists():
        return checksum.read_bytes() == _digest(file).encode()
    if any(file.parent.glob("*.sha256")):
        return False  # of another place, and renamed
    # Early versions wrote no checksums.
    try:
        with h5py.File(file):
            return True
    except OSError:
        return False


def _place_of(file):
    """The epochs that a checkpoint has behind it, and the steps of the next one."""
    match = _NAME.fullmatch(file.name)
    return int(match[1]), int(match[2] or 0)
