import numpy as np
import pytest
import tensorflow as tf

from contracts import fresh, perturb
from genkeras.zoo import FFJORD


def _data(features=2, n=7):
    return np.random.default_rng(0).normal(size=(n, features)).astype("float32")


def _model(features=2, **kwargs):
    return perturb(FFJORD(features, (8,), **kwargs), 0.3)


def test_the_density_integrates_to_one():
    model = _model(rtol=1e-6, atol=1e-6)
    axis = np.linspace(-8.0, 8.0, 81, dtype="float32")
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    mass = np.sum(np.exp(model.log_prob(grid))) * (axis[1] - axis[0]) ** 2
    np.testing.assert_allclose(mass, 1.0, atol=1e-4)


def test_training_estimates_what_evaluation_computes():
    model = _model(3, num_blocks=2)
    x = np.repeat(_data(3, n=1), 4096, axis=0)
    exact = float(model.log_prob(x[:1])[0])
    estimates = model(x, training=True, seed=0)
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert error > 1e-4
    np.testing.assert_allclose(np.mean(estimates), exact, atol=4.0 * error)
    np.testing.assert_array_equal(model(x, training=True, seed=0), estimates)
    np.testing.assert_allclose(model(x, training=False), exact, atol=1e-4)


def test_exact_training_has_no_noise():
    model = _model(train_trace="exact")
    x = _data()
    trained = model(x, training=True, seed=1)
    np.testing.assert_allclose(trained, model.log_prob(x), atol=1e-5)


def test_a_loose_tolerance_is_for_training_only():
    model = perturb(FFJORD(2, (8,), train_trace="exact", train_tolerance=0.3), 1.0)
    tight = FFJORD(2, (8,), rtol=1e-6, atol=1e-6)
    tight.set_weights(model.get_weights())
    x = _data()
    exact = model.log_prob(x)
    np.testing.assert_allclose(exact, tight.log_prob(x), atol=1e-3)
    loose = model(x, training=True)
    assert 1e-3 < np.max(np.abs(loose - exact)) < 1.0
    assert FFJORD.from_config(model.get_config()).train_tolerance == 0.3


def test_round_trip_to_the_tolerance():
    model = _model(num_blocks=2)
    x = _data()
    z = model.encode(x)
    assert not np.allclose(z, x, atol=0.05)
    np.testing.assert_allclose(model.decode(fresh(z)), x, atol=1e-3)


def test_every_weight_gets_a_gradient():
    model = _model(condition_spec={"num_classes": 3})
    x, label = _data(), np.arange(7) % 3
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(model(x, label, training=True))
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        norm = tf.norm(tf.convert_to_tensor(gradient))
        assert norm > 0, variable.path


def test_the_rest_of_the_batch_matters_to_the_tolerance_only():
    model = _model(rtol=1e-6, atol=1e-6)
    x = _data()
    alone = model.log_prob(x[:1])
    with_far = model.log_prob(np.concatenate([x[:1], 20.0 * x]))
    np.testing.assert_allclose(with_far[:1], alone, atol=1e-4)


def test_levels_and_mixed_precision_train():
    model = FFJORD(2, (8,), num_levels=4, dtype="mixed_bfloat16")
    model.compile("adam")
    x = np.random.default_rng(0).integers(0, 4, size=(10, 2))
    logs = model.fit(x, batch_size=4, verbose=0).history
    assert np.isfinite(logs["bits_per_dim"][0])


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="train_trace='forward'"):
        FFJORD(2, train_trace="forward")
