"""A VAE of networks that the user brings."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_latent, check_refused, perturb, state
from contracts.models import Tiny
from contracts.resume import reload, train
from genkeras.zoo import VAE

X = (np.random.default_rng(0).normal(size=(12, 4, 4, 1)) > 0).astype("float32")
LABELS = np.arange(12) % 3


def _encoder(units):
    return keras.Sequential(
        [
            keras.layers.Conv2D(3, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(units),
        ]
    )


def _decoder():
    return keras.Sequential([keras.layers.Dense(16), keras.layers.Reshape((4, 4, 1))])


def _vae(**kwargs):
    return VAE((4, 4, 1), 2, encoder=_encoder(4), decoder=_decoder(), **kwargs)


def test_contract():
    check_latent(perturb(_vae(seed=0), 0.3), X)


def test_it_is_saved_resumed_and_served(tmp_path):
    model = _vae(seed=0)
    model.compile("adam", run_eagerly=True)
    tiny = Tiny(_vae, X)
    train(model, tiny)
    loaded = reload(model)
    for name, value in state(model).items():
        np.testing.assert_array_equal(state(loaded)[name], value)
    np.testing.assert_array_equal(loaded.elbo(X), model.elbo(X))
    model.export(tmp_path / "vae", verbose=False)
    served = tf.saved_model.load(tmp_path / "vae").signatures["elbo"]
    np.testing.assert_allclose(served(x=X)["elbo"], model.elbo(X), rtol=1e-5)


def test_the_encoded_condition_is_the_second_argument():
    x, label = keras.Input((4, 4, 1)), keras.Input((3,))
    flat = keras.layers.Concatenate()([keras.layers.Flatten()(x), label])
    encoder = keras.Model([x, label], keras.layers.Dense(4)(flat))
    model = VAE(
        (4, 4, 1), 2, encoder=encoder, condition_spec={"num_classes": 3}, seed=0
    )
    first, second = (model.encode(X, np.full(12, k))[0] for k in (0, 1))
    assert np.abs(first - second).min() > 0.0


@pytest.mark.parametrize(
    ("networks", "says"),
    [
        ({"encoder": _encoder(5)}, "[B, 4, 4, 1] to [B, 4]"),
        ({"decoder": keras.layers.Dense(16)}, "[B, 2] to [B, 4, 4, 1]"),
        (
            {
                "decoder": keras.Sequential(
                    [
                        keras.layers.Dense(16),
                        keras.layers.Reshape((4, 4, 1)),
                        keras.layers.Conv2D(1, 1, activation="sigmoid"),
                    ]
                )
            },
            "sigmoid",
        ),
    ],
)
def test_networks_that_do_not_fit(networks, says):
    check_refused(lambda: VAE((4, 4, 1), 2, **networks), says)
