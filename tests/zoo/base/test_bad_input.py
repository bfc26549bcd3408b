"""Bad input is one line that names what was received."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_refused
from contracts.models import TINY
from genkeras.zoo import GAN, NICE, VAE, Flow, RealNVP

FRONT_DOORS = {
    "real_nvp": lambda model: model.log_prob,
    "vae": lambda model: model.elbo,
    "wgan_gp": lambda model: model.discriminate,
}


def _spoilt(x):
    """Each mistake: `(data, what the message must say)`."""
    nan, infinite = x.copy(), x.copy()
    nan[0, 0], infinite[0, 0] = np.nan, np.inf
    wide = np.zeros([4, x.shape[1] + 1], "float32")
    return {
        "event shape": (wide, f"[B, {x.shape[1]}]", str(wide.shape)),
        "a feature alone": (x[:, :1], f"({len(x)}, 1)"),
        "no batch": (x[0], f"({x.shape[1]},)"),
        "rank": (x[None], str(x[None].shape)),
        "NaN": (nan, f"1 of {x.size} entries"),
        "infinity": (infinite, f"1 of {x.size} entries"),
        "integers": (x.astype("int64"), "floats", "int64"),
        "booleans": (x > 0, "floats", "bool"),
    }


@pytest.mark.parametrize("name", FRONT_DOORS)
def test_data_that_does_not_fit(name):
    tiny = TINY[name]
    model = tiny()
    model.compile()
    for x, *says in _spoilt(tiny.x).values():
        check_refused(lambda x=x: FRONT_DOORS[name](model)(x), *says)
        check_refused(lambda x=x: model.fit(x, verbose=0), *says)
        if x.ndim > 1:
            data = tf.data.Dataset.from_tensors(x)
            check_refused(lambda data=data: model.evaluate(data, verbose=0), *says)


@pytest.mark.parametrize("name", ["real_nvp_levels", "nice_levels"])
@pytest.mark.parametrize(
    ("x", "says"),
    [
        ([[0.25, 1.0]], "fractions from 0.25 to 1"),
        ([[0.0, 4.0]], "whole numbers from 0 to 4"),
        ([[-1, 3]], "whole numbers from -1 to 3"),
        ([[0.0, np.nan]], "1 of 2 entries"),
    ],
)
def test_scaled_or_outside_levels(name, x, says):
    check_refused(lambda: TINY[name]().log_prob(np.asarray(x)), says)


def test_levels_are_taken_in_any_dtype():
    model = TINY["real_nvp_levels"]()
    levels = np.asarray([[0, 3], [2, 1]])
    kinds = ("uint8", "int64", "float32")
    got = [model.log_prob(levels.astype(kind)) for kind in kinds]
    np.testing.assert_array_equal(got[0], got[1])
    np.testing.assert_array_equal(got[0], got[2])


def test_data_outside_the_unit_interval_of_a_bernoulli():
    model = TINY["vae"]()
    check_refused(lambda: model.elbo(np.full([2, 5], 255.0, "float32")), "255 to 255")


LABELS = {
    "missing": (None, "no condition"),
    "fractions": (np.zeros([12], "float32"), "float32"),
    "one-hot": (np.zeros([12, 3], "int64"), "(12, 3)"),
    "too many": (np.arange(13) % 3, "12 examples and 13 conditions"),
    "outside": (np.full([12], 3), "labels from 3 to 3"),
    "negative": (np.full([12], -1), "labels from -1 to -1"),
}


@pytest.mark.parametrize("what", LABELS)
def test_labels_that_do_not_fit(what):
    tiny = TINY["vae_labels"]
    condition, says = LABELS[what]
    model = tiny()
    check_refused(lambda: model.elbo(tiny.x, condition), says)


FLOATS = {
    "missing": (None, "no condition"),
    "integers": (np.zeros([12, 2], "int64"), "int64"),
    "width": (np.zeros([12, 3], "float32"), "(12, 3)"),
    "rank": (np.zeros([12], "float32"), "(12,)"),
}


@pytest.mark.parametrize("what", FLOATS)
def test_floats_that_do_not_fit(what):
    tiny = TINY["real_nvp_floats"]
    condition, says = FLOATS[what]
    check_refused(lambda: tiny().log_prob(tiny.x, condition), says)


def test_a_condition_that_holds_nan():
    tiny = TINY["real_nvp_floats"]
    condition = np.full([12, 2], np.nan, "float32")
    check_refused(lambda: tiny().log_prob(tiny.x, condition), "24 of 24")


def test_a_dict_with_other_keys():
    tiny = TINY["wgan_gp_dict"]
    model = tiny()
    some = {"digit": tiny.condition["digit"]}
    check_refused(lambda: model.discriminate(tiny.x, some), "'place'", "['digit']")
    check_refused(lambda: model.discriminate(tiny.x, tiny.x), "keys")


def test_a_tensor_for_a_dict_and_a_dict_for_a_tensor():
    tiny = TINY["vae_labels"]
    named = {"digit": tiny.condition}
    check_refused(lambda: tiny().elbo(tiny.x, named), "digit")


@pytest.mark.parametrize("name", ["real_nvp", "vae", "gan"])
def test_a_condition_nobody_asked_for(name):
    model = TINY[name]()
    check_refused(lambda: model.sample(2, condition=np.zeros([2], int)), "condition")


def test_conditions_for_another_number_of_samples():
    model = TINY["gan_labels"]()
    check_refused(
        lambda: model.sample(4, condition=np.zeros([3], int)), "3 conditions", "4"
    )


def test_an_empty_data_set():
    model = TINY["real_nvp"]()
    model.compile()
    data = tf.data.Dataset.from_tensor_slices(TINY["real_nvp"].x)
    data = data.batch(64, drop_remainder=True)
    check_refused(lambda: model.fit(data, verbose=0), "an empty data set")


def test_a_batch_below_the_critic_steps():
    tiny = TINY["wgan_gp"]
    model = tiny()
    model.compile()
    data = tf.data.Dataset.from_tensors(tiny.x[:2])
    check_refused(lambda: model.fit(data, verbose=0), "a batch of 2")


def test_weights_that_keras_would_drop():
    tiny = TINY["real_nvp"]
    model = tiny()
    model.compile()
    weight = np.ones(len(tiny.x), "float32")
    check_refused(lambda: model.fit(tiny.x, sample_weight=weight), "sample_weight=")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: RealNVP(1), "at least 2"),
        (lambda: NICE(1), "at least 2"),
        (lambda: NICE(2, base="cauchy"), "'cauchy'"),
        (lambda: Flow([], (2,)), "none"),
        (lambda: Flow([keras.layers.Dense(2)], (2,)), "Dense"),
        (lambda: VAE((4,), num_levels=4), "num_levels"),
        (lambda: GAN((2,), condition_spec={"classes": 3}), "classes"),
        (lambda: RealNVP(2, num_levels=1), "num_levels"),
    ],
)
def test_options_that_do_not_fit(make, says):
    check_refused(make, says)


def test_a_run_that_diverges_is_stopped():
    tiny = TINY["real_nvp"]
    model = tiny()
    model.compile(keras.optimizers.SGD(1e30), run_eagerly=True)
    with pytest.raises(ValueError, match="Training stopped: .* from step . of epoch"):
        model.fit(tiny.x, batch_size=4, epochs=3, verbose=0)
