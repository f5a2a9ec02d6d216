"""From text to HTML, safely.

Documents, file names and questions are never trusted: every string that comes from outside goes
through `escape` or `flow` before it stands in markup, and every address through `safe_url` too.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

from qa.exports import day as day
from qa.exports import page_name as page_name
from qa.exports import safe_url as safe_url

# So many characters of a SHA-256 tell the versions of one document apart.
VERSION = 12
# Longer questions are refused before they reach the index.
MAX_QUESTION = 2_000

_BLANK_LINES = re.compile(r"\s*\n[^\S\n]*\n\s*")
_LIST_LINE = re.compile(r"\n(?=\s*(?:[•▪●‣*–-]\s|\(?[a-z0-9]{1,3}[.)]\s))")


def escape(text: str) -> str:
    """The text as it may stand in an element or in a quoted attribute."""
    return html.escape(text, quote=True)


def link_to(
    uri: str, *, page: int | None = None, start: int = 0, end: int = 0, version: str = ""
) -> str:
    """The address of a place in a document, not yet escaped; it is relative to the page itself.

    It says which document, page and quote, and nothing of any question. ``version`` is the
    document's SHA-256: a colleague whose copy is another one is told so.
    """
    said: dict[str, str | int] = {"document": uri}
    if page is not None:
        said["page"] = page
    if end > start:
        said |= {"start": start, "end": end}
    if version:
        said["version"] = version[:VERSION]
    return f"?{urlencode(said)}"


def paragraphs(text: str) -> list[str]:
    """The text's paragraphs, parted by blank lines."""
    return _BLANK_LINES.split(text)


def flow(text: str) -> str:
    """Running text, escaped: blank lines part it visibly, list items begin new lines."""
    return '<span class="gap"></span>'.join(
        "<br>".join(escape(line) for line in _LIST_LINE.split(paragraph))
        for paragraph in paragraphs(text)
    )
