"""What every flow over vectors can do."""

import abc
from collections.abc import Sequence

from tensorflow_probability import bijectors as tfb

from ...layers.flows import FlowLayer
from .normalizing_flow import NormalizingFlow


class VectorFlow(NormalizingFlow):
    """A normalizing flow over vectors: the chain of its layers.

        x = f_K(... f_2(f_1(z)))

    A subclass makes its layers, names them in `flow_layers`, and calls
    `self._assemble()` at the end of its constructor.

    Args:
        features: int. Length `D` of each data vector.
        **kwargs: `num_levels`, `condition_spec`, `alpha`, `seed`, `dtype`, ... as for
            `NormalizingFlow`.

    Call arguments:
        x: `[B, D]` floats, or raw levels if `num_levels` is given.
        condition: the condition, if the model has one.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Example:
    >>> from genkeras.layers import AffineCoupling
    >>> class TwoCouplings(VectorFlow):
    ...     def __init__(self, features, **kwargs):
    ...         super().__init__(features, **kwargs)
    ...         self.couplings = [AffineCoupling(flip=flip) for flip in (False, True)]
    ...         self._assemble()
    ...     @property
    ...     def flow_layers(self):
    ...         return self.couplings
    >>> TwoCouplings(3).sample(5, seed=0).shape
    TensorShape([5, 3])
    """

    def __init__(self, features: int, **kwargs):
        super().__init__((features,), **kwargs)
        self.features = features

    # === To be filled in by a model ===
    @property
    @abc.abstractmethod
    def flow_layers(self) -> Sequence[FlowLayer]:
        """The layers from noise to data."""

    def _assemble(self):
        """Builds the layers, once they are made."""
        for layer in self.flow_layers:
            layer.build((None, self.features), self._context_shape())
        self.build()

    # === Distribution ===
    def bijector(self, context=None):
        layers = reversed(self.flow_layers)
        return tfb.Chain([layer.bijector(context) for layer in layers])

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("event_shape")
        return {**config, "features": self.features}
