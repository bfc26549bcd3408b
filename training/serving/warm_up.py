"""Requests that TensorFlow Serving replays when it loads a model.

The first request of a signature takes as long as TensorFlow needs to prepare it, so it
had better be nobody's. The file is a TFRecord of `PredictionLog` messages. They are
four nested fields, written here in protobuf's wire format, which spares a dependency;
see tensorflow_serving/apis/prediction_log.proto and predict.proto.
"""

import pathlib

import numpy as np
import tensorflow as tf

from .served_model import BadRequestError, ServedModel

_PREDICT_LOG, _REQUEST = 6, 1  # of PredictionLog, of PredictLog
_MODEL_SPEC, _INPUTS = 1, 2  # of PredictRequest
_NAME, _SIGNATURE = 1, 3  # of ModelSpec
_KEY, _VALUE = 1, 2  # of an entry of a map


def write_warm_up(path, name: str) -> list[str]:
    """Adds a request of every signature to a SavedModel.

    A server refuses a model whose requests fail, so only those that the model answers
    are kept.

    Args:
        path: path. The SavedModel.
        name: str. What the server calls the model.

    Returns:
        The signatures that are warmed up.
    """
    served = ServedModel(path)
    folder = pathlib.Path(path) / "assets.extra"
    folder.mkdir()
    warmed = []
    with tf.io.TFRecordWriter(str(folder / "tf_serving_warmup_requests")) as writer:
        for signature in sorted(served.signatures):
            inputs = _example(served.inputs(signature))
            try:
                served.answer(inputs, signature)
            except BadRequestError:
                continue
            writer.write(prediction_log(name, signature, inputs))
            warmed.append(signature)
    return warmed


def _example(specs):
    """A request of one row of zeros, or one sample."""
    example = {}
    for name, spec in specs.items():
        shape = [1 if n is None else n for n in spec.shape]
        example[name] = np.zeros(shape, spec.dtype.as_numpy_dtype)
        if name == "num_samples":
            example[name] += 1
    return example


def prediction_log(name: str, signature: str, inputs: dict) -> bytes:
    """Returns a `PredictionLog` message.

    Args:
        name: str. The model.
        signature: str.
        inputs: dict of arrays by name.
    """
    spec = _field(_NAME, name.encode()) + _field(_SIGNATURE, signature.encode())
    request = _field(_MODEL_SPEC, spec)
    for key, value in inputs.items():
        tensor = tf.make_tensor_proto(value).SerializeToString()
        entry = _field(_KEY, key.encode()) + _field(_VALUE, tensor)
        request += _field(_INPUTS, entry)
    return _field(_PREDICT_LOG, _field(_REQUEST, request))


def _field(number, content):
    """A field of bytes: its tag, its length, itself."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value):
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])
