"""Measures against `ir_measures` and examples worked by hand; figures, intervals and marks."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from typing import Any

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import make_answer, make_result, make_run

import qa
from qa.evaluation import SetQuestion, compare, conversation, holds, trec_lines
from qa.evaluation.abstaining import auroc, calibration_error, coverage, judged, reliability
from qa.evaluation.figuring import figures_of, in_order
from qa.evaluation.intervals import mean_figures, paired, ratio_figure
from qa.evaluation.marking import Asked, Ground, Searched, mark, ranking_of, said_measures
from qa.evaluation.matching import exact, holds_one, is_evidence, normalised, token_f1
from qa.evaluation.measures import (
    RANKED,
    Found,
    evidence_ranked,
    files_and_pages,
    ranked,
    spans_covered,
)
from qa.evaluation.questions import turns
from qa.types import Hit, Page, Passage

LETTERS = "abcdefghijklmnop"
NAMES = st.lists(st.sampled_from(LETTERS), unique=True)


def passage(uri: str, start: int, text: str, page: int | None = None) -> Passage:
    return Passage(hash((uri, start)), uri, start, start + len(text), text, "", page, "")


def hit(score: float, found: Passage) -> Hit:
    return Hit(found, score, 1)


# Phrases, answers and texts.


@pytest.mark.parametrize(
    ("phrase", "answer", "held"),
    [
        ("About 1,400", "an estimate of approximately 1,400 children", True),
        ("About 1,400", "an estimate of 1,510 children", False),
        ("Eight", "It had 8 themes.", True),
        ("8", "of whom eight had a case to answer", True),
        ("Not fit for purpose", "the council was not fit for its purpose", True),
        ("a conservative estimate", "estimated conservatively", True),
        ("Roger Stone", "Stone resigned", False),
        ("Roger Stone", "Roger Stone resigned", True),
        ("11 in 2016", "11 recommendations", False),
        ("No", "anything", True),
    ],
)
def test_a_phrase_is_held_by_its_numbers_and_most_of_its_words(
    phrase: str, answer: str, held: bool
) -> None:
    assert holds(phrase, answer) is held


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The River Wenning!", "river wenning"),
        ("a  bridge, an arch", "bridge arch"),
        ("U.S. Army's", "us armys"),
        ("the", ""),
        ("theatre", "theatre"),
    ],
)
def test_answers_are_normalised_as_squad_does(text: str, plain: str) -> None:
    assert normalised(text) == plain


def test_an_answer_is_held_as_whole_words() -> None:
    assert holds_one(["The Wenning"], "It is on the wenning, in the north.")
    assert not holds_one(["Wen"], "It is on the Wenning.")
    assert not holds_one(["the", ""], "the the")


def test_short_answers_are_compared_by_words() -> None:
    assert exact(["11 defects", "eleven"], "The 11 defects.") == 1.0
    assert exact(["11 defects"], "11") == 0.0
    # one of two words against one of one: precision 1, recall 1/2
    assert token_f1(["11 defects", "twelve"], "11") == pytest.approx(2 / 3)
    assert token_f1(["11"], "") == 0.0


def test_a_quote_is_evidence_when_one_is_in_the_other() -> None:
    gold = ["The north span lost its mortar below the water line ."]
    assert is_evidence("The north span lost its mortar  below the water line .", gold)
    assert is_evidence("span lost its mortar below the water", gold)
    assert is_evidence(f"In 2014: {gold[0]} It was closed.", gold)
    assert not is_evidence("span", gold)
    assert not is_evidence("", gold)
    assert not is_evidence("The south span lost its mortar below the water line .", gold)


# What is ranked.


def discounted(grades: list[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades[:10], 1))


@given(NAMES, st.dictionaries(st.sampled_from(LETTERS), st.integers(0, 3)))
def test_ranked_documents_are_measured_as_the_definitions_say(
    ranking: list[str], qrels: dict[str, int]
) -> None:
    measures = ranked(qrels, ranking)
    relevant = {name for name, grade in qrels.items() if grade > 0}
    if not relevant:
        assert measures == {}
        return
    assert set(measures) == set(RANKED)
    places = [rank for rank, name in enumerate(ranking, 1) if name in relevant]
    ideal = discounted(sorted(qrels.values(), reverse=True))
    gained = discounted([qrels.get(name, 0) for name in ranking])
    assert (measures["mrr@10"] > 0) == measures["success@10"]
    assert measures["ndcg@10"] == pytest.approx(gained / ideal)
    assert measures["mrr@10"] == pytest.approx(1 / places[0] if places and places[0] <= 10 else 0)
    assert measures["p@1"] == float(1 in places)
    for k in (5, 10, 100):
        found = sum(place <= k for place in places)
        assert measures[f"recall@{k}"] == pytest.approx(found / len(relevant))
    for k in (1, 5, 10):
        assert measures[f"success@{k}"] == float(any(place <= k for place in places))


def test_ties_fall_as_they_were_shown() -> None:
    ground = Ground({}, {}, {}, {})
    hits = [hit(0.5, passage(uri, 0, "text")) for uri in ("b", "c", "a", "b")]
    ranking = ranking_of(hits, ground)
    assert [uri for uri, _ in ranking] == ["b", "c", "a"]
    scores = [score for _, score in ranking]
    assert scores == sorted(set(scores), reverse=True)
    assert scores[0] == 0.5


def test_a_deeper_search_adds_below_what_a_plain_one_found() -> None:
    ground = Ground({}, {}, {}, {})
    first = ranking_of([hit(0.4, passage("a", 0, "x"))], ground)
    deeper = [hit(0.9, passage("b", 0, "x")), hit(0.4, passage("a", 0, "x"))]
    ranking = ranking_of(deeper, ground, first)
    assert [uri for uri, _ in ranking] == ["a", "b"]
    assert ranking[0][1] > ranking[1][1]


def test_the_trec_file_measures_the_same_when_others_read_it() -> None:
    draw = random.Random(5)
    qrels, results = [], []
    for number in range(20):
        names = [f"document {draw.randrange(40)} 50%" for _ in range(30)]
        hits = [hit(draw.choice([0.1, 0.2, 0.3]), passage(name, 0, "x")) for name in names]
        hits.sort(key=lambda each: -each.score)
        ranking = ranking_of(hits, Ground({}, {}, {}, {}))
        gold = {f"document {draw.randrange(40)} 50%": draw.randrange(1, 3) for _ in range(3)}
        measures = ranked(gold, [uri for uri, _ in ranking])
        results.append(make_result(f"q {number}", ranking=ranking, measures=measures))
        for uri, grade in gold.items():
            told = uri.replace("%", "%25").replace(" ", "%20")
            qrels.append(ir_measures.Qrel(f"q%20{number}", told, grade))
    run = make_run(results, name="bridges and\trivers")
    text = "".join(f"{line}\n" for line in trec_lines(run))
    assert {len(line.split()) for line in text.splitlines()} == {6}
    lines = [line.split() for line in text.splitlines()]
    read = [ir_measures.ScoredDoc(line[0], line[2], float(line[4])) for line in lines]
    for ours, theirs in RANKED.items():
        measure = ir_measures.parse_measure(theirs)
        (figure,) = [each for each in run.figures if each.name == ours]
        value = ir_measures.calc_aggregate([measure], qrels, read)[measure]
        assert figure.value == pytest.approx(value), ours


def test_evidence_counts_without_white_space() -> None:
    gold = ["lost its mortar\nbelow", "seven gauges"]
    texts = ["nothing", "it lost its mortar below the line", "x", "x", "seven  gauges"]
    passages = [passage("a", 100 * at, text) for at, text in enumerate(texts)]
    assert evidence_ranked(gold, passages) == {
        "evidence_success@4": 1.0,
        "evidence_success@10": 1.0,
        "evidence_mrr@10": 0.5,
    }
    late = evidence_ranked(gold[1:], passages)
    assert (late["evidence_success@4"], late["evidence_success@10"]) == (0.0, 1.0)
    assert late["evidence_mrr@10"] == pytest.approx(0.2)
    assert evidence_ranked(gold, passages[:1])["evidence_mrr@10"] == 0.0
    far = [*[passage("b", at, "none") for at in range(10)], passages[1]]
    assert evidence_ranked(gold, far)["evidence_success@10"] == 0.0
    assert evidence_ranked([" \n"], passages) == {}


def test_spans_are_covered_in_characters() -> None:
    # Gold: a 10..30 (two overlapping spans) and b 0..10, so 30 characters.
    gold = [("a", 10, 25), ("a", 20, 30), ("b", 0, 10)]
    passages = [
        passage("a", 0, "x" * 20),  # covers 10..20
        passage("a", 15, "x" * 10),  # covers 15..25: five of these again
        passage("c", 0, "x" * 20),
    ]
    measures = spans_covered(gold, passages)
    assert measures["span_recall@5"] == pytest.approx(15 / 30)
    assert measures["span_precision@5"] == pytest.approx(15 / 50)
    assert measures["span_iou@5"] == pytest.approx(15 / (50 + 15))
    sixth = [*[passage("c", 100 * at, "x") for at in range(5)], passage("b", 0, "x" * 10)]
    assert spans_covered(gold, sixth)["span_recall@5"] == 0.0
    assert spans_covered([], passages) == {}


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60), st.integers(1, 30)), max_size=6),
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60), st.integers(1, 30)), max_size=5),
)
def test_spans_are_covered_as_sets_of_characters(
    gold: list[tuple[str, int, int]], found: list[tuple[str, int, int]]
) -> None:
    spans = [(uri, start, start + length) for uri, start, length in gold]
    passages = [passage(uri, start, "x" * length) for uri, start, length in found]
    wanted = {(uri, at) for uri, start, end in spans for at in range(start, end)}
    had = {(each.uri, at) for each in passages for at in range(each.start, each.end)}
    measures = spans_covered(spans, passages)
    if not wanted:
        assert measures == {}
        return
    retrieved = sum(length for _, _, length in found)
    covered = len(wanted & had)
    assert measures["span_recall@5"] == pytest.approx(covered / len(wanted))
    assert measures["span_precision@5"] == pytest.approx(covered / retrieved if retrieved else 0)
    assert measures["span_iou@5"] == pytest.approx(covered / (retrieved + len(wanted - had)))


def test_files_and_pages_are_looked_for_among_five() -> None:
    found = [Found(f"{at}.pdf", (at, at + 1), f"Review {at}") for at in range(1, 7)]
    hits = files_and_pages(["5.pdf"], [("5.pdf", 6)], (), found)
    assert hits == {"file_hit@5": 1.0, "page_hit@5": 1.0}
    hits = files_and_pages(["6.pdf"], [("5.pdf", 7)], (), found)
    assert hits == {"file_hit@5": 0.0, "page_hit@5": 0.0}
    assert files_and_pages([], [("", 3)], ["Review 2"], found) == {"page_hit@5": 1.0}
    assert files_and_pages([], [("", 3)], ["Review 9"], found) == {"page_hit@5": 0.0}
    assert files_and_pages([], [], [], found) == {}


def test_a_passage_is_on_every_page_that_it_touches() -> None:
    pages = tuple(Page(number, "", 100 * number - 100, 100 * number) for number in (1, 2, 3))
    ground = Ground(
        {}, {"in/a.pdf": pages}, {"p1": ("a.pdf", 1), "p2": ("a.pdf", 2)}, {("a.pdf", 2): "p2"}
    )
    across = passage("in/a.pdf", 150, "x" * 100)
    assert ground.pages_of(across) == (2, 3)
    assert ground.documents_of(across) == ("p2", "a.pdf#3")
    assert ground.pages_of(passage("in/a.pdf", 100, "x" * 100)) == (2,)
    assert Ground({}, {}, {}, {}).documents_of(across) == ("in/a.pdf",)


# What is said.

FOUND = "The inspection found 11 defects in the north span of the bridge."
OTHER = "The south span was closed for a week in May of that year."


def said(question: SetQuestion, answer: qa.Answer, undeclined: qa.Answer | None = None) -> Any:
    return said_measures(question, Ground({}, {}, {}, {}), Asked(answer, undeclined or answer, 1.0))


def test_an_answer_is_right_when_it_holds_the_phrases_and_the_review() -> None:
    question = SetQuestion("1", "?", True, must_contain=("11 defects",), reviews=("Denby",))
    measures = said(question, make_answer([OTHER, FOUND], review="Denby 2019"))
    assert measures["right"] == measures["right_review"] == measures["answered"] == 1.0
    assert (measures["sentence_hit@1"], measures["sentence_hit@3"]) == (0.0, 1.0)
    assert measures["citation_precision"] == 0.5
    wrong = said(question, make_answer([FOUND], review="Wenning"))
    assert (wrong["right"], wrong["right_review"]) == (0.0, 0.0)
    # The text around the quotes may repeat the question, so it does not count.
    measures = said(question, replace(make_answer([OTHER], review="Denby"), text="11 defects"))
    assert measures["right"] == 0.0


def test_an_answer_that_leads_with_a_rejected_quote_is_not_right() -> None:
    question = SetQuestion("1", "?", True, rejected=(FOUND,))
    assert said(question, make_answer([FOUND, OTHER]))["right"] == 0.0
    assert said(question, make_answer([OTHER, FOUND]))["right"] == 1.0
    assert said(question, make_answer([]))["right"] == 0.0


def test_an_answer_is_right_when_a_quote_or_the_short_answer_holds_one() -> None:
    question = SetQuestion("1", "?", True, answers=("eleven", "11 defects"), qrels={"a.md": 1})
    measures = said(question, make_answer([OTHER, FOUND], uri="a.md", short="11"))
    assert (measures["right"], measures["right_document"]) == (1.0, 1.0)
    assert (measures["short_exact"], measures["short_f1"]) == (0.0, pytest.approx(2 / 3))
    measures = said(question, make_answer([OTHER], uri="b.md", short="Eleven"))
    assert (measures["right"], measures["right_document"]) == (1.0, 0.0)
    assert (measures["short_exact"], measures["sentence_hit@3"]) == (1.0, 0.0)


def test_an_answer_is_right_when_it_quotes_the_gold_place() -> None:
    question = SetQuestion("1", "?", True, spans=(("a.md", 0, 500),))
    assert said(question, make_answer([FOUND], uri="a.md"))["right"] == 1.0
    assert said(question, make_answer([FOUND], uri="b.md"))["right"] == 0.0
    within = SetQuestion("1", "?", True, spans=(("a.md", 5, 9),))
    assert said(within, make_answer([FOUND], uri="a.md"))["right"] == 1.0
    beyond = SetQuestion("1", "?", True, spans=(("a.md", 5, 999),))
    assert said(beyond, make_answer([FOUND], uri="a.md"))["right"] == 0.0


def test_what_was_declined_counts_twice_as_said_and_as_it_would_have_been() -> None:
    question = SetQuestion("1", "?", True, answers=("11 defects",))
    measures = said(question, make_answer([]), make_answer([FOUND]))
    assert (measures["right"], measures["right/undeclined"]) == (0.0, 1.0)
    assert (measures["sentence_hit@1"], measures["sentence_hit@1/undeclined"]) == (0.0, 1.0)
    assert measures["answered"] == 0.0
    assert "citation_precision" not in measures


def test_nothing_is_marked_that_the_set_does_not_tell() -> None:
    assert said(SetQuestion("1", "?", True, reference="Long."), make_answer([FOUND])) == {
        "answered": 1.0
    }
    assert said(SetQuestion("1", "?", False), make_answer([FOUND])) == {"answered": 1.0}
    long = SetQuestion("1", "?", True, answers=("one two three four five six seven",))
    assert "short_f1" not in said(long, make_answer([FOUND]))


def test_a_result_says_what_was_wanted_and_what_was_found() -> None:
    question = SetQuestion(
        "1", "How many?", True, kind="number", answers=("11 defects",), qrels={"a.md": 1, "b.md": 0}
    )
    ground = Ground({"a.md": "Denby", "c.md": "Other"}, {}, {}, {})
    hits = (hit(0.9, passage("c.md", 0, OTHER * 9)), hit(0.5, passage("a.md", 0, FOUND)))
    searched = Searched(hits, ranking_of(hits, ground), 3.0)
    alone = Searched(hits[1:], ranking_of(hits[1:], ground), 3.0)
    answer = make_answer([FOUND], uri="a.md", query="How many defects?")
    result = mark(
        question,
        ground,
        searched,
        asked=Asked(answer, answer, 9.0),
        others={"alone": alone},
        history=2,
    )
    assert result.gold == ("11 defects", "in a.md")
    assert [one.relevant for one in result.retrieved] == [False, True]
    assert len(result.retrieved[0].text) == 300
    assert (result.measures["mrr@10"], result.measures["mrr@10/alone"]) == (0.5, 1.0)
    assert (result.query, result.history, result.kind) == ("How many defects?", 2, "number")
    assert (result.search_ms, result.answer_ms, result.confidence) == (3.0, 9.0, 0.9)
    searched_only = mark(question, ground, searched)
    assert (searched_only.outcome, searched_only.confidence) == ("", None)
    assert "answered" not in searched_only.measures


@pytest.mark.parametrize(
    ("values", "failed"),
    [
        ({"measures": {"success@10": 1.0, "right": 1.0}}, False),
        ({"measures": {"success@10": 0.0, "right": 1.0}}, True),
        ({"measures": {"success@10": 1.0, "right": 0.0}}, True),
        ({"measures": {}}, False),
        ({"answerable": False, "outcome": "answered"}, True),
        ({"answerable": False, "outcome": "low_confidence"}, True),
        ({"answerable": False, "outcome": "not_found", "measures": {"success@10": 0.0}}, False),
        ({"answerable": False, "outcome": ""}, False),
    ],
)
def test_a_question_fails_by_what_was_found_or_said(values: dict[str, Any], failed: bool) -> None:
    assert make_result("1", **values).failed is failed


# Conversations.


def test_history_is_read_line_by_line() -> None:
    told = ["user: Who?", "agent: Drew.", "user: And?", "user: When?", "agent: 2016."]
    assert turns(told) == [
        qa.Turn("Who?", "Drew."),
        qa.Turn("And?", ""),
        qa.Turn("When?", "2016."),
    ]
    assert turns(["Who?", "Drew.", "When?"]) == [qa.Turn("Who?", "Drew."), qa.Turn("When?", "")]
    assert turns(["user: When?", "Agent: 2016.", "agent: May."]) == [
        qa.Turn("When?", "2016.\nMay."),
    ]
    assert turns(["agent: Welcome.", "user: Who?"]) == [qa.Turn("Who?", "")]
    assert turns([]) == []


def test_the_questions_before_one_are_found() -> None:
    one, two, three = (
        SetQuestion(name, "?", True, after=after)
        for name, after in (("1", ""), ("2", "1"), ("3", "2"))
    )
    by_id = {"1": one, "2": two, "3": three}
    assert conversation(three, by_id) == [one, two]
    assert conversation(one, {}) == []


# How sure a figure is.


def test_a_mean_has_an_interval_around_it() -> None:
    values = [1.0] * 30 + [0.0] * 10
    (figure, same) = mean_figures({"right": values, "too": values})
    assert (figure.value, figure.count) == (0.75, 40)
    # Close to the normal approximation: 0.75 +- 1.96 * sqrt(.75 * .25 / 40) = .616 to .884
    assert figure.low == pytest.approx(0.616, abs=0.03)
    assert figure.high == pytest.approx(0.884, abs=0.03)
    assert (same.low, same.high) == (figure.low, figure.high)
    (sure,) = mean_figures({"right": [1.0] * 5})
    assert (sure.low, sure.high) == (1.0, 1.0)
    assert mean_figures({"right": values}) == [figure]


def test_large_sets_are_resampled_in_portions() -> None:
    draw = random.Random(1)
    values = [draw.gauss(0.5, 0.2) for _ in range(5000)]
    (figure,) = mean_figures({"x": values})
    assert figure.high - figure.low == pytest.approx(2 * 1.96 * 0.2 / math.sqrt(5000), rel=0.1)


def test_a_share_of_a_share() -> None:
    part = [True] * 6 + [False] * 4
    whole = [True] * 4 + [False] * 2 + [True] * 4
    figure = ratio_figure("precision", part, whole)
    assert (figure.value, figure.count) == (0.5, 8)
    assert figure.low < 0.5 < figure.high
    alone = ratio_figure("precision", [True, False, False], [True, False, False])
    assert (alone.value, alone.low, alone.high, alone.count) == (1.0, 1.0, 1.0, 1)


def test_a_difference_is_tested_by_flipping_signs() -> None:
    before = [0.1, 0.5, 0.3, 0.9, 0.2, 0.6, 0.4, 0.8]
    after = [0.4, 0.6, 0.2, 1.0, 0.5, 0.9, 0.4, 0.9]
    differences = [new - old for old, new in zip(before, after, strict=True)]
    mean, low, high, p = paired(before, after)
    assert mean == pytest.approx(sum(differences) / 8)
    assert low < mean < high
    flipped = [
        abs(sum(sign * each for sign, each in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=8)
    ]
    share = sum(value >= abs(sum(differences)) - 1e-9 for value in flipped) / len(flipped)
    assert p == pytest.approx(share, abs=0.01)
    assert paired(before, before) == (0.0, 0.0, 0.0, 1.0)
    assert paired(after, before)[3] == pytest.approx(p)


# Declining.


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.4, 0.5, 0.9]), st.booleans()), min_size=2))
def test_auroc_is_the_share_of_pairs_in_order(marks: list[tuple[float, bool]]) -> None:
    positive = [confidence for confidence, yes in marks if yes]
    negative = [confidence for confidence, yes in marks if not yes]
    if not positive or not negative:
        return
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0 for high in positive for low in negative
    ]
    figure = auroc([confidence for confidence, _ in marks], [yes for _, yes in marks])
    assert figure.value == pytest.approx(sum(pairs) / len(pairs))
    assert 0.0 <= figure.low <= figure.high <= 1.0


def asked_results() -> list[Any]:
    """Four answerable questions and two others; one of each kind is judged wrongly."""
    given = [
        (True, "answered", 0.95, 1.0, 1.0),
        (True, "answered", 0.85, 1.0, 1.0),
        (True, "answered", 0.75, 0.0, 0.0),
        (True, "not_found", 0.35, 0.0, 1.0),
        (False, "answered", 0.65, None, None),
        (False, "not_found", 0.15, None, None),
    ]
    return [
        make_result(
            str(at),
            answerable=answerable,
            outcome=outcome,
            confidence=confidence,
            measures={} if right is None else {"right": right, "right/undeclined": would},
        )
        for at, (answerable, outcome, confidence, right, would) in enumerate(given)
    ]


def test_declining_is_measured_over_all_that_was_asked() -> None:
    results = [*asked_results(), make_result("not asked", outcome="", confidence=None)]
    figures = {figure.name: figure for figure in figures_of(results)}
    assert figures["answerable_declined"].value == 0.25
    assert figures["unanswerable_declined"].value == 0.5
    assert figures["decline_precision"].value == 0.5
    assert figures["decline_recall"].value == 0.5
    assert (figures["decline_precision"].count, figures["decline_recall"].count) == (2, 2)
    # Of 4 x 2 pairs the answerable one is lower once: 0.35 under 0.65.
    assert figures["auroc"].value == pytest.approx(7 / 8)
    assert (figures["right"].value, figures["right/undeclined"].value) == (0.5, 0.75)


def test_coverage_rises_and_error_counts_what_is_answered() -> None:
    points = coverage(asked_results())
    assert [point.threshold for point in points] == [0.95, 0.85, 0.75, 0.65, 0.35, 0.15]
    assert [point.coverage for point in points] == pytest.approx([at / 6 for at in range(1, 7)])
    assert [point.error for point in points] == pytest.approx([0, 0, 1 / 3, 2 / 4, 2 / 5, 3 / 6])
    tied = [replace(result, confidence=0.5) for result in asked_results()]
    assert [(point.coverage, point.error) for point in coverage(tied)] == [(1.0, 0.5)]
    many = [make_result(str(at), confidence=at / 999, answerable=False) for at in range(999)]
    assert len(coverage(many)) <= 200
    assert coverage(many)[-1].coverage == 1.0
    assert coverage([]) == ()


def test_calibration_is_the_distance_between_confidence_and_being_right() -> None:
    bins = reliability(asked_results())
    assert [(each.low, each.count) for each in bins if each.count] == [
        (0.1, 1), (0.3, 1), (0.6, 1), (0.7, 1), (0.8, 1), (0.9, 1),
    ]  # fmt: skip
    figure = calibration_error(judged(asked_results()))
    gaps = [0.05, 0.15, 0.75, 0.65, 0.65, 0.15]
    assert figure.value == pytest.approx(sum(gaps) / 6)
    assert reliability([]) == ()
    certain = [replace(result, confidence=1.0) for result in asked_results()]
    assert reliability(certain)[-1].count == 6


def test_measures_are_listed_in_one_order() -> None:
    names = ["right/alone", "zebra", "right", "ndcg@10/alone", "ndcg@10", "right"]
    assert in_order(names) == ["ndcg@10", "right", "zebra", "ndcg@10/alone", "right/alone"]


# Comparing.


def test_two_runs_are_compared_on_the_questions_they_share() -> None:
    first = [make_result(str(at), measures={"right": float(at % 2)}) for at in range(6)]
    second = [make_result(str(at), measures={"right": float(at > 2)}) for at in range(1, 8)]
    (comparison,) = compare([make_run(first), make_run([], name="other")], [make_run(second)])
    assert comparison.questions == 5
    (difference,) = comparison.differences
    assert difference.before == pytest.approx(0.6)
    assert difference.after == pytest.approx(0.6)
    assert difference.difference == pytest.approx(0.0)
    assert difference.count == 5
    assert difference.p == 1.0
    plain = comparison.to_dict()
    assert (plain["gained"], plain["lost"]) == (["4"], ["1"])
    assert plain["same_set"] is True


def test_runs_of_other_sets_are_not_compared() -> None:
    with pytest.raises(qa.QAError, match="no set in common") as caught:
        compare([make_run([], name="a")], [make_run([], name="b")])
    assert caught.value.hint
    with pytest.raises(qa.QAError, match="no question in common"):
        compare([make_run([make_result("1")])], [make_run([make_result("2")])])
