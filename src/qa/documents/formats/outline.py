"""A text put together block by block, with the headings that each block stands under."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.documents.formats.parsed import one_line, settle, similar
from qa.errors import DocumentError
from qa.text import paragraph_label
from qa.types import Paragraph

MAX_PARAGRAPHS = 500_000
"""Some two hundred times what a report of a thousand pages has."""
_DEPTH = 4
_LONGEST = 160
_LONGEST_HEADER = 60
_COMPARED = 200
_NUMBER_ALONE = re.compile(r"\(?\d{1,4}(?:\.\d{1,3})*[.)]?")


class Trail:
    """The headings above a place: "Findings > Sheffield"."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    @property
    def text(self) -> str:
        """The trail from the highest heading down; of a deep one the four nearest."""
        return " > ".join(text for _, text in self._open[-_DEPTH:])

    def close(self, level: int) -> None:
        """Headings of this level (1 is the highest) and below it end here."""
        while self._open and self._open[-1][0] >= level:
            self._open.pop()

    def open(self, level: int, text: str) -> None:
        """A heading of this level begins here."""
        self.close(level)
        self._open.append((level, " ".join(text.split())[:_LONGEST]))


class Outline:
    """Collects headings and paragraphs in reading order; `finish` gives text and paragraphs."""

    def __init__(self, *, uri: str = "", title: str = "") -> None:
        self._uri = uri
        self._title = title
        self._compared = 0
        self._parts: list[str] = []
        self._length = 0
        self._paragraphs: list[Paragraph] = []
        self._trail = Trail()

    @property
    def next_start(self) -> int:
        """Where in the text the next block will begin."""
        return self._length + 2 if self._parts else 0

    def heading(self, text: str, level: int, *, in_trail: bool = True) -> None:
        """A heading of that level stands over what follows; blank text is passed over.

        One that says what the document is called is left out of the trail.
        """
        text = one_line(text)
        if not text:
            return
        self._trail.close(level)
        self._add(Paragraph(*self._append(text), heading=self._trail.text, kind="heading"))
        if in_trail and not self._is_title(text):
            self._trail.open(level, text)

    def paragraph(
        self, text: str, *, sources: tuple[str, ...] = (), contents: bool = False
    ) -> None:
        """A paragraph follows, under the headings so far; blank text is passed over.

        One of a table of contents is kept and never searched.
        """
        text = _without_blank_lines(settle(text).strip())
        if not text:
            return
        start, end = self._append(text)
        if contents:
            self._add(Paragraph(start, end, heading=self._trail.text, kind="contents"))
        else:
            label = paragraph_label(text)
            self._add(Paragraph(start, end, label, self._trail.text, sources=sources))

    def under(self, name: str) -> None:
        """What follows stands under this name alone, which is not printed in the text."""
        self._trail.open(0, name)

    def finish(self) -> tuple[str, tuple[Paragraph, ...]]:
        """The whole text, blocks parted by blank lines, and its paragraphs."""
        return "".join(self._parts), tuple(self._paragraphs)

    def _is_title(self, text: str) -> bool:
        # It stands near the beginning; comparing every one of very many headings would take long.
        self._compared += 1
        return bool(self._title) and self._compared <= _COMPARED and similar(text, self._title)

    def _add(self, paragraph: Paragraph) -> None:
        if len(self._paragraphs) == MAX_PARAGRAPHS:
            raise DocumentError(
                f"too long: more than {MAX_PARAGRAPHS:,} paragraphs",
                uri=self._uri,
                hint="split the file",
            )
        self._paragraphs.append(paragraph)

    def _append(self, text: str) -> tuple[int, int]:
        if self._parts:
            self._parts.append("\n\n")
            self._length += 2
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start, self._length


def _without_blank_lines(text: str) -> str:
    if "\n" not in text:
        return text
    lines = text.split("\n")
    kept = [line for line in lines if line.strip()]
    if len(kept) == len(lines):
        return text
    return "\n".join(line.strip() for line in kept)


def rows_as_text(rows: Sequence[Sequence[str]], *, header: bool) -> list[str]:
    """Each row of a table as a line that can be read by itself.

    Where the first row is a header, the others' cells get its names: "Year: 2013; Cases: 157".
    """
    names: Sequence[str] = rows[0] if header and len(rows) > 1 else ()
    lines = []
    for place, row in enumerate(rows):
        said = len(row) == 2 and not names and (" " in row[1] or row[1].endswith("."))
        if said and _NUMBER_ALONE.fullmatch(row[0]):
            lines.append(f"{row[0]} {row[1]}")  # a numbered paragraph, laid out in a table
            continue
        cells = []
        for column, cell in enumerate(row):
            name = names[column].rstrip(": ") if place and column < len(names) else ""
            if cell:
                named = name and len(name) <= _LONGEST_HEADER and name != cell
                cells.append(f"{name}: {cell}" if named else cell)
        lines.append("; ".join(cells))
    return lines
