"""The values that the ledger's rows make, and the rows that they are stored as."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa.errors import DocumentError
from qa.index.records import passage_terms
from qa.types import Document, DocumentSummary, Layout, Page, Paragraph, Passage

if TYPE_CHECKING:
    from qa.index.ledger import Connection

SUMMARIES = """SELECT uri, title, meta, sha256,
    (SELECT COUNT(*) FROM pages WHERE pages.uri = documents.uri),
    (SELECT COUNT(*) FROM passages WHERE passages.uri = documents.uri), added, warnings,
    (SELECT json_group_array(number) FROM (SELECT number FROM pages
        WHERE pages.uri = documents.uri AND ocr IS NOT NULL ORDER BY ordinal)),
    EXISTS (SELECT 1 FROM layouts WHERE layouts.uri = documents.uri)
    FROM documents ORDER BY uri"""
DOCUMENT = "SELECT title, text, meta, sha256 FROM documents WHERE uri = ?"
PAGES = """SELECT number, label, start, "end", ocr FROM pages WHERE uri = ? ORDER BY ordinal"""
PARAGRAPHS = """SELECT start, "end", label, heading, kind, sources FROM paragraphs
    WHERE uri = ? ORDER BY ordinal"""
LAYOUTS = "SELECT page, width, height, words FROM layouts WHERE uri = ? ORDER BY page"
LAYOUTS_OVER = """SELECT page, width, height, words FROM layouts WHERE uri = :uri AND page IN
    (SELECT number FROM pages WHERE uri = :uri AND start < :end AND "end" > :start) ORDER BY page"""
LAYOUT = "SELECT page, width, height, words FROM layouts WHERE uri = ? AND page = ?"
PASSAGE = """SELECT id, uri, start, "end", text, heading, page, paragraph FROM passages """
ALL_TERMS = "SELECT id, uri, terms FROM passages ORDER BY id"
ALL_PASSAGES = PASSAGE + "ORDER BY id"

LayoutRow = tuple[int, float, float, bytes]


def read_summaries(db: Connection) -> Iterator[DocumentSummary]:
    """Every document, ordered by uri."""
    for row in db.execute(SUMMARIES):
        uri, title, meta, sha256, pages, passages, added, warnings, ocr, drawable = row
        yield DocumentSummary(
            uri=uri,
            title=title,
            meta=json.loads(meta),
            sha256=sha256,
            pages=pages,
            passages=passages,
            added=added,
            warnings=tuple(json.loads(warnings)),
            ocr=tuple(json.loads(ocr)),
            drawable=bool(drawable),
        )


def read_document(db: Connection, uri: str) -> Document:
    """The stored document, equal to the one that was put in. Raises DocumentError."""
    row = db.execute(DOCUMENT, (uri,)).fetchone()
    if row is None:
        raise not_indexed(uri)
    title, text, meta, sha256 = row
    pages = tuple(Page(*page) for page in db.execute(PAGES, (uri,)))
    paragraphs = tuple(
        Paragraph(start, end, label, heading, kind, tuple(json.loads(sources)))
        for start, end, label, heading, kind, sources in db.execute(PARAGRAPHS, (uri,))
    )
    return Document(uri, title, text, pages, json.loads(meta), sha256, paragraphs)


def not_indexed(uri: str) -> DocumentError:
    """The error to raise for a document that is not in the index."""
    return DocumentError(f"{uri} is not in the index", uri=uri, hint="qa list names what is")


def term_rows(db: Connection, *, fresh: bool) -> Iterator[tuple[int, str, str]]:
    """(id, uri, terms) of every passage by id; ``fresh`` terms are cut anew, not read."""
    if not fresh:
        yield from db.execute(ALL_TERMS)
        return
    for row in db.execute(ALL_PASSAGES):
        passage = Passage(*row)
        yield passage.id, passage.uri, passage_terms(passage)


def page_row(page: Page) -> tuple[int, str, int, int, float | None]:
    """The page as it is stored, after its document and ordinal."""
    return (page.number, page.label, page.start, page.end, page.ocr)


def paragraph_row(paragraph: Paragraph) -> tuple[int, int, str, str, str, str]:
    """The paragraph as it is stored, after its document and ordinal."""
    return (
        paragraph.start,
        paragraph.end,
        paragraph.label,
        paragraph.heading,
        paragraph.kind,
        json.dumps(paragraph.sources, ensure_ascii=False),
    )


def layout_row(layout: Layout) -> LayoutRow:
    """The layout as it is stored, after its document; words pack to a third."""
    return (layout.page, layout.width, layout.height, zlib.compress(layout.words, 6))


def layout_of(row: LayoutRow) -> Layout:
    """The layout that was stored as this row."""
    page, width, height, words = row
    return Layout(page, width, height, zlib.decompress(words))


def document_digest(
    document: Document,
    passages: tuple[Passage, ...],
    layouts: tuple[Layout, ...],
    root: str,
) -> str:
    """A digest of everything that is stored of a document, so that no change goes unseen."""
    outline = [
        document.uri,
        document.title,
        document.text,
        sorted(document.meta.items()),
        document.sha256,
        [page_row(page) for page in document.pages],
        [paragraph_row(paragraph) for paragraph in document.paragraphs],
        [(p.id, p.start, p.end, p.text, p.heading, p.page, p.paragraph) for p in passages],
        [(x.page, x.width, x.height, hashlib.sha256(x.words).hexdigest()) for x in layouts],
        root,
    ]
    return hashlib.sha256(json.dumps(outline).encode()).hexdigest()
