"""The sum over every latent."""

import keras
import tensorflow as tf

from .latent_estimator import LatentEstimator, log_joint


@keras.saving.register_keras_serializable(package="genkeras")
class ExactSum(LatentEstimator):
    """`log p(x)` itself, of a model whose latents can be listed.

        log p(x) = log sum_z p(z) p(x | z)

    Costs a pass of the decoder for each latent, however many there are.

    Example:
    >>> from genkeras.zoo import BinaryLatentModel
    >>> model = BinaryLatentModel((4,), num_bits=3, hidden_units=(8,))
    >>> x = np.ones([2, 4])
    >>> np.allclose(ExactSum()(model, x), model.log_prob(x), atol=1e-5)
    True
    """

    def terms(self, model, x, condition, seed):
        latents = model.all_latents()  # [L, Z]
        z = tf.tile(latents[:, None], [1, tf.shape(x)[0], 1])
        log_likelihood, log_prior = log_joint(model, x, z, condition)
        joint = log_likelihood + log_prior
        log_p = tf.reduce_logsumexp(joint, axis=0)
        # What a draw of the true posterior has on average.
        posterior = tf.exp(joint - log_p)
        distortion = -tf.reduce_sum(posterior * log_likelihood, axis=0)
        return {"bound": log_p, "distortion": distortion, "rate": -log_p - distortion}

    def get_config(self):
        return {}
