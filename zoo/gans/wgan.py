"""The Wasserstein GAN with clipped weights, with dense networks.

    z ~ Normal(0, I),   x = G(z),   min_G max_{|D|_Lip <= K}  E[D(x)] - E[D(G(z))]

Reference:
    Arjovsky et al., 2017, "Wasserstein GAN", https://arxiv.org/abs/1701.07875
"""

from collections.abc import Sequence

import keras

from ..games import WassersteinGame, WeightClipping
from .dense_gan import DenseGAN


@keras.saving.register_keras_serializable(package="genkeras")
class WGAN(DenseGAN):
    """Two dense networks that play the Wasserstein game, the critic's weights clipped.

    A batch is parted among the critic's steps: give `num_critic_steps * b` examples for
    steps on `b`. The paper trains with RMSprop, and finds momentum unstable. Its
    successor `WGANGP` trains better: clipping leaves the critic little to learn with.

    Args:
        event_shape: sequence of int. Shape of one example.
        latent_size: int. Length `Z` of the noise.
        generator_units: sequence of int. Hidden widths of the generator.
        discriminator_units: sequence of int. Hidden widths of the discriminator.
        num_critic_steps: int. Critic steps for each generator step.
        clip_limit: float. The critic's weights lie in `[-clip_limit, clip_limit]`.
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
        num_critic_steps: int = 5,
        clip_limit: float = 0.01,
        **kwargs,
    ):
        game = WassersteinGame(
            num_critic_steps, regularizers=[WeightClipping(clip_limit)]
        )
        super().__init__(event_shape, latent_size, game, **kwargs)
        self.num_critic_steps = num_critic_steps
        self.clip_limit = clip_limit

    def default_optimizer(self):
        return keras.optimizers.RMSprop(5e-5)

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "num_critic_steps": self.num_critic_steps,
            "clip_limit": self.clip_limit,
        }
