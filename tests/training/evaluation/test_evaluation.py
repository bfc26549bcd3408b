"""Samples are measured as real examples are."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from contracts.models import TINY
from genkeras.training.data import DataSet, load, prepare
from genkeras.training.evaluation import (
    evaluate_images,
    evaluate_labelled_samples,
    evaluate_parzen,
    evaluate_samples,
    evaluate_stacked,
    label_judge,
)
from genkeras.training.metrics import mnist_features
from genkeras.training.pictures import Picture


def images(num_train, num_test):
    """Levels of 0 to 4, flattened, of blobs that are no digits."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, size=(num_train + num_test, 7, 7)).repeat(4, 1).repeat(4, 2)
    x = x.reshape(len(x), -1)
    return DataSet(
        name="blobs",
        x={"train": x[:num_train], "test": x[num_train:]},
        labels={"test": np.arange(num_test)},
        picture=Picture((28, 28, 1), 0.0, 4.0),
    )


class Rows:
    """Draws rows of an array, in order, or those that the condition names."""

    def __init__(self, x, condition_spec=None):
        self.x, self.condition_spec, self.drawn = x, condition_spec, 0

    def sample(self, num_samples, *, condition=None, seed=None):
        if condition is not None:
            return self.x[condition]
        assert seed == (2026, self.drawn // 200)  # noise of its own for each part
        start, self.drawn = self.drawn, self.drawn + num_samples
        return self.x[start : self.drawn]


def test_training_examples_for_samples_score_as_real_ones():
    data = images(600, 510)
    found = evaluate_images(Rows(data.x["train"]), data)
    names = [name for name in found if not name.endswith("_of_real")]
    assert len(names) == 10
    for name in names:
        assert found[name] == pytest.approx(found[f"{name}_of_real"], rel=1e-6)
    assert found["digit_frechet_distance"] > 0.0


def test_a_conditioned_model_gets_the_labels_and_test_examples_are_at_no_distance():
    data = images(40, 30)
    model = Rows(data.x["test"], condition_spec={"num_classes": 30})
    found = evaluate_images(model, data, num_samples=20)
    assert found["digit_frechet_distance"] == pytest.approx(0.0, abs=1e-6)
    assert found["digit_coverage"] == 1.0
    assert found["digit_frechet_distance_of_real"] > 0.01


def test_data_without_pictures_is_refused():
    data = load("moons", num_samples=10)
    with pytest.raises(ValueError, match="data that are images. Received: moons"):
        evaluate_images(None, data)  # before it asks for samples


class Copier:
    """Draws validation images of the label, or of the next one."""

    def __init__(self, data, shift=0):
        self.data, self.shift, self.seeds = data, shift, []
        self.condition_spec = {"num_classes": 10}

    def sample(self, num_samples, *, condition, seed):
        assert len(condition) == num_samples <= 200
        self.seeds.append(seed)
        labels, x = (d["validation"] for d in (self.data.labels, self.data.x))
        wanted = (condition + self.shift) % 10
        return np.stack([x[np.flatnonzero(labels == k)[0]] for k in wanted])


@pytest.mark.parametrize(("shift", "low", "high"), [(0, 0.9, 1.0), (1, 0.0, 0.1)])
def test_a_judge_tells_which_label_is_shown(shift, low, high):
    data = prepare(load("digits"), "signed")
    model = Copier(data, shift)
    metrics = evaluate_labelled_samples(model, data, num_samples=300)
    assert low <= metrics["label_accuracy"] <= high
    assert 0.9 < metrics["label_accuracy_of_real"] < 1.0
    assert metrics["frechet_distance"] > metrics["frechet_distance_of_real"] > 0.0
    assert len(set(model.seeds)) == 2  # 200 samples and 100, of other noise


def test_each_class_has_a_row_of_the_picture():
    model = TINY["gan_labels"]()
    labels = model.class_by_class(9).reshape(3, 3)
    np.testing.assert_array_equal(labels, [[0] * 3, [1] * 3, [2] * 3])
    np.testing.assert_array_equal(np.unique(model.class_by_class(64)), [0, 1, 2])
    assert TINY["gan"]().class_by_class(9) is None
    assert TINY["wgan_gp_dict"]().class_by_class(9) is None


class Chosen:
    """Draws the same images, whatever is asked."""

    condition_spec = None

    def __init__(self, images):
        self.images, self.drawn = images, 0

    def sample(self, num_samples, *, condition=None, seed=None):
        start, self.drawn = self.drawn, self.drawn + num_samples
        return self.images[np.arange(start, self.drawn) % len(self.images)]


def stacked_blobs(num_images):
    grey = images(num_images, 20)
    x = {
        split: np.repeat(x.reshape(-1, 28, 28, 1), 3, axis=-1)
        for split, x in grey.x.items()
    }
    return DataSet("stacked blobs", x, picture=Picture((28, 28, 3), 0.0, 4.0))


def test_stacked_modes_are_three_digits_as_the_classifier_reads_them(monkeypatch):
    """Of one image there is one mode, `log 1000` from all; of two, one `log 2` less."""
    data = stacked_blobs(30)
    one, other = (np.stack([data.x["train"][i]]) for i in (0, 1))
    found = evaluate_stacked(Chosen(one), data, num_samples=450)
    assert found["modes"] == 1
    assert found["reverse_kl"] == pytest.approx(np.log(1000))
    assert found["modes_of_real"] >= 1  # of 30 blobs

    def digit(x):
        return np.eye(10)[(x.mean(axis=(1, 2, 3)) > 0.5).astype(int)]

    monkeypatch.setattr(
        "genkeras.training.evaluation.modes.mnist_features",
        lambda: type("Digits", (), {"probabilities": staticmethod(digit)}),
    )
    dark, bright = np.zeros_like(one), np.full_like(other, 4.0)
    found = evaluate_stacked(
        Chosen(np.concatenate([dark, bright])), data, num_samples=450
    )
    assert found["modes"] == 2
    assert found["reverse_kl"] == pytest.approx(np.log(500))


def test_the_parzen_window_is_that_of_scipy():
    rng = np.random.default_rng(0)
    x = {"train": rng.normal(size=(200, 1)), "test": rng.normal(size=(50, 1))}
    samples = rng.normal(size=(300, 1))
    found = evaluate_parzen(Chosen(samples), DataSet("line", x), num_samples=300)
    width = found["parzen_sigma"] / samples.std(ddof=1)  # SciPy's is relative
    oracle = gaussian_kde(samples.T, bw_method=width).logpdf(x["test"].T)
    assert found["parzen_log_likelihood"] == pytest.approx(oracle.mean(), abs=1e-9)


def test_images_of_another_size_are_compared_by_their_pixels():
    digits = prepare(load("digits"), "unit")
    model = Chosen(digits.x["train"])
    found = evaluate_images(model, digits)
    assert found == evaluate_samples(Chosen(digits.x["train"]), digits)
    assert found["frechet_distance"] == pytest.approx(
        found["frechet_distance_of_real"], rel=1e-9
    )


def test_of_mnist_the_classifier_judges():
    """It reads a blob as some digit, and agrees with that label alone."""
    blobs = images(10, 10)
    mnist = dataclasses.replace(blobs, name="mnist")
    x = blobs.x["test"]
    pixels = x.reshape(-1, 28, 28, 1) / 4.0
    read = np.argmax(mnist_features().probabilities(pixels), axis=-1)
    assert label_judge(mnist)(x, read) == 1.0
    assert label_judge(mnist)(x, (read + 1) % 10) == 0.0
