"""Conditions by name: in training, scoring and sampling, and from a file."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts import check_refused
from genkeras.zoo import ConditionalGAN, RealNVP

NAMES = ["bird", "cat", "dog"]
NUMBERS = np.arange(20) % 3
COLUMN = np.array(NAMES)[NUMBERS]
X = np.random.default_rng(0).normal(size=(20, 2)).astype("float32")


def _model(**kwargs):
    keras.utils.set_random_seed(0)
    model = RealNVP(2, 2, (4,), condition_spec={"names": NAMES}, seed=0)
    model.compile(**kwargs)
    return model


def _data(condition):
    return tf.data.Dataset.from_tensor_slices((X, condition)).batch(5)


@pytest.mark.parametrize("kind", ["array", "objects", "series", "list", "dataset"])
def test_names_train_as_their_numbers_do(kind):
    pandas = pytest.importorskip("pandas") if kind == "series" else None
    given = {
        "array": lambda: (X, COLUMN),
        "objects": lambda: (X, COLUMN.astype(object)),
        "series": lambda: (X, pandas.Series(COLUMN, dtype="category")),
        "list": lambda: (X, COLUMN.tolist()),
        "dataset": lambda: (_data(COLUMN),),
    }[kind]()
    same = (_data(NUMBERS),) if kind == "dataset" else (X, NUMBERS)
    # In a graph once: what it is given are numbers, of whatever kind the names were.
    one, other = (_model(run_eagerly=kind != "dataset") for _ in range(2))
    one.fit(*given, shuffle=False, verbose=0)
    other.fit(*same, shuffle=False, verbose=0)
    for weight, wanted in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, wanted)
    assert one.evaluate(*given, verbose=0) == other.evaluate(*same, verbose=0)


def test_names_score_and_sample_also_from_a_file(tmp_path):
    model = _model(run_eagerly=True)
    model.set_weights([w + 0.1 for w in model.get_weights()])  # off the identity
    embedding = model.condition_encoder.embeddings[None]
    embedding.set_weights([np.arange(9.0).reshape(3, 3)])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.condition_spec == {"num_classes": 3, "names": NAMES}
    scores = model.log_prob(X, NUMBERS)
    for each in (model, again):
        np.testing.assert_array_equal(each.log_prob(X, COLUMN), scores)
        drawn = each.sample(4, condition="cat", seed=1)
        np.testing.assert_array_equal(drawn, model.sample(4, condition=1, seed=1))
        density = each.distribution(COLUMN)
        np.testing.assert_allclose(density.log_prob(X), scores, atol=1e-5)
        batches = _data(COLUMN)
        np.testing.assert_allclose(each.predict(batches, verbose=0), scores, atol=1e-5)
    assert not np.allclose(model.log_prob(X, COLUMN[::-1]), scores)


def test_an_unknown_name_is_answered_with_those_that_are_known():
    model = _model(run_eagerly=True)
    known = "the known names are 'bird', 'cat', 'dog'. Received: 'cow'"
    column = np.where(COLUMN == "cat", "cow", COLUMN)
    check_refused(lambda: model.sample(2, condition="cow"), known)
    check_refused(lambda: model.log_prob(X, column), known)
    check_refused(lambda: model.fit(X, column, verbose=0), known)
    check_refused(lambda: model.evaluate(_data(column)), "labels from -1 to 2")


@pytest.mark.parametrize("names", [[], ["a", "a"], [1, 2], "ab"])
def test_names_that_are_none_are_refused(names):
    spec = {"names": names}
    check_refused(lambda: RealNVP(2, condition_spec=spec), "each name once")


def test_names_in_a_dict_and_in_a_game():
    spec = {"pet": {"names": NAMES}, "age": {"shape": [1]}}
    model = RealNVP(2, 2, (4,), condition_spec=spec, seed=0)
    age = np.ones([20, 1], "float32")
    np.testing.assert_array_equal(
        model.log_prob(X, {"pet": COLUMN, "age": age}),
        model.log_prob(X, {"pet": NUMBERS, "age": age}),
    )
    gan = ConditionalGAN(
        (4, 4, 1),
        2,
        condition_spec={"names": NAMES},
        generator_filters=(3, 2),
        discriminator_filters=(2,),
        num_downsamples=1,
        seed=0,
    )
    drawn = gan.sample(2, condition=["cat", "dog"], seed=1)
    np.testing.assert_array_equal(drawn, gan.sample(2, condition=[1, 2], seed=1))
