"""Translation of images between two kinds, learned without pairs.

    b' = G(a),   a' = F(b)
    min_(G, F) max_(D_a, D_b)  game(D_b, G) + game(D_a, F)
        + 10 (E|F(G(a)) - a| + E|G(F(b)) - b|) + 5 (E|F(a) - a| + E|G(b) - b|)

Reference:
    Zhu et al., 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent
    Adversarial Networks", https://arxiv.org/abs/1703.10593
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

from ...layers.blocks import ImagePool
from ...layers.networks import PatchDiscriminator, ResNetTranslator
from ..games import Game, LeastSquaresGame, choose_game
from .translation_model import TranslationModel


@keras.saving.register_keras_serializable(package="genkeras")
class CycleGAN(TranslationModel):
    """Two translators that undo each other, and a judge of each kind of image.

    Takes data sets of `(a, b)`, images in `[-1, 1]` of the same height and width that
    need not belong together: shuffle each on its own. The generators minimise, sums
    over both directions and distances averaged over the numbers of an image,

        adversarial_weight * game's loss + cycle_weight * (distance after the cycle)
            + cycle_weight * identity_weight * (distance to what is of the kind already)

    and the discriminators the game's loss, on images of the pools in place of new
    ones; see `ImagePool`. Losses of a game are averaged over the patches of an image.

    The translations draw no noise: `sample` gives the one that there is of `b`.

    Args:
        event_shape: three ints `(H, W, C)`. Shape of `a`.
        condition_spec: None for a `b` of the shape of `a`, or `{"shape": [H, W, K]}`.
        game: None for `LeastSquaresGame()`, the paper's, or a `Game`.
        adversarial_weight: float. Weight of the game in the generators' loss. The
            paper has no half in front of the square there, and `LeastSquaresGame`
            has: 2 gives the paper's ratio to the distances.
        cycle_weight: float. Weight of the distance after a cycle.
        identity_weight: float. Weight of the identity, times `cycle_weight`; 0 goes
            without, as images of different channels must.
        filters: sequence of int. Maps of the translators, the largest image first.
        num_blocks: int. Residual blocks of the translators.
        discriminator_filters: sequence of int. Maps of each convolution.
        num_downsamples: int. How many of these halve the image, the first ones.
        pool_size: int. How many images of each kind the pools hold; 0 for none.
        **kwargs: `ema_decay`, `regularizers`, `seed`, `name`, `dtype`, ... passed on.

    Call arguments:
        a: `[B, H, W, C]` floats.

    Returns:
        `[B, H, W, K]` floats, as `b`.

    Raises:
        ValueError: for images that the networks cannot halve as asked, a `b` of another
            height or width, a negative weight, or an identity of different channels.

    Example:
    >>> model = CycleGAN(
    ...     (8, 8, 1), filters=(2, 4), num_blocks=1, discriminator_filters=(2, 4),
    ...     num_downsamples=1, pool_size=3,
    ... )
    >>> model.translate(np.zeros([5, 8, 8, 1], "float32"), to="b").shape
    TensorShape([5, 8, 8, 1])

    Reference:
        Zhu et al., 2017, eq. 3 and sections 4 and 7, https://arxiv.org/abs/1703.10593
    """

    metric_names = (*TranslationModel.metric_names, "cycle_l1", "identity_l1")

    value_range = (-1.0, 1.0)  # that of the generator's tanh

    def __init__(
        self,
        event_shape: Sequence[int],
        *,
        condition_spec: dict | None = None,
        game: Game | dict | None = None,
        adversarial_weight: float = 2.0,
        cycle_weight: float = 10.0,
        identity_weight: float = 0.5,
        filters: Sequence[int] = (64, 128, 256),
        num_blocks: int = 9,
        discriminator_filters: Sequence[int] = (64, 128, 256, 512),
        num_downsamples: int = 3,
        pool_size: int = 50,
        **kwargs,
    ):
        game = choose_game(game, LeastSquaresGame)
        super().__init__(event_shape, game, condition_spec=condition_spec, **kwargs)
        # === Config ===
        self.adversarial_weight = adversarial_weight
        self.cycle_weight = cycle_weight
        self.identity_weight = identity_weight
        self.filters = tuple(filters)
        self.num_blocks = num_blocks
        self.discriminator_filters = tuple(discriminator_filters)
        self.num_downsamples = num_downsamples
        self.pool_size = pool_size
        self._check_options()
        if not identity_weight:
            self._trackers.pop("identity_l1")
            self.metric_names = tuple(self._trackers)
        # === Layers ===
        self.to_a = self._translator(self.event_shape[-1])
        self.to_b = self._translator(self.source_shape[-1])
        self.discriminator_a = self._discriminator()
        self.discriminator_b = self._discriminator()
        self.pool_a = ImagePool(pool_size, self.event_shape, dtype=self.variable_dtype)
        self.pool_b = ImagePool(pool_size, self.source_shape, dtype=self.variable_dtype)
        self.build()

    def _check_options(self):
        for name in ("adversarial_weight", "cycle_weight", "identity_weight"):
            if getattr(self, name) < 0.0:
                raise ValueError(
                    f"`{name}` must be at least 0. Received: {name}="
                    f"{getattr(self, name)}."
                )
        if self.identity_weight and self.source_shape != self.event_shape:
            raise ValueError(
                "An image can be left as it is only where both kinds have the same "
                f"channels. Received: shapes {self.event_shape} and "
                f"{self.source_shape}, and identity_weight={self.identity_weight}. "
                "Pass identity_weight=0."
            )

    def _translator(self, channels):
        return ResNetTranslator(
            channels, self.filters, self.num_blocks, dtype=self.dtype_policy
        )

    def _discriminator(self):
        return PatchDiscriminator(
            self.discriminator_filters,
            num_downsamples=self.num_downsamples,
            dtype=self.dtype_policy,
        )

    def _build_networks(self, a, b):
        self._play(self.to_b, a)
        self._play(self.to_a, b)
        self._scores(self.discriminator_a, a)
        self._scores(self.discriminator_b, b)
        self._join_players()

    # === The networks ===
    def _generators(self):
        return [self.to_a, self.to_b]

    def _discriminators(self):
        return [self.discriminator_a, self.discriminator_b]

    def _play(self, network, images):
        return tf.cast(network(images), self.variable_dtype)

    def _scores(self, discriminator, images, *, training=False):
        scores = discriminator(images, training=training)
        return tf.reshape(scores, [-1, scores.shape[1] * scores.shape[2]])  # [B, P]

    def _of_side(self, images, side):
        """Checks images of a kind, and returns its translator and its judge."""
        if side not in ("a", "b"):
            raise ValueError(f'The kinds are "a" and "b". Received: {side!r}.')
        self._ensure_built()
        images = (
            self.front_door.check_event(images)
            if side == "a"
            else self._check_b(images)
        )
        if side == "a":
            return images, self.to_b, self.to_a, self.discriminator_a
        return images, self.to_a, self.to_b, self.discriminator_b

    def _check_b(self, images):
        return self.front_door.check_condition(images)

    def translate(self, images, *, to: str) -> tf.Tensor:
        """Returns each image as one of the other kind.

        Args:
            images: `[B, H, W, channels]` floats, of the kind that `to` is not.
            to: "b", or "a" for the way back.

        Returns:
            `[B, H, W, channels]` floats, of the kind that `to` is.

        Raises:
            ValueError: for images that do not fit, or another kind.
        """
        images, away, _, _ = self._of_side(images, _other(to))
        with self._averaged():
            return self._play(away, images)

    def reconstruct(self, images, *, of: str = "a") -> tf.Tensor:
        """Returns each image translated to the other kind and back.

        Args:
            images: `[B, H, W, channels]` floats.
            of: "a" or "b", the kind of the images.

        Returns:
            `[B, H, W, channels]` floats, of the same kind.

        Raises:
            ValueError: for images that do not fit, or another kind.
        """
        images, away, back, _ = self._of_side(images, of)
        with self._averaged():
            return self._play(back, self._play(away, images))

    def discriminate(self, images, *, of: str = "a") -> tf.Tensor:
        """Returns the mean over the patches of the raw scores of a discriminator.

        Args:
            images: `[B, H, W, channels]` floats, real or translated.
            of: "a" or "b", the kind that they are held against.

        Returns:
            `[B]` floats.

        Raises:
            ValueError: for images that do not fit, or another kind.
        """
        images, _, _, judge = self._of_side(images, of)
        return tf.reduce_mean(self._scores(judge, images), axis=-1)

    def call(self, a):
        return self.translate(a, to="b")

    def _sample(self, num_samples, condition, seed):
        return self.translate(condition, to="a")

    # === Training ===
    def _discriminator_terms(self, a, b, seed, *, training):
        fakes = [self._play(self.to_a, b), self._play(self.to_b, a)]
        fakes = [tf.stop_gradient(fake) for fake in fakes]
        if training:
            fakes = self._of_the_pools(fakes)
        sides = [
            self._side_terms(i, real, fake, seed, training=training)
            for i, (real, fake) in enumerate(zip((a, b), fakes, strict=True))
        ]
        terms = {name: sides[0][name] + sides[1][name] for name in sides[0]}
        for name in ("real_score", "fake_score"):
            terms[name] /= 2.0
        return terms

    def _of_the_pools(self, fakes):
        # The same on all replicas, which hold the same pools: not `_next_seed()`.
        seed = tf.cast(self.seed_generator.next(), tf.int32)
        seeds = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        pools = (self.pool_a, self.pool_b)
        return [
            pool(fake, seed)
            for pool, fake, seed in zip(pools, fakes, seeds, strict=True)
        ]

    def _side_terms(self, i, real, fake, seed, *, training):
        """The terms of the i-th discriminator."""
        seed = tf.random.experimental.stateless_fold_in(seed, i)
        if training:
            real, fake = self._corrupt(real, seed, 0), self._corrupt(fake, seed, 1)

        def score(x):
            return self._scores(self._discriminators()[i], x, training=training)

        return self._judge(score, real, fake, seed)

    def _generator_terms(self, a, b, seed, *, training):
        fakes = [self._play(self.to_a, b), self._play(self.to_b, a)]
        losses = [
            self._deceit(i, fake, real, seed, training=training)
            for i, (fake, real) in enumerate(zip(fakes, (a, b), strict=True))
        ]
        loss = self.adversarial_weight * (losses[0] + losses[1])
        after = (self._play(self.to_a, fakes[1]), self._play(self.to_b, fakes[0]))
        cycle = _distance(after[0], a) + _distance(after[1], b)
        loss += self.cycle_weight * cycle
        terms = {"cycle_l1": cycle / 2.0}
        if self.identity_weight:
            same = _distance(self._play(self.to_a, a), a)
            same += _distance(self._play(self.to_b, b), b)
            loss += self.cycle_weight * self.identity_weight * same
            terms["identity_l1"] = same / 2.0
        return {**terms, "generator_loss": loss}

    def _deceit(self, i, fake, real, seed, *, training):
        """What the game has the generator of the i-th kind minimise: `[B]`."""
        seen = [fake, real] if self.game.sees_real_scores else [fake]
        if training:
            seen = [self._corrupt(x, seed, i + 2 * j) for j, x in enumerate(seen)]
        judge = self._discriminators()[i]
        scores = [self._scores(judge, x, training=training) for x in seen]
        return tf.reduce_mean(self.game.generator_loss(*scores), axis=-1)

    # === Exporting ===
    def _endpoints(self):
        a, b = self.front_door.event_spec("a"), self.condition_encoder.tensor_specs()
        b = tf.TensorSpec(b.shape, b.dtype, name="b")
        return {
            "translate_to_b": (lambda a: {"b": self.translate(a, to="b")}, [a]),
            "translate_to_a": (lambda b: {"a": self.translate(b, to="a")}, [b]),
            "reconstruct_a": (lambda a: {"a": self.reconstruct(a, of="a")}, [a]),
            "reconstruct_b": (lambda b: {"b": self.reconstruct(b, of="b")}, [b]),
            "discriminate_a": (
                lambda a: {"scores": self.discriminate(a, of="a")},
                [a],
            ),
            "discriminate_b": (
                lambda b: {"scores": self.discriminate(b, of="b")},
                [b],
            ),
        }

    # === Saving ===
    def get_config(self):
        return {
            **super().get_config(),
            "game": keras.saving.serialize_keras_object(self.given_game),
            "adversarial_weight": self.adversarial_weight,
            "cycle_weight": self.cycle_weight,
            "identity_weight": self.identity_weight,
            "filters": self.filters,
            "num_blocks": self.num_blocks,
            "discriminator_filters": self.discriminator_filters,
            "num_downsamples": self.num_downsamples,
            "pool_size": self.pool_size,
        }


def _other(side):
    return {"a": "b", "b": "a"}.get(side, side)


def _distance(x, y):
    """The mean distance over the numbers of each image: `[B]`."""
    return tf.reduce_mean(tf.abs(x - y), axis=[1, 2, 3])
