"""The parts of a model without noise, in the formats of phones and browsers.

Neither format has TensorFlow's stateless noise: a converter writes a file that no
runtime loads. So the host draws `z`, and the file holds what makes an example of it.
"""

import contextlib
import pathlib
import tempfile

import keras
import numpy as np
import tensorflow as tf

FORMATS = {"onnx": ".onnx", "litert": ".tflite"}
# In this order: what makes examples comes first.
PARTS = ("decode", "generate", "reconstruct", "encode")
_ONNX = "ONNX stands on tf2onnx and onnxruntime: pip install 'genkeras[onnx]'."
_OPSET = 18
_ATOL = 1e-5


def export_edge(model, path, *, kind: str, signature: str | None = None) -> str:
    """Writes one signature of a model as a file, once it answers as the model does.

    Args:
        model: a model of genkeras.
        path: path. The file.
        kind: str. "onnx" or "litert".
        signature: None for the first of `decode`, `generate`, `reconstruct` and
            `encode` that there is; or its name.

    Returns:
        The signature that was written.

    Raises:
        ValueError: for a signature that draws, or another kind; if a library is not
            there; or if the written file gives other answers.
    """
    if kind not in FORMATS:
        raise ValueError(f"Formats are {', '.join(FORMATS)}. Received: {kind!r}.")
    path = pathlib.Path(path)
    endpoints = model.endpoints()
    signature = _chosen(endpoints, signature, kind)
    function, specs = endpoints[signature]
    graph = tf.function(
        lambda *tensors: function(*tensors), input_signature=specs, autograph=False
    )
    convert, load = {"onnx": (_to_onnx, _onnx), "litert": (_to_litert, _litert)}[kind]
    with _one_line(signature, kind):
        content = convert(graph, signature)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.unfinished")
    draft.write_bytes(content)
    try:
        with _one_line(signature, kind):  # converters write what no runtime takes
            run = load(draft)
        _check(run, graph, model, specs, signature)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return signature


class _Missing(ValueError):
    """A library that is not installed."""


@contextlib.contextmanager
def _one_line(signature, kind):
    """Says what is not convertible, of whatever a converter or a runtime raises."""
    try:
        yield
    except _Missing:
        raise
    except Exception as error:
        line = " ".join(str(error).split())[:300]
        raise ValueError(
            f"{signature} of this model does not convert to {kind}: {line}"
        ) from error


def _chosen(endpoints, signature, kind):
    parts = [name for name in PARTS if name in endpoints]
    possible = [name for name in parts if not _draws(endpoints, name)]
    if signature is None:
        signature = next(iter(possible), "sample")
    if signature not in endpoints:
        raise ValueError(
            f"The signatures are {', '.join(endpoints)}. Received: {signature!r}."
        )
    if _draws(endpoints, signature):
        instead = (
            f"Export {' or '.join(possible)}, and draw its input where it runs."
            if possible
            else "This model has no part without noise: export a SavedModel."
        )
        raise ValueError(
            f"{signature} draws noise, which {kind} cannot. {instead} Received: "
            f"signature {signature!r}."
        )
    return signature


def _draws(endpoints, name):
    return any(spec.name == "seed" for spec in endpoints[name][1])


# === ONNX ===
def _to_onnx(graph, signature):
    try:
        import tf2onnx
    except ImportError:
        raise _Missing(_ONNX) from None
    proto, _ = tf2onnx.convert.from_function(
        graph, input_signature=graph.input_signature, opset=_OPSET
    )
    return proto.SerializeToString()


def _onnx(path):
    try:
        import onnxruntime
    except ImportError:
        raise _Missing(_ONNX) from None
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(str(path), providers=providers)
    names = [output.name for output in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(names, inputs), strict=True))


# === LiteRT ===
def _to_litert(graph, signature):
    archive = keras.export.ExportArchive()
    archive.add_endpoint(signature, graph)
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        return _converted(folder, signature)


def _converted(folder, signature):
    converter = tf.lite.TFLiteConverter.from_saved_model(
        folder, signature_keys=[signature]
    )
    return converter.convert()


def _litert(path):
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        raise _Missing(
            "LiteRT stands on ai-edge-litert: pip install 'genkeras[litert]'."
        ) from None
    interpreter = Interpreter(str(path))
    (name,) = interpreter.get_signature_list()
    runner = interpreter.get_signature_runner(name)
    return lambda inputs: runner(**inputs)


# === The check ===
def _check(run, graph, model, specs, signature):
    """Holds the file to the model's answers, for one example and for three."""
    for size in (1, 3):
        inputs = {spec.name: _example(model, spec, size) for spec in specs}
        wanted = graph(*(tf.constant(value) for value in inputs.values()))
        got = run(inputs)
        for name, value in wanted.items():
            close = np.allclose(got[name], value, rtol=_ATOL, atol=_ATOL)
            if np.shape(got[name]) != value.shape or not close:
                raise ValueError(
                    f"The written file does not answer as the model: {name} of "
                    f"{signature} differs. It is not kept."
                )


def _example(model, spec, size):
    shape = [size if n is None else n for n in spec.shape]
    if spec.name == "x":
        condition = model.class_by_class(size)
        return model.sample(size, condition=condition, seed=0).numpy()
    if spec.dtype.is_floating:
        return tf.random.stateless_normal(shape, (0, size), dtype=spec.dtype).numpy()
    return np.zeros(shape, spec.dtype.as_numpy_dtype)
