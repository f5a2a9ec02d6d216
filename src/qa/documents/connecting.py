"""A way out that leads to public addresses only, and ends at a moment.

A name is looked up once, at the moment of connecting; every address it has is judged, and the
connection is made to one of the addresses that were judged. What the name points to later (DNS
rebinding) has no part in it, and a redirect is judged like the first address, because it connects
here too.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa.errors import DocumentError

if TYPE_CHECKING:
    import httpcore

CONNECT_SECONDS = 15.0
"""To reach one address, and to look a name up."""

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 as networks without it see it (NAT64): the last 32 bits are the IPv4 address."""
_ASSIGNED = ipaddress.ip_network("192.0.0.0/24")
"""For protocols, mostly between a machine and its own network (RFC 6890)."""
_COMPATIBLE = ipaddress.ip_network("::/96")
"""IPv4 written as IPv6 in a way that was given up (RFC 4291, 2.5.5.1)."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment (of `time.monotonic`) at which everything has to be over."""

    at: float
    seconds: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds, seconds)

    def left(self, at_most: float | None = None) -> float:
        """The seconds left, or ``at_most`` where that is less. Raises DocumentError at the end."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise DocumentError(
                f"it was not there after {self.seconds:g} seconds",
                hint="raise the setting download_seconds, or save it by hand and add the file",
            )
        return left if at_most is None else min(left, at_most)


def is_public(address: str) -> bool:
    """Whether this IP address belongs to no machine or network of one's own.

    An IPv6 address that stands for an IPv4 address is judged as that.
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = _inner(found)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    elif found in _ASSIGNED:
        return False
    special = found.is_multicast or found.is_reserved or found.is_unspecified
    return found.is_global and not special


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address to which what is sent to this address goes, if it is of that sort."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _TRANSLATED or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def lookup(host: str, port: int, *, deadline: Deadline) -> tuple[str, ...]:
    """Every IP address of the host. Raises DocumentError where there is none, or none in time."""
    found: list[tuple[str, ...]] = []
    failed: list[Exception] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.append(tuple(dict.fromkeys(str(answer[4][0]) for answer in answers)))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    # The system's look-up knows no time limit; what is late is left to end by itself.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(deadline.left(CONNECT_SECONDS))
    if found and found[0]:
        return found[0]
    problem = "cannot be looked up" if failed or found else "was not found in time"
    raise DocumentError(
        f"the host {host} {problem}",
        hint="check the address and the connection of this machine",
    ) from (failed[0] if failed else None)


class Backend:
    """What httpcore connects through: each address judged, each wait ended by the deadline."""

    def __init__(self, *, deadline: Deadline, allow_private: bool) -> None:
        import httpcore  # noqa: PLC0415

        self._inner = httpcore.SyncBackend()
        self._deadline = deadline
        self._allow_private = allow_private

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **options: Any
    ) -> Stream:
        """A connection to the host. Raises DocumentError where one of its addresses is private."""
        import httpcore  # noqa: PLC0415

        addresses = lookup(host, port, deadline=self._deadline)
        private = [each for each in addresses if not is_public(each)]
        if private and not self._allow_private:
            named = "" if private[0] == host else f" ({private[0]})"
            raise DocumentError(
                f"{host}{named} is an address of this machine or of a private network",
                hint="--allow-private allows it, where you know what answers there",
            )
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue  # the host has another
        return self._connect(addresses[-1], port, timeout, options)

    def _connect(
        self, address: str, port: int, timeout: float | None, options: dict[str, Any]
    ) -> Stream:
        left = self._deadline.left(timeout)
        return Stream(
            self._inner.connect_tcp(address, port, timeout=left, **options), self._deadline
        )

    def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> Stream:
        """Never: a file of this machine is no address."""
        raise DocumentError(f"{path} is no address", hint="name one that begins with https://")

    def sleep(self, seconds: float) -> None:
        """Part of what httpcore asks of a backend."""
        time.sleep(self._deadline.left(seconds))


class Stream:
    """A connection whose every wait ends at the deadline: a slow drip never outlives it."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes; none at the end."""
        import httpcore  # noqa: PLC0415

        try:
            return self._inner.read(max_bytes, timeout=self._deadline.left(timeout))
        except httpcore.ReadTimeout:
            self._deadline.left()  # which of the two limits it was
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """The bytes are sent."""
        self._inner.write(buffer, timeout=self._deadline.left(timeout))

    def close(self) -> None:
        """The connection is closed."""
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> Stream:
        """The same connection, encrypted; the certificate has to be of the name asked for."""
        left = self._deadline.left(timeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection."""
        return self._inner.get_extra_info(info)
