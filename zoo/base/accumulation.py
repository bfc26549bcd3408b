"""A step over a batch that is too large for the memory, part by part."""

import tensorflow as tf

from ...layers.replicas import part_of_batch, sum_over_replicas


def in_parts(step, batch, num_parts: int):
    """Returns the terms and gradients of a batch, of which one part is held at once.

    The gradients are the sums over the parts, each weighted by its share of the
    *global* batch: those of the whole batch, of a loss that is a mean over examples,
    and unless a layer looks at several examples together, as batch normalization does.

    Args:
        step: function of a part and its number to `(terms, gradients)`: a dict of
            `[b]` tensors, and a list with None for weights that are not reached.
        batch: structure of `[B, ...]` tensors, with None for what is lacking.
        num_parts: int.

    Example:
    >>> step = lambda x, k: ({"loss": x}, [tf.reduce_mean(x)])
    >>> terms, (gradient,) = in_parts(step, tf.constant([1.0, 2.0, 3.0, 6.0]), 2)
    >>> float(gradient), terms["loss"].numpy().tolist()
    (3.0, [1.0, 3.0, 2.0, 6.0])
    """
    if num_parts == 1:
        return step(batch, 0)
    parts = [part_of_batch(batch, k, num_parts) for k in range(num_parts)]
    shares = _shares(parts)
    all_terms, totals = [], None
    for k, part in enumerate(parts):
        # Or TensorFlow might hold all parts at once.
        with tf.control_dependencies([t for t in totals or () if t is not None]):
            part = _map(tf.identity, part)
            terms, gradients = step(part, k)
        totals = _add(totals, gradients, shares[k])
        all_terms.append(terms)
    joined = {
        name: tf.concat([terms[name] for terms in all_terms], axis=0)
        for name in all_terms[0]
    }
    return joined, totals


def of_part(seed, k: int):
    """Returns the seed of a part of a batch; the first has the batch's own."""
    return seed if k == 0 else tf.random.experimental.stateless_fold_in(seed, k)


def _map(function, structure):
    return tf.nest.map_structure(
        lambda leaf: None if leaf is None else function(leaf), structure
    )


def _shares(parts):
    """What part of the global batch each is; one may be empty, here or everywhere."""
    sizes = []
    for part in parts:
        first = next(leaf for leaf in tf.nest.flatten(part) if leaf is not None)
        sizes.append(tf.shape(first)[0])
    sizes = sum_over_replicas(tf.cast(tf.stack(sizes), tf.float32))
    return sizes / tf.reduce_sum(sizes)


def _add(totals, gradients, share):
    totals = [None] * len(gradients) if totals is None else totals
    return [_sum(*pair, share) for pair in zip(totals, gradients, strict=True)]


def _sum(total, gradient, share):
    if gradient is None:
        return total
    scaled = tf.convert_to_tensor(gradient) * tf.cast(share, gradient.dtype)
    # An empty part gives 0 / 0, and counts for nothing.
    scaled = tf.where(share > 0.0, scaled, tf.zeros_like(scaled))
    return scaled if total is None else total + scaled
