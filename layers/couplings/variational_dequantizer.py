"""A learned density of the noise that turns whole levels into reals."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ..flows import FlowSequence
from .affine_image_coupling import AffineImageCoupling
from .resnet_conditioner import ResNetConditioner

tfb, tfd = tfp.bijectors, tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class VariationalDequantizer(keras.layers.Layer):
    """Draws `u` in `[0, 1]` given an image of whole levels, with its density.

        u = sigmoid(f(e; network(x))),   e ~ Logistic(0, 1)

    with checkerboard couplings `f` that see features of `x`. For any density `p`,

        log P(x) >= E[log p(x + u) - log q(u | x)],   u ~ q(. | x)

    and equality holds where `q` is the posterior of `u`. Starts as the uniform
    density, at which the bound is that of uniform dequantization. (The paper's noise
    is normal, which does not start there.)

    Args:
        num_levels: int. How many levels the data has.
        num_couplings: int. How many couplings; the paper takes 4.
        filters: int. Maps of each network.
        num_blocks: int. Residual blocks of each network.
        activation: str. Hidden activation of the networks.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, H, W, C]` floats that hold levels `0 .. num_levels - 1`.
        seed: int32 pair, the noise.

    Returns:
        `u`, of the shape of `x`, and `log q(u | x)`, `[B]` nats.

    Example:
    >>> dequantizer = VariationalDequantizer(num_levels=4, filters=4)
    >>> u, log_density = dequantizer(tf.zeros([2, 4, 4, 1]), seed=tf.constant([0, 1]))
    >>> u.shape, bool(tf.reduce_all(abs(log_density) < 1e-4))
    (TensorShape([2, 4, 4, 1]), True)

    Reference:
        Ho et al., 2019, section 3.1, https://arxiv.org/abs/1902.00275
    """

    def __init__(
        self,
        num_levels: int,
        num_couplings: int = 4,
        *,
        filters: int = 32,
        num_blocks: int = 2,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.num_levels = num_levels
        self.num_couplings = num_couplings
        self.filters = filters
        self.num_blocks = num_blocks
        self.activation = activation
        network = {
            "filters": filters,
            "num_blocks": num_blocks,
            "activation": activation,
            "dtype": self.dtype_policy,
        }
        self.features = ResNetConditioner(filters, **network)
        couplings = [
            AffineImageCoupling("checkerboard", flip=bool(i % 2), **network)
            for i in range(num_couplings)
        ]
        self.flow = FlowSequence(couplings, dtype=self.dtype_policy)

    def build(self, x_shape):
        self.features.build(x_shape)
        self.flow.build(x_shape, (*x_shape[:-1], self.filters))

    def distribution(self, x) -> tfd.Distribution:
        """Returns `q(u | x)` at the present weights, one event for each image."""
        centred = 2.0 * x / (self.num_levels - 1.0) - 1.0
        noise = tfd.Logistic(tf.zeros_like(x), tf.ones([], x.dtype))
        flow = self.flow.bijector(self.features(centred))
        return tfd.TransformedDistribution(
            tfd.Independent(noise, reinterpreted_batch_ndims=3),
            tfb.Chain([tfb.Sigmoid(), flow]),
        )

    def call(self, x, seed):
        q = self.distribution(x)
        u, log_density = q.experimental_sample_and_log_prob(seed=seed)
        return tf.ensure_shape(u, x.shape), log_density  # a sampler forgets its shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_levels": self.num_levels,
            "num_couplings": self.num_couplings,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "activation": self.activation,
        }
