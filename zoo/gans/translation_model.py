"""What models that translate images share: a source that is an image itself."""

import abc
from collections.abc import Sequence

import tensorflow as tf

from ...layers.blocks import ConditionEncoder
from .two_player_model import TwoPlayerModel


class TranslationModel(TwoPlayerModel):
    """A model of images, given images of another kind.

    Takes data sets of `(target, source)`, images of one height and width: the target is
    what is modelled, and the source takes the place of the condition. It reaches the
    networks as it is, and in the precision of the data.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of the target.
        *args: what stands between the two in a subclass's other base.
        condition_spec: None for a source of the target's shape, or
            `{"shape": [H, W, K]}`.
        **kwargs: as for `TwoPlayerModel`.

    Raises:
        ValueError: for a source of another height or width.
    """

    def __init__(
        self,
        event_shape: Sequence[int],
        *args,
        condition_spec: dict | None = None,
        **kwargs,
    ):
        spec = condition_spec or {"shape": list(event_shape)}
        super().__init__(event_shape, *args, condition_spec=spec, **kwargs)
        self._check_source()
        # Images of both kinds are kept in one precision.
        self.condition_encoder = ConditionEncoder(spec, dtype=self.variable_dtype)
        self.condition_encoder.build(None)

    def _check_source(self):
        shape = tuple(self.condition_spec.get("shape", ()))
        if len(shape) != 3 or shape[:2] != self.event_shape[:2]:
            raise ValueError(
                f"{self._class_name} translates images of one height and width, so "
                f"`condition_spec` is {{'shape': [H, W, K]}}, with those of "
                f"{self.event_shape}. Received: condition_spec={self.condition_spec}."
            )

    def _make_front_door(self):
        door = super()._make_front_door()
        door.condition_range = self.value_range
        return door

    @property
    def source_shape(self) -> tuple[int, int, int]:
        """The shape of one source."""
        return tuple(self.condition_spec["shape"])

    @abc.abstractmethod
    def translate(self, source) -> tf.Tensor:
        """Returns each source as an image of the other kind."""

    def encode_condition(self, condition):
        """Returns the source as it is: `[B, H, W, K]`."""
        return condition
