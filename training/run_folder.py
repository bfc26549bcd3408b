"""The folder of a run: what it was asked for, what it wrote, what came out."""

import dataclasses
import hashlib
import json
import pathlib
import re
import shutil

import keras

from ..zoo.base import load_file, preset_folder, preset_names
from .files import written_aside
from .pictures import Picture
from .provenance import made_with


class RunError(ValueError):
    """A run folder that cannot be used as was asked; one clear line."""


class RunFolder:
    """A folder with `config.json`, `metrics.jsonl`, pictures, checkpoints, the model.

    Make one with `RunFolder.create` or `RunFolder.open`.

    Args:
        path: path. The folder.
        recipe: str. Name of the recipe.
        config: dict. Its hyperparameters, as JSON has them.
        picture: None or `Picture`. How to draw a sample.
        data: None, or what was read: a line on it, and its digest.
        options: None, or what else changed the numbers, as `TrainOptions.numerical`.
    """

    def __init__(
        self,
        path,
        recipe: str,
        config: dict,
        picture: Picture | None,
        data: dict | None = None,
        options: dict | None = None,
    ):
        self.options = options or {}
        self.data = data
        self.path = pathlib.Path(path)
        self.recipe = recipe
        self.config = config
        self.picture = picture
        self._remove_to = None

    @classmethod
    def create(
        cls,
        path,
        recipe: str,
        config,
        picture: Picture | None,
        data: dict | None = None,
        options: dict | None = None,
    ) -> "RunFolder":
        """Makes the folder, and writes `config.json`.

        Raises:
            RunError: if the folder holds anything, or cannot be written.
        """
        folder = cls(path, recipe, _as_json(config), picture, data, options)
        try:
            if folder.path.exists() and not folder._holds_nothing():
                raise RunError(
                    f"A run starts in an empty folder. Received: {str(path)!r}, which "
                    "holds files. Pass --resume to go on with the run in it, or "
                    "another --workdir."
                )
            folder._remove_to = _first_missing(folder.path)
            facts = folder._facts()
            folder._write("config.json", {**facts, "checksum": _checksum(facts)})
        except OSError as error:
            raise RunError(
                f"The folder {str(path)!r} cannot be written: {error.strerror}. Pass "
                "another --workdir."
            ) from None
        return folder

    @classmethod
    def open(cls, path) -> "RunFolder":
        """Reads the folder of a run, or that of a model that ships, by its name.

        Raises:
            RunError: if it is none.
        """
        path = preset_folder(path)
        file = path / "config.json"
        _finish_draft(file)
        try:
            facts = json.loads(file.read_text())
            if facts.get("checksum", _checksum(facts)) != _checksum(facts):
                raise ValueError(facts["checksum"])
            picture = facts["picture"]
            if picture is not None:
                shape = picture["image_shape"]
                picture["image_shape"] = None if shape is None else tuple(shape)
                picture = Picture(**picture)
            recipe, config, data = facts["recipe"], facts["config"], facts.get("data")
            options = facts.get("options")
            # A name is part of a path where the run is exported to.
            if not re.fullmatch(r"\w+", recipe) or not isinstance(config, dict):
                raise ValueError(recipe)
            return cls(path, recipe, config, picture, data, options)
        except OSError:
            known = f" Models that ship: {', '.join(preset_names())}."
            raise RunError(
                f"{str(path)!r} is not the folder of a run: it has no config.json."
                f"{'' if path.exists() else known}"
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise RunError(
                f"{str(file)!r} is not what a run writes, or was changed since."
            ) from None

    def config_like(self, default):
        """Returns a recipe's `Config` with what the run was asked for.

        What another recipe, or another version, wrote is left out.

        Args:
            default: a `Config` of the run's recipe.
        """
        known = {field.name for field in dataclasses.fields(default)}
        stored = {k: v for k, v in self.config.items() if k in known}
        stored = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
        return dataclasses.replace(default, **stored)

    def check_same(self, recipe: str, config, options: dict) -> None:
        """Raises a `RunError` that shows what differs from what the run began with."""
        if recipe != self.recipe:
            raise RunError(
                f"{str(self.path)!r} is a run of {self.recipe}. Received: {recipe}."
            )
        # What an earlier version did not write was as it is by default.
        began = {
            **_as_json(self.config_like(type(config)())),
            **options,
            **self.options,
        }
        asked = {**_as_json(config), **options}
        changes = [
            f"{name} was {began.get(name)!r} and is now {asked.get(name)!r}"
            for name in sorted(began.keys() | asked.keys())
            if began.get(name) != asked.get(name)
        ]
        if began.get("epochs") != asked.get("epochs"):
            changes.append(
                "the learning rate follows a schedule that ends with the last epoch, so"
                " that a run of other epochs is another run"
            )
        if changes:
            raise RunError(
                "A run goes on with the hyperparameters it began with. Received: "
                f"{'; '.join(changes)}. Leave them out, or start another run."
            )

    def check_data(self, digest: str) -> None:
        """Raises a `RunError` if the data is not what the run was trained on."""
        kept = (self.data or {}).get("digest")
        if kept is not None and kept != digest:
            raise RunError(
                f"The data of {str(self.path)!r} has changed since: what was trained "
                f"on may be tested on now. It was {self.data['read']}. Received: data "
                "with another checksum."
            )

    # === Contents ===
    @property
    def checkpoints(self) -> pathlib.Path:
        """Where the checkpoints are."""
        return self.path / "checkpoints"

    @property
    def samples(self) -> pathlib.Path:
        """Where the pictures are."""
        return self.path / "samples"

    @property
    def logs(self) -> pathlib.Path:
        """Where TensorBoard's events are."""
        return self.path / "logs"

    @property
    def metrics(self) -> pathlib.Path:
        """The file with one line of JSON an epoch."""
        return self.path / "metrics.jsonl"

    def add_line(self, line: dict) -> None:
        """Adds a line to the metrics."""
        with self.metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def keep_lines(self, count: int) -> None:
        """Drops all lines of the metrics but the first `count`."""
        kept = self.lines()[:count]
        with written_aside(self.metrics) as draft:
            draft.write_text("".join(json.dumps(line) + "\n" for line in kept))

    def lines(self) -> list[dict]:
        """Returns all lines of the metrics; none if there is no such file yet."""
        if not self.metrics.exists():
            return []
        return list(_whole_lines(self.metrics.read_text(errors="replace")))

    def save_result(self, model, metrics: dict) -> None:
        """Writes `model.keras`, and then `result.json`, which says that all is done.

        Args:
            model: the trained model; or None of a recipe that has none to keep.
            metrics: dict of float by name.
        """
        if model is not None:
            self.save_model(model)
        self._write("result.json", {**self._facts(), "metrics": metrics})

    def _holds_nothing(self):
        """Whether there is no file but drafts, which a start that was cut off left."""
        return all(p.name.startswith("unfinished-") for p in self.path.iterdir())

    def remove_if_empty_handed(self) -> None:
        """Takes away the folder of a run that has neither checkpoint nor model.

        The folders above it that were made for it go too, if nothing else is in them.
        """
        kept = [*self.checkpoints.glob("*.h5"), *self.path.glob("model.keras")]
        if kept:
            return
        shutil.rmtree(self.path, ignore_errors=True)
        above = self.path.resolve()
        while self._remove_to is not None and above != self._remove_to:
            above = above.parent
            if any(above.iterdir()):
                return
            above.rmdir()

    def save_model(self, model) -> None:
        """Writes `model.keras`, whole or not at all."""
        with written_aside(self.path / "model.keras") as draft:
            model.save(draft)

    def result(self) -> dict | None:
        """Returns the metrics of a finished run, None of another."""
        file = self.path / "result.json"
        try:
            return json.loads(file.read_text())["metrics"] if file.exists() else None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise RunError(f"{str(file)!r} is not what a run writes.") from None

    def load_model(self) -> keras.Model:
        """Returns the trained model.

        Raises:
            RunError: if the run has not finished, or keeps no model.
        """
        file = self.path / "model.keras"
        if self.result() is not None and not file.exists():
            raise RunError(f"{str(self.path)!r}: a run of {self.recipe} has no model.")
        if not file.exists():
            raise RunError(
                f"The run in {str(self.path)!r} has not finished: it has no model. "
                f"Go on with it: genkeras train {self.recipe} --workdir {self.path} "
                "--resume"
            )
        # Keras finds the classes of what is imported only.
        from .. import zoo  # noqa: F401

        try:
            return load_file(file)
        except ValueError as error:
            raise RunError(str(error)) from error

    def _facts(self):
        picture = None if self.picture is None else dataclasses.asdict(self.picture)
        return {
            "recipe": self.recipe,
            "config": self.config,
            "picture": picture,
            "data": self.data,
            "options": self.options,
            "versions": made_with(),
        }

    def _write(self, name, content):
        with written_aside(self.path / name) as draft:
            draft.write_text(json.dumps(content, indent=2) + "\n")


def _checksum(facts):
    """Of all that decides what a run is: a bit that flips may read as another value."""
    kept = {k: v for k, v in facts.items() if k not in ("checksum", "versions")}
    text = json.dumps(kept, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _finish_draft(file):
    """Puts a draft that a kill left behind in its place, if it was written whole."""
    draft = file.with_name(f"unfinished-{file.name}")
    try:
        if not file.exists() and "checksum" in json.loads(draft.read_text()):
            draft.replace(file)
    except (OSError, ValueError):
        return


def _whole_lines(text):
    """What each line holds, up to one that was cut off or is damaged."""
    for line in text.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            return
        if not isinstance(found, dict):
            return
        yield found


def _first_missing(path):
    """The uppermost folder that is made when `path` is; None if `path` is there."""
    path = path.resolve()
    missing = [p for p in (path, *path.parents) if not p.exists()]
    return missing[-1] if missing else None


def _as_json(config):
    """A config as a file gives it back: tuples are lists there."""
    return json.loads(json.dumps(dataclasses.asdict(config)))
