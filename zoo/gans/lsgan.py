"""The least-squares generative adversarial network, with dense networks.

    z ~ Normal(0, I),   x = G(z)
    min_D  E[(D(x) - 1)^2] + E[D(G(z))^2],   min_G  E[(D(G(z)) - 1)^2]

Reference:
    Mao et al., 2017, "Least Squares Generative Adversarial Networks",
    https://arxiv.org/abs/1611.04076
"""

import keras

from ..games import LeastSquaresGame
from .dense_gan import DenseGAN


@keras.saving.register_keras_serializable(package="genkeras")
class LSGAN(DenseGAN):
    """Two dense networks that play the least-squares game.

    A generated example is pulled towards the label of the data however sure the
    discriminator is, where the loss of `GAN` lets go of it.

    Args:
        game: None for `LeastSquaresGame()`, the paper's, or a `Game`.
        **kwargs: `event_shape`, `latent_size`, `generator`, ... as for `DenseGAN`.

    Example:
    >>> model = LSGAN(event_shape=(2,), latent_size=4, output_activation="linear")
    >>> model.compile()
    >>> _ = model.fit(np.zeros([32, 2], "float32"), verbose=0)
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 2])

    Reference:
        Mao et al., 2017, eq. 9, https://arxiv.org/abs/1611.04076
    """

    @staticmethod
    def paper_game(**options):
        return LeastSquaresGame(**options)
