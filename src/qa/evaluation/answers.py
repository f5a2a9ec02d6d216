"""How well an assistant answers a set of questions, with intervals."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa.assistant import Assistant
from qa.evaluation.questions import SetQuestion, conversation, holds
from qa.text import terms
from qa.types import Answer, Turn

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Marked:
    """An answer with its marks. ``right`` and ``cited`` say nothing of unanswerable questions."""

    question: SetQuestion
    answer: Answer
    declined: bool
    right: bool
    cited: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of ``count`` questions with its 95 % bootstrap interval."""

    name: str
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """The figures of a run, and every answer with its marks."""

    figures: tuple[Figure, ...]
    marked: tuple[Marked, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, without the answers' passages."""
        return {
            "figures": [asdict(figure) for figure in self.figures],
            "questions": [
                {
                    "id": item.question.id,
                    "question": item.question.question,
                    "query": item.answer.query,
                    "outcome": item.answer.outcome,
                    "confidence": item.answer.confidence,
                    "declined": item.declined,
                    "right": item.right,
                    "cited": item.cited,
                    "text": item.answer.text,
                    "short": item.answer.short,
                    "seconds": item.answer.seconds,
                }
                for item in self.marked
            ],
        }


def evaluate_answers(
    assistant: Assistant,
    questions: Sequence[SetQuestion],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> AnswerReport:
    """Ask every question, each with the conversation before it, and mark the answers.

    An answer is right when it holds every phrase of ``must_contain`` in its quotes and
    cites one of the reviews. It declines when its outcome is ``not_found``.
    """
    by_id = {question.id: question for question in questions}
    answers: dict[str, Answer] = {}
    marked = []
    for done, question in enumerate(questions):
        if progress:
            progress(done, len(questions))
        history = [
            Turn(earlier.question, answers[earlier.id]) for earlier in conversation(question, by_id)
        ]
        answer = assistant.ask(question.question, history=history)
        answers[question.id] = answer
        marked.append(_mark(question, answer))
    return AnswerReport(_figures(marked), tuple(marked))


def _mark(question: SetQuestion, answer: Answer) -> Marked:
    declined = answer.outcome == "not_found"
    quotes = (citation.quote for citation in answer.citations)
    # Not the text around the quotes: it may repeat the question.
    said = "" if declined else "\n".join((answer.short, *quotes))
    cited = not declined and (
        not question.reviews
        or any(_named(review, c.review) for review in question.reviews for c in answer.citations)
    )
    right = not declined and all(holds(phrase, said) for phrase in question.must_contain)
    return Marked(question, answer, declined, right and cited, cited)


def _named(name: str, review: str) -> bool:
    """Whether a review is the one meant: "Casey" means "Casey 2015" too."""
    return bool(terms(name)) and set(terms(name)) <= set(terms(review))


def _figures(marked: Sequence[Marked]) -> tuple[Figure, ...]:
    answerable = [item for item in marked if item.question.answerable]
    others = [item for item in marked if not item.question.answerable]
    return tuple(
        figure
        for figure in (
            share("answers right", (item.right for item in answerable)),
            share("right review cited", (item.cited for item in answerable)),
            share("answerable declined", (item.declined for item in answerable)),
            share("unanswerable declined", (item.declined for item in others)),
        )
        if figure.count
    )


def share(name: str, marks: Iterable[bool]) -> Figure:
    """The share of true marks, with the percentile bootstrap interval (Efron 1979), seeded."""
    values = [float(mark) for mark in marks]
    if not values:
        return Figure(name, 0.0, 0.0, 0.0, 0)
    rng = random.Random(0)
    count = len(values)
    means = sorted(sum(rng.choices(values, k=count)) / count for _ in range(RESAMPLES))
    low, high = means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]
    return Figure(name, sum(values) / count, low, high, count)
