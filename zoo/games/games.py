"""What the two players of a GAN optimise. No game knows a model or a network."""

import abc
import copy
from collections.abc import Sequence

import keras
import tensorflow as tf

from .regularizers import GradientPenalty, Regularizer


class Game(abc.ABC):
    """Losses of a discriminator and a generator, as functions of scores.

    Scores are the discriminator's raw outputs, `[B]`, or `[B, P]` of `P` patches. A
    loss has one value for each: the model takes their mean over the global batch.

    Args:
        num_critic_steps: int. Discriminator steps for each generator step, each on
            real examples of its own.
        regularizers: sequence of `Regularizer`. What else acts on the discriminator:
            corruptions and constraints in this order, penalties as their sum.

    Example:
    >>> from genkeras.zoo import R1, WeightClipping
    >>> game = HingeGame(regularizers=[R1(gamma=2.0), WeightClipping(0.1)])
    >>> x = tf.zeros([1, 3])  # a slope of 3 costs 2 / 2 * 3^2
    >>> game.penalty(lambda x: 3.0 * x[:, 0], x, x, seed=(0, 1)).numpy()
    array([9.], dtype=float32)
    """

    def __init__(self, num_critic_steps: int = 1, *, regularizers: Sequence = ()):
        self.num_critic_steps = num_critic_steps
        self.regularizers = revive(regularizers)

    # Whether `generator_loss` is given the scores of real examples too.
    sees_real_scores: bool = False

    # === The losses ===
    @abc.abstractmethod
    def discriminator_loss(self, real_scores, fake_scores) -> tf.Tensor:
        """Returns what the discriminator minimises, without penalties: as scores."""

    @abc.abstractmethod
    def generator_loss(self, fake_scores) -> tf.Tensor:
        """Returns what the generator minimises: as scores.

        A game that sets `sees_real_scores` has `generator_loss(fake_scores,
        real_scores)`, such as a relativistic one.
        """

    # === The regularizers ===
    def regularized(self, regularizers) -> "Game":
        """Returns this game with more regularizers, behind those that it has."""
        game = copy.copy(self)
        game.regularizers = (*self.regularizers, *revive(regularizers))
        return game

    def corrupt(self, x, step, seed) -> tf.Tensor:
        """Returns what the discriminator is shown for `x` in training.

        Args:
            x: `[B, *event]`, real or generated.
            step: int, the number of generator steps taken.
            seed: pair of ints.
        """
        for i, regularizer in enumerate(self.regularizers):
            x = regularizer.corrupt(x, step, _fold_in(seed, i))
        return x

    def penalty(self, score, real, fake, seed) -> tf.Tensor:
        """Returns what is added to the discriminator's loss: `[B]`.

        Args:
            score: function from examples `[B, *event]` to scores `[B]`.
            real: `[B, *event]`, as the discriminator sees them.
            fake: `[B, *event]`, as the discriminator sees them.
            seed: pair of ints, for a penalty that draws.
        """
        total = tf.zeros([tf.shape(real)[0]], real.dtype)
        for i, regularizer in enumerate(self.regularizers):
            added = regularizer.penalty(score, real, fake, _fold_in(seed, i))
            total = tf.cast(total, added.dtype) + added
        return total

    def constrain(self, weight) -> tf.Tensor:
        """Returns what a weight of the discriminator becomes after its step."""
        for regularizer in self.regularizers:
            weight = regularizer.constrain(weight)
        return weight

    # === Saving ===
    def get_config(self):
        config = {"num_critic_steps": self.num_critic_steps}
        if self.regularizers:  # left out where there are none, as in older files
            config["regularizers"] = [
                keras.saving.serialize_keras_object(r) for r in self.regularizers
            ]
        return config

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable(package="genkeras")
class MinimaxGame(Game):
    """The game of the first GAN, as it is analysed: the generator minimises the value.

        discriminator: softplus(-D(x)) + softplus(D(G(z)))
        generator:     -softplus(D(G(z)))

    which are `-log sigmoid(D(x)) - log(1 - sigmoid(D(G(z))))` and
    `log(1 - sigmoid(D(G(z))))` in a form that cannot overflow. Against a sure
    discriminator the generator has no gradient: train the non-saturating game.

    Args:
        num_critic_steps: int. Discriminator steps for each generator step.
        regularizers: sequence of `Regularizer`.

    Example:
    >>> MinimaxGame().generator_loss(tf.zeros([1])).numpy().round(4)
    array([-0.6931], dtype=float32)

    Reference:
        Goodfellow et al., 2014, eq. 1, https://arxiv.org/abs/1406.2661
    """

    def discriminator_loss(self, real_scores, fake_scores):
        return tf.nn.softplus(-real_scores) + tf.nn.softplus(fake_scores)

    def generator_loss(self, fake_scores):
        return -tf.nn.softplus(fake_scores)


@keras.saving.register_keras_serializable(package="genkeras")
class NonSaturatingGame(Game):
    """The game of the first GAN, with the generator loss that its authors train.

        discriminator: softplus(-D(x)) + softplus(D(G(z)))
        generator:     softplus(-D(G(z)))

    which are `-log sigmoid(D(x)) - log(1 - sigmoid(D(G(z))))` and
    `-log sigmoid(D(G(z)))` in a form that cannot overflow.

    Args:
        num_critic_steps: int. Discriminator steps for each generator step.
        regularizers: sequence of `Regularizer`.

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
class LeastSquaresGame(Game):
    """The least-squares game: scores are regressed on labels.

        discriminator: (D(x) - b)^2 / 2 + (D(G(z)) - a)^2 / 2
        generator:     (D(G(z)) - c)^2 / 2

    with `a = fake_label`, `b = real_label`, `c = generator_label`, as in the paper.
    The defaults are its 0-1 coding; `a, b, c = -1, 1, 0` minimise a Pearson chi^2.

    Args:
        num_critic_steps: int. Discriminator steps for each generator step.
        real_label: float. What the discriminator should say of real examples.
        fake_label: float. What it should say of generated ones.
        generator_label: float. What the generator wants it to say.
        regularizers: sequence of `Regularizer`.

    Example:
    >>> game = LeastSquaresGame()
    >>> game.discriminator_loss(tf.constant([3.0]), tf.constant([2.0])).numpy()
    array([4.], dtype=float32)

    Reference:
        Mao et al., 2017, eq. 2, 8 and 9, https://arxiv.org/abs/1611.04076
    """

    def __init__(
        self,
        num_critic_steps: int = 1,
        *,
        real_label: float = 1.0,
        fake_label: float = 0.0,
        generator_label: float = 1.0,
        regularizers: Sequence = (),
    ):
        super().__init__(num_critic_steps, regularizers=regularizers)
        self.real_label = real_label
        self.fake_label = fake_label
        self.generator_label = generator_label

    def discriminator_loss(self, real_scores, fake_scores):
        real = tf.square(real_scores - self.real_label)
        return 0.5 * (real + tf.square(fake_scores - self.fake_label))

    def generator_loss(self, fake_scores):
        return 0.5 * tf.square(fake_scores - self.generator_label)

    def get_config(self):
        return {
            **super().get_config(),
            "real_label": self.real_label,
            "fake_label": self.fake_label,
            "generator_label": self.generator_label,
        }


@keras.saving.register_keras_serializable(package="genkeras")
class HingeGame(Game):
    """The hinge game: the discriminator stops caring for what it is sure of.

        discriminator: max(0, 1 - D(x)) + max(0, 1 + D(G(z)))
        generator:     -D(G(z))

    Args:
        num_critic_steps: int. Discriminator steps for each generator step.
        regularizers: sequence of `Regularizer`.

    Example:
    >>> game = HingeGame()
    >>> game.discriminator_loss(tf.constant([0.5]), tf.constant([-3.0])).numpy()
    array([0.5], dtype=float32)

    Reference:
        Lim and Ye, 2017, https://arxiv.org/abs/1705.02894; Miyato et al., 2018,
        eq. 16-17, https://arxiv.org/abs/1802.05957
    """

    def discriminator_loss(self, real_scores, fake_scores):
        return tf.nn.relu(1.0 - real_scores) + tf.nn.relu(1.0 + fake_scores)

    def generator_loss(self, fake_scores):
        return -fake_scores


class _Wasserstein(Game):
    """The losses of both Wasserstein games."""

    def discriminator_loss(self, real_scores, fake_scores):
        return fake_scores - real_scores

    def generator_loss(self, fake_scores):
        return -fake_scores


@keras.saving.register_keras_serializable(package="genkeras")
class WassersteinGame(_Wasserstein):
    """The Wasserstein game, whose critic something else must keep from growing.

        discriminator: D(G(z)) - D(x)
        generator:     -D(G(z))

    `regularizers=[WeightClipping()]` makes it the first Wasserstein GAN; a spectral
    norm in the critic or a gradient penalty bounds the slope as well.

    Args:
        num_critic_steps: int. Discriminator steps for each generator step.
        regularizers: sequence of `Regularizer`.

    Example:
    >>> game = WassersteinGame()
    >>> game.discriminator_loss(tf.constant([2.0]), tf.constant([-1.0])).numpy()
    array([-3.], dtype=float32)

    Reference:
        Arjovsky et al., 2017, algorithm 1, https://arxiv.org/abs/1701.07875
    """

    def __init__(self, num_critic_steps: int = 5, *, regularizers: Sequence = ()):
        super().__init__(num_critic_steps, regularizers=regularizers)


@keras.saving.register_keras_serializable(package="genkeras")
class WassersteinGPGame(_Wasserstein):
    """The Wasserstein game with a gradient penalty.

        discriminator: D(G(z)) - D(x) + weight * (|grad D(m)| - 1)^2
        generator:     -D(G(z))
        m = u x + (1 - u) G(z),   u ~ Uniform[0, 1], one for each example

    The norm is over all axes of an example, in float32 at least.

    Args:
        num_critic_steps: int. Discriminator steps for each generator step.
        weight: float. Weight of the penalty; 10 in the paper, 0.1 for its 2-D toys.
        regularizers: sequence of `Regularizer`, besides this penalty.

    Example:
    >>> game = WassersteinGPGame(weight=10.0)
    >>> double = lambda x: 2.0 * x[:, 0]  # a slope of 2 costs 10 * (2 - 1)^2
    >>> x = tf.ones([1, 3])
    >>> game.penalty(double, x, x, seed=(0, 1)).numpy()
    array([10.], dtype=float32)

    Reference:
        Gulrajani et al., 2017, algorithm 1, https://arxiv.org/abs/1704.00028
    """

    def __init__(
        self,
        num_critic_steps: int = 5,
        weight: float = 10.0,
        *,
        regularizers: Sequence = (),
    ):
        super().__init__(num_critic_steps, regularizers=regularizers)
        self.weight = weight

    def penalty(self, score, real, fake, seed):
        own = GradientPenalty(self.weight).penalty(score, real, fake, seed)
        return own + tf.cast(super().penalty(score, real, fake, seed), own.dtype)

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


def revive(regularizers) -> tuple:
    """Makes regularizers of those that are given as their serialised form.

    Raises:
        TypeError: for what is no `Regularizer`, such as one of Keras's own.
        ValueError: for one that is for another player.
    """
    revived = tuple(
        keras.saving.deserialize_keras_object(r) if isinstance(r, dict) else r
        for r in regularizers
    )
    for regularizer in revived:
        if getattr(regularizer, "player", "discriminator") != "discriminator":
            raise ValueError(
                "A game regularizes its discriminator. Received: "
                f"{type(regularizer).__name__}, for the player {regularizer.player!r}."
            )
        if not isinstance(regularizer, Regularizer):
            raise TypeError(
                "`regularizers` takes objects of genkeras.zoo.Regularizer. Received: "
                f"{regularizer!r}."
            )
    return revived


def _fold_in(seed, i):
    """A seed for the i-th regularizer, other than the game's own."""
    return tf.random.experimental.stateless_fold_in(seed, i + 1)
