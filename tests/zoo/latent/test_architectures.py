"""Networks of a VAE by name."""

import numpy as np
import pytest

from contracts import check_refused, check_resume, check_sampler, perturb
from contracts.models import TINY
from genkeras.layers import (
    ConvDecoder,
    DenseEncoder,
    FullyConvDecoder,
    FullyConvEncoder,
    ResNetDecoder,
    ResNetEncoder,
)
from genkeras.zoo import VAE


@pytest.mark.parametrize("name", ["vae_fully_conv", "vae_resnet"])
def test_saved_and_drawn(name):
    tiny = TINY[name]
    check_resume(tiny)
    model = perturb(tiny(), 0.3)
    check_sampler(model, tiny.condition)
    assert np.all(model.elbo(tiny.x, tiny.condition) < 0.0)


def test_the_name_says_which():
    fully, resnet = (TINY[f"vae_{name}"]() for name in ("fully_conv", "resnet"))
    assert isinstance(fully.encoder, FullyConvEncoder)
    assert isinstance(fully.decoder, FullyConvDecoder)
    assert isinstance(resnet.encoder, ResNetEncoder)
    assert isinstance(resnet.decoder, ResNetDecoder)
    assert isinstance(TINY["vae_conv"]().decoder, ConvDecoder)
    assert isinstance(TINY["vae"]().encoder, DenseEncoder)


def test_latents_of_a_fully_convolutional_model_are_maps():
    model = perturb(VAE((16, 4, 1), 4, filters=(3, 3), architecture=FULLY), 0.3)
    z = np.zeros([2, 4], "float32")  # one map of 4 by 1
    z[1, 0] = 3.0
    change = np.abs(np.diff(model.decode(z), axis=0))[0].max(axis=(1, 2))
    assert change[:4].max() > 0.0
    assert change[12:].max() == 0.0
    x = np.zeros([2, 16, 4, 1], "float32")
    x[1, :2] = 1.0
    mean, stddev = (np.diff(part, axis=0)[0] for part in model.encode(x))
    assert mean[0] != 0.0
    assert stddev[0] != 0.0
    assert mean[3] == stddev[3] == 0.0


FULLY = "fully_convolutional"


@pytest.mark.parametrize(
    ("architecture", "filters"), [("dense", (4,)), ("resnet", None), ("moe", (4,))]
)
def test_names_that_do_not_fit(architecture, filters):
    check_refused(
        lambda: VAE((4, 4, 1), 4, architecture=architecture, filters=filters),
        repr(architecture),
    )


def test_latents_that_do_not_divide_over_the_places():
    check_refused(
        lambda: VAE((4, 4, 1), 3, filters=(2,), architecture=FULLY), "units=6"
    )
