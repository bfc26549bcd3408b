"""What saving must keep: everything that a resumed run needs."""

import pathlib
import tempfile

import keras

from .outputs import answers, check_same, state


def train(model, tiny, batch_size=4):
    """A few steps on the same rows in the same order; returns the state."""
    model.fit(tiny.data(batch_size), verbose=0, shuffle=False)
    return state(model)


def compiled(tiny):
    """A model with optimizers that have a state of their own."""
    model = tiny()
    model.compile(run_eagerly=True)  # quicker than tracing a few steps
    return model


def reload(model):
    """Saves and loads again, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        return keras.saving.load_model(path)


def check_resume(tiny, reload=reload):
    """Saved and loaded halfway, a run ends where an uninterrupted one does."""
    model = compiled(tiny)
    halfway = train(model, tiny)
    loaded = reload(model)
    check_same(state(loaded), halfway)
    given = (tiny.x, tiny.condition)
    check_same(answers(loaded, *given), answers(model, *given))
    check_same(train(loaded, tiny), train(model, tiny), atol=1e-6)
