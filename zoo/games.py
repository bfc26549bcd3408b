"""What the two players of a GAN optimise. No game knows a model or a network."""

import abc

import keras
import tensorflow as tf


class Game(abc.ABC):
    """Losses of a discriminator and a generator, as functions of scores.

    Scores are the discriminator's raw outputs, `[B]`. Losses are `[B]` too, one value
    for each example: the model takes their mean over the global batch.

    Args:
        num_critic_steps: int. Discriminator steps for each generator step, each on
            real examples of its own.
    """

    def __init__(self, num_critic_steps: int = 1):
        if num_critic_steps < 1:
            raise ValueError(
                "`num_critic_steps` must be at least 1. Received: "
                f"num_critic_steps={num_critic_steps}."
            )
        self.num_critic_steps = num_critic_steps

    @abc.abstractmethod
    def discriminator_loss(self, real_scores, fake_scores) -> tf.Tensor:
        """Returns what the discriminator minimises, without penalties: `[B]`."""

    @abc.abstractmethod
    def generator_loss(self, fake_scores) -> tf.Tensor:
        """Returns what the generator minimises: `[B]`."""

    def penalty(self, score, real, fake, seed) -> tf.Tensor:
        """Returns what is added to the discriminator's loss: `[B]`, 0 by default.

        Args:
            score: function from examples `[B, *event]` to scores `[B]`.
            real: `[B, *event]`.
            fake: `[B, *event]`.
            seed: pair of ints, for a penalty that draws.
        """
        return tf.zeros([tf.shape(real)[0]], real.dtype)

    def get_config(self):
        return {"num_critic_steps": self.num_critic_steps}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable(package="genkeras")
class NonSaturatingGame(Game):
    """The game of the first GAN, with the generator loss that its authors train.

        discriminator: softplus(-D(x)) + softplus(D(G(z)))
        generator:     softplus(-D(G(z)))

    which are `-log sigmoid(D(x)) - log(1 - sigmoid(D(G(z))))` and
    `-log sigmoid(D(G(z)))` in a form that cannot overflow.

    Example:
    >>> game = NonSaturatingGame()
    >>> game.discriminator_loss(tf.zeros([1]), tf.zeros([1])).numpy().round(4)
    array([1.3863], dtype=float32)

    Reference:
        Goodfellow et al., 2014, section 3, https://arxiv.org/abs/1406.2661
    """

    def discriminator_loss(self, real_scores, fake_scores):
        return tf.nn.softplus(-real_scores) + tf.nn.softplus(fake_scores)

    def generator_loss(self, fake_scores):
        return tf.nn.softplus(-fake_scores)


@keras.saving.register_keras_serializable(package="genkeras")
class WassersteinGPGame(Game):
    """The Wasserstein game with a gradient penalty.

        discriminator: D(G(z)) - D(x) + weight * (|grad D(m)| - 1)^2
        generator:     -D(G(z))
        m = u x + (1 - u) G(z),   u ~ Uniform[0, 1], one for each example

    The norm is over all axes of an example, in float32 at least.

    Args:
        num_critic_steps: int. Discriminator steps for each generator step.
        weight: float. Weight of the penalty; 10 in the paper, 0.1 for its 2-D toys.

    Example:
    >>> game = WassersteinGPGame(weight=10.0)
    >>> double = lambda x: 2.0 * x[:, 0]  # a slope of 2 costs 10 * (2 - 1)^2
    >>> x = tf.ones([1, 3])
    >>> game.penalty(double, x, x, seed=(0, 1)).numpy()
    array([10.], dtype=float32)

    Reference:
        Gulrajani et al., 2017, algorithm 1, https://arxiv.org/abs/1704.00028
    """

    def __init__(self, num_critic_steps: int = 5, weight: float = 10.0):
        super().__init__(num_critic_steps)
        self.weight = weight

    def discriminator_loss(self, real_scores, fake_scores):
        return fake_scores - real_scores

    def generator_loss(self, fake_scores):
        return -fake_scores

    def penalty(self, score, real, fake, seed):
        batch = tf.shape(real)[0]
        shape = tf.concat([[batch], tf.ones([real.shape.rank - 1], tf.int32)], axis=0)
        mix = tf.random.stateless_uniform(shape, seed, dtype=real.dtype)
        mixed = mix * real + (1.0 - mix) * fake
        with tf.GradientTape() as tape:
            tape.watch(mixed)
            scores = score(mixed)
        wide = tf.float64 if real.dtype == tf.float64 else tf.float32
        slopes = tf.cast(tape.gradient(scores, mixed), wide)
        squared = tf.reduce_sum(tf.square(slopes), axis=range(1, real.shape.rank))
        # The root has no gradient at 0, where a critic may well start.
        norm = tf.sqrt(squared + 1e-12)  # [B]
        return self.weight * tf.square(norm - 1.0)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}
