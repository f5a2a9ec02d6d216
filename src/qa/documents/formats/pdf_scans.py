"""Which pages of a PDF are pictures of text, and the lines that OCR reads on them."""

from __future__ import annotations

import os
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from qa.documents.formats.ocr import SeenLine, read_picture
from qa.documents.formats.pdf_file import picture
from qa.documents.formats.pdf_lines import Line, RawPage, Word
from qa.errors import DocumentError

_AT_ONCE = 2
_LEAST_DPI, _MOST_DPI = 200, 300
"""Finer pictures than the scan itself, or than the first of these for text that is drawn, take
longer and read no better: measured from 6 points of type up."""
_MOST_PIXELS = 16_000_000
_HEIGHT = 0.93
"""From the top of a "d" to the foot of a "p", in sizes of type."""
_ONE_SIZE = 0.135
"""Measured sizes that differ by a smaller share are one: lines without a "d" or "p" measure less,
and a heading is at least so much larger than the text."""
_LABEL = re.compile(r"\(?(?:[A-Z]?\d{1,3}(?:\.\d{1,3}){0,3}|[a-z]|[ivx]{1,5})[.)]?|[•▪●–-]")
_BOLD = 1.38
"""Bold letters are from 1.42 times as thick as usual; small ones seem up to 1.33 times, blurred."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A page whose text is in a picture; ``dpi`` is the picture's resolution, 0 where unknown."""

    page: RawPage
    dpi: float


@dataclass(frozen=True, slots=True)
class Read:
    """What OCR made of a page: its lines and how sure it is of them; or why there are none."""

    lines: tuple[Line, ...] = ()
    confidence: float = 0.0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _Measured:
    line: Line
    stroke: float


def read_scans(
    document: Any, scans: Sequence[Scan], *, done: Callable[[], None]
) -> dict[int, Read]:
    """What OCR reads on each page, by the page's number; ``done`` is called after each.

    Sizes of type are steadied and bold lines told over all the pages together.
    """
    seen: dict[int, tuple[list[_Measured], float]] = {}
    failed: dict[int, Read] = {}
    pool = ThreadPoolExecutor(min(_AT_ONCE, os.cpu_count() or 1))
    try:
        waiting = [(scan.page.number, pool.submit(_look, document, scan)) for scan in scans]
        for number, reading in waiting:
            try:
                seen[number] = reading.result()
            except DocumentError as error:
                failed[number] = Read(failure=str(error))
            done()
    finally:
        pool.shutdown(cancel_futures=True)
    settled = _settled({number: lines for number, (lines, _) in seen.items()})
    return failed | {
        number: Read(settled[number], confidence) for number, (_, confidence) in seen.items()
    }


def _look(document: Any, scan: Scan) -> tuple[list[_Measured], float]:
    """The lines of one page in points, and the mean confidence of their words."""
    dpi = min(_MOST_DPI, max(_LEAST_DPI, scan.dpi))
    page = scan.page
    area = page.width * page.height
    if not area > 0:
        return [], 0.0
    scale = min(dpi / 72, (_MOST_PIXELS / area) ** 0.5, 30_000 / max(page.width, page.height))
    image = picture(document, page.number - 1, scale=scale, grey=True)
    lines = read_picture(image, dpi=max(70, round(scale * 72)))
    certain = [word.confidence for line in lines for word in line.words]
    return (
        _with_labels([_measured(line, page, scale) for line in lines]),
        statistics.fmean(certain) if certain else 0.0,
    )


def _measured(seen: SeenLine, page: RawPage, scale: float) -> _Measured:
    """The line in points, in the frame in which it is level, as the text layer's lines are."""
    height, width = page.extent(page.rotation), page.extent(page.rotation + 1)
    words = []
    for word in seen.words:
        x0, y0, x1, y1 = (edge / scale for edge in word.box)
        left, right = {
            0: (x0, x1), 1: (height - y1, height - y0), 2: (width - x1, width - x0), 3: (y0, y1)
        }[seen.turn]  # fmt: skip
        words.append(Word(word.text, left, right))
    x0, y0, x1, y1 = (edge / scale for edge in seen.box)
    foot = (seen.base - seen.box[3]) / scale
    base = {0: height - y1, 1: width - x1, 2: y0, 3: x0}[seen.turn] - foot
    size = max(seen.size / scale / _HEIGHT, 1.0)
    line = Line(tuple(words), y=base, size=size, turn=(page.rotation + seen.turn) % 4)
    return _Measured(line, seen.stroke / scale)


def _with_labels(page: list[_Measured]) -> list[_Measured]:
    """The lines, with numbers and bullets in front of those that they stand before.

    Tesseract takes the numbers in the margin for a column of their own.
    """
    labels = [x for x in page if len(x.line.words) == 1 and _LABEL.fullmatch(x.line.text)]
    taken: dict[int, _Measured] = {}
    for label in labels:
        beside = [
            x
            for x in page
            if x.line.turn == label.line.turn
            and abs(x.line.y - label.line.y) < 0.3 * x.line.size
            and 0 < x.line.x0 - label.line.x1 < 5 * x.line.size
        ]
        if beside:
            nearest = min(beside, key=lambda x: (x.line.x0, x.line.text))
            taken.setdefault(id(nearest), label)
    moved = {id(label) for label in taken.values()}
    return [
        replace(x, line=replace(x.line, words=taken[id(x)].line.words + x.line.words))
        if id(x) in taken
        else x
        for x in page
        if id(x) not in moved
    ]


def _settled(pages: Mapping[int, Sequence[_Measured]]) -> dict[int, tuple[Line, ...]]:
    """The lines with sizes that are the same where type is, and with bold ones marked."""
    every = [measured for page in pages.values() for measured in page]
    sizes = _sizes(measured.line for measured in every)
    thick = sorted(
        (x.stroke / x.line.size, len(x.line.text)) for x in every if x.line.size and x.stroke
    )
    usual = _weighted_median(thick)
    return {
        number: tuple(
            replace(
                x.line,
                size=sizes[_half(x.line.size)],
                bold=bool(usual) and x.stroke / x.line.size > _BOLD * usual,
            )
            for x in page
        )
        for number, page in pages.items()
    }


def _sizes(lines: Iterator[Line]) -> dict[float, float]:
    """For every measured size the size that is meant: the usual one near it."""
    counted = Counter[float]()
    for line in lines:
        counted[_half(line.size)] += len(line.text)
    meant: dict[float, float] = {}
    for usual, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        if usual not in meant:
            near = (size for size in counted if abs(size - usual) <= _ONE_SIZE * usual)
            meant |= {size: usual for size in near if size not in meant}
    return meant


def _half(size: float) -> float:
    return round(size * 2) / 2


def _weighted_median(values: Sequence[tuple[float, int]]) -> float:
    """The value in the middle of sorted (value, weight) pairs; 0 for none."""
    half = sum(weight for _, weight in values) / 2
    for value, weight in values:
        half -= weight
        if half <= 0:
            return value
    return 0.0
