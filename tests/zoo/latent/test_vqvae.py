"""Promises of vector quantization: nearest entries, averages, gradients, use."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from contracts import (
    check_refused,
    check_resume,
    check_sampler,
    check_served,
    perturb,
    requests,
    serve_here,
)
from contracts.models import CODES, TINY
from genkeras.zoo import MADE, VQVAE, GatedPixelCNN

X = (np.random.default_rng(0).random((12, 4, 4, 1)) > 0.5).astype("float32")


def _model(**kwargs):
    keras.utils.set_random_seed(0)
    return VQVAE((4, 4, 1), 8, 3, filters=(6,), seed=0, **kwargs)


@pytest.mark.parametrize("name", CODES)
def test_saved_served_and_drawn(name):
    tiny = TINY[name]
    check_resume(tiny)
    model = perturb(tiny(), 0.3)
    check_sampler(model, tiny.condition)
    calls = requests(model, tiny.x, tiny.condition, sizes=(1, 7))
    check_served(serve_here(model, calls), calls)


def test_codes_are_the_nearest_entries():
    model = perturb(_model(), 0.3)
    model.code_book.assign(np.random.default_rng(1).normal(size=(8, 3)))
    outputs = np.asarray(model.encoder(X))
    book = model.code_book.numpy()
    distance = ((outputs[..., None, :] - book) ** 2).sum(axis=-1)
    codes = model.encode(X).numpy()
    np.testing.assert_array_equal(codes, distance.argmin(axis=-1))
    logits = np.asarray(model.decoder(book[codes]), "float64")
    made = 1.0 / (1.0 + np.exp(-logits))
    np.testing.assert_allclose(model.reconstruct(X), made, rtol=1e-4)
    assert model.code_use(X) == len(np.unique(codes)) / 8


def test_a_step_moves_the_averages_and_the_gradient_passes_straight():
    model = perturb(_model(revive_below=0.0), 0.3)
    outputs = np.asarray(model.encoder(X), "float64").reshape(-1, 3)
    codes = model.encode(X).numpy().ravel()
    counts = 0.99 + 0.01 * np.bincount(codes, minlength=8)
    hot = np.eye(8)[codes]
    sums = 0.99 * model.code_sums.numpy() + 0.01 * hot.T @ outputs
    entries = model.code_book.numpy()[model.encode(X).numpy()]
    with tf.GradientTape(persistent=True) as tape:
        e = model.encoder(X)
        gap = tf.reduce_mean((e - entries) ** 2)
        held = tf.constant(entries)
        tape.watch(held)
        errors = tf.nn.sigmoid_cross_entropy_with_logits(X, model.decoder(held))
        error = tf.reduce_mean(errors)
    passed = tape.gradient(error, held)  # to the entries, and on to the encoder
    weights = [v.value for v in model.encoder.trainable_variables]
    straight = tape.gradient(e, weights, output_gradients=passed)
    kept = tape.gradient(gap, weights)
    wanted = [a + 0.25 * b for a, b in zip(straight, kept, strict=True)]
    before = [v.numpy() for v in model.encoder.trainable_variables]
    model.compile(keras.optimizers.SGD(1.0), run_eagerly=True)
    model.train_step(tf.constant(X))
    after = model.encoder.trainable_variables
    for old, new, g in zip(before, after, wanted, strict=True):
        np.testing.assert_allclose(old - new.numpy(), g, atol=1e-5)
    np.testing.assert_allclose(model.code_counts, counts, rtol=1e-5)
    np.testing.assert_allclose(model.code_sums, sums, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(model.code_book, sums / counts[:, None], rtol=1e-4)


def test_dead_codes_become_outputs_of_the_batch():
    model = perturb(_model(), 0.3)
    far = model.code_book.numpy()
    far[3] = 100.0
    model.code_book.assign(far)
    model.code_sums.assign(far)
    counts = np.ones(8)
    counts[3] = 0.01
    model.code_counts.assign(counts)
    outputs = np.asarray(model.encoder(X)).reshape(-1, 3)
    model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    model.train_step(tf.constant(X))
    gaps = np.abs(outputs - model.code_book.numpy()[3]).max(axis=1)
    assert gaps.min() < 1e-5


def test_it_learns_and_uses_its_code_book():
    rng = np.random.default_rng(0)
    x = (rng.random((200, 4, 4, 1)) > 0.5).astype("float32")
    keras.utils.set_random_seed(0)
    model = VQVAE((4, 4, 1), 16, 4, filters=(32,), seed=0)
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    step = tf.function(model.train_step)
    for _ in range(400):
        step(tf.constant(x))
    logs = model.evaluate(x, batch_size=200, verbose=0)
    assert logs["reconstruction"] < 0.35  # log 2 = 0.69 of one who knows nothing
    assert model.code_use(x) >= 0.9
    codes = model.encode(x).numpy().ravel()
    shares = np.bincount(codes, minlength=16) / len(codes)
    perplexity = np.exp(-np.sum(shares * np.log(shares + 1e-12)))
    np.testing.assert_allclose(logs["perplexity"], perplexity, rtol=1e-3)


# === The prior ===
def _with_prior(**kwargs):
    prior = GatedPixelCNN((2, 2, 1), 8, 2, num_levels=8, seed=0, **kwargs)
    return _model(prior=prior)


def test_the_bound_is_that_of_enumeration():
    model = perturb(_with_prior(), 0.3)
    every = np.stack(np.meshgrid(*[np.arange(8)] * 4, indexing="ij"), -1)
    codes = every.reshape(-1, 2, 2)  # all 4096 maps of codes
    log_prior = model.prior.log_prob(codes[..., None]).numpy().astype("float64")
    np.testing.assert_allclose(special.logsumexp(log_prior), 0.0, atol=1e-4)
    p = model.decode(codes).numpy().astype("float64")[None]
    x = X[:3, None]
    pixels = special.xlogy(x, p) + special.xlog1py(1 - x, -p)
    joint = log_prior + pixels.sum(axis=(2, 3, 4))  # [3, 4096]
    elbo = model.elbo(X[:3]).numpy()
    at = model.encode(X[:3]).numpy().reshape(3, 4) @ [512, 64, 8, 1]
    np.testing.assert_allclose(elbo, joint[np.arange(3), at], rtol=1e-4)
    assert np.all(elbo < special.logsumexp(joint, axis=1))


def test_fit_leaves_the_prior_and_fit_prior_the_rest():
    tiny = TINY["vqvae_prior"]
    model = tiny()
    parts = [model.encoder, model.decoder, model.prior]

    def weights():
        own = [*parts[0].weights, *parts[1].weights, model.code_book]
        prior = [v for v in model.prior.trainable_variables]
        return [[v.numpy() for v in part] for part in (own, prior)]

    def moved(old, new):
        return [
            any((a != b).any() for a, b in zip(o, n, strict=True))
            for o, n in zip(old, new, strict=True)
        ]

    start = weights()
    model.compile(run_eagerly=True)
    model.fit(tiny.data(4), verbose=0)
    fitted = weights()
    assert moved(start, fitted) == [True, False]
    held_out = (tiny.x, tiny.condition)
    history = model.fit_prior(
        tiny.data(4), epochs=2, validation_data=held_out, verbose=0
    )
    assert moved(fitted, weights()) == [False, True]
    assert {"nll", "bits_per_dim", "val_nll"} <= set(history.history)
    iterations = model.prior.optimizer.iterations
    before = int(iterations)
    model.fit_prior(*held_out, optimizer=None, batch_size=6, verbose=0)
    assert int(model.prior.optimizer.iterations) == before + 2


def test_the_prior_is_trained_under_the_strategy_of_the_model():
    tiny = TINY["vqvae_prior"]
    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    with strategy.scope():
        model, adam = tiny(), keras.optimizers.Adam()
    model.fit_prior(tiny.x, tiny.condition, optimizer=adam, verbose=0)
    assert int(adam.iterations) == 1


def test_samples_follow_the_learned_prior():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    x = np.zeros([400, 4, 4, 1], "float32")
    x[labels == 1, :2] = 1.0  # a bar above, or none
    keras.utils.set_random_seed(0)
    prior = GatedPixelCNN(
        (2, 2, 1), 8, 2, num_levels=8, condition_spec={"num_classes": 2}, seed=0
    )
    model = _model(prior=prior)
    model.compile(keras.optimizers.Adam(0.02))
    model.fit(x, labels, batch_size=100, epochs=40, verbose=0)
    adam = keras.optimizers.Adam(0.02)
    history = model.fit_prior(
        x, labels, optimizer=adam, batch_size=100, epochs=25, verbose=0
    )
    wanted = np.repeat([0, 1], 100)
    drawn = model.sample(200, condition=wanted, seed=1).numpy()
    shown = drawn[:, :2].mean(axis=(1, 2, 3)) > 0.5
    assert np.mean(shown == wanted) > 0.97
    # The label says all: without it, it would be log 2 = 0.69.
    assert history.history["nll"][-1] < 0.1


def test_what_does_not_fit():
    check_refused(lambda: VQVAE((5, 4, 1), filters=(4,)), "(5, 4, 1)")
    check_refused(lambda: VQVAE((16,)), "(16,)")
    check_refused(lambda: _model(error="hinge"), "'hinge'")
    check_refused(lambda: _model(num_levels=2), "num_levels")
    wrong = keras.layers.Conv2D(5, 2)
    check_refused(lambda: _model(encoder=wrong), "encoder")
    model = _model()
    check_refused(lambda: model.decode(np.zeros([2, 2, 2], "float32")), "float32")
    check_refused(lambda: model.decode(np.zeros([2, 3, 2], "int32")), "(2, 3, 2)")
    check_refused(lambda: model.encode(2 * X), "0 to 2")


def test_what_does_not_fit_a_prior():
    other = GatedPixelCNN((2, 2, 1), 4, 1, num_levels=7)
    check_refused(lambda: _model(prior=other), "and 7")
    check_refused(lambda: _model(prior=MADE(4, num_levels=8)), "(4,)")
    check_refused(lambda: _model(prior=keras.layers.Dense(2)), "Dense")
    check_refused(lambda: _model(condition_spec={"num_classes": 2}), "condition_spec")
    check_refused(lambda: _model().fit_prior(X), "VQVAE.fit_prior")
    check_refused(lambda: _model().elbo(X), "VQVAE.elbo")
    model = _with_prior()
    check_refused(lambda: model.fit_prior(X, np.zeros(12, int)), "unconditional")
    endless = tf.data.Dataset.from_tensors(X).repeat()
    check_refused(lambda: model.fit_prior(endless), "without end")
