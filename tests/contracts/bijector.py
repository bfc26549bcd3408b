"""What every bijector must pass."""

import numpy as np
import tensorflow as tf

from .basics import autodiff_log_det, fresh

# Round trip, then relative and absolute error of the log-determinants.
TOLERANCES = {"float32": (1e-5, 1e-4, 1e-5), "float64": (1e-9, 1e-9, 1e-9)}


def check_bijector(bijector, x, *, event_ndims, tolerance=None):
    """Round trips both ways, both log-dets against autodiff, one for each event.

    As strict as the precision of `x` allows, 1e-9 in float64; or, given a tolerance,
    as a bijector that searches or solves for its value can be.
    """
    x = tf.convert_to_tensor(x)
    usual, rtol, atol = TOLERANCES[x.dtype.name]
    tolerance = usual if tolerance is None else tolerance
    rtol, atol = max(rtol, tolerance), max(atol, tolerance)
    y = bijector.forward(x)
    assert y.dtype == x.dtype, f"{x.dtype.name} becomes {y.dtype.name}"
    back = bijector.inverse(fresh(y))
    np.testing.assert_allclose(back, x, rtol=tolerance, atol=tolerance)
    again = bijector.forward(fresh(back))
    np.testing.assert_allclose(again, y, rtol=tolerance, atol=tolerance)

    fldj = bijector.forward_log_det_jacobian(fresh(x), event_ndims)
    ildj = bijector.inverse_log_det_jacobian(fresh(y), event_ndims)
    batch = x.shape[: x.shape.rank - event_ndims]
    truth = autodiff_log_det(bijector, fresh(x), event_ndims)
    for log_det, wanted in ((fldj, truth), (ildj, -truth)):
        # A constant one may have fewer axes; more would be one for each entry.
        assert log_det.shape.rank <= batch.rank, f"log-dets of shape {log_det.shape}"
        log_det = tf.broadcast_to(log_det, batch)
        np.testing.assert_allclose(log_det, wanted, rtol=rtol, atol=atol)


def check_saturated(bijector, x, *, event_ndims, variables=()):
    """Values, log-dets and gradients stay finite both ways on extreme inputs."""
    for move, log_det in (
        (bijector.forward, bijector.forward_log_det_jacobian),
        (bijector.inverse, bijector.inverse_log_det_jacobian),
    ):
        with tf.GradientTape() as tape:
            inputs = tf.convert_to_tensor(x)
            tape.watch(inputs)
            outputs = move(fresh(inputs))
            change = log_det(fresh(inputs), event_ndims)
            total = tf.reduce_sum(outputs) + tf.reduce_sum(change)
        sources = [inputs, *(v.value for v in variables)]
        slopes = [g for g in tape.gradient(total, sources) if g is not None]
        for what, tensor in (
            ("value", outputs),
            ("log-det", change),
            *(("gradient", g) for g in slopes),
        ):
            bad = int(tf.math.count_nonzero(~tf.math.is_finite(tensor)))
            assert bad == 0, f"{move.__name__}: {bad} entries of a {what} not finite"
