"""What an export tells of an exchange, in parts that every form of document puts into its marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qa.exports.quotes import Part, parts
from qa.exports.recording import Exchange
from qa.exports.wording import day, line, place
from qa.types import Answer, Citation, Comparison, DocumentSummary, Outcome, Timeline

Summaries = Mapping[str, DocumentSummary]
"""What is known of each document, by uri."""

ORIGIN = (
    "Written by Ask the Reviews. Each quote is the document's own words; where it stands is said "
    "beside it."
)
_VERDICTS: dict[Outcome, str] = {
    "answered": "Answered, in the words of the documents",
    "not_found": "Not answered: the documents do not answer this question",
    "low_confidence": "Weak evidence: the quotes may not answer the question",
}


@dataclass(frozen=True, slots=True)
class Told:
    """An exchange as a document tells it: facts about it, then pieces or a table, then sources.

    The first row of ``table`` names its columns.
    """

    question: str
    facts: tuple[tuple[str, str], ...]
    pieces: tuple[Part, ...]
    table: tuple[tuple[str, ...], ...]
    citations: tuple[Citation, ...]


def told(exchange: Exchange, summaries: Summaries) -> Told:
    """The exchange in parts, none of them escaped yet."""
    found = exchange.found
    facts = [("Asked", _time(exchange.asked)), ("Searched", _searched(exchange, summaries))]
    if found.query != exchange.question:
        facts.append(("Searched for", found.query))
    facts.append(("Verdict", verdict(exchange)))
    if isinstance(found, Answer) and found.short:
        facts.append(("In short", found.short))
    table: tuple[tuple[str, ...], ...] = ()
    if isinstance(found, Comparison) and found.rows:
        table = (("Review", "What it says", "Where"), *_compared(found))
    elif isinstance(found, Timeline) and found.rows:
        table = (("Date", "What is said", "Where"), *_dated(found))
    pieces = tuple(_pieces(found)) if isinstance(found, Answer) else ()
    return Told(exchange.question, tuple(facts), pieces, table, found.citations)


def verdict(exchange: Exchange) -> str:
    """Whether the question was answered, in words."""
    found = exchange.found
    if isinstance(found, Answer):
        sure = f" (confidence {found.confidence:.0%})" if found.citations else ""
        return _VERDICTS[found.outcome] + sure
    if isinstance(found, Comparison):
        answering = sum(row.outcome == "answered" for row in found.rows)
        weak = sum(row.outcome == "low_confidence" for row in found.rows)
        doubtful = f", {weak} with weak evidence" if weak else ""
        silent = len(found.rows) - answering - weak
        return f"Of {len(found.rows)} reviews {answering} answer{doubtful}, {silent} are silent"
    if found.rows:
        return f"Dated statements found: {len(found.rows)}"
    return "Not answered: nothing on this has a date"


def source_facts(citation: Citation) -> tuple[tuple[str, str], ...]:
    """What a citation says beside its reference, each with its name."""
    facts = (
        ("Review", citation.review),
        ("Page", str(citation.page) if citation.page else ""),
        ("Page as printed", citation.page_label),
        ("Paragraph", citation.paragraph),
        ("Characters of the text", f"{citation.start} to {citation.end}"),
    )
    return tuple((name, value) for name, value in facts if value)


def _time(asked: str) -> str:
    date, _, clock = asked.partition("T")
    return f"{day(date)}, {clock[:5]} UTC"


def _searched(exchange: Exchange, summaries: Summaries) -> str:
    named = [*exchange.reviews]
    for uri in exchange.uris:
        named.append(summaries[uri].title if uri in summaries else uri)
    each = "each review by itself: " if exchange.beside else ""
    return each + (", ".join(named) or "all documents")


def _pieces(answer: Answer) -> Iterator[Part]:
    """The quotes as they are cited, and the paragraphs of what stands between them."""
    for part in parts(answer):
        if part.number:
            yield part
            continue
        for paragraph in re.split(r"\n\s*\n", part.text):
            if paragraph.strip():
                yield Part(line(paragraph))


def _compared(found: Comparison) -> Iterator[tuple[str, ...]]:
    for row in found.rows:
        if row.citation is None:
            yield row.review, "silent on this", ""
            continue
        weak = "(weak evidence) " if row.outcome == "low_confidence" else ""
        yield row.review, f"{weak}{_quoted(row.citation)}", place(row.citation)


def _dated(found: Timeline) -> Iterator[tuple[str, ...]]:
    for row in found.rows:
        until = f" to {day(row.until)}" if row.until else ""
        cited = row.citation
        where = ", ".join(part for part in (cited.review or cited.title, place(cited)) if part)
        yield f"{day(row.date)}{until}", _quoted(cited), where


def _quoted(citation: Citation) -> str:
    return f"“{line(citation.quote)}” [{citation.number}]"
