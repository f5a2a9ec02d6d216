"""Who did it: the person or body that a sentence says to have done, or to be, what is asked.

"Who wrote the report?" asks for the one who wrote; "who was its author?" for the one who is called
so. A sentence that answers says it in one of few forms: "A wrote it", "it was written by A", "A,
the author", "its author was A". A name in none of them stands there for something else.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answers.spans import overlap
from qa.text import Span, fold, stem, terms, words

_ASKED = re.compile(
    r"\b(?:who(?:m)?|(?:which|what)\s+(?:[\w-]+\s+)?(?:body|bodies|organi[sz]ation|agency|council"
    r"|force|department|person|man|woman|officer|minister|author|judge|inspector|professor"
    r"|detective|councillor|reporter|journalist|company|committee))\s+",
    re.IGNORECASE,
)
_IS = frozenset({"is", "was", "are", "were", "became", "become", "served", "acted"})
_HAS = frozenset({"has", "had", "have", "also", "first", "then", "actually", "originally", "later"})
_OBJECT = frozenset(
    {"did", "do", "does", "can", "could", "should", "would", "will", "may", "might"}
)
_ARTICLE = frozenset({"the", "a", "an", "its", "his", "her", "their", "this", "that", "as"})
_ENDS_A_ROLE = frozenset({"of", "for", "in", "at", "to", "who", "that", "on", "when", "during"})
_BETWEEN = 5
"""So many words may stand between a name and what it did."""
_STOPS = re.compile(r"[.;:!?]|\b(?:to|which)\b")
_PASSIVE = re.compile(r"\b(?:is|are|was|were|been|being|be)\b")
_OWNER = re.compile(r"['’](?:s\b)?")
_BY = re.compile(r"\W+(?:\w+\W+)?by\b")

Told = tuple[int, int, str]
"""Where a word begins and ends, and its term."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What is asked about: the terms of a deed ("wrote"), or of a role ("author")."""

    terms: frozenset[str]
    role: bool


@functools.lru_cache(maxsize=256)
def deed_of(question: str) -> Deed | None:
    """What the one who is asked for did or was.

    None where something was done to them, or where nobody is asked for in so many words.
    """
    asked = list(_ASKED.finditer(question))
    if not asked:
        return None
    # The last: what stands before it is an aside, or the conversation.
    told = question[asked[-1].end() :]
    rest = [fold(told[start:end]) for start, end in words(told)]
    while rest and rest[0] in _HAS:
        rest = rest[1:]
    if not rest or rest[0] in _OBJECT:
        return None
    if rest[0] not in _IS:
        return Deed(frozenset({stem(rest[0])}), role=False)
    if rest[1:2] and rest[1] in _ARTICLE:
        role = itertools.takewhile(lambda word: word not in _ENDS_A_ROLE, rest[2:])
        kept = frozenset(terms(" ".join(role)))
        return Deed(kept, role=True) if kept else None
    return None


def doers(sentence: str, names: Sequence[Span], deed: Deed) -> list[Span]:
    """Those of the names, in order, that the sentence says to have done it, or to be it."""
    told = [(start, end, stem(fold(sentence[start:end]))) for start, end in words(sentence)]
    return [name for name in names if _does(sentence, told, names, name, deed)]


def _does(
    sentence: str,
    told: Sequence[Told],
    names: Sequence[Span],
    name: Span,
    deed: Deed,
) -> bool:
    after = [word for word in told if word[0] >= name[1]][:_BETWEEN]
    before = [word for word in told if word[1] <= name[0]]
    if _goes_on(sentence, name[1], after, deed, names):
        return True
    if deed.role:
        near = before[-_BETWEEN - len(deed.terms) :]
        held = [word for word in near if word[2] in deed.terms]
        return deed.terms <= {word[2] for word in held} and _flows(sentence[held[-1][1] : name[0]])
    near = before[-_BETWEEN - 3 :]
    by = [at for at, word in enumerate(near) if word[2] == "by"]
    if not by or not _flows(sentence[near[by[-1]][1] : name[0]]):
        return False
    # "carried out by", "first published by"
    return any(word[2] in deed.terms for word in near[max(0, by[-1] - 3) : by[-1]])


def _goes_on(
    sentence: str,
    end: int,
    after: Sequence[Told],
    deed: Deed,
    names: Sequence[Span],
) -> bool:
    """Whether the words after the name say it, before another name is named."""
    if _OWNER.match(sentence, end):
        return False  # "the Government's expert chair" is not the Government
    left = set(deed.terms)
    for start, stop, term in after:
        between = sentence[end:start]
        named = any(other[0] >= end and overlap(other, (start, stop)) for other in names)
        if not _flows(between) or (named and term not in left):
            return False
        left.discard(term)
        if not left:
            passive = _PASSIVE.search(between) or _BY.match(sentence, stop)
            return deed.role or not passive
    return False


def _flows(between: str) -> bool:
    return not _STOPS.search(between)
