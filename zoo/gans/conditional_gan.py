"""The conditional generative adversarial network, over images.

    z ~ Normal(0, I),   x = G(z, y)
    min_G max_D  E[log D(x, y)] + E[log(1 - D(G(z, y), y))],   or another game

References:
    Mirza and Osindero, 2014, "Conditional Generative Adversarial Nets",
    https://arxiv.org/abs/1411.1784
    Miyato and Koyama, 2018, "cGANs with Projection Discriminator",
    https://arxiv.org/abs/1802.05637
"""

from collections.abc import Sequence

import keras

from ...layers.networks import ResNetDiscriminator, ResNetGenerator
from ..games import Game, HingeGame, choose_game
from .adversarial_model import AdversarialModel


@keras.saving.register_keras_serializable(package="genkeras")
class ConditionalGAN(AdversarialModel):
    """Two residual networks that are told the label, and play any game.

    Takes images in `[-1, 1]`. With `conditioning="projection"` the label steers the
    batch norm of the generator, a gain and a bias for each class, and meets the
    discriminator's features in an inner product. With "concatenation" it is put
    behind the noise, and behind the channels of the image. Labels are one-hot in both:
    each network learns what it makes of a class itself.

    The discriminator is spectrally normalised, which suits every game, and has no
    batch norm, so that a gradient penalty may be added. A batch is parted among the
    discriminator's steps: give `game.num_critic_steps * b` examples for steps on `b`.

    Args:
        condition_spec: what both networks are conditioned on, such as
            `{"num_classes": 10}`; see `GenerativeModel`.
        conditioning: "projection" or "concatenation".
        game: None for `HingeGame(num_critic_steps=5)`, the paper's, or a `Game`.
        generator_filters: sequence of int. Maps of the smallest image, then of each
            block, which doubles it.
        discriminator_filters: sequence of int. Maps of each block.
        num_downsamples: None for all, or how many of the discriminator's blocks halve
            the image, the first ones.
        **kwargs: `event_shape` `(H, W, C)`, `latent_size`, `ema_decay`, ...
            as for `AdversarialModel`. Averages are of weights alone: the statistics of
            batch norm are those of the last ones.

    Raises:
        ValueError: if `event_shape` is not an image's, without a condition, or for
            another conditioning.

    Example:
    >>> model = ConditionalGAN(
    ...     (8, 8, 1),
    ...     4,
    ...     condition_spec={"num_classes": 10},
    ...     generator_filters=(8, 4),
    ...     discriminator_filters=(4, 8),
    ... )
    >>> model.sample(10, condition=np.arange(10), seed=0, truncation=0.5).shape
    TensorShape([10, 8, 8, 1])

    Reference:
        Miyato and Koyama, 2018, eq. 3 and appendix A,
        https://arxiv.org/abs/1802.05637
    """

    one_hot_labels = True

    value_range = (-1.0, 1.0)  # that of the generator's tanh

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 128,
        *,
        condition_spec: dict,
        conditioning: str = "projection",
        game: Game | dict | None = None,
        generator_filters: Sequence[int] = (256, 256, 256, 256),
        discriminator_filters: Sequence[int] = (128, 128, 128, 128),
        num_downsamples: int | None = 2,
        **kwargs,
    ):
        if condition_spec is None:
            raise ValueError(
                "ConditionalGAN is conditioned on something, such as "
                "{'num_classes': 10}. Received: condition_spec=None. Without labels, "
                "take SNGAN or DCGAN."
            )
        if conditioning not in ("projection", "concatenation"):
            raise ValueError(
                '`conditioning` must be "projection" or "concatenation". Received: '
                f"conditioning={conditioning!r}."
            )
        game = choose_game(game, lambda: HingeGame(num_critic_steps=5))
        super().__init__(
            event_shape, latent_size, game, condition_spec=condition_spec, **kwargs
        )
        # === Config ===
        self.conditioning = conditioning
        self.generator_filters = tuple(generator_filters)
        self.discriminator_filters = tuple(discriminator_filters)
        self.num_downsamples = num_downsamples
        self.build()

    def make_generator(self):
        projects = self.conditioning == "projection"
        return ResNetGenerator(
            self.event_shape,
            self.generator_filters,
            conditioning="normalization" if projects else "concatenation",
            dtype=self.dtype_policy,
        )

    def make_discriminator(self):
        return ResNetDiscriminator(
            self.discriminator_filters,
            num_downsamples=self.num_downsamples,
            conditioning=self.conditioning,
            normalization="spectral",
            dtype=self.dtype_policy,
        )

    def default_optimizer(self):
        return keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.9)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "conditioning": self.conditioning,
            "game": keras.saving.serialize_keras_object(self.given_game),
            "generator_filters": self.generator_filters,
            "discriminator_filters": self.discriminator_filters,
            "num_downsamples": self.num_downsamples,
        }
