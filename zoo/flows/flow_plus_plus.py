"""Flow++: logistic-mixture couplings with attention, and learned dequantization.

    x = f_K( ... f_1(z)),   z ~ Normal(0, 1),   log p(x) = log p(z) - log|det df/dz|

Reference:
    Ho et al., 2019, "Flow++: Improving Flow-Based Generative Models with Variational
    Dequantization and Architecture Design", https://arxiv.org/abs/1902.00275
"""

from collections.abc import Sequence

import keras

from ...layers.couplings import LogisticMixtureImageCoupling
from ...layers.flows import ActNorm, FlowSequence, InvertibleLinear, Squeezed
from .image_flow import ImageFlow


@keras.saving.register_keras_serializable(package="genkeras")
class FlowPlusPlus(ImageFlow):
    """A flow over images whose couplings bend each pixel by a mixture of logistics.

    From the data, as the paper's model of CIFAR-10,

        4 checkerboard steps, squeeze, 2 channel steps, 3 checkerboard steps

    where a step is ActNorm, an invertible 1x1 convolution (if there are several
    channels) and a coupling; nothing is factored out. Couplings of one kind alternate
    in the part they move. Training runs one way only; sampling searches for a root in
    each coupling.

    Where it departs from the paper: the networks have no dropout; ActNorm and the 1x1
    convolution act on the whole image and not on each part; the dequantizer takes
    affine couplings with residual networks.

    Args:
        event_shape: three ints `(H, W, C)`; the sides even.
        num_components: int. Logistics in each mixture; the paper takes 32.
        network: "attention", "resnet" or "conv"; see `ImageCoupling`. Attention
            grows with the square of the number of pixels.
        filters: int. Maps of the conditioners; the paper takes 96.
        num_blocks: int. Blocks of each conditioner; the paper takes 10.
        activation: str. Hidden activation of the conditioners.
        max_log_scale: float. Bound on each `|log scale|`.
        dequantization: "variational" or "uniform"; None for the first, as in the
            paper, if there are levels.
        **kwargs: `num_levels`, `dequantizer`, `condition_spec`, ... as for `ImageFlow`.
            An int `seed` also fixes the rotations that the 1x1 convolutions start from.

    Raises:
        ValueError: for odd sides, or another shape.

    Example:
    >>> small = {"num_components": 2, "filters": 4, "num_blocks": 1, "network": "conv"}
    >>> model = FlowPlusPlus((4, 4, 1), num_levels=4, **small)
    >>> model.log_prob(np.zeros([2, 4, 4, 1], int)).shape
    TensorShape([2])

    Reference:
        Ho et al., 2019, section 3, https://arxiv.org/abs/1902.00275
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        num_components: int = 8,
        *,
        network: str = "attention",
        filters: int = 32,
        num_blocks: int = 2,
        activation: str = "elu",
        max_log_scale: float = 3.0,
        num_levels: int | None = None,
        dequantization: str | None = None,
        **kwargs,
    ):
        if dequantization is None:
            dequantization = "uniform" if num_levels is None else "variational"
        super().__init__(
            event_shape,
            num_levels=num_levels,
            dequantization=dequantization,
            **kwargs,
        )
        # === Config ===
        self.num_components = num_components
        self.network = network
        self.filters = filters
        self.num_blocks = num_blocks
        self.activation = activation
        self.max_log_scale = max_log_scale
        # === Layers ===
        self._check_halvings(1)
        self._assemble()

    def _make_flow(self):
        channels = self.event_shape[-1]
        coarse = [
            *self._steps("checkerboard", 3, 4 * channels),
            *self._steps("channel", 2, 4 * channels),
        ]
        coarse = FlowSequence(coarse, dtype=self.dtype_policy)
        fine = self._steps("checkerboard", 4, channels)
        layers = [Squeezed(coarse, dtype=self.dtype_policy), *fine]
        return FlowSequence(layers, dtype=self.dtype_policy)

    def _steps(self, mask, count, channels):
        """Steps on images of so many channels, from noise to data."""
        layers = []
        for i in range(count):
            layers.append(self._coupling(mask, flip=bool(i % 2)))
            if channels > 1:
                seed = None if self.seed is None else self.seed + len(layers)
                layers.append(InvertibleLinear(seed=seed, dtype=self.dtype_policy))
            layers.append(ActNorm(dtype=self.dtype_policy))
        return layers

    def _coupling(self, mask, *, flip):
        return LogisticMixtureImageCoupling(
            mask,
            num_components=self.num_components,
            flip=flip,
            network=self.network,
            filters=self.filters,
            num_blocks=self.num_blocks,
            activation=self.activation,
            max_log_scale=self.max_log_scale,
            dtype=self.dtype_policy,
        )

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_components": self.num_components,
            "network": self.network,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "activation": self.activation,
            "max_log_scale": self.max_log_scale,
        }
