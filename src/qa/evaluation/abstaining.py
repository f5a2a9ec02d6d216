"""Whether it declines what it should: shares, AUROC, coverage against error, calibration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from qa.evaluation.intervals import mean_figures, ratio_figure, statistic_figure
from qa.evaluation.run import Bin, Figure, Point, Result

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BINS = 10
POINTS = 200
UNDECLINED = "right/undeclined"
"""The measure that says whether the answer is right, or would be, had it not been declined."""
LOST = 0.10
"""The share of the answerable questions that `decline_recall_at` lets be declined."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A confidence, and whether what was said, or would have been said, is right."""

    confidence: float
    right: bool


def figures(results: Sequence[Result]) -> Iterator[Figure]:
    """The figures of declining, over all questions that were asked.

    AUROC is the chance that of an answerable and an unanswerable question the answerable one has
    the higher confidence. The calibration error is ECE (Naeini et al. 2015), over ten bins.
    """
    asked = [result for result in results if result.outcome]
    declined = [result.outcome == "not_found" for result in asked]
    answerable = [result.answerable for result in asked]
    for name, kind in (("answerable_declined", True), ("unanswerable_declined", False)):
        values = [float(no) for no, yes in zip(declined, answerable, strict=True) if yes is kind]
        if values:
            yield from mean_figures({name: values})
    unanswerable = [not yes for yes in answerable]
    if any(unanswerable):
        if any(declined):
            yield ratio_figure("decline_precision", unanswerable, declined)
        yield ratio_figure("decline_recall", declined, unanswerable)
    if any(unanswerable) and any(answerable):
        confidences = [result.confidence or 0.0 for result in asked]
        yield auroc(confidences, answerable)
        yield decline_recall_at(confidences, answerable)
    if (marked := judged(results)) and any(one.right for one in marked):
        yield calibration_error(marked)


def judged(results: Sequence[Result]) -> list[Judged]:
    """Where it is known whether an answer is right; none to an unanswerable question is."""
    found = []
    for result in results:
        if result.confidence is None or not result.outcome:
            continue
        if not result.answerable:
            found.append(Judged(result.confidence, False))
        elif UNDECLINED in result.measures:
            found.append(Judged(result.confidence, result.measures[UNDECLINED] == 1.0))
    return found


def auroc(confidences: Sequence[float], positive: Sequence[bool], *, name: str = "auroc") -> Figure:
    """The area under the curve, ties counting half (Mann and Whitney 1947)."""
    import numpy as np  # noqa: PLC0415

    order = np.argsort(np.array(confidences), kind="stable")
    values = np.array(confidences, np.float64)[order]
    above = np.array(positive, np.float64)[order]
    first = np.searchsorted(values, values, side="left")
    last = np.searchsorted(values, values, side="right")

    def area(weights: Floats) -> Floats:
        drawn = weights[:, order]
        negatives = np.cumsum(drawn * (1 - above), axis=1)
        negatives = np.concatenate([np.zeros((len(drawn), 1)), negatives], axis=1)
        below = (negatives[:, first] + negatives[:, last]) / 2
        positives = drawn * above
        pairs = positives.sum(axis=1) * negatives[:, -1]
        with np.errstate(invalid="ignore"):
            result: Floats = (positives * below).sum(axis=1) / np.where(pairs > 0, pairs, np.nan)
        return result

    return statistic_figure(name, len(values), area)


def decline_recall_at(
    confidences: Sequence[float], answerable: Sequence[bool], *, name: str = "decline_recall@10"
) -> Figure:
    """The share of the unanswerable declined by the threshold that declines 10 % of the others.

    The threshold is chosen on these very questions, in every resample anew, so this says what
    could be had, not what is. Where no threshold declines exactly a tenth, the two next to it are
    mixed in proportion (a straight line on the curve); questions of equal confidence are declined
    together, or in that proportion.
    """
    import numpy as np  # noqa: PLC0415

    order = np.argsort(np.array(confidences), kind="stable")
    values = np.array(confidences, np.float64)[order]
    above = np.array(answerable, np.float64)[order]
    ends = np.searchsorted(values, np.unique(values), side="right")

    def declined(weights: Floats) -> Floats:
        """The share of these weights under each threshold, from none to all."""
        summed = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights, axis=1)], axis=1)
        with np.errstate(invalid="ignore"):
            shares: Floats = summed[:, [0, *ends]] / summed[:, -1:]
        return shares

    def share(weights: Floats) -> Floats:
        drawn = weights[:, order]
        lost, kept = declined(drawn * above), declined(drawn * (1 - above))
        rows = np.arange(len(lost))
        # Where nothing is answerable, all of these are NaN, and so is what comes of them.
        at = np.maximum((lost <= LOST).sum(axis=1) - 1, 0)
        before, after = lost[rows, at], lost[rows, at + 1]
        rise = kept[rows, at + 1] - kept[rows, at]
        result: Floats = kept[rows, at] + (LOST - before) / (after - before) * rise
        return result

    unanswerable = len(above) - int(above.sum())
    return replace(statistic_figure(name, len(values), share), count=unanswerable)


def calibration_error(marked: Sequence[Judged]) -> Figure:
    """The mean distance between confidence and share right, each bin by its questions.

    Chance alone makes it larger, in the resamples more so: its interval lies high.
    """
    import numpy as np  # noqa: PLC0415

    gap = gaps(marked)

    def error(weights: Floats) -> Floats:
        result: Floats = np.abs(weights @ gap).sum(axis=1) / weights.sum(axis=1)
        return result

    return statistic_figure("calibration_error", len(marked), error)


def gaps(marked: Sequence[Judged]) -> Floats:
    """Confidence less being right, shape (questions, bins), each in the column of its bin."""
    import numpy as np  # noqa: PLC0415

    table = np.zeros((len(marked), BINS))
    for at, one in enumerate(marked):
        table[at, _bin(one.confidence)] = one.confidence - one.right
    return table


def coverage(results: Sequence[Result]) -> tuple[Point, ...]:
    """At falling thresholds, how much would be answered, and how much of that wrongly.

    What was declined counts by the answer that it would have had.
    """
    marked = sorted(judged(results), key=lambda one: -one.confidence)
    points: list[Point] = []
    wrong = 0
    for place, one in enumerate(marked, start=1):
        wrong += not one.right
        if place == len(marked) or marked[place].confidence != one.confidence:
            points.append(Point(one.confidence, place / len(marked), wrong / place))
    step = -(-len(points) // POINTS) or 1
    return tuple(points[:-1][step - 1 :: step] + points[-1:])


def reliability(results: Sequence[Result]) -> tuple[Bin, ...]:
    """For every tenth of confidence, how often what was, or would be, said is right."""
    marked = judged(results)
    bins = []
    for at in range(BINS if marked else 0):
        among = [one for one in marked if _bin(one.confidence) == at]
        count = len(among)
        mean = sum(one.confidence for one in among) / count if count else 0.0
        right = sum(one.right for one in among) / count if count else 0.0
        bins.append(Bin(at / BINS, (at + 1) / BINS, mean, right, count))
    return tuple(bins)


def _bin(confidence: float) -> int:
    return min(int(confidence * BINS), BINS - 1)
