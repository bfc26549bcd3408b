"""Mixtures of one family: a latent variable that can be summed over.

    p(x) = sum_k w_k p_k(x)

Reference:
    Dempster, Laird and Rubin, 1977, "Maximum Likelihood from Incomplete Data via the
    EM Algorithm", https://www.jstor.org/stable/2984875
"""

import abc

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ..base import DensityModel, refusal
from .k_means import k_means

tfd = tfp.distributions


class MixtureModel(DensityModel):
    """A mixture of `K` components of one family, exact, and with clusters.

        p(x) = sum_k w_k p_k(x),   w = softmax(logits)
        responsibilities r_k(x) = w_k p_k(x) / p(x)

    `fit` follows the gradient of the likelihood; `fit_em` takes EM's steps, of which
    none lowers it. A subclass fills in `components`, `_component_log_prob` and, for EM,
    `_statistics`, `_maximize` and `_log_prior`.

    Args:
        event_shape: sequence of int. Shape of one example.
        num_components: int. How many components, `K`.
        **kwargs: `num_levels`, `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, *event_shape]`.

    Returns:
        `[B]` floats: `log p(x)` in nats.
    """

    def __init__(self, event_shape, num_components: int, **kwargs):
        if kwargs.pop("condition_spec", None) is not None:
            raise ValueError(
                f"{type(self).__name__} is unconditional. Received: condition_spec=."
            )
        super().__init__(event_shape, **kwargs)
        self.num_components = num_components
        self.logits = self.add_weight(
            shape=(num_components,), initializer="zeros", name="logits"
        )

    # === To be filled in by a model ===
    @abc.abstractmethod
    def components(self, which=None) -> tfd.Distribution:
        """Returns the components: batch `[K]`, or one for each index in `which`."""

    @abc.abstractmethod
    def _component_log_prob(self, x):
        """Returns `log p_k(x)`: `[B, *event]` to `[B, K]`."""

    @abc.abstractmethod
    def _statistics(self, x, r) -> dict:
        """Returns sums over the rows of `x`, `[B, D]`, weighted by `r`, `[B, K]`."""

    @abc.abstractmethod
    def _maximize(self, statistics, whole, pseudo_count):
        """Sets the components to the maximum, of sums over all rows."""

    @abc.abstractmethod
    def _log_prior(self, whole):
        """Returns the logarithm of the prior of one pseudo-example, of the weights."""

    # === The density ===
    def distribution(self, condition=None):
        mixture = tfd.Categorical(logits=tf.convert_to_tensor(self.logits))
        return tfd.MixtureSameFamily(mixture, self.components())

    def _log_prob(self, x, condition, seed):
        return tf.reduce_logsumexp(self._log_joint(x), axis=-1)

    def _log_joint(self, x):
        """Returns `log w_k p_k(x)`: `[B, K]`."""
        log_weights = tf.nn.log_softmax(tf.convert_to_tensor(self.logits))
        return log_weights + self._component_log_prob(x)

    def _sample(self, num_samples, condition, seed):
        # Of the chosen components alone: TFP draws from all, and keeps one in `K`.
        which_seed, seed = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        mixture = tfd.Categorical(logits=tf.convert_to_tensor(self.logits))
        which = mixture.sample([num_samples], seed=which_seed)
        return self._to_data(self.components(which).sample(seed=seed))

    # === Clusters ===
    def responsibilities(self, x) -> tf.Tensor:
        """Returns the posterior of the component, `r_k(x)`.

        Args:
            x: `[B, *event_shape]`.

        Returns:
            `[B, K]` floats that add up to 1.
        """
        x, _ = self._enter(x)
        return tf.nn.softmax(self._log_joint(x))

    def predict_cluster(self, x) -> tf.Tensor:
        """Returns the component that is most responsible for each example.

        Args:
            x: `[B, *event_shape]`.

        Returns:
            `[B]` int32 below `K`.
        """
        x, _ = self._enter(x)
        return tf.argmax(self._log_joint(x), axis=-1, output_type=tf.int32)

    # === Expectation and maximization ===
    def start_from(self, x, *, pseudo_count: float = 0.0, seed: int = 0) -> None:
        """Sets the components to the clusters of k-means, after a k-means++ start.

        Args:
            x: `[N, *event_shape]` array, all of the data.
            pseudo_count: float. As for `fit_em`.
            seed: int.

        Raises:
            ValueError: for fewer examples than components, or what does not fit.
        """
        flat = self._flat(self._enter(x)[0].numpy())
        if len(flat) < self.num_components:
            raise refusal(
                f"{self._class_name} starts from at least as many examples as it has "
                f"components. Received: {len(flat)} examples and "
                f"{self.num_components} components."
            )
        labels = k_means(flat, self.num_components, np.random.default_rng(seed))
        hard = np.eye(self.num_components, dtype=flat.dtype)
        sums = _sum_up(
            self._statistics(flat[rows], hard[labels[rows]])
            for rows in _parts(len(flat), 1000)
        )
        self._step(sums, _averages(flat), pseudo_count)

    def fit_em(
        self,
        x,
        *,
        num_steps: int = 100,
        tolerance: float = 1e-4,
        pseudo_count: float = 0.0,
        start: str | None = "k-means++",
        seed: int = 0,
        batch_size: int = 1000,
    ) -> dict[str, list[float]]:
        """Trains by expectation and maximization over all of the data at once.

        Maximizes the likelihood, or given a `pseudo_count` the posterior density of the
        weights, as if every component had seen so many examples of the data as a whole
        beforehand: a component of few examples is then neither lost nor certain.

        Args:
            x: `[N, *event_shape]` array.
            num_steps: int. How many steps at most.
            tolerance: float. Stops once a step gains less than this many nats an
                example.
            pseudo_count: float. The strength of the prior, 0 for none.
            start: "k-means++", or None to go on from the present weights.
            seed: int. Of the start.
            batch_size: int. How many examples are in memory with their
                responsibilities; changes nothing else.

        Returns:
            For each step what the weights before it gave: `nll` in nats per example,
            and `loss`, that with the prior.

        Raises:
            ValueError: for another start, or data that does not fit.
        """
        if start not in ("k-means++", None):
            raise refusal(f"`start` is 'k-means++' or None. Received: {start!r}.")
        if start is not None:
            self.start_from(x, pseudo_count=pseudo_count, seed=seed)
        events = self._enter(x)[0].numpy()
        flat, history = self._flat(events), {"nll": [], "loss": []}
        whole, log_joint = _averages(flat), tf.function(self._log_joint)
        for _ in range(num_steps):
            nll, sums = self._expect(events, flat, log_joint, batch_size)
            prior = pseudo_count * float(self._log_prior(whole)) if pseudo_count else 0
            history["nll"].append(nll)
            history["loss"].append(nll - prior / len(flat))
            self._step(sums, whole, pseudo_count)
            if len(history["loss"]) > 1:
                before, after = history["loss"][-2:]
                if before - after < tolerance:
                    break
        return history

    def _flat(self, x):
        return np.reshape(x, [len(x), -1])

    def _expect(self, events, flat, log_joint, batch_size):
        total, sums = 0.0, []
        for rows in _parts(len(flat), batch_size):
            joint = log_joint(tf.constant(events[rows]))
            log_prob = tf.reduce_logsumexp(joint, axis=-1, keepdims=True)
            total += float(np.sum(log_prob, dtype="float64"))
            sums.append(self._statistics(flat[rows], tf.exp(joint - log_prob).numpy()))
        return -total / len(flat), _sum_up(sums)

    def _step(self, sums, whole, pseudo_count):
        count = sums["count"] + pseudo_count
        # A component without an example keeps a weight that has a logarithm.
        self.logits.assign(np.log(np.maximum(count / count.sum(), 1e-12)))
        self._maximize(sums, whole, pseudo_count)

    def _xla_pays_on_cpu(self):
        return True

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("condition_spec")
        return {**config, "num_components": self.num_components}


def _parts(size, part):
    return [slice(i, i + part) for i in range(0, size, part)]


def _sum_up(parts):
    """Adds dicts of sums, in double precision."""
    total = {}
    for part in parts:
        for name, value in part.items():
            total[name] = total.get(name, 0.0) + value.astype("float64")
    return total


def _averages(flat):
    mean = flat.mean(axis=0, dtype="float64")
    return {"mean": mean, "variance": flat.var(axis=0, dtype="float64")}
