"""Samples by XLA and without are the same, and what is compiled is bounded."""

import numpy as np
import pytest
import tensorflow as tf

from contracts import check_refused, perturb
from contracts.basics import repeated
from contracts.models import AUTOREGRESSIVE, TINY
from genkeras.zoo import WaveNet
from genkeras.zoo.autoregressive.compiled_fills import SIZES, CompiledFills

FAST = ("made", "pixel_cnn")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in FAST else pytest.mark.slow)
        for name in AUTOREGRESSIVE
    ],
)
def test_xla_draws_the_same(name):
    tiny = TINY[name]
    model = perturb(tiny(), 0.3)
    condition = repeated(tiny.condition, 3)
    drawn = [
        model.sample(3, condition=condition, seed=4, jit_compile=jit_compile)
        for jit_compile in (True, False)
    ]
    np.testing.assert_allclose(*drawn, rtol=1e-4, atol=1e-4)
    mask = np.zeros(model.positions)
    mask[0] = 1
    completed = [
        model.complete(
            tiny.x[:3], mask, condition=condition, seed=4, jit_compile=jit_compile
        )
        for jit_compile in (True, False)
    ]
    np.testing.assert_allclose(*completed, rtol=1e-4, atol=1e-4)
    assert len(model._fills._functions) == 2


class Counting:
    """Fills rows by what each of them holds, and counts how often it is traced."""

    def __init__(self):
        self.sizes = []

    def __call__(self, rows, scalars, top_k):
        self.sizes.append(rows[0].shape[0])
        return rows[0] * scalars[0] + (top_k or 0)


def test_any_number_of_rows_takes_four_compilations_at_most():
    fill = Counting()
    fills = CompiledFills(fill)
    for count in (1, 2, 4, 5, 17, 64, 65, 70, 130, 0):
        x = tf.random.stateless_normal([count, 3], (0, count))
        got = fills([x], [tf.constant(2.0)], jit_compile=True)
        np.testing.assert_allclose(got, 2.0 * x)
    assert sorted(size for size in fill.sizes if size) == list(SIZES)


def test_what_was_used_long_ago_is_forgotten():
    fill = Counting()
    fills = CompiledFills(fill)
    x, two = [tf.ones([2, 3])], [tf.constant(2.0)]
    for top_k in (*range(1, 9), 1, *range(9, 16), 1, 2):
        np.testing.assert_array_equal(fills(x, two, top_k=top_k), 2.0 * x[0] + top_k)
    assert len(fills._functions) == 8
    assert len(fill.sizes) == 16  # 15 and the second again, not the first


def test_the_rule_asks_no_clock():
    short, long = (
        WaveNet(length, 2, 2, (1,), num_levels=4) for length in (3_000, 4_000)
    )
    assert not short._xla_pays_in_sampling(1)
    assert long._xla_pays_in_sampling(1)
    assert not long._xla_pays_in_sampling(SIZES[-1] + 1)
    assert not TINY["pixel_cnn"]()._xla_pays_in_sampling(1)


def test_one_graph_for_every_temperature_and_share():
    model = TINY["char_rnn"]()
    for share in (0.2, 0.5, 0.9):
        model.sample(2, seed=0, temperature=share, top_p=share)
    assert len(model._fills._functions) == 1
    check_refused(lambda: model.sample(2, jit_compile="yes"), "jit_compile='yes'")
