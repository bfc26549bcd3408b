"""What is done in the same way on one device and on many replicas.

Everything here works outside a strategy, under one, and inside a replica; with one
replica, each function is the plain operation.
"""

import functools

import tensorflow as tf


# === Where we are ===
def num_replicas() -> int:
    """Returns how many replicas take each step together.

    Example:
    >>> num_replicas()
    1
    """
    return tf.distribute.get_strategy().num_replicas_in_sync


def replica_index():
    """Returns which replica this is, from 0 on; 0 outside of one."""
    context = tf.distribute.get_replica_context()
    return context.replica_id_in_sync_group if context else 0


def across_workers(strategy: tf.distribute.Strategy) -> bool:
    """Returns whether the replicas of a strategy are spread over processes.

    Example:
    >>> across_workers(tf.distribute.get_strategy())
    False
    """
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Returns whether this process is the one that writes what all have learned.

    Example:
    >>> is_chief(tf.distribute.get_strategy())
    True
    """
    if not across_workers(strategy):
        return True
    resolver = strategy.cluster_resolver
    first = "chief" if "chief" in resolver.cluster_spec().jobs else "worker"
    return (resolver.task_type, resolver.task_id) in ((first, 0), (None, None))


def _meeting_context():
    """The context of a replica that others run beside, or None."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return None
    return context


# === What replicas tell each other ===
def sum_over_replicas(values):
    """Returns the sums over all replicas of a tensor, or of each of a structure."""
    context = _meeting_context()
    if context is None:
        return values
    return context.all_reduce(tf.distribute.ReduceOp.SUM, values)


def global_batch(x) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the rows of all replicas, in order, and where this one's begin.

    Args:
        x: `[B, ...]`; the batches of different replicas may differ in size.

    Example:
    >>> rows, first = global_batch(tf.range(3))
    >>> rows.numpy(), int(first)
    (array([0, 1, 2], dtype=int32), 0)
    """
    context = _meeting_context()
    if context is None:
        return x, tf.constant(0)
    counts = context.all_gather(tf.shape(x)[:1], axis=0)
    before = tf.range(context.num_replicas_in_sync) < replica_index()
    first = tf.reduce_sum(tf.where(before, counts, 0))
    return context.all_gather(x, axis=0), first


def global_moments(x) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the mean and variance of each channel over the *global* batch.

    Under a strategy, in a replica, the sums run over every replica, so that two
    devices with half a batch each get what one device gets from the whole; a replica
    may be empty. Differentiable.

    Args:
        x: `[..., C]` floats.

    Returns:
        Two `[C]` tensors. The variance is the biased one, of mean squares, taken in a
        second pass, since `E[x^2] - E[x]^2` loses every digit where the mean is large.

    Example:
    >>> mean, variance = global_moments(tf.constant([[1.0, 0.0], [3.0, 0.0]]))
    >>> mean.numpy(), variance.numpy()
    (array([2., 0.], dtype=float32), array([1., 0.], dtype=float32))
    """
    flat = tf.reshape(x, [-1, x.shape[-1]])  # [N, C]
    count, total = sum_over_replicas(
        [tf.cast(tf.shape(flat)[0], x.dtype), tf.reduce_sum(flat, axis=0)]
    )
    mean = total / count
    (squares,) = sum_over_replicas([tf.reduce_sum((flat - mean) ** 2, axis=0)])
    return mean, squares / count


@functools.cache
def gather_rows(strategy: tf.distribute.Strategy):
    """Returns a function of a `[K]` tensor to what all replicas gave it.

    For use between steps, on all workers: each waits for the others. It gives a
    `[replicas, K]` array; the chief's rows come first.

    Example:
    >>> gather_rows(tf.distribute.get_strategy())(tf.constant([7])).tolist()
    [[7]]
    """

    def gather(values):
        return tf.distribute.get_replica_context().all_gather(values[None], axis=0)

    @tf.function(autograph=False)
    def rows(values):
        everywhere = strategy.run(gather, args=(values,))
        return strategy.experimental_local_results(everywhere)[0]

    return lambda values: rows(values).numpy()


# === What each replica does alike, or for itself ===
def fold_in_replica(seed):
    """Returns another stateless pair on each replica, so that their noise differs."""
    return tf.random.experimental.stateless_fold_in(seed, replica_index())


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
    if num_replicas() == 1:
        for variable, value in pairs:
            update(variable.value, value)
        return

    # Across replicas, where a variable that all of them hold may be assigned.
    def update_all(strategy, *values):
        for (variable, _), value in zip(pairs, values, strict=True):
            strategy.extended.update(variable.value, update, args=(value,))

    values = [value for _, value in pairs]
    tf.distribute.get_replica_context().merge_call(update_all, args=values)
