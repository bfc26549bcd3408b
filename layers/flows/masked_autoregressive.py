"""Masked autoregressive flow layer, the building block of MAF and IAF."""

from collections.abc import Sequence

import keras
import tensorflow_probability as tfp

from ...distributions import AutoregressiveTransform
from ..causal import MaskedMLP, autoregressive_solve
from .entrywise import bounded_affine, gated_affine, spline
from .flow_layer import FlowLayer

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class MaskedAutoregressive(FlowLayer):
    """Transforms each feature by a function of those before it in an order.

        y_i = g(x_i; MaskedMLP(y, context)_i)       (MAF: scores in one pass)
        x_i = g(y_i; MaskedMLP(x, context)_i)       (IAF: samples in one pass)

    where `g` is `exp(s) x + t` with `s = max_log_scale * tanh(r / max_log_scale)`, or
    one whose inverse is a gate, as in the paper on IAF, or a monotone spline. The other
    direction is sequential, and is solved exactly for about the arithmetic of one more
    pass; see `autoregressive_solve`. Both directions have gradients. Starts as the
    identity.

    Args:
        hidden_units: sequence of int. Hidden widths of the network, at least one.
        transformer: "affine", "gate" or "spline".
        num_bins: int. Bins of each spline.
        bound: float. Half of the interval that a spline moves.
        max_log_scale: float. Bound on the `|log scale|` of an affine transformer or a
            gate.
        order: "natural", "reversed" or "random".
        seed: int. The random order, if it is one.
        fast_sampling: bool. False for MAF, True for IAF.
        activation: str. The network's hidden activation.
        **kwargs: passed on to `keras.layers.Layer`. The network computes in the type
            of the weights even under mixed precision, as both directions must agree.

    Call arguments:
        x: `[B, D]` floats, any `D` from 1 on.
        context: None, or `[B, C]` floats.

    Returns:
        `[B, D]` floats: the forward transform of `x`.

    Raises:
        ValueError: for another `transformer` or `order`, no hidden layer, a rank other
            than 2, or a context that is missing, superfluous or of another width than
            at `build`.

    Example:
    >>> layer = MaskedAutoregressive(hidden_units=(16,), order="reversed")
    >>> layer.inverse(layer(tf.ones([4, 3]))).numpy()[0]
    array([1., 1., 1.], dtype=float32)

    Reference:
        Papamakarios et al., 2017, section 3, https://arxiv.org/abs/1705.07057
        Kingma et al., 2016, section 3, https://arxiv.org/abs/1606.04934
    """

    def __init__(
        self,
        hidden_units: Sequence[int] = (64, 64),
        *,
        transformer: str = "affine",
        num_bins: int = 8,
        bound: float = 3.0,
        max_log_scale: float = 3.0,
        order: str = "natural",
        seed: int = 0,
        fast_sampling: bool = False,
        activation: str = "relu",
        **kwargs,
    ):
        super().__init__(**kwargs)
        if transformer not in ("affine", "gate", "spline"):
            raise ValueError(
                "MaskedAutoregressive takes transformer='affine', 'gate' or 'spline'. "
                f"Received: transformer={transformer!r}."
            )
        self.hidden_units = tuple(hidden_units)
        self.transformer = transformer
        self.num_bins = num_bins
        self.bound = bound
        self.max_log_scale = max_log_scale
        self.order = order
        self.seed = seed
        self.fast_sampling = fast_sampling
        self.activation = activation
        self.made = MaskedMLP(
            3 * num_bins - 1 if transformer == "spline" else 2,
            hidden_units,
            order=order,
            seed=seed,
            activation=activation,
            zero_output=True,
            dtype=self.variable_dtype,
        )

    def build(self, x_shape, context_shape=None):
        self.made.build(x_shape, context_shape)
        self.input_spec = [keras.layers.InputSpec(ndim=2, axes={-1: x_shape[-1]})]
        self.context_size = context_shape[-1] if context_shape is not None else 0

    def _bijector(self, context):
        transform = AutoregressiveTransform(
            lambda y: self._transformer(self.made(y, context)),
            lambda x: autoregressive_solve(self.made, x, context, self._transformer),
        )
        return tfb.Invert(transform) if self.fast_sampling else transform

    def _transformer(self, parameters):
        if self.transformer == "affine":
            return bounded_affine(parameters, self.max_log_scale)
        if self.transformer == "gate":
            return gated_affine(parameters, self.max_log_scale)
        return spline(parameters, self.bound)

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_units": self.hidden_units,
            "transformer": self.transformer,
            "num_bins": self.num_bins,
            "bound": self.bound,
            "max_log_scale": self.max_log_scale,
            "order": self.order,
            "seed": self.seed,
            "fast_sampling": self.fast_sampling,
            "activation": self.activation,
        }
