"""A probability for each level of one variable.

P(x = k) = softmax(l)_k
"""

import keras
import numpy as np

from ...layers.causal import GraphTables
from .tables import check_pseudo_count, row_params
from .tabular_model import TabularModel


@keras.saving.register_keras_serializable(package="genkeras")
class Histogram(TabularModel):
    """A histogram: one discrete variable, and a probability for each of its levels.

    `fit` follows the gradient of the likelihood. `fit_counts` is done in one pass, with
    Laplace's smoothing: of `N` examples, of which `N_k` have the level `k`,

        P(x = k) = (N_k + s) / (N + s L)

    which is the mean under a Dirichlet prior, and for `s = 0` where `fit` ends.

    Args:
        num_levels: int. How many levels, `L`, from 2 on.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, 1]` raw levels, of any dtype.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Raises:
        ValueError: for fewer than two levels, or a condition.

    Example:
    >>> model = Histogram(num_levels=4)
    >>> model.fit_counts([[0], [0], [3]], smoothing=1.0)
    >>> np.exp(model.log_prob([[0], [1], [2], [3]])).round(3)
    array([0.429, 0.143, 0.143, 0.286], dtype=float32)

    Reference:
        Murphy, 2012, "Machine Learning: A Probabilistic Perspective", section 3.4,
        https://probml.github.io/pml-book/book0.html
    """

    def __init__(self, num_levels: int, **kwargs):
        super().__init__(1, num_levels, **kwargs)
        self.build()

    def make_network(self, units):
        return GraphTables(units, [()], [self.num_levels], dtype=self.dtype_policy)

    def fit_counts(self, x, *, smoothing: float = 1.0) -> None:
        """Sets the probabilities to those of the data, smoothed.

        Args:
            x: `[N, 1]` raw levels, all of the data.
            smoothing: float from 0 on. How many examples of each level are added.

        Raises:
            ValueError: for data that does not fit, or another smoothing.
        """
        x, _ = self._enter(x)
        check_pseudo_count(smoothing, "smoothing", len(x))
        levels = x.numpy()[:, 0].astype("int64")
        counts = np.bincount(levels, minlength=self.num_levels) + smoothing
        table = self.network.table
        table.assign(row_params(counts[None] / counts.sum(), table.shape[-1]))

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("head")
        return config
