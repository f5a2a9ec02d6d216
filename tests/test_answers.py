"""Questions taken apart, follow-ups resolved, lists fused, quotes checked: reasoned out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answers.conversation import resolve
from qa.answers.fusion import fuse
from qa.answers.naming import names_of
from qa.answers.parting import parts_of
from qa.answers.questions import Kind, analyse
from qa.answers.quoting import Quote, check, cite, quoted
from qa.answers.spans import spans_of
from qa.errors import IndexDamaged
from qa.types import Citation, Document, DocumentSummary, Page, Paragraph, Turn

TEXT = st.text(max_size=200)


@pytest.mark.parametrize(
    ("question", "kind", "counted"),
    [
        ("How many bridges did the inspectors close?", "number", ("bridg",)),
        ("what share of the homes was damp", "number", ("home",)),
        ("How much did the inspection cost?", "money", ()),
        ("When was the bridge closed?", "date", ()),
        ("Who wrote the report?", "agent", ()),
        ("Which officers were suspended when it flooded?", "person", ()),
        ("Was it closed when it flooded?", "yes_no", ()),
        ("Why was it late?", "reason", ()),
        ("Did the council repair the bridge?", "yes_no", ()),
        ("Did they say how many were closed?", "number", ()),
        ("What did the review find?", "other", ()),
        ("What did the council do when it flooded?", "other", ()),
        ("When did the funding end?", "date", ()),
        ("Why was the budget cut?", "reason", ()),
        ("what was the budget", "money", ()),
        ("", "other", ()),
    ],
)
def test_the_kind_is_read_off_the_question(
    question: str, kind: Kind, counted: tuple[str, ...]
) -> None:
    asked = analyse(question)
    assert (asked.kind, asked.counted) == (kind, counted)


def test_names_are_capitals_inside_a_sentence() -> None:
    asked = analyse("Did Mason inspect the Wenning? Bridges were closed.")
    assert [word.term for word in asked.words if word.name] == ["mason", "wen"]


@given(TEXT)
def test_any_text_can_be_taken_apart(text: str) -> None:
    for word in analyse(text).words:
        assert 0 <= word.span[0] < word.span[1] <= len(text)
        assert word.term


@pytest.mark.parametrize(
    ("kind", "sentence", "expected"),
    [
        ("number", "The 47 officers and 1,400 pages of 2014.", ["47", "1,400"]),
        (
            "number",
            "Eight themes, 70% of them new, just over a third old.",
            ["Eight", "70%", "a third"],
        ),
        ("date", "On 26 August 2014 and in 1997–2013.", ["26 August 2014", "1997–2013"]),
        (
            "money",
            "It cost £1.5m, or 20 million pounds, for 3 years.",
            ["£1.5m", "20 million pounds"],
        ),
        (
            "person",
            "Dr Alan Billings met Mary Stone of the County Council.",
            ["Dr Alan Billings", "Mary Stone"],
        ),
        ("person", "Theresa May spoke in May.", ["Theresa May"]),
        ("number", "5. We recommend two of them.", ["two"]),
        ("number", "12.3 The council closed 4.", ["4"]),
        ("number", "(7) Some of 9.", ["9"]),
        ("number", "12 recommendations were made.", ["12"]),
        ("number", "2.5 million paid; 5. ", ["2.5 million", "5"]),
        ("number", "Some twenty-one of 1.4 million.", ["twenty-one", "1.4 million"]),
        ("money", "It cost £5,000, then £5,000.", ["£5,000", "£5,000"]),
        ("agent", "The County Council asked Mary Stone.", ["Mary Stone", "The County Council"]),
        ("person", "South Yorkshire Police and the Home Office agreed.", []),
        ("other", "Nothing of a kind in 2014.", []),
    ],
)
def test_spans_are_of_the_kind_asked_for(kind: Kind, sentence: str, expected: list[str]) -> None:
    assert [sentence[start:end] for start, end in spans_of(kind, sentence)] == expected


def test_fusion_is_the_weighted_sum_of_scaled_scores() -> None:
    fused = fuse({1: 4.0, 2: 2.0}, {1: 0.2, 2: 0.6, 3: 0.4}, lexical_weight=0.7)
    assert [key for key, _ in fused] == [1, 2, 3]
    assert [score for _, score in fused] == pytest.approx([0.7, 0.35 + 0.3, 0.15])


def test_fusion_orders_ties_by_id() -> None:
    assert [key for key, _ in fuse({}, {9: 0.5, 3: 0.5, 5: 0.5}, lexical_weight=0.7)] == [3, 5, 9]
    assert fuse({}, {}, lexical_weight=0.7) == []


@given(
    st.dictionaries(st.integers(0, 20), st.floats(0, 50)),
    st.dictionaries(st.integers(0, 20), st.floats(-1, 1)),
    st.floats(0, 1),
)
def test_fused_scores_stay_between_nought_and_one(
    lexical: dict[int, float], dense: dict[int, float], weight: float
) -> None:
    fused = fuse(lexical, dense, lexical_weight=weight)
    assert {key for key, _ in fused} == set(dense)
    assert all(-1e-9 <= score <= 1 + 1e-9 for _, score in fused)
    assert fused == sorted(fused, key=lambda pair: (-pair[1], pair[0]))


ELSEWHERE = "Did Drew find that what happened in Rotherham also happened elsewhere?"


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("And in Sheffield?", True),
        ("What about Barnsley and Doncaster?", True),
        ("Who wrote it?", True),
        ("Why?", True),
        ("Has that number been revised?", True),
        ("Did any of them lose their jobs?", True),
        ("When was that?", True),
        ("What did the Jay Report say about the police?", False),
        ("How many councillors disputed the findings of Jay?", False),
        ("Did Drew say whether he had met officers?", False),
        ("Which reviews found that the police had improved their recording?", False),
    ],
)
def test_a_follow_up_is_known_by_its_surface(question: str, leans: bool) -> None:
    resolved = resolve(question, [Turn(ELSEWHERE, "He did not.")])
    assert (resolved.question.text != question) is leans


def test_a_follow_up_is_searched_with_what_it_leans_on() -> None:
    resolved = resolve("And in Sheffield?", [Turn(ELSEWHERE, "He did not.")]).question
    assert resolved.text == f"{ELSEWHERE} And in Sheffield?"
    assert resolved.terms["sheffield"] == 1.0
    assert resolved.terms["rotherham"] == 0.25


def test_the_second_ellipsis_takes_the_place_of_the_first() -> None:
    history = [Turn(ELSEWHERE, ""), Turn("And in Sheffield?", "")]
    resolved = resolve("And in Barnsley?", history).question
    assert "Sheffield" not in resolved.text
    assert "Drew" in resolved.text


def test_an_ellipsis_asks_for_the_kind_asked_before() -> None:
    history = [Turn("How many officers did Linden investigate?", "47")]
    assert resolve("And in Sheffield?", history).question.kind == "number"
    assert resolve("When was that?", history).question.kind == "date"


def test_she_is_the_person_who_was_named() -> None:
    history = [Turn("Who chaired the Wenning inquiry?", "It was chaired by Mary Stone in 2019.")]
    resolved = resolve("When did she report?", history).question
    assert resolved.text == "Who chaired the Wenning inquiry? When did Mary Stone report?"
    assert (resolved.terms["stone"], resolved.terms["wen"]) == (1.0, 0.25)
    assert "Mary Stone" not in resolve("When was it due?", history).question.text


@pytest.mark.parametrize(
    ("question", "demands"),
    [
        ("When was it closed?", True),
        ("How many bridges were closed?", True),
        ("How long was it closed?", False),
        ("How much did it cost?", True),
        ("Who paid the bill?", False),
        ("Which officers were named?", True),
        ("What did it find?", False),
    ],
)
def test_some_questions_have_no_answer_without_something_of_their_kind(
    question: str, demands: bool
) -> None:
    assert analyse(question).demands is demands


def test_without_history_a_question_is_searched_as_it_is() -> None:
    assert resolve("And in Sheffield?").question.text == "And in Sheffield?"


@given(TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=4))
def test_any_conversation_can_be_resolved(question: str, history: list[tuple[str, str]]) -> None:
    resolved = resolve(question, [Turn(asked, answer) for asked, answer in history])
    assert resolved.question.text.endswith(question)


def summary(uri: str, **meta: str) -> DocumentSummary:
    return DocumentSummary(uri, uri, meta, "", 0, 1, "")


def test_names_find_their_documents_from_metadata() -> None:
    documents = [
        summary("a", review="Casey 2015", author="Louise Casey CB"),
        summary("b", review="Casey 2025", author="Baroness Casey of Blackstock"),
        summary("c", review="Linden", author="Independent Office for Police Conduct"),
        summary("d", review="Drew", author="Professor John Drew CBE"),
    ]
    names = names_of(documents)
    assert names.named("What did casey say?") == ["a", "b"]
    assert names.named("Did Drew meet them?") == ["d"]
    assert names.named("What did the police conduct?") == []


REPORT = Document(
    "report.pdf",
    "A report",
    "1.1 The bridge was closed.\n\nIt reopened in May.",
    (Page(1, "iv", 0, 27), Page(2, "v", 27, 47)),
    {"review": "Report", "url": "https://example.org/report"},
    "0" * 64,
    (
        Paragraph(0, 26, label="1.1", sources=("https://example.org/source",)),
        Paragraph(28, 47),
    ),
)


CLOSED = Quote("report.pdf", 4, 26, "The bridge was closed.")
REOPENED = Quote("report.pdf", 28, 47, "It reopened in May.")


def test_a_citation_says_where_the_quote_stands() -> None:
    first, second = cite([CLOSED, REOPENED], lambda uri: REPORT)
    assert first == Citation(
        1, "report.pdf", "A report", "Report", 1, "iv", "1.1", 4, 26,
        "The bridge was closed.", "0" * 64, "https://example.org/source",
    )  # fmt: skip
    # It has no number of its own: a counted one would be taken for a printed one.
    assert (second.page, second.page_label, second.paragraph) == (2, "v", "")
    assert second.url == "https://example.org/report"
    assert quoted([first, second]) == "“The bridge was closed.” [1]\n\n“It reopened in May.” [2]"


def test_a_quote_that_does_not_stand_there_is_never_shown() -> None:
    (citation,) = cite([CLOSED], lambda uri: REPORT)
    check(citation, REPORT)
    with pytest.raises(IndexDamaged, match=r"report\.pdf"):
        check(citation, replace(REPORT, text=REPORT.text.replace("bridge", "Bridge")))
    with pytest.raises(IndexDamaged):
        cite([replace(CLOSED, start=5)], lambda uri: REPORT)


def test_an_address_of_another_scheme_is_not_passed_on() -> None:
    hostile = replace(REPORT, meta={"url": "javascript:alert(1)"}, paragraphs=(Paragraph(0, 26),))
    (citation,) = cite([CLOSED], lambda uri: hostile)
    assert citation.url == ""


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("When was it due, and why was it late?", ["When was it due", "why was it late?"]),
        ("How many did Drew meet and who were they?", ["How many did Drew meet", "who were they?"]),
        ("Who wrote it? When?", ["Who wrote it?", "When?"]),
        ("Who inspected the bridges and rivers?", ["Who inspected the bridges and rivers?"]),
        ("And in Sheffield?", ["And in Sheffield?"]),
        ("", [""]),
    ],
)
def test_questions_asked_in_one_breath_are_parted(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts
