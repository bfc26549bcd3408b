"""Promises that hold across the families."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_training_flag
from contracts.models import DENSITIES, LATENTS, TINY, sweep
from genkeras import zoo
from genkeras.layers import DenseEncoder


def test_every_model_has_a_row_in_the_table():
    public = [getattr(zoo, name) for name in zoo.__all__]
    models = {
        kind
        for kind in public
        if inspect.isclass(kind)
        and issubclass(kind, zoo.GenerativeModel)
        and not inspect.isabstract(kind)
    }
    swept = {type(tiny()) for tiny in TINY.values()}
    swept = {kind for kind in swept if kind.__module__.startswith("genkeras")}
    assert models == swept


@pytest.mark.parametrize("name", sweep([*DENSITIES, *LATENTS]))
def test_fit_lowers_the_loss(name):
    tiny = TINY[name]
    model = tiny()
    # A loss that draws is a mean over its draws. Few steps are done sooner than a graph
    # of one is traced.
    draws = getattr(model, "is_bound", True)
    optimizer = keras.optimizers.Adam(1e-2)
    model.compile(optimizer, run_eagerly=not draws, jit_compile=False)
    data = tiny.data(12)
    often = data.repeat(20 if draws else 1)
    before = model.evaluate(often, verbose=0)["loss"]
    model.fit(data.repeat(40 if draws else 12), verbose=0)
    assert model.evaluate(often, verbose=0)["loss"] < before


@pytest.mark.parametrize("name", ["real_nvp_dict", "vae", "wgan_gp"])
def test_predict_is_the_call(name):
    tiny = TINY[name]
    model = tiny()
    x = np.ones([4, 2], "float32") if name == "wgan_gp" else tiny.x[:4]
    if tiny.condition is None:
        np.testing.assert_allclose(model.predict(x, verbose=0), model(x), rtol=1e-5)
        return
    condition = tf.nest.map_structure(lambda leaf: leaf[:4], tiny.condition)
    data = tf.data.Dataset.from_tensors((x, condition))
    got = model.predict(data, verbose=0)
    np.testing.assert_allclose(got, model(x, condition), rtol=1e-5)


class Dropping(DenseEncoder):
    """An encoder with a dropout in front."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.dropout = keras.layers.Dropout(0.5, seed=0)

    def call(self, x, context=None):
        return super().call(self.dropout(x), context)


def test_a_layer_draws_in_training_alone():
    check_training_flag(Dropping(2, (8,)), tf.ones([3, 4]))


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_the_networks_of_a_game_are_told_of_training(player):
    _check_told(TINY["gan"], player)


def test_the_networks_of_a_vae_are_told_of_training():
    _check_told(TINY["vae"], "encoder")
    _check_told(TINY["vae"], "decoder")


def test_the_networks_of_a_flow_are_told_of_training():
    _check_told(TINY["real_nvp"], "couplings")


def _check_told(tiny, name):
    """A layer inside hears `training=True` in a training step, and False elsewhere."""
    model, heard = tiny(), []
    part = getattr(model, name)
    part = part[0].conditioner if isinstance(part, list) else part.mlp
    call = part.out.call

    class Ear(keras.layers.Layer):
        def call(self, x, training=None):
            heard.append(bool(training))
            return x

    ear = Ear()
    ear.build(None)
    part.out.call = lambda x, **kwargs: call(ear(x), **kwargs)
    model.compile(run_eagerly=True)
    data = tiny.data(12)
    model.fit(data, verbose=0)
    assert heard, "the layer is not reached in training"
    assert all(heard), "a training step does not say that it trains"
    heard.clear()
    model.evaluate(data, verbose=0)
    model.sample(2, seed=0)
    assert heard, "the layer is not reached outside training"
    assert not any(heard), "the layer is told of training outside it"
