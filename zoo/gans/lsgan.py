"""The least-squares generative adversarial network, with dense networks.

    z ~ Normal(0, I),   x = G(z)
    min_D  E[(D(x) - 1)^2] + E[D(G(z))^2],   min_G  E[(D(G(z)) - 1)^2]

Reference:
    Mao et al., 2017, "Least Squares Generative Adversarial Networks",
    https://arxiv.org/abs/1611.04076
"""

from collections.abc import Sequence

import keras

from ..games import LeastSquaresGame
from .dense_gan import DenseGAN


@keras.saving.register_keras_serializable(package="genkeras")
class LSGAN(DenseGAN):
    """Two dense networks that play the least-squares game.

    A generated example is pulled towards the label of the data however sure the
    discriminator is, where the loss of `GAN` lets go of it.

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the noise.
        generator_units: sequence of int. Hidden widths of the generator.
        discriminator_units: sequence of int. Hidden widths of the discriminator.
        output_activation: str. What the generator ends in: "tanh" for images in
            `[-1, 1]`, "linear" for data of any range.
        ema_decay: None, or the decay of the generator's averaged weights.
        condition_spec: None, or what both networks are conditioned on; see
            `GenerativeModel`.
        **kwargs: `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        z: `[B, Z]` floats.
        condition: the condition, if the model has one.

    Returns:
        `[B, *event_shape]` floats.

    Example:
    >>> model = LSGAN(event_shape=(2,), latent_size=4, output_activation="linear")
    >>> model.compile()
    >>> _ = model.fit(np.zeros([32, 2], "float32"), verbose=0)
    >>> model.sample(5, seed=0).shape
    TensorShape([5, 2])

    Reference:
        Mao et al., 2017, eq. 9, https://arxiv.org/abs/1611.04076
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        latent_size: int = 64,
        **kwargs,
    ):
        game = LeastSquaresGame()
        super().__init__(event_shape, latent_size, game, **kwargs)
