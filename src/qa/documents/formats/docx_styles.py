"""What the styles of a Word file say of its paragraphs: which are headings, which are numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from qa.documents.formats.archive import children
from qa.documents.formats.docx_numbering import attribute, integer, is_on, value

_HEADING = re.compile(r"heading ?([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"toc ?(?:\d|heading)|table of figures|index ?(?:\d|heading)", re.I)
_BODY = 9
"""The outline level that means body text; 0 to 8 are headings."""
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Style:
    """A style on its own; what it leaves open is said by the one that it is based on."""

    name: str = ""
    based_on: str = ""
    outline: int | None = None
    number: str = ""
    depth: int | None = None
    bold: bool = False
    first_row: bool = False


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of a file by their ids; ``default`` is that of paragraphs that name none."""

    by_id: Mapping[str, Style] = field(default_factory=dict)
    default: str = ""

    def name(self, style: str) -> str:
        """What people call the style."""
        return self.by_id[style].name if style in self.by_id else ""

    def level(self, style: str) -> int:
        """The level of heading that the style makes, from 1; 0 for body text."""
        for _, known in self._chain(style):
            named = _HEADING.fullmatch(known.name)
            if known.outline is not None:
                return level_of(known.outline)
            if named:
                return int(named.group(1))
        return 0

    def numbering(self, style: str) -> tuple[str, str, int | None]:
        """The numbering that the style brings, the style that names it, and the level if named."""
        for name, known in self._chain(style):
            if known.number:
                return known.number, name, known.depth
        return "", "", None

    def is_contents(self, style: str) -> bool:
        """Whether the style is that of a table of contents or an index."""
        return bool(_CONTENTS.fullmatch(self.name(style)))

    def is_bold(self, style: str) -> bool:
        """Whether the style's text is bold."""
        return any(known.bold for _, known in self._chain(style))

    def has_first_row(self, style: str) -> bool:
        """Whether it is a style of tables that sets the first row apart."""
        return any(known.first_row for _, known in self._chain(style))

    def _chain(self, style: str) -> Iterator[tuple[str, Style]]:
        for _ in range(_DEEPEST):  # a crafted one is based on itself
            known = self.by_id.get(style)
            if known is None:
                return
            yield style, known
            style = known.based_on


def level_of(outline: int) -> int:
    """The level of heading, from 1, of Word's outline level, from 0; 0 for body text."""
    return outline + 1 if 0 <= outline < _BODY else 0


def read_styles(root: Any) -> Styles:
    """The styles that ``w:styles`` defines."""
    by_id: dict[str, Style] = {}
    default = ""
    for element in children(root, "style"):
        name = attribute(element, "styleId")
        by_id[name] = _style(element)
        kind, preset = attribute(element, "type"), attribute(element, "default")
        if kind == "paragraph" and preset in ("1", "true", "on"):
            default = name
    return Styles(by_id, default)


def _style(element: Any) -> Style:
    outline: int | None = None
    number, depth, bold = "", None, False
    for properties in children(element, "pPr"):
        stated = value(properties, "outlineLvl")
        outline = integer(stated, _BODY) if stated else None
        number, depth = numbered(properties)
    for properties in children(element, "rPr"):
        bold = any(is_on(child) for child in children(properties, "b"))
    return Style(
        name=value(element, "name"),
        based_on=value(element, "basedOn"),
        outline=outline,
        number=number,
        depth=depth,
        bold=bold,
        first_row=any(
            attribute(child, "type") == "firstRow" for child in children(element, "tblStylePr")
        ),
    )


def numbered(properties: Any) -> tuple[str, int | None]:
    """The numbering and the level that a paragraph's properties name; "" and None for neither."""
    for element in children(properties, "numPr"):
        depth = value(element, "ilvl")
        return value(element, "numId"), integer(depth, 0) if depth else None
    return "", None
