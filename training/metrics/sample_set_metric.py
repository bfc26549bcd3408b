"""What the metrics of sets of samples share."""

import abc
import math
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from ...layers.replicas import global_batch


class SampleSetMetric(keras.metrics.Metric, abc.ABC):
    """A number about sets of samples, which come in batches of any size, in float64.

    Batches go in by the name of their set, one set or several at a time. The variables
    are made at the first batch, when the number of features is known; under a strategy,
    `build` them in its scope. Each replica then sees the samples of all of them.

    A subclass gives its sets the arguments of `update_state` and calls `_update`; says
    in `_build` what it keeps, in `_add` what a batch changes, in `_state` what
    `_compute` needs, which is NumPy, and in `outputs` what that returns. `result`
    may cost far more than a batch, and runs in NumPy, which XLA cannot: call it once at
    the end, rather than in each step of `fit`.

    Args:
        extractor: None for the samples themselves, or a Keras model or any function
            from a batch of samples to `[B, ...]` features.
        name: str. Of the metric.
    """

    outputs: tuple[str, ...] | None = None  # names of the results; None for one number

    def __init__(self, extractor: Callable | None = None, *, name: str | None = None):
        super().__init__(name=name, dtype="float64")
        self.extractor = extractor
        self.num_features = None

    # === Batches ===
    def update_state(self, real=None, generated=None, sample_weight=None):
        """Adds a batch to the real samples, to the generated ones, or to both.

        Args:
            real: None, or `[B, *event]` numbers.
            generated: None, or as many or as few of the same.
            sample_weight: None, which is what `fit` passes.

        Raises:
            ValueError: if there is neither, or a weight; or, out of a graph, if a
                feature is not finite.
        """
        if sample_weight is not None:
            raise ValueError(
                f"{type(self).__name__} takes all samples alike. Received: a "
                "sample_weight. Pass the metric in metrics=, not in weighted_metrics=."
            )
        self._update(real=real, generated=generated)

    def _update(self, **batches):
        given = {name: x for name, x in batches.items() if x is not None}
        if not given:
            raise ValueError(
                f"{type(self).__name__} takes a batch of {' or '.join(batches)}. "
                "Received: none."
            )
        for name, x in given.items():
            features = self._features(x, name)
            if self.num_features is None:
                self.build(features.shape[1])
            if features.shape[1] != self.num_features:
                raise ValueError(
                    f"{type(self).__name__} has seen samples of {self.num_features} "
                    f"features. Received: {name} samples of {features.shape[1]}."
                )
            self._add(name, global_batch(features)[0])

    def _features(self, x, name):
        x = tf.convert_to_tensor(x if self.extractor is None else self.extractor(x))
        x = tf.cast(x, tf.float64)
        if not x.shape.rank or None in x.shape[1:]:
            raise ValueError(
                f"{type(self).__name__} takes {name} samples whose features have a "
                f"known shape [B, ...]. Received: {x.shape}."
            )
        # Values can be looked at only where there are some: not while tracing.
        if tf.executing_eagerly():
            bad = int(tf.math.count_nonzero(~tf.math.is_finite(x)))
            if bad:
                raise ValueError(
                    f"{type(self).__name__} takes finite features. Received: {bad} of "
                    f"{int(tf.size(x))} entries of {name} are NaN or infinite."
                )
        return tf.reshape(x, [-1, math.prod(x.shape[1:])])  # [B, D]

    def build(self, num_features: int) -> None:
        """Makes the variables."""
        self.num_features = num_features
        self._build(num_features)

    # === Subclasses ===
    @abc.abstractmethod
    def _build(self, num_features: int) -> None: ...

    @abc.abstractmethod
    def _add(self, name: str, features: tf.Tensor) -> None: ...

    @abc.abstractmethod
    def _state(self) -> list[tf.Tensor]: ...

    @abc.abstractmethod
    def _compute(self, *state: np.ndarray): ...

    def add_variable(self, shape, name, dtype="float64"):
        # All replicas hold the same, since each has added the samples of all.
        return super().add_variable(
            shape, "zeros", dtype, aggregation="only_first_replica", name=name
        )

    # === Result ===
    def result(self):
        if self.num_features is None:
            raise ValueError(f"{type(self).__name__} has seen no samples.")
        state = self._state()
        if tf.executing_eagerly():
            values = tf.constant(self._compute(*(x.numpy() for x in state)), tf.float64)
        else:
            values = tf.numpy_function(
                lambda *x: np.asarray(self._compute(*x), "float64"), state, tf.float64
            )
        if self.outputs is None:
            return tf.ensure_shape(values, [])
        values = tf.ensure_shape(values, [len(self.outputs)])
        return dict(zip(self.outputs, tf.unstack(values), strict=True))

    def _check_counts(self, least: int, **counts) -> None:
        if min(counts.values()) < least:
            received = ", ".join(f"{int(n)} {name}" for name, n in counts.items())
            raise ValueError(
                f"{type(self).__name__} needs at least {least} samples of each set. "
                f"Received: {received}."
            )

    # === Saving ===
    def get_config(self):
        extractor = keras.saving.serialize_keras_object(self.extractor)
        return {"name": self.name, "extractor": extractor}

    @classmethod
    def from_config(cls, config):
        extractor = keras.saving.deserialize_keras_object(config.get("extractor"))
        return cls(**{**config, "extractor": extractor})
