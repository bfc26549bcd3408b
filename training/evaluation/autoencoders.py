"""Scores of autoencoders."""

import numpy as np

from ..data import DataSet, evaluation_batches
from .parts import in_parts


def evaluate_autoencoder(
    model, data: DataSet, batch_size: int = 500
) -> dict[str, float]:
    """Scores the whole test split under an `Autoencoder`.

    Returns:
        What `evaluate` names, with `test_` before it: the loss and its parts, of data
        that is corrupted as in training; `test_clean_reconstruction`, the error of data
        as it is; and `test_pca_reconstruction`, the squared error per dimension of PCA
        with as many components, beside `test_squared_error`.
    """
    batches = evaluation_batches(data, "test", batch_size)
    logs = model.evaluate(batches, verbose=0)
    x = data.x["test"]
    errors = in_parts(lambda part, _: model.reconstruction_error(part), x, batch_size)
    made = in_parts(lambda part, _: model.reconstruct(part), x, batch_size)
    return {
        **{f"test_{name}": float(value) for name, value in logs.items()},
        "test_clean_reconstruction": float(errors.mean(dtype="float64")),
        "test_squared_error": float(np.mean((made - x) ** 2, dtype="float64")),
        "test_pca_reconstruction": _pca_error(data, model.latent_size),
    }


def _pca_error(data, num_components):
    """The error of the test split, of components of the training split."""
    train, test = (
        data.x[split].reshape(len(data.x[split]), -1).astype("float64")
        for split in ("train", "test")
    )
    mean = train.mean(axis=0)
    covariance = (train - mean).T @ (train - mean) / len(train)
    axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :num_components]
    rest = test - mean
    return float(np.mean((rest - rest @ axes @ axes.T) ** 2))
