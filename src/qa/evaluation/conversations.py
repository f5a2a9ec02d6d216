"""A conversation whose answers a person marked, made into questions of a ``questions.jsonl``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.errors import QAError
from qa.evaluation.questions import SetQuestion, read_questions
from qa.types import Answer, Turn

UNWRITTEN = "The documents answer this; what they say was not written down."


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person says of an answer.

    ``holds`` is what a right answer holds, where that was said of a wrong one; with ``unanswered``
    the documents do not answer the question.
    """

    right: bool
    holds: str = ""
    unanswered: bool = False


def from_conversation(turns: Sequence[Turn], marks: Mapping[int, Mark]) -> list[SetQuestion]:
    """The marked turns as questions, and before each the turns that it leans on.

    ``marks`` are by the turn's place, from 0. Turns that are only leaned on say nothing of a right
    answer, so they are replayed but not judged.
    """
    wanted: set[int] = set()
    for place in marks:
        if not 0 <= place < len(turns):
            raise ValueError(f"there is no turn {place} among {len(turns)}")
        wanted.add(place)
        while place and _leans(turns[place]):
            place -= 1
            wanted.add(place)
    questions = []
    for place in sorted(wanted):
        turn = turns[place]
        after = f"chat-{place}" if place and _leans(turn) else ""
        question = SetQuestion(f"chat-{place + 1}", turn.question, True, after=after)
        mark = marks.get(place)
        questions.append(_marked(question, turn.answer, mark) if mark else question)
    return questions


def write_questions(path: str | Path, questions: Iterable[SetQuestion]) -> int:
    """The questions stand at the end of the file, which is made where there is none.

    What stands there stays. A question whose id is taken gets another one, and those after it
    follow it. Returns how many were written. Raises DocumentError where the file is no question
    set, and QAError where it cannot be written.
    """
    path = Path(path)
    held = path.read_bytes() if path.is_file() else b""
    taken = {question.id for question in read_questions(path)} if held.strip() else set()
    renamed: dict[str, str] = {}
    lines = []
    for question in questions:
        name = _free(question.id, taken)
        taken.add(name)
        renamed[question.id] = name
        after = renamed.get(question.after, question.after)
        values = _plain(replace(question, id=name, after=after))
        lines.append(json.dumps(values, ensure_ascii=False) + "\n")
    parted = "" if not held or held.endswith(b"\n") else "\n"
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(parted + "".join(lines))
    except OSError as error:
        raise QAError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="name a file in a folder that exists",
        ) from error
    return len(lines)


def _leans(turn: Turn) -> bool:
    """Whether something else was searched than the question by itself."""
    return not isinstance(turn.answer, Answer) or turn.answer.query != turn.question


def _marked(question: SetQuestion, answer: Answer | str, mark: Mark) -> SetQuestion:
    quotes: tuple[str, ...]
    if isinstance(answer, Answer):
        answered = answer.outcome != "not_found"
        quotes = tuple(citation.quote for citation in answer.citations)
        said = answer.short or (quotes[0] if quotes else "")
    else:
        answered, said, quotes = bool(answer), answer, (answer,)
    if mark.unanswered or (mark.right and not answered):
        return replace(question, answerable=False)
    if mark.right:
        return replace(question, must_contain=(said,), reference=said)
    if mark.holds:
        return replace(question, must_contain=(mark.holds,), reference=mark.holds)
    return replace(question, rejected=quotes if answered else (), reference=UNWRITTEN)


def _free(name: str, taken: set[str]) -> str:
    stem, _, number = name.rpartition("-")
    if not (stem and number.isdecimal()):
        stem, number = name, "1"
    while name in taken:
        number = str(int(number) + 1)
        name = f"{stem}-{number}"
    return name


def _plain(question: SetQuestion) -> dict[str, Any]:
    """What a line of the file holds: id, question and answerable, and whatever else is known."""
    more = {
        "kind": question.kind,
        "after": question.after,
        "reference": question.reference,
        "must_contain": list(question.must_contain),
        "review": list(question.reviews),
        "split": question.split,
        "rejected": list(question.rejected),
        "answers": list(question.answers),
        "files": list(question.files),
        "history": list(question.history),
        "rewrite": question.rewrite,
    }
    return {
        "id": question.id,
        "question": question.question,
        "answerable": question.answerable,
        **{name: value for name, value in more.items() if value},
        **({"page": question.pages[0][1]} if question.pages else {}),
    }
