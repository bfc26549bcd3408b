"""What the coupling layers share: the split, and the network that reads one half."""

import abc
from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import SplitCoupling
from ..blocks import (
    MLP,
    check_network,
    over_batch,
    revive_network,
    run_network,
    serialize_network,
)
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
        conditioner: None, or your own Keras layer or model for the network, from the
            half that is kept, `[N, kept]`, and the context `[N, C]` if there is one,
            to `[N, moved * parameters_per_feature]`. Each layer takes one of its own.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        x: `[B, D]` floats, with `D >= 2`.
        context: None, or `[B, C]` floats.

    Returns:
        `[B, D]` floats: the forward transform of `x`.

    Raises:
        ValueError: at `build`, for fewer than 2 features, a rank other than 2, or a
            conditioner that maps other shapes; for a context that is missing,
            superfluous or of another width than at `build`.
    """

    # Whether the conditioner's output starts at zero.
    identity_start = True

    def __init__(
        self,
        hidden_units: Sequence[int] = (64, 64),
        *,
        flip: bool = False,
        activation: str = "relu",
        conditioner: keras.layers.Layer | dict | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.given_conditioner = revive_network(conditioner, "conditioner")
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
        units = self.parameters_per_feature * self.num_moved
        if self.given_conditioner is None:
            self.conditioner = self._mlp(units)
            self.conditioner.build((None, given), context_shape)
            return
        self.conditioner = self.given_conditioner
        context = [(self.context_size,)] if self.context_size else []
        check_network(self.conditioner, "conditioner", [(given,), *context], (units,))

    def _mlp(self, units):
        return MLP(
            units,
            self.hidden_units,
            activation=self.activation,
            zero_output=self.identity_start,
            spread_biases=not self.identity_start,
            dtype=self.dtype_policy,
        )

    def _bijector(self, context):
        # A new closure each time: TFP's cache, keyed on it, dies with the bijector.
        return SplitCoupling(
            self.num_given,
            lambda given: self._transformer(self._parameters(given, context)),
        )

    def _parameters(self, given, context):
        """Runs the conditioner; `[..., given]` to `[..., moved, parameters]`."""

        def network(*inputs):
            return run_network(self.conditioner, *inputs)

        flat = over_batch(network, given, context, event_ndims=1)
        # The maths of the bijector stays in the data's precision.
        flat = tf.cast(flat, given.dtype)
        event = [self.num_moved, self.parameters_per_feature]
        return tf.reshape(flat, tf.concat([tf.shape(flat)[:-1], event], axis=0))

    def get_config(self):
        given = serialize_network(self.given_conditioner)
        return {
            **super().get_config(),
            **({} if given is None else {"conditioner": given}),
            "hidden_units": self.hidden_units,
            "flip": self.flip,
            "activation": self.activation,
        }
