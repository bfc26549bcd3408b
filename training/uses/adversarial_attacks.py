"""Small changes of an image that mislead a classifier."""

import functools

import numpy as np
import tensorflow as tf

from ..evaluation import in_parts


def fgsm(classifier, x, labels, *, epsilon: float, value_range=(0.0, 1.0)) -> tf.Tensor:
    """Moves each pixel once, by `epsilon`, to where the classifier's loss rises.

        x' = clip(x + epsilon sign(gradient of loss(classifier(x), label)))

    Args:
        classifier: callable from `[B, *event]` floats to logits `[B, K]`: a Keras
            model, or a function through which gradients pass.
        x: `[B, *event]` floats.
        labels: `[B]` integers.
        epsilon: float. How far a pixel may move.
        value_range: two floats. The range of pixels, which is kept.

    Returns:
        `[B, *event]` floats.

    Example:
    >>> fgsm(lambda x: x, np.array([[0.5, 0.4]], "float32"), [0], epsilon=0.1).numpy()
    array([[0.4, 0.5]], dtype=float32)

    Reference:
        Goodfellow et al., 2015, section 4, https://arxiv.org/abs/1412.6572
    """
    x = tf.convert_to_tensor(x)
    moved = x + epsilon * tf.sign(_slope(classifier, x, labels))
    return tf.clip_by_value(moved, *value_range)


def pgd(
    classifier,
    x,
    labels,
    *,
    epsilon: float,
    num_steps: int = 20,
    step_size: float | None = None,
    value_range=(0.0, 1.0),
    seed: int = 0,
) -> tf.Tensor:
    """Climbs the classifier's loss in several steps, within `epsilon` of each pixel.

    Args:
        classifier: as for `fgsm`.
        x: as for `fgsm`.
        labels: as for `fgsm`.
        epsilon: as for `fgsm`.
        num_steps: int. How many steps of the sign of the gradient.
        step_size: None for `2.5 epsilon / num_steps`, or a float.
        value_range: as for `fgsm`.
        seed: int. Of the start, uniform within `epsilon`.

    Returns:
        `[B, *event]` floats.

    Reference:
        Madry et al., 2018, section 2.1, https://arxiv.org/abs/1706.06083
    """
    x = tf.convert_to_tensor(x)
    size = 2.5 * epsilon / num_steps if step_size is None else step_size
    noise = tf.random.stateless_uniform(tf.shape(x), (0, seed), -1.0, 1.0, x.dtype)
    moved = tf.clip_by_value(x + epsilon * noise, *value_range)
    for _ in range(num_steps):
        moved += size * tf.sign(_slope(classifier, moved, labels))
        moved = x + tf.clip_by_value(moved - x, -epsilon, epsilon)
        moved = tf.clip_by_value(moved, *value_range)
    return moved


def _slope(classifier, x, labels):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, classifier(x))
    gradient = tape.gradient(loss, x)
    if gradient is None:
        raise ValueError(
            "An attack follows the gradient of the classifier. Received: one through "
            "which none passes, such as a function that leaves TensorFlow."
        )
    return gradient


def robust_accuracy(
    classifier, x, labels, epsilons, *, attack=fgsm, batch_size: int = 200, **options
) -> np.ndarray:
    """Returns the accuracy that an attack leaves, for each size of change.

    Args:
        classifier: as for `fgsm`.
        x: `[N, *event]` floats.
        labels: `[N]` integers.
        epsilons: sequence of float; 0 is no attack.
        attack: `fgsm` or `pgd`.
        batch_size: int. Examples at a time.
        **options: passed on to the attack.

    Returns:
        `[len(epsilons)]` floats.
    """
    rows, labels = np.arange(len(x)), np.asarray(labels)

    def right(epsilon):
        change = functools.partial(attack, classifier, epsilon=epsilon, **options)
        change = tf.function(change) if epsilon else (lambda part, labels: part)

        def part(index, _):
            given = tf.convert_to_tensor(x[index]), tf.convert_to_tensor(labels[index])
            logits = np.asarray(classifier(change(*given)))
            return np.argmax(logits, axis=-1) == labels[index]

        return in_parts(part, rows, batch_size).mean()

    return np.array([right(epsilon) for epsilon in epsilons])
