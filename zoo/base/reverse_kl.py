"""Training towards a density that is given, and not its samples."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ...layers.flows import ActNorm
from .refusal import refusal

tfd = tfp.distributions


def reverse_kl(model, target_log_prob_fn: Callable):
    """Returns what takes steps of a model down the reverse divergence to a density.

    Args:
        model: a compiled `DensityModel`, unconditional, of continuous data.
        target_log_prob_fn: function from `[N, *event_shape]` to `[N]` nats.

    Raises:
        ValueError: for a model that cannot be trained so.
    """
    return _ReverseKL(model, target_log_prob_fn)


class _ReverseKL:
    """Steps of a model down the reverse divergence to a density.

        loss = E_{x ~ q}[log q(x) - target_log_prob_fn(x)]

    The draws are functions of noise and of the weights, through which the gradient
    goes.
    """

    names = ("loss", "entropy", "target_log_prob")

    def __init__(self, model, target_log_prob_fn: Callable):
        self._model = model
        self._target_log_prob_fn = target_log_prob_fn
        self._check_model()
        with model.distribute_strategy.scope():
            self._trackers = {n: keras.metrics.Mean(name=n) for n in self.names}
        for layer in model._flatten_layers():
            if isinstance(layer, ActNorm):
                # What is trained here is not to start anew from data that comes later.
                layer.initialized.assign(tf.ones([], tf.bool))

    def _check_model(self):
        model, name = self._model, type(self._model).__name__
        if model.condition_encoder is not None:
            raise refusal(
                f"{name}.fit takes a target_log_prob_fn of an unconditional model. "
                f"Received: condition_spec={model.condition_spec}."
            )
        if model.num_levels is not None:
            raise refusal(
                f"{name}.fit takes a target_log_prob_fn of continuous data: levels "
                f"have no gradient. Received: num_levels={model.num_levels}."
            )
        model._ensure_built()
        kind = model.distribution().reparameterization_type
        if kind is not tfd.FULLY_REPARAMETERIZED:
            raise refusal(
                f"{name}.fit takes a target_log_prob_fn where samples have a gradient, "
                f"as those of flows have. Received: a distribution() that is {kind}."
            )

    @property
    def metrics(self) -> list:
        """The trackers, which Keras resets each epoch."""
        return list(self._trackers.values())

    def steps(self, num_draws: int, count: int | None) -> tf.data.Dataset:
        """Returns as many batches as an epoch has steps; of a batch only rows count.

        So a strategy deals the draws over its replicas as it deals data.
        """
        if not isinstance(count, int | np.integer) or count < 1:
            raise refusal(
                f"{type(self._model).__name__}.fit has no data to count with a "
                "target_log_prob_fn, and takes steps_per_epoch from 1 on. Received: "
                f"steps_per_epoch={count!r}."
            )
        shape = [num_draws, *self._model.event_shape]
        rows = tf.zeros(shape, self._model.variable_dtype)
        return tf.data.Dataset.from_tensors(rows).repeat(count)

    def step(self, data) -> dict:
        """Takes one step, and returns the metrics."""
        model = self._model
        terms = model._descend(self._terms, data, model._next_seed(), self.names)
        return model._track(terms, trackers=self._trackers)

    def _terms(self, rows, seed):
        q = self._model.distribution()
        x, log_q = q.experimental_sample_and_log_prob(tf.shape(rows)[:1], seed=seed)
        target = tf.cast(self._target_log_prob_fn(x), log_q.dtype)
        if target.shape.rank != 1:
            raise refusal(
                "A target_log_prob_fn gives each example one log-density, [N] in all. "
                f"Received: shape {tuple(target.shape)} for {tuple(x.shape)}."
            )
        return {"loss": log_q - target, "entropy": -log_q, "target_log_prob": target}
