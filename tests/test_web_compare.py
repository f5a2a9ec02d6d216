"""Side by side on the page, without a browser: the grid, the edited query, the endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import ANY
from urllib.parse import parse_qsl, urlsplit

import pytest
from elements import Elements
from fake_assistant import FakeAssistant, neutral_documents
from hypothesis import given
from hypothesis import strategies as st

from qa import web
from qa.types import Answer, Citation, Comparison, ComparisonRow, DocumentSummary, Turn
from qa.web import asking
from qa.web.entries import UNCHOSEN, Entry, Wish, begun, entry_of, exchange_of, kept_text
from qa.web.views import grid, render

if TYPE_CHECKING:
    from qa.assistant import Assistant

QUESTION = "How many recommendations did the inspection make?"
TEXT = st.text(max_size=60) | st.sampled_from(
    ("<script>window.hit(1)</script>", "\"'><svg onload=window.hit(3)>", "[1] “x” [2]")
)


@pytest.fixture(name="assistant")
def fake() -> FakeAssistant:
    return FakeAssistant(neutral_documents())


def summaries_of(assistant: FakeAssistant) -> dict[str, DocumentSummary]:
    return {summary.uri: summary for summary in assistant.documents()}


def entry(number: int, question: str, **more: Any) -> Entry:
    return Entry(number, question, asked="2026-01-31T12:00:00+00:00", **more)


def compared(assistant: FakeAssistant, question: str = QUESTION) -> Entry:
    return entry(1, question, form="beside", found=assistant.compare(question))


def answered(assistant: FakeAssistant, item: Entry, *before: Entry) -> Entry:
    turns = [exchange_of(one) for one in before]
    *_, last = asking.answered(cast("Assistant", assistant), item, turns)
    return last


# --- the grid ---------------------------------------------------------------------------------


def test_each_review_is_a_row_with_its_quote_and_place(assistant: FakeAssistant) -> None:
    shown = Elements(render.entry_html(compared(assistant), summaries_of(assistant)))
    scopes = [one["scope"] for one in shown.all("th")]
    assert scopes == ["col", "col", "col", "row", "row"]
    roles = {one["role"] for tag in ("table", "tr", "th", "td") for one in shown.all(tag)}
    assert roles == {"table", "row", "columnheader", "rowheader", "cell"}
    (table,) = shown.all("table", "grid")
    assert table["aria-labelledby"] == "t1-q"
    assert "1 of 2 reviews answers, 1 is silent." in shown.text
    assert "“The inspection made 11 recommendations" in shown.text
    (silent,) = shown.all("tr", "silent")
    assert "silent: it does not answer this question" in shown.text
    assert silent["role"] == "row"


def test_number_and_place_of_a_quote_open_it_in_its_document(assistant: FakeAssistant) -> None:
    shown = Elements(render.entry_html(compared(assistant), summaries_of(assistant)))
    (cite,) = shown.all("a", "cite")
    assert "read" in cite["class"].split()
    assert cite["aria-label"] == "Source 1: Bridges, page ii (2 in the file), paragraph 2.1"
    assert {link["href"] for link in shown.all("a", "read")} == {cite["href"]}
    place = dict(parse_qsl(urlsplit(cite["href"]).query))
    held = assistant.document(place["document"])
    quote = held.text[int(place["start"]) : int(place["end"])]
    assert f"“{quote}”" in shown.text
    assert place["page"] == "2"


def test_weak_evidence_is_called_weak(assistant: FakeAssistant) -> None:
    shown = Elements(render.entry_html(compared(assistant, "Did the inspection hesitate?"), {}))
    assert shown.all("p", "weak")


def test_how_many_answer_is_said_in_a_sentence(assistant: FakeAssistant) -> None:
    whole = assistant.compare(QUESTION)
    said, silent = whole.rows
    for rows, sentence in (
        ((said,), "The review answers."),
        ((silent,), "The review is silent."),
        ((said, said), "All 2 reviews answer."),
        ((silent, silent), "All 2 reviews are silent."),
        ((said, said, silent), "2 of 3 reviews answer, 1 is silent."),
        ((said, silent, silent), "1 of 3 reviews answers, 2 are silent."),
    ):
        assert grid.counted(replace(whole, rows=rows)) == sentence
    assert "no documents" in grid.grid(replace(whole, rows=()), "t1", {})


def test_the_copied_text_has_every_review_and_its_source(assistant: FakeAssistant) -> None:
    item = compared(assistant)
    whole = assistant.compare(QUESTION)
    copied = render.plain_text(QUESTION, whole, summaries_of(assistant)).splitlines()
    assert copied[0] == QUESTION
    assert copied[2].startswith("Bridges: “The inspection made 11")
    assert copied[3] == "Wenning: silent"
    assert copied[6].startswith("[1] Inspection of the County's Bridges, Bridges, A. Mason")
    (button,) = Elements(render.entry_html(item, summaries_of(assistant))).all("button", "copy")
    assert button["data-copy"].splitlines() == copied


@given(question=TEXT, query=TEXT, quote=TEXT, title=TEXT, review=TEXT, uri=TEXT, url=TEXT)
def test_no_text_becomes_markup(
    question: str, query: str, quote: str, title: str, review: str, uri: str, url: str
) -> None:
    citation = Citation(1, uri, title, review, 3, title, review, 0, 9, quote, "0", url)
    rows = (
        ComparisonRow(review, (uri,), citation, "low_confidence", 0.5, quote),
        ComparisonRow(title, (uri,), None, "not_found", 0.1, ""),
    )
    item = entry(1, question, form="beside", found=Comparison(question, query, rows, 0.1))
    for tag, attributes in Elements(render.entry_html(item, {})).found:
        assert tag not in {"script", "img", "svg", "iframe", "object", "style", "textarea"}
        assert not [name for name in attributes if name.startswith("on")]
        if "href" in attributes:
            assert attributes["href"].startswith("?document=")


# --- the searched query -----------------------------------------------------------------------


def test_a_searched_query_can_be_edited_where_it_is_another(assistant: FakeAssistant) -> None:
    answer = assistant.ask("What did the inspection find?")
    assert not Elements(render.entry_html(entry(1, answer.question, found=answer), {})).all("form")
    other = replace(answer, query='the "inspection" of 2014')
    shown = Elements(render.entry_html(entry(1, answer.question, found=other), {}))
    assert 'Searched: the "inspection" of 2014 Edit' in shown.text
    (box,) = shown.all("input")
    assert box["value"] == other.query
    assert box["aria-label"]
    (form,) = shown.all("form", "again")
    assert form["data-form"] == "answer"
    beside = replace(assistant.compare(QUESTION), query="What did it make?")
    item = entry(1, QUESTION, form="beside", found=beside)
    again = Elements(render.entry_html(item, {})).all("form", "again")[0]
    assert again["data-form"] == "beside"


def test_an_answer_offers_what_was_searched_side_by_side(assistant: FakeAssistant) -> None:
    answer = replace(assistant.ask("And the river?"), query="What rose? And the river?")
    shown = Elements(render.entry_html(entry(1, "And the river?", found=answer), {}))
    (button,) = [one for one in shown.all("button") if one.get("data-form") == "beside"]
    assert button["data-ask"] == answer.query
    assert not [
        one
        for one in Elements(render.entry_html(compared(assistant), {})).all("button")
        if one.get("data-form") == "beside"
    ]


# --- what is asked ----------------------------------------------------------------------------


def test_a_wish_is_read_strictly() -> None:
    assert Wish.read({"question": " Why? ", "token": "a"}) == Wish("Why?", token="a")
    read = Wish.read({"question": "Why?", "form": "beside", "alone": 1, "number": 3, "token": "a"})
    assert read == Wish("Why?", form="beside", number=3, token="a")
    odd = {"form": "other", "number": -1, "uris": "x", "turns": ["{}", 3, "no JSON"], "token": 5}
    assert Wish.read({"question": "Why?", **odd}) == Wish("Why?", token=ANY)
    for bad in ({}, {"question": " "}, {"question": ["Why?"]}):
        with pytest.raises(ValueError, match="question"):
            Wish.read(bad)


def test_what_was_said_before_comes_with_the_question(assistant: FakeAssistant) -> None:
    first = answered(assistant, entry(1, "What did the inspection find?"))
    read = Wish.read({"question": "Why?", "turns": [kept_text(first), "{torn", kept_text(first)]})
    assert [one.question for one in read.before] == [first.question] * 2
    again = entry_of(read.before[0], 1)
    assert again.found == replace(cast("Answer", first.found), hits=ANY)
    for found in (assistant.compare(QUESTION), assistant.timeline(QUESTION)):
        item = replace(first, form="beside", found=found)
        assert entry_of(exchange_of(item), 1).found == found


def test_the_chosen_documents_are_searched_and_named(assistant: FakeAssistant) -> None:
    documents = assistant.documents()
    item = begun(Wish("Why?", form="beside", uris=("rivers.md", "gone.md")), documents)
    assert (item.number, item.within, item.uris) == (1, ("Wenning",), ("rivers.md",))
    everything = tuple(one.uri for one in documents)
    assert begun(Wish("Why?", uris=everything), documents).within == ()
    assert begun(Wish("Why?", uris=()), documents).problem == UNCHOSEN
    found = answered(assistant, item)
    assert isinstance(found.found, Comparison)
    assert [row.review for row in found.found.rows] == ["Wenning"]
    assert "Searched in" not in render.entry_html(found, {})


def test_of_a_review_that_is_not_searched_whole_the_titles_are_named() -> None:
    documents = [
        DocumentSummary(uri, f"Part {uri}", {"review": review}, "0", 0, 1, "2020")
        for uri, review in (("a", "Denby"), ("b", "Denby"), ("c", "Wenning"))
    ]
    assert begun(Wish("Why?", uris=("a", "c")), documents).within == ("Part a", "Wenning")
    assert begun(Wish("Why?", uris=("a", "b")), documents).within == ("Denby",)


def test_a_comparison_that_fails_says_why(assistant: FakeAssistant) -> None:
    item = entry(1, "Why did it explode?", form="beside")
    assert answered(assistant, item).problem == "the index cannot be read (qa verify)"
    broken = replace(item, question="Why did it crumble?")
    assert answered(assistant, broken).problem == asking.FAULT


def test_what_is_to_stand_alone_leans_on_nothing_and_is_leaned_on(assistant: FakeAssistant) -> None:
    first = answered(assistant, entry(1, "What did the inspection find?"))
    second = answered(assistant, entry(2, QUESTION, form="beside"), first)
    assert assistant.asked[-1][2] == 1
    turns = [exchange_of(first), exchange_of(second)]
    assert asking.conversation_of(turns) == [
        Turn(first.question, cast("Any", first.found)),
        Turn(QUESTION, ""),
    ]
    third = answered(assistant, entry(3, "What did the survey find?", alone=True), first, second)
    assert assistant.asked[-1] == ("What did the survey find?", (), 0)
    leaned = asking.conversation_of([*turns, exchange_of(third)])
    assert [turn.question for turn in leaned] == ["What did the survey find?"]


# --- the endpoint -----------------------------------------------------------------------------


@pytest.fixture(scope="module", name="client")
def client_fixture() -> Iterator[Any]:
    from gradio_client import Client

    assistant = FakeAssistant(neutral_documents())
    app = web.serve(cast("Assistant", assistant), port=0, wait=False)
    client = Client(app.local_url, verbose=False, analytics_enabled=False)
    try:
        yield client
    finally:
        client.close()
        app.close()


def test_compare_answers_as_a_dictionary(client: Any) -> None:
    local = FakeAssistant(neutral_documents())
    assert client.predict(QUESTION, api_name="/compare") == json.loads(
        json.dumps(local.compare(QUESTION).to_dict())
    )
    rows = client.predict("And the river?", ["Wenning"], [["Why?", ""]], api_name="/compare")[
        "rows"
    ]
    assert [row["review"] for row in rows] == ["Wenning"]


def test_a_caller_is_told_what_is_wrong(client: Any) -> None:
    from gradio_client.exceptions import AppError

    for arguments, said in ((("",), "the question is empty"), (("Why?", ["No"]), "no review 'No'")):
        with pytest.raises(AppError, match=re.escape(said)):
            client.predict(*arguments, api_name="/compare")
    described = client.view_api(return_format="dict")["named_endpoints"]["/compare"]
    assert [one["parameter_name"] for one in described["parameters"]] == [
        "question",
        "reviews",
        "history",
    ]
