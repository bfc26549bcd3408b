"""Deep generative models for Keras 3 on TensorFlow Probability.

    import genkeras

    model = genkeras.zoo.RealNVP(features=2)

`genkeras.zoo` has the models, `genkeras.layers` the layers they are made of,
`genkeras.distributions` the bijectors that TensorFlow Probability lacks, and
`genkeras.training` data, recipes, metrics and the command line. Each is imported when
it is first asked for: `import genkeras` alone loads neither Keras nor TensorFlow.
"""

import importlib
import importlib.metadata

from . import _onednn

_onednn.turn_on()  # before anything of ours imports TensorFlow

_DOORS = ("distributions", "layers", "training", "zoo")

__all__ = ["__version__", *_DOORS]


def __getattr__(name):
    if name in _DOORS:
        return importlib.import_module(f".{name}", __name__)
    if name == "__version__":
        return importlib.metadata.version("genkeras")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
