"""Web pages: the main content, with its headings, by trafilatura."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Iterator
from typing import Any

from qa.documents.formats.html_blocks import Block, shown_blocks
from qa.documents.formats.outline import Outline, rows_as_text
from qa.documents.formats.parsed import Parsed, one_line, settle
from qa.documents.formats.text import decode
from qa.errors import DocumentError

_DECLARED = re.compile(rb"<(?:meta|\?xml)[^>]+(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_META = {"author": "author", "date": "published", "sitename": "publisher", "url": "url"}
_INSIDE = frozenset("p head list item table row cell quote code div".split())
# Only what the page itself states as its date counts; the year of a copyright notice does not.
_STATED_DATE = {"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d"}
_MOST_TAGS = 50_000
"""A page with more is read as it stands: to tell its main part from the rest takes too long."""
_DEEPEST = 200
"""Likewise a page that is nested deeper; they are seldom twenty deep."""
MAX_TAGS = 1_500_000
"""A page of a thousand pages' length has some fifty thousand."""
_MOST_ATTRIBUTES = 2000
_LONG_TAG = re.compile(r"<[^<>]{20000,}+")


def parse_html(content: bytes, *, uri: str) -> Parsed:
    """The page's main text and structure. Nothing that the page points to is fetched.

    Raises DocumentError where the page is not text.
    """
    tree = html_tree(content, uri=uri)
    title, found, meta = "", list[Block](), dict[str, str]()
    if content.count(b"<") <= _MOST_TAGS and not _is_deep(tree):
        title, found, meta = _main_content(copy.deepcopy(tree))
    if not found:
        title = title or one_line(tree.findtext(".//title") or "")
    blocks = found or shown_blocks(tree)
    outline = Outline(uri=uri, title=title)
    for block in blocks:
        if block.level:
            outline.heading(block.text, block.level)
        else:
            outline.paragraph(block.text)
    text, paragraphs = outline.finish()
    return Parsed(title, text, paragraphs, meta=meta)


def html_tree(content: bytes, *, uri: str) -> Any:
    """The page as a tree, nothing of it left out. Raises DocumentError where it is not text."""
    declared = _DECLARED.search(content[:4096])
    encoding = declared.group(1).decode("ascii", "replace") if declared else ""
    if encoding.casefold().startswith(("utf-16", "utf-32")):
        encoding = ""  # in that encoding the declaration could not have been read
    source = settle(decode(content, uri=uri, declared=encoding))
    # The text is decoded by now: a declaration in it could only mislead the parser.
    return _tree(re.sub(r"\A\s*<\?xml[^>]*\?>", "", source), uri)


def _tree(source: str, uri: str) -> Any:
    from lxml import etree, html  # noqa: PLC0415

    if source.count("<") > MAX_TAGS:
        raise _unreadable(f"it has more than {MAX_TAGS:,} tags", uri)
    if any(match.group().count("=") > _MOST_ATTRIBUTES for match in _LONG_TAG.finditer(source)):
        raise _unreadable("a tag of it has thousands of attributes", uri)
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


def _is_deep(tree: Any) -> bool:
    from lxml import etree  # noqa: PLC0415

    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            return True
    return False


def _unreadable(problem: str, uri: str) -> DocumentError:
    return DocumentError(
        f"not HTML that can be read: {problem}",
        uri=uri,
        hint="open the page in a browser and save it again, or save it as text",
    )


def _main_content(tree: Any) -> tuple[str, list[Block], dict[str, str]]:
    """The page's title, its main content and what it says of itself; nothing where none is found.

    What hostile markup makes the library raise is of any kind; the page is then read as a whole.
    """
    from trafilatura import bare_extraction  # noqa: PLC0415
    from trafilatura.settings import Document  # noqa: PLC0415

    # It reports every odd page; what it finds is judged here by what comes back.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    for cell in tree.iter("td"):  # what stands in the head of a table is a header, and lost on it
        if getattr(cell.getparent().getparent(), "tag", "") == "thead":
            cell.tag = "th"
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


def _blocks(element: Any, *, front: str = "") -> Iterator[Block]:
    """The element's blocks in order; ``front`` is the bullet or number before the first."""
    text = element.text or ""
    number = 1
    for child in element:
        if child.tag in _INSIDE:
            if text.strip():
                yield _block(element, front + one_line(text))
                front = ""
            mark = ""
            if child.tag == "item":
                mark = f"{number}. " if element.get("rend") == "ol" else "• "
                number += 1
            yield from _rows(child) if child.tag == "table" else _blocks(child, front=mark or front)
            front = front if mark else ""
            text = ""
        else:
            text += " " if child.tag == "lb" else "".join(child.itertext())
        text += child.tail or ""
    if text.strip():
        yield _block(element, front + one_line(text))


def _rows(table: Any) -> Iterator[Block]:
    """The table's rows as lines; of one that has a single column, which frames text, its text."""
    rows = [child for child in table if child.tag == "row"]
    if len(rows) < len(table) or max(map(len, rows), default=0) < 2:
        for child in table:
            yield from _blocks(child)
        return
    texts = [[one_line(" ".join(cell.itertext())) for cell in row] for row in rows]
    first = zip(rows[0], texts[0], strict=True)
    named = [cell.get("role") == "head" for cell, text in first if text]
    lines = rows_as_text(texts, header=len(named) > 1 and all(named))
    yield from (Block(line) for line in lines if line)


def _block(element: Any, text: str) -> Block:
    if element.tag != "head":
        return Block(text)
    level = re.fullmatch(r"h([1-6])", element.get("rend") or "")
    return Block(text, int(level.group(1)) if level else 2)
