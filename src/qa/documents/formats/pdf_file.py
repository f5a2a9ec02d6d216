"""A PDF opened by pdfium, which lets one thread in at a time, and pictures of its pages."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qa.errors import DocumentError

if TYPE_CHECKING:
    from PIL.Image import Image

_PASSWORD, _SECURITY = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

PDFIUM = threading.Lock()
"""Held around every call into pdfium: it is not thread-safe, not even for different documents."""


@contextmanager
def opened(content: bytes, *, uri: str, password: str = "") -> Iterator[Any]:
    """The document as pypdfium2 knows it, closed afterwards; take ``PDFIUM`` around each use.

    Raises DocumentError where it is damaged, or encrypted and the password does not open it.
    """
    import pypdfium2  # noqa: PLC0415

    known = password.partition("\0")[0].encode("utf-8", "replace").decode()
    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(content, password=known or None)
        except pypdfium2.PdfiumError as error:
            if error.err_code in (_PASSWORD, _SECURITY):
                raise _encrypted(uri, tried=bool(password)) from error
            raise damaged(uri, "its structure cannot be read") from error
    try:
        yield document
    finally:
        with PDFIUM:
            document.close()


def damaged(uri: str, what: str) -> DocumentError:
    """The error for a file that is broken."""
    return DocumentError(f"damaged: {what}", uri=uri, hint="download or export the file again")


def _encrypted(uri: str, *, tried: bool) -> DocumentError:
    return DocumentError(
        f"encrypted: {'not with this password' if tried else 'it opens only with a password'}",
        uri=uri,
        hint="give its password: qa add FILE --password PASSWORD",
    )


def size_shown(document: Any, index: int) -> tuple[float, float]:
    """Width and height of the page as it is shown, in points; (0, 0) where it has none to speak of.

    Its rotation and its crop box are considered.
    """
    import pypdfium2  # noqa: PLC0415

    with PDFIUM:
        try:
            width, height = document.get_page_size(index)
        except pypdfium2.PdfiumError:
            return 0.0, 0.0
    if not (math.isfinite(width) and math.isfinite(height) and min(width, height) > 0):
        return 0.0, 0.0
    return float(width), float(height)


def picture(document: Any, index: int, *, scale: float, grey: bool = False) -> Image:
    """The page as it is shown, with its annotations, at so many pixels a point.

    Forms are drawn where ``document.init_forms()`` was called. Raises DocumentError where pdfium
    cannot draw the page.
    """
    import pypdfium2  # noqa: PLC0415

    try:
        with PDFIUM:
            page = document[index]
            try:
                bitmap = page.render(scale=scale, grayscale=grey, rev_byteorder=not grey)
                try:
                    drawn: Image = bitmap.to_pil().copy()
                finally:
                    bitmap.close()
            finally:
                page.close()
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise DocumentError(
            f"page {index + 1} cannot be drawn", hint="open the file in a PDF viewer"
        ) from error
    return drawn


def told(ask: Callable[..., str], *which: object) -> str:
    """What the file says of itself; "" where that is no text."""
    try:
        return ask(*which)
    except UnicodeDecodeError:
        return ""
