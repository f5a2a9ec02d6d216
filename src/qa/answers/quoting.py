"""Quotes with the place they stand, each checked against the document before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from qa.documents import page_at, paragraph_at, paragraph_name
from qa.errors import IndexDamaged
from qa.types import Citation, Document, Passage


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that were read, and where: ``text`` is what a passage of the document says there."""

    uri: str
    start: int
    end: int
    text: str


def quote_in(document: Document, start: int, end: int) -> Quote:
    """The document's own words there."""
    return Quote(document.uri, start, end, document.text[start:end])


def quote_from(passage: Passage, start: int, end: int) -> Quote:
    """The passage's own words there; the places are those of its text."""
    at = passage.start
    return Quote(passage.uri, at + start, at + end, passage.text[start:end])


def cite(quotes: Sequence[Quote], document_of: Callable[[str], Document]) -> tuple[Citation, ...]:
    """A citation for each quote, numbered from 1 in their order.

    Raises IndexDamaged where the document does not say there what was read: such a quote is never
    shown.
    """
    return tuple(
        _citation(number, document_of(quote.uri), quote)
        for number, quote in enumerate(quotes, start=1)
    )


def check(citation: Citation, document: Document) -> None:
    """The citation's quote is what stands at its offsets. Raises IndexDamaged where it is not."""
    if document.text[citation.start : citation.end] != citation.quote or not citation.quote:
        raise IndexDamaged(
            f"a quote from {citation.uri} does not stand at {citation.start}:{citation.end}",
            hint="qa verify says what is wrong; qa index --rebuild builds the index again",
        )


def quoted(citations: Sequence[Citation]) -> str:
    """The quotes as an answer's text: one a paragraph, each followed by its number."""
    return "\n\n".join(f"“{citation.quote}” [{citation.number}]" for citation in citations)


def _citation(number: int, document: Document, quote: Quote) -> Citation:
    start, end = quote.start, quote.end
    page = page_at(document.pages, start)
    index = paragraph_at(document.paragraphs, start)
    sources = document.paragraphs[index].sources if index >= 0 else ()
    citation = Citation(
        number=number,
        uri=document.uri,
        title=document.title,
        review=document.meta.get("review", ""),
        page=page.number if page else None,
        page_label=page.label if page else "",
        paragraph=paragraph_name(document, start),
        start=start,
        end=end,
        quote=quote.text,
        sha256=document.sha256,
        url=_address(*sources, document.meta.get("url", "")),
    )
    check(citation, document)
    return citation


def _address(*candidates: str) -> str:
    """The first that a browser may be sent to, or ""; documents are not trusted with schemes."""
    for candidate in candidates:
        if urlsplit(candidate).scheme in ("http", "https"):
            return candidate
    return ""
