"""Models of noise that learn by a game between two networks."""

import abc
import math

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.blocks import is_real, run_network
from ..games import Game
from .two_player_model import TwoPlayerModel

tfd = tfp.distributions


class AdversarialModel(TwoPlayerModel):
    """A generator that learns to fool a discriminator, under the rules of a game.

    A subclass writes `make_generator` and `make_discriminator`, calls `self.build()`
    at the end of its constructor, and writes `get_config`. Both networks are Keras
    layers; in a conditional model they take the encoded condition as a second argument:

        generator(z)         [B, Z] -> [B, *event_shape]
        discriminator(x)     [B, *event_shape] -> [B, 1], a raw score; or one for each
                             of `P` patches, [B, ...], whose losses are averaged

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the noise, which is standard normal.
        game: `Game`. What the two players optimise.
        **kwargs: `ema_decay`, `regularizers`, `condition_spec`, `seed`, ... as for
            `TwoPlayerModel`.

    Call arguments:
        z: `[B, Z]` floats.
        condition: the condition, if the model has one.

    Returns:
        `[B, *event_shape]` floats: what `generate` returns.
    """

    # Without an annotation, which would refuse the 0 of a model that takes no noise.
    def __init__(self, event_shape, latent_size, game: Game, **kwargs):
        super().__init__(event_shape, game, **kwargs)
        self.latent_size = latent_size
        self.generator = None  # made when the model is built
        self.discriminator = None

    # === To be filled in by a model ===
    @abc.abstractmethod
    def make_generator(self) -> keras.layers.Layer:
        """Returns the network from noise to examples."""

    @abc.abstractmethod
    def make_discriminator(self) -> keras.layers.Layer:
        """Returns the network from examples to scores."""

    def _build_networks(self, x, condition):
        self.generator = self.make_generator()
        self.discriminator = self.make_discriminator()
        z = tf.zeros([1, self.latent_size], self.variable_dtype)
        made = self._play(self.generator, z, condition)
        if not made.shape[1:].is_compatible_with(self.event_shape):
            raise ValueError(
                f"The generator of {self._class_name} makes examples of shape "
                f"{self.event_shape}. Received: {tuple(made.shape[1:])}."
            )
        self._score(x, condition)
        self._join_players()

    # === The two networks ===
    def _play(self, network, inputs, condition, *, training=False):
        context = self.encode_condition(condition)
        arguments = [inputs] if context is None else [inputs, context]
        outputs = run_network(network, *arguments, training=training)
        return tf.cast(outputs, self.variable_dtype)

    def _score(self, x, condition, *, training=False):
        scores = self._play(self.discriminator, x, condition, training=training)
        return tf.reshape(scores, [-1, math.prod(scores.shape[1:])])  # [B, P]

    def _generate(self, z, condition):
        """Generates from the averaged weights, if there are any."""
        with self._averaged():
            return self._play(self.generator, z, condition)

    def generate(self, z, condition=None) -> tf.Tensor:
        """Returns the examples made of the noise: `[B, Z]` to `[B, *event_shape]`."""
        condition = self.front_door.check_condition(condition)
        z = self.front_door.check_latent(z, (self.latent_size,))
        return self._generate(z, condition)

    def discriminate(self, x, condition=None) -> tf.Tensor:
        """Returns the discriminator's raw scores: `[B, *event_shape]` to `[B]`.

        Of a discriminator of patches the mean over them.
        """
        return tf.reduce_mean(self._score(*self._enter(x, condition)), axis=-1)

    def call(self, z, condition=None):
        return self.generate(z, condition)

    def _check_called(self, z):
        if self.latent_size:
            self.front_door.check_latent(z, (self.latent_size,))

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
        if not (is_real(truncation) and truncation > 0.0):
            raise ValueError(
                f"`truncation` must be positive. Received: truncation={truncation}."
            )
        self._ensure_built()
        condition = self.front_door.repeated_condition(condition, num_samples)
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
    def _generators(self):
        return [self.generator]

    def _discriminators(self):
        return [self.discriminator]

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

        return self._judge(score, real, fake, penalty_seed)

    def _generator_terms(self, real, condition, seed, *, training):
        z = self._latents(tf.shape(real)[0], seed)
        fake = self._play(self.generator, z, condition, training=training)
        loss = self._deceit(fake, real, condition, seed, training=training)
        return {"generator_loss": loss}

    def _deceit(self, fake, real, condition, seed, *, training):
        """What the game has the generator minimise: `[B]`."""
        seen = [fake, real] if self.game.sees_real_scores else [fake]
        if training:
            seen = [self._corrupt(x, seed, i) for i, x in enumerate(seen)]
        scores = [self._score(x, condition, training=training) for x in seen]
        return tf.reduce_mean(self.game.generator_loss(*scores), axis=-1)

    # === Exporting ===
    def _endpoints(self):
        def generate(z, *condition):
            return {"x": self._generate(z, self.front_door.pack_condition(condition))}

        def discriminate(x, *condition):
            condition = self.front_door.pack_condition(condition)
            return {"scores": self.discriminate(x, condition)}

        def sample_truncated(num_samples, seed, truncation, *condition):
            condition = self.front_door.pack_condition(condition)
            if condition is not None:
                condition = self.condition_encoder.repeat(condition, num_samples)
            with tf.control_dependencies([tf.debugging.assert_positive(truncation)]):
                z = self._truncated_latents(num_samples, seed, truncation)
            return {"samples": self._generate(z, condition)}

        z = tf.TensorSpec((None, self.latent_size), self.variable_dtype, name="z")
        bound = tf.TensorSpec((), self.variable_dtype, name="truncation")
        conditions = self.front_door.condition_specs()
        sampling = self._sampling_endpoints()
        count, seed = sampling["sample"][1][:2]
        return {
            **sampling,  # `sample` is the default signature
            "sample_truncated": (sample_truncated, [count, seed, bound, *conditions]),
            "generate": (generate, [z, *conditions]),
            "discriminate": (discriminate, [self.front_door.event_spec(), *conditions]),
        }

    # === Saving ===
    def get_config(self):
        return {**super().get_config(), "latent_size": self.latent_size}
