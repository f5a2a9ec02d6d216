"""Questions to go on with: they are answered, near, worded as people ask, and name nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa.answers.topics import called, topics_of, worded
from qa.types import Document, DocumentSummary, Paragraph

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
