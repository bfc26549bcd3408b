"""Turns whatever a model is conditioned on into one vector."""

import keras
import numpy as np
import tensorflow as tf

from .category_names import is_names, numbers_of


@keras.saving.register_keras_serializable(package="genkeras")
class ConditionEncoder(keras.layers.Layer):
    """Checks a condition and maps it to `[B, C]` floats.

    Integer labels go through a learned embedding, or become one-hot vectors; float
    tensors are flattened; a dict of both is concatenated in the order of its sorted
    keys.

    Args:
        spec: dict. What the condition looks like: `{"num_classes": 10}` for labels
            `[B]`, `{"names": ["cat", "dog"]}` for categories that may be given by name
            or by number, `{"shape": [3]}` for floats `[B, 3]`, or a dict of names to
            such dicts for a dict of tensors.
        max_embedding_size: int. Labels are embedded in `min(num_classes, this)`
            numbers.
        one_hot: bool. Whether labels become one-hot vectors instead, for networks that
            learn what they make of a class themselves. There are then no weights.
        **kwargs: passed on to `keras.layers.Layer`.

    Call arguments:
        condition: one tensor, or a dict of tensors, as `spec` says; with any batch axes
            in the place of `B`, none included.

    Returns:
        `[B, C]` floats.

    Raises:
        ValueError: for a spec of another form; in `check`, for a condition that does
            not fit the spec.

    Example:
    >>> encoder = ConditionEncoder({"digit": {"num_classes": 10}, "at": {"shape": [2]}})
    >>> encoder({"digit": tf.constant([3, 7]), "at": tf.zeros([2, 2])}).shape
    TensorShape([2, 12])
    """

    def __init__(
        self,
        spec: dict,
        *,
        max_embedding_size: int = 16,
        one_hot: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.spec = spec
        self.max_embedding_size = max_embedding_size
        self.one_hot = one_hot
        self._leaves = _leaves(spec)
        self.embeddings = {
            name: keras.layers.Embedding(
                leaf["num_classes"],
                min(leaf["num_classes"], max_embedding_size),
                dtype=self.dtype_policy,
            )
            for name, leaf in self._leaves.items()
            if "num_classes" in leaf and not one_hot
        }
        self.size = sum(self._leaf_size(name) for name in self._leaves)

    def _leaf_size(self, name):
        if name in self.embeddings:
            return self.embeddings[name].output_dim
        leaf = self._leaves[name]
        if "num_classes" in leaf:
            return leaf["num_classes"]
        return int(np.prod(leaf["shape"], dtype=int))

    def build(self, condition_shape=None):
        for embedding in self.embeddings.values():
            embedding.build((None,))

    @property
    def output_shape(self) -> tuple[int | None, int]:
        """The shape of what is returned for a batch."""
        return None, self.size

    def call(self, condition):
        parts = []
        for name, leaf in sorted(self._as_dict(condition).items()):
            if name in self.embeddings:
                parts.append(self.embeddings[name](leaf))  # [B, size]
            elif "num_classes" in self._leaves[name]:
                size = self._leaf_size(name)
                parts.append(tf.one_hot(leaf, size, dtype=self.compute_dtype))
            else:
                leaf = tf.cast(leaf, self.compute_dtype)
                shape = [*self._batch(name, leaf), self._leaf_size(name)]
                parts.append(tf.reshape(leaf, shape))
        return tf.concat(parts, axis=-1)  # [B, C]

    # === Batch axes ===
    def _batch(self, name, leaf):
        """The sizes of the axes before the event, ints where they are known."""
        ndims = leaf.shape.rank - len(self._leaves[name].get("shape", ()))
        sizes = tf.shape(leaf)
        return [leaf.shape[i] or sizes[i] for i in range(ndims)]

    def batch_shape(self, condition) -> list:
        """Returns the sizes of a condition's batch axes, ints where they are known."""
        name, leaf = next(iter(self._as_dict(condition).items()))
        return self._batch(name, tf.convert_to_tensor(leaf))

    def flatten(self, condition):
        """Returns a condition with one batch axis, whatever axes it has."""

        def flat(name, leaf):
            leaf = tf.convert_to_tensor(leaf)
            return tf.reshape(leaf, [-1, *self._leaves[name].get("shape", ())])

        leaves = self._as_dict(condition)
        flattened = {name: flat(name, leaf) for name, leaf in leaves.items()}
        return flattened if self._is_dict else flattened[None]

    # === Names of categories ===
    def numbers(self, condition, owner: str = "The model"):
        """Returns a condition with the numbers of categories that go by name.

        Args:
            condition: what the caller passed.
            owner: str. The name that the error message starts with.

        Raises:
            ValueError: naming what is unknown, and the names that are known.
        """
        numbered = {
            name: self._numbers(name, leaf, owner)
            for name, leaf in self._as_dict(condition).items()
        }
        return numbered if isinstance(condition, dict) else numbered[None]

    def _numbers(self, name, leaf, owner):
        names = self._leaves.get(name, {}).get("names")
        if names is None:
            return leaf
        what = "condition" if name is None else f"condition[{name!r}]"
        return numbers_of(leaf, names, f"{owner} takes categories as its {what}")

    @property
    def has_names(self) -> bool:
        """Whether categories may be given by name."""
        return any("names" in leaf for leaf in self._leaves.values())

    # === The front door ===
    def check(self, condition, owner: str):
        """Converts `condition` to tensors that fit the spec, or says why not.

        Args:
            condition: what the caller passed.
            owner: str. The name that the error message starts with.

        Raises:
            ValueError: naming what is wanted and what was received.
        """
        leaves = self._as_dict(self.numbers(condition, owner))
        if leaves.keys() != self._leaves.keys():
            wanted = sorted(map(str, self._leaves))
            raise ValueError(
                f"{owner} is conditioned on a dict with the keys {wanted}. "
                f"Received: {sorted(map(str, leaves))}."
            )
        checked = {name: self._check_leaf(name, leaves[name], owner) for name in leaves}
        return checked if self._is_dict else checked[None]

    def _check_leaf(self, name, value, owner):
        what = "condition" if name is None else f"condition[{name!r}]"
        spec = self._leaves[name]
        tensor = tf.convert_to_tensor(value)
        labels = "num_classes" in spec
        event = () if labels else tuple(spec["shape"])
        if labels and tensor.shape.rank == 2 and tensor.shape[1] == 1:
            tensor = tensor[:, 0]  # a column of a table
        if labels and tensor.shape.rank is None:
            tensor = tf.reshape(tensor, [-1])  # a graph that has seen both kinds
        if labels and tensor.shape.rank == 0:
            tensor = tensor[None]  # one for all
        if labels and tensor.dtype == tf.string:
            raise ValueError(
                f"{owner} takes labels 0..{spec['num_classes'] - 1} as its {what}. "
                "Received: names. Build it with condition_spec={'names': [...]}, or "
                "number them: "
                "`names, labels = numpy.unique(column, return_inverse=True)`."
            )
        wanted = f"[{', '.join(['B', *map(str, event)])}]"
        shape_fits = tensor.shape.rank == 1 + len(event) and (
            tensor.shape[1:].is_compatible_with(event)
        )
        if not shape_fits or tensor.dtype.is_integer != labels:
            kind = f"labels 0..{spec['num_classes'] - 1}" if labels else "floats"
            raise ValueError(
                f"{owner} takes {kind} of shape {wanted} as its {what}. Received: "
                f"{tensor.dtype.name} of shape {tuple(tensor.shape)}."
            )
        if labels:
            return self._check_labels(tensor, spec["num_classes"], what, owner)
        return self._check_floats(tensor, what, owner)

    def _check_floats(self, tensor, what, owner):
        if tf.executing_eagerly():
            bad = int(tf.math.count_nonzero(~tf.math.is_finite(tensor)))
            if bad:
                raise ValueError(
                    f"{owner} takes finite floats as its {what}. Received: {bad} of "
                    f"{int(tf.size(tensor))} entries are NaN or infinite."
                )
        return tf.cast(tensor, self.compute_dtype)

    def _check_labels(self, tensor, num_classes, what, owner):
        # Values can be looked at only where there are some: not while tracing.
        if tf.executing_eagerly() and tf.size(tensor):
            low, high = int(tf.reduce_min(tensor)), int(tf.reduce_max(tensor))
            if low < 0 or high >= num_classes:
                raise ValueError(
                    f"{owner} takes labels 0..{num_classes - 1} as its {what}. "
                    f"Received: labels from {low} to {high}."
                )
        return tf.cast(tensor, tf.int32)

    def count_faults(self, condition) -> tf.Tensor:
        """Counts labels outside their range and floats that are not finite.

        As a graph can, where `check` sees no values; of a condition that `check` took.

        Args:
            condition: tensors in the condition's structure.
        """
        counts = []
        for name, leaf in self._as_dict(condition).items():
            spec = self._leaves[name]
            if "num_classes" in spec:
                bad = (leaf < 0) | (leaf >= spec["num_classes"])
            else:
                bad = ~tf.math.is_finite(leaf)
            counts.append(tf.math.count_nonzero(bad, dtype=tf.int32))
        return tf.add_n(counts)

    def within_range(self, condition):
        """Returns the condition with its labels in range, for a graph that counts.

        A gather would end the graph before the count is read.

        Args:
            condition: what `check` returned.
        """

        def clip(name, leaf):
            classes = self._leaves[name].get("num_classes")
            return leaf if classes is None else tf.clip_by_value(leaf, 0, classes - 1)

        leaves = self._as_dict(condition)
        clipped = {name: clip(name, leaf) for name, leaf in leaves.items()}
        return clipped if self._is_dict else clipped[None]

    # === Shapes ===
    def tensor_specs(self, batch_size=None):
        """Returns the `tf.TensorSpec`s of a condition, in the condition's structure."""
        specs = {
            name: tf.TensorSpec((batch_size,), tf.int32, name=name or "condition")
            if "num_classes" in leaf
            else tf.TensorSpec(
                (batch_size, *leaf["shape"]),
                self.compute_dtype,
                name=name or "condition",
            )
            for name, leaf in self._leaves.items()
        }
        return specs if self._is_dict else specs[None]

    def repeat(self, condition, num_samples):
        """Repeats a condition of batch size 1 `num_samples` times; keeps others."""
        return tf.nest.map_structure(
            lambda leaf: tf.broadcast_to(
                leaf, tf.concat([[num_samples], tf.shape(leaf)[1:]], axis=0)
            ),
            condition,
        )

    @property
    def _is_dict(self):
        return None not in self._leaves

    def _as_dict(self, condition):
        return condition if isinstance(condition, dict) else {None: condition}

    def get_config(self):
        return {
            **super().get_config(),
            "spec": self.spec,
            "max_embedding_size": self.max_embedding_size,
            "one_hot": self.one_hot,
        }


def whole_spec(spec: dict | None) -> dict | None:
    """Returns a spec whose categories by name say how many they are, too.

    Example:
    >>> whole_spec({"names": ["cat", "dog"]})
    {'num_classes': 2, 'names': ['cat', 'dog']}
    """
    if not isinstance(spec, dict):
        return spec
    if is_names(spec.get("names")) and spec.keys() <= {"names", "num_classes"}:
        return {"num_classes": len(spec["names"]), **spec, "names": list(spec["names"])}
    return {name: whole_spec(leaf) for name, leaf in spec.items()}


def _leaves(spec):
    """Splits a spec into `{name: leaf}`; a single leaf is named None."""
    spec = whole_spec(spec)
    if _is_leaf(spec):
        return {None: spec}
    if isinstance(spec, dict) and spec and all(map(_is_leaf, spec.values())):
        return dict(spec)
    raise ValueError(
        "`condition_spec` is {'num_classes': n}, {'names': [...]} with each name once, "
        "{'shape': [...]}, or a dict of names to such dicts. Received: "
        f"{spec!r}."
    )


def _is_leaf(spec):
    if not isinstance(spec, dict):
        return False
    if spec.keys() == {"num_classes", "names"}:
        return is_names(spec["names"]) and spec["num_classes"] == len(spec["names"])
    if len(spec) != 1:
        return False
    ((key, value),) = spec.items()
    if key == "num_classes":
        return isinstance(value, int) and value >= 1
    return key == "shape" and all(isinstance(n, int) and n >= 1 for n in value)
