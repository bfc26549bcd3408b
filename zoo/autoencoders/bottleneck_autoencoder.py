"""The autoencoder whose code is shorter than its data.

Reference:
    Hinton and Salakhutdinov, 2006, "Reducing the Dimensionality of Data with Neural
    Networks", https://www.science.org/doi/10.1126/science.1127647
"""

import keras
import tensorflow as tf

from .autoencoder import Autoencoder


@keras.saving.register_keras_serializable(package="genkeras")
class BottleneckAutoencoder(Autoencoder):
    """An autoencoder that nothing but the length of its code holds back.

    Linear, and with the squared error, its best reconstruction is that of PCA.

    Args:
        *args: as for `Autoencoder`.
        **kwargs: as for `Autoencoder`.

    Example:
    >>> model = BottleneckAutoencoder((8, 8, 1), 4, hidden_units=(16,))
    >>> x = np.ones([5, 8, 8, 1], "float32")
    >>> model.encode(x).shape, model.reconstruct(x).shape
    (TensorShape([5, 4]), TensorShape([5, 8, 8, 1]))

    Reference:
        Baldi and Hornik, 1989, on PCA, https://doi.org/10.1016/0893-6080(89)90014-2
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.build()

    def penalty(self, x, code, seed):
        return tf.zeros_like(code[:, 0])
