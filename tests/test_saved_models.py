"""The models that ship do what their cards say."""

import json
import math
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from genkeras.training.data import load, prepare
from genkeras.training.metrics import frechet_distance

FOLDER = pathlib.Path(__file__).parents[1] / "saved_models"
NAMES = sorted(path.parents[1].name for path in FOLDER.glob("*/1/saved_model.pb"))


def _open(name):
    metrics = json.loads((FOLDER / name / "result.json").read_text())["metrics"]
    return tf.saved_model.load(FOLDER / name / "1").signatures, metrics


def _sample(served, count):
    seed = tf.constant([0, 2026])
    drawn = served["sample"](num_samples=tf.constant(count), seed=seed)
    return drawn["samples"].numpy()


def test_four_ship():
    assert NAMES == [
        "gated_pixel_cnn_digits",
        "real_nvp_digits",
        "vae_digits",
        "wgan_gp_digits",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_card_names_its_numbers(name):
    card = (FOLDER / name / "card.md").read_text()
    _, metrics = _open(name)
    for metric in ("test_bits_per_dim", "test_log_prob", "frechet_distance"):
        if metric in metrics:
            assert f"{metrics[metric]:.3f}" in card, metric
    assert f"genkeras train {name}" in card


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_what_it_was_made_with(name):
    card = (FOLDER / name / "card.md").read_text()
    versions = json.loads((FOLDER / name / "result.json").read_text())["versions"]
    wanted = {"genkeras", "numpy", "keras", "tensorflow", "commit", "machine"}
    assert wanted <= versions.keys()
    assert not versions["commit"].endswith("-dirty")
    for value in versions.values():
        assert value in card


@pytest.mark.parametrize("name", NAMES)
def test_the_card_lists_the_signatures(name):
    card = (FOLDER / name / "card.md").read_text()
    served, _ = _open(name)
    for signature in set(served) - {"serving_default"}:
        assert f"| `{signature}" in card, signature


def test_the_flow_scores_the_test_digits_as_written():
    served, metrics = _open("real_nvp_digits")
    x = prepare(load("digits"), "raw", flatten=True).x["test"]
    log_prob = served["log_prob"](x=tf.constant(x, tf.int32))["log_prob"].numpy()
    bits = -log_prob.mean() / (64 * math.log(2.0))
    assert bits == pytest.approx(metrics["test_bits_per_dim"], abs=1e-4)


def test_the_vae_scores_the_test_digits_as_written():
    served, metrics = _open("vae_digits")
    x = prepare(load("digits"), "unit", binarize="threshold").x["test"]
    elbo = served["elbo"](x=tf.constant(x))["elbo"].numpy()
    # Of one draw for each example: another seed moves the mean a little.
    error = 5.0 * float(elbo.std()) / math.sqrt(len(elbo))
    assert elbo.mean() == pytest.approx(metrics["test_elbo"], abs=error)


def test_the_gan_samples_are_as_far_from_the_test_digits_as_written():
    served, metrics = _open("wgan_gp_digits")
    real = prepare(load("digits"), "unit").x["test"]
    samples = (_sample(served, len(real)) + 1.0) / 2.0
    distance = frechet_distance(samples, real)
    assert distance == pytest.approx(metrics["frechet_distance"], abs=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_another_seed_gives_other_samples(name):
    served, _ = _open(name)
    assert not np.array_equal(
        *(
            served["sample"](num_samples=tf.constant(2), seed=tf.constant([0, s]))[
                "samples"
            ]
            for s in (1, 2)
        )
    )
