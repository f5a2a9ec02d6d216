"""PDF files: what pdfium knows of each page, as lines with their places, and what OCR reads.

A page's text layer is taken where it has one; a page that is a picture goes through OCR. What is
read either way are lines, so that columns, running heads, paragraphs and headings are found the
same in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from qa.documents.formats.ocr import install_hint, ocr_version
from qa.documents.formats.parsed import Parsed
from qa.documents.formats.pdf_file import PDFIUM, damaged, opened, told
from qa.documents.formats.pdf_lines import RawPage, RawPdf
from qa.documents.formats.pdf_pages import SeenPage, read_page
from qa.documents.formats.pdf_scans import Read, Scan, read_scans
from qa.documents.formats.pdf_text import compose
from qa.errors import DocumentError

MOST_PAGES = 5_000
_HEAD, _TAIL = 1024, 4096
_LOW = 0.75
"""Pages of which OCR is less sure than this are named."""

Done = Callable[[int, int], None]


def parse_pdf(
    content: bytes, *, uri: str, password: str = "", progress: Done | None = None
) -> Parsed:
    """The PDF's text with its pages, headings and numbered paragraphs.

    ``progress`` is called with the pages done and their count, before the first and after each.
    What was not read, or read by OCR, is in the warnings. Raises DocumentError where the file is
    encrypted, damaged, too long, no PDF at all, or nothing on it can be read.
    """
    if b"%PDF-" not in content[:_HEAD]:
        raise DocumentError(
            "not a PDF, whatever its name says", uri=uri, hint="check the download, or rename it"
        )
    if b"%%EOF" not in content[-_TAIL:]:
        raise damaged(uri, "its end is missing")
    with opened(content, uri=uri, password=password) as document:
        raw = _read(document, uri, progress or (lambda _done, _total: None))
    return compose(raw)


def _read(document: Any, uri: str, progress: Done) -> RawPdf:
    with PDFIUM:
        count = len(document)
    if count > MOST_PAGES:
        raise DocumentError(
            f"too long: {count:,} pages, and the limit is {MOST_PAGES:,}",
            uri=uri,
            hint="split it into several files",
        )
    progress(0, count)
    able = bool(ocr_version())
    pages: list[SeenPage] = []
    scans: list[Scan] = []
    for index in range(count):
        page = read_page(document, index)
        pages.append(page)
        if able and page.wanted:
            scans.append(Scan(page.raw, page.dpi))
        progress(len(pages) - len(scans), count)
    _check(pages, uri)
    beats = iter(range(count - len(scans) + 1, count + 1))
    reads = read_scans(document, scans, done=lambda: progress(next(beats), count))
    read = tuple(_chosen(seen, reads.get(seen.raw.number)) for seen in pages)
    if not any(page.lines for page in read):
        raise _without_text(uri, pages, reads)
    with PDFIUM:
        title, author, made = (
            told(document.get_metadata_value, name) for name in ("Title", "Author", "CreationDate")
        )
        marks = _bounded(document.get_toc(max_depth=6))
        outline = {told(mark.get_title).strip() for mark in marks}
    return RawPdf(
        read,
        title,
        author,
        made,
        frozenset(outline),
        tuple(_warnings(pages, read, reads)),
        any(page.wanted for page in pages),
    )


def _check(pages: Sequence[SeenPage], uri: str) -> None:
    """Raises DocumentError where most pages are broken: that is not the document any more."""
    broken = [page.raw.number for page in pages if page.failure]
    if 2 * len(broken) > len(pages) or not pages:
        named = f"{len(broken)} of {_count(pages)} cannot be read: {ranges(broken)}"
        raise damaged(uri, named if pages else "it has no pages")


def _chosen(page: SeenPage, read: Read | None) -> RawPage:
    """The page as its text layer has it, or as OCR read it where that is more."""
    if read is None or not read.lines:
        return page.raw
    layer, seen = (sum(len(x.text) for x in lines) for lines in (page.raw.lines, read.lines))
    if seen < 2 * layer:
        return page.raw
    return replace(page.raw, lines=read.lines, ocr=round(read.confidence, 4))


def _warnings(
    pages: Sequence[SeenPage], read: Sequence[RawPage], reads: dict[int, Read]
) -> Iterator[str]:
    """What a reader has to know of the pages that are not simply there."""
    failures = {page.raw.number: page.failure for page in pages if page.failure}
    for number, why in failures.items():
        yield f"page {number} cannot be read: {why}"
    by_ocr = [page for page in read if page.ocr is not None]
    if by_ocr:
        yield _read_by_ocr(by_ocr)
    for number, seen in reads.items():
        if seen.failure:
            yield f"page {number} has no text layer and cannot be searched: {seen.failure}"
    bare = [page.raw.number for page in pages if page.bare and page.raw.number not in reads]
    if bare:
        yield f"{_count(bare, 'has', 'have')} no text layer and cannot be searched{_named(bare)}"
    stamped = [x.raw.number for x in pages if x.wanted and not x.bare and x.raw.number not in reads]
    if stamped:
        what = "nothing but a few words of text; what their pictures show cannot be searched"
        yield f"{_count(stamped, 'has', 'have')} {what}{_named(stamped)}"
    empty = [
        page.raw.number
        for page in pages
        if page.bare and (got := reads.get(page.raw.number)) and not (got.lines or got.failure)
    ]
    if empty:
        yield f"on {_count(empty)} without a text layer OCR found no words: {ranges(empty)}"


def _read_by_ocr(pages: Sequence[RawPage]) -> str:
    certain = [page.ocr or 0.0 for page in pages]
    numbers = [page.number for page in pages]
    low = [page.number for page, sure in zip(pages, certain, strict=True) if sure < _LOW]
    told = (
        f"{_count(numbers, 'was', 'were')} read by OCR ({ocr_version()}), mean confidence"
        f" {sum(certain) / len(certain):.0%}: {ranges(numbers)}"
    )
    return f"{told}; low on {ranges(low)}" if low else told


def _named(numbers: Sequence[int]) -> str:
    return f": {ranges(numbers)}; to read them, run `{install_hint()}` and add the file again"


def _count(numbers: Sequence[object], one: str = "", many: str = "") -> str:
    noun = f"page {one}" if len(numbers) == 1 else f"pages {many}"
    return f"{len(numbers)} {noun}".rstrip()


def ranges(numbers: Iterable[int]) -> str:
    """The numbers with runs drawn together: "2, 4–5"."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][-1] == number - 1:
            found[-1] = [found[-1][0], number]
        else:
            found.append([number])
    return ", ".join("–".join(map(str, some)) for some in found)


def _without_text(uri: str, pages: Sequence[SeenPage], reads: dict[int, Read]) -> DocumentError:
    count = len(pages)
    of = "its one page" if count == 1 else f"any of its {count} pages"
    if not any(page.raw.drawn for page in pages):
        return DocumentError(
            f"empty: there is nothing on {of}", uri=uri, hint="check the file in a PDF viewer"
        )
    message = f"image-only: no text layer on {of}"
    if not reads:
        return DocumentError(
            message,
            uri=uri,
            hint=f"to have its pages read by OCR, run `{install_hint()}` and add the file again",
        )
    failures = [seen.failure for seen in reads.values() if seen.failure]
    return DocumentError(
        f"{message}, and {failures[0] if failures else 'OCR found no words'}",
        uri=uri,
        hint="scan it again, upright and with 300 dots to the inch",
    )


def _bounded(bookmarks: Iterator[Any], most: int = 20_000) -> Iterator[Any]:
    # A crafted outline may branch into itself for ever.
    for _, bookmark in zip(range(most), bookmarks, strict=False):
        yield bookmark
