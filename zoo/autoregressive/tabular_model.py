"""Models of a few variables with levels, exact and small enough to be looked at."""

from .autoregressive_model import AutoregressiveModel


class TabularModel(AutoregressiveModel):
    """A vector of levels, each entry given a few of those before it.

    A subclass fills in `make_network`, a layer that takes raw levels, such as
    `GraphTables`. It takes no condition: what is known of an example may be one of the
    variables.

    Args:
        features: int. How many variables there are.
        num_levels: int. How many levels they have.
        **kwargs: `head`, `seed`, `name`, `dtype`, ... as for `AutoregressiveModel`.

    Call arguments:
        x: `[B, features]` raw levels.

    Returns:
        `[B]` floats: `log p(x)` in nats.
    """

    def __init__(self, features: int, num_levels: int, **kwargs):
        if kwargs.pop("condition_spec", None) is not None:
            raise ValueError(
                f"{type(self).__name__} is unconditional. Received: condition_spec=. "
                "Make the condition one of the variables of a BayesNet."
            )
        super().__init__((features,), num_levels=num_levels, **kwargs)

    def to_network(self, x):
        return x

    def get_config(self):
        config = super().get_config()
        for name in ("condition_spec", "event_shape"):
            config.pop(name)
        return config
