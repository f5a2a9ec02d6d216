"""Where the server stands and who visits it: names of hosts, proxies, addresses that are served."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from qa.errors import SettingsError

Scope = MutableMapping[str, Any]
# What a proxy says of the request that it passes on. Believed of proxies that are named only.
_TOLD = re.compile(rb"x-forwarded-[a-z-]+|forwarded|x-real-ip|x-gradio-server")
_PORT = re.compile(r"(?:\]|\.\d+):\d+$")
_ROOT = re.compile(r"(?:(https?)://([^/?#\s@]+))?((?:/[\w.~-]+)*)/?")


@dataclass(slots=True)
class Visit:
    """One request, as far as it is known: filled on its way through the layers."""

    client: str = ""
    user: str = ""
    address: str = ""
    """The pattern of the address that is asked for, never the address itself."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the server listens, and where people find it.

    ``root`` is the path under which a proxy serves it, ``public`` the host by which the proxy is
    known and ``secure`` whether over https, where the whole address was given.
    """

    host: str
    root: str = ""
    public: str = ""
    secure: bool = False
    proxies: int = 0

    @classmethod
    def of(cls, host: str, root_path: str = "", proxies: int = 0) -> Site:
        """The site of these settings. Raises SettingsError for a root path that is none."""
        found = _ROOT.fullmatch(root_path.strip())
        if not found:
            raise SettingsError(
                f"root_path = {root_path!r} is no path",
                hint='give a path like "/reviews", or the whole address with https://',
            )
        scheme, public, root = found.groups()
        return cls(host, root or "", (public or "").lower(), scheme == "https", proxies)

    @property
    def address(self) -> str:
        """What Gradio is told of it: the whole address where it is known, the path otherwise."""
        scheme = "https" if self.secure else "http"
        return f"{scheme}://{self.public}{self.root}" if self.public else self.root

    @property
    def alone(self) -> bool:
        """Whether only this machine reaches it, and no proxy is known to stand before it."""
        return is_loopback(self.host) and not (self.root or self.public or self.proxies)

    def answers_to(self, host: str) -> bool:
        """Whether a request may call it by that name.

        Where it listens on this machine alone, a page elsewhere can reach it by having its own
        name resolved to this machine; that name then stands in Host.
        """
        if not is_loopback(self.host):
            return True
        return is_loopback(host_of(host)) or (host.lower() == self.public != "")

    def owns(self, origin: str, host: str) -> bool:
        """Whether a page of that origin is this server's own, called by that name."""
        try:
            where = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        return bool(where) and where in (host.lower(), self.public)

    def seen(self, scope: Scope, visit: Visit) -> Scope:
        """The request as the visitor sent it, whatever proxies made of it.

        What no trusted proxy said is dropped: the layers behind believe those headers.
        """
        told: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            told.setdefault(name, []).append(value.decode("latin-1"))
        headers = [pair for pair in scope["headers"] if not _TOLD.fullmatch(pair[0])]
        visit.client = (scope.get("client") or ("",))[0]
        scheme = "https" if self.secure else scope["scheme"]
        if self.proxies:
            visit.client = _nth(told.get(b"x-forwarded-for", []), self.proxies) or visit.client
            said = _nth(told.get(b"x-forwarded-proto", []), self.proxies)
            scheme = said if said in ("http", "https") else scheme
            if host := _nth(told.get(b"x-forwarded-host", []), self.proxies):
                headers = [pair for pair in headers if pair[0] != b"host"]
                headers.append((b"host", host.encode("latin-1")))
        return {**scope, "headers": headers, "scheme": scheme, "path": self._inner(scope["path"])}

    def _inner(self, path: str) -> str:
        """The path without the root, for a proxy that passes it on as it is."""
        if self.root and path.startswith(f"{self.root}/"):
            return path[len(self.root) :]
        return path


class Addresses:
    """The patterns of all addresses that are served: ``/gradio_api/heartbeat/{session}``."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.exact = set()
        self.others = []
        for pattern in patterns:
            if "{" not in pattern:
                self.exact.add(pattern)
                continue
            parts = re.split(r"(\{\w+(?::path)?\})", pattern)
            made = "".join(_part(part) for part in parts)
            self.others.append((re.compile(made), re.sub(r":path", "", pattern)))

    def pattern_of(self, path: str) -> str:
        """The pattern that the path is of; empty where it is of none."""
        if path in self.exact:
            return path
        return next((name for made, name in self.others if made.fullmatch(path)), "")


def _part(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return ".+" if part.endswith(":path}") else "[^/]+"


def _nth(said: Sequence[str], proxies: int) -> str:
    """What the outermost trusted proxy added to a list, of one header or several; where it is
    shorter, the first of it."""
    parts = [part.strip() for part in ",".join(said).split(",") if part.strip()]
    return parts[max(len(parts) - proxies, 0)] if parts else ""


def header(scope: Scope, name: str) -> str:
    """The value of the header of a request, empty where there is none."""
    wanted = name.encode()
    for known, value in scope["headers"]:
        if known == wanted:
            return str(value.decode("latin-1"))
    return ""


def visit_of(scope: Scope) -> Visit:
    """What is known of the request, kept beside it."""
    kept: Visit = scope.setdefault("qa.visit", Visit())
    return kept


def is_loopback(host: str) -> bool:
    """Whether only this machine answers to that name or address."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def network_of(client: str, v4: int = 32, v6: int = 64) -> str:
    """The network that an address is in, as far as it is to be told apart; "" for no address."""
    try:
        # Some proxies name the port as well.
        address = ipaddress.ip_address(host_of(client) if _PORT.search(client) else client)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return str(address)
    bits = v4 if address.version == 4 else v6
    network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    return str(network) if bits < address.max_prefixlen else str(address)


def wants_page(scope: Scope) -> bool:
    """Whether a person's browser asks for something to look at."""
    return scope["method"] in ("GET", "HEAD") and "text/html" in header(scope, "accept")


async def respond(
    send: Any, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None
) -> None:
    """A whole response, not to be stored."""
    listed = {"content-type": kind, "content-length": str(len(body)), "cache-control": "no-store"}
    pairs = [(k.encode(), v.encode("latin-1")) for k, v in {**listed, **(headers or {})}.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def refuse(
    scope: Scope,
    send: Any,
    status: int,
    message: str,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
) -> None:
    """What is wrong and what to do: as text for a person, as JSON for a program and the page."""
    if wants_page(scope):
        text = f"{message}\n{hint}".strip()
        await respond(send, status, text.encode(), "text/plain; charset=utf-8", headers)
        return
    detail = f"{message} ({hint})" if hint else message  # the name by which Gradio says it
    said = json.dumps({"error": message, "hint": hint, "detail": detail}).encode()
    await respond(send, status, said, "application/json", headers)


def templates(routes: Sequence[Any]) -> list[str]:
    """The patterns of these routes."""
    return [route.path for route in routes]
