"""The deep convolutional generative adversarial network.

    z ~ Normal(0, I),   x = G(z),   min_G max_D  E[log D(x)] + E[log(1 - D(G(z)))]

Reference:
    Radford et al., 2016, "Unsupervised Representation Learning with Deep
    Convolutional Generative Adversarial Networks", https://arxiv.org/abs/1511.06434
"""

from collections.abc import Sequence

import keras

from ...layers.networks import ConvDiscriminator, ConvGenerator
from ..games import Game, NonSaturatingGame, choose_game
from .adversarial_model import AdversarialModel


@keras.saving.register_keras_serializable(package="genkeras")
class DCGAN(AdversarialModel):
    """Two convolutional networks with batch norm that play the non-saturating game.

    Takes images in `[-1, 1]`. Training, the discriminator sees real and generated
    images in batches of their own, as in the authors' code.

    Args:
        game: None for `NonSaturatingGame()`, the paper's, or a `Game`.
        generator_filters: sequence of int. Maps at each size, the smallest image first.
        discriminator_filters: sequence of int. The same, the largest image first.
        kernel_size: int. Side of the kernels; 5 in the paper.
        **kwargs: `event_shape`, `latent_size`, `ema_decay`, `condition_spec`, ... as
            for `AdversarialModel`. Averages are of weights alone: the statistics of
            batch norm are those of the last ones.

    Raises:
        ValueError: if `event_shape` is not an image's.

    Example:
    >>> model = DCGAN((8, 8, 1), 4, generator_filters=(8, 4))
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 8, 8, 1])

    Reference:
        Radford et al., 2016, section 3, https://arxiv.org/abs/1511.06434
    """

    value_range = (-1.0, 1.0)  # that of the generator's tanh

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 100,
        *,
        game: Game | dict | None = None,
        generator_filters: Sequence[int] = (256, 128, 64),
        discriminator_filters: Sequence[int] = (64, 128, 256),
        kernel_size: int = 5,
        **kwargs,
    ):
        game = choose_game(game, NonSaturatingGame)
        super().__init__(event_shape, latent_size, game, **kwargs)
        # === Config ===
        self.generator_filters = tuple(generator_filters)
        self.discriminator_filters = tuple(discriminator_filters)
        self.kernel_size = kernel_size
        self.build()

    def make_generator(self):
        return ConvGenerator(
            self.event_shape,
            self.generator_filters,
            kernel_size=self.kernel_size,
            dtype=self.dtype_policy,
        )

    def make_discriminator(self):
        return ConvDiscriminator(
            self.discriminator_filters,
            kernel_size=self.kernel_size,
            dtype=self.dtype_policy,
        )

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "game": keras.saving.serialize_keras_object(self.given_game),
            "generator_filters": self.generator_filters,
            "discriminator_filters": self.discriminator_filters,
            "kernel_size": self.kernel_size,
        }
