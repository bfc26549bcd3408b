"""What every autoencoder must pass."""

import numpy as np
import tensorflow as tf
from scipy import special

from .basics import plain_sgd


def check_autoencoder(model, x):
    """Of an `Autoencoder`."""
    check_codes(model, x)
    check_errors(model, x)
    check_follows(model, x)


def check_codes(model, x):
    """Codes and examples have their shapes, and the reconstruction is the decoding."""
    code = model.encode(x)
    assert code.shape == (len(x), model.latent_size), f"codes are {code.shape}"
    again = model.decode(code)
    assert again.shape == x.shape, f"decode gives {again.shape}"
    np.testing.assert_allclose(model.reconstruct(x), again, rtol=1e-5)
    np.testing.assert_allclose(model(x), again, rtol=1e-5)
    line = model.interpolate(x, x[::-1], 3)
    middle = model.decode((code + code[::-1]) / 2)
    np.testing.assert_allclose(line[:, 0], again, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(line[:, 1], middle, rtol=1e-4, atol=1e-6)


def check_errors(model, x):
    """The errors are SciPy's, and the loss is their mean with the penalty."""
    made = np.asarray(model.reconstruct(x), "float64")
    if model.error == "cross_entropy":
        terms = -special.xlogy(x, made) - special.xlog1py(1 - x, -made)
    else:
        terms = (x - made) ** 2
    wanted = terms.reshape(len(x), -1).mean(axis=1)
    np.testing.assert_allclose(model.reconstruction_error(x), wanted, rtol=1e-4)

    seed = tf.constant([3, 4])
    terms = model._step_terms(tf.constant(x), None, seed, training=False)
    total = terms["reconstruction"] + terms["penalty"]
    np.testing.assert_allclose(terms["loss"], total, rtol=1e-6)
    if np.array_equal(model.corrupt(tf.constant(x), seed), x):
        np.testing.assert_allclose(terms["reconstruction"], wanted, rtol=1e-4)


def check_follows(model, x):
    """Training moves the moments to those of the codes; samples have them."""
    model.compile(plain_sgd(0.0), run_eagerly=True)
    for _ in range(3):
        model.train_step(tf.constant(x))
    seen = model.corrupt(tf.constant(x), tf.constant([0, 0]))
    if np.array_equal(seen, x):
        code = np.asarray(model.encode(x), "float64")
        kept = model.code_momentum**3
        np.testing.assert_allclose(
            model.code_mean, (1 - kept) * code.mean(axis=0), rtol=1e-3, atol=1e-5
        )
        wanted = kept * np.eye(model.latent_size)
        wanted += (1 - kept) * np.cov(code.T, bias=True).reshape(wanted.shape)
        np.testing.assert_allclose(model.code_scatter, wanted, rtol=1e-3, atol=1e-5)
    count = 20_000
    drawn = np.asarray(model.sample(count, seed=0), "float64").mean(axis=0)
    rng = np.random.default_rng(0)
    code = rng.multivariate_normal(model.code_mean, model.code_scatter, count)
    other = np.asarray(model.decode(code.astype("float32")), "float64")
    error = other.std(axis=0) * np.sqrt(2 / count) + 1e-4
    assert np.all(np.abs(drawn - other.mean(axis=0)) < 5 * error), "samples differ"
