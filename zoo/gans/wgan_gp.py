"""The Wasserstein GAN with a gradient penalty, with dense networks.

    z ~ Normal(0, I),   x = G(z),   min_G max_{|D|_Lip <= 1}  E[D(x)] - E[D(G(z))]

Reference:
    Gulrajani et al., 2017, "Improved Training of Wasserstein GANs",
    https://arxiv.org/abs/1704.00028
"""

from collections.abc import Sequence

import keras

from ..games import Game, WassersteinGPGame, choose_game
from .dense_gan import DenseGAN


@keras.saving.register_keras_serializable(package="genkeras")
class WGANGP(DenseGAN):
    """Two dense networks that play the Wasserstein game with a gradient penalty.

    A batch is parted among the critic's steps: give `num_critic_steps * b` examples for
    steps on `b`. The critic has no batch norm, which the penalty does not allow.

    Args:
        game: None for `WassersteinGPGame`, the paper's, or a `Game`, which takes the
            place of the two options below.
        num_critic_steps: int. Critic steps for each generator step; 5 in the paper.
        penalty_weight: float. Weight of the gradient penalty; 10 in the paper.
        **kwargs: `event_shape`, `latent_size`, `generator`, ... as for `DenseGAN`.

    Example:
    >>> model = WGANGP(event_shape=(2,), latent_size=4, output_activation="linear")
    >>> model.compile()
    >>> _ = model.fit(np.zeros([32, 2], "float32"), verbose=0)
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 2])

    Reference:
        Gulrajani et al., 2017, https://arxiv.org/abs/1704.00028
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 64,
        *,
        game: Game | dict | None = None,
        num_critic_steps: int | None = None,
        penalty_weight: float | None = None,
        **kwargs,
    ):
        game = choose_game(
            game,
            self.paper_game,
            num_critic_steps=num_critic_steps,
            weight=penalty_weight,
        )
        super().__init__(event_shape, latent_size, game, **kwargs)

    @staticmethod
    def paper_game(**options):
        return WassersteinGPGame(**options)

    def default_optimizer(self):
        return keras.optimizers.Adam(1e-4, beta_1=0.5, beta_2=0.9)
