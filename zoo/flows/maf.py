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
        **kwargs: `num_layers`, `hidden_units`, ... as for `AutoregressiveFlow`.

    Example:
    >>> model = MAF(features=3, num_layers=2, hidden_units=(16,))
    >>> model.log_prob(np.zeros([4, 3], "float32")).numpy().round(3)
    array([-2.757, -2.757, -2.757, -2.757], dtype=float32)

    Reference:
        Papamakarios et al., 2017, section 3, https://arxiv.org/abs/1705.07057
    """

    fast_sampling = False
