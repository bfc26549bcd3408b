"""Promises that hold for every model with a likelihood, first of all saving."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import perturb
from genkeras.zoo import (
    FFJORD,
    MAF,
    NICE,
    VAE,
    Flow,
    Glow,
    MultiScaleRealNVP,
    RealNVP,
)


def _normal(shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def _binary(shape):
    return (np.random.default_rng(0).random(shape) > 0.5).astype("float32")


def _levels(shape):
    return np.random.default_rng(0).integers(0, 4, size=shape)


IMAGE = {"filters": 4, "num_levels": 4}

MODELS = {
    "real_nvp": lambda: (RealNVP(3, 2, (8,)), _normal((16, 3))),
    "nice": lambda: (NICE(3, 2, (8,)), _normal((16, 3))),
    "multi_scale_real_nvp": lambda: (
        MultiScaleRealNVP(
            (4, 4, 1),
            2,
            num_blocks=1,
            dequantization="variational",
            dequantizer={"num_couplings": 2, "filters": 4, "num_blocks": 1},
            **IMAGE,
        ),
        _levels((16, 4, 4, 1)),
    ),
    "glow": lambda: (Glow((4, 4, 1), 2, 1, **IMAGE), _levels((16, 4, 4, 1))),
    "ffjord": lambda: (FFJORD(3, (8,)), _normal((16, 3))),
    "maf": lambda: (MAF(3, 2, (8,)), _normal((16, 3))),
    "vae": lambda: (VAE((4, 4, 1), 2, hidden_units=(8,)), _binary((16, 4, 4, 1))),
}


@pytest.fixture(params=MODELS)
def case(request):
    model, x = MODELS[request.param]()
    return perturb(model), x


def test_fit_lowers_the_loss(case):
    model, x = case
    model.compile(keras.optimizers.Adam(1e-2))
    before = model.evaluate(x, verbose=0)["loss"]
    model.fit(x, epochs=10, verbose=0)
    assert model.evaluate(x, verbose=0)["loss"] < before


def test_a_new_process_loads_and_agrees(case, tmp_path):
    model, x = case
    model.compile("adam")
    model.fit(x, verbose=0)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "log_prob.npy", model.log_prob(x))
    code = (
        "import genkeras.zoo, keras, numpy as np\n"
        "model = keras.saving.load_model('model.keras')\n"
        "got, want = model.log_prob(np.load('x.npy')), np.load('log_prob.npy')\n"
        "assert np.array_equal(got, want), abs(got - want).max()\n"
        "assert model.optimizer.iterations == 1\n"
        "model.fit(np.load('x.npy'), verbose=0)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_the_export_agrees(case, tmp_path):
    model, x = case
    model.export(tmp_path / "1", verbose=False)
    served = tf.saved_model.load(tmp_path / "1")
    samples = served.sample(7, tf.constant([0, 5]))["samples"]
    np.testing.assert_allclose(samples, model.sample(7, seed=5), atol=1e-5)


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (np.zeros([4, 2], "float32"), r"\[B, 3\].*\(4, 2\)"),
        (np.zeros([4, 3], int), "takes floats.*int64"),
        (np.full([4, 3], np.nan, "float32"), "12 of 12 entries are NaN"),
    ],
)
def test_bad_input_is_named(x, says):
    with pytest.raises(ValueError, match=says):
        RealNVP(3, 2, (8,)).log_prob(x)


def test_nice_has_the_log_det_of_its_scaling_layer():
    model = perturb(NICE(3, 4, (8,)), 0.3)
    z = _normal((5, 3))
    log_det = model.bijector().forward_log_det_jacobian(z, 1)
    np.testing.assert_allclose(
        log_det, float(tf.reduce_sum(model.scaling.log_scale)), rtol=1e-6
    )


def test_a_composed_flow_saves(tmp_path):
    from tensorflow_probability import bijectors as tfb

    from genkeras.layers import AffineCoupling

    flow = Flow([AffineCoupling((8,)), tfb.Permute([2, 0, 1]), tfb.Exp()], (3,))
    x = np.exp(_normal((4, 3)))
    flow.save(tmp_path / "flow.keras")
    loaded = keras.saving.load_model(tmp_path / "flow.keras")
    np.testing.assert_array_equal(loaded.log_prob(x), flow.log_prob(x))
