"""Each contract of a bijector, a layer or a density fails on its mistake."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import contracts
from contracts import must_fail
from contracts.models import Levels
from genkeras.layers import DiagonalScaling, FlowLayer
from genkeras.zoo import RealNVP

tfb, tfd = tfp.bijectors, tfp.distributions


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
        must_fail(contracts.check_bijector, Twice(mistake), x, event_ndims=1)


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
    must_fail(contracts.check_bijector, Rounded(), x, event_ndims=1)


def test_saturation():
    x = tf.constant([[1e4, 1.0]])
    contracts.check_saturated(Twice(None), x, event_ndims=1)
    must_fail(contracts.check_saturated, Twice("gradient"), x, event_ndims=1)
    must_fail(contracts.check_saturated, tfb.Exp(), x, event_ndims=1)


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
    """Lends a bijector that no gradient passes through to the weight."""

    def _bijector(self, condition):
        log_scale = tf.stop_gradient(tf.convert_to_tensor(self.log_scale))
        return tfb.Scale(log_scale=log_scale)


@keras.saving.register_keras_serializable(package="planted")
class Deaf(FlowLayer):
    """Asks for a condition and does not read it."""

    def build(self, x_shape, context_shape=None):
        self.context_size = context_shape[-1]
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
        must_fail(contracts.check_flow_layer, make, (3,))
    must_fail(contracts.check_flow_layer, Deaf, (3,), condition_size=2)


def test_training_flag():
    x = tf.ones([4, 8])
    drop = keras.layers.Dropout(0.5, seed=0)
    contracts.check_training_flag(drop, x)
    always = lambda x, training: drop(x, training=True)  # noqa: E731
    never = lambda x, training: drop(x, training=False)  # noqa: E731
    must_fail(contracts.check_training_flag, always, x)
    must_fail(contracts.check_training_flag, never, x)


@pytest.mark.parametrize("mistake", ["a constant", "another draw"])
def test_an_exact_density_of_levels(mistake):
    class Wrong(Levels):
        def _log_prob(self, x, condition, seed):
            shift = 1e-3 if mistake == "a constant" else 0.0
            return super()._log_prob(x, condition, seed) + shift

        def _to_data(self, x):
            x = super()._to_data(x)
            return x[..., ::-1] if mistake == "another draw" else x

    model = contracts.perturb(Wrong(2, 4, seed=0), 0.5)
    must_fail(contracts.check_enumeration, model)


def test_refusals():
    def silent():
        pass

    def long():
        raise ValueError("Received: 1.\nArguments: ...")

    def vague():
        raise ValueError("Bad input.")

    for function in (silent, long, vague):
        must_fail(contracts.check_refused, function)


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

    def _with_whole_loss(self, terms, weight):
        weight = None if self.mistake == "weights" else weight
        return super()._with_whole_loss(terms, weight)

    def _step_terms(self, x, condition, seed, *, training):
        terms = super()._step_terms(x, condition, seed, training=training)
        if self.mistake == "units":
            terms["nll"] /= self.num_dimensions
            terms["loss"] /= self.num_dimensions
        return terms


class _Louder:
    def __init__(self, p):
        self.p, self.dtype = p, p.dtype

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
    must_fail(check, _density(mistake))


def test_distribution():
    """One that is not over events, and one that looks at the rest of the batch."""
    normal = tfd.MultivariateNormalDiag([0.0, 1.0])
    looks = tfb.Inline(
        forward_fn=tf.identity,
        inverse_fn=lambda y: y - tf.reduce_mean(y, axis=0, keepdims=True),
        inverse_log_det_jacobian_fn=lambda y: tf.zeros([]),
        forward_min_event_ndims=1,
    )
    contracts.check_distribution(lambda: normal, (2,))
    for p in (
        tfd.Normal([0.0, 1.0], 1.0),
        tfd.TransformedDistribution(normal, looks),
    ):
        must_fail(contracts.check_distribution, lambda p=p: p, (2,))


def test_density_passes_without_a_mistake():
    contracts.check_density(lambda: _density(None), X, box=BOX)


def test_gradients_that_are_cut():
    class Cut(RealNVP):
        def bijector(self, condition=None):
            return self.couplings[0].bijector(condition)

    must_fail(contracts.check_gradients, contracts.perturb(Cut(2, 2, (4,))), X)


def test_a_weight_that_stays():
    model = contracts.perturb(RealNVP(2, 2, (4,)))
    model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    must_fail(contracts.check_moves, model, lambda m: m.train_step(tf.constant(X)))
