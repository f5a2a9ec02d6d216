"""A question set, whichever of the three forms it comes in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from qa.errors import DocumentError, QAError
from qa.evaluation.beir import CORPUS, beir_files, read_beir
from qa.evaluation.questions import SetQuestion, read_questions
from qa.evaluation.squad import read_squad
from qa.types import Document

QUESTIONS = "questions.jsonl"


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions, and the documents that they are asked of (none: those of an existing index).

    ``path`` is the set as it was named, ``digest`` the SHA-256 of its files. ``places`` gives file
    and page of the documents that are pages of a file.
    """

    name: str
    path: str
    digest: str
    questions: tuple[SetQuestion, ...]
    documents: tuple[Document, ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def read_set(path: str | Path) -> QuestionSet:
    """The set in a BEIR folder, a SQuAD-format JSON or a ``questions.jsonl``.

    Raises DocumentError, naming file and line, where it is malformed.
    """
    place = Path(path)
    if place.is_dir() and not (place / CORPUS).exists() and (place / QUESTIONS).exists():
        place = place / QUESTIONS
    name = place.parent.name if place.name == QUESTIONS and Path(path) != place else place.stem
    if place.is_dir():
        files = beir_files(place)
        beir = read_beir(place)
        digest = _digest(files)
        name = place.resolve().name
        return QuestionSet(name, str(path), digest, beir.questions, beir.documents, beir.places)
    if place.suffix == ".json":
        questions, documents = read_squad(place)
        return QuestionSet(name, str(path), _digest([place]), questions, documents)
    if place.suffix == ".jsonl" or not place.exists():
        read = tuple(read_questions(place))
        return QuestionSet(name, str(path), _digest([place]), read)
    raise DocumentError(
        f"{path} is not a question set",
        uri=str(path),
        hint="name a BEIR folder, a SQuAD-format .json or a questions.jsonl",
    )


def chosen(questions: QuestionSet, *, split: str = "", sample: int | None = None) -> QuestionSet:
    """The questions of this split, and of these so many, the same at every run.

    A smaller sample is part of a larger one. Raises QAError for a split that no question is of.
    """
    kept: Sequence[SetQuestion] = questions.questions
    if split:
        kept = [question for question in kept if question.split == split]
        if not kept:
            names = sorted({question.split for question in questions.questions} - {""})
            raise QAError(
                f"{questions.path} has no split {split!r}",
                hint=f"its splits are: {', '.join(names)}" if names else "it has no splits",
            )
    if sample is not None and sample < len(kept):
        drawn = {question.id for question in sorted(kept, key=_lot)[:sample]}
        kept = [question for question in kept if question.id in drawn]
    return replace(questions, questions=tuple(kept))


def _lot(question: SetQuestion) -> tuple[str, str]:
    return hashlib.sha256(question.id.encode()).hexdigest(), question.id


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
