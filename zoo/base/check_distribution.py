"""Distributions over the right events."""

import tensorflow as tf
import tensorflow_probability as tfp

from .refusal import refusal

tfd = tfp.distributions


def check_distribution(p, event_shape, name: str, *, each: bool) -> None:
    """Checks that a method gives a distribution over the right events.

    Args:
        p: what the method gave, for a batch of one.
        event_shape: shape of an event.
        name: str. The method, for the message, as in `Toy.prior()`.
        each: bool. Whether there is to be one distribution for each example, and
            not one for all.

    Raises:
        ValueError: naming what was received, and the usual cause.

    Example:
    >>> check_distribution(3.0, (2,), "Toy.prior()", each=False)
    Traceback (most recent call last):
    ValueError: Toy.prior() gives a tfd.Distribution. Received: a float.
    """
    if not isinstance(p, tfd.Distribution):
        raise refusal(
            f"{name} gives a tfd.Distribution. Received: a {type(p).__name__}."
        )
    event, batch = p.event_shape, p.batch_shape
    if not event.is_compatible_with(event_shape):
        cause = ""
        if event.rank is not None and event.rank < len(event_shape):
            cause = " Wrap it in tfd.Independent."
        raise refusal(
            f"{name} has event shape {tuple(event_shape)}. Received: {p.name}, "
            f"with event shape {event} and batch shape {batch}.{cause}"
        )
    if not any(batch.is_compatible_with(b) for b in ([], [1])[: 1 + each]):
        wanted = "[], or [B] of its input" if each else "[]"
        raise refusal(
            f"{name} has batch shape {wanted}. Received: {p.name}, with batch "
            f"shape {batch}. Wrap it in tfd.Independent, or make its parameters of "
            "one event."
        )


def check_reparameterized(q, name: str) -> None:
    """Refuses a distribution through whose draws no gradient reaches its network.

    Args:
        q: what a method gave.
        name: str. The method, for the message.

    Raises:
        ValueError: naming the distribution, and the kind of its draws.

    Example:
    >>> check_reparameterized(tfd.Normal(0.0, 1.0), "Toy.posterior()")
    """
    kinds = q.reparameterization_type
    if not all(kind is tfd.FULLY_REPARAMETERIZED for kind in tf.nest.flatten(kinds)):
        raise refusal(
            f"{name} is reparameterized, or no gradient reaches its network. Received: "
            f"{q.name}, with {kinds}."
        )
