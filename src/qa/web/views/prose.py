"""A document's text as HTML, a stretch at a time, with what was looked for marked in it.

A report of 300 pages is shown in parts of a few thousand words, whole pages or paragraphs each,
so that it opens as fast as a short one.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa.text import Span, paragraph_spans
from qa.types import Document, Page
from qa.web.views.markup import escape, flow, page_name

PART_LENGTH = 12_000


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph as it is shown: its span, and the class of its element."""

    start: int
    end: int
    style: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked: the quote, the spot gone to, and all that was found, in order.

    ``others`` are the answer's other quotes, in order; they may overlap one another.
    """

    quote: Span = (0, 0)
    spot: Span = (0, 0)
    found: Sequence[Span] = ()
    others: Sequence[Span] = ()

    def within(self, start: int, end: int) -> Marks:
        """The same for a stretch of the text: what was found elsewhere is left out."""
        low = bisect.bisect_right(self.found, start, key=lambda span: span[1])
        high = bisect.bisect_left(self.found, end, key=lambda span: span[0])
        others = [span for span in self.others if span[0] < end and start < span[1]]
        return Marks(self.quote, self.spot, self.found[low:high], others)

    def edges(self, start: int, end: int) -> Iterator[int]:
        """Where a mark begins or ends between the two offsets."""
        for edge in itertools.chain(self.quote, self.spot, *self.found, *self.others):
            if start < edge < end:
                yield edge

    def opening(self, offset: int) -> str:
        """The tag of the mark at that offset, or "" for none."""
        if self.spot[0] <= offset < self.spot[1]:
            return '<mark class="spot">'
        before = bisect.bisect_right(self.found, offset, key=lambda span: span[0]) - 1
        if before >= 0 and offset < self.found[before][1]:
            return '<mark class="found">'
        if self.quote[0] <= offset < self.quote[1]:
            return "<mark>"
        other = any(start <= offset < end for start, end in self.others)
        return '<mark class="other">' if other else ""


def parts(document: Document) -> list[Span]:
    """The stretches that are shown at a time; together they are the whole text."""
    edges = [page.start for page in document.pages] or [block.start for block in blocks(document)]
    end = len(document.text)
    spans: list[Span] = []
    start = 0
    for place, edge in enumerate(edges):
        following = edges[place + 1] if place + 1 < len(edges) else end
        if edge > start and following - start > PART_LENGTH:
            spans.append((start, edge))
            start = edge
    spans.append((start, end))
    return spans


def part_of(spans: Sequence[Span], offset: int) -> int:
    """The number, from 0, of the part in which the offset stands."""
    return max(0, bisect.bisect_right(spans, offset, key=lambda span: span[0]) - 1)


def blocks(document: Document) -> list[Block]:
    """The document's paragraphs in order, and any text between them."""
    found: list[Block] = []
    done = 0
    for paragraph in document.paragraphs:
        found += _between(document.text, done, paragraph.start)
        found.append(Block(paragraph.start, paragraph.end, paragraph.kind))
        done = max(done, paragraph.end)
    return found + _between(document.text, done, len(document.text))


def text_html(document: Document, window: Span, marks: Marks) -> str:
    """The text in the window, a line where each page begins, the marks in place."""
    low, high = window
    marks = marks.within(low, high)
    pages = [page for page in document.pages if low <= page.start < high]
    shown = []
    for block in blocks(document):
        start, end = max(block.start, low), min(block.end, high)
        if start >= end:
            continue
        while pages and pages[0].start <= start:
            shown.append(_page_line(pages.pop(0)))
        begins: dict[int, Page] = {}
        while pages and pages[0].start < end:
            begins[pages[0].start] = pages[0]
            pages.pop(0)
        tag = "h3" if block.style == "heading" else "p"
        text = _stretch(document.text, (start, end), marks.within(start, end), begins)
        shown.append(f'<{tag} class="{block.style}">{text}</{tag}>')
    # Pages without text, at the end: they are named all the same.
    shown += [_page_line(page) for page in pages]
    return "".join(shown)


def ocr_note(page: Page) -> str:
    """ "read by OCR (94 % sure)", or "" for a page that has its own text."""
    return "" if page.ocr is None else f"read by OCR ({page.ocr * 100:.0f} % sure)"


def _stretch(text: str, span: Span, marks: Marks, begins: Mapping[int, Page]) -> str:
    """The text of the span with its marks, and a line where a page begins inside it."""
    start, end = span
    cuts = sorted({start, end, *begins, *marks.edges(start, end)})
    # Where quotes overlap, an edge of one may change nothing: no seam is shown there.
    seams = {cut for cut in cuts[1:-1] if cut not in begins}
    cuts = [cut for cut in cuts if cut not in seams or marks.opening(cut) != marks.opening(cut - 1)]
    shown = []
    for left, right in itertools.pairwise(cuts):
        if left in begins:
            shown.append(_page_line(begins[left]))
        opening = marks.opening(left)
        shown.append(f"{opening}{flow(text[left:right])}{'</mark>' if opening else ''}")
    return "".join(shown)


def _page_line(page: Page) -> str:
    facts = [page_name(page.number, page.label), ocr_note(page)]
    shown = " · ".join(escape(fact) for fact in facts if fact)
    return f'<span class="page" data-page="{page.number}">{shown}</span>'


def _between(text: str, start: int, end: int) -> list[Block]:
    if not text[start:end].strip():
        return []
    return [Block(start + a, start + b, "text") for a, b in paragraph_spans(text[start:end])]
