"""The map from the real line to pixel levels that image flows end with."""

import tensorflow as tf
import tensorflow_probability as tfp

tfb = tfp.bijectors


def level_logits(
    num_levels: int, alpha: float = 0.05, dtype: tf.DType = tf.float32
) -> tfb.Bijector:
    """Returns the bijector from logits to dequantized levels in `[0, num_levels]`.

        x = num_levels * (sigmoid(z) - alpha) / (1 - 2 * alpha)

    so that `z = logit(alpha + (1 - 2 * alpha) * x / num_levels)`. Both ends of the
    range have finite logits, where a bare logit has none. A part of the image,
    `alpha / (1 - 2 * alpha)` of the range at each side, lies outside the levels.

    Args:
        num_levels: int. How many levels the discrete data has: 256 for 8 bits.
        alpha: float in `(0, 0.5)`. How far the data is kept from 0 and 1.
        dtype: the float type of the data.

    Returns:
        A scalar `tfb.Bijector` (event shape `[]`).

    Raises:
        ValueError: if `num_levels` is below 2 or `alpha` not in `(0, 0.5)`.

    Example:
    >>> level_logits(256, alpha=0.05).inverse([0.0, 128.0]).numpy().round(3)
    array([-2.944,  0.   ], dtype=float32)

    Reference:
        Dinh et al., 2017, section 4.1, https://arxiv.org/abs/1605.08803
    """
    if num_levels < 2:
        raise ValueError(f"`num_levels` must be at least 2. Received: {num_levels}.")
    if not 0.0 < alpha < 0.5:
        raise ValueError(f"`alpha` must lie in (0, 0.5). Received: alpha={alpha}.")
    margin = num_levels * alpha / (1.0 - 2.0 * alpha)
    low, high = (tf.constant(end, dtype) for end in (-margin, num_levels + margin))
    return tfb.Sigmoid(low=low, high=high)
