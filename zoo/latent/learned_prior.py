"""A prior that is learned."""

import abc

import keras
import tensorflow_probability as tfp

tfd = tfp.distributions


class LearnedPrior(keras.layers.Layer, abc.ABC):
    """A density of latents with weights of its own, trained with the model.

    The rate then has no closed form: it is estimated by the draw of the step.

    Args:
        **kwargs: `name`, `dtype`, ... passed on to `keras.layers.Layer`.
    """

    @abc.abstractmethod
    def build(self, latent_size):
        """Makes the weights, for latents of that length."""

    @abc.abstractmethod
    def distribution(self) -> tfd.Distribution:
        """Returns `p(z)`: batch `[]`, events `[Z]`, of the present weights."""

    def compute_output_shape(self, latent_size):
        """Returns the shape of a latent: this is no map."""
        return (latent_size,)
