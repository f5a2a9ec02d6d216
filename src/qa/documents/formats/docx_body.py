"""The body of a Word file as blocks: headings, paragraphs and rows of tables, in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from qa.documents.formats.archive import children, local
from qa.documents.formats.docx_numbering import Numbering, attribute, integer, is_on, value
from qa.documents.formats.docx_styles import Styles, level_of, numbered
from qa.documents.formats.outline import rows_as_text
from qa.documents.formats.parsed import one_line

_PASSED_OVER = frozenset(
    """del moveFrom delText delInstrText pPr rPr sdtPr sdtEndPr rt proofErr sectPr tblPr tblGrid
    trPr tcPr oMathParaPr Fallback""".split()
)
_WRAPPERS = frozenset("sdt sdtContent customXml ins moveTo smartTag".split())
_DRAWN = frozenset("drawing pict object".split())
_BLANK = {"tab": " ", "ptab": " ", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}
_CONTENTS_FIELD = re.compile(r"\s*(?:TOC|INDEX|TOA)\b", re.IGNORECASE)
_LONGEST_CONTENTS = 500
_LONGEST_MERGED = 120
_WIDEST = 200
# Wingdings and Symbol: what reports set as bullets, boxes and arrows.
_SYMBOLS = {0x2022: "•", 0xB7: "•", 0xA7: "▪", 0xD8: "➢", 0xE0: "→", 0xFC: "✓", 0xA8: "☐",
            0xFE: "☑", 0xFD: "☒", 0x6C: "●", 0x6E: "■", 0x2D: "–"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (``level`` from 1), a paragraph or a row; ``contents`` is of a contents page."""

    text: str
    level: int = 0
    contents: bool = False


@dataclass(slots=True)
class _Field:
    """A field that has begun: its instruction, and whether its result has."""

    instruction: str = ""
    shown: bool = False

    @property
    def is_contents(self) -> bool:
        return bool(_CONTENTS_FIELD.match(self.instruction))


class Body:
    """Walks through a file's elements; what it meets on the way stands in its attributes."""

    def __init__(self, styles: Styles, numbering: Numbering) -> None:
        self.notes: dict[tuple[str, str], None] = {}
        """The notes referred to, in order, as ("footnote" or "endnote", id)."""
        self.embedded = 0
        """How many files stand inside this one that are not read."""
        self.title = ""
        """What the paragraphs in the style "Title" say."""
        self._styles = styles
        self._numbering = numbering
        self._fields: list[_Field] = []
        self._boxes: list[Any] = []
        self._carried = ""
        self._contents_length = 0

    def read(self, element: Any, *, contents: bool = False) -> Iterator[Block]:
        """What stands in the element, deletions left out."""
        yield from self._blocks(element, contents=contents)
        yield from self._left_over()

    def _left_over(self) -> Iterator[Block]:
        """What was to go on in a next paragraph where there is none."""
        if self._carried.strip():
            yield Block(self._carried.strip())
        self._carried = ""

    def _blocks(self, element: Any, *, contents: bool) -> Iterator[Block]:
        for child in element:
            name = local(child.tag)
            if name == "p":
                yield from self._paragraph(child, contents=contents)
            elif name == "tbl":
                yield from self._table(child)
            elif name == "AlternateContent":
                yield from self._blocks(_choice(child), contents=contents)
            elif name == "altChunk":
                self.embedded += 1
            elif name in _WRAPPERS:
                yield from self._blocks(child, contents=contents or _is_contents(child))

    def _paragraph(self, element: Any, *, contents: bool) -> Iterator[Block]:
        properties = next(children(element, "pPr"), None)
        style = ("" if properties is None else value(properties, "pStyle")) or self._styles.default
        level = self._level(properties, style)
        if level and not contents:
            self._fields.clear()  # a table of contents that never ends would hide the rest
        self._contents_length = 0
        parts: list[str] = []
        self._inline(element, parts)
        text = self._carried + "".join(parts)
        # The instruction of a field may be broken off; no text of later paragraphs is lost to it.
        self._fields = [field for field in self._fields if field.shown]
        joined = properties is not None and any(
            True for marks in children(properties, "rPr") for _ in children(marks, "del")
        )
        if joined:  # its end was deleted: it goes on in the next one
            self._carried = text
        else:
            self._carried = ""
            listed = contents or self._styles.is_contents(style)
            listed = listed or 0 < len(text.strip()) <= 1.2 * self._contents_length
            listed = listed and len(text) <= _LONGEST_CONTENTS
            number = "" if listed else self._number(properties, style)
            if self._styles.name(style).casefold() == "title":
                self.title = f"{self.title} {one_line(text)}".strip()[:_WIDEST]
                level = level or 1
            if text.strip():
                yield Block(f"{number} {text.strip()}".strip(), 0 if listed else level, listed)
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            yield from self.read(box, contents=contents)

    def _level(self, properties: Any, style: str) -> int:
        stated = "" if properties is None else value(properties, "outlineLvl")
        if self._styles.is_contents(style):
            return 0
        return level_of(integer(stated, 9)) if stated else self._styles.level(style)

    def _number(self, properties: Any, style: str) -> str:
        number, depth = ("", None) if properties is None else numbered(properties)
        if not number:
            number, source, from_style = self._styles.numbering(style)
            if depth is None:
                tied = self._numbering.level_of(number, source)
                depth = from_style if tied is None else tied
        return self._numbering.next(number, depth or 0)

    def _inline(self, element: Any, parts: list[str]) -> None:
        """Adds the text that the element shows to ``parts``."""
        for child in element:
            name = local(child.tag)
            if name == "t":
                self._add(child.text or "", parts)
            elif name == "r":
                if not _is_hidden(child):
                    self._inline(child, parts)
            elif name in _PASSED_OVER:
                continue
            elif name in _BLANK:
                self._add(_BLANK[name], parts)
            elif name == "br":
                self._add(" " if attribute(child, "type") in ("page", "column") else "\n", parts)
            elif name == "sym":
                self._add(_symbol(attribute(child, "char")), parts)
            elif name in _NOTES:
                self.notes[_NOTES[name], attribute(child, "id")] = None
            elif name == "fldChar":
                self._field(attribute(child, "fldCharType"))
            elif name == "instrText":
                if self._fields:
                    self._fields[-1].instruction += (child.text or "")[:100]
            elif name == "fldSimple":
                self._fields.append(_Field(attribute(child, "instr"), shown=True))
                self._inline(child, parts)
                self._field("end")
            elif name == "AlternateContent":
                self._inline(_choice(child), parts)
            elif name in _DRAWN:
                self._boxes.extend(_boxes(child))
            else:
                self._inline(child, parts)

    def _add(self, text: str, parts: list[str]) -> None:
        if all(field.shown for field in self._fields):
            parts.append(text)
            if any(field.is_contents for field in self._fields):
                self._contents_length += len(text)

    def _field(self, mark: str) -> None:
        if mark == "begin":
            self._fields.append(_Field())
        elif self._fields and mark == "separate":
            self._fields[-1].shown = True
        elif self._fields and mark == "end":
            self._fields.pop()

    def _table(self, element: Any) -> Iterator[Block]:
        lines = [
            line
            for line in _through(element, "tr")
            if not any(True for marks in children(line, "trPr") for _ in children(marks, "del"))
        ]
        cells = [list(_through(line, "tc")) for line in lines]
        if max(map(len, cells), default=0) <= 1:  # a frame around text
            for cell in (cell for row in cells for cell in row):
                yield from self.read(cell)
            return
        rows: list[list[str]] = []
        inside: list[list[Block]] = []
        for line, row in zip(lines, cells, strict=True):
            texts, nested = self._row(line, row, rows[-1] if rows else [])
            rows.append(texts)
            inside.append(nested)
        header = len(rows) > 1 and self._has_header(element, lines, rows)
        for text, nested in zip(rows_as_text(rows, header=header), inside, strict=True):
            yield Block(text)
            yield from nested

    def _row(self, line: Any, cells: list[Any], above: list[str]) -> tuple[list[str], list[Block]]:
        """The text of each column, and the rows of the tables that stand in the cells."""
        before = next((value(marks, "gridBefore") for marks in children(line, "trPr")), "")
        texts = [""] * min(_WIDEST, max(0, integer(before, 0)))
        nested: list[Block] = []
        for cell in cells[:_WIDEST]:
            properties = next(children(cell, "tcPr"), None)
            span = 1 if properties is None else integer(value(properties, "gridSpan"), 1)
            merged = [] if properties is None else list(children(properties, "vMerge"))
            own = []
            for block, is_row in self._in_cell(cell):
                if is_row:
                    nested.append(block)
                else:
                    own.append(block.text)
            text = one_line(" ".join(own))
            goes_on = bool(merged) and attribute(merged[0], "val") in ("", "continue")
            if not text and goes_on and len(texts) < len(above):
                text = above[len(texts)] if len(above[len(texts)]) <= _LONGEST_MERGED else ""
            texts += [text] + [""] * (min(_WIDEST, max(1, span)) - 1)
        return texts, nested

    def _in_cell(self, cell: Any) -> Iterator[tuple[Block, bool]]:
        """The blocks of a cell, each with whether it is a row of a table inside."""
        for child in _through(cell, "p", "tbl"):
            is_table = local(child.tag) == "tbl"
            found = self._table(child) if is_table else self._paragraph(child, contents=False)
            for block in found:
                yield block, is_table
        yield from ((block, False) for block in self._left_over())

    def _has_header(self, table: Any, lines: list[Any], rows: list[list[str]]) -> bool:
        """Whether the first row names the columns: because it says so, or looks it."""
        first = rows[0]
        if sum(map(bool, first)) < 2 or any(len(row) > len(first) for row in rows):
            return False
        for marks in children(lines[0], "trPr"):
            if any(is_on(mark) for mark in children(marks, "tblHeader")):
                return True
        if any(not any(char.isalpha() for char in name) for name in first if name):
            return False  # "2013" names a column only where the table says so
        if self._is_bold(lines[0]) and not self._is_bold(lines[1]):
            return True
        for properties in children(table, "tblPr"):
            for look in children(properties, "tblLook"):
                flags = attribute(look, "val")
                wanted = attribute(look, "firstRow") in ("1", "true") or (
                    not attribute(look, "firstRow")
                    and bool(re.fullmatch("[0-9A-Fa-f]{1,8}", flags))
                    and bool(int(flags, 16) & 0x20)
                )
                return wanted and self._styles.has_first_row(value(properties, "tblStyle"))
        return False

    def _is_bold(self, row: Any) -> bool:
        """Whether all the row's text is bold."""
        for paragraph in row.iter("{*}p"):
            style = next((value(marks, "pStyle") for marks in children(paragraph, "pPr")), "")
            if self._styles.is_bold(style):
                continue
            for run in paragraph.iter("{*}r"):
                marks = [mark for own in children(run, "rPr") for mark in children(own, "b")]
                if any(True for _ in children(run, "t")) and not (marks and is_on(marks[0])):
                    return False
        return True


def _is_contents(element: Any) -> bool:
    """Whether the block that it is put in by Word is a table of contents."""
    return any(
        value(kind, "docPartGallery").casefold() == "table of contents"
        for properties in children(element, "sdtPr")
        for kind in children(properties, "docPartObj")
    )


def _is_hidden(run: Any) -> bool:
    return any(is_on(mark) for marks in children(run, "rPr") for mark in children(marks, "vanish"))


def _choice(element: Any) -> Any:
    """What stands for several ways to say the same: the first, which is the newest."""
    return next(chain(children(element, "Choice"), children(element, "Fallback")), ())


def _boxes(element: Any) -> Iterator[Any]:
    """The outermost text boxes of a drawing; those within are found when these are read."""
    waiting = [element]
    while waiting:
        current = waiting.pop()
        if local(current.tag) == "txbxContent":
            yield current
        elif local(current.tag) == "AlternateContent":
            waiting.extend(_choice(current))
        else:
            waiting.extend(reversed(current))


def _through(element: Any, *names: str) -> Iterator[Any]:
    """The children of these names, also where Word has wrapped them up."""
    for child in element:
        name = local(child.tag)
        if name in names:
            yield child
        elif name in _WRAPPERS:
            yield from _through(child, *names)


def _symbol(code: str) -> str:
    """The character of a symbol font; these fonts have theirs in a private area."""
    if not re.fullmatch("[0-9A-Fa-f]{1,6}", code):
        return ""
    number = int(code, 16)
    if 0xF000 <= number <= 0xF0FF:
        number -= 0xF000
        return _SYMBOLS.get(number, chr(number) if 0x20 < number < 0x7F else "")
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
