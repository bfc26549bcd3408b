"""Each contract of a latent-variable model, a game or a file fails on its mistake."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import contracts
from contracts import must_fail
from contracts.models import TINY
from contracts.resume import reload
from genkeras.zoo import (
    VAE,
    WGANGP,
    InstanceNoise,
    RealNVP,
    SparseAutoencoder,
    WeightClipping,
)


# === Latent variables ===
class Bent(VAE):
    mistake = None

    def _rate(self, q, z, log_q, condition=None):
        rate = super()._rate(q, z, log_q, condition)
        return -rate if self.mistake == "sign of the rate" else rate

    def _log_weight(self, q, x, condition, seed):
        weight = super()._log_weight(q, x, condition, seed)
        return weight + 0.3 if self.mistake == "above" else weight

    def log_prob(self, x, condition=None, *, num_samples=100, seed=0):
        if self.mistake == "one draw":
            num_samples = 1
        return super().log_prob(x, condition, num_samples=num_samples, seed=seed)

    def elbo(self, x, condition=None, *, seed=0):
        elbo = super().elbo(x, condition, seed=seed)
        if self.mistake == "beta in the bound":
            elbo -= self.beta * self._rate(self.posterior(x), None, None)
        return elbo

    def _step_terms(self, x, condition, seed, *, training):
        terms = super()._step_terms(x, condition, seed, training=training)
        if self.mistake == "no beta":
            terms["loss"] = -terms["elbo"]
        return terms

    def decode(self, z, condition=None):
        x = super().decode(z, condition)
        return x[..., None] if self.mistake == "shape" else x


BITS = (np.random.default_rng(0).random((6, 5)) > 0.5).astype("float32")


def _latent(mistake):
    model = contracts.perturb(Bent((5,), 1, hidden_units=(8,), seed=0), 0.5)
    out = model.encoder.mlp.out
    out.kernel.assign(0.1 * out.kernel)
    out.bias.assign([0.2, 1.3])
    model.mistake = mistake
    return model


@pytest.mark.parametrize(
    ("mistake", "check"),
    [
        ("sign of the rate", contracts.check_elbo),
        ("sign of the rate", contracts.check_rate),
        ("above", contracts.check_elbo),
        ("above", contracts.check_bound_by_quadrature),
        ("one draw", contracts.check_bound_by_quadrature),
        ("beta in the bound", contracts.check_beta),
        ("no beta", contracts.check_beta),
        ("shape", contracts.check_shapes),
    ],
)
def test_latent(mistake, check):
    must_fail(check, _latent(mistake), BITS)


def test_latent_passes_without_a_mistake():
    contracts.check_latent(_latent(None), BITS)


# === Autoencoders ===
class Leaky(SparseAutoencoder):
    mistake = None

    def decode(self, z):
        x = super().decode(z)
        return 1.0 - x if self.mistake == "another decoding" else x

    def _errors(self, x, raw):
        errors = super()._errors(x, raw)
        return errors * self.num_dimensions if self.mistake == "a sum" else errors

    def _step_terms(self, x, condition, seed, *, training):
        terms = super()._step_terms(x, condition, seed, training=training)
        if self.mistake == "no penalty":
            terms["loss"] = terms["reconstruction"]
        return terms

    def _follow(self, code):
        if self.mistake != "no moments":
            super()._follow(2.0 * code if self.mistake == "twice" else code)


@pytest.mark.parametrize(
    ("mistake", "check"),
    [
        ("another decoding", contracts.check_codes),
        ("a sum", contracts.check_errors),
        ("no penalty", contracts.check_errors),
        ("no moments", contracts.check_follows),
        ("twice", contracts.check_follows),
    ],
)
def test_autoencoder(mistake, check):
    right, wrong = (
        contracts.perturb(Leaky((5,), 3, weight=0.1, seed=0), 0.5) for _ in range(2)
    )
    check(right, BITS)
    wrong.mistake = mistake
    must_fail(check, wrong, BITS)


# === Games ===
class Foul(WGANGP):
    mistake = None

    def _generator_step(self, real, condition):
        terms = super()._generator_step(real, condition)
        if self.mistake == "the generator moves the critic":
            for v in self.discriminator.trainable_variables:
                v.assign_add(1e-3 * tf.ones_like(v) * self.optimizer.learning_rate)
        return terms

    def _discriminator_step(self, real, condition):
        if self.mistake == "one part for all":
            self.first = real = getattr(self, "first", real)
        if self.mistake == "the critic moves the generator":
            self.generator.trainable_variables[0].assign_add(tf.ones([2, 8]))
        return super()._discriminator_step(real, condition)

    def _deceit(self, fake, real, condition, seed, *, training):
        loss = super()._deceit(fake, real, condition, seed, training=training)
        return -loss if self.mistake == "sign of the loss" else loss

    def _corrupt(self, x, seed, stream):
        if self.mistake == "clean examples" and stream == 0:
            return x
        return super()._corrupt(x, seed, stream)

    def _constrain(self, variables):
        if self.mistake != "no constraint":
            super()._constrain(variables)

    def _update_averages(self):
        decay, wrong = self.ema_decay, self.mistake == "decay"
        self.ema_decay = 1 - decay if wrong else decay
        if self.mistake != "no averages":
            super()._update_averages()
        self.ema_decay = decay

    def _generate(self, z, condition):
        if self.mistake == "samples of the last weights":
            return self._play(self.generator, z, condition)
        return super()._generate(z, condition)


def _game(mistake, steps=2):
    def make():
        keras.utils.set_random_seed(0)
        model = Foul(
            (2,),
            2,
            generator_units=(8,),
            discriminator_units=(8,),
            num_critic_steps=steps,
            output_activation="linear",
            ema_decay=0.9,
            regularizers=[InstanceNoise(0.5), WeightClipping(0.5)],
            seed=0,
        )
        model.mistake = mistake
        return contracts.perturb(model)

    return make


REAL = np.random.default_rng(0).uniform(-1, 1, (12, 2)).astype("float32")


@pytest.mark.parametrize(
    ("mistake", "check"),
    [
        ("the generator moves the critic", "check_players"),
        ("the critic moves the generator", "check_players"),
        ("one part for all", "check_critic_parts"),
        ("sign of the loss", "check_hand_step"),
        ("clean examples", "check_hand_step"),
        ("no constraint", "check_hand_step"),
        ("decay", "check_averages"),
        ("no averages", "check_averages"),
        ("samples of the last weights", "check_averages"),
    ],
)
def test_adversarial(mistake, check):
    make = _game(mistake)
    given = make if check == "check_players" else make()
    must_fail(getattr(contracts, check), given, REAL)


def test_a_step_too_few():
    class Lazy(Foul):
        def train_step(self, data):
            x, _, _ = self._unpack(data)
            terms = self._discriminator_step(x, None)
            terms |= self._generator_step(x, None)
            return self._track(terms)

    widths = {"generator_units": (8,), "discriminator_units": (8,)}
    lazy = Lazy((2,), 2, num_critic_steps=2, **widths)
    must_fail(contracts.check_counts, lazy, REAL)


def test_adversarial_passes_without_a_mistake():
    contracts.check_adversarial(_game(None), REAL)


# === Saving ===
def _loses(spoil):
    """A round trip that forgets what `spoil` takes away."""

    def load(model):
        loaded = reload(model)
        spoil(loaded)
        return loaded

    return load


def _reset(variables):
    for v in variables:
        v.assign(tf.zeros_like(v))


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("vae", lambda m: m.seed_generator.state.assign([0, 0])),
        ("real_nvp", lambda m: _reset(m.optimizer.variables[2:])),
        ("wgan_gp", lambda m: _reset(m.discriminator_optimizer.variables[2:])),
        ("wgan_gp", lambda m: _reset(m.averages)),
        ("real_nvp", lambda m: m.optimizer.iterations.assign(0)),
        ("gan_regularized", lambda m: m.optimizer.iterations.assign(0)),
        ("vae", lambda m: m.beta.assign(0.5)),
        ("real_nvp", lambda m: m.compile("sgd")),
    ],
)
def test_resume(name, spoil):
    must_fail(contracts.check_resume, TINY[name], _loses(spoil))


@pytest.mark.parametrize("name", ["real_nvp", "vae", "wgan_gp"])
def test_resume_passes_without_a_mistake(name):
    contracts.check_resume(TINY[name])


# === Serving ===
class Baked(RealNVP):
    mistake = None

    def _sampling_endpoints(self):
        endpoints = super()._sampling_endpoints()
        function, specs = endpoints["sample"]
        if self.mistake == "seed":
            endpoints["sample"] = (
                lambda n, seed: function(n, tf.zeros_like(seed)),
                specs,
            )
        if self.mistake == "rows":
            rows, row_specs = endpoints["sample_rows"]
            endpoints["sample_rows"] = (lambda seed: rows(seed[::-1]), row_specs)
        return endpoints

    def _endpoints(self):
        endpoints = super()._endpoints()
        function, specs = endpoints["log_prob"]
        if self.mistake == "batch size":
            specs = [tf.TensorSpec((7, *specs[0].shape[1:]), name="x")]
        if self.mistake == "weights":
            frozen = RealNVP.from_config(self.get_config())
            function = lambda x: {"log_prob": frozen.log_prob(x)}  # noqa: E731
        if self.mistake == "name":
            function = lambda x: {"output_0": self.log_prob(x)}  # noqa: E731
        return {**endpoints, "log_prob": (function, specs)}


def test_serving():
    model = contracts.perturb(Baked(2, 2, (4,), seed=0))
    calls = contracts.requests(model, REAL, sizes=(7, 9))
    contracts.check_served(contracts.serve_here(model, calls), calls)
    for mistake, name in {
        "seed": "sample",
        "rows": "sample_rows",
        "batch size": "log_prob",
        "weights": "log_prob",
        "name": "log_prob",
    }.items():
        model.mistake = mistake
        some = [call for call in calls if call[0] == name]
        must_fail(contracts.check_served, contracts.serve_here(model, some), some)
