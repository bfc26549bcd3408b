"""How good a trained model is, a family at a time."""

from ... import _backend  # noqa: F401 (refuses other backends of Keras)
from .autoencoders import evaluate_autoencoder
from .codes import evaluate_codes
from .completions import completions
from .densities import evaluate_density
from .games import game_values
from .labels import evaluate_labelled_samples, label_judge
from .latents import evaluate_latent
from .levels import level_curves
from .modes import evaluate_modes, evaluate_stacked
from .orders import evaluate_orders
from .parts import image_shape, in_parts, sample_in_parts, scaled, unit_images
from .samples import evaluate_images, evaluate_parzen, evaluate_samples
from .sequences import evaluate_text, evaluate_waves, histogram_bits, linear_bits
from .translation import evaluate_translation, side_by_side

__all__ = [
    "completions",
    "evaluate_autoencoder",
    "evaluate_codes",
    "evaluate_density",
    "evaluate_images",
    "evaluate_labelled_samples",
    "evaluate_latent",
    "evaluate_modes",
    "evaluate_orders",
    "evaluate_parzen",
    "evaluate_samples",
    "evaluate_stacked",
    "evaluate_text",
    "evaluate_text",
    "evaluate_translation",
    "evaluate_waves",
    "evaluate_waves",
    "histogram_bits",
    "level_curves",
    "linear_bits",
    "game_values",
    "histogram_bits",
    "image_shape",
    "in_parts",
    "label_judge",
    "linear_bits",
    "sample_in_parts",
    "scaled",
    "side_by_side",
    "unit_images",
]
