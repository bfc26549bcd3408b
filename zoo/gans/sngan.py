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
from ..games import Game, HingeGame, choose_game
from .adversarial_model import AdversarialModel


@keras.saving.register_keras_serializable(package="genkeras")
class SNGAN(AdversarialModel):
    """Two convolutional networks that play the hinge game, the critic normalised.

    Takes images in `[-1, 1]`. The networks are the paper's plain ones for small
    images: batch norm in the generator, spectral norm in the discriminator. A batch
    is parted among the discriminator's steps: give `num_critic_steps * b` examples
    for steps on `b`.

    Args:
        game: None for `HingeGame(num_critic_steps)`, the paper's, or a `Game`.
        generator_filters: sequence of int. Maps at each size, the smallest image first.
        discriminator_filters: sequence of int. The same, the largest image first.
        num_critic_steps: int. Discriminator steps for each generator step.
        **kwargs: `event_shape`, `latent_size`, `ema_decay`, `condition_spec`, ... as
            for `AdversarialModel`. Averages are of weights alone: the statistics of
            batch norm are those of the last ones.

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

    value_range = (-1.0, 1.0)  # that of the generator's tanh

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 128,
        *,
        game: Game | dict | None = None,
        generator_filters: Sequence[int] = (512, 256, 128, 64),
        discriminator_filters: Sequence[int] = (64, 128, 256, 512),
        num_critic_steps: int | None = None,
        **kwargs,
    ):
        game = choose_game(game, _paper_game, num_critic_steps=num_critic_steps)
        super().__init__(event_shape, latent_size, game, **kwargs)
        # === Config ===
        self.generator_filters = tuple(generator_filters)
        self.discriminator_filters = tuple(discriminator_filters)
        self.build()

    def make_generator(self):
        return ConvGenerator(
            self.event_shape,
            self.generator_filters,
            output_stride=1,
            dtype=self.dtype_policy,
        )

    def make_discriminator(self):
        return ConvDiscriminator(
            self.discriminator_filters,
            normalization="spectral",
            negative_slope=0.1,
            dtype=self.dtype_policy,
        )

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "game": keras.saving.serialize_keras_object(self.given_game),
            "generator_filters": self.generator_filters,
            "discriminator_filters": self.discriminator_filters,
        }


def _paper_game(num_critic_steps=5):
    return HingeGame(num_critic_steps)
