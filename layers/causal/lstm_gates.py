"""What an LSTM makes of its gates."""

import tensorflow as tf


def lstm_gates(gates, c):
    """Returns the state `h` and the cell `c` after a step.

        c' = sigmoid(f + 1) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c')

    The 1 keeps the past at the start (Jozefowicz et al., 2015).

    Args:
        gates: `[..., 4 U]` floats: `o`, `f`, `i`, `g`.
        c: `[..., U]` floats, the cell before.

    Example:
    >>> h, c = lstm_gates(tf.zeros([1, 4]), tf.ones([1, 1]))
    >>> round(float(c[0, 0]), 3)
    0.731
    """
    o, f, i, g = tf.split(gates, 4, axis=-1)
    c = tf.sigmoid(f + 1.0) * c + tf.sigmoid(i) * tf.tanh(g)
    return tf.sigmoid(o) * tf.tanh(c), c
