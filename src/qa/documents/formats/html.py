"""Web pages: the main content, with its headings, by trafilatura."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qa.documents.formats.outline import Outline
from qa.documents.formats.parsed import Parsed, one_line, settle, similar
from qa.documents.formats.text import decode
from qa.errors import DocumentError

_DECLARED = re.compile(rb"<(?:meta|\?xml)[^>]+(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_META = {"author": "author", "date": "published", "sitename": "publisher", "url": "url"}
_INSIDE = frozenset("p head list item table row cell quote code div".split())
_SHOWN_APART = frozenset(
    """address article aside blockquote body br dd div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul""".split()
)
_UNSEEN = ("script", "style", "template", "noscript", "head", "title")
# Only what the page itself states as its date counts; the year of a copyright notice does not.
_STATED_DATE = {"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d"}


@dataclass(frozen=True, slots=True)
class _Block:
    """A stretch of text as the page shows it; ``level`` is a heading's, 0 for a paragraph."""

    text: str
    level: int = 0


def parse_html(content: bytes, *, uri: str) -> Parsed:
    """The page's main text and structure. Nothing that the page points to is fetched.

    Raises DocumentError where the page is not text.
    """
    declared = _DECLARED.search(content[:4096])
    encoding = declared.group(1).decode("ascii", "replace") if declared else ""
    if encoding.casefold().startswith(("utf-16", "utf-32")):
        encoding = ""  # in that encoding the declaration could not have been read
    source = settle(decode(content, uri=uri, declared=encoding))
    # The text is decoded by now: a declaration in it could only mislead the parser.
    source = re.sub(r"\A\s*<\?xml[^>]*\?>", "", source)
    tree = _tree(source, uri)
    title, blocks, meta = _main_content(copy.deepcopy(tree))
    if not blocks:
        blocks = _everything(tree)
    outline = Outline()
    for block in blocks:
        if block.level:
            outline.heading(block.text, block.level, in_trail=not similar(block.text, title))
        else:
            outline.paragraph(block.text)
    text, paragraphs = outline.finish()
    return Parsed(title, text, paragraphs, meta=meta)


def _tree(source: str, uri: str) -> Any:
    """The page as a tree, nothing of it left out."""
    from lxml import etree, html  # noqa: PLC0415

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        tree = html.document_fromstring(source.encode() or b"<html>", parser=parser)
        dropped = any("Excessive depth" in entry.message for entry in parser.error_log)
    except (etree.LxmlError, ValueError) as error:
        raise _unreadable(str(error), uri) from error
    if dropped:
        raise _unreadable("it is nested too deeply to be read whole", uri)
    return tree


def _unreadable(problem: str, uri: str) -> DocumentError:
    return DocumentError(
        f"not HTML that can be read: {problem}",
        uri=uri,
        hint="open the page in a browser and save it again, or save it as text",
    )


def _main_content(tree: Any) -> tuple[str, list[_Block], dict[str, str]]:
    """The page's title, its main content and what it says of itself; nothing where none is found.

    What hostile markup makes the library raise is of any kind; the page is then read as a whole.
    """
    from trafilatura import bare_extraction  # noqa: PLC0415
    from trafilatura.settings import Document  # noqa: PLC0415

    # It reports every odd page; what it finds is judged here by what comes back.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = bare_extraction(
            tree,
            include_comments=False,
            include_tables=True,
            include_formatting=True,
            with_metadata=True,
            date_extraction_params=dict(_STATED_DATE),
        )
        if not isinstance(found, Document):
            return "", [], {}
        blocks = [] if found.body is None else [*_blocks(found.body)]
    except Exception:
        return "", [], {}
    stated = ((name, getattr(found, name)) for name in ("title", "hostname", *_META))
    values = {name: one_line(value) for name, value in stated if isinstance(value, str)}
    if values.get("sitename") == values.get("hostname"):
        values.pop("sitename", None)
    meta = {ours: values[theirs] for theirs, ours in _META.items() if values.get(theirs)}
    return values.get("title", ""), blocks, meta


def _blocks(element: Any, *, front: str = "") -> Iterator[_Block]:
    """The element's blocks in order; ``front`` is the bullet or number before the first."""
    text = element.text or ""
    number = 1
    for child in element:
        if child.tag in _INSIDE and element.tag != "row":
            if text.strip():
                yield _block(element, front + one_line(text))
                front = ""
            mark = ""
            if child.tag == "item":
                mark = f"{number}. " if element.get("rend") == "ol" else "• "
                number += 1
            yield from _blocks(child, front=mark or front)
            front = front if mark else ""
            text = ""
        elif element.tag == "row":
            cell = one_line("".join(child.itertext()))
            text += f"; {cell}" if text.strip() and cell else cell
        else:
            text += " " if child.tag == "lb" else "".join(child.itertext())
        text += child.tail or ""
    if text.strip():
        yield _block(element, front + one_line(text))


def _block(element: Any, text: str) -> _Block:
    if element.tag != "head":
        return _Block(text)
    level = re.fullmatch(r"h([1-6])", element.get("rend") or "")
    return _Block(text, int(level.group(1)) if level else 2)


def _everything(tree: Any) -> list[_Block]:
    """All the text that the page shows, where no main content could be told from the rest."""
    for element in list(tree.iter(*_UNSEEN)):
        element.drop_tree()
    for element in tree.iter(*_SHOWN_APART):
        element.text = "\n" + (element.text or "")
        element.tail = "\n" + (element.tail or "")
    return [_Block(text) for text in map(one_line, str(tree.text_content()).split("\n")) if text]
