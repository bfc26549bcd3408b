"""A mixture of normals in the place of one."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from .learned_prior import LearnedPrior

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="genkeras")
class MixturePrior(LearnedPrior):
    """`p(z) = sum_k w_k Normal(z; m_k, s_k)`, with independent latents in each.

    It starts near the standard normal, with its means apart.

    Args:
        num_components: int. How many, `K`.
        **kwargs: passed on.

    Example:
    >>> prior = MixturePrior(5)
    >>> prior.build(2)
    >>> prior.distribution().sample(3, seed=(0, 1)).shape
    TensorShape([3, 2])

    Reference:
        Tomczak and Welling, 2018, section 3, where the components are posteriors of
        learned inputs, https://arxiv.org/abs/1705.07120
    """

    def __init__(self, num_components: int = 50, **kwargs):
        super().__init__(**kwargs)
        self.num_components = num_components

    def build(self, latent_size):
        def weight(name, shape, initializer):
            return self.add_weight(
                shape=shape, initializer=initializer, autocast=False, name=name
            )

        shape = (self.num_components, latent_size)
        self.logits = weight("logits", (self.num_components,), "zeros")
        apart = keras.initializers.RandomNormal(stddev=0.5, seed=0)
        self.loc = weight("loc", shape, apart)
        near_one = keras.initializers.Constant(0.5413)
        self.raw_stddev = weight("raw_stddev", shape, near_one)

    def distribution(self):
        loc, raw = (tf.convert_to_tensor(v) for v in (self.loc, self.raw_stddev))
        mixture = tfd.Categorical(logits=tf.convert_to_tensor(self.logits))
        components = tfd.MultivariateNormalDiag(loc, tf.nn.softplus(raw) + 1e-3)
        return tfd.MixtureSameFamily(mixture, components)

    def get_config(self):
        return {**super().get_config(), "num_components": self.num_components}
