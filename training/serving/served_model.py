"""A SavedModel that refuses what does not fit, in one line."""

import re

import numpy as np
import tensorflow as tf


class BadRequestError(ValueError):
    """A request that cannot be answered; one line for the one who asked."""


class ServedModel:
    """An exported model, asked by the names of its signatures, inputs and outputs.

    Args:
        path: path. A SavedModel, as `model.export` writes it.
        max_samples: int. The most that one request may draw, and the most rows of any
            of its inputs.

    Raises:
        ValueError: if there is no SavedModel.

    Example, once exported:

        served = ServedModel("my_vae/1")
        served.answer({"z": np.zeros([3, 2], "float32")}, "decode")["x"]
    """

    def __init__(self, path, *, max_samples: int = 1024):
        try:
            self._model = tf.saved_model.load(str(path))
        except (OSError, tf.errors.OpError) as error:
            raise ValueError(f"{str(path)!r} is no SavedModel: {error}") from None
        self.max_samples = max_samples
        self.signatures = dict(self._model.signatures)

    # === What it takes and gives ===
    def inputs(self, signature: str) -> dict[str, tf.TensorSpec]:
        """Returns the specs of a signature's inputs, by name."""
        return self._function(signature).structured_input_signature[1]

    def outputs(self, signature: str) -> dict[str, tf.TensorSpec]:
        """Returns the specs of a signature's outputs, by name."""
        return self._function(signature).structured_outputs

    def takes_rows(self, signature: str) -> bool:
        """Whether each row of the inputs has its row of the outputs, and no other."""
        inputs, outputs = self.inputs(signature), self.outputs(signature)
        shapes = [spec.shape for spec in [*inputs.values(), *outputs.values()]]
        return all(shape.rank and shape[0] is None for shape in shapes)

    def _function(self, signature):
        if signature not in self.signatures:
            raise BadRequestError(
                f"The signatures are {', '.join(sorted(self.signatures))}. Received: "
                f"{signature!r}."
            )
        return self.signatures[signature]

    # === Answers ===
    def check(self, inputs: dict, signature: str) -> dict[str, np.ndarray]:
        """Returns the inputs as the signature takes them.

        Args:
            inputs: dict of arrays by name.
            signature: str.

        Raises:
            BadRequestError: naming what is missing, superfluous or does not fit.
        """
        specs = self.inputs(signature)
        if inputs.keys() != specs.keys():
            raise BadRequestError(
                f"{signature} takes {', '.join(specs)}. Received: "
                f"{', '.join(inputs) or 'nothing'}."
            )
        checked = {n: self._check(n, inputs[n], spec) for n, spec in specs.items()}
        sizes = {
            len(value) for n, value in checked.items() if specs[n].shape[:1] == [None]
        }
        if len(sizes) > 1:
            raise BadRequestError(
                f"{signature} takes as many rows of each input. Received: "
                f"{sorted(sizes)}."
            )
        return checked

    def _check(self, name, value, spec):
        value = np.asarray(value)
        if value.dtype != spec.dtype.as_numpy_dtype:
            raise BadRequestError(
                f"{name} is {spec.dtype.name}. Received: {value.dtype.name}."
            )
        if spec.shape.rank == 0 and value.shape == (1,):
            value = value[0]  # a protocol without scalars
        if not spec.shape.is_compatible_with(value.shape):
            raise BadRequestError(
                f"{name} is of shape {_shown(spec.shape)}. Received: "
                f"{_shown(value.shape)}."
            )
        wanted = int(value) if name == "num_samples" else max(value.shape, default=0)
        if name == "num_samples" or spec.shape[:1] == [None]:
            wanted = wanted if name == "num_samples" else len(value)
            if not 1 <= wanted <= self.max_samples:
                raise BadRequestError(
                    f"One request asks for 1 to {self.max_samples} samples or rows. "
                    f"Received: {name} of {wanted}."
                )
        return value

    def answer(
        self, inputs: dict, signature: str = "serving_default"
    ) -> dict[str, np.ndarray]:
        """Returns the outputs by name.

        Args:
            inputs: dict of arrays by name.
            signature: str. Which signature is asked.

        Raises:
            BadRequestError: for inputs that do not fit, by their form or their values.
        """
        return self.run(self.check(inputs, signature), signature)

    def run(self, checked: dict, signature: str) -> dict[str, np.ndarray]:
        """Returns the outputs of inputs that `check` has seen."""
        function = self._function(signature)
        tensors = {name: tf.constant(value) for name, value in checked.items()}
        try:
            return {name: v.numpy() for name, v in function(**tensors).items()}
        except tf.errors.InvalidArgumentError as error:
            raise BadRequestError(_reason(error)) from None


def _shown(shape):
    return "[" + ", ".join("B" if n is None else str(n) for n in shape) + "]"


def _reason(error):
    """The one line that an assert of the exported model says."""
    text = str(error.message)
    match = re.search(r"assertion failed: \[(.*?)\]", text, re.DOTALL)
    return " ".join((match[1] if match else text.split("\n")[0]).split())[:300]
