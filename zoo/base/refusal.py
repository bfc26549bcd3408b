"""Errors of one line."""


def refusal(message: str) -> ValueError:
    """Returns an error that stays one line, wherever it is raised.

    Keras adds a page on the arguments to what is raised inside `call`, unless it is
    told that it has.
    """
    error = ValueError(message)
    error._keras_call_info_injected = True
    return error
