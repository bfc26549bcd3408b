"""Glow: learned channel mixing between affine couplings, at several scales.

    x = f_K( ... f_1(z)),   z ~ Normal(0, 1),   log p(x) = log p(z) - log|det df/dz|

Reference:
    Kingma and Dhariwal, 2018, "Glow: Generative Flow with Invertible 1x1
    Convolutions", https://arxiv.org/abs/1807.03039
"""

from collections.abc import Sequence

import keras

from ...layers.couplings import AffineImageCoupling
from ...layers.flows import ActNorm, FactorOut, FlowSequence, InvertibleLinear, Squeezed
from .image_flow import ImageFlow


@keras.saving.register_keras_serializable(package="genkeras")
class Glow(ImageFlow):
    """A flow over images of simple steps, each an affine map of the channels first.

    From the data, each scale is

        squeeze, num_steps * (ActNorm, invertible 1x1 convolution, affine coupling),
        half goes to the noise under a learned prior

    and the last scale keeps all. The first batch of training sets every ActNorm, so
    that each step starts with normalized channels.

    A coupling scales by a sigmoid, as in the authors' code, divided by its value at the
    start, which is the identity.

    Where it departs from the paper: the convolutions of a coupling's network carry no
    ActNorm, and one more ActNorm learns the location and scale of the coarsest noise.

    Args:
        event_shape: three ints `(H, W, C)`; the sides multiples of `2 ** num_scales`.
        num_scales: int. How many scales; the paper takes 3 for 32x32.
        num_steps: int. Steps at each scale; the paper takes 32.
        filters: int. Maps of the conditioners; the paper takes 512.
        activation: str. Hidden activation of the conditioners.
        max_log_scale: float. Bound on each coupling's `|log scale|`.
        **kwargs: `num_levels`, `dequantization`, `seed`, ... as for `ImageFlow`.
            An int `seed` also fixes the rotations that the 1x1 convolutions start from.

    Raises:
        ValueError: for sides that cannot be halved so often, or another shape.

    Example:
    >>> model = Glow((4, 4, 1), num_scales=1, num_steps=1, filters=4, num_levels=4)
    >>> x = np.random.default_rng(0).integers(0, 4, size=(8, 4, 4, 1))
    >>> model.compile("adamax")
    >>> _ = model.fit(x, verbose=0)
    >>> model.sample(3, temperature=0.7).shape
    TensorShape([3, 4, 4, 1])

    Reference:
        Kingma and Dhariwal, 2018, section 3, https://arxiv.org/abs/1807.03039
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        num_scales: int = 2,
        num_steps: int = 8,
        *,
        filters: int = 128,
        activation: str = "relu",
        max_log_scale: float = 5.0,
        **kwargs,
    ):
        super().__init__(event_shape, **kwargs)
        # === Config ===
        self.num_scales = num_scales
        self.num_steps = num_steps
        self.filters = filters
        self.activation = activation
        self.max_log_scale = max_log_scale
        # === Layers ===
        self._check_halvings(num_scales)
        self._assemble()

    def _make_flow(self):
        flow = self._scale(0, [ActNorm(dtype=self.dtype_policy)])
        for scale in range(1, self.num_scales):
            # As a prior, the coupling must be free to narrow the noise.
            prior = self._coupling("exponential")
            half = FactorOut(flow, prior, dtype=self.dtype_policy)
            flow = self._scale(scale, [half])
        return flow

    def _scale(self, scale, first):
        """All steps of one scale, from noise to data, after what is coarser."""
        layers = list(first)
        for i in range(self.num_steps):
            layers += self._step(scale * self.num_steps + i)
        squeezed = FlowSequence(layers, dtype=self.dtype_policy)
        return Squeezed(squeezed, dtype=self.dtype_policy)

    def _step(self, index):
        seed = None if self.seed is None else self.seed + index
        return [
            self._coupling("sigmoid"),
            InvertibleLinear(seed=seed, dtype=self.dtype_policy),
            ActNorm(dtype=self.dtype_policy),
        ]

    def _coupling(self, scale):
        return AffineImageCoupling(
            "channel",
            network="conv",
            filters=self.filters,
            num_blocks=1,
            scale=scale,
            activation=self.activation,
            max_log_scale=self.max_log_scale,
            dtype=self.dtype_policy,
        )

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_scales": self.num_scales,
            "num_steps": self.num_steps,
            "filters": self.filters,
            "activation": self.activation,
            "max_log_scale": self.max_log_scale,
        }
