"""How samples spread over modes that are known."""

import keras
import numpy as np
import tensorflow as tf

from ..data import Toy


@keras.saving.register_keras_serializable(package="genkeras")
class ModeCoverage(keras.metrics.Metric):
    """Counts the samples of each of `K` modes, which should be equally frequent.

    A mode is covered if at least one good sample of it has come, and if those are at
    least `min_share` of all samples. The divergence is `sum_k p_k log(p_k K)` over the
    shares `p` of all samples, good or not: 0 if they are equal, `log K` for one mode.
    An estimate from `N` samples is about `(K - 1) / 2N` too high.

    `nearest_modes` finds the modes of a mixture on the plane, and `stacked_modes` those
    of stacked MNIST: 1,000, three digits in three channels.

    Args:
        num_modes: int. `K`.
        min_share: float. Share of all samples that a covered mode has. With 0, one
            stray sample is enough, as is the rule for stacked MNIST.
        name: str. Of the metric.

    Call arguments:
        modes: `[B]` ints, from 0 to `K - 1`.
        good: None, if all samples are, or `[B]` bools.

    Returns:
        A dict of float64: `modes`, how many are covered; `high_quality_share`, of good
        samples; `reverse_kl` in nats.

    Raises:
        ValueError: if there were no samples; or, out of a graph, for another mode.

    Example:
    >>> coverage = ModeCoverage(num_modes=4)
    >>> found = coverage([0, 0, 2, 2])
    >>> {name: round(float(value), 4) for name, value in found.items()}
    {'modes': 2.0, 'high_quality_share': 1.0, 'reverse_kl': 0.6931}

    Reference:
        Srivastava et al., 2017, section 4.1, https://arxiv.org/abs/1705.07761;
        Lin et al., 2018, section 4.1, https://arxiv.org/abs/1712.04086
    """

    def __init__(
        self, num_modes: int, *, min_share: float = 0.0, name: str | None = None
    ):
        super().__init__(name=name, dtype="float64")
        if num_modes < 1 or not 0.0 <= min_share <= 1.0:
            raise ValueError(
                "ModeCoverage takes num_modes >= 1 and min_share from 0 to 1. "
                f"Received: num_modes={num_modes}, min_share={min_share}."
            )
        self.num_modes = num_modes
        self.min_share = min_share
        # Sums over samples, which replicas add up.
        self._counts = self.add_variable((num_modes,), "zeros", "float64", name="all")
        self._hits = self.add_variable((num_modes,), "zeros", "float64", name="good")

    def update_state(self, modes, good=None):
        """Counts a batch of modes."""
        modes = tf.convert_to_tensor(modes)
        if tf.executing_eagerly() and tf.size(modes):
            low, high = int(tf.reduce_min(modes)), int(tf.reduce_max(modes))
            if low < 0 or high >= self.num_modes:
                raise ValueError(
                    f"ModeCoverage counts the modes 0..{self.num_modes - 1}. Received: "
                    f"modes from {low} to {high}."
                )
        rows = tf.one_hot(modes, self.num_modes, dtype=tf.float64)  # [B, K]
        good = tf.ones_like(modes) if good is None else tf.convert_to_tensor(good)
        hits = tf.linalg.matvec(rows, tf.cast(good, tf.float64), transpose_a=True)
        self._counts.assign_add(tf.reduce_sum(rows, axis=0))
        self._hits.assign_add(hits)

    def result(self):
        counts, hits = (tf.convert_to_tensor(x) for x in (self._counts, self._hits))
        total = tf.reduce_sum(counts)
        if tf.executing_eagerly() and not total:
            raise ValueError("ModeCoverage has seen no samples.")
        covered = (hits > 0.0) & (hits / total >= self.min_share)
        shares = counts / total
        return {
            "modes": tf.reduce_sum(tf.cast(covered, tf.float64)),
            "high_quality_share": tf.reduce_sum(hits) / total,
            "reverse_kl": tf.reduce_sum(tf.math.xlogy(shares, shares * self.num_modes)),
        }

    def get_config(self):
        return {
            "name": self.name,
            "num_modes": self.num_modes,
            "min_share": self.min_share,
        }


def nearest_modes(samples, toy: Toy) -> tuple[np.ndarray, np.ndarray]:
    """Returns the nearest mode of each sample, and whether it is near.

    Args:
        samples: `[N, 2]`.
        toy: a toy with `modes`.

    Returns:
        `[N]` ints, and `[N]` bools: within 3 standard deviations.

    Example:
    >>> from genkeras.training.data import TOYS
    >>> nearest_modes([[1.0, 0.02], [1.0, 0.04]], TOYS["ring"])
    (array([0, 0]), array([ True, False]))
    """
    samples = np.asarray(samples, "float64")
    distances = np.linalg.norm(samples[:, None] - toy.modes, axis=-1)  # [N, K]
    return distances.argmin(axis=1), distances.min(axis=1) <= 3.0 * toy.mode_stddev


def stacked_modes(images, classify) -> np.ndarray:
    """Returns the mode of each image of stacked MNIST: its channels' digits in a row.

    Args:
        images: `[N, H, W, 3]`, a digit in each channel.
        classify: function from `[N, H, W, 1]` to the `[N, 10]` probabilities or logits
            of the digits.

    Returns:
        `[N]` ints from 0 to 999.

    Example:
    >>> images = np.zeros([5, 28, 28, 3]) + [0.4, 0.0, 0.7]
    >>> by_brightness = lambda x: np.eye(10)[(10 * x[:, 0, 0, 0]).astype(int)]
    >>> stacked_modes(images, by_brightness)
    array([407, 407, 407, 407, 407])
    """
    digits = [
        np.argmax(classify(images[..., channel : channel + 1]), axis=-1)
        for channel in range(3)
    ]
    return 100 * digits[0] + 10 * digits[1] + digits[2]


def mode_coverage(samples, toy: Toy) -> dict[str, float]:
    """Returns how samples spread over the modes of a mixture of equal Gaussians.

    A sample within 3 standard deviations of its nearest mode is good. A mode counts as
    covered if at least one sample in a thousand is a good one of it, so that a stray
    hit of one of many samples is no coverage.

    Args:
        samples: `[N, 2]`.
        toy: a toy with `modes`.

    Returns:
        `modes`, `share_within_3_stddev`, and `reverse_kl` in nats; see `ModeCoverage`.
    """
    coverage = ModeCoverage(len(toy.modes), min_share=0.001)
    found = coverage(*nearest_modes(samples, toy))
    return {
        "modes": int(found["modes"]),
        "share_within_3_stddev": float(found["high_quality_share"]),
        "reverse_kl": float(found["reverse_kl"]),
    }
