"""Shapes for `summary`, of layers that Keras knows none of."""

import contextlib

import keras
import tensorflow as tf


@contextlib.contextmanager
def summary_shapes(model):
    """A scope in which the layers of a model say what shape they return.

    Keras asks `compute_output_shape` alone, which most layers leave to tracing. Layers
    that are no map, such as a flag, keep Keras's question mark.

    Args:
        model: a model that is built.
    """
    shown = []
    for layer in model._flatten_layers(include_self=False):
        shape = None if hasattr(layer, "output_shape") else _output_shape(layer)
        if shape is not None:
            # Not tracked: the attribute is gone before anything is saved.
            object.__setattr__(layer, "output_shape", shape)
            shown.append(layer)
    try:
        yield
    finally:
        for layer in shown:
            object.__delattr__(layer, "output_shape")


def _output_shape(layer):
    """The shape that a layer returns for what it was built for, or None."""
    shapes = list((layer._build_shapes_dict or {}).values())
    if not shapes or not isinstance(shapes[0], tuple | list):
        return None
    specs = [
        None
        if shape is None
        else tf.TensorSpec((None, *shape[1:]), layer.variable_dtype)
        for shape in shapes
    ]
    traced = tf.function(lambda *given: layer(*given), autograph=False)
    try:
        found = traced.get_concrete_function(*specs).structured_outputs
        shapes = keras.tree.map_structure(lambda y: tuple(y.shape), found)
    except Exception:  # a layer that takes something else is shown without
        return None
    return shapes if isinstance(found, tf.Tensor) else None
