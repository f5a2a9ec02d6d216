"""Figures in a sentence: what each counts, how exactly, when and according to whom."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qa.answers.spans import spans_of
from qa.text import STOP_WORDS, Span, fold, stem, terms, words

Exactness = Literal["exact", "about", "least", "most"]

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen".split()
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_VALUES = {
    **{word: value for value, word in enumerate(_UNITS)},
    **{word: 10 * value for value, word in enumerate(_TENS, start=2)},
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_EXACTNESS: tuple[tuple[Exactness, str], ...] = (
    ("most", r"up to|at most|as many as|(?:fewer|less|no more) than|under|a maximum of"),
    ("least", r"at least|over|more than|no (?:fewer|less) than|upwards of|in excess of|exceeding"),
    (
        "about",
        r"about|around|approximately|approx\.?|roughly|nearly|almost|some|an estimated|circa|c\.",
    ),
)
_BEFORE = tuple(
    (exactness, re.compile(rf"\b(?:{pattern})\W*$", re.IGNORECASE))
    for exactness, pattern in _EXACTNESS
)
# A number after one of these counts a part, or something beside what was counted so far.
_PART_BEFORE = re.compile(
    r"\b(?:another|further|additional|extra|other|first|next|last|remaining|average of|mean of"
    r"|aged?|section|page|paragraph|chapter|volume|part|recommendation|number|includ(?:ing|es?|ed)"
    r"|(?:in addition to|besides|apart from|excluding)(?: the| these| those)?"
    r"|of (?:whom|which|these|those|them)|(?:accept|reject|implement|complet)\w*)\W*$",
    re.IGNORECASE,
)
_PART_AFTER = re.compile(
    r"\W*(?:(?:of|out of|another|more|further|other|additional|extra|times)\b"
    r"|in (?:every )?\d{1,2}\b|(?:to|or|and)\s+\d|[–-]\s?\w)"
    r"|[^.,;:]{0,40}?\b(?:a|each|every|per) (?:day|week|month|year)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\b(?:between|from)\s+[\d,]+\s+(?:and|to)\W*$", re.IGNORECASE)
_ELLIPTICAL = re.compile(
    r"[\"”’)]*\s*(?:$|[,.;:)]|(?:and|or|in|by|at|on|as|according|while|but|against|to)\b"
    r"|\w+ed (?:in|by|at|on|as)\b)"
)
_NUMBER_OF = re.compile(
    r"\b(?:numbers?|counts?|totals?|tally|figures?|estimates?) (?:for|of) "
    r"(?:the |all |its |their |his |her )?((?:[\w’'-]+ ?){1,4})",
    re.IGNORECASE,
)
TELLING = frozenset(
    terms(
        "possible potential estimated alleged known suspected identified individual different"
        " separate total such confirmed reported counted found believed thought altogether"
    )
)
"""Terms that tell how a figure is known, not what is counted."""
_CLAUSE = frozenset("who that which had have has was were are is been being may might".split())
_VERBAL = ("ed", "ing", "ly")
_PLURALS = frozenset("children people men women staff police".split())
_PERIOD_BEFORE = re.compile(
    r"\b(?:between|from|since|over|during|until|to|and|under|section)(?: the years?)? $", re.I
)
_POSSESSIVE = re.compile(r"['’]s$")
_NO_HEAD: tuple[int, tuple[tuple[str, ...], str]] = (0, ((), ""))


@dataclass(frozen=True, slots=True)
class Mention:
    """A figure: where it stands in its sentence, its value, and the terms of what it counts.

    ``counted`` holds the nouns right behind it, and those of a "number of ..." in front of it.
    ``told`` is what the sentence goes on to say of them ("exploit" in "1,400 children were
    sexually exploited"), or "".
    """

    span: Span
    text: str
    value: float
    exactness: Exactness
    counted: tuple[tuple[str, ...], ...]
    told: str
    date: str = ""


@functools.lru_cache(maxsize=2048)  # passages that are asked about come again
def mentions(sentence: str) -> tuple[Mention, ...]:
    """The figures of the sentence that count something as a whole, in their order.

    A figure without a noun of its own has that of the one before it: "310 homes in May, 290 in
    June".
    """
    money = spans_of("money", sentence)
    heads = [
        (head.start(), _counted(head[1]))
        for head in _NUMBER_OF.finditer(sentence)
        if any(is_plural(word) for word in head[1].split())
    ]
    found: list[Mention] = []
    for start, end in spans_of("number", sentence):
        value = value_of(sentence[start:end])
        before, after = sentence[:start], sentence[end:]
        if value is None or any(start < stop and begin < end for begin, stop in money):
            continue
        if _PART_BEFORE.search(before) or _BETWEEN.search(before) or _PART_AFTER.match(after):
            continue
        counted: tuple[tuple[str, ...], ...] = ()
        place, (headed, told) = max((each for each in heads if each[0] < start), default=_NO_HEAD)
        last = found[-1] if found and found[-1].span[1] > place else None
        if not _ELLIPTICAL.match(after):
            nouns, told = _counted(after)
            counted = (nouns, () if last else headed) if nouns else ()
        elif value > 1:  # "they differ from one another"
            counted, told = (last.counted, last.told) if last else ((headed,), told)
        if any(counted):
            exactness = _exactness(before, after)
            text = sentence[start:end]
            found.append(Mention((start, end), text, value, exactness, counted, told))
    return tuple(_dated(found, sentence))


def value_of(text: str) -> float | None:
    """What the number says: "1,400", "1.2 million", "twenty-six"; None for "dozens" or "half"."""
    parts = text.casefold().replace(",", "").replace("-", " ").split()
    total = current = 0.0
    for part in parts:
        if re.fullmatch(r"\d+(?:\.\d+)?", part):
            current += float(part)
        elif part in _VALUES:
            current += _VALUES[part]
        elif part == "hundred":
            current = (current or 1) * 100
        elif part in _SCALES:
            total += (current or 1) * _SCALES[part]
            current = 0.0
        elif part not in ("and", "a"):
            return None
    return total + current


def counts(mention: Mention, nouns: Collection[str], allowed: Collection[str]) -> bool:
    """Whether the figure counts one of these nouns, described by ``allowed`` words alone."""
    return any(
        chunk[-1] in nouns
        and all(term in allowed or term in nouns or term in TELLING for term in chunk[:-1])
        for chunk in mention.counted
        if chunk
    )


def _dated(found: Sequence[Mention], sentence: str) -> list[Mention]:
    """The figures with the date that the sentence gives: behind each, or before the first.

    A period ("over 1997 to 2013") is that of what was counted, not that of the count.
    """
    dates = [
        (start, end)
        for start, end in spans_of("date", sentence)
        if not re.search(r"\bto\b|[–-]|s$", sentence[start:end])
        and not _PERIOD_BEFORE.search(sentence[:start])
    ]
    ends = [*(mention.span[0] for mention in found[1:]), len(sentence)]
    dated = []
    for mention, following in zip(found, ends, strict=False):
        behind = [date for date in dates if mention.span[1] <= date[0] < following]
        ahead = [date for date in dates if date[1] <= found[0].span[0]]
        chosen = behind[:1] or ahead[-1:]
        date = sentence[slice(*chosen[0])] if chosen else ""
        dated.append(replace(mention, date=date))
    return dated


def _counted(after: str) -> tuple[tuple[str, ...], str]:
    """The nouns at the beginning of the text, and what is said of them, as terms."""
    nouns: list[str] = []
    says = whole = False
    end = 0
    for start, stop in words(after):
        gap, word = after[end:start], after[start:stop]
        folded, end = fold(word), stop
        if re.search(r"[.,;:()]", gap) or word[0].isdigit() or folded == "according":
            break
        if _POSSESSIVE.search(word) or (word[-1] == "s" and after.startswith(("'", "’"), stop)):
            return (), ""  # "36 children's homes" are homes
        verbal = folded in _CLAUSE or (word.islower() and word.endswith(_VERBAL))
        says = says or (bool(nouns) and verbal)
        if says and (folded in _CLAUSE or word.endswith("ly") or stem(folded) in TELLING):
            continue
        if says:
            return tuple(nouns), stem(folded) if folded not in STOP_WORDS else ""
        if folded in STOP_WORDS or whole:
            break
        nouns.append(stem(folded))
        whole = is_plural(word)
    return tuple(nouns), ""


def nouns_at(text: str) -> tuple[str, ...]:
    """The terms that the text begins with, up to a function word."""
    found = []
    for start, end in words(text):
        folded = fold(text[start:end])
        if folded in STOP_WORDS:
            break
        found.append(stem(folded))
    return tuple(found)


def is_plural(word: str) -> bool:
    """Whether the word looks like several things of a kind."""
    return word.endswith("s") or fold(word) in _PLURALS


def _exactness(before: str, after: str) -> Exactness:
    for exactness, pattern in _BEFORE:
        if pattern.search(before):
            return exactness
    return "least" if re.match(r"\W*or more\b", after) else "exact"
