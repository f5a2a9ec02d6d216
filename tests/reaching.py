"""Requests to ASGI layers without a server, and a proxy that serves one under a path."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reply:
    """What a layer answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def scope_of(
    method: str = "GET",
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    client: str = "192.0.2.7",
) -> dict[str, Any]:
    """A request as a server hands it on."""
    given = {"host": "127.0.0.1:7860", **{k.lower(): v for k, v in (headers or {}).items()}}
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "scheme": "http",
        "client": (client, 50_000),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in given.items()],
    }


def reach(
    app: Any,
    method: str = "GET",
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    client: str = "192.0.2.7",
) -> Reply:
    """What the layer answers to one request."""
    return asyncio.run(reached(app, scope_of(method, path, headers, client), body))


async def reached(app: Any, scope: dict[str, Any], body: bytes = b"") -> Reply:
    """The same, in a loop that runs; the body comes in two pieces."""
    half = len(body) // 2
    pieces = [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:], "more_body": False},
    ]
    reply = Reply()

    async def receive() -> Any:
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            reply.status = message["status"]
            for name, value in message["headers"]:
                reply.headers[name.decode()] = value.decode("latin-1")
        else:
            reply.body += message.get("body", b"")

    await app(scope, receive, send)
    return reply


class Echo:
    """An application that answers with the method, the path and the body it was given."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.scopes: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        said = f"{scope['method']} {scope['path']} ".encode() + body
        headers = [
            (b"content-length", str(len(said)).encode()),
            (b"access-control-allow-origin", b"*"),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": said})


@contextmanager
def proxied(inner: str, root: str) -> Iterator[str]:
    """The address of a proxy that serves ``inner`` under the path ``root``, which it takes away."""
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(
            _Proxy(inner.rstrip("/"), root), port=0, log_level="error", lifespan="off", ws="none"
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}{root}/"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)


class _Proxy:
    def __init__(self, inner: str, root: str) -> None:
        self.inner = inner
        self.root = root

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        import httpx

        said = {k.decode(): v.decode("latin-1") for k, v in scope["headers"]}
        host = said.pop("host")
        said |= {"x-forwarded-for": scope["client"][0], "x-forwarded-host": host}
        said |= {"x-forwarded-proto": "https"}
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if not scope["path"].startswith(f"{self.root}/"):
            await send({"type": "http.response.start", "status": 418, "headers": []})
            await send({"type": "http.response.body", "body": b"outside"})
            return
        url = self.inner + scope["path"][len(self.root) :]
        if scope["query_string"]:
            url += "?" + scope["query_string"].decode()
        async with (
            httpx.AsyncClient(trust_env=False, timeout=30) as client,
            client.stream(scope["method"], url, headers=said, content=body) as answer,
        ):
            headers = [(k.lower(), v) for k, v in answer.headers.raw]
            start = {"type": "http.response.start", "status": answer.status_code}
            await send({**start, "headers": headers})
            async for piece in answer.aiter_raw():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
