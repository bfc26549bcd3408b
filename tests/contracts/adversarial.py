"""What every game of two networks must pass."""

import functools

import keras
import numpy as np
import tensorflow as tf

from genkeras.layers import SpectralNormalization

from .basics import check_moves, plain_sgd, repeated, rows, values


def check_adversarial(make, x, condition=None):
    """Of an `AdversarialModel`.

    Args:
        make: function without arguments to a model, the same one at each call.
        x: `[B, *event]` array, `B` at least twice the critic steps.
        condition: the condition of each, if the model has one.
    """
    check_players(make, x, condition)
    check_counts(make(), x, condition)
    check_critic_parts(make(), x, condition)
    check_hand_step(make(), x, condition)
    if make().ema_decay is not None:
        check_averages(make(), x, condition)


def check_players(make, x, condition=None):
    """Each player's step moves all of its own weights, and none of the other's."""
    for still, moving, rates in (
        ("discriminator", "generator", (0.1, 0.0)),
        ("generator", "discriminator", (0.0, 0.1)),
    ):
        model = make()
        _constrain(model)
        frozen = getattr(model, still).trainable_variables
        before = values(frozen)
        variables = _learned(model, moving)
        model.compile(*map(plain_sgd, rates), run_eagerly=True)
        check_moves(model, lambda m: m.train_step((x, condition)), variables)
        for v, old in zip(frozen, before, strict=True):
            message = f"the {moving}'s step moves {v.path} of the {still}"
            np.testing.assert_array_equal(v.numpy(), old, message)


def _learned(model, player):
    """The player's weights that its loss depends on."""
    variables = getattr(model, player).trainable_variables
    # Within the margin, where there is one.
    losses = [model.game.discriminator_loss(s + 0.5, s) for s in (0.0, 0.25)]
    if player == "discriminator" and losses[0] == losses[1]:
        return variables[:-1]  # a shift of all scores, the last bias, changes nothing
    return variables


def check_counts(model, x, condition=None):
    """One generator step a batch, and the game's number of critic steps."""
    model.compile(plain_sgd(), plain_sgd(), jit_compile=False)
    half = len(x) // 2
    data = tf.data.Dataset.from_tensor_slices(_given(x, condition)).batch(half)
    logs = model.fit(data.take(2), verbose=0).history
    assert set(logs) == set(model.metric_names), f"metrics {sorted(logs)}"
    counts = (
        int(model.generator_optimizer.iterations),
        int(model.discriminator_optimizer.iterations),
    )
    assert counts == (2, 2 * model.game.num_critic_steps), f"{counts} steps"


def check_critic_parts(model, x, condition=None):
    """Each critic step sees its own strided part of the batch, and fakes of its own."""
    seen = []
    penalty = model.game.penalty

    def watch(score, real, fake, seed):
        seen.append((real.numpy(), fake.numpy()))
        return penalty(score, real, fake, seed)

    model.game.penalty = watch
    model.game.corrupt = lambda x, step, seed: x
    model.compile(plain_sgd(0.0), plain_sgd(0.0), run_eagerly=True)
    model.train_step((x, condition))
    steps = model.game.num_critic_steps
    assert len(seen) == steps, f"{len(seen)} critic steps, wanted {steps}"
    for k, (real, fake) in enumerate(seen):
        np.testing.assert_array_equal(real, x[k::steps], f"part {k}")
        assert fake.shape == real.shape, f"{len(fake)} fakes for {len(real)} examples"
    fakes = [fake.tobytes() for _, fake in seen]
    assert len(set(fakes)) == steps, "the critic sees the same fakes again"


def check_hand_step(model, x, condition=None, *, rate=0.05):
    """One step is the gradient descent of the two losses, written out by hand.

    All noise is held. What a game does to the critic besides its loss must be done
    too, and in its place.
    """
    z = np.random.default_rng(0).normal(size=(len(x), model.latent_size))
    z = tf.constant(z.astype(model.variable_dtype))
    model._latents = lambda num_samples, seed: z[:num_samples]
    penalty = model.game.penalty
    model.game.penalty = lambda score, real, fake, seed: penalty(
        score, real, fake, (0, 0)
    )
    corrupt = model.game.corrupt
    model.game.corrupt = lambda x, step, seed: corrupt(x, step, (0, 0))
    start = values(model.weights)
    wanted = _by_hand(model, x, condition, z, rate)
    for v, old in zip(model.weights, start, strict=True):
        v.assign(old)
    model.compile(plain_sgd(rate), plain_sgd(rate), run_eagerly=True)
    logs = model.train_step((x, condition))
    for name, number in wanted.pop("losses").items():
        np.testing.assert_allclose(logs[name], number, rtol=1e-4, atol=1e-5)
    for side, hand in wanted.items():
        for v, number in zip(
            getattr(model, side).trainable_variables, hand, strict=True
        ):
            np.testing.assert_allclose(v.numpy(), number, rtol=1e-4, atol=1e-5)


def _by_hand(model, x, condition, z, rate):
    """What the weights and the losses of the last steps become."""
    game, steps = model.game, model.game.num_critic_steps
    shared = model.condition_encoder
    critics = list(model.discriminator.trainable_variables)
    critics += [] if shared is None else shared.trainable_variables
    for k in range(steps):
        real, given = rows(x, condition, slice(k, None, steps))
        real, noise = tf.constant(real), z[: len(real)]
        score = functools.partial(_score, model, given)
        _power_steps(model.discriminator)
        with tf.GradientTape() as tape:
            fake = tf.stop_gradient(_generate(model, noise, given))
            real, fake = (game.corrupt(seen, 0, None) for seen in (real, fake))
            critic = game.discriminator_loss(score(real), score(fake))
            critic = tf.reduce_mean(critic, axis=1)
            whole = functools.partial(_mean_score, model, given)
            critic += game.penalty(whole, real, fake, (0, 0))
            loss = tf.reduce_mean(critic)
        _descend(tape, loss, critics, rate)
        _constrain(model)
    _power_steps(model.generator)
    with tf.GradientTape() as tape:
        fake = _generate(model, noise, given)
        made = tf.reduce_mean(game.generator_loss(score(game.corrupt(fake, 0, None))))
        made += _distance(model, x[steps - 1 :: steps], fake)
    _descend(tape, made, model.generator.trainable_variables, rate)
    return {
        "losses": {"discriminator_loss": loss, "generator_loss": made},
        "discriminator": values(model.discriminator.trainable_variables),
        "generator": values(model.generator.trainable_variables),
    }


def _generate(model, z, condition):
    """From the weights themselves, where `model.generate` takes their averages."""
    return model.generator(z, *_context(model, condition), training=True)


def _score(model, condition, x):
    """`[B, P]`, of `P` patches."""
    scores = model.discriminator(x, *_context(model, condition), training=True)
    return tf.reshape(scores, [len(x), -1])


def _mean_score(model, condition, x):
    return tf.reduce_mean(_score(model, condition, x), axis=1)


def _distance(model, x, fake):
    """What a model of pairs adds to the loss of its generator."""
    return getattr(model, "l1_weight", 0.0) * tf.reduce_mean(tf.abs(x - fake))


def _context(model, condition):
    if condition is None:
        return []
    checked = model.condition_encoder.check(condition, "the contract")
    return [model.encode_condition(checked)]


def _power_steps(network):
    for layer in network._flatten_layers():
        if isinstance(layer, SpectralNormalization):
            layer.power_step()


def _descend(tape, loss, variables, rate):
    gradients = tape.gradient(loss, [v.value for v in variables])
    for v, gradient in zip(variables, gradients, strict=True):
        v.assign_sub(rate * tf.convert_to_tensor(gradient))


def _constrain(model):
    for v in model.discriminator.trainable_variables:
        v.assign(model.game.constrain(tf.convert_to_tensor(v)))


def check_averages(model, x, condition=None):
    """The averages follow `a <- decay a + (1 - decay) w`, and give the samples."""
    variables = model.generator.trainable_variables
    wanted = values(model.averages)
    model.compile(plain_sgd(), plain_sgd(), run_eagerly=True)

    class Follow(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            for i, v in enumerate(variables):
                kept = model.ema_decay * wanted[i]
                wanted[i] = kept + (1 - model.ema_decay) * v.numpy()

    data = tf.data.Dataset.from_tensor_slices(_given(x, condition)).batch(len(x))
    model.fit(data.repeat(3), callbacks=[Follow()], verbose=0)
    for average, hand in zip(model.averages, wanted, strict=True):
        np.testing.assert_allclose(average.numpy(), hand, rtol=1e-5, atol=1e-6)

    first = repeated(condition)
    sample = model.sample(4, condition=first, seed=0)
    for v, hand in zip(variables, wanted, strict=True):
        v.assign(hand)
    again = model.sample(4, condition=first, seed=0)
    np.testing.assert_allclose(sample, again, rtol=1e-5, atol=1e-6)
    for v in variables:
        v.assign(tf.zeros_like(v))
    again = model.sample(4, condition=first, seed=0)
    np.testing.assert_allclose(sample, again, rtol=1e-5, atol=1e-6)


def _given(x, condition):
    return x if condition is None else (x, condition)
