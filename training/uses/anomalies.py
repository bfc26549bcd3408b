"""Whether an example is of the kind that a model has learned."""

import numpy as np
import tensorflow as tf

from ...zoo.base import GenerativeModel
from ..evaluation import in_parts


def log_likelihoods(
    model: GenerativeModel,
    x,
    condition=None,
    *,
    num_samples: int = 20,
    batch_size: int = 200,
) -> np.ndarray:
    """Returns `log p(x)`, or the model's bound on it, of each example: `[N]` nats.

    Args:
        model: any model with `log_prob`, or with `elbo` alone.
        x: `[N, *event_shape]`.
        condition: the condition of each, if the model has one.
        num_samples: int. Draws of a bound that takes some.
        batch_size: int. Examples at a time.

    Raises:
        ValueError: for a model that has neither.
    """
    weighted = hasattr(model, "posterior") and hasattr(model, "log_prob")
    score = getattr(model, "log_prob", getattr(model, "elbo", None))
    if score is None:
        raise ValueError(
            "Likelihoods are of models with log_prob() or elbo(). Received: "
            f"{type(model).__name__}."
        )
    options = {"num_samples": num_samples} if weighted else {}
    compiled = tf.function(lambda *given: score(*given, **options))

    def part(index, _):
        given = [] if condition is None else [np.asarray(condition)[index]]
        return compiled(tf.convert_to_tensor(x[index]), *given)

    return in_parts(part, np.arange(len(x)), batch_size)


def anomaly_scores(log_prob, *, typical=None) -> np.ndarray:
    """Returns how strange each example is: `[N]`, higher is stranger.

        score(x) = -log p(x),   or, given typical examples,   |log p(x) - mean log p|

    A model may find simpler examples of another kind likelier than its own: images of
    digits under a model of clothes. High likelihood is then no sign of kin, but a
    likelihood unlike that of the training examples still is one of a stranger.

    Args:
        log_prob: `[N]` nats, as of `log_likelihoods`.
        typical: None, or `[M]` nats of training examples.

    Example:
    >>> anomaly_scores(np.array([-9.0, -1.0]), typical=np.array([-8.0, -10.0]))
    array([0., 8.])

    Reference:
        Nalisnick et al., 2019, https://arxiv.org/abs/1810.09136, for the failure;
        and 2019, section 3, https://arxiv.org/abs/1906.02994, for typicality
    """
    log_prob = np.asarray(log_prob, "float64")
    if typical is None:
        return -log_prob
    return np.abs(log_prob - np.mean(typical, dtype="float64"))


def roc(inside, outside) -> dict:
    """Returns the curve of a detector, and the area under it.

    Args:
        inside: `[N]` scores of examples of the kind.
        outside: `[M]` scores of strangers.

    Returns:
        `auc`, the probability that a stranger scores higher (0.5 is chance, and less
        is worse than chance), and the arrays `false_positive_rate` and
        `true_positive_rate`, by falling threshold.

    Example:
    >>> roc([0.0, 1.0], [0.5, 2.0])["auc"]
    0.75
    """
    from sklearn.metrics import auc, roc_curve

    labels = np.repeat([0, 1], [len(inside), len(outside)])
    false, true, _ = roc_curve(labels, np.concatenate([inside, outside]))
    return {
        "auc": float(auc(false, true)),
        "false_positive_rate": false,
        "true_positive_rate": true,
    }
