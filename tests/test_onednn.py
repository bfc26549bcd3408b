"""oneDNN is on unless the user says otherwise, and a late import is told of."""

import logging

import pytest

from genkeras import _onednn

AVX2 = {"avx2", "fma"}


def test_it_is_turned_on_before_tensorflow():
    environ = {}
    _onednn.turn_on(environ, modules={}, flags=lambda: AVX2)
    assert environ == {"TF_ENABLE_ONEDNN_OPTS": "1"}


@pytest.mark.parametrize("modules", [{}, {"tensorflow": None}])
def test_the_user_has_the_last_word(modules, caplog):
    environ = {"TF_ENABLE_ONEDNN_OPTS": "0"}
    _onednn.turn_on(environ, modules, flags=lambda: AVX2)
    assert environ == {"TF_ENABLE_ONEDNN_OPTS": "0"}
    assert not caplog.records


@pytest.mark.parametrize(
    ("flags", "told"), [(AVX2, 1), (AVX2 | {"avx512_vnni"}, 0), (set(), 0)]
)
def test_too_late_is_said_where_it_would_gain(flags, told, caplog):
    environ = {}
    with caplog.at_level(logging.WARNING, "genkeras"):
        _onednn.turn_on(environ, {"tensorflow": None}, flags=lambda: flags)
    assert environ == {}
    assert len(caplog.records) == told
