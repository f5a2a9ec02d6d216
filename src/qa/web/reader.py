"""A document as HTML, a stretch at a time, with a quote marked in it.

A report of 300 pages is shown in parts of a few thousand words, whole pages or paragraphs each,
so that it opens as fast as a short one.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.text import Span, paragraph_spans
from qa.types import Document, DocumentSummary, Page
from qa.web.markup import day, escape, flow, page_name, safe_url

PART_LENGTH = 12_000


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph as it is shown: its span, and the class of its element."""

    start: int
    end: int
    style: str


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


def part_of(document: Document, offset: int) -> int:
    """The number, from 0, of the part in which the offset stands."""
    starts = [start for start, _ in parts(document)]
    return max(0, bisect.bisect_right(starts, offset) - 1)


def blocks(document: Document) -> list[Block]:
    """The document's paragraphs in order, and any text between them."""
    found: list[Block] = []
    done = 0
    for paragraph in document.paragraphs:
        found += _between(document.text, done, paragraph.start)
        found.append(Block(paragraph.start, paragraph.end, paragraph.kind))
        done = max(done, paragraph.end)
    return found + _between(document.text, done, len(document.text))


def view(document: Document, *, start: int = 0, end: int = 0, part: int | None = None) -> str:
    """One part of the document, the one with the quote ``[start:end]`` unless another is named."""
    stretches = parts(document)
    home = part_of(document, start)
    shown = home if part is None else min(max(part, 0), len(stretches) - 1)
    low, high = stretches[shown]
    body = _body(document, (low, high), (start, end))
    first = _page_at(document.pages, low)
    last = _page_at(document.pages, max(low, high - 1))
    where = f"Part {shown + 1} of {len(stretches)}"
    if first and last and first is last:
        where += f" · {page_name(first.number, first.label)}"
    elif first and last:
        where += f" · pages {first.label or first.number} to {last.label or last.number}"
    away = shown != home and end > start
    return (
        f'<div class="document">{_head(document)}'
        f"{_steps(document.uri, (start, end), shown, len(stretches), where, away)}"
        f'<div class="leaf">{body}</div>'
        f"{_steps(document.uri, (start, end), shown, len(stretches), where, away)}</div>"
    )


def listing(summaries: Sequence[DocumentSummary]) -> str:
    """Every document of the index, each a button that opens it."""
    rows = []
    for summary in summaries:
        meta = summary.meta
        facts = [meta.get("review", ""), meta.get("author", ""), day(meta.get("published", ""))]
        if summary.pages:
            facts.append(f"{summary.pages} pages")
        shown = " · ".join(escape(fact) for fact in facts if fact)
        rows.append(
            f'<li><button type="button" class="read" data-uri="{escape(summary.uri)}" '
            f'data-start="0" data-end="0">{escape(summary.title)}</button>'
            f'<p class="facts">{shown}</p></li>'
        )
    return (
        '<div class="document"><header><h2 id="reader-title" tabindex="-1">'
        f"{len(rows)} document{'' if len(rows) == 1 else 's'}</h2></header>"
        f'<ol class="listing">{"".join(rows)}</ol></div>'
    )


def _head(document: Document) -> str:
    meta = document.meta
    facts = [meta.get("review", ""), meta.get("author", ""), day(meta.get("published", ""))]
    shown = " · ".join(escape(fact) for fact in facts if fact)
    url = safe_url(meta.get("url", ""))
    link = (
        f'<a class="source" href="{escape(url)}" target="_blank" rel="noopener noreferrer">'
        'The source<span class="away" aria-hidden="true">↗</span></a>'
        if url
        else ""
    )
    return (
        f'<header><h2 id="reader-title" tabindex="-1">{escape(document.title)}</h2>'
        f'<p class="facts">{shown}</p><p class="facts">{link}</p></header>'
    )


def _steps(uri: str, quote: Span, shown: int, count: int, where: str, away: bool) -> str:
    if count == 1:
        return ""
    place = f'data-uri="{escape(uri)}" data-start="{quote[0]}" data-end="{quote[1]}"'

    def button(label: str, part: int, usable: bool) -> str:
        state = "" if usable else " disabled"
        return (
            f'<button type="button" class="step" {place} data-part="{part}"{state}>{label}</button>'
        )

    back = f'<button type="button" class="step" {place}>To the quote</button>' if away else ""
    return (
        f'<nav class="steps" aria-label="Parts of the document">'
        f"{button('← Previous', shown - 1, shown > 0)}<span>{escape(where)}</span>{back}"
        f"{button('Next →', shown + 1, shown < count - 1)}</nav>"
    )


def _body(document: Document, window: Span, quote: Span) -> str:
    low, high = window
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
        text = _stretch(document.text, (start, end), quote, begins)
        shown.append(f'<{tag} class="{block.style}">{text}</{tag}>')
    return "".join(shown)


def _stretch(text: str, span: Span, quote: Span, begins: Mapping[int, Page]) -> str:
    """The text of the span: the quote marked, a line where a page begins inside it."""
    start, end = span
    cuts = sorted({start, end, *begins, *(cut for cut in quote if start < cut < end)})
    shown = []
    for left, right in itertools.pairwise(cuts):
        if left in begins:
            shown.append(_page_line(begins[left]))
        piece = flow(text[left:right])
        shown.append(f"<mark>{piece}</mark>" if quote[0] <= left < quote[1] else piece)
    return "".join(shown)


def _page_line(page: Page) -> str:
    return f'<span class="page">{escape(page_name(page.number, page.label))}</span>'


def _page_at(pages: Sequence[Page], offset: int) -> Page | None:
    place = bisect.bisect_right([page.start for page in pages], offset) - 1
    return pages[place] if place >= 0 else None


def _between(text: str, start: int, end: int) -> list[Block]:
    if not text[start:end].strip():
        return []
    return [Block(start + a, start + b, "text") for a, b in paragraph_spans(text[start:end])]
