"""How much one visitor may send and how often, and what is said when too many ask at once."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from typing import Any

from qa.web.server.visiting import Scope, header, network_of, refuse, visit_of

# What a page is made of, and the streams that wait for an answer: asking for them is no work, and
# how often a browser does is not up to its person.
FREE = frozenset(
    {
        "/health",
        "/theme.css",
        "/favicon.ico",
        "/robots.txt",
        "/static/{path}",
        "/assets/{path}",
        "/gradio_api/theme.css",
        "/gradio_api/queue/data",
        "/gradio_api/heartbeat/{session}",
        "/gradio_api/app_id",
        "/gradio_api/call/{name}/{event}",
    }
)
# These have a limit of their own, and take a file as it comes.
UNBOUNDED = frozenset({"/library/add"})
QUEUED = ("/gradio_api/queue/join", "/gradio_api/call/")
# Of the largest requests so many are held at once, whoever sent them.
_MOST_HELD = 32
_MOST_VISITORS = 10_000
_BODY_SECONDS = 30.0
_AGAIN = "5"


class Buckets:
    """A bucket of tokens for each visitor, filled again at a steady rate.

    Of a visitor who has not come for long nothing is kept, nor of more than some thousands.
    """

    def __init__(
        self, a_minute: float, capacity: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate = a_minute / 60
        self.capacity = capacity
        self.clock = clock
        self.left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Takes a token; 0, or the seconds until there is one."""
        now = self.clock()
        tokens, at = self.left.pop(key, (self.capacity, now))
        tokens = min(self.capacity, tokens + (now - at) * self.rate)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self.rate
        self.left[key] = (tokens if wait else tokens - 1, now)
        while len(self.left) > _MOST_VISITORS:
            self.left.popitem(last=False)
        return wait

    def give(self, key: str) -> None:
        """The token that was taken last is there again."""
        if key in self.left:
            tokens, at = self.left[key]
            self.left[key] = (min(self.capacity, tokens + 1), at)


class Limits:
    """Pure ASGI: the rate of requests of one address, and the size of each; 0 is no limit."""

    def __init__(
        self,
        app: Any,
        *,
        max_request_kb: int,
        requests_per_minute: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.most = max_request_kb * 1000
        rate = requests_per_minute
        self.buckets = Buckets(rate, rate, clock) if rate else None
        self.held = 0

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        visit = visit_of(scope)
        free = visit.address in FREE and scope["method"] in ("GET", "HEAD")
        wait = 0.0 if free or not self.buckets else self.buckets.take(network_of(visit.client))
        if wait:
            await too_many(scope, send, "too many requests", wait)
            return
        pieces: list[bytes] = []
        try:
            if _has_body(scope) and visit.address not in UNBOUNDED:
                receive = await self.bounded(scope, receive, pieces)
            if scope["method"] == "POST" and visit.address.startswith(QUEUED):
                send = _Queued(scope, send)
            await self.app(scope, receive, send)
        except _Left:
            pass
        except _Unusable as error:
            await refuse(scope, send, error.status, str(error), error.hint, _LAST)
        finally:
            self.held -= sum(map(len, pieces))

    async def bounded(self, scope: Scope, receive: Any, pieces: list[bytes]) -> Any:
        """The request's body is here, whole; what is returned hands it on, then what follows.

        It is kept in ``pieces``. Raises _Unusable for one that is too large or too slow, or comes
        when too much is held; _Left where the rest never comes.
        """
        limit = f"the limit is {self.most // 1000:,} kB"
        said = header(scope, "content-length")
        if said and (not said.isdecimal() or len(said) > 15 or int(said) > self.most):
            raise _Unusable(413, "the request is too large", limit)
        size = 0
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise _Left
                    pieces.append(message.get("body", b""))
                    size += len(pieces[-1])
                    self.held += len(pieces[-1])
                    if self.held > self.most * _MOST_HELD:
                        raise _Unusable(503, "too much is being sent", "try again in a minute")
                    if size > self.most:
                        raise _Unusable(413, "the request is too large", limit)
                    if not message.get("more_body"):
                        break
        except TimeoutError:
            raise _Unusable(408, "the request did not come", "send it again") from None
        waiting = [{"type": "http.request", "body": b"".join(pieces), "more_body": False}]

        async def again() -> Any:
            return waiting.pop() if waiting else await receive()

        return again


# What is left of a body that is not read is not taken for the next request.
_LAST = {"connection": "close"}


class _Left(Exception):
    """The visitor is gone."""


class _Unusable(Exception):
    def __init__(self, status: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


class _Queued:
    """The sending side of a question that is queued: a full queue is said in plain words."""

    def __init__(self, scope: Scope, send: Any) -> None:
        self.scope = scope
        self.send = send
        self.full = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] == 503:
            self.full = True
            hint = "try again in a few seconds"
            after = {"retry-after": _AGAIN}
            await refuse(self.scope, self.send, 503, "too many questions wait", hint, after)
        elif not self.full:
            await self.send(message)


async def too_many(scope: Scope, send: Any, message: str, wait: float) -> None:
    """The visitor is told to come again in so many seconds."""
    seconds = int(wait) + 1
    hint = f"try again in {seconds} s"
    await refuse(scope, send, 429, message, hint, {"retry-after": str(seconds), **_LAST})


def _has_body(scope: Scope) -> bool:
    if header(scope, "transfer-encoding"):
        return True
    return header(scope, "content-length") not in ("", "0")
