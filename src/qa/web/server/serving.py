"""The page on a port: only to this origin, nothing remembered, changed from this machine alone."""

from __future__ import annotations

import functools
import os
import re
import secrets
import socket
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from qa.errors import QAError, SettingsError
from qa.web.page import STYLES, assets, build_app, in_loop, load_gradio
from qa.web.server.changing import Changes
from qa.web.server.files import file_routes

if TYPE_CHECKING:
    import gradio as gr

    from qa.assistant import Assistant

# What Gradio offers and this page has no use for: its uploads, files, proxies, records of calls.
_CLOSED = re.compile(
    r"/gradio_api/(upload|file|proxy|stream|deep_link|run-history|runs|dev|custom_component)"
    r"|/(monitoring|login|logout|svelte|docs|redoc)"
)
_FOREIGN = re.compile(
    rb'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>|\s*<link rel="manifest"[^>]*>'
)
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}

Scope = MutableMapping[str, Any]


def serve(
    assistant: Assistant,
    *,
    host: str | None = None,
    port: int | None = None,
    wait: bool = True,
    ready: Callable[[str], None] | None = None,
) -> gr.Blocks:
    """The page is served, until interrupted unless ``wait`` is False; then close() ends it.

    An argument beats GRADIO_SERVER_NAME and GRADIO_SERVER_PORT, which beat the settings. Port 0
    takes a free one. ``ready`` is called with the address. Raises QAError for a port in use.
    """
    host = host or os.environ.get("GRADIO_SERVER_NAME") or assistant.settings.host
    port = _free(host, _port(assistant) if port is None else port)
    gr = load_gradio()
    changes = Changes(assistant, host)
    app = build_app(assistant, editable=changes.allowed)
    _reach_itself(host)
    routes = [*file_routes(assistant), *changes.routes()]
    launch = functools.partial(
        app.launch, server_name=host, server_port=port, **_launching(gr, routes)
    )
    in_loop(launch)
    if ready is not None:
        ready(f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")
    if wait:
        _wait(app)
    return app


class Guard:
    """Pure ASGI: closes what the page does not use, and tells the browser to stay here."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif _CLOSED.match(scope["path"]):
            headers = [(b"content-type", b"text/plain"), (b"content-length", b"9")]
            await send({"type": "http.response.start", "status": 404, "headers": headers})
            await send({"type": "http.response.body", "body": b"not found"})
        elif scope["path"] == "/":
            # What stands behind "?" is for the page's own script: Gradio takes "page" for its own.
            await self.app({**scope, "query_string": b""}, receive, _Guarded(send, is_page=True))
        else:
            await self.app(scope, receive, _Guarded(send, is_page=False))


class _Guarded:
    """The sending side of one response; the page itself is held until it is whole."""

    def __init__(self, send: Any, *, is_page: bool) -> None:
        self.send = send
        self.is_page = is_page
        self.nonce = secrets.token_urlsafe(16)
        self.start: MutableMapping[str, Any] = {}
        self.body = b""

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = {**_HEADERS, "content-security-policy": _POLICY.format(nonce=self.nonce)}
            message["headers"] = [
                *message.get("headers", []),
                *((name.encode(), value.encode()) for name, value in headers.items()),
            ]
            self.start = message
            if self.is_page:
                return
        elif self.is_page and message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page()
            return
        await self.send(message)

    async def _send_page(self) -> None:
        # Data stands in the page as JSON with "<" escaped, so each "<script" is Gradio's own.
        body = _FOREIGN.sub(b"", self.body)
        body = body.replace(b"<script", f'<script nonce="{self.nonce}"'.encode())
        self.start["headers"] = [
            (name, str(len(body)).encode() if name.lower() == b"content-length" else value)
            for name, value in self.start["headers"]
        ]
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})


def _launching(gr: Any, routes: list[Any]) -> dict[str, Any]:
    from starlette.middleware import Middleware  # noqa: PLC0415

    return {
        "prevent_thread_lock": True,
        "quiet": True,
        "share": False,
        "ssr_mode": False,
        "pwa": False,
        "mcp_server": False,
        "run_history": False,
        "enable_monitoring": False,
        "footer_links": [],
        "max_file_size": 1,
        "state_session_capacity": 200,
        "app_kwargs": {
            "middleware": [Middleware(Guard)],
            "routes": routes,
            "docs_url": None,
            "redoc_url": None,
        },
        "theme": _theme(gr),
        "css": assets(STYLES),
    }


def _theme(gr: Any) -> Any:
    sans = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "DejaVu Sans", "sans-serif"]
    mono = ["ui-monospace", "DejaVu Sans Mono", "monospace"]
    font = gr.themes.utils.fonts.Font
    return gr.themes.Base(
        font=[font(name) for name in sans], font_mono=[font(name) for name in mono]
    )


def _port(assistant: Assistant) -> int:
    named = os.environ.get("GRADIO_SERVER_PORT")
    if not named:
        return assistant.settings.port
    if not named.isdecimal() or int(named) > 65535:
        raise SettingsError(
            f"GRADIO_SERVER_PORT = {named!r} is not a port", hint="give a number from 0 to 65535"
        )
    return int(named)


def _free(host: str, port: int) -> int:
    """The port, or a free one for 0. Raises QAError where it cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise QAError(
                f"cannot listen on {host} port {port}: {error.strerror or error}",
                hint="name another with --port, QA_PORT or GRADIO_SERVER_PORT; 0 takes a free one",
            ) from error
        return int(probe.getsockname()[1])


def _reach_itself(host: str) -> None:
    """No proxy is asked for this machine: Gradio calls itself once when it starts."""
    for name in ("NO_PROXY", "no_proxy"):
        known = [part for part in os.environ.get(name, "").split(",") if part]
        wanted = [part for part in ("127.0.0.1", "localhost", host) if part not in known]
        os.environ[name] = ",".join(known + wanted)


def _wait(app: Any) -> None:
    try:
        app.server.thread.join()
    except KeyboardInterrupt:
        pass
    finally:
        app.close(verbose=False)
