"""What the metadata of a document says that it may be called by, as terms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qa.answers.spans import spans_of
from qa.text import STOP_WORDS, fold, stem, stems, terms, words
from qa.types import DocumentSummary

_LEAST_LETTERS = 3
YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_OPERATION = re.compile(r"\bOperation ([A-Z][\w’'-]+)")
_BRACKETED = re.compile(r"\(([A-Z]+[a-z]?[A-Z]+)\)")
_CAPITALS = re.compile(
    r"\b(?!The\b)[A-Z][\w’'-]+(?: (?:(?:and|&|of|for|the|on|into|in) )*[A-Z][\w’'-]+){2,}"
)
_BREAK = re.compile(r"[;,:()/&]|\b(?:and|with|in|by|of the)\b")
MONTHS = (
    "January February March April May June July August September October November December".split()
)


PLAIN_KINDS = stems("report review")
KINDS = PLAIN_KINDS | stems(
    "inquiry enquiry audit inspection investigation operation committee commission study survey"
)
# Alone, none of these tells one document from another.
COMMON = KINDS | stems(
    """police council government board trust service services authority agency office department
    force national public serious case children child's child young people person women men local
    city county borough"""
)
# Nor do these, even where they stand in a title.
UNTELLING = stems(
    """final interim first second third last latest new full main annual joint special whole same
    other similar recent previous original published part volume phase chapter section summary
    document paper brief page update version independent"""
)


@dataclass(frozen=True, slots=True)
class Card:
    """What a document's metadata says of it, as terms.

    ``own`` are names of its own, ``authors`` those of its authors; ``short`` and ``initials`` are
    abbreviations that the metadata gives, and that can be made of it. ``capital`` and ``small``
    are terms by how they are written.
    """

    review: str
    year: str
    years: frozenset[str]
    title: tuple[str, ...]
    described: frozenset[str]
    capital: frozenset[str]
    small: frozenset[str]
    own: tuple[frozenset[str], ...]
    authors: tuple[frozenset[str], ...]
    short: frozenset[str]
    initials: frozenset[str]


def card_of(document: DocumentSummary) -> Card:
    """The card of the document."""
    meta, title = document.meta, document.title
    review, author = meta.get("review", ""), meta.get("author", "")
    published, publisher = meta.get("published", ""), meta.get("publisher", "")
    year = YEAR.search(published)
    told = " ".join([review, title, meta.get("period", ""), author, publisher])
    written = [title, author, publisher, meta.get("commissioned_by", "")]
    months = [MONTHS[int(month) - 1] for month in re.findall(r"^\d{4}-(0[1-9]|1[0-2])", published)]
    spelled = [text[start:end] for text in written for start, end in words(text)]
    return Card(
        review=review or title,
        year=year[0] if year else "",
        years=frozenset(YEAR.findall(f"{published} {review} {title}")),
        title=tuple(terms(title)),
        described=frozenset(terms(told)) | frozenset(terms(" ".join(months))),
        capital=frozenset(terms(f"{review} {_plainly_written(title)}")),
        small=frozenset(stem(fold(word)) for word in spelled if word[0].islower()),
        own=_own_names(review, title),
        authors=_surnames(author),
        short=_abbreviations(title, author, publisher),
        initials=_initials([title, review, meta.get("commissioned_by", "")]),
    )


def _plainly_written(title: str) -> str:
    """The words of a title that has capitals, unless it has them throughout."""
    spelled = [title[start:end] for start, end in words(title)]
    content = [word for word in spelled if fold(word) not in STOP_WORDS]
    small = [word for word in content if word[0].islower()]
    return " ".join(word for word in content if word[0].isupper()) if len(small) > 1 else ""


def _own_names(review: str, title: str) -> tuple[frozenset[str], ...]:
    """The review without its year and kind, and the operations that the title names."""
    held = [term for term in terms(review) if not term.isdigit()]
    while len(held) > 1 and held[-1] in PLAIN_KINDS:
        held.pop()
    named = [frozenset(held)] + [frozenset(terms(name)) for name in _OPERATION.findall(title)]
    return tuple(dict.fromkeys(name for name in named if name and not name <= COMMON | UNTELLING))


def _surnames(author: str) -> tuple[frozenset[str], ...]:
    """The last name of each person; a body whose name ends in a common word is none."""
    found = []
    for part in _BREAK.split(author):
        for start, end in spans_of("person", part):
            after = re.match(r" ([A-Z][a-z]+)", part[end:])
            name = frozenset(terms(part[start:end].split()[-1]))
            if not after and name and not name <= COMMON | UNTELLING:
                found.append(name)
    return tuple(dict.fromkeys(found))


def _abbreviations(*texts: str) -> frozenset[str]:
    """What stands in brackets behind the body or the inquiry that it is short for."""
    found = set()
    for text in texts:
        for match in _BRACKETED.finditer(text):
            spelled = [text[start:end] for start, end in words(text[: match.start()])]
            capital = "".join(word[0] for word in spelled if word[0].isupper())
            if len(match[1]) >= _LEAST_LETTERS and capital.endswith(match[1][-2:].upper()):
                found.add(match[1])
    return frozenset(found)


def _initials(texts: Iterable[str]) -> frozenset[str]:
    """The first letters of names of three words and more, with and without the last word."""
    found = set()
    for text in texts:
        for match in _CAPITALS.finditer(text):
            for part in (match[0], *re.split(r" (?:of|for) ", match[0])):
                letters = "".join(word[0] for word in re.findall(r"\b[A-Z][\w’'-]+", part))
                ends_in_kind = bool(KINDS.intersection(terms(part)[-1:]))
                found |= {letters, letters[:-1]} if ends_in_kind else {letters}
    return frozenset(name for name in found if len(name) >= _LEAST_LETTERS)
