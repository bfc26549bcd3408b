"""Serves exported models where nothing but TensorFlow can be imported.

    python serve_alone.py folder

reads `folder/requests.pkl`, `{model: [(signature, inputs), ...]}`, and the SavedModels
`folder/MODEL`; writes `folder/answers.pkl` with the outputs, or the error, of each.
"""

import importlib
import importlib.abc
import importlib.machinery
import pathlib
import pickle
import sys

BANNED = ("genkeras", "keras", "tf_keras", "tensorflow_probability")


class Refuse(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands before every other finder, so that TensorFlow's lazy imports fail too.

    TensorFlow asks for the spec of `keras` when it starts; one without an origin is
    to it a package that is not there.
    """

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BANNED:
            return importlib.machinery.ModuleSpec(name, self)
        return None

    def create_module(self, spec):
        raise ModuleNotFoundError(f"{spec.name} is banned here", name=spec.name)

    def exec_module(self, module):
        """Never reached: no module is made."""


def answer(function, inputs):
    import tensorflow as tf

    try:
        outputs = function(**{key: tf.constant(v) for key, v in inputs.items()})
    except Exception as error:  # the report must reach the test, whatever it is
        return repr(error)
    return {key: value.numpy() for key, value in outputs.items()}


def refused():
    """The banned packages that indeed cannot be imported."""
    names = []
    for name in BANNED:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            names.append(name)
    return names


def main(folder):
    sys.meta_path.insert(0, Refuse())
    import tensorflow as tf

    folder = pathlib.Path(folder)
    calls = pickle.loads((folder / "requests.pkl").read_bytes())
    answers, defaults = {}, {}
    for name, requests in calls.items():
        signatures = tf.saved_model.load(folder / name).signatures
        answers[name] = [answer(signatures[s], inputs) for s, inputs in requests]
        defaults[name] = sorted(signatures["serving_default"].structured_outputs)
    report = {
        "answers": answers,
        "defaults": defaults,
        "refused": refused(),
        "imported": sorted(m for m in sys.modules if m.partition(".")[0] in BANNED),
    }
    (folder / "answers.pkl").write_bytes(pickle.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1])
