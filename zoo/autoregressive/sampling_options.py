"""How the draws of an autoregressive model may be bent."""

from ...layers.blocks import is_real
from ..base import refusal


def check_options(head, temperature, top_k, top_p, jit_compile) -> dict:
    """Returns the options of sampling by name.

    Args:
        head: `OutputHead`, which has some of the options.
        temperature: positive float.
        top_k: None, or a whole number from 1 on.
        top_p: None, or a float in (0, 1].
        jit_compile: True, False or "auto".

    Raises:
        ValueError: for an option that the head does not have, or another value.
    """
    given = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    for name, plain in (("temperature", 1.0), ("top_k", None), ("top_p", None)):
        plainly = given[name] is plain or given[name] == plain
        if not plainly and name not in head.options:
            raise refusal(
                f"{type(head).__name__} has no {name}. Received: {name}={given[name]}."
            )
    fits = {
        "temperature": is_real(temperature) and temperature > 0.0,
        "top_k": top_k is None
        or (is_real(top_k) and top_k >= 1 and top_k == int(top_k)),
        "top_p": top_p is None or (is_real(top_p) and 0.0 < top_p <= 1.0),
    }
    for name, does in fits.items():
        if not does:
            raise refusal(
                "Sampling takes a positive temperature, a whole top_k from 1 on, and a "
                f"top_p in (0, 1]. Received: {name}={given[name]}."
            )
    if not isinstance(jit_compile, bool) and jit_compile != "auto":
        raise refusal(
            "Sampling takes True, False or 'auto' as jit_compile. Received: "
            f"jit_compile={jit_compile!r}."
        )
    return {**given, "jit_compile": jit_compile}
