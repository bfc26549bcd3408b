"""From a model to a SavedModel that TensorFlow alone can serve."""

import pathlib
import shutil
import tempfile

import keras
import tensorflow as tf


def write_saved_model(path, endpoints: dict, door) -> None:
    """Writes endpoints to a new folder, whole or not at all.

    Args:
        path: path. A folder that does not exist.
        endpoints: dict of name to `(function, specs)`; the first is the default.
        door: the `FrontDoor` of the model.

    Raises:
        ValueError: if the folder exists.
    """
    path = pathlib.Path(path)
    if path.exists():
        raise ValueError(
            f"export writes a new folder. Received: {str(path)!r}, which exists. "
            "Give another, such as the next version number."
        )
    archive = keras.export.ExportArchive()
    for name, (function, specs) in endpoints.items():
        archive.add_endpoint(
            name, guarded(function, specs, door), input_signature=specs
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place and moved, so that nothing half-written is served.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        archive.write_out(pathlib.Path(folder) / "model", verbose=False)
        shutil.move(pathlib.Path(folder) / "model", path)


def guarded(function, specs, door):
    """Returns an endpoint that refuses what does not fit, as a served model can.

    TensorFlow does not hold a signature's inputs to its shapes, and what is reshaped
    inside would return other rows than came in.

    Args:
        function: of as many tensors as there are specs.
        specs: list of `tf.TensorSpec`.
        door: the `FrontDoor` of the model, which knows examples and conditions.
    """
    conditions = [spec.name for spec in door.condition_specs()]

    def checked(*tensors):
        named = {
            spec.name: tf.ensure_shape(tensor, spec.shape)
            for spec, tensor in zip(specs, tensors, strict=True)
        }
        flat = [named[name] for name in conditions if name in named]
        given = door.pack_condition(flat) if conditions and flat else None
        with tf.control_dependencies(door.asserts(named.get("x"), given)):
            return function(*(tf.identity(tensor) for tensor in named.values()))

    return checked


def sampling_endpoints(draw, draw_rows, door) -> dict:
    """Returns the two signatures that every model has.

    Args:
        draw: function of a number, a seed `[2]` and a condition to samples.
        draw_rows: function of seeds `[B, 2]` and a condition to samples `[B, ...]`.
        door: the `FrontDoor` that conditions come in by.
    """

    def sample(num_samples, seed, *condition):
        condition = door.repeat(door.pack_condition(condition), num_samples)
        return {"samples": draw(num_samples, condition, seed)}

    def sample_rows(seed, *condition):
        seeds = tf.stack([tf.zeros_like(seed), seed], axis=-1)  # [B, 2]
        return {"samples": draw_rows(seeds, door.pack_condition(condition))}

    count = tf.TensorSpec((), tf.int32, name="num_samples")
    pair = tf.TensorSpec((2,), tf.int32, name="seed")
    row = tf.TensorSpec((None,), tf.int32, name="seed")
    conditions = door.condition_specs()
    return {
        "sample": (sample, [count, pair, *conditions]),
        "sample_rows": (sample_rows, [row, *conditions]),
    }


def map_rows(draw, seeds, condition, door) -> tf.Tensor:
    """Draws one event for each row of `seeds`, one at a time.

    Args:
        draw: as for `sampling_endpoints`.
        seeds: `[B, 2]` int32.
        condition: None, or a condition of each row.
        door: as for `sampling_endpoints`.
    """
    leaves = [] if condition is None else tf.nest.flatten(condition)

    def one(arguments):
        seed, *row = arguments
        row = door.pack_condition([leaf[None] for leaf in row])
        return draw(1, row, seed)[0]

    dtype = door.event_spec().dtype
    return tf.map_fn(one, (seeds, *leaves), fn_output_signature=dtype)
