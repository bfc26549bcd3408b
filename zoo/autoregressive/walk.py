"""The loops that draw one position after another, as graphs.

Both take and return what `AutoregressiveModel` has with a batch axis in front, and loop
over positions: each is predicted from what the network keeps of those before, drawn or
kept, and told to the network.
"""

import tensorflow as tf


def walk_sequence(network, to_network, known, mask, noise, context, draw, entry=None):
    """Fills in a sequence.

    Args:
        network: `CausalLayer` that does not see itself.
        to_network: function from data to the network's input.
        known: `[B, T, C]` floats.
        mask: `[B, T]` booleans, True where `known` is kept.
        noise: `[B, T, U]` uniform numbers.
        context: None, or `[B, D]` floats.
        draw: function from the network's numbers, `[B, units]`, and noise, `[B, U]`, to
            `[B, C]`.
        entry: None, or a function from a position to the `[B]` entries that are there.

    Returns:
        `[B, T, C]` floats.
    """
    length = known.shape[1]
    known, mask, noise = (_positions_first(part, 1) for part in (known, mask, noise))

    def body(t, cache, drawn):
        options = {} if entry is None else {"entry": entry(t)}
        params, cache = network.step(None, cache, t, context, **options)
        x = tf.where(mask[t][:, None], known[t], draw(params, noise[t]))
        cache = network.remember(to_network(x), cache, t, context, **options)
        return t + 1, cache, drawn.write(t, x)

    *_, drawn = tf.while_loop(
        lambda t, *_: t < length,
        body,
        (
            tf.constant(0),
            network.init_cache(tf.shape(known)[1]),
            _array(length, known),
        ),
        maximum_iterations=length,
    )
    return tf.transpose(drawn.stack(), [1, 0, 2])


def walk_image(network, to_network, known, mask, noise, context, draw):
    """Fills in an image row by row.

    Args:
        network: as for `walk_sequence`.
        to_network: as for `walk_sequence`.
        known: `[B, H, W, C]` floats.
        mask: `[B, H, W]` booleans.
        noise: `[B, H, W, U]` uniform numbers, and what else `draw` takes of a pixel.
        context: as for `walk_sequence`.
        draw: as for `walk_sequence`.

    Returns:
        `[B, H * W, C]` floats.
    """
    height, width = known.shape[1:3]
    known, mask, noise = (_positions_first(part, 2) for part in (known, mask, noise))

    def pixel(i, j, cache, drawn):
        params, cache = network.step(None, cache, (i, j), context)
        x = tf.where(mask[i, j][:, None], known[i, j], draw(params, noise[i, j]))
        cache = network.remember(to_network(x), cache, (i, j), context)
        return i, j + 1, cache, drawn.write(i * width + j, x)

    def row(i, cache, drawn):
        cache = network.start_row(cache, i, context)
        _, _, cache, drawn = tf.while_loop(
            lambda i, j, *_: j < width,
            pixel,
            (i, tf.constant(0), cache, drawn),
            maximum_iterations=width,
        )
        return i + 1, cache, drawn

    *_, drawn = tf.while_loop(
        lambda i, *_: i < height,
        row,
        (
            tf.constant(0),
            network.init_cache(tf.shape(known)[2]),
            _array(height * width, known),
        ),
        maximum_iterations=height,
    )
    return tf.transpose(drawn.stack(), [1, 0, 2])


def _positions_first(x, count):
    rest = range(1 + count, x.shape.rank)
    return tf.transpose(x, [*range(1, count + 1), 0, *rest])


def _array(size, known):
    """Where draws are written to; XLA needs to know the shape of each."""
    return tf.TensorArray(known.dtype, size, element_shape=known.shape[-2:])
