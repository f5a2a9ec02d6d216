"""Two addresses beside the page: the picture of a page, and the file a document was read from."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from qa.errors import DocumentError, QAError
from qa.text import Span
from qa.web.views.markup import VERSION

if TYPE_CHECKING:
    from qa.assistant import Assistant

_log = logging.getLogger(__name__)
NARROWEST, WIDEST = 100, 2_000
_DIGITS = 10
# So many spans of a page are marked faintly.
MOST_SPANS = 20
# What is shown is this machine's own: no other page may embed it.
_OWN = {"cross-origin-resource-policy": "same-origin"}


def file_routes(assistant: Assistant) -> list[Any]:
    """The routes of both. Their functions are plain ones, so each call has a thread of its own."""
    from starlette.routing import Route  # noqa: PLC0415

    def page_png(request: Any) -> Any:
        return answered(lambda: picture(assistant, request.query_params, request.headers))

    def original(request: Any) -> Any:
        return answered(lambda: download(assistant, request.query_params))

    return [Route("/page.png", page_png), Route("/original", original)]


def answered(respond: Any) -> Any:
    """The response, or what is wrong in plain text with the status that says so."""
    from starlette.responses import PlainTextResponse  # noqa: PLC0415

    try:
        return respond()
    except DocumentError as error:
        status, said = 404, error.in_full
    except ValueError as error:
        status, said = 400, str(error)
    except QAError as error:
        status, said = 503, error.in_full
    except Exception:  # what went wrong is for the log, not for the browser
        _log.exception("a file could not be sent")
        status, said = 500, "a fault in the program; its log says more"
    return PlainTextResponse(said, status, {"cache-control": "no-store", **_OWN})


def picture(assistant: Assistant, said: Mapping[str, str], headers: Mapping[str, str]) -> Any:
    """The page as PNG, with its spans highlighted; 304 where the browser holds it already.

    It may be kept for good only where its address names the version that is drawn: another
    version of the document has the same name and other pages.
    """
    from starlette.responses import Response  # noqa: PLC0415

    uri = _uri(said)
    page = number(said, "page", 1, 10**6)
    start, end = number(said, "start", 0, 10**9, 0), number(said, "end", 0, 10**9, 0)
    width = number(said, "width", NARROWEST, WIDEST, 1_000)
    if end < start:
        raise ValueError(f"start = {start} is behind end = {end}")
    also = spans(said, "also")
    summary = assistant.summary(uri)
    named = said.get("version", "")
    known = len(named) >= VERSION and summary.sha256.startswith(named)
    key = f"{summary.sha256} {page} {start} {end} {also} {width}"
    kept = {
        "cache-control": f"private, {'max-age=31536000, immutable' if known else 'no-cache'}",
        "etag": f'"{hashlib.sha256(key.encode()).hexdigest()[:32]}"',
        **_OWN,
    }
    if not 1 <= page <= summary.pages:
        raise DocumentError(f"{uri} has no page {page}", uri=uri, hint=f"it has {summary.pages}")
    if kept["etag"] in headers.get("if-none-match", ""):
        return Response(status_code=304, headers=kept)
    drawn = assistant.page_image(uri, page, start=start, end=end, also=also, width=width)
    return Response(drawn, media_type="image/png", headers=kept)


def download(assistant: Assistant, said: Mapping[str, str]) -> Any:
    """The file as it was added, to be saved and never shown: it may hold scripts."""
    from starlette.responses import FileResponse  # noqa: PLC0415

    uri = _uri(said)
    path = assistant.original(uri)
    if not path.is_file():
        raise DocumentError(f"the file of {uri} is gone", uri=uri, hint="add it again")
    return FileResponse(
        path,
        media_type="application/octet-stream",
        filename=PurePosixPath(uri.replace("\\", "/")).name or "document",
        content_disposition_type="attachment",
        headers={
            "content-security-policy": "sandbox; default-src 'none'",
            "cache-control": "private, no-cache",
            **_OWN,
        },
    )


def number(
    said: Mapping[str, str], name: str, low: int, high: int, missing: int | None = None
) -> int:
    """The number of that name in an address. Raises ValueError for none, or one out of range."""
    value = said.get(name, "")
    if not value and missing is not None:
        return missing
    if not (value.isascii() and value.isdecimal() and len(value) <= _DIGITS):
        raise ValueError(f"{name} is not a number")
    if not low <= int(value) <= high:
        raise ValueError(f"{name} = {value} is not from {low} to {high}")
    return int(value)


def spans(said: Mapping[str, str], name: str) -> list[Span]:
    """The spans of that name in an address ("12-40,100-121"), in order, none twice.

    Raises ValueError for what is no span, and for more than MOST_SPANS.
    """
    listed = said.get(name, "").split(",", MOST_SPANS)
    if len(listed) > MOST_SPANS:
        raise ValueError(f"{name} holds more than {MOST_SPANS} spans")
    found = set()
    for one in listed if listed != [""] else ():
        start, _, end = one.partition("-")
        edges = {f"{name}, from": start, f"{name}, to": end}
        low, high = (number(edges, edge, 0, 10**9) for edge in edges)
        if high < low:
            raise ValueError(f"{name} = {low}-{high} ends before it starts")
        found.add((low, high))
    return sorted(found)


def _uri(said: Mapping[str, str]) -> str:
    if not said.get("uri"):
        raise ValueError("uri names no document")
    return said["uri"]
