"""Loads saved models in a process of its own and trains them on.

    python -m contracts.resume_alone folder

reads `folder/NAME.keras` and writes `folder/states.pkl`: for each name the state as
loaded, and the state after more steps.
"""

import pathlib
import pickle
import sys

import keras

from contracts.models import TINY
from contracts.outputs import answers, state
from contracts.resume import train


def main(folder):
    folder = pathlib.Path(folder)
    states = {}
    for path in sorted(folder.glob("*.keras")):
        tiny = TINY[path.stem]
        model = keras.saving.load_model(path)
        loaded = state(model) | answers(model, tiny.x, tiny.condition)
        states[path.stem] = (loaded, train(model, tiny))
    (folder / "states.pkl").write_bytes(pickle.dumps(states))


if __name__ == "__main__":
    main(sys.argv[1])
