"""Promises of every model with a density."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_density, check_normalised, check_samples, perturb
from contracts.models import DENSITIES, TINY, sweep
from genkeras.layers import AffineCoupling
from genkeras.zoo import NICE, RealNVP

# What holds the mass of the models of 1 and 2 dimensions, levels with their margins.
BOXES = {
    "gaussian_mixture": (-9.0, 9.0),
    "gaussian_mixture_diagonal": (-9.0, 9.0),
    "gaussian_mixture_tied": (-9.0, 9.0),
    "flow_one_feature": (0.0, 12.0),
    "real_nvp": (-9.0, 9.0),
    "real_nvp_floats": (-9.0, 9.0),
    "nice_levels": (-60.0, 60.0),
    "real_nvp_levels": (-4 * 0.05 / 0.9, 4 + 4 * 0.05 / 0.9),
}


@pytest.mark.parametrize("name", sweep(DENSITIES))
def test_contract(name):
    tiny = TINY[name]
    box = BOXES.get(name)
    check_density(tiny, tiny.x, tiny.condition, box=box)


def test_a_bent_density_integrates_to_one():
    model = perturb(RealNVP(2, 4, (16,), max_log_scale=1.0), 0.3)
    check_normalised(model, (-25.0, 25.0), atol=1e-2)
    check_samples(model, (-25.0, 25.0))


def test_levels_have_a_mass_of_at_most_one():
    model = perturb(RealNVP(2, 2, (8,), num_levels=3), 0.3)
    levels = np.stack(np.meshgrid(*[np.arange(3)] * 2), axis=-1).reshape(-1, 2)
    # The bound is of the mean over the noise, so it is averaged before it is summed.
    draws = model.log_prob(np.repeat(levels, 400, axis=0))
    bounds = np.mean(np.reshape(draws, [9, 400]), axis=1)
    assert 0.3 < np.exp(bounds).sum() <= 1.0
    assert model.is_bound


def test_nice_has_the_log_det_of_its_scaling_layer():
    model = perturb(NICE(3, 4, (8,)), 0.3)
    z = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    log_det = model.bijector().forward_log_det_jacobian(z, 1)
    np.testing.assert_allclose(
        log_det, float(tf.reduce_sum(model.scaling.log_scale)), rtol=1e-6
    )


def test_one_condition_serves_all_samples():
    tiny = TINY["real_nvp_dict"]
    model = perturb(tiny())
    one = {"digit": tiny.condition["digit"][:1], "place": tiny.condition["place"][:1]}
    all_of_it = {key: np.repeat(leaf, 4, axis=0) for key, leaf in one.items()}
    np.testing.assert_array_equal(
        model.sample(4, condition=one, seed=0),
        model.sample(4, condition=all_of_it, seed=0),
    )


def test_fit_finds_the_maximum_likelihood():
    """NICE whose couplings stay the identity is a scale: its best one is known."""
    x = 3.0 * np.random.default_rng(0).normal(size=(512, 2)).astype("float32")
    model = NICE(2, 2, (4,), base="normal", identity_start=True)
    for coupling in model.couplings:
        coupling.trainable = False
    model.compile(keras.optimizers.Adam(0.05))
    model.fit(tf.data.Dataset.from_tensors(x).repeat(200), verbose=0)
    scale = np.sqrt(np.mean(np.square(x), axis=0))
    np.testing.assert_allclose(
        np.exp(model.scaling.log_scale.numpy()), scale, rtol=1e-3
    )


def test_a_coupling_of_its_own_precision_stays_in_it():
    model = RealNVP(2, 2, (4,), dtype="float64")
    assert all(isinstance(c, AffineCoupling) for c in model.couplings)
    assert model.log_prob(np.zeros([3, 2])).dtype == tf.float64


def test_levels_are_dequantized_alike_with_and_without_xla():
    tiny = TINY["real_nvp_levels"]
    model = perturb(tiny())
    compiled = tf.function(model.log_prob, jit_compile=True)
    np.testing.assert_allclose(
        compiled(tf.constant(tiny.x)), model.log_prob(tiny.x), rtol=1e-4
    )
