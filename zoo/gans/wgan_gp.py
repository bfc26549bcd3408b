"""The Wasserstein GAN with a gradient penalty, with dense networks.

    z ~ Normal(0, I),   x = G(z),   min_G max_{|D|_Lip <= 1}  E[D(x)] - E[D(G(z))]

Reference:
    Gulrajani et al., 2017, "Improved Training of Wasserstein GANs",
    https://arxiv.org/abs/1704.00028
"""

from collections.abc import Sequence

import keras

from ..games import WassersteinGPGame
from .dense_gan import DenseGAN


@keras.saving.register_keras_serializable(package="genkeras")
class WGANGP(DenseGAN):
    """Two dense networks that play the Wasserstein game with a gradient penalty.

    A batch is parted among the critic's steps: give `num_critic_steps * b` examples for
    steps on `b`. The critic has no batch norm, which the penalty does not allow.

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the noise.
        generator_units: sequence of int. Hidden widths of the generator.
        discriminator_units: sequence of int. Hidden widths of the discriminator.
        num_critic_steps: int. Critic steps for each generator step.
        penalty_weight: float. Weight of the gradient penalty.
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
        num_critic_steps: int = 5,
        penalty_weight: float = 10.0,
        **kwargs,
    ):
        game = WassersteinGPGame(num_critic_steps, penalty_weight)
        super().__init__(event_shape, latent_size, game, **kwargs)
        self.num_critic_steps = num_critic_steps
        self.penalty_weight = penalty_weight

    def default_optimizer(self):
        return keras.optimizers.Adam(1e-4, beta_1=0.5, beta_2=0.9)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_critic_steps": self.num_critic_steps,
            "penalty_weight": self.penalty_weight,
        }
