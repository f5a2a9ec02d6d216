"""What a person says of answers, made into lines of a ``questions.jsonl`` for ``qa eval``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qa.exports.recording import Exchange
from qa.types import Answer, Citation, DocumentSummary, Turn

UNWRITTEN = "The documents answer this; what they say was not written down."
MISSING = "missing source"
MAX_WORDS = 2_000
"""What is written beside a mark may have that many characters."""
_MARKS = ("right", "wrong", "missing")
_MOST_MARKS = 1_000
_FARTHEST = 10**6
_MOST_DIGITS = 6

Record = dict[str, Any]
"""A line of a ``questions.jsonl``: id, question, answerable, and whatever else is known."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source that an answer should have named.

    ``document`` is its uri where it is ``loaded``, else whatever it was called; ``title`` and
    ``review`` are those of a loaded one. ``page`` is as it was written; ``words`` stand there.
    """

    document: str = ""
    title: str = ""
    review: str = ""
    page: str = ""
    words: str = ""
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person says of an answer.

    ``holds`` is what a right answer holds, where that was said of a wrong one; with ``unanswered``
    the documents do not answer the question; ``missing`` is a source that the answer lacks.
    """

    right: bool
    holds: str = ""
    unanswered: bool = False
    missing: Source | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What was asked, what was searched, and what was found."""

    question: str
    query: str
    short: str
    quotes: tuple[str, ...]
    reviews: tuple[str, ...] = ()
    wide: bool = False
    alone: bool = False
    within: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        return bool(self.short or self.quotes)

    @property
    def leans(self) -> bool:
        """Whether something else was searched than the question by itself."""
        return not self.alone and self.query != self.question


def from_conversation(
    turns: Sequence[Turn | Exchange], marks: Mapping[int, Mark], *, name: str = "chat"
) -> list[Record]:
    """The marked turns as questions, and before each the turns that it leans on.

    ``marks`` are by the turn's place, from 0; ids begin with ``name``. Turns that are only leaned
    on say nothing of a right answer, so they are replayed but not judged.
    """
    said = [_said(turn) for turn in turns]
    wanted: set[int] = set()
    for place in marks:
        if not 0 <= place < len(turns):
            raise ValueError(f"there is no turn {place} among {len(turns)}")
        wanted.add(place)
        while place and said[place].leans:
            place -= 1
            wanted.add(place)
    return [
        _record(
            f"{name}-{place + 1}",
            said[place],
            marks.get(place),
            after=f"{name}-{place}" if place and said[place].leans else "",
        )
        for place in sorted(wanted)
    ]


def read_mark(values: object, documents: Iterable[DocumentSummary] = ()) -> Mark:
    """The mark that a browser kept: {"mark": "right" | "wrong" | "missing", ...}.

    Beside it may stand "holds" and "unanswered" of a wrong answer, or "document" (a uri, or the
    name of one that is not loaded), "page" and "words" of a missing source. Raises ValueError for
    anything else.
    """
    if not isinstance(values, Mapping) or values.get("mark") not in _MARKS:
        raise ValueError("a mark is right, wrong or missing")
    if values["mark"] == "right":
        return Mark(right=True)
    if values["mark"] == "wrong":
        if values.get("unanswered") is True:
            return Mark(right=False, unanswered=True)
        return Mark(right=False, holds=_text(values, "holds"))
    named, page, words = (_text(values, field) for field in ("document", "page", "words"))
    found = next((one for one in documents if one.uri == named), None)
    if found is None:
        return Mark(right=False, missing=Source(named, page=page, words=words))
    source = Source(named, found.title, found.review, page, words, loaded=True)
    return Mark(right=False, missing=source)


def read_marks(values: object, documents: Sequence[DocumentSummary] = ()) -> dict[int, Mark]:
    """The marks that a browser kept of a conversation, by the places of its turns from 0.

    Raises ValueError for anything else.
    """
    if not isinstance(values, Mapping) or len(values) > _MOST_MARKS:
        raise ValueError(f"the marks are not an object with at most {_MOST_MARKS:,} of them")
    return {_place(place): read_mark(mark, documents) for place, mark in values.items()}


def to_lines(records: Iterable[Mapping[str, Any]]) -> str:
    """The records as a ``questions.jsonl``, one a line."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _place(name: object) -> int:
    text = str(name)
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise ValueError("a mark is of no turn")
    return int(text)


def _text(values: Mapping[str, Any], field: str) -> str:
    value = values.get(field, "")
    if not isinstance(value, str) or len(value) > MAX_WORDS:
        raise ValueError(f"{field} is not a text of at most {MAX_WORDS:,} characters")
    # Half a character ("\ud800") can come in JSON and be in no file.
    return " ".join(value.encode("utf-8", "replace").decode().split())


def _said(turn: Turn | Exchange) -> _Said:
    if isinstance(turn, Turn):
        if isinstance(turn.answer, Answer):
            return _answered(turn.question, turn.answer)
        return _Said(turn.question, "", "", (turn.answer,) if turn.answer else ())
    within = turn.reviews or turn.uris
    if isinstance(turn.found, Answer):
        return _answered(turn.question, turn.found, alone=turn.alone, within=within)
    cited, query = turn.citations, turn.found.query
    reviews = tuple(dict.fromkeys(one.review for one in cited if one.review))
    return _Said(
        turn.question,
        query,
        "",
        _quotes(cited),
        reviews,
        wide=True,
        alone=turn.alone,
        within=within,
    )


def _answered(
    question: str, answer: Answer, *, alone: bool = False, within: tuple[str, ...] = ()
) -> _Said:
    if answer.outcome == "not_found":
        return _Said(question, answer.query, "", (), alone=alone, within=within)
    quotes = _quotes(answer.citations)
    return _Said(question, answer.query, answer.short, quotes, alone=alone, within=within)


def _quotes(citations: Iterable[Citation]) -> tuple[str, ...]:
    return tuple(citation.quote for citation in citations)


def _record(name: str, said: _Said, mark: Mark | None, *, after: str) -> Record:
    record: Record = {"id": name, "question": said.question, "answerable": True}
    if after:
        record["after"] = after
    if said.within:
        record["within"] = list(said.within)
    if mark is not None:
        record |= _lacking(mark.missing, said) if mark.missing else _judged(mark, said)
    return record


def _judged(mark: Mark, said: _Said) -> Record:
    if mark.unanswered or (mark.right and not said.answered):
        return {"answerable": False}
    if mark.right and said.wide:  # one question to several documents: the reviews that answer it
        reviews = {"review": list(said.reviews)} if said.reviews else {}
        return {"reference": "\n".join(said.quotes), **reviews}
    if mark.right:
        holds = said.short or said.quotes[0]
        return {"reference": holds, "must_contain": [holds]}
    if mark.holds:
        return {"reference": mark.holds, "must_contain": [mark.holds]}
    # Of several documents side by side nobody said which quote is the wrong one.
    rejected = [] if said.wide else list(said.quotes)
    return {"reference": UNWRITTEN, **({"rejected": rejected} if rejected else {})}


def _lacking(source: Source, said: _Said) -> Record:
    """What the format holds of it; all of it stands once more under "missing", as it was said."""
    record: Record = {"kind": MISSING, "reference": _reference(source)}
    if source.words and (source.loaded or not source.document):
        record["must_contain"] = [source.words]
    if source.loaded:
        record |= {"review": [source.review], "file": source.document}
    elif source.document:  # what is not loaded cannot be found: the rest can answer, or cannot
        record["answerable"] = said.answered
    if source.loaded and source.page.isascii() and source.page.isdecimal():
        number = int(source.page[: _MOST_DIGITS + 1])
        if 0 < number < _FARTHEST:
            record["page"] = number
    told = {"document": source.document, "page": source.page, "words": source.words}
    record["missing"] = {field: value for field, value in told.items() if value}
    return record


def _reference(source: Source) -> str:
    where = [source.title or source.document, f"page {source.page}" if source.page else ""]
    parts = [", ".join(part for part in where if part), source.words and f"“{source.words}”"]
    told = ": ".join(part for part in parts if part)
    return f"A source is missing: {told}" if told else "A source is missing."
