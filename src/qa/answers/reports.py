"""What reports print themselves of what is asked, as the parts of an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from qa.answers.abbreviations import spelled_out
from qa.answers.composing import Part
from qa.answers.counting import mentions
from qa.answers.imprint import imprints
from qa.answers.overview import overviews
from qa.answers.printing import PRINTED, Printed
from qa.answers.reading import Reading
from qa.answers.recommending import recommendations
from qa.text import stem
from qa.types import Document, DocumentSummary, Hit, Outcome, PassageIndex

_NUMBERED = stem("recommendations")


def printed(
    question: str,
    documents: Sequence[DocumentSummary],
    index: PassageIndex,
    *,
    about: Collection[str],
    document_of: Callable[[str], Document],
    context: str = "",
) -> list[Printed]:
    """What these documents of the index print of what is asked for; mostly nothing.

    ``about`` are those that the conversation cites, ``context`` what was asked in it.
    """
    found = spelled_out(question, documents, index)
    for told in (recommendations, overviews):
        found = found or told(question, documents, about=about, document_of=document_of)
    return found or imprints(
        question, documents, about=about, document_of=document_of, context=context
    )


def told_in(parts: Iterable[Part], found: Sequence[Printed]) -> bool:
    """Whether the parts say how many there are, as the documents number them."""
    numbers = {each.count for each in found}
    return any(
        mention.value in numbers and any(_NUMBERED in nouns for nouns in mention.counted)
        for part in parts
        if part.outcome != "not_found"
        for quote in part.quotes
        for mention in mentions(quote.text)
    )


def parts_for(
    found: Sequence[Printed],
    asked: str,
    query: str,
    *,
    hits_of: Callable[[str], Sequence[Hit]],
    outcome_of: Callable[[Reading], Outcome],
) -> list[Part]:
    """A part for each document that prints what is asked for, with the passages nearest to it."""
    parts = []
    for each in found:
        reading = Reading(each.quotes, each.short, PRINTED)
        parts.append(
            Part(
                asked,
                query,
                tuple(hits_of(each.summary.uri)),
                reading,
                outcome_of(reading),
                each.quotes,
                each.label or (each.summary.title if len(found) > 1 else ""),
                listed=frozenset(each.quotes),
                note=each.note,
            )
        )
    return parts
