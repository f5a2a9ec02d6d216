"""PDF files: what pdfium knows of each page, as lines with their places.

pdfium gives characters; a line here is what pdfium put between two of its line breaks, with the
words' places, so that `pdf_layout` can tell columns, running heads and paragraphs apart. Asking
for every character's box would take four times as long as asking for every word's.
"""

from __future__ import annotations

import ctypes
import math
import re
import statistics
import threading
from collections.abc import Callable, Iterator
from typing import Any

from qa.documents.formats.parsed import Parsed
from qa.documents.formats.pdf_lines import Line, RawPage, RawPdf, Word
from qa.documents.formats.pdf_text import compose
from qa.errors import DocumentError

_PASSWORD, _SECURITY = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
_HEAD, _TAIL = 1024, 4096
_BLANK = 12
"""A page with so few lines and areas, and nothing else, is a blank one."""
_BREAK = re.compile(r"\r\n|[\r\n\ufffe\x02]")
_WORD = re.compile(r"[^ \t\r\n\ufffe\x02]+")
_NOTE_MARK = re.compile(r"[\d,*†‡§¶–-]+$")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNITS = frozenset("mm cm m km ft in s".split())
_BOLD = re.compile(r"bold|semib|demi|black|heavy|[-,]b[di]?$", re.IGNORECASE)
_ITALIC = re.compile(r"ital|obli|kursiv|[-,]i$", re.IGNORECASE)
_FORCE_BOLD = 1 << 18

# pdfium is not thread-safe, not even for different documents.
_PDFIUM = threading.Lock()


def parse_pdf(content: bytes, *, uri: str) -> Parsed:
    """The PDF's text with its pages, headings and numbered paragraphs.

    Raises DocumentError where it is encrypted, damaged, no PDF at all, or has no text layer.
    """
    if b"%PDF-" not in content[:_HEAD]:
        raise DocumentError(
            "not a PDF, whatever its name says", uri=uri, hint="check the download, or rename it"
        )
    if b"%%EOF" not in content[-_TAIL:]:
        raise _damaged(uri, "its end is missing")
    with _PDFIUM:
        raw = _read(content, uri)
    if not any(page.lines for page in raw.pages):
        raise _without_text(uri, raw)
    return compose(raw)


def _damaged(uri: str, what: str) -> DocumentError:
    return DocumentError(f"damaged: {what}", uri=uri, hint="download or export the file again")


def _without_text(uri: str, raw: RawPdf) -> DocumentError:
    count = len(raw.pages)
    of = "its one page" if count == 1 else f"any of its {count} pages"
    if not any(page.drawn for page in raw.pages):
        return DocumentError(
            f"empty: there is nothing on {of}", uri=uri, hint="check the file in a PDF viewer"
        )
    return DocumentError(
        f"image-only: no text layer on {of}",
        uri=uri,
        hint="add a text layer with OCR (for example with ocrmypdf), then index it again",
    )


def _read(content: bytes, uri: str) -> RawPdf:
    import pypdfium2  # noqa: PLC0415
    import pypdfium2.raw as api  # noqa: PLC0415

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (_PASSWORD, _SECURITY):
            raise DocumentError(
                "encrypted: it opens only with a password",
                uri=uri,
                hint="save a copy without the password and index that",
            ) from error
        raise _damaged(uri, "its structure cannot be read") from error
    try:
        pages = []
        for index in range(len(document)):
            try:
                pages.append(_read_page(document, index, api))
            except pypdfium2.PdfiumError as error:
                raise _damaged(uri, f"page {index + 1} cannot be read") from error
        meta = document.get_metadata_dict(skip_empty=True)
        outline = {mark.get_title().strip() for mark in _bounded(document.get_toc(max_depth=6))}
    finally:
        document.close()
    return RawPdf(tuple(pages), meta.get("Title", ""), meta.get("Author", ""), frozenset(outline))


def _bounded(bookmarks: Iterator[Any], most: int = 20_000) -> Iterator[Any]:
    # A crafted outline may branch into itself for ever.
    for _, bookmark in zip(range(most), bookmarks, strict=False):
        yield bookmark


def _read_page(document: Any, index: int, api: Any) -> RawPage:
    page = document[index]
    try:
        textpage = page.get_textpage()
        try:
            box = page.get_bbox()
            reader = _Reader(textpage, api, box)
            lines = tuple(line for line in reader.lines() if line.text)
        finally:
            textpage.close()
        drawn = bool(lines) or reader.has_marks or _shows_something(page, api)
    finally:
        page.close()
    left, bottom, right, top = box
    label = document.get_page_label(index)
    return RawPage(index + 1, label, right - left, top - bottom, lines, drawn)


def _shows_something(page: Any, api: Any) -> bool:
    """Whether a page without text is more than a blank one with a rule or a coloured edge."""
    waiting = [
        api.FPDFPage_GetObject(page.raw, index)
        for index in range(api.FPDFPage_CountObjects(page.raw))
    ]
    shapes = 0
    while waiting and shapes <= _BLANK:
        drawn = waiting.pop()
        kind = api.FPDFPageObj_GetType(drawn)
        if kind == api.FPDF_PAGEOBJ_IMAGE:
            return True
        shapes += kind in (api.FPDF_PAGEOBJ_PATH, api.FPDF_PAGEOBJ_SHADING)
        if kind == api.FPDF_PAGEOBJ_FORM:
            inside = range(api.FPDFFormObj_CountObjects(drawn))
            waiting += (api.FPDFFormObj_GetObject(drawn, index) for index in inside)
    return shapes > _BLANK


class _Reader:
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
