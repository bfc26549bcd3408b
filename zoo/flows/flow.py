"""A flow that the user composes from a list."""

import functools
import itertools
import math
from collections.abc import Sequence

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import bijector_config, bijector_from_config
from ...layers.flows import FlowLayer
from ..base import refusal
from .normalizing_flow import NormalizingFlow

tfb = tfp.bijectors


@keras.saving.register_keras_serializable(package="genkeras")
class Flow(NormalizingFlow):
    """A chain of flow layers and plain TFP bijectors, from noise to data.

        x = f_K( ... f_1(z)),   z ~ Normal(0, 1)

    The first of the list acts first on the noise, the last makes the data; a
    `tfb.Exp()` at the end makes positive data, a `tfb.Permute` anywhere mixes the
    features. One condition is threaded through every layer. The noise has the shape
    that the chain gives it: a `tfb.SoftmaxCentered()` makes a simplex of 4 of 3
    numbers, a `tfb.Reshape` an image of a vector. Where data lies outside the range of
    the bijectors at the end, `log_prob` is minus infinity.

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
        ValueError: for an empty list, an entry that is neither, a bijector of a class
            of your own, or one whose parameters do not fit the events or have a batch.

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
        self._noise_shape = self.event_shape
        self.build()

    @property
    def noise_shape(self):
        return self._noise_shape

    def _build_networks(self, x, condition):
        shape = self.event_shape
        for i, transform in reversed(list(enumerate(self.transforms))):
            shape = self._build_transform(i, transform, shape)
        self._noise_shape = shape
        self._front_door.supports = self._supports()
        super()._build_networks(x, condition)

    def _build_transform(self, i, transform, shape):
        """Builds one, given the event shape after it; returns that before it."""
        if isinstance(transform, FlowLayer) and not transform.built:
            transform.build((None, *shape), self._context_shape())
        bijector = self._as_bijector(transform, self._zero_context())
        try:
            before = tuple(bijector.inverse_event_shape(shape))
            again = tuple(bijector.forward_event_shape(before))
        except (ValueError, TypeError) as error:
            raise self._misfit(i, bijector, shape, _first_line(error)) from None
        if again != shape or None in before:
            raise self._misfit(i, bijector, shape, f"it makes events of {again}")
        if not isinstance(transform, FlowLayer):
            self._check_parameters(i, bijector, before, shape)
        return before

    def _check_parameters(self, i, bijector, before, shape):
        """Refuses parameters with a batch, which would score one example often."""
        for size in (2, 3):  # a batch of parameters fits one of them at most
            z = tf.fill([size, *before], tf.constant(0.25, self.variable_dtype))
            try:
                x = bijector.forward(z)
                log_det = bijector.forward_log_det_jacobian(z, len(before))
            except NotImplementedError as error:  # of a map that is not one to one
                raise self._misfit(i, bijector, shape, _first_line(error)) from None
            except (ValueError, tf.errors.InvalidArgumentError):
                x = log_det = tf.zeros([0, 0])
            if tuple(x.shape) != (size, *shape) or tuple(log_det.shape) not in (
                (),
                (1,),
                (size,),
            ):
                why = "its parameters have a batch, or another length"
                raise self._misfit(i, bijector, shape, why)

    def _misfit(self, i, bijector, shape, why):
        return refusal(
            f"Flow takes transforms that fit events of shape {shape}. Received: "
            f"{type(bijector).__name__.lstrip('_')} as transform {i}: {why}."
        )

    # === Support ===
    def _last_bijectors(self):
        """The bijectors of TFP at the end of the list, from the data on."""
        from_data = reversed(self.transforms)
        plain = itertools.takewhile(lambda t: not isinstance(t, FlowLayer), from_data)
        return [self._as_bijector(t, None) for t in plain]

    def _supports(self):
        """Names of bijectors, and functions that count examples outside their range."""
        if self.num_levels is not None:
            return []
        return [
            (type(b).__name__.lstrip("_"), functools.partial(self._count_outside, i))
            for i, b in enumerate(self._last_bijectors())
        ]

    def _count_outside(self, i, x):
        return tf.math.count_nonzero(self._outside(x)[i], dtype=tf.int32)

    def _outside(self, x):
        """Of each last bijector, `[B]` whether `x` lies outside its range, not before.

        The inverse of what is outside is not finite, or does not come back.
        """
        outside, inside = (
            [],
            tf.reduce_all(tf.math.is_finite(x), axis=tf.range(1, tf.rank(x))),
        )
        for bijector in self._last_bijectors():
            z = tf.identity(bijector.inverse(x))
            fits = tf.reduce_all(tf.math.is_finite(z), axis=tf.range(1, tf.rank(z)))
            outside.append(inside & ~fits)
            inside &= fits
            x = z
        return outside

    def _log_prob(self, x, condition, seed):
        values = super()._log_prob(x, condition, seed)
        outside = self._outside(x) if self.num_levels is None else []
        if not outside:
            return values
        nowhere = functools.reduce(tf.logical_or, outside)
        return tf.where(nowhere, tf.constant(-math.inf, values.dtype), values)

    def _zero_context(self):
        return self.encode_condition(self._zeros(1)[1])

    # === Distribution ===
    def bijector(self, context=None):
        chain = [self._as_bijector(t, context) for t in reversed(self.transforms)]
        return tfb.Chain(chain)

    def _as_bijector(self, transform, context):
        if isinstance(transform, FlowLayer):
            return transform.bijector(context)
        return bijector_from_config(transform, self.variable_dtype)

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


def _first_line(error):
    return str(error).strip().splitlines()[0].rstrip(".")[:200]


def _check(transform):
    if isinstance(transform, FlowLayer):
        return transform
    if isinstance(transform, tfb.Bijector):
        return bijector_config(transform)
    raise ValueError(
        "Flow takes flow layers and tfp.bijectors. Received: "
        f"{type(transform).__name__}."
    )
