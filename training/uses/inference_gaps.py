"""What a bound lacks: by the family of its posteriors, and by the encoder."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ...zoo.latent import ImportanceBound, fit_posterior

tfd = tfp.distributions

# Draws that go through the decoder at a time.
_DRAWS = 10


def inference_gaps(
    model,
    x,
    condition=None,
    *,
    log_prob=None,
    num_draws: int = 1000,
    seed: int = 0,
    **options,
) -> dict[str, np.ndarray]:
    """Splits what the ELBO lacks of `log p(x)` into two causes, example by example.

        log p(x) - ELBO(q) = [log p(x) - ELBO(q*)] + [ELBO(q*) - ELBO(q)]

    where `q` is the encoder's posterior, and `q*` the best normal of independent
    latents, fitted to each example (`fit_posterior`). The first is the approximation
    gap: the true posterior is no such normal. The second is the amortization gap: the
    encoder does not give the best one. A better encoder closes the second alone. It may
    be negative where the posterior of the model is richer than `q*`, as with a flow.

    Args:
        model: a `LatentVariableModel` whose latent is one vector.
        x: `[N, *event_shape]`, of which all are fitted at once.
        condition: the condition of each, if the model has one.
        log_prob: None, or `[N]` nats where they are known. None takes the
            importance-weighted bound with `q*` for proposal, which lies a little below.
        num_draws: int. Draws of each estimate, in tens.
        seed: int. The noise.
        **options: of `fit_posterior`.

    Returns:
        `[N]` nats each: `log_prob`, `elbo` of the encoder, `fitted_elbo`,
        `approximation_gap` and `amortization_gap`.

    Raises:
        ValueError: for another kind of model, or options or data that do not fit.

    Example:
    >>> from genkeras.zoo import VAE
    >>> model, x = VAE((4,), 2, hidden_units=(8,)), np.ones([3, 4], "float32")
    >>> sorted(inference_gaps(model, x, num_draws=20, num_steps=5))[:2]
    ['amortization_gap', 'approximation_gap']

    Reference:
        Cremer et al., 2018, section 3, https://arxiv.org/abs/1801.03558
    """
    _check(x, log_prob, num_draws)
    best = fit_posterior(model, x, condition, seed=seed, **options)
    fitted, weighted = _bounds(model, x, condition, num_draws, seed, lambda *_: best)
    elbo, _ = _bounds(model, x, condition, num_draws, seed, "posterior")
    known = weighted if log_prob is None else np.asarray(log_prob, "float64")
    return {
        "log_prob": known,
        "elbo": elbo,
        "fitted_elbo": fitted,
        "approximation_gap": known - fitted,
        "amortization_gap": fitted - elbo,
    }


def _check(x, log_prob, num_draws):
    if num_draws < 1:
        raise ValueError(
            f"inference_gaps takes at least one draw. Received: num_draws={num_draws}."
        )
    shape = (len(x),) if log_prob is None else np.shape(log_prob)
    if shape != (len(x),):
        raise ValueError(
            f"inference_gaps takes one log_prob for each of {len(x)} examples. "
            f"Received: the shape {shape}."
        )


def _bounds(model, x, condition, num_draws, seed, proposal):
    """The mean of the logarithms of weights, and the logarithm of their mean."""
    estimator = ImportanceBound(_DRAWS, proposal=proposal)
    x, condition = model.front_door.enter(x, condition)

    @tf.function
    def part(x, condition, seed):
        terms = estimator.terms(model, x, condition, seed)
        return -terms["distortion"] - terms["rate"], terms["bound"]

    seeds = [tf.constant([seed, i]) for i in range(-(-num_draws // _DRAWS))]
    found = np.array([part(x, condition, one) for one in seeds], "float64")
    elbo, weighted = found[:, 0], found[:, 1]  # [parts, N]
    return elbo.mean(axis=0), np.logaddexp.reduce(weighted) - np.log(len(seeds))
