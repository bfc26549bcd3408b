"""The classifier that ships does what its card says."""

import json
import os
import pathlib

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from genkeras.training import metrics
from genkeras.training.metrics import FrechetDistance, mnist_features

FOLDER = pathlib.Path(metrics.__file__).parent
CARD = (FOLDER / "mnist_classifier.md").read_text()
RESULT = json.loads((FOLDER / "mnist_classifier.json").read_text())


def test_the_card_names_its_numbers_and_its_command():
    found = RESULT["metrics"]
    assert f"{100 * found['test_accuracy']:.2f} %" in CARD
    assert f"{found['frechet_distance_of_real']:.3f}" in CARD
    assert f"genkeras train {RESULT['recipe']} " in CARD
    assert (FOLDER / "mnist_classifier.npz").stat().st_size < 500_000


def test_it_scores_the_test_digits_as_written():
    if "TFDS_DATA_DIR" not in os.environ:
        pytest.skip("TFDS_DATA_DIR does not say where mnist is")
    # Not through `load`, which reads the 60,000 training images too.
    folder = os.environ["TFDS_DATA_DIR"]
    options = {"as_supervised": True, "batch_size": -1, "download": False}
    x, labels = tfds.load("mnist", split="test", data_dir=folder, **options)
    x, labels = x.numpy().astype("float32") / 255.0, labels.numpy()
    digits = mnist_features()
    right = np.argmax(digits.probabilities(x), axis=1) == labels
    assert right.mean() == pytest.approx(RESULT["metrics"]["test_accuracy"], abs=2e-4)
    assert right.mean() >= 0.99
    distance = FrechetDistance(digits.features)
    of_real = float(distance(real=x[::2], generated=x[1::2]))
    want = RESULT["metrics"]["frechet_distance_of_real"]
    assert of_real == pytest.approx(want, rel=1e-3)
    # One digit in place of ten is far outside what two halves differ by.
    distance.reset_state()
    assert float(distance(real=x[1::2], generated=x[labels == 3])) > 100 * of_real


def test_probabilities_belong_to_the_features():
    digits = mnist_features()
    x = np.random.default_rng(0).random([503, 28, 28, 1])  # more than go at a time
    features, probabilities = digits.features(x), digits.probabilities(x)
    with np.load(FOLDER / "mnist_classifier.npz") as weights:
        kernel, bias = [weights[name].astype("float32") for name in weights][-2:]
    want = tf.nn.softmax(features @ kernel + bias)
    np.testing.assert_allclose(probabilities, want, atol=1e-6)
    assert features.shape == (503, 128)
    np.testing.assert_allclose(digits.features(x[500:]), features[500:], rtol=1e-5)


def test_a_graph_of_unknown_batch_size_gives_the_same():
    digits = mnist_features()
    x = np.random.default_rng(0).random([3, 28, 28, 1]).astype("float32")
    spec = tf.TensorSpec([None, 28, 28, 1])
    traced = tf.function(digits.features, input_signature=[spec])
    np.testing.assert_allclose(traced(x), digits.features(x), atol=1e-5)


@pytest.mark.parametrize(("scale", "says"), [(255.0, "to 255"), (-1.0, "from -1")])
def test_another_range_is_refused(scale, says):
    with pytest.raises(ValueError, match=rf"grey levels in \[0, 1\].*{says}"):
        mnist_features().features(np.ones([2, 28, 28, 1]) * scale)


def test_another_shape_is_refused():
    with pytest.raises(
        ValueError, match=r"\[B, 28, 28, 1\]. Received: shape \(2, 784\)"
    ):
        mnist_features().features(np.zeros([2, 784]))
