"""What a model lets in."""

import warnings

import numpy as np
import tensorflow as tf

from .as_numbers import as_numbers
from .counts import check_count
from .refusal import refusal


class FrontDoor:
    """Checks and converts what a caller passed, or says in one line why it cannot.

    Shapes and dtypes are checked always, values wherever there are some: not while a
    graph is traced.

    Args:
        owner: str. The class that the error messages start with.
        event_shape: sequence of int. Shape of one example.
        dtype: str. What examples are converted to.
        num_levels: None for continuous data, or how many levels discrete data has: one
            number, or an array that has one for each entry.
        value_range: None, or the lowest and the highest value of continuous data.
        condition_encoder: None, or the `ConditionEncoder` of a conditional model.
    """

    def __init__(
        self,
        owner: str,
        event_shape,
        dtype: str,
        *,
        num_levels: int | None = None,
        value_range: tuple[float, float] | None = None,
        condition_encoder=None,
    ):
        self.owner = owner
        self.event_shape = tuple(event_shape)
        self.dtype = dtype
        self.num_levels = num_levels
        self.value_range = value_range
        self.condition_encoder = condition_encoder
        # Names of bijectors, and functions that count the examples outside their range.
        self.supports = []
        # The range of a condition that is an image.
        self.condition_range = None

    # === Examples ===
    def enter(self, x, condition=None):
        """Returns `[B, *event]` floats of a new identity, and the condition.

        Raises:
            ValueError: naming what is wanted and what was received.
        """
        x = self.check_event(x)
        condition = self.check_condition(condition)
        size = batch_size(condition)
        if size not in (None, x.shape[0]):
            raise refusal(
                f"{self.owner} takes one condition for each example. Received: "
                f"{x.shape[0]} examples and {size} conditions."
            )
        # A new identity: TFP caches forward/inverse pairs by object.
        return tf.identity(x), condition

    def check_event(self, x) -> tf.Tensor:
        """Returns examples in the model's precision."""
        x = as_numbers(x, self.owner, "inputs")
        self.check_spec(x)
        if tf.executing_eagerly():
            self._check_values(x)
        return tf.cast(x, self.dtype)

    def check_spec(self, x) -> None:
        """Checks shape and dtype, which a `tf.TensorSpec` has too."""
        self._check_shape(x, self.event_shape, "inputs")
        if self.num_levels is None and not x.dtype.is_floating:
            raise refusal(
                f"{self.owner} models continuous data and takes floats. "
                f"Received: dtype {x.dtype.name}. Cast it, or pass num_levels= if the "
                "data is discrete and the model can be."
            )

    def _check_shape(self, x, event_shape, what):
        fits = x.shape.rank == 1 + len(event_shape) and (
            x.shape[1:].is_compatible_with(event_shape)
        )
        if not fits:
            wanted = ", ".join(["B", *map(str, event_shape)])
            raise refusal(
                f"{self.owner} takes {what} of shape [{wanted}]. Received: shape "
                f"{tuple(x.shape)}."
            )

    def _check_values(self, x):
        if x.dtype.is_floating:
            self._check_finite(x, "inputs")
        if not tf.size(x):
            return
        if self.num_levels is not None:
            self._check_levels(tf.cast(x, tf.float64))
        elif self.value_range is not None:
            self._check_range(x, self.value_range, "data")

    def _check_finite(self, x, what):
        bad = int(tf.math.count_nonzero(~tf.math.is_finite(x)))
        if bad:
            raise refusal(
                f"{self.owner} takes finite {what}. Received: {bad} of "
                f"{int(tf.size(x))} entries are NaN or infinite."
            )

    def _check_levels(self, x):
        low, high = float(tf.reduce_min(x)), float(tf.reduce_max(x))
        whole = bool(tf.reduce_all(tf.equal(x, tf.floor(x))))
        above = bool(tf.reduce_any(x > tf.cast(self._top_level(), x.dtype)))
        if not whole or low < 0 or above:
            kind = "whole numbers" if whole else "fractions"
            raise refusal(
                f"{self.owner} takes raw levels {self._levels()}, "
                f"neither scaled nor dequantized. "
                f"Received: {kind} from {low:g} to {high:g}."
            )

    def _top_level(self):
        """The highest level, or that of each entry."""
        return np.asarray(self.num_levels) - 1

    def _levels(self):
        if np.ndim(self.num_levels):
            return f"from 0 on, below {np.asarray(self.num_levels).tolist()}"
        return f"0..{self.num_levels - 1}"

    def _check_range(self, x, value_range, what):
        if not tf.size(x):
            return
        low, high = float(tf.reduce_min(x)), float(tf.reduce_max(x))
        least, most = _with_margin(value_range)
        if low < least or high > most:
            raise refusal(
                f"{self.owner} takes {what} in [{value_range[0]:g}, "
                f"{value_range[1]:g}]. Received: values from {low:g} to {high:g}. "
                "Scale them, or binarize them."
            )

    def warn_of_half(self, x) -> None:
        """Warns of images in [0, 1] where a model takes [-1, 1]: all would be light."""
        if self.value_range != (-1.0, 1.0) or not tf.size(x):
            return
        low, high = float(tf.reduce_min(x)), float(tf.reduce_max(x))
        if low >= 0.0 and high > low:
            warnings.warn(
                f"{self.owner} takes data in [-1, 1]. Received: a batch in [{low:g}, "
                f"{high:g}], which looks as if it had been scaled to [0, 1]. Use "
                "2 * x - 1.",
                stacklevel=2,
            )

    # === Values in a graph ===
    def fault_messages(self) -> list[str]:
        """What there is to say of each kind that `faults` counts."""
        takes = f"{self.owner} takes "
        received = " Received: {count} entries "
        support = " Received: {count}"
        outside = received + "outside it in {where}."
        unit = "data in [{0:g}, {1:g}]."
        values = "finite inputs."
        if self.num_levels is not None:
            values = f"raw levels {self._levels()}, whole numbers."
        elif self.value_range is not None:
            values = unit.format(*self.value_range)
        return [
            f"{takes}finite inputs.{received}that are NaN or infinite in {{where}}.",
            f"{takes}{values}{outside}",
            f"{takes}conditions that fit its condition_spec: finite floats, labels "
            f"below its num_classes.{outside}",
            f"{takes}finite example weights.{received}that are not in {{where}}.",
            f"{self.owner} parts a batch among its discriminator steps, and those "
            "of accumulation. Received: too few examples, by {count}, in {where}. "
            "Batch a multiple of the steps, with drop_remainder=True.",
            *(
                f"{takes}data in the range of its transforms.{support} examples "
                f"outside the range of {name} in {{where}}."
                for name, _ in self.supports
            ),
        ]

    def faults(self, x, condition=None, weight=None, least_size: int = 1) -> tf.Tensor:
        """Counts what does not fit of a batch, as a graph can: int32 of each kind.

        Args:
            x: `[B, *event]` of any dtype.
            condition: what belongs to it, or None.
            weight: the weights of the examples, or None.
            least_size: int. How many examples a batch must have.
        """
        counts = [_count_not_finite(x), self._count_outside(x)]
        encoder = self.condition_encoder
        given = encoder is not None and condition is not None
        counts.append(self._count_condition(condition) if given else 0)
        counts.append(0 if weight is None else _count_not_finite(weight))
        # A replica may have an empty part of the last batch.
        missing = least_size - tf.shape(x)[0]
        counts.append(tf.where(tf.shape(x)[0] > 0, tf.maximum(missing, 0), 0))
        if self.supports and x.dtype.is_floating:
            values = tf.cast(x, self.dtype)
            counts += [count_outside(values) for _, count_outside in self.supports]
        elif self.supports:
            counts += [0] * len(self.supports)
        return tf.stack([tf.cast(count, tf.int32) for count in counts])

    def asserts(self, x, condition) -> list:
        """Returns asserts of a graph that is served, where errors can be raised.

        Args:
            x: examples, or None.
            condition: what is conditioned on, or None.
        """
        counts = {}
        if x is not None:
            counts["x: finite"] = _count_not_finite(x)
            counts["x: within its range"] = self._count_outside(x)
        if condition is not None:
            counts["condition: within its range"] = self._count_condition(condition)
        return [
            tf.debugging.assert_equal(
                tf.cast(count, tf.int32), 0, f"{self.owner} takes {what}."
            )
            for what, count in counts.items()
        ]

    def _count_outside(self, x):
        if self.num_levels is not None:
            low, high = 0, self._top_level()
        elif self.value_range is not None and x.dtype.is_floating:
            low, high = _with_margin(self.value_range)
        else:
            return 0
        if not x.dtype.is_floating:
            # Of bytes all are from 0 on; more levels than the dtype holds are no bound.
            x = tf.cast(x, tf.int64)
        outside = (x < low) | (x > tf.cast(high, x.dtype))
        if x.dtype.is_floating and self.num_levels is not None:
            outside |= x != tf.floor(x)
        return tf.math.count_nonzero(outside, dtype=tf.int32)

    def _count_condition(self, condition):
        count = self.condition_encoder.count_faults(condition)
        if self.condition_range is None:
            return count
        low, high = _with_margin(self.condition_range)
        outside = (condition < low) | (condition > high)
        return count + tf.math.count_nonzero(outside, dtype=tf.int32)

    # === Weights ===
    def check_weight(self, weight, size) -> tf.Tensor | None:
        """Returns the weights of examples as `[B]`.

        Args:
            weight: None, `[B]`, or `[B, 1]` as Keras makes of a column.
            size: int or None. How many examples there are.

        Raises:
            ValueError: for another shape, which would be broadcast.
        """
        if weight is None:
            return None
        weight = tf.convert_to_tensor(weight)
        if weight.shape.rank == 2 and weight.shape[1] == 1:
            weight = weight[:, 0]
        fits = weight.shape.rank == 1 and (
            None in (size, weight.shape[0]) or weight.shape[0] == size
        )
        if not fits:
            raise refusal(
                f"{self.owner} takes one weight for each example, [B]. Received: "
                f"shape {tuple(weight.shape)}, for {size} examples."
            )
        if tf.executing_eagerly() and weight.dtype.is_floating:
            self._check_finite(weight, "example weights")
        return weight

    # === Latents ===
    def check_latent(self, z, event_shape) -> tf.Tensor:
        """Returns noise or latents `[B, *event_shape]`, of a new identity.

        Raises:
            ValueError: for another shape, for what is not real, or not finite.
        """
        z = as_numbers(z, self.owner, "latents")
        self._check_shape(z, event_shape, "latents")
        if tf.executing_eagerly() and z.dtype.is_floating:
            self._check_finite(z, "latents")
        return tf.identity(tf.cast(z, self.dtype))

    # === What a subclass returns ===
    def check_each(self, log_prob, source: str) -> None:
        """Checks that a distribution gives each example one log-density."""
        if log_prob.shape.rank != 1:
            raise refusal(
                f"{self.owner}.{source} gives each example one log-density. Received: "
                f"shape {tuple(log_prob.shape)}. Wrap the distribution in "
                f"tfd.Independent, so that its event shape is {self.event_shape}."
            )

    # === Conditions ===
    def check_condition(self, condition):
        """Returns the condition as tensors that fit, or None if there is to be none."""
        if self.condition_encoder is None:
            if condition is not None:
                raise refusal(
                    f"{self.owner} is unconditional. Received: a condition, or a "
                    "target. Leave it out, since a model of x has no target; or build "
                    "the model with condition_spec=."
                )
            return None
        if condition is None:
            raise refusal(
                f"{self.owner} is conditioned on {self.condition_encoder.spec}. "
                "Received: no condition. Pass condition=, or a data set of "
                "(x, condition)."
            )
        condition = self.condition_encoder.check(condition, self.owner)
        if self.condition_range is not None and tf.executing_eagerly():
            self._check_range(condition, self.condition_range, "sources")
        return condition

    def repeated_condition(self, condition, num_samples):
        """Returns one condition for each sample, of one or as many as there are.

        Raises:
            ValueError: for a number that is none, or conditions of another number.
        """
        check_count(num_samples, self.owner)
        condition = self.check_condition(condition)
        size = batch_size(condition)
        if size not in (None, 1, num_samples):
            raise refusal(
                f"{self.owner}.sample takes one condition, or one for each of "
                f"the {num_samples} samples. Received: {size} conditions."
            )
        return self.repeat(condition, num_samples)

    def repeat(self, condition, num_samples):
        """Repeats a checked condition of batch size 1; keeps others."""
        if condition is None:
            return None
        return self.condition_encoder.repeat(condition, num_samples)

    # === What a served model is given ===
    def event_spec(self, name: str = "x") -> tf.TensorSpec:
        """Returns the spec of a batch of examples."""
        dtype = tf.int32 if self.num_levels is not None else self.dtype
        return tf.TensorSpec((None, *self.event_shape), dtype, name=name)

    def condition_specs(self) -> list[tf.TensorSpec]:
        """Returns a flat list, since signatures have named tensors, no structures."""
        if self.condition_encoder is None:
            return []
        return tf.nest.flatten(self.condition_encoder.tensor_specs())

    def pack_condition(self, flat):
        """Returns the condition that a signature was given as a flat list."""
        if self.condition_encoder is None:
            return None
        specs = self.condition_encoder.tensor_specs()
        return tf.nest.pack_sequence_as(specs, list(flat))


def _with_margin(value_range):
    """A range, and what scaling rounds."""
    least, most = value_range
    margin = 1e-5 * (most - least)
    return least - margin, most + margin


def _count_not_finite(x):
    if not x.dtype.is_floating:
        return 0
    return tf.math.count_nonzero(~tf.math.is_finite(x), dtype=tf.int32)


def batch_size(condition) -> int | None:
    """Returns the leading size of a condition; None if it has none, or it is open."""
    if condition is None:
        return None
    return tf.nest.flatten(condition)[0].shape[0]
