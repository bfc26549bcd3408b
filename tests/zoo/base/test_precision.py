"""Every model under every precision policy."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from contracts import outputs, perturb
from contracts.models import TINY, sweep
from genkeras.zoo import DensityModel

NAMES = [
    "flow",
    "real_nvp_dict",
    "nice_levels",
    "vae_conv",
    "vae_flow",
    "vae_labels",
    "wgan_gp",
]
RESIDUAL = ["conditional_gan", "conditional_gan_concatenation", "wgan_gp_resnet"]
TRANSLATORS = ["cycle_gan", "pix2pix"]
# Half precision keeps 3 digits, bfloat16 2, and a network multiplies the error.
POLICIES = {"float64": 1e-4, "mixed_float16": 0.05, "mixed_bfloat16": 0.2}
DRAWS = (
    "elbo",
    "sample",
    "sample_rows",
    "sample_truncated",
    "translate",
)  # which a precision draws anew


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", sweep([*NAMES, *RESIDUAL, *TRANSLATORS]))
def test_a_policy_changes_the_precision_and_little_else(name, policy):
    tiny = TINY[name]
    reference = perturb(tiny())
    model = tiny(dtype=policy)
    model.set_weights(reference.get_weights())
    wanted = outputs(reference, tiny.x, tiny.condition)
    for signature, (_, got) in outputs(model, tiny.x, tiny.condition).items():
        for key, value in got.items():
            assert np.all(np.isfinite(value)), f"{signature} of {policy}"
            if value.dtype.kind == "f":
                assert value.dtype == model.variable_dtype
            if signature not in DRAWS and model.num_levels is None:
                atol = POLICIES[policy] * max(1.0, np.abs(value).max())
                close = wanted[signature][1][key]
                np.testing.assert_allclose(value, close, atol=atol, err_msg=signature)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "name",
    sweep(
        [
            "real_nvp_dict",
            "nice",
            "vae_conv",
            "vae_flow",
            "gan",
            "gan_regularized",
            "sngan",
            "wgan_gp",
            *RESIDUAL,
            *TRANSLATORS,
        ]
    ),
)
def test_a_policy_trains(name, policy):
    tiny = TINY[name]
    model = tiny(dtype=policy)
    model.compile(run_eagerly=True)
    before = [v.numpy() for v in model.trainable_variables]
    history = model.fit(tiny.data(6), verbose=0).history
    assert all(np.all(np.isfinite(values)) for values in history.values())
    moved = [
        not np.array_equal(v.numpy(), old)
        for v, old in zip(model.trainable_variables, before, strict=True)
    ]
    assert any(moved)
    assert {v.dtype for v in model.trainable_variables} == {model.variable_dtype}


@pytest.mark.parametrize("policy", POLICIES)
def test_weights_of_the_model_itself_keep_their_precision(policy):
    class Gaussian(DensityModel):
        def __init__(self, **kwargs):
            super().__init__((2,), **kwargs)
            self.loc = self.add_weight(shape=(2,), initializer="ones")

        def distribution(self, condition=None):
            loc = tf.convert_to_tensor(self.loc)
            return tfd.MultivariateNormalDiag(loc, tf.ones_like(loc))

    model = Gaussian(dtype=policy)
    log_prob = model(np.ones([3, 2], model.variable_dtype))
    np.testing.assert_allclose(log_prob, -np.log(2 * np.pi), rtol=1e-6)
