"""MLServer over a directory of exported models."""

import asyncio
import pathlib

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from mlserver import MLServer, Settings

from .body_guard import BodyGuard
from .saved_model_repository import SavedModelRepository


def serve(
    directory,
    *,
    host: str,
    port: int,
    grpc_port: int,
    metrics_port: int,
    max_request_bytes: int,
    max_samples: int,
) -> None:
    """Serves all models in a directory until it is told to stop.

    Args:
        directory: path. As `genkeras export` writes it.
        host: str. Where to listen.
        port: int. Of REST.
        grpc_port: int. Of gRPC.
        metrics_port: int. Of Prometheus' metrics.
        max_request_bytes: int. Larger requests are refused.
        max_samples: int. As `ServedModel` takes it.
    """
    settings = Settings(
        debug=False,
        parallel_workers=0,  # TensorFlow uses all cores, and a copy each all memory
        host=host,
        http_port=port,
        grpc_port=grpc_port,
        metrics_port=metrics_port,
        grpc_max_message_length=max_request_bytes,
        server_name="genkeras",
        model_repository_implementation=SavedModelRepository,
        model_repository_root=str(pathlib.Path(directory).resolve()),
        model_repository_implementation_args={"max_samples": max_samples},
    )
    asyncio.run(_run(settings, max_request_bytes))


async def _run(settings, max_request_bytes):
    server = MLServer(settings)
    # MLServer has no setting for either: tests hold what is reached into here.
    app = server._rest_server._app
    app.add_middleware(BodyGuard, max_bytes=max_request_bytes)
    app.add_exception_handler(RequestValidationError, _one_line)
    models = await server._model_repository.list()
    await server.start(models)


async def _one_line(request, error):
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"error": f"{where}: {first['msg']}."}, status_code=422)
