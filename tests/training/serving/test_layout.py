"""What TensorFlow Serving finds beside an exported model."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2

from genkeras.training.serving import BadRequestError, ServedModel, write_served_model
from genkeras.training.serving.layout import versions
from genkeras.training.serving.warm_up import prediction_log
from genkeras.zoo import VAE


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = VAE((4, 4, 1), 2, hidden_units=(4,), seed=0)
    directory = tmp_path_factory.mktemp("served")
    return model, directory, write_served_model(model, directory, "digits")


@pytest.fixture(scope="module")
def served(exported):
    return ServedModel(exported[2], max_samples=100)


def test_a_version_is_numbered_and_listed(exported):
    _, directory, version = exported
    assert version == directory / "digits" / "1"
    assert versions(directory) == [version]
    config = (directory / "models.config").read_text()
    assert 'name: "digits"' in config
    assert 'base_path: "/models/digits"' in config
    assert "tensorflow/serving" in (directory / "compose.yaml").read_text()
    assert "max_batch_size" in (directory / "batching.config").read_text()
    assert not list(directory.glob("digits/.*"))


def test_every_signature_is_warmed_up(exported, served):
    """Read back without protobuf: the field numbers are those of its description."""
    _, _, version = exported
    file = version / "assets.extra" / "tf_serving_warmup_requests"
    records = [r.numpy() for r in tf.data.TFRecordDataset(str(file))]
    seen = set()
    for record in records:
        ((number, log),) = _fields(record)
        ((inner, request),) = _fields(log)
        assert (number, inner) == (6, 1)
        fields = _fields(request)
        spec = dict(_fields(fields[0][1]))
        assert spec[1] == b"digits"
        inputs = {}
        for number, entry in fields[1:]:
            assert number == 2
            entry = dict(_fields(entry))
            proto = tensor_pb2.TensorProto.FromString(entry[2])
            inputs[entry[1].decode()] = tf.make_ndarray(proto)
        seen.add(spec[3].decode())
        served.answer(inputs, spec[3].decode())
    assert seen == served.signatures.keys()


def _fields(message):
    fields, i = [], 0
    while i < len(message):
        tag, i = _varint(message, i)
        assert tag & 7 == 2
        size, i = _varint(message, i)
        fields.append((tag >> 3, message[i : i + size]))
        i += size
    return fields


def _varint(message, i):
    value, shift = 0, 0
    while True:
        value |= (message[i] & 0x7F) << shift
        shift, i = shift + 7, i + 1
        if not message[i - 1] & 0x80:
            return value, i


def test_a_log_is_what_the_server_s_own_messages_say():
    logs = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    inputs = {"z": np.ones([1, 200], "float32"), "n": np.int32(3)}
    log = logs.PredictionLog.FromString(prediction_log("m", "decode", inputs))
    request = log.predict_log.request
    assert (request.model_spec.name, request.model_spec.signature_name) == (
        "m",
        "decode",
    )
    for name, value in inputs.items():
        np.testing.assert_array_equal(tf.make_ndarray(request.inputs[name]), value)


def test_answers_are_the_model_s(exported, served):
    model = exported[0]
    z = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")
    decoded = served.answer({"z": z}, "decode")
    ((_, wanted),) = model.endpoints()["decode"][0](tf.constant(z)).items()
    np.testing.assert_allclose(decoded["x"], wanted, rtol=1e-5, atol=1e-5)


SEED = np.zeros([2], "int32")


@pytest.mark.parametrize(
    ("signature", "inputs", "says"),
    [
        ("train", {}, "The signatures are .*Received: 'train'"),
        ("decode", {}, "decode takes z. Received: nothing"),
        ("decode", {"x": np.zeros([1, 2], "float32")}, "takes z. Received: x"),
        ("decode", {"z": np.zeros([1, 2])}, "z is float32. Received: float64"),
        ("decode", {"z": np.zeros([1, 3], "float32")}, r"\[B, 2\]. Received: \[1, 3\]"),
        ("decode", {"z": np.zeros([2], "float32")}, r"Received: \[2\]"),
        ("decode", {"z": np.zeros([101, 2], "float32")}, "1 to 100 .* z of 101"),
        ("decode", {"z": np.zeros([0, 2], "float32")}, "z of 0"),
        ("sample", {"num_samples": np.int32(101), "seed": SEED}, "num_samples of 101"),
        ("sample", {"num_samples": np.int32(-1), "seed": SEED}, "num_samples of -1"),
        ("encode", {"x": np.full([1, 4, 4, 1], 7.0, "float32")}, "VAE takes x: within"),
        ("encode", {"x": np.full([1, 4, 4, 1], np.nan, "float32")}, "takes x: finite"),
    ],
)
def test_what_does_not_fit_is_one_line(served, signature, inputs, says):
    with pytest.raises(BadRequestError, match=says) as caught:
        served.answer(inputs, signature)
    assert "\n" not in str(caught.value)


def test_a_number_may_come_as_a_row_of_one(served):
    inputs = {"num_samples": np.array([3], "int32"), "seed": SEED}
    assert served.answer(inputs, "sample")["samples"].shape == (3, 4, 4, 1)


def test_only_signatures_of_rows_can_be_joined(served):
    joined = {name for name in served.signatures if served.takes_rows(name)}
    assert {"decode", "encode", "sample_rows"} <= joined
    assert "sample" not in joined


def test_no_model_is_named(tmp_path):
    with pytest.raises(ValueError, match="is no SavedModel"):
        ServedModel(pathlib.Path(tmp_path))
