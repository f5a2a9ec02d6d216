"""A text put together block by block, with the headings that each block stands under."""

from __future__ import annotations

import re

from qa.documents.formats.parsed import one_line, settle
from qa.text import paragraph_label
from qa.types import Paragraph

_DEPTH = 4
_LONGEST = 160
_BLANK_LINES = re.compile(r"\s*\n\s*\n\s*")


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

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._paragraphs: list[Paragraph] = []
        self._trail = Trail()

    def heading(self, text: str, level: int, *, in_trail: bool = True) -> None:
        """A heading of that level stands over what follows; blank text is passed over."""
        text = one_line(text)
        if not text:
            return
        self._trail.close(level)
        self._add(Paragraph(*self._append(text), heading=self._trail.text, kind="heading"))
        if in_trail:
            self._trail.open(level, text)

    def paragraph(self, text: str, *, sources: tuple[str, ...] = ()) -> None:
        """A paragraph follows, under the headings so far; blank text is passed over."""
        text = _BLANK_LINES.sub("\n", settle(text).strip())
        if not text:
            return
        start, end = self._append(text)
        label = paragraph_label(text)
        self._add(Paragraph(start, end, label, self._trail.text, sources=sources))

    def finish(self) -> tuple[str, tuple[Paragraph, ...]]:
        """The whole text, blocks parted by blank lines, and its paragraphs."""
        return "".join(self._parts), tuple(self._paragraphs)

    def _add(self, paragraph: Paragraph) -> None:
        self._paragraphs.append(paragraph)

    def _append(self, text: str) -> tuple[int, int]:
        if self._parts:
            self._parts.append("\n\n")
            self._length += 2
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        return start, self._length
