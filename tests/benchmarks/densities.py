"""What the benchmarks of maximum likelihood share: data and loops."""

import itertools

import harness
import numpy as np

NUM_BATCHES = 16


def make_batches(features, batch_size):
    """`[N, B, D]` floats with structure to learn: features that hang together."""
    rng = np.random.default_rng(0)
    rank = max(1, features // 4)
    mix = rng.normal(size=(rank, features)) / np.sqrt(rank)
    x = rng.normal(size=(NUM_BATCHES, batch_size, rank)) @ mix
    return (x + 0.3 * rng.normal(size=x.shape)).astype("float32")


def count(arrays) -> int:
    """How many numbers there are in arrays, or variables of TensorFlow."""
    return sum(int(np.prod(a.shape)) for a in arrays)


# === genkeras ===
def genkeras_fit(make_model, **compile_options):
    """`model.fit` as users call it.

    Args:
        make_model: function of a case's options that returns a model and its batches.
        **compile_options: as for `compile`.
    """

    def make(learning_rate, **options):
        tf = harness.tensorflow()
        import keras

        model, batches = make_model(**options)
        model.compile(keras.optimizers.Adam(learning_rate), **compile_options)
        data = tf.data.Dataset.from_tensor_slices(batches).repeat()

        def run(num_steps):
            history = model.fit(data, steps_per_epoch=num_steps, verbose=0)
            return history.history["loss"][-1]

        return harness.Trial(run, count(model.trainable_variables))

    return make


def genkeras_loop(make_model, *, jit_compile):
    """`model.train_step` in a bare loop: what is left when `fit` is taken away.

    Args:
        make_model: as for `genkeras_fit`.
        jit_compile: bool. Whether XLA compiles the step.
    """

    def make(learning_rate, **options):
        tf = harness.tensorflow()
        import keras

        model, batches = make_model(**options)
        model.compile(keras.optimizers.Adam(learning_rate), jit_compile=jit_compile)
        step = tf.function(model.train_step, jit_compile=jit_compile)
        held = [tf.constant(x) for x in batches]

        def run(num_steps):
            model.reset_metrics()
            for x in itertools.islice(itertools.cycle(held), num_steps):
                logs = step((x,))
            return float(logs["loss"])

        return harness.Trial(run, count(model.trainable_variables))

    return make


def genkeras_rows(make_model) -> dict:
    """The competitors that genkeras enters."""
    return {
        "genkeras fit": genkeras_fit(make_model),
        "genkeras train_step": genkeras_loop(make_model, jit_compile=False),
        "genkeras train_step, jit": genkeras_loop(make_model, jit_compile=True),
    }


# === PyTorch ===
def torch_loop(make_loss, *, compiled=False, fused=True):
    """The usual loop, eager or through `torch.compile`.

    Args:
        make_loss: function of a case's options that returns a module, the mean loss of
            a batch as a function, and the batches.
        compiled: bool. Whether the loss goes through `torch.compile`, and its gradient.
        fused: bool. Whether Adam is the fused one.
    """

    def make(learning_rate, **options):
        torch = harness.pytorch()
        torch.manual_seed(0)
        module, loss_of, batches = make_loss(**options)
        parameters = [p for p in module.parameters() if p.requires_grad]
        optimizer = torch.optim.Adam(parameters, learning_rate, fused=fused)
        if compiled:
            loss_of = torch.compile(loss_of)

        def run(num_steps):
            for x in itertools.islice(itertools.cycle(batches), num_steps):
                optimizer.zero_grad()
                loss = loss_of(x)
                loss.backward()
                optimizer.step()
            return loss.item()

        return harness.Trial(run, sum(p.numel() for p in parameters))

    return make


def torch_rows(makers) -> dict:
    """Each by its name, eager and compiled."""
    return {
        **{name: torch_loop(make) for name, make in makers.items()},
        **{f"{n}, compiled": torch_loop(m, compiled=True) for n, m in makers.items()},
    }
