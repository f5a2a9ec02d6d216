"""The ruled tables of a PDF's page: each takes the place of its lines, with its rows and cells.

A table is a frame that rules cut, all the way across, into rows and these into columns; a cell may
be cut again. What has no columns (a box) or no rows (a chart, two columns of prose) is none.
"""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from qa.documents.formats.pdf_layout import lines_in_order
from qa.documents.formats.pdf_lines import Line, RawPage, Shape, Table, Word

_THIN = 3.0
_NEAR = 2.5
"""Rules that are no further apart meet."""
_SHORT = 8.0
_SHADE = 1.3
_MOST = 400
"""A page with more rules shows a drawing."""
_ACROSS = 0.92
_DEEPEST = 4
_PROSE = 400
"""A table of one row has at least three columns and so many letters; a chart has fewer."""


class _Rule(NamedTuple):
    """A rule at ``at`` that reaches from ``low`` to ``high``."""

    at: float
    low: float
    high: float


def with_tables(page: RawPage) -> RawPage:
    """The page with its ruled tables told apart from the rest of its lines."""
    if len(page.shapes) < 4 or not page.lines:
        return page
    turns = Counter(line.turn for line in page.lines)
    turn = max(turns, key=lambda turn: (turns[turn], -turn))
    shapes = [_turned(shape, turn, page) for shape in page.shapes]
    size = statistics.median(line.size for line in page.lines)
    level, upright = _rules(shapes, size, upright=False), _rules(shapes, size, upright=True)
    if 2 <= len(level) <= _MOST and 2 <= len(upright) <= _MOST:
        for frame in _frames(level, upright):
            page = _with_table(page, frame, turn, level, upright)
    return page


def _turned(shape: Shape, turn: int, page: RawPage) -> Shape:
    """The shape in the frame in which lines of that turn are level."""
    x0, y0, x1, y1 = shape.x0, shape.y0, shape.x1, shape.y1
    width, height = page.width, page.height
    return (
        shape,
        Shape(y0, width - x1, y1, width - x0),
        Shape(width - x1, height - y1, width - x0, height - y0),
        Shape(height - y1, x0, height - y0, x1),
    )[turn]


def _rules(shapes: Iterable[Shape], size: float, *, upright: bool) -> list[_Rule]:
    """The rules of one direction, and the edges of boxes; those in one line that touch are one.

    A box no higher than a line of type is a shade behind words, and may be cut anywhere.
    """
    found: list[_Rule] = []
    for shape in shapes:
        x0, y0, x1, y1 = shape.x0, shape.y0, shape.x1, shape.y1
        low, high, across_low, across_high = (y0, y1, x0, x1) if upright else (x0, x1, y0, y1)
        if high - low < _SHORT:
            continue
        if across_high - across_low <= _THIN:
            found.append(_Rule((across_low + across_high) / 2, low, high))
        elif across_high - across_low >= _SHORT and y1 - y0 > _SHADE * size:
            found += [_Rule(across_low, low, high), _Rule(across_high, low, high)]
    found.sort()
    lines: list[list[_Rule]] = []
    for rule in found:
        if lines and rule.at - lines[-1][0].at <= _NEAR:
            lines[-1].append(rule)
        else:
            lines.append([rule])
    return [rule for line in lines for rule in _merged(line)]


def _merged(line: Sequence[_Rule]) -> list[_Rule]:
    at = sum(rule.at for rule in line) / len(line)
    merged: list[_Rule] = []
    for rule in sorted(line, key=lambda rule: (rule.low, rule.high)):
        if merged and rule.low <= merged[-1].high + _NEAR:
            merged[-1] = _Rule(at, merged[-1].low, max(merged[-1].high, rule.high))
        else:
            merged.append(_Rule(at, rule.low, rule.high))
    return merged


def _frames(level: Sequence[_Rule], upright: Sequence[_Rule]) -> list[Shape]:
    """The rectangles around rules that meet, where there are enough of them for a table."""
    group = list(range(len(level)))
    sides: list[tuple[_Rule, int]] = []
    for rule in upright:
        crossing = [place for place, other in enumerate(level) if _meet(other, rule)]
        if crossing:
            joined = {group[place] for place in crossing}
            group = [crossing[0] if mine in joined else mine for mine in group]
            sides.append((rule, crossing[0]))
    frames = []
    for mine in sorted(set(group)):
        heights = [rule.at for rule, other in zip(level, group, strict=True) if other == mine]
        widths = [rule.at for rule, place in sides if group[place] == mine]
        if len(heights) > 1 and len(widths) > 1:
            frames.append(Shape(min(widths), min(heights), max(widths), max(heights)))
    return frames


def _meet(level: _Rule, upright: _Rule) -> bool:
    return (
        level.low - _NEAR <= upright.at <= level.high + _NEAR
        and upright.low - _NEAR <= level.at <= upright.high + _NEAR
    )


def _with_table(
    page: RawPage, frame: Shape, turn: int, level: Sequence[_Rule], upright: Sequence[_Rule]
) -> RawPage:
    inside = [x for x in page.lines if x.turn == turn and _holds(frame, x)]
    if len(inside) < 2:
        return page
    cells = [_leaves(row, level, upright, 0) for row in _cut(frame, level, across=True)]
    rows = [[_lines_in(cell, frame, inside) for cell in row] for row in cells]
    filled = [tuple(cell for cell in row if cell) for row in rows]
    letters = sum(len(line.text) for line in inside)
    prose = len(filled) == 1 and len(filled[0]) > 2 and letters > _PROSE
    if sum(len(row) > 1 for row in filled) < 2 and not prose:
        return page
    size = (frame.y1 - frame.y0) / 0.8
    table = Table(
        words=tuple(word for row in filled for cell in row for line in cell for word in line.words),
        y=frame.y0 + 0.15 * size,
        size=size,
        turn=turn,
        rows=tuple(row for row in filled if row),
    )
    mine = {id(line) for line in inside}
    first = next(at for at, line in enumerate(page.lines) if id(line) in mine)
    lines = [x for x in page.lines[:first] if id(x) not in mine]
    lines += [table, *(x for x in page.lines[first:] if id(x) not in mine)]
    return replace(page, lines=tuple(lines))


def _leaves(
    area: Shape, level: Sequence[_Rule], upright: Sequence[_Rule], depth: int
) -> list[Shape]:
    """The cells of a row, or of a part of one, in the order in which they are read."""
    columns = _cut(area, upright, across=False)
    if len(columns) < 2 or depth > _DEEPEST:
        return columns
    leaves: list[Shape] = []
    for column in columns:
        for part in _cut(column, level, across=True):
            leaves += _leaves(part, level, upright, depth + 1) if part != column else [column]
    return leaves


def _cut(area: Shape, rules: Sequence[_Rule], *, across: bool) -> list[Shape]:
    """The area, cut by the rules that run through it: rows from the top, or columns."""
    low, high = (area.x0, area.x1) if across else (area.y0, area.y1)
    first, last = (area.y0, area.y1) if across else (area.x0, area.x1)
    places = [
        rule.at
        for rule in rules
        if first + _THIN < rule.at < last - _THIN
        and min(high, rule.high) - max(low, rule.low) > _ACROSS * (high - low)
    ]
    bounds = [first, *sorted(set(places)), last]
    pairs = list(itertools.pairwise(bounds))
    if across:
        return [Shape(area.x0, y0, area.x1, y1) for y0, y1 in reversed(pairs)]
    return [Shape(x0, area.y0, x1, area.y1) for x0, x1 in pairs]


def _holds(frame: Shape, line: Line) -> bool:
    middle = line.y + 0.3 * line.size
    return frame.y0 <= middle <= frame.y1 and frame.x0 - _NEAR <= line.x0 <= line.x1 <= frame.x1 + 6


def _lines_in(cell: Shape, frame: Shape, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines of a cell as they are read; of one that runs through several its own words."""
    found: list[Line] = []
    for line in lines:
        if cell.y0 <= line.y + 0.3 * line.size < cell.y1:
            words = tuple(word for word in line.words if _within(cell, frame, word))
            if words:
                found.append(line if len(words) == len(line.words) else replace(line, words=words))
    return tuple(lines_in_order(found))


def _within(cell: Shape, frame: Shape, word: Word) -> bool:
    middle = min(max((word.x0 + word.x1) / 2, frame.x0), frame.x1 - 0.1)
    return cell.x0 <= middle < cell.x1
