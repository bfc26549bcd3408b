"""Wrong inputs are refused in one line that names what was received."""

import itertools

import bad_inputs
import pytest


def _refused(number, seed):
    found = [
        (case.name, *bad_inputs.outcome(case))
        for case in itertools.islice(bad_inputs.cases(seed), number)
    ]
    silent = [name for name, kind, _ in found if kind == bad_inputs.SILENT]
    assert not silent, f"taken in silence: {silent}"
    foreign = [(name, said) for name, kind, said in found if kind == bad_inputs.FOREIGN]
    assert len(foreign) <= 0.05 * number, f"errors of others: {foreign}"


def test_a_few_bad_inputs():
    _refused(150, seed=0)


@pytest.mark.slow
def test_a_thousand_bad_inputs():
    _refused(1000, seed=2026)
