"""The loss that is reported is the one whose gradient is followed, as Keras's is."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from contracts import perturb
from contracts.basics import plain_sgd, rows
from contracts.models import TINY
from genkeras.zoo import DensityModel

# One of each family that takes weights of examples, and has the gradient of its loss:
# that of a `VQVAE` goes straight through a step.
FAMILIES = ("real_nvp", "made", "gaussian_mixture", "vae", "sparse")
WEIGHTS = np.array([2.0, 0.0, 0.5, 1.0], "float32")


def _values(model, batch):
    """The loss of each example by itself, and the metrics of the weighted batch."""
    model.compile(plain_sgd(), run_eagerly=True)
    alone = [
        model.evaluate(tf.data.Dataset.from_tensors((x[None], None)), verbose=0)
        for x in batch
    ]
    data = tf.data.Dataset.from_tensors((batch, None, WEIGHTS))
    return alone, model.evaluate(data, verbose=0)


@pytest.mark.parametrize("name", ["real_nvp", "made", "gaussian_mixture"])
def test_the_loss_is_the_weighted_sum_over_the_count(name):
    """As Keras reports it of a compiled loss; other metrics are weighted means."""
    model = perturb(TINY[name]())
    alone, whole = _values(model, TINY[name].x[:4])
    losses = np.array([logs["loss"] for logs in alone])
    np.testing.assert_allclose(whole["loss"], np.mean(WEIGHTS * losses), rtol=1e-4)
    mean = np.average(losses, weights=WEIGHTS)
    np.testing.assert_allclose(whole["nll"], mean, rtol=1e-4)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_step_follows_the_gradient_of_what_is_reported(name):
    """Along the step of SGD the reported loss falls by rate times squared gradient."""
    tiny, rate = TINY[name], 1e-3
    batch = (*rows(tiny.x, None, slice(4)), WEIGHTS)

    def step(scale):
        model = perturb(tiny())
        before = [v.numpy() for v in model.trainable_variables]
        model.compile(plain_sgd(rate), run_eagerly=True)
        if scale is not None:  # off the start, along the first step
            for v, b, move in zip(
                model.trainable_variables, before, moves, strict=True
            ):
                v.assign(b + scale * move)
            before = [v.numpy() for v in model.trainable_variables]
        model.reset_metrics()
        loss = float(model.train_step(batch)["loss"])
        pairs = zip(model.trainable_variables, before, strict=True)
        return loss, [v.numpy() - b for v, b in pairs]

    _, moves = step(None)
    wanted = sum((m.astype("float64") ** 2).sum() for m in moves) / rate  # |g|^2 rate
    reach = 0.05 / np.sqrt(wanted / rate) / rate * 0.2
    (up, _), (down, _) = step(reach), step(-reach)
    np.testing.assert_allclose((down - up) / (2 * reach), wanted, rtol=0.03)


@keras.saving.register_keras_serializable(package="tests")
class Normal(DensityModel):
    """`x ~ Normal(dense(1), 1)`, with a regularized kernel."""

    def __init__(self, **kwargs):
        super().__init__((2,), **kwargs)
        self.dense = _dense()
        self.build()

    def distribution(self, condition=None):
        loc = self.dense(tf.ones([1, 1]))[0]
        return tfd.MultivariateNormalDiag(loc, tf.ones_like(loc))


def _dense():
    return keras.layers.Dense(
        2, kernel_initializer="ones", kernel_regularizer=keras.regularizers.L2(0.3)
    )


def test_it_is_the_loss_of_a_plain_keras_model():
    """The same model by Keras alone: weights, an uneven last batch, penalties."""
    x = np.random.default_rng(0).normal(size=(10, 2)).astype("float32")
    weights = np.random.default_rng(1).uniform(0.0, 2.0, 10).astype("float32")
    ours = Normal()
    ours.compile(plain_sgd(), jit_compile=False)

    inputs = keras.Input((1,))
    plain = keras.Model(inputs, _dense()(inputs))
    plain.compile(plain_sgd(), loss=_negative_log_likelihood, jit_compile=False)
    ones = np.ones([10, 1], "float32")
    given = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}
    wanted = plain.fit(ones, x, sample_weight=weights, **given).history["loss"]
    data = tf.data.Dataset.from_tensor_slices((x, None, weights))
    history = ours.fit(data.batch(4), epochs=2, verbose=0).history
    np.testing.assert_allclose(history["loss"], wanted, rtol=1e-5)
    for got, kernel in zip(ours.dense.weights, plain.weights, strict=True):
        np.testing.assert_allclose(got, kernel, rtol=1e-5)
    held_out = plain.evaluate(ones, x, sample_weight=weights, verbose=0)
    got = ours.evaluate(data.batch(10), verbose=0)["loss"]
    np.testing.assert_allclose(got, held_out, rtol=1e-5)


def _negative_log_likelihood(x, loc):
    return 0.5 * tf.reduce_sum((x - loc) ** 2, axis=-1) + np.log(2 * np.pi)
