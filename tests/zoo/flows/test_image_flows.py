import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy.special import logsumexp

from contracts import fresh, perturb
from contracts.models import sweep
from genkeras.layers import DiagonalScaling
from genkeras.zoo import FlowPlusPlus, Glow, ImageFlow, MultiScaleRealNVP

tfd = tfp.distributions

MODELS = {
    "real_nvp": lambda shape=(4, 4, 1), **kwargs: MultiScaleRealNVP(
        shape, 2, filters=4, num_blocks=1, **kwargs
    ),
    "flow_plus_plus": lambda shape=(4, 4, 1), **kwargs: FlowPlusPlus(
        shape, 2, filters=4, num_blocks=1, network="conv", **kwargs
    ),
    "glow": lambda shape=(4, 4, 1), **kwargs: Glow(shape, 2, 1, filters=4, **kwargs),
}


VARIATIONAL = {
    "num_levels": 4,
    "dequantization": "variational",
    "dequantizer": {"num_couplings": 2, "filters": 4, "num_blocks": 1},
}


@pytest.fixture(params=sweep(MODELS))
def make(request):
    return lambda *args, **kwargs: perturb(MODELS[request.param](*args, **kwargs))


def _levels(shape, num_levels=4):
    return np.random.default_rng(0).integers(0, num_levels, size=shape)


def test_log_prob_is_the_change_of_variables(make):
    model = make((4, 4, 1), dtype="float64")
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 1))
    flat = tf.constant(x.reshape(2, 16))
    with tf.GradientTape() as tape:
        tape.watch(flat)
        z = tf.reshape(model.encode(tf.reshape(flat, x.shape)), [2, 16])
    log_det = np.linalg.slogdet(tape.batch_jacobian(z, flat))[1]
    wanted = -0.5 * np.sum(z**2 + np.log(2.0 * np.pi), axis=1) + log_det
    np.testing.assert_allclose(model.log_prob(x), wanted, rtol=1e-10)


def test_distribution_is_one_of_tfp(make):
    model = make((4, 4, 1), condition_spec={"num_classes": 3})
    p = model.distribution(tf.constant([0, 2]))
    assert isinstance(p, tfd.Distribution)
    assert (p.batch_shape_tensor().numpy(), p.event_shape) == ([2], (4, 4, 1))
    x = p.sample(5, seed=(0, 1))
    assert x.shape == (5, 2, 4, 4, 1)
    one_by_one = [model.log_prob(draw, tf.constant([0, 2])) for draw in x]
    np.testing.assert_allclose(p.log_prob(fresh(x)), one_by_one, rtol=1e-4)


def test_round_trips(make):
    model = make((4, 8, 2), dtype="float64")
    x = np.random.default_rng(0).normal(size=(3, 4, 8, 2))
    z = model.encode(x)
    assert z.shape == x.shape
    np.testing.assert_allclose(model.decode(fresh(z)), x, atol=1e-9)
    model = make((4, 4, 1), num_levels=4, dtype="float64")
    x = _levels((5, 4, 4, 1))
    np.testing.assert_array_equal(model.decode(fresh(model.encode(x, seed=3))), x)


def test_no_temperature_gives_the_image_of_zero(make):
    model = make()
    cold = model.sample(2, temperature=0.0, seed=0)
    np.testing.assert_allclose(cold, model.decode(tf.zeros([2, 4, 4, 1])), atol=1e-6)
    warm = [np.std(model.sample(64, temperature=t, seed=0)) for t in (0.5, 1.0)]
    assert warm[0] < warm[1]


def test_a_condition_matters(make):
    model = make((4, 4, 1), condition_spec={"num_classes": 3})
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 1)).astype("float32")
    label = tf.constant([0, 1])
    assert np.all(abs(model.log_prob(x, label) - model.log_prob(x, label + 1)) > 1e-3)
    z = model.encode(x, label)
    np.testing.assert_allclose(model.decode(fresh(z), label), x, atol=1e-4)


def test_a_partial_batch_and_mixed_precision_train(make):
    model = make(dtype="mixed_bfloat16", **VARIATIONAL)
    model.compile("adam")
    logs = model.fit(_levels((10, 4, 4, 1)), batch_size=4, verbose=0).history
    assert np.isfinite(logs["bits_per_dim"][0])
    assert model.log_prob(_levels((3, 4, 4, 1))).dtype == tf.float32


def test_every_weight_moves(make):
    model = make(**VARIATIONAL)
    model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    before = [v.numpy() for v in model.trainable_variables]
    model.fit(_levels((8, 4, 4, 1)), epochs=2, verbose=0)
    for variable, start in zip(model.trainable_variables, before, strict=True):
        assert np.any(variable.numpy() != start), variable.path


def test_attention_is_saved_with_the_rest(tmp_path):
    model = perturb(FlowPlusPlus((2, 4, 1), 2, filters=4, num_blocks=2, num_levels=4))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x = _levels((3, 2, 4, 1))
    np.testing.assert_array_equal(loaded.log_prob(x), model.log_prob(x))


def test_glow_starts_normalized():
    model = Glow((4, 4, 2), 1, 2, filters=4)
    model.compile(keras.optimizers.SGD(0.0))
    x = 30.0 + 5.0 * np.random.default_rng(0).normal(size=(64, 4, 4, 2))
    model.fit(x.astype("float32"), batch_size=64, verbose=0)
    z = model.encode(x.astype("float32")).numpy()
    np.testing.assert_allclose(z.mean(), 0.0, atol=1e-3)
    np.testing.assert_allclose(z.std(), 1.0, atol=1e-3)


# === Dequantization ===
class UniformNoise(ImageFlow):
    """Logistic noise left as it is, which is uniform once it is squashed."""

    def __init__(self, **kwargs):
        super().__init__((2, 2, 1), **kwargs)
        self._assemble()

    def _make_flow(self):
        return DiagonalScaling(dtype=self.dtype_policy)

    def base_distribution(self, batch_shape=()):
        return self._independent(tfd.Logistic, batch_shape)


@pytest.mark.parametrize("num_levels", [2, 256])
@pytest.mark.parametrize("kind", ["uniform", "variational"])
def test_uniform_noise_over_levels_takes_log2_of_their_number(num_levels, kind):
    alpha = 1e-6
    model = UniformNoise(num_levels=num_levels, alpha=alpha, dequantization=kind)
    model.compile()
    bits = model.evaluate(_levels((5, 2, 2, 1), num_levels), verbose=0)["bits_per_dim"]
    np.testing.assert_allclose(bits, np.log2(num_levels), rtol=1e-5)


def _tiny(dequantization):
    """A flow over 16 images, moved off the start."""
    model = MultiScaleRealNVP(
        (2, 2, 1),
        1,
        filters=4,
        num_blocks=1,
        num_levels=2,
        alpha=0.02,
        seed=1,
        dequantization=dequantization,
        dequantizer={"num_couplings": 2, "filters": 8, "num_blocks": 1},
    )
    perturb(model.flow, 0.2)
    return model


IMAGES = np.array(list(itertools.product([0, 1], repeat=4))).reshape(16, 2, 2, 1)


def _draws(model, count, seed=0):
    """`[16, count]` bounds on the probability of each image, one draw for each."""
    many = np.repeat(IMAGES, count, axis=0)
    return np.reshape(model.log_prob(many, seed=seed), [16, count])


def _mean_bound(model):
    """`[16]` means over draws, and their standard errors."""
    draws = _draws(model, 256)
    return np.mean(draws, axis=1), np.std(draws, axis=1) / np.sqrt(256)


def _truth(model):
    """`[16]` log-probabilities, and their standard errors (by the delta method)."""
    draws = _draws(model, 4096)
    truth = logsumexp(draws, axis=1) - np.log(4096)
    spread = np.std(np.exp(draws - truth[:, None]), axis=1)  # of a mean of 1
    return truth, spread / np.sqrt(4096)


def test_the_bounds_lie_in_order():
    """Uniform, then variational, then many draws, then the truth.

    All are means over draws: each comparison allows five standard errors.
    """
    uniform, variational = _tiny("uniform"), _tiny("variational")
    uniform.flow.set_weights(variational.flow.get_weights())
    truth, truth_error = _truth(uniform)
    before, before_error = _mean_bound(variational)
    flat, flat_error = _mean_bound(uniform)
    # The untrained dequantizer is near the uniform one, not equal to it.
    allowed = 0.2 + 5 * np.hypot(before_error, flat_error)
    assert np.all(np.abs(before - flat) < allowed)
    assert np.all(flat < truth + 5 * np.hypot(flat_error, truth_error))
    assert np.mean(truth - flat) > 5 * np.mean(np.hypot(flat_error, truth_error))
    variational.flow.trainable = False
    variational.compile(keras.optimizers.Adam(1e-2))
    variational.fit(np.tile(IMAGES, [16, 1, 1, 1]), epochs=30, verbose=0)
    np.testing.assert_array_equal(
        variational.flow.get_weights()[0], uniform.flow.get_weights()[0]
    )
    after, after_error = _mean_bound(variational)
    gap_before, gap_after = np.mean(truth - before), np.mean(truth - after)
    assert np.all(after < truth + 5 * np.hypot(after_error, truth_error))
    assert gap_after < 0.6 * gap_before
    # The spread of a bound over 8 draws is at most that of one draw.
    many = variational.log_prob(IMAGES, num_samples=8)
    error = np.sqrt(np.mean((after_error * np.sqrt(256)) ** 2) / 16)
    assert np.mean(truth - many) < gap_after + 5 * error
    assert np.mean(truth - many) > -5 * error
    found, found_error = _truth(variational)
    assert np.all(np.abs(found - truth) < 5 * np.hypot(found_error, truth_error))


def test_probabilities_sum_to_the_mass_in_the_box():
    """An outside count: how many draws of the density lie among the levels."""
    model = _tiny("variational")
    perturb(model.dequantizer, 0.05)  # far off, single draws would rule the mean
    truth, errors = _truth(model)
    probabilities = np.exp(truth)
    total = np.sum(probabilities)
    x = model.distribution().sample(20_000, seed=(0, 1)).numpy()
    inside = np.mean(np.all((x >= 0) & (x <= 2), axis=(1, 2, 3)))
    counted = np.sqrt(inside * (1 - inside) / 20_000)
    error = np.hypot(counted, np.linalg.norm(probabilities * errors))
    assert abs(total - inside) < 5 * error < 0.06


def test_the_dequantizer_knows_its_density():
    model = perturb(_tiny("variational"), 0.2)
    x = tf.cast(IMAGES, "float32")
    u, log_density = model.dequantizer(x, tf.constant([0, 1]))
    assert 0.0 < np.min(u) < np.max(u) < 1.0
    again = model.dequantizer.distribution(x).log_prob(fresh(u))
    np.testing.assert_allclose(log_density, again, atol=1e-3)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"event_shape": (4, 4)}, "height, width"),
        ({"event_shape": (6, 4, 1), "num_scales": 3}, r"multiples of 4.*\(6, 4, 1\)"),
        ({"dequantization": "none"}, "dequantization='none'"),
        ({"dequantization": "variational"}, "no num_levels"),
    ],
)
def test_bad_options_are_named(options, says):
    with pytest.raises(ValueError, match=says):
        MultiScaleRealNVP(**{"event_shape": (4, 4, 1), **options})
