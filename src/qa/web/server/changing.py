"""Adding and removing documents over HTTP, for the person at this machine and nobody else.

A page of another site can make a browser send requests here. It cannot send the header that is
asked for without this server's leave, its origin is another one, and where it has a name of its
own resolved to this machine (DNS rebinding), that name stands in Host.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import tempfile
import threading
import time
import unicodedata
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from qa.assistant import add, remove
from qa.documents import KINDS
from qa.errors import DocumentError, IndexLocked, QAError
from qa.types import BuildReport
from qa.web.views.library import outcome

if TYPE_CHECKING:
    from qa.assistant import Assistant

_log = logging.getLogger(__name__)
# The kept part of a document's fields; a longer one is a mistake.
MAX_FIELD = 300
_MAX_NAME = 255
_TICK = 0.1
_FAULT = "a fault in the program kept this from being done; its log says more"


class Refused(Exception):
    """A request is not met: the status, what is wrong, and what to do about it."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.hint = hint


class Changes:
    """Adds and removes, one at a time; ``open_to`` is the host that the server listens on."""

    def __init__(self, assistant: Assistant, open_to: str) -> None:
        self.assistant = assistant
        self.allowed = is_loopback(open_to)
        self.busy = threading.Lock()

    def routes(self) -> list[Any]:
        """The two routes, which refuse everyone where the server is open to other machines."""
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
            check(request.headers, self.allowed)
            name = file_name(request.query_params.get("name", ""))
            meta = fields(request.query_params)
            held.enter_context(self.alone())
            folder = held.enter_context(tempfile.TemporaryDirectory(prefix="qa-"))
            path = Path(folder, name)
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
            check(request.headers, self.allowed)
            uri = request.query_params.get("uri", "")
            settings = self.assistant.settings
            with self.alone():
                report = remove([uri], self.assistant.status().index, settings=settings)
        except Refused as error:
            return refusal(error)
        except QAError as error:
            status = 404 if isinstance(error, DocumentError) else 409
            return refusal(Refused(status, str(error), error.hint))
        return JSONResponse({"report": report.to_dict()}, headers={"cache-control": "no-store"})

    async def received(self, request: Any, path: Path) -> None:
        """The body lies at the path. Raises Refused as soon as it is larger than is allowed."""
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
            report: BuildReport = add(
                [path],
                self.assistant.status().index,
                settings=self.assistant.settings,
                progress=lines.progress,
                meta=meta,
                password=password,
            )
            said = outcome(report, self.assistant.documents())
            last = {"report": report.to_dict(), "said": said}
        except QAError as error:
            locked = isinstance(error, IndexLocked)
            last = {"error": str(error), "hint": error.hint, "locked": locked}
        except Exception:  # the browser must not be left waiting, whatever went wrong
            _log.exception("a document could not be added")
            last = {"error": _FAULT, "hint": ""}
        finally:
            held.close()
        lines.end(last)

    @contextlib.contextmanager
    def alone(self) -> Any:
        """Nothing else changes the index from here meanwhile. Raises Refused where it does."""
        if not self.busy.acquire(blocking=False):
            raise Refused(409, "another change is being made", "try again when it is done")
        try:
            yield
        finally:
            self.busy.release()


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


def check(headers: Mapping[str, str], allowed: bool) -> None:
    """The request is from this server's own page at this machine. Raises Refused otherwise."""
    if not allowed:
        raise Refused(
            403,
            "documents are changed only where the server listens on this machine alone",
            "serve it with --host 127.0.0.1, or use qa add and qa remove",
        )
    host = headers.get("host", "")
    if not is_loopback(host_of(host)):
        raise Refused(403, f"{host or 'no host'} is not a name of this machine")
    origin, site = headers.get("origin", ""), headers.get("sec-fetch-site", "")
    same = (not origin or urlsplit(origin).netloc == host) and site in ("", "same-origin")
    if not same or not (origin or site) or headers.get("x-qa") != "1":
        raise Refused(403, "the request is not from this page")


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
    return JSONResponse(said, error.status, {"cache-control": "no-store"})
