"""The rules and boxes that are drawn on a PDF's page: they part cells and frame what they hold."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Sequence
from typing import Any

from qa.documents.formats.pdf_lines import Shape

_MOST = 5_000
"""A page with more drawn objects is a drawing: its shapes say nothing of its text."""
_SEGMENTS = 13
"""A rule has two segments and a box five; one with round corners has up to thirteen."""
_WIDEST = 0.97
_THIN = 3.0
_RULES = 200


def shapes_of(page: Any, api: Any, box: tuple[float, float, float, float]) -> tuple[Shape, ...]:
    """The page's rules and boxes, in points from the lower left corner of ``box``.

    ``api`` is pdfium's; the whole page's background is left out.
    """
    count = api.FPDFPage_CountObjects(page.raw)
    if count > _MOST:
        return ()
    left, bottom, right, top = box
    width, height = right - left, top - bottom
    found = dict.fromkeys(
        Shape(x0 - left, y0 - bottom, x1 - left, y1 - bottom)
        for x0, y0, x1, y1 in _bounds(page, api, count)
    )
    return tuple(
        shape
        for shape in found
        if shape.x1 - shape.x0 < _WIDEST * width and shape.y1 - shape.y0 < _WIDEST * height
    )


def boxes_of(shapes: Sequence[Shape]) -> list[Shape]:
    """The boxes among the shapes, and those that two upright rules of one height make."""
    boxes = [x for x in shapes if x.x1 - x.x0 > _THIN and x.y1 - x.y0 > _THIN]
    upright = sorted((x for x in shapes if x.x1 - x.x0 <= _THIN < x.y1 - x.y0), key=_place)
    for place, left in enumerate(upright[:_RULES]):
        for right in upright[place + 1 : _RULES]:
            if abs(left.y0 - right.y0) < _THIN and abs(left.y1 - right.y1) < _THIN:
                boxes.append(Shape(left.x0, left.y0, right.x1, left.y1))
    return boxes


def _place(shape: Shape) -> tuple[float, float, float, float]:
    return shape.x0, shape.y0, shape.x1, shape.y1


def _bounds(page: Any, api: Any, count: int) -> Iterator[tuple[float, float, float, float]]:
    numbers = [ctypes.c_float() for _ in range(4)]
    refs = [ctypes.byref(number) for number in numbers]
    for index in range(count):
        drawn = api.FPDFPage_GetObject(page.raw, index)
        if api.FPDFPageObj_GetType(drawn) != api.FPDF_PAGEOBJ_PATH:
            continue
        if not 2 <= api.FPDFPath_CountSegments(drawn) <= _SEGMENTS:
            continue
        if not api.FPDFPageObj_GetBounds(drawn, *refs):
            continue
        bounds = [
            round(number.value, 1) if math.isfinite(number.value) else 0.0 for number in numbers
        ]
        x0, y0, x1, y1 = bounds
        if x1 - x0 > 1 or y1 - y0 > 1:
            yield x0, y0, x1, y1
