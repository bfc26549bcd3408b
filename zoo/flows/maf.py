"""MAF: autoregressive layers that score a point in one pass.

    z_i = (x_i - t_i) exp(-s_i),  t_i and s_i from x_1 .. x_(i-1),  z ~ Normal(0, 1)

Reference:
    Papamakarios, Pavlakou and Murray, 2017, "Masked Autoregressive Flow for Density
    Estimation", https://arxiv.org/abs/1705.07057
"""

import keras

from .autoregressive_flow import AutoregressiveFlow


@keras.saving.register_keras_serializable(package="genkeras")
class MAF(AutoregressiveFlow):
    """A flow over vectors with fast densities and sequential sampling.

    The strongest of the affine flows on tabular data. Sampling is sequential in the
    features, yet costs about one more pass; see `autoregressive_solve`. Starts as the
    identity.

    Args:
        features: int. Length `D` of each data vector, from 1 on.
        num_layers: int. Number of autoregressive layers; their order alternates.
        hidden_units: sequence of int. Hidden widths of each network.
        activation: str. Hidden activation of the networks.
        max_log_scale: float. Bound on each layer's `|log scale|`.
        act_norm: bool. Whether an `ActNorm` follows each layer, so that the first
            batch of training sets scale and location. Chains of dozens of layers learn
            better without: so many scales all move at once.
        num_levels: None, or the number of levels of discrete data.
        condition_spec: None, or what the density is conditioned on; see
            `GenerativeModel`.
        **kwargs: `alpha`, `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        x: `[B, D]` floats, or raw levels if `num_levels` is given.
        condition: the condition, if the model has one.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Example:
    >>> model = MAF(features=3, num_layers=2, hidden_units=(16,))
    >>> model.log_prob(np.zeros([4, 3], "float32")).numpy().round(3)
    array([-2.757, -2.757, -2.757, -2.757], dtype=float32)

    Reference:
        Papamakarios et al., 2017, section 3, https://arxiv.org/abs/1705.07057
    """

    fast_sampling = False
