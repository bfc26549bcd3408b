"""Learning rates as functions of the step, and optimizers that follow them."""

import keras


def cosine(
    learning_rate: float, num_steps: int, warmup_steps: int = 0
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Rises linearly from 0 over the warm-up, then falls to 0 along half a cosine.

    Args:
        learning_rate: float. The highest.
        num_steps: int. All steps, those of the warm-up included.
        warmup_steps: int. How many of them rise.

    Example:
    >>> rate = cosine(1.0, num_steps=30, warmup_steps=10)
    >>> [round(float(rate(step)), 3) for step in (0, 5, 10, 20, 30)]
    [0.0, 0.5, 1.0, 0.5, 0.0]

    Reference:
        Loshchilov and Hutter, 2017, eq. 5, https://arxiv.org/abs/1608.03983
    """
    schedules = keras.optimizers.schedules
    if not warmup_steps:
        return schedules.CosineDecay(learning_rate, num_steps)
    return schedules.CosineDecay(
        0.0,
        max(1, num_steps - warmup_steps),
        warmup_target=learning_rate,
        warmup_steps=warmup_steps,
    )


def two_adams(
    game,
    learning_rate: float,
    num_steps: int,
    betas: tuple[float, float] = (0.5, 0.999),
) -> tuple[keras.optimizers.Adam, keras.optimizers.Adam]:
    """Makes the optimizers of the two players of a game, whose rates fall together.

    Args:
        game: `Game`, which says how many steps the discriminator takes for each of the
            generator's.
        learning_rate: float. The highest, of both; see `cosine`.
        num_steps: int. Steps of the generator.
        betas: two floats. `beta_1` and `beta_2` of both.

    Returns:
        The generator's and the discriminator's: what `compile` takes.

    Example:
    >>> from genkeras.zoo import HingeGame
    >>> optimizers = two_adams(HingeGame(num_critic_steps=5), 1.0, num_steps=10)
    >>> for adam in optimizers:
    ...     _ = adam.iterations.assign(25)
    >>> [round(float(adam.learning_rate), 3) for adam in optimizers]
    [0.0, 0.5]
    """

    def adam(steps):
        return keras.optimizers.Adam(cosine(learning_rate, steps), *betas)

    return adam(num_steps), adam(num_steps * game.num_critic_steps)
