import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from contracts import perturb
from genkeras.layers import MaskedAutoregressive


def make(features, scale=0.3, context=None, **options):
    layer = MaskedAutoregressive(**{"hidden_units": (16, 16), **options})
    layer.build((None, features), None if context is None else (None, context))
    return perturb(layer, scale)


def noise(shape, dtype=tf.float32):
    return tf.random.stateless_normal(shape, seed=(0, 2), dtype=dtype)


@pytest.mark.parametrize("order", ["natural", "random"])
@pytest.mark.parametrize("transformer", ["affine", "gate", "spline"])
def test_samples_are_those_of_the_naive_loop(transformer, order):
    hidden = (160, 90)  # three blocks, the last of them short
    layer = make(23, 0.03, transformer=transformer, order=order, hidden_units=hidden)
    x = noise([6, 23])
    y = tf.zeros_like(x)
    for _ in range(23):
        y = layer._transformer(layer.made(y)).forward(x)
    np.testing.assert_allclose(layer(x), y, atol=2e-5)


def test_samples_are_tfps():
    layer = make(11, 0.2)

    def affine(y, **_):
        return layer._transformer(layer.made(y))

    theirs = tfp.bijectors.MaskedAutoregressiveFlow(bijector_fn=affine)
    x = noise([6, 11])
    np.testing.assert_allclose(layer(x), theirs.forward(x), atol=1e-5)
    np.testing.assert_allclose(layer.inverse(x), theirs.inverse(x), atol=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    ("features", "hidden_units"),
    [(7, (120, 40)), (7, (16, 16)), (2, (16, 16))],
    ids=["two blocks", "repeated in a loop", "repeats written out"],
)
def test_the_slow_direction_has_exact_gradients(features, hidden_units, jit_compile):
    layer = make(features, 0.1, dtype="float64", hidden_units=hidden_units)
    x = noise([3, features], tf.float64)
    weights = [v.value for v in layer.trainable_variables]

    def naive(x):
        y = tf.zeros_like(x)
        for _ in range(features):
            y = layer._transformer(layer.made(y)).forward(x)
        return y

    @tf.function(jit_compile=jit_compile)
    def gradients(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.sin(layer.bijector().forward(x)))
        return tape.gradient(loss, weights)

    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.sin(naive(x)))
    for got, want in zip(gradients(x), tape.gradient(loss, weights), strict=True):
        np.testing.assert_allclose(got, want, atol=1e-9)


@pytest.mark.parametrize("transformer", ["affine", "gate"])
def test_starts_as_the_identity(transformer):
    x = noise([4, 5])
    np.testing.assert_allclose(make(5, 0.0, transformer=transformer)(x), x, atol=1e-6)


def test_a_gate_is_the_papers_up_to_its_start():
    layer = make(4, 0.5, transformer="gate", fast_sampling=True, max_log_scale=1e4)
    x = noise([6, 4])
    target, raw = np.moveaxis(layer.made(x).numpy(), -1, 0)
    gate, start = (1 / (1 + np.exp(-2 - r)) for r in (raw, 0))
    np.testing.assert_allclose(
        layer(x), gate / start * x + (1 - gate) * target, atol=1e-5
    )


def test_a_gate_does_not_blow_up():
    layer = make(4, 100.0, transformer="gate", fast_sampling=True)
    x = noise([6, 4])
    log_scale = layer.bijector().forward_log_det_jacobian(x, 1)
    assert np.all(log_scale < 4 * 0.13)
    assert np.all(log_scale > 4 * -3.0)


def test_more_samples_than_conditions():
    layer = make(3, 0.3, context=2)
    x, condition = noise([5, 4, 3]), noise([4, 2])
    y = layer.bijector(condition).forward(x)
    one = layer.bijector(condition).forward(tf.identity(x[2]))
    np.testing.assert_allclose(y[2], one, atol=1e-6)


def test_rejects_another_transformer():
    with pytest.raises(ValueError, match="transformer='cubic'"):
        MaskedAutoregressive(transformer="cubic")


def test_one_bijector_keeps_its_inputs_apart():
    layer = make(4)
    bijector, first, second = layer.bijector(), noise([3, 4]), tf.ones([3, 4])
    bijector.inverse(first)
    np.testing.assert_array_equal(bijector.inverse(second), layer.inverse(second))
