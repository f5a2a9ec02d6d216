"""The cards of the sources: why each was found, how to cite it, and what became of its document."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pytest
from elements import Elements
from fake_assistant import FakeAssistant, neutral_documents

from qa.exports import STYLES, cite
from qa.types import Answer, DocumentSummary, Hit
from qa.web.views.cards import at_page, nearest_card, source_card
from qa.web.views.why import found_by, shared_words, why_html

MAKES = "How many recommendations did the inspection make?"
Known = dict[str, DocumentSummary]


@pytest.fixture(name="answer")
def answer_of() -> Answer:
    return FakeAssistant(neutral_documents()).ask(MAKES)


@pytest.fixture(name="known")
def known_documents() -> Known:
    return {one.uri: one for one in FakeAssistant(neutral_documents()).documents()}


def card_of(answer: Answer, known: Known, at: int = 0) -> Elements:
    return Elements(source_card(answer.citations[at], answer, "t1", known))


# --- why --------------------------------------------------------------------------------------


def test_the_questions_words_are_found_in_any_form() -> None:
    text = "The council recommended nothing; the inspectors found 1,400 homes."
    asked = "What did the council's inspector recommend about 1400 Homes, and homes?"
    assert shared_words(asked, text) == ["council's", "inspector", "recommend", "1400", "Homes"]
    assert shared_words("What did they do?", text) == []
    assert shared_words(asked, "") == []


def test_a_card_says_in_plain_words_why_it_was_found(answer: Answer, known: Known) -> None:
    shown = card_of(answer, known)
    assert "Found by the words “recommendations”, “inspection” and its meaning" in shown.text
    assert "Rank 1: words 2.00, meaning 0.20" in shown.text
    assert "open" not in shown.all("details", "why")[0]


def test_what_led_to_a_passage_is_not_made_up(answer: Answer) -> None:
    hit = answer.hits[0]
    assert found_by([], hit) == "Found by its meaning, not by the question’s words"
    assert found_by(["river"], replace(hit, signals={"lexical": 1.0})) == (
        "Found by the word “river”"
    )
    asked_for = replace(hit, signals={**hit.signals, "preferred": 0.1})
    assert found_by([], asked_for).endswith("; its document was asked for")
    many = found_by(list("abcdefgh"), hit)
    assert "“f” and 2 more and its meaning" in many
    assert found_by([], None) == ""
    assert found_by(["river"], None) == "Holds the word “river”"


def test_where_nothing_is_known_of_the_query_no_reason_is_given(answer: Answer) -> None:
    assert why_html(answer.hits[0], "", "") == ""
    odd = replace(answer.hits[0], signals={"<b>": 1.0})
    assert "&lt;b&gt; 1.00" in why_html(odd, "", MAKES)
    assert "<b>" not in why_html(odd, "", "<b>inspection</b>")


# --- the ways on ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "page", "shown"),
    [
        ("https://example.org/a.pdf", 7, "https://example.org/a.pdf#page=7"),
        ("https://example.org/A.PDF?v=2", 7, "https://example.org/A.PDF?v=2#page=7"),
        ("https://example.org/a.pdf#part", 7, "https://example.org/a.pdf#part"),
        ("https://example.org/a.pdf", None, "https://example.org/a.pdf"),
        ("https://example.org/a", 7, "https://example.org/a"),
        ("https://[x.pdf", 7, "https://[x.pdf"),
    ],
)
def test_the_address_of_a_pdf_leads_to_its_page(url: str, page: int | None, shown: str) -> None:
    assert at_page(url, page) == shown


def test_a_card_leads_to_the_original_at_its_page_and_to_the_page_here(
    answer: Answer, known: Known
) -> None:
    shown = card_of(answer, known)
    (source,) = shown.all("a", "source")
    assert source["href"] == "https://example.org/bridges.pdf#page=2"
    assert "example.org, page 2" in shown.text
    title, page = shown.all("a", "read")
    assert title["href"] == page["href"]
    assert "Open page ii" in shown.text
    # A paragraph may name a source of its own: the document's page says nothing of that one.
    other = replace(answer.citations[0], url="https://example.net/own.pdf")
    own = Elements(source_card(other, answer, "t1", known)).all("a", "source")[0]
    assert own["href"] == "https://example.net/own.pdf"
    plain = Elements(source_card(replace(other, url="javascript:alert(1)"), answer, "t1", known))
    assert not plain.all("a", "source")


def test_every_style_of_citation_is_there_to_copy(answer: Answer, known: Known) -> None:
    cited = answer.citations[0]
    markup = source_card(cited, answer, "t1", known)
    shown = Elements(markup)
    buttons = [one["data-copy"] for one in shown.all("button") if "data-copy" in one]
    assert buttons == [cite(cited, known[cited.uri], style) for style in STYLES]
    assert "\r\n" in buttons[-1]
    assert "\n" not in markup  # an end of line in an attribute is kept only as a reference
    assert [one["aria-label"] for one in shown.all("div") if one.get("role") == "group"] == [
        "Copy this citation as"
    ]
    for name in ("Cite", "Plain text", "Markdown", "BibTeX", "RIS"):
        assert name in shown.text


def test_hostile_words_stay_words_on_a_card(answer: Answer, known: Known) -> None:
    evil = '"><img src=x onerror=hit(1)>'
    cited = replace(answer.citations[0], title=evil, review=evil, quote=evil, paragraph=evil)
    known["bridges.pdf"] = replace(known["bridges.pdf"], meta={"author": evil, "review": evil})
    shown = Elements(source_card(cited, replace(answer, query=evil), "t1", known))
    assert not shown.all("img")
    assert evil in shown.text


# --- what became of the document --------------------------------------------------------------


def test_a_source_whose_document_is_gone_keeps_its_quote_and_says_so(
    answer: Answer, known: Known
) -> None:
    del known["bridges.pdf"]
    shown = card_of(answer, known)
    assert shown.all("p", "changed")
    assert "No longer in the index" in shown.text
    assert answer.citations[0].quote in shown.text
    assert len(shown.all("a", "read")) == 1  # the title: the document view tells what to do
    assert not shown.all("a", "open")
    assert shown.all("button")[-1]["data-copy"] == cite(answer.citations[0], None, "ris")


def test_a_source_of_another_version_says_so(answer: Answer, known: Known) -> None:
    assert not card_of(answer, known).all("p", "changed")
    known["bridges.pdf"] = replace(known["bridges.pdf"], sha256="0" * 64)
    shown = card_of(answer, known)
    assert "The index now holds another version" in shown.text
    assert f"version={answer.citations[0].sha256[:12]}" in shown.all("a", "read")[0]["href"]


def test_a_near_passage_is_no_answer_and_is_not_cited(answer: Answer, known: Known) -> None:
    hit: Hit = answer.hits[0]
    shown = Elements(nearest_card(hit, "t1", known, MAKES))
    assert "Nearest passage, not an answer" in shown.text
    assert "Found by the words" in shown.text
    assert not shown.all("details", "cites")
    assert "#page=2" in shown.all("a", "source")[0]["href"]
    gone = Elements(nearest_card(hit, "t1", {}, MAKES))
    assert "No longer in the index" in gone.text
    assert escape(hit.passage.uri) in gone.text
