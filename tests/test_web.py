"""The web room without a browser: what is rendered, what is served, what the endpoints say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest
from elements import Elements
from fake_assistant import FakeAssistant, neutral_documents
from hypothesis import given
from hypothesis import strategies as st

from qa import web
from qa.errors import QAError, SettingsError
from qa.types import Answer, Citation, Document, DocumentSummary, Turn
from qa.web import care, doors, page, suggesting
from qa.web.entries import Entry
from qa.web.server import serving
from qa.web.views import cards, composer, home, library, reader, render
from qa.web.views.markup import MAX_QUESTION, day, escape, flow, page_name, safe_url
from qa.web.views.standing import Place

if TYPE_CHECKING:
    from qa.assistant import Assistant

HOSTILE = (
    "<script>window.hit(1)</script>",
    '<img src=x onerror="window.hit(2)">',
    "\"'><svg onload=window.hit(3)>",
    "![seen](https://elsewhere.example/pixel.png)",
    "[press](javascript:window.hit(4))",
    "${window.hit(5)} `${window.hit(6)}`",
    "{{constructor.constructor('window.hit(7)')()}}",
    "$$\\href{javascript:window.hit(8)}{x}$$ \\(x\\)",
    "</textarea></title><iframe srcdoc='<script>parent.hit(9)</script>'>",
)
TEXT = st.text(max_size=60) | st.sampled_from(HOSTILE)


def summaries_of(assistant: FakeAssistant) -> dict[str, DocumentSummary]:
    return {summary.uri: summary for summary in assistant.documents()}


ASKED = "2026-01-31T12:00:00+00:00"


def entry_of(assistant: FakeAssistant, question: str, **changes: Any) -> Entry:
    return replace(Entry(1, question, found=assistant.ask(question), asked=ASKED), **changes)


def folds(markup: str) -> list[dict[str, str]]:
    """The folds around the sources of each entry."""
    return Elements(markup).all("details", "found")


def answer_of(entry: Entry) -> Answer:
    assert isinstance(entry.found, Answer)
    return entry.found


@pytest.fixture(name="assistant")
def fake() -> FakeAssistant:
    return FakeAssistant(neutral_documents())


# --- rendering --------------------------------------------------------------------------------


def test_an_answer_links_each_number_to_its_card(assistant: FakeAssistant) -> None:
    item = entry_of(assistant, "How many recommendations did the inspection make?")
    shown = Elements(render.entry_html(item, summaries_of(assistant)))
    cites = shown.all("a", "cite")
    cards = [attributes["id"] for attributes in shown.all("li", "card")]
    assert [attributes["data-card"] for attributes in cites] == cards
    titles = dict.fromkeys(title["href"] for title in shown.all("a", "read"))
    assert [attributes["href"] for attributes in cites] == list(titles)
    assert cites[0]["aria-label"] == "Source 1: Bridges, page ii (2 in the file)"
    assert "In short: 11" in shown.text
    assert {attributes["href"] for attributes in shown.all("a", "back")} == {"#t1-a"}


def test_a_card_says_what_and_where_and_marks_the_quote(assistant: FakeAssistant) -> None:
    item = entry_of(assistant, "How many recommendations did the inspection make?")
    markup = cards.source_card(
        answer_of(item).citations[0], answer_of(item), "t1", summaries_of(assistant)
    )
    shown = Elements(markup)
    for fact in ("Bridges", "A. Mason", "3 November 2015", "page ii (2 in the file)"):
        assert fact in shown.text
    assert "paragraph 2.1" in shown.text
    assert "words 2.00" in shown.text
    assert shown.all("p", "trail")
    quote = "The inspection made 11 recommendations for the county council to carry out."
    assert f"<mark>{quote}</mark> Nine were accepted" in markup
    (link,) = shown.all("a", "source")
    assert link["href"] == "https://example.org/bridges.pdf#page=2"
    assert (link["target"], link["rel"]) == ("_blank", "noopener noreferrer")
    title, opened = shown.all("a", "read")
    assert title["href"] == opened["href"]
    place = dict(parse_qsl(urlsplit(title["href"]).query))
    held = assistant.document("bridges.pdf")
    assert held.text[int(place.pop("start")) : int(place.pop("end"))] == quote
    assert place == {"document": "bridges.pdf", "page": "2", "version": held.sha256[:12]}


def test_a_citation_whose_passage_is_not_among_the_hits_shows_its_quote(
    assistant: FakeAssistant,
) -> None:
    item = entry_of(assistant, "What did the inspection find?")
    alone = replace(answer_of(item), hits=())
    markup = cards.source_card(alone.citations[0], alone, "t1", {})
    assert f"<mark>{escape(alone.citations[0].quote)}</mark>" in markup
    assert "Rank" not in markup


def test_a_number_printed_inside_a_quote_is_no_citation(assistant: FakeAssistant) -> None:
    answer = assistant.ask("How many recommendations did the inspection make?")
    quote = "The council [1] was told” [1] of it."
    odd = replace(answer.citations[0], quote=quote)
    answer = replace(answer, citations=(odd,), text=f"“{quote}” [1]\n\n“Another” [7]")
    shown = Elements(render.answer_text(answer, "t1"))
    assert len(shown.all("a", "cite")) == 1
    assert f"“{quote}”\u00a01" in shown.text
    assert "“Another” [7]" in shown.text  # a number without a citation stays text


def test_half_an_answer_is_shown_as_far_as_it_goes(assistant: FakeAssistant) -> None:
    answer = replace(assistant.ask("What did the inspection find?"), text="“The inspec")
    item = Entry(1, answer.question, found=answer)
    shown = Elements(render.entry_html(item, {}, busy=True))
    assert "“The inspec" in shown.text
    assert shown.all("div", "answer")[0]["aria-busy"] == "true"
    assert not shown.all("button", "copy")


def test_declining_looks_different_and_shows_what_was_nearest(assistant: FakeAssistant) -> None:
    item = entry_of(assistant, "Who won the football championship?")
    shown = Elements(render.entry_html(item, summaries_of(assistant)))
    assert len(shown.all("div", "declined")) == 1
    assert shown.text.count("Nearest passage, not an answer") == 3
    assert not shown.all("a", "cite")
    assert not shown.all("mark")
    answered = entry_of(assistant, "What did the inspection find?")
    assert "declined" not in render.entry_html(answered, summaries_of(assistant))


def test_weak_evidence_is_called_weak(assistant: FakeAssistant) -> None:
    item = entry_of(assistant, "Did the inspection hesitate?")
    shown = Elements(render.entry_html(item, summaries_of(assistant)))
    assert len(shown.all("p", "weak")) == 1
    assert "The evidence for this is weak." in shown.text
    assert shown.all("a", "cite")


def test_the_searched_query_is_shown_where_it_differs(assistant: FakeAssistant) -> None:
    plain = entry_of(assistant, "What did the inspection find?")
    assert "Searched for" not in render.entry_html(plain, {})
    other = replace(plain, found=replace(answer_of(plain), query="inspection of 2014"))
    assert "inspection of 2014" in Elements(render.entry_html(other, {})).text
    assert "Searched in: Bridges" in render.entry_html(replace(plain, within=("Bridges",)), {})


def test_earlier_turns_fold_their_sources(assistant: FakeAssistant) -> None:
    item = entry_of(assistant, "What did the inspection find?")
    known = summaries_of(assistant)
    (sources,) = folds(render.entry_html(item, known))
    assert "open" in sources
    second = replace(item, number=2)
    earlier = Elements(render.conversation((item, second), known))
    assert all(
        "open" not in sources for sources in folds(render.conversation((item, second), known))
    )
    names = [attributes["id"] for _, attributes in earlier.found if "id" in attributes]
    assert len(names) == len(set(names))


def test_a_problem_is_an_alert_and_has_no_sources() -> None:
    item = Entry(1, "Why?", problem="the index cannot be read (qa verify)")
    shown = Elements(render.entry_html(item, {}))
    assert shown.all("p", "problem")[0]["role"] == "alert"
    assert not shown.all("aside")


def test_the_copied_text_holds_quotes_numbers_and_addresses(assistant: FakeAssistant) -> None:
    item = entry_of(assistant, "How many recommendations did the inspection make?")
    copied = render.plain_text(item.question, answer_of(item), summaries_of(assistant))
    assert copied.startswith(
        "How many recommendations did the inspection make?\n\n“The inspection made 11"
    )
    assert (
        "[1] Inspection of the County's Bridges, Bridges, A. Mason, 3 November 2015, "
        "page ii (2 in the file), paragraph 2.1. https://example.org/bridges.pdf"
    ) in copied.splitlines()
    (button,) = Elements(render.entry_html(item, summaries_of(assistant))).all("button", "copy")
    assert button["data-copy"] == copied


def test_a_long_passage_is_folded_around_its_quote() -> None:
    text = "before " * 100 + "the quote" + " after" * 100
    start = text.index("the quote")
    markup = cards.marked(text, start, start + 9)
    assert Elements(markup).text.replace("… ", "").replace(" …", "") == text
    near = re.sub(r'<span class="far">.*?</span>', "", markup)
    assert "<mark>the quote</mark>" in near
    assert 2 * cards.NEAR - 40 < len(Elements(near).text) < 2 * cards.NEAR + 40


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " data:text/html,x",
        "//example.org/x",
        "https:",
        "ftp://example.org",
        "http://[",
        "https://example.org/a b",
        "https://example.org/\nx",
        "vbscript:x",
        "",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert safe_url(url) == ""


def test_a_web_address_is_kept_as_it_is() -> None:
    url = "https://example.org/a?b=1&c=2#d"
    assert safe_url(f" {url}\n") == url


@given(text=TEXT)
def test_flowing_text_keeps_its_words_and_gains_no_elements(text: str) -> None:
    shown = Elements(flow(text))
    assert {tag for tag, _ in shown.found} <= {"br", "span"}
    assert re.sub(r"\s", "", shown.text) == re.sub(r"[\s\r]", "", text)


@given(question=TEXT, quote=TEXT, title=TEXT, review=TEXT, uri=TEXT, url=TEXT, signal=TEXT)
def test_no_text_becomes_markup(
    question: str, quote: str, title: str, review: str, uri: str, url: str, signal: str
) -> None:
    quote = quote or "x"
    document = Document.from_text(uri, title, quote, review=review, author=title, url=url)
    held = FakeAssistant([document])
    summary = DocumentSummary(uri, title, document.meta, "0", 0, 1, "2020")
    citation = Citation(1, uri, title, review, 3, title, review, 0, len(quote), quote, "0", url)
    answer = held.ask("nothing of this")
    hits = tuple(replace(hit, signals={signal: 1.0}) for hit in answer.hits)
    answer = Answer(
        question, title, f"“{quote}” [1]", review, (citation,), hits, "answered", 0.5, 0.1
    )
    declined = replace(answer, outcome="not_found", citations=(), text=quote)
    known, entry = {uri: summary}, Entry(1, question, asked=ASKED, token=title)
    pieces = [
        render.entry_html(replace(entry, found=answer, within=(review,)), known),
        render.entry_html(replace(entry, found=declined), known),
        render.entry_html(replace(entry, problem=title), known),
        home.home([question], 1),
        composer.chooser([summary, replace(summary, uri=f"{uri}2")]),
        reader.view(document, Place(uri, end=len(quote), find=quote, go=title), original=True),
        library.listing([replace(summary, warnings=(title,))], editable=True, megabytes=2),
    ]
    for markup in pieces:
        for tag, attributes in Elements(markup).found:
            assert tag not in {"script", "img", "svg", "iframe", "object", "style", "textarea"}
            assert not [name for name in attributes if name.startswith("on")]
            if "href" in attributes:
                assert re.match(r"https?://|#t1-|\?document=|original\?uri=", attributes["href"])


def summary_of(title: str, review: str = "", **meta: str) -> DocumentSummary:
    given = {"review": review} if review else {}
    return DocumentSummary(f"{title}.pdf", title, {**given, **meta}, "ab" * 32, 9, 9, "")


def test_examples_name_the_reviews_that_are_loaded() -> None:
    held = [summary_of("Bridge inspection", "Bridge"), summary_of("What fell", "{review}")]
    asked = suggesting.examples([*held, summary_of("The Wenning Survey of Rivers", "Wenning")])
    assert asked[0] == "How many recommendations did the Bridge inspection make?"
    assert "What did {review} find?" in asked
    assert len(asked) == len(set(asked)) >= 6
    names = ("the Bridge inspection", "{review}", "the Wenning Survey")
    assert all(any(name in one for name in names) for one in asked)
    assert suggesting.examples([]) == []


def test_examples_call_a_report_without_a_name_by_its_title() -> None:
    long = "The upkeep of the bridges over the river Wenning and of the roads on either side of it"
    titles = {
        "Repair (volume 1) - GOV.UK": "the report “Repair”",
        "Repair (volume 2) | Example Council": "the report “Repair”",
        long: "the report “The upkeep of the bridges over the river Wenning and of the…”",
        "The River Wenning Inquiry: Volume 1": "the River Wenning Inquiry",
        "Council response to the Road Inquiry - Part 1": "the report “Council response to the",
        "Council response to the Road Inquiry - Part 2": "the report “Council response to the",
    }
    for title, name in titles.items():
        asked = suggesting.examples([summary_of(title)])
        held = name if "response" not in title else "the Council response to the Road Inquiry"
        assert asked
        assert all(held in one for one in asked), asked
    asked = suggesting.examples([*map(summary_of, titles)])
    assert all(any(name in one for name in titles.values()) for one in asked), asked
    assert len(asked) == len(set(asked))


def test_examples_prefer_names_that_read_well() -> None:
    good = [summary_of(f"The {name} Review", name) for name in "Aa Bb Cc Dd Ee Ff".split()]
    bad = [*map(summary_of, ("bridges_final_2019", "Council ... inquiry", "x" * 99))]
    assert all("the " in one and " Review" in one for one in suggesting.examples(bad + good))
    few = suggesting.examples([*bad, good[0]])
    assert "the Aa Review" in few[0]
    assert any("bridges_final_2019" in one for one in few)


def test_dates_and_pages_are_written_as_people_do() -> None:
    assert day("2016-03-03") == "3 March 2016"
    assert day("2016-03") == "March 2016"
    assert day("2016-13") == "2016-13"
    assert day("2016") == "2016"
    assert page_name(7, "iv") == "page iv (7 in the file)"
    assert page_name(7, "7") == "page 7"
    assert page_name(None) == ""


# --- what the page says -----------------------------------------------------------------------


def test_suggestions_are_those_that_the_documents_answer(assistant: FakeAssistant) -> None:
    suggestions = suggesting.Suggestions(cast("Assistant", assistant))
    suggestions.now()
    for thread in threading.enumerate():
        if thread.name == "opening questions":
            thread.join(30)
    assert suggestions.now() == assistant.openings(count=suggesting.COUNT)


def test_suggestions_follow_the_documents_and_never_fail(assistant: FakeAssistant) -> None:
    suggestions = suggesting.Suggestions(cast("Assistant", assistant))
    assert all("Bridges" in one or "Wenning" in one for one in suggestions.now())
    del assistant.held["rivers.md"]
    assistant.ask = None  # type: ignore[assignment, method-assign]
    assert all("Bridges" in one for one in suggestions.now())
    given = suggesting.Suggestions(cast("Assistant", assistant), ["Why?"])
    assert given.now() == ["Why?"]


def test_the_history_of_a_call_becomes_turns() -> None:
    made = doors.turns([["Who?", "The Trust."], {"question": "When?", "answer": "2017"}])
    assert made == [Turn("Who?", "The Trust."), Turn("When?", "2017")]
    assert len(doors.turns([["q", "a"]] * 50)) == doors.MAX_TURNS
    assert doors.turns(None) == doors.turns([]) == []
    untold: list[Any] = [["only one"], ["a", 3], [[1, 2, 3]], 3, None, "ab", {}]
    for bad in untold:
        with pytest.raises(ValueError, match="pair"):
            doors.turns([bad])
    for wrong in ("abc", 3, {"question": "Why?"}):
        with pytest.raises(ValueError, match="list of turns"):
            doors.turns(wrong)
    assert doors.turns([["q", "a" * doors.MAX_PART]])
    for pair in (["q", "a" * (doors.MAX_PART + 1)], ["q" * (doors.MAX_PART + 1), "a"]):
        with pytest.raises(ValueError, match="longer than 20,000"):
            doors.turns([pair])


def test_a_file_cannot_make_its_row_look_like_a_file_to_serve(assistant: FakeAssistant) -> None:
    held = assistant.held["rivers.md"]
    meta = {**held.meta, "path": "/etc/hostname", "meta": "x", "_type": "gradio.FileData"}
    assistant.held["rivers.md"] = replace(held, meta=meta)
    listed = doors.open_doors(cast("Assistant", assistant)).documents()
    assert listed[1]["meta"] == {
        "author": "Rivers Trust",
        "published": "2017",
        "review": "Wenning",
    }


def test_a_question_has_to_be_one() -> None:
    assert doors.checked("  Why? ") == "Why?"
    for bad in ("", "  ", None, 3, "x" * (MAX_QUESTION + 1)):
        with pytest.raises(ValueError, match="question"):
            doors.checked(bad)


# --- served -----------------------------------------------------------------------------------


@dataclass
class Served:
    """A page that is being served, and the assistant behind it."""

    url: str
    assistant: FakeAssistant


@pytest.fixture(scope="module", name="served")
def serving_fixture() -> Iterator[Served]:
    assistant = FakeAssistant(neutral_documents())
    told: list[str] = []
    app = web.serve(cast("Assistant", assistant), port=0, wait=False, ready=told.append)
    try:
        yield Served(told[0], assistant)
    finally:
        app.close()


@pytest.fixture(scope="module", name="client")
def client_fixture(served: Served) -> Iterator[Any]:
    from gradio_client import Client

    client = Client(served.url, verbose=False, analytics_enabled=False)
    try:
        yield client
    finally:
        client.close()


def fetched(url: str) -> tuple[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode(), answer.headers


def test_the_page_names_no_other_origin(served: Served) -> None:
    body, headers = fetched(served.url)
    strange = {
        host
        for host in re.findall(r"https?://([^/\"'\\\s:]+)", body)
        if host not in ("127.0.0.1", "localhost")
    }
    # Those to whom the note sends people, as links and nothing else.
    support = care.read_support(served.assistant.settings.support)
    assert strange <= {urlsplit(place.url).hostname for place in support.places}
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "connect-src 'self'" in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert body.count("<script") == body.count(f'<script nonce="{nonce.group(1)}"') > 0
    assert nonce.group(1) not in fetched(served.url)[0]
    assert headers["referrer-policy"] == "no-referrer"


def test_the_theme_and_styles_fetch_nothing(served: Served) -> None:
    body, _ = fetched(f"{served.url}/theme.css")
    # The addresses in it are names of the SVG language, inside images that are written out.
    addresses = re.findall(r"url\([\"']?([^\"')]*)", body)
    assert all(address.startswith("data:") for address in addresses)
    assert "@import" not in body
    own = page.assets(page.STYLES)
    assert "@import" not in own
    assert "url(" not in own
    assert "http" not in page.assets(page.SCRIPTS)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/proxy=https://example.org",
        "/gradio_api/runs",
        "/gradio_api/deep_link?session_hash=x",
        "/monitoring",
        "/docs",
    ],
)
def test_what_the_page_does_not_use_is_closed(served: Served, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as failure:
        fetched(served.url + path)
    assert failure.value.code == 404
    failure.value.close()


def test_nothing_is_recorded_or_reported(served: Served) -> None:
    config = json.loads(fetched(f"{served.url}/config")[0])
    assert config.get("analytics_enabled") is False
    assert not config.get("run_history")
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"


def test_the_endpoints_are_named_and_described(served: Served) -> None:
    info = json.loads(fetched(f"{served.url}/gradio_api/info")[0])
    assert set(info["named_endpoints"]) == {
        "/ask",
        "/compare",
        "/timeline",
        "/search",
        "/documents",
    }
    assert info["unnamed_endpoints"] == {}
    ask = info["named_endpoints"]["/ask"]
    assert "quotations" in ask["description"]
    assert [one["parameter_name"] for one in ask["parameters"]] == [
        "question",
        "reviews",
        "history",
    ]


def test_ask_answers_as_a_dictionary(client: Any, served: Served) -> None:
    answer = client.predict("How many recommendations did the inspection make?", api_name="/ask")
    assert answer["short"] == "11"
    assert answer["citations"][0]["uri"] == "bridges.pdf"
    assert answer["outcome"] == "answered"
    local = served.assistant.ask("How many recommendations did the inspection make?")
    assert answer == json.loads(json.dumps(local.to_dict()))


def test_ask_takes_reviews_and_history(client: Any, served: Served) -> None:
    client.predict(
        "And the river?", ["Wenning"], [["What did the survey find?", "It rose."]], api_name="/ask"
    )
    assert served.assistant.asked[-1] == ("And the river?", ("Wenning",), 1)


def test_search_and_documents_answer_with_lists(client: Any) -> None:
    hits = client.predict("river bed", 2, api_name="/search")
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert {"passage", "score", "signals"} <= set(hits[0])
    listed = client.predict(api_name="/documents")
    assert [(one["uri"], one["review"]) for one in listed] == [
        ("bridges.pdf", "Bridges"),
        ("rivers.md", "Wenning"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("",), "the question is empty"),
        (("Why did it explode?",), r"cannot be read \(qa verify\)"),
        (("Why?", ["Nowhere"]), "no review 'Nowhere'"),
        (("Why?", 3), "reviews is not a list of names"),
        (("Why?", [3]), "reviews is not a list of names"),
        (("Why?", [], "Who?"), "the history is not a list of turns"),
        (("Why?", [], [["Who?", "x" * 20_001]]), "longer than 20,000 characters"),
    ],
)
def test_a_caller_is_told_what_is_wrong(client: Any, arguments: Any, said: str) -> None:
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=said):
        client.predict(*arguments, api_name="/ask")


# --- where it listens -------------------------------------------------------------------------


def test_the_port_of_an_argument_beats_gradio_s_which_beats_the_settings(
    monkeypatch: pytest.MonkeyPatch, assistant: FakeAssistant
) -> None:
    real = cast("Assistant", assistant)
    monkeypatch.delenv("GRADIO_SERVER_PORT", raising=False)
    assert serving._port(real) == assistant.settings.port
    monkeypatch.setenv("GRADIO_SERVER_PORT", "8123")
    assert serving._port(real) == 8123
    monkeypatch.setenv("GRADIO_SERVER_PORT", "many")
    with pytest.raises(SettingsError, match="GRADIO_SERVER_PORT"):
        serving._port(real)


def test_a_port_in_use_is_said_with_what_to_do(served: Served, assistant: FakeAssistant) -> None:
    port = int(served.url.rsplit(":", 1)[1])
    with pytest.raises(QAError, match=f"port {port}") as failure:
        web.serve(cast("Assistant", assistant), port=port, wait=False)
    assert "--port" in failure.value.hint


def test_the_app_says_what_is_missing_and_ends(tmp_path: Path) -> None:
    named = {"QA_INDEX": str(tmp_path / "index"), "QA_CORPUS": str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parents[1] / "app.py")],
        cwd=tmp_path,
        env={**os.environ, **named, "GRADIO_SERVER_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "qa index" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_gradio_is_imported_only_to_serve() -> None:
    code = (
        "import qa.web, sys; print([m for m in ('gradio', 'torch', 'faiss') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
