"""What every causal layer must pass."""

import itertools

import numpy as np
import tensorflow as tf

from .basics import perturb
from .layer import check_layer


def check_causal_layer(make, shape, *, context_size=None, blind=(), compiled=False):
    """Of a `CausalLayer`, as `check_layer`; untrained, and away from the start.

    Args:
        make: function from keyword arguments such as `dtype` to a layer.
        shape: of its input, the batch among them.
        context_size: None to go without a context, or its width; or a pair, the number
            of positions and its width, of one with a vector for each position.
        blind: pairs of positions `(of the output, of the input)` that, although
            earlier, are not seen; "any" where no layer alone sees all of the past.
        compiled: bool. Whether the last look is at a graph under XLA, which takes long
            to compile every step by itself: once for each kind of cache.
    """
    sizes = [context_size] if isinstance(context_size, int) else context_size
    shapes = [shape] if context_size is None else [shape, (shape[0], *sizes)]
    check_layer(make, *shapes)
    inputs = [_normal(s, i) for i, s in enumerate(shapes)]
    layer = make()
    layer.build(*((None, *s[1:]) for s in shapes))
    layer.built = True
    check_steps(layer, *inputs)
    check_dependencies(layer, *inputs, blind=blind)
    check_steps(perturb(layer, 0.3), *inputs, jit_compile=compiled)


def check_steps(layer, x, context=None, *, jit_compile=False, rtol=1e-4):
    """Stepping through is one pass: as ops one by one, or compiled by XLA."""
    whole = layer(x, context)
    run = tf.function(walk, jit_compile=True) if jit_compile else walk
    stepped = run(layer, x, context)
    # Relative to the outputs' own size, of those that are no impossible levels.
    finite = tf.boolean_mask(whole, whole > -np.inf)
    scale = float(tf.reduce_max(tf.abs(finite))) + 1e-6
    np.testing.assert_allclose(stepped, whole, rtol=0, atol=rtol * scale)


def walk(layer, x, context=None):
    """Steps through all positions of `x`, in their order: what `call` returns."""
    size = x.shape[1:-1]
    cache = layer.init_cache(tf.shape(x)[0])
    outputs = []
    for position in np.ndindex(*size):
        here = x[(slice(None), *position)]
        at = _as_argument(position)
        if len(size) == 2 and position[1] == 0:
            cache = layer.start_row(cache, at[0], context)
        given = here if layer.sees_itself else None
        y, cache = layer.step(given, cache, at, context)
        if not layer.sees_itself:
            cache = layer.remember(here, cache, at, context)
        outputs.append(y)
    y = tf.stack(outputs, axis=1)
    return tf.reshape(y, [-1, *size, y.shape[-1]])


def _as_argument(position):
    at = tuple(tf.constant(i) for i in position)
    return at[0] if len(at) == 1 else at


def check_dependencies(layer, x, context=None, *, blind=()):
    """Every output sees what it may, and nothing else: by its gradient."""
    seen = dependencies(layer, x, context)
    count = len(seen)
    for out, given in itertools.product(range(count), repeat=2):
        allowed = given < out or (given == out and layer.sees_itself)
        if not allowed:
            assert not seen[out, given], f"output {out} sees input {given}"
        elif blind != "any" and (out, given) not in blind:
            assert seen[out, given], f"output {out} does not see input {given}"


def dependencies(layer, x, context=None):
    """`[positions, positions]`: whether an output depends on an input."""
    positions = int(np.prod(x.shape[1:-1]))

    @tf.function
    def jacobian(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, context)
            # Nonlinear in the outputs, so that gradients do not cancel.
            y = tf.reduce_sum(tf.sin(3.0 * y), axis=(0, -1))
            y = tf.reshape(y, [positions])
        return tape.jacobian(y, x, experimental_use_pfor=False)

    slopes = np.abs(jacobian(x)).max(axis=(1, -1))  # the batch, and channels
    return slopes.reshape(positions, positions) > 0


def _normal(shape, stream):
    values = np.random.default_rng(stream).normal(size=shape)
    return tf.convert_to_tensor(values.astype("float32"))
