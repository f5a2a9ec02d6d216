"""Where the words of a document stand on its pages, and which rectangles a span of it covers."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from qa.types import Box, Layout

_ROW = struct.Struct("<6i")
_TENTHS = 10


class Row(NamedTuple):
    """A word: ``start`` and ``end`` in the document's text, its rectangle in tenths of a point."""

    start: int
    end: int
    x0: int
    y0: int
    x1: int
    y1: int


def pack(rows: Iterable[tuple[int, int, int, int, int, int]]) -> bytes:
    """The rows as a layout keeps them, in ``Layout.words``."""
    flat = list(chain.from_iterable(rows))
    return struct.pack(f"<{len(flat)}i", *flat)


def rows(layout: Layout) -> Iterator[Row]:
    """The layout's words in the order of the text."""
    return map(Row._make, _ROW.iter_unpack(layout.words))


def boxes(layouts: Iterable[Layout], start: int, end: int) -> list[Box]:
    """The rectangles that ``text[start:end]`` covers: one a line, in the order of the text.

    Of a word that the span cuts, the part is taken that so many of its letters are likely to
    fill; one that does not stand level is taken whole.
    """
    return [box for layout in layouts if _touches(layout, start, end)
            for box in _merged(layout, start, end)]  # fmt: skip


def _touches(layout: Layout, start: int, end: int) -> bool:
    if not layout.words:
        return False
    first = _ROW.unpack_from(layout.words)[0]
    last = _ROW.unpack_from(layout.words, len(layout.words) - _ROW.size)[1]
    return bool(first < end and last > start)


def _merged(layout: Layout, start: int, end: int) -> Iterator[Box]:
    line: Row | None = None
    for row in rows(layout):
        if row.end <= start or row.start >= end:
            continue
        part = _cut(row, start, end)
        if line and _neighbours(line, part):
            line = Row(line.start, part.end, min(line.x0, part.x0), min(line.y0, part.y0),
                       max(line.x1, part.x1), max(line.y1, part.y1))  # fmt: skip
        else:
            if line:
                yield _box(layout, line)
            line = part
    if line:
        yield _box(layout, line)


def _cut(row: Row, start: int, end: int) -> Row:
    """The part of the word that the span covers."""
    width, letters = row.x1 - row.x0, row.end - row.start
    if (start <= row.start and end >= row.end) or row.y1 - row.y0 > 1.5 * width:
        return row
    left = max(start, row.start) - row.start
    right = min(end, row.end) - row.start
    return row._replace(
        start=row.start + left,
        end=row.start + right,
        x0=row.x0 + width * left // letters,
        x1=row.x0 - (-width * right // letters),
    )


def _neighbours(line: Row, word: Row) -> bool:
    """Whether the word goes on at an end of the line, be that level or turned upright."""
    if _near(line.y0, word.y0) and _near(line.y1, word.y1):
        gap, height = max(word.x0 - line.x1, line.x0 - word.x1), line.y1 - line.y0
    elif _near(line.x0, word.x0) and _near(line.x1, word.x1):
        gap, height = max(word.y0 - line.y1, line.y0 - word.y1), line.x1 - line.x0
    else:
        return False
    return -0.5 * height <= gap <= 1.5 * height


def _near(one: int, other: int) -> bool:
    return abs(one - other) <= 1


def _box(layout: Layout, row: Row) -> Box:
    return Box(layout.page, *(place / _TENTHS for place in row[2:]))
