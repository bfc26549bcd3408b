"""MADE: one masked network for all conditionals of a vector.

    p(x) = prod_i p(x_i | x_j, j before i),  in one order, or the mean over several

Reference:
    Germain et al., 2015, "MADE: Masked Autoencoder for Distribution Estimation",
    https://arxiv.org/abs/1502.03509
"""

import math
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from ...layers.blocks import TrainingFlag
from ...layers.causal import CausalMLP
from ..base import refusal
from .autoregressive_model import AutoregressiveModel
from .walk import walk_sequence


@keras.saving.register_keras_serializable(package="genkeras")
class MADE(AutoregressiveModel):
    """An autoregressive model of vectors, on a masked network.

    With `num_orders` above 1 a step of training takes one of as many random orders, and
    the density is the mean of theirs, an ensemble that shares all its weights:

        p(x) = 1/K sum_k p_k(x)

    Args:
        features: int. Length `D` of each data vector.
        hidden_units: sequence of int. Widths of the hidden layers.
        num_orders: int. 1 for the order of the data, or how many random ones.
        direct: bool. Whether inputs also reach the outputs by a masked linear map.
        activation: str. Hidden activation.
        order_seed: int. The random orders.
        **kwargs: `num_levels`, `head`, `condition_spec`, `seed`, ... as for
            `AutoregressiveModel`.

    Raises:
        ValueError: for no feature, no order, or no hidden layer.

    Example:
    >>> model = MADE(6, (16,), num_levels=2, num_orders=4)
    >>> model.sample(3, seed=0).shape, model.is_bound
    (TensorShape([3, 6]), False)

    Reference:
        Germain et al., 2015, sections 4.1 and 4.2, https://arxiv.org/abs/1502.03509
    """

    def __init__(
        self,
        features: int,
        hidden_units: Sequence[int] = (500,),
        *,
        num_orders: int = 1,
        direct: bool = True,
        activation: str = "relu",
        order_seed: int = 0,
        **kwargs,
    ):
        super().__init__((features,), **kwargs)
        self.features = features
        self.hidden_units = tuple(hidden_units)
        self.num_orders = num_orders
        self.direct = direct
        self.activation = activation
        self.order_seed = order_seed
        self.training_flag = TrainingFlag()
        self.build()

    def make_network(self, units):
        return CausalMLP(
            units,
            self.hidden_units,
            direct=self.direct,
            activation=self.activation,
            dtype=self.dtype_policy,
        )

    def to_network(self, x):
        # Bits as they are: what is never on in the data then moves no weight, where -1
        # would let every pixel of the background fit noise.
        return x if self.num_levels == 2 else super().to_network(x)

    # === Orders ===
    def _orders(self):
        """`[K, D]`: the entry at each place of each order."""
        if self.num_orders == 1:
            return np.arange(self.features)[None]
        generator = np.random.default_rng(self.order_seed)
        return np.stack(
            [generator.permutation(self.features) for _ in range(self.num_orders)]
        )

    def _places(self):
        """`[K, D]` int32: the place of each entry in each order."""
        return tf.constant(np.argsort(self._orders(), axis=1), tf.int32)

    def conditionals(self, x, condition=None, *, order: int = 0):
        """Returns `p(x_i | x_j, j before i)` of one order; see the base class.

        Args:
            x: `[B, D]`.
            condition: one condition for each example, if the model has one.
            order: int. Which of the `num_orders`.
        """
        if not 0 <= order < self.num_orders:
            raise refusal(
                f"MADE has orders 0..{self.num_orders - 1}. Received: order={order}."
            )
        x, condition = self._enter(x, condition)
        x = self._with_channels(x)
        params = self._ordered_params(x, condition, self._places()[order])
        return self.head.distribution(params, x)

    def _ordered_params(self, x, condition, places):
        context = self.encode_condition(condition)
        params = self.network(self.to_network(x), context, places)
        return tf.cast(params, self.variable_dtype)

    def _log_prob(self, x, condition, seed):
        if self.num_orders == 1:
            return super()._log_prob(x, condition, seed)
        x, places = self._with_channels(x), self._places()

        def of_order(places):
            params = self._ordered_params(x, condition, places)
            return tf.reduce_sum(self.head(params, x), axis=1)

        if self.training_flag():
            index = tf.random.stateless_uniform(
                [], seed, maxval=self.num_orders, dtype=tf.int32
            )
            return of_order(places[index])
        every = tf.map_fn(of_order, places, fn_output_signature=self.variable_dtype)
        return tf.reduce_logsumexp(every, axis=0) - math.log(self.num_orders)

    # === Sampling ===
    def _noise(self, num_samples, seed):
        noise = super()._noise(num_samples, seed)
        if self.num_orders == 1:
            return noise
        # One more number a sample, which picks its order.
        extra = tf.random.stateless_uniform(
            [num_samples, 1, 1],
            tf.random.experimental.stateless_fold_in(seed, 1),
            dtype=self.variable_dtype,
            alg="philox",
        )
        count = noise.shape[-1]
        return tf.concat([noise, tf.tile(extra, [1, 1, count])], axis=1)

    def _walk(self, known, mask, noise, context, draw):
        if self.num_orders == 1:
            return super()._walk(known, mask, noise, context, draw)
        noise, extra = noise[:, :-1], noise[:, -1, 0]
        index = tf.cast(extra * self.num_orders, tf.int32)
        order = tf.gather(tf.constant(self._orders(), tf.int32), index)  # [B, D]
        drawn = walk_sequence(
            self.network,
            self.to_network,
            tf.gather(known, order, batch_dims=1),
            tf.gather(mask, order, batch_dims=1),
            noise,
            context,
            draw,
            entry=lambda t: order[:, t],
        )
        return tf.gather(drawn, tf.gather(self._places(), index), batch_dims=1)

    def _xla_pays_on_cpu(self):
        return True

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        (features,) = config.pop("event_shape")
        return {
            **config,
            "features": features,
            "hidden_units": self.hidden_units,
            "num_orders": self.num_orders,
            "direct": self.direct,
            "activation": self.activation,
            "order_seed": self.order_seed,
        }
