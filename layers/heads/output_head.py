"""From a network's numbers to the distribution of one position."""

import abc

import keras
import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


class OutputHead(keras.layers.Layer, abc.ABC):
    """Says what a network's outputs mean: `p(x_i | params_i)`, position by position.

    A position is `[..., C]`, one pixel of a colour image or one entry of a vector, and
    has `params_size(C)` numbers. Channels may depend on those before them. Draws are
    functions of uniform numbers, so that they are the same in memory, under XLA and in
    a served model.

    A subclass fills in `params_size`, `distribution` and `draw`, and, if not every
    number is a datum or it wants more uniform numbers, `scale` and `num_uniforms`.

    Call arguments:
        params: `[..., params_size(C)]` floats.
        x: `[..., C]` data.

    Returns:
        `[...]` floats: `log p(x_i | params_i)` in nats.

    Example:
    >>> from genkeras.layers import BernoulliHead
    >>> head = BernoulliHead()
    >>> head(tf.zeros([2, 5, 1]), tf.ones([2, 5, 1]))[0, 0].numpy().round(3)
    np.float32(-0.693)
    """

    def __init__(self, **kwargs):
        # Likelihoods are computed in the precision of the weights.
        super().__init__(autocast=False, **kwargs)

    # Which options of sampling change the draws.
    options: tuple[str, ...] = ("temperature",)
    # How many levels the data has; None for continuous data.
    num_levels: int | None = None

    @abc.abstractmethod
    def params_size(self, channels: int) -> int:
        """Returns how many numbers a position takes."""

    @abc.abstractmethod
    def distribution(self, params, x) -> tfd.Distribution:
        """Returns `p(x_i | params_i)`, with batch shape `[...]` and event shape `[C]`.

        Args:
            params: `[..., params_size(C)]` floats.
            x: `[..., C]` data, of which channels see those before them.
        """

    @abc.abstractmethod
    def draw(self, params, noise, *, temperature=1.0, top_k=None, top_p=None):
        """Draws one position.

        Args:
            params: `[B, params_size(C)]` floats.
            noise: `[B, num_uniforms(C)]` floats in (0, 1).
            temperature: float tensor. Below 1, likelier values are preferred.
            top_k: None, or how many of the likeliest values are drawn from.
            top_p: None, or the share of the probability whose likeliest values are
                drawn from.

        Returns:
            `[B, C]` floats.
        """

    def num_uniforms(self, channels: int) -> int:
        """Returns how many uniform numbers a draw takes."""
        return channels

    def scale(self, x) -> tf.Tensor:
        """Returns data as a network takes it: levels between -1 and 1."""
        if self.num_levels is None:
            return x
        return x * (2.0 / (self.num_levels - 1)) - 1.0

    def build(self, params_shape, x_shape=None):
        pass  # no weights; what Keras keeps of the shapes, `summary` reads

    def call(self, params, x):
        params = tf.cast(params, self.variable_dtype)
        return self.distribution(params, x).log_prob(tf.cast(x, self.variable_dtype))

    def compute_output_shape(self, params_shape, x_shape=None):
        return params_shape[:-1]

    def get_config(self):
        config = super().get_config()
        config.pop("autocast", None)
        return config


def mixture_component(logits, noise):
    """Returns the index that a uniform number picks, `[...]` int32.

    Args:
        logits: `[..., K]` floats.
        noise: `[...]` floats in (0, 1).
    """
    rises = tf.cumsum(tf.nn.softmax(logits), axis=-1)
    # Of the total as it was rounded: a number above it would pick none.
    return tf.reduce_sum(
        tf.cast(rises[..., :-1] < noise[..., None] * rises[..., -1:], tf.int32), axis=-1
    )
