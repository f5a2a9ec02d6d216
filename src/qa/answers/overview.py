"""What a report says as a whole: the first sentences of its own summary.

"What did the Weir Inquiry find?" and "summarise the Weir report" ask for no one sentence. A report
of hundreds of pages has a summary, whose paragraphs begin with what they are about; what the
document itself put first is quoted, and nothing is put in other words. Of a report without one, to
be summarised, what stands first under each of its headings is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from qa.answers.printing import (
    KINDS_OF_REPORT,
    MOST,
    Printed,
    named_by,
    printed_by,
    quote_of,
    reports_first,
    telling,
)
from qa.answers.questions import analyse
from qa.text import Span, stems, terms
from qa.types import Document, DocumentSummary, Paragraph

_FEWEST = 3
"""A summary has so many paragraphs at least."""
_FRONT = 0.2
"""The table of contents ends in the first fifth of a document."""
_WHOLE = re.compile(
    r"\b(?:summari[sz]e|summary|overview|gist|outline|findings|conclusions|(?:main|key) points)\b"
    r"|\b(?:find|found|conclude|concluded|say|said|about)\W*$",
    re.IGNORECASE,
)
_SUMMARY = re.compile(r"\b(?:summari[sz]e|summary|overview|gist|outline)\b", re.IGNORECASE)
# "What did she say?" is asked of a person, whatever report the conversation is about.
_SOMEBODY = re.compile(r"\b(?:he|she|they|him|her|them|we|you|i)\b|\b(?:is|was) said\b", re.I)
_ASKING = KINDS_OF_REPORT | stems(
    """summary summaries sum overview gist outline finding findings find found conclude
    concluded conclusion conclusions reach reached draw drawn main key principal overall
    central major important point points say said short brief executive"""
)
_HEADING = re.compile(
    r"(?:(?:part|chapter|section)?\s*[\dA-Z]{1,3}(?:\.\d+)*[.):]?\s+)?"
    r"(?:(?:executive|report) summary|summary(?: of (?:the )?(?:report|findings|conclusions))?"
    r"|(?:key|main|principal) (?:findings|points|messages|conclusions)|at a glance)\s*",
    re.IGNORECASE,
)
# A heading that was taken for text, or a page's number, ends in none of these.
_ENDS = re.compile(r"(?:[.:;!?][\"'”’)\]]*|[;,] (?:and|or))$")


def overviews(
    question: str,
    documents: Sequence[DocumentSummary],
    *,
    about: Collection[str],
    document_of: Callable[[str], Document],
) -> list[Printed]:
    """The summaries of the reports that the question asks about as wholes; none for another."""
    if analyse(question).kind != "other" or not _WHOLE.search(question):
        return []
    words = frozenset(terms(question)) - _ASKING
    if not words and _SOMEBODY.search(question):
        return []
    named = named_by(words, documents, about=about)
    found = printed_by(named, document_of, _printed)
    if not found and _SUMMARY.search(question):
        found = printed_by(named, document_of, _by_headings)
    return reports_first(found)


def _printed(summary: DocumentSummary, document: Document) -> Printed | None:
    for at, heading in enumerate(document.paragraphs):
        if heading.kind != "heading":
            continue
        name = " ".join(document.text[heading.start : heading.end].split())
        if not _HEADING.fullmatch(name):
            continue
        first = [span for each in _under(document, at) if (span := _first(document, each))]
        if len(first) >= _FEWEST:
            label = f"From “{name}” in {summary.title}, the first sentence of each paragraph"
            left = "Its further {} paragraphs are not quoted."
            return _quoted(summary, document, first, label=label, left=left)
    return None


def _quoted(
    summary: DocumentSummary, document: Document, spans: Sequence[Span], *, label: str, left: str
) -> Printed:
    """The first of the spans; ``left`` says how many more there are."""
    quotes = tuple(quote_of(document, *span) for span in spans[:MOST])
    more = len(spans) - MOST
    return Printed(summary, quotes, label=label, note=left.format(more) if more > 0 else "")


def _by_headings(summary: DocumentSummary, document: Document) -> Printed | None:
    """The first sentence under each heading of the highest level that has several.

    What stands before the table of contents is no part of what the report tells.
    """
    front = len(document.text) * _FRONT
    listed = (each.end for each in document.paragraphs if each.kind == "contents")
    begin = max((end for end in listed if end < front), default=0)
    found: dict[int, list[Span]] = {}
    for at, heading in enumerate(document.paragraphs):
        if heading.kind == "heading" and heading.start >= begin:
            firsts = (_first(document, each) for each in _under(document, at))
            told = next((span for span in firsts if span), None)
            found.setdefault(_level(heading), []).extend([told] if told else [])
    several = (spans for _, spans in sorted(found.items()) if len(spans) >= _FEWEST)
    chosen = list(dict.fromkeys(next(several, [])))
    if not chosen:
        return None
    label = f"The first sentence under each heading of {summary.title}"
    left = "{} further headings are left out."
    return _quoted(summary, document, chosen, label=label, left=left)


def _under(document: Document, at: int) -> Iterator[Paragraph]:
    """The paragraphs under the heading at that place, and under those below it."""
    level = _level(document.paragraphs[at])
    for paragraph in document.paragraphs[at + 1 :]:
        if paragraph.kind == "heading" and _level(paragraph) <= level:
            return
        if paragraph.kind == "text" and not paragraph.heading.endswith("Notes"):
            yield paragraph


def _level(heading: Paragraph) -> int:
    return heading.heading.count(" > ") + bool(heading.heading)


def _first(document: Document, paragraph: Paragraph) -> Span | None:
    """The paragraph's first sentence; None where it has none that is whole."""
    spans = telling(document, [paragraph])
    return next((span for span in spans if _ENDS.search(document.text[slice(*span)])), None)
