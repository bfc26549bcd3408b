"""Models that learn by a game between two networks."""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ..layers.spectral_normalization import spectral_layers, take_power_steps
from .base import GenerativeModel
from .games import Game, revive
from .replicas import part_of_batch, update_everywhere

tfd = tfp.distributions


class AdversarialModel(GenerativeModel):
    """A generator that learns to fool a discriminator, under the rules of a game.

    A subclass makes the two networks, calls `self.build()`, and writes `get_config`.
    Both are Keras layers; in a conditional model they take the encoded condition as a
    second argument:

        generator(z)         [B, Z] -> [B, *event_shape]
        discriminator(x)     [B, *event_shape] -> [B, 1], a raw score

    One step of `fit` takes `game.num_critic_steps` discriminator steps, each on its
    own part of the batch that the data set gives, and one generator step. A batch of
    `num_critic_steps * b` examples is thus `b` examples a step.

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the noise, which is standard normal.
        game: `Game`. What the two players optimise.
        ema_decay: None, or the decay of a running mean of the generator's weights.
            Samples, exports and pictures then come from the mean.
        regularizers: sequence of `Regularizer`, added to those of the game.
        **kwargs: as for `GenerativeModel`.

    Call arguments:
        z: `[B, Z]` floats.
        condition: the condition, if the model has one.

    Returns:
        `[B, *event_shape]` floats: what `generate` returns.
    """

    metric_names = (
        "generator_loss",
        "discriminator_loss",
        "penalty",
        "real_score",
        "fake_score",
    )

    # Made by the subclass.
    generator: keras.layers.Layer
    discriminator: keras.layers.Layer

    def __init__(
        self,
        event_shape,
        latent_size: int,
        game: Game,
        *,
        ema_decay: float | None = None,
        regularizers: Sequence = (),
        **kwargs,
    ):
        super().__init__(event_shape, **kwargs)
        if ema_decay is not None and not 0.0 < ema_decay < 1.0:
            raise ValueError(
                f"`ema_decay` must lie in (0, 1). Received: ema_decay={ema_decay}."
            )
        self.latent_size = latent_size
        self.regularizers = revive(regularizers)  # those in `get_config`
        self.game = game.regularized(self.regularizers)
        self.ema_decay = ema_decay
        self.averages = []

    def _build_networks(self, x, condition):
        z = tf.zeros([1, self.latent_size], self.variable_dtype)
        self._play(self.generator, z, condition)
        self._score(x, condition)
        for network in (self.generator, self.discriminator):
            for layer in spectral_layers(network):
                layer.step_in_call = False  # but once in a step, which calls it often
        if self.ema_decay is None:
            return
        for variable in self.generator.trainable_variables:
            average = self.add_weight(
                shape=variable.shape, dtype=variable.dtype, trainable=False
            )
            average.assign(variable)
            self.averages.append(average)

    # === The two networks ===
    def _play(self, network, inputs, condition, *, training=False):
        context = self.encode_condition(condition)
        arguments = [inputs] if context is None else [inputs, context]
        return tf.cast(network(*arguments, training=training), self.variable_dtype)

    def _score(self, x, condition, *, training=False):
        scores = self._play(self.discriminator, x, condition, training=training)
        return tf.reshape(scores, [-1])  # [B]

    def _generate(self, z, condition):
        """Generates from the averaged weights, if there are any."""
        weights = self.generator.trainable_variables if self.averages else []
        averages = [average.value for average in self.averages]
        with keras.StatelessScope(list(zip(weights, averages, strict=True))):
            return self._play(self.generator, z, condition)

    def generate(self, z, condition=None) -> tf.Tensor:
        """Returns the examples made of the noise: `[B, Z]` to `[B, *event_shape]`."""
        self._ensure_built()
        condition = self._check_condition(condition)
        z = tf.cast(tf.convert_to_tensor(z), self.variable_dtype)
        return self._generate(z, condition)

    def discriminate(self, x, condition=None) -> tf.Tensor:
        """Returns the discriminator's raw scores: `[B, *event_shape]` to `[B]`."""
        return self._score(*self._enter(x, condition))

    def call(self, z, condition=None):
        return self.generate(z, condition)

    # === Sampling ===
    def sample(
        self, num_samples: int, *, condition=None, seed=None, truncation=None
    ) -> tf.Tensor:
        """Draws new examples; see `GenerativeModel.sample`.

        Args:
            num_samples: int. How many.
            condition: the condition, with a leading axis of `num_samples` or 1.
            seed: None, an int or a pair of ints.
            truncation: None; or a bound on the noise, each number of which is drawn
                anew until it lies in `[-truncation, truncation]`. A low one gives
                typical samples of less variety.

        Returns:
            `[num_samples, *event_shape]`.

        Raises:
            ValueError: for a truncation that is not positive.

        Reference:
            Brock et al., 2019, section 3.1, https://arxiv.org/abs/1809.11096
        """
        if truncation is None:
            return super().sample(num_samples, condition=condition, seed=seed)
        if not truncation > 0.0:
            raise ValueError(
                f"`truncation` must be positive. Received: truncation={truncation}."
            )
        self._ensure_built()
        condition = self._repeated_condition(condition, num_samples)
        z = self._truncated_latents(num_samples, self._as_seed(seed), truncation)
        return self._generate(z, condition)

    def _latents(self, num_samples, seed):
        shape = [num_samples, self.latent_size]
        return tf.random.stateless_normal(shape, seed, dtype=self.variable_dtype)

    def _truncated_latents(self, num_samples, seed, truncation):
        bound = tf.cast(truncation, self.variable_dtype)
        zero, one = tf.zeros_like(bound), tf.ones_like(bound)
        noise = tfd.TruncatedNormal(zero, one, -bound, bound)
        return noise.sample([num_samples, self.latent_size], seed=seed)

    def _sample(self, num_samples, condition, seed):
        return self._generate(self._latents(num_samples, seed), condition)

    # === Training ===
    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        *,
        jit_compile="auto",
        run_eagerly: bool = False,
    ):
        """Sets the optimizers of both players.

        `model.optimizer` is the generator's: callbacks that act on an optimizer act on
        the player that is kept.

        Args:
            generator_optimizer: a Keras optimizer, its name, or None for
                `default_optimizer()`.
            discriminator_optimizer: the same, for the discriminator.
            jit_compile: bool, or "auto" to take what was faster when measured.
            run_eagerly: bool. Whether to step without a graph, to debug.

        Raises:
            ValueError: for an optimizer that averages weights itself.
        """
        super().compile(
            generator_optimizer or self.default_optimizer(),
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
        )
        second = keras.optimizers.get(
            discriminator_optimizer or self.default_optimizer()
        )
        if self.optimizer.use_ema or second.use_ema:
            raise ValueError(
                "The model averages the generator's weights. Received: an optimizer "
                "with use_ema=True. Pass ema_decay= to the model instead."
            )
        if self.dtype_policy.name == "mixed_float16":
            # Keras wraps only `model.optimizer`.
            second = keras.optimizers.LossScaleOptimizer(second)
        self.discriminator_optimizer = second
        second.build(self._discriminator_variables())
        self._compile_arguments = {
            "jit_compile": jit_compile,
            "run_eagerly": run_eagerly,
        }

    @property
    def generator_optimizer(self):
        """The generator's optimizer, which is also `model.optimizer`."""
        return self.optimizer

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        """Returns what `compile` takes where no optimizer is given."""
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    def get_compile_config(self):
        if not self.compiled:
            return None
        return keras.saving.serialize_keras_object(
            {
                **self._compile_arguments,
                "generator_optimizer": self.optimizer,
                "discriminator_optimizer": self.discriminator_optimizer,
            }
        )

    def _optimizer_variables(self):
        return self.generator.trainable_variables

    def _discriminator_variables(self):
        # The condition's embedding is read by both, and learned by the discriminator:
        # it is the one that sees which condition goes with which example.
        shared = self.condition_encoder
        extra = shared.trainable_variables if shared is not None else []
        return [*self.discriminator.trainable_variables, *extra]

    def train_step(self, data):
        x, condition, weight = self._unpack(data)
        if weight is not None:
            raise ValueError(f"{self._class_name} takes no example weights.")
        steps = self.game.num_critic_steps
        self._check_batch(x, steps)
        for k in range(steps):
            real, given = part_of_batch((x, condition), k, steps)
            terms = self._discriminator_step(real, given)
        terms |= self._generator_step(tf.shape(real)[0], given)
        self._update_averages()
        return self._track(terms)

    def _check_batch(self, x, steps):
        if x.shape[0] is not None and x.shape[0] < steps:
            raise ValueError(
                f"{self._class_name} parts a batch among {steps} discriminator steps. "
                f"Received: a batch of {x.shape[0]}. Batch at least {steps}, best a "
                f"multiple of {steps}, on every replica."
            )

    def _discriminator_step(self, real, condition):
        seed = self._next_seed()
        take_power_steps(self.discriminator)
        with tf.GradientTape() as tape:
            terms = self._discriminator_terms(real, condition, seed, training=True)
            loss = self._objective(terms["discriminator_loss"], self.discriminator)
            scaled = self.discriminator_optimizer.scale_loss(loss)
        variables = self._discriminator_variables()
        gradients = tape.gradient(scaled, [v.value for v in variables])
        self.discriminator_optimizer.apply(gradients, variables)
        self._constrain(self.discriminator.trainable_variables)
        return terms

    def _discriminator_terms(self, real, condition, seed, *, training):
        latent_seed, penalty_seed = tf.unstack(
            tf.random.experimental.stateless_split(seed, 2)
        )
        z = self._latents(tf.shape(real)[0], latent_seed)
        fake = self._play(self.generator, z, condition, training=training)
        fake = tf.stop_gradient(fake)
        if training:
            real, fake = self._corrupt(real, seed, 0), self._corrupt(fake, seed, 1)

        def score(x):
            return self._score(x, condition, training=training)

        real_scores, fake_scores = score(real), score(fake)
        penalty = self.game.penalty(score, real, fake, penalty_seed)
        loss = self.game.discriminator_loss(real_scores, fake_scores)
        loss = tf.cast(loss, penalty.dtype) + penalty  # which may be wider
        return {
            "discriminator_loss": loss,
            "penalty": penalty,
            "real_score": real_scores,
            "fake_score": fake_scores,
        }

    def _generator_step(self, batch_size, condition):
        seed = self._next_seed()
        take_power_steps(self.generator)
        with tf.GradientTape() as tape:
            values = self._generator_loss(batch_size, condition, seed, training=True)
            loss = self._objective(values, self.generator)
            scaled = self.optimizer.scale_loss(loss)
        variables = self.generator.trainable_variables
        gradients = tape.gradient(scaled, [v.value for v in variables])
        self.optimizer.apply(gradients, variables)
        return {"generator_loss": values}

    def _objective(self, values, network):
        return self._global_mean(values) + self._scaled_penalties(network.losses)

    def _generator_loss(self, batch_size, condition, seed, *, training):
        z = self._latents(batch_size, seed)
        fake = self._play(self.generator, z, condition, training=training)
        if training:
            fake = self._corrupt(fake, seed, 0)
        return self.game.generator_loss(self._score(fake, condition, training=training))

    def _corrupt(self, x, seed, stream):
        seed = tf.random.experimental.stateless_fold_in(seed, stream)
        step = tf.convert_to_tensor(self.generator_optimizer.iterations)
        return self.game.corrupt(x, step, seed)

    def _constrain(self, variables):
        bound = [(v, self.game.constrain(v.value)) for v in variables]
        update_everywhere(
            lambda old, new: old.assign(new),
            [(v, value) for v, value in bound if value is not v.value],
        )

    def _update_averages(self):
        def move(average, weight):
            average.assign_add((1.0 - self.ema_decay) * (weight - average))

        weights = [v.value for v in self.generator.trainable_variables]
        if self.averages:
            update_everywhere(move, zip(self.averages, weights, strict=True))

    def _step_terms(self, x, condition, seed, *, training):
        first, second = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        terms = self._discriminator_terms(x, condition, first, training=training)
        loss = self._generator_loss(
            tf.shape(x)[0], condition, second, training=training
        )
        return {**terms, "generator_loss": loss}

    # === Exporting ===
    def _endpoints(self):
        def generate(z, *condition):
            return {"x": self._generate(z, self._served_condition(condition))}

        def discriminate(x, *condition):
            condition = self._served_condition(condition)
            return {"scores": self.discriminate(x, condition)}

        def sample_truncated(num_samples, seed, truncation, *condition):
            condition = self._served_condition(condition)
            if condition is not None:
                condition = self.condition_encoder.repeat(condition, num_samples)
            with tf.control_dependencies([tf.debugging.assert_positive(truncation)]):
                z = self._truncated_latents(num_samples, seed, truncation)
            return {"samples": self._generate(z, condition)}

        z = tf.TensorSpec((None, self.latent_size), self.variable_dtype, name="z")
        bound = tf.TensorSpec((), self.variable_dtype, name="truncation")
        conditions = self._condition_specs()
        sampling = self._sampling_endpoints()
        count, seed = sampling["sample"][1][:2]
        return {
            **sampling,  # `sample` is the default signature
            "sample_truncated": (sample_truncated, [count, seed, bound, *conditions]),
            "generate": (generate, [z, *conditions]),
            "discriminate": (discriminate, [self._event_spec(), *conditions]),
        }

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("num_levels")
        return {
            **config,
            "latent_size": self.latent_size,
            "ema_decay": self.ema_decay,
            "regularizers": [
                keras.saving.serialize_keras_object(r) for r in self.regularizers
            ],
        }
