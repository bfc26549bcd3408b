"""Trades the size of an image for channels."""

import tensorflow as tf
import tensorflow_probability as tfp

tfb = tfp.bijectors


class SpaceToDepth(tfb.Bijector):
    """Stacks each block of pixels along the channels: the squeeze of image flows.

        [H, W, C] -> [H / b, W / b, b * b * C],   log|det| = 0

    The channels of one pixel stay together, the pixels of a block follow row by row.

    Args:
        block_size: int. Side `b` of a block.

    Raises:
        ValueError: if a side of the image is not a multiple of `block_size`.

    Example:
    >>> x = tf.reshape(tf.range(4.0), [2, 2, 1])
    >>> SpaceToDepth(2).forward(x).numpy()
    array([[[0., 1., 2., 3.]]], dtype=float32)

    Reference:
        Dinh et al., 2017, section 3.6, https://arxiv.org/abs/1605.08803
    """

    def __init__(self, block_size: int = 2, name: str = "space_to_depth"):
        parameters = dict(locals())  # every argument: TFP keys its cache on them
        self.block_size = block_size
        super().__init__(
            forward_min_event_ndims=3,
            is_constant_jacobian=True,
            parameters=parameters,
            name=name,
        )

    def _forward(self, x):
        size = tf.shape(x)
        rows, columns, channels = self._forward_event_shape(x.shape[-3:])
        flat = tf.reshape(x, [-1, *x.shape[-3:]])
        y = tf.nn.space_to_depth(flat, self.block_size)
        return tf.reshape(y, tf.concat([size[:-3], [rows, columns, channels]], 0))

    def _inverse(self, y):
        size = tf.shape(y)
        rows, columns, channels = self._inverse_event_shape(y.shape[-3:])
        flat = tf.reshape(y, [-1, *y.shape[-3:]])
        x = tf.nn.depth_to_space(flat, self.block_size)
        return tf.reshape(x, tf.concat([size[:-3], [rows, columns, channels]], 0))

    def _inverse_log_det_jacobian(self, y):
        return tf.zeros([], y.dtype)

    def _forward_event_shape(self, shape):
        rows, columns, channels = shape
        b = self.block_size
        if rows % b or columns % b:
            raise ValueError(
                f"A squeeze by {b} takes images whose sides are multiples of {b}. "
                f"Received: shape {tuple(shape)}."
            )
        return tf.TensorShape([rows // b, columns // b, channels * b * b])

    def _inverse_event_shape(self, shape):
        rows, columns, channels = shape
        b = self.block_size
        if channels % (b * b):
            raise ValueError(
                f"Undoing a squeeze by {b} takes a multiple of {b * b} channels. "
                f"Received: shape {tuple(shape)}."
            )
        return tf.TensorShape([rows * b, columns * b, channels // (b * b)])

    def _forward_event_shape_tensor(self, shape):
        b = self.block_size
        return tf.stack([shape[0] // b, shape[1] // b, shape[2] * b * b])

    def _inverse_event_shape_tensor(self, shape):
        b = self.block_size
        return tf.stack([shape[0] * b, shape[1] * b, shape[2] // (b * b)])

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {}
