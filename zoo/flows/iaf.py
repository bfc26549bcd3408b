"""IAF: autoregressive layers that sample in one pass.

    x_i = exp(-s_i) (z_i - t_i),  t_i and s_i from z_1 .. z_(i-1),  z ~ Normal(0, 1)

Reference:
    Kingma, Salimans, Jozefowicz, Chen, Sutskever and Welling, 2016, "Improving
    Variational Inference with Inverse Autoregressive Flow",
    https://arxiv.org/abs/1606.04934
"""

import keras

from .autoregressive_flow import AutoregressiveFlow


@keras.saving.register_keras_serializable(package="genkeras")
class IAF(AutoregressiveFlow):
    """A flow over vectors with fast sampling and sequential densities.

    MAF with its two directions exchanged. Made for samplers that score what they have
    drawn, as in variational inference; `fit` works too, with exact gradients, slower
    than for `MAF`: little with two features, a few times with many. Starts as the
    identity.

    Args:
        features: int. Length `D` of each data vector, from 1 on.
        **kwargs: `num_layers`, `hidden_units`, ... as for `AutoregressiveFlow`.

    Example:
    >>> model = IAF(features=3, num_layers=2, hidden_units=(16,))
    >>> model.log_prob(np.zeros([4, 3], "float32")).numpy().round(3)
    array([-2.757, -2.757, -2.757, -2.757], dtype=float32)

    Reference:
        Kingma et al., 2016, section 3, https://arxiv.org/abs/1606.04934
    """

    fast_sampling = True
