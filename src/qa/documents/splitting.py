"""Documents cut into passages, on headings, then paragraphs, then sentences.

A passage never crosses a heading, unless what stands under the first one is a mere fragment (PDFs
mark many lines as headings); it never crosses a table of contents, and a recommendation has its
passages to itself. Passages do not overlap: the words of the heading trail in front of each carry
what an overlap would.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from qa.text import Span, named_label, sentences, token_costs, token_estimate
from qa.types import Document, Page, Paragraph, Passage

VERSION = "4"
"""Raised when the same document would be cut, or its passages be named, otherwise."""
_FRAGMENT = 24
"""A section of fewer tokens is joined to the next one."""
_SLACK = 1.15
"""A passage may overrun the size by so much, to keep a paragraph whole or a tail with its own."""


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    tokens: int
    heading: str


def splitter_version(tokens: int) -> str:
    """Names this way of splitting; an index built with another one has other passages."""
    return f"{VERSION}/{tokens}"


def split(document: Document, *, tokens: int) -> tuple[Passage, ...]:
    """The document's passages of about ``tokens`` word pieces, in order, not overlapping.

    Every passage obeys ``document.text[start:end] == text``. Its id depends on uri and text alone,
    wherever in the document it stands; repetitions of a text are told apart by their order.
    """
    occurrences: Counter[str] = Counter()
    names = paragraph_names(document)
    passages = []
    pieces = (piece for run in _runs(document) for piece in _pack(document.text, run, tokens))
    for piece in pieces:
        start, end = piece.start, piece.end
        text = document.text[start:end]
        passages.append(
            Passage(
                id=_passage_id(document.uri, text, occurrences[text]),
                uri=document.uri,
                start=start,
                end=end,
                text=text,
                heading=_heading(document, piece.heading),
                page=page_number(document.pages, start),
                paragraph=names[paragraph_at(document.paragraphs, start)],
            )
        )
        occurrences[text] += 1
    return tuple(passages)


def page_at(pages: tuple[Page, ...], offset: int) -> Page | None:
    """The page on which the character at that offset stands."""
    at = bisect_right(pages, offset, key=lambda page: page.end)
    return pages[min(at, len(pages) - 1)] if pages else None


def page_number(pages: tuple[Page, ...], offset: int) -> int | None:
    """The 1-based number of the page at that offset, or None without pages."""
    page = page_at(pages, offset)
    return page.number if page else None


def paragraph_at(paragraphs: tuple[Paragraph, ...], offset: int) -> int:
    """The index of the last paragraph that starts at or before that offset (-1 for none)."""
    return bisect_right(paragraphs, offset, key=lambda paragraph: paragraph.start) - 1


def paragraph_names(document: Document) -> list[str]:
    """What each paragraph is called: what is printed before it, else "" or its 1-based ordinal.

    Counted are only the paragraphs of the text, and only where the document has neither pages nor
    printed paragraph numbers: beside those, an ordinal would be taken for what is printed.
    """
    labels = (paragraph.label for paragraph in document.paragraphs)
    numbered = any(label and not named_label(label) for label in labels)
    counted = not document.pages and not numbered
    names, ordinal = [], 0
    for paragraph in document.paragraphs:
        ordinal += paragraph.kind == "text"
        own = str(ordinal) if counted and paragraph.kind == "text" else ""
        names.append(paragraph.label or own)
    return names


def paragraph_name(document: Document, offset: int) -> str:
    """What the paragraph at that offset is called: as in `paragraph_names`."""
    index = paragraph_at(document.paragraphs, offset)
    if index < 0:
        return ""
    label = document.paragraphs[index].label
    return label if label or document.pages else paragraph_names(document)[index]


def _runs(document: Document) -> Iterator[list[_Piece]]:
    """Pieces that may share a passage: one section's, with fragments drawn to the next."""
    run: list[_Piece] = []
    recommendation = ""
    for paragraph in document.paragraphs:
        if paragraph.kind == "heading":
            continue
        before, recommendation = recommendation, named_label(paragraph.label)
        parted = (
            paragraph.kind == "contents"
            or before != recommendation
            or (
                bool(run)
                and run[-1].heading != paragraph.heading
                and sum(piece.tokens for piece in run) >= _FRAGMENT
            )
        )
        if parted and run:
            yield run
            run = []
        if paragraph.kind == "text":
            tokens = token_estimate(document.text, paragraph.start, paragraph.end)
            run.append(_Piece(paragraph.start, paragraph.end, tokens, paragraph.heading))
    if run:
        yield run


def _pack(text: str, run: list[_Piece], size: int) -> Iterator[_Piece]:
    """The run's pieces joined to passages of about that size, the last one not a mere tail."""
    packed: list[_Piece] = []
    for paragraph in run:
        for piece in _cut(text, paragraph, size):
            if packed and packed[-1].tokens + piece.tokens <= size:
                packed[-1] = _join(packed[-1], piece)
            else:
                packed.append(piece)
    if len(packed) > 1 and packed[-1].tokens < size / 4:
        whole = _join(packed[-2], packed[-1])
        if whole.tokens <= size * _SLACK:
            packed[-2:] = [whole]
    yield from packed


def _cut(text: str, paragraph: _Piece, size: int) -> list[_Piece]:
    """A paragraph whole, or where it is too long in about equal shares of its sentences."""
    if paragraph.tokens <= size * _SLACK:
        return [paragraph]
    share = paragraph.tokens / math.ceil(paragraph.tokens / size)
    cut: list[_Piece] = []
    for start, end in _bounded_sentences(text, paragraph, size):
        tokens = token_estimate(text, start, end)
        piece = _Piece(start, end, tokens, paragraph.heading)
        if cut and cut[-1].tokens + tokens / 2 <= share:
            cut[-1] = _join(cut[-1], piece)
        else:
            cut.append(piece)
    return cut


def _bounded_sentences(text: str, paragraph: _Piece, size: int) -> Iterator[Span]:
    """The paragraph's sentences; what has no full stop (a table, a list) is cut between words."""
    for start, end in sentences(text, paragraph.start, paragraph.end):
        begin, used = start, 0
        for at, cost in token_costs(text, start, end):
            if used and used + cost > size:
                yield begin, begin + len(text[begin:at].rstrip())
                begin, used = at, 0
            used += cost
        yield begin, end


def _join(left: _Piece, right: _Piece) -> _Piece:
    return _Piece(left.start, right.end, left.tokens + right.tokens, left.heading)


def _heading(document: Document, trail: str) -> str:
    """Review, title and trail: what a reader would have to know to place the passage."""
    review = document.meta.get("review", "")
    named = "" if review.casefold() in document.title.casefold() else review
    return " > ".join(part for part in (named, document.title, trail) if part)


def _passage_id(uri: str, text: str, occurrence: int) -> int:
    key = f"{uri}\x00{text}\x00{occurrence}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") >> 1
