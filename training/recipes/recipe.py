"""What a recipe's module is to those who run it."""

import contextlib
import functools
import pathlib
import shutil
import tempfile

import tensorflow as tf

from ...layers.replicas import across_workers, is_chief
from ..run_folder import RunFolder
from ..train_options import TrainOptions
from ..trainer import train_recipe
from .check_config import check_config


class Recipe:
    """A result that anyone can rerun: a module's functions, and `train`.

    The module has a frozen `Config` and a `SMOKE` config, `load_data(config)`,
    `make_model(config, data)` and `evaluate(model, data, config)`; what else it may
    have says `train_recipe`. All of them are attributes here too. A module whose result
    comes about in another way has a `train(config, start_run, *, strategy, verbose)` of
    its own, and calls `start_run(picture)` once nothing can go wrong any more.

    Args:
        module: the module.

    Example:
    >>> from genkeras.training import recipes
    >>> recipe = recipes.load("nice_toys")
    >>> recipe.name, recipe.SMOKE.epochs
    ('nice_toys', 1)
    """

    def __init__(self, module):
        self.module = module
        self.name = module.__name__.rpartition(".")[-1]
        self.summary = module.__doc__.splitlines()[0]

    def __getattr__(self, name):
        if name == "module":  # not there yet, while a copy is made
            raise AttributeError(name)
        return getattr(self.module, name)

    def train(
        self,
        config,
        workdir,
        *,
        strategy: tf.distribute.Strategy | None = None,
        resume: bool = False,
        verbose: int | str = "auto",
        options: TrainOptions | None = None,
    ) -> dict[str, float]:
        """Trains, writes the run folder, and returns the metrics of the test split.

        The folder is made once the data is loaded and the model built: a mistake in
        either leaves nothing behind. A run that was cut off goes on, given `resume`,
        from its last checkpoint, and ends with the weights that it would have had.

        Of several workers the chief writes the folder, and the others read from it what
        to go on with: it is on a disk that all of them see.

        Args:
            config: the recipe's `Config`.
            workdir: path. The run folder.
            strategy: None for one device, or where to train.
            resume: bool. Whether to go on with the run in `workdir`.
            verbose: what `keras.Model.fit` takes; or "brief" for a line with each of
                the pictures, of which there are some ten.
            options: None, or `TrainOptions`.

        Returns:
            The metrics of the trained model, as floats by name.

        Raises:
            RunError: if `workdir` cannot be used, or holds a run with another config.
            DataError: if the data cannot be used.
        """
        check_config(config)
        strategy = strategy or tf.distribute.get_strategy()
        options = options or TrainOptions()
        run = RunFolder.open(workdir) if resume else None
        if run is not None:
            run.check_same(self.name, config, options.numerical)
            if run.result() is not None:
                return run.result()
        train = self._training(strategy, options)
        with _own_folder(workdir, run, strategy) as (workdir, run):
            verbose = verbose if is_chief(strategy) else 0
            return self._train(train, config, workdir, run, strategy, verbose, options)

    def _training(self, strategy, options):
        own = getattr(self.module, "train", None)
        if own is None:
            return functools.partial(train_recipe, self, options=options)
        if options != TrainOptions() or across_workers(strategy):
            raise ValueError(
                f"{self.name} trains in a way of its own. Received: options of "
                "training, or several workers, which it knows nothing of."
            )
        return own

    def _train(self, train, config, workdir, run, strategy, verbose, options):
        started = []

        def start_run(picture=None, data=None):
            if run is not None:
                if data is not None:
                    run.check_data(data["digest"])
                return run
            started.append(
                RunFolder.create(
                    workdir, self.name, config, picture, data, options.numerical
                )
            )
            return started[0]

        try:
            return train(config, start_run, strategy=strategy, verbose=verbose)
        except BaseException:  # Ctrl-C too
            # What ends a run before its first checkpoint leaves nothing that would be
            # in the way of the next start.
            for folder in started:
                folder.remove_if_empty_handed()
            raise


@contextlib.contextmanager
def _own_folder(workdir, run, strategy):
    """The folder to write, and the run in it: of a worker that is no chief, a copy.

    All workers do the same, so that none waits for another that is writing; what the
    chief wrote is kept.
    """
    if is_chief(strategy):
        yield workdir, run
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "run"
        if run is not None:
            shutil.copytree(workdir, copy)
            run = RunFolder.open(copy)
        yield copy, run
