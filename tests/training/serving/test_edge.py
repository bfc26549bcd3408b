"""Deterministic parts in the formats of phones and browsers."""

import numpy as np
import pytest
import tensorflow as tf

from genkeras.training.serving import edge
from genkeras.training.serving.edge import export_edge
from genkeras.zoo import GAN, MADE, VAE, RealNVP

MODELS = {
    "vae": lambda: VAE((4, 4, 1), 2, hidden_units=(4,), seed=0),
    "gan": lambda: GAN((3,), 2, generator_units=(4,), discriminator_units=(4,), seed=0),
    "flow": lambda: RealNVP(3, 2, (4,), seed=0),
}


def _run(path, inputs):
    if path.suffix == ".onnx":
        return edge._onnx(path)(inputs)
    return edge._litert(path)(inputs)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", edge.FORMATS)
def test_a_file_answers_as_the_model(kind, name, tmp_path):
    pytest.importorskip({"onnx": "tf2onnx", "litert": "ai_edge_litert"}[kind])
    if kind == "onnx":
        pytest.importorskip("onnxruntime")
    model = MODELS[name]()
    for variable in model.trainable_variables:
        variable.assign_add(0.3 * tf.random.stateless_normal(variable.shape, (0, 1)))
    path = tmp_path / f"model{edge.FORMATS[kind]}"
    signature = export_edge(model, path, kind=kind)
    function, (spec,) = model.endpoints()[signature]
    inputs = np.random.default_rng(0).normal(size=(7, spec.shape[1])).astype("float32")
    wanted = function(tf.constant(inputs))
    got = _run(path, {spec.name: inputs})
    assert got.keys() == wanted.keys()
    for key, value in wanted.items():
        np.testing.assert_allclose(got[key], value, rtol=1e-5, atol=1e-5)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_file_with_other_answers_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(edge, "_to_onnx", lambda graph, signature: b"")
    wrong = lambda path: lambda inputs: {"x": np.zeros([len(inputs["z"]), 4, 4, 1])}  # noqa: E731
    monkeypatch.setattr(edge, "_onnx", wrong)
    with pytest.raises(ValueError, match="x of decode differs. It is not kept"):
        export_edge(MODELS["vae"](), tmp_path / "m.onnx", kind="onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("make", "options", "says"),
    [
        (MODELS["vae"], {"signature": "sample"}, "sample draws noise.*Export decode"),
        (MODELS["vae"], {"signature": "train"}, "The signatures are"),
        (MODELS["vae"], {"kind": "pdf"}, "Formats are onnx, litert"),
        (lambda: MADE(3, (4,), num_levels=2), {}, "no part without noise"),
    ],
)
def test_what_cannot_be_exported_says_what_to_export(make, options, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        export_edge(make(), tmp_path / "m", **{"kind": "onnx", **options})
    assert not list(tmp_path.iterdir())
