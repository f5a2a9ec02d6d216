"""The lines of a PDF's page in reading order."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from qa.documents.formats.pdf_lines import Line, RawPage, Table

_MOST_LINES = 1000
"""Of more lines, all over each other, no order can be told."""


def in_reading_order(page: RawPage) -> list[Line]:
    """The page's lines as they are read; text that lies across the others comes last.

    The order in which a file draws its text is mostly the order of reading: it is kept within
    stretches that run down the page. The stretches are ordered by white space between them, rows
    before columns (the recursive X-Y cut).
    """
    height, width = page.height, page.width
    inside = [
        line
        for line in page.lines
        if -2 <= line.y <= max(height, width) + 2 and line.x1 > -2 and line.x0 < max(width, height)
    ]
    turns = Counter[int]()
    for line in inside:
        turns[line.turn] += len(line.text)
    ordered: list[Line] = []
    for turn, _ in sorted(turns.items(), key=lambda item: (-item[1], item[0])):
        ordered += lines_in_order([line for line in inside if line.turn == turn])
    return [line for line in ordered if line.text]


def lines_in_order(lines: Sequence[Line]) -> list[Line]:
    """Lines of one turn as they are read, each base line's as one; tables stay as they are."""
    ordered: list[Line] = []
    waiting: list[Line] = []
    for line in (line for run in _cut(_runs(lines)) for line in run):
        if isinstance(line, Table):
            ordered += [*_by_columns(_level(waiting)), line]
            waiting = []
        else:
            waiting.append(line)
    return ordered + _by_columns(_level(waiting))


def _runs(lines: Sequence[Line]) -> list[list[Line]]:
    """Stretches of lines in which each stands below the one before, or beside it."""
    runs: list[list[Line]] = []
    for line in lines:
        if runs and not isinstance(line, Table) and not isinstance(runs[-1][-1], Table):
            last = runs[-1][-1]
            size = max(last.size, line.size)
            beside = abs(line.y - last.y) < 0.6 * size and line.x0 >= last.x1 - 1
            apart = line.x0 > max(x.x1 for x in runs[-1][-3:]) or line.x1 < last.x0
            if beside or (line.y < last.y + 0.3 * size and not apart):
                runs[-1].append(line)
                continue
        runs.append([line])
    return runs


def _cut(runs: list[list[Line]]) -> list[list[Line]]:
    if len(runs) < 2:
        return runs
    for low, high in ((_top, _bottom), (_left, _right)):
        groups = _parted(runs, low, high)
        if len(groups) > 1:
            return [run for group in groups for run in _cut(group)]
    if sum(map(len, runs)) > _MOST_LINES:
        return runs
    finer = [part for run in runs for part in _broken(run, runs)]
    return _cut(finer) if len(finer) > len(runs) else runs


def _broken(run: list[Line], runs: list[list[Line]]) -> list[list[Line]]:
    """The run, broken where another one stands between two of its lines.

    A box is often drawn after all that stands around it, or before.
    """
    parts = [run[:1]]
    others = [line for other in runs if other is not run for line in other]
    for above, below in itertools.pairwise(run):
        gap = above.y - below.y
        if gap > 2.5 * max(above.size, below.size) and any(
            below.y + below.size < x.y - 0.2 * x.size
            and x.y + 0.7 * x.size < above.y
            and x.x0 < max(above.x1, below.x1)
            and x.x1 > min(above.x0, below.x0)
            for x in others
        ):
            parts.append([])
        parts[-1].append(below)
    return parts


def _parted(
    runs: list[list[Line]],
    low: Callable[[list[Line]], float],
    high: Callable[[list[Line]], float],
) -> list[list[list[Line]]]:
    """The runs in groups with white space between, in order along one direction."""
    groups: list[list[tuple[int, list[Line]]]] = []
    reach = 0.0
    for index, run in sorted(enumerate(runs), key=lambda item: (low(item[1]), item[0])):
        if groups and low(run) < reach:
            groups[-1].append((index, run))
        else:
            groups.append([(index, run)])
            reach = high(run)
        reach = max(reach, high(run))
    return [[run for _, run in sorted(group, key=lambda item: item[0])] for group in groups]


def _top(run: list[Line]) -> float:
    return -max(line.y + 0.65 * line.size for line in run)


def _bottom(run: list[Line]) -> float:
    return -min(line.y - 0.15 * line.size for line in run)


def _left(run: list[Line]) -> float:
    return min(line.x0 for line in run)


def _right(run: list[Line]) -> float:
    return max(line.x1 for line in run)


def _level(lines: Iterable[Line]) -> list[Line]:
    """The lines, with what stands on one base line made one line.

    A raised footnote number makes pdfium begin a new line; so does a wide gap after a label.
    """
    merged: list[Line] = []
    for line in lines:
        last = merged[-1] if merged else None
        if last and _on_one_line(last, line):
            big = max(last, line, key=lambda x: (x.size, len(x.text)))
            mark = line.size < 0.8 * last.size and line.text.isdigit() and line.y > last.y
            words = last.words if mark else last.words + line.words
            merged[-1] = replace(
                big, words=words, bold=last.bold and line.bold, italic=last.italic and line.italic
            )
        else:
            merged.append(line)
    return merged


def _on_one_line(last: Line, line: Line) -> bool:
    size = max(last.size, line.size)
    small = min(last.size, line.size) < 0.8 * size
    return (
        abs(line.y - last.y) < (0.6 if small else 0.25) * size
        and -1 <= line.x0 - last.x1 < 4 * size
        and (small or len(last.text) < 12 or line.x0 - last.x1 < size)
    )


def _by_columns(lines: list[Line]) -> list[Line]:
    """The lines, left column before right where they were drawn straight across both."""
    ordered: list[Line] = []
    start = 0
    while start < len(lines):
        stop, gutter = _gutter(lines, start)
        block = lines[start:stop]
        halves = [_halves(line, gutter) for line in block] if gutter else []
        left = [half for half, _ in halves if half]
        right = [half for _, half in halves if half]
        if len(halves) >= 6 and all(map(_reads_as_prose, (left, right))):
            ordered += left + right
        else:
            ordered += block
        start = stop
    return ordered


def _gutter(lines: list[Line], start: int) -> tuple[int, tuple[float, float] | None]:
    """Up to which line one gutter goes on from here, and where it lies."""
    gutter: tuple[float, float] | None = None
    for index in range(start, len(lines)):
        line = lines[index]
        among = [gutter] if gutter else [(line.x0, line.x1)]
        gaps = [
            (max(a.x1, low), min(b.x0, high))
            for a, b in itertools.pairwise(line.words)
            for low, high in among
            if b.x0 - a.x1 > 1.4 * line.size and min(b.x0, high) - max(a.x1, low) > 0.8 * line.size
        ]
        if len(gaps) == 1:
            gutter = gaps[0]
        elif gutter is None or gaps or not (line.x1 <= gutter[0] + 1 or line.x0 >= gutter[1] - 1):
            return max(index, start + 1), gutter
    return len(lines), gutter


def _halves(line: Line, gutter: tuple[float, float]) -> tuple[Line | None, Line | None]:
    middle = sum(gutter) / 2
    left = tuple(word for word in line.words if word.x0 < middle)
    right = tuple(word for word in line.words if word.x0 >= middle)
    return (
        replace(line, words=left) if left else None,
        replace(line, words=right) if right else None,
    )


def _reads_as_prose(column: list[Line]) -> bool:
    """Whether the lines are long and begin at one edge, as those of a table's cells do not."""
    if len(column) < 5 or statistics.median(len(line.text) for line in column) < 24:
        return False
    edge = statistics.median_low(line.x0 for line in column)
    return sum(abs(line.x0 - edge) < 2 for line in column) >= 0.7 * len(column)
