"""Options that mean nothing are refused, of every public class, by name and kind."""

import collections.abc
import inspect
import types
import typing

import numpy as np
import pytest

import genkeras.training.metrics
from genkeras import layers, zoo
from genkeras.layers.blocks import check_settings

CLASSES = {
    cls
    for door in (layers, zoo, genkeras.training.metrics)
    for name in door.__all__
    if isinstance(cls := getattr(door, name), type)
}
NAN, INF = float("nan"), float("inf")
WRONG = {
    int: [2.5, "3", True, NAN, [3]],
    float: [NAN, INF, "0.5", 1j, True, [0.1]],
    bool: [0.5, "yes", 2],
    collections.abc.Sequence[int]: [(2.5,), ("3",), (0,), (-1,), 7.5, "12", [[1]]],
}


class Toy:
    def __init__(
        self,
        num_layers: int = 2,
        num_levels: int | None = None,
        hidden_units: collections.abc.Sequence[int] = (),
        beta: float = 1.0,
        rtol: float = 1.0,
        dropout: float = 0.0,
        real_label: float = 0.0,
        *,
        flip: bool = False,
        activation: str = "relu",
        seed: int | None = None,
        window: int | collections.abc.Sequence[int] | None = None,
        order: str = "natural",
    ):
        self.given = dict(locals())


check_settings([Toy])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_layers", 0),
        ("num_layers", -1),
        ("num_layers", 2**64),
        ("num_levels", 1),
        ("hidden_units", (4, 0)),
        ("hidden_units", 4),
        ("hidden_units", "44"),
        ("beta", -0.1),
        ("rtol", 0.0),
        ("dropout", 1.0),
        ("real_label", NAN),
        ("flip", 1),
        ("activation", "rellu"),
        ("activation", 3),
        ("seed", 1.5),
        ("window", (0,)),
        ("window", 0),
    ],
)
def test_what_an_option_cannot_be(name, value):
    with pytest.raises(ValueError, match=f"Toy takes .* as {name}. Received: {name}="):
        Toy(**{name: value})


@pytest.mark.parametrize(
    ("name", "value", "plain"),
    [
        ("num_layers", np.int64(3), 3),
        ("num_levels", None, None),
        ("hidden_units", np.array([4, 5]), (4, 5)),
        ("hidden_units", [4, np.int32(5)], (4, 5)),
        ("hidden_units", (), ()),
        ("beta", np.float32(0.5), 0.5),
        ("beta", 0, 0),
        ("flip", np.bool_(True), True),  # noqa: FBT003
        ("real_label", -1.0, -1.0),
        ("seed", -3, -3),
        ("window", np.array([2, 3]), (2, 3)),
        ("activation", abs, abs),
    ],
)
def test_what_an_option_can_be_and_becomes(name, value, plain):
    got = Toy(**{name: value}).given[name]
    assert got == plain
    assert type(got) is type(plain)


def test_a_misspelt_option_is_named_as_ever():
    with pytest.raises(TypeError, match="num_layer"):
        Toy(num_layer=3)


def _kinds(annotation):
    union = isinstance(annotation, types.UnionType)
    return typing.get_args(annotation) if union else (annotation,)


@pytest.mark.parametrize("cls", sorted(CLASSES, key=lambda c: c.__name__))
def test_every_public_class_checks_its_options(cls):
    """Before any other work, so that it needs nothing else to be right."""
    if "__init__" not in vars(cls) or inspect.isabstract(cls):
        return
    signature = inspect.signature(cls.__init__)
    needed = {
        name: None
        for name, p in list(signature.parameters.items())[1:]
        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    }
    for name, parameter in signature.parameters.items():
        kinds = _kinds(parameter.annotation)
        if not all(kind in WRONG or kind is types.NoneType for kind in kinds):
            continue
        wrong = [v for kind in kinds if kind in WRONG for v in WRONG[kind]]
        for value in wrong if len(kinds) == 1 else [NAN, "3", -1.5]:
            given = {**needed, name: value}
            # Options that are needed are None here: theirs may be refused instead.
            with pytest.raises(ValueError, match="takes .* Received: "):
                cls(**given)
