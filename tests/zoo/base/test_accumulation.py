"""A step in parts is the step of the whole batch; a short run in any precision."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from replica_step import QuietGame, QuietGAN, QuietVAE, QuietWGANGP

from genkeras.zoo import (
    GAN,
    MADE,
    R1,
    VAE,
    BottleneckAutoencoder,
    HingeGame,
    RealNVP,
)
from genkeras.zoo.base import in_parts


def _rows(*shape):
    return np.tanh(np.random.default_rng(0).normal(size=shape)).astype("float32")


def _bits(*shape):
    return (np.random.default_rng(0).random(shape) > 0.5).astype("float32")


def _wgan_gp():
    units = {"generator_units": (8,), "discriminator_units": (8,)}
    model = QuietWGANGP((3,), 2, **units, output_activation="linear", seed=0)
    model.game = QuietGame(num_critic_steps=2)
    return model


def _gan():
    units = {"generator_units": (8,), "discriminator_units": (8,)}
    model = QuietGAN((3,), 2, **units, ema_decay=0.5, seed=0)
    model.game = HingeGame(regularizers=[R1(gamma=1.0)])
    return model


FAMILIES = {
    "flow": (lambda: RealNVP(3, 2, (8,), seed=0), _rows(32, 3)),
    "vae": (lambda: QuietVAE((6,), 2, hidden_units=(8,), seed=0), _bits(32, 6)),
    "autoregressive": (lambda: MADE(6, (8,), num_levels=2, seed=0), _bits(32, 6)),
    "autoencoder": (
        lambda: BottleneckAutoencoder((6,), 2, hidden_units=(8,), seed=0),
        _bits(32, 6),
    ),
    "gan": (_gan, _rows(32, 3)),
    "wgan_gp": (_wgan_gp, _rows(32, 3)),
}


def _trained(make, data, steps, **options):
    keras.utils.set_random_seed(0)
    model = make()
    players = 2 if isinstance(model, GAN) else 1
    optimizers = [keras.optimizers.SGD(0.1, 0.9) for _ in range(players)]
    model.compile(*optimizers, accumulation_steps=steps, **options)
    history = model.fit(data, verbose=0, epochs=2).history
    # A running moment sees a part at a time.
    weights = [*model.trainable_variables, *getattr(model, "averages", [])]
    return [weight.numpy() for weight in weights], history


@pytest.mark.parametrize("family", FAMILIES)
def test_accumulated_steps_are_those_of_the_large_batch(family):
    make, x = FAMILIES[family]
    data = tf.data.Dataset.from_tensor_slices(x).batch(16)
    eager = {"run_eagerly": True}
    (one, logs), (parts, in_parts_logs) = (
        _trained(make, data, steps, **eager) for steps in (1, 3)
    )
    start = make().trainable_variables[0]
    assert not np.allclose(one[0], start, atol=1e-3)
    for whole, accumulated in zip(one, parts, strict=True):
        np.testing.assert_allclose(accumulated, whole, atol=1e-6)
    for name, values in logs.items():
        np.testing.assert_allclose(
            in_parts_logs[name], values, rtol=1e-5, atol=1e-6, err_msg=name
        )


def test_weights_of_examples_are_parted_with_them():
    make, x = FAMILIES["flow"]
    weight = np.linspace(0.0, 2.0, len(x), dtype="float32")
    data = tf.data.Dataset.from_tensor_slices((x, weight))
    data = data.map(lambda x, weight: (x, None, weight)).batch(16)
    runs = [_trained(make, data, steps, jit_compile=False) for steps in (1, 3)]
    for whole, accumulated in zip(runs[0][0], runs[1][0], strict=True):
        np.testing.assert_allclose(accumulated, whole, atol=1e-6)


def test_a_weight_that_no_part_reaches_has_no_gradient():
    terms, gradients = in_parts(
        lambda x, k: ({"loss": x}, [None, tf.reduce_mean(x)]), tf.constant([1.0, 3]), 2
    )
    assert gradients[0] is None
    assert float(gradients[1]) == 2.0
    assert terms["loss"].shape == (2,)


def test_too_small_a_batch_is_refused():
    model = RealNVP(3, 2, (8,), seed=0)
    model.compile(accumulation_steps=4, jit_compile=False)
    with pytest.raises(ValueError, match="too few examples, by 1, in batch 1"):
        model.fit(_rows(3, 3), verbose=0)


def test_the_steps_are_saved(tmp_path):
    model = RealNVP(3, 2, (8,), seed=0)
    model.compile(accumulation_steps=4)
    model.save(tmp_path / "m.keras")
    assert keras.saving.load_model(tmp_path / "m.keras").accumulation_steps == 4
    with pytest.raises(ValueError, match="whole number from 1 on. Received: 0"):
        model.accumulate(0)


# === Precision ===
POLICIES = ("mixed_bfloat16", "mixed_float16")
SHORT_RUNS = {
    "vae": (
        lambda: VAE((6,), 2, hidden_units=(16,), seed=0),
        _bits(512, 6),
        "elbo",
    ),
    "flow": (lambda: RealNVP(3, 2, (16,), seed=0), _rows(512, 3), "nll"),
    "autoregressive": (
        lambda: MADE(6, (16,), num_levels=2, seed=0),
        _bits(512, 6),
        "nll",
    ),
    "autoencoder": (
        lambda: BottleneckAutoencoder((6,), 2, hidden_units=(16,), seed=0),
        _bits(512, 6),
        "reconstruction",
    ),
    "gan": (
        lambda: GAN((3,), 2, generator_units=(16,), discriminator_units=(16,), seed=0),
        _rows(512, 3),
        "discriminator_loss",
    ),
}


def _metric(family, policy):
    make, x, metric = SHORT_RUNS[family]
    keras.utils.set_random_seed(0)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = make()
    finally:
        keras.config.set_dtype_policy(before)
    assert model.dtype_policy.name == policy
    model.compile(jit_compile=False)
    model.fit(x, batch_size=64, epochs=10, shuffle=False, verbose=0)
    return model.evaluate(x, verbose=0)[metric]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "family",
    [
        "vae",
        *(pytest.param(f, marks=pytest.mark.slow) for f in SHORT_RUNS if f != "vae"),
    ],
)
def test_a_short_run_ends_within_two_percent_in_mixed_precision(family, policy):
    got, wanted = _metric(family, policy), _metric(family, "float32")
    assert np.isfinite(got)
    assert got == pytest.approx(wanted, rel=0.02)
