"""The generative adversarial network, with dense networks.

    z ~ Normal(0, I),   x = G(z),   min_G max_D  E[log D(x)] + E[log(1 - D(G(z)))]

Reference:
    Goodfellow et al., 2014, "Generative Adversarial Nets",
    https://arxiv.org/abs/1406.2661
"""

import keras

from ..games import NonSaturatingGame
from .dense_gan import DenseGAN


@keras.saving.register_keras_serializable(package="genkeras")
class GAN(DenseGAN):
    """Two dense networks that play the non-saturating game, or another.

    Args:
        game: None for `NonSaturatingGame()`, or a `Game`. Where it has several critic
            steps, a batch is parted among them.
        **kwargs: `event_shape`, `latent_size`, `generator`, ... as for `DenseGAN`.

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

    @staticmethod
    def paper_game(**options):
        return NonSaturatingGame(**options)
