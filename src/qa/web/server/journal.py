"""The access log: one line of JSON a request, and nothing of what was asked.

Of the address the pattern is written, of the visitor the network: no question, no name of a
document, no session can be in it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

from qa.errors import SettingsError
from qa.web.server.visiting import Scope, Visit, network_of

_log = logging.getLogger(__name__)
UNKNOWN = "(other)"
# A request whose visitor left before it was answered.
_LEFT = 499


class Journal:
    """Pure ASGI, outermost: what came and how it was answered is written when it is over.

    ``place`` is a file, "-" for the error output, or empty for no log.
    """

    def __init__(self, app: Any, place: str = "") -> None:
        self.app = app
        self.file = _opened(place)
        self.owned = place not in ("", "-")

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        visit = Visit()
        scope["qa.visit"] = visit
        if self.file is None:
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        counted = _Counted(send)
        try:
            await self.app(scope, receive, counted)
        except Exception:
            counted.status = counted.status or 500
            raise
        finally:
            self.write(scope, visit, counted, (time.perf_counter() - began) * 1000)

    def write(self, scope: Scope, visit: Visit, counted: _Counted, taken: float) -> None:
        """The line is in the log; a log that cannot be written keeps nobody from being served."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": scope["method"],
            "path": visit.address or UNKNOWN,
            "status": counted.status or _LEFT,
            "ms": round(taken, 1),
            "bytes": counted.bytes,
            "client": network_of(visit.client, 24, 48),
        }
        if visit.user:
            line["user"] = visit.user
        try:
            if self.file is not None:
                self.file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except (OSError, ValueError):
            _log.exception("the access log cannot be written, and ends here")
            self.file = None

    def close(self) -> None:
        """Its file is let go of."""
        if self.owned and self.file is not None:
            self.file.close()
        self.file = None


class _Counted:
    """The sending side of a response: its status, and how many bytes."""

    def __init__(self, send: Any) -> None:
        self.send = send
        self.status = 0
        self.bytes = 0

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        await self.send(message)


def _opened(place: str) -> TextIO | None:
    if not place:
        return None
    if place == "-":
        return sys.stderr
    try:
        # Only for whoever serves: times and names are in it.
        number = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise SettingsError(
            f"the access log {place} cannot be written: {error.strerror or error}",
            hint="name a file in a folder that is there, or - for the error output",
        ) from error
    return open(number, "a", encoding="utf-8", buffering=1)
