"""From the raw output of a network to a bijector that acts entry by entry."""

import math

import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import Affine, LogisticMixtureCDF, RationalQuadraticSpline

tfb = tfp.bijectors


def bounded_affine(parameters, max_log_scale: float) -> tfb.Bijector:
    """Makes `y = exp(s) x + t` of `t, r`; `s = max_log_scale * tanh(r / that)`.

    Args:
        parameters: `[..., 2]` floats.
        max_log_scale: float. Bound on `|s|`.

    Example:
    >>> bounded_affine(tf.zeros([2, 2]), 3.0).forward([5.0, 6.0]).numpy()
    array([5., 6.], dtype=float32)
    """
    shift, raw = tf.unstack(parameters, axis=-1)
    return Affine(shift, bounded(raw, max_log_scale))


def gated_affine(parameters, max_log_scale: float) -> tfb.Bijector:
    """Makes the `g` of `m, r` whose inverse is a gate between `y` and `m`.

        g^-1(y) = c(r) / c(0) * y + (1 - c(r)) * m,   c(r) = sigmoid(2 + r')

    with `r' = max_log_scale * tanh(r / max_log_scale)`. The inverse scales by at most
    `1 / c(0) = 1.14`, however far `r` goes: a chain of gates cannot blow up what one
    of `exp` can. The division makes `r = m = 0` the identity.

    Args:
        parameters: `[..., 2]` floats.
        max_log_scale: float. Bound on the `|log scale|`.

    Example:
    >>> gate = gated_affine(tf.constant([[7.0, 0.0], [7.0, -1e9]]), 20.0)
    >>> gate.inverse([5.0, 5.0]).numpy().round(2)
    array([5.83, 7.  ], dtype=float32)

    Reference:
        Kingma et al., 2016, section 4, https://arxiv.org/abs/1606.04934
    """
    target, raw = tf.unstack(parameters, axis=-1)
    raw = bounded(raw, max_log_scale) + 2.0
    log_gate = _log_gate(raw)
    return Affine(-tf.exp(-log_gate) * tf.sigmoid(-raw) * target, -log_gate)


def sigmoid_affine(parameters, max_log_scale: float) -> tfb.Bijector:
    """Makes the `g` of `t, r` whose inverse shifts, then scales by a sigmoid.

        g^-1(y) = c(r) / c(0) * (y - t),   c(r) = sigmoid(2 + r')

    with `r' = max_log_scale * tanh(r / max_log_scale)`. Towards the noise, where a
    density is scored, no layer scales by more than `1 / c(0) = 1.14`: a deep chain
    cannot blow one example up. `r = t = 0` is the identity.

    Args:
        parameters: `[..., 2]` floats.
        max_log_scale: float. Bound on the `|log scale|`.

    Example:
    >>> sigmoid_affine(tf.constant([[1.0, 1e9]]), 20.0).inverse([5.0]).numpy().round(2)
    array([4.54], dtype=float32)

    Reference:
        Kingma and Dhariwal, 2018, its code,
        https://github.com/openai/glow/blob/master/model.py
    """
    shift, raw = tf.unstack(parameters, axis=-1)
    return Affine(shift, -_log_gate(bounded(raw, max_log_scale) + 2.0))


def _log_gate(raw):
    """`log(sigmoid(raw) / sigmoid(2))`, which moves no faster than `raw`."""
    return tf.math.log_sigmoid(raw) + math.log1p(math.exp(-2.0))


def spline(parameters, bound: float) -> tfb.Bijector:
    """Makes a rational-quadratic spline of `3 K - 1` numbers an entry.

    Args:
        parameters: `[..., 3 * K - 1]` floats.
        bound: float. Half of the interval that moves.

    Example:
    >>> spline(tf.zeros([2, 11]), 3.0).forward([1.0, 6.0]).numpy().round(3)
    array([1., 6.], dtype=float32)
    """
    bins = (parameters.shape[-1] + 1) // 3
    parts = tf.split(parameters, [bins, bins, bins - 1], axis=-1)
    return RationalQuadraticSpline(*parts, bound=bound)


def bounded(raw, limit: float) -> tf.Tensor:
    """Squashes floats into `(-limit, limit)`, with slope 1 at 0.

    Example:
    >>> bounded(tf.constant([0.01, 1e9]), 3.0).numpy().round(3)
    array([0.01, 3.  ], dtype=float32)
    """
    return limit * tf.tanh(raw / limit)


def mixture_then_affine(parameters, max_log_scale: float) -> tfb.Bijector:
    """Makes `y = exp(s) * logit(F(x)) + t` of `3 K + 2` numbers an entry.

    `F` is the distribution function of `K` logistics. Their raw locations are taken
    from places spread over `[-1, 1]`: components that start alike stay alike.

    Args:
        parameters: `[..., 3 * K + 2]` floats.
        max_log_scale: float. Bound on `|s|` and on every component's `|log scale|`.

    Example:
    >>> y = mixture_then_affine(tf.zeros([3, 14]), 3.0).forward([-1.0, 0.0, 1.0])
    >>> y.numpy().round(2)
    array([-0.89,  0.  ,  0.89], dtype=float32)
    """
    components = (parameters.shape[-1] - 2) // 3
    affine, logits, loc, raw_scale = tf.split(
        parameters, [2, components, components, components], axis=-1
    )
    one, many = tf.constant(1.0, loc.dtype), components > 1
    spread = tf.linspace(-one, one, components) if many else tf.zeros_like(one)
    mixture = LogisticMixtureCDF(
        logits, loc + spread, bounded(raw_scale, max_log_scale)
    )
    return tfb.Chain([bounded_affine(affine, max_log_scale), mixture])
