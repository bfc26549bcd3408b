"""The generative adversarial network, with dense networks.

    z ~ Normal(0, I),   x = G(z),   min_G max_D  E[log D(x)] + E[log(1 - D(G(z)))]

Reference:
    Goodfellow et al., 2014, "Generative Adversarial Nets",
    https://arxiv.org/abs/1406.2661
"""

from collections.abc import Sequence

import keras

from ..games import Game, NonSaturatingGame, revive_game
from .dense_gan import DenseGAN


@keras.saving.register_keras_serializable(package="genkeras")
class GAN(DenseGAN):
    """Two dense networks that play the non-saturating game, or another.

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the noise.
        game: None for `NonSaturatingGame()`, or a `Game`. Where it has several critic
            steps, a batch is parted among them.
        generator_units: sequence of int. Hidden widths of the generator.
        discriminator_units: sequence of int. Hidden widths of the discriminator.
        output_activation: str. What the generator ends in: "tanh" for images in
            `[-1, 1]`, "linear" for data of any range.
        ema_decay: None, or the decay of the generator's averaged weights.
        condition_spec: None, or what both networks are conditioned on; see
            `GenerativeModel`.
        **kwargs: `regularizers`, `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        z: `[B, Z]` floats.
        condition: the condition, if the model has one.

    Returns:
        `[B, *event_shape]` floats.

    Raises:
        TypeError: for a game that is no `Game`.

    Example:
    >>> model = GAN(event_shape=(2,), latent_size=4, output_activation="linear")
    >>> model.compile()
    >>> _ = model.fit(np.zeros([32, 2], "float32"), verbose=0)
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 2])

    Reference:
        Goodfellow et al., 2014, https://arxiv.org/abs/1406.2661
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 64,
        *,
        game: Game | dict | None = None,
        **kwargs,
    ):
        game = revive_game(game or NonSaturatingGame())
        super().__init__(event_shape, latent_size, game, **kwargs)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "game": keras.saving.serialize_keras_object(self.given_game),
        }
