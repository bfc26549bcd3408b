"""The contractive autoencoder.

Reference:
    Rifai, Vincent, Muller, Glorot and Bengio, 2011, "Contractive Auto-Encoders",
    https://icml.cc/2011/papers/455_icmlpaper.pdf
"""

import keras
import tensorflow as tf

from .autoencoder import Autoencoder


@keras.saving.register_keras_serializable(package="genkeras")
class ContractiveAutoencoder(Autoencoder):
    """An autoencoder whose code moves little where the data moves.

        penalty = weight * |J(x)|^2 = weight * E_v |J(x)' v|^2,   v ~ Normal(0, I)

    with `J(x)`, `[Z, D]`, the Jacobian of the code. Training estimates the square by
    `num_probes` draws of `v`, each one pass back through the encoder, whatever its
    layers are; `jacobian_norm` is exact.

    Args:
        event_shape: as for `Autoencoder`.
        latent_size: int. Length `Z` of the code.
        weight: float. How much the penalty counts.
        num_probes: int. Draws for each example and step.
        code_activation: str. Activation of the code.
        **kwargs: as for `Autoencoder`.

    Raises:
        ValueError: for no probe.

    Example:
    >>> model = ContractiveAutoencoder((6,), 3)
    >>> model.jacobian_norm(np.ones([2, 6], "float32")).shape
    TensorShape([2])

    Reference:
        Rifai et al., 2011, eq. 7, https://icml.cc/2011/papers/455_icmlpaper.pdf
    """

    def __init__(
        self,
        event_shape,
        latent_size: int = 32,
        *,
        weight: float = 1e-3,
        num_probes: int = 1,
        code_activation: str = "sigmoid",
        **kwargs,
    ):
        super().__init__(
            event_shape, latent_size, code_activation=code_activation, **kwargs
        )
        self.weight = weight
        self.num_probes = num_probes
        self.build()

    def penalty(self, x, code, seed):
        seeds = tf.random.experimental.stateless_split(seed, self.num_probes)
        shape = tf.shape(code)
        squares = [
            self._pulled_back(
                x, tf.random.stateless_normal(shape, seeds[i], dtype=code.dtype)
            )
            for i in range(self.num_probes)
        ]
        return self.weight * tf.add_n(squares) / self.num_probes

    def _pulled_back(self, x, v):
        """Returns `|J(x)' v|^2`: `[B]`."""
        with tf.GradientTape() as tape:
            tape.watch(x)
            code = self._encode(x)
        pulled = tape.gradient(code, x, output_gradients=v)
        flat = tf.reshape(pulled, [-1, self.num_dimensions])
        return tf.reduce_sum(tf.square(flat), axis=1)

    def jacobian_norm(self, x) -> tf.Tensor:
        """Returns `|J(x)|^2`, the squared Frobenius norm, exact.

        Args:
            x: `[B, *event_shape]`.

        Returns:
            `[B]` floats.
        """
        x, _ = self._enter(x)
        axes = tf.eye(self.latent_size, dtype=x.dtype)
        batch = tf.ones([tf.shape(x)[0], 1], x.dtype)
        parts = [self._pulled_back(x, batch * axes[j]) for j in range(axes.shape[0])]
        return tf.add_n(parts)

    def get_config(self):
        return {
            **super().get_config(),
            "weight": self.weight,
            "num_probes": self.num_probes,
        }
