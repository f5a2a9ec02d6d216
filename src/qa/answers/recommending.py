"""The recommendations of a report, quoted as they are numbered.

"What did the Weir Inquiry recommend?" asks for what a report prints one after another, and
"recommendation 7 of the Weir Inquiry" for what stands under a number. Neither is told by one
sentence that shares the question's words, but by the numbers that paragraphs carry. "What did it
recommend about sluices?" asks for those that say so in their heading or where a paragraph of theirs
begins; where none does, the sentences tell. "How many did it make?" is told by a sentence that says
so, and else by the last number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from qa.answers.numbered import Recommendation, goes_on, recommendations_of
from qa.answers.printing import (
    KINDS_OF_REPORT,
    MOST,
    Printed,
    named_by,
    printed_by,
    quote_of,
    reports_first,
    responds,
    telling,
)
from qa.answers.questions import analyse
from qa.answers.quoting import Quote
from qa.text import Span, stems, terms
from qa.types import Document, DocumentSummary, Paragraph

_REPLIES = 3
"""So many paragraphs of what is said to a recommendation."""
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_NUMBERS = "one two three four five six seven eight nine ten".split()
_BY_NUMBER = re.compile(
    rf"\brecommendation (?:no\.? ?|number )?(?P<number>\d{{1,3}}[a-z]?|{'|'.join(_NUMBERS)})\b"
    rf"|\b(?P<ordinal>{'|'.join(_ORDINALS)}) recommendation\b",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\brecommendations\b|\b(?:did|does|do|was|were|has|have)\b.*\brecommend(?:ed)?\W*$",
    re.IGNORECASE | re.DOTALL,
)
_REPLY = re.compile(
    r"\b(?:respon|accept|reject|agree|repl(?:y|ied)\b|implement)"
    r"|\b(?:government|minister|department|council|board)s?\b.*\b(?:say|said|do|done|doing)\b",
    re.IGNORECASE | re.DOTALL,
)
_COUNT = re.compile(r"\b(?:how many|number of) recommendations\b", re.IGNORECASE)
_RECOMMEND = re.compile(r"\brecommend\w*", re.IGNORECASE)
# Before what a recommendation is about, or is made to.
_ABOUT = re.compile(
    r"\b(?:about|on|over|for|re|regarding|(?:regards?|respect|relation|relat(?:es?|ed|ing)) to"
    r"|to(?= (?:the|all|local)\b)|do with|deal(?:s|ing)? with|concern(?:s|ed|ing)?|cover(?:s|ing)?"
    r"|mention(?:s|ing)?|address(?:es|ing)?)\b",
    re.IGNORECASE,
)
# Before the report, behind what it is asked about.
_WHOSE = re.compile(
    r"\b(?:in|of|from|by|did|does|do|has|have|had|were|was|are)\b|['’]s\b", re.IGNORECASE
)
# Words in which recommendations are asked for, whatever the report.
_ASKING = KINDS_OF_REPORT | stems(
    """recommend recommended recommendation recommendations make made list main key
    principal all every each number exact word wording respond responded response reply replied
    accept accepted reject rejected agree agreed implement implemented answer answered government
    governments minister ministers department council councils board boards authority authorities
    put forward set out propose proposed read reads state stated say said many number total contain
    contains come came issue issued include includes"""
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: one recommendation by its number, or all; or what was said to it.

    ``terms`` are what the question has besides: the name of the report, if it is one. With
    ``topic``, only those recommendations are meant that are about all of its terms; with ``count``
    it is asked how many there are.
    """

    number: str
    reply: bool
    terms: frozenset[str]
    topic: frozenset[str] = frozenset()
    count: bool = False


Numbered = Mapping[str, Recommendation]
"""The recommendations of a document by their numbers."""


def requested(question: str) -> list[Request]:
    """What the question may ask of a report's recommendations, the likeliest reading first.

    Nothing where it asks something else.
    """
    kind = analyse(question).kind
    found = _BY_NUMBER.search(question)
    reply = _REPLY.search(question) is not None
    if kind == "number" and _COUNT.search(question) and not reply:
        return [Request("", False, _besides(question), count=True)]
    if kind not in ("other", "yes_no") or (kind == "yes_no" and not (found and reply)):
        return []
    if found:
        rest = question[: found.start()] + question[found.end() :]
        return [Request(_number(found), reply, _besides(rest))]
    if reply:
        return []
    whole = [Request("", False, _besides(question))] if _ALL.search(question) else []
    return [*whole, *_on_topic(question)]


def _besides(text: str) -> frozenset[str]:
    """Its terms that do not only ask for recommendations."""
    return frozenset(terms(text)) - _ASKING


def _on_topic(question: str) -> Iterator[Request]:
    """The question parted into a report's name and what its recommendations are asked about.

    "What did the weir report recommend on sluices?" names it first, "Which recommendations on
    sluices did the weir report make?" last.
    """
    begun = _RECOMMEND.search(question)
    for about in _ABOUT.finditer(question, begun.end()) if begun else ():
        name, rest = question[: about.start()], question[about.end() :]
        parted = [(name, rest)]
        if not _besides(name):
            parted += [(rest[at.end() :], rest[: at.start()]) for at in _WHOSE.finditer(rest)]
        for named, topic in parted:
            if wanted := frozenset(terms(topic)):
                yield Request("", False, _besides(named), wanted)


def recommendations(
    question: str,
    documents: Sequence[DocumentSummary],
    *,
    about: Collection[str],
    document_of: Callable[[str], Document],
) -> list[Printed]:
    """What the reports that the question names print of the recommendations it asks for.

    None where it asks something else. A document that responds to a report is taken for what was
    replied, and for the rest where there is no other.
    """
    held: dict[str, Numbered] = {}
    for request in requested(question):
        named = named_by(request.terms, documents, about=about)
        found = printed_by(named, document_of, partial(_printed, request, held))
        if request.reply:
            found = [each for each in found if responds(each.summary)]
        if found:
            return reports_first(found)
    return []


def _printed(
    request: Request, read: dict[str, Numbered], summary: DocumentSummary, document: Document
) -> Printed | None:
    """What is asked for of the document; what was ``read`` of it for another reading is kept."""
    if document.uri not in read:
        read[document.uri] = recommendations_of(document)
    held = read[document.uri]
    if request.count:
        return _counted(summary, document, held)
    if request.topic:
        return _on(request.topic, summary, document, held.values())
    if not request.number:
        shown = [_headline(document, each) for each in list(held.values())[:MOST]]
        note = _left_out(summary, [*held])
        return Printed(summary, tuple(shown), note=note) if shown else None
    one = held.get(request.number)
    if one is None or (request.reply and not one.replies):
        return None
    if request.reply:
        chosen = [*one.replies[:_REPLIES], one.paragraphs[0]]
    else:
        chosen = [*([one.name] if one.name else []), *one.paragraphs[:MOST]]
    return Printed(summary, tuple(quote_of(document, each.start, each.end) for each in chosen))


def _counted(summary: DocumentSummary, document: Document, held: Numbered) -> Printed | None:
    """The last of recommendations that are numbered from 1 on; None where one is not found."""
    if len(held) < 2 or list(held) != [str(number + 1) for number in range(len(held))]:
        return None
    label = f"{summary.title} has recommendations numbered 1 to {len(held)}, this the last"
    quote = _headline(document, held[str(len(held))])
    return Printed(summary, (quote,), label=label, count=len(held))


def _on(
    topic: Collection[str],
    summary: DocumentSummary,
    document: Document,
    held: Iterable[Recommendation],
) -> Printed | None:
    told = [each for one in held for each in _about(topic, document, one)]
    note = f"More in {summary.title} is about this: what is shown is the first of it."
    quotes = tuple(quote_of(document, each.start, each.end) for each in told[:MOST])
    return Printed(summary, quotes, note=note if len(told) > MOST else "") if told else None


def _about(topic: Collection[str], document: Document, one: Recommendation) -> list[Paragraph]:
    """What the recommendation says of the topic, under the heading that names it.

    All of it where that heading has the topic's terms, else the paragraphs that begin with a
    sentence that has them: further on, one may be mentioned by the way.
    """
    name = [one.name] if one.name else []
    if one.name and _has(topic, document, (one.name.start, one.name.end)):
        return [*name, *one.paragraphs]
    told: list[Paragraph] = []
    for before, each in zip([None, *one.paragraphs], one.paragraphs, strict=False):
        item = before and told[-1:] == [before] and goes_on(document, before)
        if item or _has(topic, document, _beginning(document, [each])):
            told.append(each)
    return [*name, *told] if told else []


def _has(topic: Collection[str], document: Document, span: Span) -> bool:
    """Whether the topic's terms stand there near one another.

    A "Home Office" and some "Secretary of State" further on are no Home Secretary.
    """
    said = terms(document.text[slice(*span)])
    near = 2 * len(topic)
    return any(set(said[at : at + near]).issuperset(topic) for at in range(len(said)))


def _left_out(summary: DocumentSummary, numbers: Sequence[str]) -> str:
    """What a list of these has not: those behind the first, and those that are not found."""
    whole = {number for number in numbers if number.isdecimal()}
    last = max(map(int, whole), default=0)
    lacking = [str(number) for number in range(1, last + 1) if str(number) not in whole]
    said = []
    if len(numbers) > MOST:
        said = [f"{summary.title} numbers {len(numbers)} recommendations: these are the first."]
    if lacking:
        which = ", ".join(lacking) if len(lacking) < MOST else f"{len(lacking)} of {last}"
        said.append(f"Not found under their numbers: {which}.")
    return " ".join(said)


def _headline(document: Document, one: Recommendation) -> Quote:
    """What tells it in a list: the heading that names it, or else its first sentence."""
    if one.name:
        return quote_of(document, one.name.start, one.name.end)
    return quote_of(document, *_beginning(document, one.paragraphs))


def _beginning(document: Document, paragraphs: Sequence[Paragraph]) -> Span:
    """The first sentence that tells something, or else the first paragraph."""
    return next(telling(document, paragraphs), (paragraphs[0].start, paragraphs[0].end))


def _number(found: re.Match[str]) -> str:
    if ordinal := found["ordinal"]:
        return str(_ORDINALS.index(ordinal.lower()) + 1)
    number = found["number"].lower()
    return str(_NUMBERS.index(number) + 1) if number in _NUMBERS else number
