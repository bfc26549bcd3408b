"""An exported model needs nothing but TensorFlow, and answers as the model does."""

import functools
import pathlib
import pickle
import subprocess
import sys

import numpy as np
import pytest

from contracts import check_served, perturb, requests
from contracts.models import REPRESENTATIVES, TINY, sweep

SCRIPT = pathlib.Path(__file__).parents[2] / "contracts" / "serve_alone.py"
# Those left out export the same code as another of their family.
SAME = ("flow_one_feature", "gan", "gan_regularized", "nice")
SERVED = [n for n in TINY if n not in SAME]
QUICK = [n for n in REPRESENTATIVES if n in SERVED]
BANNED = ["genkeras", "keras", "tf_keras", "tensorflow_probability"]


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """Exports models of every class, those of the quick run or the others, once."""

    @functools.cache
    def export(quick):
        folder = tmp_path_factory.mktemp("exported")
        wanted = {}
        for name in SERVED:
            if (name in QUICK) == quick:
                tiny = TINY[name]
                model = perturb(tiny())
                model.export(folder / name, verbose=False)
                wanted[name] = requests(model, tiny.x, tiny.condition)
        return folder, wanted  # what they should answer

    return export


@pytest.fixture(scope="module")
def serve(export):
    """What one process with TensorFlow alone makes of them."""

    @functools.cache
    def serve(quick):
        folder, wanted = export(quick)
        calls = {name: [call[:2] for call in calls] for name, calls in wanted.items()}
        (folder / "requests.pkl").write_bytes(pickle.dumps(calls))
        subprocess.run([sys.executable, str(SCRIPT), str(folder)], check=True)
        return pickle.loads((folder / "answers.pkl").read_bytes())

    return serve


@pytest.fixture(scope="module")
def exported(export):
    return export(quick=True)


@pytest.fixture(scope="module")
def report(serve):
    return serve(quick=True)


def test_the_server_can_import_nothing_of_ours(report):
    assert report["refused"] == BANNED
    assert report["imported"] == []


@pytest.mark.parametrize("name", sweep(SERVED, QUICK))
def test_the_served_answers_are_the_models(export, serve, name):
    quick = name in QUICK
    answers, wanted = serve(quick)["answers"][name], export(quick)[1][name]
    # A sample of Flow++ comes out of a search, which magnifies the last bit's
    # difference between a graph and the ops one by one.
    atol = 5e-4 if name == "flow_plus_plus" else 1e-5
    check_served(answers, wanted, atol=atol)


@pytest.mark.parametrize(
    ("name", "keys"),
    [("real_nvp_dict", ["log_prob"]), ("vae", ["x"]), ("wgan_gp", ["samples"])],
)
def test_the_default_signature_is_the_familys(report, name, keys):
    assert report["defaults"][name] == keys


def test_the_command_line_of_tensorflow_runs_it(exported, tmp_path):
    folder, wanted = exported
    signature, inputs, outputs = next(
        call for call in wanted["real_nvp_dict"] if call[0] == "sample"
    )
    given = []
    for key, value in inputs.items():
        np.save(tmp_path / f"{key}.npy", value)
        given.append(f"{key}={tmp_path / key}.npy")
    program = pathlib.Path(sys.executable).with_name("saved_model_cli")
    command = [str(program), "run", "--dir", str(folder / "real_nvp_dict")]
    command += ["--tag_set", "serve", "--signature_def", signature]
    command += ["--inputs", ";".join(given), "--outdir", str(tmp_path / "out")]
    subprocess.run(command, check=True, capture_output=True)
    samples = np.load(tmp_path / "out" / "samples.npy")
    np.testing.assert_allclose(samples, outputs["samples"], rtol=1e-5, atol=1e-5)
