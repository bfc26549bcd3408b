"""Whether the model around a layer is being trained."""

import keras


@keras.saving.register_keras_serializable(package="genkeras")
class TrainingFlag(keras.layers.Layer):
    """Returns whether the call it stands in was made with `training=True`.

    Keras passes the flag down through `__call__` alone. A layer that lends a bijector
    is not called, so it asks one of these.

    Returns:
        bool. False outside every call.

    Example:
    >>> class Probe(keras.layers.Layer):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.is_training = TrainingFlag()
    ...     def ask(self):
    ...         return self.is_training()
    ...     def call(self, x):
    ...         return x + float(self.ask())
    >>> probe = Probe()
    >>> float(probe(tf.zeros([]), training=True)), probe.ask()
    (1.0, False)
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.built = True

    def call(self, *, training=False):
        return bool(training)
