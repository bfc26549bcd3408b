"""TFP bijectors and distributions that TFP lacks: pure maths, no trainable weights."""

from .bijector_config import bijector_config, bijector_from_config
from .level_logits import level_logits

__all__ = ["bijector_config", "bijector_from_config", "level_logits"]
