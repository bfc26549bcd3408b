"""Inference for each example by itself, without the encoder.

Reference:
    Cremer, Li and Duvenaud, 2018, "Inference Suboptimality in Variational
    Autoencoders", https://arxiv.org/abs/1801.03558
"""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ..base import refusal
from .evidence_bound import EvidenceBound
from .latent_variable_model import LatentVariableModel

tfd = tfp.distributions


def fit_posterior(
    model,
    x,
    condition=None,
    *,
    num_steps: int = 500,
    num_draws: int = 8,
    learning_rate: float = 0.05,
    seed: int = 0,
) -> tfd.MultivariateNormalDiag:
    """Returns the normal of independent latents that bounds each `log p(x)` best.

        q_i = argmax_q E_{z ~ q}[log p(x_i | z) + log p(z) - log q(z)]

    An encoder is asked for the same, and answers for every example by one function
    ("amortized"). Here each example has a mean and a standard deviation of its own,
    which start at the encoder's and take steps of Adam, whose rate falls to 0 as a
    cosine. The model stays as it is.

    The result goes into any estimator as its proposal; see
    `genkeras.training.uses.inference_gaps` for what it tells of the encoder.

    Args:
        model: a `LatentVariableModel` whose latent is one vector.
        x: `[B, *event_shape]`.
        condition: one condition for each example, if the model has one.
        num_steps: int. Steps of Adam, at least 1.
        num_draws: int. Draws of each example in a step, at least 1.
        learning_rate: float. The first one, above 0.
        seed: int. The noise.

    Returns:
        A distribution with batch shape `[B]` and event shape `[Z]`.

    Raises:
        ValueError: for another kind of model, or options or data that do not fit.

    Example:
    >>> from genkeras.zoo import VAE
    >>> model, x = VAE((4,), 2, hidden_units=(8,)), np.ones([3, 4], "float32")
    >>> q = fit_posterior(model, x, num_steps=20)
    >>> EvidenceBound(10, proposal=lambda *_: q)(model, x).shape
    TensorShape([3])

    Reference:
        Cremer et al., 2018, section 3, https://arxiv.org/abs/1801.03558; the gradient
        of Roeder et al., 2017, https://arxiv.org/abs/1703.09194
    """
    _check(model, num_steps, num_draws, learning_rate)
    x, condition = model._enter(x, condition)
    mean, stddev = model.posterior_moments(model.posterior(x, condition))
    loc, log_scale = (keras.Variable(start) for start in (mean, tf.math.log(stddev)))
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build([loc, log_scale])

    @tf.function
    def step(x, condition, seed):
        with tf.GradientTape() as tape:
            q = tfd.MultivariateNormalDiag(loc.value, tf.exp(log_scale.value))
            bound = EvidenceBound(num_draws, proposal=lambda *_: q, gradient="dreg")
            # A sum, and Adam goes by entries: no example moves another.
            loss = -tf.reduce_sum(bound.terms(model, x, condition, seed)["bound"])
        gradients = tape.gradient(loss, [loc.value, log_scale.value])
        optimizer.apply(gradients, [loc, log_scale])

    for i in range(num_steps):
        step(x, condition, tf.constant([seed, i]))
    return tfd.MultivariateNormalDiag(
        tf.identity(loc.value), tf.exp(tf.identity(log_scale.value))
    )


def _check(model, num_steps, num_draws, learning_rate):
    specs = model.latent_specs() if isinstance(model, LatentVariableModel) else None
    if not isinstance(specs, tf.TensorSpec):
        raise refusal(
            "fit_posterior takes a LatentVariableModel whose latent is one vector. "
            f"Received: {type(model).__name__}."
        )
    if min(num_steps, num_draws) < 1 or learning_rate <= 0.0:
        raise refusal(
            "fit_posterior takes at least one step and one draw, and a rate above 0. "
            f"Received: num_steps={num_steps}, num_draws={num_draws}, "
            f"learning_rate={learning_rate}."
        )
