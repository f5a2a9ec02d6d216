"""Questions of several sets, read as the product reads them, with what is right marked.

Every question becomes a `Case`: its sentences with their features, which of them answer it, and
the group that it must not be parted from when some are learnt from and others measured with: the
article that a question of SQuAD 2.0 was written on, the conversation of a follow-up.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import qa
from qa.answers.answering import READ
from qa.answers.conversation import resolve
from qa.answers.describing import FEATURES
from qa.answers.evidence import Evidence, Regression, Weights, weigh
from qa.answers.naming import names_of
from qa.answers.questions import Question
from qa.answers.retrieval import pieces_of, retrieve
from qa.evaluation import SetQuestion, conversation, holds, read_questions
from qa.evaluation.beir import read_beir
from qa.evaluation.matching import is_evidence
from qa.index import Index
from qa.models import open_encoder
from qa.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
REVIEWS = "reviews"
SIZES = {"squad2": 1800, "clapnq_dev": 400, "multihop_rag": 400}
"""So many questions of each set, at most; all of `REVIEWS`."""
READER_ARTICLES = frozenset(
    "Computational_complexity_theory Force French_and_Indian_War Islamism Steam_engine "
    "Yuan_dynasty".split()
)
"""The articles of SQuAD 2.0 that the reader learns from. Nothing that it learnt from says how far
it is to be trusted, or how good it is."""


@dataclass(frozen=True)
class Case:
    """A question, its sentences, and which of them answer it.

    ``spans`` (uri, start, end) are where its answer stands, where the set says so; ``learnt`` says
    that the reader is trained on the question.
    """

    name: str
    id: str
    group: str
    question: Question
    answerable: bool
    evidence: list[Evidence]
    right: list[bool]
    spans: tuple[tuple[str, int, int], ...]
    learnt: bool


class Reading:
    """An index opened to read questions from, as `Answerer` does."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings()
        self.index = Index.open(folder)
        self.encoder = open_encoder(folder / "models", self.settings.encoder)
        self.documents = self.index.documents()
        self.names = names_of(self.documents)
        self.passages = sum(document.passages for document in self.documents)

    def describe(self, text: str, history: Sequence[qa.Turn]) -> tuple[Question, list[Evidence]]:
        """The question as it is searched, and the sentences of its best passages with features."""
        resolved = resolve(text, history, names=self.names, documents=self.documents)
        hits = retrieve(
            self.index,
            resolved.vectors(self.encoder.encode_query),
            resolved.question,
            k=READ,
            settings=self.settings,
            names=self.names,
            continued=resolved.uris,
            context=resolved.context,
        )
        unweighed = Regression(np.zeros(1), np.ones(1), np.zeros(len(FEATURES)), 0.0)
        evidence = weigh(
            resolved.question,
            hits,
            asked=self.encoder.encode_query(resolved.question.text),
            pieces=pieces_of(self.index, self.encoder, hits),
            frequencies=self.index.frequencies(resolved.question.terms),
            passages=self.passages,
            weights=Weights(*[unweighed] * 3),
        )
        return resolved.question, evidence


def all_cases(sets: Path, folder: Path) -> Iterator[Case]:
    """The cases of the reviews' own questions, then of each set."""
    yield from review_cases(folder / REVIEWS)
    for name, size in SIZES.items():
        yield from set_cases(sets / name, folder / name, size)


def review_cases(folder: Path) -> Iterator[Case]:
    """The reviews' own questions, follow-ups with the conversation before them."""
    qa.build(ROOT / "corpus", folder)
    reading = Reading(folder)
    questions = read_questions(ROOT / "tests" / "questions" / "reviews.jsonl")
    by_id = {question.id: question for question in questions}
    review_of = {document.uri: document.review for document in reading.documents}
    for question in questions:
        before = conversation(question, by_id)
        history = [qa.Turn(earlier.question, earlier.reference) for earlier in before]
        asked, evidence = reading.describe(question.question, history)
        yield Case(
            name=REVIEWS,
            id=question.id,
            group=f"{REVIEWS}/{(*before, question)[0].id}",
            question=asked,
            answerable=question.answerable,
            evidence=evidence,
            right=_phrases_held(question, evidence, review_of),
            spans=(),
            learnt=question.split == "fit",
        )


def set_cases(source: Path, folder: Path, size: int) -> Iterator[Case]:
    """A seeded sample of a BEIR-form set whose questions carry answer spans or sentences."""
    whole = read_beir(source)
    qa.build(whole.documents, folder)
    reading = Reading(folder)
    questions = list(whole.questions)
    random.Random(0).shuffle(questions)
    for question in itertools.islice(questions, size):
        asked, evidence = reading.describe(question.question, [])
        yield Case(
            name=source.name,
            id=question.id,
            group=f"{source.name}/{_article(question)}",
            question=asked,
            answerable=question.answerable,
            evidence=evidence,
            right=[question.answerable and _is_gold(question, item) for item in evidence],
            spans=question.spans,
            learnt=is_learnt(question),
        )


def _article(question: SetQuestion) -> str:
    """What must not be parted: a document named like "Force__043" is a paragraph of "Force"."""
    return question.source_doc.rsplit("__", 1)[0] if "__" in question.source_doc else question.id


def is_learnt(question: SetQuestion) -> bool:
    """Whether the reader is trained on the question of a set: some articles, or every other one."""
    article = _article(question)
    if article != question.id:
        return article in READER_ARTICLES
    return int(hashlib.md5(question.id.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 0


def _is_gold(question: SetQuestion, item: Evidence) -> bool:
    uri = item.passage.uri
    if any(
        uri == at and item.start <= begin and end <= item.end for at, begin, end in question.spans
    ):
        return True
    return bool(question.evidence) and is_evidence(item.text, question.evidence)


def _phrases_held(
    question: SetQuestion, evidence: Sequence[Evidence], review_of: Mapping[str, str]
) -> list[bool]:
    """Which sentences answer: those that hold every phrase, or where none does, any of them."""
    fits = [
        question.answerable and review_of[item.passage.uri] in (*question.reviews, "Comparison")
        for item in evidence
    ]
    for enough in (all, any):
        marks = [
            fit and enough(holds(phrase, item.text) for phrase in question.must_contain)
            for fit, item in zip(fits, evidence, strict=True)
        ]
        if any(marks):
            break
    return marks
