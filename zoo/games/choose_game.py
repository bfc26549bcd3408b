"""Which game a model plays."""

from collections.abc import Callable

import keras

from .games import Game


def choose_game(game, default: Callable[..., Game], **options) -> Game:
    """Returns the game that a model was given, or its paper's.

    Args:
        game: None, a `Game`, or its serialised form.
        default: function from the options to the paper's game.
        **options: settings of that game; None for the paper's own.

    Raises:
        ValueError: for a game beside such a setting, which it would silently override.
        TypeError: for what is no `Game`.

    Example:
    >>> from genkeras.zoo import HingeGame
    >>> choose_game(None, HingeGame, num_critic_steps=5).num_critic_steps
    5
    """
    given = {name: value for name, value in options.items() if value is not None}
    if game is None:
        return default(**given)
    if given:
        raise ValueError(
            "A game has settings of its own. Received: game= and "
            f"{', '.join(f'{k}={v!r}' for k, v in given.items())}. Set it in the game."
        )
    return revive_game(game)


def revive_game(game) -> Game:
    """Makes a game of one that is given as its serialised form.

    Raises:
        TypeError: for what is no `Game`.
    """
    if isinstance(game, dict):
        game = keras.saving.deserialize_keras_object(game)
    if not isinstance(game, Game):
        raise TypeError(
            f"`game` takes an object of genkeras.zoo.Game. Received: {game!r}."
        )
    return game
