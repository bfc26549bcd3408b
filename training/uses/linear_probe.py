"""How much of a label a linear classifier reads in a code."""

from ..data import DataSet
from .features import features_of


def linear_probe(train, train_labels, test, test_labels, *, strength=1.0) -> float:
    """Returns the accuracy of a linear classifier of features, in `[0, 1]`.

    A logistic regression of standardized features, with a penalty on its weights.

    Args:
        train: `[N, F]`. Features that it learns from.
        train_labels: `[N]` integers.
        test: `[M, F]`. Features that it is scored on.
        test_labels: `[M]` integers.
        strength: float. The inverse of the penalty's weight.

    Example:
    >>> x, y = np.array([[0.0], [1.0], [8.0], [9.0]]), np.array([0, 0, 1, 1])
    >>> linear_probe(x, y, x + 0.5, y)
    1.0

    Reference:
        Alain and Bengio, 2017, https://arxiv.org/abs/1610.01644
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(
        StandardScaler(), LogisticRegression(C=strength, max_iter=300)
    )
    probe.fit(train, train_labels)
    return float(probe.score(test, test_labels))


def probe_beside_pca(
    model, data: DataSet, *, num_train: int = 10_000, num_test: int = 10_000
) -> dict[str, float]:
    """Compares a model's code with as many principal components.

    Args:
        model: a model with `encode`, that takes no condition.
        data: the data, with labels.
        num_train: int. How many training examples both probes, and PCA, see.
        num_test: int. How many test examples are scored.

    Returns:
        `probe_accuracy`, `probe_accuracy_of_pca` and `probe_size`, of the features.
    """
    from sklearn.decomposition import PCA

    count = {"train": num_train, "test": num_test}
    x = {split: data.x[split][: count[split]] for split in count}
    labels = {split: data.labels[split][: count[split]] for split in count}
    codes = {split: features_of(model, part) for split, part in x.items()}
    flat = {split: part.reshape(len(part), -1) for split, part in x.items()}
    size = min(codes["train"].shape[1], *flat["train"].shape)
    pca = PCA(size, random_state=0).fit(flat["train"])

    def accuracy(features):
        train, test = features["train"], features["test"]
        return linear_probe(train, labels["train"], test, labels["test"])

    return {
        "probe_accuracy": accuracy(codes),
        "probe_accuracy_of_pca": accuracy(
            {split: pca.transform(part) for split, part in flat.items()}
        ),
        "probe_size": int(codes["train"].shape[1]),
    }
