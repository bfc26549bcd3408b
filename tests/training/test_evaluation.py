"""Metrics of samples that were drawn for a label."""

import numpy as np
import pytest

from contracts.models import TINY
from genkeras.training.callbacks import each_class
from genkeras.training.data import load, prepare
from genkeras.training.evaluation import evaluate_labelled_samples


class Copier:
    """Draws validation images of the label, or of the next one."""

    def __init__(self, data, shift=0):
        self.data, self.shift, self.seeds = data, shift, []

    def sample(self, num_samples, *, condition, seed):
        assert len(condition) == num_samples <= 200
        self.seeds.append(seed)
        labels, x = (d["validation"] for d in (self.data.labels, self.data.x))
        wanted = (condition + self.shift) % 10
        return np.stack([x[np.flatnonzero(labels == k)[0]] for k in wanted])


@pytest.mark.parametrize(("shift", "low", "high"), [(0, 0.9, 1.0), (1, 0.0, 0.1)])
def test_a_judge_tells_which_label_is_shown(shift, low, high):
    data = prepare(load("digits"), "signed")
    model = Copier(data, shift)
    metrics = evaluate_labelled_samples(model, data, num_samples=300)
    assert low <= metrics["label_accuracy"] <= high
    assert 0.9 < metrics["label_accuracy_of_real"] < 1.0
    assert metrics["frechet_distance"] > metrics["frechet_distance_of_real"] > 0.0
    assert len(set(model.seeds)) == 2  # 200 samples and 100, of other noise


def test_each_class_has_a_row_of_the_picture():
    model = TINY["gan_labels"]()
    labels = each_class(model, 9).reshape(3, 3)
    np.testing.assert_array_equal(labels, [[0] * 3, [1] * 3, [2] * 3])
    np.testing.assert_array_equal(np.unique(each_class(model, 64)), [0, 1, 2])
    assert each_class(TINY["gan"](), 9) is None
    assert each_class(TINY["wgan_gp_dict"](), 9) is None
