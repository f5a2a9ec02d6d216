"""When a report was published, read off its first pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_assistant import paged
from fakes import KeywordEncoder
from indexes import create_index, put_all
from printed import printed_of, summary_of

from qa.answers import Answerer
from qa.answers.imprint import imprints
from qa.answers.printing import Printed
from qa.settings import Settings
from qa.types import Answer, Document, Turn

BODY = "The gates were tested in May 2019, and that was published on 3 June 2019."


def report(title: str, *front: str, per_page: int = 2) -> Document:
    """A report with these lines on its first pages and what it tells behind them."""
    blocks = [title, *front, *["The gates are old."] * (4 * per_page), BODY]
    return paged(f"{title}.pdf", title, blocks, per_page)


def found(question: str, *documents: Document) -> list[Printed]:
    return printed_of(imprints, question, documents)


WEIR = report("The Weir Inquiry", "May 2021", "Ordered by the Board to be printed on 7 May 2021")
MILL = report("The Mill Review", "© The Mill Board 2020", "It tells of May 2019.")
ASKED = "When was the Weir Inquiry's report published?"


@pytest.mark.parametrize(
    ("front", "quotes", "short"),
    [
        (["20 May 2024"], ["20 May 2024"], "20 May 2024"),
        (["May 2024", "HC 12"], ["May 2024"], "May 2024"),
        (["Published: 20 May 2024"], ["Published: 20 May 2024"], "20 May 2024"),
        (["Updated 5 November 2025"], ["Updated 5 November 2025"], "5 November 2025"),
        (
            ["March 2020", "It was published on 2 March 2020 by the Board."],
            ["It was published on 2 March 2020 by the Board."],
            "2 March 2020",
        ),
        (
            ["July 2024", "Ordered by the Board to be printed 18 July 2024"],
            ["July 2024", "Ordered by the Board to be printed 18 July 2024"],
            "18 July 2024",
        ),
        (
            ["July 2024", "Presented to the Board on 3 June 2024"],
            ["July 2024"],
            "July 2024",
        ),
        (["The survey was published on 3 June 2019."], [], ""),
        (["© The Board 2020", "The floods of May 2019"], [], ""),
    ],
)
def test_the_first_pages_tell_when(front: list[str], quotes: list[str], short: str) -> None:
    made = report("The Weir Inquiry", *front)
    told = found(ASKED, made, MILL)
    assert [quote.text for each in told for quote in each.quotes] == quotes
    assert [each.short for each in told] == [short][: len(told)]
    for quote in (quote for each in told for quote in each.quotes):
        assert made.text[quote.start : quote.end] == quote.text


@pytest.mark.parametrize(
    "question",
    [
        "When was the Weir released?",
        "When was the second Weir report published?",
        "When did the Weir Inquiry begin?",
        "Where was the Weir report published?",
        "When was the Mill Review published?",
        "When was the report published?",
    ],
)
def test_another_question_is_not_told_so(question: str) -> None:
    assert found(question, WEIR, MILL) == []


def test_what_stands_further_on_tells_of_other_things() -> None:
    late = report("The Weir Inquiry", *["The gates are old."] * 8, "20 May 2024")
    assert found(ASKED, late) == []
    plain = Document.from_text("weir.md", "The Weir Inquiry", "20 May 2024\n\nThe gates are old.")
    assert found(ASKED, plain) == []


def test_a_response_tells_its_own_date() -> None:
    response = report("Response to the Weir Inquiry", "2 March 2022")
    (made,) = found(ASKED, WEIR, response)
    assert made.summary.title == "The Weir Inquiry"
    (made,) = found("When was the response to the Weir Inquiry published?", WEIR, response)
    assert made.short == "2 March 2022"


@pytest.fixture
def answerer(tmp_path: Path) -> Iterator[Answerer]:
    encoder = KeywordEncoder()
    with create_index(tmp_path / "index", encoder) as index:
        put_all(index, encoder, WEIR, MILL)
        yield Answerer(index, encoder, Settings())


def last(answerer: Answerer, *questions: str) -> Answer:
    history: list[Turn] = []
    for question in questions:
        documents = [summary_of(WEIR), summary_of(MILL)]
        *_, answer = answerer.stream(question, documents=documents, history=history)
        history.append(Turn(question, answer))
    return answer


def test_an_answer_gives_the_date_with_its_page(answerer: Answerer) -> None:
    answer = last(answerer, ASKED)
    assert (answer.outcome, answer.short) == ("answered", "7 May 2021")
    assert answer.text == (
        "On the first pages of The Weir Inquiry:\n\n“May 2021” [1]\n\n"
        "“Ordered by the Board to be printed on 7 May 2021” [2]"
    )
    assert [one.page for one in answer.citations] == [1, 2]


def test_it_is_the_report_that_was_asked_about_and_no_other_that_it_tells_of(
    answerer: Answerer,
) -> None:
    assert last(answerer, ASKED, "When was it published?").short == "7 May 2021"
    other = last(answerer, "What was the gate survey?", "When was it published?")
    assert other.short != "7 May 2021"
