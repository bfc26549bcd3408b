"""Every model of the zoo, tiny, with data that fits it.

A new model adds a row here, and every contract that sweeps the zoo holds for it.
"""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import bijectors as tfb
from tensorflow_probability import distributions as tfd

from genkeras.layers import (
    AffineCoupling,
    DiagonalScaling,
    DiscretizedLogisticHead,
    GaussianMixtureHead,
)
from genkeras.zoo import (
    DCGAN,
    DRAGAN,
    FFJORD,
    GAN,
    IAF,
    IWAE,
    LSGAN,
    MADE,
    MAF,
    NICE,
    R1,
    SNGAN,
    VAE,
    VQVAE,
    WGAN,
    WGANGP,
    BayesNet,
    BernoulliMixture,
    BinaryLatentModel,
    BottleneckAutoencoder,
    CharRNN,
    CharTransformer,
    ConditionalGAN,
    ConditionalVAE,
    ContractiveAutoencoder,
    CycleGAN,
    DenoisingAutoencoder,
    DensityModel,
    DiffAugment,
    DiscretizedLogisticMixture,
    Flow,
    FlowPlusPlus,
    GatedPixelCNN,
    GaussianMixture,
    Glow,
    HierarchicalVAE,
    HingeGame,
    Histogram,
    ImageTransformer,
    InstanceNoise,
    MultiScaleRealNVP,
    NeuralSplineFlow,
    NonSaturatingGame,
    Pix2Pix,
    PixelCNN,
    PixelCNNPlusPlus,
    PixelRNN,
    RealNVP,
    SparseAutoencoder,
    WaveNet,
    WeightClipping,
    WGANGPResNet,
)

DIGIT = {"num_classes": 3}
DIGIT_AND_PLACE = {"digit": DIGIT, "place": {"shape": [2]}}
WIDTHS = {"generator_units": (8,), "discriminator_units": (8,)}
FILTERS = {"generator_filters": (3, 2), "discriminator_filters": (2, 3)}
WIDER = {"generator_filters": (4, 4), "discriminator_filters": (4, 5)}
GAME = {"output_activation": "linear", "ema_decay": 0.9, **WIDTHS}


@dataclasses.dataclass(frozen=True)
class Tiny:
    """A model, made anew by each call with the same seeds, and data for it."""

    build: Callable
    x: np.ndarray
    condition: object = None

    def __call__(self, **kwargs):
        # A layer's first weights come from Keras's generator.
        keras.utils.set_random_seed(1)
        return self.build(seed=2, **kwargs)

    def data(self, batch_size):
        given = self.x if self.condition is None else (self.x, self.condition)
        return tf.data.Dataset.from_tensor_slices(given).batch(batch_size)


def _normal(*event):
    return np.random.default_rng(0).normal(size=(12, *event)).astype("float32")


def _images(*event):
    """What a generator that ends in a tanh can make."""
    return _normal(*event).clip(-1.0, 1.0)


def _binary(*event):
    return (_normal(*event) > 0).astype("float32")


def _levels(*event):
    return np.random.default_rng(0).integers(0, 4, size=(12, *event))


LABELS = np.arange(12) % 3
LABELS_AND_PLACES = {"digit": LABELS, "place": _normal(2)[::-1].copy()}


@keras.saving.register_keras_serializable(package="tests")
class Levels(DensityModel):
    """Independent levels, each with probabilities of its own: a user's exact model."""

    def __init__(self, features, num_levels, **kwargs):
        super().__init__((features,), num_levels=num_levels, **kwargs)
        self.logits = self.add_weight(
            shape=(features, num_levels), initializer="glorot_uniform"
        )
        self.build()

    def distribution(self, condition=None):
        levels = tfd.Categorical(logits=tf.convert_to_tensor(self.logits))
        return tfd.Independent(levels, reinterpreted_batch_ndims=1)

    def get_config(self):
        config = super().get_config()
        (features,) = config.pop("event_shape")
        return {**config, "features": features}


VARIATIONAL = {
    "num_levels": 4,
    "dequantization": "variational",
    "dequantizer": {"num_couplings": 2, "filters": 4, "num_blocks": 1},
}

DENSITIES = {
    "bernoulli_mixture": Tiny(
        lambda **kwargs: BernoulliMixture((3, 2), 3, **kwargs),
        np.random.default_rng(0).integers(0, 2, size=(12, 3, 2)),
    ),
    "binary_latent": Tiny(
        lambda **kwargs: BinaryLatentModel((5,), 3, hidden_units=(8,), **kwargs),
        np.random.default_rng(0).integers(0, 2, size=(12, 5)),
    ),
    "ffjord": Tiny(
        lambda **kwargs: FFJORD(2, (4,), rtol=1e-4, atol=1e-4, **kwargs), _normal(2)
    ),
    "flow": Tiny(
        lambda **kwargs: Flow(
            [
                AffineCoupling((8,), dtype=kwargs.get("dtype")),
                tfb.Permute([2, 0, 1]),
                AffineCoupling((8,), dtype=kwargs.get("dtype")),
                tfb.Exp(),
            ],
            (3,),
            **kwargs,
        ),
        np.exp(_normal(3)),
    ),
    "flow_one_feature": Tiny(
        lambda **kwargs: Flow(
            [DiagonalScaling(dtype=kwargs.get("dtype")), tfb.Softplus()], (1,), **kwargs
        ),
        np.exp(_normal(1)),
    ),
    "flow_plus_plus": Tiny(
        lambda **kwargs: FlowPlusPlus(
            (4, 4, 1), 2, network="conv", filters=4, num_blocks=1, **kwargs
        ),
        _normal(4, 4, 1),
    ),
    "gaussian_mixture": Tiny(
        lambda **kwargs: GaussianMixture(2, 3, **kwargs), _normal(2)
    ),
    "gaussian_mixture_diagonal": Tiny(
        lambda **kwargs: GaussianMixture(2, 3, covariance="diagonal", **kwargs),
        _normal(2),
    ),
    "gaussian_mixture_tied": Tiny(
        lambda **kwargs: GaussianMixture(1, 2, covariance="tied", **kwargs), _normal(1)
    ),
    "glow": Tiny(
        lambda **kwargs: Glow((4, 4, 1), 2, 1, filters=4, **kwargs), _normal(4, 4, 1)
    ),
    "iaf": Tiny(lambda **kwargs: IAF(2, 1, (8,), **kwargs), _normal(2)),
    "levels": Tiny(lambda **kwargs: Levels(2, 4, **kwargs), _levels(2)),
    "maf": Tiny(lambda **kwargs: MAF(2, 2, (8,), **kwargs), _normal(2)),
    "multi_scale_real_nvp": Tiny(
        lambda **kwargs: MultiScaleRealNVP(
            (4, 4, 1), 2, filters=4, num_blocks=1, **VARIATIONAL, **kwargs
        ),
        _levels(4, 4, 1),
    ),
    "neural_spline_flow": Tiny(
        lambda **kwargs: NeuralSplineFlow(2, 2, (8,), num_bins=3, **kwargs), _normal(2)
    ),
    "nice": Tiny(lambda **kwargs: NICE(3, 2, (8,), **kwargs), _normal(3)),
    "nice_levels": Tiny(
        lambda **kwargs: NICE(2, 2, (8,), num_levels=4, **kwargs), _levels(2)
    ),
    "real_nvp": Tiny(lambda **kwargs: RealNVP(2, 2, (8,), **kwargs), _normal(2)),
    "real_nvp_dict": Tiny(
        lambda **kwargs: RealNVP(3, 2, (8,), condition_spec=DIGIT_AND_PLACE, **kwargs),
        _normal(3),
        LABELS_AND_PLACES,
    ),
    "real_nvp_floats": Tiny(
        lambda **kwargs: RealNVP(2, 2, (8,), condition_spec={"shape": [2]}, **kwargs),
        _normal(2),
        _normal(2)[::-1].copy(),
    ),
    "real_nvp_levels": Tiny(
        lambda **kwargs: RealNVP(2, 2, (8,), num_levels=4, **kwargs), _levels(2)
    ),
}

# Parents after their children, more than one of them, and none.
GRAPH = [[2], [0, 3], [], [2]]

AUTOREGRESSIVE = {
    "bayes_net": Tiny(lambda **kwargs: BayesNet(GRAPH, **kwargs), _levels(4) % 2),
    "bayes_net_levels": Tiny(
        lambda **kwargs: BayesNet(
            {"grade": ["effort"], "effort": [], "letter": ["grade"]},
            num_levels=[4, 2, 3],
            **kwargs,
        ),
        _levels(3) % [4, 2, 3],
    ),
    "bayes_net_networks": Tiny(
        lambda **kwargs: BayesNet(GRAPH, num_levels=3, hidden_units=(5,), **kwargs),
        _levels(4) % 3,
    ),
    "discretized_logistic_mixture": Tiny(
        lambda **kwargs: DiscretizedLogisticMixture(5, 2, **kwargs), _levels(1)
    ),
    "histogram": Tiny(lambda **kwargs: Histogram(4, **kwargs), _levels(1)),
    "made": Tiny(
        lambda **kwargs: MADE(3, (8,), num_levels=4, num_orders=3, **kwargs),
        _levels(3),
    ),
    "made_floats": Tiny(
        lambda **kwargs: MADE(
            2,
            (8, 8),
            head=GaussianMixtureHead(2, dtype=kwargs.get("dtype")),
            condition_spec=DIGIT_AND_PLACE,
            **kwargs,
        ),
        _normal(2),
        LABELS_AND_PLACES,
    ),
    "pixel_cnn": Tiny(
        lambda **kwargs: PixelCNN(
            (3, 3, 1), 4, 1, head_units=4, num_levels=2, **kwargs
        ),
        _levels(3, 3, 1) % 2,
    ),
    "pixel_rnn": Tiny(
        lambda **kwargs: PixelRNN(
            (3, 3, 1), 3, 1, head_units=4, num_levels=2, **kwargs
        ),
        _levels(3, 3, 1) % 2,
    ),
    "pixel_rnn_diagonal": Tiny(
        lambda **kwargs: PixelRNN(
            (2, 3, 1),
            3,
            1,
            cell="diagonal",
            head_units=4,
            num_levels=3,
            condition_spec=DIGIT,
            **kwargs,
        ),
        _levels(2, 3, 1) % 3,
        LABELS,
    ),
    "gated_pixel_cnn": Tiny(
        lambda **kwargs: GatedPixelCNN(
            (2, 2, 2),
            4,
            2,
            head=DiscretizedLogisticHead(
                3, num_components=2, dtype=kwargs.get("dtype")
            ),
            num_levels=3,
            condition_spec=DIGIT,
            **kwargs,
        ),
        _levels(2, 2, 2) % 3,
        LABELS,
    ),
    "pixel_cnn_plus_plus": Tiny(
        lambda **kwargs: PixelCNNPlusPlus(
            (2, 2, 2),
            3,
            1,
            num_resolutions=2,
            num_components=2,
            num_levels=3,
            condition_spec=DIGIT,
            **kwargs,
        ),
        _levels(2, 2, 2) % 3,
        LABELS,
    ),
    "image_transformer": Tiny(
        lambda **kwargs: ImageTransformer(
            (2, 3, 1), 1, 2, 8, window=(2, 2), num_levels=4, **kwargs
        ),
        _levels(2, 3, 1),
    ),
    "char_rnn": Tiny(
        lambda **kwargs: CharRNN("abc ", 5, units=6, num_layers=2, **kwargs), _levels(5)
    ),
    "char_transformer": Tiny(
        lambda **kwargs: CharTransformer(
            "abc ", 5, num_blocks=1, num_heads=2, units=8, **kwargs
        ),
        _levels(5),
    ),
    "wave_net": Tiny(
        lambda **kwargs: WaveNet(
            6, 4, 6, (1, 2), num_levels=4, condition_spec=DIGIT, **kwargs
        ),
        _levels(6),
        LABELS,
    ),
    "wave_net_frames": Tiny(
        lambda **kwargs: WaveNet(
            5,
            4,
            6,
            (1, 2),
            num_levels=4,
            condition_spec={"digit": DIGIT, "spectra": {"shape": [3, 2]}},
            frames="spectra",
            **kwargs,
        ),
        _levels(5),
        {"digit": LABELS, "spectra": _normal(3, 2)},
    ),
}
DENSITIES |= AUTOREGRESSIVE

LATENTS = {
    "conditional_vae": Tiny(
        lambda **kwargs: ConditionalVAE(
            (4,), 2, hidden_units=(8,), condition_spec={"shape": [2]}, **kwargs
        ),
        _binary(4),
        _normal(2)[::-1].copy(),
    ),
    "iwae": Tiny(
        lambda **kwargs: IWAE((5,), 1, num_draws=3, hidden_units=(8,), **kwargs),
        _binary(5),
    ),
    "iwae_dreg": Tiny(
        lambda **kwargs: IWAE(
            (4,),
            2,
            num_draws=3,
            gradient="dreg",
            hidden_units=(8,),
            condition_spec=DIGIT,
            **kwargs,
        ),
        _binary(4),
        LABELS,
    ),
    "vae": Tiny(lambda **kwargs: VAE((5,), 1, hidden_units=(8,), **kwargs), _binary(5)),
    "vae_conv": Tiny(
        lambda **kwargs: VAE((5, 4, 1), 2, filters=(2, 3), hidden_units=(8,), **kwargs),
        _binary(5, 4, 1),
    ),
    "vae_fully_conv": Tiny(
        lambda **kwargs: VAE(
            (3, 2, 1),
            4,
            filters=(3,),
            architecture="fully_convolutional",
            condition_spec=DIGIT,
            **kwargs,
        ),
        _binary(3, 2, 1),
        LABELS,
    ),
    "vae_resnet": Tiny(
        lambda **kwargs: VAE(
            (3, 2, 1),
            2,
            filters=(3,),
            hidden_units=(4,),
            architecture="resnet",
            **kwargs,
        ),
        _binary(3, 2, 1),
    ),
    "vae_full": Tiny(
        lambda **kwargs: VAE((5,), 3, hidden_units=(8,), covariance="full", **kwargs),
        _binary(5),
    ),
    "vae_flow": Tiny(
        lambda **kwargs: VAE(
            (4,),
            2,
            hidden_units=(8,),
            num_flows=2,
            flow_units=(8,),
            context_size=3,
            condition_spec=DIGIT,
            **kwargs,
        ),
        _binary(4),
        LABELS,
    ),
    "vae_labels": Tiny(
        lambda **kwargs: VAE(
            (4,), 2, hidden_units=(8,), condition_spec=DIGIT, **kwargs
        ),
        _binary(4),
        LABELS,
    ),
}

# Whose latents are lists.
HIERARCHIES = {
    "hierarchical_vae": Tiny(
        lambda **kwargs: HierarchicalVAE((5,), (3, 2), hidden_units=(8,), **kwargs),
        _binary(5),
    ),
    "hierarchical_vae_labels": Tiny(
        lambda **kwargs: HierarchicalVAE(
            (4,), (2, 2, 1), hidden_units=(8,), condition_spec=DIGIT, **kwargs
        ),
        _binary(4),
        LABELS,
    ),
}

CODES = {
    "vqvae_prior": Tiny(
        lambda **kwargs: VQVAE(
            (4, 4, 1),
            6,
            3,
            filters=(4,),
            prior=GatedPixelCNN(
                (2, 2, 1), 3, 1, head_units=4, num_levels=6, condition_spec=DIGIT
            ),
            **kwargs,
        ),
        _binary(4, 4, 1),
        LABELS,
    ),
    "vqvae": Tiny(
        lambda **kwargs: VQVAE((4, 4, 1), 6, 3, filters=(4,), **kwargs),
        _binary(4, 4, 1),
    ),
}

AUTOENCODERS = {
    "bottleneck": Tiny(
        lambda **kwargs: BottleneckAutoencoder(
            (5,), 2, hidden_units=(8,), error="squared", **kwargs
        ),
        _normal(5),
    ),
    "bottleneck_conv": Tiny(
        lambda **kwargs: BottleneckAutoencoder(
            (5, 4, 1), 2, filters=(2, 3), hidden_units=(8,), **kwargs
        ),
        _binary(5, 4, 1),
    ),
    "contractive": Tiny(
        lambda **kwargs: ContractiveAutoencoder((5,), 2, weight=0.1, **kwargs),
        _binary(5),
    ),
    "denoising": Tiny(
        lambda **kwargs: DenoisingAutoencoder((5,), 2, noise="masking", **kwargs),
        _binary(5),
    ),
    "sparse": Tiny(
        lambda **kwargs: SparseAutoencoder((5,), 4, sparsity="kl", **kwargs),
        _binary(5),
    ),
}

GAMES = {
    "gan": Tiny(lambda **kwargs: GAN((3,), 2, **WIDTHS, **kwargs), _images(3)),
    "gan_regularized": Tiny(
        lambda **kwargs: GAN(
            (3,),
            2,
            regularizers=[
                InstanceNoise(keras.optimizers.schedules.PolynomialDecay(0.5, 5, 0.1)),
                R1(gamma=1.0),
                DRAGAN(weight=0.5),
                WeightClipping(0.5),
            ],
            **WIDTHS,
            **kwargs,
        ),
        _images(3),
    ),
    "gan_labels": Tiny(
        lambda **kwargs: GAN((3,), 2, condition_spec=DIGIT, **GAME, **kwargs),
        _images(3),
        LABELS,
    ),
    "conditional_gan": Tiny(
        lambda **kwargs: ConditionalGAN(
            (5, 4, 1),
            2,
            condition_spec=DIGIT,
            game=HingeGame(),
            num_downsamples=1,
            **WIDER,
            **kwargs,
        ),
        _images(5, 4, 1),
        LABELS,
    ),
    "conditional_gan_concatenation": Tiny(
        lambda **kwargs: ConditionalGAN(
            (4, 4, 1),
            2,
            condition_spec=DIGIT_AND_PLACE,
            conditioning="concatenation",
            game=NonSaturatingGame(num_critic_steps=2, regularizers=[R1(gamma=0.1)]),
            regularizers=[DiffAugment(translation=0.25)],
            ema_decay=0.9,
            **FILTERS,
            **kwargs,
        ),
        _images(4, 4, 1),
        LABELS_AND_PLACES,
    ),
    "dcgan_labels": Tiny(
        lambda **kwargs: DCGAN(
            (4, 5, 1), 2, condition_spec=DIGIT, kernel_size=3, **FILTERS, **kwargs
        ),
        _images(4, 5, 1),
        LABELS,
    ),
    "pix2pix": Tiny(
        lambda **kwargs: Pix2Pix(
            (5, 6, 1),
            condition_spec={"shape": [5, 6, 2]},
            generator_filters=(4, 5),
            discriminator_filters=(2, 3),
            num_downsamples=1,
            ema_decay=0.9,
            **kwargs,
        ),
        _images(5, 6, 1),
        _images(5, 6, 2)[::-1].copy(),
    ),
    "sngan": Tiny(
        lambda **kwargs: SNGAN(
            (4, 4, 1), 2, num_critic_steps=2, ema_decay=0.9, **FILTERS, **kwargs
        ),
        _images(4, 4, 1),
    ),
    "lsgan": Tiny(lambda **kwargs: LSGAN((3,), 2, **WIDTHS, **kwargs), _images(3)),
    "wgan": Tiny(
        lambda **kwargs: WGAN(
            (3,), 2, num_critic_steps=2, clip_limit=0.3, **GAME, **kwargs
        ),
        _images(3),
    ),
    "wgan_gp": Tiny(
        lambda **kwargs: WGANGP((3,), 2, num_critic_steps=3, **GAME, **kwargs),
        _images(3),
    ),
    "wgan_gp_resnet": Tiny(
        lambda **kwargs: WGANGPResNet(
            (4, 4, 1),
            2,
            num_critic_steps=2,
            penalty_weight=0.1,
            ema_decay=0.9,
            **FILTERS,
            **kwargs,
        ),
        _images(4, 4, 1),
    ),
    "wgan_gp_dict": Tiny(
        lambda **kwargs: WGANGP(
            (3,),
            2,
            num_critic_steps=2,
            condition_spec=DIGIT_AND_PLACE,
            **GAME,
            **kwargs,
        ),
        _images(3),
        LABELS_AND_PLACES,
    ),
}

CYCLES = {
    "cycle_gan": Tiny(
        lambda **kwargs: CycleGAN(
            (5, 6, 1),
            filters=(2, 3),
            num_blocks=1,
            discriminator_filters=(2, 3),
            num_downsamples=1,
            pool_size=5,
            ema_decay=0.9,
            **kwargs,
        ),
        _images(5, 6, 1),
        _images(5, 6, 1)[::-1].copy(),
    ),
}

TINY = DENSITIES | LATENTS | HIERARCHIES | CODES | AUTOENCODERS | GAMES | CYCLES

# These trace for many seconds each. In the quick run their own tests save them, train
# them and check their densities; the sweeps over all contracts are in the slow one.
HEAVY = (
    "conditional_gan",
    "conditional_gan_concatenation",
    "cycle_gan",
    "ffjord",
    "flow_plus_plus",
    "glow",
    "multi_scale_real_nvp",
    "pix2pix",
    "pixel_cnn_plus_plus",
    "pixel_rnn_diagonal",
    "vae_fully_conv",
    "vae_resnet",
    "wave_net_frames",
    "wgan_gp_resnet",
)

# One for each way that a model keeps state, is conditioned or is served. The others
# have the same code under other options; their files and configs are checked in the
# quick run too, by `test_old_files.py` and `test_saving.py`.
REPRESENTATIVES = (
    "dcgan_labels",
    "flow",
    "gan_regularized",
    "gated_pixel_cnn",
    "levels",
    "made",
    "maf",
    "neural_spline_flow",
    "real_nvp_dict",
    "real_nvp_levels",
    "sngan",
    "vae",
    "vae_flow",
    "wgan_gp",
)


def sweep(names, quick=None):
    """Parameters for pytest, marked as slow where they are left to the slow run.

    Args:
        names: names of tiny models.
        quick: None for all but the heavy ones, or those that stay in the quick run.
    """
    slow = pytest.mark.slow
    kept = [n for n in names if (n not in HEAVY if quick is None else n in quick)]
    return [n if n in kept else pytest.param(n, marks=slow) for n in names]
