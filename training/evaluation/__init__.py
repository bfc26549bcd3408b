"""How good a trained model is, a family at a time."""

from ... import _backend  # noqa: F401 (refuses other backends of Keras)
from .evaluation import (
    evaluate_density,
    evaluate_images,
    evaluate_labelled_samples,
    evaluate_latent,
    evaluate_modes,
    evaluate_parzen,
    evaluate_samples,
    evaluate_stacked,
    game_values,
    in_parts,
    label_judge,
    unit_images,
)
from .translation import evaluate_translation, side_by_side

__all__ = [
    "evaluate_density",
    "evaluate_images",
    "evaluate_labelled_samples",
    "evaluate_latent",
    "evaluate_modes",
    "evaluate_parzen",
    "evaluate_samples",
    "evaluate_stacked",
    "evaluate_translation",
    "game_values",
    "in_parts",
    "label_judge",
    "side_by_side",
    "unit_images",
]
