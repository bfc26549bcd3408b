"""What a model's encoder makes of data."""

import numpy as np
import tensorflow as tf

from ..evaluation import in_parts


def features_of(model, x, condition=None, *, batch_size: int = 500) -> np.ndarray:
    """Returns the code of each example as one row of numbers.

    Of a model with a posterior it is its mean, of several latents all of them, side by
    side; of a code book, one-hot vectors of the codes.

    Args:
        model: any model with `encode`: of latents, an autoencoder, a flow, a `VQVAE`.
        x: `[N, *event_shape]`.
        condition: the condition of each, if the model's encoder sees one.
        batch_size: int. Examples at a time.

    Returns:
        `[N, F]` floats.

    Raises:
        ValueError: for a model without `encode`.

    Example:
    >>> from genkeras.zoo import VAE
    >>> features_of(VAE((4,), 2, hidden_units=(8,)), np.ones([5, 4], "float32")).shape
    (5, 2)
    """
    if not hasattr(model, "encode"):
        raise ValueError(
            "features_of takes a model with encode(). Received: "
            f"{type(model).__name__}."
        )
    rows = np.arange(len(x))

    def part(index, _):
        given = [] if condition is None else [_rows(condition, index)]
        return _flat(model, model.encode(x[index], *given))

    return in_parts(part, rows, batch_size)


def _rows(condition, index):
    return tf.nest.map_structure(lambda leaf: np.asarray(leaf)[index], condition)


def _flat(model, code):
    mean = code[0] if isinstance(code, tuple) else code
    leaves = [np.asarray(leaf) for leaf in tf.nest.flatten(mean)]
    if leaves[0].dtype.kind == "i":
        leaves = [np.eye(model.num_codes, dtype="float32")[leaf] for leaf in leaves]
    return np.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], axis=1)
