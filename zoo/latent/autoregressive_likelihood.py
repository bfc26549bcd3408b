"""Pixels that see those before them, beside the latent: PixelVAE.

Reference:
    Gulrajani, Kumar, Ahmed, Taiga, Visin, Vazquez and Courville, 2017, "PixelVAE: A
    Latent Variable Model for Natural Images", https://arxiv.org/abs/1611.05013
"""

import functools

import keras
import tensorflow as tf

from ...distributions import InOrder
from ...layers.causal import CausalResidual, CausalSequence, EachPosition, MaskedConv2D
from ...layers.heads import BernoulliHead, OutputHead
from ..autoregressive import walk_image
from ..base import refusal
from .likelihood import Likelihood


@keras.saving.register_keras_serializable(package="genkeras")
class AutoregressiveLikelihood(Likelihood):
    """`p(x | z) = prod_i p(x_i | x_1 .. x_(i-1), z)`, over the pixels of an image.

        x_i ~ head(g(c_i(x_1 .. x_(i-1)) + d_i(z)))

    `d` is the decoder's, with `filters` maps; `c` a few masked convolutions over the
    pixels above and to the left; `g` a dense layer for each pixel. Near pixels are
    left to `c`, so that the latent keeps what is global; a strong `c` leaves it
    nothing, and the rate goes to 0.

    There is no mean in closed form: `reconstruct`, `decode` and `sample(mean=True)`
    give a draw, always of the same noise. A draw costs about one pass.

    Args:
        head: None for bits, or an `OutputHead`. One of levels, such as
            `CategoricalHead(256)`, wants a model of as many `num_levels`.
        filters: int. Maps of the decoder and of the convolutions.
        num_blocks: int. Residual blocks of masked convolutions of 3 x 3.
        kernel_size: int, odd. Of the first masked convolution.
        **kwargs: passed on.

    Raises:
        ValueError: for events that are no images, and other levels.

    Example:
    >>> from genkeras.zoo import VAE
    >>> pixels = AutoregressiveLikelihood(filters=4, num_blocks=1)
    >>> model = VAE((4, 4, 1), 2, filters=(4,), hidden_units=(8,), likelihood=pixels)
    >>> model.elbo(np.ones([3, 4, 4, 1], "float32")).shape, model.sample(2).shape
    (TensorShape([3]), TensorShape([2, 4, 4, 1]))

    Reference:
        Gulrajani et al., 2017, section 3.1, https://arxiv.org/abs/1611.05013
    """

    value_range = (0.0, 1.0)

    def __init__(
        self,
        head: OutputHead | dict | None = None,
        *,
        filters: int = 32,
        num_blocks: int = 2,
        kernel_size: int = 5,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if isinstance(head, dict):
            head = keras.saving.deserialize_keras_object(head)
        self.head = head or BernoulliHead()
        self.filters = filters
        self.num_blocks = num_blocks
        self.kernel_size = kernel_size
        self.takes_levels = head is not None and head.num_levels is not None
        self._own_head = head is not None
        if self._own_head:
            self.value_range = None

    # === Networks ===
    def build(self, event_shape):
        if len(event_shape) != 3:
            raise refusal(
                "AutoregressiveLikelihood is of images (H, W, C). Received: "
                f"event_shape={tuple(event_shape)}."
            )
        self.event_shape = tuple(event_shape)
        policy = {"dtype": self.dtype_policy}

        def relu():
            return EachPosition(keras.layers.Activation("relu", **policy), **policy)

        def convolution(mask, size):
            return MaskedConv2D(self.filters, kernel_size=size, mask=mask, **policy)

        blocks = [
            CausalResidual([relu(), convolution("B", 3)], **policy)
            for _ in range(self.num_blocks)
        ]
        self.network = CausalSequence(
            [convolution("A", self.kernel_size), *blocks], **policy
        )
        self.network.build((None, *self.event_shape))
        units = self.head.params_size(self.event_shape[-1])
        self.dense = [
            keras.layers.Dense(self.filters, activation="relu", **policy),
            keras.layers.Dense(units, **policy),
        ]
        for layer in self.dense:
            layer.build((None, self.filters))

    def parameter_shape(self, event_shape, num_levels=None):
        if self.takes_levels and self.head.num_levels != num_levels:
            raise refusal(
                f"A head of {self.head.num_levels} levels wants a model of as many. "
                f"Received: num_levels={num_levels}."
            )
        return (*event_shape[:-1], self.filters)

    def _each_pixel(self, past, maps):
        """What the head takes, of `[..., filters]` both."""
        hidden = tf.nn.relu(tf.cast(past, maps.dtype) + maps)
        for layer in self.dense:
            hidden = layer(hidden)
        return tf.cast(hidden, maps.dtype)

    # === The distribution ===
    def distribution(self, parameters, num_levels=None):
        """Returns the distribution of whole images: `[B]` its batch."""
        size = tf.shape(parameters)[0]

        def maps(number):
            return tf.gather(parameters, tf.range(number) % size)

        def log_prob(x):
            given = maps(tf.shape(x)[0])
            past = self.network(self.head.scale(x))
            values = self.head(self._each_pixel(past, given), x)  # [N, H, W]
            return tf.reduce_sum(values, axis=[1, 2])

        def sample(number, seed):
            return self._draw(maps(number), seed)

        return InOrder(
            log_prob,
            sample,
            self.event_shape,
            batch_shape=[size],
            dtype=parameters.dtype,
        )

    def mean(self, p):
        return p.sample(seed=(0, 0))

    def _draw(self, maps, seed):
        """Draws an image for each row of the decoder's maps."""
        if tf.inside_function():
            return self._fill(maps, seed)
        return self._compiled_fill(maps, tf.convert_to_tensor(seed, tf.int32))

    @functools.cached_property
    def _compiled_fill(self):
        # Of any batch size: thousands of steps take minutes without a graph.
        specs = [
            tf.TensorSpec(
                (None, *self.event_shape[:-1], self.filters), self.variable_dtype
            ),
            tf.TensorSpec((2,), tf.int32),
        ]
        return tf.function(self._fill, input_signature=specs, autograph=False)

    def _fill(self, maps, seed):
        count = self.head.num_uniforms(self.event_shape[-1])
        shape = [*tf.unstack(tf.shape(maps)[:-1]), count]
        noise = tf.random.stateless_uniform(shape, seed, dtype=maps.dtype, alg="philox")
        noise = tf.clip_by_value(noise, 1e-7, 1.0 - 1e-7)  # quantiles may be infinite
        known = tf.zeros([tf.shape(maps)[0], *self.event_shape], maps.dtype)

        def draw(past, beside):
            maps_here, noise_here = tf.split(beside, [self.filters, count], axis=-1)
            return self.head.draw(self._each_pixel(past, maps_here), noise_here)

        drawn = walk_image(
            self.network,
            self.head.scale,
            known,
            tf.zeros(tf.shape(known)[:-1], tf.bool),
            tf.concat([maps, noise], axis=-1),  # each pixel's own
            None,
            draw,
        )
        return tf.reshape(drawn, tf.shape(known))

    def get_config(self):
        head = keras.saving.serialize_keras_object(self.head)
        return {
            **super().get_config(),
            "head": head if self._own_head else None,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "kernel_size": self.kernel_size,
        }
