"""What is wrong with values that only a graph sees."""

import contextlib
import types

import tensorflow as tf

from .refusal import refusal


class DataWatch:
    """Counts, inside graphs, what the front door would have refused of the values.

    While a graph is traced there are no values to look at, and later there is nobody to
    raise. So the graph counts what does not fit, up to and with the first batch in
    which there is something, and the count is read outside it. Asserts would be
    dropped by XLA.

    Args:
        door: the model's `FrontDoor`.

    Example:
    >>> from genkeras.zoo import FrontDoor
    >>> door = FrontDoor("Toy", (2,), "float32", value_range=(0.0, 1.0))
    >>> watch = DataWatch(door)
    >>> for x in (tf.zeros([5, 2]), tf.fill([5, 2], 7.0), tf.zeros([5, 2])):
    ...     watch.look(x, None)
    >>> watch.report()
    Traceback (most recent call last):
    ValueError: Toy takes data in [0, 1]. Received: 10 entries outside it in batch 2.
    """

    def __init__(self, door):
        self.door = door
        # Of each replica its own, added up where it is read.
        self._counts = tf.Variable(
            tf.zeros([len(door.fault_messages()) + 1], tf.int32),
            trainable=False,
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.SUM,
        )

    def reset(self) -> None:
        """Forgets all batches."""
        self._counts.assign(tf.zeros_like(self._counts))

    def look(self, x, condition, **sizes) -> None:
        """Counts the faults of one batch, unless there were some before.

        Args:
            x: `[B, *event]` of any dtype, as it came.
            condition: what belongs to it, as it came.
            **sizes: what `FrontDoor.faults` takes.
        """
        faults = self.door.faults(x, condition, **sizes)
        batch = tf.concat([faults, [1]], axis=0)
        clean = tf.reduce_sum(self._counts[:-1]) == 0
        self._counts.assign_add(tf.where(clean, batch, tf.zeros_like(batch)))

    @contextlib.contextmanager
    def watching(self):
        """A scope of batches, at whose end a fault is raised."""
        self.reset()
        yield
        self.report()

    def report(self, epoch: int | None = None) -> None:
        """Raises if a batch did not fit.

        Args:
            epoch: None, or the number of the epoch, from 1 on.

        Raises:
            ValueError: naming the kind, how many entries, and in which batch.
        """
        *counts, batch = tf.convert_to_tensor(self._counts).numpy().tolist()
        for count, message in zip(counts, self.door.fault_messages(), strict=True):
            if count:
                replicas = tf.distribute.get_strategy().num_replicas_in_sync
                where = f"batch {-(-batch // replicas)}"
                where += "" if epoch is None else f" of epoch {epoch}"
                self.reset()
                raise refusal(message.format(count=count, where=where))


def watches(door):
    """Returns a watch for each thing that is done with data, as attributes."""
    names = ("train", "test", "predict")
    return types.SimpleNamespace(**{name: DataWatch(door) for name in names})
