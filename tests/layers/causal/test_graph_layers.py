"""Layers that answer each entry of a vector from its parents."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_refused, check_steps, must_fail, perturb
from genkeras.layers import GraphNetworks, GraphTables

# None, one and several parents, of different numbers of levels, in no order.
PARENTS = [(), (0,), (), (2, 0, 1), (1,)]
LEVELS = [3, 2, 4, 2, 3]
LAYERS = {
    "tables": lambda **k: GraphTables(3, PARENTS, LEVELS, **k),
    "masked_tables": lambda **k: GraphTables(4, PARENTS, LEVELS, masked=True, **k),
    "networks": lambda **k: GraphNetworks(3, PARENTS, LEVELS, (6, 5), **k),
    "no_parents": lambda **k: GraphTables(2, [()] * 5, LEVELS, **k),
    "lonely_networks": lambda **k: GraphNetworks(2, [()] * 5, LEVELS, (4,), **k),
}
X = np.random.default_rng(0).integers(0, LEVELS, size=(7, 5))[..., None]


def _built(name, **kwargs):
    layer = LAYERS[name](**kwargs)
    layer.build((None, 5, 1))
    layer.built = True
    return perturb(layer, 0.5)


@pytest.mark.parametrize("name", LAYERS)
def test_stepping_through_is_one_pass(name):
    check_steps(_built(name), tf.constant(X), jit_compile=name == "masked_tables")


@pytest.mark.parametrize("name", ["tables", "networks"])
def test_an_entry_sees_its_parents_and_nothing_else(name):
    layer = _built(name)
    before = layer(tf.constant(X)).numpy()
    for given in range(5):
        changed = X.copy()
        changed[:, given] = (changed[:, given] + 1) % LEVELS[given]
        moved = (layer(tf.constant(changed)).numpy() != before).any(axis=(0, 2))
        wanted = [given in own for own in PARENTS]
        np.testing.assert_array_equal(moved, wanted)


def test_tables_are_looked_up_in_the_order_of_the_parents():
    layer = _built("tables")
    got = layer(tf.constant(X)).numpy()
    start = 0
    for place, own in enumerate(PARENTS):
        shape = [LEVELS[q] for q in own]
        count = int(np.prod(shape))
        assert layer.start(place) == start
        table = layer.table.numpy()[start : start + count].reshape(*shape, 3)
        for row, x in enumerate(X[..., 0]):
            np.testing.assert_array_equal(got[row, place], table[tuple(x[list(own)])])
        start += count
    assert start == layer.table.shape[0]


def test_networks_are_those_of_each_entry():
    layer = _built("networks")
    got = layer(tf.constant(X)).numpy()
    for place, own in enumerate(PARENTS):
        hot = np.zeros([len(X), 3, max(LEVELS)])
        for i, q in enumerate(own):
            hot[np.arange(len(X)), i, X[:, q, 0]] = 1.0
        h = hot.reshape(len(X), -1)
        for i, (kernel, bias) in enumerate(
            zip(layer.kernels, layer.biases, strict=True)
        ):
            h = h if i == 0 else np.maximum(h, 0.0)
            h = h @ kernel.numpy()[place] + bias.numpy()[place]
        np.testing.assert_allclose(got[:, place], h, rtol=1e-5, atol=1e-6)
        one = layer.answer(X[:, list(own), 0], place)
        np.testing.assert_allclose(one, h, rtol=1e-5, atol=1e-6)


def test_levels_that_an_entry_does_not_have_are_impossible():
    y = _built("masked_tables")(tf.constant(X)).numpy()
    for place, count in enumerate(LEVELS):
        assert np.all(np.isfinite(y[:, place, :count]))
        assert np.all(y[:, place, count:] == -np.inf)


def test_levels_are_looked_up_in_any_precision():
    for dtype in ("float32", "mixed_float16", "float64"):
        layer = GraphTables(1, [(), (0,)], [5000, 2], dtype=dtype)
        layer.build((None, 2, 1))
        layer.table.assign(np.arange(5001.0)[:, None])
        x = tf.constant([[[4999.0], [0.0]]], layer.variable_dtype)
        assert float(layer(x)[0, 1, 0]) == 5000.0


@pytest.mark.parametrize("name", ["masked_tables", "networks"])
def test_the_config_is_json_and_makes_the_layer_again(name):
    layer = _built(name)
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    twin = keras.saving.deserialize_keras_object(config)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(tf.constant(X)), layer(tf.constant(X)))


class Forgetful(GraphTables):
    def remember(self, x, cache, position, context=None):
        return cache


def test_a_step_that_forgets_is_found():
    layer = Forgetful(2, PARENTS, LEVELS)
    layer.build((None, 5, 1))
    must_fail(check_steps, perturb(layer), tf.constant(X))


def test_what_does_not_fit():
    check_refused(lambda: GraphTables(1, [(0,)], [2]), "((0,),)")
    check_refused(lambda: GraphTables(1, [(), (0, 0)], [2, 2]), "(0, 0)")
    check_refused(lambda: GraphTables(1, [()], [2, 2]), "levels=(2, 2)")
    check_refused(lambda: GraphTables(1, [()], [1]), "levels=(1,)")
    check_refused(lambda: GraphTables(1, [], []), "parents=()")
    check_refused(lambda: GraphNetworks(1, [()], [2], ()), "()")
    check_refused(lambda: GraphTables(1, [()], [2]).build((None, 2, 1)), "(None, 2, 1)")
    many = GraphTables(1, [()] * 8 + [range(8)], [10] * 9)
    check_refused(lambda: many.build((None, 9, 1)), str(10**8 + 8))
