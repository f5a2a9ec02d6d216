"""The numbers that Word prints before paragraphs, which stand nowhere in the text of the file.

A numbering is a list of up to nine levels, each with a pattern ("%1.%2" is the number of the level
above, a dot, and its own). Paragraphs name a numbering and a level, or have a style that does. ISO
29500-1, section 17.9.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qa.documents.formats.archive import children, local

_LEVELS = 9
_LONGEST = 200
_FEW = 26 * 30
"""Word prints the 780th paragraph as 30 times "z" and has no letters for the next."""
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_CARDINALS = """One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen
Fifteen Sixteen Seventeen Eighteen Nineteen Twenty""".split()
_ORDINALS = """First Second Third Fourth Fifth Sixth Seventh Eighth Ninth Tenth Eleventh Twelfth
Thirteenth Fourteenth Fifteenth Sixteenth Seventeenth Eighteenth Nineteenth Twentieth""".split()


@dataclass(frozen=True, slots=True)
class Level:
    """How one level counts and prints. ``restart`` 0 means that it goes on for ever."""

    start: int = 1
    form: str = "decimal"
    pattern: str = ""
    restart: int | None = None
    legal: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class _List:
    """A numbering as paragraphs name it: whose counters it moves, and where it begins anew."""

    counters: str
    levels: Mapping[int, Level]
    starts: Mapping[int, int]


@dataclass(slots=True)
class Numbering:
    """The numberings of a file, and how far each has counted."""

    lists: Mapping[str, _List] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def level_of(self, number: str, style: str) -> int | None:
        """The level of this numbering that is tied to the style, None where none is."""
        known = self.lists.get(number)
        levels = known.levels.items() if known and style else ()
        return next((depth for depth, level in levels if level.style == style), None)

    def next(self, number: str, depth: int) -> str:
        """What is printed before the next paragraph of this numbering; "" for nothing."""
        known = self.lists.get(number)
        level = known.levels.get(depth) if known else None
        if known is None or level is None:
            return ""
        counts = self._counts.setdefault(known.counters, {})
        if depth in known.starts and (number, depth) not in self._begun:
            counts[depth] = known.starts[depth] - 1
        self._begun.add((number, depth))
        for above in range(depth):
            counts.setdefault(above, _start(known, above))
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for below in range(depth + 1, _LEVELS):
            restart = known.levels[below].restart if below in known.levels else None
            if restart is None or (restart and depth < restart):
                counts.pop(below, None)
        if level.form == "bullet":
            return "•"
        return _printed(known, level, counts)


def read_numbering(root: Any, styles: Mapping[str, str]) -> Numbering:
    """The numberings that ``w:numbering`` defines; ``styles`` names the numbering of each style."""
    abstract: dict[str, dict[int, Level]] = {}
    linked: dict[str, str] = {}
    for element in children(root, "abstractNum"):
        name = attribute(element, "abstractNumId")
        levels = (_level(child) for child in children(element, "lvl"))
        abstract[name] = {depth: level for depth, level in levels if 0 <= depth < _LEVELS}
        linked[name] = value(element, "numStyleLink")
    numbers = {attribute(x, "numId"): x for x in children(root, "num")}
    lists = {}
    for number, element in numbers.items():
        name = value(element, "abstractNumId")
        style = linked.get(name)
        if style and not abstract.get(name):  # defined by a style, which has a numbering of its own
            real = numbers.get(styles.get(style, ""))
            name = name if real is None else value(real, "abstractNumId")
        lists[number] = _overridden(name, abstract.get(name, {}), element)
    return Numbering(lists)


def _overridden(name: str, levels: Mapping[int, Level], element: Any) -> _List:
    levels = dict(levels)
    starts: dict[int, int] = {}
    for override in children(element, "lvlOverride"):
        depth = integer(attribute(override, "ilvl"), -1)
        if not 0 <= depth < _LEVELS:
            continue
        for child in children(override, "lvl"):
            levels[depth] = _level(child)[1]
            starts[depth] = levels[depth].start
        for child in children(override, "startOverride"):
            starts[depth] = integer(attribute(child, "val"), 1)
    return _List(name, levels, starts)


def _level(element: Any) -> tuple[int, Level]:
    restart = value(element, "lvlRestart")
    return integer(attribute(element, "ilvl"), -1), Level(
        start=integer(value(element, "start"), 1),
        form=value(element, "numFmt") or "decimal",
        pattern=value(element, "lvlText")[:_LONGEST],
        restart=integer(restart, 0) if restart else None,
        legal=any(is_on(child) for child in children(element, "isLgl")),
        style=value(element, "pStyle"),
    )


def _start(known: _List, depth: int) -> int:
    return known.levels[depth].start if depth in known.levels else 1


def _printed(known: _List, level: Level, counts: Mapping[int, int]) -> str:
    if level.form == "none":
        return re.sub(r"%[1-9]", "", level.pattern).strip()

    def number(match: re.Match[str]) -> str:
        depth = int(match.group(1)) - 1
        form = known.levels[depth].form if depth in known.levels else "decimal"
        if form == "none":
            return ""
        count = counts.get(depth, _start(known, depth))
        return written(count, "decimal" if level.legal and form != "decimalZero" else form)

    return re.sub(r"%([1-9])", number, level.pattern).strip()


def written(number: int, form: str) -> str:
    """The number in one of Word's formats; digits where that format has no such number."""
    write = _FORMS.get(form)
    return (write(number) if write and number > 0 else "") or str(number)


def _letters(number: int) -> str:
    times, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * (times + 1) if number <= _FEW else ""


def _roman(number: int) -> str:
    if number >= 4000:
        return ""
    text = ""
    for worth, letters in _ROMAN:
        times, number = divmod(number, worth)
        text += letters * times
    return text


def _ordinal(number: int) -> str:
    tail = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{tail or 'th'}"


def _word(names: list[str]) -> Callable[[int], str]:
    return lambda number: names[number - 1] if number <= len(names) else ""


_FORMS: Mapping[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "ordinal": _ordinal,
    "cardinalText": _word(_CARDINALS),
    "ordinalText": _word(_ORDINALS),
    "decimalZero": lambda number: f"{number:02}",
}


def attribute(element: Any, name: str) -> str:
    """The attribute of this name, whatever its namespace, or ""."""
    for key, text in element.items():
        if local(key) == name:
            return str(text)
    return ""


def value(element: Any, name: str) -> str:
    """What the element's first child of this name has as its value, or ""."""
    return next((attribute(child, "val") for child in children(element, name)), "")


def is_on(element: Any) -> bool:
    """Whether a switch of Word's is on; named without a value it is."""
    return attribute(element, "val") not in ("0", "false", "off")


def integer(text: str, otherwise: int) -> int:
    """The whole number of up to nine digits that the text is."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else otherwise
