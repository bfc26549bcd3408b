"""Draws from the prior."""

import keras

from .importance_bound import ImportanceBound


@keras.saving.register_keras_serializable(package="genkeras")
class PriorSampling(ImportanceBound):
    """The logarithm of the mean likelihood of draws from the prior.

        log 1/k sum_i p(x | z_i),   z_i ~ p(z)

    Of a mean that is right and of a spread that is hopeless: hardly a draw explains
    `x`, and the logarithm lies far below `log p(x)` until one does.

    Args:
        num_draws: int. How many, `k`.

    Example:
    >>> from genkeras.zoo import VAE
    >>> model = VAE((4,), 1, hidden_units=(8,))
    >>> PriorSampling(100)(model, np.ones([2, 4], "float32")).shape
    TensorShape([2])
    """

    def __init__(self, num_draws: int = 100):
        super().__init__(num_draws, proposal="prior")

    def get_config(self):
        return {"num_draws": self.num_draws}
