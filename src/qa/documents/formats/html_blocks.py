"""All that a page shows, block by block: for books, and for pages without a main part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from qa.documents.formats.archive import children, local
from qa.documents.formats.outline import rows_as_text
from qa.documents.formats.parsed import one_line

_APART = frozenset(
    """address article aside blockquote body caption center dd details dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol
    optgroup option p pre section summary table tbody td tfoot th thead tr ul""".split()
)
_UNSEEN = frozenset(
    "script style template noscript head title svg audio video object iframe rt rp".split()
)
_HEADING = re.compile(r"h([1-6])")
_LINE_BREAK = " \x00 "  # the mark itself goes when the text is settled
_LABEL = re.compile(r"\s*(?:page|p\.|seite)?\s*(\S{1,12})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text as the page shows it; ``level`` is a heading's, 0 for a paragraph.

    ``breaks`` are the printed pages that begin in it, as (offset, label).
    """

    text: str
    level: int = 0
    breaks: tuple[tuple[int, str], ...] = ()


@dataclass(slots=True)
class _Walk:
    """Where the reader of the page stands: the text of the block so far and what goes with it."""

    pages: dict[str, str]
    parts: list[str] = field(default_factory=list)
    breaks: list[tuple[int, str]] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    front: str = ""
    level: int = 0

    def flush(self) -> Iterator[Block]:
        """The block so far, if there is any text in it; a page that begins waits for some."""
        if not self.parts:
            return
        text = one_line("".join(self.parts))
        if text:
            placed = [(self._offset(at, text), label) for at, label in self.breaks]
            text = self.front + text
            here = tuple(mark for mark in placed if mark[0] < len(text))
            self.breaks = [(0, label) for place, label in placed if place >= len(text)]
            yield Block(text, self.level, here)
            self.front = ""
        else:
            self.breaks = [(0, label) for _, label in self.breaks]
        self.parts.clear()

    def _offset(self, at: int, text: str) -> int:
        before = one_line("".join(self.parts[:at]))
        place = min(len(before), len(text))
        while place < len(text) and text[place].isspace():
            place += 1
        return len(self.front) + place if before else 0


def shown_blocks(root: Any, *, pages: dict[str, str] | None = None) -> Iterator[Block]:
    """The blocks of all that the page shows, in order; what is nested deeply comes as the rest.

    ``pages`` names the printed pages that begin at the elements of these ids; where it has none,
    the page's own marks are taken. Marks that point to a note are left out of the sentence.
    """
    from lxml import etree  # noqa: PLC0415

    walk = _Walk(pages or {})
    steps = etree.iterwalk(root, events=("start", "end"))
    for event, element in steps:
        name = local(element.tag)
        if event == "start" and (name in _UNSEEN or _is_left_out(element, name)):
            walk.breaks += _page(element, walk)
            steps.skip_subtree()
        elif event == "start":
            yield from _opened(element, name, walk)
            if name == "table" and (rows := _rows(element, walk)):
                yield from rows
                steps.skip_subtree()
            elif element.text:
                walk.parts.append(element.text)
        else:
            yield from _closed(element, name, walk)
            if element.tail and element is not root:
                walk.parts.append(element.tail)
    yield from walk.flush()


def markup_text(markup: str) -> str:
    """What a piece of HTML shows, on one line."""
    from lxml import etree, html  # noqa: PLC0415

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        tree = html.document_fromstring(f"<div>{markup}</div>".encode(), parser=parser)
    except (etree.LxmlError, ValueError):
        return ""
    return " ".join(block.text for block in shown_blocks(tree))


def _opened(element: Any, name: str, walk: _Walk) -> Iterator[Block]:
    if name in _APART:
        yield from walk.flush()
    walk.breaks += _page(element, walk)
    heading = _HEADING.fullmatch(name)
    if heading:
        walk.level = int(heading.group(1))
    elif name in ("ul", "ol", "menu", "dir"):
        start = element.get("start") or ""
        first = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
        walk.lists.append(first if name == "ol" else -1)
    elif name == "li":
        number = walk.lists[-1] if walk.lists else -1
        walk.front = "• " if number < 0 else f"{number}. "
        if number >= 0:
            walk.lists[-1] += 1
    elif name == "img":
        walk.parts.append(" ")
    elif name == "br":
        before = next((part for part in reversed(walk.parts) if part.strip(" \n\t")), "")
        if before == _LINE_BREAK:  # two of them part paragraphs
            yield from walk.flush()
        else:
            walk.parts.append(_LINE_BREAK)


def _closed(element: Any, name: str, walk: _Walk) -> Iterator[Block]:
    if name not in _APART:
        return
    yield from walk.flush()
    if _HEADING.fullmatch(name):
        walk.level = 0
    elif name in ("ul", "ol", "menu", "dir") and walk.lists:
        walk.lists.pop()
    elif name == "li":
        walk.front = ""


def _page(element: Any, walk: _Walk) -> list[tuple[int, str]]:
    """The printed page that begins at this element, if one does."""
    if walk.pages:
        label = walk.pages.get(element.get("id") or "")
    elif _has_role(element, "pagebreak"):
        stated = element.get("title") or element.get("aria-label") or element.text or ""
        label = stated or re.sub(r"^\D*", "", element.get("id") or "")
    else:
        return []
    match = _LABEL.fullmatch(label or "")
    return [(len(walk.parts), match.group(1).rstrip("."))] if match else []


def _is_left_out(element: Any, name: str) -> bool:
    """Whether it is a page's number or the mark of a note, which are not part of the sentence."""
    if name == "a" and _has_role(element, "noteref"):
        return True
    if name in ("a", "sup") and len(element) == 1 and not (element.text or "").strip():
        inner = element[0]
        link = element if name == "a" else inner
        if {name, local(inner.tag)} == {"a", "sup"} and "#" in (link.get("href") or ""):
            return len("".join(islice(inner.itertext(), 9)).strip(" []()*")) <= 4
    return _has_role(element, "pagebreak")


def _has_role(element: Any, role: str) -> bool:
    stated = (text for key, text in element.items() if local(key) in ("type", "epub:type", "role"))
    return any(role in text.split() or f"doc-{role}" in text.split() for text in stated)


def _rows(table: Any, walk: _Walk) -> list[Block]:
    """The table's caption and rows as lines; nothing where it only arranges text."""
    lines = [*_rows_of(table)]
    cells = [[*children(line, "td", "th")] for line, _ in lines]
    if max(map(len, cells), default=0) < 2 or any(map(_is_arranged, chain(*cells))):
        return []
    texts = [[text for cell in row for text in _cell(cell)] for row in cells]
    header = lines[0][1] or all(local(cell.tag) == "th" for cell in cells[0])
    rows = rows_as_text(texts, header=header and any(texts[0]))
    blocks = [Block(text) for title in children(table, "caption") for text in _cell(title)[:1]]
    for (line, _), row in zip(lines, rows, strict=True):
        walk.breaks += [mark for element in line.iter() for mark in _page(element, walk)]
        if row:
            blocks.append(Block(row, breaks=tuple((0, label) for _, label in walk.breaks)))
            walk.breaks.clear()
    return [block for block in blocks if block.text]


def _is_arranged(cell: Any) -> bool:
    """Whether the cell holds a piece of the page rather than a value."""
    if next(cell.iter("{*}table", "{*}h1", "{*}h2", "{*}h3"), None) is not None:
        return True
    return len([*islice(cell.iter("{*}p"), 4)]) > 3


def _rows_of(table: Any) -> Iterator[tuple[Any, bool]]:
    """The table's own rows, each with whether it stands in the head."""
    for child in table:
        name = local(child.tag)
        if name == "tr":
            yield child, False
        elif name in ("thead", "tbody", "tfoot"):
            yield from ((line, name == "thead") for line in children(child, "tr"))


def _cell(cell: Any) -> list[str]:
    """The cell's text, and a blank one for every further column that it spans."""
    from lxml import etree  # noqa: PLC0415

    parts: list[str] = []
    steps = etree.iterwalk(cell, events=("start", "end"))
    for event, element in steps:
        name = local(element.tag)
        if name in _APART:
            parts.append(" ")
        if event == "start" and (name in _UNSEEN or _is_left_out(element, name)):
            steps.skip_subtree()
        elif event == "start":
            parts.append(element.text or "")
        if event == "end" and element is not cell:
            parts.append(element.tail or "")
    span = cell.get("colspan") or "1"
    more = min(100, int(span)) - 1 if re.fullmatch(r"\d{1,4}", span) else 0
    return [one_line("".join(parts)), *[""] * more]
