"""Estimates of log p(x): their order, their means, and their gradients'."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special
from tensorflow_probability import distributions as tfd

from contracts import check_refused, perturb
from genkeras.zoo import (
    IWAE,
    VAE,
    BinaryLatentModel,
    EvidenceBound,
    ExactSum,
    ImportanceBound,
    PriorSampling,
)

RNG = np.random.default_rng(0)
BITS = (RNG.random((3, 6)) > 0.5).astype("float32")
DRAWS = 4000


@pytest.fixture(scope="module")
def binary():
    """A model whose posterior the encoder misses, with four bits."""
    keras.utils.set_random_seed(0)  # before the seed of each test is set
    estimator = EvidenceBound(1, gradient="score")
    return perturb(
        BinaryLatentModel((6,), 4, hidden_units=(8,), estimator=estimator, seed=0), 0.7
    )


@pytest.fixture(scope="module")
def vae():
    keras.utils.set_random_seed(0)
    model = perturb(VAE((6,), 1, hidden_units=(8,), seed=0), 0.5)
    out = model.encoder.mlp.out
    out.kernel.assign(0.1 * out.kernel)
    out.bias.assign([0.2, 1.0])
    return model


def _mean(estimator, model, x, seed=0):
    """The mean of many estimates for each example, and its standard error."""
    many = np.repeat(x, DRAWS, axis=0)
    run = tf.function(lambda: estimator(model, many, seed=seed))
    values = run().numpy().reshape(len(x), DRAWS).astype("float64")
    return values.mean(axis=1), values.std(axis=1) / np.sqrt(DRAWS)


def _by_hand(model):
    """`log p(x, z)` by NumPy, of every latent: `[2^K, B]`."""
    z = ((np.arange(16)[:, None] >> np.arange(4)[::-1]) & 1).astype("float32")
    p = special.expit(np.asarray(model.decoder(z), "float64"))
    pi = special.expit(np.asarray(model.prior_logits, "float64"))
    prior = (z * np.log(pi) + (1 - z) * np.log(1 - pi)).sum(axis=1)
    pixels = BITS[None] * np.log(p)[:, None] + (1 - BITS[None]) * np.log1p(-p)[:, None]
    return z, pixels.sum(axis=2) + prior[:, None]


def test_the_sum_is_that_of_every_latent(binary):
    z, joint = _by_hand(binary)
    truth = special.logsumexp(joint, axis=0)
    np.testing.assert_array_equal(binary.all_latents(), z)
    np.testing.assert_allclose(binary.log_prob(BITS), truth, rtol=1e-5)
    np.testing.assert_allclose(ExactSum()(binary, BITS), truth, rtol=1e-5)
    np.testing.assert_allclose(
        binary.true_posterior(BITS), special.softmax(joint, axis=0).T, atol=1e-5
    )
    density = binary.distribution().log_prob(BITS)
    np.testing.assert_allclose(density, truth, rtol=1e-5)


@pytest.mark.parametrize("kind", ["binary", "vae"])
def test_bounds_rise_to_log_p(kind, request):
    model = request.getfixturevalue(kind)
    if kind == "binary":
        truth = binary_truth = np.asarray(model.log_prob(BITS), "float64")
        assert binary_truth.shape == (3,)
    else:
        edges = np.linspace(-8.0, 8.0, 2001)
        z = ((edges[1:] + edges[:-1]) / 2).astype("float32")[:, None]
        p = np.asarray(model.decode(z), "float64")
        pixels = np.log(p) @ BITS.T + np.log1p(-p) @ (1 - BITS.T)
        prior = -0.5 * z**2 - 0.5 * np.log(2 * np.pi)
        truth = special.logsumexp(pixels + prior, axis=0) + np.log(edges[1] - edges[0])
    kinds = [EvidenceBound(), ImportanceBound(5), ImportanceBound(50)]
    means, errors = zip(*(_mean(k, model, BITS) for k in kinds), strict=True)
    for i in range(2):
        gap = means[i + 1] - means[i]
        assert np.all(gap > 5 * np.hypot(errors[i], errors[i + 1])), "no rise"
    assert np.all(means[2] < truth + 5 * errors[2])
    many = np.asarray(ImportanceBound(5000)(model, BITS))
    np.testing.assert_allclose(many, truth, atol=0.05)
    # More draws of the elbo: the same mean, a smaller spread.
    mean, error = _mean(EvidenceBound(8), model, BITS, seed=3)
    assert np.all(np.abs(mean - means[0]) < 5 * np.hypot(error, errors[0]))
    assert np.all(error < 0.5 * errors[0])


def test_the_prior_and_any_other_proposal_have_the_same_limit(binary, vae):
    truth = binary.log_prob(BITS)
    np.testing.assert_allclose(PriorSampling(5000)(binary, BITS), truth, atol=0.1)

    def wide(model, x, condition):
        zeros = tf.zeros([tf.shape(x)[0], 1])
        return tfd.MultivariateNormalDiag(zeros, 1.5 + zeros)

    far = ImportanceBound(5000, proposal=wide)
    near = ImportanceBound(5000)(vae, BITS)
    np.testing.assert_allclose(far(vae, BITS), near, atol=0.1)


# === Gradients ===
def _gradients(estimator, model, variables, draws=DRAWS):
    """One estimate a draw of the gradient of each entry: `[draws, P]`."""
    x = np.repeat(BITS[:1], draws, axis=0)

    @tf.function
    def each():
        with tf.GradientTape() as tape:
            values = estimator(model, x, seed=5)
        return tape.jacobian(values, [v.value for v in variables])

    return np.concatenate(
        [np.reshape(g, [draws, -1]) for g in each()], axis=1, dtype="float64"
    )


def _agree(one, other):
    error = np.sqrt((one.var(axis=0) + other.var(axis=0)) / len(one))
    return np.all(np.abs(one.mean(axis=0) - other.mean(axis=0)) < 5 * error + 1e-5)


@pytest.mark.parametrize("family", [EvidenceBound, ImportanceBound])
def test_gradients_agree_in_the_mean(family, vae):
    variables = [vae.encoder.mlp.out.bias, vae.decoder.mlp.hidden[0].bias]
    kinds = ("pathwise", "score", "score_baseline", "dreg")
    found = {
        kind: _gradients(family(4, gradient=kind), vae, variables, 1500)
        for kind in kinds
    }
    for kind in kinds[1:]:
        assert _agree(found["pathwise"], found[kind]), kind
    spread = {kind: found[kind][:, :2].var(axis=0).sum() for kind in kinds}
    print({kind: spread[kind] / spread["pathwise"] for kind in kinds})
    assert spread["score_baseline"] < 0.5 * spread["score"]
    assert spread["dreg"] < spread["pathwise"]


def test_the_score_function_is_the_gradient_of_the_enumerated_elbo(binary):
    variables = [binary.encoder.mlp.out.bias, binary.decoder.mlp.hidden[0].bias]
    z = binary.all_latents()
    with tf.GradientTape() as tape:
        q = binary.posterior(tf.constant(BITS[:1]))
        log_q = q.log_prob(z)
        likelihood = binary.likelihood(z).log_prob(BITS[:1])
        weight = likelihood + binary.prior().log_prob(z) - log_q
        elbo = tf.reduce_sum(tf.exp(log_q) * weight)
    exact = tape.gradient(elbo, [v.value for v in variables])
    exact = np.concatenate([np.ravel(g) for g in exact])
    for kind in ("score", "score_baseline"):
        got = _gradients(EvidenceBound(3, gradient=kind), binary, variables, 1500)
        error = got.std(axis=0) / np.sqrt(len(got))
        assert np.all(np.abs(got.mean(axis=0) - exact) < 5 * error + 1e-5), kind


# === Training ===
def test_the_score_function_trains_nearly_like_the_sum():
    kinds = RNG.random((4, 8)) > 0.5
    x = (kinds[RNG.integers(0, 4, 400)] ^ (RNG.random((400, 8)) < 0.05)).astype("int32")

    def nll(estimator):
        model = BinaryLatentModel(
            (8,), 3, hidden_units=(16,), estimator=estimator, seed=0
        )
        model.compile(keras.optimizers.Adam(0.02), run_eagerly=True)
        step = tf.function(model.train_step)
        for _ in range(400):
            step(tf.constant(x))
        return model.evaluate(x, batch_size=400, verbose=0)["nll"]

    exact = nll(None)
    assert exact < 5.0  # 8 bits of noise cost 8 log 2 = 5.5
    assert nll(EvidenceBound(4, gradient="score_baseline")) < exact + 1.0
    assert nll(ImportanceBound(5, gradient="score_baseline")) < exact + 1.0


def test_an_iwae_trains_on_its_bound():
    model = perturb(IWAE((6,), 2, num_draws=7, hidden_units=(8,), seed=0), 0.3)
    seed = tf.constant([1, 2])
    terms = model._step_terms(tf.constant(BITS), None, seed, training=False)
    wanted = ImportanceBound(7)(model, BITS, seed=(1, 2))
    np.testing.assert_allclose(terms["loss"], -wanted, rtol=1e-6)
    assert np.all(terms["elbo"] < -terms["loss"])
    one = perturb(IWAE((6,), 2, num_draws=1, hidden_units=(8,), seed=0), 0.3)
    terms = one._step_terms(tf.constant(BITS), None, seed, training=False)
    np.testing.assert_allclose(terms["elbo"], -terms["loss"], rtol=1e-5)


# === Saving, bad input ===
def test_an_estimator_is_saved_with_its_model():
    estimator = ImportanceBound(6, gradient="score_baseline")
    model = BinaryLatentModel((4,), 2, hidden_units=(8,), estimator=estimator)
    twin = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(model)
    )
    assert twin.estimator.get_config() == estimator.get_config()
    for kind in (ExactSum(), PriorSampling(3), EvidenceBound(2, gradient="score")):
        config = keras.saving.serialize_keras_object(kind)
        again = keras.saving.deserialize_keras_object(config)
        assert type(again) is type(kind)
        assert again.get_config() == kind.get_config()


def test_what_does_not_fit(vae, binary):
    check_refused(lambda: ImportanceBound(0), "num_draws=0")
    check_refused(lambda: ImportanceBound(1, gradient="score_baseline"), "2 draws")
    check_refused(lambda: EvidenceBound(1, gradient="straight"), "'straight'")
    check_refused(lambda: ImportanceBound(2, proposal="uniform"), "'uniform'")
    check_refused(ImportanceBound(2, proposal=lambda *a: None).get_config, "function")
    bits = {"num_bits": 17}
    check_refused(lambda: BinaryLatentModel((4,), **bits), "num_bits=17")
    pathwise = ImportanceBound(2)
    check_refused(lambda: BinaryLatentModel((4,), estimator=pathwise), "'pathwise'")
    exact = BinaryLatentModel((4,), 2, hidden_units=(8,))
    check_refused(lambda: EvidenceBound()(exact, np.ones([2, 4])), "NoneType")
    check_refused(lambda: ExactSum()(binary, BITS * 0.5), "fractions")
    check_refused(lambda: IWAE((4,), 2, beta=2.0), "beta")
    check_refused(lambda: IWAE((4,), 2, gradient="dreg", num_flows=1), "num_flows=1")
