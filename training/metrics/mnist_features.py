"""Features of digits, from a small classifier that ships. It is not Inception."""

import functools
import pathlib

import keras
import numpy as np
import tensorflow as tf

_WEIGHTS = pathlib.Path(__file__).with_name("mnist_classifier.npz")
_BATCH = 500  # examples at a time: the first maps of 10,000 would fill 500 MB


def digit_classifier(
    event_shape: tuple[int, ...], num_classes: int = 10
) -> keras.Sequential:
    """Returns a small untrained convnet from images to logits.

    Three convolutions, a dense layer of 128 that is called `features`, dropout in
    training, and the logits.

    Args:
        event_shape: `(H, W, C)`.
        num_classes: int.

    Example:
    >>> digit_classifier((28, 28, 1)).count_params()
    155786
    """
    options = {"kernel_size": 3, "padding": "same", "activation": "relu"}
    return keras.Sequential(
        [
            keras.Input(event_shape),
            keras.layers.Conv2D(16, **options),
            keras.layers.MaxPooling2D(padding="same"),
            keras.layers.Conv2D(32, **options),
            keras.layers.MaxPooling2D(padding="same"),
            keras.layers.Conv2D(64, strides=2, **options),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu", name="features"),
            keras.layers.Dropout(0.4),
            keras.layers.Dense(num_classes, name="logits"),
        ]
    )


def save_weights(model: keras.Model, path) -> None:
    """Writes weights as float16, in their own order."""
    np.savez(path, *(weight.astype("float16") for weight in model.get_weights()))


class MNISTFeatures:
    """What a classifier of MNIST sees in an image: features for distances.

    Made for 28x28 grey digits, so that distances between sets of samples can be
    measured with no network. It is **not Inception**: no number that is made of these
    features compares with a published FID, KID or Inception Score, and none says
    anything about other images than digits. `mnist_classifier.md` beside this file
    records data, layer, accuracy and command. Get one with `mnist_features()`.

    Args:
        classifier: what `digit_classifier` returned, trained.
    """

    def __init__(self, classifier: keras.Sequential):
        self._network = keras.Model(
            classifier.inputs,
            [
                classifier.get_layer("features").output,
                keras.ops.softmax(classifier.get_layer("logits").output),
            ],
        )

    def features(self, x) -> tf.Tensor:
        """Returns the activations before the last layer, `[B, 128]`.

        Args:
            x: `[B, 28, 28, 1]` grey levels in `[0, 1]`, bright ink on black.

        Raises:
            ValueError: for another shape, or another range.
        """
        return self.features_and_probabilities(x)[0]

    def probabilities(self, x) -> tf.Tensor:
        """Returns those of the digits 0 to 9, `[B, 10]`, of what `features` takes."""
        return self.features_and_probabilities(x)[1]

    def features_and_probabilities(self, x) -> list[tf.Tensor]:
        """Returns both in one pass."""
        x = self._checked(x)
        if x.shape[0] is None:
            return self._network(x, training=False)
        starts = range(0, max(1, x.shape[0]), _BATCH)
        parts = [self._network(x[i : i + _BATCH], training=False) for i in starts]
        return [tf.concat(part, axis=0) for part in zip(*parts, strict=True)]

    def _checked(self, x):
        x = tf.cast(tf.convert_to_tensor(x), tf.float32)
        event = tuple(self._network.input_shape[1:])
        if x.shape.rank != 4 or tuple(x.shape[1:]) != event:
            wanted = ", ".join(map(str, ("B", *event)))
            raise ValueError(
                f"MNISTFeatures takes images of shape [{wanted}]. Received: shape "
                f"{tuple(x.shape)}."
            )
        # Values can be looked at only where there are some: not while tracing.
        if tf.executing_eagerly() and tf.size(x):
            low, high = float(tf.reduce_min(x)), float(tf.reduce_max(x))
            if not (low >= -1e-3 and high <= 1.0 + 1e-3):
                raise ValueError(
                    "MNISTFeatures takes grey levels in [0, 1]. Received: values from "
                    f"{low:g} to {high:g}. Bring images in [-1, 1] there with "
                    "(x + 1) / 2, raw levels with x / 255."
                )
        return x


@functools.cache
def mnist_features() -> MNISTFeatures:
    """Returns the features of the classifier that ships.

    Example:
    >>> digits = mnist_features()
    >>> x = np.zeros([5, 28, 28, 1])
    >>> digits.features(x).shape, digits.probabilities(x).shape
    (TensorShape([5, 128]), TensorShape([5, 10]))
    """
    classifier = digit_classifier((28, 28, 1))
    with np.load(_WEIGHTS, allow_pickle=False) as weights:
        classifier.set_weights([weights[name].astype("float32") for name in weights])
    return MNISTFeatures(classifier)
