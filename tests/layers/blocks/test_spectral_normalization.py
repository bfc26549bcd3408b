"""Promises of spectral normalisation."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_layer, perturb
from genkeras.layers import DenseDecoder, SpectralNormalization
from genkeras.zoo import AdversarialModel, HingeGame

WRAPPED = {
    "dense": (lambda **kw: keras.layers.Dense(4, **kw), (5, 6)),
    "conv_1d": (lambda **kw: keras.layers.Conv1D(4, 3, **kw), (5, 6, 3)),
    "conv_2d": (lambda **kw: keras.layers.Conv2D(4, 3, **kw), (5, 6, 6, 3)),
    "conv_2d_transpose": (
        lambda **kw: keras.layers.Conv2DTranspose(4, 3, **kw),
        (5, 6, 6, 3),
    ),
}


def singular_values(layer):
    kernel = layer.weight.numpy().astype("float64")
    if "transpose" in layer.layer.name:
        kernel = np.swapaxes(kernel, -1, -2)
    return np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)


def built(name, **kwargs):
    make, shape = WRAPPED[name]
    layer = SpectralNormalization(make(**kwargs))
    layer.build((None, *shape[1:]))
    return layer, tf.random.stateless_normal(shape, (0, 1))


@pytest.mark.parametrize("name", WRAPPED)
def test_contract(name):
    make, shape = WRAPPED[name]
    check_layer(lambda **kwargs: SpectralNormalization(make(**kwargs)), shape)


@pytest.mark.parametrize("policy", ["float32", "float64", "mixed_float16", "bfloat16"])
@pytest.mark.parametrize("name", WRAPPED)
def test_sigma_is_the_largest_singular_value(name, policy):
    layer, x = built(name, dtype=policy)
    perturb(layer, 1.0)
    for _ in range(60):
        layer(x, training=True)
    np.testing.assert_allclose(layer.sigma(), singular_values(layer)[0], rtol=1e-3)


@pytest.mark.parametrize("name", WRAPPED)
def test_sigma_is_close_from_the_first_step_on(name):
    layer, _ = built(name)
    np.testing.assert_allclose(layer.sigma(), singular_values(layer)[0], rtol=0.05)


def test_the_layer_is_run_on_the_normalised_weight():
    layer, x = built("dense")
    perturb(layer)
    layer.layer.bias.assign(np.arange(4.0))
    wanted = x @ (layer.weight / layer.sigma()) + np.arange(4.0)
    np.testing.assert_allclose(layer(x), wanted, rtol=1e-5, atol=1e-6)


def test_the_kernel_is_left_alone():
    layer, x = built("conv_2d")
    before = layer.weight.numpy()
    layer(x, training=True)
    np.testing.assert_array_equal(layer.weight.numpy(), before)


def test_an_embedding_is_normalised_too():
    layer = SpectralNormalization(keras.layers.Embedding(5, 3))
    rows = layer(tf.range(5))
    np.testing.assert_allclose(np.linalg.norm(rows, 2), 1.0, rtol=0.05)


def cosine_and_ratio(layer, x):
    """Of the layer's gradient to that through the exact normalisation, an SVD's."""
    perturb(layer, 0.5)
    for _ in range(60):
        layer.power_step()
    target = tf.random.stateless_normal(layer(x).shape, (3, 4))

    def loss(value):
        return tf.reduce_mean(tf.square(value - target))

    with tf.GradientTape() as tape:
        ours = loss(layer(x))
    ours = tape.gradient(ours, layer.weight.value)

    kernel = tf.Variable(layer.weight.numpy())
    with tf.GradientTape() as tape:
        matrix = kernel
        if "transpose" in layer.layer.name:
            matrix = tf.linalg.matrix_transpose(kernel)
        matrix = tf.reshape(matrix, [-1, matrix.shape[-1]])
        exact = kernel / tf.linalg.svd(matrix, compute_uv=False)[0]
        with keras.StatelessScope(
            [(layer.weight, exact), (layer.layer.bias, layer.layer.bias.value)]
        ):
            wanted = loss(layer.layer(x))
    wanted = tf.convert_to_tensor(tape.gradient(wanted, kernel))
    ours, wanted = np.ravel(ours), np.ravel(wanted)
    lengths = np.linalg.norm(ours), np.linalg.norm(wanted)
    return ours @ wanted / np.prod(lengths), lengths[0] / lengths[1]


@pytest.mark.parametrize("name", WRAPPED)
def test_the_gradient_is_that_of_the_exact_normalisation(name):
    cosine, ratio = cosine_and_ratio(*built(name))
    assert cosine > 0.999
    np.testing.assert_allclose(ratio, 1.0, rtol=0.01)


def test_a_gradient_without_the_part_through_sigma_is_seen():
    layer, x = built("dense")
    sigma = layer.sigma
    layer.sigma = lambda: tf.stop_gradient(sigma())
    assert cosine_and_ratio(layer, x)[0] < 0.99


def test_one_step_in_training_and_none_in_evaluation():
    layer, x = built("dense")
    perturb(layer, 1.0)
    before = layer.u.numpy()
    layer(x, training=False)
    np.testing.assert_array_equal(layer.u.numpy(), before)
    matrix = layer.weight.numpy()
    wanted = matrix.T @ (matrix @ before)
    layer(x, training=True)
    np.testing.assert_allclose(layer.u, wanted / np.linalg.norm(wanted), rtol=1e-5)


def test_an_average_of_the_weights_reaches_all_of_the_layer():
    """As samples of averaged weights do: the scopes are one inside the other."""
    layer, x = built("dense")
    plain = layer(x)
    values = [(layer.weight, 3.0 * layer.weight), (layer.layer.bias, tf.ones([4]))]
    with keras.StatelessScope(values):
        moved = layer(x)
    np.testing.assert_allclose(moved, plain + 1.0, rtol=1e-5, atol=1e-6)


def test_other_layers_are_refused():
    with pytest.raises(TypeError, match="Received: Flatten"):
        SpectralNormalization(keras.layers.Flatten())


# === In a game ===
class Bounded(AdversarialModel):
    def __init__(self, num_critic_steps=1, **kwargs):
        super().__init__((3,), 2, HingeGame(num_critic_steps), seed=0, **kwargs)
        self.norms = [
            SpectralNormalization(keras.layers.Dense(n, activation=kind))
            for n, kind in ((6, "leaky_relu"), (1, None))
        ]
        self.build()

    def make_generator(self):
        return DenseDecoder((3,), (4,))

    def make_discriminator(self):
        return keras.Sequential(self.norms)


def test_a_game_takes_one_power_step_for_each_critic_step():
    model = perturb(Bounded(num_critic_steps=2))
    layer = model.norms[0]
    model.compile("sgd", keras.optimizers.SGD(0.0), jit_compile=True)
    u, matrix = layer.u.numpy(), layer.weight.numpy()
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    model.fit(x, batch_size=8, verbose=0)
    for _ in range(2):
        u = matrix.T @ (matrix @ u)
        u /= np.linalg.norm(u)
    np.testing.assert_allclose(layer.u.numpy(), u, rtol=1e-5, atol=1e-6)
    model.evaluate(x, batch_size=8, verbose=0)
    model.discriminate(x)
    np.testing.assert_allclose(layer.u.numpy(), u, rtol=1e-5, atol=1e-6)
