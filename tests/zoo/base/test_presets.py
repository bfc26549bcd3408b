"""Trained models that ship, by name, in this process and in a fresh one."""

import json
import pathlib
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import bijectors as tfb

from contracts import check_refused
from genkeras.layers import FlowLayer
from genkeras.training.data import load, prepare
from genkeras.training.run_folder import RunFolder
from genkeras.zoo import GAN, VAE, WGANGP, Flow, GatedPixelCNN, RealNVP
from genkeras.zoo.base import preset_folder, preset_names

CLASSES = {
    "gated_pixel_cnn_digits": GatedPixelCNN,
    "real_nvp_digits": RealNVP,
    "vae_digits": VAE,
    "wgan_gp_digits": WGANGP,
}


def test_the_names():
    assert preset_names() == tuple(sorted(CLASSES))


@pytest.mark.parametrize("name", CLASSES)
def test_a_preset_draws_what_its_saved_model_does(name):
    model = CLASSES[name].from_preset(name)
    served = tf.saved_model.load(preset_folder(name) / "1").signatures["sample"]
    drawn = served(num_samples=tf.constant(4), seed=tf.constant([0, 7]))["samples"]
    np.testing.assert_allclose(model.sample(4, seed=(0, 7)), drawn, atol=1e-4)


def test_the_pixel_cnn_scores_the_test_digits_as_written():
    name = "gated_pixel_cnn_digits"
    model = GatedPixelCNN.from_preset(name)
    x = prepare(load("digits"), "raw").x["test"]
    metrics = json.loads((preset_folder(name) / "result.json").read_text())["metrics"]
    nll = -float(tf.reduce_mean(model.log_prob(x)))
    assert nll == pytest.approx(metrics["test_nll"], rel=1e-4)


def test_folders_and_files_are_presets_too(tmp_path, monkeypatch):
    model = RealNVP(2, 2, (4,), seed=0)
    model.save(tmp_path / "model.keras")
    for path in (tmp_path, str(tmp_path / "model.keras")):
        again = RealNVP.from_preset(path)
        np.testing.assert_array_equal(model.sample(2, seed=1), again.sample(2, seed=1))
    # A folder goes before the name of a model that ships.
    monkeypatch.chdir(tmp_path.parent)
    tmp_path.rename("real_nvp_digits")
    assert RealNVP.from_preset("real_nvp_digits").event_shape == (2,)


def test_what_is_no_preset_is_refused(tmp_path):
    for preset, says in (
        ("real_nvp_digit", "one of gated_pixel_cnn_digits, real_nvp_digits"),
        (tmp_path, str(tmp_path)),
        ("vae_digits", "'vae_digits', a VAE"),
        (3, "Received: 3"),
    ):
        check_refused(lambda preset=preset: RealNVP.from_preset(preset), says)
    check_refused(lambda: GAN.from_preset("vae_digits"), "GAN.from_preset takes")


FRESH = """
from genkeras.training.data import load, prepare
from genkeras.zoo import RealNVP

model = RealNVP.from_preset("real_nvp_digits")
x = prepare(load("digits"), "raw", flatten=True).x["train"]
model.compile("adam", jit_compile=False)
history = model.fit(x, epochs=1, batch_size=325, verbose=0).history
model.export("tuned/1", verbose=False)
print(history["loss"][0])
"""


def test_a_fresh_process_trains_on_and_exports(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FRESH],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # It goes on from where it was: a start has some 180 nats.
    assert float(done.stdout.splitlines()[-1]) < 115.0
    served = tf.saved_model.load(pathlib.Path(tmp_path, "tuned/1")).signatures
    x = tf.constant(prepare(load("digits"), "raw", flatten=True).x["test"], tf.int32)
    assert float(tf.reduce_mean(served["log_prob"](x=x)["log_prob"])) > -115.0


def test_a_layer_that_is_not_registered_is_named(tmp_path):
    class Stretch(FlowLayer):
        def build(self, x_shape, context_shape=None):
            self.scale = self.add_weight(shape=(x_shape[-1],), initializer="ones")

        def _bijector(self, context):
            return tfb.Scale(tf.convert_to_tensor(self.scale))

    file = tmp_path / "model.keras"
    Flow([Stretch()], (2,)).save(file)
    says = ("'Stretch', which is not.", "@keras.saving.register_keras_serializable")
    check_refused(lambda: Flow.from_preset(file), *says)
    (tmp_path / "config.json").write_text(
        json.dumps({"recipe": "nice_toys", "config": {}, "picture": None})
    )
    check_refused(lambda: RunFolder.open(tmp_path).load_model(), *says)
    file.write_bytes(file.read_bytes()[:-200])
    check_refused(lambda: Flow.from_preset(file), "may be damaged")


@pytest.mark.parametrize(
    ("option", "value"), [("hidden_units", [10**6, 10**6]), ("features", 10**12)]
)
def test_a_file_that_claims_what_it_does_not_hold_is_refused(option, value, tmp_path):
    whole, file = tmp_path / "whole.keras", tmp_path / "model.keras"
    RealNVP(2, 2, (4,)).save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            held = old.read(name)
            if name == "config.json":
                config = json.loads(held)
                config["config"][option] = value
                held = json.dumps(config).encode()
            new.writestr(name, held)
    check_refused(lambda: RealNVP.from_preset(file), f"Received: {option} of size")
    assert RealNVP.from_preset(whole).event_shape == (2,)
