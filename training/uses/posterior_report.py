"""What a model's latents are used for, in numbers and in words."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from ..evaluation import in_parts

tfd = tfp.distributions

# A latent is active if its mean varies by more than this, and matches the prior if it
# is within so many nats of it.
_ACTIVE = 0.01
_CLOSE = 0.1


def posterior_report(
    model, x, condition=None, *, batch_size: int = 500, seed: int = 0
) -> dict:
    """Says how much each latent tells, and which of two failures there is.

    The rate falls into what a latent tells of `x` and what the code as a whole is off
    the prior (Hoffman and Johnson):

        E KL(q(z|x) || p(z)) = I(x; z) + KL(q(z) || p(z)),   q(z) = E q(z|x)

    "The latent code is ignored": no latent is active, the decoder models the data by
    itself, and the rate is 0. "The latent code is not compressed": the rate is paid,
    but the codes do not fill the prior, so that draws of it decode to nothing known.

    Args:
        model: a `LatentVariableModel` with independent normal latents and a standard
            normal prior, such as `VAE`.
        x: `[N, *event_shape]`.
        condition: the condition of each, if the model has one.
        batch_size: int. Examples at a time.
        seed: int. Of the draw of each code that the distortion is of.

    Returns:
        `activity`, the variance over `x` of each latent's mean, `[Z]`;
        `active_units`, how many exceed 0.01; `rate_of_each` latent, `[Z]` nats, whose
        sum is the `rate`; `distance_to_prior` of each, `[Z]` nats: KL(q(z_j) || p(z_j))
        of a normal with the moments of the aggregate; `distortion`, nats of an example,
        and `distortion_of_each` of its numbers, `[*event_shape]`, where they are
        independent given `z`, else None; and the `verdict`, a sentence.

    Raises:
        ValueError: for other posteriors and priors.

    Reference:
        Burda et al., 2016, section 5.2, for activity, https://arxiv.org/abs/1509.00519;
        Hoffman and Johnson, 2016, http://approximateinference.org/accepted/;
        Alemi et al., 2018, for both failures, https://arxiv.org/abs/1711.00464
    """
    _check(model, x, condition)

    def numbers(index, part):
        given, beside = _entered(model, x, condition, index)
        q = model.posterior(given, beside)
        rate = tfd.kl_divergence(tfd.Normal(q.mean(), q.stddev()), tfd.Normal(0.0, 1.0))
        p = model.likelihood(q.sample(seed=(seed, part)), beside)
        inner = getattr(p, "distribution", None)
        each = inner if isinstance(p, tfd.Independent) else p
        log_p = tf.reshape(each.log_prob(tf.cast(given, p.dtype)), [len(index), -1])
        return np.concatenate([q.mean(), q.stddev(), rate, -log_p], axis=1)

    table = in_parts(numbers, np.arange(len(x)), batch_size).astype("float64")
    size = model.latent_size
    mean, stddev, rate, distortion = np.split(table, [size, 2 * size, 3 * size], axis=1)
    activity = mean.var(axis=0)
    found = {
        "activity": activity,
        "active_units": int(np.sum(activity > _ACTIVE)),
        "rate_of_each": rate.mean(axis=0),
        "rate": float(rate.sum(axis=1).mean()),
        "distance_to_prior": _distance(mean, stddev),
        "distortion": float(distortion.sum(axis=1).mean()),
        "distortion_of_each": _shaped(distortion.mean(axis=0), model.event_shape),
    }
    return {**found, "verdict": _verdict(found)}


def _entered(model, x, condition, index):
    given = None
    if condition is not None:
        given = tf.nest.map_structure(lambda leaf: np.asarray(leaf)[index], condition)
    return model.front_door.enter(x[index], given)


def _check(model, x, condition):
    given, beside = _entered(model, x, condition, [0])
    q, prior = model.posterior(given, beside), model.prior(beside)
    normal = all(isinstance(p, tfd.MultivariateNormalDiag) for p in (q, prior))
    if not normal or np.any(prior.mean() != 0.0) or np.any(prior.stddev() != 1.0):
        raise ValueError(
            "posterior_report is of independent normal latents and a standard normal "
            f"prior. Received: {q.name} and {prior.name}."
        )


def _distance(mean, stddev):
    """`KL(Normal(m, s) || Normal(0, 1))`, with the moments of all codes together."""
    center = mean.mean(axis=0)
    variance = mean.var(axis=0) + np.mean(stddev**2, axis=0)
    return 0.5 * (variance + center**2 - 1.0 - np.log(variance))


def _shaped(distortion, event_shape):
    whole = len(distortion) == np.prod(event_shape)
    return distortion.reshape(event_shape) if whole else None


def _verdict(found):
    active, size = found["active_units"], len(found["activity"])
    off = float(np.mean(found["distance_to_prior"]))
    told = f"{active} of {size} latents are active, at a rate of {found['rate']:.1f} "
    told += f"nats; the code is {off:.2f} nats a latent off the prior."
    if active == 0:
        return f"The latent code is ignored: {told}"
    if off > _CLOSE:
        return f"The latent code is not compressed: {told}"
    return f"The latent code is used, and fills the prior: {told}"
