"""What keeps the two players of a GAN from diverging; each combines with any game."""

import abc

import keras
import tensorflow as tf


class Regularizer(abc.ABC):
    """Something that a game does to its discriminator besides the loss.

    The model calls three hooks, and knows no regularizer by name. A subclass fills in
    those that it needs, and `get_config`:

        corrupt    what the discriminator sees in training, in both players' steps
        penalty    what is added to the discriminator's loss
        constrain  what its weights become after its step

    Example:
    >>> class Drift(Regularizer):
    ...     def penalty(self, score, real, fake, seed):
    ...         return 0.001 * tf.square(score(real))
    ...     def get_config(self):
    ...         return {}
    >>> x = tf.ones([1, 3])
    >>> Drift().penalty(lambda x: 2.0 * x[:, 0], x, x, seed=(0, 1)).numpy()
    array([0.004], dtype=float32)
    """

    # Whom it acts on. No hook reaches the generator, whose layers can bring penalties
    # of their own.
    player: str = "discriminator"

    def corrupt(self, x, step, seed) -> tf.Tensor:
        """Returns what the discriminator is shown for `x`, `[B, *event]`.

        Args:
            x: `[B, *event]`, real or generated.
            step: int, the number of generator steps taken.
            seed: pair of ints.
        """
        return x

    def penalty(self, score, real, fake, seed) -> tf.Tensor:
        """Returns what is added to the discriminator's loss: `[B]`.

        Args:
            score: function from examples `[B, *event]` to scores `[B]`.
            real: `[B, *event]`.
            fake: `[B, *event]`.
            seed: pair of ints, for a penalty that draws.
        """
        return tf.zeros([tf.shape(real)[0]], _wide(real.dtype))

    def constrain(self, weight) -> tf.Tensor:
        """Returns what a weight of the discriminator becomes after its step."""
        return weight

    @abc.abstractmethod
    def get_config(self) -> dict:
        """Returns the constructor's arguments, as plain JSON."""

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable(package="genkeras")
class GradientPenalty(Regularizer):
    """Holds the slope of the discriminator near a target.

        weight * (|grad D(m)| - target)^2
        weight * max(0, |grad D(m)| - target)^2     one-sided

    The norm is over all axes of an example, in float32 at least. At the points
    "interpolated", `m = u x + (1 - u) G(z)` with one `u ~ Uniform[0, 1]` for each
    example. Batch norm in the discriminator would make its slope at one example
    depend on the others: use layer norm.

    Args:
        weight: float.
        target: float. The slope aimed at, 0 or more.
        one_sided: bool. Whether only slopes above the target cost something.
        points: "interpolated", "real" or "fake". Where the slope is taken.

    Raises:
        ValueError: for a negative weight or target, or unknown points.

    Example:
    >>> penalty = GradientPenalty(weight=10.0)
    >>> x = tf.ones([1, 3])  # a slope of 3 costs 10 * (3 - 1)^2
    >>> penalty.penalty(lambda x: 3.0 * x[:, 0], x, x, seed=(0, 1)).numpy()
    array([40.], dtype=float32)

    Reference:
        Gulrajani et al., 2017, eq. 3, https://arxiv.org/abs/1704.00028;
        one-sided: Petzka et al., 2018, https://arxiv.org/abs/1709.08894
    """

    def __init__(
        self,
        weight: float = 10.0,
        *,
        target: float = 1.0,
        one_sided: bool = False,
        points: str = "interpolated",
    ):
        self.weight = _not_negative("weight", weight)
        self.target = _not_negative("target", target)
        self.one_sided = one_sided
        if points not in ("interpolated", "real", "fake"):
            raise ValueError(
                '`points` must be "interpolated", "real" or "fake". Received: '
                f"points={points!r}."
            )
        self.points = points

    def penalty(self, score, real, fake, seed):
        excess = _norm(_squared_slopes(score, self._place(real, fake, seed)))
        excess -= self.target
        if self.one_sided:
            excess = tf.nn.relu(excess)
        return self.weight * tf.square(excess)

    def _place(self, real, fake, seed):
        if self.points != "interpolated":
            return real if self.points == "real" else fake
        mix = _uniform_per_example(real, seed)
        return mix * real + (1.0 - mix) * fake

    def get_config(self):
        return {
            "weight": self.weight,
            "target": self.target,
            "one_sided": self.one_sided,
            "points": self.points,
        }


@keras.saving.register_keras_serializable(package="genkeras")
class R1(Regularizer):
    """Flattens the discriminator on the data: `gamma / 2 * |grad D(x)|^2`.

    Near the equilibrium it makes the game of the first GAN converge, where without a
    penalty it circles. The authors' code has no half: its `reg_param` of 10 is a
    `gamma` of 20 here.

    Args:
        gamma: float.

    Raises:
        ValueError: for a negative `gamma`.

    Example:
    >>> x = tf.ones([1, 3])  # a slope of 3 costs 10 / 2 * 3^2
    >>> R1(gamma=10.0).penalty(lambda x: 3.0 * x[:, 0], x, x, seed=(0, 1)).numpy()
    array([45.], dtype=float32)

    Reference:
        Mescheder et al., 2018, eq. 9, https://arxiv.org/abs/1801.04406
    """

    def __init__(self, gamma: float = 10.0):
        self.gamma = _not_negative("gamma", gamma)

    def penalty(self, score, real, fake, seed):
        return 0.5 * self.gamma * _squared_slopes(score, real)

    def get_config(self):
        return {"gamma": self.gamma}


@keras.saving.register_keras_serializable(package="genkeras")
class R2(Regularizer):
    """Flattens the discriminator on the samples: `gamma / 2 * |grad D(G(z))|^2`.

    Args:
        gamma: float.

    Raises:
        ValueError: for a negative `gamma`.

    Example:
    >>> x = tf.ones([1, 3])  # a slope of 3 costs 10 / 2 * 3^2
    >>> R2(gamma=10.0).penalty(lambda x: 3.0 * x[:, 0], x, x, seed=(0, 1)).numpy()
    array([45.], dtype=float32)

    Reference:
        Mescheder et al., 2018, eq. 10, https://arxiv.org/abs/1801.04406
    """

    def __init__(self, gamma: float = 10.0):
        self.gamma = _not_negative("gamma", gamma)

    def penalty(self, score, real, fake, seed):
        return 0.5 * self.gamma * _squared_slopes(score, fake)

    def get_config(self):
        return {"gamma": self.gamma}


@keras.saving.register_keras_serializable(package="genkeras")
class DRAGAN(Regularizer):
    """Holds the slope of the discriminator near a target around the data.

        weight * (|grad D(m)| - target)^2
        m = x + a c s u,   a ~ Uniform[0, 1] for each example,
                           u ~ Uniform[0, 1] for each number of it

    `s` is the standard deviation of all numbers in the batch; on several replicas, of
    each replica's part. The draws are those of the authors' code; the paper leaves
    the noise open.

    Args:
        weight: float.
        target: float. The slope aimed at, 0 or more.
        scale: float. The `c`: how far around the data, in standard deviations.

    Raises:
        ValueError: for a negative weight, target or scale.

    Example:
    >>> x = tf.ones([1, 3])  # a slope of 3 costs 10 * (3 - 1)^2
    >>> DRAGAN().penalty(lambda x: 3.0 * x[:, 0], x, x, seed=(0, 1)).numpy()
    array([40.], dtype=float32)

    Reference:
        Kodali et al., 2017, https://arxiv.org/abs/1705.07215, and its
        code, https://github.com/kodalinaveen3/DRAGAN
    """

    def __init__(
        self, weight: float = 10.0, *, target: float = 1.0, scale: float = 0.5
    ):
        self.weight = _not_negative("weight", weight)
        self.target = _not_negative("target", target)
        self.scale = _not_negative("scale", scale)

    def penalty(self, score, real, fake, seed):
        slopes = _norm(_squared_slopes(score, self._place(real, seed)))
        return self.weight * tf.square(slopes - self.target)

    def _place(self, real, seed):
        first, second = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        noise = tf.random.stateless_uniform(tf.shape(real), second, dtype=real.dtype)
        far = self.scale * tf.math.reduce_std(real) * noise
        return real + _uniform_per_example(real, first) * far

    def get_config(self):
        return {"weight": self.weight, "target": self.target, "scale": self.scale}


@keras.saving.register_keras_serializable(package="genkeras")
class InstanceNoise(Regularizer):
    """Shows the discriminator `x + Normal(0, stddev^2)`, real and generated alike.

    Two distributions on thin sets overlap once blurred, so that the discriminator
    cannot be perfect. In training alone: scores of `evaluate` are of clean examples.

    Args:
        stddev: float, or a Keras learning-rate schedule, which anneals it as a
            function of the generator steps taken. The steps are counted by the
            generator's optimizer, and saved with it.

    Raises:
        ValueError: for a negative `stddev`.

    Example:
    >>> decay = keras.optimizers.schedules.PolynomialDecay(0.5, 1000, 0.0)
    >>> noise = InstanceNoise(decay)  # linearly from 0.5 to 0 in 1000 steps
    >>> noise.corrupt(tf.ones([2]), step=1000, seed=(0, 1)).numpy()
    array([1., 1.], dtype=float32)

    Reference:
        Sonderby et al., 2017, https://arxiv.org/abs/1610.04490
    """

    def __init__(self, stddev=0.1):
        if isinstance(stddev, dict):
            stddev = keras.saving.deserialize_keras_object(stddev)
        if not callable(stddev):
            _not_negative("stddev", stddev)
        self.stddev = stddev

    def corrupt(self, x, step, seed):
        stddev = self.stddev(step) if callable(self.stddev) else self.stddev
        noise = tf.random.stateless_normal(tf.shape(x), seed, dtype=x.dtype)
        return x + tf.cast(stddev, x.dtype) * noise

    def get_config(self):
        return {"stddev": keras.saving.serialize_keras_object(self.stddev)}


@keras.saving.register_keras_serializable(package="genkeras")
class WeightClipping(Regularizer):
    """Clips the discriminator's weights to `[-limit, limit]` after each of its steps.

    The way in which the first Wasserstein GAN bounds the slope of its critic.

    Args:
        limit: float.

    Raises:
        ValueError: unless `limit` is positive.

    Example:
    >>> WeightClipping(0.1).constrain(tf.constant([-2.0, 0.05])).numpy()
    array([-0.1 ,  0.05], dtype=float32)

    Reference:
        Arjovsky et al., 2017, algorithm 1, https://arxiv.org/abs/1701.07875
    """

    def __init__(self, limit: float = 0.01):
        if not limit > 0.0:
            raise ValueError(f"`limit` must be positive. Received: limit={limit}.")
        self.limit = limit

    def constrain(self, weight):
        return tf.clip_by_value(weight, -self.limit, self.limit)

    def get_config(self):
        return {"limit": self.limit}


def _not_negative(name, value):
    if not value >= 0.0:
        raise ValueError(f"`{name}` must not be negative. Received: {name}={value}.")
    return value


def _wide(dtype):
    return tf.float64 if dtype == tf.float64 else tf.float32


def _squared_slopes(score, points):
    """Returns `|grad D|^2` at each point, `[B]`, in float32 at least."""
    with tf.GradientTape() as tape:
        tape.watch(points)
        scores = score(points)
    slopes = tf.cast(tape.gradient(scores, points), _wide(points.dtype))
    return tf.reduce_sum(tf.square(slopes), axis=range(1, points.shape.rank))


def _norm(squared):
    # The root has no gradient at 0, where a discriminator may well start.
    return tf.sqrt(squared + 1e-12)


def _uniform_per_example(x, seed):
    """Draws one number for each example: `[B, 1, ..., 1]`."""
    ones = tf.ones([x.shape.rank - 1], tf.int32)
    shape = tf.concat([[tf.shape(x)[0]], ones], axis=0)
    return tf.random.stateless_uniform(shape, seed, dtype=x.dtype)
