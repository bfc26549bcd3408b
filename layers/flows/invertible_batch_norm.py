"""Batch normalization as a layer of a flow."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ..blocks import TrainingFlag
from ..replicas import global_moments
from .flow_layer import FlowLayer

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class InvertibleBatchNorm(FlowLayer):
    """Normalizes each channel from data to noise, with its log-determinant.

        x = exp(log_scale) * (y - mean) / sqrt(variance + epsilon) + shift

    In training, `mean` and `variance` are those of the global batch, all replicas
    together, and the log-determinant is that of the map with both held fixed, as in
    the papers; their running averages stand in for them everywhere else, and where
    samples are drawn. `ActNorm` has no such two faces, and suits small batches.

    The log-determinant from noise to data is `sum(log(variance + epsilon) / 2 -
    log_scale)`, times `H * W` for images. Takes no context and ignores one.

    Args:
        momentum: float. Weight of the past in the running averages.
        epsilon: float. Floor of the variance.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, D]` or `[B, H, W, C]` floats.
        context: ignored.

    Returns:
        Floats of the shape of `x`.

    Example:
    >>> InvertibleBatchNorm()(tf.ones([4, 3])).shape
    TensorShape([4, 3])

    Reference:
        Dinh et al., 2017, appendix E, https://arxiv.org/abs/1605.08803
        Papamakarios et al., 2017, appendix B, https://arxiv.org/abs/1705.07057
    """

    def __init__(self, *, momentum: float = 0.99, epsilon: float = 1e-5, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.epsilon = epsilon
        self.is_training = TrainingFlag()

    def build(self, x_shape, context_shape=None):
        channels = x_shape[-1]
        self.input_spec = [
            keras.layers.InputSpec(ndim=len(x_shape), axes={-1: channels})
        ]
        full = {"autocast": False}  # full precision, also under a mixed policy
        self.log_scale = self.add_weight((channels,), "zeros", name="log_scale", **full)
        self.shift = self.add_weight((channels,), "zeros", name="shift", **full)
        # Every replica averages the same moments.
        kept = {"trainable": False, "aggregation": "only_first_replica", **full}
        self.mean = self.add_weight((channels,), "zeros", name="mean", **kept)
        self.variance = self.add_weight((channels,), "ones", name="variance", **kept)

    def _bijector(self, context):
        training = self.is_training()
        batch_moments = []  # shared by the inverse and the log-dets that go with it

        def moments(y=None):
            if training and y is not None and not batch_moments:
                batch_moments.extend(self._update(y))
            return batch_moments or [self.mean, self.variance]

        def log_scale(y=None):
            return 0.5 * tf.math.log(moments(y)[1] + self.epsilon) - self.log_scale

        return tfb.Inline(
            forward_fn=lambda x: (x - self.shift) * tf.exp(log_scale()) + moments()[0],
            inverse_fn=lambda y: (
                (y - moments(y)[0]) * tf.exp(-log_scale(y)) + self.shift
            ),
            forward_log_det_jacobian_fn=lambda x: log_scale(),
            inverse_log_det_jacobian_fn=lambda y: -log_scale(y),
            forward_min_event_ndims=0,
            is_constant_jacobian=True,
            is_increasing=True,
            name="invertible_batch_norm",
        )

    def _update(self, y):
        """Returns the batch's moments, and takes them into the running averages."""
        moments = global_moments(y)
        for running, now in zip((self.mean, self.variance), moments, strict=True):
            past = self.momentum * running
            running.assign(past + (1.0 - self.momentum) * tf.stop_gradient(now))
        return moments

    def get_config(self):
        return {
            **super().get_config(),
            "momentum": self.momentum,
            "epsilon": self.epsilon,
        }
