import numpy as np
import pytest
import tensorflow as tf

from genkeras.layers import MaskedMLP


def jacobian(made, x, condition=None):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(abs(made(x, condition)), axis=-1)
    return abs(tape.batch_jacobian(y, x).numpy()).max(axis=0)  # [out, in]


@pytest.mark.parametrize("order", ["natural", "reversed", "random"])
@pytest.mark.parametrize(
    ("features", "hidden"), [(5, (32, 32)), (7, (3, 40)), (1, (4,))]
)
def test_the_untrained_net_sees_only_what_is_before(order, features, hidden):
    made = MaskedMLP(3, hidden, order=order, seed=1, activation="tanh")
    made.build((None, features))
    x = tf.random.stateless_normal([8, features], seed=(0, 1))
    seen = jacobian(made, x) > 0
    before = made.positions[None, :] < made.positions[:, None]
    assert not np.any(seen & ~before)
    if min(hidden) >= features:
        np.testing.assert_array_equal(seen, before)  # and all of it
    # Poison: not one bit moves in what must not depend on a feature.
    clean = made(x).numpy()
    for i in range(features):
        poison = tf.one_hot(i, features, on_value=1e30)
        same = made.positions <= made.positions[i]
        np.testing.assert_array_equal(made(x + poison).numpy()[:, same], clean[:, same])


@pytest.mark.parametrize("features", [1, 4])
def test_every_output_sees_the_condition(features):
    made = MaskedMLP(1, (16, 16), activation="tanh")
    made.build((None, features), (None, 2))
    x, condition = tf.ones([1, features]), tf.ones([1, 2])
    with tf.GradientTape() as tape:
        tape.watch(condition)
        y = made(x, condition)
    assert np.all(tape.jacobian(y, condition).numpy() != 0)


def test_the_kernels_are_left_as_they_are():
    made = MaskedMLP(2, (8,))
    made.build((None, 3))
    kernel = made.dense[0].kernel.numpy()
    assert np.count_nonzero(kernel) == kernel.size
    made(tf.ones([1, 3]))
    np.testing.assert_array_equal(made.dense[0].kernel, kernel)


@pytest.mark.parametrize("arguments", [{"order": "x"}, {"hidden_units": ()}])
def test_rejects(arguments):
    with pytest.raises(ValueError, match="order=.*hidden_units="):
        MaskedMLP(2, **{"hidden_units": (4,), **arguments})
