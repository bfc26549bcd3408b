"""What a game does in the same way on one device and on many."""

import tensorflow as tf


def part_of_batch(batch, k: int, num_parts: int):
    """Takes every `num_parts`-th example from the `k`-th on.

    Strided, so that replicas and one device part a global batch in the same way.

    Args:
        batch: structure of `[B, ...]` tensors, or None in place of one.
        k: int. Which part.
        num_parts: int. How many there are.

    Example:
    >>> part_of_batch((tf.range(6), None), 1, 3)[0].numpy()
    array([1, 4], dtype=int32)
    """
    return tf.nest.map_structure(
        lambda leaf: None if leaf is None else leaf[k::num_parts], batch
    )


def update_everywhere(update, pairs) -> None:
    """Calls `update(variable, value)` for each pair, on every replica's copy.

    Args:
        update: function that assigns to its first argument.
        pairs: iterable of Keras variables, each with a tensor.
    """
    pairs = list(pairs)
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        for variable, value in pairs:
            update(variable.value, value)
        return

    # Across replicas, where a variable that all of them hold may be assigned.
    def update_all(strategy, *values):
        for (variable, _), value in zip(pairs, values, strict=True):
            strategy.extended.update(variable.value, update, args=(value,))

    values = [value for _, value in pairs]
    tf.distribute.get_replica_context().merge_call(update_all, args=values)
