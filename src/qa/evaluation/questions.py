"""Question sets: one question a line, with what a right answer must hold."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import DocumentError
from qa.text import STOP_WORDS, fold, stem, terms, words


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question of a set. ``after`` is the id of the question before it in its conversation.

    ``must_contain`` are phrases that a right answer holds (`holds`); ``reviews`` are the short
    names of which a right answer cites one, none where any will do.
    """

    id: str
    question: str
    answerable: bool
    kind: str = ""
    after: str = ""
    reference: str = ""
    must_contain: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()
    split: str = ""


def read_questions(path: Path) -> list[SetQuestion]:
    """The questions of a ``questions.jsonl``, in order.

    Raises DocumentError, naming file and line, for a line that is not a question, an id that comes
    twice, or an ``after`` that no earlier question has.
    """
    questions: list[SetQuestion] = []
    seen: set[str] = set()
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(
            f"{path} cannot be read: {error}", uri=str(path), hint="name a questions.jsonl"
        ) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            question = _question(json.loads(line))
            if question.id in seen:
                raise ValueError(f"the id {question.id!r} comes twice")
            if question.after and question.after not in seen:
                raise ValueError(f"no earlier question has the id {question.after!r}")
        except (ValueError, TypeError, KeyError) as error:
            raise DocumentError(
                f"{path}, line {number}: {error}",
                uri=str(path),
                hint="a line holds an object with id, question and answerable",
            ) from error
        seen.add(question.id)
        questions.append(question)
    return questions


def conversation(question: SetQuestion, by_id: Mapping[str, SetQuestion]) -> list[SetQuestion]:
    """The questions before this one in its conversation, oldest first."""
    before: list[SetQuestion] = []
    while question.after:
        question = by_id[question.after]
        before.append(question)
    return before[::-1]


def holds(phrase: str, answer: str) -> bool:
    """Whether the answer holds the phrase: every number in it, and 60 % of its content words.

    Case, punctuation and endings are folded. A phrase of neither ("No") holds anywhere.
    """
    found = set(terms(answer, keep_stop_words=True))
    folded = [fold(phrase[start:end]) for start, end in words(phrase)]
    numbers = [word for word in folded if word[:1].isdigit()]
    content = [stem(word) for word in folded if word not in numbers and word not in STOP_WORDS]
    held = sum(word in found for word in content)
    return all(number in found for number in numbers) and held >= 0.6 * len(content)


def _question(values: Any) -> SetQuestion:
    if not isinstance(values, dict):
        raise TypeError("a line holds an object")
    for name, kind in (("question", str), ("answerable", bool)):
        if not isinstance(values[name], kind):
            raise TypeError(f"{name!r} is {values[name]!r}, not a {kind.__name__}")
    if isinstance(values.get("must_contain"), str):
        raise TypeError("'must_contain' is a list of phrases")
    return SetQuestion(
        id=str(values["id"]),
        question=values["question"],
        answerable=values["answerable"],
        kind=values.get("kind") or "",
        after=str(values.get("after") or ""),
        reference=values.get("reference") or "",
        must_contain=tuple(values.get("must_contain") or ()),
        reviews=_reviews(values.get("review")),
        split=values.get("split") or "",
    )


def _reviews(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """The names out of a list, or out of a line like "Drew, §1; Jay, §2"."""
    if not isinstance(value, str):
        return tuple(value or ())
    parts = (part.strip() for part in re.split(r"[;,]", value))
    return tuple(part for part in parts if part and not part.startswith("§"))
