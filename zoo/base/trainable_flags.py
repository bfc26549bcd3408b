"""Which layers of a model are frozen: Keras's files do not say."""


def flags_config(model) -> dict:
    """Returns the flags of a model's layers by name; nothing where all are trained.

    Args:
        model: a `keras.Model`.
    """
    flags = [layer.trainable for layer in model._flatten_layers()]
    return {} if all(flags) else {"trainable_layers": flags}


def set_flags(model, flags) -> None:
    """Freezes what was frozen when the model was saved.

    Args:
        model: a `keras.Model` whose layers are made.
        flags: None for a model all of which was trained, or what `flags_config` gave.
    """
    if flags is None:
        return
    model.build()
    # From the outside in, since a layer's flag is passed on to those inside it.
    for layer, flag in zip(model._flatten_layers(), flags, strict=True):
        layer.trainable = bool(flag)
