"""Reading by itself: the question asked once more, of the one document that it was written on.

Marked as SQuAD 2.0 is (Rajpurkar, Jia and Liang 2018, arXiv 1806.03822): a question without an
answer scores 1 where it is declined and 0 where not, one with an answer 0 where it is declined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.evaluation.abstaining import auroc, decline_recall_at
from qa.evaluation.intervals import mean_figures, statistic_figure
from qa.evaluation.marking import Asked
from qa.evaluation.matching import exact, normalised, token_f1
from qa.evaluation.questions import SetQuestion
from qa.evaluation.run import Figure, Given, Result
from qa.types import Answer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

F1, EXACT, UNDECLINED = "f1/given", "exact/given", "f1/given/undeclined"


def has_answers(questions: Iterable[SetQuestion]) -> bool:
    """Whether every question that a document answers comes with the answer's own words.

    Where it does not, no F1 can be told over all questions, and none is told over some of them.
    """
    written_on = [each for each in questions if each.source_doc and each.answerable]
    return bool(written_on) and all(each.answers for each in written_on)


def with_given(
    result: Result, question: SetQuestion, asked: Asked, *, compared: bool = True
) -> Result:
    """The result with what was answered from the document alone; F1 too where it is ``compared``.

    ``f1/given/undeclined`` is of what would have been said, had it never declined.
    """
    said = said_by(asked.answer)
    given = Given(asked.answer.outcome, asked.answer.confidence, said)
    if not compared:
        return replace(result, given=given)
    golds = [each for each in question.answers if normalised(each)] if question.answerable else []
    # The official script compares with nothing where a question has no answer.
    measures = {EXACT: exact(golds or [""], said), F1: token_f1(golds or [""], said)}
    if question.answerable:
        measures[UNDECLINED] = token_f1(golds or [""], said_by(asked.undeclined))
    return replace(result, given=given, measures={**result.measures, **measures})


def said_by(answer: Answer) -> str:
    """What is compared: the short answer, or where there is none the first quote; "" declines."""
    if answer.outcome == "not_found":
        return ""
    return answer.short or (answer.citations[0].quote if answer.citations else "")


def figures(results: Sequence[Result]) -> Iterator[Figure]:
    """The figures that are no plain means: F1 by kind and at its best, and how it declines."""
    asked = [(result, result.given) for result in results if result.given]
    answerable = [result.answerable for result, _ in asked]
    if not any(answerable) or all(answerable):
        return
    marked = [result for result, _ in asked if F1 in result.measures]
    for name, kind in (("has_answer", True), ("no_answer", False)):
        if values := [each.measures[F1] for each in marked if each.answerable is kind]:
            yield from mean_figures({f"{F1}/{name}": values})
    if marked:
        yield best_f1(marked)
    confidences = [given.confidence for _, given in asked]
    yield auroc(confidences, answerable, name="auroc/given")
    yield decline_recall_at(confidences, answerable, name="decline_recall@10/given")


def best_f1(results: Sequence[Result]) -> Figure:
    """The F1 at the threshold that is best for it, chosen on these very questions.

    As ``best_f1`` of the official script: from the surest on, each question answered adds its F1,
    each without an answer loses the 1 that declining it had. Unlike there, questions of equal
    confidence are answered together.
    """
    import numpy as np  # noqa: PLC0415

    confidences = np.array([each.given.confidence if each.given else 0.0 for each in results])
    order = np.argsort(-confidences, kind="stable")
    falling = -confidences[order]
    ends = np.searchsorted(falling, np.unique(falling), side="right")
    answered = np.array([each.measures.get(UNDECLINED, 0.0) for each in results])[order]
    declined = np.array([float(not each.answerable) for each in results])[order]

    def best(weights: Floats) -> Floats:
        drawn = weights[:, order]
        gained = np.cumsum(drawn * (answered - declined), axis=1)[:, ends - 1]
        most = np.maximum(gained.max(axis=1), 0.0) + drawn @ declined
        result: Floats = most / drawn.sum(axis=1)
        return result

    return statistic_figure("best_f1/given", len(results), best)
