"""The importance-weighted autoencoder.

Reference:
    Burda, Grosse and Salakhutdinov, 2016, "Importance Weighted Autoencoders",
    https://arxiv.org/abs/1509.00519
"""

import keras

from ..base import refusal
from .importance_bound import ImportanceBound
from .vae import VAE


@keras.saving.register_keras_serializable(package="genkeras")
class IWAE(VAE):
    """A VAE that is trained on the bound of `k` weighted draws.

        loss = -log 1/k sum_i p(x, z_i) / q(z_i | x),   z_i ~ q(z | x)

    The metrics `elbo`, `distortion` and `rate` are means over the same draws. With one
    draw it is a VAE whose rate is estimated.

    Args:
        event_shape: sequence of int, as for `VAE`.
        latent_size: int, as for `VAE`.
        num_draws: int. How many draws of `z` a step takes, `k`.
        gradient: str. "pathwise", or "dreg", whose gradient of the encoder does not
            fade as `k` grows; the latter not with `num_flows`.
        **kwargs: as for `VAE`, but for `beta`.

    Call arguments:
        x: `[B, *event_shape]` floats, 0 and 1 or probabilities in between.
        condition: the condition, if the model has one.

    Returns:
        `[B, *event_shape]` floats: the probabilities of the reconstruction.

    Raises:
        ValueError: for a `beta` other than 1, or "dreg" with a flow.

    Example:
    >>> model = IWAE((4,), 2, num_draws=5, gradient="dreg", hidden_units=(8,))
    >>> model.elbo(np.ones([3, 4], "float32")).shape
    TensorShape([3])

    Reference:
        Burda et al., 2016, eq. 8 and 14, https://arxiv.org/abs/1509.00519;
        Tucker et al., 2019, for "dreg", https://arxiv.org/abs/1810.04152
    """

    def __init__(
        self,
        event_shape,
        latent_size: int = 50,
        *,
        num_draws: int = 5,
        gradient: str = "pathwise",
        **kwargs,
    ):
        for name, none in (("beta", 1.0), ("free_bits", 0.0), ("capacity", None)):
            if kwargs.pop(name, none) != none:
                raise refusal(f"IWAE weighs draws, and no rate. Received: {name}=.")
        for name, plain in (("num_flows", 0), ("covariance", "diagonal")):
            if gradient == "dreg" and kwargs.get(name, plain) != plain:
                raise refusal(
                    "The gradient dreg is of a posterior of independent normals. "
                    f"Received: {name}={kwargs[name]}."
                )
        self.num_draws = num_draws
        self.gradient = gradient
        self._bound = ImportanceBound(num_draws, gradient=gradient)
        super().__init__(event_shape, latent_size, **kwargs)

    def call(self, x, condition=None, *, seed=None):
        if seed is not None:
            return self._bound.terms(self, x, condition, seed)
        return self.reconstruct(x, condition)

    def _build_networks(self, x, condition):
        # No whole step: the gradient dreg wants a tape, and none sees this.
        self._check_parts(x, condition)
        self._distortion_and_rate(x, condition, [0, 0])

    def _step_terms(self, x, condition, seed, *, training):
        # Through `__call__`, which tells every layer whether this is training.
        terms = self(x, condition, seed=seed, training=training)
        distortion, rate = terms["distortion"], terms["rate"]
        return {
            "loss": -terms["bound"],
            "elbo": -distortion - rate,
            "distortion": distortion,
            "rate": rate,
        }

    def get_config(self):
        config = super().get_config()
        for name in ("beta", "free_bits", "capacity"):
            config.pop(name)
        return {**config, "num_draws": self.num_draws, "gradient": self.gradient}
