"""What a data set is to a model."""

import dataclasses
import hashlib

import numpy as np

from ..pictures import Picture


class DataError(ValueError):
    """A data set that is not there, or not what was asked for; one clear line."""


@dataclasses.dataclass(frozen=True)
class DataSet:
    """Arrays by split, and what a model must know of them.

    Attributes:
        name: str.
        x: dict of split name to `[N, *event]` arrays: raw levels, or floats.
        labels: dict of split name to `[N]` integers; empty if there are none.
        num_levels: None for continuous data, else the number of integer levels.
        num_classes: None, or the number of labels.
        entropy: None, or the entropy in nats, where it is known.
        picture: None, or how to draw an example.
        draw_pixels: bool. Whether training data are probabilities, from which each
            batch draws its pixels anew (dynamic binarization).
        sources: dict of split name to `[N, *shape]` arrays that examples are translated
            from; empty if there are none. Models are
            conditioned on them, and not on the labels.
        paired: bool. Whether the sources of the training split belong to its examples,
            row by row. If not, an order of their own is drawn for them.
        vocabulary: None, or the characters of a text, whose numbers examples hold.
        texts: dict of split name to the whole text; empty if there is none.
        sample_rate: None, or how many samples of a wave make a second.
        notes: what there is to say of how it was read.
    """

    name: str
    x: dict[str, np.ndarray]
    labels: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    num_levels: int | None = None
    num_classes: int | None = None
    entropy: float | None = None
    picture: Picture | None = None
    draw_pixels: bool = False
    sources: dict[str, np.ndarray] = dataclasses.field(default_factory=dict)
    paired: bool = True
    vocabulary: str | None = None
    texts: dict[str, str] = dataclasses.field(default_factory=dict)
    sample_rate: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def conditions(self) -> dict[str, np.ndarray]:
        """What models are conditioned on, by split: the sources, or else the labels."""
        return self.sources or self.labels

    @property
    def event_shape(self) -> tuple[int, ...]:
        """The shape of one example."""
        return self.x["train"].shape[1:]

    def describe(self) -> str:
        """Returns what was read, in one line: how many, of what, which classes."""
        sizes = ", ".join(f"{len(x)} {split}" for split, x in self.x.items())
        kind = "floats" if self.num_levels is None else f"{self.num_levels} levels"
        parts = [f"{sizes} examples of shape {self.event_shape}", kind]
        if self.num_classes:
            parts.append(f"{self.num_classes} classes")
        return "; ".join([f"{self.name}: {', '.join(parts)}", *self.notes])

    def digest(self) -> str:
        """Returns a hash of all splits, by which a run knows its data again."""
        total = hashlib.sha256()
        for kind in (self.x, self.labels):
            for split, array in sorted(kind.items()):
                total.update(f"{split} {array.dtype} {array.shape}".encode())
                total.update(np.ascontiguousarray(array).tobytes())
        return total.hexdigest()[:16]
