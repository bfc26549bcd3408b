"""The evidence lower bound.

Reference:
    Kingma and Welling, 2014, "Auto-Encoding Variational Bayes",
    https://arxiv.org/abs/1312.6114
    Mnih and Gregor, 2014, "Neural Variational Inference and Learning in Belief
    Networks", https://arxiv.org/abs/1402.0030
"""

import keras
import tensorflow as tf

from .importance_bound import ImportanceBound


@keras.saving.register_keras_serializable(package="genkeras")
class EvidenceBound(ImportanceBound):
    """The mean over `k` draws of the logarithm of the weight: the elbo.

        L = 1/k sum_i log w_i,   w_i = p(x | z_i) p(z_i) / q(z_i | x),   z_i ~ q

    More draws make it steadier, and no higher. The gradients are those of
    `ImportanceBound`; a baseline is here the mean of the other draws (leave-one-out),
    and dreg leaves out the gradient of `log q` ("sticking the landing").

    Args:
        num_draws: int. How many, `k`.
        proposal: as for `ImportanceBound`.
        gradient: str. "pathwise", "score", "score_baseline" or "dreg".

    Example:
    >>> from genkeras.zoo import VAE
    >>> model = VAE((4,), 1, hidden_units=(8,))
    >>> EvidenceBound(3)(model, np.ones([2, 4], "float32")).shape
    TensorShape([2])

    Reference:
        Mnih and Gregor, 2014, section 2.3, https://arxiv.org/abs/1402.0030;
        Roeder, Wu and Duvenaud, 2017, https://arxiv.org/abs/1703.09194
    """

    def __init__(self, num_draws: int = 1, **kwargs):
        super().__init__(num_draws, **kwargs)

    def _combine(self, log_w):
        return tf.reduce_mean(log_w, axis=0)

    def _shares(self, log_w):
        return tf.ones_like(log_w) / self.num_draws
