"""Running heads, feet and page numbers: told from the text, dropped, and read for page labels."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qa.documents.formats.pdf_lines import Line, RawPage, body_size

_ROMAN = r"(?=[ivxlcdm])m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_NUMBERED = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:page\s+|[-–—|]\s*)?(?P<number>\d{{1,4}}|{_ROMAN})(?:\s*[-–—|])?",
        r"(?P<rest>.*?)\bpage\s+(?P<number>\d{1,4})(?:\s+of\s+\d{1,4})?",
        rf"(?P<number>\d{{1,4}}|{_ROMAN})(?:\s+[-–—|])?\s+(?P<rest>\S.*)",
        rf"(?P<rest>.*\S)(?:\s+[-–—|])?\s+(?P<number>\d{{1,4}}|{_ROMAN})(?:/\d{{1,4}})?",
    )
]
_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}


@dataclass(frozen=True, slots=True)
class _Margin:
    """A line near the top or the foot of a page."""

    page: int
    line: Line
    zone: int

    @property
    def place(self) -> tuple[int, int]:
        """What tells this line from every other of the file."""
        return self.page, id(self.line)


_Slot = tuple[int, int, int]
_Key = tuple[int, str, tuple[bool, int] | None]


def without_running(pages: Sequence[RawPage]) -> tuple[list[RawPage], list[str]]:
    """The pages without running heads and feet, and the number printed on each ("" for none).

    A line near the edge runs when it stands at the same height of several pages with the same
    words, its page number counting along; then other lines in just that place are dropped too,
    for a chapter of two pages has a running head of its own.
    """
    body = body_size(pages)
    margins = [margin for page in pages for margin in _margins(page, body)]
    groups: defaultdict[_Key, list[_Margin]] = defaultdict(list)
    for margin in margins:
        groups[margin.zone, margin.line.text.casefold(), None].append(margin)
        for rest, printed in _numbered(margin.line.text):
            groups[margin.zone, rest, _offset(printed, margin.page)].append(margin)
    running: set[tuple[int, int]] = set()
    offsets: Counter[tuple[bool, int]] = Counter()
    slots: defaultdict[_Slot, set[int]] = defaultdict(set)
    for key, group in groups.items():
        for level in _levels(group):
            if len({margin.page for margin in level}) < _needed(key, len(pages)):
                continue
            running |= {margin.place for margin in level}
            for margin in level:
                slots[_slot(margin)].add(margin.page)
            if key[2]:
                offsets[key[2]] += len(level)
    usual = {slot for slot, on in slots.items() if len(on) >= max(3, len(pages) / 5)}
    running |= {margin.place for margin in margins if _slot(margin) in usual}
    kept = [
        replace(page, lines=tuple(x for x in page.lines if (page.number, id(x)) not in running))
        for page in pages
    ]
    dropped = [margin for margin in margins if margin.place in running]
    return kept, _printed(dropped, offsets, len(pages))


def _printed(dropped: list[_Margin], offsets: Counter[tuple[bool, int]], pages: int) -> list[str]:
    """The number on each page's running lines, the one whose count most pages share."""
    found: dict[int, tuple[int, str]] = {}
    for margin in dropped:
        for _, printed in _numbered(margin.line.text):
            shared = offsets[_offset(printed, margin.page)]
            if shared > found.get(margin.page, (0, ""))[0]:
                found[margin.page] = shared, printed
    return [found.get(number, (0, ""))[1] for number in range(1, pages + 1)]


def _needed(key: _Key, pages: int) -> int:
    """On how many pages a line must stand to run: footnotes, too, repeat at the foot of a page."""
    if pages < 5:
        return 2
    zone, words, offset = key
    if offset:
        return 3 if words == "# " else max(4, pages // 20)
    return max(5, pages // 10) if not zone and re.search(r"\d", words) else 3


def _margins(page: RawPage, body: float) -> Iterator[_Margin]:
    """The lines at the top (zone 1) and at the foot (zone 0) that white space parts from the rest.

    Where there is no such space the outermost line alone may run.
    """
    for turn in sorted({line.turn for line in page.lines}):
        height = page.extent(turn)
        lines = sorted((x for x in page.lines if x.turn == turn), key=lambda x: (x.y, x.x0))
        for zone, near in (
            (0, [x for x in lines if x.y < 0.13 * height]),
            (1, [x for x in reversed(lines) if x.y > 0.87 * height]),
        ):
            block = near[:1]
            for line in near[1:]:
                if abs(line.y - block[-1].y) > 1.5 * max(line.size, block[-1].size):
                    break
                block.append(line)
            if len({round(line.y) for line in block}) > 3:
                block = [line for line in block if abs(line.y - block[0].y) < 2]
            yield from (_Margin(page.number, x, zone) for x in block if x.size <= 1.25 * body)


def _numbered(text: str) -> Iterator[tuple[str, str]]:
    for pattern in _NUMBERED:
        match = pattern.fullmatch(text)
        if match:
            rest = match.groupdict().get("rest") or ""
            yield f"# {' '.join(rest.casefold().split())}", match.group("number")


def _offset(printed: str, page: int) -> tuple[bool, int]:
    """By how much the printed number is ahead of the count of pages; Roman ones count apart."""
    if printed.isdigit():
        return False, int(printed) - page
    values = [_VALUES[char] for char in printed.casefold()]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return True, sum(-value if value < after else value for value, after in pairs) - page


def _levels(group: list[_Margin]) -> Iterator[list[_Margin]]:
    """The group's lines by their height on the page."""
    level: list[_Margin] = []
    for margin in sorted(group, key=lambda margin: (margin.line.y, margin.page)):
        if level and margin.line.y - level[-1].line.y > 8:
            yield level
            level = []
        level.append(margin)
    yield level


def _slot(margin: _Margin) -> _Slot:
    return margin.zone, round(margin.line.y / 2), round(margin.line.size)


def page_labels(pages: Sequence[RawPage], printed: Sequence[str]) -> list[str]:
    """What each page is called: the file's own labels unless the printed numbers deny them.

    Of the file's labels those are kept that are numbers or stand on the page: a cover is often
    called "fc1" by the program that made it. Printed numbers that count along are taken on to
    pages between that show none.
    """
    agree = sum(
        page.label.casefold() == number.casefold()
        for page, number in zip(pages, printed, strict=True)
        if number
    )
    shown = sum(map(bool, printed))
    if any(page.label for page in pages) and 2 * agree >= shown:
        return [page.label if _is_printed(page) else "" for page in pages]
    labels = list(printed)
    known = [index for index, number in enumerate(printed) if number.isdigit()]
    for before, after in itertools.pairwise(known):
        if int(printed[after]) - int(printed[before]) == after - before:
            for index in range(before + 1, after):
                labels[index] = labels[index] or str(int(printed[before]) + index - before)
    return labels


def _is_printed(page: RawPage) -> bool:
    if re.fullmatch(rf"\d{{1,4}}|{_ROMAN}", page.label, re.IGNORECASE):
        return True
    return any(page.label in line.text.split() for line in page.lines)
