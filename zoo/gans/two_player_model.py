"""Models whose networks play a game of two players."""

import abc
from collections.abc import Sequence

import keras
import tensorflow as tf

from ...layers.blocks import spectral_layers, take_power_steps
from ...layers.replicas import part_of_batch, update_everywhere
from ..base import GenerativeModel, check_rate, in_parts, of_part, refusal
from ..games import Game, revive


class TwoPlayerModel(GenerativeModel):
    """A model whose generators learn to fool its discriminators, by a game.

    A family says which networks the players are, and what each minimises. This base
    brings the steps, both optimizers and the averaged weights.

    One step of `fit` takes `game.num_critic_steps` discriminator steps, each on its
    own part of the batch that the data set gives, and one generator step. A batch of
    `num_critic_steps * b` examples is thus `b` examples a step.

    Args:
        event_shape: sequence of int. Shape of one example.
        game: `Game`. What the two players optimise.
        ema_decay: None, or the decay of a running mean of the generators' weights.
            Samples, exports and pictures then come from the mean.
        regularizers: sequence of `Regularizer`, added to those of the game.
        **kwargs: as for `GenerativeModel`.
    """

    scores_new_data = False  # a game's losses say nothing about the samples
    metric_names = (
        "generator_loss",
        "discriminator_loss",
        "penalty",
        "real_score",
        "fake_score",
    )

    def __init__(
        self,
        event_shape,
        game: Game,
        *,
        ema_decay: float | None = None,
        regularizers: Sequence = (),
        **kwargs,
    ):
        if kwargs.get("num_levels") is not None:
            raise ValueError(
                f"{type(self).__name__} makes real numbers and has no levels. "
                f"Received: num_levels={kwargs['num_levels']}."
            )
        super().__init__(event_shape, **kwargs)
        if ema_decay is not None and not 0.0 < ema_decay < 1.0:
            raise ValueError(
                f"`ema_decay` must lie in (0, 1). Received: ema_decay={ema_decay}."
            )
        self.given_game = game  # without the regularizers that `self.game` has too
        self.regularizers = revive(regularizers)  # those in `get_config`
        self.game = game.regularized(self.regularizers)
        self.ema_decay = ema_decay
        self.averages = []

    # === To be filled in by a family ===
    @abc.abstractmethod
    def _generators(self) -> list:
        """Returns the networks of the first player."""

    @abc.abstractmethod
    def _discriminators(self) -> list:
        """Returns the networks of the second player."""

    @abc.abstractmethod
    def _discriminator_terms(self, real, condition, seed, *, training) -> dict:
        """Returns `[B]` tensors by metric name, `discriminator_loss` among them."""

    @abc.abstractmethod
    def _generator_terms(self, real, condition, seed, *, training) -> dict:
        """Returns `[B]` tensors by metric name, `generator_loss` among them."""

    # === The players ===
    def _join_players(self):
        """Prepares the networks for the game, once they are built."""
        for network in [*self._generators(), *self._discriminators()]:
            for layer in spectral_layers(network):
                layer.step_in_call = False  # but once in a step, which calls it often
        if self.ema_decay is None:
            return
        for variable in self._optimizer_variables():
            average = self.add_weight(
                shape=variable.shape, dtype=variable.dtype, trainable=False
            )
            average.assign(variable)
            self.averages.append(average)

    def _averaged(self):
        """A scope where the generators' weights are their averages, if they have."""
        weights = self._optimizer_variables() if self.averages else []
        averages = [average.value for average in self.averages]
        return keras.StatelessScope(list(zip(weights, averages, strict=True)))

    def _judge(self, score, real, fake, seed):
        """The terms of one discriminator, whose `score` is `[B, P]`, of `P` patches."""

        def mean_score(x):
            return tf.reduce_mean(score(x), axis=-1)

        real_scores, fake_scores = score(real), score(fake)
        penalty = self.game.penalty(mean_score, real, fake, seed)
        loss = self.game.discriminator_loss(real_scores, fake_scores)
        loss = tf.reduce_mean(loss, axis=-1)
        loss = tf.cast(loss, penalty.dtype) + penalty  # which may be wider
        return {
            "discriminator_loss": loss,
            "penalty": penalty,
            "real_score": tf.reduce_mean(real_scores, axis=-1),
            "fake_score": tf.reduce_mean(fake_scores, axis=-1),
        }

    # === Training ===
    def compile(
        self,
        generator_optimizer=None,
        discriminator_optimizer=None,
        *,
        loss=None,
        metrics=None,
        jit_compile="auto",
        run_eagerly: bool = False,
        steps_per_execution: int | str = "auto",
        accumulation_steps: int = 1,
    ):
        """Sets the optimizers of both players.

        Each player has one, which moves the weights of all its networks.
        `model.optimizer` is the generators': callbacks that act on an optimizer act on
        the player that is kept.

        Args:
            generator_optimizer: a Keras optimizer, its name, or None for
                `default_optimizer()`.
            discriminator_optimizer: the same, for the discriminator.
            loss: None; the game brings it, and the metrics.
            metrics: None.
            jit_compile: bool or "auto"; see `GenerativeModel`.
            run_eagerly: bool. Whether to step without a graph, to debug.
            steps_per_execution: int or "auto". Steps in one graph call; see
                `GenerativeModel`.
            accumulation_steps: int. In how many parts each player's step goes through
                its batch; see `GenerativeModel`.

        Raises:
            ValueError: for an optimizer that averages weights itself.
        """
        super().compile(
            generator_optimizer or self.default_optimizer(),
            loss,
            metrics,
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            accumulation_steps=accumulation_steps,
        )
        second = keras.optimizers.get(
            discriminator_optimizer or self.default_optimizer()
        )
        check_rate(self._class_name, second)
        if self.optimizer.use_ema or second.use_ema:
            raise ValueError(
                "The model averages the generator's weights. Received: an optimizer "
                "with use_ema=True. Pass ema_decay= to the model instead."
            )
        if self.dtype_policy.name == "mixed_float16":
            # Keras wraps only `model.optimizer`.
            second = keras.optimizers.LossScaleOptimizer(second)
        self.discriminator_optimizer = second
        second.build(self._discriminator_variables())
        self._compile_arguments = {
            "jit_compile": jit_compile,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "accumulation_steps": accumulation_steps,
        }

    @property
    def generator_optimizer(self):
        """The generator's optimizer, which is also `model.optimizer`."""
        return self.optimizer

    def default_optimizer(self) -> keras.optimizers.Optimizer:
        """Returns what `compile` takes where no optimizer is given."""
        return keras.optimizers.Adam(2e-4, beta_1=0.5)

    def _optimizers(self):
        return {
            "generator_optimizer": self.optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
        }

    def _optimizer_variables(self):
        return [v for n in self._generators() for v in n.trainable_variables]

    def _discriminator_variables(self):
        own = [v for n in self._discriminators() for v in n.trainable_variables]
        # The condition's embedding is read by both, and learned by the discriminator:
        # it is the one that sees which condition goes with which example.
        shared = self.condition_encoder
        return own + (shared.trainable_variables if shared is not None else [])

    def train_step(self, data):
        steps = self.game.num_critic_steps
        least = steps * self.accumulation_steps
        x, condition, weight = self._unpack(data, self._watches.train, least_size=least)
        if weight is not None:
            raise refusal(
                f"{self._class_name} takes no example weights. Received: some."
            )
        self._check_batch(x, steps)
        for k in range(steps):
            real, given = part_of_batch((x, condition), k, steps)
            terms = self._discriminator_step(real, given)
        terms |= self._generator_step(real, given)
        self._loss_watch.look({name: terms[name] for name in self._trackers}, x)
        self._update_averages()
        return self._track(terms)

    def _watch_call(self, x, condition):
        # What `call` takes is no example.
        nothing = tf.zeros([1, *self.event_shape], self.variable_dtype)
        super()._watch_call(nothing, condition)

    def _check_called(self, x):
        pass  # noise, or images of the other side, which `call` checks

    def _check_batch(self, x, steps):
        if x.shape[0] is not None and x.shape[0] < steps:
            raise ValueError(
                f"{self._class_name} parts a batch among {steps} discriminator steps. "
                f"Received: a batch of {x.shape[0]}. Batch at least {steps}, best a "
                f"multiple of {steps}, on every replica."
            )

    def _discriminator_step(self, real, condition):
        terms = self._step(
            "discriminator_loss",
            self._discriminator_terms,
            (real, condition),
            self._discriminators(),
            self._discriminator_variables(),
            self.discriminator_optimizer,
        )
        for network in self._discriminators():
            self._constrain(network.trainable_variables)
        return terms

    def _generator_step(self, real, condition):
        return self._step(
            "generator_loss",
            self._generator_terms,
            (real, condition),
            self._generators(),
            self._optimizer_variables(),
            self.optimizer,
        )

    def _step(self, name, terms_of, batch, networks, variables, optimizer):
        """Moves the networks of one player against its loss, and returns its terms."""
        seed = self._next_seed()
        for network in networks:
            take_power_steps(network)

        def part(batch, k):
            with tf.GradientTape() as tape:
                terms = terms_of(*batch, of_part(seed, k), training=True)
                loss = self._objective(terms[name], networks)
                scaled = optimizer.scale_loss(loss)
            return terms, tape.gradient(scaled, [v.value for v in variables])

        terms, gradients = in_parts(part, batch, self.accumulation_steps)
        player = name.removesuffix("_loss")
        self._apply(f"{player}_optimizer", optimizer, gradients, variables)
        return terms

    def _objective(self, values, networks):
        penalties = [loss for network in networks for loss in network.losses]
        return self._global_mean(values) + self._scaled_penalties(penalties)

    def _corrupt(self, x, seed, stream):
        seed = tf.random.experimental.stateless_fold_in(seed, stream)
        step = tf.convert_to_tensor(self.generator_optimizer.iterations)
        return self.game.corrupt(x, step, seed)

    def _constrain(self, variables):
        bound = [(v, self.game.constrain(v.value)) for v in variables]
        update_everywhere(
            lambda old, new: old.assign(new),
            [(v, value) for v, value in bound if value is not v.value],
        )

    def _update_averages(self):
        def move(average, weight):
            average.assign_add((1.0 - self.ema_decay) * (weight - average))

        weights = [v.value for v in self._optimizer_variables()]
        if self.averages:
            update_everywhere(move, zip(self.averages, weights, strict=True))

    def _step_terms(self, x, condition, seed, *, training):
        first, second = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
        terms = self._discriminator_terms(x, condition, first, training=training)
        made = self._generator_terms(x, condition, second, training=training)
        return {**terms, **made}

    # === Saving ===
    def get_config(self):
        config = super().get_config()
        config.pop("num_levels")
        return {
            **config,
            "ema_decay": self.ema_decay,
            "regularizers": [
                keras.saving.serialize_keras_object(r) for r in self.regularizers
            ],
        }
