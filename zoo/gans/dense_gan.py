"""What the adversarial models of dense networks share: all but the game."""

from collections.abc import Sequence

from ...layers.networks import DenseDecoder, DenseEncoder
from ..games import Game
from .adversarial_model import AdversarialModel


class DenseGAN(AdversarialModel):
    """Two dense networks with leaky ReLUs that play a game.

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the noise.
        game: `Game`.
        generator_units: sequence of int. Hidden widths of the generator.
        discriminator_units: sequence of int. Hidden widths of the discriminator.
        output_activation: str. What the generator ends in: "tanh" for images in
            `[-1, 1]`, "linear" for data of any range.
        **kwargs: `ema_decay`, `condition_spec`, `seed`, ... passed on.
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int,
        game: Game,
        *,
        generator_units: Sequence[int] = (128, 128, 128),
        discriminator_units: Sequence[int] = (128, 128, 128),
        output_activation: str = "tanh",
        **kwargs,
    ):
        super().__init__(event_shape, latent_size, game, **kwargs)
        # === Config ===
        self.generator_units = tuple(generator_units)
        self.discriminator_units = tuple(discriminator_units)
        self.output_activation = output_activation
        # === Layers ===
        shared = {"activation": "leaky_relu", "dtype": self.dtype_policy}
        self.generator = DenseDecoder(
            self.event_shape,
            generator_units,
            output_activation=output_activation,
            **shared,
        )
        self.discriminator = DenseEncoder(1, discriminator_units, **shared)
        self.build()

    def _xla_pays_on_cpu(self):
        return True

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "generator_units": self.generator_units,
            "discriminator_units": self.discriminator_units,
            "output_activation": self.output_activation,
        }
