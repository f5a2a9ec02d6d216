"""Where the words of a PDF's text stand on its pages, as a viewer shows these."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.documents.formats.pdf_lines import Line, RawPage
from qa.documents.layouts import pack
from qa.types import Layout

_ASCENT, _DESCENT = 0.8, 0.25
"""How far type reaches over its base line and under it, in its own sizes."""
_MOST = 2**31 - 1
_Row = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """A line of a page; its words are at these spans of the text and reach along it so far."""

    page: int
    line: Line
    words: list[tuple[int, int, float, float]]

    def cut(self, end: int) -> None:
        """Nothing of the line stands in the text from ``end`` on: its hyphen was dropped."""
        while self.words and self.words[-1][1] > end:
            start, _, x0, x1 = self.words.pop()
            if start < end:
                self.words.append((start, end, x0, x1))


def layouts_of(placed: Sequence[Placed], pages: Sequence[RawPage]) -> tuple[Layout, ...]:
    """A layout for every page that has words; ``placed`` is in the order of the text."""
    by_page: dict[int, list[_Row]] = {}
    for line in placed:
        by_page.setdefault(line.page, []).extend(_rows(line, pages[line.page - 1]))
    return tuple(
        Layout(page.number, *_size(page), pack(by_page[page.number]))
        for page in pages
        if by_page.get(page.number)
    )


def _size(page: RawPage) -> tuple[float, float]:
    return (page.height, page.width) if page.rotation % 2 else (page.width, page.height)


def _rows(placed: Placed, page: RawPage) -> Iterator[_Row]:
    """The line's words with their rectangles from the upper left corner of the page as shown."""
    line, (width, height) = placed.line, _size(page)
    low, high = line.y - _DESCENT * line.size, line.y + _ASCENT * line.size
    x, y = _shown(0, low, line.turn, page)
    ahead, other = _shown(1, low, line.turn, page), _shown(0, high, line.turn, page)
    level = abs(ahead[0] - x) > abs(ahead[1] - y)
    if level:
        step, origin, most, ends, across = ahead[0] - x, x, width, (y, other[1]), height
    else:
        step, origin, most, ends, across = ahead[1] - y, y, height, (x, other[0]), width
    near, far = sorted(_tenths(10 * place + 0.5, 10 * across) for place in ends)
    step, origin, most = 10 * step, 10 * origin + 0.5, 10 * most
    for start, end, x0, x1 in placed.words:
        one, two = origin + step * x0, origin + step * x1
        # Nearly all words stand on the page; what does not, or is no number, goes the long way.
        left = int(one) if 0 <= one <= most else _tenths(one, most)
        right = int(two) if 0 <= two <= most else _tenths(two, most)
        if right < left:
            left, right = right, left
        yield (start, end, left, near, right, far) if level else (
            start, end, near, left, far, right)  # fmt: skip


def _shown(along: float, up: float, turn: int, page: RawPage) -> tuple[float, float]:
    """A place on a line, from the upper left corner after the viewer has turned the page."""
    width, height = page.width, page.height
    x, y = (
        (along, up),
        (width - up, along),
        (width - along, height - up),
        (up, height - along),
    )[turn]
    return ((x, height - y), (y, x), (width - x, y), (height - y, width - x))[page.rotation % 4]


def _tenths(place: float, most: float) -> int:
    """The place on the page that is nearest; a damaged file may put it anywhere, or nowhere."""
    if not 0 <= place <= most:
        place = most if place > most else 0.0
    return min(int(place), _MOST) if math.isfinite(place) else 0
