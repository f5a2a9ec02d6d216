"""The question of a set, in whatever form it came; and the reader of ``questions.jsonl``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.evaluation.rows import Row, read_rows
from qa.text import STOP_WORDS, fold, stem, terms, words
from qa.types import Turn

HINT = "a line of a questions.jsonl holds an object with id, question and answerable"
_SPEAKER = re.compile(r"(user|human|agent|assistant|system)\s*:\s*", re.I)
_SYSTEM = ("agent", "assistant", "system")


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question of a set, and what is known of its right answer.

    ``after`` is the id of the question before it in its conversation; ``history`` what was said
    before it, where that stands in the set itself, and ``rewrite`` the question as a person wrote
    it to stand alone. ``conversation`` names the conversation it is of. ``reference`` is an answer
    to be read, not compared. ``source_doc`` is the document that it was written on, whether that
    answers it or not.

    A right answer holds every phrase of ``must_contain`` (`holds`) and cites one of ``reviews``
    (any, where there are none); it does not begin with one of ``rejected``. ``answers`` are texts
    of which it holds one. ``qrels`` are the grades of documents, ``evidence`` gold texts,
    ``spans`` gold places (uri, start, end), ``files`` and ``pages`` (file or "", number) where it
    stands.
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
    rejected: tuple[str, ...] = ()
    qrels: Mapping[str, int] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    spans: tuple[tuple[str, int, int], ...] = ()
    files: tuple[str, ...] = ()
    pages: tuple[tuple[str, int], ...] = ()
    history: tuple[str, ...] = ()
    rewrite: str = ""
    conversation: str = ""
    source_doc: str = ""

    @property
    def relevant(self) -> frozenset[str]:
        """The documents that are of use, whatever their grade."""
        return frozenset(uri for uri, grade in self.qrels.items() if grade > 0)

    @property
    def is_judged(self) -> bool:
        """Whether the set says what becomes of an answer, so that asking tells something."""
        gold = (self.must_contain, self.answers, self.evidence, self.spans, self.rejected)
        return not self.answerable or any(gold) or bool(self.reference or self.reviews)


def read_questions(path: Path) -> list[SetQuestion]:
    """The questions of a ``questions.jsonl``, in order.

    Raises DocumentError, naming file and line, for a line that is not a question, an id that comes
    twice, or an ``after`` that no earlier question has; and for a file without a question.
    """
    questions: list[SetQuestion] = []
    seen: set[str] = set()
    for row in read_rows(path, HINT):
        question = _question(row)
        if question.id in seen:
            raise row.error(f"the id {question.id!r} comes twice")
        if question.after and question.after not in seen:
            raise row.error(f"no earlier question has the id {question.after!r}")
        seen.add(question.id)
        questions.append(question)
    if not questions:
        raise Row(path, "line 1", {}, HINT).error("there is no question")
    return questions


def question_of(record: Mapping[str, Any]) -> SetQuestion:
    """The question that a line of such a file holds. Raises DocumentError where it is none."""
    return _question(Row(Path("questions.jsonl"), "", record, HINT))


def conversation(question: SetQuestion, by_id: Mapping[str, SetQuestion]) -> list[SetQuestion]:
    """The questions before this one in its conversation, oldest first."""
    before: list[SetQuestion] = []
    while question.after:
        question = by_id[question.after]
        before.append(question)
    return before[::-1]


def turns(history: Sequence[str]) -> list[Turn]:
    """The exchanges of a conversation that is given line by line.

    Lines say who speaks ("user: ...", "agent: ..."), or else take turns, the question first. What
    the other side says before anything was asked is left out.
    """
    found: list[tuple[str, str]] = []
    for place, line in enumerate(history):
        match = _SPEAKER.match(line)
        said = line[match.end() :] if match else line
        is_answer = match.group(1).lower() in _SYSTEM if match else place % 2 == 1
        if not is_answer:
            found.append((said, ""))
        elif found:
            question, answer = found[-1]
            found[-1] = (question, f"{answer}\n{said}".strip())
    return [Turn(question, answer) for question, answer in found]


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


def _question(row: Row) -> SetQuestion:
    question = row.text("question")
    if not question.strip():
        raise row.error("'question' is empty")
    files = row.text_or_texts("file") or row.text_or_texts("files")
    page = row.number("page")
    return SetQuestion(
        id=row.name("id"),
        question=question,
        answerable=row.flag("answerable"),
        kind=row.text("kind", ""),
        after=row.name_or("after", ""),
        reference=row.text("reference", ""),
        must_contain=row.texts("must_contain"),
        reviews=_reviews(row),
        split=row.text("split", ""),
        rejected=row.texts("rejected"),
        answers=row.texts("answers"),
        files=files,
        pages=() if page is None else tuple((file, page) for file in files or ("",)),
        history=row.texts("history"),
        rewrite=row.text("rewrite", ""),
    )


def _reviews(row: Row) -> tuple[str, ...]:
    """The names out of a list, or out of a line like "Drew, §1; Jay, §2"."""
    if not isinstance(row.values.get("review"), str):
        return row.texts("review")
    parts = (part.strip() for part in re.split(r"[;,]", row.text("review")))
    return tuple(part for part in parts if part and not part.startswith("§"))
