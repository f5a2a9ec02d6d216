"""Adding and removing documents over HTTP: by the person at this machine, or by who is logged in.

A page of another site can make a browser send requests here. It cannot send the header that is
asked for without this server's leave, and its origin is another one than the host that the request
calls, or than the host by which a trusted proxy was called. Where it has a name of its own resolved
to this machine (DNS rebinding), that name stands in Host: a server that listens on this machine
alone is called by no such name, and to a server that asks for a log-in the browser sends no session
that it holds for another name.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import tempfile
import threading
import time
import unicodedata
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from qa.assistant import add, remove
from qa.documents import KINDS
from qa.errors import DocumentError, IndexLocked, QAError
from qa.types import BuildReport
from qa.web.server.visiting import Site, host_of, is_loopback
from qa.web.views.library import outcome

if TYPE_CHECKING:
    from qa.assistant import Assistant

_log = logging.getLogger(__name__)
# The kept part of a document's fields; a longer one is a mistake.
MAX_FIELD = 300
_MAX_NAME = 255
_TICK = 0.1
# How long a change that is broken off may take to notice it.
LAST_SECONDS = 5
# So many changes wait for their turn, and each for so long.
_WAITING, _PATIENCE = 8, 600.0
_AGAIN = "30"
_FAULT = "a fault in the program kept this from being done; its log says more"


class Refused(Exception):
    """A request is not met: the status, what is wrong, and what to do about it."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


class Stopped(QAError):
    """The server ends before the change was made; the index is as it was."""


class Turns:
    """One at a time, in the order in which they came; only so many wait."""

    def __init__(self, most: int = _WAITING, patience: float = _PATIENCE) -> None:
        self.most = most
        self.patience = patience
        self.line: deque[object] = deque()
        self.moved = threading.Condition()

    @contextlib.contextmanager
    def mine(self) -> Iterator[None]:
        """Nobody else's turn meanwhile. Raises Refused where too many wait, or for too long."""
        ticket = object()
        with self.moved:
            if len(self.line) > self.most:
                raise Refused(503, "too many changes wait", "try again when they are done")
            self.line.append(ticket)
        try:
            with self.moved:
                first = self.moved.wait_for(lambda: self.line[0] is ticket, self.patience)
            if not first:
                raise Refused(503, "another change is being made", "try again when it is done")
            yield
        finally:
            with self.moved:
                self.line.remove(ticket)
                self.moved.notify_all()

    @property
    def busy(self) -> bool:
        """Whether somebody's turn is next or now."""
        return bool(self.line)


class Changes:
    """Adds and removes, one at a time; ``guarded`` says that whoever comes here is logged in."""

    def __init__(self, assistant: Assistant, site: Site, *, guarded: bool = False) -> None:
        self.assistant = assistant
        self.site = site
        self.allowed = site.alone or guarded
        self.turns = Turns()
        self.ending = threading.Event()
        self.folders: set[tempfile.TemporaryDirectory[str]] = set()

    def routes(self) -> list[Any]:
        """The two routes, which refuse everyone where the server is open to all."""
        from starlette.routing import Route  # noqa: PLC0415

        return [
            Route("/library/add", self.add, methods=["POST"]),
            Route("/library/remove", self.remove, methods=["POST"]),
        ]

    async def add(self, request: Any) -> Any:
        """The file in the body is in the index; progress and report are lines of JSON."""
        from starlette.responses import StreamingResponse  # noqa: PLC0415

        held = contextlib.ExitStack()
        try:
            check(request.headers, self.allowed, self.site)
            name = file_name(request.query_params.get("name", ""))
            meta = fields(request.query_params)
            if len(self.turns.line) > self.turns.most:
                raise Refused(503, "too many changes wait", "try again when they are done")
            path = Path(held.enter_context(self.folder()), name)
            await self.received(request, path)
        except Refused as error:
            held.close()
            return refusal(error)
        except BaseException:
            held.close()
            raise
        password = unquote(request.headers.get("x-qa-password", ""))
        lines = _Lines()
        threading.Thread(
            target=self.build, args=(path, meta, password, lines, held), daemon=True
        ).start()
        kept = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(lines.read(), media_type="application/x-ndjson", headers=kept)

    def remove(self, request: Any) -> Any:
        """The document is gone from the index."""
        from starlette.responses import JSONResponse  # noqa: PLC0415

        try:
            check(request.headers, self.allowed, self.site)
            uri = request.query_params.get("uri", "")
            settings = self.assistant.settings
            with self.turns.mine():
                report = remove([uri], self.assistant.status().index, settings=settings)
        except Refused as error:
            return refusal(error)
        except QAError as error:
            status = 404 if isinstance(error, DocumentError) else 409
            return refusal(Refused(status, str(error), error.hint))
        return JSONResponse({"report": report.to_dict()}, headers={"cache-control": "no-store"})

    async def received(self, request: Any, path: Path) -> None:
        """The body lies at the path. Raises Refused as soon as it is larger than is allowed."""
        from starlette.requests import ClientDisconnect  # noqa: PLC0415

        limit = self.assistant.settings.max_file_mb * 1_000_000
        size = 0
        try:
            with path.open("xb") as file:
                async for piece in request.stream():
                    size += len(piece)
                    if size > limit:
                        raise Refused(
                            413,
                            f"too large: the limit is {limit / 1e6:,.0f} MB",
                            "raise the setting max_file_mb, or split the file",
                        )
                    file.write(piece)
        except ClientDisconnect as error:
            raise Refused(400, "the file did not come whole", "send it again") from error
        except OSError as error:
            said = error.strerror or str(error)
            raise Refused(400, f"the file could not be kept: {said}", "rename it") from error

    def build(
        self,
        path: Path,
        meta: Mapping[str, str],
        password: str,
        lines: _Lines,
        held: contextlib.ExitStack,
    ) -> None:
        """The file is added, whoever still listens; the lines end with a report or an error."""
        last: dict[str, Any]
        try:
            if self.turns.busy:
                lines.progress("waiting", 0, 1)
            with self.turns.mine():
                last = self.built(path, meta, password, lines)
        except (QAError, Refused) as error:
            locked = isinstance(error, IndexLocked)
            last = {"error": str(error), "hint": error.hint, "locked": locked}
        except Exception:  # the browser must not be left waiting, whatever went wrong
            _log.exception("a document could not be added")
            last = {"error": _FAULT, "hint": ""}
        finally:
            held.close()
        lines.end(last)

    def built(
        self, path: Path, meta: Mapping[str, str], password: str, lines: _Lines
    ) -> dict[str, Any]:
        """The file is added; what is said of it. Raises Stopped where the server ends."""

        def progress(stage: str, done: int, total: int) -> None:
            if self.ending.is_set():
                raise Stopped("the server ends", hint="add it again when it runs")
            lines.progress(stage, done, total)

        report: BuildReport = add(
            [path],
            self.assistant.status().index,
            settings=self.assistant.settings,
            progress=progress,
            meta=meta,
            password=password,
        )
        said = outcome(report, self.assistant.documents())
        return {"report": report.to_dict(), "said": said}

    @contextlib.contextmanager
    def folder(self) -> Iterator[str]:
        """A folder for what is sent, gone afterwards, and when the server ends before that."""
        made = tempfile.TemporaryDirectory(prefix="qa-", ignore_cleanup_errors=True)
        self.folders.add(made)
        try:
            yield made.name
        finally:
            self.folders.discard(made)
            made.cleanup()

    def end(self, seconds: float, at_once: Callable[[], bool] = lambda: False) -> None:
        """No change is being made: those under way had so long, and were then broken off."""
        for wait, ending in ((seconds, False), (LAST_SECONDS, True)):
            if ending:
                self.ending.set()
            until = time.monotonic() + wait
            while self.turns.busy and time.monotonic() < until and not at_once():
                time.sleep(_TICK)
        for folder in list(self.folders):
            folder.cleanup()


class _Lines:
    """Lines of JSON that a thread writes and a response sends."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.told = ("", 0.0)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Passed on at a stage's beginning and end, and a few times a second between."""
        now = time.monotonic()
        if stage == self.told[0] and done < total and now - self.told[1] < _TICK:
            return
        self.told = (stage, now)
        self.put({"stage": stage, "done": done, "total": total})

    def end(self, last: dict[str, Any]) -> None:
        """The last line, and no more."""
        self.put(last)
        self.put(None)

    def put(self, line: dict[str, Any] | None) -> None:
        """The line is sent, unless the server has stopped meanwhile."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.queue.put_nowait, line)

    async def read(self) -> AsyncIterator[str]:
        """The lines as they come."""
        while (line := await self.queue.get()) is not None:
            yield json.dumps(line, ensure_ascii=False) + "\n"


def check(headers: Mapping[str, str], allowed: bool, site: Site) -> None:
    """The request is from this server's own page. Raises Refused otherwise."""
    if not allowed:
        raise Refused(
            403,
            "documents are changed only by who is logged in, or on this machine alone",
            "serve it with --auth-file or on --host 127.0.0.1, or use qa add and qa remove",
        )
    host = headers.get("host", "")
    if site.alone and not is_loopback(host_of(host)):
        raise Refused(403, f"{host or 'no host'} is not a name of this machine")
    origin, fetched = headers.get("origin", ""), headers.get("sec-fetch-site", "")
    same = (not origin or site.owns(origin, host)) and fetched in ("", "same-origin")
    if not same or not (origin or fetched) or headers.get("x-qa") != "1":
        raise Refused(403, "the request is not from this page")


def file_name(name: str) -> str:
    """The last part of a file's name, as it is kept. Raises Refused for one that is not read."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2].strip()
    name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cs"))
    suffix = Path(name).suffix.lower()
    if suffix not in KINDS:
        kinds = ", ".join(KINDS)
        raise Refused(
            415, f"files ending in {suffix or 'nothing'} are not read", f"the endings are {kinds}"
        )
    if len(name.encode()) > _MAX_NAME:
        raise Refused(400, "the name of the file is too long", "rename it")
    return name


def fields(said: Mapping[str, str]) -> dict[str, str]:
    """What is said of a document beside its file, without what was left empty."""
    found = {name: " ".join(said.get(name, "").split()) for name in ("title", "review")}
    for name, value in found.items():
        if len(value) > MAX_FIELD:
            raise Refused(400, f"the {name} is longer than {MAX_FIELD} characters", "shorten it")
    return {name: value for name, value in found.items() if value}


def refusal(error: Refused) -> Any:
    """The response that says it."""
    from starlette.responses import JSONResponse  # noqa: PLC0415

    said = {"error": str(error), "hint": error.hint}
    headers = {"cache-control": "no-store"}
    if error.status == 503:
        headers["retry-after"] = _AGAIN
    return JSONResponse(said, error.status, headers)
