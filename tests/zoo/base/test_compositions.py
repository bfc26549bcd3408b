"""Distributions of our models inside TFP's own: joints, mixtures, samplers, fits."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd

from contracts import check_distribution, perturb
from contracts.models import HIERARCHIES, LATENTS, TINY
from genkeras.zoo import VAE, CategoricalLikelihood, FlowPrior, RealNVP

# One for each way that a distribution is made: couplings in a user's chain, masked
# networks either way, sums over components, positions in order.
KINDS = ("flow", "iaf", "maf", "gaussian_mixture", "made")
JOINTS = (
    tfd.JointDistributionSequential,
    tfd.JointDistributionNamedAutoBatched,
    tfd.JointDistributionCoroutineAutoBatched,
)


def _joint(kind, first, second):
    """`x ~ first, y ~ second(x)` as any of TFP's joints."""
    if "Coroutine" in kind.__name__:

        def parts():
            x = yield tfd.JointDistributionCoroutine.Root(first)
            yield second(x)

        return kind(parts)
    if "Named" in kind.__name__:
        return kind({"x": first, "y": lambda x: second(x)})
    return kind([first, lambda x: second(x)])


def _check_joint(kind, first, second):
    """Draws and scores of a joint are those of its parts."""
    joint = _joint(kind, first, second)
    # TFP warns that it draws one by one under a stateless seed.
    seed = 1 if "AutoBatched" in kind.__name__ else (0, 1)
    for lead in ([], [3], [2, 3]):
        draw = joint.sample(lead, seed=seed) if lead else joint.sample(seed=seed)
        log_prob = joint.log_prob(draw)
        assert log_prob.shape == lead, f"log_prob has shape {log_prob.shape}"
        x, y = (draw["x"], draw["y"]) if isinstance(draw, dict) else tuple(draw)
        wanted = first.log_prob(x) + second(x).log_prob(y)
        np.testing.assert_allclose(log_prob, wanted, rtol=1e-4, atol=1e-4)


def _noisy(x):
    """What stands below a latent vector: each of its numbers with noise."""
    x = tf.cast(x, tf.float32)
    return tfd.MultivariateNormalDiag(x, tf.ones_like(x))


@pytest.mark.parametrize("kind", JOINTS)
def test_a_density_in_a_joint(kind):
    for name in KINDS if kind is JOINTS[0] else KINDS[:1]:
        _check_joint(kind, perturb(TINY[name]()).distribution(), _noisy)


@pytest.mark.parametrize("kind", JOINTS)
def test_prior_and_likelihood_of_a_vae_in_a_joint(kind):
    model = perturb(TINY["vae"]())
    _check_joint(kind, model.prior(), model.likelihood)


@pytest.mark.parametrize("kind", JOINTS)
def test_a_density_given_what_is_drawn_above_it(kind):
    model = perturb(RealNVP(2, 2, (8,), condition_spec={"shape": [3]}, seed=0))
    _check_joint(kind, _noisy(tf.zeros([3])), model.distribution)


def test_labels_above_an_autoregressive_model():
    model = perturb(TINY["wave_net"]())
    labels = tfd.Categorical(logits=tf.zeros([3]))
    _check_joint(JOINTS[0], labels, model.distribution)


LATENT_MODELS = {
    **LATENTS,
    "vae_flow_prior": lambda: VAE(
        (5,), 2, hidden_units=(8,), learned_prior=FlowPrior(1, (8,)), seed=0
    ),
    "vae_levels": lambda: VAE(
        (3, 2),
        2,
        hidden_units=(8,),
        likelihood=CategoricalLikelihood(),
        num_levels=4,
        seed=0,
    ),
}


@pytest.mark.parametrize("name", LATENT_MODELS)
def test_priors_and_likelihoods(name):
    make = LATENT_MODELS[name]
    model = perturb(make())
    condition = getattr(make, "condition", None)
    one = None
    if condition is not None:
        one = tf.nest.map_structure(lambda leaf: leaf[0], condition)
    prior = model.prior(one)
    check_distribution(lambda: prior, (model.latent_size,))
    z = prior.sample([2, 3], seed=(0, 1))
    p = model.likelihood(z, one)
    assert p.batch_shape == [2, 3]
    x = p.sample(seed=(0, 2))
    log_prob = p.log_prob(x)
    alone = model.likelihood(z[1, 2], one)
    assert alone.sample(seed=(0, 2)).shape == model.event_shape
    np.testing.assert_allclose(alone.log_prob(x[1, 2]), log_prob[1, 2], rtol=1e-4)


@pytest.mark.parametrize("name", HIERARCHIES)
def test_latents_of_several_layers(name):
    tiny = HIERARCHIES[name]
    model = perturb(tiny())
    one = None if tiny.condition is None else tiny.condition[0]
    prior = model.prior(one)
    for lead in ([], [3], [2, 3]):
        z = prior.sample(lead, seed=(0, 1))
        assert prior.log_prob(z).shape == lead
        assert model.likelihood(z, one).batch_shape == lead
    last = [part[1, 2] for part in z]
    got = prior.log_prob(last)
    np.testing.assert_allclose(got, prior.log_prob(z)[1, 2], rtol=1e-4)


# === What TFP makes of one distribution ===
@pytest.mark.parametrize("name", KINDS)
def test_repeated_and_independent(name):
    p = perturb(TINY[name]()).distribution()
    event = tuple(p.event_shape)
    check_distribution(lambda: tfd.Sample(p, [4]), (4, *event))
    x = tfd.Sample(p, [4]).sample(3, seed=(0, 1))
    total = tf.reduce_sum(p.log_prob(x), axis=-1)
    np.testing.assert_allclose(tfd.Sample(p, [4]).log_prob(x), total, rtol=1e-4)


def test_independent_over_the_batch_of_conditions():
    tiny = TINY["real_nvp_floats"]
    each = perturb(tiny()).distribution(tiny.condition[:3])
    p = tfd.Independent(each, reinterpreted_batch_ndims=1)
    check_distribution(lambda: p, (3, 2))
    x = p.sample(5, seed=(0, 1))
    total = tf.reduce_sum(each.log_prob(x), axis=-1)
    np.testing.assert_allclose(p.log_prob(x), total, rtol=1e-5)


def test_mixture_of_different_models():
    parts = [perturb(TINY[name]()).distribution() for name in ("real_nvp", "maf")]
    p = tfd.Mixture(tfd.Categorical(probs=[0.3, 0.7]), parts)
    check_distribution(lambda: p, (2,))
    x = p.sample(4, seed=(0, 1))
    wanted = 0.3 * parts[0].prob(x) + 0.7 * parts[1].prob(x)
    np.testing.assert_allclose(p.prob(x), wanted, rtol=1e-4)


@pytest.mark.parametrize("name", ["real_nvp_floats", "made_floats"])
def test_mixture_over_conditions(name):
    """The components are one model, each under a condition of its own."""
    tiny = TINY[name]
    three = tf.nest.map_structure(lambda leaf: leaf[:3], tiny.condition)
    each = perturb(tiny()).distribution(three)
    weights = np.array([0.2, 0.3, 0.5], "float32")
    p = tfd.MixtureSameFamily(tfd.Categorical(probs=weights), each)
    check_distribution(lambda: p, (2,))
    x = p.sample(4, seed=(0, 1))
    wanted = tf.reduce_sum(weights * each.prob(x[:, None]), axis=-1)
    np.testing.assert_allclose(p.prob(x), wanted, rtol=1e-4)


# === Chains and fits ===
def test_hamiltonian_monte_carlo_of_a_flow():
    """The chain's mean is that of exact draws, within five standard errors."""
    model = perturb(RealNVP(2, 2, (8,), seed=0), 0.3)
    target = model.distribution()
    kernel = tfp.mcmc.HamiltonianMonteCarlo(target.log_prob, 0.4, 4)

    @tf.function(autograph=False)
    def run():
        return tfp.mcmc.sample_chain(
            200,
            # TFP keeps what a draw was made of: its inverse would have no gradient.
            tf.identity(target.sample(40, seed=(0, 1))),
            kernel=kernel,
            num_burnin_steps=20,
            trace_fn=lambda _, result: result.is_accepted,
            seed=(0, 2),
        )

    x, accepted = run()
    assert np.mean(accepted) > 0.6
    means = np.mean(x, axis=0)  # of each of 40 chains, which are independent
    error = means.std(axis=0) / np.sqrt(len(means))
    exact = target.sample(20_000, seed=(0, 3)).numpy()
    error = np.hypot(error, exact.std(axis=0) / np.sqrt(len(exact)))
    assert np.all(np.abs(means.mean(axis=0) - exact.mean(axis=0)) < 5 * error)
    single = tfp.mcmc.sample_chain(
        3, tf.zeros([2]), kernel=kernel, trace_fn=None, seed=(0, 4)
    )
    assert single.shape == (3, 2)


def test_variational_inference():
    """TFP's own fit brings a flow to a correlated normal: the divergence falls to 0."""
    model = RealNVP(2, 2, (16,), seed=0)
    target = tfd.MultivariateNormalTriL([1.0, -2.0], [[0.5, 0.0], [0.4, 0.3]])
    losses = tfp.vi.fit_surrogate_posterior(
        target.log_prob,
        surrogate_posterior=model.distribution(),
        optimizer=keras.optimizers.Adam(0.03),
        num_steps=300,
        sample_size=32,
        trainable_variables=[v.value for v in model.trainable_variables],
        seed=(0, 1),
    )
    assert losses[0] > 3.0
    assert np.mean(losses[-50:]) < 0.05
    x = model.sample(4000, seed=0)
    np.testing.assert_allclose(np.mean(x, axis=0), [1.0, -2.0], atol=0.1)


@pytest.mark.parametrize("name", ["flow_one_feature", "iaf", "maf", "nice"])
def test_a_kept_distribution_of_a_flow_follows_the_weights(name):
    """As TFP's fits keep one; no weight may be read when it is made."""
    model = TINY[name]()
    p = model.distribution()
    perturb(model)
    x = model.sample(4, seed=0)
    np.testing.assert_allclose(p.log_prob(x), model.log_prob(x), rtol=1e-5)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(p.log_prob(tf.identity(x)))
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    assert all(g is not None for g in gradients)
