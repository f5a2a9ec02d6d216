"""Figures that sources give differently: told where they do, and only there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa.answers.counting import mentions, value_of
from qa.answers.differing import Figure, differing, noted
from qa.answers.naming import names_of, written_as_names
from qa.answers.questions import analyse
from qa.answers.quoting import Quote
from qa.text import sentences
from qa.types import DocumentSummary, Hit, Passage


def figures_of(question: str, *texts: str) -> list[Figure]:
    """The figures told apart; the first sentence is the answer.

    The texts are those of the documents Mason (2014), Reed (2016) and Hale (2018).
    """
    reviews = (("Mason", "2014-03-01"), ("Reed", "2016-05-02"), ("Hale", "2018-07-03"))
    hits, documents = [], []
    for at, (text, (review, published)) in enumerate(zip(texts, reviews, strict=False)):
        title = f"The {review} report"
        meta = {"review": review, "published": published}
        documents.append(DocumentSummary(f"{at}.md", title, meta, "", 0, 1, ""))
        passage = Passage(at, f"{at}.md", 0, len(text), text, title, None, "1")
        hits.append(Hit(passage, 1.0 - at / 10, at + 1))
    asked = analyse(question)
    start, end = sentences(texts[0])[0]
    return differing(
        asked,
        hits,
        [Quote("0.md", start, end, texts[0][start:end])],
        names=names_of(documents),
        proper=written_as_names(asked, texts),
    )


def told(question: str, *texts: str) -> list[str]:
    """The figures told apart, as "figure, source, date", each inside the quote it comes with."""
    found = figures_of(question, *texts)
    for figure in found:
        whole = texts[int(figure.quote.uri[0])]
        assert whole[figure.quote.start : figure.quote.end] == figure.quote.text
        assert figure.mention.text in figure.quote.text
    return [f"{figure.mention.text}, {figure.source}, {figure.date}" for figure in found]


HOMES = "How many homes were flooded in Denby?"
BRIDGES = "How many bridges were closed in Denby?"
CHILDREN = "How many children were exploited in Rotherham?"
JAY = "Approximately 1,400 children were sexually exploited in Rotherham over 1997 to 2013."
COUNTS = (
    "The National Crime Agency's counts of Rotherham victims differ: 1,523 in October 2018, 1,510"
    " in August 2019, and 1,143 identified in November 2023."
)
AGAINST = (
    "A web page on Rotherham has the estimate as 1,400 children, against the 1,143 children"
    " identified by the National Crime Agency by November 2023."
)

DIFFER = [
    (HOMES, ["310 homes were flooded in Denby.", "In Denby 290 homes were flooded."],
     ["310, Mason, 2014", "290, Reed, 2016"]),
    (HOMES, ["About 300 homes were flooded in Denby.", "The flooded homes in Denby: 412 homes."],
     ["300, Mason, 2014", "412, Reed, 2016"]),
    (HOMES, ["310 homes were flooded in Denby, and 290 homes according to the water board."],
     ["310, Mason, 2014", "290, water board, "]),
    (HOMES, ["310 homes were flooded in Denby.",
             "Counts differ: the council says 310 homes in Denby, and the insurers say 355 homes."],
     ["310, Mason, 2014", "355, insurers, "]),
    (HOMES, ["310 homes were flooded in Denby.",
             "290 homes flooded in Denby were counted by the Water Board."],
     ["310, Mason, 2014", "290, Water Board, "]),
    (HOMES, ["310 homes were flooded in Denby.", "There had been 290 homes flooded in Denby."],
     ["310, Mason, 2014", "290, Reed, 2016"]),
    (BRIDGES, ["Twelve bridges were closed in Denby.", "14 bridges were closed in Denby."],
     ["Twelve, Mason, 2014", "14, Reed, 2016"]),
    (BRIDGES, ["12 bridges were closed in Denby.", "12 bridges were closed in Denby.",
               "15 bridges were closed in Denby."],
     ["12, Mason, 2014", "15, Hale, 2018"]),
    (BRIDGES, ["The Mason report estimated in May 2013 that 12 bridges were closed in Denby.",
               "The Reed report put the number of bridges closed in Denby at 15 in June 2016."],
     ["12, Mason, May 2013", "15, Reed, June 2016"]),
    ("How many inspections did the board carry out in Selby?",
     ["The board carried out 91 inspections in Selby.",
      "According to the water board, there were 93 inspections in Selby by the board."],
     ["91, Mason, 2014", "93, water board, "]),
    ("What number of people were evacuated from Selby?",
     ["More than 500 people were evacuated from Selby.",
      "450 people were evacuated from Selby."],
     ["500, Mason, 2014", "450, Reed, 2016"]),
    (CHILDREN, [JAY, f"{COUNTS} {AGAINST}"],
     ["1,400, Mason, 2014", "1,523, National Crime Agency, October 2018",
      "1,510, National Crime Agency, August 2019", "1,143, National Crime Agency, November 2023"]),
    (CHILDREN, [JAY, "In Rotherham 1,600 children were exploited."],
     ["1,400, Mason, 2014", "1,600, Reed, 2016"]),
    ("How many pages does the final report have?",
     ["The final report has 458 pages according to Leigh Day and 487 pages according to VWV."],
     ["458, Leigh Day, ", "487, VWV, "]),
    ("How many recommendations did the Selby review make?",
     ["The Selby review made six recommendations.", "The Selby review made four recommendations."],
     ["six, Mason, 2014", "four, Reed, 2016"]),
]  # fmt: skip

AGREE = [
    (HOMES, ["310 homes were flooded in Denby.", "290 homes were flooded in Selby."]),
    (HOMES, ["310 homes were flooded in Denby.", "In Denby 290 of the homes were flooded twice."]),
    (HOMES, ["310 homes were flooded in Denby, of whom 40 homes were insured in Denby."]),
    (HOMES, ["310 homes were flooded in Denby.", "310 homes were flooded in Denby."]),
    (HOMES, ["About 300 homes were flooded in Denby.", "304 homes were flooded in Denby."]),
    (HOMES, ["At least 300 homes were flooded in Denby.", "355 homes were flooded in Denby."]),
    (HOMES, ["Up to 400 homes were flooded in Denby.", "355 homes were flooded in Denby."]),
    (HOMES, ["310 homes were flooded in Denby in 2013.",
             "290 homes were flooded in Denby in 2014."]),
    (HOMES, ["310 homes were flooded in Denby.", "290 homes were rebuilt in Denby."]),
    (HOMES, ["310 homes were flooded in Denby.", "12 children's homes were flooded in Denby."]),
    (HOMES, ["310 homes were flooded in Denby.", "Another 20 homes were flooded in Denby."]),
    (HOMES, ["310 homes were flooded in Denby.", "£290 was paid to homes flooded in Denby."]),
    (HOMES, ["310 homes were flooded in Denby.", "40% of homes were flooded in Denby."]),
    (HOMES, ["310 homes were flooded in Denby.",
             "Between 200 and 400 homes were flooded in Denby."]),
    (HOMES, ["310 homes were flooded in Denby.",
             "310 homes were flooded in Denby, against 290 homes flooded in Selby."]),
    ("When were the homes in Denby flooded?",
     ["310 homes were flooded in Denby.", "290 homes were flooded in Denby."]),
    ("How many recommendations did Mason make?",
     ["Mason made 11 recommendations, and Reed made 12 recommendations.",
      "The Reed report made 12 recommendations."]),
    ("How many recommendations did the Selby review make?",
     ["The Selby review made 11 recommendations, and 55 complaints followed.",
      "The Selby council accepted eight recommendations of the review."]),
    ("How many pages has the Denby report?",
     ["The Denby report has 458 pages.", "The Denby report draws on 2,400 pages of evidence."]),
    (CHILDREN, [JAY, "29 children in Rotherham were referred in October 2014."]),
    (CHILDREN, [JAY, "More than 1,000 children were exploited in Telford."]),
    (CHILDREN, [JAY, "The number of victims who engaged in Rotherham was 133 in October 2016."]),
    (CHILDREN, [JAY, "The inquiry identified 2,400 victims nationally in October 2011."]),
]  # fmt: skip


@pytest.mark.parametrize(("question", "texts", "figures"), DIFFER)
def test_figures_that_differ_are_told_apart(
    question: str, texts: list[str], figures: list[str]
) -> None:
    assert told(question, *texts) == figures


@pytest.mark.parametrize(("question", "texts"), AGREE)
def test_other_figures_are_not_said_to_differ(question: str, texts: list[str]) -> None:
    assert told(question, *texts) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,400", 1400),
        ("1.5 million", 1_500_000),
        ("twenty-six", 26),
        ("two hundred and five", 205),
        ("three thousand", 3000),
        ("dozens", None),
        ("half", None),
    ],
)
def test_numbers_have_their_values(text: str, value: float | None) -> None:
    assert value_of(text) == value


def test_a_figure_is_bound_to_what_it_counts() -> None:
    told = [
        (mention.text, mention.counted[0], mention.told, mention.exactness, mention.date)
        for mention in mentions(
            "By May 2019 at least 1,400 homes were badly flooded, and 12 bridges, of which three"
            " fell, were closed."
        )
    ]
    assert told == [
        ("1,400", ("home",), "flood", "least", "May 2019"),
        ("12", ("bridg",), "", "exact", "May 2019"),
    ]


@given(st.text(max_size=200))
def test_any_sentence_can_be_read_for_figures(sentence: str) -> None:
    for mention in mentions(sentence):
        assert sentence[slice(*mention.span)] == mention.text


def test_the_note_names_figures_sources_and_quotes() -> None:
    texts = ["310 homes were flooded in Denby.", "290 homes were flooded in Denby."]
    figures = figures_of(HOMES, *texts)
    assert noted(figures, [1, 3]) == (
        "The sources give different figures: 310 (Mason, 2014) [1]; 290 (Reed, 2016) [3]."
    )
    assert noted([], []) == ""


def test_the_shipped_reviews_differ_on_rotherham_and_not_on_drew(reviews_index: Path) -> None:
    with qa.open(reviews_index) as assistant:
        first = assistant.ask(CHILDREN)
        history = [qa.Turn(CHILDREN, first)]
        revised = assistant.ask("Has that number been revised?", history=history)
        drew = assistant.ask("How many recommendations did Drew make?")
    for answer in (first, revised):
        _, _, note = answer.text.partition("The sources give different figures: ")
        for figure, dated in (("1,400", "2014"), ("1,510", "2019"), ("1,523", "2018")):
            assert re.search(rf"{figure} \([^;]*{dated}\) \[\d\]", note)
        assert re.search(r"1,143 \([^;]*November 2023\) \[\d\]", note)
        for figure, number in re.findall(r"([\d,]+) \([^;]*\) \[(\d)\]", note):
            citation = answer.citations[int(number) - 1]
            assert figure in citation.quote
            assert any(
                hit.passage.uri == citation.uri
                and hit.passage.start <= citation.start
                and citation.end <= hit.passage.end
                for hit in answer.hits
            )
    assert drew.short == "11"
    assert "different figures" not in drew.text
