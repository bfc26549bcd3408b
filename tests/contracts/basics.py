"""What the contracts of all kinds use."""

import keras
import numpy as np
import tensorflow as tf


def fresh(x):
    """A copy with a new identity: TFP caches forward/inverse pairs by object."""
    return tf.identity(x)


def perturb(obj, scale=0.1):
    """Moves off the start, where a flow is the identity and hides its mistakes."""
    rng = np.random.default_rng(0)
    for v in obj.trainable_variables:
        v.assign_add(scale * rng.normal(size=v.shape).astype(v.dtype))
    return obj


def autodiff_log_det(bijector, x, event_ndims):
    """`log|det J|` of the forward map, from the Jacobian itself."""
    split = x.shape.rank - event_ndims
    batch, event = x.shape[:split], x.shape[split:]
    flat = tf.reshape(x, [-1, event.num_elements()])
    # A pass for each row: `batch_jacobian` would trace a graph first, for longer.
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(flat)
        y = bijector.forward(tf.reshape(flat, [-1, *event]))
        entries = tf.unstack(tf.reshape(y, flat.shape), axis=1)
    jacobian = tf.stack([tape.gradient(y_i, flat) for y_i in entries], axis=1)
    return tf.reshape(tf.linalg.slogdet(jacobian).log_abs_determinant, batch)


def check_refused(function, *says):
    """Bad input is one `ValueError` of one line that says what was received."""
    try:
        function()
    except ValueError as error:
        message = str(error)
    else:
        raise AssertionError(f"nothing was raised; wanted a word on {says}")
    assert "\n" not in message, f"more than one line: {message}"
    for part in ("Received", *says):
        assert part in message, f"{part!r} is not in {message!r}"


def must_fail(check, *args, **kwargs):
    """The check fails, as it must on a planted mistake."""
    try:
        check(*args, **kwargs)
    except AssertionError:
        return
    raise RuntimeError(f"{check.__name__} lets the mistake pass")


def check_moves(model, train, variables=None):
    """Training moves every one of the weights."""
    variables = model.trainable_variables if variables is None else variables
    before = values(variables)
    train(model)
    still = [
        v.path
        for v, old in zip(variables, before, strict=True)
        if np.array_equal(old, v.numpy())
    ]
    assert not still, f"training leaves these weights still: {still}"


def values(variables):
    return [v.numpy().copy() for v in variables]


def plain_sgd(rate=0.1):
    """An optimizer whose step shows the gradient itself."""
    return keras.optimizers.SGD(rate)


def rows(x, condition, index):
    """The examples of that index, of the data and of its condition alike."""
    return tf.nest.map_structure(
        lambda leaf: None if leaf is None else np.asarray(leaf)[index], (x, condition)
    )


def repeated(condition, count=1):
    """The condition of the first example, `count` times."""
    return tf.nest.map_structure(
        lambda leaf: None if leaf is None else np.repeat(leaf[:1], count, axis=0),
        condition,
    )
