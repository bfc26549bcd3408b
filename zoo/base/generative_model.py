"""What every model in the zoo can do."""

import abc
import math
import pathlib
import shutil
import tempfile
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from ...layers.blocks import ConditionEncoder
from ...layers.replicas import fold_in_replica, num_replicas, sum_over_replicas


class GenerativeModel(keras.Model, abc.ABC):
    """A model that learns from `x`, or `(x, condition)`, and draws samples.

    `fit` takes a `tf.data.Dataset` (or arrays) of `x` or `(x, condition)`, and no
    loss: the family brings it. To weight examples, give `(x, condition, weight)`,
    with `None` for the condition of an unconditional model.

    A family fills in `_step_terms`, `_sample` and `_endpoints`; a model its
    constructor and its networks. Losses are means over the *global* batch, whatever
    the number of replicas. Everything that draws takes its noise from one seed
    generator whose state is saved with the weights, so that a resumed run draws what
    the uninterrupted one would have drawn.

    Args:
        event_shape: sequence of int. Shape of one example.
        condition_spec: None, or what the model is conditioned on, as
            `ConditionEncoder` takes it: `{"num_classes": 10}`, `{"shape": [3]}`, or a
            dict of names to such dicts.
        num_levels: None for continuous data, or the number of levels of discrete
            data, which is passed as raw integers `0 .. num_levels - 1`.
        seed: None or int. Where the seed generator starts.
        **kwargs: `name`, `dtype`, ... passed on to `keras.Model`.
    """

    # What `evaluate` reports and the progress bar shows; a family sets it.
    metric_names: tuple[str, ...] = ("loss",)
    # Whether labels reach the networks as one-hot vectors, not as an embedding.
    one_hot_labels: bool = False

    def __init__(
        self,
        event_shape: Sequence[int],
        *,
        condition_spec: dict | None = None,
        num_levels: int | None = None,
        seed: int | None = None,
        **kwargs,
    ):
        if num_levels is not None and num_levels < 2:
            raise ValueError(
                f"`num_levels` must be at least 2. Received: num_levels={num_levels}."
            )
        # Data stays in the weights' precision; layers cast for themselves.
        super().__init__(autocast=False, **kwargs)
        self.event_shape = tuple(int(n) for n in event_shape)
        self.condition_spec = condition_spec
        self.num_levels = num_levels
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.condition_encoder = None
        if condition_spec is not None:
            self.condition_encoder = ConditionEncoder(
                condition_spec, one_hot=self.one_hot_labels, dtype=self.dtype_policy
            )
            self.condition_encoder.build()
        self._trackers = {
            name: keras.metrics.Mean(name=name) for name in self.metric_names
        }

    # === To be filled in by a family ===
    @abc.abstractmethod
    def _step_terms(self, x, condition, seed, *, training: bool) -> dict:
        """Returns `[B]` tensors by metric name, the `loss` among them."""

    @abc.abstractmethod
    def _sample(self, num_samples, condition, seed):
        """Draws `[num_samples, *event]`; all three arguments may be tensors."""

    @abc.abstractmethod
    def _endpoints(self) -> dict:
        """Returns `{name: (function, specs)}`; the first is the default signature."""

    @property
    def num_dimensions(self) -> int:
        """How many numbers one example has."""
        return math.prod(self.event_shape)

    # === Sampling ===
    def sample(self, num_samples: int, *, condition=None, seed=None) -> tf.Tensor:
        """Draws new examples.

        Args:
            num_samples: int. How many.
            condition: the condition, with a leading axis of `num_samples` or 1.
            seed: None for new noise at each call; an int, or a pair of ints, for the
                same draw each time.

        Returns:
            `[num_samples, *event_shape]`, in the domain of the training data.

        Raises:
            ValueError: if the condition is missing, superfluous or does not fit.
        """
        self._ensure_built()
        condition = self._repeated_condition(condition, num_samples)
        return self._sample(num_samples, condition, self._as_seed(seed))

    def _repeated_condition(self, condition, num_samples):
        condition = self._check_condition(condition)
        if condition is None:
            return None
        size = _batch_size(condition)
        if size not in (None, 1, num_samples):
            raise ValueError(
                f"{self._class_name}.sample takes one condition, or one for each of "
                f"the {num_samples} samples. Received: {size} conditions."
            )
        return self.condition_encoder.repeat(condition, num_samples)

    def _as_seed(self, seed):
        """Makes the stateless pair that TFP wants: an int alone is stateful there."""
        if seed is None:
            return self._next_seed()
        if isinstance(seed, int | np.integer):
            return tf.constant([0, int(seed)], tf.int32)
        return tf.cast(tf.convert_to_tensor(seed), tf.int32)

    def _next_seed(self):
        """Advances the seed generator; a different pair on each replica."""
        return fold_in_replica(tf.cast(self.seed_generator.next(), tf.int32))

    # === The front door ===
    def _enter(self, x, condition=None):
        """Checks and converts what a caller passed; returns fresh tensors."""
        self._ensure_built()
        x = self._check_event(x)
        condition = self._check_condition(condition)
        if condition is not None and _batch_size(condition) not in (None, x.shape[0]):
            raise ValueError(
                f"{self._class_name} takes one condition for each example. Received: "
                f"{x.shape[0]} examples and {_batch_size(condition)} conditions."
            )
        # A new identity: TFP caches forward/inverse pairs by object.
        return tf.identity(x), condition

    def _check_event(self, x):
        if isinstance(x, np.ndarray | list | tuple):
            x = np.asarray(x)
        x = tf.convert_to_tensor(x)
        self._check_spec(x)
        if tf.executing_eagerly():
            self._check_values(x)
        return tf.cast(x, self.variable_dtype)

    def _check_spec(self, x):
        """Checks shape and dtype, which a `tf.TensorSpec` has too."""
        fits = x.shape.rank == 1 + len(self.event_shape) and (
            x.shape[1:].is_compatible_with(self.event_shape)
        )
        if not fits:
            wanted = ", ".join(["B", *map(str, self.event_shape)])
            raise ValueError(
                f"{self._class_name} takes inputs of shape [{wanted}]. Received: shape "
                f"{tuple(x.shape)}."
            )
        if self.num_levels is None and not x.dtype.is_floating:
            raise ValueError(
                f"{self._class_name} models continuous data and takes floats. "
                f"Received: dtype {x.dtype.name}. Cast it, or pass num_levels= if the "
                "data is discrete and the model can be."
            )

    def _check_values(self, x):
        """Checks what only real values can show."""
        if x.dtype.is_floating:
            bad = int(tf.math.count_nonzero(~tf.math.is_finite(x)))
            if bad:
                raise ValueError(
                    f"{self._class_name} takes finite inputs. Received: {bad} of "
                    f"{int(tf.size(x))} entries are NaN or infinite."
                )
        if self.num_levels is not None and tf.size(x):
            self._check_levels(tf.cast(x, tf.float64))

    def _check_levels(self, x):
        low, high = float(tf.reduce_min(x)), float(tf.reduce_max(x))
        whole = bool(tf.reduce_all(tf.equal(x, tf.floor(x))))
        if not whole or low < 0 or high > self.num_levels - 1:
            kind = "whole numbers" if whole else "fractions"
            raise ValueError(
                f"{self._class_name} takes raw levels 0..{self.num_levels - 1}, "
                f"neither scaled nor dequantized. "
                f"Received: {kind} from {low:g} to {high:g}."
            )

    def _check_condition(self, condition):
        if self.condition_encoder is None:
            if condition is not None:
                raise ValueError(
                    f"{self._class_name} is unconditional. Received: a condition. "
                    "Leave it out, or build the model with condition_spec=."
                )
            return None
        if condition is None:
            raise ValueError(
                f"{self._class_name} is conditioned on {self.condition_spec}. "
                "Received: no condition. Pass condition=, or a data set of "
                "(x, condition)."
            )
        return self.condition_encoder.check(condition, self._class_name)

    def encode_condition(self, condition):
        """Returns the `[B, C]` floats that layers take, or None if unconditional."""
        if self.condition_encoder is None:
            return None
        return self.condition_encoder(condition)

    @property
    def condition_size(self) -> int:
        """The `C` of `encode_condition`; 0 if the model is unconditional."""
        return 0 if self.condition_encoder is None else self.condition_encoder.size

    @property
    def _class_name(self):
        return type(self).__name__

    # === Building ===
    def add_weight(self, *args, autocast=False, **kwargs):
        # In the data's precision under a mixed policy too: TFP mixes none.
        return super().add_weight(*args, autocast=autocast, **kwargs)

    def build(self, input_shape=None):
        """Makes every weight, by one pass over zeros; nothing is drawn or kept."""
        if self.built:
            return
        self.built = True  # what the pass calls asks whether we are built
        with tf.init_scope():
            try:
                x, condition = self._zeros(1)
                self._build_networks(x, condition)
            except BaseException:
                self.built = False
                raise

    def _build_networks(self, x, condition):
        """Touches every layer once; a family may do less than a whole step."""
        self._step_terms(x, condition, tf.zeros([2], tf.int32), training=False)

    def _zeros(self, batch_size):
        x = tf.zeros((batch_size, *self.event_shape), self.variable_dtype)
        if self.condition_encoder is None:
            return x, None
        specs = self.condition_encoder.tensor_specs(batch_size)
        return x, tf.nest.map_structure(lambda s: tf.zeros(s.shape, s.dtype), specs)

    def _ensure_built(self):
        if not self.built:
            self.build()

    def get_build_config(self):
        return {"event_shape": self.event_shape}

    def build_from_config(self, config):
        self._ensure_built()

    # === Training ===
    def compile(
        self,
        optimizer="adam",
        *,
        jit_compile="auto",
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
    ):
        """Sets the optimizer. There is no loss argument: the family brings it.

        Args:
            optimizer: a Keras optimizer, or its name.
            jit_compile: bool, or "auto" to take what was faster when measured.
            run_eagerly: bool. Whether to step without a graph, to debug.
            steps_per_execution: int. Steps in one graph call, which spares small models
                much of a step's time. Under a strategy it is 1: Keras can do no more.
        """
        self._ensure_built()
        self._compile_arguments = {
            "optimizer": optimizer,
            "jit_compile": jit_compile,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
        }
        distributed = tf.distribute.has_strategy()
        super().compile(
            optimizer=optimizer,
            jit_compile=self._resolve_jit(jit_compile) and not run_eagerly,
            run_eagerly=run_eagerly,
            steps_per_execution=1 if distributed else steps_per_execution,
        )
        # Built now, or a checkpoint would restore the weights and lose the moments.
        self.optimizer.build(self._optimizer_variables())

    def _optimizer_variables(self):
        return self.trainable_variables

    def _resolve_jit(self, requested):
        if requested != "auto":
            return requested
        if tf.config.list_logical_devices("GPU"):
            return "auto"  # Keras's own rule, which is made for them
        # XLA cannot reach the variables of a second CPU device.
        one_device = len(tf.config.list_logical_devices("CPU")) == 1
        return one_device and self._xla_pays_on_cpu()

    def _xla_pays_on_cpu(self) -> bool:
        """Whether XLA made the training step faster on CPU when measured."""
        return False

    def get_compile_config(self):
        if not self.compiled:
            return None
        arguments = {**self._compile_arguments, "optimizer": self.optimizer}
        return keras.saving.serialize_keras_object(arguments)

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    def fit(self, x=None, *args, **kwargs):
        """Trains as `keras.Model.fit` does, after a look at the data.

        The first batch is checked for shape, dtype, range, NaN and condition, so that
        a mistake is one clear line before training and not a wrong model after it.
        A loss that is not finite at the end of an epoch stops the run.
        """
        self._ensure_built()
        self._check_data(x, *args, **kwargs)
        if isinstance(kwargs.get("validation_data"), tf.data.Dataset):
            self._check_data(kwargs["validation_data"])
        if isinstance(x, tf.data.Dataset) and len(args) == 0:
            kwargs.setdefault("shuffle", False)  # or Keras warns that it cannot
        callbacks = kwargs.pop("callbacks", None)
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = [_StopWhenNotFinite(), *_as_list(callbacks)]
        return super().fit(x, *args, callbacks=callbacks, **kwargs)

    def evaluate(self, x=None, *args, return_dict: bool = True, **kwargs):
        """Returns the family's metrics by name; see `keras.Model.evaluate`."""
        self._ensure_built()
        if not isinstance(kwargs.get("callbacks"), keras.callbacks.CallbackList):
            self._check_data(x, *args, **kwargs)
        return super().evaluate(x, *args, return_dict=return_dict, **kwargs)

    def _check_data(self, x, y=None, *_, sample_weight=None, **__):
        """Looks at the first batch of what `fit` or `evaluate` was given."""
        if sample_weight is not None and y is None:
            raise ValueError(
                "Keras drops the weights of data without a target. Received: "
                "sample_weight= and no y. Pass a tf.data.Dataset of (x, None, weight)."
            )
        if isinstance(x, tf.data.Dataset):
            first = next(iter(x.take(1)), None)
            if first is None:
                raise ValueError(
                    f"{self._class_name} needs at least one batch. Received: an empty "
                    "data set. With drop_remainder, a batch must not exceed its size."
                )
            x, y, _ = keras.utils.unpack_x_y_sample_weight(first)
        elif not isinstance(x, np.ndarray | tf.Tensor):
            return  # generators can be read only once: leave them whole
        self._enter(x, y)

    def train_step(self, data):
        x, condition, weight = self._unpack(data)
        seed = self._next_seed()
        with tf.GradientTape() as tape:
            terms = self._step_terms(x, condition, seed, training=True)
            loss = self._global_mean(terms["loss"], weight)
            loss += self._scaled_penalties(self.losses)
            scaled = self.optimizer.scale_loss(loss)
        variables = self.trainable_variables
        gradients = tape.gradient(scaled, [v.value for v in variables])
        self.optimizer.apply(gradients, variables)
        return self._track(terms, weight)

    def test_step(self, data):
        x, condition, weight = self._unpack(data)
        terms = self._step_terms(x, condition, self._next_seed(), training=False)
        return self._track(terms, weight)

    def predict_step(self, data):
        x, condition, _ = keras.utils.unpack_x_y_sample_weight(data)
        return self(x) if condition is None else self(x, condition)

    def _unpack(self, data):
        x, condition, weight = keras.utils.unpack_x_y_sample_weight(data)
        return *self._enter(x, condition), weight

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

    def _scaled_penalties(self, penalties):
        """The regularisers' share of one replica: each is the same on all of them."""
        total = sum((tf.cast(p, tf.float32) for p in penalties), start=0.0)
        return total / num_replicas()

    def _track(self, terms, weight=None):
        for name, tracker in self._trackers.items():
            tracker.update_state(terms[name], sample_weight=weight)
        return {name: tracker.result() for name, tracker in self._trackers.items()}

    @property
    def metrics(self):
        return list(self._trackers.values())

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Everything is built before `fit`. Under a strategy Keras would feed `call` a
        # data batch here, and fail on a model whose `call` takes something else.
        self._ensure_built()

    # === Saving ===
    def save_own_variables(self, store):
        super().save_own_variables(store)
        # Keras leaves out the seed generators; without them a resumed run would draw
        # other noise than the uninterrupted one.
        for i, state in enumerate(self._seed_states()):
            store[f"seed_state_{i}"] = state.numpy()

    def load_own_variables(self, store):
        self._ensure_built()
        saved = {key: store[key] for key in store.keys()}  # noqa: SIM118 (an HDF5 group)
        for i, state in enumerate(self._seed_states()):
            if f"seed_state_{i}" in saved:
                state.assign(saved.pop(f"seed_state_{i}"))
        super().load_own_variables(saved)

    def _seed_states(self):
        return [v for v in self.variables if v.name == "seed_generator_state"]

    def get_config(self):
        return {
            **super().get_config(),
            "event_shape": self.event_shape,
            "condition_spec": self.condition_spec,
            "num_levels": self.num_levels,
            "seed": self.seed,
        }

    # === Exporting ===
    def export(self, path, *, verbose: bool = True):
        """Writes a SavedModel that TensorFlow alone can load and serve.

        The signatures are listed in the README; each is also a callable of the loaded
        object, takes any batch size, and returns a dict. Samplers take their seed as
        an input, so that two servers do not draw the same.

        Args:
            path: str or path. A folder that does not exist, such as `my_flow/1`.
            verbose: bool. Whether to print what was written.

        Raises:
            ValueError: if the folder exists.

        Example, once exported:

            served = tf.saved_model.load("my_flow/1")
            served.signatures["sample"](
                num_samples=tf.constant(16), seed=tf.constant([0, 7])
            )["samples"]
        """
        self._ensure_built()
        path = pathlib.Path(path)
        if path.exists():
            raise ValueError(
                f"export writes a new folder. Received: {str(path)!r}, which exists. "
                "Give another, such as the next version number."
            )
        endpoints = {**self._endpoints(), **self._sampling_endpoints()}
        archive = keras.export.ExportArchive()
        for name, (function, specs) in endpoints.items():
            archive.add_endpoint(name, function, input_signature=specs)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside its place and moved, so that nothing half-written is served.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
            archive.write_out(pathlib.Path(folder) / "model", verbose=False)
            shutil.move(pathlib.Path(folder) / "model", path)
        if verbose:
            print(f"Exported {self._class_name} to {path} with {', '.join(endpoints)}.")

    def _sample_rows(self, seeds, condition):
        """Draws one event for each row of `seeds`, `[B, 2]` int32."""
        leaves = [] if condition is None else tf.nest.flatten(condition)

        def one(arguments):
            seed, *row = arguments
            row = self._served_condition([leaf[None] for leaf in row])
            return self._sample(1, row, seed)[0]

        dtype = self._event_spec().dtype
        return tf.map_fn(one, (seeds, *leaves), fn_output_signature=dtype)

    def _sampling_endpoints(self):
        def sample(num_samples, seed, *condition):
            condition = self._served_condition(condition)
            if condition is not None:
                condition = self.condition_encoder.repeat(condition, num_samples)
            return {"samples": self._sample(num_samples, condition, seed)}

        def sample_rows(seed, *condition):
            seeds = tf.stack([tf.zeros_like(seed), seed], axis=-1)  # [B, 2]
            condition = self._served_condition(condition)
            return {"samples": self._sample_rows(seeds, condition)}

        count = tf.TensorSpec((), tf.int32, name="num_samples")
        pair = tf.TensorSpec((2,), tf.int32, name="seed")
        row = tf.TensorSpec((None,), tf.int32, name="seed")
        condition = self._condition_specs()
        return {
            "sample": (sample, [count, pair, *condition]),
            "sample_rows": (sample_rows, [row, *condition]),
        }

    def _event_spec(self, name="x"):
        dtype = tf.int32 if self.num_levels is not None else self.variable_dtype
        return tf.TensorSpec((None, *self.event_shape), dtype, name=name)

    def _condition_specs(self):
        """One flat list, since signatures have named tensors and no structures."""
        if self.condition_encoder is None:
            return []
        return tf.nest.flatten(self.condition_encoder.tensor_specs())

    def _served_condition(self, flat):
        if self.condition_encoder is None:
            return None
        specs = self.condition_encoder.tensor_specs()
        return tf.nest.pack_sequence_as(specs, list(flat))


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


def _batch_size(condition):
    return tf.nest.flatten(condition)[0].shape[0]


def _as_list(callbacks):
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, Sequence) else [callbacks]
