"""What is said of trained models, against closed forms and brute force."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from sklearn.decomposition import PCA

from contracts import check_refused, perturb
from contracts.models import TINY
from genkeras.training.data import load, prepare
from genkeras.training.uses import (
    anomaly_scores,
    draw_latent_map,
    features_of,
    fgsm,
    log_likelihoods,
    pgd,
    posterior_report,
    probe_beside_pca,
    robust_accuracy,
    roc,
    train_on_samples,
    traverse,
)
from genkeras.zoo import VAE

RNG = np.random.default_rng(0)


# === Features ===
@pytest.mark.parametrize("name", ["vae", "hierarchical_vae", "maf", "vqvae", "sparse"])
def test_features_are_what_encode_gives(name):
    tiny = TINY[name]
    model = perturb(tiny(), 0.3)
    features = features_of(model, tiny.x, batch_size=5)
    code = model.encode(tiny.x)
    code = code[0] if isinstance(code, tuple) else code
    if name == "vqvae":
        code = tf.one_hot(code, model.num_codes)
    parts = [np.asarray(leaf).reshape(12, -1) for leaf in tf.nest.flatten(code)]
    np.testing.assert_allclose(features, np.concatenate(parts, axis=1), atol=1e-5)


def test_features_of_a_model_without_a_code():
    tiny = TINY["vae_labels"]
    model = tiny()
    features = features_of(model, tiny.x, tiny.condition, batch_size=5)
    mean, _ = model.encode(tiny.x, tiny.condition)
    np.testing.assert_allclose(features, mean, atol=1e-6)
    check_refused(lambda: features_of(TINY["made"](), tiny.x), "MADE")


class Components:
    """Encodes by components of PCA, behind an invertible map."""

    def __init__(self, x, size):
        self.pca = PCA(size, random_state=0).fit(x)

    def encode(self, x):
        return 3.0 * self.pca.transform(x)[:, ::-1] + 1.0


def test_a_code_of_components_probes_as_pca_does():
    data = prepare(load("digits"), "unit", flatten=True)
    found = probe_beside_pca(Components(data.x["train"], 6), data, num_train=1000)
    assert found["probe_size"] == 6
    difference = found["probe_accuracy"] - found["probe_accuracy_of_pca"]
    assert abs(difference) < 0.03  # of 1000 training examples only
    assert 0.7 < found["probe_accuracy"] < 0.95


# === Anomalies ===
def test_a_likely_stranger_is_seen_by_its_typicality():
    """A wide normal finds what is near its mode likelier than what it draws itself."""
    own, other, train = (
        s * np.random.default_rng(i).normal(size=(500, 60))
        for i, s in enumerate((1.0, 0.5, 1.0))
    )
    log_prob = [stats.norm.logpdf(x).sum(axis=1) for x in (own, other, train)]
    plain = [anomaly_scores(part) for part in log_prob[:2]]
    assert roc(*plain)["auc"] < 0.01
    typical = [anomaly_scores(part, typical=log_prob[2]) for part in log_prob[:2]]
    assert roc(*typical)["auc"] > 0.98


def test_the_area_is_how_often_a_stranger_scores_higher():
    inside, outside = RNG.normal(size=40), RNG.normal(0.5, size=30).round(1)
    pairs = outside[:, None] - inside
    wanted = np.mean((pairs > 0) + 0.5 * (pairs == 0))
    curve = roc(inside, outside)
    assert curve["auc"] == pytest.approx(wanted)
    area = np.trapezoid(curve["true_positive_rate"], curve["false_positive_rate"])
    assert area == pytest.approx(wanted)


@pytest.mark.parametrize("name", ["vae", "made", "vqvae_prior"])
def test_likelihoods_are_the_models_own(name):
    tiny = TINY[name]
    model = perturb(tiny(), 0.3)
    given = [tiny.x] if tiny.condition is None else [tiny.x, tiny.condition]
    found = log_likelihoods(model, *given, num_samples=3)
    options = {"num_samples": 3} if name == "vae" else {}
    own = getattr(model, "log_prob", getattr(model, "elbo", None))
    np.testing.assert_allclose(found, own(*given, **options), atol=1e-4)


def test_what_has_no_likelihood_is_refused():
    check_refused(lambda: log_likelihoods(TINY["gan"](), np.zeros([2, 3])), "GAN")


# === Synthetic data ===
class Copies:
    """Draws training images of the label, or of the one after it."""

    condition_spec = {"num_classes": 10}

    def __init__(self, data, shift=0):
        self.data, self.shift, self.drawn = data, shift, 0

    def sample(self, num_samples, *, condition, seed):
        start, self.drawn = self.drawn, self.drawn + num_samples
        labels, x = self.data.labels["train"], self.data.x["train"]
        np.testing.assert_array_equal(condition, labels[start : self.drawn])
        if not self.shift:
            return x[start : self.drawn]
        wanted = (condition + self.shift) % 10
        return np.stack([x[np.flatnonzero(labels == k)[0]] for k in wanted])


def test_wrong_labels_teach_nothing():
    data = prepare(load("digits"), "unit")
    found = train_on_samples(Copies(data, shift=1), data, num_samples=300, epochs=3)
    assert found["accuracy_of_samples"] < 0.2
    assert found["accuracy_of_real"] > 0.3
    check_refused(lambda: train_on_samples(TINY["vae"](), data), "None")


@pytest.mark.slow
def test_copies_teach_what_they_copy():
    data = prepare(load("digits"), "unit")
    found = train_on_samples(Copies(data), data, num_samples=300, epochs=3)
    assert found["accuracy_of_samples"] == pytest.approx(found["accuracy_of_real"])


# === Attacks ===
def test_attacks_on_a_linear_classifier_are_its_margin():
    weights = RNG.normal(size=(6, 2)).astype("float32")
    x = RNG.uniform(0.4, 0.6, size=(300, 6)).astype("float32")
    labels = RNG.integers(0, 2, size=300)
    logits = x @ weights
    rows = np.arange(300)
    margin = logits[rows, labels] - logits[rows, 1 - labels]
    reach = np.abs(weights[:, 0] - weights[:, 1]).sum()
    epsilons = (0.0, 0.01, 0.03, 0.1)
    wanted = [np.mean(margin > epsilon * reach) for epsilon in epsilons]

    def classifier(x):
        return tf.matmul(tf.convert_to_tensor(x), weights)

    for attack in (fgsm, pgd):
        found = robust_accuracy(classifier, x, labels, epsilons, attack=attack)
        np.testing.assert_allclose(found, wanted, atol=0.011)
        moved = attack(classifier, x, labels, epsilon=0.5).numpy()
        assert moved.min() >= 0.0
        assert moved.max() <= 1.0
        assert np.abs(moved - x).max() <= 0.5 + 1e-6


def test_steps_find_what_one_step_misses():
    """A loss that falls along the first slope, and rises behind the dip."""

    def classifier(x):
        dip = tf.cos(4.0 * np.pi * x[:, 0])
        return tf.stack([tf.zeros_like(dip), dip - 0.5], axis=1)

    x, labels = np.full([1, 1], 0.45, "float32"), [0]

    def loss(moved):
        logits = classifier(tf.convert_to_tensor(moved))
        return float(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)[0])

    one = fgsm(classifier, x, labels, epsilon=0.2)
    many = pgd(classifier, x, labels, epsilon=0.2, num_steps=40)
    assert loss(many) > loss(one)
    assert loss(many) == pytest.approx(np.log(1 + np.exp(0.5)), abs=1e-2)
    unseen = lambda x: tf.constant(np.zeros([1, 2], "float32"))  # noqa: E731
    check_refused(lambda: fgsm(unseen, x, labels, epsilon=0.1), "none passes")


# === The posterior ===
@keras.saving.register_keras_serializable(package="tests")
class Moments(keras.layers.Layer):
    """Means that are the data times some factors, and constant deviations."""

    def __init__(self, factors, stddev, **kwargs):
        super().__init__(**kwargs)
        self.factors, self.stddev = factors, stddev

    def call(self, x):
        mean = x * tf.constant(self.factors)
        raw = np.log(np.expm1(np.float32(self.stddev) - 1e-4))
        return tf.concat([mean, raw * tf.ones_like(mean)], axis=-1)


def _report(factors, stddev):
    encoder = Moments(factors, stddev)
    model = VAE((2,), 2, encoder=encoder, hidden_units=(4,), seed=0)
    x = (np.random.default_rng(0).random((2000, 2)) > 0.5).astype("float32")
    return model, x, posterior_report(model, x)


def test_a_report_has_the_closed_forms():
    model, x, found = _report([1.6, 0.0], [0.6, 1.0])
    activity = [1.6**2 * x[:, 0].var(), 0.0]
    np.testing.assert_allclose(found["activity"], activity, atol=1e-3)
    assert found["active_units"] == 1
    square = np.mean((1.6 * x[:, 0]) ** 2)
    rate = 0.5 * (0.36 + square - 1.0) - np.log(0.6)
    np.testing.assert_allclose(found["rate_of_each"], [rate, 0.0], atol=1e-3)
    assert found["rate"] == pytest.approx(rate, abs=1e-3)
    logs = model.elbo(x).numpy()
    spread = 5 * logs.std() / np.sqrt(2000)
    total = found["distortion"] + found["rate"]
    assert -total == pytest.approx(logs.mean(), abs=2 * spread)
    assert found["distortion_of_each"].shape == (2,)
    assert found["distortion_of_each"].sum() == pytest.approx(found["distortion"])


def test_both_failures_are_told_apart_in_words():
    ignored, wasteful, fine = (
        _report(factors, [stddev] * 2)[2]["verdict"]
        for factors, stddev in (([0.0, 0.0], 1.0), ([20.0] * 2, 0.1), ([0.6] * 2, 0.95))
    )
    assert "is ignored: 0 of 2" in ignored
    assert "is not compressed: 2 of 2" in wasteful
    assert "is used, and fills the prior: 2 of 2" in fine
    check_refused(
        lambda: posterior_report(TINY["vae_full"](), TINY["vae_full"].x), "TriL"
    )


# === Pictures ===
def test_a_traversal_moves_one_latent_and_keeps_the_rest():
    tiny = TINY["vae_flow"]
    model = perturb(tiny(), 0.3)
    x, label = tiny.x[0], tiny.condition[0]
    table = traverse(model, x, dimensions=[1], span=2.0, num_steps=3, condition=label)
    z = np.repeat(model.encode(x[None], label[None])[0], 3, axis=0)
    z[:, 1] = [-2.0, 0.0, 2.0]
    np.testing.assert_allclose(
        table[0], model.decode(z, np.repeat(label, 3)), atol=1e-6
    )
    check_refused(lambda: traverse(TINY["vqvae"](), TINY["vqvae"].x[0]), "(2, 2)")


def test_a_map_shows_each_label_in_its_color():
    codes = np.concatenate([RNG.normal(size=(50, 3)) + 9, RNG.normal(size=(50, 3))])
    image = draw_latent_map(codes, np.repeat([0, 1], 50))
    blue, orange = ([31, 119, 180], [255, 127, 14])  # C0 and C1
    right = [np.all(np.abs(image - np.array(c)) < 12, axis=-1) for c in (blue, orange)]
    assert min(part.sum() for part in right) > 50
    columns = [np.median(np.nonzero(part)[1]) for part in right]
    assert abs(columns[0] - columns[1]) > 100
    assert draw_latent_map(codes[:, :1], np.repeat([0, 1], 50)).shape == image.shape
