"""What a report prints of itself, for questions that name it and nothing else.

"What did the Weir Inquiry recommend?" names a report by words of its title, of its file or of its
metadata. Whoever asks so wants what stands in it under a number or a heading, not the sentence that
shares most words with the question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa.answers.quoting import Quote, quote_in
from qa.text import Span, sentences, stems, terms
from qa.types import Document, DocumentSummary, Paragraph

PRINTED = 0.95
"""How sure an answer of this kind is: given, not fitted. What a document numbers or heads itself is
not read off a sentence; that another report is meant than the one found stays possible."""
MOST = 20
"""So many quotes are shown of what a document prints; the answer says what is left out."""
_LONGEST = 2_000
"""Characters of a quote: of 206 recommendations in nine official reports no paragraph has 800."""
_RESPONSE = re.compile(
    r"\b(?:government|council|department|ministry|ministerial|board|trust|agency|official)"
    r"(?:['’]s)? response\b|\bresponse to\b.*\b(?:report|review|inquiry|audit|committee)",
    re.IGNORECASE,
)
# What a report is called besides its name, and words that only ask for it.
KINDS_OF_REPORT = stems(
    """report review inquiry audit inspection public official final full text
    independent national published volume give tell know show quote explain describe summarise
    summarize please"""
)
_NO_NAMES = stems(
    """government uk united kingdom britain england wales scotland ireland parliament
    committee house commons lords department ministry council police office service response new
    """
)
"""In the titles of many reports: none of them alone, nor several, is the name of one."""
_MOST_NAMED = 6
"""What fits more documents than this names none of them."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What one document prints of what is asked for.

    ``label`` stands before the quotes where it has to be said what they are, and ``note`` after
    them where something is left out. ``count`` is how many things the document numbers, where that
    is asked; 0 where it is not. ``short`` is the part of the quotes that answers in a word.
    """

    summary: DocumentSummary
    quotes: tuple[Quote, ...]
    label: str = ""
    note: str = ""
    count: int = 0
    short: str = ""


def named_by(
    words: Collection[str], documents: Sequence[DocumentSummary], *, about: Collection[str]
) -> list[DocumentSummary]:
    """The documents that all of the terms name: by title or file, or else by author and the like.

    Without terms, those ``about`` which the conversation is, or the only one that is searched.
    """
    if not words:
        return [each for each in documents if each.uri in about or len(documents) == 1]
    if _NO_NAMES.issuperset(words):
        return []
    entitled = [each for each in documents if _entitled(each).issuperset(words)]
    named = entitled or [each for each in documents if _known_by(each).issuperset(words)]
    return named if len(named) <= _MOST_NAMED else []


def called(summary: DocumentSummary, words: Collection[str]) -> bool:
    """Whether any of the terms is of the document's own name."""
    return not _known_by(summary).isdisjoint(frozenset(words) - KINDS_OF_REPORT - _NO_NAMES)


def printed_by(
    named: Iterable[DocumentSummary],
    document_of: Callable[[str], Document],
    make: Callable[[DocumentSummary, Document], Printed | None],
) -> list[Printed]:
    """What ``make`` finds in each of the documents, where it finds anything."""
    made = (make(summary, document_of(summary.uri)) for summary in named)
    return [each for each in made if each]


def reports_first(printed: Sequence[Printed]) -> list[Printed]:
    """Without the documents that respond to a report, where there is any other."""
    own = [each for each in printed if not responds(each.summary)]
    return own or list(printed)


def responds(summary: DocumentSummary) -> bool:
    """Whether it calls itself a response to a report, and not a report on a response."""
    return _RESPONSE.search(summary.title) is not None


def telling(document: Document, paragraphs: Iterable[Paragraph]) -> Iterator[Span]:
    """The sentences that tell something: "Recommendation 3:" or "9.1." may stand alone."""
    for each in paragraphs:
        for span in sentences(document.text, each.start, each.end):
            if len(terms(document.text[slice(*span)])) > 2:
                yield span


def quote_of(document: Document, start: int, end: int) -> Quote:
    """The document's own words there; of a text without end, whole sentences or words of it."""
    if end - start > _LONGEST:
        most = start + _LONGEST
        ends = [stop for _, stop in sentences(document.text, start, most + 1) if stop < most]
        blank = document.text.rfind(" ", start + 1, most)
        end = ends[-1] if ends else blank if blank > 0 else most
    return quote_in(document, start, end)


def _known_by(summary: DocumentSummary) -> frozenset[str]:
    """The terms of what people may call it by."""
    given = (summary.meta.get(key, "") for key in ("author", "publisher", "published"))
    return _entitled(summary) | frozenset(terms(" ".join(given)))


def _entitled(summary: DocumentSummary) -> frozenset[str]:
    """The terms of its title, its review, and its file's name, which may tell more."""
    file = re.sub(r"[-_/.]|(?<=[a-z])(?=[A-Z])", " ", summary.uri)
    return frozenset(terms(" ".join([summary.title, summary.meta.get("review", ""), file])))
