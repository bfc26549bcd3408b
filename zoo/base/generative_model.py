"""What every model in the zoo can do."""

import abc
import math
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from ...layers.blocks import ConditionEncoder, whole_spec
from ...layers.replicas import fold_in_replica
from .accumulation import in_parts, of_part
from .batches import (
    numbered,
    plain_arguments,
    split_off_validation,
    unpack,
    validation_arguments,
    visible_part,
)
from .counts import check_seed
from .data_watch import watches
from .export import map_rows, sampling_endpoints, write_saved_model
from .front_door import FrontDoor
from .keras_habits import as_list, by_name, check_rate, refuse_h5, refuse_loss
from .loss_watch import LossWatch
from .pace import Pace
from .presets import load_preset
from .refusal import refusal
from .run_guards import run_guards
from .step_model import StepModel
from .trainable_flags import flags_config, set_flags
from .workers import check_same_data


class GenerativeModel(StepModel):
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
            `ConditionEncoder` takes it: `{"num_classes": 10}`, `{"shape": [3]}`,
            `{"names": ["cat", "dog"]}` for categories by name, which are kept with the
            model, or a dict of names to such dicts.
        num_levels: None for continuous data, or the number of levels of discrete
            data, which is passed as raw integers `0 .. num_levels - 1`.
        seed: None or int. Where the seed generator starts.
        **kwargs: `name`, `dtype`, ... passed on to `keras.Model`.
    """

    # What `evaluate` reports and the progress bar shows; a family sets it.
    metric_names: tuple[str, ...] = ("loss",)
    # Whether labels reach the networks as one-hot vectors, not as an embedding.
    one_hot_labels: bool = False
    # Whether the loss on held-out data says how good the model is.
    scores_new_data: bool = True
    # The lowest and the highest value that continuous data may have, if there are any.
    value_range: tuple[float, float] | None = None

    def __init__(
        self,
        event_shape: Sequence[int],
        *,
        condition_spec: dict | None = None,
        num_levels: int | None = None,
        seed: int | None = None,
        **kwargs,
    ):
        # Data stays in the weights' precision; layers cast for themselves.
        super().__init__(autocast=False, **kwargs)
        self.event_shape = tuple(int(n) for n in event_shape)
        self.condition_spec = whole_spec(condition_spec)
        self.num_levels = num_levels
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.condition_encoder = None
        if condition_spec is not None:
            self.condition_encoder = ConditionEncoder(
                condition_spec, one_hot=self.one_hot_labels, dtype=self.dtype_policy
            )
            self.condition_encoder.build(None)
        self._trackers = {
            name: keras.metrics.Mean(name=name) for name in self.metric_names
        }
        self._front_door = None
        self._watches = None

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
            ValueError: if the condition is missing, superfluous or does not fit, or
                the number is none.
        """
        condition = self.front_door.repeated_condition(condition, num_samples)
        return self._sample(num_samples, condition, self._as_seed(seed))

    def preview(self, num_samples: int, *, condition=None, seed=0) -> tf.Tensor:
        """Draws examples to look at; of labels, as many of each, class by class.

        Args:
            num_samples: int. How many.
            condition: None, or the condition of each.
            seed: None, an int or a pair of ints.

        Returns:
            `[num_samples, *event_shape]`.
        """
        if condition is None:
            condition = self.class_by_class(num_samples)
        return self.sample(num_samples, condition=condition, seed=seed)

    def class_by_class(self, num_samples: int):
        """Returns `[num_samples]` labels in rising order; None of a model without."""
        spec = self.condition_spec
        if spec is None or "num_classes" not in spec:
            return None
        return np.arange(num_samples) * spec["num_classes"] // num_samples

    @property
    def preview_size(self) -> int:
        """How many samples a picture shows: rows of each class, if they are few."""
        classes = (self.condition_spec or {}).get("num_classes", 8)
        if classes > 16:
            return 64
        return (classes if classes > 4 else 2 * classes) ** 2

    def _as_seed(self, seed):
        """Makes the stateless pair that TFP wants: an int alone is stateful there."""
        if seed is None:
            return self._next_seed()
        return check_seed(seed, self._class_name)

    def _next_seed(self):
        """Advances the seed generator; a different pair on each replica."""
        return fold_in_replica(tf.cast(self.seed_generator.next(), tf.int32))

    # === The front door ===
    @property
    def front_door(self) -> FrontDoor:
        """What is checked on the way in, of a model that is built by now."""
        self._ensure_built()
        return self._front_door

    def _make_front_door(self):
        return FrontDoor(
            self._class_name,
            self.event_shape,
            self.variable_dtype,
            num_levels=self.num_levels,
            value_range=self.value_range,
            condition_encoder=self.condition_encoder,
        )

    def encode_condition(self, condition):
        """Returns the `[B, C]` floats that layers take, or None if unconditional."""
        if self.condition_encoder is None:
            return None
        if condition is None:
            self.front_door.check_condition(None)  # says what is wanted
        return self.condition_encoder(self._numbers(condition))

    def _numbers(self, condition):
        return self.condition_encoder.numbers(condition, self._class_name)

    def _numbered(self, given):
        """Arguments in which categories have numbers: graphs know no names."""
        if self.condition_encoder is None or not self.condition_encoder.has_names:
            return given
        return numbered(given, self._numbers)

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
        self._front_door = self._make_front_door()
        with tf.init_scope():
            try:
                x, condition = self._zeros(1)
                self._build_networks(x, condition)
                self._watches = watches(self._front_door)
                count = self.distribute_strategy.num_replicas_in_sync
                self._loss_watch = LossWatch(self._class_name, count)
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
        loss=None,
        metrics=None,
        *,
        jit_compile="auto",
        run_eagerly: bool = False,
        steps_per_execution: int | str = "auto",
        accumulation_steps: int = 1,
    ):
        """Sets the optimizer. There is no loss argument: the family brings it.

        Args:
            optimizer: a Keras optimizer, or its name.
            loss: None; another is refused, and so are metrics.
            metrics: None.
            jit_compile: bool, or "auto": the rule of the model's kind, which a run
                of minutes without convolutions checks by timing both on one CPU. What
                is chosen then is kept, and saved with the model.
            run_eagerly: bool. Whether to step without a graph, to debug.
            steps_per_execution: int, steps in one graph call, which spares small models
                much of a step's time; or "auto", to time a few steps before a long run
                and to take as many as fill 50 ms and divide the epoch. It is 1 under a
                strategy, since Keras can do no more, and "auto" is 1 beside callbacks
                of batches. The weights are the same.
            accumulation_steps: int. In how many parts a step goes through its batch,
                one after the other, for batches that are too large for the memory.
                The step is that of the whole batch, but for other noise, and for
                layers that look at several examples together: batch normalization
                takes the moments of a part.
        """
        refuse_loss(self._class_name, loss, metrics)
        check_rate(self._class_name, optimizer)
        self._ensure_built()
        self._set_accumulation(accumulation_steps)
        self._compile_arguments = {
            "optimizer": optimizer,
            "jit_compile": jit_compile,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "accumulation_steps": accumulation_steps,
        }
        one_by_one = tf.distribute.has_strategy() or steps_per_execution == "auto"
        self._check_trainable()
        super().compile(
            optimizer=optimizer,
            jit_compile=self._resolve_jit(jit_compile) and not run_eagerly,
            run_eagerly=run_eagerly,
            steps_per_execution=1 if one_by_one else steps_per_execution,
        )
        self._pace = Pace(self)
        # Built now, or a checkpoint would restore the weights and lose the moments.
        self.optimizer.build(self._optimizer_variables())

    def _optimizer_variables(self):
        """What `fit` trains; parts that are trained by themselves are left out."""
        return self.trainable_variables

    def _check_trainable(self):
        if not self.trainable_variables:
            raise refusal(
                f"{self._class_name} has nothing to train: no trainable weights. "
                "Received: a model all of whose weights are frozen or unknown to "
                "Keras. A tf.Variable, or a TFP distribution or bijector kept on the "
                "model, is not seen: make weights by add_weight or layers, and TFP "
                "objects inside distribution()."
            )

    def get_compile_config(self):
        if not self.compiled:
            return None
        arguments = {**self._compile_arguments, **self._optimizers()}
        return {
            **keras.saving.serialize_keras_object(arguments),
            **flags_config(self),
        }

    def _optimizers(self) -> dict:
        """The optimizers by the names that `compile` gives them."""
        return {"optimizer": self.optimizer}

    def compile_from_config(self, config):
        # Before the optimizer is built, which holds moments of what is trained.
        config = dict(config)
        set_flags(self, config.pop("trainable_layers", None))
        self.compile(**keras.saving.deserialize_keras_object(config))

    def fit(self, x=None, *args, **kwargs):
        """Trains as `keras.Model.fit` does, after a look at the data.

        The first batch is checked for shape, dtype, range, NaN and condition, so that
        a mistake is one clear line before training and not a wrong model after it. Of
        later batches the graph counts what does not fit, which ends the run within 50
        of them; a loss that is not finite ends it with its epoch.

        Weights of examples are `[B]`. The `loss`, reported as minimised, is the sum of
        weight times loss over the number of examples, plus regularizers, as Keras's own
        is; the other metrics are weighted means, as Keras's `weighted_metrics` are.
        """
        given = {
            "shuffle": True,
            **plain_arguments(by_name(keras.Model.fit, x, *args, **kwargs)),
        }
        given = split_off_validation(self._numbered(given))
        batch = self._check_data(given)
        if given.get("validation_data") is not None:
            held_out = validation_arguments(given)
            self._check_data(held_out)
            given["validation_data"] = self._in_batches(held_out)["x"]
        given = self._in_batches(given, shuffle=given["shuffle"])
        check_same_data(self.distribute_strategy, given["x"])
        callbacks = given.pop("callbacks", None)
        if isinstance(callbacks, keras.callbacks.CallbackList):
            return super().fit(callbacks=callbacks, **given)
        given["callbacks"] = as_list(callbacks)
        self._pace.choose(given, batch, self._optimizers().values())
        guards = run_guards(self._watches.train, self._loss_watch)
        given["callbacks"] = [*guards, *given["callbacks"]]
        try:
            return super().fit(**given)
        finally:
            self._epochs = None

    def evaluate(self, x=None, *args, return_dict: bool = True, **kwargs):
        """Returns the family's metrics by name; see `keras.Model.evaluate`."""
        given = plain_arguments(by_name(keras.Model.evaluate, x, *args, **kwargs))
        given = self._numbered(given)
        # Keras passes a list of its own between epochs, of data that `fit` has seen.
        if not isinstance(given.get("callbacks"), keras.callbacks.CallbackList):
            self._check_data(given)
        if (given.get("steps") or 0) % self.steps_per_execution:
            self._pace.take(1)
        with self._watches.test.watching():
            return super().evaluate(return_dict=return_dict, **self._in_batches(given))

    def predict(self, x, *args, **kwargs):
        """Returns what `call` does, batch by batch; see `keras.Model.predict`."""
        self._ensure_built()
        given = plain_arguments(by_name(keras.Model.predict, x, *args, **kwargs))
        given = self._numbered(given)
        x = visible_part(given, self._class_name)[0]
        if isinstance(given["x"], np.ndarray | tf.Tensor):
            self._check_called(x)
        steps, self.steps_per_execution = self.steps_per_execution, 1
        try:  # Keras writes out the steps of a call of `predict`, one after the other
            with self._watches.predict.watching():
                return super().predict(**self._in_batches(given))
        finally:
            self.steps_per_execution = steps

    def _check_called(self, x):
        """Checks what `call` takes: examples, where a family says nothing else."""
        self.front_door.check_event(x)

    def _check_data(self, given):
        """Checks what can be seen of the data, and returns a batch of it, or None."""
        x, y, batch = visible_part(given, self._class_name)
        if x is not None:
            entered, _ = self._enter(x, y)
            self.front_door.warn_of_half(entered)
        return batch

    def train_step(self, data):
        least = self.accumulation_steps
        x, condition, weight = self._unpack(data, self._watches.train, least_size=least)
        names = [*self._trackers, *([] if weight is None else [_WEIGHT])]

        def make_terms(batch, seed):
            x, condition, weight = batch
            terms = self._step_terms(x, condition, seed, training=True)
            return {**self._with_whole_loss(terms, weight), _WEIGHT: weight}

        batch = (x, condition, weight)
        terms = self._descend(make_terms, batch, self._next_seed(), names)
        self._loss_watch.look(terms, x)
        return self._track(terms, terms.pop(_WEIGHT, None))

    def _descend(self, make_terms, batch, seed, names):
        """Takes a step down the `loss` of the terms of a batch; returns those named."""
        variables = self._optimizer_variables()

        def part(batch, k):
            with tf.GradientTape() as tape:
                terms = make_terms(batch, of_part(seed, k))
                loss = self._global_mean(terms["loss"])
                scaled = self.optimizer.scale_loss(loss)
            kept = {name: terms[name] for name in names}
            return kept, tape.gradient(scaled, [v.value for v in variables])

        terms, gradients = in_parts(part, batch, self.accumulation_steps)
        self._apply("optimizer", self.optimizer, gradients, variables)
        return terms

    def test_step(self, data):
        x, condition, weight = self._unpack(data, self._watches.test)
        terms = self._step_terms(x, condition, self._next_seed(), training=False)
        return self._track(self._with_whole_loss(terms, weight), weight)

    def predict_step(self, data):
        x, condition, _ = unpack(data)
        self._watch_call(x, condition)
        if condition is None:
            return self(x)
        condition = self.front_door.check_condition(condition)
        if not tf.executing_eagerly():
            condition = self.condition_encoder.within_range(condition)
        return self(x, condition)

    def _watch_call(self, x, condition):
        """Counts what does not fit of what `call` takes: examples."""
        if not tf.executing_eagerly():
            self._watches.predict.look(x, condition)

    def _unpack(self, data, watch=None, *, least_size: int = 1):
        """Examples, conditions and weights of a batch, checked and watched."""
        watch = watch or self._watches.train
        x, condition, weight = unpack(data)
        weight = self.front_door.check_weight(weight, x.shape[0])
        entered, given = self._enter(x, condition)
        if not tf.executing_eagerly():
            watch.look(x, condition, weight=weight, least_size=least_size)
            if given is not None:
                given = self.condition_encoder.within_range(given)
        return entered, given, weight

    def _enter(self, x, condition=None):
        return self.front_door.enter(x, condition)

    @property
    def metrics(self):
        return list(self._trackers.values())

    # === Saving ===
    def save(self, filepath, *args, **kwargs):
        """Saves the whole model as a `.keras` file; see `keras.Model.save`."""
        refuse_h5(self._class_name, filepath)
        super().save(filepath, *args, **kwargs)

    @classmethod
    def from_preset(cls, preset):
        """Returns a trained model, to sample from, or to compile and train on.

        Args:
            preset: str or path. A name, such as "real_nvp_digits"; the folder of a
                finished run; or a `.keras` file.

        Raises:
            ValueError: for a preset that is not there, or of another class.
        """
        return load_preset(cls, preset)

    def save_own_variables(self, store):
        super().save_own_variables(store)
        # Keras leaves out the seed generators; without them a resumed run would draw
        # other noise than the uninterrupted one.
        for i, state in enumerate(self._seed_states()):
            store[f"seed_state_{i}"] = state.numpy()
        if not self.compiled:  # else they are in the compile config
            for name, flags in flags_config(self).items():
                store[name] = np.array(flags)

    def load_own_variables(self, store):
        self._ensure_built()
        saved = {key: store[key] for key in store.keys()}  # noqa: SIM118 (an HDF5 group)
        for i, state in enumerate(self._seed_states()):
            if f"seed_state_{i}" in saved:
                state.assign(saved.pop(f"seed_state_{i}"))
        set_flags(self, saved.pop("trainable_layers", None))
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
        endpoints = self.endpoints()
        write_saved_model(path, endpoints, self.front_door)
        if verbose:
            print(f"Exported {self._class_name} to {path} with {', '.join(endpoints)}.")

    def endpoints(self) -> dict:
        """Returns the signatures that `export` writes, by name.

        Returns:
            dict of `(function, specs)`: a function of tensors to a dict of tensors, and
            the list of `tf.TensorSpec` of what it takes. The first is the default.
        """
        self._ensure_built()
        return {**self._endpoints(), **self._sampling_endpoints()}

    def _sampling_endpoints(self):
        return sampling_endpoints(self._sample, self._sample_rows, self.front_door)

    def _sample_rows(self, seeds, condition):
        """Draws one event for each row of `seeds`, `[B, 2]` int32."""
        return map_rows(self._sample, seeds, condition, self.front_door)


_WEIGHT = "weights of the examples"  # beside terms, to be parted and joined as they are
