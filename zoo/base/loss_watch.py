"""Where training went wrong: the first step whose loss is no number."""

import tensorflow as tf

from ...layers.replicas import replica_index


class TrainingStoppedError(ValueError):
    """A run that can only get worse, ended before a checkpoint keeps its weights."""


class LossWatch:
    """Remembers, inside graphs, the first step of an epoch whose loss is not finite.

    The weights are lost a step later, and the batch is gone; so its statistics are kept
    in the graph and read outside it.

    Args:
        owner: str. Whose loss it is.
        num_replicas: int. How many replicas look.

    Example:
    >>> watch = LossWatch("Toy", 1)
    >>> for loss in (1.0, float("nan"), float("nan")):
    ...     watch.look({"loss": tf.constant([loss])}, tf.constant([[0.0, 4.0]]))
    >>> try:
    ...     watch.report(1)
    ... except TrainingStoppedError as error:
    ...     print(str(error)[:70])
    Training stopped: the loss of Toy is not finite from step 2 of epoch 1
    """

    def __init__(self, owner: str, num_replicas: int):
        self.owner = owner
        self._num_replicas = num_replicas
        # Of each replica a row, in its own copy; added up where it is read:
        # whether there was one, steps up to it, examples, lowest, highest, mean.
        self._rows = tf.Variable(
            tf.zeros([num_replicas, 6]),
            trainable=False,
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.SUM,
        )

    def reset(self) -> None:
        """Forgets all steps."""
        self._rows.assign(tf.zeros_like(self._rows))

    def look(self, terms: dict, x) -> None:
        """Looks at the terms of a step, unless one before it was bad.

        Args:
            terms: dict of `[B]` tensors.
            x: `[B, *event]`, the batch.
        """
        index = replica_index()
        row = self._rows[index]
        total = tf.add_n(
            [tf.reduce_sum(tf.cast(t, tf.float32)) for t in terms.values()]
        )
        bad = tf.logical_not(tf.math.is_finite(total))
        facts = tf.cond(bad, lambda: _facts(x), lambda: tf.zeros([4]))
        new = tf.concat([[tf.cast(bad, tf.float32), row[1] + 1.0], facts], axis=0)
        new = tf.where(row[0] > 0.0, row, new)
        mine = tf.one_hot(index, self._num_replicas)[:, None]
        self._rows.assign_add(mine * (new - row))

    def report(self, epoch: int) -> None:
        """Raises if a step was bad.

        Args:
            epoch: int. The number of the epoch, from 1 on.

        Raises:
            TrainingStoppedError: naming the step and what its batch was like.
        """
        rows = tf.convert_to_tensor(self._rows).numpy()
        bad = rows[rows[:, 0] > 0.0]
        if not len(bad):
            return
        first = bad[bad[:, 1] == bad[:, 1].min()]
        _, step, count, low, high, mean = first[0]
        self.reset()
        raise TrainingStoppedError(
            f"Training stopped: the loss of {self.owner} is not finite from step "
            f"{int(step)} of epoch {epoch} on. Its batch: {count:.0f} examples, values "
            f"from {low:.6g} to {high:.6g}, mean {mean:.6g}."
        )


def _facts(x):
    x = tf.cast(x, tf.float32)
    count = tf.cast(tf.shape(x)[0], tf.float32)
    return tf.stack([count, tf.reduce_min(x), tf.reduce_max(x), tf.reduce_mean(x)])
