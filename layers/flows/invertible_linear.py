"""An invertible matrix over the channels: the 1x1 convolution of Glow."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from .flow_layer import FlowLayer

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class InvertibleLinear(FlowLayer):
    """Mixes the channels by an invertible matrix, held as its LU factors.

        z = W x at every position,   W^-1 = P L (U + diag(sign * exp(log_diagonal)))

    with a fixed permutation `P` and fixed signs, `L` unit lower and `U` strictly upper
    triangular. What is factored is the map from data to noise, so that training
    multiplies by a matrix and only sampling inverts one: once for the whole batch, by
    two triangular solves. No step can make it singular, but a round trip in float32
    loses some 1e-7 times the condition number of `W`, since rounding the noise moves
    the data by so much.

    The log-determinant is `-sum(log_diagonal)`, times `H * W` for images. Starts as a
    random rotation. Takes no context and ignores one, so that it can stand in a
    conditional chain.

    Args:
        seed: None or int. The rotation to start from.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, D]` or `[B, H, W, C]` floats, any `D` or `C` from 1 on.
        context: ignored.

    Returns:
        Floats of the shape of `x`.

    Example:
    >>> layer = InvertibleLinear(seed=0)
    >>> x = tf.ones([2, 4, 4, 3])
    >>> bool(tf.reduce_max(abs(layer.inverse(layer(x)) - x)) < 1e-5)
    True

    Reference:
        Kingma and Dhariwal, 2018, section 3.2, https://arxiv.org/abs/1807.03039
    """

    def __init__(self, *, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed

    def build(self, x_shape, context_shape=None):
        channels = x_shape[-1]
        self.input_spec = [
            keras.layers.InputSpec(ndim=len(x_shape), axes={-1: channels})
        ]
        full = {"autocast": False}  # full precision, also under a mixed policy
        # L below the diagonal and U above it; the diagonal itself is not used.
        self.factors = self.add_weight(
            (channels, channels), "zeros", name="factors", **full
        )
        self.log_diagonal = self.add_weight(
            (channels,), "zeros", name="log_diagonal", **full
        )
        # Saved and not drawn again from the seed: another machine's rounding may pivot
        # elsewhere, and the trained factors belong to this permutation.
        self.permutation = self.add_weight(
            (channels,), "zeros", dtype="int32", trainable=False, name="permutation"
        )
        self.sign = self.add_weight(
            (channels,), "ones", trainable=False, name="sign", **full
        )
        with tf.init_scope():
            self._start_from_rotation(channels)

    def _start_from_rotation(self, channels):
        orthogonal = keras.initializers.Orthogonal(seed=self.seed)
        rotation = orthogonal((channels, channels), dtype=self.variable_dtype)
        factors, permutation = tf.linalg.lu(tf.convert_to_tensor(rotation))
        diagonal = tf.linalg.diag_part(factors)
        self.factors.assign(tf.linalg.set_diag(factors, tf.zeros_like(diagonal)))
        self.log_diagonal.assign(tf.math.log(abs(diagonal)))
        self.sign.assign(tf.sign(diagonal))
        self.permutation.assign(permutation)

    # === The matrices ===
    def _factors(self):
        """Returns `L` and `U`, each with its own diagonal."""
        factors = tf.convert_to_tensor(self.factors)
        lower = tf.linalg.band_part(factors, -1, 0)
        upper = tf.linalg.band_part(factors, 0, -1)
        diagonal = self.sign * tf.exp(self.log_diagonal)
        return (
            tf.linalg.set_diag(lower, tf.ones_like(diagonal)),
            tf.linalg.set_diag(upper, diagonal),
        )

    def _matrix(self):
        """The map from data to noise."""
        lower, upper = self._factors()
        return tf.gather(lower @ upper, self._inverse_permutation())

    def _inverse_matrix(self):
        """The map from noise to data: `U^-1 L^-1 P^T`."""
        lower, upper = self._factors()
        identity = tf.eye(self.log_diagonal.shape[0], dtype=lower.dtype)
        permuted = tf.gather(identity, tf.convert_to_tensor(self.permutation))
        solved = tf.linalg.triangular_solve(lower, permuted)
        return tf.linalg.triangular_solve(upper, solved, lower=False)

    def _inverse_permutation(self):
        return tf.math.invert_permutation(tf.convert_to_tensor(self.permutation))

    def _bijector(self, context):
        def log_det(sign):
            return lambda x: sign * tf.reduce_sum(self.log_diagonal)

        return tfb.Inline(
            forward_fn=lambda x: _multiply(x, self._inverse_matrix()),
            inverse_fn=lambda y: _multiply(y, self._matrix()),
            forward_log_det_jacobian_fn=log_det(-1.0),
            inverse_log_det_jacobian_fn=log_det(1.0),
            forward_min_event_ndims=1,
            is_constant_jacobian=True,
            name="invertible_linear",
        )

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


def _multiply(x, matrix):
    """Applies the matrix to the last axis: one product for all positions."""
    channels = x.shape[-1]
    flat = tf.reshape(x, [-1, channels])  # [N, C]
    product = tf.matmul(flat, matrix, transpose_b=True)
    return tf.ensure_shape(tf.reshape(product, tf.shape(x)), x.shape)
