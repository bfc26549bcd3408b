"""Which head a model's data takes."""

import keras

from .bernoulli_head import BernoulliHead
from .categorical_head import CategoricalHead
from .gaussian_mixture_head import GaussianMixtureHead
from .output_head import OutputHead


def choose_head(head, num_levels: int | None, owner: str) -> OutputHead:
    """Returns the head that was given, or the plain one for the data.

    Args:
        head: None, an `OutputHead`, or a config of one. None stands for Gaussians of
            continuous data, Bernoulli variables of two levels, and a probability for
            each of more.
        num_levels: None for continuous data, or the number of levels.
        owner: str. The class that the error messages start with.

    Raises:
        ValueError: if the head's levels are not the data's.

    Example:
    >>> choose_head(None, 256, "PixelCNN").params_size(1)
    256
    """
    if isinstance(head, dict):
        head = keras.saving.deserialize_keras_object(head)
    if head is None:
        if num_levels is None:
            return GaussianMixtureHead()
        return BernoulliHead() if num_levels == 2 else CategoricalHead(num_levels)
    if not isinstance(head, OutputHead):
        raise ValueError(  # noqa: TRY004 (bad input is one kind of error)
            f"{owner} takes an OutputHead as its head. Received: {head!r}."
        )
    if head.num_levels != num_levels:
        raise ValueError(
            f"{owner} takes a head for its own number of levels. Received: "
            f"num_levels={num_levels}, and a {type(head).__name__} of "
            f"num_levels={head.num_levels}."
        )
    return head
