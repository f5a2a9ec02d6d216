"""What is found for a question: passages, quotes, answers, and the tables made of quotes.

Every offset counts characters of ``Document.text``; spans are half open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["answered", "not_found", "low_confidence"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that is found and ranked as one.

    ``document.text[start:end] == text``, always. ``id`` is a 63-bit hash of (uri, text,
    occurrence): the vector's id, the ledger's row id and the lexical key. ``heading`` is the trail
    that encoder and lexical index see beside the text. ``page`` is the 1-based page on which the
    passage starts (``None`` without pages); ``paragraph`` what is printed before the paragraph it
    starts in, or "". Where a document has neither pages nor printed paragraph numbers, it is that
    paragraph's 1-based ordinal.
    """

    id: int
    uri: str
    start: int
    end: int
    text: str
    heading: str
    page: int | None
    paragraph: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query: ``rank`` from 1, and in ``signals`` why it is here."""

    passage: Passage
    score: float
    rank: int
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and the place it stands: ``document.text[start:end] == quote``.

    ``page`` is the 1-based page (``None`` without pages), ``page_label`` what is printed on it,
    ``paragraph`` what is printed before its paragraph, or "" (a 1-based ordinal only where the
    document has neither pages nor printed paragraph numbers). ``url`` is the source that the
    paragraph itself names, else the document's own address, else "".
    """

    number: int
    uri: str
    title: str
    review: str
    page: int | None
    page_label: str
    paragraph: str
    start: int
    end: int
    quote: str
    sha256: str
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question, or that they do not say it.

    ``text`` quotes the citations with their numbers in brackets. ``query`` is the standalone form
    that was searched. ``short`` is the span asked for ("11", "Dr Alan Billings") or "".
    ``confidence`` is the probability in [0, 1] that the documents answer the question.
    """

    question: str
    query: str
    text: str
    short: str
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    outcome: Outcome
    confidence: float
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain lists and dicts, ready for ``json.dumps``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange of a conversation; the answer may be plain text, from elsewhere."""

    question: str
    answer: Answer | str


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """What one review says to a question, in its best quote.

    ``review`` is its short name, ``uris`` are its documents. Where it is silent, ``outcome`` is
    "not_found", ``citation`` None and ``short`` "". ``confidence`` is the probability in [0, 1]
    that this review answers the question.
    """

    review: str
    uris: tuple[str, ...]
    citation: Citation | None
    outcome: Outcome
    confidence: float
    short: str

    @property
    def silent(self) -> bool:
        """Whether the review does not answer."""
        return self.citation is None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question put to several reviews, each read by itself: a row for each.

    ``query`` is the standalone form that was searched, the same in every review. The citations
    of the rows are numbered from 1 in their order.
    """

    question: str
    query: str
    rows: tuple[ComparisonRow, ...]
    seconds: float

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Those of the rows that have one, in their order."""
        return tuple(row.citation for row in self.rows if row.citation is not None)

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain lists and dicts, ready for ``json.dumps``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DatedStatement:
    """A quote and the date in it: ``words`` is the date as the quote prints it.

    ``date`` is in ISO 8601, as much of it as is said: "2014", "2014-08" or "2014-08-26". ``until``
    is the end of a span of time, written in the same way, or "": of "2013/14" it is "2014", of
    "the 1990s" it is "1999".
    """

    date: str
    until: str
    words: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the documents date about the subject of a question, in the order of the dates.

    ``query`` is the standalone form that was searched. The citations of the rows are numbered from
    1 in their order. There are no rows where nothing on the subject has a date.
    """

    question: str
    query: str
    rows: tuple[DatedStatement, ...]
    seconds: float

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Those of the rows, in their order."""
        return tuple(row.citation for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The timeline as plain lists and dicts, ready for ``json.dumps``."""
        return asdict(self)
