"""A page of a PDF as a picture, with places on it highlighted."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qa.documents.formats.pdf_file import PDFIUM, opened, picture, size_shown
from qa.errors import DocumentError
from qa.types import Box

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

NARROWEST, WIDEST, HIGHEST = 200, 2400, 5000
_Place = tuple[int, int, int, int]
_Colour = tuple[int, int, int]
_MARKER = (255, 226, 110)
_EDGE = (166, 108, 0)
_FAINT_MARKER, _FAINT_EDGE = (255, 245, 204), (209, 178, 120)
_MARGIN = 1.0
"""How many points the marker reaches beyond the words, so that it does not cut their edges."""


def draw_page(
    content: bytes,
    number: int,
    *,
    boxes: Sequence[Box] = (),
    faint: Sequence[Box] = (),
    width: int = 1000,
    password: str = "",
    uri: str = "",
) -> bytes:
    """The page as a viewer shows it, as a PNG of that width in pixels, the boxes highlighted.

    The width is kept within NARROWEST and WIDEST; a page so long that its picture would be higher
    than HIGHEST becomes narrower. Boxes on other pages are passed over. The marker darkens like
    a text marker, so that words stay readable, and has an edge below for those who see no yellow.
    What is ``faint`` is marked as well, but so that the boxes stand out from it.
    Raises DocumentError where there is no such page or it cannot be drawn.
    """
    with opened(content, uri=uri, password=password) as document:
        _init_forms(document)
        with PDFIUM:
            count = len(document)
        if not 1 <= number <= count:
            raise DocumentError(
                f"there is no page {number}", uri=uri, hint=f"name a page from 1 to {count}"
            )
        scale = _scale(size_shown(document, number - 1), width)
        if not scale:
            raise _undrawable(number, uri)
        try:
            page = picture(document, number - 1, scale=scale)
        except DocumentError as error:
            raise _undrawable(number, uri) from error
    edge = max(2, round(scale))
    marks = [
        (_places(faint, number, page.size, scale), _FAINT_MARKER, _FAINT_EDGE, 1),
        (_places(boxes, number, page.size, scale), _MARKER, _EDGE, edge),
    ]
    return _png(_highlighted(page, marks) if any(mark[0] for mark in marks) else page)


def _undrawable(number: int, uri: str) -> DocumentError:
    return DocumentError(
        f"page {number} cannot be drawn", uri=uri, hint="open the original in a PDF viewer"
    )


def _init_forms(document: Any) -> None:
    """What is filled into a form is drawn from now on."""
    import pypdfium2  # noqa: PLC0415

    with PDFIUM:
        try:
            document.init_forms()
        except pypdfium2.PdfiumError:
            return  # the page is drawn without its form then


def _scale(size: tuple[float, float], width: int) -> float:
    """How many pixels a point takes; 0 for a page without a size."""
    across, down = size
    if not (across and down):
        return 0.0
    # pdfium rounds up: a hair less makes the picture exactly as wide as asked.
    wanted = (min(WIDEST, max(NARROWEST, width)) - 0.01) / across
    return min(wanted, HIGHEST / down)


def _places(boxes: Sequence[Box], number: int, size: tuple[int, int], scale: float) -> list[_Place]:
    """Where the boxes of that page lie in its picture."""
    here = (box for box in boxes if box.page == number)
    return [place for box in here if (place := _pixels(box, size, scale))]


def _highlighted(
    page: Picture, marks: Sequence[tuple[list[_Place], _Colour, _Colour, int]]
) -> Picture:
    """The picture with each kind of mark over those before it: places, colours, edge."""
    from PIL import Image, ImageChops, ImageDraw  # noqa: PLC0415

    marker = Image.new("RGB", page.size, (255, 255, 255))
    pen = ImageDraw.Draw(marker)
    for places, fill, line, edge in marks:
        for place in places:
            pen.rectangle(place, fill=fill)
        for x0, _, x1, y1 in places:
            pen.rectangle((x0, y1 - edge + 1, x1, y1), fill=line)
    return ImageChops.multiply(page, marker)


def _pixels(box: Box, size: tuple[int, int], scale: float) -> _Place | tuple[()]:
    """The box in pixels, within the picture; () where it lies outside or is no box."""
    corners = (box.x0 - _MARGIN, box.y0 - _MARGIN, box.x1 + _MARGIN, box.y1 + _MARGIN)
    if not all(map(math.isfinite, corners)):
        return ()
    x0, y0, x1, y1 = (edge * scale for edge in corners)
    left, top = max(0, math.floor(x0)), max(0, math.floor(y0))
    right, bottom = min(size[0], math.ceil(x1)) - 1, min(size[1], math.ceil(y1)) - 1
    return (left, top, right, bottom) if left <= right and top <= bottom else ()


def _png(page: Picture) -> bytes:
    file = io.BytesIO()
    # The quickest level: a page is drawn while somebody waits, and read from this machine.
    page.save(file, format="PNG", compress_level=1)
    return file.getvalue()
