"""A sample takes the floating-point operations of one pass, as the profiler counts."""

import numpy as np
import pytest
import tensorflow as tf

from contracts.basics import must_fail
from genkeras.zoo import MADE, GatedPixelCNN, PixelCNN, WaveNet

MODELS = {
    "gated_pixel_cnn": lambda: GatedPixelCNN((9, 11, 1), 8, 3, num_levels=2),
    "made": lambda: MADE(32, (48,), num_levels=2),
    "pixel_cnn": lambda: PixelCNN((9, 11, 1), 8, 3, num_levels=2),
    "wave_net": lambda: WaveNet(32, 8, 8, (1, 2, 4), num_levels=16),
}
# As they are timed in the benchmarks.
LARGE = {
    "gated_6x32": lambda: GatedPixelCNN((28, 28, 1), 32, 6, num_levels=2),
    "gated_6x64": lambda: GatedPixelCNN((28, 28, 1), 64, 6, num_levels=2),
    "wave_net_20": lambda: WaveNet(2048, 32, 64),
}


def operations(function) -> int:
    """Floating-point operations of a function, as TensorFlow's profiler counts them."""
    profiler = tf.compat.v1.profiler
    graph = tf.function(function).get_concrete_function().graph
    options = profiler.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    return profiler.profile(graph, options=options).total_float_ops


def work_of_sampling(model, batch_size) -> int:
    """The operations of all rows and of all positions: the profiler counts no loop."""
    network = model.network
    image = len(model.positions) == 2
    at = (tf.constant(1), tf.constant(1)) if image else tf.constant(1)
    x = model.to_network(tf.zeros([batch_size, model.num_channels]))

    def row():
        return network.start_row(network.init_cache(batch_size), tf.constant(1))

    def position():
        y, cache = network.step(None, network.init_cache(batch_size), at)
        return y, network.remember(x, cache, at)

    count = int(np.prod(model.positions)) * operations(position)
    return count + (model.positions[0] * operations(row) if image else 0)


def check_work(model, batch_size=2):
    """At most twice that of one pass, and not less than half of it, which is a slip."""
    x = tf.zeros([batch_size, *model.positions, model.num_channels])
    whole = operations(lambda: model.network(model.to_network(x)))
    share = work_of_sampling(model, batch_size) / whole
    assert 0.4 < share < 2.0, f"a sample takes {share:.2f} times the work of a pass"


@pytest.mark.parametrize("name", MODELS)
def test_a_sample_takes_the_work_of_one_pass(name):
    check_work(MODELS[name]())


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_a_large_one_too(name):
    check_work(LARGE[name]())


def test_a_pass_for_every_row_is_found():
    model = MODELS["gated_pixel_cnn"]()
    start = model.network.start_row
    x = tf.zeros([2, *model.positions, 1])

    def wasteful(cache, row, context=None):
        with tf.control_dependencies([model.network(x)]):
            return start(cache, row, context)

    model.network.start_row = wasteful
    must_fail(check_work, model)
