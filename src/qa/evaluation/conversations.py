"""Questions written to a ``questions.jsonl``, behind those that stand there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qa.errors import QAError
from qa.evaluation.questions import SetQuestion, read_questions
from qa.index import wait_for_lock

_BEGUN = b'{"id": '


def write_questions(path: str | Path, questions: Iterable[SetQuestion]) -> int:
    """The questions stand at the end of the file, which is made where there is none.

    What stands there stays, but for the rest of a line whose writing was cut off. A question whose
    id is taken gets another one, and those after it follow it. Several may write at a time: each
    waits for the other. Returns how many were written. Raises DocumentError where the file is no
    question set, and QAError where it cannot be written.
    """
    path, made = Path(path), list(questions)
    try:
        with path.open("ab") as file:
            wait_for_lock(file)
            held = _whole(path.read_bytes())
            file.truncate(len(held))
            taken = {question.id for question in read_questions(path)} if held.strip() else set()
            parted = b"" if not held or held.endswith(b"\n") else b"\n"
            file.write(parted + _lines(made, taken).encode())
    except OSError as error:
        raise QAError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="name a file in a folder that exists",
        ) from error
    return len(made)


def _whole(held: bytes) -> bytes:
    """The file without a last line that was begun here and never ended: its writer was killed."""
    last = held[held.rfind(b"\n") + 1 :].rstrip()
    begun = last.startswith(_BEGUN) or _BEGUN.startswith(last)
    return held if last.endswith(b"}") or not begun else held[: held.rfind(b"\n") + 1]


def _lines(questions: Sequence[SetQuestion], taken: set[str]) -> str:
    renamed: dict[str, str] = {}
    lines = []
    for question in questions:
        name = _free(question.id, taken)
        taken.add(name)
        renamed[question.id] = name
        after = renamed.get(question.after, question.after)
        values = _plain(replace(question, id=name, after=after))
        lines.append(json.dumps(values, ensure_ascii=False) + "\n")
    return "".join(lines)


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
