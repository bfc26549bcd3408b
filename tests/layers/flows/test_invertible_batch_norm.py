import keras
import numpy as np

from genkeras.layers import InvertibleBatchNorm
from genkeras.zoo import Flow


def test_training_scores_by_the_batch_and_evaluation_by_the_past():
    flow = Flow([InvertibleBatchNorm(momentum=0.5)], (2,))
    layer = flow.transforms[0]
    x = (3.0 + 2.0 * np.random.default_rng(0).normal(size=(64, 2))).astype("float32")
    log_prob = flow(x, training=True)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    want = -0.5 * (z**2 + np.log(2 * np.pi)).sum(-1) - np.log(x.std(axis=0)).sum()
    np.testing.assert_allclose(log_prob, want, rtol=1e-4)
    np.testing.assert_allclose(layer.mean, 0.5 * x.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(layer.variance, 0.5 + 0.5 * x.var(axis=0), rtol=1e-5)
    kept = layer.mean.numpy()
    flow(x)
    np.testing.assert_array_equal(layer.mean, kept)


def test_fit_and_load(tmp_path):
    flow = Flow([InvertibleBatchNorm(momentum=0.5)], (2,))
    flow.compile(keras.optimizers.Adam(1e-2))
    x = (30.0 + np.random.default_rng(0).normal(size=(256, 2))).astype("float32")
    flow.fit(x, epochs=5, verbose=0)
    assert flow.evaluate(x, verbose=0)["nll"] < 3.0
    flow.save(tmp_path / "flow.keras")
    loaded = keras.saving.load_model(tmp_path / "flow.keras")
    np.testing.assert_array_equal(loaded.log_prob(x), flow.log_prob(x))
