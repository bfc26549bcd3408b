"""An exported model runs in a C program: no Python, no Keras, no genkeras."""

import pathlib
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from genkeras.zoo import VAE

SOURCE = pathlib.Path(__file__).with_name("run_saved_model.c")


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    folder = pathlib.Path(tf.sysconfig.get_lib())
    libraries = [folder / f"libtensorflow_{n}.so.2" for n in ("cc", "framework")]
    if not all(library.exists() for library in libraries):
        pytest.skip("this wheel of TensorFlow has no C library beside it")
    program = tmp_path_factory.mktemp("c") / "run_saved_model"
    command = ["gcc", "-O1", "-Wall", "-Werror", SOURCE, "-o", program]
    command += [f"-I{tf.sysconfig.get_include()}", f"-Wl,-rpath,{folder}", *libraries]
    subprocess.run(command, check=True)
    return program


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = VAE((4, 4, 1), 2, hidden_units=(4,), seed=0)
    for variable in model.trainable_variables:
        variable.assign_add(tf.random.stateless_normal(variable.shape, (0, 1)))
    path = tmp_path_factory.mktemp("exported") / "1"
    model.export(path, verbose=False)
    return model, path


def _signature(path, name):
    saved = saved_model_pb2.SavedModel.FromString(
        (path / "saved_model.pb").read_bytes()
    )
    return saved.meta_graphs[0].signature_def[name]


def _place(info):
    return info.name.replace(":", " ")


def _tensor(value):
    value = np.asarray(value)
    kind = "f" if value.dtype == np.float32 else "i"
    words = [kind, value.ndim, *value.shape, *value.ravel().tolist()]
    return " ".join(map(str, words))


def _ask(program, path, name, inputs):
    """The answers of the C program, by the outputs' names."""
    signature = _signature(path, name)
    lines = [str(len(inputs))]
    for key, value in inputs.items():
        lines.append(f"{_place(signature.inputs[key])} {_tensor(value)}")
    names = sorted(signature.outputs)
    lines += [str(len(names)), *(_place(signature.outputs[n]) for n in names)]
    done = subprocess.run(
        [program, path],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        env={"TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(names, map(_parsed, done.stdout.splitlines()), strict=True))


def _parsed(line):
    rank, *words = line.split()
    shape = [int(word) for word in words[: int(rank)]]
    return np.array(words[int(rank) :], "float32").reshape(shape)


def test_a_c_program_decodes_encodes_and_draws(program, exported):
    model, path = exported
    z = np.random.default_rng(0).normal(size=(3, 2)).astype("float32")
    x = model.sample(5, seed=1).numpy()
    served = tf.saved_model.load(str(path))
    requests = {
        "decode": {"z": z},
        "encode": {"x": x},
        "sample": {"num_samples": np.int32(4), "seed": np.array([0, 7], "int32")},
        "sample_rows": {"seed": np.array([3, 4], "int32")},
    }
    for name, inputs in requests.items():
        answers = _ask(program, path, name, inputs)
        tensors = {key: tf.constant(value) for key, value in inputs.items()}
        wanted = served.signatures[name](**tensors)
        assert answers.keys() == wanted.keys()
        for key, value in wanted.items():
            np.testing.assert_allclose(answers[key], value, rtol=1e-5, atol=1e-5)


def test_a_c_program_is_told_what_does_not_fit(program, exported):
    path = exported[1]
    with pytest.raises(AssertionError, match="VAE takes x"):
        _ask(program, path, "encode", {"x": np.full([1, 4, 4, 1], 7.0, "float32")})
