"""What reaches a server: bodies of JSON, and none that is too large."""

import json

from fastapi.responses import JSONResponse


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
