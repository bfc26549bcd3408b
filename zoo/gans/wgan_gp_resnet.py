"""The Wasserstein GAN with a gradient penalty, with residual networks.

    z ~ Normal(0, I),   x = G(z),   min_G max_{|D|_Lip <= 1}  E[D(x)] - E[D(G(z))]

Reference:
    Gulrajani et al., 2017, "Improved Training of Wasserstein GANs",
    https://arxiv.org/abs/1704.00028
"""

from collections.abc import Sequence

import keras

from ...layers.networks import ResNetDiscriminator, ResNetGenerator
from ..games import Game, WassersteinGPGame, choose_game
from .adversarial_model import AdversarialModel


@keras.saving.register_keras_serializable(package="genkeras")
class WGANGPResNet(AdversarialModel):
    """Two residual networks that play the Wasserstein game with a gradient penalty.

    Takes images in `[-1, 1]`. The networks are the paper's for small images: batch norm
    in the generator, a mean over the critic's last maps. A batch is parted among the
    critic's steps: give `num_critic_steps * b` examples for steps on `b`.

    Conditioned, the label steers the generator's batch norm and meets the critic's
    features in an inner product.

    Args:
        game: None for `WassersteinGPGame`, the paper's, or a `Game`, which takes the
            place of `num_critic_steps` and `penalty_weight`.
        generator_filters: sequence of int. Maps of the smallest image, then of each
            block, which doubles it.
        discriminator_filters: sequence of int. Maps of each block.
        num_downsamples: None for all, or how many of the critic's blocks halve the
            image, the first ones.
        critic_normalization: "layer", as the paper's critic of 64 by 64 pixels has it,
            or "none", as its critic of CIFAR-10.
        num_critic_steps: int. Critic steps for each generator step.
        penalty_weight: float. Weight of the gradient penalty.
        **kwargs: `event_shape`, `latent_size`, `ema_decay`, `condition_spec`, ... as
            for `AdversarialModel`. Averages are of weights alone: the statistics of
            batch norm are those of the last ones.

    Raises:
        ValueError: if `event_shape` is not an image's, or for another normalisation.

    Example:
    >>> model = WGANGPResNet(
    ...     (8, 8, 1), 4, generator_filters=(8, 4), discriminator_filters=(4, 8)
    ... )
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 8, 8, 1])

    Reference:
        Gulrajani et al., 2017, section 5.3 and appendix F,
        https://arxiv.org/abs/1704.00028
    """

    one_hot_labels = True

    value_range = (-1.0, 1.0)  # that of the generator's tanh

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 128,
        *,
        game: Game | dict | None = None,
        generator_filters: Sequence[int] = (128, 128, 128, 128),
        discriminator_filters: Sequence[int] = (128, 128, 128, 128),
        num_downsamples: int | None = 2,
        critic_normalization: str = "layer",
        num_critic_steps: int | None = None,
        penalty_weight: float | None = None,
        **kwargs,
    ):
        game = choose_game(
            game,
            WassersteinGPGame,
            num_critic_steps=num_critic_steps,
            weight=penalty_weight,
        )
        super().__init__(event_shape, latent_size, game, **kwargs)
        if critic_normalization not in ("layer", "none"):
            raise ValueError(
                '`critic_normalization` must be "layer" or "none". Received: '
                f"critic_normalization={critic_normalization!r}."
            )
        # === Config ===
        self.generator_filters = tuple(generator_filters)
        self.discriminator_filters = tuple(discriminator_filters)
        self.num_downsamples = num_downsamples
        self.critic_normalization = critic_normalization
        self.build()

    def make_generator(self):
        return ResNetGenerator(
            self.event_shape, self.generator_filters, dtype=self.dtype_policy
        )

    def make_discriminator(self):
        return ResNetDiscriminator(
            self.discriminator_filters,
            num_downsamples=self.num_downsamples,
            normalization=self.critic_normalization,
            pooling="mean",
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
            "num_downsamples": self.num_downsamples,
            "critic_normalization": self.critic_normalization,
        }
