"""Latent variable models that a user writes: other priors, several latents."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy import stats

from contracts import check_refused
from contracts.basics import must_fail
from genkeras.zoo import LatentVariableModel

tfd = tfp.distributions
X = (np.random.default_rng(0).normal(size=(12, 5)) > 0).astype("float32")
LABELS = np.arange(12) % 3


class ConditionalPrior(LatentVariableModel):
    """`z ~ Normal(m(label), 1)`, `x = z + noise`: all is known in closed form."""

    def __init__(self, **kwargs):
        super().__init__((1,), 1, condition_spec={"num_classes": 3}, **kwargs)
        self.means = keras.layers.Dense(1, kernel_initializer="random_normal")
        self.scale = self.add_weight(shape=(), initializer="zeros")

    def prior(self, condition=None):
        means = self.means(self.encode_condition(condition))
        return tfd.MultivariateNormalDiag(means, tf.ones([1]))

    def posterior(self, x, condition=None):
        mean = (x + self.prior(condition).mean()) / 2.0
        scale = tf.exp(tf.convert_to_tensor(self.scale)) * 0.5**0.5
        return tfd.MultivariateNormalDiag(mean, scale * tf.ones([1]))

    def likelihood(self, z, condition=None):
        return tfd.MultivariateNormalDiag(z, tf.ones([1]))


class TwoLayers(LatentVariableModel):
    """`top -> bottom -> x`, the posterior of both in one joint distribution."""

    def __init__(self, **kwargs):
        super().__init__((5,), 2, **kwargs)
        self.encoder = keras.layers.Dense(8)
        self.down = keras.layers.Dense(2)
        self.decoder = keras.layers.Dense(5)

    def prior(self, condition=None):
        return tfd.JointDistributionNamed(
            {
                "top": tfd.MultivariateNormalDiag(tf.zeros([2]), tf.ones([2])),
                "bottom": lambda top: tfd.MultivariateNormalDiag(
                    self._below(top), tf.ones([2])
                ),
            }
        )

    def _below(self, top):
        return tf.reshape(self.down(tf.reshape(top, [-1, 2])), tf.shape(top))

    def posterior(self, x, condition=None):
        top, spread, bottom, width = tf.split(self.encoder(x), 4, axis=-1)
        return tfd.JointDistributionNamed(
            {
                "top": tfd.MultivariateNormalDiag(top, tf.nn.softplus(spread)),
                "bottom": tfd.MultivariateNormalDiag(bottom, tf.nn.softplus(width)),
            }
        )

    def latent_specs(self):
        return {
            name: tf.TensorSpec((None, 2), self.variable_dtype, name=name)
            for name in ("top", "bottom")
        }

    def posterior_moments(self, q):
        parts, _ = q.sample_distributions(seed=(0, 0))
        names = ("top", "bottom")
        return (
            {name: parts[name].mean() for name in names},
            {name: parts[name].stddev() for name in names},
        )

    def likelihood(self, z, condition=None):
        both = tf.concat([z["top"], z["bottom"]], axis=-1)
        pixels = tfd.Bernoulli(logits=self.decoder(both), dtype=self.variable_dtype)
        return tfd.Independent(pixels, reinterpreted_batch_ndims=1)


def test_a_conditional_prior_reaches_every_use():
    model = ConditionalPrior(seed=0)
    model.build()
    model.means.kernel.assign(30.0 * model.means.kernel)
    x = np.linspace(-2.0, 2.0, 12, dtype="float32")[:, None]
    means = model.prior(LABELS).mean().numpy()
    assert np.ptp(means) > 0.1
    # The posterior is exact, so every bound is the marginal `Normal(m(label), 2)`.
    marginal = stats.norm(means[:, 0], 2.0**0.5)
    truth = marginal.logpdf(x[:, 0])
    np.testing.assert_allclose(
        model.log_prob(x, LABELS, num_samples=3), truth, rtol=1e-4, atol=1e-5
    )
    model.compile("sgd", run_eagerly=True)
    many = np.repeat(x[:1], 4000, axis=0)
    logs = model.evaluate(many, np.repeat(LABELS[:1], 4000), verbose=0)
    error = 5 * (2.0 / 4000) ** 0.5
    np.testing.assert_allclose(logs["elbo"], truth[0], atol=error)
    given = np.repeat([0, 2], 4000)
    samples = model.sample(8000, condition=given, seed=0).numpy()[:, 0]
    for label, part in ((0, samples[:4000]), (2, samples[4000:])):
        wanted = model.prior(np.array([label])).mean().numpy()
        np.testing.assert_allclose(part.mean(), wanted[0, 0], atol=error)
    assert model.sample(3, condition=np.array([1]), seed=0).shape == (3, 1)


def test_two_latents_are_trained_encoded_decoded_and_drawn():
    model = TwoLayers(seed=0)
    model.compile("adam", run_eagerly=True)
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(X, verbose=0)
    moved = [
        not np.array_equal(v, old)
        for v, old in zip(model.trainable_variables, before, strict=True)
    ]
    assert all(moved)
    mean, stddev = model.encode(X)
    assert mean.keys() == stddev.keys() == {"top", "bottom"}
    assert model.decode(mean).shape == X.shape
    np.testing.assert_allclose(model.reconstruct(X), model.decode(mean), rtol=1e-6)
    assert model.interpolate(X, X[::-1], 3).shape == (12, 3, 5)
    assert model.sample(4, seed=0).shape == (4, 5)
    # One draw by hand: the joint over the draw's density.
    z, log_q = model.posterior(X).experimental_sample_and_log_prob(seed=(0, 3))
    joint = model.likelihood(z).log_prob(X) + model.prior().log_prob(z)
    np.testing.assert_allclose(model.elbo(X, seed=3), joint - log_q, rtol=1e-4)


def test_two_latents_are_served_by_their_names(tmp_path):
    model = TwoLayers(seed=0)
    model.export(tmp_path / "model", verbose=False)
    served = tf.saved_model.load(tmp_path / "model").signatures
    mean, stddev = model.encode(X)
    answer = served["encode"](x=tf.constant(X))
    for name in ("top", "bottom"):
        np.testing.assert_allclose(answer[f"{name}_mean"], mean[name], atol=1e-6)
        np.testing.assert_allclose(answer[f"{name}_stddev"], stddev[name], atol=1e-6)
    decoded = served["decode"](**mean)["x"]
    np.testing.assert_allclose(decoded, model.decode(mean), atol=1e-6)


def test_latents_that_do_not_fit():
    model = TwoLayers(seed=0)
    mean, _ = model.encode(X)
    wide = {**mean, "top": np.zeros([12, 3], "float32")}
    check_refused(lambda: model.decode(wide), "(12, 3)")
    check_refused(lambda: model.decode(mean["top"]), "such as", "a EagerTensor")


@pytest.mark.parametrize("what", ["posterior", "likelihood"])
def test_what_a_subclass_returns_is_checked_when_it_is_built(what):
    class Wrong(TwoLayers):
        def posterior(self, x, condition=None):
            if what == "likelihood":
                return super().posterior(x)
            parts = tf.split(self.encoder(x), 4, axis=-1)
            bits = tfd.Independent(tfd.Bernoulli(logits=parts[0]), 1)
            rest = tfd.MultivariateNormalDiag(parts[2], tf.nn.softplus(parts[3]))
            return tfd.JointDistributionNamed({"top": bits, "bottom": rest})

        def likelihood(self, z, condition=None):
            z = tf.nest.map_structure(lambda leaf: tf.cast(leaf, tf.float32), z)
            p = super().likelihood(z)
            return p.distribution if what == "likelihood" else p

    says = {"posterior": "reparameterized", "likelihood": "tfd.Independent"}[what]
    check_refused(lambda: Wrong(seed=0).build(), says)
    must_fail(check_refused, lambda: TwoLayers(seed=0).build(), says)


def test_a_rate_without_a_closed_form_is_estimated_in_a_graph_too():
    model = TwoLayers(seed=0)
    eager = model.elbo(X, seed=3)
    graph = tf.function(lambda x: model.elbo(x, seed=3))(tf.constant(X))
    np.testing.assert_allclose(graph, eager, rtol=1e-5)
