"""What a discriminator says of samples."""

import numpy as np


def game_values(model, real, fake) -> np.ndarray:
    """Returns what the discriminator gains by each pair of a real and a fake example.

        V = -discriminator_loss(D(x), D(G(z)))

    without penalties. The mean is what the game bounds a distance by: of a Wasserstein
    game the critic's estimate of it; of the minimax and the non-saturating game a lower
    bound on `2 JSD - log 4`, with the Jensen-Shannon divergence in nats.

    Args:
        model: an unconditional `AdversarialModel`.
        real: `[N, *event]`.
        fake: `[N, *event]`.

    Returns:
        `[N]` float64.

    Example:
    >>> from genkeras.zoo import GAN
    >>> gan = GAN((2,), 4)
    >>> zeros = [0.0 * w for w in gan.discriminator.get_weights()]
    >>> gan.discriminator.set_weights(zeros)
    >>> game_values(gan, np.ones([1, 2]), np.zeros([1, 2])).round(4)  # -log 4
    array([-1.3863])

    Reference:
        Goodfellow et al., 2014, theorem 1, https://arxiv.org/abs/1406.2661; Arjovsky et
        al., 2017, section 3, https://arxiv.org/abs/1701.07875
    """
    real_scores, fake_scores = model.discriminate(real), model.discriminate(fake)
    loss = model.game.discriminator_loss(real_scores, fake_scores)
    return -np.asarray(loss, "float64")
