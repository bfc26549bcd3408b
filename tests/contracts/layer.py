"""What every layer must pass."""

import copy
import json

import keras
import numpy as np
import tensorflow as tf

from .basics import check_refused, perturb
from .bijector import check_bijector


def check_layer(make, *shapes):
    """Of a layer whose call takes one tensor of each of the shapes.

    Args:
        make: function from keyword arguments such as `dtype` to a layer.
        *shapes: shapes of the call's tensors, the batch among them.
    """
    inputs = [_normal(shape, i) for i, shape in enumerate(shapes)]
    layer = _built(make(), shapes)
    _check_config(layer, shapes, inputs)
    perturb(layer)
    _check_any_batch(layer, inputs)
    _check_layer_gradients(layer, inputs)
    _check_precisions(make, shapes, inputs)


def check_flow_layer(make, event_shape, *, condition_size=None, identity=True):
    """Of a `FlowLayer`, as `check_layer`, and of the bijector that it lends.

    Args:
        make: function from keyword arguments such as `dtype` to a layer.
        event_shape: sequence of int.
        condition_size: None to go without a condition, or its width.
        identity: bool. Whether the layer starts as the identity; one that does not
            says in its docstring how it starts.
    """
    check_refused(make().bijector, "no weights yet")
    shapes = [(5, *event_shape)]
    if condition_size is not None:
        shapes.append((5, condition_size))
    check_layer(make, *shapes)
    for dtype in ("float32", "float64"):
        layer = _built(make(dtype=dtype), shapes)
        x, *condition = [_normal(s, i, dtype) for i, s in enumerate(shapes)]
        if identity:
            np.testing.assert_allclose(layer(x, *condition), x, rtol=1e-6, atol=1e-6)
        perturb(layer, 0.3)
        bijector = layer.bijector(*condition)
        check_bijector(bijector, x, event_ndims=len(event_shape))
        back = layer.inverse(layer(x, *condition), *condition)
        np.testing.assert_allclose(back, x, rtol=1e-4, atol=1e-4)
    if layer.context_size is not None:
        _check_condition(layer, x, *condition)


def check_training_flag(layer, x):
    """Draws in training, and only there."""
    first, second = layer(x, training=True), layer(x, training=True)
    assert not np.allclose(first, second), "the layer draws nothing in training"
    first, second = layer(x, training=False), layer(x, training=False)
    np.testing.assert_array_equal(first, second, "the layer draws outside training")


def _check_config(layer, shapes, inputs):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(layer)))
    # A copy: Keras's wrappers take the config that they are given apart.
    twin = _built(keras.saving.deserialize_keras_object(copy.deepcopy(config)), shapes)
    again = keras.saving.serialize_keras_object(twin)
    assert json.loads(json.dumps(again)) == config, "the config changes on the way"
    perturb(layer)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(*inputs), layer(*inputs))


def _check_any_batch(layer, inputs):
    specs = [tf.TensorSpec((None, *x.shape[1:]), x.dtype) for x in inputs]
    graph = tf.function(lambda *tensors: layer(*tensors), input_signature=specs)
    for count in (1, 5):
        some = [x[:count] for x in inputs]
        np.testing.assert_allclose(graph(*some), layer(*some), rtol=1e-5, atol=1e-6)


def _check_layer_gradients(layer, inputs):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(layer(*inputs)))
    gradients = tape.gradient(loss, [v.value for v in layer.trainable_variables])
    cut = [
        v.path
        for v, g in zip(layer.trainable_variables, gradients, strict=True)
        if g is None or not np.any(g)
    ]
    assert not cut, f"no gradient reaches {cut}"


def _check_precisions(make, shapes, inputs):
    """Weights in the policy's variables, the rest close to float32."""
    reference = perturb(_built(make(), shapes))
    wanted = reference(*inputs)
    for policy, atol in (("float64", 1e-5), ("mixed_float16", 0.1)):
        layer = _built(make(dtype=policy), shapes)
        dtype = layer.variable_dtype
        assert {v.dtype for v in layer.trainable_variables} <= {dtype}
        layer.set_weights(reference.get_weights())
        got = layer(*(tf.cast(x, dtype) for x in inputs))
        np.testing.assert_allclose(tf.cast(got, "float32"), wanted, atol=atol, rtol=0.1)


def _check_condition(layer, x, condition=None):
    """A condition steers the layer, and one that does not fit is refused."""
    if condition is None:
        check_refused(lambda: layer.bijector(tf.ones([5, 2], x.dtype)), "width 2")
        return
    assert not np.allclose(layer(x, condition), layer(x, condition + 1.0)), (
        "the condition is ignored"
    )
    width = condition.shape[-1]
    check_refused(layer.bijector, f"width {width}", "width 0")
    wide = tf.ones([5, width + 1], x.dtype)
    check_refused(lambda: layer.bijector(wide), f"width {width + 1}")


def _built(layer, shapes):
    if not layer.built:  # one that was loaded is
        layer.build(*((None, *shape[1:]) for shape in shapes))
    return layer


def _normal(shape, stream=0, dtype="float32"):
    values = np.random.default_rng(stream).normal(size=shape)
    return tf.convert_to_tensor(values.astype(dtype))
