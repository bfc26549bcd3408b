"""Data sets by name, and the pipelines that models train from."""

from ... import _backend  # noqa: F401 (refuses other backends of Keras)
from .data import evaluation_batches, load, prepare, steps_per_epoch, training_batches
from .data_set import DataError, DataSet
from .edges import sobel_edges, with_edges
from .sources import names, read_arrays, read_digits, read_folder, read_tfds, read_toy
from .stacked import with_stacked_channels
from .toys import TOYS, Toy, mixture

__all__ = [
    "DataError",
    "DataSet",
    "TOYS",
    "Toy",
    "evaluation_batches",
    "load",
    "mixture",
    "names",
    "prepare",
    "read_arrays",
    "read_digits",
    "read_folder",
    "read_tfds",
    "read_toy",
    "sobel_edges",
    "steps_per_epoch",
    "training_batches",
    "with_edges",
    "with_stacked_channels",
]
