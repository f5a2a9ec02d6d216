"""Scans for the tests: PDFs whose pages are pictures of other PDFs' pages."""

from __future__ import annotations

import io
import shutil
from collections.abc import Sequence

import pypdfium2
import pytest
from PIL import Image

needs_tesseract = pytest.mark.skipif(
    not shutil.which("tesseract"), reason="tesseract is not installed"
)


def pictures(content: bytes, *, dpi: int = 200) -> list[Image.Image]:
    """The pages of the PDF as grey pictures."""
    document = pypdfium2.PdfDocument(content)
    found = []
    for index in range(len(document)):
        page = document[index]
        bitmap = page.render(scale=dpi / 72, grayscale=True)
        found.append(bitmap.to_pil().copy())
        bitmap.close()
        page.close()
    document.close()
    return found


def pdf_of(pages: Sequence[Image.Image], *, dpi: int = 200) -> bytes:
    """A PDF that shows the pictures, one on a page."""
    file = io.BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=dpi)
    return file.getvalue()


def scanned(content: bytes, *, turned: int = 0, dpi: int = 200) -> bytes:
    """The PDF as a scanner makes it, the sheets laid in turned by so many degrees to the left."""
    sheets = pictures(content, dpi=dpi)
    return pdf_of([sheet.rotate(turned, expand=True) for sheet in sheets], dpi=dpi)


def joined(*contents: bytes, rotation: int = 0) -> bytes:
    """The pages of all the PDFs in one; ``rotation``: what a viewer turns them by."""
    whole = pypdfium2.PdfDocument.new()
    for content in contents:
        part = pypdfium2.PdfDocument(content)
        whole.import_pages(part)
        part.close()
    for index in range(len(whole)):
        page = whole[index]
        page.set_rotation(rotation)
        page.close()
    saved = io.BytesIO()
    whole.save(saved)
    whole.close()
    return saved.getvalue()


def stamped(content: bytes, text: str) -> bytes:
    """The PDF with text drawn over its first page."""
    import ctypes

    import pypdfium2.raw as api

    document = pypdfium2.PdfDocument(content)
    page = document[0]
    stamp = api.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", 9.0)
    codes = [*map(ord, text), 0]
    api.FPDFText_SetText(stamp, (ctypes.c_ushort * len(codes))(*codes))
    api.FPDFPageObj_Transform(stamp, 1, 0, 0, 1, 400, 20)
    api.FPDFPage_InsertObject(page.raw, stamp)
    page.gen_content()
    saved = io.BytesIO()
    document.save(saved)
    page.close()
    document.close()
    return saved.getvalue()
