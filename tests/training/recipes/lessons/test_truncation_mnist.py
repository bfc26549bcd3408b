"""Truncated samples of a run that is given, or of one that is trained first."""

import dataclasses
import json

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from genkeras.training import recipes
from genkeras.training.data import DataSet
from genkeras.training.metrics import mnist_features
from genkeras.training.pictures import Picture
from genkeras.training.run_folder import RunError, RunFolder
from genkeras.zoo import GAN

recipe = recipes.load("truncation_mnist")


def test_a_given_run_scores_as_the_same_one_trained_first(tmp_path):
    run = tmp_path / "run"
    metrics = recipe.train(recipe.SMOKE, run, verbose=0)
    assert all(np.isfinite(value) for value in metrics.values())
    assert metrics["variety_at_0.5"] < metrics["variety_at_2"]
    assert metrics["label_accuracy_of_real"] > 0.9
    assert {p.name for p in run.iterdir()} == {
        "config.json",
        "metrics.jsonl",
        "samples",
        "gan",
        "result.json",
    }
    assert {p.name for p in (run / "samples").iterdir()} == {
        "truncation-2.png",
        "truncation-0.5.png",
        "interpolation.png",
        "trade_off.png",
    }
    lines = (run / "metrics.jsonl").read_text().splitlines()
    bounds = [json.loads(line)["truncation"] for line in lines]
    assert bounds == [2.0, 0.5, None]
    with pytest.raises(RunError, match="a run of truncation_mnist has no model"):
        RunFolder.open(run).load_model()
    given = dataclasses.replace(recipe.SMOKE, run=str(run / "gan"))
    assert recipe.train(given, tmp_path / "given", verbose=0) == metrics
    assert not (tmp_path / "given/gan").exists()


def test_a_model_without_labels_is_refused_and_leaves_nothing(tmp_path):
    gan = GAN((2,), 2, generator_units=(), discriminator_units=())
    name = "adversarial_mixtures"
    run = RunFolder.create(tmp_path / "run", name, recipes.load(name).SMOKE, None)
    run.save_result(gan, {})
    config = recipe.Config(run=str(run.path))
    with pytest.raises(RunError, match=f"conditioned on labels. .* a run of {name}"):
        recipe.train(config, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_variety_is_that_of_pairs_of_one_class():
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(60, 3)), np.repeat([4, 7, 9], 20)
    squares = [np.mean(pdist(x[labels == k]) ** 2) for k in (4, 7, 9)]
    x[labels == 7] += 100.0  # how far the classes are apart does not count
    want = np.sqrt(np.mean(squares))
    assert recipe.variety(x, labels) == pytest.approx(want, rel=1e-9)


def test_the_arc_keeps_the_length_and_has_even_steps():
    start, end = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 2)))[0].T
    end = 0.6 * start + 0.8 * end  # not at a right angle
    arc = recipe.spherical(3.0 * start, 3.0 * end, 7)
    np.testing.assert_allclose(arc[[0, -1]], [3.0 * start, 3.0 * end], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(arc, axis=1), 3.0)
    angles = np.arccos(np.sum(arc[1:] * arc[:-1], axis=1) / 9.0)
    np.testing.assert_allclose(angles, np.arccos(0.6) / 6.0)
    line = recipe.spherical(start, 2.0 * start, 3)
    np.testing.assert_allclose(line, np.outer([1.0, 1.5, 2.0], start))


def test_digits_of_mnist_are_seen_by_the_classifier_and_others_by_their_pixels():
    x = np.random.default_rng(0).uniform(-1.0, 1.0, (6, 28, 28, 1)).astype("float32")
    data = DataSet("mnist", {"train": x}, picture=Picture((28, 28, 1), -1.0, 1.0))
    unit = (x + 1.0) / 2.0
    want = mnist_features().features(unit)
    got = recipe._features_of(data)(x)
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-4)
    got = recipe._features_of(dataclasses.replace(data, name="fashion_mnist"))(x)
    np.testing.assert_allclose(got, unit.reshape(6, -1), rtol=1e-6)


def test_a_row_of_ways_has_one_label():
    class Labelled:
        condition_spec = {"num_classes": 3}
        latent_size = 4

        def generate(self, z, labels):
            return np.concatenate([z, labels[:, None]], axis=-1)

    ways = recipe.interpolate(Labelled(), 5, seed=1)
    assert ways.shape == (3, 5, 5)
    np.testing.assert_array_equal(ways[:, :, -1], np.outer([0, 1, 2], np.ones(5)))
    np.testing.assert_array_equal(ways[0, :, :-1], ways[2, :, :-1])
    assert not np.allclose(ways[0, 0], ways[0, -1])
