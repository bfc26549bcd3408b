"""Counts, seeds, ranges and flags: right, or refused in one line."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_refused
from contracts.models import TINY
from genkeras.zoo import DCGAN, GAN

FAMILIES = ("real_nvp", "made", "vae", "wgan_gp")


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("number", [2.9, 2**32 + 3, -1, "3", True, None, np.nan])
def test_a_number_of_samples_that_is_none(name, number):
    model = TINY[name]()
    check_refused(lambda: model.sample(number, seed=0), "num_samples=")


@pytest.mark.parametrize("name", FAMILIES)
def test_numbers_of_numpy_are_numbers(name):
    model = TINY[name]()
    got = model.sample(np.int64(3), seed=np.int64(5))
    np.testing.assert_array_equal(got, model.sample(3, seed=5))


@pytest.mark.parametrize("seed", [2**64, 1.5, (1, 2, 3), True, "7", (0, 2.5)])
def test_a_seed_that_is_none(seed):
    check_refused(lambda: TINY["made"]().sample(2, seed=seed), "seed=")


def test_seeds_of_64_bits_differ():
    pair = TINY["made"]()._as_seed
    seeds = [0, 2**32, 2**40, 2**63, 2**64 - 1, -1, -(2**63) + 1]
    assert len({tuple(pair(seed).numpy().tolist()) for seed in seeds}) == len(seeds)
    assert pair(7).numpy().tolist() == [0, 7]
    assert pair((3, 7)).numpy().tolist() == [3, 7]


# === Ranges ===
@pytest.mark.parametrize(
    "name", ["dcgan_labels", "pix2pix", "cycle_gan", "gan", "sngan"]
)
def test_a_game_takes_what_its_generator_makes(name):
    tiny = TINY[name]
    model = tiny()
    model.compile()
    wide = 127.5 * (tiny.x + 1.0)
    given = (wide,) if tiny.condition is None else (wide, tiny.condition)
    check_refused(lambda: model.fit(*given, verbose=0), "[-1, 1]")
    if hasattr(model, "discriminator"):
        check_refused(lambda: model.discriminate(*given), "[-1, 1]")


@pytest.mark.parametrize("name", ["pix2pix", "cycle_gan"])
def test_a_source_has_the_range_of_images(name):
    tiny = TINY[name]
    model = tiny()
    model.compile()
    source = 127.5 * (tiny.condition + 1.0)
    check_refused(lambda: model.fit(tiny.x, source, verbose=0), "sources in [-1, 1]")


def test_images_that_were_scaled_to_the_unit_interval_are_warned_of():
    tiny = TINY["dcgan_labels"]
    model = tiny()
    model.compile(run_eagerly=True)
    with pytest.warns(UserWarning, match="scaled to"):
        model.fit((tiny.x + 1.0) / 2.0, tiny.condition, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model.fit(tiny.x, tiny.condition, verbose=0)


def test_a_game_without_a_tanh_takes_anything():
    model = GAN((2,), 2, output_activation="linear", generator_units=(4,))
    assert model.discriminate(np.full([3, 2], 9.0, "float32")).shape == (3,)


def test_levels_of_a_game_are_refused():
    check_refused(lambda: DCGAN((8, 8, 1), num_levels=256), "num_levels=256")


# === Flags ===
@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(("name", "part"), [("vae", "encoder"), ("gan", "generator")])
def test_what_is_frozen_stays_so(name, part, compiled, tmp_path):
    tiny = TINY[name]
    model = tiny()
    layers = getattr(model, part)._flatten_layers(include_self=False)
    next(iter(layers)).trainable = False
    if compiled:
        model.compile(run_eagerly=True)
        model.fit(tiny.x, verbose=0)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    flags = [[layer.trainable for layer in m._flatten_layers()] for m in (model, again)]
    assert flags[0] == flags[1]
    assert not all(flags[1])
    if compiled:
        for old, new in zip(
            model.optimizer.variables, again.optimizer.variables, strict=True
        ):
            np.testing.assert_array_equal(old, new)


# === Served models ===
@pytest.mark.parametrize("name", ["vae_labels", "made", "dcgan_labels"])
def test_a_served_model_refuses_what_does_not_fit(name, tmp_path):
    tiny = TINY[name]
    model = tiny()
    model.export(tmp_path / "1", verbose=False)
    served = tf.saved_model.load(tmp_path / "1").signatures
    signature = {"vae_labels": "elbo", "made": "log_prob"}.get(name, "discriminate")
    dtype = model.front_door.event_spec().dtype
    x = tf.cast(tiny.x[:4], dtype)
    given = {"x": x}
    if tiny.condition is not None:
        given["condition"] = tf.constant(tiny.condition[:4], tf.int32)
    served[signature](**given)
    wrong = [{"x": tf.concat([x, x], axis=-1)}, {"x": x + tf.cast(9, dtype)}]
    if tiny.condition is not None:
        wrong += [{"condition": given["condition"] - 1}]
        wrong += [{"condition": given["condition"] + 3}]
    for part in wrong:
        with pytest.raises(tf.errors.InvalidArgumentError):
            served[signature](**{**given, **part})


# === Latents ===
@pytest.mark.parametrize("name", ["real_nvp", "vae"])
def test_latents_that_do_not_fit(name):
    model = TINY[name]()
    width = 2 if name == "real_nvp" else 1
    for z, says in (
        (np.zeros([3, 5], "float32"), "(3, 5)"),
        (np.zeros([3, width], "complex64"), "complex64"),
        (np.full([3, width], np.nan, "float32"), "NaN"),
    ):
        check_refused(lambda z=z: model.decode(z), says)
