"""What a training step is made of, whatever the model."""

import abc
import inspect
import itertools
import warnings

import keras
import tensorflow as tf

from ...layers.replicas import across_workers, num_replicas, sum_over_replicas
from .batches import in_batches
from .gradient_log import GradientLog
from .keras_habits import traced_output_shape
from .summary_shapes import summary_shapes
from .workers import by_row, common_seed, step_function


class StepModel(keras.Model, abc.ABC):
    """How steps are taken: in parts, on several workers, from within an epoch on.

    The part of `GenerativeModel` that knows nothing of what is learned.

    Args:
        *args: as for `keras.Model`.
        **kwargs: as for `keras.Model`.
    """

    # None, or the `GradientLog` that keeps the norms of each step's gradients.
    gradient_log = None
    # In how many parts a step goes through its batch.
    accumulation_steps = 1
    _loss_watch = None
    _epochs = None
    _pace = None

    # === To be filled in by a model ===
    @abc.abstractmethod
    def _ensure_built(self):
        """Makes all weights, if they are not there."""

    @abc.abstractmethod
    def _optimizers(self) -> dict:
        """Returns the optimizers by the names that `compile` gives them."""

    # === Shapes ===
    def summary(self, *args, **kwargs):
        """Prints the layers, their shapes and weights; see `keras.Model.summary`."""
        self._ensure_built()
        with summary_shapes(self):
            super().summary(*args, **kwargs)

    def compute_output_shape(self, input_shape):
        """Returns the shape of what `call` returns for a batch."""
        door = self.front_door
        condition = door.condition_encoder and door.condition_encoder.tensor_specs()
        takes = "condition" in inspect.signature(self.call).parameters
        conditions = [] if condition is None or not takes else [condition]
        return traced_output_shape(self, input_shape, conditions)

    # === Parts of a batch ===
    def log_gradients(self) -> None:
        """Has each step of `fit` keep the norms of its gradients in `gradient_log`."""
        with self.distribute_strategy.scope():
            self.gradient_log = GradientLog(self._optimizers())
        self.train_function = None

    def accumulate(self, steps: int) -> None:
        """Sets the `accumulation_steps` of a model that is compiled.

        Args:
            steps: int. As `compile` takes it.

        Raises:
            ValueError: for less than 1.
        """
        self._set_accumulation(steps)
        self._compile_arguments["accumulation_steps"] = steps
        self.train_function = None

    def _set_accumulation(self, steps):
        if not isinstance(steps, int) or steps < 1:
            raise ValueError(
                "`accumulation_steps` is a whole number from 1 on. Received: "
                f"{steps!r}."
            )
        self.accumulation_steps = steps

    # === XLA ===
    def _resolve_jit(self, requested):
        if requested != "auto":
            return requested
        if tf.config.list_logical_devices("GPU"):
            return "auto"  # Keras's own rule, which is made for them
        # XLA cannot reach the variables of a second CPU device.
        one_device = len(tf.config.list_logical_devices("CPU")) == 1
        return one_device and self._xla_pays_on_cpu()

    def keep_jit(self) -> None:
        """Takes what `compile` chose of XLA as if named, so that no timing chooses."""
        self._compile_arguments["jit_compile"] = self.jit_compile

    def _xla_pays_on_cpu(self) -> bool:
        """Whether XLA made the training step faster on CPU when measured."""
        return False

    # === Gradients ===
    def _apply(self, name, optimizer, gradients, variables):
        self._warn_of_unreached(variables, gradients)
        if self.gradient_log is not None:
            scale = optimizer.scale_loss(tf.constant(1.0))
            self.gradient_log.look(name, gradients, scale)
        reached = [g is not None for g in gradients]
        if any(reached):  # or Keras says that none is, and names them
            gradients = list(itertools.compress(gradients, reached))
            variables = list(itertools.compress(variables, reached))
        optimizer.apply(gradients, variables)

    def _warn_of_unreached(self, variables, gradients):
        """Names weights that the loss does not depend on; runs once, while tracing."""
        unreached = [
            v.path for v, g in zip(variables, gradients, strict=True) if g is None
        ]
        if unreached and not self._warned_of_unreached:
            self._warned_of_unreached = True
            warnings.warn(
                f"No gradient reaches {len(unreached)} weights of {self._class_name}, "
                f"which stay as they are: {', '.join(unreached[:5])}. Freeze them, or "
                "look for a value taken out of the graph.",
                stacklevel=2,
            )

    _warned_of_unreached = False

    # === Losses ===
    def _global_mean(self, values, weight=None):
        """This replica's share of the mean of `values` over the global batch.

        Optimizers sum gradients over replicas, so the shares must add up to the mean.
        Counting the examples, instead of dividing by the number of replicas, is also
        right for a last batch that does not divide evenly, or leaves a replica empty.
        """
        values = tf.cast(values, tf.float32)
        if weight is not None:
            values *= tf.cast(weight, tf.float32)
        count = sum_over_replicas(tf.cast(tf.shape(values)[0], tf.float32))
        return tf.reduce_sum(values) / count

    def _with_whole_loss(self, terms, weight):
        """The terms with the `loss` as minimised, weights and regularizers in it."""
        if "loss" not in terms:  # of players, each with its own
            return terms
        loss = tf.cast(terms["loss"], tf.float32)
        if weight is not None:
            loss *= tf.cast(weight, tf.float32)
        penalties = sum((tf.cast(p, tf.float32) for p in self.losses), start=0.0)
        return {**terms, "loss": loss + penalties}

    def _track(self, terms, weight=None, trackers=None):
        trackers = self._trackers if trackers is None else trackers
        for name, tracker in trackers.items():
            # The loss has its weights in it.
            by = None if name == "loss" else weight
            tracker.update_state(terms[name], sample_weight=by)
        return {name: tracker.result() for name, tracker in trackers.items()}

    def _scaled_penalties(self, penalties):
        """The regularisers' share of one replica: each is the same on all of them."""
        total = sum((tf.cast(p, tf.float32) for p in penalties), start=0.0)
        return total / num_replicas()

    # === Epochs ===
    def shorten_epoch(self, steps: int) -> None:
        """Has the epoch that `fit` begins leave out its first steps.

        For callbacks that go on within an epoch, with data that does so too.

        Args:
            steps: int. How many; 0 for whole epochs from here on.

        Raises:
            ValueError: if `fit` does not know how many steps an epoch has.
        """
        iterator, whole = self._epochs
        if whole is None:
            raise ValueError(
                "A run goes on within an epoch of known length. Received: fit without "
                "steps_per_epoch=."
            )
        iterator.steps_per_epoch = whole - steps

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Everything is built before `fit`. Under a strategy Keras would feed `call` a
        # data batch here, and fail on a model whose `call` takes something else.
        self._ensure_built()
        if self._epochs is None and iterator is not None:  # of `fit`; others follow
            self._epochs = (iterator, iterator.steps_per_epoch)

    # === Workers ===
    def make_train_function(self, force=False):  # noqa: FBT002 (as Keras calls it)
        if across_workers(self.distribute_strategy):
            if force or self.train_function is None:
                self.train_function = step_function(self, self.train_step)
            return None
        with self._pace.traced_step():
            return super().make_train_function(force)

    def make_test_function(self, force=False):  # noqa: FBT002 (as Keras calls it)
        if not across_workers(self.distribute_strategy):
            return super().make_test_function(force)
        if force or self.test_function is None:
            self.test_function = step_function(self, self.test_step)
        return None

    def _in_batches(self, given, *, shuffle=False):
        """The arguments with data sets that every worker reads alike."""
        if not across_workers(self.distribute_strategy):
            return in_batches(given, shuffle=shuffle)
        seed = common_seed(self.distribute_strategy)
        given = in_batches(given, shuffle=shuffle, seed=seed)
        if isinstance(given["x"], tf.data.Dataset):
            given["x"] = by_row(given["x"])
        return given
