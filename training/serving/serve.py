"""A server of exported models, where MLServer is installed."""

import importlib.util

from .layout import versions


def serve(directory, **options) -> None:
    """Serves all models in a directory until it is told to stop; see `server.serve`.

    Args:
        directory: path. As `genkeras export` writes it.
        **options: `host`, `port`, `grpc_port`, `metrics_port`, `max_request_bytes` and
            `max_samples`.

    Raises:
        ImportError: if MLServer is not installed.
        ValueError: if the directory holds no model.
    """
    if importlib.util.find_spec("mlserver") is None:
        raise ImportError(
            "genkeras serve stands on MLServer: pip install 'genkeras[serve]'."
        )
    if not versions(directory):
        raise ValueError(
            "A directory to serve holds NAME/VERSION/saved_model.pb, as 'genkeras "
            f"export' writes it. Received: {str(directory)!r}, which holds none."
        )
    from .server import serve as run

    run(directory, **options)
