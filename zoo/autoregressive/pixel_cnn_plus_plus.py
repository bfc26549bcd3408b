"""PixelCNN++: two streams through several resolutions, and mixtures of logistics.

Reference:
    Salimans et al., 2017, "PixelCNN++: Improving the PixelCNN with Discretized Logistic
    Mixture Likelihood and Other Modifications", https://arxiv.org/abs/1701.05517
"""

from collections.abc import Sequence

import keras

from ...layers.causal import CausalSequence, EachPosition, PixelCNNPlusPlusStack
from ...layers.heads import DiscretizedLogisticHead
from .autoregressive_model import AutoregressiveModel


@keras.saving.register_keras_serializable(package="genkeras")
class PixelCNNPlusPlus(AutoregressiveModel):
    """Down- and up-sampling with short-cuts, and a mixture of logistics a pixel.

        p(x) = prod_pixels sum_k pi_k prod_c P(x_c; m_kc + sum_(b<c) a_kbc x_b, s_kc)

    Lower resolutions carry what is far away at a fourth of the work, and short-cuts
    past them what is near. A mixture draws all channels of a pixel from one component,
    whose means see the channels before. A condition, such as a class, shifts the gates
    of every block.

    Args:
        event_shape: sequence of int. `(H, W, C)`; `H` and `W` divide by
            `2 ** (num_resolutions - 1)`.
        filters: int. Width of both streams.
        num_blocks: int. Blocks of each resolution, down and up.
        num_resolutions: int. How many there are, the image's own among them.
        dropout: float in [0, 1). Share that training drops in each block.
        num_components: int. Logistics of the mixture, unless `head` is given.
        head: None for that mixture, of data with more than two levels, and for the
            plain one of other data; or an `OutputHead`.
        **kwargs: `num_levels`, `condition_spec`, `seed`, ... as for
            `AutoregressiveModel`.

    Raises:
        ValueError: for an image that cannot be halved often enough.

    Example:
    >>> model = PixelCNNPlusPlus((8, 4, 3), 4, 1, num_resolutions=2, num_levels=256)
    >>> model.log_prob(np.zeros([2, 8, 4, 3])).shape, model.is_bound
    (TensorShape([2]), False)

    Reference:
        Salimans et al., 2017, section 2, https://arxiv.org/abs/1701.05517
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        filters: int = 48,
        num_blocks: int = 2,
        *,
        num_resolutions: int = 3,
        dropout: float = 0.0,
        num_components: int = 10,
        head=None,
        num_levels: int | None = None,
        **kwargs,
    ):
        if head is None and num_levels is not None and num_levels > 2:
            head = DiscretizedLogisticHead(
                num_levels, num_components=num_components, dtype=kwargs.get("dtype")
            )
        super().__init__(event_shape, head=head, num_levels=num_levels, **kwargs)
        self._check_image()
        self.filters = filters
        self.num_blocks = num_blocks
        self.num_resolutions = num_resolutions
        self.dropout = dropout
        self.num_components = num_components
        self._check_sides()
        self.build()

    def _check_sides(self):
        factor = 2 ** (self.num_resolutions - 1)
        height, width = self.positions
        if height % factor or width % factor:
            raise ValueError(
                f"{self._class_name} of {self.num_resolutions} resolutions takes "
                f"images whose sides divide by {factor}. Received: event_shape="
                f"{self.event_shape}. Choose fewer, or crop."
            )

    def make_network(self, units):
        policy = {"dtype": self.dtype_policy}
        stack = PixelCNNPlusPlusStack(
            self.filters,
            self.num_blocks,
            num_resolutions=self.num_resolutions,
            dropout=self.dropout,
            seed=self.seed,
            **policy,
        )
        last = EachPosition(keras.layers.Dense(units, **policy), **policy)
        return CausalSequence([stack, last], **policy)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "num_resolutions": self.num_resolutions,
            "dropout": self.dropout,
            "num_components": self.num_components,
        }
