"""Networks that make images, and nothing else."""

from collections.abc import Sequence


def check_image_shape(network, event_shape: Sequence[int]) -> None:
    """Refuses the shape of what is no image.

    Args:
        network: whose class the message names.
        event_shape: sequence of int.

    Raises:
        ValueError: unless it is `(height, width, channels)`.

    Example:
    >>> class Toy:
    ...     pass
    >>> check_image_shape(Toy(), (7,))
    Traceback (most recent call last):
    ValueError: Toy makes images, so `event_shape` is (height, width, channels). \
Received: event_shape=(7,).
    """
    if len(event_shape) != 3:
        raise ValueError(
            f"{type(network).__name__} makes images, so `event_shape` is (height, "
            f"width, channels). Received: event_shape={tuple(event_shape)}."
        )
