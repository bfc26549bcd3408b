"""How exact every bijector and every flow layer is, at random shapes and options.

In float64 every round trip and log-determinant holds to 1e-9. In float32 the log-dets
agree with the Jacobian to 1e-4 relative or 1e-5, and a round trip ends where it began

- to 1e-6 for every layer of up to 7 features, at weights moved by 0.1 off the start;
- to the `float32` of its row at weights moved by 0.2, and to those of `WIDE` at 64
  features, where more numbers add up. Rows that give more than 1e-6
  are maps that can be flat: rounding `y` in its last digit moves the root by that over
  the slope, whatever the inverse does, and a spline's slope goes down to 1e-3
  (`test_rational_quadratic_spline.py` shows that nothing else is lost). The
  matrix has its condition number, and two scales are a chain of five layers.
"""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tensorflow_probability import bijectors as tfb

import genkeras.distributions
import genkeras.layers
from contracts import check_bijector, perturb
from genkeras.distributions import (
    Affine,
    AutoregressiveTransform,
    FirstChannels,
    LogisticMixtureCDF,
    MaskedCoupling,
    ODEBijector,
    RationalQuadraticSpline,
    SpaceToDepth,
    SplitCoupling,
    SpreadBatch,
    level_logits,
)
from genkeras.layers import (
    ActNorm,
    AdditiveCoupling,
    AdditiveImageCoupling,
    AffineCoupling,
    AffineImageCoupling,
    ContinuousFlow,
    DiagonalScaling,
    FactorOut,
    FlowLayer,
    FlowSequence,
    InvertibleBatchNorm,
    InvertibleLinear,
    LogisticMixtureCoupling,
    LogisticMixtureImageCoupling,
    MaskedAutoregressive,
    Permutation,
    SplineCoupling,
    Squeezed,
)

DTYPES = ["float32", "float64"]
# A failure is reported as it was drawn: to shrink one would take minutes.
ONCE = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "phases": [Phase.generate],
}
sides = st.integers(1, 3)
some_vector = st.tuples(st.integers(1, 7))
some_image = st.tuples(sides, sides, sides)
any_event = some_vector | some_image


def drawing(seed, dtype):
    """A function from a shape to normal numbers, new ones at each call."""
    rng = np.random.default_rng(seed)
    return lambda *shape: tf.constant(rng.normal(size=shape), dtype)


def concrete(base, package):
    """Every class of a package that can be made, public or not."""
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        found = vars(importlib.import_module(module.name)).values()
        for kind in filter(inspect.isclass, found):
            own = kind.__module__ == module.name
            if own and issubclass(kind, base) and not inspect.isabstract(kind):
                yield kind


# === Layers ===
@dataclasses.dataclass(frozen=True)
class Row:
    """A layer to sweep.

    Attributes:
        kind: the class.
        events: strategy of event shapes.
        options: dict of strategies of its arguments.
        make: None, or a function from the options and `dtype` to the layer.
        steered: bool. Whether the layer takes a condition.
        float32: float. How far a round trip may end from its start in float32, at
            weights moved by 0.2, relative to its size or to 1.
        examples: int. How many shapes and options are drawn.
    """

    kind: type[FlowLayer]
    events: st.SearchStrategy = any_event
    options: dict = dataclasses.field(default_factory=dict)
    make: Callable[..., FlowLayer] | None = None
    steered: bool = False
    float32: float = 1e-6
    examples: int = 3


def coupling(kind, **kwargs):
    options = {"hidden_units": st.just((5,)), "flip": st.booleans()}
    features = st.tuples(st.integers(2, 7))
    return Row(kind, features, options, steered=True, **kwargs)


def image_coupling(kind, *, options=None, **kwargs):
    options = {
        "mask": st.sampled_from(["checkerboard", "channel"]),
        "flip": st.booleans(),
        "network": st.sampled_from(["conv", "resnet", "attention"]),
        "filters": st.just(4),
        "num_blocks": st.just(1),
        **(options or {}),
    }
    shapes = st.tuples(sides, sides, st.integers(2, 3)).filter(lambda s: s[:2] > (1, 1))
    return Row(kind, shapes, options, steered=True, **kwargs)


def autoregressive(transformer, **kwargs):
    options = {
        "hidden_units": st.sampled_from([(3,), (6, 5), (70,)]),  # 70: several blocks
        "order": st.sampled_from(["natural", "reversed", "random"]),
        "fast_sampling": st.booleans(),
        "transformer": st.just(transformer),
    }
    return Row(MaskedAutoregressive, some_vector, options, steered=True, **kwargs)


def continuous(dtype):
    """A flow is as exact as its solver: about a digit less than the tolerance."""
    tolerance = {"float32": 1e-6, "float64": 1e-11}[dtype]
    return ContinuousFlow((4,), rtol=tolerance, atol=tolerance, dtype=dtype)


def part(mask="channel", **kwargs):
    return AffineImageCoupling(mask, filters=4, num_blocks=1, **kwargs)


def two_scales(dtype):
    """Squeeze, couplings, half factored out under a learned prior, and again."""
    coarse = FlowSequence([part(dtype=dtype), part(flip=True, dtype=dtype)])
    rest = FactorOut(Squeezed(coarse), part(dtype=dtype))
    return Squeezed(FlowSequence([rest, ActNorm(dtype=dtype)]))


LAYERS = {
    "act_norm": Row(ActNorm),
    "additive": coupling(AdditiveCoupling),
    "additive_image": image_coupling(AdditiveImageCoupling),
    "affine": coupling(AffineCoupling),
    "affine_image": image_coupling(
        AffineImageCoupling,
        options={"scale": st.sampled_from(["exponential", "sigmoid"])},
    ),
    "autoregressive": autoregressive("affine"),
    "autoregressive_gate": autoregressive("gate"),
    "autoregressive_spline": autoregressive("spline", float32=3e-4),
    "batch_norm": Row(InvertibleBatchNorm),
    "continuous": Row(
        ContinuousFlow, some_vector, make=continuous, steered=True, examples=1
    ),
    "factor_out": Row(
        FactorOut,
        st.tuples(sides, sides, st.integers(2, 5)),
        make=lambda dtype: FactorOut(ActNorm(dtype=dtype), part(dtype=dtype)),
    ),
    "invertible_linear": Row(
        InvertibleLinear, options={"seed": st.integers(0, 99)}, float32=1e-5
    ),
    "mixture": coupling(LogisticMixtureCoupling),
    "mixture_image": image_coupling(
        LogisticMixtureImageCoupling,
        options={"num_components": st.just(2)},
        float32=3e-5,
    ),
    "permutation": Row(
        Permutation, options={"order": st.sampled_from(["reversed", "random"])}
    ),
    "scaling": Row(DiagonalScaling),
    "spline": coupling(SplineCoupling, float32=3e-4),
    "squeezed": Row(
        Squeezed,
        st.just((3, 6, 1)),
        make=lambda dtype: Squeezed(part(dtype=dtype), block_size=3),
        examples=1,
    ),
    "two_scales": Row(
        FlowSequence,
        st.just((4, 4, 1)),
        make=lambda dtype: FlowSequence([two_scales(dtype)]),
        steered=True,
        float32=1e-5,
        examples=1,
    ),
}


def test_every_flow_layer_has_a_row():
    swept = {row.kind for row in LAYERS.values()}
    assert swept == set(concrete(FlowLayer, genkeras.layers))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, dtype):
    row = LAYERS[name]
    moves = {"float32": [(0.1, 1e-6), (0.2, row.float32)], "float64": [(0.3, 1e-9)]}

    @settings(max_examples=row.examples, **ONCE)
    @given(
        event=row.events,
        options=st.fixed_dictionaries(row.options),
        condition_size=st.integers(0, 2 * row.steered),
        seed=st.integers(0, 2**16),
    )
    def check(event, options, condition_size, seed):
        draw = drawing(seed, dtype)
        condition = draw(3, condition_size) if condition_size else None
        layer = (row.make or row.kind)(**options, dtype=dtype)
        assert isinstance(layer, row.kind)
        layer.build((None, *event), None if condition is None else condition.shape)
        if isinstance(layer, InvertibleBatchNorm):
            layer.mean.assign(draw(*layer.mean.shape))
            layer.variance.assign(tf.exp(draw(*layer.mean.shape)))
        moved = 0.0
        for move, tolerance in moves[dtype]:
            bijector = perturb(layer, move - moved).bijector(condition)
            moved = move
            x = draw(3, *event)
            check_bijector(bijector, x, event_ndims=len(event), tolerance=tolerance)

    check()


# === 64 features ===
@dataclasses.dataclass(frozen=True)
class Wide:
    """A layer over 64 numbers.

    Attributes:
        event: shape of an event.
        options: sequence of dicts of arguments.
        near: float. How far a round trip may end from its start, at weights moved by
            0.1, relative to its size or to 1; some three times what was seen.
        far: float. The same, at weights moved by 0.2.
        flat: bool. Whether `x` is held at 0.1 only: farther off a spline of so many
            hidden units has slopes down to 1e-7, where no `y` of float32 tells `x`.
            From `y` to `x` and back is held always.
    """

    event: tuple[int, ...] = (64,)
    options: tuple[dict, ...] = ({},)
    near: float = 1e-6
    far: float = 1e-6
    flat: bool = False


UNITS = ({"hidden_units": (16,)}, {"hidden_units": (64,), "flip": True})
ORDERS = (
    {"hidden_units": (64,)},
    {"hidden_units": (64,), "order": "random", "fast_sampling": True},
)
MASKS = tuple(
    {"mask": mask, "filters": 8, "num_blocks": 1}
    for mask in ("checkerboard", "channel")
)
SPLINES = tuple({**options, "transformer": "spline"} for options in ORDERS)
GATES = tuple({**options, "transformer": "gate"} for options in ORDERS)
IMAGE = (4, 4, 4)

WIDE = {
    "act_norm": Wide(),
    "additive": Wide(options=UNITS, far=2e-6),
    "additive_image": Wide(IMAGE, MASKS),
    "affine": Wide(options=UNITS, far=5e-6),
    "affine_image": Wide(IMAGE, MASKS, far=2e-6),
    "autoregressive": Wide(options=ORDERS, far=1e-5),
    "autoregressive_gate": Wide(options=GATES, far=5e-6),
    "autoregressive_spline": Wide(options=SPLINES, near=2e-5, far=2e-5, flat=True),
    "batch_norm": Wide(),
    "continuous": Wide(near=2e-6, far=3e-6),
    "factor_out": Wide(IMAGE, near=2e-6, far=3e-6),
    # Its condition number: see `test_invertible_linear.py`.
    "invertible_linear": Wide(
        options=tuple({"seed": seed} for seed in range(4)), near=1e-4, far=1e-2
    ),
    "mixture": Wide(options=UNITS, near=2e-6, far=1e-5),
    "mixture_image": Wide(IMAGE, MASKS, near=2e-6, far=3e-6),
    "permutation": Wide(),
    "scaling": Wide(),
    "spline": Wide(options=UNITS, near=1e-5, far=1e-5, flat=True),
    "squeezed": Wide((6, 12, 1), far=2e-6),
    "two_scales": Wide((8, 8, 1), near=2e-6, far=6e-6),
}


def test_every_row_is_swept_at_64_features():
    assert set(WIDE) == set(LAYERS)


@pytest.mark.parametrize("name", WIDE)
def test_layer_of_64_features(name):
    wide, make = WIDE[name], LAYERS[name].make or LAYERS[name].kind
    for options in wide.options:
        layer = make(**options, dtype="float32")
        layer.build((None, *wide.event))
        for tolerance, holds_x in ((wide.near, True), (wide.far, not wide.flat)):
            bijector = perturb(layer, 0.1).bijector()
            x = drawing(0, "float32")(8, *wide.event)
            y = bijector.forward(x)
            back = bijector.inverse(tf.identity(y))
            again = bijector.forward(tf.identity(back))
            np.testing.assert_allclose(again, y, rtol=tolerance, atol=tolerance)
            if holds_x:
                np.testing.assert_allclose(back, x, rtol=tolerance, atol=tolerance)


# === Bijectors ===
def affine_of(given):
    return Affine(tf.sin(given), 0.3 * tf.cos(given))


def by_the_ones_before(y):
    return affine_of(tf.cumsum(y, axis=-1, exclusive=True))


def solve(x):
    y = tf.zeros_like(x)
    for _ in range(x.shape[-1]):
        transformer = by_the_ones_before(y)
        y = transformer.forward(x)
    return y, transformer


def halves(draw, event):
    given = event[-1] // 2
    return SplitCoupling(
        given, lambda x: affine_of(tf.reduce_sum(x, -1, keepdims=True)), len(event)
    )


def board(draw, event):
    mask = np.indices(event[:2]).sum(axis=0) % 2 == 0

    def total(x):
        return tf.reduce_sum(x, axis=[-3, -2, -1], keepdims=True)

    return MaskedCoupling(mask[..., None], lambda x: affine_of(total(x)))


def ode(draw, event):
    matrix = 0.2 * draw(event[-1], event[-1])
    tolerance = {"float32": 1e-6, "float64": 1e-11}[matrix.dtype.name]
    return ODEBijector(
        lambda t, x: tf.sin(x @ matrix + t), rtol=tolerance, atol=tolerance
    )


def mixture(draw, event):
    logits, loc, raw_scale = draw(3, *event, 4)
    return LogisticMixtureCDF(logits, loc, 0.5 * raw_scale)


def spline(draw, event):
    return RationalQuadraticSpline(
        *(0.7 * draw(*event, size) for size in (8, 8, 7)), bound=2.0
    )


# A function from `drawing` and an event shape; the shapes; the round trip in float32.
BIJECTORS = {
    Affine: (lambda draw, event: Affine(*draw(2, *event)), any_event, 1e-6),
    AutoregressiveTransform: (
        lambda draw, event: AutoregressiveTransform(by_the_ones_before, solve),
        some_vector,
        1e-5,
    ),
    FirstChannels: (
        lambda draw, event: FirstChannels(Affine(*draw(2, *event[:2], 1)), 1),
        some_image,
        1e-6,
    ),
    LogisticMixtureCDF: (mixture, any_event, 1e-5),
    MaskedCoupling: (board, some_image, 1e-6),
    ODEBijector: (ode, st.tuples(st.integers(1, 2)), 1e-5),
    RationalQuadraticSpline: (spline, any_event, 3e-4),
    SpaceToDepth: (
        lambda draw, event: SpaceToDepth(2),
        some_image.map(lambda s: (2 * s[0], 2 * s[1], s[2])),
        1e-6,
    ),
    SpreadBatch: (
        lambda draw, event: SpreadBatch([3], len(event)),
        any_event,
        1e-6,
    ),
    SplitCoupling: (halves, any_event, 1e-6),
    level_logits: (
        lambda draw, event: level_logits(4, dtype=draw().dtype),
        any_event,
        1e-5,
    ),
}


def test_every_bijector_has_a_row():
    assert set(BIJECTORS) - {level_logits} == set(
        concrete(tfb.Bijector, genkeras.distributions)
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", BIJECTORS)
def test_bijector(kind, dtype):
    make, events, float32 = BIJECTORS[kind]

    @settings(max_examples=1 if kind is ODEBijector else 3, **ONCE)
    @given(event=events, seed=st.integers(0, 2**16))
    def check(event, seed):
        draw = drawing(seed, dtype)
        tolerance = {"float32": float32, "float64": 1e-9}[dtype]
        bijector = make(draw, event)
        x = draw(3, *event)
        check_bijector(bijector, x, event_ndims=len(event), tolerance=tolerance)

    check()
