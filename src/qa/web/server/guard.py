"""The first layer: who may call, what is open at all, and what the browser is told with it."""

from __future__ import annotations

import re
import secrets
from collections.abc import MutableMapping, Sequence
from dataclasses import fields
from typing import Any

from qa.web.doors import Doors
from qa.web.server.visiting import Addresses, Scope, Site, header, refuse, visit_of

# What the page and gradio_client ask of Gradio. It has far more: uploads, files, proxies, records
# of calls, reloading, code that is written by a model.
GRADIO = (
    "/",
    "/config",
    "/theme.css",
    "/favicon.ico",
    "/robots.txt",
    "/static/{path:path}",
    "/assets/{path:path}",
    "/gradio_api/info",
    "/gradio_api/theme.css",
    "/gradio_api/queue/join",
    "/gradio_api/queue/data",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    "/gradio_api/component_server",
    "/gradio_api/component_server/",
    "/gradio_api/app_id",
    "/gradio_api/heartbeat/{session}",
    *(f"/gradio_api/call/{field.name}" for field in fields(Doors)),
    "/gradio_api/call/{name}/{event}",
)
_FOREIGN = re.compile(
    rb'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>|\s*<link rel="manifest"[^>]*>'
)
_POLICY = (
    "default-src 'self'; script-src 'self'{nonce} 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Pure ASGI: turns away what comes by a strange name or from a strange page, and closes what
    the page does not use; tells the browser to stay here."""

    def __init__(self, app: Any, site: Site, own: Sequence[str] = ()) -> None:
        self.app = app
        self.site = site
        self.addresses = Addresses((*own, *GRADIO))

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self.http(scope, receive, send)
        elif scope["type"] == "websocket":  # nothing here speaks it
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    async def http(self, scope: Scope, receive: Any, send: Any) -> None:
        """The request goes on where it is from here and for something that is open."""
        visit = visit_of(scope)
        host = header(scope, "host")  # as it came: a page that hides its name can say the rest
        scope = self.site.seen(scope, visit)
        visit.address = self.addresses.pattern_of(scope["path"])
        sending = _Guarded(send, is_page=visit.address == "/" and scope["method"] == "GET")
        if not self.site.answers_to(host):
            hint = "behind a proxy, give the whole address as root_path"
            said = f"{host or 'no host'} is not a name of this machine"
            await refuse(scope, sending.on, 403, said, hint)
        elif self.foreign(scope):
            await refuse(scope, sending.on, 403, "the request is not from this page")
        elif scope["path"] == self.site.root != "":
            await send_to(sending.on, f"{self.site.root}/")
        elif not visit.address:
            await refuse(scope, sending.on, 404, "not found")
        else:
            if visit.address == "/":
                # What stands behind "?" is for the page's own script: Gradio takes "page" for its
                # own. Whoever is asked to log in is to come back to it.
                scope = {**scope, "query_string": b"", "qa.place": scope["query_string"]}
            await self.app(scope, receive, sending)

    def foreign(self, scope: Scope) -> bool:
        """Whether a page of another site made the browser ask; following its link is no such."""
        origin, site = header(scope, "origin"), header(scope, "sec-fetch-site")
        if origin and not self.site.owns(origin, header(scope, "host")):
            return True
        if site in ("", "none", "same-origin"):
            return False
        followed = header(scope, "sec-fetch-mode") == "navigate"
        shown = header(scope, "sec-fetch-dest") in ("", "document")
        return not (followed and shown and scope["method"] in ("GET", "HEAD"))


async def send_to(send: Any, place: str, status: int = 303, cookie: str = "") -> None:
    """The browser goes there."""
    headers = [(b"location", place.encode()), (b"content-length", b"0")]
    headers.append((b"cache-control", b"no-store"))
    if cookie:
        headers.append((b"set-cookie", cookie.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


class _Guarded:
    """The sending side of one response; the page itself is held until it is whole."""

    def __init__(self, send: Any, *, is_page: bool) -> None:
        self.send = send
        self.is_page = is_page
        self.nonce = secrets.token_urlsafe(16) if is_page else ""
        self.start: MutableMapping[str, Any] = {}
        self.body: list[bytes] = []

    async def on(self, message: MutableMapping[str, Any]) -> None:
        """A message of our own, which is not the page."""
        self.is_page = False
        await self(message)

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = self.headers(message.get("headers", []))
            self.start = message
            self.is_page = self.is_page and message["status"] == 200
            if self.is_page:
                return
        elif self.is_page and message["type"] == "http.response.body":
            self.body.append(message.get("body", b""))
            if not message.get("more_body"):
                await self._send_page()
            return
        await self.send(message)

    def headers(self, given: Any) -> list[tuple[bytes, bytes]]:
        """Those of the response, with ours where it has none; none that lets a site read it."""
        kept = [pair for pair in given if not pair[0].lower().startswith(b"access-control-")]
        policy = _POLICY.format(nonce=f" 'nonce-{self.nonce}'" if self.nonce else "")
        ours = {**_HEADERS, b"content-security-policy": policy.encode()}
        for name, _ in kept:
            ours.pop(name.lower(), None)
        return [*kept, *ours.items()]

    async def _send_page(self) -> None:
        # Data stands in the page as JSON with "<" escaped, so each "<script" is Gradio's own.
        body = _FOREIGN.sub(b"", b"".join(self.body))
        body = body.replace(b"<script", f'<script nonce="{self.nonce}"'.encode())
        self.start["headers"] = [
            (name, str(len(body)).encode() if name.lower() == b"content-length" else value)
            for name, value in self.start["headers"]
        ]
        await self.send(self.start)
        await self.send({"type": "http.response.body", "body": body})
