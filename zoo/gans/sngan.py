"""The spectrally normalised generative adversarial network.

    z ~ Normal(0, I),   x = G(z)
    min_D  E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))],   min_G  -E[D(G(z))]

Reference:
    Miyato et al., 2018, "Spectral Normalization for Generative Adversarial
    Networks", https://arxiv.org/abs/1802.05957
"""

from collections.abc import Sequence

import keras

from ...layers.networks import ConvDiscriminator, ConvGenerator
from ..games import HingeGame
from .adversarial_model import AdversarialModel


@keras.saving.register_keras_serializable(package="genkeras")
class SNGAN(AdversarialModel):
    """Two convolutional networks that play the hinge game, the critic normalised.

    Takes images in `[-1, 1]`. The networks are the paper's plain ones for small
    images: batch norm in the generator, spectral norm in the discriminator. A batch
    is parted among the discriminator's steps: give `num_critic_steps * b` examples
    for steps on `b`.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of one image.
        latent_size: int. Length `Z` of the noise.
        generator_filters: sequence of int. Maps at each size, the smallest image first.
        discriminator_filters: sequence of int. The same, the largest image first.
        num_critic_steps: int. Discriminator steps for each generator step.
        ema_decay: None, or the decay of the generator's averaged weights. The
            statistics of batch norm are those of the last weights, not averaged.
        condition_spec: None, or what both networks are conditioned on; see
            `GenerativeModel`.
        **kwargs: `regularizers`, `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        z: `[B, Z]` floats.
        condition: the condition, if the model has one.

    Returns:
        `[B, H, W, C]` floats.

    Raises:
        ValueError: if `event_shape` is not an image's.

    Example:
    >>> model = SNGAN(
    ...     (8, 8, 1), 4, generator_filters=(8, 4), discriminator_filters=(4, 8)
    ... )
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 8, 8, 1])

    Reference:
        Miyato et al., 2018, eq. 16-17 and table 3, https://arxiv.org/abs/1802.05957
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 128,
        *,
        generator_filters: Sequence[int] = (512, 256, 128, 64),
        discriminator_filters: Sequence[int] = (64, 128, 256, 512),
        num_critic_steps: int = 5,
        ema_decay: float | None = None,
        condition_spec: dict | None = None,
        **kwargs,
    ):
        super().__init__(
            event_shape,
            latent_size,
            HingeGame(num_critic_steps),
            ema_decay=ema_decay,
            condition_spec=condition_spec,
            **kwargs,
        )
        # === Config ===
        self.generator_filters = tuple(generator_filters)
        self.discriminator_filters = tuple(discriminator_filters)
        self.num_critic_steps = num_critic_steps
        # === Layers ===
        self.generator = ConvGenerator(
            self.event_shape,
            generator_filters,
            output_stride=1,
            dtype=self.dtype_policy,
        )
        self.discriminator = ConvDiscriminator(
            discriminator_filters,
            normalization="spectral",
            negative_slope=0.1,
            dtype=self.dtype_policy,
        )
        self.build()

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "generator_filters": self.generator_filters,
            "discriminator_filters": self.discriminator_filters,
            "num_critic_steps": self.num_critic_steps,
        }
