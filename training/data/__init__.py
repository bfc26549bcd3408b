"""Data sets by name, and the pipelines that models train from."""

from ... import _backend  # noqa: F401 (refuses other backends of Keras)
from .audio import load_audio, mu_law_levels, mu_law_wave, save_wav
from .data import evaluation_batches, load, prepare, steps_per_epoch, training_batches
from .data_set import DataError, DataSet
from .edges import sobel_edges, with_edges
from .folders import read_folder
from .level_toys import LEVEL_TOYS, read_level_toy
from .levels import with_levels
from .sources import names, read_arrays, read_digits, read_tfds, read_toy
from .sprites import draw_sprites, load_sprites, sprite_factors
from .stacked import with_stacked_channels
from .text import load_text
from .toys import TOYS, Toy, mixture
from .translated import check_pairs, with_sources

__all__ = [
    "DataError",
    "DataSet",
    "LEVEL_TOYS",
    "TOYS",
    "Toy",
    "check_pairs",
    "draw_sprites",
    "evaluation_batches",
    "load",
    "load_audio",
    "load_sprites",
    "load_text",
    "mixture",
    "mu_law_levels",
    "mu_law_wave",
    "names",
    "prepare",
    "read_arrays",
    "read_digits",
    "read_folder",
    "read_level_toy",
    "read_tfds",
    "read_toy",
    "save_wav",
    "sobel_edges",
    "sprite_factors",
    "steps_per_epoch",
    "training_batches",
    "with_edges",
    "with_levels",
    "with_sources",
    "with_stacked_channels",
]
