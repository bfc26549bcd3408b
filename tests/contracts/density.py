"""What every model with a density must pass."""

import math

import keras
import numpy as np
import tensorflow as tf

from genkeras.layers import ActNorm, InvertibleBatchNorm

from .basics import check_moves, perturb, plain_sgd, repeated, rows, values


def check_density(make, x, condition=None, *, box=None):
    """Of a `DensityModel`.

    Args:
        make: function without arguments to a model, the same one at each call.
        x: `[B, *event]` array, at least 4 examples.
        condition: the condition of each, if the model has one.
        box: None, or `(low, high)` that holds all but 1e-4 of the mass on each axis
            of a model of 1 or 2 dimensions, which is then integrated.
    """
    model = perturb(make())
    check_log_prob(model, x, condition)
    check_sampler(model, condition)
    if condition is None:
        check_distribution(model.distribution())
    check_gradients(model, x, condition)
    check_metrics(model, x, condition)
    check_moves(model, lambda m: _fit(m, x, condition))
    if not model.is_bound and not _reads_the_batch(model):
        check_weights(lambda: perturb(make()), x, condition)
    if model.num_levels is not None and not model.is_bound:
        check_enumeration(perturb(make()), condition)
    if box is not None:
        model = perturb(make())
        check_normalised(model, box, condition)
        if model.num_levels is None:
            check_samples(model, box, condition)


def _reads_the_batch(model):
    """Whether statistics of a batch, which no weight changes, enter the model."""
    kinds = (ActNorm, InvertibleBatchNorm)
    return any(isinstance(layer, kinds) for layer in model._flatten_layers())


def check_log_prob(model, x, condition=None):
    """One finite number an example, whatever else is in the batch."""
    log_prob = model.log_prob(x, condition)
    assert log_prob.shape == (len(x),), f"log_prob has shape {log_prob.shape}"
    assert log_prob.dtype == model.variable_dtype, f"log_prob is {log_prob.dtype}"
    assert np.all(np.isfinite(log_prob)), "log_prob is not finite"
    if not model.is_bound:
        part = model.log_prob(*rows(x, condition, slice(1, 3)))
        np.testing.assert_allclose(part, log_prob[1:3], rtol=1e-4, atol=1e-5)


def check_sampler(model, condition=None):
    """A seed gives one draw, bit for bit; another seed, or none, another draw."""
    condition = repeated(condition)

    def draw(seed):
        return model.sample(6, condition=condition, seed=seed).numpy()

    first = draw(3)
    assert first.shape == (6, *model.event_shape), f"samples have shape {first.shape}"
    tf.random.set_seed(1)
    np.testing.assert_array_equal(draw(3), first, "one seed, two draws")
    np.testing.assert_array_equal(draw((0, 3)), first, "an int is the pair (0, int)")
    assert not np.array_equal(draw(4), first), "two seeds, one draw"
    assert not np.array_equal(draw(None), draw(None)), "no seed, one draw"
    assert len(np.unique(first.reshape(6, -1), axis=0)) > 1, "the rows are alike"


def check_distribution(p):
    """A genuine `tfd.Distribution`: one event, many, or draws of draws."""
    event = tuple(p.event_shape)
    one, many = p.sample(seed=(0, 1)), p.sample([2, 3], seed=(0, 2))
    assert tuple(one.shape) == event, f"one event has shape {one.shape}"
    assert tuple(many.shape) == (2, 3, *event), f"draws have shape {many.shape}"
    assert p.log_prob(one).shape == (), "one event has no one log_prob"
    values = p.log_prob(many)
    assert values.shape == (2, 3), f"log_prob has shape {values.shape}"
    flat = p.log_prob(tf.reshape(many, [6, *event]))
    np.testing.assert_allclose(tf.reshape(values, [6]), flat, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(p.log_prob(many[1, 2]), flat[5], rtol=1e-4, atol=1e-4)


def check_gradients(model, x, condition=None):
    """The likelihood depends on every trainable weight."""
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(model.log_prob(x, condition))
    variables = model.trainable_variables
    gradients = tape.gradient(loss, [v.value for v in variables])
    cut = [
        v.path
        for v, g in zip(variables, gradients, strict=True)
        if g is None or not np.any(tf.convert_to_tensor(g))
    ]
    assert not cut, f"no gradient reaches {cut}"


def check_metrics(model, x, condition=None):
    """`evaluate` names `nll` in nats, and bits/dim of discrete data."""
    model.compile(plain_sgd(), run_eagerly=True)
    logs = model.evaluate(_dataset(x, condition), verbose=0)
    wanted = {"loss", "nll"} | ({"bits_per_dim"} if model.num_levels else set())
    assert set(logs) == wanted, f"metrics {sorted(logs)}, wanted {sorted(wanted)}"
    np.testing.assert_allclose(logs["loss"], logs["nll"])
    if not model.is_bound:
        nll = -np.mean(model.log_prob(x, condition))
        np.testing.assert_allclose(logs["nll"], nll, rtol=1e-4)
    if model.num_levels is not None:
        dims = math.prod(model.event_shape)
        bits = logs["nll"] / (math.log(2.0) * dims)
        np.testing.assert_allclose(logs["bits_per_dim"], bits, rtol=1e-5)


def check_weights(make, x, condition=None):
    """A step on weighted rows is one on repeated rows, and a weight of 0 drops one.

    The loss divides by the number of rows, as Keras's do, so the weights add up to it.
    """
    for weight, index in (
        ([2.0, 0.0, 1.0, 1.0], [0, 0, 2, 3]),
        ([4 / 3, 4 / 3, 4 / 3, 0.0], [0, 1, 2]),
    ):
        weighted = make()
        first = rows(x, condition, slice(4))
        data = (*first, np.asarray(weight, "float32"))
        _fit_once(weighted, data)
        repeated = make()
        _fit_once(repeated, rows(x, condition, index))
        pairs = zip(
            values(weighted.trainable_variables),
            values(repeated.trainable_variables),
            strict=True,
        )
        for got, wanted in pairs:
            np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


def check_normalised(model, box, condition=None, *, atol=2e-3):
    """The density integrates to one, by the midpoint rule."""
    _, log_prob, volume = _quadrature(model, box, condition)
    total = np.exp(log_prob).sum() * volume
    np.testing.assert_allclose(total, 1.0, atol=atol)


def check_samples(model, box, condition=None, *, num_samples=8192):
    """Samples fall where the density says, and are as likely as its entropy says."""
    condition = repeated(condition)
    points, log_prob, volume = _quadrature(model, box, condition)
    mass = np.exp(log_prob) * volume
    x = model.sample(num_samples, condition=condition, seed=0).numpy()
    spread = model.log_prob(x, repeated(condition, num_samples)).numpy()
    slack = 5 * spread.std() / math.sqrt(num_samples)
    entropy = -(mass * log_prob).sum()
    np.testing.assert_allclose(-spread.mean(), entropy, atol=slack + 2e-3)

    counts, expected = (_cells(p, box, w) for p, w in ((x, None), (points, mass)))
    error = np.sqrt(expected * (1 - expected).clip(0) / num_samples)
    far = np.abs(counts / num_samples - expected) > 5 * error + 2e-3
    assert not far.any(), f"too many or too few samples in {far.sum()} cells"


def check_enumeration(model, condition=None, *, num_samples=8192):
    """The probabilities of all examples add up to one, and samples follow them.

    Of an exact model of discrete data with a few thousand examples at most.
    """
    dims = math.prod(model.event_shape)
    levels = getattr(model, "levels", (model.num_levels,) * dims)
    every = np.stack(list(np.ndindex(*levels))).reshape(-1, *model.event_shape)
    assert len(every) <= 10_000, f"{len(every)} examples to enumerate"
    log_prob = model.log_prob(every, repeated(condition, len(every)))
    p = np.exp(np.asarray(log_prob, "float64"))
    np.testing.assert_allclose(p.sum(), 1.0, atol=1e-5)

    x = model.sample(num_samples, condition=repeated(condition), seed=0)
    assert x.dtype == tf.int32, f"samples of levels are {x.dtype.name}"
    drawn = np.ravel_multi_index(x.numpy().reshape(-1, dims).T, levels)
    counts = np.bincount(drawn, minlength=len(every))
    error = np.sqrt(p * (1 - p).clip(0) / num_samples)
    far = np.abs(counts / num_samples - p) > 5 * error + 2 / num_samples
    assert not far.any(), f"too many or too few samples of {far.sum()} examples"


def _cells(points, box, weights):
    """The histogram over 6 cells an axis, those outside the box left out."""
    dims = points.shape[-1]
    return np.histogramdd(points, 6, [box] * dims, weights=weights)[0]


def _quadrature(model, box, condition):
    """Midpoints of a grid over the box, their log-density, and the cells' volume."""
    (dims,) = model.event_shape
    assert dims <= 2, "quadrature over 1 or 2 dimensions"
    edges = np.linspace(*box, 241 if dims == 2 else 4001)
    middle = (edges[1:] + edges[:-1]) / 2
    grid = np.stack(np.meshgrid(*[middle] * dims, indexing="ij"), axis=-1)
    points = grid.reshape(-1, dims).astype(model.variable_dtype)
    given = repeated(condition, len(points))
    if model.num_levels is None:
        log_prob = model.log_prob(points, given)
    else:
        # The density of the dequantized levels: `log_prob` takes whole ones alone.
        log_prob = model.distribution(given).log_prob(points)
    log_prob = np.asarray(log_prob, "float64")
    return points, log_prob, (edges[1] - edges[0]) ** dims


def _dataset(x, condition):
    data = x if condition is None else (x, condition)
    return tf.data.Dataset.from_tensor_slices(data).batch(len(x))


def _fit(model, x, condition):
    model.compile(keras.optimizers.SGD(0.01), jit_compile=False)
    model.fit(_dataset(x, condition), verbose=0)


def _fit_once(model, batch):
    model.compile(keras.optimizers.SGD(0.01), run_eagerly=True)
    model.train_step(batch)
