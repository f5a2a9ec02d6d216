"""What pdfium knows of each page of a PDF: its lines, and whether its text is in a picture."""

from __future__ import annotations

import ctypes
import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from qa.documents.formats.pdf_characters import Reader
from qa.documents.formats.pdf_file import PDFIUM, told
from qa.documents.formats.pdf_lines import RawPage
from qa.documents.formats.pdf_shapes import shapes_of

_BLANK = 12
"""A page with so few lines and areas, and nothing else, is a blank one."""
_MOST_OBJECTS = 20_000
_FEW_WORDS, _FEW_LETTERS = 40, 300
_A4 = (595.0, 842.0)
_MEANS_NOTHING = re.compile(r"[\ue000-\uf8ff\ufffd\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class SeenPage:
    """A page as its text layer has it, and what else tells whether OCR has to read it.

    ``share`` is how much of the page pictures cover, ``dpi`` the resolution of the largest, 0
    where there is none: both are asked only of pages with little text.
    ``failure`` says why the page cannot be read at all.
    """

    raw: RawPage
    share: float = 0.0
    dpi: float = 0.0
    failure: str = ""

    @property
    def bare(self) -> bool:
        """Whether something is on the page and none of it is text."""
        return self.raw.drawn and not self.raw.lines

    @property
    def wanted(self) -> bool:
        """Whether OCR should look at the page."""
        return self.bare or (bool(self.raw.lines) and self.share >= 0.7)


def read_page(document: Any, index: int) -> SeenPage:
    """The page, or why it cannot be read."""
    import pypdfium2  # noqa: PLC0415
    import pypdfium2.raw as api  # noqa: PLC0415

    with PDFIUM:
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            blank = RawPage(index + 1, "", *_A4, lines=(), drawn=False)
            return SeenPage(blank, failure="its structure is damaged")
        try:
            return _known(document, page, index, api)
        except pypdfium2.PdfiumError:
            blank = RawPage(index + 1, "", *_A4, lines=(), drawn=False)
            return SeenPage(blank, failure="its text is damaged")
        finally:
            page.close()


def _known(document: Any, page: Any, index: int, api: Any) -> SeenPage:
    left, bottom, right, top = box = page.get_bbox()
    textpage = page.get_textpage()
    try:
        reader = Reader(textpage, api, box)
        lines = tuple(line for line in reader.lines() if line.text)
    finally:
        textpage.close()
    if _means_nothing(reader.text):
        lines = ()
    drawn = bool(lines) or reader.has_marks or _shows_something(page, api)
    raw = RawPage(
        index + 1,
        told(document.get_page_label, index),
        right - left,
        top - bottom,
        lines,
        drawn,
        rotation=page.get_rotation() // 90,
        shapes=shapes_of(page, api, box) if lines else (),
    )
    share, dpi = _pictures(page, raw, api) if _is_short(raw) else (0.0, 0.0)
    return SeenPage(raw, share, dpi)


def _means_nothing(text: str) -> bool:
    """Whether nearly all characters stand for no letter, as with fonts that do not say."""
    solid = "".join(text.split())
    return len(_MEANS_NOTHING.findall(solid)) > 0.7 * len(solid) > 0


def _is_short(page: RawPage) -> bool:
    """Whether there is no more text than a stamp or a running line has."""
    text = [line.text for line in page.lines]
    words = sum(len(line.split()) for line in text)
    return words <= _FEW_WORDS and sum(map(len, text)) <= _FEW_LETTERS


def _objects(page: Any, api: Any) -> Iterator[tuple[Any, int, Any]]:
    """What is drawn on the page, its type, and the form on the page that it is in, or itself."""
    count = min(api.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)
    tops = [api.FPDFPage_GetObject(page.raw, index) for index in range(count)]
    waiting = [(top, top) for top in tops]
    while waiting:
        drawn, top = waiting.pop()
        kind = api.FPDFPageObj_GetType(drawn)
        yield drawn, kind, top
        if kind == api.FPDF_PAGEOBJ_FORM:
            inside = range(min(api.FPDFFormObj_CountObjects(drawn), _MOST_OBJECTS))
            waiting += ((api.FPDFFormObj_GetObject(drawn, index), top) for index in inside)


def _shows_something(page: Any, api: Any) -> bool:
    """Whether a page without text is more than a blank one with a rule or a coloured edge."""
    shapes = 0
    for _, kind, _ in itertools.islice(_objects(page, api), _MOST_OBJECTS):
        shapes += kind in (api.FPDF_PAGEOBJ_PATH, api.FPDF_PAGEOBJ_SHADING)
        if kind == api.FPDF_PAGEOBJ_IMAGE or shapes > _BLANK:
            return True
    return False


def _pictures(page: Any, raw: RawPage, api: Any) -> tuple[float, float]:
    """How much of the page pictures cover, and how many dots to the inch the largest has.

    Scans are often cut into strips, so their areas are added.
    """
    covered = largest = dots = 0.0
    width, height = ctypes.c_uint(), ctypes.c_uint()
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for drawn, kind, on_page in itertools.islice(_objects(page, api), _MOST_OBJECTS):
        if kind != api.FPDF_PAGEOBJ_IMAGE:
            continue
        api.FPDFPageObj_GetBounds(on_page, left, bottom, right, top)
        wide, high = right.value - left.value, top.value - bottom.value
        area = wide * high
        if not (0 < area < math.inf):
            continue
        covered += area
        if area > largest and api.FPDFImageObj_GetImagePixelSize(drawn, width, height):
            largest, dots = area, 72 * (width.value * height.value / area) ** 0.5
    whole = raw.width * raw.height
    return (min(1.0, covered / whole) if whole > 0 else 0.0), dots
