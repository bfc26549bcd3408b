"""What every autoencoder can do.

    code = encoder(x),   reconstruction = decoder(code)

Reference:
    Hinton and Salakhutdinov, 2006, "Reducing the Dimensionality of Data with Neural
    Networks", https://www.science.org/doi/10.1126/science.1127647
"""

import abc
from collections.abc import Sequence

import keras
import tensorflow as tf

from ...layers.blocks import (
    check_network,
    refuse_sigmoid,
    revive_networks,
    run_network,
    serialize_networks,
)
from ...layers.networks import ConvDecoder, ConvEncoder, DenseDecoder, DenseEncoder
from ...layers.replicas import sum_over_replicas, update_everywhere
from ..base import (
    GenerativeModel,
    along_line,
    check_error,
    mean_errors,
    range_for,
    to_mean,
)


class Autoencoder(GenerativeModel):
    """An encoder and a decoder, trained to give back what went in.

        loss = mean over dimensions of error(x, decoder(encoder(corrupt(x)))) + penalty

    The error of a dimension is its cross-entropy in nats, for data in `[0, 1]`, whose
    decoder returns logits; or its square, for real numbers. Metrics are the `loss`, the
    `reconstruction` error, a mean over dimensions, and the `penalty`.

    There is no prior. So that an autoencoder can draw at all, training keeps running
    moments of the codes, and `sample` decodes a normal that has them.

    A subclass fills in `penalty`, and may replace `corrupt`.

    Args:
        event_shape: sequence of int. Shape of one example; `(H, W, C)` for the
            convolutional networks.
        latent_size: int. Length `Z` of the code.
        encoder: None, or your own Keras layer or model from `[B, *event_shape]` to
            `[B, Z]`, before `code_activation`.
        decoder: None, or your own from `[B, Z]` to `[B, *event_shape]`: logits, for the
            error "cross_entropy".
        hidden_units: sequence of int. Widths of the encoder's dense hidden layers; the
            decoder has them in reverse order.
        filters: None for dense networks, or the maps of the encoder's stride-2
            convolutions; the decoder has them in reverse order.
        activation: str. Hidden activation.
        code_activation: str. Activation of the code.
        error: str. "cross_entropy" or "squared".
        code_momentum: float. How much of the running moments a step keeps.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, *event_shape]` floats.

    Returns:
        `[B, *event_shape]` floats: the reconstruction.

    Raises:
        ValueError: for another error, data of another shape or outside `[0, 1]` where
            the error is a cross-entropy, and networks that map other shapes.

    Reference:
        Ghosh et al., 2020, section 4, on densities of codes found afterwards,
        https://arxiv.org/abs/1903.12436
    """

    metric_names = ("loss", "reconstruction", "penalty")

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 32,
        *,
        encoder: keras.layers.Layer | dict | None = None,
        decoder: keras.layers.Layer | dict | None = None,
        hidden_units: Sequence[int] = (),
        filters: Sequence[int] | None = None,
        activation: str = "relu",
        code_activation: str = "linear",
        error: str = "cross_entropy",
        code_momentum: float = 0.99,
        **kwargs,
    ):
        for name in ("condition_spec", "num_levels"):
            if kwargs.pop(name, None) is not None:
                raise ValueError(
                    f"{type(self).__name__} takes floats and no condition. Received: "
                    f"{name}=."
                )
        check_error(error)
        super().__init__(event_shape, **kwargs)
        # === Config ===
        self.latent_size = latent_size
        self.hidden_units = tuple(hidden_units)
        self.filters = None if filters is None else tuple(filters)
        self.activation = activation
        self.code_activation = code_activation
        self.error = error
        self.code_momentum = code_momentum
        self.value_range = range_for(error)
        # === Layers ===
        self.given_networks = revive_networks(encoder=encoder, decoder=decoder)
        self.encoder = self.given_networks["encoder"] or self._make_encoder()
        self.decoder = self.given_networks["decoder"] or self._make_decoder()
        self._check_networks()
        self.code_mean = self.add_weight(
            shape=(latent_size,),
            initializer="zeros",
            trainable=False,
            name="code_mean",
        )
        self.code_scatter = self.add_weight(
            shape=(latent_size, latent_size),
            initializer="identity",
            trainable=False,
            name="code_scatter",
        )

    # === To be filled in by a model ===
    @abc.abstractmethod
    def penalty(self, x, code, seed) -> tf.Tensor:
        """Returns what the loss adds to the error, already weighted.

        Args:
            x: `[B, *event_shape]`, as the encoder saw it.
            code: `[B, Z]`.
            seed: pair of ints. For a penalty that draws.

        Returns:
            `[B]` floats.
        """

    def corrupt(self, x, seed) -> tf.Tensor:
        """Returns what the encoder sees of `x` in training: here, all of it."""
        del seed
        return x

    # === Networks ===
    def _make_encoder(self):
        options = {"activation": self.activation, "dtype": self.dtype_policy}
        if self.filters is None:
            return DenseEncoder(self.latent_size, self.hidden_units, **options)
        return ConvEncoder(self.latent_size, self.filters, self.hidden_units, **options)

    def _make_decoder(self):
        options = {"activation": self.activation, "dtype": self.dtype_policy}
        units = self.hidden_units[::-1]
        if self.filters is None:
            return DenseDecoder(self.event_shape, units, **options)
        return ConvDecoder(self.event_shape, self.filters[::-1], units, **options)

    def _check_networks(self):
        ends = {
            "encoder": (self.event_shape, (self.latent_size,)),
            "decoder": ((self.latent_size,), self.event_shape),
        }
        for role, network in self.given_networks.items():
            if network is not None:
                given, wanted = ends[role]
                check_network(network, role, [given], wanted)
        if self.error == "cross_entropy":
            refuse_sigmoid(self.given_networks["decoder"], "decoder", "logits")

    def _encode(self, x):
        raw = tf.cast(run_network(self.encoder, x), self.variable_dtype)
        return keras.activations.get(self.code_activation)(raw)

    def _decode(self, code):
        """Returns logits, or what the error is squared of."""
        return tf.cast(run_network(self.decoder, code), self.variable_dtype)

    def _to_mean(self, raw):
        return to_mean(raw, self.error)

    # === Training ===
    def _build_networks(self, x, condition):
        # No whole step: a penalty may take gradients, which no tape sees here.
        self._decode(self._encode(x))

    def _errors(self, x, raw):
        return mean_errors(x, raw, self.error)

    def call(self, x, *, seed=None):
        if seed is None:
            return self.reconstruct(x)
        noise_seed, seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        seen = self.corrupt(x, noise_seed)
        code = self._encode(seen)
        return {
            "reconstruction": self._errors(x, self._decode(code)),
            "penalty": self.penalty(seen, code, seed),
            "code": code,
        }

    def _step_terms(self, x, condition, seed, *, training):
        # Through `__call__`, which tells every layer whether this is training.
        terms = self(x, seed=seed, training=training)
        if training:
            self._follow(terms["code"])
        return {
            "loss": terms["reconstruction"] + terms["penalty"],
            "reconstruction": terms["reconstruction"],
            "penalty": terms["penalty"],
        }

    def _follow(self, code):
        """Moves the running moments towards those of the global batch."""
        code = tf.stop_gradient(code)
        count, total, squares = sum_over_replicas(
            [
                tf.cast(tf.shape(code)[0], code.dtype),
                tf.reduce_sum(code, axis=0),
                tf.matmul(code, code, transpose_a=True),
            ]
        )
        mean = total / count
        scatter = squares / count - mean[:, None] * mean
        pairs = [(self.code_mean, mean), (self.code_scatter, scatter)]
        rate = 1.0 - self.code_momentum
        update_everywhere(lambda v, new: v.assign_add(rate * (new - v)), pairs)

    def _xla_pays_on_cpu(self):
        return self.filters is None

    # === Codes ===
    def encode(self, x) -> tf.Tensor:
        """Returns the codes: `[B, *event_shape]` to `[B, Z]`."""
        return self._encode(self._enter(x)[0])

    def decode(self, z) -> tf.Tensor:
        """Returns examples, in the domain of the data: `[B, Z]` to `[B, *event]`."""
        z = self.front_door.check_latent(z, (self.latent_size,))
        return self._to_mean(self._decode(z))

    def reconstruct(self, x) -> tf.Tensor:
        """Returns the decoded code of each example, as it is: nothing is corrupted."""
        return self._to_mean(self._decode(self.encode(x)))

    def reconstruction_error(self, x) -> tf.Tensor:
        """Returns the error of each example, a mean over its dimensions: `[B]`."""
        x, _ = self._enter(x)
        return self._errors(x, self._decode(self._encode(x)))

    def interpolate(self, start, end, num_steps: int = 8) -> tf.Tensor:
        """Decodes the line between the codes of two examples.

        Args:
            start: `[B, *event_shape]`.
            end: `[B, *event_shape]`.
            num_steps: int. How many, both ends included.

        Returns:
            `[B, num_steps, *event_shape]`.
        """
        return along_line(self.encode(start), self.encode(end), num_steps, self.decode)

    # === Sampling ===
    def _sample(self, num_samples, condition, seed):
        scatter = tf.convert_to_tensor(self.code_scatter)
        # Codes that never differ leave no variance, and rounding a little less.
        slack = 1e-4 * tf.reduce_mean(tf.linalg.diag_part(scatter)) + 1e-6
        scale = tf.linalg.cholesky(
            scatter + slack * tf.eye(self.latent_size, dtype=scatter.dtype)
        )
        shape = [num_samples, self.latent_size]
        noise = tf.random.stateless_normal(shape, seed, dtype=scatter.dtype)
        code = self.code_mean + tf.matmul(noise, scale, transpose_b=True)
        return self._to_mean(self._decode(code))

    # === Exporting ===
    def _endpoints(self):
        x = [self.front_door.event_spec()]
        z = [tf.TensorSpec((None, self.latent_size), self.variable_dtype, name="z")]
        return {
            "reconstruct": (lambda x: {"x": self.reconstruct(x)}, x),
            "encode": (lambda x: {"z": self.encode(x)}, x),
            "decode": (lambda z: {"x": self.decode(z)}, z),
        }

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        for name in ("condition_spec", "num_levels"):
            config.pop(name)
        return {
            **config,
            "latent_size": self.latent_size,
            **serialize_networks(self.given_networks),
            "hidden_units": self.hidden_units,
            "filters": self.filters,
            "activation": self.activation,
            "code_activation": self.code_activation,
            "error": self.error,
            "code_momentum": self.code_momentum,
        }
