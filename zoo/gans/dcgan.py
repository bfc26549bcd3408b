"""The deep convolutional generative adversarial network.

    z ~ Normal(0, I),   x = G(z),   min_G max_D  E[log D(x)] + E[log(1 - D(G(z)))]

Reference:
    Radford et al., 2016, "Unsupervised Representation Learning with Deep
    Convolutional Generative Adversarial Networks", https://arxiv.org/abs/1511.06434
"""

from collections.abc import Sequence

import keras

from ...layers.networks import ConvDiscriminator, ConvGenerator
from ..games import NonSaturatingGame
from .adversarial_model import AdversarialModel


@keras.saving.register_keras_serializable(package="genkeras")
class DCGAN(AdversarialModel):
    """Two convolutional networks with batch norm that play the non-saturating game.

    Takes images in `[-1, 1]`. Training, the discriminator sees real and generated
    images in batches of their own, as in the authors' code.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of one image.
        latent_size: int. Length `Z` of the noise.
        generator_filters: sequence of int. Maps at each size, the smallest image first.
        discriminator_filters: sequence of int. The same, the largest image first.
        kernel_size: int. Side of the kernels; 5 in the paper.
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
    >>> model = DCGAN((8, 8, 1), 4, generator_filters=(8, 4))
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 8, 8, 1])

    Reference:
        Radford et al., 2016, section 3, https://arxiv.org/abs/1511.06434
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 100,
        *,
        generator_filters: Sequence[int] = (256, 128, 64),
        discriminator_filters: Sequence[int] = (64, 128, 256),
        kernel_size: int = 5,
        ema_decay: float | None = None,
        condition_spec: dict | None = None,
        **kwargs,
    ):
        super().__init__(
            event_shape,
            latent_size,
            NonSaturatingGame(),
            ema_decay=ema_decay,
            condition_spec=condition_spec,
            **kwargs,
        )
        # === Config ===
        self.generator_filters = tuple(generator_filters)
        self.discriminator_filters = tuple(discriminator_filters)
        self.kernel_size = kernel_size
        # === Layers ===
        shared = {"kernel_size": kernel_size, "dtype": self.dtype_policy}
        self.generator = ConvGenerator(self.event_shape, generator_filters, **shared)
        self.discriminator = ConvDiscriminator(discriminator_filters, **shared)
        self.build()

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "generator_filters": self.generator_filters,
            "discriminator_filters": self.discriminator_filters,
            "kernel_size": self.kernel_size,
        }
