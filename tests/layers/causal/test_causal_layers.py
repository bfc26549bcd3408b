"""Causal layers say the same function whole and by steps, and see only the past."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import (
    check_causal_layer,
    check_dependencies,
    check_refused,
    check_steps,
    dependencies,
    must_fail,
)
from genkeras.layers import (
    CausalAttention,
    CausalConv1D,
    CausalMLP,
    CausalRecurrence,
    CausalResidual,
    CausalSequence,
    DiagonalBiLSTM,
    EachPosition,
    GatedConvStack,
    MaskedConv2D,
    PixelCNNPlusPlusStack,
    PositionEmbedding,
    RowLSTM,
    Shift,
    TokenEmbedding,
    WaveNetStack,
)


def dense(units, **kwargs):
    return EachPosition(keras.layers.Dense(units, **kwargs), **kwargs)


# What is one layer's reach, and what each sees of the past; sizes are odd.
SEQUENCES = {
    "shift": (lambda **k: Shift(**k), "any"),
    "each": (lambda **k: dense(3, **k), "any"),
    "conv": (lambda **k: CausalConv1D(3, kernel_size=2, dilation_rate=2, **k), "any"),
    "wide_conv": (lambda **k: CausalConv1D(3, kernel_size=7, **k), ()),
    "wave_net": (lambda **k: WaveNetStack(2, 3, (1, 2, 4), **k), ()),
    "attention": (lambda **k: CausalAttention(2, **k), ()),
    "window": (lambda **k: CausalAttention(1, window=3, **k), "any"),
    "lstm": (lambda **k: CausalRecurrence(3, **k), ()),
    "gru": (lambda **k: CausalRecurrence(3, kind="gru", **k), ()),
    "stack": (
        lambda **k: CausalSequence(
            [
                dense(4, **k),
                Shift(**k),
                PositionEmbedding(**k),
                CausalResidual([CausalConv1D(4, **k), CausalAttention(2, **k)], **k),
            ],
            **k,
        ),
        (),
    ),
    "two_shifts": (
        lambda **k: CausalSequence([Shift(**k), dense(2, **k), Shift(**k)], **k),
        "any",
    ),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences(name):
    make, blind = SEQUENCES[name]
    compiled = name in ("lstm", "stack")
    check_causal_layer(make, (3, 7, 2), blind=blind, compiled=compiled)


@pytest.mark.parametrize(
    "make",
    [
        lambda **k: CausalConv1D(3, **k),
        lambda **k: WaveNetStack(2, 3, (1, 3), **k),
        lambda **k: CausalRecurrence(3, **k),
        lambda **k: PositionEmbedding(**k),
    ],
)
def test_sequences_with_a_context(make):
    check_causal_layer(make, (3, 5, 2), context_size=4, blind="any")


@pytest.mark.parametrize(
    "make",
    [
        lambda **k: CausalConv1D(3, **k),
        lambda **k: WaveNetStack(2, 3, (1, 3), **k),
    ],
)
def test_sequences_with_a_context_for_each_position(make):
    check_causal_layer(make, (3, 5, 2), context_size=(5, 4), blind="any")


@pytest.mark.parametrize("context_size", [None, 3])
@pytest.mark.parametrize("hidden_units", [(9,), (13, 5)])
def test_networks_over_entries(hidden_units, context_size):
    check_causal_layer(
        lambda **k: CausalMLP(2, hidden_units, activation="tanh", **k),
        (3, 5, 1),
        context_size=context_size,
    )


# === Images ===
@pytest.mark.parametrize("context_size", [None, 3])
def test_lstms_over_rows(context_size):
    check_causal_layer(
        lambda **k: RowLSTM(3, **k),
        (2, 3, 5, 2),
        context_size=context_size,
        blind="any",
    )


@pytest.mark.parametrize("context_size", [None, 3])
def test_lstms_over_diagonals_see_all_of_the_past(context_size):
    check_causal_layer(
        lambda **k: DiagonalBiLSTM(3, **k),
        (2, 3, 5, 2),
        context_size=context_size,
        compiled=context_size is None,
    )


def test_a_triangle_is_seen_by_an_lstm_over_rows():
    layer = RowLSTM(2)
    x = tf.random.stateless_normal([1, 3, 7, 2], [0, 1])
    layer.build(x.shape)
    seen = dependencies(layer, x).reshape(3, 7, 3, 7)[2, 3]
    # One pixel to the left in each row by the input, half a kernel a row by the state.
    assert np.argwhere(seen[2]).ravel().tolist() == [2, 3]
    assert np.argwhere(seen[1]).ravel().tolist() == [1, 2, 3, 4]
    assert np.argwhere(seen[0]).ravel().tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("context_size", [None, 3])
@pytest.mark.parametrize("mask", ["A", "B"])
def test_masked_convolutions(mask, context_size):
    check_causal_layer(
        lambda **k: MaskedConv2D(3, kernel_size=3, mask=mask, **k),
        (2, 3, 5, 2),
        context_size=context_size,
        blind="any",
        compiled=mask == "B" and context_size is None,
    )


@pytest.mark.parametrize("context_size", [None, 3])
def test_gated_stacks_have_no_blind_spot(context_size):
    check_causal_layer(
        lambda **k: GatedConvStack(4, 3, first_kernel_size=3, **k),
        (2, 4, 3, 1),
        context_size=context_size,
        compiled=context_size is None,
    )


def test_two_resolutions_have_no_blind_spot():
    check_causal_layer(
        lambda **k: PixelCNNPlusPlusStack(3, 2, num_resolutions=2, **k),
        (2, 4, 4, 1),
        context_size=3,
    )


def test_plain_stacks_have_the_blind_spot_of_the_paper():
    layers = [MaskedConv2D(4, kernel_size=3, mask=m) for m in "ABB"]
    x = tf.random.stateless_normal([2, 5, 5, 1], [0, 1])
    seen = dependencies(CausalSequence(layers), x)
    row = np.reshape(seen[2 * 5 + 1], [5, 5])
    # One row up, `k // 2` columns a row is all that there is to the right.
    np.testing.assert_array_equal(row[1], [True, True, True, False, False])
    np.testing.assert_array_equal(row[2], [True, False, False, False, False])


# === Symbols ===
def test_symbols_are_looked_up_in_any_precision():
    tokens = tf.constant([[[0.0], [2.0], [4999.0]]])
    for dtype in ("float32", "mixed_float16", "float64"):
        layer = TokenEmbedding(5000, 3, dtype=dtype)
        got = layer(tf.cast(tokens, layer.variable_dtype))
        wanted = tf.gather(tf.convert_to_tensor(layer.table), [0, 2, 4999])
        np.testing.assert_array_equal(got[0], tf.cast(wanted, got.dtype))


# === Mistakes ===
class Bent(CausalConv1D):
    mistake = None

    def call(self, x, context=None):
        y = super().call(x, context)
        if self.mistake == "sees the future":
            y += tf.pad(y, [[0, 0], [0, 1], [0, 0]])[:, 1:]
        return y

    def step(self, x, cache, position, context=None):
        y, new = super().step(x, cache, position, context)
        if self.mistake == "keeps nothing":
            new = cache
        if self.mistake == "another bias":
            y += 0.01
        return y, new


class Unmasked(MaskedConv2D):
    def call(self, x, context=None):
        padding = [[0, 0], [1, 0], [1, 1], [0, 0]]
        return tf.nn.conv2d(x, self.kernel, strides=1, padding=padding)


@pytest.mark.parametrize("mistake", ["keeps nothing", "another bias"])
def test_a_step_that_is_not_the_call(mistake):
    layer = Bent(3, kernel_size=3)
    x = tf.random.stateless_normal([2, 5, 2], [0, 1])
    check_steps(layer, x)
    layer.mistake = mistake
    must_fail(check_steps, layer, x)


def test_a_layer_that_sees_the_future():
    layer = Bent(3, kernel_size=5)
    x = tf.random.stateless_normal([2, 5, 2], [0, 1])
    check_dependencies(layer, x)
    layer.mistake = "sees the future"
    must_fail(check_dependencies, layer, x)
    image = tf.random.stateless_normal([2, 3, 4, 1], [0, 1])
    must_fail(check_dependencies, Unmasked(2), image, blind="any")


def test_a_layer_that_sees_too_little():
    x = tf.random.stateless_normal([2, 5, 2], [0, 1])
    must_fail(check_dependencies, CausalConv1D(3, kernel_size=2), x)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: MaskedConv2D(3, mask="C"), "'C'"),
        (lambda: MaskedConv2D(3, kernel_size=4), "kernel_size=4"),
        (lambda: CausalConv1D(3, kernel_size=0), "kernel_size=0"),
        (lambda: CausalRecurrence(3, kind="rnn"), "'rnn'"),
        (lambda: CausalAttention(3)(tf.zeros([1, 2, 4])), "4"),
        (lambda: CausalSequence([]), "none"),
        (lambda: CausalSequence([keras.layers.Dense(3)]), "Dense"),
        (lambda: CausalResidual([Shift()]), "Shift"),
        (lambda: GatedConvStack(3, 2, kernel_size=1), "kernel_size=1"),
        (lambda: CausalMLP(3, ()), "()"),
        (lambda: EachPosition(3), "3"),
        (lambda: WaveNetStack(2, 3, ()), "none"),
    ],
)
def test_options_that_do_not_fit(make, says):
    check_refused(make, says)
