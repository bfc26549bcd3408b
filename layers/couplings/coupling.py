"""What the coupling layers share: the split, and the network that reads one half."""

import abc
from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import SplitCoupling
from ..blocks import MLP
from ..flows import FlowLayer

tfb = tfp.bijectors


class Coupling(FlowLayer):
    """Transforms one half of the features by a function of the other half.

        y_a = x_a,  y_b = g(x_b; network(x_a, context))

    Any number of features from 2 on; when it is odd the halves differ by one.

    Args:
        hidden_units: sequence of int. Hidden widths of the conditioner.
        flip: bool. Whether the second half conditions the first.
        activation: str. The conditioner's hidden activation.
        **kwargs: passed on to `keras.layers.Layer`.

    Raises:
        ValueError: at `build`, for fewer than 2 features or a rank other than 2.
    """

    # Whether the conditioner's output starts at zero.
    identity_start = True

    def __init__(
        self,
        hidden_units: Sequence[int] = (64, 64),
        *,
        flip: bool = False,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.hidden_units = tuple(hidden_units)
        self.flip = flip
        self.activation = activation

    @property
    @abc.abstractmethod
    def parameters_per_feature(self) -> int:
        """How many numbers the network gives for each feature that moves."""

    @abc.abstractmethod
    def _transformer(self, parameters) -> tfb.Bijector:
        """Makes `g` of the network's output, `[..., moved, parameters_per_feature]`."""

    def build(self, x_shape, context_shape=None):
        features = x_shape[-1]
        name = type(self).__name__
        if len(x_shape) != 2 or features is None or features < 2:
            raise ValueError(
                f"{name} splits [B, D] inputs in two, so D must be at least 2. "
                f"Received: shape {tuple(x_shape)}."
            )
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: features})]
        self.context_size = context_shape[-1] if context_shape is not None else 0
        given = features // 2
        # TFP's convention: a negative count keeps the *last* features as they are.
        self.num_given = -(features - given) if self.flip else given
        given = abs(self.num_given)
        self.num_moved = features - given
        self.conditioner = MLP(
            self.parameters_per_feature * self.num_moved,
            self.hidden_units,
            activation=self.activation,
            zero_output=self.identity_start,
            spread_biases=not self.identity_start,
            dtype=self.dtype_policy,
        )
        self.conditioner.build((None, given), context_shape)

    def _bijector(self, context):
        # A new closure each time: TFP's cache, keyed on it, dies with the bijector.
        return SplitCoupling(
            self.num_given,
            lambda given: self._transformer(self._parameters(given, context)),
        )

    def _parameters(self, given, context):
        """Runs the conditioner; `[..., given]` to `[..., moved, parameters]`."""
        flat = self.conditioner(given, context)
        # The maths of the bijector stays in the data's precision.
        flat = tf.cast(flat, given.dtype)
        event = [self.num_moved, self.parameters_per_feature]
        return tf.reshape(flat, tf.concat([tf.shape(flat)[:-1], event], axis=0))

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "flip": self.flip,
            "activation": self.activation,
        }
