"""The sparse autoencoder.

Reference:
    Ng, 2011, "Sparse autoencoder", CS294A lecture notes,
    https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf
"""

import keras
import tensorflow as tf

from ...layers.replicas import sum_over_replicas
from .autoencoder import Autoencoder

SPARSITIES = ("l1", "kl")


@keras.saving.register_keras_serializable(package="genkeras")
class SparseAutoencoder(Autoencoder):
    """An autoencoder of whose code few numbers are active at a time.

        l1   weight * sum_j |code_j|
        kl   weight * sum_j KL(Bernoulli(target) || Bernoulli(a_j)),
             a_j the mean of code_j over the global batch

    The metric `activity` is the mean of `|code_j|` over codes and examples.

    Args:
        event_shape: as for `Autoencoder`.
        latent_size: int. Length `Z` of the code, which may be longer than the data.
        sparsity: str. "l1", or "kl" for codes in (0, 1).
        weight: float. How much the penalty counts, beside an error that is a mean over
            dimensions.
        target: float. The activity of "kl", in (0, 1).
        code_activation: None for "relu" with "l1" and "sigmoid" with "kl".
        **kwargs: as for `Autoencoder`.

    Raises:
        ValueError: for another sparsity, a target outside (0, 1), or "kl" of a code
            that is no sigmoid.

    Example:
    >>> model = SparseAutoencoder((8, 8, 1), 100, sparsity="kl")
    >>> model.code_activation, model.encode(np.ones([2, 8, 8, 1], "float32")).shape
    ('sigmoid', TensorShape([2, 100]))

    Reference:
        Ng, 2011, section 3, https://web.stanford.edu/class/cs294a/sparseAutoencoder.pdf
    """

    metric_names = ("loss", "reconstruction", "penalty", "activity")

    def __init__(
        self,
        event_shape,
        latent_size: int = 128,
        *,
        sparsity: str = "l1",
        weight: float = 1e-4,
        target: float = 0.05,
        code_activation: str | None = None,
        **kwargs,
    ):
        if sparsity not in SPARSITIES:
            raise ValueError(
                f"Sparsities are {', '.join(SPARSITIES)}. Received: {sparsity!r}."
            )
        if not 0.0 < target < 1.0:
            raise ValueError(f"`target` lies in (0, 1). Received: target={target}.")
        if code_activation is None:
            code_activation = "relu" if sparsity == "l1" else "sigmoid"
        if sparsity == "kl" and code_activation != "sigmoid":
            raise ValueError(
                "The sparsity kl is of codes that are sigmoids. Received: "
                f"code_activation={code_activation!r}."
            )
        super().__init__(
            event_shape, latent_size, code_activation=code_activation, **kwargs
        )
        self.sparsity = sparsity
        self.weight = weight
        self.target = target
        self.build()

    def penalty(self, x, code, seed):
        if self.sparsity == "l1":
            return self.weight * tf.reduce_sum(tf.abs(code), axis=-1)
        count, total = sum_over_replicas(
            [tf.cast(tf.shape(code)[0], code.dtype), tf.reduce_sum(code, axis=0)]
        )
        # Kept off the ends, where a code that has died gives no gradient but NaN.
        a = tf.clip_by_value(total / count, 1e-6, 1.0 - 1e-6)
        rho = self.target
        divergence = rho * tf.math.log(rho / a)
        divergence += (1.0 - rho) * tf.math.log((1.0 - rho) / (1.0 - a))
        return tf.fill([tf.shape(code)[0]], self.weight * tf.reduce_sum(divergence))

    def _step_terms(self, x, condition, seed, *, training):
        terms = super()._step_terms(x, condition, seed, training=training)
        activity = tf.reduce_mean(tf.abs(self._encode(x)), axis=-1)
        return {**terms, "activity": tf.stop_gradient(activity)}

    def get_config(self):
        return {
            **super().get_config(),
            "sparsity": self.sparsity,
            "weight": self.weight,
            "target": self.target,
        }
