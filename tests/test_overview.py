"""A report asked about as a whole: the first sentences of its own summary, and what they are of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import KeywordEncoder
from indexes import create_index, put_all
from printed import made_of, printed_of, summary_of

from qa.answers import Answerer
from qa.answers.overview import overviews
from qa.answers.printing import Printed
from qa.settings import Settings
from qa.types import Document

Block = tuple[str, str, str]
"""The kind of a paragraph, the trail of headings above it, and its text."""

SUMMARY: list[Block] = [
    ("heading", "", "Contents"),
    ("contents", "Contents", "Executive summary 2"),
    ("heading", "", "1. Executive summary"),
    ("text", "1. Executive summary", "The weir failed in 2020. It had stood for a century."),
    ("text", "1. Executive summary", "Page 2"),
    ("heading", "1. Executive summary", "The causes"),
    ("text", "1. Executive summary > The causes", "The inquiry found three causes:"),
    ("text", "1. Executive summary > The causes", "• nobody tested the gates; and"),
    ("text", "1. Executive summary > Notes", "1 See the survey of 2019."),
    ("heading", "", "2. The weir"),
    ("text", "2. The weir", "The weir was built in 1919."),
]


def document(title: str, blocks: Sequence[Block] = SUMMARY, **meta: str) -> Document:
    return made_of(title, [(kind, "", above, text) for kind, above, text in blocks], **meta)


WEIR = document("The Weir Inquiry")
ANSWER = document("Response to the Weir Inquiry")
MILL = document("The Mill Review", [("text", "", "The wheel of the mill broke.")])


def found(question: str, *documents: Document, about: Sequence[str] = ()) -> list[Printed]:
    return printed_of(overviews, question, documents or (WEIR, ANSWER, MILL), about)


@pytest.mark.parametrize(
    "question",
    [
        "What did the Weir Inquiry find?",
        "summarise the weir report",
        "What were the main findings of the Weir Inquiry?",
        "What is the Weir Inquiry about?",
        "Give me a short overview of the Weir Inquiry.",
        "what did the Weir Inquiry conclude",
        "Please explain what conclusions the Weir Inquiry reached.",
    ],
)
def test_the_summary_tells_what_a_report_says_as_a_whole(question: str) -> None:
    (made,) = found(question)
    assert made.summary.title == "The Weir Inquiry"
    assert [quote.text for quote in made.quotes] == [
        "The weir failed in 2020.",
        "The inquiry found three causes:",
        "• nobody tested the gates; and",
    ]
    assert all(WEIR.text[quote.start : quote.end] == quote.text for quote in made.quotes)
    assert "“1. Executive summary” in The Weir Inquiry" in made.label


@pytest.mark.parametrize(
    "question",
    [
        "What did the Weir Inquiry find about the gates?",
        "Who wrote the summary of the Weir Inquiry?",
        "When did the Weir Inquiry conclude?",
        "Did the Weir Inquiry find anything?",
        "How many findings did the Weir Inquiry have?",
        "What did the Dam Inquiry find?",
        "What did the Mill Review find?",
        "What did the inquiry find?",
        "What did the response say?",
        "What gates did the Weir Inquiry test?",
    ],
)
def test_what_asks_for_more_or_for_another_is_no_overview(question: str) -> None:
    assert found(question) == []


def test_it_is_of_the_report_that_was_talked_of_and_of_a_response_where_there_is_no_other() -> None:
    (made,) = found("What did it find?", WEIR, document("The Dam Inquiry"), about=[WEIR.uri])
    assert made.summary.title == "The Weir Inquiry"
    assert found("What did she say?", WEIR, MILL, about=[WEIR.uri]) == []
    assert found("And what was said?", WEIR) == []
    (made,) = found("What did the Weir Inquiry find?", ANSWER, MILL)
    assert made.summary.title == "Response to the Weir Inquiry"


def test_what_fits_many_reports_names_none() -> None:
    many = [document(f"The Weir Inquiry, part {number}") for number in range(1, 8)]
    assert len(found("What did the Weir Inquiry find?", *many[:6])) == 6
    assert found("What did the Weir Inquiry find?", *many) == []
    (made,) = found("What did part 7 of the Weir Inquiry find?", *many)
    assert made.summary.title == "The Weir Inquiry, part 7"
    police = document("Police in the United Kingdom")
    assert found("What did the UK police find?", police, MILL) == []


def test_what_is_not_quoted_of_a_long_summary_is_said() -> None:
    lines = [("text", "Summary", f"The gate {number} leaked.") for number in range(1, 25)]
    (made,) = found("summarise weir", document("Weir", [("heading", "", "Summary"), *lines]))
    assert len(made.quotes) == 20
    assert made.note == "Its further 4 paragraphs are not quoted."
    short = document("Weir", [("heading", "", "Summary"), *lines[:2]])
    assert found("summarise weir", short) == []


def test_an_answer_says_what_its_quotes_are(tmp_path: Path) -> None:
    encoder = KeywordEncoder()
    with create_index(tmp_path / "index", encoder) as index:
        put_all(index, encoder, WEIR, MILL)
        answerer = Answerer(index, encoder, Settings())
        documents = [summary_of(WEIR), summary_of(MILL)]
        *_, answer = answerer.stream("What did the Weir Inquiry find?", documents=documents)
    assert answer.outcome == "answered"
    assert answer.text.startswith(
        "From “1. Executive summary” in The Weir Inquiry, the first sentence of each paragraph:"
        "\n\n“The weir failed in 2020.” [1]"
    )


PARTS: list[Block] = [
    ("heading", "", "The Dam Review"),
    ("text", "The Dam Review", "Printed by the Board on paper of its own."),
    ("contents", "The Dam Review", "1. The dam 3"),
    ("heading", "", "1. The dam"),
    ("text", "1. The dam", "1.1."),
    ("text", "1. The dam", "The dam was built by the board in 1919. It leaks."),
    ("heading", "1. The dam", "Its gates"),
    ("text", "1. The dam > Its gates", "Nobody tested the three gates of the dam."),
    ("heading", "", "2. The wardens"),
    ("text", "2. The wardens", "The wardens of the dam had no training."),
    ("heading", "", "3. Nothing"),
    ("heading", "", "4. What to do"),
    (
        "text",
        "4. What to do",
        "Test the gates of the dam every year. Train its wardens.",
    ),
    ("text", "4. What to do", "The council told the review about this at length, and often so."),
]
FIRST = [
    "The dam was built by the board in 1919.",
    "The wardens of the dam had no training.",
    "Test the gates of the dam every year.",
]


def test_a_report_without_a_summary_is_told_by_its_headings() -> None:
    dam = document("The Dam Review", PARTS)
    (made,) = found("Summarise the Dam Review", dam, WEIR)
    assert [quote.text for quote in made.quotes] == FIRST
    assert made.label == "The first sentence under each heading of The Dam Review"
    assert found("What did the Dam Review find?", dam, WEIR) == []
    assert found("Summarise the Mill Review", MILL, WEIR) == []


def test_headings_that_are_left_out_are_said() -> None:
    blocks: list[Block] = []
    for part in range(1, 26):
        blocks += [
            ("heading", "", f"Part {part}"),
            ("text", f"Part {part}", f"Gate {part} fell down."),
        ]
    (made,) = found("Give me an overview of the Dam Review", document("The Dam Review", blocks))
    assert len(made.quotes) == 20
    assert made.note == "5 further headings are left out."


def test_a_report_is_known_by_its_title_before_its_author() -> None:
    other = document("The Gate Study", author="A. Weir")
    (made,) = found("Summarise the Weir report", other, WEIR)
    assert made.summary.title == "The Weir Inquiry"
    (made,) = found("Summarise the Weir report", other, MILL)
    assert made.summary.title == "The Gate Study"
