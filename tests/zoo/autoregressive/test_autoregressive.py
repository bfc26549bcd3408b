"""Promises of every autoregressive model."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from contracts import check_autoregressive, check_refused, must_fail, perturb
from contracts.autoregressive import (
    check_cached_sampling,
    check_completion,
    check_network,
)
from contracts.models import AUTOREGRESSIVE, TINY
from genkeras.layers import CausalMLP, CausalSequence, EachPosition, GaussianMixtureHead
from genkeras.zoo import (
    MADE,
    AutoregressiveModel,
    CharRNN,
    CharTransformer,
    GatedPixelCNN,
    ImageTransformer,
    PixelCNN,
    WaveNet,
)

# Whose networks do not see all of the past: by their kind, window or graph.
BLIND = (
    "bayes_net",
    "bayes_net_levels",
    "bayes_net_networks",
    "gated_pixel_cnn",
    "image_transformer",
    "pixel_cnn",
    "pixel_cnn_plus_plus",
    "wave_net",
    "wave_net_frames",
)


@pytest.mark.parametrize("name", AUTOREGRESSIVE)
def test_contract(name):
    tiny = TINY[name]
    blind = "any" if name in BLIND else ()
    check_autoregressive(tiny, tiny.x, tiny.condition, blind=blind)


# Sizes that users have: odd images, colours, longer texts.
LARGER = {
    "gated_pixel_cnn": lambda: GatedPixelCNN((9, 11, 3), 6, 3, num_levels=256),
    "image_transformer": lambda: ImageTransformer((5, 7, 3), 2, 2, 8, num_levels=8),
    "made": lambda: MADE(64, (70, 90), num_levels=2, num_orders=3),
    "pixel_cnn": lambda: PixelCNN((9, 11, 1), 6, 2, num_levels=16),
    "wave_net": lambda: WaveNet(70, 6, 8, (1, 2, 4, 8, 16), num_levels=16),
}


@pytest.mark.parametrize("name", LARGER)
def test_samples_are_consistent_with_one_pass(name):
    """A level is drawn where its uniform number lies between two sums of the pass."""
    model = perturb(LARGER[name](), 0.2)
    x = model.sample(4, seed=3)
    again = model.complete(x, np.ones(model.positions), seed=0)
    np.testing.assert_array_equal(again, x)
    if getattr(model, "num_orders", 1) > 1:
        return
    conditionals = model.conditionals(x)
    levels = conditionals.distribution  # under `Independent`
    noise = model._noise(4, tf.constant([0, 3])).numpy()
    drawn = model._with_channels(x).numpy()
    if model.num_levels == 2:
        wanted = noise < levels.probs_parameter().numpy()
    else:
        sums = np.cumsum(levels.probs_parameter().numpy(), axis=-1)
        wanted = (sums[..., :-1] < noise[..., None] * sums[..., -1:]).sum(axis=-1)
    # A number that falls on the edge between two levels may go either way.
    assert np.mean(wanted != drawn) < 1e-3


def test_a_network_that_sees_itself_is_refused():
    class Seeing(AutoregressiveModel):
        def make_network(self, units):
            return EachPosition(keras.layers.Dense(units))

    with pytest.raises(ValueError, match="does not see itself"):
        Seeing((3,), num_levels=2).sample(1)


def test_a_users_network_joins_ours():
    class Mine(AutoregressiveModel):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.build()

        def make_network(self, units):
            return CausalSequence(
                [CausalMLP(6, (12,)), EachPosition(keras.layers.Dense(units))]
            )

    model = Mine((4,), num_levels=3)
    x = np.random.default_rng(0).integers(0, 3, size=(12, 4))
    check_autoregressive(lambda: Mine((4,), num_levels=3, seed=0), x)
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    model.fit(x, verbose=0)


class Forgetful(CausalMLP):
    """A network whose steps do not learn what was drawn."""

    def remember(self, x, cache, position, context=None, entry=None):
        return cache


class Planted(AutoregressiveModel):
    """A model around it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.build()

    def make_network(self, units):
        return Forgetful(units, (8,))


class Clinging(Planted):
    """A model that draws where it is told what to keep."""

    def make_network(self, units):
        return CausalMLP(units, (8,))

    def _run(self, x, mask, noise, condition, **options):
        return super()._run(x, tf.zeros_like(mask), noise, condition, **options)


def test_planted_mistakes_are_found():
    x = np.random.default_rng(0).integers(0, 3, size=(6, 4))
    forgetful = perturb(Planted((4,), num_levels=3, seed=0), 0.3)
    must_fail(check_network, forgetful, x)
    must_fail(check_cached_sampling, forgetful)
    must_fail(check_completion, perturb(Clinging((4,), num_levels=3, seed=0)), x)


def test_the_distribution_is_one_of_tfp():
    tiny = TINY["wave_net"]
    model = perturb(tiny())
    p = model.distribution(tiny.condition[:4])
    assert isinstance(p, tfd.Distribution)
    assert (p.batch_shape, p.event_shape) == ((4,), (6,))
    x = p.sample(3, seed=(0, 1))
    assert x.shape == (3, 4, 6)
    wanted = [model.log_prob(row, tiny.condition[:4]) for row in x]
    np.testing.assert_allclose(p.log_prob(x), wanted, rtol=1e-5)


def test_one_event_without_a_batch():
    p = perturb(TINY["pixel_cnn"]()).distribution()
    x = p.sample(seed=(0, 1))
    assert x.shape == (3, 3, 1)
    assert p.log_prob(x).shape == ()


def test_dropout_acts_in_training_alone():
    model = CharTransformer("abc ", 6, 1, 2, 8, dropout=0.5, seed=0)
    x = np.ones([3, 6], int)
    first, second = (model(x, training=True).numpy() for _ in range(2))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(model(x), model(x))


# === Options of sampling ===
def test_a_low_temperature_draws_the_likeliest():
    model = perturb(TINY["char_rnn"](), 0.5)
    x = model.sample(3, seed=0, temperature=1e-4)
    np.testing.assert_array_equal(x, model.sample(3, seed=1, top_k=1))
    np.testing.assert_array_equal(x, model.sample(3, seed=2, top_p=1e-6))
    first = model.conditionals(x).distribution.logits_parameter()[:, :, 0]
    np.testing.assert_array_equal(np.argmax(first, axis=-1), x)


def test_top_p_and_top_k_follow_the_renormalised_probabilities():
    model = perturb(TINY["wave_net"](), 0.5)
    condition = np.zeros(1, int)
    p = model.conditionals(np.zeros([1, 6], int), condition).distribution
    p = np.sort(p.probs_parameter()[0, 0, 0].numpy())[::-1]
    share = float(p[:2].sum()) - 1e-3  # needs two levels
    count = 4000
    for options in ({"top_k": 2}, {"top_p": share}):
        x = model.sample(count, condition=condition, seed=0, **options)[:, 0]
        counts = np.sort(np.bincount(x, minlength=4))[::-1]
        assert counts[2] == 0
        wanted = p[0] / p[:2].sum()
        error = np.sqrt(wanted * (1 - wanted) / count)
        assert abs(counts[0] / count - wanted) < 5 * error


def test_options_that_a_head_does_not_have_are_refused():
    model = TINY["pixel_cnn"]()
    check_refused(lambda: model.sample(2, top_k=3), "top_k=3")
    check_refused(lambda: model.sample(2, temperature=0.0), "temperature=0.0")
    check_refused(lambda: TINY["char_rnn"]().sample(2, top_p=1.5), "top_p=1.5")


# === Completion ===
def test_masks_that_do_not_fit_are_refused():
    tiny = TINY["pixel_cnn"]
    model = tiny()
    for mask in (np.ones((2, 2)), np.full((3, 3), 2), np.ones((5, 3, 3))):
        check_refused(lambda: model.complete(tiny.x, mask), "mask")  # noqa: B023


def test_what_is_not_known_may_hold_anything():
    tiny = TINY["pixel_cnn"]
    model, mask = tiny(), np.zeros((3, 3), int)
    x = np.full(tiny.x.shape, np.nan)
    got = model.complete(x, mask, seed=0)
    np.testing.assert_array_equal(got, model.sample(len(x), seed=0))


# === Heads ===
def test_heads_of_other_levels_are_refused():
    with pytest.raises(ValueError, match="its own number of levels"):
        MADE(3, num_levels=4, head=GaussianMixtureHead())


# === Texts ===
def test_texts_go_in_and_out():
    model = CharRNN("abc ", 12, units=8, num_layers=1)
    texts = model.generate("ab", num_samples=3, seed=0)
    assert [text[:2] for text in texts] == ["ab"] * 3
    assert [len(text) for text in texts] == [12] * 3
    assert texts == model.generate("ab", num_samples=3, seed=0)
    assert texts != model.generate("ab", num_samples=3, seed=1)


def test_texts_that_do_not_fit_are_refused():
    model = CharRNN("abc ", 12, units=8, num_layers=1)
    check_refused(lambda: model.generate("abX"), "'X'")
    check_refused(lambda: model.generate("abc" * 4), "12")
    check_refused(lambda: model.generate(length=13), "length=13")
    with pytest.raises(ValueError, match="more than once"):
        CharRNN("abca", 12)


@pytest.mark.parametrize("make", [CharRNN, CharTransformer])
def test_a_text_of_one_window_is_scored_as_an_example(make):
    kwargs = {"units": 8}
    model = perturb(
        make("abc ", 12, 1, 2, 8)
        if make is CharTransformer
        else make("abc ", 12, num_layers=1, **kwargs),
        0.3,
    )
    text = "abca bca cab"
    total = tf.reduce_sum(model.text_log_prob(text))
    wanted = model.log_prob(model.encode_text(text)[None])[0]
    np.testing.assert_allclose(total, wanted, rtol=1e-5)


def test_a_longer_text_is_scored_with_half_a_window_before_it():
    model = perturb(CharTransformer("abc ", 6, 1, 2, 8), 0.3)
    text = "abca bca cabbac"
    scores = model.text_log_prob(text, batch_size=2).numpy()
    assert len(scores) == len(text)
    symbols = model.encode_text(text)
    window = model._compiled_conditionals(symbols[None, 3:9], None)[0]
    np.testing.assert_allclose(scores[6:9], window[3:], rtol=1e-5)


def test_a_whole_text_carries_the_state_along():
    model = perturb(CharRNN("abc ", 6, units=8, num_layers=1), 0.3)
    text = "abca bca cabbac"
    long = CharRNN("abc ", len(text), units=8, num_layers=1)
    long.set_weights(model.get_weights())
    wanted = long.log_prob(long.encode_text(text)[None])[0]
    got = tf.reduce_sum(model.text_log_prob(text))
    np.testing.assert_allclose(got, wanted, rtol=1e-5)


# === Frames ===
def test_frames_train_and_are_saved(tmp_path):
    tiny = TINY["wave_net_frames"]
    model = tiny()
    before = model.upsampling.kernel.numpy()
    model.compile("adam", jit_compile=False)
    model.fit(tiny.x, tiny.condition, verbose=0)
    assert np.abs(model.upsampling.kernel.numpy() - before).max() > 0
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        again.log_prob(tiny.x, tiny.condition), model.log_prob(tiny.x, tiny.condition)
    )
