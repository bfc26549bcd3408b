"""A flow that the user composes from a list."""

from collections.abc import Sequence

import keras
import tensorflow_probability as tfp

from ...distributions import bijector_config, bijector_from_config
from ...layers.flows import FlowLayer
from .normalizing_flow import NormalizingFlow

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class Flow(NormalizingFlow):
    """A chain of flow layers and plain TFP bijectors, from noise to data.

        x = f_K( ... f_1(z)),   z ~ Normal(0, 1)

    The first of the list acts first on the noise, the last makes the data; a
    `tfb.Exp()` at the end makes positive data, a `tfb.Permute` anywhere mixes the
    features. One condition is threaded through every layer.

    Args:
        transforms: sequence of `FlowLayer`s and weightless bijectors of
            `tfp.bijectors`.
        event_shape: sequence of int. Shape of one example.
        **kwargs: `condition_spec`, `num_levels`, `seed`, ... as for
            `NormalizingFlow`.

    Call arguments:
        x: `[B, *event_shape]` floats, or raw levels if the model has `num_levels`.
        condition: the condition, if the model has one.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Raises:
        ValueError: for an empty list, or an entry that is neither.

    Example:
    >>> from genkeras.layers import AffineCoupling
    >>> flow = Flow(
    ...     [
    ...         AffineCoupling((32,)),
    ...         tfb.Permute([2, 0, 1]),
    ...         AffineCoupling((32,)),
    ...         tfb.Exp(),
    ...     ],
    ...     event_shape=(3,),
    ... )
    >>> flow.log_prob(np.ones([4, 3], "float32")).shape
    TensorShape([4])

    Reference:
        Papamakarios et al., 2021, https://arxiv.org/abs/1912.02762
    """

    def __init__(self, transforms: Sequence, event_shape: Sequence[int], **kwargs):
        super().__init__(event_shape, **kwargs)
        if not transforms:
            raise ValueError("Flow takes at least one transform. Received: none.")
        # A bijector is kept as its config and made anew each time, like every other
        # TFP object: a kept one would be a key of TFP's cache.
        self.transforms = [_check(transform) for transform in transforms]
        self.build()

    def _build_networks(self, x, condition):
        shape = self.event_shape
        for transform in reversed(self.transforms):
            if isinstance(transform, FlowLayer) and not transform.built:
                transform.build((None, *shape), self._context_shape())
            bijector = self._as_bijector(transform, self._zero_context())
            shape = tuple(bijector.inverse_event_shape(shape))
        super()._build_networks(x, condition)

    def _zero_context(self):
        return self.encode_condition(self._zeros(1)[1])

    # === Distribution ===
    def bijector(self, context=None):
        chain = [self._as_bijector(t, context) for t in reversed(self.transforms)]
        return tfb.Chain(chain)

    def _as_bijector(self, transform, context):
        if isinstance(transform, FlowLayer):
            return transform.bijector(context)
        return bijector_from_config(transform)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "transforms": [
                keras.saving.serialize_keras_object(t)
                if isinstance(t, FlowLayer)
                else {"tfp": dict(t)}
                for t in self.transforms
            ],
        }

    @classmethod
    def from_config(cls, config):
        transforms = [
            bijector_from_config(t["tfp"])
            if "tfp" in t
            else keras.saving.deserialize_keras_object(t)
            for t in config["transforms"]
        ]
        return cls(**{**config, "transforms": transforms})


def _check(transform):
    if isinstance(transform, FlowLayer):
        return transform
    if isinstance(transform, tfb.Bijector):
        return bijector_config(transform)
    raise ValueError(
        "Flow takes flow layers and tfp.bijectors. Received: "
        f"{type(transform).__name__}."
    )
