"""What does not fit is found in every batch of every container, in graphs too."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from tensorflow_probability import bijectors as tfb
from tensorflow_probability import distributions as tfd

from contracts import check_refused
from contracts.models import TINY
from genkeras.zoo import DensityModel, RealNVP

SPOILT = {
    "vae": (lambda x: 255.0 * x + 1.0, "[0, 1]"),
    "real_nvp": (lambda x: x * np.nan, "NaN"),
    "real_nvp_levels": (lambda x: x + 4, "0..3"),
    "made": (lambda x: x + 0.5, "0..3"),
}


def _batches(x, bad, at=3, size=3):
    """Batches of which one is spoilt, as often as to fill an epoch."""
    batches = [x[:size].astype("float32") for _ in range(5)]
    batches[at] = bad(batches[at])
    return np.concatenate(batches)


def _dataset(x):
    return tf.data.Dataset.from_tensor_slices(x).batch(3)


class _Sequence(keras.utils.PyDataset):
    def __init__(self, x):
        super().__init__()
        self.x = x

    def __len__(self):
        return len(self.x) // 3

    def __getitem__(self, i):
        return (self.x[3 * i : 3 * i + 3],)


def _generator(x):
    return ((x[i : i + 3],) for i in range(0, len(x), 3))


def _generator_of_arrays(x):
    return (x[i : i + 3] for i in range(0, len(x), 3))


CONTAINERS = {
    "dataset": _dataset,
    "py_dataset": _Sequence,
    "generator": _generator,
    "generator of arrays": _generator_of_arrays,
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", ["vae", "real_nvp"])
def test_a_bad_fourth_batch_is_named(name, container):
    bad, says = SPOILT[name]
    model = TINY[name]()
    x = _batches(TINY[name].x, bad)
    model.compile(jit_compile=False)
    given = CONTAINERS[container](x)
    # Of a generator Keras knows no end, and a `PyDataset` it would shuffle.
    kwargs = {"verbose": 0, "shuffle": False}
    if container.startswith("generator"):
        kwargs["steps_per_epoch"] = 5
    check_refused(lambda: model.fit(given, **kwargs), says, "batch 4 of epoch 1")


@pytest.mark.parametrize(
    "name",
    [n if n == "real_nvp" else pytest.param(n, marks=pytest.mark.slow) for n in SPOILT],
)
def test_under_xla_too(name):
    bad, says = SPOILT[name]
    model = TINY[name]()
    model.compile(jit_compile=True)
    x = _batches(TINY[name].x, bad)
    check_refused(lambda: model.fit(_dataset(x), verbose=0), says, "batch 4")


def test_evaluation_prediction_and_validation_are_watched():
    bad, says = SPOILT["vae"]
    tiny = TINY["vae"]
    model = tiny()
    model.compile(jit_compile=False)
    x = _batches(tiny.x, bad)
    for use in (
        lambda: model.evaluate(_dataset(x), verbose=0),
        lambda: model.predict(_dataset(x), verbose=0),
        lambda: model.fit(tiny.x, validation_data=_dataset(x), verbose=0),
        lambda: model.fit(tiny.x, validation_data=(x, None), verbose=0),
    ):
        check_refused(use, says, "Received")


@pytest.mark.parametrize(
    "jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_labels_of_later_batches_are_looked_at(jit_compile):
    tiny = TINY["vae_labels"]
    model = tiny()
    model.compile(jit_compile=jit_compile)
    labels = tiny.condition.copy()
    labels[9:] = 7  # of 3: a gather under XLA would clamp them
    data = tf.data.Dataset.from_tensor_slices((tiny.x, labels)).batch(3)
    check_refused(lambda: model.fit(data, verbose=0), "labels", "batch 4")


def test_the_count_starts_anew():
    bad, _ = SPOILT["vae"]
    tiny = TINY["vae"]
    model = tiny()
    model.compile(jit_compile=False)
    with pytest.raises(ValueError, match="batch 4"):
        model.fit(_dataset(_batches(tiny.x, bad)), verbose=0)
    model.fit(_dataset(tiny.x), verbose=0)


# === Weights ===
@pytest.mark.parametrize("name", ["real_nvp", "vae"])
def test_weights_of_a_column_weigh_examples(name):
    """`[B] * [B, 1]` would be `[B, B]`: the mean of the losses times the sum."""
    tiny = TINY[name]
    weight = np.linspace(0.0, 2.0, len(tiny.x)).astype("float32")
    moved = []
    for given in (weight, weight[:, None]):
        model = tiny()
        model.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
        model.train_step((tiny.x, None, tf.constant(given)))
        moved.append(model.get_weights())
    for flat, column in zip(*moved, strict=True):
        np.testing.assert_array_equal(flat, column)


@pytest.mark.parametrize("name", ["real_nvp", "vae"])
def test_weights_of_another_shape_are_refused(name):
    tiny = TINY[name]
    model = tiny()
    model.compile(run_eagerly=True)
    for weight in (np.ones([12, 2], "float32"), np.ones([5], "float32")):
        check_refused(lambda w=weight: model.train_step((tiny.x, None, w)), "weight")


def test_weights_without_a_target_come_from_a_py_dataset():
    class Weighted(_Sequence):
        def __getitem__(self, i):
            (x,) = super().__getitem__(i)
            return x, None, np.zeros(len(x), "float32")

    tiny = TINY["real_nvp"]
    model = tiny()
    model.compile(keras.optimizers.SGD(1.0), jit_compile=False)
    before = model.get_weights()
    model.fit(Weighted(tiny.x), verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


# === Tables ===
def test_tables_and_columns_are_arrays():
    tiny = TINY["vae_labels"]
    model = tiny()
    model.compile(run_eagerly=True)
    table = pd.DataFrame(tiny.x)
    column = pd.Series(tiny.condition)
    model.fit(table, column, verbose=0)
    model.fit(table, column.to_frame(), verbose=0)
    model.evaluate(table, column, verbose=0)
    check_refused(lambda: model.fit(table + 2.0, column, verbose=0), "[0, 1]")


# === Nothing trains ===
class Kept(DensityModel):
    """A user's model around a distribution that it keeps."""

    def __init__(self):
        super().__init__((2,))
        self.p = tfd.TransformedDistribution(
            tfd.MultivariateNormalDiag(tf.zeros(2), tf.ones(2)),
            tfb.Shift(tf.Variable([0.0, 0.0])),
        )

    def distribution(self, condition=None):
        return self.p


def test_a_model_without_weights_is_refused():
    check_refused(lambda: Kept().compile(), "no trainable weights", "tf.Variable")


class Unreached(RealNVP):
    """A model with a weight that its density does not depend on."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A flow is built by now, and its layers may still grow.
        self.couplings[0]._tracker.unlock()
        self.couplings[0].add_weight(shape=(1,), name="lonely")


def test_a_weight_that_no_gradient_reaches_is_named():
    model = Unreached(2, 2, (4,))
    model.compile(jit_compile=False)
    with pytest.warns(UserWarning, match="lonely") as warned:
        model.fit(np.zeros([4, 2], "float32"), verbose=0)
    assert len(warned) == 1  # and none of Keras's beside it


# === Critic steps ===
def test_a_short_batch_of_unknown_size_is_refused():
    tiny = TINY["wgan_gp"]
    model = tiny()  # 3 critic steps
    model.compile(jit_compile=False)
    data = tf.data.Dataset.from_tensor_slices(tiny.x[:11]).batch(9)
    check_refused(lambda: model.fit(data, verbose=0), "discriminator steps", "batch 2")
