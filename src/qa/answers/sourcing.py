"""Who gives a figure, and when: in the words of its sentence, or else by its document."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from qa.answers.counting import Mention
from qa.answers.metadata import KINDS, MONTHS, YEAR
from qa.answers.naming import Names
from qa.answers.quoting import Quote
from qa.text import terms

_ACCORDING = re.compile(r"\baccording to ((?:the |its )?[^,.;:]+?)(?=,|;|:|\.|$| and )")
_ACCORDING_FIRST = re.compile(r"According to ([^,.;:]+),")
_BY = re.compile(
    rf"\bby ((?:the )?(?!(?:{'|'.join(MONTHS)})\b)[A-Z][^,.;:]+?)"
    r"(?=,|;|:|\.|$| and | of | in | by )"
)
_OWN = re.compile(
    r"\b((?:[Tt]he )?[A-Z][\w&]*(?: (?:of|and|the|for|on|into|[A-Z]\w*|\([A-Z]+\)))*)['’]s? "
    r"(?:\w+ ){0,2}?[\"“]?(?:\w+ )?(?:estimate|count|number|figure|total)s?\b"
)
_COUNTED_BY = re.compile(
    r"\b(?:count|number|figure|estimate|total)s?\b[^,.;:]*?\bby ((?:the )?[A-Z][^,.;:]*?)"
    r"(?=,|;|:| (?:differs?|is|was|are|were|in|of|put|at)\b)"
)
_OTHER = re.compile(r"\b(?:differs? from|against|than|unlike|revis\w+|with) (?:the )?$")
_SAYS = re.compile(
    r"(?:^|,? and |\. |; |: )(?:(?:In|On|By) [^,;]*?\d{4},? )?"
    r"((?:(?:The |the )?[A-Z]|the [a-z])[^,;:]*?)\s+(?:(?:has|have|had) )?"
    r"(?:said|says?|gave|gives?|counted|puts?|estimated|estimates|reported|reports|found"
    r"|finds|wrote|writes|speaks?|spoke|identified|recorded|concluded|calculated|suggested|made|makes|lists?|contains?|has|had)\b"
)
_DATED = re.compile(
    rf"\s*(?:\b(?:of|in|on) |, )?(?:\b\d{{1,2}} )?(?:\b(?:{'|'.join(MONTHS)}) )?{YEAR.pattern}"
)
_NUMBER = re.compile(r"^(?:there|it|they|number|count|total|figure|estimate)s?\b", re.IGNORECASE)
_LONGEST_SOURCE = 80


def source_of(
    quote: Quote,
    figures: Sequence[Mention],
    mention: Mention,
    *,
    names: Names,
    asked: Collection[str],
) -> tuple[str, str]:
    """Who gives the figure, and the year of publication where that is one of the documents.

    ``figures`` are all of the sentence: what is said of one is not said of another. ``asked`` are
    the terms of the question: the subject that it asks about is no source.
    """
    text = quote.text
    before = [other.span[1] for other in figures if other.span[0] < mention.span[0]]
    after = [other.span[0] for other in figures if other.span[0] > mention.span[0]]
    behind = text[mention.span[1] : min(after, default=len(text))]
    said = _ACCORDING.search(behind) or _BY.search(behind)
    opening = _ACCORDING_FIRST.match(text)
    told = [match[1] for match in (said, opening) if match]
    begin, first = max(before, default=0), min([*before, mention.span[1]])
    told += _owners(text, begin, mention.span[1])
    told += [match[1] for match in reversed(list(_SAYS.finditer(text[: mention.span[0]])))]
    told += [match[1] for match in _COUNTED_BY.finditer(text[:first])]
    told += _owners(text, 0, first)
    source, group = next(
        (called for called in (_called(phrase, names, asked) for phrase in told) if called[0]),
        (names.label((quote.uri,)), (quote.uri,)),
    )
    return source, names.year(group) if group else ""


def _owners(text: str, start: int, end: int) -> list[str]:
    """Whose estimate or count it is, nearest first: not one that it is held against."""
    found = [match for match in _OWN.finditer(text[:end]) if match.start() >= start]
    return [match[1] for match in reversed(found) if not _OTHER.search(text[: match.start()])]


def _called(phrase: str, names: Names, asked: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """What the source is called, "" where that takes too long, and the documents it is.

    A phrase that is but the name of a review gives way to that name.
    """
    bare = _DATED.sub("", phrase).strip()
    bare = re.sub(r"^(?:the|its) ", "", bare, flags=re.IGNORECASE)
    bare = re.sub(r"['’]s(?: own)?$", "", bare.strip(" ,'’"))
    meant = names.meant(bare)
    rest = set(terms(bare)) - KINDS
    if len(meant) == 1 and len(meant[0].groups) == 1 and rest <= meant[0].name:
        return names.label(meant[0].groups[0]), meant[0].groups[0]
    told = len(bare) <= _LONGEST_SOURCE and not _NUMBER.search(bare)
    told = told and not set(terms(bare)) <= set(asked)
    return (bare if told else ""), ()
