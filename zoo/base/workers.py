"""How `fit` and `evaluate` run where the replicas are processes of their own.

Keras 3 means the logs of a step over an axis that scalars do not have, and lets each
worker shuffle arrays in its own order.
"""

import hashlib

import numpy as np
import tensorflow as tf

from ...layers.replicas import across_workers, gather_rows


def step_function(model, step):
    """Returns what Keras calls with an iterator for each step.

    Args:
        model: a compiled `GenerativeModel`, whose metrics are global already: the logs
            of any replica are those of all.
        step: its `train_step` or `test_step`.
    """
    strategy = model.distribute_strategy

    def run(iterator):
        logs = strategy.run(step, args=(iterator.get_next(),))
        first = lambda log: strategy.experimental_local_results(log)[0]  # noqa: E731
        return {name: first(log) for name, log in logs.items()}

    if model.run_eagerly:
        return run
    return tf.function(run, jit_compile=model.jit_compile, autograph=False)


def by_row(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Returns the data set so that workers part each batch by rows, as replicas do.

    A data set that says how it is to be parted is left as it is.
    """
    policies = tf.data.experimental.AutoShardPolicy
    asked = dataset.options().experimental_distribute.auto_shard_policy
    if asked not in (None, policies.AUTO):
        return dataset
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = policies.DATA
    return dataset.with_options(options)


def common_seed(strategy: tf.distribute.Strategy) -> int | None:
    """Returns a seed that all workers know, the chief's; None where there is one."""
    if not across_workers(strategy):
        return None
    mine = tf.random.uniform([1], maxval=2**31 - 1, dtype=tf.int32)
    return int(gather_rows(strategy)(mine)[0, 0])


def check_same_data(strategy: tf.distribute.Strategy, data) -> None:
    """Raises, on every worker, if they do not read the same first batch of a data set.

    Args:
        strategy: any; without workers nothing is checked.
        data: what `fit` takes.

    Raises:
        ValueError: if rows would be trained on twice, and others never.
    """
    if not across_workers(strategy) or not isinstance(data, tf.data.Dataset):
        return
    policies = tf.data.experimental.AutoShardPolicy
    policy = data.options().experimental_distribute.auto_shard_policy
    if policy != policies.DATA:
        return  # parted by whoever asked for another
    batch = next(iter(data.take(1)))
    digest = hashlib.sha256()
    for leaf in tf.nest.flatten(batch):
        digest.update(
            repr(leaf if leaf is None else np.asarray(leaf).tolist()).encode()
        )
    mine = int.from_bytes(digest.digest()[:7], "big")
    digests = set(np.ravel(gather_rows(strategy)(tf.constant([mine], tf.int64))))
    if len(digests) > 1:
        raise ValueError(
            "Each worker reads the same data in the same order, and takes its rows of "
            f"each batch. Received: {len(digests)} different first batches. Give "
            "shuffle() a seed; data that is parted already says so by "
            "experimental_distribute.auto_shard_policy = AutoShardPolicy.OFF."
        )
