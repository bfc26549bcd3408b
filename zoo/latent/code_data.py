"""What a prior over codes is, and what it is trained on."""

import numpy as np
import tensorflow as tf

from ..autoregressive import AutoregressiveModel
from ..base import refusal, unpack, untuned

# Images encoded at a time.
_PART = 500


def check_code_prior(prior, grid, num_codes: int) -> None:
    """Refuses what is no prior over codes.

    Args:
        prior: an `AutoregressiveModel`.
        grid: two ints. Height and width of a map of codes.
        num_codes: int. How many there are.

    Raises:
        ValueError: for other maps or codes.
    """
    wanted = (*grid, 1)
    fits = isinstance(prior, AutoregressiveModel) and (
        (prior.event_shape, prior.num_levels) == (wanted, num_codes)
    )
    if not fits:
        shape = getattr(prior, "event_shape", None)
        raise refusal(
            f"`prior` is an AutoregressiveModel of event_shape={wanted} and "
            f"num_levels={num_codes}. Received: {type(prior).__name__}, of "
            f"{shape} and {getattr(prior, 'num_levels', None)}."
        )


def need_prior(model, method: str) -> None:
    """Refuses a method of a model that has no prior.

    Raises:
        ValueError: naming the method.
    """
    if model.prior is None:
        raise refusal(
            f"VQVAE.{method} wants a prior over the codes. Received: a model without. "
            f"Pass prior=GatedPixelCNN({(*model.code_shape[:2], 1)}, "
            f"num_levels={model.num_codes})."
        )


def code_data(model, x, condition=None) -> tuple:
    """Returns `(codes, condition)`, or `(codes,)`, of examples, as arrays.

    Args:
        model: a `VQVAE`.
        x: `[N, H, W, C]`, or a `tf.data.Dataset` of finitely many batches.
        condition: the condition of each, or None.

    Raises:
        ValueError: for a data set without an end, or without a batch.
    """
    if isinstance(x, tf.data.Dataset):
        batches = _batches_of(x)
    else:
        batches = _parts_of(np.asarray(x), condition)
    coded = []
    for part in batches:
        part, given, _ = unpack(part)
        part, given = model.front_door.enter(part, given)
        codes = model.encode(part)[..., None].numpy()
        coded.append((codes,) if given is None else (codes, given))
    if not coded:
        raise refusal(f"{type(model).__name__} encodes at least one. Received: none.")
    return tf.nest.map_structure(lambda *leaves: np.concatenate(leaves), *coded)


def _batches_of(dataset):
    if dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise refusal(
            "fit_prior reads a data set once. Received: one that repeats without end. "
            "Pass it without repeat()."
        )
    return untuned(dataset)


def _parts_of(x, condition):
    if condition is None:
        return [(x[at : at + _PART],) for at in range(0, len(x), _PART)]
    rows = [slice(at, at + _PART) for at in range(0, len(x), _PART)]

    def cut(part):
        return tf.nest.map_structure(lambda leaf: np.asarray(leaf)[part], condition)

    return [(x[part], cut(part)) for part in rows]
