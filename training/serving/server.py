"""MLServer over a directory of exported models."""

import asyncio
import json
import pathlib

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from mlserver import MLServer, Settings

from .repository import SavedModelRepository


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


class BodyGuard:
    """Refuses bodies that are too large, or no JSON, before anything reads them.

    Args:
        app: an ASGI application.
        max_bytes: int. The largest body that it gets.
    """

    def __init__(self, app, max_bytes: int):
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.max_bytes:
                line = (
                    f"A request has at most {self.max_bytes} bytes. Received: a larger "
                    "one."
                )
                await JSONResponse({"error": line}, 413)(scope, receive, send)
                return
        if fault := _fault(body):
            await JSONResponse({"error": fault}, 400)(scope, receive, send)
            return
        await self.app(scope, _replay(bytes(body), receive), send)


def _fault(body):
    if not body:
        return None  # the repository's calls have none
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        return (
            f"A request is JSON. Received: what is not, {' '.join(str(error).split())}."
        )
    return None if isinstance(parsed, dict) else "A request is a JSON object."


def _replay(body, receive):
    sent = False

    async def replayed():
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
