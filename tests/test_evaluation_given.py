"""Figures that are no plain means, against plain loops and the logic of SQuAD's own script."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import make_answer, make_result, make_run

from qa.evaluation import SetQuestion, pooled
from qa.evaluation.abstaining import decline_recall_at
from qa.evaluation.figuring import figures_of
from qa.evaluation.given import best_f1, has_answers, said_by, with_given
from qa.evaluation.intervals import clustered_figure, mean_figures, stratified_figure
from qa.evaluation.marking import Asked
from qa.evaluation.run import Given, Result

FOUND = "The inspection found 11 defects."
MARKS = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.4, 0.5, 0.9]), st.booleans()), min_size=2)


# Declining where a tenth of the answerable is declined.


def declined_at_a_tenth(marks: Sequence[tuple[float, bool]]) -> float:
    """Threshold by threshold, in fractions; between two, along the straight line."""
    thresholds = [*sorted({confidence for confidence, _ in marks}), 2.0]
    points = []
    for threshold in thresholds:
        shares = []
        for kind in (True, False):
            values = [confidence for confidence, yes in marks if yes is kind]
            shares.append(Fraction(sum(value < threshold for value in values), len(values)))
        points.append((shares[0], shares[1]))
    tenth = Fraction(1, 10)
    reached = max(point for point in points if point[0] <= tenth)
    beyond = min(point for point in points if point[0] > tenth)
    along = (tenth - reached[0]) / (beyond[0] - reached[0])
    return float(reached[1] + along * (beyond[1] - reached[1]))


@given(MARKS)
def test_declining_is_told_where_a_tenth_of_the_answerable_is_lost(
    marks: list[tuple[float, bool]],
) -> None:
    if len({yes for _, yes in marks}) < 2:
        return
    figure = decline_recall_at([confidence for confidence, _ in marks], [yes for _, yes in marks])
    assert figure.value == pytest.approx(declined_at_a_tenth(marks))
    assert -1e-9 <= figure.low <= figure.high <= 1 + 1e-9
    assert figure.count == sum(not yes for _, yes in marks)


def test_a_tenth_of_the_answerable_is_lost_exactly_or_in_proportion() -> None:
    answerable = [(0.1, True), *((0.8, True) for _ in range(9))]
    # One in ten is lost by any threshold between 0.1 and 0.8, which declines two of three.
    marks = [*answerable, (0.05, False), (0.6, False), (0.9, False)]
    random.Random(3).shuffle(marks)
    values, kinds = [each[0] for each in marks], [each[1] for each in marks]
    assert decline_recall_at(values, kinds).value == pytest.approx(2 / 3)
    # All alike: a tenth of each is what chance would decline.
    assert decline_recall_at([0.5] * 8, [True, False] * 4).value == pytest.approx(0.1)
    # Told apart by nothing but one tie of five answerable with one that is not: half of it.
    tied = [(0.3, True), (0.3, False), *((0.9, True) for _ in range(4))]
    figure = decline_recall_at([each[0] for each in tied], [each[1] for each in tied])
    assert figure.value == pytest.approx(0.5)


# With the document given.


def question(*answers: str, **values: Any) -> SetQuestion:
    return SetQuestion("1", "?", bool(answers), answers=answers, source_doc="a", **values)


def asked(quotes: Sequence[str], short: str = "", undeclined: Sequence[str] = ()) -> Asked:
    answer = make_answer(quotes, short=short)
    return Asked(answer, make_answer(undeclined) if undeclined else answer, 1.0)


def measured(of: SetQuestion, said: Asked) -> Mapping[str, float]:
    return with_given(make_result("1"), of, said).measures


def test_the_short_answer_is_compared_or_else_the_first_quote() -> None:
    assert said_by(make_answer([FOUND, "More."], short="11")) == "11"
    assert said_by(make_answer([FOUND, "More."])) == FOUND
    assert said_by(replace(make_answer([]), short="11")) == ""


@pytest.mark.parametrize(
    ("answers", "said", "exact", "f1"),
    [
        (["11 defects"], asked([FOUND], short="The 11 defects!"), 1.0, 1.0),
        (["twelve", "11 defects"], asked([FOUND], short="11"), 0.0, 2 / 3),
        # "inspection found 11 defects": two of four words right, both words found
        (["11 defects"], asked([FOUND]), 0.0, 2 * (2 / 4) * 1 / (2 / 4 + 1)),
        (["11 defects"], asked([]), 0.0, 0.0),
        (["11 defects"], asked([FOUND], short="twelve"), 0.0, 0.0),
        ([], asked([FOUND], short="11"), 0.0, 0.0),
        ([], asked([]), 1.0, 1.0),
        # An answer of which normalising leaves nothing is passed over, as the script does.
        (["the", "11"], asked([FOUND], short="11"), 1.0, 1.0),
        (["the"], asked([FOUND], short="11"), 0.0, 0.0),
    ],
)
def test_what_is_said_is_marked_as_squad_does(
    answers: list[str], said: Asked, exact: float, f1: float
) -> None:
    measures = measured(question(*answers), said)
    assert measures["exact/given"] == exact
    assert measures["f1/given"] == pytest.approx(f1)
    assert ("f1/given/undeclined" in measures) is bool(answers)


def test_what_was_declined_is_marked_as_it_would_have_been_too() -> None:
    measures = measured(question("11 defects"), asked([], undeclined=["11 defects"]))
    assert (measures["f1/given"], measures["f1/given/undeclined"]) == (0.0, 1.0)
    result = with_given(make_result("1"), question("11"), asked([FOUND]), compared=False)
    assert (result.given, result.measures) == (Given("answered", 0.9, FOUND), {})


def test_f1_is_told_of_sets_that_give_every_answer_only() -> None:
    free = SetQuestion("2", "?", True, reference="At length.", source_doc="a")
    assert has_answers([question("11"), question(), SetQuestion("3", "?", True)])
    assert not has_answers([question("11"), free])
    assert not has_answers([question()])


def reading(name: str, answerable: bool, confidence: float, f1: float, said: str = "x") -> Result:
    """A result that was declined below 0.5; ``f1`` is that of what it would have said."""
    declined = confidence < 0.5
    measures = {"f1/given": f1 * (not declined) if answerable else float(declined)}
    if answerable:
        measures["f1/given/undeclined"] = f1
    outcome = "not_found" if declined else "answered"
    given = Given(outcome, confidence, "" if declined else said)
    return make_result(name, answerable=answerable, measures=measures, given=given)


def official_best(results: Sequence[Result]) -> float:
    """``find_best_thresh`` of evaluate-v2.0.py, where no two confidences are alike."""
    scores = {each.id: each.measures.get("f1/given/undeclined", 0.0) for each in results}
    na_probs = {each.id: 1 - each.given.confidence for each in results if each.given}
    has_answer = {each.id: each.answerable for each in results}
    cur_score = best_score = float(sum(not has_answer[name] for name in has_answer))
    for name in sorted(na_probs, key=lambda each: na_probs[each]):
        cur_score += scores[name] if has_answer[name] else -1
        best_score = max(best_score, cur_score)
    return best_score / len(scores)


READ = st.lists(
    st.tuples(st.integers(0, 1000), st.booleans(), st.sampled_from([0.0, 0.4, 1.0])),
    min_size=1,
    max_size=12,
    unique_by=lambda each: each[0],
)


@given(READ)
def test_the_best_f1_is_that_of_the_official_script(marks: list[tuple[int, bool, float]]) -> None:
    results = [reading(str(place), answerable, place / 1000, f1) for place, answerable, f1 in marks]
    assert best_f1(results).value == pytest.approx(official_best(results))


def test_the_best_f1_answers_those_of_one_confidence_together() -> None:
    results = [
        reading("1", True, 0.9, 1.0),
        reading("2", True, 0.6, 0.5),
        reading("3", False, 0.6, 0.0),
        reading("4", True, 0.2, 1.0),
        reading("5", False, 0.1, 0.0),
    ]
    # From the top: 2 declined rightly, 3, then 2.5 (both at 0.6), 3.5 and 2.5.
    figure = best_f1(results)
    assert figure.value == pytest.approx(3.5 / 5)
    assert figure.count == 5
    figures = {each.name: each for each in figures_of(results)}
    assert figures["f1/given"].value == pytest.approx((1 + 0.5 + 0 + 0 + 1) / 5)
    assert figures["f1/given/has_answer"].value == pytest.approx(0.5)
    assert figures["f1/given/no_answer"].value == pytest.approx(0.5)
    # Pairs in order: 0.9 and two, 0.6 and one with one tied, 0.2 and one, of 3 x 2.
    assert figures["auroc/given"].value == pytest.approx((2 + 1.5 + 1) / 6)
    assert figures["decline_recall@10/given"].count == 2
    assert best_f1(results).low <= figure.value <= figure.high


def test_of_sets_that_are_all_answered_only_means_are_told() -> None:
    names = {each.name for each in figures_of([reading("1", True, 0.9, 1.0)])}
    assert {name for name in names if "given" in name} == {"f1/given", "f1/given/undeclined"}


# What the history gains.


def test_conversations_are_drawn_anew_as_wholes() -> None:
    values = [1.0] * 20 + [0.0] * 20
    names = [f"c{at // 10}" for at in range(40)]
    (single,) = mean_figures({"x": values})
    whole = clustered_figure("x", values, names)
    assert (whole.value, whole.count) == (0.5, 40)
    # Four conversations, two of them all right: 0.5 +- 1.96 * sqrt(0.25 / 4), cut at 0 and 1.
    assert (whole.low, whole.high) == (0.0, 1.0)
    assert 0.3 < single.low < single.high < 0.7
    alone = clustered_figure("x", values, [str(at) for at in range(40)])
    assert (alone.low, alone.high) == (single.low, single.high)
    uneven = clustered_figure("x", [1.0, 0.0, 0.0, 0.0], ["a", "b", "b", "b"])
    assert uneven.value == 0.25


def test_the_gain_of_the_history_is_paired() -> None:
    def turn(name: str, plain: float, alone: float | None, conversation: str = "") -> Result:
        measures = {"recall@5": plain} | ({} if alone is None else {"recall@5/alone": alone})
        return make_result(name, measures=measures, conversation=conversation)

    first = [turn("1", 1.0, None), turn("2", 1.0, 0.5, "a"), turn("3", 0.5, 1.0, "a")]
    results = [*first, turn("4", 1.0, 0.0, "b"), turn("5", 1.0, 0.5)]
    figure = make_run(results).figure("recall@5/gain")
    assert figure
    assert figure.value == pytest.approx((0.5 - 0.5 + 1 + 0.5) / 4)
    assert figure.count == 4
    # A conversation's two turns cancel out: drawn alone or with others it gains nothing.
    assert (figure.low, figure.high) == (0.0, 1.0)
    assert make_run(first[:1]).figure("recall@5/gain") is None


# Several sets.


def confident(name: str, confidence: float, right: bool) -> Result:
    measures = {"right": float(right), "right/undeclined": float(right)}
    return make_result(name, confidence=confidence, measures=measures)


def test_calibration_is_pooled_by_questions_and_by_sets() -> None:
    # At 0.95, one set is right 8 times of 8, the other 0 of 2: gaps of -0.05 and 0.95.
    sure = make_run([confident(str(at), 0.95, True) for at in range(8)], name="sure")
    wrong = make_run([confident(str(at), 0.95, False) for at in range(2)], name="wrong")
    silent = make_run([make_result("1", outcome="", confidence=None)], name="silent")
    together = pooled([sure, wrong, silent])
    assert together
    assert together.sets == ("sure", "wrong")
    by_questions, by_sets = together.figures
    assert by_questions.name == "calibration_error/pooled"
    assert by_questions.value == pytest.approx(0.95 - 0.8)
    assert by_sets.value == pytest.approx(0.95 - 0.5)
    assert by_questions.count == by_sets.count == 10
    (filled,) = [each for each in together.reliability if each.count]
    assert (filled.count, filled.right) == (10, 0.8)
    assert pooled([sure, silent]) is None
    assert pooled([wrong, wrong]) is None
    assert together.to_dict()["sets"] == ("sure", "wrong")


def test_one_set_alone_is_pooled_as_it_is() -> None:
    draw = random.Random(2)
    results = []
    for at in range(60):
        confidence = draw.random()
        results.append(confident(str(at), confidence, draw.random() < confidence**2))
    halves = [make_run(results[:30], name="one"), make_run(results[30:], name="two")]
    together, whole = pooled(halves), make_run(results).figure("calibration_error")
    assert together
    assert whole
    assert together.figures[0].value == pytest.approx(whole.value)
    assert together.figures[1].value == pytest.approx(whole.value)
    assert together.figures[0].low == pytest.approx(whole.low, abs=0.05)


def test_each_set_is_drawn_anew_by_itself() -> None:
    tables = [np.ones((5, 1)), np.zeros((7, 1))]
    figure = stratified_figure("x", tables, lambda sums: (sums[0] + sums[1])[:, 0] / 12)
    # However it is drawn, five rows are of the first table and seven of the second.
    assert (figure.low, figure.value, figure.high, figure.count) == (5 / 12, 5 / 12, 5 / 12, 12)
    values = np.arange(40.0)[:, None] % 2
    gap = stratified_figure("x", [values, values], lambda sums: (sums[0] - sums[1])[:, 0])
    assert gap.low < 0 < gap.high  # two sets alike are not drawn alike
