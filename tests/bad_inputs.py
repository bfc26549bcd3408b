"""A seeded stream of inputs that are wrong, over every public class and method.

    python tests/bad_inputs.py 1000

prints what became of them: refused in one line of ours that names what was received,
refused by somebody else, or taken in silence.
"""

import collections
import dataclasses
import inspect
import sys
import warnings
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from contracts.models import TINY
from genkeras import layers, zoo

OURS, FOREIGN, SILENT = "ours", "foreign", "silent"
# Methods by what they take: examples, latent vectors, or nothing but options.
OF_EXAMPLES = (
    "log_prob",
    "elbo",
    "encode",
    "reconstruct",
    "discriminate",
    "responsibilities",
    "predict_cluster",
    "reconstruction_error",
    "conditionals",
    "predict",
    "fit",
    "evaluate",
)
OF_LATENTS = ("decode", "generate")
OF_SAMPLES = {
    "num_samples": [-1, 2.5, "3", None, 2**40, float("nan"), [2], True, 1j],
    "seed": [1.5, "x", (1, 2, 3), 2**70, [], {}, float("nan")],
    "temperature": [-1.0, float("nan"), "hot", float("inf"), None, [1.0]],
    "top_k": [0, -2, 1.5, "3", float("nan")],
    "top_p": [0.0, 1.5, -0.1, float("nan"), "1"],
    "truncation": [0.0, -1.0, float("nan"), "1"],
}
OF_OPTIONS = [float("nan"), float("inf"), -1, -0.5, 2.5, "3", (0,), [[1]], 1j, object()]


@dataclasses.dataclass(frozen=True)
class Case:
    """One call that must not succeed.

    Attributes:
        name: str. What is called, and what is wrong with it.
        call: function without arguments.
    """

    name: str
    call: Callable


def cases(seed: int):
    """Yields cases without end, the same ones for a seed."""
    rng = np.random.default_rng(seed)
    models = {}
    kinds = [_of_a_method, _of_a_condition, _of_samples, _of_a_constructor]
    kinds.append(_of_a_method)  # which has the most to go wrong
    while True:
        kind = kinds[rng.integers(len(kinds))]
        case = kind(rng, models)
        if case is not None:
            yield case


def outcome(case) -> tuple[str, str]:
    """Returns what became of a case, and what was said or returned."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = case.call()
    except (ValueError, TypeError) as error:
        message = str(error)
        one_line = "\n" not in message.strip()
        told = "Received" in message or "Unrecognized keyword" in message
        return (OURS if one_line and told else FOREIGN), message
    except Exception as error:
        return FOREIGN, f"{type(error).__name__}: {error}"
    return SILENT, repr(result)[:200]


# === The kinds ===
def _model(rng, models):
    name = sorted(TINY)[rng.integers(len(TINY))]
    if name not in models:
        models[name] = TINY[name]()
        models[name].compile(run_eagerly=False)
    return name, models[name], TINY[name]


def _of_a_method(rng, models):
    name, model, tiny = _model(rng, models)
    methods = [m for m in (*OF_EXAMPLES, *OF_LATENTS) if _takes(model, m)]
    method = methods[rng.integers(len(methods))]
    good = _latents(model) if method in OF_LATENTS else np.asarray(tiny.x)
    if good is None:
        return None
    bounded = method not in OF_LATENTS and model.front_door.value_range is not None
    wrongs = {**_shapes(good), **_values(good)}
    if model.num_levels is not None and method not in OF_LATENTS:
        wrongs |= {"above": good + 999, "below": good - 999, "half": good + 0.5}
    elif bounded:
        wrongs |= {"above": good + 999.0, "below": good - 999.0}
    what = sorted(wrongs)[rng.integers(len(wrongs))]
    title = f"{name}.{method}: {what}"
    return _call(title, model, method, wrongs[what], tiny.condition)


def _of_a_condition(rng, models):
    name, model, tiny = _model(rng, models)
    method = "log_prob" if _takes(model, "log_prob") else "sample"
    if model.condition_spec is None:
        wrongs = {"needless": np.zeros([len(tiny.x)], "int32")}
    else:
        leaves = tf.nest.flatten(tiny.condition)
        wrongs = {"missing": None, "short": _each(tiny.condition, lambda c: c[:-1])}
        wrongs |= {"text": _each(tiny.condition, lambda c: np.full(len(c), "a"))}
        wrongs |= {"deep": _each(tiny.condition, lambda c: c[..., None, None])}
        if not np.issubdtype(np.asarray(leaves[0]).dtype, np.integer):
            wrongs |= {"nan": _each(tiny.condition, lambda c: np.asarray(c) * np.nan)}
        else:
            wrongs |= {"above": _each(tiny.condition, lambda c: np.asarray(c) + 999)}
            wrongs |= {"below": _each(tiny.condition, lambda c: np.asarray(c) - 999)}
    what = sorted(wrongs)[rng.integers(len(wrongs))]
    title = f"{name}.{method}: condition {what}"
    if method == "sample":
        count = len(tiny.x)
        return Case(title, lambda: model.sample(count, condition=wrongs[what], seed=0))
    return _call(title, model, method, tiny.x, wrongs[what])


def _of_samples(rng, models):
    name, model, tiny = _model(rng, models)
    takes = inspect.signature(model.sample).parameters
    options = [option for option in OF_SAMPLES if option in takes]
    option = options[rng.integers(len(options))]
    values = OF_SAMPLES[option]
    value = values[rng.integers(len(values))]
    given = {"num_samples": len(tiny.x), "seed": 0, option: value}
    if option in ("temperature", "truncation") and value is None:
        return None
    return Case(
        f"{name}.sample: {option}={value!r}",
        lambda: model.sample(condition=tiny.condition, **given),
    )


def _of_a_constructor(rng, models):
    doors = [zoo, layers]
    door = doors[rng.integers(2)]
    names = [n for n in sorted(door.__all__) if inspect.isclass(getattr(door, n))]
    cls = getattr(door, names[rng.integers(len(names))])
    if inspect.isabstract(cls) or "__init__" not in vars(cls):
        return None
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    named = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    typed = [p for p in named if "str" not in str(p.annotation) and _is_plain(p)]
    if not typed:
        return None
    chosen = typed[rng.integers(len(typed))]
    value = OF_OPTIONS[rng.integers(len(OF_OPTIONS))]
    if _may_be(chosen, value):
        return None
    needed = {p.name: None for p in named if p.default is p.empty}
    given = {**needed, chosen.name: value}
    return Case(f"{cls.__name__}: {chosen.name}={value!r}", lambda: cls(**given))


def _is_plain(parameter):
    return any(kind in str(parameter.annotation) for kind in ("int", "float", "bool"))


def _may_be(parameter, value):
    """Whether such an option might take the value after all."""
    kind, name = str(parameter.annotation), parameter.name
    anything = name in ("seed", "real_label", "fake_label", "generator_label")
    number = isinstance(value, int | float) and np.isfinite(value)
    return number and (anything or ("float" in kind and value > 0))


# === What is wrong with an array ===
def _shapes(good):
    wrongs = {"one axis more": good[..., None], "the first alone": good[0]}
    if good.shape[-1] > 1 and good.ndim > 1:
        wrongs["an entry less"] = good[..., :-1]
    if good.ndim > 2:
        wrongs["flat"] = good.reshape(len(good), -1)
    return wrongs


def _values(good):
    wrongs = {
        "complex": good.astype("complex64"),
        "text": np.full(good.shape, "a"),
        "objects": np.full(good.shape, None),
        "nothing": None,
        "a dict": {"a": good},
        "a string": "data",
    }
    real = np.array(good, "float32")
    for name, value in {"nan": np.nan, "inf": np.inf}.items():
        real = np.array(real)
        real.flat[-1] = value
        wrongs[name] = real
    return wrongs


# === Calls ===
def _takes(model, method):
    return callable(getattr(model, method, None))


def _latents(model):
    """Latent vectors that would do, of models that have one."""
    size = getattr(model, "latent_size", None)
    if isinstance(size, int) and size > 0:
        return np.zeros([4, size], "float32")
    return None


def _each(condition, change):
    return tf.nest.map_structure(lambda c: change(np.asarray(c)), condition)


def _call(title, model, method, x, condition):
    function = getattr(model, method)
    takes = inspect.signature(function).parameters
    arguments = (x,)
    options = {}
    if method in ("fit", "evaluate"):
        arguments = (x,) if condition is None else (x, condition)
        options = {"verbose": 0, "batch_size": 4}
    elif method == "predict":
        if condition is not None:
            return None
        options = {"verbose": 0}
    elif condition is not None and "condition" in takes:
        arguments = (x, condition)
    return Case(title, lambda: function(*arguments, **options))


def main(number):
    """Prints the counts, and whatever was not refused in a line of ours."""
    counts = collections.Counter()
    stream = cases(seed=2026)
    for _ in range(number):
        case = next(stream)
        kind, said = outcome(case)
        counts[kind] += 1
        if kind != OURS:
            print(f"{kind}: {case.name}: {' '.join(said.split())[:200]}", flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main(int(sys.argv[1]))
