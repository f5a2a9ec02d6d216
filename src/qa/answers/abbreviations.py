"""What an abbreviation stands for, where a document spells it out.

A report spells it out once, "the Horizon Shortfall Scheme (“HSS”)", and uses it a hundred times
after that: the sentences that share the question's words are mostly those that do not tell. What
stands before a short form in brackets is its long form if the letters occur there in order, the
first of them where a word begins: Schwartz and Hearst, A simple algorithm for identifying
abbreviation definitions in biomedical text, 2003. A line of a glossary has the long form behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from qa.answers.printing import KINDS_OF_REPORT, Printed, named_by
from qa.answers.quoting import Quote, quote_from
from qa.text import fold, sentences, stems, terms
from qa.types import DocumentSummary, Passage, PassageIndex

_MOST = 3
"""So many long forms of one abbreviation are shown."""
_PASSAGES = 1000
"""So many passages that have it are looked through, those where it weighs most first."""
_SHORT = r"[\"'“‘]?(?P<short>[A-Za-z][\w&/-]{1,9})[\"'”’]?"
_STAND_FOR = (
    rf"(?:abbreviation |acronym |initials |letters )?{_SHORT} (?:stands? for|means?\b"
    r"|(?:an? |the )?(?:short|abbreviation|acronym) (?:for|of))"
)
_ASKED = (
    re.compile(rf"\bwhat (?:(?:do|does|did|is|are|was) (?:the )?)?{_STAND_FOR}", re.IGNORECASE),
    re.compile(
        r"\W*[Ww]hat(?:['’]s| is| are| was| were) (?:the |an? )?[\"'“‘]?"
        r"(?P<short>[A-Z][A-Za-z&/-]*[A-Z])s?[\"'”’]?(?: in\b.*)?\W*$"
    ),
)
_ASKING = KINDS_OF_REPORT | stems(
    """abbreviation acronym initials letters letter stand stands mean means
    short"""
)
_SMALL = frozenset("a an and by for in into of on or the to with".split())


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A sentence or line that spells it out, with the long form that it gives."""

    quote: Quote
    long: str


def spelled_out(
    question: str, documents: Sequence[DocumentSummary], index: PassageIndex
) -> list[Printed]:
    """What the abbreviation stands for that the question asks about, in the documents it names.

    In any, where it names none; nothing for another question.
    """
    asked = [match["short"] for each in _ASKED if (match := each.search(question))]
    if not asked:
        return []
    short = asked[0]
    rest = frozenset(terms(question)) - _ASKING - frozenset(terms(short))
    among = named_by(rest, documents, about=()) if rest else documents
    held = {each.uri: each for each in among}
    best = index.lexical(dict.fromkeys(terms(short), 1.0), _PASSAGES, uris=list(held))
    passages = index.passages(number for number, _ in best).values()
    forms = _Forms(short)
    found = _distinct(each for passage in passages for each in forms.spelled(passage))[:_MOST]
    one = found[0].long if len(found) == 1 else ""
    told = {uri: [each.quote for each in found if each.quote.uri == uri] for uri in held}
    return [Printed(held[uri], tuple(quotes), short=one) for uri, quotes in told.items() if quotes]


def _distinct(found: Iterable[_Spelled]) -> list[_Spelled]:
    """The first in the order of the documents for each long form."""
    first: dict[str, _Spelled] = {}
    for each in sorted(found, key=lambda each: (each.quote.uri, each.quote.start)):
        first.setdefault(fold(each.long), each)
    return list(first.values())


class _Forms:
    """How a document may spell out the short form that is asked about."""

    def __init__(self, short: str) -> None:
        # Who writes "hss" may mean HSS; "GPs" are no GPS.
        written = re.escape(short) if _has_capitals(short) else f"(?i:{re.escape(short)})"
        self.bracketed = re.compile(rf"[\s\"“'‘]*\((?:the )?[\"“'‘]?({written})[\"”'’]?\)")
        self.opening = re.compile(
            rf"\W*({written})(?:\s*[:–—-]\s*|\s+(?:means|stands for)\s+|\s+\(?)(?:[Tt]he )?"
        )
        self.line = re.compile(rf"^\W*{written}\b", re.MULTILINE)

    def spelled(self, passage: Passage) -> Iterator[_Spelled]:
        """Each sentence of the passage that spells it out."""
        if not self.bracketed.search(passage.text) and not self.line.search(passage.text):
            return
        for start, end in sentences(passage.text):
            quote = quote_from(passage, start, end)
            text = quote.text
            for found in self.bracketed.finditer(text):
                at = _long_form(text[: found.start()], found[1])
                if at is not None:
                    yield _Spelled(quote, text[at : found.start()])
            head = self.opening.match(text)
            if head and (length := _initials(text[head.end() :], head[1])):
                yield _Spelled(quote, text[head.end() : head.end() + length])


def _long_form(before: str, short: str) -> int | None:
    """Where in the text the long form begins that ends it; None where there is none."""
    letters = _letters(short)
    if not letters:
        return None
    at = len(before)
    for place in range(len(letters) - 1, -1, -1):
        at -= 1
        while at >= 0 and not (
            before[at].casefold() == letters[place]
            and (place or at == 0 or not before[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
    most = min(len(letters) + 5, 2 * len(letters))
    return at if len(before[at:].split()) <= most else None


def _initials(text: str, short: str) -> int:
    """How far the words at the beginning go whose first letters the short form has; 0 for none."""
    letters = _letters(short)
    for word in re.finditer(r"[^\W_]+(?:['’-][^\W_]+)*", text) if letters else ():
        counts = word[0][0].casefold() == letters[0]
        if fold(word[0]) in _SMALL and not (counts and len(letters) > 1):
            continue
        if not counts or not (word[0][0].isupper() or fold(word[0]) in _SMALL):
            return 0
        letters.pop(0)
        if not letters:
            return word.end()
    return 0


def _letters(short: str) -> list[str]:
    """The letters that a long form has to have; none where it is not written as a short form."""
    return [each for each in short.casefold() if each.isalnum()] if _has_capitals(short) else []


def _has_capitals(short: str) -> bool:
    return sum(letter.isupper() for letter in short) > 1
