"""What a decoder's numbers say of the data."""

import abc

import keras
import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


class Likelihood(keras.layers.Layer, abc.ABC):
    """A family `p(x | parameters)`, of which a decoder gives the parameters.

    A subclass fills in `distribution`, and what it replaces of the rest. Weights that
    all examples share, such as a scale, are its own.

    Args:
        **kwargs: `name`, `dtype`, ... passed on to `keras.layers.Layer`.
    """

    # The lowest and highest value of continuous data, if there are any.
    value_range: tuple[float, float] | None = None
    # Whether data is raw levels, `0 .. num_levels - 1`.
    takes_levels: bool = False

    def build(self, event_shape):
        """Makes the weights, for events of that shape."""
        del event_shape

    def parameter_shape(self, event_shape, num_levels=None) -> tuple[int, ...]:
        """Returns the shape of the parameters of one example."""
        return tuple(event_shape)

    @abc.abstractmethod
    def distribution(self, parameters, num_levels=None) -> tfd.Distribution:
        """Returns the distribution of each number: `[B, *event_shape]` its batch.

        Where the numbers of an event depend on each other, that of whole events: `[B]`
        its batch, `event_shape` its event.
        """

    def mean(self, p: tfd.Distribution) -> tf.Tensor:
        """Returns what stands for the draws of a distribution: its mean."""
        return p.mean()

    def inputs(self, x, num_levels=None) -> tf.Tensor:
        """Returns data as an encoder sees it: levels are brought to `[-1, 1]`."""
        if not self.takes_levels:
            return x
        return 2.0 * tf.cast(x, self.variable_dtype) / (num_levels - 1) - 1.0

    def compute_output_shape(self, event_shape):
        """Returns the shape that it was built for: this is no map."""
        return event_shape

    def get_config(self):
        return super().get_config()


def split_channels(parameters, parts: int):
    """Splits `[..., parts * C]` into `[..., C]` each."""
    return tf.split(parameters, parts, axis=-1)
