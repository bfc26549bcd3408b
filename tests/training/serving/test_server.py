"""The server as its clients see it; it needs the extra `serve`."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

from contracts.models import TINY
from contracts.serving import check_served, requests
from genkeras.training.serving import write_served_model

pytest.importorskip("mlserver")
# Raised inside MLServer 1.7, by its own converters.
pytestmark = pytest.mark.filterwarnings("ignore:The `construct` method")

MODELS = ("flow", "vae", "made", "gan")
MAX_SAMPLES = 100
_TYPES = {"float32": "FP32", "int32": "INT32", "int64": "INT64"}


class Server:
    """`genkeras serve` in a process of its own."""

    def __init__(self, directory):
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(socket.socket()) for _ in range(3)]
            for one in sockets:
                one.bind(("127.0.0.1", 0))
            self.port, self.grpc_port, metrics = (s.getsockname()[1] for s in sockets)
        code = "from genkeras.training.commands import main; main()"
        options = {
            "--port": self.port,
            "--grpc-port": self.grpc_port,
            "--metrics-port": metrics,
            "--max-samples": MAX_SAMPLES,
            "--max-request-mb": 1,
        }
        words = [str(word) for pair in options.items() for word in pair]
        self.metrics_port = metrics
        self.log = pathlib.Path(directory) / "server.log"
        with self.log.open("w") as log:  # a pipe that nobody reads would fill
            self.process = subprocess.Popen(
                [sys.executable, "-c", code, "serve", str(directory), *words],
                stdout=log,
                stderr=log,
                env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            )
        self._wait()

    def _wait(self):
        deadline = time.time() + 240
        while time.time() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError):
                if self.get("/v2/health/ready")[0] == 200:
                    return
            time.sleep(0.3)
        raise AssertionError("the server is not ready")

    def get(self, path):
        return self.post(path, None)

    def post(self, path, body, port=None):
        """The status and the parsed answer."""
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        url = f"http://127.0.0.1:{port or self.port}{path}"
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def infer(self, model, signature, inputs, version=None):
        path = f"/v2/models/{model}" + (f"/versions/{version}" if version else "")
        status, content = self.post(f"{path}/infer", _request(signature, inputs))
        return status, json.loads(content)

    def memory(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (n for n in status.splitlines() if n.startswith("VmRSS"))
        return int(line.split()[1]) / 1024  # MB


def _request(signature, inputs):
    tensors = [
        {
            "name": name,
            "shape": list(np.shape(value)),
            "datatype": _TYPES[np.asarray(value).dtype.name],
            "data": np.ravel(value).tolist(),
        }
        for name, value in inputs.items()
    ]
    return {"inputs": tensors, "parameters": {"signature": signature}}


def _outputs(answer):
    names = {value: name for name, value in _TYPES.items()}
    return {
        tensor["name"]: np.array(tensor["data"], names[tensor["datatype"]]).reshape(
            tensor["shape"]
        )
        for tensor in answer["outputs"]
    }


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    directory = tmp_path_factory.mktemp("served")
    models = {name: TINY[name]() for name in MODELS}
    for name, model in models.items():
        write_served_model(model, directory, name)
    return directory, models


@pytest.fixture(scope="module")
def server(exported):
    server = Server(exported[0])
    yield server
    server.process.terminate()
    assert server.process.wait(30) == 0


def _calls(models, name):
    tiny = TINY[name]
    return requests(models[name], tiny.x, tiny.condition, sizes=(1, 7))


@pytest.mark.parametrize("name", MODELS)
def test_rest_answers_are_the_model_s(server, exported, name):
    calls = _calls(exported[1], name)
    answers = []
    for signature, inputs, _ in calls:
        status, answer = server.infer(name, signature, inputs)
        answers.append(_outputs(answer) if status == 200 else str(answer))
    check_served(answers, calls)


@pytest.mark.parametrize("name", MODELS)
def test_grpc_answers_are_the_model_s(server, exported, name):
    import grpc
    from mlserver.grpc import converters, dataplane_pb2_grpc
    from mlserver.types import InferenceRequest

    calls = _calls(exported[1], name)
    answers = []
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        stub = dataplane_pb2_grpc.GRPCInferenceServiceStub(channel)
        for signature, inputs, _ in calls:
            request = InferenceRequest(**_request(signature, inputs))
            message = converters.ModelInferRequestConverter.from_types(
                request, model_name=name, model_version=""
            )
            answer = converters.ModelInferResponseConverter.to_types(
                stub.ModelInfer(message)
            )
            answers.append(_outputs(json.loads(answer.model_dump_json())))
    check_served(answers, calls)


def test_metadata_names_what_there_is(server):
    status, content = server.get("/v2/models/vae")
    facts = json.loads(content)
    assert status == 200
    assert facts["versions"] == ["1"]
    assert {"decode", "encode", "sample", "sample_rows"} <= facts["parameters"].keys()
    assert server.get("/v2/models/no_model")[0] == 404


SEED = np.array([0, 0], "int32")
_X = {"name": "z", "shape": [1, 2], "datatype": "FP32", "data": [0.0, 0.0]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "A request is JSON"),
        (b"[1]", "JSON object"),
        (b"[" * 100_000, "A request is JSON"),
        (b"\xff\xfe", "A request is JSON"),
        (b"x" * 2**20 + b"xx", "at most 1048576 bytes"),
        ({}, "inputs"),
        ({"inputs": "z"}, "inputs"),
        ({"inputs": [{"name": "z"}]}, "shape"),
        ({"inputs": [_X]}, "takes x"),
        ({"inputs": [{**_X, "name": "x"}]}, "x is of shape"),
        ({"inputs": [{**_X, "data": ["a", "b"]}]}, "data that does not"),
        ({"inputs": [{**_X, "data": [1.0]}]}, "data that does not"),
        ({"inputs": [{**_X, "shape": [-1, 2]}]}, ""),
        ({"inputs": [{**_X, "datatype": "INT32", "data": [2**40, 0]}]}, "does not"),
        ({"inputs": [{**_X, "datatype": "INT32", "data": [0.5, 0]}]}, "does not"),
        ({"inputs": [{**_X, "datatype": "BYTES"}]}, "Received: BYTES"),
        ({"inputs": [{**_X, "datatype": "FP99"}]}, "datatype"),
        (_request("train", {}), "The signatures are"),
        (
            _request("sample", {"num_samples": np.int32(101), "seed": SEED}),
            "1 to 100",
        ),
    ],
)
def test_every_bad_request_is_one_line(server, body, says):
    status, content = server.post("/v2/models/vae/infer", body)
    assert 400 <= status < 500, content
    line = json.loads(content)["error"]
    assert says in line
    assert "\n" not in line
    assert server.get("/v2/health/live")[0] == 200


def test_a_body_without_a_length_is_bounded_too(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    chunks = (b"x" * 2**16 for _ in range(64))
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.request(
            "POST", "/v2/models/vae/infer", body=chunks, encode_chunked=True
        )
        assert connection.getresponse().status == 413
    connection.close()
    assert server.get("/v2/health/live")[0] == 200


def test_a_thousand_bad_requests_leave_the_server_as_it_was(server):
    rng = np.random.default_rng(0)
    good = json.dumps(_request("decode", {"z": np.zeros([1, 2], "float32")})).encode()

    def ask(_):
        body = bytearray(good)
        for at in rng.integers(len(body), size=rng.integers(1, 9)):
            body[at] = rng.integers(256)
        return server.post("/v2/models/vae/infer", bytes(body))[0]

    list(map(ask, range(100)))
    before = server.memory()
    statuses = list(map(ask, range(1000)))
    assert all(status < 500 for status in statuses), set(statuses)
    assert server.memory() < before + 30.0


def test_rows_that_come_together_are_answered_as_alone(server, exported):
    def draw(seed):
        rows = {"seed": np.arange(seed, seed + 3, dtype="int32")}
        return _outputs(server.infer("vae", "sample_rows", rows)[1])["samples"]

    alone = [draw(seed) for seed in range(32)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        together = list(pool.map(draw, range(32)))
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_a_new_version_is_loaded_beside_the_old(server, exported):
    directory, models = exported
    model = TINY["vae"]()
    for variable in model.trainable_variables:
        variable.assign_add(tf.ones_like(variable))
    write_served_model(model, directory, "vae")
    assert server.post("/v2/repository/models/vae/load", b"")[0] == 200
    seed = {"num_samples": np.int32(2), "seed": np.array([0, 1], "int32")}
    first, second = (
        _outputs(server.infer("vae", "sample", seed, version)[1])["samples"]
        for version in ("1", "2")
    )
    pair = tf.constant(seed["seed"])
    np.testing.assert_allclose(first, models["vae"].sample(2, seed=pair), atol=1e-5)
    np.testing.assert_allclose(second, model.sample(2, seed=pair), atol=1e-5)


def test_metrics_are_there(server):
    status, content = server.post("/metrics", None, port=server.metrics_port)
    assert status == 200
    assert b"model_infer_request_success" in content
