"""Questions to go on with: they are answered, near, worded as people ask, and name nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa.answers.evidence import Evidence
from qa.answers.following import repeats
from qa.answers.proposing import Candidate, forms_of
from qa.answers.topics import called, topics_of, worded
from qa.text import terms
from qa.types import Answer, Citation, Document, DocumentSummary, Paragraph, Passage

TEXT = """\
The police inspected mooring posts and the sluices. The inspectors found that gauges near Denby
were old, and in Denby the sluices leaked. The county council keeps a register of sluices, and
the river board pays for the repair of gauges.
"""


def headed(*headings: str, text: str = TEXT, **meta: str) -> Document:
    """A document of these headings, each with the same text under it."""
    whole, paragraphs = "", []
    for heading in headings:
        for block, kind in ((heading, "heading"), (text, "text")):
            end = len(whole) + len(block)
            made = Paragraph(len(whole), end, heading="" if kind == "heading" else heading)
            paragraphs.append(replace(made, kind="heading") if kind == "heading" else made)
            whole += block + "\n\n"
    return Document("a.pdf", "Review of the Wenning", whole, (), meta, "", tuple(paragraphs))


def subjects(*headings: str) -> list[str]:
    document = headed(*headings)
    return [worded(topic, document) for topic in topics_of(document)]


def summary(title: str, **meta: str) -> DocumentSummary:
    return DocumentSummary("a.md", title, meta, "0" * 64, 0, 9, "2020-01-01")


@pytest.mark.parametrize(
    ("heading", "subject"),
    [
        ("Mooring posts", "mooring posts"),
        ("3.2 Mooring posts", "mooring posts"),
        ("Chapter 3: Mooring posts", "mooring posts"),
        ("4a) Mooring posts", "mooring posts"),
        ("Recommendation 6: A register of sluices", "a register of sluices"),
        ("The repair of gauges (2014)", "the repair of gauges"),
        ("Police", "the police"),
        ("Denby", "Denby"),
        ("Gauges near Denby", "gauges near Denby"),
        ("Repair of the Gauges", "repair of the gauges"),
        ("Mooring and Repair", "mooring and repair"),
        ("The Repair of Gauges for SWCC", "the repair of gauges for SWCC"),
        ("Impact on gauges", "the impact on gauges"),
    ],
)
def test_a_heading_that_is_a_subject(heading: str, subject: str) -> None:
    assert subjects(heading) == [subject]


@pytest.mark.parametrize(
    "heading",
    [
        "Introduction",
        "Chapter 3",
        "Executive summary",
        "CHAPTER 6: THE REPAIR OF GAUGES",
        "Findings of July 2015",
        "Response to Part Two",
        "How the sluices leaked",
        "Sluices: which years",
        "What happened and why?",
        "17 July 2023",
        "Review the register of sluices",
        "No sluices were repaired. The",
        "Our register of sluices",
        "Binding timeframes for each stage of the process should be imposed, with",
        "Anna Mason",
        "Anna Mason and John Weir",
        "Maureen McAllister",
        "Mr Weir",
        "Girl A",
        "The Rt Hon Anna Mason MP",
        "Xanthippe",
        "River Committee",
        "Review of the Wenning",
        "HSS",
        "",
        "12",
    ],
)
def test_a_heading_that_is_none(heading: str) -> None:
    assert subjects(heading) == []


@pytest.mark.parametrize(
    ("heading", "subject"),
    [
        ("Weir Trust staff", "Weir Trust staff"),
        ("Learning from the Weir Trust", "learning from the Weir Trust"),
        ("The School of Rivers and Roads", "the School of Rivers and Roads"),
        ("Rivers during Storm-19", "rivers during Storm-19"),
    ],
)
def test_a_name_in_a_heading_keeps_its_capitals(heading: str, subject: str) -> None:
    text = (
        "The roads and rivers near the Weir Trust are of the School of Rivers and Roads, as told "
        "in Storm-19 by the School of Rivers and Roads, and at the School of Rivers and Roads by "
        "the Weir Trust in Storm-19, and not at another school by one storm-19 page."
    )
    document = headed(heading, text=text)
    assert [worded(topic, document) for topic in topics_of(document)] == [subject]


def test_a_heading_of_every_chapter_is_none() -> None:
    assert subjects("Sluices", "Sluices", "Sluices", "Mooring posts") == ["mooring posts"]


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_headings_at_all(headings: list[str]) -> None:
    document = headed(*headings)
    for topic in topics_of(document):
        assert worded(topic, document)


@pytest.mark.parametrize(
    ("title", "meta", "name"),
    [
        ("The Weir Report on the Wenning (2014)", {"review": "Weir"}, "the Weir Report"),
        (
            "Weir National Audit of Bridges (2014)",
            {"review": "Weir 2014"},
            "the Weir National Audit",
        ),
        ("Operation Sluice: a repair", {"review": "Sluice"}, "Operation Sluice"),
        ("The Inquiry into the Wenning", {"review": "Wenning"}, "the Wenning inquiry"),
        ("RIB inspections of bridges", {"review": "RIB"}, "the RIB inspections"),
        ("The board (RIB): its own report", {"review": "RIB"}, "RIB"),
        ("Where the reports differ", {"review": "Comparison"}, ""),
        ("Wenning Flood Inquiry - Module 1: gauges", {}, "the Wenning Flood Inquiry"),
        ("Bridges", {}, ""),
    ],
)
def test_what_a_document_is_called(title: str, meta: dict[str, str], name: str) -> None:
    assert called(summary(title, **meta)) == name


def evidence(text: str, heading: str = "", uri: str = "a.pdf") -> Evidence:
    passage = Passage(1, uri, 0, len(text), text, heading, 1, "")
    return Evidence(passage, 0, len(text), text, 0.9, np.zeros(1, np.float32))


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("The Weir Report was published on 4 May 2014.", True),
        ("The Weir Report was published in May 2014.", True),
        ("The Weir Report says that the board published its plan on 4 June 2012.", False),
        ("It would be published with the Weir Report.", False),
        ("12 County Times, The Weir Report is published, 4 May 2014", False),
    ],
)
def test_a_date_of_publication_is_the_one_that_is_known(text: str, met: bool) -> None:
    made = summary("The Weir Report", review="Weir", published="2014-05-04")
    (asked,) = [each for each in forms_of(made) if each.question.startswith("When")]
    assert asked.question == "When was the Weir Report published?"
    assert replace(asked, uris=("a.pdf",)).is_met(evidence(text)) is met
    assert not replace(asked, uris=("b.pdf",)).is_met(evidence(text))


def test_who_commissioned_a_report_is_who_is_known() -> None:
    made = summary("The Denby inquiry", review="Denby", commissioned_by="Denby County Council")
    (asked,) = [each for each in forms_of(made) if each.question.startswith("Who")]
    asked = replace(asked, uris=())
    assert asked.is_met(evidence("The council commissioned it.", "Commission"))
    assert not asked.is_met(evidence("Anna Weir chaired the Denby inquiry.", "Commission"))


@pytest.mark.parametrize(
    ("begins", "text", "met"),
    [
        ("How many", "The Weir Report made 12 recommendations.", True),
        ("How many", "5. We recommend that the board replies to the Weir Report.", False),
        ("How many", "The Weir Report was followed by 12 recommendations and 3 audits.", True),
        ("How many", "12 people wrote to the Weir Report on its recommendations.", False),
        ("What did the Weir Report find", "The Weir Report found that the gates leaked.", True),
        ("What did the Weir Report find", "In its first part Weir concluded little.", True),
        ("What did the Weir Report find", "An inquiry had found that the gates leaked.", False),
        ("What did the Weir Report find", "The board found the Weir Report of use.", False),
        ("What did the Weir Report rec", "The Weir Report recommended new gates.", True),
        ("What did the Weir Report rec", "We recommend new gates.", False),
    ],
)
def test_what_a_report_did_is_what_is_said_of_it(begins: str, text: str, met: bool) -> None:
    made = summary("The Weir Report", review="Weir")
    (asked,) = [each for each in forms_of(made) if each.question.startswith(begins)]
    assert replace(asked, uris=()).is_met(evidence(text)) is met


@pytest.mark.parametrize(
    ("question", "text", "met"),
    [
        ("Who led Operation Weir?", "Operation Weir led to two reports by the Trust.", False),
        ("Who led Operation Weir?", "Operation Weir was led by Anna Mason.", True),
        ("When did Operation Weir begin?", "Operation Weir began in June 2014.", True),
        ("When did Operation Weir begin?", "Operation Weir began after the flood.", False),
    ],
)
def test_what_is_told_by_its_form_has_to_be_told(question: str, text: str, met: bool) -> None:
    assert Candidate(question).is_met(evidence(text)) is met


def test_a_response_is_asked_for_where_a_heading_tells_of_one() -> None:
    made = summary("The Weir Report", review="Weir")
    asked = {each.question for each in forms_of(made, ["response of the board"])}
    assert asked - {each.question for each in forms_of(made)} == {
        "What was the response to the Weir Report?"
    }


@pytest.mark.parametrize(
    ("question", "uri", "again"),
    [
        ("What did the Weir Report say about sluices?", "a.pdf", True),
        ("What did the Weir Report say about gauges?", "a.pdf", False),
        ("What did the Mason Report say about sluices?", "b.pdf", False),
    ],
)
def test_what_was_asked_is_not_asked_again_by_name(question: str, uri: str, again: bool) -> None:
    asked = "What happened to the sluices?"
    cited = Citation(1, "a.pdf", "Weir", "Weir", 1, "", "", 0, 9, "The quote", "0" * 64, "")
    answer = Answer(asked, asked, "", "", (cited,), (), "answered", 0.9, 0.0)
    topic = question.removesuffix("?").split()[-1]
    candidate = Candidate(question, (uri,), topic=topic, name="")
    assert repeats(candidate, frozenset(terms(asked)), answer) is again


# Over the shipped reviews.


@pytest.fixture(scope="module")
def reviews(reviews_index: Path) -> Iterator[qa.Assistant]:
    with qa.open(reviews_index) as opened:
        yield opened


@pytest.mark.parametrize(
    "question",
    [
        "What did Jay find about taxis?",
        "How many recommendations did Drew make?",
        "When was the Telford inquiry published?",
        "What is the population of Norway?",
    ],
)
def test_what_is_offered_is_answered_and_is_another(reviews: qa.Assistant, question: str) -> None:
    answer = reviews.ask(question)
    offered = reviews.follow_ups(question, answer)
    assert 1 <= len(offered) <= 3
    assert question not in offered
    told = {(each.uri, each.start) for each in answer.citations}
    firsts = []
    for other in offered:
        assert re.fullmatch(r"[A-Z][^?\n]{8,120}\?", other)
        found = reviews.ask(other)
        assert found.outcome == "answered"
        firsts.append((found.citations[0].uri, found.citations[0].start))
    assert len(set(offered)) == len(offered)
    assert reviews.follow_ups(question, answer) == offered
    assert reviews.follow_ups(question, answer, count=1) == offered[:1]
    assert not told.issuperset(firsts)


def test_another_report_on_the_same_subject(reviews: qa.Assistant) -> None:
    question = "What did Jay find about taxis?"
    offered = reviews.follow_ups(question, reviews.ask(question))
    assert "What did the Casey Report find about taxis?" in offered
    assert any("Jay Report" in other and "taxis" not in other for other in offered)


def test_only_the_documents_that_were_chosen(reviews: qa.Assistant) -> None:
    question = "What did Drew find about Sheffield?"
    answer = reviews.ask(question, uris=["drew-2016.md"])
    offered = reviews.follow_ups(question, answer, uris=["drew-2016.md"])
    assert offered
    assert all("Drew" in other for other in offered)
    with pytest.raises(qa.QAError, match="no document is named"):
        reviews.follow_ups(question, answer, uris=["drew.md"])


def test_an_answer_whose_documents_are_gone(reviews: qa.Assistant) -> None:
    answer = reviews.ask("What did Jay find about taxis?")
    citations = tuple(replace(each, uri="gone.md") for each in answer.citations)
    stale = replace(answer, citations=citations, hits=())
    assert reviews.follow_ups("What did Jay find about taxis?", stale) == []


def test_questions_to_begin_with_are_answered_and_each_is_another(reviews: qa.Assistant) -> None:
    offered = reviews.openings()
    assert len(offered) == len(set(offered)) == 6
    first = [reviews.ask(question) for question in offered]
    assert all(answer.outcome == "answered" for answer in first)
    assert len({answer.citations[0].uri for answer in first}) >= 5
    assert len(reviews.openings(count=2)) == 2
