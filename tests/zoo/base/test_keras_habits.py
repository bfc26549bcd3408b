"""What people pass who come from supervised Keras: one clear line each, or it works."""

import copy

import keras
import numpy as np
import pytest
import tensorflow as tf

from contracts.models import (
    AUTOENCODERS,
    AUTOREGRESSIVE,
    CYCLES,
    DENSITIES,
    GAMES,
    LATENTS,
)
from genkeras.zoo import GAN, VAE, RealNVP

X = np.random.default_rng(0).normal(size=(20, 2)).astype("float32")
Y = np.arange(20) % 3


@pytest.fixture(scope="module")
def plain():
    model = RealNVP(2, 2, (4,), seed=0)
    model.compile()
    return model


@pytest.fixture(scope="module")
def labelled():
    model = RealNVP(2, 2, (4,), condition_spec={"num_classes": 3}, seed=0)
    model.compile()
    return model


PLAIN = {
    "brings its loss": lambda m: m.compile("adam", "mse"),
    r"Received: loss='mse'": lambda m: m.compile(loss="mse"),
    r"Received: metrics=\['mae'\]": lambda m: m.compile(metrics=["mae"]),
    "weights examples, not classes": lambda m: m.fit(X, class_weight={0: 1.0}),
    "learning_rate=-1": lambda m: m.compile(keras.optimizers.Adam(-1.0)),
    "SGD with learning_rate=nan": lambda m: m.compile(keras.optimizers.SGD(np.nan)),
    r"a \.keras file": lambda m: m.save("model.h5"),
    "takes arrays, .* Received: None": lambda m: m.fit(None),
    r"at least one example": lambda m: m.fit(X[:0]),
    r"shape \(0, 2\)": lambda m: m.predict(X[:0]),
    r"needs at least .* x of": lambda m: m.evaluate(X[:0]),
    "num_samples=-1": lambda m: m.sample(-1),
    "has no target": lambda m: m.fit(
        tf.data.Dataset.from_tensor_slices((X, X)).batch(5)
    ),
}
LABELLED = {
    "a list of 2. A condition": lambda m: m.predict([X, Y]),
    "a tuple of 2. A condition": lambda m: m.fit((X, Y)),
    "Received: no condition": lambda m: m.distribution(),
    "numpy.unique": lambda m: m.fit(X, np.array(["a", "b"] * 10)),
}


def _is_one_line(says, call, model):
    with pytest.raises(ValueError, match=says) as caught:
        call(model)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("says", PLAIN)
def test_what_does_not_fit_is_one_line(says, plain):
    _is_one_line(says, PLAIN[says], plain)


@pytest.mark.parametrize("says", LABELLED)
def test_what_does_not_fit_of_conditions_is_one_line(says, labelled):
    _is_one_line(says, LABELLED[says], labelled)


def test_two_players_bring_their_loss():
    with pytest.raises(ValueError, match="GAN brings its loss"):
        GAN((2,), 4).compile(loss="mse")


def test_labels_as_lists_and_columns_are_labels(labelled):
    wanted = labelled.log_prob(X, Y)
    for labels in (Y.tolist(), Y[:, None]):
        np.testing.assert_array_equal(labelled.log_prob(X, labels), wanted)
    for labels in (Y, Y.tolist(), Y[:, None]):  # one after the other: a graph of both
        labelled.fit(X, labels, verbose=0)


def test_one_label_is_for_all_samples(labelled):
    many = labelled.sample(4, condition=[2] * 4, seed=0)
    np.testing.assert_array_equal(labelled.sample(4, condition=2, seed=0), many)
    with pytest.raises(ValueError, match="20 examples and 1 conditions"):
        labelled.log_prob(X, 2)


def test_a_copy_is_another_model(plain):
    other = copy.deepcopy(plain)
    np.testing.assert_array_equal(other.log_prob(X), plain.log_prob(X))
    other.set_weights([w + 1.0 for w in other.get_weights()])
    assert not np.allclose(other.log_prob(X), plain.log_prob(X))


def test_shapes_of_outputs(plain, labelled):
    assert plain.compute_output_shape((None, 2)) == (None,)
    assert labelled.compute_output_shape((None, 2)) == (None,)
    vae = VAE((4,), 2, hidden_units=(4,))
    assert vae.compute_output_shape((5, 4)) == (5, 4)


# A model of each family, what `call` takes and returns, and a shape within it.
FAMILIES = {
    "real_nvp_dict": (DENSITIES, (None, 3), (None,), "(None, 3)"),
    "made_floats": (AUTOREGRESSIVE, (None, 2), (None,), "(None, 2, 6)"),
    "vae_labels": (LATENTS, (None, 4), (None, 4), "(None, 4)"),
    "bottleneck": (AUTOENCODERS, (None, 5), (None, 5), "(None, 2)"),
    "gan_labels": (GAMES, (None, 2), (None, 3), "(None, 1)"),
    "cycle_gan": (CYCLES, (None, 5, 6, 1), (None, 5, 6, 1), "(None, 3, 3, 1)"),
}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    tinies, *shapes = FAMILIES[request.param]
    return tinies[request.param](), *shapes


def test_a_summary_shows_shapes(family, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    model, *_, shown = family
    lines = []
    model.summary(line_length=200, print_fn=lambda text, **_: lines.append(text))
    rows = [row for row in "\n".join(lines).splitlines() if row.startswith("│")]
    assert any(shown in row for row in rows), rows
    no_maps = ("TrainingFlag", "ImagePool")
    unknown = [r for r in rows if "?" in r and not any(n in r for n in no_maps)]
    assert not unknown
    assert all("output_shape" not in vars(layer) for layer in model.layers)


def test_a_shape_in_is_a_shape_out(family):
    model, taken, returned, _ = family
    assert model.compute_output_shape(taken) == returned


def test_a_copy_has_the_weights_and_is_apart(family):
    model = family[0]
    other = copy.deepcopy(model)
    before = model.get_weights()
    for one, same in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, same)
    other.set_weights([w + 1 for w in before])
    for one, same in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, same)


def test_a_plot_names_the_model(family):
    pytest.importorskip("pydot")
    graph = keras.utils.model_to_dot(family[0], show_shapes=True)
    assert family[0].name in graph.to_string()


def test_a_generator_is_saved_alone(tmp_path):
    gan = GAN((2,), 4, seed=0)
    gan.build()
    alone = keras.Sequential([keras.Input((4,)), gan.generator])
    alone.save(tmp_path / "generator.keras")
    again = keras.saving.load_model(tmp_path / "generator.keras")
    z = np.ones([3, 4], "float32")
    np.testing.assert_array_equal(again(z), gan.generator(z))
    alone.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    np.testing.assert_allclose(served.serve(z), gan.generator(z), rtol=1e-6)
