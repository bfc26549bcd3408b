"""Numbers of samples, and seeds."""

import numpy as np
import tensorflow as tf

from ...layers.blocks import is_whole
from .refusal import refusal


def check_count(number, owner: str, name: str = "num_samples"):
    """Returns a whole number from 0 on that an int32 holds; tensors as they are.

    Raises:
        ValueError: for fractions, negative numbers, or more.
    """
    if tf.is_tensor(number) and number.dtype.is_integer:
        return number
    if not is_whole(number) or not 0 <= number < 2**31:
        raise refusal(
            f"{owner} takes a whole number from 0 to {2**31 - 1} as {name}. "
            f"Received: {name}={number!r}."
        )
    return int(number)


def check_seed(seed, owner: str) -> tf.Tensor:
    """Returns the stateless pair of an int, or a pair of ints.

    An int of up to 64 bits is folded in two words, of which the upper one is 0 for
    those of 32 bits; a negative one stands for its two's complement.

    Raises:
        ValueError: for another number, or another shape.
    """
    if tf.is_tensor(seed) and seed.dtype.is_integer and seed.shape == (2,):
        return tf.cast(seed, tf.int32)
    numbers = np.asarray(seed, object)
    whole = all(map(is_whole, numbers.ravel()))
    if whole and numbers.shape == () and -(2**63) <= seed < 2**64:
        seed = int(seed)
        if -(2**31) <= seed < 2**31:
            return tf.constant([0, seed], tf.int32)
        words = np.array([(seed >> 32) & 0xFFFFFFFF, seed & 0xFFFFFFFF], "uint32")
        return tf.constant(words.view("int32"))
    if whole and numbers.shape == (2,) and all(-(2**31) <= n < 2**32 for n in seed):
        words = np.array([int(n) & 0xFFFFFFFF for n in numbers], "uint32")
        return tf.constant(words.view("int32"))
    if tf.is_tensor(seed) and seed.dtype.is_integer and seed.shape == ():
        return check_seed(int(seed), owner)
    raise refusal(
        f"{owner} takes None, a whole number of up to 64 bits, or a pair of "
        f"32 bits as its seed. Received: seed={seed!r}."
    )
