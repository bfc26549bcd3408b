"""What a subclass returns is checked when the model is made ready, in one line."""

import keras
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from contracts import check_refused
from genkeras.zoo import AdversarialModel, DensityModel, HingeGame, LatentVariableModel


class Density(DensityModel):
    def __init__(self, make):
        super().__init__(event_shape=(2,))
        self.make = make
        self.loc = self.add_weight(shape=(2,), initializer="zeros")

    def distribution(self, condition=None):
        return self.make(tf.convert_to_tensor(self.loc))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda loc: tfd.Normal(loc, 1.0), "Wrap it in tfd.Independent"),
        (lambda loc: tfd.Normal(0.0, 1.0), "event shape ()"),
        (lambda loc: tfd.MultivariateNormalDiag(tf.tile(loc, [2])), "event shape (4,)"),
        (
            lambda loc: tfd.MultivariateNormalDiag(loc + tf.zeros([5, 2])),
            "batch shape (5,)",
        ),
        (lambda loc: loc, "gives a tfd.Distribution"),
    ],
)
def test_a_distribution_that_does_not_fit(make, said):
    check_refused(lambda: Density(make).compile("adam"), said)


class Latent(LatentVariableModel):
    """Of 4 bits and 2 latents, with one method given from outside."""

    def __init__(self, **given):
        super().__init__((4,), 2)
        self.given = given
        self.encoder, self.decoder = (keras.layers.Dense(4) for _ in range(2))

    def prior(self, condition=None):
        make = self.given.get("prior", lambda: LatentVariableModel.prior(self))
        return make()

    def posterior(self, x, condition=None):
        make = self.given.get(
            "posterior",
            lambda h: tfd.MultivariateNormalDiag(h[:, :2], tf.exp(h[:, 2:])),
        )
        return make(self.encoder(x))

    def likelihood(self, z, condition=None):
        make = self.given.get(
            "likelihood", lambda h: tfd.Independent(tfd.Bernoulli(logits=h), 1)
        )
        return make(self.decoder(z))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"prior": lambda: tfd.MultivariateNormalDiag(tf.zeros(3))},
            "event shape (3,)",
        ),
        ({"prior": lambda: tfd.Normal(tf.zeros(2), 1.0)}, "tfd.Independent"),
        ({"posterior": lambda h: tfd.Normal(h[:, :2], 1.0)}, "tfd.Independent"),
        (
            {"posterior": lambda h: tfd.MultivariateNormalDiag(h[:, :3])},
            "event shape (3,)",
        ),
        (
            {
                "posterior": lambda h: tfd.MultivariateNormalDiag(
                    tf.ones([7, 2]) * h[:1, :2]
                )
            },
            "batch shape (7,)",
        ),
        ({"likelihood": lambda h: tfd.Bernoulli(logits=h)}, "tfd.Independent"),
        (
            {
                "likelihood": lambda h: tfd.Independent(
                    tfd.Bernoulli(logits=h[:, :3]), 1
                )
            },
            "event shape (3,)",
        ),
    ],
)
def test_a_part_of_a_latent_model_that_does_not_fit(given, said):
    check_refused(lambda: Latent(**given).compile("adam"), said)


def test_parts_that_fit():
    Latent().compile("adam")


def test_a_generator_of_another_shape():
    class Game(AdversarialModel):
        def make_generator(self):
            return keras.layers.Dense(3)

        def make_discriminator(self):
            return keras.layers.Dense(1)

    check_refused(lambda: Game((2,), 3, HingeGame()).compile(), "Received: (3,)")
