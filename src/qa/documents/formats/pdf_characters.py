"""The characters of a PDF's page as lines with the places of their words.

pdfium gives characters; a line here is what pdfium put between two of its line breaks. Asking for
every character's box would take four times as long as asking for every word's.
"""

from __future__ import annotations

import ctypes
import math
import re
import statistics
from collections.abc import Callable, Iterator
from typing import Any

from qa.documents.formats.pdf_lines import Line, Word

_BREAK = re.compile(r"\r\n|[\r\n\ufffe\x02]")
_WORD = re.compile(r"[^ \t\r\n\ufffe\x02]+")
_NOTE_MARK = re.compile(r"[\d,*†‡§¶–-]+$")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNITS = frozenset("mm cm m km ft in s".split())
_BOLD = re.compile(r"bold|semib|demi|black|heavy|[-,]b[di]?$", re.IGNORECASE)
_ITALIC = re.compile(r"ital|obli|kursiv|[-,]i$", re.IGNORECASE)
_FORCE_BOLD = 1 << 18


class Reader:
    """Asks pdfium about the characters of one page, in the frame in which a line is level."""

    def __init__(self, textpage: Any, api: Any, box: tuple[float, float, float, float]) -> None:
        self._page = textpage.raw
        self._api = api
        self._box = box
        self._chars = _characters(textpage, api)
        self._numbers = [ctypes.c_double() for _ in range(4)]
        self._refs = [ctypes.byref(number) for number in self._numbers]
        self._matrix = api.FS_MATRIX()
        self._name = ctypes.create_string_buffer(256)
        self._flags = ctypes.c_int()

    @property
    def text(self) -> str:
        """The page's characters, one for every one that pdfium counts."""
        return self._chars

    @property
    def has_marks(self) -> bool:
        """Whether the page has characters at all, if only such as stand for nothing."""
        return not (self._chars.isspace() or not self._chars)

    def lines(self) -> Iterator[Line]:
        """The page's lines in the order in which they are drawn."""
        begin = 0
        for match in _BREAK.finditer(self._chars):
            # A hyphen at the end of a line comes as a mark in place of hyphen and line break.
            hyphen = match.group() in "\ufffe\x02"
            yield from self._split(begin, match.start(), hyphen=hyphen)
            begin = match.end()
        yield from self._split(begin, len(self._chars), hyphen=False)

    def _split(self, begin: int, end: int, *, hyphen: bool) -> Iterator[Line]:
        """One of pdfium's lines, or several where it took words of different height for one."""
        spans = [match.span() for match in _WORD.finditer(self._chars, begin, end)]
        if not spans:
            return
        turn = self._turn(spans[0][0])
        group: list[tuple[int, int, float, float]] = []
        for start, stop in spans:
            along, height = self._origin(start, turn)
            if group:
                _, _, before, level = group[-1]
                if along < before - 1 or abs(height - level) > 0.7 * self._size(group[0][0]):
                    yield from self._line(group, turn, hyphen=False)
                    group = []
                    turn = self._turn(start)
                    along, height = self._origin(start, turn)
            group.append((start, stop, along, height))
        yield from self._line(group, turn, hyphen=hyphen)

    def _line(
        self, group: list[tuple[int, int, float, float]], turn: int, *, hyphen: bool
    ) -> Iterator[Line]:
        sample = [group[len(group) * part // 4][0] for part in range(4)] + [group[-1][0]]
        sizes = [self._size(start) for start in sample]
        size = statistics.median_high(sizes) or 1.0
        base = statistics.median_low(height for *_, height in group)
        words: list[Word] = []
        for start, stop, along, _ in group:
            text = self._without_mark(start, stop, size, base, turn, first=not words)
            if text and words and self._is_kerned(start, along - words[-1].x1, size):
                before = words.pop()
                words.append(Word(before.text + text, before.x0, self._far_end(stop - 1, turn)))
            elif text:
                words.append(Word(text, along, self._far_end(stop - 1, turn)))
        if not words:
            return
        if hyphen:
            words[-1] = Word(words[-1].text + "-", words[-1].x0, words[-1].x1)
        fonts = [self._font(start) for start in dict.fromkeys(sample)]
        yield Line(
            words=tuple(words),
            y=base,
            size=round(size, 2),
            bold=all(bold for bold, _ in fonts),
            italic=all(italic for _, italic in fonts),
            turn=turn,
        )

    def _is_kerned(self, start: int, gap: float, size: float) -> bool:
        """Whether pdfium took a narrow gap inside a word ("T he") for a blank."""
        narrow = -0.2 * size < gap < 0.1 * size
        return narrow and bool(self._api.FPDFText_IsGenerated(self._page, start - 1))

    def _without_mark(
        self, start: int, stop: int, size: float, base: float, turn: int, *, first: bool
    ) -> str:
        """The word without the raised mark of a footnote; a raised number stays a raised one."""
        text = self._chars[start:stop]
        match = _NOTE_MARK.search(text)
        if not match or self._size(stop - 1) > 0.8 * size:
            return text
        if self._origin(stop - 1, turn)[1] < base + 0.1 * size:
            return text  # CO2: lowered, not raised
        cut = stop
        while cut > start + match.start() and self._size(cut - 1) <= 0.8 * size:
            cut -= 1
        if cut == start:
            return text if first else ""
        kept, mark = self._chars[start:cut], self._chars[cut:stop]
        if kept[-1].isdigit() or kept.strip("(").casefold() in _UNITS:
            return kept + mark.translate(_SUPERSCRIPT)
        return kept

    def _turn(self, index: int) -> int:
        """How many quarter turns the character is turned by."""
        self._api.FPDFText_GetMatrix(self._page, index, self._matrix)
        a, b = self._matrix.a, self._matrix.b
        if abs(a) >= abs(b):
            return 0 if a >= 0 else 2
        return 1 if b > 0 else 3

    def _size(self, index: int) -> float:
        """The height of type in points: the font's size times the scale it is drawn at."""
        self._api.FPDFText_GetMatrix(self._page, index, self._matrix)
        scale = math.hypot(self._matrix.c, self._matrix.d)
        size = float(self._api.FPDFText_GetFontSize(self._page, index)) * scale
        return size if math.isfinite(size) else 0.0

    def _origin(self, index: int, turn: int) -> tuple[float, float]:
        x, y = self._refs[:2]
        self._api.FPDFText_GetCharOrigin(self._page, index, x, y)
        return self._place(self._numbers[0].value, self._numbers[1].value, turn)

    def _far_end(self, index: int, turn: int) -> float:
        self._api.FPDFText_GetCharBox(self._page, index, *self._refs)
        left, right, bottom, top = (number.value for number in self._numbers)
        return max(self._place(left, bottom, turn)[0], self._place(right, top, turn)[0])

    def _place(self, x: float, y: float, turn: int) -> tuple[float, float]:
        left, bottom, right, top = self._box
        if turn == 0:
            return x - left, y - bottom
        if turn == 1:
            return y - bottom, right - x
        return (right - x, top - y) if turn == 2 else (top - y, x - left)

    def _font(self, index: int) -> tuple[bool, bool]:
        """Whether the character's font is bold, and whether it is slanted."""
        info: Callable[..., int] = self._api.FPDFText_GetFontInfo
        size = info(self._page, index, self._name, 256, ctypes.byref(self._flags))
        name = self._name.value.decode("utf-8", "replace") if 0 < size <= 256 else ""
        weight = self._api.FPDFText_GetFontWeight(self._page, index)
        bold = bool(_BOLD.search(name)) or weight >= 600 or bool(self._flags.value & _FORCE_BOLD)
        return bold, bool(_ITALIC.search(name)) or bool(self._flags.value & 1 << 6)


def _characters(textpage: Any, api: Any) -> str:
    """The page's text, one character here for every character that pdfium counts."""
    count = textpage.count_chars()
    if count <= 0:
        return ""
    text: str = textpage.get_text_range(errors="surrogatepass")
    # That call knows 16 bits of a character only, and leaves some out; this one knows them all.
    if len(text) == count and not any(char > "\uffff" for char in textpage.get_text_bounded()):
        return text
    codes = (int(api.FPDFText_GetUnicode(textpage.raw, index)) for index in range(count))
    return "".join(chr(code) if 0 < code < 0x110000 else "\ufffd" for code in codes)
