"""What an abbreviation stands for, read where a document spells it out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import KeywordEncoder
from indexes import create_index, put_all

from qa.answers import Answerer
from qa.answers.abbreviations import spelled_out
from qa.index import Index
from qa.settings import Settings
from qa.types import Document

WEIR = Document.from_text(
    "weir.md",
    "The Weir Inquiry",
    "HRB met twice. The HRB was late, and HRB members said so.\n\n"
    "In 2019 the Hay River Board (“HRB”) tested the gates. Later HRB did not.\n\n"
    "It told the Department for Weirs and Locks (DWL), which (DWL said) had no means.\n\n"
    "Gate keepers (GKs) were trained, and so were the wardens (see HRB).",
    review="Weir",
)
MILL = Document.from_text(
    "mill.md",
    "The Mill Review",
    "The Hay River Board (the “HRB”) owned the mill.\n\n"
    "GK – Gate Keeper\n\nPOS Point of Sale\n\nTMS means the Tidal Mill Survey of 2018.\n\n"
    "SWOT (Sluices, Weirs, Outfalls, Tides)\n\nLOL – nothing of the kind.\n\n"
    "The Hay Rivers Bank (HRB) paid.",
    review="Mill",
)


@pytest.fixture(name="index")
def index_fixture(tmp_path: Path) -> Iterator[Index]:
    encoder = KeywordEncoder()
    with create_index(tmp_path / "index", encoder) as index:
        put_all(index, encoder, WEIR, MILL)
        yield index


def told(index: Index, question: str) -> list[str]:
    found = spelled_out(question, index.documents(), index)
    return [quote.text for each in found for quote in each.quotes]


@pytest.mark.parametrize(
    ("question", "sentence", "short"),
    [
        (
            "What does DWL stand for?",
            "It told the Department for Weirs and Locks (DWL), which (DWL said) had no means.",
            "Department for Weirs and Locks",
        ),
        ("what does pos mean", "POS Point of Sale", "Point of Sale"),
        ("What is the TMS?", "TMS means the Tidal Mill Survey of 2018.", "Tidal Mill Survey"),
        ("Tell me what TMS stands for.", "TMS means the Tidal Mill Survey of 2018.", ""),
        ("What is the abbreviation GK short for?", "GK – Gate Keeper", "Gate Keeper"),
        (
            "What is SWOT an acronym for?",
            "SWOT (Sluices, Weirs, Outfalls, Tides)",
            "Sluices, Weirs, Outfalls, Tides",
        ),
        (
            "What does “HRB” stand for in the Weir report?",
            "In 2019 the Hay River Board (“HRB”) tested the gates.",
            "Hay River Board",
        ),
    ],
)
def test_it_is_told_where_it_is_spelled_out(
    index: Index, question: str, sentence: str, short: str
) -> None:
    (made,) = spelled_out(question, index.documents(), index)
    assert [quote.text for quote in made.quotes] == [sentence]
    assert made.short == (short or made.short)
    whole = index.document(made.summary.uri).text
    assert all(whole[quote.start : quote.end] == quote.text for quote in made.quotes)


@pytest.mark.parametrize(
    "question",
    [
        "What does XYZ stand for?",
        "What does LOL stand for?",
        "What does HRB stand for in the Dam report?",
        "What does denial mean?",
        "What did he stand for?",
        "What does it mean?",
        "What is the HRB accused of?",
        "What did the HRB do?",
        "Who is the HRB?",
        "What does HRBs mean?",
    ],
)
def test_what_no_document_spells_out_is_not_made_up(index: Index, question: str) -> None:
    assert told(index, question) == []


def test_each_meaning_is_told_once(index: Index) -> None:
    found = spelled_out("What does HRB stand for?", index.documents(), index)
    assert [(each.summary.title, each.short) for each in found] == [("The Mill Review", "")]
    assert told(index, "What does HRB stand for?") == [
        "The Hay River Board (the “HRB”) owned the mill.",
        "The Hay Rivers Bank (HRB) paid.",
    ]


def test_an_answer_has_the_long_form_for_its_short_answer(index: Index) -> None:
    answerer = Answerer(index, KeywordEncoder(), Settings())
    question = "What does DWL stand for?"
    *_, answer = answerer.stream(question, documents=index.documents())
    assert (answer.outcome, answer.short) == ("answered", "Department for Weirs and Locks")
    (citation,) = answer.citations
    assert citation.uri == WEIR.uri
    *_, chosen = answerer.stream(question, documents=index.documents(), uris=[MILL.uri])
    assert chosen.short == ""
