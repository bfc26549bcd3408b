"""Ten steps in two processes are ten steps in one."""

import functools
import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from worker_processes import run_workers

from genkeras.training.strategies import make_strategy
from genkeras.zoo.base.workers import by_row

SCRIPT = pathlib.Path(__file__).parents[2] / "replica_step.py"
FAMILIES = ("act_norm", "vae", "autoregressive", "autoencoder", "gan", "dcgan")


@functools.cache
def _runs(*families):
    """What one process made of them, and what each of two."""
    arguments = ["ten_steps", *families]
    command = [sys.executable, str(SCRIPT), "cpu", *arguments]
    alone = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    outputs = [alone, *run_workers(2, SCRIPT, "multiworker", *arguments)]
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def _check(family, *families):
    one, *workers = (run[family] for run in _runs(*families))
    assert [worker["replicas"] for worker in workers] == [2, 2]
    assert np.abs(np.subtract(one["before"], one["after"])).max() > 0.01
    for worker in workers:
        assert "Received: 2 different first batches" in worker["refused"]
        np.testing.assert_allclose(worker["after"], one["after"], atol=1e-6)
        np.testing.assert_allclose(
            worker["predicted"], one["predicted"], rtol=1e-5, atol=1e-6
        )
        assert worker["history"].keys() == one["history"].keys()
        for name, values in one["history"].items():
            got = worker["history"][name]
            np.testing.assert_allclose(got, values, rtol=1e-5, atol=1e-6, err_msg=name)
    # To the last bit: the metrics of a worker are those of all.
    assert workers[0]["history"] == workers[1]["history"]


def test_two_workers_train_as_one_process():
    """The last batch is uneven: it leaves a worker without rows."""
    _check("flow", "flow")


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_two_workers_train_every_family_as_one_process(family):
    _check(family, *FAMILIES)


def test_a_policy_that_is_asked_for_stays():
    policies = tf.data.experimental.AutoShardPolicy
    data = tf.data.Dataset.range(3)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = policies.OFF
    for given, wanted in ((data, policies.DATA), (data.with_options(options), "OFF")):
        got = by_row(given).options().experimental_distribute.auto_shard_policy
        assert got == (policies.OFF if wanted == "OFF" else wanted)


@pytest.mark.parametrize("config", ["{", "[1]", '"x"'])
def test_a_cluster_that_is_none_is_named(config, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(ValueError, match="TF_CONFIG is JSON"):
        make_strategy("auto")


def test_workers_must_be_named(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match="Received: no TF_CONFIG"):
        make_strategy("multiworker")
