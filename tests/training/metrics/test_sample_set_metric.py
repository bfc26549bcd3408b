"""What all metrics of sets of samples promise."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from genkeras.training.metrics import (
    FrechetDistance,
    InceptionStyleScore,
    KernelDistance,
    ParzenLogLikelihood,
    PrecisionRecallDensityCoverage,
    SlicedWasserstein,
)

PAIRS = ("real", "generated")
METRICS = {
    "frechet": (FrechetDistance, {}, PAIRS),
    "kernel": (KernelDistance, {"subset_size": 10, "max_samples": 50}, PAIRS),
    "shares": (
        PrecisionRecallDensityCoverage,
        {"num_neighbors": 2, "max_samples": 50},
        PAIRS,
    ),
    "sliced": (
        SlicedWasserstein,
        {"num_projections": 3, "order": 2, "max_samples": 50, "seed": 1},
        PAIRS,
    ),
    "score": (InceptionStyleScore, {"num_splits": 3}, ("generated",)),
    "parzen": (
        ParzenLogLikelihood,
        {"sigmas": (0.1, 0.5), "max_samples": 50},
        ("generated", "validation", "test"),
    ),
}
KEEPING = sorted(set(METRICS) - {"frechet", "score"})
every_metric = pytest.mark.parametrize("kind", METRICS)


def make(kind):
    cls, options, _ = METRICS[kind]
    return cls(**options)


def sets(kind):
    """Of different sizes; probabilities, which any of the metrics takes."""
    rng = np.random.default_rng(0)
    names = METRICS[kind][2]
    return {name: rng.dirichlet([1.0] * 4, 30 + 5 * i) for i, name in enumerate(names)}


def numbers(result):
    values = result.values() if isinstance(result, dict) else [result]
    return np.array([float(value) for value in values])


@every_metric
def test_batches_of_any_size_are_one_batch(kind):
    whole, streamed = make(kind), make(kind)
    whole.update_state(**sets(kind))
    for name, x in sets(kind).items():
        for batch in np.split(x, [1, 1, 20]):  # one is empty
            streamed.update_state(**{name: batch})
    got, want = numbers(streamed.result()), numbers(whole.result())
    np.testing.assert_allclose(got, want, rtol=1e-9)


@every_metric
def test_a_reset_forgets_all(kind):
    fresh, used = make(kind), make(kind)
    used.update_state(**{name: x[::-1] for name, x in sets(kind).items()})
    used.update_state(**{name: x[:9, ::-1] for name, x in sets(kind).items()})
    used.reset_state()
    got, want = (numbers(metric(**sets(kind))) for metric in (used, fresh))
    np.testing.assert_array_equal(got, want)


@every_metric
def test_a_graph_gives_the_same(kind):
    in_graph = tf.function(make(kind))
    got = numbers(in_graph(**{k: tf.constant(x) for k, x in sets(kind).items()}))
    np.testing.assert_allclose(got, numbers(make(kind)(**sets(kind))), rtol=1e-9)


@every_metric
def test_a_config_makes_it_again(kind):
    metric = make(kind)
    config = json.loads(json.dumps(metric.get_config()))
    again = type(metric).from_config(config)
    assert json.dumps(again.get_config()) == json.dumps(config)
    got, want = (numbers(m(**sets(kind))) for m in (again, metric))
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("kind", KEEPING)
def test_more_samples_than_can_be_kept_are_refused(kind):
    metric = make(kind)
    metric.update_state(generated=np.zeros([30, 2]))
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="max_samples=50 of the ge"
    ):
        metric.update_state(generated=np.zeros([21, 2]))
    metric.update_state(generated=np.zeros([20, 2]))


def test_an_extractor_stands_before_the_distance():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 30, 4, 4, 1))
    net = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(2, 3)])
    found = FrechetDistance(net)(x, y)
    want = FrechetDistance()(net(x), net(y))
    assert float(found) == pytest.approx(float(want), rel=1e-9)
    again = FrechetDistance.from_config(FrechetDistance(net).get_config())
    assert again.extractor.get_config() == net.get_config()


def test_serves_in_fit():
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile("sgd", "mse", metrics=[FrechetDistance(name="apart")])
    model.fit(x, x + 1.0, batch_size=16, verbose=0)
    found = model.evaluate(x, x + 1.0, batch_size=16, verbose=0, return_dict=True)
    want = FrechetDistance()(x + 1.0, model(x))
    assert found["apart"] == pytest.approx(float(want), rel=1e-6)


def test_what_does_not_fit_is_refused():
    metric = FrechetDistance()
    with pytest.raises(ValueError, match="has seen no samples"):
        metric.result()
    with pytest.raises(
        ValueError, match="a batch of real or generated. Received: none"
    ):
        metric.update_state()
    with pytest.raises(ValueError, match="1 of 4 entries of generated are NaN"):
        metric.update_state(generated=[[0.0, np.nan], [0.0, 0.0]])
    with pytest.raises(ValueError, match=r"known shape \[B, ...\]"):
        metric.update_state(real=1.0)
    with pytest.raises(ValueError, match="all samples alike"):
        metric.update_state(real=np.zeros([5, 3]), sample_weight=np.ones(5))
    metric.update_state(real=np.zeros([5, 3]))
    with pytest.raises(ValueError, match="of 3 features. Received: generated.* of 2"):
        metric.update_state(generated=np.zeros([5, 2]))


REPLICAS = """
import json
import numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
from genkeras.training.metrics import FrechetDistance, ModeCoverage, SlicedWasserstein

x, y = np.random.default_rng(0).normal(size=(2, 30, 3)) + [[[0.0]], [[1.0]]]
strategy = tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"])
kinds = (FrechetDistance, SlicedWasserstein)
with strategy.scope():
    metrics = [kind() for kind in kinds]
    for metric in metrics:
        metric.build(3)
    coverage = ModeCoverage(3)

def update(real, generated):
    for metric in metrics:
        metric.update_state(real, generated)
    coverage.update_state(tf.argmax(generated, axis=1))

@tf.function
def step(batch):
    strategy.run(update, batch)

data = tf.data.Dataset.from_tensor_slices((x, y)).batch(10)
for batch in strategy.experimental_distribute_dataset(data):
    step(batch)
on_one = [float(kind()(x, y)) for kind in kinds]
on_two = [float(metric.result()) for metric in metrics]
on_one.append(float(ModeCoverage(3)(y.argmax(1))["reverse_kl"]))
on_two.append(float(coverage.result()["reverse_kl"]))
print(json.dumps([*zip(on_two, on_one)]))
"""


def test_replicas_see_the_samples_of_all():
    command = [sys.executable, "-W", "ignore", "-c", REPLICAS]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for on_two, on_one in json.loads(done.stdout.splitlines()[-1]):
        assert on_two == pytest.approx(on_one, rel=1e-9)
