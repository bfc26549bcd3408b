"""The variational autoencoder.

    z ~ Normal(0, I),   x ~ Bernoulli(decoder(z)),   q(z|x) = Normal(encoder(x))

Reference:
    Kingma and Welling, 2014, "Auto-Encoding Variational Bayes",
    https://arxiv.org/abs/1312.6114
"""

from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ..layers.conv_decoder import ConvDecoder
from ..layers.conv_encoder import ConvEncoder
from ..layers.dense_decoder import DenseDecoder
from ..layers.dense_encoder import DenseEncoder
from .latent import LatentVariableModel

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class VAE(LatentVariableModel):
    """A VAE of binary data, or probabilities, with dense or convolutional networks.

    Args:
        event_shape: sequence of int. Shape of one example; `(H, W, C)` for the
            convolutional networks.
        latent_size: int. Length `Z` of the latent vector.
        hidden_units: sequence of int. Widths of the encoder's dense hidden layers; the
            decoder has them in reverse order.
        filters: None for dense networks, or the maps of the encoder's stride-2
            convolutions; the decoder has them in reverse order.
        activation: str. Hidden activation.
        beta: float. Weight of the rate in the loss; see `LatentVariableModel`.
        condition_spec: None, or what both networks are conditioned on; see
            `GenerativeModel`.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, *event_shape]` floats, 0 and 1 or probabilities in between.
        condition: the condition, if the model has one.

    Returns:
        `[B, *event_shape]` floats: the probabilities of the reconstruction.

    Raises:
        ValueError: for data outside `[0, 1]`, or of another shape.

    Example:
    >>> model = VAE(event_shape=(8, 8, 1), latent_size=4, hidden_units=(32,))
    >>> x = np.ones([5, 8, 8, 1], "float32")
    >>> model.elbo(x).shape, model.sample(3, seed=0).shape
    (TensorShape([5]), TensorShape([3, 8, 8, 1]))

    Reference:
        Kingma and Welling, 2014, appendix C, https://arxiv.org/abs/1312.6114
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 50,
        *,
        hidden_units: Sequence[int] = (200, 200),
        filters: Sequence[int] | None = None,
        activation: str = "tanh",
        beta: float = 1.0,
        condition_spec: dict | None = None,
        **kwargs,
    ):
        if kwargs.pop("num_levels", None) is not None:
            raise ValueError(
                "VAE has a Bernoulli likelihood, for data in [0, 1]. Received: "
                "num_levels=. Binarize the data, or divide it by its largest level."
            )
        super().__init__(
            event_shape, latent_size, beta=beta, condition_spec=condition_spec, **kwargs
        )
        # === Config ===
        self.hidden_units = tuple(hidden_units)
        self.filters = None if filters is None else tuple(filters)
        self.activation = activation
        # === Layers ===
        shared = {"activation": activation, "dtype": self.dtype_policy}
        reverse = self.hidden_units[::-1]
        if filters is None:
            self.encoder = DenseEncoder(2 * latent_size, hidden_units, **shared)
            self.decoder = DenseDecoder(self.event_shape, reverse, **shared)
        else:
            self.encoder = ConvEncoder(2 * latent_size, filters, hidden_units, **shared)
            self.decoder = ConvDecoder(
                self.event_shape, self.filters[::-1], reverse, **shared
            )
        self.build()

    def _check_values(self, x):
        super()._check_values(x)
        if tf.size(x) and not bool(tf.reduce_all((x >= 0.0) & (x <= 1.0))):
            low, high = float(tf.reduce_min(x)), float(tf.reduce_max(x))
            raise ValueError(
                f"{self._class_name} takes data in [0, 1]. Received: values from "
                f"{low:g} to {high:g}. Binarize it, or divide by the largest value."
            )

    # === Distributions ===
    def posterior(self, x, condition=None):
        flat = self.encoder(x, self.encode_condition(condition))
        flat = tf.cast(flat, self.variable_dtype)
        loc, raw = tf.split(flat, 2, axis=-1)  # [B, Z] each
        # Softplus bounds the scale below and grows slowly: exp overflows in one step.
        return tfd.MultivariateNormalDiag(loc, tf.nn.softplus(raw) + 1e-4)

    def likelihood(self, z, condition=None):
        logits = self.decoder(z, self.encode_condition(condition))
        logits = tf.cast(logits, self.variable_dtype)
        pixels = tfd.Bernoulli(logits=logits, dtype=self.variable_dtype)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=len(self.event_shape))

    def _xla_pays_on_cpu(self):
        return self.filters is None

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("num_levels")
        return {
            **config,
            "hidden_units": self.hidden_units,
            "filters": self.filters,
            "activation": self.activation,
        }
