"""When a report was published, as its first pages print it.

"When was the Weir report published?" is told by no sentence of the report, but by a line of its
front matter: "20 May 2024", or "Ordered by the House of Commons to be printed on 8 July 2025".
Sentences that share the question's words tell when other things were published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from qa.answers.metadata import MONTHS
from qa.answers.printing import (
    KINDS_OF_REPORT,
    Printed,
    called,
    named_by,
    printed_by,
    quote_of,
    reports_first,
)
from qa.answers.questions import analyse
from qa.text import Span, sentences, stems, terms
from qa.types import Document, DocumentSummary

_FRONT = 4
"""So many pages are the front matter at most: cover, title page, its back, and a blank one."""
_PUBLISHED = re.compile(
    r"\b(?:publish(?:ed)?|publication|c[ao]me out|released?|issued|printed|appear(?:ed)?|dated?)\b",
    re.IGNORECASE,
)
# "When was Horizon released?" may ask of a thing that reports are named after.
_OF_A_REPORT = re.compile(
    r"\b(?:reports?|reviews?|inquiry|enquiry|audit|inspection|response|document|paper|findings|volume"
    r"|module|part|it|this|that)\b",
    re.IGNORECASE,
)
_ASKING = KINDS_OF_REPORT | stems(
    """publish publication come came out release released issue issued print printed
    appear appeared date dated day month year exactly first document paper findings"""
)
_DATE = rf"(?P<date>(?P<day>\d{{1,2}} )?(?:{'|'.join(MONTHS)}),? (?:19|20)\d\d)"
# The clearest first: it says that it was published, it is a date alone, it was made on that day.
_LINES = tuple(
    re.compile(rf"\W*{pattern}", re.IGNORECASE)
    for pattern in (
        rf"(?:(?:it|this report) was |first |ordered .{{0,60}})?published:?(?: on| in)? {_DATE}.*",
        rf"(?:date:? )?{_DATE}\W*",
        rf"(?:ordered|presented|returned?|laid|updated|dated|issued)\b.{{0,200}}? {_DATE}\W*",
    )
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that tells the date, how clearly (0 is clearest), and whether it gives the day."""

    rank: int
    span: Span
    date: str
    day: bool


def imprints(
    question: str,
    documents: Sequence[DocumentSummary],
    *,
    about: Collection[str],
    document_of: Callable[[str], Document],
    context: str = "",
) -> list[Printed]:
    """The dates that the reports print which the question asks for; none for another question.

    "When was it published?" asks of a report that the ``context`` names, or else of one that the
    cited report tells of.
    """
    asked = _PUBLISHED.search(question) and _OF_A_REPORT.search(question)
    if not asked or analyse(question).kind != "date":
        return []
    words = terms(context)
    own = [each.uri for each in documents if each.uri in about and called(each, words)]
    named = named_by(frozenset(terms(question)) - _ASKING, documents, about=own)
    return reports_first(printed_by(named, document_of, _printed))


def _printed(summary: DocumentSummary, document: Document) -> Printed | None:
    lines = sorted(_lines(document), key=lambda line: (line.rank, not line.day))
    if not lines:
        return None
    best = lines[0]
    # A cover may give the month alone, and the page behind it the day.
    days = [line for line in lines if line.day and line.date.endswith(best.date)]
    shown = [best, *days[:1]] if not best.day else [best]
    quotes = tuple(quote_of(document, *line.span) for line in shown)
    told = shown[-1].date
    return Printed(
        summary,
        quotes,
        label=f"On the first pages of {summary.title}",
        short=told if told in quotes[-1].text else "",
    )


def _lines(document: Document) -> Iterator[_Line]:
    end = document.pages[:_FRONT][-1].end if document.pages else 0
    for paragraph in document.paragraphs:
        if paragraph.start >= end:
            return
        for start, stop in sentences(document.text, paragraph.start, paragraph.end):
            said = " ".join(document.text[start:stop].split())
            for rank, pattern in enumerate(_LINES):
                if found := pattern.fullmatch(said):
                    yield _Line(rank, (start, stop), found["date"], bool(found["day"]))
                    break
