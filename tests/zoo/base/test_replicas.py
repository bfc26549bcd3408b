"""One step on two replicas is one step on one device."""

import functools
import json
import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).parents[2] / "replica_step.py"
HEAVY = {
    "wgan_gp_resnet": "heavy",
    "pix2pix": "translators",
    "cycle_gan": "translators",
}


@pytest.fixture(scope="module")
def weights():
    """Runs the script on 1 and 2 logical CPUs: a process can be split only once."""

    @functools.cache
    def weights(kind):
        runs = []
        for count in (1, 2):
            command = [sys.executable, str(SCRIPT), f"cpu:{count}", kind]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            runs.append(json.loads(done.stdout.splitlines()[-1]))
        return runs

    return weights


@pytest.mark.parametrize(
    "name",
    [
        "real_nvp",
        "vae",
        "vae_flow",
        "wgan_gp",
        "uneven",
        "act_norm",
        "regularized",
        "reverse_kl",
        "dcgan",
        "sngan",
        "conditional_gan",
        *(pytest.param(name, marks=pytest.mark.slow) for name in HEAVY),
    ],
)
def test_two_replicas_step_like_one_device(weights, name):
    one, two = (run[name] for run in weights(HEAVY.get(name, "light")))
    assert (one["replicas"], two["replicas"]) == (1, 2)
    assert one["before"] != pytest.approx(one["after"], abs=1e-4)
    # Sums in another order, of which optimizers make another last digit or two.
    assert two["after"] == pytest.approx(one["after"], rel=1e-6, abs=2e-6)
