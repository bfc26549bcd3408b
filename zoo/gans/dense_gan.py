"""What the adversarial models of dense networks share: all but the game."""

import abc
from collections.abc import Sequence

import keras

from ...layers.blocks import (
    check_network,
    refuse_sigmoid,
    revive_networks,
    serialize_networks,
)
from ...layers.networks import DenseDecoder, DenseEncoder
from ..games import Game, choose_game
from .adversarial_model import AdversarialModel


class DenseGAN(AdversarialModel):
    """Two dense networks with leaky ReLUs that play a game.

    A subclass says in `paper_game` which, if it is given none.

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the noise.
        game: None for the game of the model's paper, or a `Game`.
        generator: None, or your own Keras layer or model from `[B, Z]` to `[B,
            *event_shape]`. In a conditional model it takes the encoded condition, `[B,
            C]`, as a second argument.
        discriminator: None, or your own from `[B, *event_shape]` to raw scores, `[B,
            1]`, or `[B, ...]` of patches, with the same second argument.
        generator_units: sequence of int. Hidden widths of the generator.
        discriminator_units: sequence of int. Hidden widths of the discriminator.
        output_activation: str. What the generator ends in: "tanh" for images in
            `[-1, 1]`, "linear" for data of any range.
        **kwargs: `ema_decay`, `regularizers`, `condition_spec`, `seed`, ... as for
            `AdversarialModel`.

    Raises:
        ValueError: for networks that map other shapes, or end in a sigmoid.
        TypeError: for a network that is no Keras layer, or a game that is no `Game`.
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 64,
        game: Game | dict | None = None,
        *,
        generator: keras.layers.Layer | dict | None = None,
        discriminator: keras.layers.Layer | dict | None = None,
        generator_units: Sequence[int] = (128, 128, 128),
        discriminator_units: Sequence[int] = (128, 128, 128),
        output_activation: str = "tanh",
        **kwargs,
    ):
        game = choose_game(game, self.paper_game)
        super().__init__(event_shape, latent_size, game, **kwargs)
        # === Config ===
        self.generator_units = tuple(generator_units)
        self.discriminator_units = tuple(discriminator_units)
        self.output_activation = output_activation
        # === Layers ===
        self.given_networks = revive_networks(
            generator=generator, discriminator=discriminator
        )
        self._check_networks()
        self.build()

    @property
    def value_range(self):
        """That of a generator that ends in a tanh; of another there is none."""
        own = self.given_networks["generator"] is None
        return (-1.0, 1.0) if own and self.output_activation == "tanh" else None

    # === To be filled in by a model ===
    @staticmethod
    @abc.abstractmethod
    def paper_game(**options) -> Game:
        """Returns the game of the model's paper, with some of its settings changed."""

    # === The networks ===
    def _check_networks(self):
        context = [(self.condition_size,)] if self.condition_size else []
        generator = self.given_networks["generator"]
        if generator is not None:
            given = [(self.latent_size,), *context]
            check_network(generator, "generator", given, self.event_shape)
        discriminator = self.given_networks["discriminator"]
        if discriminator is not None:
            given = [self.event_shape, *context]
            check_network(discriminator, "discriminator", given, None)
            refuse_sigmoid(discriminator, "discriminator", "raw scores")

    def make_generator(self):
        return self.given_networks["generator"] or DenseDecoder(
            self.event_shape,
            self.generator_units,
            output_activation=self.output_activation,
            activation="leaky_relu",
            dtype=self.dtype_policy,
        )

    def make_discriminator(self):
        return self.given_networks["discriminator"] or DenseEncoder(
            1,
            self.discriminator_units,
            activation="leaky_relu",
            dtype=self.dtype_policy,
        )

    def _xla_pays_on_cpu(self):
        return True

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "game": keras.saving.serialize_keras_object(self.given_game),
            **serialize_networks(self.given_networks),
            "generator_units": self.generator_units,
            "discriminator_units": self.discriminator_units,
            "output_activation": self.output_activation,
        }
