"""Models that factorize a density over positions."""

import abc
import functools
import math

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from ...distributions import InOrder
from ...layers.causal import CausalLayer
from ...layers.heads import choose_head
from ..base import DensityModel
from .compiled_fills import SIZES, CompiledFills
from .masks import check_mask
from .sampling_options import check_options
from .walk import walk_image, walk_sequence

tfd = tfp.distributions


class AutoregressiveModel(DensityModel):
    """A product of conditionals, `p(x) = prod_i p(x_i | x_1 .. x_(i-1))`.

    A subclass fills in `make_network`, which gives a `CausalLayer` that does not see
    itself; training, scoring, sampling, completion and the exported samplers follow
    from it. Positions are the entries of a vector, the times of a sequence, or
    the pixels of an image row by row, whose channels the output head takes together.

    Samples cost about one pass over the network, since causal layers keep what they
    computed of earlier positions: the loop over positions is one graph, in which each
    is drawn, kept and passed on. Of data with levels `log_prob` is exact.

    Args:
        event_shape: sequence of int: `(T,)`, `(T, C)` or `(H, W, C)`.
        head: None for the plain one of the data, or an `OutputHead`.
        **kwargs: as for `DensityModel`.

    Call arguments:
        x: `[B, *event_shape]` floats, or raw levels if the model has `num_levels`.
        condition: the condition, if the model has one.

    Returns:
        `[B]` floats: `log p(x)` in nats.

    Raises:
        ValueError: for an event of another rank, a head of other levels, or a network
            that sees what it is to predict.

    Example:
    >>> from genkeras.layers import CausalMLP
    >>> class Masked(AutoregressiveModel):
    ...     def make_network(self, units):
    ...         return CausalMLP(units, (16,))
    >>> model = Masked((6,), num_levels=2)
    >>> model.sample(3, seed=0).shape, model.log_prob(np.ones([3, 6])).shape
    (TensorShape([3, 6]), TensorShape([3]))
    """

    def __init__(self, event_shape, *, head=None, **kwargs):
        super().__init__(event_shape, **kwargs)
        if len(self.event_shape) not in (1, 2, 3):
            raise ValueError(
                f"{self._class_name} takes events of shape (T,), (T, C) or (H, W, C). "
                f"Received: event_shape={self.event_shape}."
            )
        self.head = choose_head(head, self.num_levels, self._class_name)
        self.network = None

    # From how many on one call is faster by XLA, compiling included, as was measured.
    num_positions_for_xla: int = 16_000

    # === To be filled in by a model ===
    @abc.abstractmethod
    def make_network(self, units: int) -> CausalLayer:
        """Returns a causal layer from `[B, *positions, C]` to `[B, *positions, units]`.

        It does not see itself. Called when the model is built, once.
        """

    def to_network(self, x) -> tf.Tensor:
        """Returns data as the network takes it; the head scales it unless overridden.

        Args:
            x: `[..., C]` floats.
        """
        return self.head.scale(x)

    # === Shapes ===
    @property
    def positions(self) -> tuple[int, ...]:
        """How many positions there are: `(T,)` or `(H, W)`."""
        return self.event_shape[:-1] if len(self.event_shape) > 1 else self.event_shape

    @property
    def num_channels(self) -> int:
        """How many numbers a position has."""
        return self.event_shape[-1] if len(self.event_shape) > 1 else 1

    def _check_image(self):
        if len(self.event_shape) != 3:
            raise ValueError(
                f"{self._class_name} takes images (H, W, C). Received: event_shape="
                f"{self.event_shape}."
            )

    def _with_channels(self, x):
        shape = [-1, *self.positions, self.num_channels]
        return tf.reshape(tf.cast(x, self.variable_dtype), shape)

    # === Densities ===
    def conditionals(self, x, condition=None) -> tfd.Distribution:
        """Returns `p(x_i | x_1 .. x_(i-1))` of all positions.

        Args:
            x: `[B, *event_shape]`, as for `log_prob`.
            condition: one condition for each example, if the model has one.

        Returns:
            A `tfd.Distribution` with batch shape `[B, *positions]`, over the channels
            of a position. Its `log_prob` of `x`, with a channel axis, adds up to that
            of the model.
        """
        x, condition = self._enter(x, condition)
        x = self._with_channels(x)
        return self.head.distribution(self._params(x, condition), x)

    def _params(self, x, condition):
        """What the head takes of every position, `[B, *positions, units]`."""
        params = self.network(self.to_network(x), self.encode_condition(condition))
        return tf.cast(params, self.variable_dtype)

    def _log_prob(self, x, condition, seed):
        x = self._with_channels(x)
        values = self.head(self._params(x, condition), x)
        return tf.reduce_sum(values, axis=tf.range(1, tf.rank(values)))

    def distribution(self, condition=None) -> tfd.Distribution:
        """Returns `p(x)`, or `p(x | condition)`, at the present weights.

        Args:
            condition: the condition, with a leading batch axis, if the model has one.

        Returns:
            A `tfd.Distribution` that draws by the cached sampler.
        """
        batch_shape = ()
        if condition is not None and self.condition_encoder is not None:
            batch_shape = self.condition_encoder.batch_shape(condition)
            condition = self.condition_encoder.flatten(condition)
        condition = self.front_door.check_condition(condition)

        def rows(number):
            if condition is None:
                return None
            index = tf.range(number) % math.prod(batch_shape)
            return tf.nest.map_structure(lambda leaf: tf.gather(leaf, index), condition)

        def log_prob(x):
            return self._log_prob(x, rows(tf.shape(x)[0]), None)

        def sample(number, seed):
            return self._draw(number, rows(number), seed)

        return InOrder(
            log_prob,
            sample,
            self.event_shape,
            batch_shape=batch_shape,
            dtype=self.variable_dtype,
        )

    def _build_networks(self, x, condition):
        shape = (None, *self.positions, self.num_channels)
        network = self.make_network(self.head.params_size(self.num_channels))
        if not isinstance(network, CausalLayer) or network.sees_itself:
            raise ValueError(
                f"{self._class_name}.make_network gives a CausalLayer that does not "
                f"see itself. Received: {network!r}."
            )
        network.build(shape, self._context_shape())
        network.built = True
        self.network = network
        super()._build_networks(x, condition)

    # === Sampling ===
    def sample(
        self,
        num_samples: int,
        *,
        condition=None,
        seed=None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        jit_compile: bool | str = "auto",
    ) -> tf.Tensor:
        """Draws new examples, position by position.

        Args:
            num_samples: int. How many.
            condition: the condition, with a leading axis of `num_samples` or 1.
            seed: None for new noise at each call; an int, or a pair of ints, for the
                same draw each time.
            temperature: float. Below 1, likelier values are preferred.
            top_k: None, or how many of the likeliest values are drawn from.
            top_p: None, or the share of the probability whose likeliest values are
                drawn from.
            jit_compile: bool. Whether XLA compiles the loop, for seconds at the first
                call, after which small batches are drawn several times as fast; or
                "auto": where already one call of so many samples is the faster for it.
                No timing chooses: a seed gives the same draw each time. XLA rounds
                sums differently: of 200,000 draws that were compared all were the same,
                but one may fall on the other side of an edge.

        Returns:
            `[num_samples, *event_shape]`, in the domain of the training data.

        Raises:
            ValueError: for a condition that does not fit, or an option that the head
                does not have.
        """
        condition = self.front_door.repeated_condition(condition, num_samples)
        options = check_options(self.head, temperature, top_k, top_p, jit_compile)
        x = self._draw(num_samples, condition, self._as_seed(seed), **options)
        return self._to_data(x)

    def complete(
        self,
        x,
        mask,
        *,
        condition=None,
        seed=None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        jit_compile: bool | str = "auto",
    ) -> tf.Tensor:
        """Keeps what is known of examples, and draws the rest.

        Positions are filled in the model's order, each given what lies before it: known
        or drawn. What is known after a position does not bear on it.

        Args:
            x: `[B, *event_shape]`. What stands where the mask is 0 does not matter.
            mask: `[B, *positions]` or `[*positions]`, with or without a channel axis
                of 1: 1 or True where `x` is known.
            condition: the condition, with a leading axis of `B` or 1.
            seed: as for `sample`.
            temperature: as for `sample`.
            top_k: as for `sample`.
            top_p: as for `sample`.
            jit_compile: as for `sample`.

        Returns:
            `[B, *event_shape]`, in the domain of the training data.

        Raises:
            ValueError: for data, a mask or a condition that does not fit.
        """
        x = tf.convert_to_tensor(x)
        mask = check_mask(mask, self.event_shape, x.shape[0], self._class_name)
        whole = tf.repeat(mask[..., None], self.num_channels, axis=-1)
        whole = tf.reshape(whole, [-1, *self.event_shape])
        if x.shape[1:] == self.event_shape:
            x = tf.where(whole, x, tf.zeros_like(x))
        x = self.front_door.check_event(x)
        condition = self.front_door.repeated_condition(condition, x.shape[0])
        options = check_options(self.head, temperature, top_k, top_p, jit_compile)
        noise = self._noise(tf.shape(x)[0], self._as_seed(seed))
        return self._to_data(self._run(x, mask, noise, condition, **options))

    def _sample(self, num_samples, condition, seed):
        return self._to_data(self._draw(num_samples, condition, seed))

    def _sample_rows(self, seeds, condition):
        noise = tf.map_fn(
            lambda seed: self._noise(1, seed)[0],
            seeds,
            fn_output_signature=self.variable_dtype,
        )
        x, mask = self._nothing_known(tf.shape(seeds)[0])
        return self._to_data(self._run(x, mask, noise, condition))

    def _draw(self, num_samples, condition, seed, **options):
        x, mask = self._nothing_known(num_samples)
        noise = self._noise(num_samples, seed)
        return self._run(x, mask, noise, condition, **options)

    def _nothing_known(self, num_samples):
        x = tf.zeros([num_samples, *self.event_shape], self.variable_dtype)
        return x, tf.zeros([num_samples, *self.positions], tf.bool)

    def _noise(self, num_samples, seed):
        """All uniform numbers of the draws, from one seed and before the loop."""
        count = self.head.num_uniforms(self.num_channels)
        shape = [num_samples, *self.positions, count]
        noise = tf.random.stateless_uniform(
            shape, seed, dtype=self.variable_dtype, alg="philox"
        )
        # Quantiles at 0 and 1 are infinite.
        return tf.clip_by_value(noise, 1e-7, 1.0 - 1e-7)

    def _run(self, x, mask, noise, condition, *, jit_compile="auto", **options):
        """Fills in `x` where `mask` is False, as one graph."""
        context = self.encode_condition(condition)
        rows = [x, mask, noise, *([] if context is None else [context])]
        # What may be any number is an input: there is one graph for all.
        numbers = [options.get("temperature", 1.0), options.get("top_p")]
        scalars = [tf.cast(n, self.variable_dtype) for n in numbers if n is not None]
        top_k = options.get("top_k")
        if tf.inside_function():
            return self._fill(rows, scalars, top_k=top_k)
        if jit_compile == "auto":
            jit_compile = self._xla_pays_in_sampling(x.shape[0])
        return self._fills(rows, scalars, top_k=top_k, jit_compile=jit_compile)

    @functools.cached_property
    def _fills(self):
        return CompiledFills(self._fill)

    def _fill(self, rows, scalars, *, top_k=None):
        x, mask, noise, *context = rows
        temperature, *top_p = scalars

        def draw(params, noise):
            return self.head.draw(
                tf.cast(params, self.variable_dtype),
                noise,
                temperature=temperature,
                top_k=top_k,
                top_p=top_p[0] if top_p else None,
            )

        context = context[0] if context else None
        drawn = self._walk(self._with_channels(x), mask, noise, context, draw)
        return tf.reshape(drawn, [-1, *self.event_shape])

    def _walk(self, known, mask, noise, context, draw):
        walk = walk_image if len(self.positions) == 2 else walk_sequence
        return walk(self.network, self.to_network, known, mask, noise, context, draw)

    def _xla_pays_in_sampling(self, num_samples):
        """Whether one call is faster by XLA, compiling included.

        A step of a graph of few samples takes as long as its operations are many, and
        so does compiling them: the number of positions says which is more.
        """
        if len(tf.config.list_logical_devices()) > 1:
            return False  # of GPUs nothing was measured; XLA needs one CPU
        long = math.prod(self.positions) >= self.num_positions_for_xla
        return long and num_samples <= SIZES[-1]

    # === Saving ===
    def get_config(self):
        head = keras.saving.serialize_keras_object(self.head)
        return {**super().get_config(), "head": head}

    # === Exporting ===
    def _endpoints(self):
        door = self.front_door

        def complete(x, mask, seed, *condition):
            condition = door.pack_condition(condition)
            x, known = self.front_door.enter(x, condition)[0], tf.cast(mask, tf.bool)
            known = tf.ensure_shape(known, [None, *self.positions])
            noise = self._noise(tf.shape(x)[0], seed)
            drawn = self._run(x, known, noise, condition)
            return {"samples": self._to_data(drawn)}

        specs = [
            door.event_spec(),
            tf.TensorSpec((None, *self.positions), tf.int32, name="mask"),
            tf.TensorSpec((2,), tf.int32, name="seed"),
            *door.condition_specs(),
        ]
        return {**super()._endpoints(), "complete": (complete, specs)}
