"""Networks that a user brings: any Keras layer, functional or sequential model."""

import keras
import tensorflow as tf


def revive_network(network, role: str) -> keras.layers.Layer | None:
    """Returns a network that was given as itself, as its config, or not at all.

    Args:
        network: None, a Keras layer or model, or its serialised form.
        role: str. The name of the argument, for the error.

    Raises:
        TypeError: for what is no layer of Keras 3.

    Example:
    >>> revive_network(keras.layers.Dense(2), "encoder").units
    2
    """
    if isinstance(network, dict):
        network = keras.saving.deserialize_keras_object(network)
    if network is not None and not isinstance(network, keras.layers.Layer):
        raise TypeError(
            f"`{role}` takes a Keras layer or model. Received: "
            f"{type(network).__module__}.{type(network).__name__}."
        )
    return network


def serialize_network(network) -> dict | None:
    """Returns the config of a network that was given, None if none was."""
    if network is None:
        return None
    return keras.saving.serialize_keras_object(network)


def revive_networks(**networks) -> dict:
    """Returns the networks of several roles by name; see `revive_network`."""
    return {role: revive_network(given, role) for role, given in networks.items()}


def serialize_networks(networks: dict) -> dict:
    """Returns the configs of those networks that were given, by role."""
    given = {role: network for role, network in networks.items() if network is not None}
    return {role: serialize_network(network) for role, network in given.items()}


def run_network(network, *inputs, **options) -> tf.Tensor:
    """Calls a network on its inputs: a functional model takes several as a list."""
    if len(inputs) > 1 and isinstance(network, keras.Model) and network.inputs:
        return network(list(inputs), **options)
    return network(*inputs, **options)


def check_network(network, role: str, inputs, wanted: tuple | None) -> None:
    """Runs a network once on zeros, and checks the shape that it returns.

    Args:
        network: a Keras layer.
        role: str. The name of the argument, for the error.
        inputs: sequence of shapes, the batch axis left out.
        wanted: the shape of one output, where None stands for any size; or None for
            any shape.

    Raises:
        ValueError: for a network that cannot take its inputs, or returns another shape.

    Example:
    >>> check_network(keras.layers.Dense(2), "encoder", [(3,)], (2,))
    """
    zeros = [tf.zeros((2, *shape), network.variable_dtype) for shape in inputs]
    shapes = " and ".join(_shape(shape) for shape in inputs)
    try:
        output = run_network(network, *zeros)
    except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"`{role}` takes inputs of {shapes}. Received: a network that cannot: "
            f"{reason}"
        ) from None
    got = getattr(output, "shape", None)
    if wanted is None and got is not None and len(got) > 1:
        return
    wanted = (None,) if wanted is None else wanted
    if got is None or not tf.TensorShape(got).is_compatible_with((2, *wanted)):
        received = type(output).__name__ if got is None else _shape(tuple(got)[1:])
        raise ValueError(
            f"`{role}` maps {shapes} to {_shape(wanted)}. Received: a network that "
            f"returns {received}."
        )


def refuse_sigmoid(network, role: str, wanted: str) -> None:
    """Refuses a network that ends in a sigmoid where its raw outputs are read.

    Raises:
        ValueError: if the last layer of a Sequential or functional model is one.
    """
    last = (getattr(network, "layers", None) or [network])[-1]
    if getattr(last, "activation", None) is keras.activations.sigmoid:
        raise ValueError(
            f"`{role}` returns {wanted}. Received: a network that ends in a sigmoid. "
            "Leave the last activation out."
        )


def _shape(event):
    return f"[{', '.join(['B', *('...' if n is None else str(n) for n in event)])}]"
