"""RealNVP for images: affine couplings at several scales.

    x = f_K( ... f_1(z)),   z ~ Normal(0, 1),   log p(x) = log p(z) - log|det df/dz|

Reference:
    Dinh, Sohl-Dickstein and Bengio, 2017, "Density estimation using Real NVP",
    https://arxiv.org/abs/1605.08803
"""

from collections.abc import Sequence

import keras

from ...layers.couplings import AffineImageCoupling
from ...layers.flows import FactorOut, FlowSequence, Squeezed
from .image_flow import ImageFlow


@keras.saving.register_keras_serializable(package="genkeras")
class MultiScaleRealNVP(ImageFlow):
    """A flow over images that models coarse structure and detail apart.

    The architecture of the paper's section 3.6. From the data, each scale but the last
    is

        3 checkerboard couplings, squeeze, 3 channel couplings, half goes to the noise

    and the last is 4 checkerboard couplings. Consecutive couplings alternate in the
    part they move. Starts as the identity.

    Where it departs from the paper: the residual conditioners take layer
    normalization, and no normalization stands between the couplings, where the paper
    has batch and weight normalization; and each log-scale is bounded by a constant and
    not by a learned factor.

    Args:
        event_shape: three ints `(H, W, C)`; the sides multiples of
            `2 ** (num_scales - 1)`.
        num_scales: int. How many scales, the coarsest included.
        filters: int. Maps of the residual conditioners.
        num_blocks: int. Residual blocks of each; the paper takes 8 of 64 maps for
            CIFAR-10, 4 of 32 maps for 32x32 ImageNet.
        activation: str. Hidden activation of the conditioners.
        max_log_scale: float. Bound on each coupling's `|log scale|`.
        **kwargs: `num_levels`, `dequantization`, `seed`, ... as for `ImageFlow`.

    Raises:
        ValueError: for sides that cannot be halved so often, or another shape.

    Example:
    >>> model = MultiScaleRealNVP((4, 4, 1), filters=4, num_blocks=1, num_levels=4)
    >>> model.log_prob(np.zeros([2, 4, 4, 1], int)).shape, model.sample(3).shape
    (TensorShape([2]), TensorShape([3, 4, 4, 1]))

    Reference:
        Dinh et al., 2017, section 3.6, https://arxiv.org/abs/1605.08803
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        num_scales: int = 2,
        *,
        filters: int = 32,
        num_blocks: int = 4,
        activation: str = "relu",
        max_log_scale: float = 3.0,
        **kwargs,
    ):
        super().__init__(event_shape, **kwargs)
        # === Config ===
        self.num_scales = num_scales
        self.filters = filters
        self.num_blocks = num_blocks
        self.activation = activation
        self.max_log_scale = max_log_scale
        # === Layers ===
        self._check_halvings(num_scales - 1)
        self._assemble()

    def _make_flow(self):
        flow = FlowSequence(self._couplings("checkerboard", 4), dtype=self.dtype_policy)
        for _ in range(self.num_scales - 1):
            flow = self._finer(flow)
        return flow

    def _finer(self, coarser):
        """One scale, from noise to data, around all that is coarser."""
        squeezed = [
            FactorOut(coarser, dtype=self.dtype_policy),
            *self._couplings("channel", 3),
        ]
        squeezed = FlowSequence(squeezed, dtype=self.dtype_policy)
        layers = [
            Squeezed(squeezed, dtype=self.dtype_policy),
            *self._couplings("checkerboard", 3),
        ]
        return FlowSequence(layers, dtype=self.dtype_policy)

    def _couplings(self, mask, count):
        return [
            AffineImageCoupling(
                mask,
                flip=bool(i % 2),
                filters=self.filters,
                num_blocks=self.num_blocks,
                activation=self.activation,
                max_log_scale=self.max_log_scale,
                dtype=self.dtype_policy,
            )
            for i in range(count)
        ]

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_scales": self.num_scales,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "activation": self.activation,
            "max_log_scale": self.max_log_scale,
        }
