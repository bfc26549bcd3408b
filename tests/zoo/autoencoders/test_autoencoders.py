"""Promises of autoencoders: contracts, PCA, noises, activities, Jacobians."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import (
    check_autoencoder,
    check_moves,
    check_refused,
    check_resume,
    check_sampler,
    check_served,
    perturb,
    requests,
    serve_here,
)
from contracts.models import AUTOENCODERS, TINY
from genkeras.layers import ConvEncoder
from genkeras.zoo import (
    BottleneckAutoencoder,
    ContractiveAutoencoder,
    DenoisingAutoencoder,
    SparseAutoencoder,
)

RNG = np.random.default_rng(0)
BITS = (RNG.random((40, 6)) > 0.5).astype("float32")


def _train(model, x, rate, num_steps):
    """Adam's steps over all of the data; a graph of its own, of one step."""
    decay = keras.optimizers.schedules.CosineDecay(rate, num_steps)
    model.compile(keras.optimizers.Adam(decay), run_eagerly=True)
    step = tf.function(model.train_step)
    for _ in range(num_steps):
        step(tf.constant(x))


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_contract(name):
    tiny = TINY[name]
    model = perturb(tiny(), 0.3)
    check_autoencoder(model, tiny.x)
    check_sampler(model)
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    check_moves(model, lambda m: m.fit(tiny.data(12), verbose=0))


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_saved_and_served(name):
    tiny = TINY[name]
    check_resume(tiny)
    model = perturb(tiny(), 0.3)
    calls = requests(model, tiny.x, sizes=(1, 7))
    check_served(serve_here(model, calls), calls)


def test_a_linear_one_is_pca():
    bend = RNG.normal(size=(6, 6)) * [3.0, 2.0, 1.0, 0.5, 0.3, 0.2]
    x = (RNG.normal(size=(300, 6)) @ bend.T + 1.0).astype("float32")
    values = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    best = np.sum(values[2:] ** 2) / x.size
    model = BottleneckAutoencoder((6,), 2, error="squared", seed=0)
    _train(model, x, 0.1, 1500)
    got = float(np.mean(model.reconstruction_error(x)))
    assert best - 1e-6 <= got < best * (1 + 1e-3)
    # Its codes span the plane of the first two components.
    _, _, axes = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    flat = (x - x.mean(axis=0)) @ axes[:2].T @ axes[:2] + x.mean(axis=0)
    assert np.sqrt(np.mean((model.reconstruct(x) - flat) ** 2)) < 0.05


# === Denoising ===
def _noisy(noise, level, x, **kwargs):
    model = DenoisingAutoencoder(x.shape[1:], 2, noise=noise, level=level, **kwargs)
    return model.corrupt(tf.constant(x), tf.constant([1, 2])).numpy()


def test_noises_are_what_they_are_called():
    x = np.full([200, 50], 0.5, "float32")
    far = 5 * 0.5 / np.sqrt(x.size)
    masked = _noisy("masking", 0.3, x)
    assert set(np.unique(masked)) == {0.0, 0.5}
    assert abs(np.mean(masked == 0.0) - 0.3) < far
    salted = _noisy("salt_and_pepper", 0.3, x)
    for end in (0.0, 1.0):
        assert abs(np.mean(salted == end) - 0.15) < far
    assert abs(np.mean(salted == 0.5) - 0.7) < far
    noisy = _noisy("gaussian", 2.0, x, error="squared") - x
    np.testing.assert_allclose([noisy.mean(), noisy.std()], [0.0, 2.0], atol=0.1)
    cut = _noisy("gaussian", 2.0, x)
    assert (cut.min(), cut.max()) == (0.0, 1.0)
    np.testing.assert_array_equal(_noisy("gaussian", 0.0, x), x)


def test_the_error_is_of_the_clean_data():
    """Twins: each bit stands twice, so the other tells what noise has hidden."""
    bits = np.repeat((RNG.random((500, 3)) > 0.5), 4, axis=1).astype("float32")
    model = DenoisingAutoencoder(
        (12,), 6, noise="masking", level=0.5, hidden_units=(32,), seed=0
    )
    _train(model, bits, 0.02, 500)
    error = model.evaluate(bits, verbose=0)["reconstruction"]
    # A bit that is off looks as one of which all four are hidden.
    assert error < 0.15 < np.log(2)
    lost = bits.copy()
    lost[:, ::4] = 0.0
    assert np.mean((model.reconstruct(lost) > 0.5) == (bits > 0.5)) > 0.99


# === Sparse ===
def test_the_penalties_are_those_of_the_formulas():
    by_size = perturb(SparseAutoencoder((6,), 8, weight=0.3, seed=0), 0.3)
    seed = tf.constant([0, 0])
    code = np.asarray(by_size.encode(BITS))
    got = by_size.penalty(None, tf.constant(code), seed)
    np.testing.assert_allclose(got, 0.3 * np.abs(code).sum(axis=1), rtol=1e-5)

    by_rate = SparseAutoencoder((6,), 8, sparsity="kl", weight=0.3, target=0.1, seed=0)
    code = np.asarray(perturb(by_rate, 0.3).encode(BITS), "float64")
    a = code.mean(axis=0)
    wanted = 0.1 * np.log(0.1 / a) + 0.9 * np.log(0.9 / (1 - a))
    got = by_rate.penalty(None, tf.constant(code, tf.float32), seed)
    np.testing.assert_allclose(got, np.full(40, 0.3 * wanted.sum()), rtol=1e-4)


@pytest.mark.parametrize("sparsity", ["l1", "kl"])
def test_codes_become_sparse(sparsity):
    def activity(weight):
        model = SparseAutoencoder(
            (6,), 12, sparsity=sparsity, weight=weight, target=0.05, seed=0
        )
        _train(model, BITS, 0.05, 200)
        logs = model.evaluate(BITS, batch_size=40, verbose=0)
        mean = float(np.mean(np.abs(model.encode(BITS))))
        np.testing.assert_allclose(logs["activity"], mean, rtol=1e-4)
        return mean

    free, held = activity(0.0), activity({"l1": 0.05, "kl": 0.5}[sparsity])
    assert held < 0.5 * free
    if sparsity == "kl":
        assert held < 0.1


# === Contractive ===
def test_the_jacobian_of_one_sigmoid_layer_has_a_formula():
    model = perturb(ContractiveAutoencoder((6,), 3, weight=0.7, seed=0), 0.5)
    kernel = model.encoder.mlp.out.kernel.numpy()
    h = model.encode(BITS).numpy()
    wanted = (h * (1 - h)) ** 2 @ (kernel**2).sum(axis=0)
    np.testing.assert_allclose(model.jacobian_norm(BITS), wanted, rtol=1e-4)
    many = tf.repeat(tf.constant(BITS[:1]), 20_000, axis=0)
    draws = model.penalty(many, model.encode(many), tf.constant([1, 2])).numpy() / 0.7
    error = draws.std() / np.sqrt(len(draws))
    assert abs(draws.mean() - wanted[0]) < 5 * error


def test_the_penalty_contracts():
    def norm(weight):
        model = ContractiveAutoencoder((6,), 4, weight=weight, seed=0)
        _train(model, BITS, 0.05, 100)
        return float(np.mean(model.jacobian_norm(BITS)))

    assert norm(0.5) < 0.3 * norm(0.0)


# === Given networks, bad input ===
def test_your_own_networks():
    encoder = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
    decoder = keras.Sequential(
        [keras.layers.Dense(16), keras.layers.Reshape((4, 4, 1))]
    )
    model = BottleneckAutoencoder((4, 4, 1), 3, encoder=encoder, decoder=decoder)
    x = BITS[:32].reshape(-1, 16)[:, :, None].reshape(-1, 4, 4, 1)
    check_autoencoder(perturb(model, 0.3), x)
    twin = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(model)
    )
    assert twin.encode(x).shape == (len(x), 3)
    mixed = BottleneckAutoencoder((4, 4, 1), 3, encoder=ConvEncoder(3, (2,), (4,)))
    assert mixed.reconstruct(x).shape == x.shape


def test_what_does_not_fit():
    check_refused(lambda: BottleneckAutoencoder((6,), error="hinge"), "'hinge'")
    check_refused(lambda: BottleneckAutoencoder((6,), num_levels=2), "num_levels")
    check_refused(lambda: DenoisingAutoencoder((6,), noise="rain"), "'rain'")
    check_refused(lambda: DenoisingAutoencoder((6,), noise="masking", level=2), "2")
    check_refused(
        lambda: DenoisingAutoencoder((6,), noise="salt_and_pepper", error="squared"),
        "'squared'",
    )
    check_refused(lambda: SparseAutoencoder((6,), sparsity="l0"), "'l0'")
    check_refused(lambda: SparseAutoencoder((6,), target=1.5), "1.5")
    check_refused(
        lambda: SparseAutoencoder((6,), sparsity="kl", code_activation="relu"), "'relu'"
    )
    check_refused(lambda: ContractiveAutoencoder((6,), num_probes=0), "0")
    wrong = keras.layers.Dense(5)
    check_refused(lambda: BottleneckAutoencoder((6,), 3, encoder=wrong), "[B, 5]")
    model = BottleneckAutoencoder((6,), 3)
    check_refused(lambda: model.encode(BITS * 2), "0 to 2")
    check_refused(lambda: model.decode(np.zeros([2, 4])), "(2, 4)")
    check_refused(lambda: model.reconstruct(BITS[:, :5]), "(40, 5)")
