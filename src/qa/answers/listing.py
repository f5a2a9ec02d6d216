"""Lists in a document, shown whole: what stands before the items, and every item.

An item is a paragraph that opens with a bullet, or with a letter or a number in brackets. Where a
question asks for several things and the evidence is an item, or the sentence that leads in to the
items, all of them are quoted, each with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from qa.answers.evidence import Evidence
from qa.answers.quoting import Quote, quote_in
from qa.answers.reading import say_the_same
from qa.documents import paragraph_at
from qa.text import sentences
from qa.types import Document, Paragraph

_MOST_ITEMS = 20
"""More than these are not shown whole, but as any other text: by the best sentences."""
_DEPTH = 16
"""So many of the best sentences tell which lists are meant."""
_NEAR, _FAR = 0.5, 0.05
"""They count in full down to the first share of the best one's probability, to the second half."""
_ENOUGH = 2.0
"""What a lead-in counts, and what a list needs; an item counts half of it."""
_OTHERS = 2
"""So many quotes are kept beside a list."""
_MARK = re.compile(
    r"\s*(?:(?P<bullet>[•●▪■◦‣∙·*–—-])|\(?(?P<letter>[a-z]|[ivx]{2,5})[).]|\((?P<number>\d{1,2})\))\s"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A list in a document: the quotes of its lead-in, if it has one, and of its items."""

    lead: Quote | None
    items: tuple[Quote, ...]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All of it, in the document's order."""
        return ((self.lead,) if self.lead else ()) + self.items


def with_lists(
    quotes: Sequence[Quote], ranked: Sequence[Evidence], document_of: Callable[[str], Document]
) -> tuple[tuple[Quote, ...], frozenset[Quote]]:
    """The quotes with the whole of the lists that the evidence points to, and what is of them.

    The lists take the place of their quotes, and the best quote stays first where it is of none.
    """
    blocks = _pointed_to(ranked, document_of) if quotes else []
    own = [quote for block in blocks for quote in block.quotes]
    if not own:
        return tuple(quotes), frozenset()
    others = [quote for quote in quotes if not any(_meet(quote, each) for each in own)]
    first = others[:1] if others and others[0] == quotes[0] else []
    after = [quote for quote in others[len(first) : _OTHERS] if not _repeats(quote, own)]
    return (*first, *own, *after), frozenset(own)


def _pointed_to(ranked: Sequence[Evidence], document_of: Callable[[str], Document]) -> list[Block]:
    """The lists that the best evidence is of, best first, all of one document.

    Its lead-in is enough, or the best sentence of all, or two items near to that; or more that is
    farther, as where the best sentence only says how many items there are.
    """
    counts: dict[tuple[str, int], float] = {}
    blocks: list[Block] = []
    best = ranked[0].probability
    for at, evidence in enumerate(ranked[:_DEPTH]):
        document = document_of(evidence.passage.uri)
        found = _list_at(document, evidence) if evidence.probability >= _FAR * best else None
        if found is None or any(block.items[0].uri != document.uri for block in blocks):
            continue
        begin, end, leads = found
        count = _ENOUGH if leads or at == 0 else _ENOUGH / 2
        before = counts.get((document.uri, begin), 0.0)
        counts[document.uri, begin] = before + (
            count if evidence.probability >= _NEAR * best else count / 2
        )
        if before < _ENOUGH <= counts[document.uri, begin]:
            if end - begin > _MOST_ITEMS - sum(len(block.items) for block in blocks):
                break  # a worse list in its place would mislead
            blocks.append(_block(document, begin, end))
    return blocks


def _list_at(document: Document, evidence: Evidence) -> tuple[int, int, bool] | None:
    """The paragraphs of the list that the sentence is of, and whether it leads in to it."""
    paragraphs = document.paragraphs
    at = paragraph_at(paragraphs, evidence.start)
    if at < 0:
        return None
    leads = not _mark(document, at)
    begin, end = _run(document, at + 1 if leads else at)
    if end - begin < 2:
        return None
    if leads and (begin != at + 1 or not _is_last(document, paragraphs[at], evidence)):
        return None
    return begin, end, leads


def _run(document: Document, at: int) -> tuple[int, int]:
    """The items around the paragraph that are marked alike, under one heading."""
    kind = _mark(document, at)
    if not kind:
        return at, at
    begin = end = at
    while begin > 0 and _mark(document, begin - 1) == kind and _beside(document, begin - 1):
        begin -= 1
    while _mark(document, end + 1) == kind and _beside(document, end):
        end += 1
    return begin, end + 1


def _mark(document: Document, at: int) -> str:
    """What marks the paragraph as an item: "bullet", "letter", "number", or "" for none."""
    if not 0 <= at < len(document.paragraphs) or document.paragraphs[at].kind != "text":
        return ""
    match = _MARK.match(document.text, document.paragraphs[at].start)
    return (match.lastgroup or "") if match else ""


def _beside(document: Document, at: int) -> bool:
    one, two = document.paragraphs[at : at + 2]
    return one.heading == two.heading


def _is_last(document: Document, paragraph: Paragraph, evidence: Evidence) -> bool:
    """Whether nothing but the list stands behind the sentence in its paragraph."""
    return not document.text[evidence.end : paragraph.end].strip()


def _block(document: Document, begin: int, end: int) -> Block:
    lead = None
    before = begin - 1
    if before >= 0 and document.paragraphs[before].kind == "text" and _beside(document, before):
        paragraph = document.paragraphs[before]
        spans = sentences(document.text, paragraph.start, paragraph.end)
        if spans:
            lead = quote_in(document, *spans[-1])
    items = [quote_in(document, each.start, each.end) for each in document.paragraphs[begin:end]]
    return Block(lead, tuple(items))


def _meet(one: Quote, other: Quote) -> bool:
    return one.uri == other.uri and one.start < other.end and other.start < one.end


def _repeats(quote: Quote, shown: Collection[Quote]) -> bool:
    return any(say_the_same(quote.text, other.text) for other in shown)
