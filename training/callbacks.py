"""What a run writes while it trains, and what it changes.

A running mean of a generator's weights is no callback: it is part of the model
(`ema_decay`), since it has to be saved, resumed and exported with it.
"""

import pathlib
import time

import keras
import numpy as np
import tensorflow as tf

from .evaluation import game_values
from .metrics import SlicedWasserstein
from .pictures import Picture, draw, save_png


class SampleGrid(keras.callbacks.Callback):
    """Draws samples of the same noise as training goes on, to PNG and TensorBoard.

    Args:
        folder: path. Where `epoch-0005.png` goes.
        picture: `Picture`. How to draw a sample.
        num_samples: int. How many samples a picture shows.
        every: int. Epochs from one picture to the next; the last one is always drawn.
        log_dir: None or path. Where TensorBoard's events go.
        condition: None, or the condition of each sample.
        show: None for samples; or a function from the model to what is drawn instead,
            `[rows, columns, *event]`.
    """

    def __init__(
        self,
        folder,
        picture: Picture,
        *,
        num_samples: int = 64,
        every: int = 1,
        log_dir=None,
        condition=None,
        show=None,
    ):
        super().__init__()
        self.show = show
        self.folder = pathlib.Path(folder)
        self.picture = picture
        self.num_samples = num_samples
        self.every = every
        self.log_dir = log_dir
        self.condition = condition
        self._writer = None

    def on_epoch_end(self, epoch, logs=None):
        done = epoch + 1
        if done % self.every and done != self.params["epochs"]:
            return
        image = self._draw()
        save_png(image, self.folder / f"epoch-{done:04d}.png")
        if self.log_dir is not None:
            self._log(image, done)

    def _draw(self):
        if self.show is None:
            samples = self.model.preview(self.num_samples, condition=self.condition)
            return draw(samples, self.picture)
        table = np.asarray(self.show(self.model))
        examples = table.reshape(-1, *table.shape[2:])
        return draw(examples, self.picture, columns=table.shape[1])

    def _log(self, image, epoch):
        if self._writer is None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))
        with self._writer.as_default(step=epoch):
            tf.summary.image("samples", image[None])

    def on_train_end(self, logs=None):
        if self._writer is not None:
            self._writer.close()


class BetaSchedule(keras.callbacks.Callback):
    """Moves a latent-variable model's `beta` linearly from `start` to `end`.

    A function of the epoch alone, so a resumed run goes on where it was. In epoch
    `e = 0, 1, ...` the weight of the rate is

        beta(e) = start + (end - start) * min(e / num_epochs, 1)

    Args:
        end: float. Value from epoch `num_epochs` on.
        num_epochs: int. How many epochs the way takes, at least 1.
        start: float. Value in the first epoch.

    Raises:
        ValueError: for a negative weight, or `num_epochs` below 1.

    Reference:
        Bowman et al., 2016, section 3.1, https://arxiv.org/abs/1511.06349
    """

    def __init__(self, end: float = 1.0, *, num_epochs: int, start: float = 0.0):
        super().__init__()
        if num_epochs < 1 or min(start, end) < 0.0:
            raise ValueError(
                "BetaSchedule takes num_epochs >= 1 and weights >= 0. Received: "
                f"num_epochs={num_epochs}, start={start}, end={end}."
            )
        self.end, self.num_epochs, self.start = end, num_epochs, start

    def value(self, epoch: int) -> float:
        """Returns the weight in an epoch, counted from 0."""
        way = min(epoch / self.num_epochs, 1.0)
        return self.start + (self.end - self.start) * way

    def on_epoch_begin(self, epoch, logs=None):
        self.model.beta.assign(self.value(epoch))


class CyclicBetaSchedule(BetaSchedule):
    """Moves `beta` up again and again: `BetaSchedule`, from the start of each cycle.

        beta(e) = start + (end - start) * min((e mod period) / (share * period), 1)

    Latents that the first warm-up lost get other chances.

    Args:
        end: float. Where each cycle ends.
        period: int. How many epochs a cycle takes, at least 1.
        share: float. What part of a cycle the way up takes, in (0, 1].
        start: float. Where each cycle starts.

    Raises:
        ValueError: for a negative weight, a `period` below 1 or another `share`.

    Reference:
        Fu et al., 2019, eq. 6, https://arxiv.org/abs/1903.10145
    """

    def __init__(
        self, end: float = 1.0, *, period: int, share: float = 0.5, start: float = 0.0
    ):
        super().__init__(end, num_epochs=period, start=start)
        if not 0.0 < share <= 1.0:
            raise ValueError(
                f"CyclicBetaSchedule takes a share in (0, 1]. Received: share={share}."
            )
        self.share = share

    def value(self, epoch: int) -> float:
        way = (epoch % self.num_epochs) / (self.share * self.num_epochs)
        return self.start + (self.end - self.start) * min(way, 1.0)


class CapacitySchedule(BetaSchedule):
    """Moves the `capacity` of a latent-variable model in the same way, in nats.

    Args:
        end: float. Value from epoch `num_epochs` on.
        num_epochs: int. How many epochs the way takes, at least 1.
        start: float. Value in the first epoch.

    Reference:
        Burgess et al., 2018, section 5.1, https://arxiv.org/abs/1804.03599
    """

    def on_epoch_begin(self, epoch, logs=None):
        if self.model.capacity is None:
            raise ValueError(
                "CapacitySchedule moves the capacity of a model that has one. Received:"
                f" {type(self.model).__name__} without. Build it with capacity=."
            )
        self.model.capacity.assign(self.value(epoch))


class DistanceCurves(keras.callbacks.Callback):
    """Adds to each epoch's logs what a GAN's critic says of held-out data, and what is.

        game_value          mean of what the discriminator gains; see `game_values`
        sliced_wasserstein  distance of as many samples, which knows of no critic

    Stands before the callbacks that read the logs, such as `MetricsLog`.

    Args:
        x: `[N, *event]`, of which no step has seen any.
        seed: int. Of the samples, whose noise is the same each time.
    """

    def __init__(self, x, *, seed: int = 2026):
        super().__init__()
        self.x = x
        self.seed = seed

    def on_epoch_end(self, epoch, logs=None):
        samples = self.model.sample(len(self.x), seed=self.seed)
        logs["game_value"] = game_values(self.model, self.x, samples).mean()
        distance = SlicedWasserstein(max_samples=len(self.x))
        logs["sliced_wasserstein"] = float(distance(self.x, samples))


class OfPlayer(keras.callbacks.Callback):
    """Has a callback act on one player's optimizer.

    By themselves `LearningRateScheduler` and `ReduceLROnPlateau` act on
    `model.optimizer`, which of a GAN is the generator's.

    Args:
        callback: a Keras callback that acts between epochs.
        player: "generator" or "discriminator".

    Raises:
        ValueError: for another player; when `fit` starts, for a model without players.

    Example:
    >>> schedule = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.9 * rate)
    >>> OfPlayer(schedule, "discriminator").player
    'discriminator'
    """

    def __init__(self, callback: keras.callbacks.Callback, player: str):
        super().__init__()
        if player not in ("generator", "discriminator"):
            raise ValueError(
                f"Players are generator and discriminator. Received: player={player!r}."
            )
        self.callback = callback
        self.player = player

    def set_params(self, params):
        super().set_params(params)
        self.callback.set_params(params)

    def set_model(self, model):
        super().set_model(model)
        optimizer = getattr(model, f"{self.player}_optimizer", None)
        if optimizer is None:
            raise ValueError(
                f"OfPlayer is for models of two players. Received: a "
                f"{type(model).__name__}."
            )
        self.callback.set_model(_Player(model, optimizer))

    def on_train_begin(self, logs=None):
        self.callback.on_train_begin(logs)

    def on_train_end(self, logs=None):
        self.callback.on_train_end(logs)

    def on_epoch_begin(self, epoch, logs=None):
        self.callback.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self.callback.on_epoch_end(epoch, logs)


class _Player:
    """A model, as it looks to what acts on one of its optimizers."""

    def __init__(self, model, optimizer):
        self._model, self.optimizer = model, optimizer

    def __getattr__(self, name):
        return getattr(self._model, name)


class MetricsLog(keras.callbacks.Callback):
    """Appends one line of JSON an epoch: its number, its seconds, its metrics.

    Args:
        run: `RunFolder`; lines of epochs after `first_epoch` are dropped, which a run
            that was cut off may have written before its checkpoint.
        first_epoch: int. How many epochs are behind the run already.
        print_every: None, or after how many epochs a line is printed as well.
    """

    def __init__(self, run, first_epoch: int = 0, *, print_every: int | None = None):
        super().__init__()
        self.run = run
        self.first_epoch = first_epoch
        self.print_every = print_every

    def on_train_begin(self, logs=None):
        self.run.keep_lines(self.first_epoch)

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        line = {
            "epoch": epoch + 1,
            "seconds": round(time.perf_counter() - self._start, 3),
            **{name: float(value) for name, value in (logs or {}).items()},
        }
        self.run.add_line(line)
        if self.print_every and line["epoch"] % self.print_every == 0:
            self._print(line)

    def _print(self, line):
        shown = [f"{k} {v:.4g}" for k, v in line.items() if k not in _NOT_PRINTED]
        epochs = self.params["epochs"]
        print(f"  epoch {line['epoch']:>{len(str(epochs))}}/{epochs}:", *shown)


_NOT_PRINTED = ("epoch", "seconds", "loss", "val_loss")
