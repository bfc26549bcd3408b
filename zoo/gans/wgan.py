"""The Wasserstein GAN with clipped weights, with dense networks.

    z ~ Normal(0, I),   x = G(z),   min_G max_{|D|_Lip <= K}  E[D(x)] - E[D(G(z))]

Reference:
    Arjovsky et al., 2017, "Wasserstein GAN", https://arxiv.org/abs/1701.07875
"""

from collections.abc import Sequence

import keras

from ..games import Game, WassersteinGame, WeightClipping, choose_game
from .dense_gan import DenseGAN


@keras.saving.register_keras_serializable(package="genkeras")
class WGAN(DenseGAN):
    """Two dense networks that play the Wasserstein game, the critic's weights clipped.

    A batch is parted among the critic's steps: give `num_critic_steps * b` examples for
    steps on `b`. The paper trains with RMSprop, and finds momentum unstable. Its
    successor `WGANGP` trains better: clipping leaves the critic little to learn with.

    Args:
        game: None for `WassersteinGame` with clipped weights, the paper's, or a `Game`,
            which takes the place of the two options below.
        num_critic_steps: int. Critic steps for each generator step; 5 in the paper.
        clip_limit: float. The critic's weights lie in `[-clip_limit, clip_limit]`; 0.01
            in the paper.
        **kwargs: `event_shape`, `latent_size`, `generator`, ... as for `DenseGAN`.

    Example:
    >>> model = WGAN(event_shape=(2,), latent_size=4, output_activation="linear")
    >>> model.compile()
    >>> _ = model.fit(np.zeros([32, 2], "float32"), verbose=0)
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 2])

    Reference:
        Arjovsky et al., 2017, algorithm 1, https://arxiv.org/abs/1701.07875
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 64,
        *,
        game: Game | dict | None = None,
        num_critic_steps: int | None = None,
        clip_limit: float | None = None,
        **kwargs,
    ):
        game = choose_game(
            game,
            self.paper_game,
            num_critic_steps=num_critic_steps,
            clip_limit=clip_limit,
        )
        super().__init__(event_shape, latent_size, game, **kwargs)

    @staticmethod
    def paper_game(num_critic_steps=5, clip_limit=0.01):
        clipping = WeightClipping(clip_limit)
        return WassersteinGame(num_critic_steps, regularizers=[clipping])

    def default_optimizer(self):
        return keras.optimizers.RMSprop(5e-5)
