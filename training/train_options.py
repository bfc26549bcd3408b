"""How a recipe is trained: what is no hyperparameter of the model."""

import contextlib
import dataclasses

import keras

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")


@dataclasses.dataclass(frozen=True)
class TrainOptions:
    """How to train, on the machine at hand.

    Args:
        precision: str. Keras's policy for the model's layers; densities, penalties and
            weights stay float32.
        accumulate: int. In how many parts a step goes through its batch.
        checkpoint_minutes: None, or minutes between checkpoints within an epoch.
        profile: bool. Whether to write a TensorBoard profile of a few steps.

    Raises:
        ValueError: for a precision that is none.

    Example:
    >>> TrainOptions(precision="float16")
    Traceback (most recent call last):
    ValueError: precision is one of float32, mixed_bfloat16, mixed_float16. Received: \
'float16'.
    """

    precision: str = "float32"
    accumulate: int = 1
    checkpoint_minutes: float | None = None
    profile: bool = False

    def __post_init__(self):
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"precision is one of {', '.join(PRECISIONS)}. Received: "
                f"{self.precision!r}."
            )

    @property
    def numerical(self) -> dict:
        """What changes the numbers, and so must not change within a run."""
        return {"precision": self.precision, "accumulate": self.accumulate}

    @contextlib.contextmanager
    def policy(self):
        """A scope in which layers are made in this precision."""
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(self.precision)
        try:
            yield
        finally:
            keras.config.set_dtype_policy(before)
