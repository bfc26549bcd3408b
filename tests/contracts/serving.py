"""What an exported model must do, wherever it is served."""

import numpy as np
import tensorflow as tf

from .basics import rows
from .outputs import outputs

SIZES = (1, 7, 64)


def requests(model, x, condition=None, sizes=SIZES):
    """Calls of every signature at several batch sizes: `[(name, inputs, outputs)]`.

    Each size draws under a seed of its own, so that a baked one shows.
    """
    calls = []
    for size in sizes:
        some = rows(x, condition, np.arange(size) % len(x))
        answers = outputs(model, *some, seed=size)
        calls += [(name, *pair) for name, pair in answers.items()]
    return calls


def check_served(answers, calls, *, atol=1e-5):
    """The served answers are the model's own.

    Args:
        answers: for each call a dict of arrays, or a string that says what failed.
        calls: what `requests` returned.
    """
    for answer, (name, inputs, wanted) in zip(answers, calls, strict=True):
        where = f"{name} of { ({key: np.shape(v) for key, v in inputs.items()}) }"
        assert not isinstance(answer, str), f"{where} fails: {answer}"
        assert answer.keys() == wanted.keys(), f"{where} gives {sorted(answer)}"
        for key, value in wanted.items():
            # `sample_rows` is asked for more than it is compared on.
            part = np.asarray(answer[key])[: len(value)]
            assert part.dtype == value.dtype, f"{where} gives {part.dtype}"
            np.testing.assert_allclose(part, value, rtol=atol, atol=atol, err_msg=where)


def serve_here(model, calls):
    """Answers the calls by the signatures' graphs, without writing them to a disk."""
    endpoints = {**model._endpoints(), **model._sampling_endpoints()}
    graphs = {
        name: tf.function(function, input_signature=specs)
        for name, (function, specs) in endpoints.items()
    }

    def answer(name, inputs):
        specs = graphs[name].input_signature
        try:
            return graphs[name](*(tf.constant(inputs[s.name], s.dtype) for s in specs))
        except (TypeError, ValueError, tf.errors.OpError) as error:
            return repr(error)

    return [answer(name, inputs) for name, inputs, _ in calls]
