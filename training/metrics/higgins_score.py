"""Whether each factor of variation has latents of its own."""

from collections.abc import Callable

import numpy as np


def higgins_score(
    encode: Callable,
    draw_factors: Callable,
    render: Callable,
    factors,
    *,
    num_pairs: int = 32,
    num_train: int = 600,
    num_test: int = 300,
    seed: int = 0,
) -> float:
    """Returns how often a linear classifier tells which factor two examples share.

    For each of its points a factor is chosen, and pairs are drawn that agree in it and
    in nothing else:

        z = mean over pairs of |encode(a) - encode(b)|

    A latent that is the factor's alone has a difference of 0, and gives it away, so a
    code whose latents follow one factor each scores 1; by chance it is one over their
    number. Latents are divided by their standard deviation.

    Args:
        encode: function from examples to `[N, Z]`: of a posterior, its mean.
        draw_factors: function from a number and a `np.random.Generator` to `[N, F]`.
        render: function from factors to examples.
        factors: sequence of int. Which columns are chosen from.
        num_pairs: int. Pairs of a point.
        num_train: int. Points that the classifier learns from.
        num_test: int. Points that it is scored on.
        seed: int.

    Returns:
        The accuracy, in `[0, 1]`.

    Example:
    >>> def draw(n, rng): return rng.normal(size=(n, 3))
    >>> higgins_score(lambda x: x, draw, lambda f: f, (0, 1, 2), num_pairs=8) > 0.9
    True

    Reference:
        Higgins et al., 2017, section 3, https://openreview.net/forum?id=Sy2fzU9gl
    """
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(seed)
    count = num_train + num_test
    chosen = rng.integers(len(factors), size=count)

    def point(which):
        first, second = (draw_factors(num_pairs, rng) for _ in range(2))
        second[:, factors[which]] = first[:, factors[which]]
        both = np.asarray(encode(render(np.concatenate([first, second]))))
        return both.reshape(2, num_pairs, -1)

    pairs = np.stack([point(which) for which in chosen])  # [points, 2, pairs, Z]
    spread = pairs.reshape(-1, pairs.shape[-1]).std(axis=0) + 1e-6
    z = np.mean(np.abs(pairs[:, 0] - pairs[:, 1]) / spread, axis=1)
    classifier = LogisticRegression(C=100.0, max_iter=2000)
    classifier.fit(z[:num_train], chosen[:num_train])
    return float(classifier.score(z[num_train:], chosen[num_train:]))
