"""What all recipes share: from a config to a run folder with a trained model."""

import keras

from ..zoo.base import DensityModel, TrainingStoppedError
from . import data as data_module
from .callbacks import MetricsLog, SampleGrid
from .checkpoint import Checkpoint
from .pictures import draw_density, save_png
from .rehearsal import rehearse
from .step_log import StepLog
from .train_options import TrainOptions

# Pictures and validations in a run: enough to see it learn, too few to slow it down.
_LOOKS = 10
_AS_IT_IS = TrainOptions()


def train_recipe(
    recipe, config, start_run, *, strategy, verbose, options=_AS_IT_IS
) -> dict[str, float]:
    """Trains what a recipe describes, and writes all of it to a run folder.

    Args:
        recipe: `Recipe` with `load_data(config)`, `make_model(config, data)`,
            `evaluate(model, data, config)`, and, if it has some,
            `callbacks(config, data)`, `show(model, data)` for what its pictures hold in
            place of samples, `fit_more(model, data, config)`, which trains what `fit`
            leaves alone and returns its final metrics, and
            `report(model, data, config, run)`, which draws what else there is to see
            into the run folder, and returns what it makes of the run's own curves.
        config: the recipe's `Config`; has `batch_size`, `epochs` and `seed`.
        start_run: function from a `Picture`, or None, to the run folder.
        strategy: where to train.
        verbose: as `Recipe.train` takes it.
        options: `TrainOptions`.

    Returns:
        The metrics of the trained model, as floats by name.
    """
    # For the initial weights: Keras's initializers draw from its global generator.
    keras.utils.set_random_seed(config.seed)
    data = recipe.load_data(config)
    with options.policy(), strategy.scope():
        model = recipe.make_model(config, data)
    model.accumulate(options.accumulate)
    if options.profile:
        model.log_gradients()
    model.keep_jit()
    read = {"read": data.describe(), "digest": data.digest()}
    rehearse(recipe, model, data, config)
    run = start_run(data.picture, read)
    if verbose != 0:
        print(read["read"])
    _fit(model, recipe, config, data, run, verbose, options)
    more = {}
    if hasattr(recipe, "fit_more"):
        with strategy.scope():  # where its optimizer belongs
            more = recipe.fit_more(model, data, config)
    # Before it is scored: an evaluation that fails does not cost the training.
    run.save_model(model)
    metrics = more | recipe.evaluate(model, data, config)
    if hasattr(recipe, "report"):
        metrics |= recipe.report(model, data, config, run)
    _draw_density(model, data, run)
    run.save_result(model, metrics)
    return metrics


def _fit(model, recipe, config, data, run, verbose, options):
    checkpoint = Checkpoint(run.checkpoints, minutes=options.checkpoint_minutes)
    first_epoch = checkpoint.restore(model)
    if first_epoch == config.epochs:
        return  # cut off after its last epoch
    batches = data_module.training_batches(
        data,
        config.batch_size,
        seed=config.seed,
        epochs=config.epochs,
        first_epoch=first_epoch,
        first_step=checkpoint.first_step,
        with_conditions=model.condition_spec is not None,
    )
    every = max(1, config.epochs // _LOOKS)
    brief = verbose == "brief"
    callbacks = [
        *(recipe.callbacks(config, data) if hasattr(recipe, "callbacks") else []),
        MetricsLog(run, first_epoch, print_every=every if brief else None),
        StepLog(run.logs, config.batch_size, profile=options.profile),
        checkpoint,
    ]
    if data.picture is not None:
        pictures = SampleGrid(
            run.samples,
            data.picture,
            num_samples=model.preview_size,
            every=every,
            log_dir=run.logs / "samples",
            show=_show(recipe, data),
        )
        # Before the checkpoint: an interrupted picture is drawn again.
        callbacks.insert(-1, pictures)
    try:
        with checkpoint.on_signals():
            model.fit(
                batches,
                epochs=config.epochs,
                initial_epoch=first_epoch,
                steps_per_epoch=data_module.steps_per_epoch(data, config.batch_size),
                callbacks=callbacks,
                verbose=0 if brief else verbose,
                **_validation(model, data, config, every),
            )
    except TrainingStoppedError as error:
        good = checkpoint.newest()
        kept = f"The last good checkpoint is {good}." if good else "None is kept yet."
        raise TrainingStoppedError(f"{error} {kept}") from None


def _show(recipe, data):
    if not hasattr(recipe, "show"):
        return None
    return lambda model: recipe.show(model, data)


def _draw_density(model, data, run):
    on_the_plane = data.picture is not None and data.picture.image_shape is None
    if on_the_plane and isinstance(model, DensityModel):
        image = draw_density(
            lambda x: model.predict(x, batch_size=2000, verbose=0),
            data.picture,
            data.num_levels or 200,  # of levels, the cells that there are
        )
        save_png(image, run.samples / "density.png")


def _validation(model, data, config, every):
    if "validation" not in data.x or not model.scores_new_data:
        return {}
    batches = data_module.evaluation_batches(
        data,
        "validation",
        config.batch_size,
        with_conditions=model.condition_spec is not None,
    )
    return {"validation_data": batches, "validation_freq": every}
