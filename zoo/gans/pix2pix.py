"""Translation of images, learned from pairs.

    z ~ Normal(0, I), which says what is dropped,   y = G(z, x)
    min_G max_D  E[log D(y, x)] + E[log(1 - D(G(z, x), x))] + 100 E|y - G(z, x)|

Reference:
    Isola et al., 2017, "Image-to-Image Translation with Conditional Adversarial
    Networks", https://arxiv.org/abs/1611.07004
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ...layers.networks import PatchDiscriminator, UNetGenerator
from ..games import Game, NonSaturatingGame, choose_game
from .adversarial_model import AdversarialModel
from .translation_model import TranslationModel


@keras.saving.register_keras_serializable(package="genkeras")
class Pix2Pix(TranslationModel, AdversarialModel):
    """A U-Net that translates images, judged patch by patch beside their source.

    Takes data sets of `(target, source)`, images in `[-1, 1]` of the same height and
    width: the target is what is modelled, the source the condition. The generator
    minimises, the distance averaged over the numbers of an image,

        game's loss of D(G(z, source), source) + l1_weight * |target - G(z, source)|

    and the game's losses are averaged over the patches of an image. The noise drops
    units of the generator, when it samples too; see `UNetGenerator`.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of the target.
        condition_spec: None for a source of the target's shape, or
            `{"shape": [H, W, K]}`.
        game: None for `NonSaturatingGame()`, the paper's, or a `Game`.
        l1_weight: float. Weight of the distance.
        generator_filters: sequence of int. Maps of each halving of the U-Net, of which
            an image of side `n` takes at most `ceil(log2(n))`.
        discriminator_filters: sequence of int. Maps of each convolution.
        num_downsamples: int. How many of these halve the image, the first ones.
        num_dropouts: int. How many maps of the U-Net are dropped from, the smallest.
        normalization: "instance" or "batch", of both networks. The paper's batch norm
            at its batch size of 1 is the first. With the second, samples take running
            averages over the batches.
        **kwargs: `ema_decay`, `regularizers`, `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        z: `[B, latent_size]` floats, of which there is one for each unit that may be
            dropped.
        condition: `[B, H, W, K]` floats, the source.

    Returns:
        `[B, H, W, C]` floats.

    Raises:
        ValueError: for images that the networks cannot halve as asked, a source of
            another height or width, or a negative weight.

    Example:
    >>> model = Pix2Pix(
    ...     (8, 8, 1), generator_filters=(4, 8), discriminator_filters=(4, 8),
    ...     num_downsamples=1,
    ... )
    >>> model.translate(np.zeros([5, 8, 8, 1], "float32"), seed=0).shape
    TensorShape([5, 8, 8, 1])

    Reference:
        Isola et al., 2017, eq. 4 and section 6.1, https://arxiv.org/abs/1611.07004
    """

    metric_names = (*AdversarialModel.metric_names, "l1")

    value_range = (-1.0, 1.0)  # that of the generator's tanh

    def __init__(
        self,
        event_shape: Sequence[int],
        *,
        condition_spec: dict | None = None,
        game: Game | dict | None = None,
        l1_weight: float = 100.0,
        generator_filters: Sequence[int] = (64, 128, 256, 512, 512, 512, 512, 512),
        discriminator_filters: Sequence[int] = (64, 128, 256, 512),
        num_downsamples: int = 3,
        num_dropouts: int = 3,
        normalization: str = "instance",
        **kwargs,
    ):
        if l1_weight < 0.0:
            raise ValueError(
                f"`l1_weight` must be at least 0. Received: l1_weight={l1_weight}."
            )
        game = choose_game(game, NonSaturatingGame)
        super().__init__(
            event_shape,
            0,  # known once there is a generator
            game,
            condition_spec=condition_spec,
            **kwargs,
        )
        # === Config ===
        self.l1_weight = l1_weight
        self.generator_filters = tuple(generator_filters)
        self.discriminator_filters = tuple(discriminator_filters)
        self.num_downsamples = num_downsamples
        self.num_dropouts = num_dropouts
        self.normalization = normalization
        self.build()

    def make_generator(self):
        generator = UNetGenerator(
            self.event_shape,
            self.generator_filters,
            num_dropouts=self.num_dropouts,
            normalization=self.normalization,
            dtype=self.dtype_policy,
        )
        self.latent_size = generator.noise_size
        return generator

    def make_discriminator(self):
        return PatchDiscriminator(
            self.discriminator_filters,
            num_downsamples=self.num_downsamples,
            normalization=self.normalization,
            dtype=self.dtype_policy,
        )

    def translate(self, source, *, seed=None) -> tf.Tensor:
        """Draws one translation of each image.

        Args:
            source: `[B, H, W, K]` floats.
            seed: None for new noise at each call; an int, or a pair of ints, for the
                same draw each time.

        Returns:
            `[B, H, W, C]` floats.

        Raises:
            ValueError: if the source does not fit.
        """
        source = self.front_door.check_condition(source)
        return self._sample(tf.shape(source)[0], source, self._as_seed(seed))

    # === Training ===
    def _generator_terms(self, real, condition, seed, *, training):
        z = self._latents(tf.shape(real)[0], seed)
        fake = self._play(self.generator, z, condition, training=training)
        loss = self._deceit(fake, real, condition, seed, training=training)
        distance = tf.reduce_mean(tf.abs(real - fake), axis=[1, 2, 3])
        loss += tf.cast(self.l1_weight * distance, loss.dtype)
        return {"generator_loss": loss, "l1": distance}

    # === Exporting ===
    def _endpoints(self):
        def translate(seed, condition):
            condition = self.front_door.pack_condition([condition])
            samples = self._sample(tf.shape(condition)[0], condition, seed)
            return {"x": samples}

        endpoints = super()._endpoints()
        _, seed, source = endpoints["sample"][1]
        return {**endpoints, "translate": (translate, [seed, source])}

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("latent_size")  # follows from the generator
        return {
            **config,
            "game": keras.saving.serialize_keras_object(self.given_game),
            "l1_weight": self.l1_weight,
            "generator_filters": self.generator_filters,
            "discriminator_filters": self.discriminator_filters,
            "num_downsamples": self.num_downsamples,
            "num_dropouts": self.num_dropouts,
            "normalization": self.normalization,
        }
