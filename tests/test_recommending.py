"""A report's recommendations: asked for by number or all at once, and quoted as printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fakes import KeywordEncoder
from indexes import create_index, put_all
from printed import made_of, printed_of, summary_of

from qa.answers import Answerer
from qa.answers.composing import Part
from qa.answers.numbered import recommendations_of
from qa.answers.printing import Printed, quote_of, responds
from qa.answers.reading import Reading
from qa.answers.recommending import recommendations, requested
from qa.answers.reports import told_in
from qa.settings import Settings
from qa.types import Answer, Document, Outcome

Block = tuple[str, str, str]
"""The kind of a paragraph, its label, and its text."""

REPORT: list[Block] = [
    ("heading", "", "Gauges"),
    ("text", "2.1", "Of the gauges nine were old."),
    ("heading", "", "Recommendation 1: New gauges"),
    ("text", "Recommendation 1", "The board should replace the gauges within two years."),
    ("text", "2.2", "The wardens had no training."),
    ("text", "", "They had asked for it."),
    ("text", "Recommendation 2", "Recommendation 2:"),
    ("text", "Recommendation 2", "The council should train its wardens, and should:"),
    ("text", "", "• publish their reports; and"),
    ("text", "", "• answer them."),
    ("text", "", "The council told the inquiry that it had no means."),
    ("heading", "", "All recommendations"),
    ("text", "Recommendation 1", "The board should replace the gauges within two years."),
    ("text", "Recommendation 2", "The council should train its wardens."),
]
REPLY: list[Block] = [
    ("heading", "", "Recommendation 1"),
    ("text", "Recommendation 1", "The board should replace the gauges within two years."),
    ("heading", "", "Recommendation accepted"),
    ("text", "", "The board accepts this recommendation."),
    ("text", "", "Seven gauges were replaced in 2022."),
    ("heading", "", "Recommendation 2"),
    ("text", "Recommendation 2", "The council should train its wardens."),
    ("heading", "", "Annex"),
    ("text", "", "The annex lists the gauges."),
]


def document(title: str, blocks: Sequence[Block], uri: str = "", **meta: str) -> Document:
    """A document of these blocks; a heading that accepts stands below the one before it."""
    placed, trail = [], ""
    for kind, label, text in blocks:
        if kind == "heading" and "accepted" not in text:
            above, trail = "", text
        elif kind == "heading":
            above, trail = trail, f"{trail} > {text}"
        else:
            above = trail
        placed.append((kind, label, above, text))
    return made_of(title, placed, uri, **meta)


def found(question: str, *documents: Document, about: Sequence[str] = ()) -> list[Printed]:
    return printed_of(recommendations, question, documents, about)


WEIR = document("The Weir Inquiry", REPORT)
ANSWER = document("Response to the Weir Inquiry", REPLY)
MILL = document("The Mill Review", [("text", "Recommendation 1", "Mend the wheel.")])


@pytest.mark.parametrize(
    ("question", "number", "reply", "rest"),
    [
        ("What did the Weir Inquiry recommend?", "", False, {"weir"}),
        ("What are the Weir recommendations?", "", False, {"weir"}),
        ("list all recommendations of the weir report", "", False, {"weir"}),
        ("What does recommendation 12 of the Weir Inquiry say?", "12", False, {"weir"}),
        ("recommendation no. 4a weir module 2", "4a", False, {"weir", "modul", "2"}),
        ("What was the first recommendation of the Weir Inquiry?", "1", False, {"weir"}),
        ("And recommendation seven?", "7", False, set()),
        ("Did the council accept recommendation 3 of the Weir Inquiry?", "3", True, {"weir"}),
        ("How did ministers respond to recommendation 3?", "3", True, set()),
        ("How many recommendations did the Weir Inquiry make?", "", False, {"weir"}),
        ("How many recommendations did the council accept?", None, False, set()),
        ("Why did the council reject recommendation 3?", None, False, set()),
        ("Who accepted the recommendations?", None, False, set()),
        ("Did the Weir Inquiry make recommendations?", None, False, set()),
        ("Which recommendations were rejected?", None, False, set()),
        ("What did the Weir Inquiry find?", None, False, set()),
    ],
)
def test_what_is_asked_of_the_recommendations(
    question: str, number: str | None, reply: bool, rest: set[str]
) -> None:
    read = requested(question)
    if number is None:
        assert read == []
    else:
        request = read[0]
        assert (request.number, request.reply, {*request.terms}) == (number, reply, rest)
        assert request.topic == frozenset()


@pytest.mark.parametrize(
    ("question", "named", "topic"),
    [
        ("What did the Weir Inquiry recommend about sluice gates?", {"weir"}, {"sluic", "gate"}),
        ("what does the weir report recommend re: sirens", {"weir"}, {"siren"}),
        ("Which Weir recommendations have to do with sirens?", {"weir"}, {"siren"}),
        ("What was recommended to the wardens?", set(), {"warden"}),
        ("Which recommendations on sirens did the Weir Inquiry make?", {"weir"}, {"siren"}),
        ("Weir recommendations for the board on sirens", {"weir"}, {"board", "siren"}),
    ],
)
def test_what_they_are_asked_about(question: str, named: set[str], topic: set[str]) -> None:
    read = [({*each.terms} - {"have"}, {*each.topic}) for each in requested(question)]
    assert (named, topic) in read


@pytest.mark.parametrize(
    "question",
    [
        "Why did the Weir Inquiry recommend something about sirens?",
        "Did the Weir Inquiry recommend anything about sirens?",
        "How did the council respond to what was recommended about sirens?",
        "What did the Weir Inquiry find about sirens?",
        "What did the Weir Inquiry recommend about that?",
    ],
)
def test_nothing_is_asked_of_them(question: str) -> None:
    assert requested(question) == []


def test_recommendations_are_those_first_printed_with_what_belongs_to_them() -> None:
    one, two = recommendations_of(WEIR).values()
    texts = [WEIR.text[each.start : each.end] for each in two.paragraphs]
    assert texts == [
        "Recommendation 2:",
        "The council should train its wardens, and should:",
        "• publish their reports; and",
        "• answer them.",
    ]
    assert one.name is not None
    assert len(one.paragraphs) == 1
    assert one.replies == []
    assert recommendations_of(document("None", [("text", "", "Nothing.")])) == {}


def test_a_recommendation_goes_on_behind_a_heading_and_notes() -> None:
    blocks = [
        ("text", "Recommendation 7", "(a) Mend the gates."),
        ("heading", "", "Gauges"),
        ("text", "", "They were old."),
        ("text", "Recommendation 7", "(b) Mend the gauges."),
        ("text", "Recommendation 8", "Test both."),
        ("text", "Recommendation 7", "Mend gates and gauges."),
    ]
    held = recommendations_of(document("Weir", blocks))
    assert [len(one.paragraphs) for one in held.values()] == [2, 1]


def test_a_heading_alone_may_have_the_number() -> None:
    blocks = [
        ("heading", "", "Recommendation 10: Sirens"),
        ("text", "", "They should be heard in Denby."),
        ("heading", "", "Recommendation 9"),
        ("text", "", "Mend the gates."),
        ("heading", "", "Recommendation 11"),
    ]
    held = recommendations_of(document("Weir", blocks))
    assert list(held) == ["9", "10"]
    assert (held["9"].name, held["10"].name is None) == (None, False)


def test_all_are_told_by_their_names_or_first_sentences() -> None:
    (made,) = found("What did the Weir Inquiry recommend?", WEIR, ANSWER, MILL)
    assert [quote.text for quote in made.quotes] == [
        "Recommendation 1: New gauges",
        "The council should train its wardens, and should:",
    ]
    for quote in made.quotes:
        assert WEIR.text[quote.start : quote.end] == quote.text
    assert made.note == ""


def test_what_a_list_leaves_out_is_said() -> None:
    blocks = [("text", f"Recommendation {n}", f"Mend the gate {n} soon.") for n in range(1, 26)]
    (made,) = found("What did Denby recommend?", document("Denby", [*blocks[:3], *blocks[4:]]))
    assert len(made.quotes) == 20
    assert "numbers 24 recommendations" in made.note
    assert "Not found under their numbers: 4." in made.note


SIRENS: list[Block] = [
    ("heading", "", "Recommendation 1: Sirens for Denby"),
    ("text", "Recommendation 1", "The board should buy three."),
    ("text", "Recommendation 1", "They should be tested every week."),
    ("heading", "", "Who answers"),
    ("text", "Recommendation 2", "Recommendation 2: The council should see to sirens and should:"),
    ("text", "", "• name who sounds them; and"),
    ("text", "", "• pay him."),
    ("text", "", "The council had no means."),
    ("text", "Recommendation 3", "The wardens of Denby should be trained. Sirens are no excuse."),
    ("text", "Recommendation 3", "The sirens of the mills should be theirs."),
    ("text", "Recommendation 4", "The gates need mending. So do the sirens of Denby."),
]


@pytest.mark.parametrize(
    ("topic", "shown"),
    [
        ("sirens", [0, 1, 2, 4, 5, 6, 9]),
        ("sirens for Denby", [0, 1, 2]),
        ("wardens", [8]),
        ("excuses", []),
        ("the wardens' sirens", []),
    ],
)
def test_those_about_something_say_so_where_they_begin(topic: str, shown: list[int]) -> None:
    made = document("The Siren Review", SIRENS)
    told = found(f"What did the Siren Review recommend about {topic}?", made, WEIR)
    texts = [quote.text for each in told for quote in each.quotes]
    assert texts == [SIRENS[at][2] for at in shown]


def test_more_on_a_topic_than_is_shown_is_said() -> None:
    blocks = [("text", f"Recommendation {n}", f"Mend the gate {n} soon.") for n in range(1, 26)]
    (made,) = found("What did Denby recommend on gates?", document("Denby", blocks))
    assert len(made.quotes) == 20
    assert made.note == "More in Denby is about this: what is shown is the first of it."


def test_one_is_quoted_whole_and_what_was_replied_to_it_before_it() -> None:
    (made,) = found("What is recommendation 1 of the Weir Inquiry?", WEIR, ANSWER, MILL)
    assert made.summary.title == "The Weir Inquiry"
    assert [quote.text for quote in made.quotes] == [
        "Recommendation 1: New gauges",
        "The board should replace the gauges within two years.",
    ]
    (made,) = found("Was recommendation 1 of the Weir Inquiry accepted?", WEIR, ANSWER, MILL)
    assert [quote.text for quote in made.quotes] == [
        "The board accepts this recommendation.",
        "Seven gauges were replaced in 2022.",
        "The board should replace the gauges within two years.",
    ]
    assert found("Was recommendation 2 of the Weir Inquiry accepted?", WEIR, ANSWER) == []
    assert found("What is recommendation 9 of the Weir Inquiry?", WEIR, ANSWER) == []


@pytest.mark.parametrize(
    ("title", "response"),
    [
        ("Government response to the Weir Inquiry", True),
        ("The Council’s response: weirs", True),
        ("Weirs: Response to the Committee’s second report", True),
        ("Police response to the flood of 2020", False),
        ("The Weir Inquiry", False),
    ],
)
def test_a_report_on_a_response_is_no_response(title: str, response: bool) -> None:
    assert responds(summary_of(document(title, REPORT))) is response


def test_the_report_is_the_one_named_or_talked_of_or_the_only_one() -> None:
    assert found("What did the Dam Inquiry recommend?", WEIR, MILL) == []
    assert found("What did the inquiry recommend?", WEIR, MILL) == []
    (made,) = found("What did it recommend?", WEIR, MILL, about=[MILL.uri])
    assert made.summary.title == "The Mill Review"
    (made,) = found("What is recommendation 1?", MILL)
    assert made.summary.title == "The Mill Review"
    (made,) = found("What did the Weir Inquiry recommend?", ANSWER, MILL)
    assert made.summary.title == "Response to the Weir Inquiry"
    filed = document("Volume 1", REPORT, uri="reports/WeirInquiry-vol_1.pdf")
    (made,) = found("What did the Weir Inquiry recommend?", filed, MILL)
    assert made.summary.title == "Volume 1"


@pytest.fixture
def answerer(tmp_path: Path) -> Iterator[Answerer]:
    encoder = KeywordEncoder()
    with create_index(tmp_path / "index", encoder) as index:
        put_all(index, encoder, WEIR, ANSWER, MILL)
        yield Answerer(index, encoder, Settings())


def asked(answerer: Answerer, question: str, uris: Sequence[str] | None = None) -> Answer:
    documents = [summary_of(each) for each in (WEIR, ANSWER, MILL)]
    *_, answer = answerer.stream(question, documents=documents, uris=uris)
    return answer


def test_an_answer_quotes_them_in_order(answerer: Answerer) -> None:
    answer = asked(answerer, "What did the Weir Inquiry recommend?")
    assert (answer.outcome, answer.short) == ("answered", "")
    assert answer.text.startswith("“Recommendation 1: New gauges” [1]")
    assert [one.paragraph for one in answer.citations] == ["", "Recommendation 2"]
    assert answer.hits
    assert {hit.passage.uri for hit in answer.hits} == {WEIR.uri}
    wider = asked(answerer, "What did the Weir Inquiry recommend on training?")
    assert not wider.text.startswith("“Recommendation 1: New gauges” [1]")


def test_how_many_there_are_is_told_by_the_last_number(answerer: Answerer) -> None:
    answer = asked(answerer, "How many recommendations did the Weir Inquiry make?")
    assert answer.outcome == "answered"
    assert answer.text == (
        "The Weir Inquiry has recommendations numbered 1 to 2, this the last:\n\n"
        "“The council should train its wardens, and should:” [1]"
    )
    one = asked(answerer, "How many recommendations did the Mill Review make?")
    assert "numbered" not in one.text
    gap = document("The Dam Review", [REPORT[3], ("text", "Recommendation 3", "Test the sirens.")])
    assert found("How many recommendations did the Dam Review make?", gap) == []


@pytest.mark.parametrize(
    ("sentence", "outcome", "said"),
    [
        ("The Weir Inquiry made two recommendations.", "answered", True),
        ("The Weir Inquiry made two recommendations.", "not_found", False),
        ("The Weir Inquiry made 40 recommendations.", "answered", False),
        ("The Weir Inquiry made its recommendations in two years.", "answered", False),
    ],
)
def test_a_sentence_that_says_how_many_tells_it(
    sentence: str, outcome: Outcome, said: bool
) -> None:
    question = "How many recommendations did the Weir Inquiry make?"
    quote = quote_of(document("Denby", [("text", "", sentence)]), 0, len(sentence))
    part = Part(question, question, (), Reading((quote,), "", 0.9), outcome, (quote,))
    assert told_in([part], found(question, WEIR)) is said


@pytest.mark.parametrize(("unit", "ends"), [("Mend the gate. ", "."), ("gate ", "e"), ("x", "x")])
def test_a_quote_of_a_text_without_end_ends(unit: str, ends: str) -> None:
    long = document("Weir", [("text", "Recommendation 1", (unit * 9000).strip())])
    (made,) = found("recommendation 1 of weir", long)
    (quote,) = made.quotes
    assert len(quote.text) <= 2000
    assert quote.text.endswith(ends)
    assert long.text[quote.start : quote.end] == quote.text


def test_only_the_report_that_is_asked_about_is_quoted(answerer: Answerer) -> None:
    one = asked(answerer, "What is recommendation 1 of the Weir Inquiry?", [WEIR.uri, MILL.uri])
    assert {citation.uri for citation in one.citations} == {WEIR.uri}
    assert f"{WEIR.title}:" not in one.text
    other = asked(answerer, "What is recommendation 1?", [MILL.uri])
    assert other.text == "“Mend the wheel.” [1]"


def test_reports_that_share_a_name_each_have_their_list(tmp_path: Path) -> None:
    encoder = KeywordEncoder()
    second = document("The Weir Inquiry, second part", [("text", "Recommendation 1", "Go on so.")])
    with create_index(tmp_path / "index", encoder) as index:
        put_all(index, encoder, WEIR, second)
        answerer = Answerer(index, encoder, Settings())
        documents = [summary_of(WEIR), summary_of(second)]
        *_, answer = answerer.stream("What did the Weir Inquiry recommend?", documents=documents)
    assert [one.uri for one in answer.citations] == [WEIR.uri, WEIR.uri, second.uri]
    assert f"{WEIR.title}:\n\n“Recommendation 1" in answer.text
    assert f"{second.title}:\n\n“Go on so.” [3]" in answer.text
