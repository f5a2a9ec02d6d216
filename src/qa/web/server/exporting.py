"""One address: a conversation goes in as the browser kept it, a file to be saved comes out."""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from qa.errors import IndexUnusable, QAError
from qa.exports import (
    Conversation,
    export,
    from_conversation,
    from_json,
    pack_bytes,
    read_marks,
    to_lines,
)
from qa.web.server.files import answered

if TYPE_CHECKING:
    from qa.assistant import Assistant

Said = Mapping[str, Any]
"""The body of a request: its name and its turns, and what else a form takes."""
Write = Callable[["Assistant", Conversation, Said], bytes]

MOST_BYTES, MOST_TURNS, MOST_QUOTES = 8_000_000, 200, 5_000
# So many are written at once: it is work, and those who ask come first.
_AT_ONCE = 2
_LONGEST_NAME = 120
_IDS = re.compile(r"[a-z0-9-]{1,40}")
_WORDS = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which a conversation is given away: what it is, its ending, who writes it."""

    media: str
    ending: str
    write: Write


class TooLarge(ValueError):
    """The body is larger than is read."""


def export_routes(assistant: Assistant) -> list[Any]:
    """The one route: POST /export?form=… with {"name": …, "turns": […]} as JSON."""
    from starlette.concurrency import run_in_threadpool  # noqa: PLC0415
    from starlette.responses import PlainTextResponse  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    writing = asyncio.Semaphore(_AT_ONCE)

    async def exported(request: Any) -> Any:
        try:
            body = await _received(request)
        except TooLarge as error:
            return PlainTextResponse(str(error), 413, _headers(""))
        form = request.query_params.get("form", "")
        async with writing:
            return await run_in_threadpool(answered, lambda: attachment(assistant, form, body))

    return [Route("/export", exported, methods=["POST"])]


def attachment(assistant: Assistant, form: str, body: bytes) -> Any:
    """The response: a file to be saved and never shown. Raises ValueError for what is no use."""
    from starlette.responses import Response  # noqa: PLC0415

    if form not in FORMS:
        raise ValueError(f"the form is none of {', '.join(FORMS)}")
    conversation, said = read(body)
    written = FORMS[form]
    content = written.write(assistant, conversation, said)
    name = f"{file_name(conversation.name)}{written.ending}"
    return Response(content, media_type=written.media, headers=_headers(name))


def read(body: bytes) -> tuple[Conversation, Said]:
    """The conversation in a body, and all that the body says. Raises ValueError for another."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is not JSON") from None
    if not isinstance(said, dict):
        raise ValueError("the body is not an object with a name and turns")
    name, turns = said.get("name", ""), said.get("turns")
    if not isinstance(name, str):
        raise ValueError("the name is not text")
    if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
        raise ValueError("the turns are not a list of texts")
    if not 1 <= len(turns) <= MOST_TURNS:
        raise ValueError(f"there are {len(turns)} turns: from 1 to {MOST_TURNS} can be exported")
    exchanges = tuple(map(from_json, turns))
    if sum(len(one.citations) for one in exchanges) > MOST_QUOTES:
        raise ValueError(f"there are more than {MOST_QUOTES:,} quotes: export a part of them")
    name = " ".join(name.split())[:_LONGEST_NAME]
    return Conversation(name, exchanges), said


def file_name(name: str) -> str:
    """A name that every system takes for a file, without its ending."""
    plain = "".join(
        char if unicodedata.category(char)[0] in "LMN" or char in " -_.,()" else " "
        for char in unicodedata.normalize("NFC", name)
    )
    return " ".join(plain.split()).strip(" .")[:60].strip(" .") or "conversation"


async def _received(request: Any) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MOST_BYTES:
            raise TooLarge(f"the conversation is larger than {MOST_BYTES // 1_000_000} MB")
        pieces.append(piece)
    return b"".join(pieces)


def _headers(name: str) -> dict[str, str]:
    """What every response says; with a name, that it is to be saved under it."""
    said = {
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    if not name:
        return said
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    ascii_name = re.sub(r"[^\w .,()-]", "", ascii_name).strip()
    if ascii_name.startswith("."):
        ascii_name = f"conversation{ascii_name}"
    # RFC 6266: the plain name for whom cannot read the other, which is whole.
    kept = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {**said, "content-disposition": kept}


def _exported(form: str) -> Write:
    def write(assistant: Assistant, conversation: Conversation, _: Said) -> bytes:
        return export(conversation, assistant.documents(), form)

    return write


def _packed(assistant: Assistant, conversation: Conversation, _: Said) -> bytes:
    if len(conversation.exchanges) != 1:
        raise ValueError("an evidence pack is made of one turn")
    try:
        return pack_bytes(assistant, conversation.exchanges[0])
    except IndexUnusable:
        raise
    except QAError as error:  # it was sent what the documents do not say, or say no longer
        raise ValueError(error.in_full) from error


def _questions(assistant: Assistant, conversation: Conversation, said: Said) -> bytes:
    """The marked turns as questions; "ids" is what their ids begin with."""
    ids, marks = said.get("ids"), read_marks(said.get("marks"), assistant.documents())
    name = ids if isinstance(ids, str) and _IDS.fullmatch(ids) else "chat"
    return to_lines(from_conversation(conversation.exchanges, marks, name=name)).encode()


FORMS = {
    "markdown": Form("text/markdown; charset=utf-8", ".md", _exported("markdown")),
    "docx": Form(_WORDS, ".docx", _exported("docx")),
    "json": Form("application/json", ".json", _exported("json")),
    "pack": Form("application/zip", ".zip", _packed),
    "questions": Form("application/jsonl; charset=utf-8", ".jsonl", _questions),
}
