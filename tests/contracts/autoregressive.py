"""What every autoregressive model must pass, beside the contract of densities."""

import numpy as np
import tensorflow as tf

from .basics import perturb, repeated
from .causal import check_dependencies, check_steps


def check_autoregressive(make, x, condition=None, *, blind=()):
    """Of an `AutoregressiveModel`, untrained, and away from the start.

    Args:
        make: function without arguments to a model, the same one at each call.
        x: `[B, *event]` array, at least 4 examples.
        condition: the condition of each, if the model has one.
        blind: as for `check_dependencies`.
    """
    for model in (make(), perturb(make(), 0.3)):
        check_conditionals(model, x, condition)
        check_network(model, x, condition)
    check_network_sees(perturb(make(), 0.3), x, condition, blind=blind)
    model = perturb(make(), 0.3)
    check_cached_sampling(model, condition)
    check_completion(model, x, condition)
    check_one_row_at_a_time(model, condition)


def check_conditionals(model, x, condition=None):
    """The conditionals of all positions add up to the log-probability."""
    each = model.conditionals(x, condition)
    assert each.batch_shape[1:] == model.positions, f"positions {each.batch_shape}"
    log_probs = each.log_prob(model._with_channels(x))
    total = tf.reduce_sum(tf.reshape(log_probs, [len(x), -1]), axis=1)
    np.testing.assert_allclose(total, _one_order(model, x, condition), rtol=1e-4)


def _one_order(model, x, condition):
    """The log-probability in the order of `conditionals`."""
    if getattr(model, "num_orders", 1) == 1:
        return model.log_prob(x, condition)
    inputs = model._with_channels(tf.constant(x))
    params = model._ordered_params(inputs, condition, model._places()[0])
    return tf.reduce_sum(model.head(params, inputs), axis=1)


def _network_inputs(model, x, condition):
    inputs = model.to_network(model._with_channels(tf.constant(x)))
    return inputs, model.encode_condition(condition)


def check_network(model, x, condition=None):
    """Stepping through the network is one pass."""
    check_steps(model.network, *_network_inputs(model, x, condition))


def check_network_sees(model, x, condition=None, *, blind=()):
    """Every position sees what lies before it, and nothing else.

    Of symbols, which have no gradient, by changing them one at a time.
    """
    inputs, context = _network_inputs(model, x[:2], _part(condition, slice(2)))
    if model.to_network(tf.constant([1.0])).numpy() != 1.0 or model.num_levels is None:
        check_dependencies(model.network, inputs, context, blind=blind)
        return
    before = np.reshape(model.network(inputs, context), [2, -1, _width(model)])
    for place in range(before.shape[1]):
        changed = inputs.numpy().reshape(2, before.shape[1], -1)
        changed[:, place] = (changed[:, place] + 1) % model.num_levels
        changed = tf.reshape(tf.constant(changed), tf.shape(inputs))
        after = np.reshape(model.network(changed, context), before.shape)
        moved = (after != before).any(axis=(0, 2))
        assert not moved[: place + 1].any(), f"something before sees input {place}"
        assert moved[place + 1 :].all() or blind == "any", f"none sees input {place}"


def _width(model):
    return model.head.params_size(model.num_channels)


def _part(condition, index):
    if condition is None:
        return None
    return tf.nest.map_structure(lambda leaf: leaf[index], condition)


def check_cached_sampling(model, condition=None, *, num_samples=5):
    """A sample is what a whole pass for each position draws from the same noise."""
    condition = repeated(condition, num_samples)
    seed = tf.constant([0, 3])
    noise = model._noise(num_samples, seed)
    x, mask = model._nothing_known(num_samples)
    got = model.sample(num_samples, condition=condition, seed=3)
    wanted = naive_fill(model, x, mask, noise, condition)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)


def check_completion(model, x, condition=None):
    """What is known stays, and the rest is what a whole pass for each draws."""
    mask = np.random.default_rng(0).random((len(x), *model.positions)) < 0.5
    got = model.complete(x, mask, condition=condition, seed=3)
    known = np.broadcast_to(
        mask.reshape(len(x), *model.positions, 1),
        (len(x), *model.positions, model.num_channels),
    ).reshape(x.shape)
    np.testing.assert_array_equal(np.asarray(got)[known], x[known])
    noise = model._noise(len(x), tf.constant([0, 3]))
    given = tf.cast(x, model.variable_dtype)
    wanted = naive_fill(model, given, tf.constant(mask), noise, condition)
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)


def check_one_row_at_a_time(model, condition=None):
    """A row of its own seed is the one sample of that seed."""
    seeds = tf.constant([[0, 5], [0, 6]])
    given = repeated(condition, 2)
    drawn = model._sample_rows(seeds, given)
    for i, seed in enumerate((5, 6)):
        one = _part(given, slice(i, i + 1))
        single = model.sample(1, condition=one, seed=seed)
        np.testing.assert_allclose(drawn[i : i + 1], single, rtol=1e-4, atol=1e-4)


def naive_fill(model, x, mask, noise, condition=None):
    """Fills in what is not known by one whole pass for each position."""
    x = model._with_channels(x)
    size, channels = len(x), model.num_channels
    flat = tf.reshape(x, [size, -1, channels]).numpy()
    count = flat.shape[1]
    known = np.reshape(mask, [size, count])
    orders, noise = _orders(model, noise, size, count)
    noise = np.reshape(noise, [size, count, -1])
    for place in range(count):
        for row in range(size):
            at = orders[row, place]
            if known[row, at]:
                continue
            params = _params(model, flat, condition, row, orders)
            drawn = model.head.draw(
                params[row : row + 1, at],
                tf.constant(noise[row : row + 1, place]),
                temperature=tf.constant(1.0, model.variable_dtype),
            )
            flat[row, at] = drawn[0]
    return flat.reshape(size, *model.event_shape)


def _params(model, flat, condition, row, orders):
    x = tf.reshape(tf.constant(flat), [len(flat), *model.positions, flat.shape[-1]])
    if getattr(model, "num_orders", 1) > 1:
        places = tf.constant(np.argsort(orders[row]))
        params = model._ordered_params(x, condition, places)
    else:
        params = model._params(x, condition)
    return tf.reshape(params, [len(flat), flat.shape[1], -1])


def _orders(model, noise, size, count):
    """The order of each row, and the noise of its places."""
    if getattr(model, "num_orders", 1) == 1:
        order = getattr(model, "order", np.arange(count))
        return np.tile(order, [size, 1]), noise
    index = np.asarray(noise[:, -1, 0] * model.num_orders).astype(int)
    return model._orders()[index], noise[:, :-1]
