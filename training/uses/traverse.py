"""What one latent after the other does to an example."""

import numpy as np


def traverse(
    model, x, *, dimensions=None, span: float = 3.0, num_steps: int = 8, condition=None
) -> np.ndarray:
    """Decodes an example's code with one latent at a time moved.

    Args:
        model: a model whose `encode` gives a vector, or moments of one, and which has
            `decode`: of latents, an autoencoder, a flow over vectors.
        x: `[*event_shape]`. One example.
        dimensions: None for the first ten latents, or which of them.
        span: float. The moved latent runs from minus to plus so much: standard
            deviations of a standard normal prior.
        num_steps: int. How many values it takes.
        condition: the condition of the example, if the model has one.

    Returns:
        `[len(dimensions), num_steps, *event_shape]`.

    Raises:
        ValueError: for codes that are no vectors.

    Example:
    >>> from genkeras.zoo import VAE
    >>> model = VAE((4,), 2, hidden_units=(8,))
    >>> traverse(model, np.ones(4, "float32"), num_steps=5).shape
    (2, 5, 4)
    """
    given = () if condition is None else (np.asarray(condition)[None],)
    code = model.encode(np.asarray(x)[None], *given)
    code = np.asarray(code[0] if isinstance(code, tuple) else code)
    if code.ndim != 2:
        raise ValueError(
            f"traverse takes a model of latent vectors. Received: codes of shape "
            f"{code.shape[1:]}."
        )
    if dimensions is None:
        dimensions = range(min(10, code.shape[1]))
    z = np.tile(code, [len(dimensions), num_steps, 1])  # [dimensions, steps, Z]
    for row, dimension in zip(z, dimensions, strict=True):
        row[:, dimension] = np.linspace(-span, span, num_steps)
    flat = z.reshape(-1, code.shape[1])
    given = [np.repeat(part, len(flat), axis=0) for part in given]
    decoded = np.asarray(model.decode(flat, *given))
    return decoded.reshape(*z.shape[:2], *decoded.shape[1:])
