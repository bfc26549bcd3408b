"""Bayesian networks: the textbook's numbers, exact sums, counts, graphs."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from contracts import check_refused, perturb
from contracts.models import TINY
from genkeras.zoo import BayesNet

RNG = np.random.default_rng(0)


# === The burglary alarm ===
# Russell and Norvig, "Artificial Intelligence: A Modern Approach", figure 13.2.
RINGS = np.array([[0.001, 0.29], [0.94, 0.95]])  # of burglary, of earthquake
CALLS = {"john": [0.05, 0.90], "mary": [0.01, 0.70]}  # of alarm


def _alarm():
    net = BayesNet(
        {
            "john": ["alarm"],  # children before their parents: the order is found
            "mary": ["alarm"],
            "alarm": ["burglary", "earthquake"],
            "burglary": [],
            "earthquake": [],
        }
    )
    net.set_table("burglary", [0.999, 0.001])
    net.set_table("earthquake", [0.998, 0.002])
    net.set_table("alarm", np.stack([1.0 - RINGS, RINGS], axis=-1))
    for name, p in CALLS.items():
        net.set_table(name, [[1.0 - q, q] for q in p])
    return net


@pytest.fixture(scope="module")
def alarm():
    return _alarm()


def test_the_textbooks_posterior(alarm):
    called = {"john": 1, "mary": 1}
    posterior = alarm.conditional("burglary", evidence=called)
    np.testing.assert_allclose(posterior, [0.716, 0.284], atol=5e-4)
    x = {"john": 1, "mary": 1, "alarm": 1, "burglary": 0, "earthquake": 0}
    joint = np.exp(alarm.log_prob([list(x.values())]))
    np.testing.assert_allclose(joint, [0.000628], atol=5e-7)
    # An earthquake explains the alarm away.
    known = alarm.conditional("burglary", evidence={**called, "earthquake": 1})
    assert known[1] < 0.01 < posterior[1]


def test_the_density_is_that_of_a_joint_distribution(alarm):
    def choose(table, *above):
        table = tf.constant(table, tf.float32)
        return tf.gather_nd(table, tf.stack(above, axis=-1))

    joint = tfd.JointDistributionNamed(
        {
            "burglary": tfd.Bernoulli(probs=0.001),
            "earthquake": tfd.Bernoulli(probs=0.002),
            "alarm": lambda burglary, earthquake: tfd.Bernoulli(
                probs=choose(RINGS, burglary, earthquake)
            ),
            **{
                name: lambda alarm, p=p: tfd.Bernoulli(probs=choose(p, alarm))
                for name, p in CALLS.items()
            },
        }
    )
    every = np.stack(list(np.ndindex(*[2] * 5))).astype("int32")
    parts = dict(zip(alarm.names, every.T, strict=True))
    np.testing.assert_allclose(alarm.log_prob(every), joint.log_prob(parts), rtol=1e-5)
    ours = alarm.distribution()
    assert isinstance(ours, tfd.Distribution)
    np.testing.assert_allclose(
        ours.log_prob(every.astype("float32")), joint.log_prob(parts), rtol=1e-5
    )


def test_parents_are_drawn_first(alarm):
    assert [alarm.names[v] for v in alarm.order] == [
        "burglary",
        "earthquake",
        "alarm",
        "john",
        "mary",
    ]
    x = np.zeros([20_000, 5], int)
    causes = np.array([0, 0, 0, 1, 1])  # burglary and earthquake are known
    x[:, 3] = 1
    drawn = alarm.complete(x, causes, seed=0).numpy()
    np.testing.assert_array_equal(drawn[:, 3:], x[:, 3:])
    p = alarm.conditional("alarm", "john", evidence={"burglary": 1, "earthquake": 0})
    counts = np.zeros([2, 2])
    np.add.at(counts, (drawn[:, 2], drawn[:, 0]), 1)
    error = np.sqrt(p * (1 - p) / len(x))
    assert np.all(np.abs(counts / len(x) - p) < 5 * error)


def test_what_is_certain_stays_finite():
    net = BayesNet([(), (0,)])
    net.set_table(0, [0.5, 0.5])
    net.set_table(1, [[1.0, 0.0], [0.0, 1.0]])
    log_prob = net.log_prob([[0, 0], [0, 1], [1, 1]]).numpy()
    np.testing.assert_allclose(log_prob[[0, 2]], math.log(0.5), rtol=1e-6)
    assert np.isfinite(log_prob[1])
    assert log_prob[1] < -60.0
    x = net.sample(100, seed=0).numpy()
    np.testing.assert_array_equal(x[:, 0], x[:, 1])


# === Exact sums ===
DENSE = [[3, 1], [], [0, 1, 4], [1], [3]]
QUERIES = [
    ((0,), {}),
    ((2, 4), {}),
    ((4, 2), {0: 1}),
    ((1,), {2: 1, 4: 0}),
    ((3, 0, 1), {2: 0}),
]


@pytest.mark.parametrize("hidden_units", [(), (6,)])
@pytest.mark.parametrize("levels", [2, [3, 2, 4, 2, 3]])
def test_sums_are_those_of_every_example(levels, hidden_units):
    net = BayesNet(DENSE, num_levels=levels, hidden_units=hidden_units)
    perturb(net, 1.0)
    every = np.stack(list(np.ndindex(*net.levels)))
    joint = np.exp(np.asarray(net.log_prob(every), "float64")).reshape(net.levels)
    np.testing.assert_allclose(joint.sum(), 1.0, atol=1e-5)
    for asked, evidence in QUERIES:
        index = tuple(evidence.get(v, slice(None)) for v in range(5))
        rest = [v for v in range(5) if v not in evidence]
        axes = tuple(i for i, v in enumerate(rest) if v not in asked)
        wanted = joint[index].sum(axis=axes)
        left = [v for v in rest if v in asked]
        wanted = np.transpose(wanted, [left.index(v) for v in asked])
        got = net.conditional(*asked, evidence=evidence)
        np.testing.assert_allclose(got, wanted / wanted.sum(), rtol=1e-5, atol=1e-7)
        if not evidence:
            np.testing.assert_allclose(net.marginal(*asked), got)


def test_a_long_chain_is_summed_as_matrices_are_multiplied():
    length, step = 400, np.array([[0.9, 0.1, 0.0], [0.2, 0.5, 0.3], [0.0, 0.4, 0.6]])
    start = np.array([0.2, 0.3, 0.5])
    chain = [(), *((i,) for i in range(length - 1))]
    net = BayesNet(chain, num_levels=3)
    net.set_table(0, start)
    for i in range(1, length):
        net.set_table(i, step)
    wanted = start @ np.linalg.matrix_power(step, length - 1)
    np.testing.assert_allclose(net.marginal(length - 1), wanted, atol=1e-6)
    # What comes after bears on it too: the backward pass of a Markov chain.
    likelihood = np.linalg.matrix_power(step, 3)[:, 2]
    wanted = (start @ np.linalg.matrix_power(step, 5)) * likelihood
    got = net.conditional(5, evidence={8: 2})
    np.testing.assert_allclose(got, wanted / wanted.sum(), atol=1e-6)
    known = {i: 1 for i in range(0, length, 2)}
    wanted = step[1] * step[:, 1] / (step[1] @ step[:, 1])
    np.testing.assert_allclose(net.conditional(201, evidence=known), wanted, atol=1e-6)


def test_a_sum_that_is_too_large_is_refused():
    causes = 30
    net = BayesNet(
        [[]] * causes + [range(causes)], hidden_units=(2,), num_levels=2, seed=0
    )
    np.testing.assert_allclose(net.marginal(3).sum(), 1.0)
    check_refused(lambda: net.table(causes), "31 variables")
    check_refused(lambda: net.marginal(causes), "31 variables")


# === Counts ===
def _data(count=400):
    a = RNG.integers(0, 3, count)
    b = (RNG.random(count) < 0.2 + 0.3 * a).astype(int)
    c = np.where(RNG.random(count) < 0.7, a + b, RNG.integers(0, 4, count))
    return np.stack([c, a, b], axis=1)


def test_counts_are_shares_with_a_prior():
    x, graph = _data(), [[2, 1], [], [1]]
    net = BayesNet(graph, num_levels=[4, 3, 2])
    net.fit_counts(x, pseudo_count=6.0)
    for b in range(2):
        for a in range(3):
            rows = x[(x[:, 2] == b) & (x[:, 1] == a)]
            counts = np.array([np.sum(rows[:, 0] == c) for c in range(4)])
            wanted = (counts + 6.0 / 24) / (len(rows) + 6.0 / 6)
            np.testing.assert_allclose(net.table(0)[b, a], wanted, rtol=1e-5)
    np.testing.assert_allclose(
        net.table(1), (np.bincount(x[:, 1]) + 2.0) / (len(x) + 6.0), rtol=1e-5
    )


def test_without_a_prior_counts_are_where_the_gradient_is_zero():
    x = _data()
    net = BayesNet([[2, 1], [], [1]], num_levels=[4, 3, 2])
    net.fit_counts(x, pseudo_count=0.0)
    with tf.GradientTape() as tape:
        nll = -tf.reduce_mean(net.log_prob(x))
    slope = tape.gradient(nll, net.network.table.value)
    assert np.abs(tf.convert_to_tensor(slope)).max() < 1e-6


def test_parents_that_are_never_seen_leave_all_levels_alike():
    net = BayesNet([(), (0,)], num_levels=[3, 4])
    net.fit_counts([[0, 1], [2, 3]], pseudo_count=0.0)
    np.testing.assert_allclose(net.table(1)[1], 0.25)


def test_a_network_learns_what_a_table_counts():
    x = _data()
    graph = {"c": ["b", "a"], "a": [], "b": ["a"]}
    counted = BayesNet(graph, num_levels=[4, 3, 2])
    counted.fit_counts(x, pseudo_count=0.0)
    net = BayesNet(graph, num_levels=[4, 3, 2], hidden_units=(16,), seed=0)
    net.compile(keras.optimizers.Adam(0.05), run_eagerly=True)
    net.fit(tf.data.Dataset.from_tensors(x).repeat(60), verbose=0)
    wanted = -np.mean(counted.log_prob(x))
    assert wanted - 1e-5 < -np.mean(net.log_prob(x)) < wanted + 5e-3


# === What does not fit ===
def test_graphs_that_do_not_fit():
    check_refused(lambda: BayesNet([[1], [0]]), "cycle", "[0, 1]")
    check_refused(lambda: BayesNet({"a": ["b"], "b": ["c"], "c": ["b"]}), "'b', 'c'")
    check_refused(lambda: BayesNet([[0]]), "cycle")
    check_refused(lambda: BayesNet([[2], []]), "2")
    check_refused(lambda: BayesNet({"a": ["d"]}), "'d'")
    check_refused(lambda: BayesNet([[], [0, 0]]), "(0, 0)")
    check_refused(lambda: BayesNet([]), "0 variables")
    check_refused(lambda: BayesNet([[], []], num_levels=[2]), "num_levels=(2,)")
    check_refused(lambda: BayesNet([[], []], num_levels=[2, 1]), "(2, 1)")
    check_refused(lambda: BayesNet([[], []], num_levels=2.5), "num_levels=2.5")
    check_refused(lambda: BayesNet([[], []], num_levels=None), "num_levels=None")
    check_refused(lambda: BayesNet([[], []], hidden_units=(0,)), "hidden_units=(0,)")
    check_refused(lambda: BayesNet([[], []], names=["a", "a"]), "['a', 'a']")
    check_refused(lambda: BayesNet({1: [], 0: [1]}), "[1, 0]")
    condition = {"num_classes": 2}
    check_refused(lambda: BayesNet([[]], condition_spec=condition), "condition_spec")


def test_tables_that_do_not_fit(alarm):
    check_refused(lambda: alarm.set_table("fire", [0.5, 0.5]), "'fire'")
    check_refused(lambda: alarm.set_table("alarm", [0.5, 0.5]), "(2, 2, 2)")
    check_refused(lambda: alarm.set_table("burglary", [0.5, 0.6]), "1.1")
    check_refused(lambda: alarm.set_table("burglary", 0.5), "()")
    check_refused(lambda: alarm.set_table("burglary", [1.5, -0.5]), "burglary")
    check_refused(lambda: alarm.set_table("burglary", [np.nan, 0.5]), "burglary")
    networks = TINY["bayes_net_networks"]()
    check_refused(lambda: networks.set_table(0, [[0.5] * 3] * 3), "(5,)")
    check_refused(lambda: networks.fit_counts(TINY["bayes_net_networks"].x), "(5,)")
    for count in (-1.0, np.inf, np.nan):
        check_refused(
            lambda count=count: alarm.fit_counts(np.ones([3, 5]), pseudo_count=count),
            str(count),
        )
    nothing = np.zeros([0, 5], int)
    check_refused(lambda: alarm.fit_counts(nothing, pseudo_count=0.0), "no example")


def test_questions_that_do_not_fit(alarm):
    check_refused(lambda: alarm.marginal("fire"), "'fire'")
    check_refused(lambda: alarm.marginal(5), "5")
    check_refused(lambda: alarm.marginal("john", 0), "('john', 0)")
    check_refused(lambda: alarm.conditional(0, evidence={"john": 1}), "john")
    check_refused(lambda: alarm.conditional(0, evidence={"mary": 2}), "'mary'", "2")
    check_refused(lambda: alarm.conditional(0, evidence={"mary": 0.5}), "0.5")


@pytest.mark.parametrize("kind", ["int64", "bool", "float32"])
def test_evidence_is_a_level_of_any_kind(alarm, kind):
    one = np.ones([], kind)[()]
    got = alarm.conditional("burglary", evidence={"john": one, "mary": one})
    np.testing.assert_allclose(got, [0.716, 0.284], atol=5e-4)


def test_levels_of_each_variable_are_checked():
    net = TINY["bayes_net_levels"]()
    check_refused(lambda: net.log_prob([[0, 2, 0]]), "below [4, 2, 3]")
    check_refused(lambda: net.log_prob([[0, 0, 3]]), "below [4, 2, 3]")
    assert np.isfinite(net.log_prob([[3, 1, 2]]))
    wrong = np.zeros([40, 3], int)
    wrong[30, 1] = 2
    net.compile(keras.optimizers.SGD(0.1))
    data = tf.data.Dataset.from_tensor_slices(wrong).batch(10)
    for x in (data, data.map(lambda x: tf.cast(x, tf.float32))):
        with pytest.raises(ValueError, match=r"below \[4, 2, 3\]"):
            net.fit(x, verbose=0)
    # Beyond the front door such a level has no probability.
    assert net.distribution().log_prob([[0.0, 2.0, 0.0]]) == -np.inf
