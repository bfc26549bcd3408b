"""What every bijector, layer and model must pass. One call per test."""

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


def check_bijector(bijector, x, *, event_ndims, tolerance=1e-5):
    """Round trip, both log-dets against autodiff, and one log-det per event."""
    x = tf.convert_to_tensor(x)
    y = bijector.forward(x)
    back = bijector.inverse(fresh(y))
    np.testing.assert_allclose(back, x, rtol=tolerance, atol=tolerance)

    fldj = bijector.forward_log_det_jacobian(fresh(x), event_ndims)
    ildj = bijector.inverse_log_det_jacobian(fresh(y), event_ndims)
    batch = x.shape[: x.shape.rank - event_ndims]
    fldj, ildj = (tf.broadcast_to(ldj, batch) for ldj in (fldj, ildj))
    truth = autodiff_log_det(bijector, x, event_ndims)
    np.testing.assert_allclose(fldj, truth, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ildj, -truth, rtol=1e-4, atol=1e-5)


def autodiff_log_det(bijector, x, event_ndims):
    """`log|det J|` of the forward map, from the Jacobian itself."""
    split = x.shape.rank - event_ndims
    batch, event = x.shape[:split], x.shape[split:]
    flat = tf.reshape(x, [-1, event.num_elements()])
    with tf.GradientTape() as tape:
        tape.watch(flat)
        y = bijector.forward(tf.reshape(flat, [-1, *event]))
        y = tf.reshape(y, [flat.shape[0], -1])
    jacobian = tape.batch_jacobian(y, flat)  # [N, D, D]
    return tf.reshape(tf.linalg.slogdet(jacobian).log_abs_determinant, batch)
