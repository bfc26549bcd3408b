"""Rows that a metric keeps."""

import tensorflow as tf


class SampleStore:
    """Keeps the rows of batches in their order, up to a fixed number of them.

    Args:
        metric: `SampleSetMetric`. Owns the variables.
        name: str. What the rows are, for the error.
        max_samples: int. The most rows.
        size: int. Numbers `D` in a row.
    """

    def __init__(self, metric, name: str, max_samples: int, size: int):
        self._owner = type(metric).__name__
        self._name = name
        self._max_samples = max_samples
        self._rows = metric.add_variable((max_samples, size), f"{name}_rows")
        self._count = metric.add_variable((), f"{name}_count", "int64")

    def append(self, rows: tf.Tensor) -> None:
        """Keeps `[B, D]` more rows.

        Raises:
            tf.errors.InvalidArgumentError: if they become too many.
        """
        count = tf.convert_to_tensor(self._count)
        end = count + tf.shape(rows, tf.int64)[0]
        fits = tf.debugging.assert_less_equal(
            end,
            tf.constant(self._max_samples, tf.int64),
            f"{self._owner} was made to keep max_samples={self._max_samples} of the "
            f"{self._name} samples. Pass more, or fewer samples.",
        )
        with tf.control_dependencies([] if fits is None else [fits]):
            places = tf.range(count, end)[:, None]  # [B, 1]
        kept = tf.convert_to_tensor(self._rows)
        self._rows.assign(tf.tensor_scatter_nd_update(kept, places, rows))
        self._count.assign(end)

    def read(self) -> tf.Tensor:
        """Returns the `[N, D]` rows so far."""
        count = tf.convert_to_tensor(self._count)
        return tf.convert_to_tensor(self._rows)[:count]
