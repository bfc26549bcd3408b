"""Each contract fails on the mistake it is there for."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import contracts
from contracts.models import TINY
from contracts.resume import reload
from genkeras.layers import DiagonalScaling, FlowLayer
from genkeras.zoo import VAE, WGANGP, RealNVP

tfb = tfp.bijectors


def fails(check, *args, **kwargs):
    with pytest.raises(AssertionError):
        check(*args, **kwargs)


# === Bijectors ===
class Twice(tfb.Bijector):
    """`y = 2 x`, with one mistake that is asked for."""

    def __init__(self, mistake):
        parameters = dict(locals())
        self.mistake = mistake
        super().__init__(forward_min_event_ndims=0, parameters=parameters)

    def _forward(self, x):
        x = tf.where(x > 1e3, 2.0 * x, 2.0 * x)
        if self.mistake == "gradient":
            return tf.where(x > 1e3, tf.sqrt(x - x), x)
        return x

    def _inverse(self, y):
        return y if self.mistake == "inverse" else y / 2.0

    def _forward_log_det_jacobian(self, x):
        log_det = tf.fill(tf.shape(x), tf.cast(np.log(2.0), x.dtype))
        return log_det + {"constant": 1e-3}.get(self.mistake, 0.0)

    def _inverse_log_det_jacobian(self, y):
        log_det = tf.fill(tf.shape(y), tf.cast(np.log(2.0), y.dtype))
        return log_det if self.mistake == "sign" else -log_det


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_bijector(dtype):
    x = np.linspace(-1.0, 1.0, 6, dtype=dtype).reshape(2, 3)
    contracts.check_bijector(Twice(None), x, event_ndims=1)
    for mistake in ("inverse", "constant", "sign"):
        fails(contracts.check_bijector, Twice(mistake), x, event_ndims=1)


def test_a_float64_bijector_that_computes_in_float32():
    class Rounded(tfb.Bijector):
        def __init__(self):
            super().__init__(forward_min_event_ndims=0, parameters=dict(locals()))

        def _forward(self, x):
            return x + tf.cast(tf.cast(0.1, tf.float32), x.dtype)

        def _inverse(self, y):
            return y - 0.1

        def _forward_log_det_jacobian(self, x):
            return tf.zeros_like(x)

    x = np.linspace(-1.0, 1.0, 6).reshape(2, 3)
    contracts.check_bijector(Rounded(), x.astype("float32"), event_ndims=1)
    fails(contracts.check_bijector, Rounded(), x, event_ndims=1)


def test_saturation():
    x = tf.constant([[1e4, 1.0]])
    contracts.check_saturated(Twice(None), x, event_ndims=1)
    fails(contracts.check_saturated, Twice("gradient"), x, event_ndims=1)
    fails(contracts.check_saturated, tfb.Exp(), x, event_ndims=1)


# === Layers ===
@keras.saving.register_keras_serializable(package="planted")
class Forgetful(DiagonalScaling):
    """Leaves an option out of its config."""

    def __init__(self, power=1.0, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def _bijector(self, condition):
        return tfb.Scale(log_scale=self.power * tf.convert_to_tensor(self.log_scale))

    def get_config(self):
        return {k: v for k, v in super().get_config().items() if k != "power"}


@keras.saving.register_keras_serializable(package="planted")
class Stiff(DiagonalScaling):
    """Copies its weight when built, so no gradient reaches it."""

    def _bijector(self, condition):
        return tfb.Scale(log_scale=self.log_scale.numpy())


@keras.saving.register_keras_serializable(package="planted")
class Deaf(FlowLayer):
    """Asks for a condition and does not read it."""

    def build(self, x_shape, condition_shape=None):
        self.condition_size = condition_shape[-1]
        self.shift = self.add_weight(shape=x_shape[1:], initializer="zeros")

    def _bijector(self, condition):
        return tfb.Shift(tf.convert_to_tensor(self.shift))


@keras.saving.register_keras_serializable(package="planted")
class Moved(DiagonalScaling):
    """Starts elsewhere than at the identity."""

    def _bijector(self, condition):
        return tfb.Scale(log_scale=1.0 + tf.convert_to_tensor(self.log_scale))


def test_flow_layer():
    def forgetful(**kwargs):
        return Forgetful(power=2.0, **kwargs)

    contracts.check_flow_layer(Moved, (3,), identity=False)
    for make in (forgetful, Stiff, Moved):
        fails(contracts.check_flow_layer, make, (3,))
    fails(contracts.check_flow_layer, Deaf, (3,), condition_size=2)


def test_training_flag():
    x = tf.ones([4, 8])
    drop = keras.layers.Dropout(0.5, seed=0)
    contracts.check_training_flag(drop, x)
    always = lambda x, training: drop(x, training=True)  # noqa: E731
    never = lambda x, training: drop(x, training=False)  # noqa: E731
    fails(contracts.check_training_flag, always, x)
    fails(contracts.check_training_flag, never, x)


def test_refusals():
    def silent():
        pass

    def long():
        raise ValueError("Received: 1.\nArguments: ...")

    def vague():
        raise ValueError("Bad input.")

    for function in (silent, long, vague):
        fails(contracts.check_refused, function)


# === Densities ===
class Planted(RealNVP):
    mistake = None

    def distribution(self, condition=None):
        p = super().distribution(condition)
        if self.mistake == "unnormalised":
            return _Louder(p)
        return p

    def log_prob(self, x, condition=None, *, seed=0):
        log_prob = super().log_prob(x, condition, seed=seed)
        if self.mistake == "shape":
            return log_prob[:, None]
        if self.mistake == "batch":
            return log_prob - tf.reduce_mean(log_prob)
        return log_prob

    def sample(self, num_samples, *, condition=None, seed=None, temperature=1.0):
        if self.mistake == "seed":
            seed = None
        if self.mistake == "one seed":
            seed = 0
        if self.mistake == "temperature":
            temperature = 0.9
        x = super().sample(
            num_samples, condition=condition, seed=seed, temperature=temperature
        )
        return x[:, ::-1] if self.mistake == "order" else x

    def _global_mean(self, values, weight=None):
        weight = None if self.mistake == "weights" else weight
        return super()._global_mean(values, weight)

    def _step_terms(self, x, condition, seed, *, training):
        terms = super()._step_terms(x, condition, seed, training=training)
        if self.mistake == "units":
            terms["nll"] /= self.num_dimensions
            terms["loss"] /= self.num_dimensions
        return terms


class _Louder:
    def __init__(self, p):
        self.p = p

    def log_prob(self, x):
        return self.p.log_prob(x) + 0.05


def _density(mistake):
    keras.utils.set_random_seed(0)
    model = Planted(2, 2, (8,), seed=0)
    model.mistake = mistake
    model.couplings[0].conditioner.out.bias.assign([1.0, 0.3])
    return contracts.perturb(model)


X = np.random.default_rng(0).normal(size=(6, 2)).astype("float32")
BOX = (-12.0, 12.0)


@pytest.mark.parametrize(
    ("mistake", "check"),
    [
        ("shape", lambda m: contracts.check_log_prob(m, X)),
        ("batch", lambda m: contracts.check_log_prob(m, X)),
        ("unnormalised", lambda m: contracts.check_normalised(m, BOX)),
        ("seed", contracts.check_sampler),
        ("one seed", contracts.check_sampler),
        ("temperature", lambda m: contracts.check_samples(m, BOX)),
        ("order", lambda m: contracts.check_samples(m, BOX)),
        ("units", lambda m: contracts.check_metrics(m, X)),
        ("weights", lambda m: contracts.check_weights(lambda: _density("weights"), X)),
    ],
)
def test_density(mistake, check):
    fails(check, _density(mistake))


def test_density_passes_without_a_mistake():
    contracts.check_density(lambda: _density(None), X, box=BOX)


def test_gradients_that_are_cut():
    class Cut(RealNVP):
        def bijector(self, condition=None):
            return self.couplings[0].bijector(condition)

    fails(contracts.check_gradients, contracts.perturb(Cut(2, 2, (4,))), X)


def test_a_weight_that_stays():
    model = contracts.perturb(RealNVP(2, 2, (4,)))
    model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    fails(contracts.check_moves, model, lambda m: m.train_step(tf.constant(X)))


# === Latent variables ===
class Bent(VAE):
    mistake = None

    def _rate(self, q, z):
        rate = super()._rate(q, z)
        return -rate if self.mistake == "sign of the rate" else rate

    def _log_weight(self, x, condition, seed):
        weight = super()._log_weight(x, condition, seed)
        return weight + 0.3 if self.mistake == "above" else weight

    def log_prob(self, x, condition=None, *, num_samples=100, seed=0):
        if self.mistake == "one draw":
            num_samples = 1
        return super().log_prob(x, condition, num_samples=num_samples, seed=seed)

    def elbo(self, x, condition=None, *, seed=0):
        elbo = super().elbo(x, condition, seed=seed)
        if self.mistake == "beta in the bound":
            elbo -= self.beta * self._rate(self.posterior(x), None)
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
    fails(check, _latent(mistake), BITS)


def test_latent_passes_without_a_mistake():
    contracts.check_latent(_latent(None), BITS)


# === Games ===
class Foul(WGANGP):
    mistake = None

    def _generator_step(self, batch_size, condition):
        terms = super()._generator_step(batch_size, condition)
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

    def _generator_loss(self, batch_size, condition, seed, *, training):
        loss = super()._generator_loss(batch_size, condition, seed, training=training)
        return -loss if self.mistake == "sign of the loss" else loss

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
            seed=0,
        )
        model.mistake = mistake
        return contracts.perturb(model)

    return make


REAL = np.random.default_rng(0).normal(size=(12, 2)).astype("float32")


@pytest.mark.parametrize(
    ("mistake", "check"),
    [
        ("the generator moves the critic", "check_players"),
        ("the critic moves the generator", "check_players"),
        ("one part for all", "check_critic_parts"),
        ("sign of the loss", "check_hand_step"),
        ("decay", "check_averages"),
        ("no averages", "check_averages"),
        ("samples of the last weights", "check_averages"),
    ],
)
def test_adversarial(mistake, check):
    make = _game(mistake)
    given = make if check == "check_players" else make()
    fails(getattr(contracts, check), given, REAL)


def test_a_step_too_few():
    class Lazy(Foul):
        def train_step(self, data):
            x, _, _ = self._unpack(data)
            terms = self._discriminator_step(x, None)
            terms |= self._generator_step(6, None)
            return self._track(terms)

    widths = {"generator_units": (8,), "discriminator_units": (8,)}
    lazy = Lazy((2,), 2, num_critic_steps=2, **widths)
    fails(contracts.check_counts, lazy, REAL)


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
        ("vae", lambda m: m.beta.assign(0.5)),
        ("real_nvp", lambda m: m.compile("sgd")),
    ],
)
def test_resume(name, spoil):
    fails(contracts.check_resume, TINY[name], _loses(spoil))


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
    calls = contracts.requests(model, X, sizes=(7, 9))
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
        fails(contracts.check_served, contracts.serve_here(model, some), some)
