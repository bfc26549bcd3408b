"""Couplings and flows around a network that the user brings."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_bijector, check_refused, perturb
from contracts.resume import reload
from genkeras.layers import AffineCoupling, AffineImageCoupling, SplineCoupling
from genkeras.zoo import Flow

X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
LABELS = np.arange(6) % 3


def _functional(inputs, units, context=None):
    """As people write them for keras.io: a functional model of one batch axis."""
    x = keras.Input((inputs,))
    parts = [x] if context is None else [x, keras.Input((context,))]
    joined = x if context is None else keras.layers.Concatenate()(parts)
    h = keras.layers.Dense(8, activation="tanh")(joined)
    out = keras.layers.Dense(units, kernel_initializer="random_normal")(h)
    return keras.Model(parts if context else x, out)


def test_a_flow_of_such_couplings_trains_saves_and_samples():
    model = Flow(
        [
            AffineCoupling(conditioner=_functional(2, 6)),
            AffineCoupling(flip=True, conditioner=_functional(3, 4)),
        ],
        event_shape=(5,),
        seed=0,
    )
    layer = perturb(model).transforms[0]
    check_bijector(layer.bijector(), X, event_ndims=1)
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    before = model.evaluate(X, verbose=0)["nll"]
    model.fit(X, epochs=5, verbose=0)
    assert model.evaluate(X, verbose=0)["nll"] < before
    loaded = reload(model)
    np.testing.assert_array_equal(loaded.log_prob(X), model.log_prob(X))
    np.testing.assert_array_equal(loaded.sample(3, seed=0), model.sample(3, seed=0))


def test_a_condition_is_its_second_argument():
    network = _functional(2, 6, context=2)
    layer = AffineCoupling(conditioner=network)
    layer.build((None, 5), (None, 2))
    perturb(layer)
    first, second = (layer(X, np.full([6, 2], c, "float32")) for c in (0.0, 1.0))
    np.testing.assert_array_equal(first[:, :2], second[:, :2])
    assert np.abs(first[:, 2:] - second[:, 2:]).min() > 0.0


@pytest.mark.parametrize("shape", [(5,), (3, 5), (2, 3, 5)])
def test_any_number_of_batch_axes(shape):
    layer = AffineCoupling(conditioner=_functional(2, 6))
    layer.build((None, 5))
    perturb(layer)
    x = np.random.default_rng(1).normal(size=shape).astype("float32")
    y = layer.bijector().forward(x)
    rows = layer(x.reshape(-1, 5))
    np.testing.assert_allclose(np.reshape(y, [-1, 5]), rows, rtol=1e-6)


@pytest.mark.parametrize("flip", [False, True])
def test_an_image_coupling_shows_it_the_board(flip):
    network = keras.Sequential(
        [
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(2, 3, padding="same"),
        ]
    )
    layer = AffineImageCoupling(flip=flip, conditioner=network)
    layer.build((None, 4, 5, 1))
    perturb(layer, 0.2)
    x = np.random.default_rng(2).normal(size=(3, 4, 5, 1)).astype("float32")
    check_bijector(layer.bijector(), tf.constant(x), event_ndims=3)


def test_networks_of_other_shapes_are_refused():
    wrong = AffineCoupling(conditioner=_functional(2, 5))
    check_refused(lambda: wrong.build((None, 5)), "[B, 2] to [B, 6]", "[B, 5]")
    narrow = SplineCoupling(conditioner=_functional(3, 6))
    check_refused(lambda: narrow.build((None, 5)), "takes inputs of [B, 2]")
    with pytest.raises(TypeError, match="Received: builtins.int"):
        AffineCoupling(conditioner=3)
