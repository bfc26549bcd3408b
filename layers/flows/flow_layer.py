"""What every invertible layer can do."""

import abc

import keras
import tensorflow as tf
import tensorflow_probability as tfp

tfb = tfp.bijectors


class FlowLayer(keras.layers.Layer, abc.ABC):
    """A layer that owns weights and lends a bijector made of them.

    Subclasses write `build`, `_bijector` and `get_config`. `bijector()` reads the
    weights *now*: use the result and drop it, do not keep it across an update.

    Call arguments:
        x: `[B, *event]` floats.
        context: None, or `[B, C]` floats: the encoded condition.

    Returns:
        `[B, *event]` floats: the forward transform of `x`, from noise to data.

    Example:
    >>> class Stretch(FlowLayer):
    ...     def build(self, x_shape, context_shape=None):
    ...         self.log_scale = self.add_weight(shape=(), initializer="zeros")
    ...     def _bijector(self, context):
    ...         return tfb.Scale(log_scale=tf.convert_to_tensor(self.log_scale))
    >>> layer = Stretch()
    >>> layer.inverse(layer(tf.ones([2, 3]))).shape
    TensorShape([2, 3])
    """

    # Width of the context the layer was built for: 0 for none, and None for a layer
    # that ignores the context of the chain it stands in.
    context_size: int | None = None

    def __init__(self, **kwargs):
        # Under a mixed policy data keeps its precision; the networks inside cast.
        super().__init__(autocast=False, **kwargs)

    def add_weight(self, *args, autocast: bool = False, **kwargs):
        # Under a mixed policy Keras would hand out rounded weights inside a model's
        # `call`, and whole ones outside it. The maths of a flow takes whole ones.
        return super().add_weight(*args, autocast=autocast, **kwargs)

    @abc.abstractmethod
    def _bijector(self, context) -> tfb.Bijector:
        """Makes the transform of the present weights."""

    def bijector(self, context=None) -> tfb.Bijector:
        """Returns the transform at the present weights, from noise to data.

        Args:
            context: None, or `[B, C]` floats that steer the transform.

        Raises:
            ValueError: if the layer is not built, or the context does not fit.
        """
        name = type(self).__name__
        if not self.built:
            raise ValueError(
                f"{name} has no weights yet. Received: bijector() before build(). "
                f"Call it on data, or {name}.build((None, *event_shape)), first."
            )
        wanted = self.context_size
        if wanted is not None:
            received = 0 if context is None else context.shape[-1]
            if received != wanted:
                raise ValueError(
                    f"{name} was built for a context of width {wanted} (0: none). "
                    f"Received: width {received}."
                )
        return self._bijector(context)

    def build_from_config(self, config):
        # Files of version 0.1 call the context a condition.
        shapes = dict(config.get("shapes_dict", {}))
        if "condition_shape" in shapes:
            shapes["context_shape"] = shapes.pop("condition_shape")
            config = {**config, "shapes_dict": shapes}
        super().build_from_config(config)

    def ensure_built(self, x_shape, context_shape=None):
        """Builds the layer, unless it came built out of a saved config."""
        if not self.built:
            self.build(x_shape, context_shape)

    def call(self, x, context=None):
        return self.bijector(context).forward(tf.identity(x))

    def inverse(self, y, context=None):
        """Undoes `call`: from data to noise, `[B, *event]` to `[B, *event]`."""
        return self.bijector(context).inverse(tf.identity(y))
