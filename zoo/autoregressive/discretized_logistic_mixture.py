"""A mixture of rounded logistics for the levels of one variable.

P(x = k) = sum_i pi_i [S((k + 1/2 - m_i) / s_i) - S((k - 1/2 - m_i) / s_i)]
"""

import keras
import numpy as np

from ...layers.causal import GraphTables
from ...layers.heads import DiscretizedLogisticHead
from .tabular_model import TabularModel


@keras.saving.register_keras_serializable(package="genkeras")
class DiscretizedLogisticMixture(TabularModel):
    """One discrete variable, whose levels lie near each other or far apart.

        P(x = k) = sum_i pi_i [S((k + 1/2 - m_i) / s_i) - S((k - 1/2 - m_i) / s_i)]

    with `S` the sigmoid. The first and the last level take what lies beyond them. Where
    a `Histogram` learns each level for itself, this has three numbers a component, and
    gives levels that it has not seen about what it gives their neighbours. Components
    start evenly spread.

    Args:
        num_levels: int. How many levels, from 2 on.
        num_components: int. How many logistics are mixed.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, 1]` raw levels, of any dtype.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Raises:
        ValueError: for fewer than two levels, no component, or a condition.

    Example:
    >>> model = DiscretizedLogisticMixture(num_levels=100, num_components=4)
    >>> x = np.arange(100)[:, None]
    >>> float(np.exp(model.log_prob(x)).sum().round(4)), model.sample(5, seed=0).shape
    (1.0, TensorShape([5, 1]))

    Reference:
        Salimans et al., 2017, equation 2, https://arxiv.org/abs/1701.05517
    """

    def __init__(self, num_levels: int, num_components: int = 4, **kwargs):
        head = DiscretizedLogisticHead(
            num_levels, num_components=num_components, dtype=kwargs.get("dtype")
        )
        super().__init__(1, num_levels, head=head, **kwargs)
        self.num_components = num_components
        self.build()
        self.network.table.assign(self._start())

    def make_network(self, units):
        return GraphTables(units, [()], [self.num_levels], dtype=self.dtype_policy)

    def _start(self):
        """`[1, 3 K]`: weights alike, and a part of [-1, 1] to each component."""
        count = self.num_components
        means = (2.0 * np.arange(count) + 1.0) / count - 1.0
        log_scales = np.full(count, -np.log(2.0 * count))
        start = np.stack([np.zeros(count), means, log_scales], axis=-1)
        return start.reshape(1, -1)

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("head")
        return {**config, "num_components": self.num_components}
