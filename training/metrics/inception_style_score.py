"""How sure a classifier is of samples, and how evenly it spreads them."""

import keras
import numpy as np
import tensorflow as tf

from .sample_set_metric import SampleSetMetric


@keras.saving.register_keras_serializable(package="genkeras")
class InceptionStyleScore(SampleSetMetric):
    """The formula of the Inception Score, with any classifier.

        exp(E_x KL(p(y|x) || p(y))),   p(y) = E_x p(y|x)

    From 1, no class told from another, to the number of classes, each sample of one
    class for sure and all equally frequent. Only with the published Inception network
    is it the Inception Score: **with any other classifier, no number compares with a
    published one**. It never looks at real data, and one perfect sample of each class
    gets the highest score.

    The mean and the standard deviation are over `num_splits` parts of the samples; the
    i-th sample goes to part `i % num_splits`, so that samples in the order of their
    classes do no harm. Streams: nothing is kept but sums.

    Args:
        classifier: None if the samples are the probabilities already, or a Keras model
            or any function from a batch to `[B, K]` probabilities.
        num_splits: int. Parts; 10 in the paper.
        name: str. Of the metric.

    Returns:
        A dict of float64: `inception_style_score`, `inception_style_score_stddev`.

    Raises:
        ValueError: for fewer samples than parts; or, out of a graph, for numbers that
            are no probabilities.

    Example:
    >>> score = InceptionStyleScore(num_splits=2)
    >>> found = score(np.tile(np.eye(3), [4, 1]))  # sure of each, and all alike often
    >>> {name: round(float(value), 6) for name, value in found.items()}
    {'inception_style_score': 3.0, 'inception_style_score_stddev': 0.0}

    Reference:
        Salimans et al., 2016, section 4, https://arxiv.org/abs/1606.03498;
        Barratt and Sharma, 2018, on its limits, https://arxiv.org/abs/1801.01973
    """

    outputs = ("inception_style_score", "inception_style_score_stddev")

    def __init__(
        self, classifier=None, *, num_splits: int = 10, name: str | None = None
    ):
        super().__init__(classifier, name=name)
        if num_splits < 1:
            raise ValueError(
                "InceptionStyleScore takes num_splits >= 1. Received: "
                f"num_splits={num_splits}."
            )
        self.num_splits = num_splits

    def update_state(self, generated):
        """Adds `[B, *event]` samples, or `[B, K]` probabilities."""
        self._update(generated=generated)

    def _build(self, num_features):
        self._counts = self.add_variable((self.num_splits,), "counts")
        self._negentropy = self.add_variable((self.num_splits,), "negentropy")
        self._sums = self.add_variable((self.num_splits, num_features), "sums")

    def _add(self, name, probabilities):
        if tf.executing_eagerly():
            _check_probabilities(probabilities.numpy())
        before = tf.cast(tf.reduce_sum(self._counts), tf.int64)
        order = before + tf.range(tf.shape(probabilities, tf.int64)[0])
        parts = tf.one_hot(order % self.num_splits, self.num_splits, dtype=tf.float64)
        terms = tf.math.xlogy(probabilities, probabilities)
        negentropy = tf.reduce_sum(terms, axis=1)  # [B]
        self._counts.assign_add(tf.reduce_sum(parts, axis=0))
        self._negentropy.assign_add(
            tf.linalg.matvec(parts, negentropy, transpose_a=True)
        )
        self._sums.assign_add(tf.matmul(parts, probabilities, transpose_a=True))

    def _state(self):
        states = (self._counts, self._negentropy, self._sums)
        return [tf.convert_to_tensor(x) for x in states]

    def _compute(self, counts, negentropy, sums):
        self._check_counts(self.num_splits, generated=counts.sum())
        marginal = sums / counts[:, None]  # [S, K]
        terms = marginal * np.log(np.where(marginal > 0.0, marginal, 1.0))
        scores = np.exp(negentropy / counts - terms.sum(axis=1))
        return scores.mean(), scores.std()

    def get_config(self):
        config = super().get_config()
        config["classifier"] = config.pop("extractor")
        return {**config, "num_splits": self.num_splits}

    @classmethod
    def from_config(cls, config):
        classifier = keras.saving.deserialize_keras_object(config["classifier"])
        return cls(**{**config, "classifier": classifier})


def _check_probabilities(x):
    off = np.abs(x.sum(axis=1) - 1.0).max(initial=0.0)
    low = x.min(initial=0.0)
    if low < 0.0 or off > 1e-3:
        raise ValueError(
            "InceptionStyleScore takes probabilities, not negative and of sum 1, and "
            f"no logits. Received: a lowest of {low:g}, and a sum {off:g} off."
        )
