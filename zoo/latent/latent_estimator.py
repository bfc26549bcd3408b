"""What estimates of log p(x) = log E_{z ~ prior} p(x | z) share."""

import abc

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


class LatentEstimator(abc.ABC):
    """A way to estimate `log p(x)`, and its gradient, of a model with a latent.

    Called, it gives each example one estimate, whose mean over draws is `log p(x)` or
    lies below it; differentiated, that gives an estimate of the gradient. It is data: a
    model that takes one saves it with its options.

    The model has `prior(condition)`, `likelihood(z, condition)` and, for an estimator
    that asks for it, `posterior(x, condition)`, such as `LatentVariableModel` and
    `BinaryLatentModel`.
    """

    def __call__(self, model, x, condition=None, *, seed=0) -> tf.Tensor:
        """Returns an estimate for each example.

        Args:
            model: the model.
            x: `[B, *event_shape]`.
            condition: one condition for each example, if the model has one.
            seed: int, pair of ints, or None. The noise, the same at each call unless
                None.

        Returns:
            `[B]` floats, in nats.
        """
        x, condition = model._enter(x, condition)
        return self.terms(model, x, condition, model._as_seed(seed))["bound"]

    @abc.abstractmethod
    def terms(self, model, x, condition, seed) -> dict:
        """Returns `[B]` floats by name, of data that was checked.

        The `bound` is the estimate; the mean over draws of the `distortion`,
        `-log p(x | z)`, and of the `rate`, `log q(z | x) - log p(z)`, lie beside it.
        """

    @abc.abstractmethod
    def get_config(self) -> dict:
        """Returns what the constructor takes."""

    @classmethod
    def from_config(cls, config):
        """Makes the estimator again."""
        return cls(**config)


def log_joint(model, x, z, condition):
    """Returns `log p(x | z)` and `log p(z)` of several draws for each example.

    Args:
        model: the model.
        x: `[B, *event]`.
        z: `[k, B, Z]`.
        condition: the condition of each example, or None.

    Returns:
        Two `[k, B]` tensors.
    """
    count, size = z.shape[0], tf.shape(x)[0]

    def repeat(leaf):
        return tf.tile(leaf, [count] + [1] * (leaf.shape.rank - 1))

    flat = tf.reshape(z, [-1, z.shape[-1]])  # [k B, Z]
    many = tf.nest.map_structure(repeat, condition) if condition is not None else None
    p = model.likelihood(flat, many)
    log_likelihood = p.log_prob(tf.cast(repeat(x), p.dtype))
    log_prior = model.prior(condition).log_prob(z)  # [k, B]
    return tf.reshape(log_likelihood, [count, size]), log_prior


def with_gradient_of(value, surrogate):
    """Returns the value of one tensor with the gradient of another."""
    return tf.stop_gradient(value - surrogate) + surrogate
