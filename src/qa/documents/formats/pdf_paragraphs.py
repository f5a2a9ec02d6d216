"""The lines of a PDF's page joined to paragraphs, and paragraphs joined over page breaks.

What parts two lines is tried in turn: white space between them, another size of type, a bullet or
a number in front, an indent, and whether the next line's first word would still have fitted.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from qa.documents.formats.pdf_lines import Line, Table

_BULLET = re.compile(r"[•▪●◦○‣■□►▸✓]\s")
_DASH = re.compile(r"[–—o*-]\s")
_ITEM = re.compile(
    r"(?:\(?(?:\d{1,3}(?:\.\d{1,3}){0,3}|[A-Z]?\d{1,2}(?:\.\d{1,3})+|[a-z]|[ivx]{1,5})[.)]"
    r"|[A-Z]?\d{1,3}(?:\.\d{1,3}){1,3})\s+\S"
)
_NOTE = re.compile(r"(\d{1,4}|[*†‡§])\s+\S")
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*\S{0,8}$|…{2,}\s*\S{0,8}$")
_LEADING_PAGES = re.compile(r"\d{1,4}(?:\s?[–-]\s?\d{1,4})?(?:\s|$)")
_NUMBER = re.compile(r"[\dA-Z-]{0,2}\d{1,4}(?:[–-]\d{1,4})?|[ivxlc]{1,7}", re.IGNORECASE)
_STOP = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_FULL_STOP = re.compile(r"[.!?…][\"'”’)\]]*$")
_LIST_STOP = re.compile(r"(?:[.;:,]|\b(?:and|or))[\"'”’)\]]*$")
_CAPTION = re.compile(r"(?i:table|figure|box|chart)\s+(?:\d|[A-Z]{1,2}\d*\b)")
_LONG_CAPTION = 200
_LONG_ROW = 1200
"""A row of more letters is prose in columns."""
_TIGHT = 0.08
"""Sizes of type that differ by a smaller share are one size."""


@dataclass(slots=True)
class Lines:
    """Lines that make one paragraph, with the page that each stands on.

    ``note``: they stand at the foot of a page, in small type. ``beside``: something else stands
    at their height, so they are part of a table or a column. ``table``: they stand in a table that
    has this ``caption`` and these ``heads`` of columns; ``cells``: which lines begin a cell.
    """

    lines: list[Line]
    pages: list[int]
    note: bool = False
    beside: bool = False
    heading: bool = False
    table: bool = False
    caption: str = ""
    heads: str = ""
    cells: tuple[int, ...] = ()
    size: float = field(init=False)

    def __post_init__(self) -> None:
        self.size = statistics.median_high(line.size for line in self.lines)

    @property
    def text(self) -> str:
        """The lines as one, for looking at; hyphens are as printed."""
        return " ".join(line.text for line in self.lines)

    @property
    def item(self) -> bool:
        """Whether a bullet or a number stands in front."""
        first = self.lines[0].text
        return bool(_BULLET.match(first) or _DASH.match(first) or _ITEM.match(first))


@dataclass(frozen=True, slots=True)
class Measures:
    """The size of the body type, and the usual distance of base lines for each size."""

    body: float
    leading: dict[int, float]

    def usual(self, size: float) -> float:
        """How far apart the base lines of a paragraph of this size are."""
        return self.leading.get(round(size), 1.2 * size)


def measure(pages: Iterable[Sequence[Line]], *, body: float) -> Measures:
    """What is usual in this file."""
    distances: defaultdict[int, Counter[float]] = defaultdict(Counter)
    for lines in pages:
        for above, below in itertools.pairwise(lines):
            down = above.y - below.y
            if _same_size(above, below) and 0.8 * above.size < down < 2.2 * above.size:
                distances[round(above.size)][round(down * 2) / 2] += 1
    leading = {
        size: min(counted.items(), key=lambda item: (-item[1], item[0]))[0]
        for size, counted in distances.items()
    }
    return Measures(body, leading)


def paragraphs_of(lines: Sequence[Line], page: int, measures: Measures) -> list[Lines]:
    """The paragraphs of one page in reading order, its footnotes last."""
    noted = _notes(lines, measures)
    text = [line for line in lines if id(line) not in noted]
    found: list[Lines] = []
    for _, group in itertools.groupby(text, key=lambda x: id(x) if isinstance(x, Table) else 0):
        some = list(group)
        if isinstance(some[0], Table):
            found += _rows(some[0], *_above_table(found), page, measures)
        else:
            found += _paragraphs(some, page, measures)
    _mark_beside(found)
    notes = [line for line in lines if id(line) in noted]
    found += (Lines(part, [page] * len(part), note=True) for part in _each_note(notes))
    return found


def _paragraphs(lines: Sequence[Line], page: int, measures: Measures) -> Iterator[Lines]:
    for chunk in _chunks(lines, measures):
        for part in _parts(chunk, measures):
            yield Lines(part, [page] * len(part))


def _above_table(found: Sequence[Lines]) -> tuple[str, str]:
    """The caption of a table that follows, and the heads between, where they are outside of it."""
    for place, part in enumerate(reversed(found[-2:])):
        if _CAPTION.match(part.text) and len(part.text) < _LONG_CAPTION:
            return part.text, found[-1].text[:_LONG_CAPTION] if place else ""
    return "", ""


def _rows(table: Table, caption: str, heads: str, page: int, measures: Measures) -> Iterator[Lines]:
    """A paragraph for each row, or where that would be long for each of its cells' paragraphs."""
    first = [line for cell in table.rows[0] for line in cell]
    later = [line for row in table.rows[1:] for cell in row for line in cell]
    if all(x.bold for x in first) and not all(x.bold for x in later) and not heads:
        heads = "; ".join(" ".join(line.text for line in cell) for cell in table.rows[0])
    heads = heads if len(heads) < _LONG_CAPTION else ""
    for row in table.rows:
        lines = [line for cell in row for line in cell]
        starts = tuple(itertools.accumulate(len(cell) for cell in row))[:-1]
        if sum(len(line.text) for line in lines) <= _LONG_ROW:
            part = Lines(lines, [page] * len(lines), cells=starts)
            yield replace(part, table=True, caption=caption, heads=heads)
            continue
        for cell in row:
            for part in _paragraphs(cell, page, measures):
                yield replace(part, table=True, caption=caption, heads=heads)


def carry_captions(pages: Iterable[Sequence[Lines]]) -> None:
    """A table that goes on at the top of a page has the caption that it began with."""
    last: Lines | None = None
    for page in pages:
        text = [part for part in page if not part.note]
        for part in itertools.takewhile(lambda part: part.table, text):
            if last and last.table and not part.caption:
                part.caption, part.heads = last.caption, part.heads or last.heads
        last = text[-1] if text else last


def is_entry(line: Line) -> bool:
    """Whether the line ends like a line of a table of contents, with a page number far right."""
    if _LEADERS.search(line.text):
        return True
    if len(line.words) < 2 or not _NUMBER.fullmatch(line.words[-1].text):
        return False
    return line.words[-1].x0 - line.words[-2].x1 > 1.2 * line.size


def leads_entry(text: str) -> bool:
    """Whether the text begins with the pages that it is the entry for, as in some indexes."""
    return bool(_LEADING_PAGES.match(text))


def has_leaders(text: str) -> bool:
    """Whether the text ends in dots that lead to a page number."""
    return bool(_LEADERS.search(text))


def goes_on(above: Lines, below: Lines, *, right: float) -> bool:
    """Whether the second paragraph is the rest of the first, broken by a page or a column.

    ``right`` is where the lines of the first one's page end.
    """
    last, first = above.lines[-1], below.lines[0]
    if above.heading or below.heading or below.item or is_entry(last):
        return False
    if above.table or below.table:
        return False
    if not _same_size(last, first) or (last.bold != first.bold and last.italic == first.italic):
        return False
    filled = not _would_fit(last, first, right)
    if last.text.endswith(("-", "–")) or first.text[:1].islower():
        return not _FULL_STOP.search(last.text)
    if not _STOP.search(last.text):
        return filled or last.x1 - last.x0 > 0.7 * (right - last.x0)
    # After a full stop only a numbered paragraph can be told to go on: what follows at its
    # indent without a number of its own belongs to it.
    indent = above.lines[-1].x0
    return (
        bool(_ITEM.match(above.lines[0].text))
        and len(above.lines) > 1
        and filled
        and abs(first.x0 - indent) < 2
        and indent > above.lines[0].x0 + 2
        and last.text.endswith((".", "”"))
    )


def right_edge(lines: Iterable[Line], measures: Measures) -> float:
    """Where the longest lines of the body type end."""
    return max((x.x1 for x in lines if abs(x.size - measures.body) < 1), default=0.0)


def _same_size(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _TIGHT * max(one.size, other.size)


def _would_fit(line: Line, below: Line, right: float) -> bool:
    """Whether the first word of the line below had room at the end of the line above it."""
    first = below.words[0]
    return line.x1 + (first.x1 - first.x0) + 0.7 * line.size < right


def _notes(lines: Sequence[Line], measures: Measures) -> set[int]:
    """The lines of the footnotes: small ones below all text, from one on that bears a mark."""
    lowest = min((x.y for x in lines if x.size > 0.92 * measures.body), default=None)
    if lowest is None:
        return set()
    small = [x for x in lines if x.y < lowest and x.size <= 0.92 * measures.body]
    if any(_NOTE.match(line.text) for line in small):
        return {id(line) for line in small}
    return set()


def _each_note(lines: Sequence[Line]) -> Iterator[list[Line]]:
    note: list[Line] = []
    number = 0
    for line in lines:
        match = _NOTE.match(line.text)
        mark = match.group(1) if match else ""
        following = mark.isdigit() and (not number or number < int(mark) <= number + 3)
        if note and (following or (mark and not mark.isdigit())):
            yield note
            note = []
        if following:
            number = int(mark)
        note.append(line)
    if note:
        yield note


def _chunks(lines: Sequence[Line], measures: Measures) -> Iterator[list[Line]]:
    """Stretches of lines of one size with no more than the usual white space between them."""
    right = right_edge(lines, measures)
    chunk: list[Line] = []
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        if chunk and _apart(chunk, line, after, measures, right):
            yield chunk
            chunk = []
        chunk.append(line)
    if chunk:
        yield chunk


def _apart(
    chunk: list[Line], line: Line, after: Line | None, measures: Measures, right: float
) -> bool:
    last = chunk[-1]
    down = last.y - line.y
    if not _same_size(last, line) or down < 0.3 * last.size:
        return True
    if line.x0 > max(x.x1 for x in chunk) or line.x1 < min(x.x0 for x in chunk):
        return True
    usual = measures.usual(line.size)
    own = chunk[-2].y - last.y if len(chunk) > 1 else usual
    if len(chunk) == 1 and after and abs(line.y - after.y - down) < 0.05 * down:
        # A quotation whose lines stand wide.
        own = down if line.text[:1].islower() and not line.wide else usual
    if down > 1.2 * min(max(own, 0.9 * usual), 1.3 * usual) + 0.5:
        return True
    if all(x.bold for x in chunk) != line.bold or all(x.italic for x in chunk) != line.italic:
        # A heading in the text's own size; a run of bold words goes on in the middle of a line.
        return _would_fit(last, line, right) and not line.text[:1].islower()
    return False


def _parts(chunk: list[Line], measures: Measures) -> Iterator[list[Line]]:
    """The chunk's paragraphs, where no white space parts them."""
    right = max(line.x1 for line in chunk)
    left = Counter(round(line.x0) for line in chunk).most_common(1)[0][0]
    display = chunk[0].size > 1.12 * measures.body or all(line.bold for line in chunk)
    part: list[Line] = []
    for place, line in enumerate(chunk):
        if part:
            after = chunk[place + 1] if place + 1 < len(chunk) else None
            if _new_item(part, line) or (
                not display and _new_paragraph(part[-1], line, after, left, right)
            ):
                yield part
                part = []
        part.append(line)
    yield part


def _new_item(part: list[Line], line: Line) -> bool:
    last = part[-1]
    if is_entry(last) or _BULLET.match(line.text) or (line.wide and last.wide):
        return True
    if not (_ITEM.match(line.text) or _DASH.match(line.text)):
        return False
    return line.x0 < last.x0 - 0.4 * line.size or (
        bool(_LIST_STOP.search(last.text)) and abs(line.x0 - part[0].x0) < line.size
    )


def _new_paragraph(last: Line, line: Line, after: Line | None, left: float, right: float) -> bool:
    if line.text[:1].islower() or last.text.endswith("-"):
        return False
    if _would_fit(last, line, right):
        return True
    indented = line.x0 > left + 0.8 * line.size and abs(last.x0 - left) < 2
    return indented and after is not None and abs(after.x0 - left) < 2


def _mark_beside(found: list[Lines]) -> None:
    """Mark the paragraphs that have another one at their side."""
    spans = [
        (part, min(x.y for x in part.lines), max(x.y + 0.6 * x.size for x in part.lines))
        for part in found
    ]
    spans.sort(key=lambda item: item[1])
    for place, (part, _, high) in enumerate(spans):
        for other, other_low, _ in spans[place + 1 :]:
            if other_low >= high:
                break
            part.beside = other.beside = True
