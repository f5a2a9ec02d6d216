"""The document view without a browser: its parts, its marks, and the ways through a document."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest
from elements import Elements
from fake_assistant import FakeAssistant, neutral_documents, paged
from hypothesis import given
from hypothesis import strategies as st

from qa.types import Document, Page
from qa.web import page
from qa.web.server import files
from qa.web.views import prose, reader
from qa.web.views.markup import link_to
from qa.web.views.standing import MAX_STOPS, Place, Stand, Tour, stand_of

if TYPE_CHECKING:
    from qa.assistant import Assistant


@pytest.fixture(name="assistant")
def fake() -> FakeAssistant:
    return FakeAssistant(neutral_documents())


# --- the document view ------------------------------------------------------------------------


def long_document(pages: int = 300) -> Document:
    blocks = [
        f"{number}.1 On page {number} the river was measured at its deepest place. " * 12
        for number in range(1, pages + 1)
    ]
    return paged("long.pdf", "A long survey", blocks, 1, review="Long")


def in_part(document: Document, part: int) -> str:
    return reader.view(document, Place(document.uri, part=part, view="text"))


def test_the_parts_of_a_document_are_its_whole_text() -> None:
    document = long_document()
    spans = prose.parts(document)
    assert len(spans) > 10
    assert "".join(document.text[start:end] for start, end in spans) == document.text
    starts = {one.start for one in document.pages}
    assert all(start in starts for start, _ in spans)


def test_a_long_document_opens_at_the_quote() -> None:
    document = long_document()
    start = document.text.index("On page 250 ")
    markup = reader.view(document, Place("", start, start + 11))
    assert "<mark>On page 250</mark>" in markup
    assert len(markup) < 4 * prose.PART_LENGTH
    shown = Elements(markup)
    assert "page 248 (250 in the file)" in shown.text
    assert re.search(r"Part \d+ of \d+ · pages \d+ to \d+", shown.text)
    steps = [one for one in shown.all("button", "step") if "data-part" in one]
    before, after = steps[0], steps[1]
    assert int(after["data-part"]) - int(before["data-part"]) == 2
    following = reader.view(
        document, Place("", start, start + 11, part=int(after["data-part"]), view="text")
    )
    assert "<mark>" not in following
    assert "To the quote" in following


def test_every_part_can_be_reached_and_none_beyond() -> None:
    document = long_document(60)
    count = len(prose.parts(document))
    first, last = in_part(document, -5), in_part(document, 10_000)
    assert f"Part 1 of {count}" in first
    assert f"Part {count} of {count}" in last
    assert "disabled" in Elements(first).all("button", "step")[0]
    everything = "".join(Elements(in_part(document, part)).text for part in range(count))
    assert all(f"On page {number} " in everything for number in range(1, 61))


def test_a_quote_over_two_paragraphs_and_pages_is_marked_in_each() -> None:
    document = neutral_documents()[0]
    start = document.text.index("The council published")
    end = document.text.index("Nine were accepted")
    markup = reader.view(document, Place("", start, end))
    pieces = re.findall(r"<mark>(.*?)</mark>", markup)
    assert pieces[0] == "The council published the results."
    assert pieces[-1].startswith("2.1 The inspection made 11")
    assert markup.index("page ii (2 in the file)") < markup.index("Recommendations")


def test_a_page_that_begins_within_a_paragraph_is_shown_there() -> None:
    document = neutral_documents()[0]
    cut = document.text.index("Each was measured")
    first, second = document.pages
    moved = (replace(first, end=cut), replace(second, start=cut))
    markup = reader.view(replace(document, pages=moved))
    assert re.search(
        r'tributaries\. <span class="page" data-page="2">page ii \(2 in the file\)</span>Each',
        markup,
    )


def test_text_between_paragraphs_is_not_lost() -> None:
    document = neutral_documents()[1]
    bare = replace(document, paragraphs=document.paragraphs[1:2])
    assert "by 12 centimetres" in Elements(reader.view(bare)).text


def test_a_document_that_is_not_there_is_a_problem_not_a_crash(assistant: FakeAssistant) -> None:
    real = cast("Assistant", assistant)
    missing = page.document_html(real, {"uri": "<b>"})
    assert "Not in this index" in missing
    assert "qa list" in missing
    assert "<b>" not in missing
    assert 'role="alert"' in page.document_html(real, {"uri": "rivers.md", "start": "x"})
    assert "2 documents" in page.document_html(real, None)


# --- pictures of pages ------------------------------------------------------------------------


def opened(assistant: FakeAssistant, **place: Any) -> Elements:
    """The document as the page gets it, by default the one with pages."""
    place.setdefault("uri", "bridges.pdf")
    return Elements(reader.opened(cast("Assistant", assistant), Place.read(place)))


def span_of(words: str) -> tuple[int, int]:
    start = neutral_documents()[0].text.index(words)
    return start, start + len(words)


def test_a_quote_is_opened_on_the_picture_of_its_page(assistant: FakeAssistant) -> None:
    start, end = span_of("The inspection made 11 recommendations")
    shown = opened(assistant, start=start, end=end)
    (image,) = shown.all("img")
    place = dict(parse_qsl(urlsplit(image["src"]).query))
    version = assistant.held["bridges.pdf"].sha256[:12]
    assert image["src"].startswith("page.png?")
    assert place == {
        "uri": "bridges.pdf",
        "page": "2",
        "start": str(start),
        "end": str(end),
        "width": "800",
        "version": version,
    }
    assert [one.split(" ")[1] for one in image["srcset"].split(", ")] == ["800w", "1200w", "1600w"]
    assert image["alt"].startswith("Picture of page ii (2 in the file) of Inspection of the")
    assert image["alt"].endswith("Marked on it: “The inspection made 11 recommendations”")
    assert (image["loading"], image["width"], image["height"]) == ("lazy", "800", "800")
    assert "page ii (2 of 2 in the file)" in shown.text
    pressed = {
        one["data-view"]: one["aria-pressed"] for one in shown.all("button") if "data-view" in one
    }
    assert pressed == {"image": "true", "text": "false"}


def test_another_page_has_no_mark_and_a_way_back_to_the_quote(assistant: FakeAssistant) -> None:
    start, end = span_of("The inspection made 11 recommendations")
    shown = opened(assistant, start=start, end=end, page=1)
    (image,) = shown.all("img")
    assert "start=" not in image["src"]
    assert "Marked" not in image["alt"]
    back, on = shown.all("button", "back")[0], shown.all("button", "on")[0]
    assert "disabled" in back
    assert on["data-page"] == "2"
    assert shown.all("button", "home")
    (root,) = shown.all("div", "document")
    assert root["data-link"] == link_to(
        "bridges.pdf", page=1, version=assistant.held["bridges.pdf"].sha256
    )


def test_what_cannot_be_drawn_is_text_without_a_choice(assistant: FakeAssistant) -> None:
    shown = opened(assistant, uri="rivers.md", end=8)
    assert shown.all("div", "leaf")
    assert not shown.all("img")
    assert not shown.all("div", "choice")
    assert not shown.all("a", "original")
    assert opened(assistant, view="text").all("div", "leaf")


def test_warnings_ocr_and_the_original_are_offered(assistant: FakeAssistant) -> None:
    held = assistant.held["bridges.pdf"]
    pages = (held.pages[0], replace(held.pages[1], ocr=0.94))
    assistant.held["bridges.pdf"] = replace(held, pages=pages)
    assistant.warned["bridges.pdf"] = ("pages 3-4 were not <read>",)
    drawn = opened(assistant, page=2)
    assert "read by OCR (94 % sure)" in drawn.text
    assert "pages 3-4 were not <read>" in drawn.text
    assert drawn.all("a", "original")[0]["href"] == "original?uri=bridges.pdf"
    assert "read by OCR (94 % sure)" in opened(assistant, page=2, view="text").text
    assert "OCR" not in opened(assistant, page=1).text


def test_a_link_to_another_version_says_so(assistant: FakeAssistant) -> None:
    assert "another version" in opened(assistant, version="abc").text
    held = assistant.held["bridges.pdf"].sha256[:12]
    assert "another version" not in opened(assistant, version=held).text


# --- the ways through -------------------------------------------------------------------------


def stand(**place: Any) -> Stand:
    return stand_of(neutral_documents()[0], Place("bridges.pdf", **place))


@pytest.mark.parametrize(
    ("go", "page", "begins"),
    [
        ("page 2", 2, ""),
        ("p. ii", 2, ""),
        ("i", 1, ""),
        ("2", 2, ""),
        ("2.2", 2, "2.2 The county council should"),
        ("para 1.2", 1, "1.2 The inspection found"),
    ],
)
def test_a_page_or_paragraph_is_gone_to(go: str, page: int, begins: str) -> None:
    found = stand(go=go, start=5, end=9)
    assert found.problem == ""
    assert found.page is not None
    assert found.page.number == page
    assert neutral_documents()[0].text[slice(*found.spot)].startswith(begins)
    assert found.aim == ("spot" if begins else "page")
    assert found.quote == (5, 9)


def test_a_place_that_is_not_there_is_said_and_the_reader_stays() -> None:
    found = stand(go="9.9", page=2)
    assert found.problem.startswith("There is no “9.9” in this document. It has pages 1 to 2 and")
    assert found.problem.endswith("paragraph 1.1 to paragraph 2.2.")
    assert found.page is not None
    assert found.page.number == 2
    assert stand(page=900).problem == "There is no page 900 in the file: it has 2."
    plain = Document.from_text("a", "A", "Nothing is numbered.\n\nNothing at all.")
    problem = stand_of(plain, Place("a", go="page 3")).problem
    assert problem.endswith("document. It has paragraph 1 to paragraph 2, and no pages.")
    bare = replace(plain, paragraphs=())
    assert "It has no numbered places." in stand_of(bare, Place("a", go="page 3")).problem


def test_a_paragraph_of_a_link_is_opened() -> None:
    found = stand(paragraph="2.1")
    assert neutral_documents()[0].text[slice(*found.spot)].startswith("2.1 The inspection made")
    assert found.said == "Paragraph 2.1, page ii (2 in the file)"
    # There is a page 2, which a paragraph is not.
    assert stand(paragraph="2").problem.startswith("There is no “2” in this document.")


def test_a_counted_paragraph_is_gone_to_only_where_citations_count() -> None:
    plain = Document.from_text("a", "A", "The bridge is old.\n\nIt was closed.")
    assert stand_of(plain, Place("a", go="paragraph 2")).spot == (20, 34)
    assert 'id="reader-go"' in reader.view(plain, Place("a"))
    paged = replace(plain, pages=(Page(1, "", 0, 20), Page(2, "", 20, 34)))
    found = stand_of(paged, Place("a", go="paragraph 2"))
    assert found.spot == (0, 0)
    assert found.problem.endswith("It has pages 1 to 2; it prints no paragraph numbers.")
    advice = replace(paged.paragraphs[1], label="Recommendation 4")
    advised = replace(paged, paragraphs=(paged.paragraphs[0], advice))
    problem = stand_of(advised, Place("a", go="paragraph 2")).problem
    assert "pages 1 to 2 and Recommendation 4; it prints no paragraph numbers." in problem
    numbered = replace(paged, paragraphs=(replace(advice, label="7.12"), advice))
    problem = stand_of(numbered, Place("a", go="paragraph 2")).problem
    assert problem.endswith("It has pages 1 to 2, paragraph 7.12 and Recommendation 4.")


def test_matches_are_counted_and_gone_through_in_a_ring() -> None:
    first = stand(find="INSPECTION", seek="first")
    assert len(first.found) == 4
    assert (first.match, first.said) == (0, "Match 1 of 4, page i (1 in the file)")
    last = stand(find="inspection", seek="previous", match=0)
    assert last.match == 3
    assert last.page is not None
    assert last.page.number == 2
    assert stand(find="inspection", seek="next", match=3).match == 0
    from_here = stand(find="inspection", seek="first", page=2)
    assert from_here.page is not None
    assert from_here.page.number == 2
    none = stand(find="zeppelin", seek="first")
    assert none.problem == "“zeppelin” does not stand in this document."


def test_matches_are_marked_in_the_text_and_one_on_the_picture(assistant: FakeAssistant) -> None:
    text = opened(assistant, find="inspection", seek="first", view="text")
    assert len(text.all("mark", "found")) == 3
    assert len(text.all("mark", "spot")) == 1
    assert "1 of 4 found" in text.text
    drawn = opened(assistant, find="inspection", seek="next", match=2)
    (image,) = drawn.all("img")
    start, end = span_of("last inspection")
    assert f"start={end - len('inspection')}&end={end}" in image["src"]
    assert start < end
    (field,) = [one for one in drawn.all("input") if one["id"] == "reader-find"]
    assert field["value"] == "inspection"
    # Only turned to, a page shows its own match.
    turned = opened(assistant, find="inspection", match=3, at=start, to=end, page=1)
    assert "start=" in turned.all("img")[0]["src"]


def test_a_search_goes_on_from_the_quote() -> None:
    document = paged("a.md", "A", [f"{n}.1 The river rose on day {n}." for n in range(1, 40)], 50)
    start = document.text.index("20.1")
    found = stand_of(
        document,
        Place("a.md", start, start + 4, part=0, view="text", find="river", seek="first"),
    )
    assert found.match == 19


# --- the quotes of an answer ------------------------------------------------------------------


def tour_of(*words: str, at: int = 0, **changes: Any) -> dict[str, Any]:
    """The place and tour of quotes in the report on bridges, and of one in the river's survey."""
    version = neutral_documents()[0].sha256[:12]
    stops: list[dict[str, Any]] = [
        {"uri": "bridges.pdf", "start": str(start), "end": str(end), "version": version}
        for start, end in map(span_of, words)
    ]
    stops.append({"uri": "rivers.md", "start": 0, "end": 8})
    return {**stops[at], "tour": {"stops": stops, "at": at, **changes}}


def test_the_reader_is_told_which_quote_it_is_and_led_to_the_others(
    assistant: FakeAssistant,
) -> None:
    shown = opened(assistant, **tour_of("19 bridges", "11 recommendations", "a register", at=1))
    (nav,) = shown.all("nav", "tour")
    assert nav["aria-label"] == "Quotes of the answer"
    earlier, later = shown.all("button", "stop")
    assert (earlier["data-stop"], later["data-stop"]) == ("0", "2")
    assert earlier["title"] == "Previous quote (Shift + ←)"
    assert later["aria-keyshortcuts"] == "Shift+ArrowRight"
    assert "Quote 2 of 4" in shown.text
    (root,) = shown.all("div", "document")
    assert root["data-said"] == (
        "Quote 2 of 4, Inspection of the County's Bridges, page ii (2 of 2 in the file)"
    )
    assert "page ii, Inspection of the County's Bridges" in shown.text
    first = opened(assistant, **tour_of("19 bridges"))
    assert "disabled" in first.all("button", "stop")[0]
    last = opened(assistant, **tour_of("19 bridges", at=1))
    assert "disabled" in last.all("button", "stop")[1]
    assert "Quote 2 of 2" in last.text
    near = opened(assistant, **tour_of("19 bridges", kind="passage"))
    assert "Passage 1 of 2" in near.text


def test_one_quote_alone_has_no_others_to_go_to(assistant: FakeAssistant) -> None:
    place = tour_of()
    assert not opened(assistant, **place).all("nav", "tour")
    assert opened(assistant, **place).all("mark")


def test_all_quotes_of_a_page_are_marked_the_current_one_stronger(
    assistant: FakeAssistant,
) -> None:
    words = ("19 bridges", "11 recommendations", "Nine were", "a register")
    shown = opened(assistant, **tour_of(*words, at=1))
    (image,) = shown.all("img")
    place = dict(parse_qsl(urlsplit(image["src"]).query))
    assert (int(place["start"]), int(place["end"])) == span_of("11 recommendations")
    others = [span_of(one) for one in words[2:]]  # the first stands on another page
    assert place["also"] == ",".join(f"{start}-{end}" for start, end in others)
    assert "More faintly: 2 other places." in image["alt"]
    (figure,) = shown.all("figure", "picture")
    assert 0 < float(figure["data-y"]) < 1
    text = opened(assistant, **tour_of(*words, at=1), view="text")
    assert len(text.all("mark", "other")) == 3
    assert len(text.all("mark")) == 4


def test_quotes_that_overlap_are_each_marked(assistant: FakeAssistant) -> None:
    words = ("made 11", "11 recommendations for", "recommendations for the county")
    markup = reader.opened(
        cast("Assistant", assistant), Place.read({**tour_of(*words, at=1), "view": "text"})
    )
    assert (
        '<mark class="other">made </mark><mark>11 recommendations for</mark>'
        '<mark class="other"> the county</mark>'
    ) in markup


def test_a_quote_of_another_version_is_not_marked(assistant: FakeAssistant) -> None:
    place = tour_of("19 bridges", "11 recommendations", "Nine were", at=1)
    place["tour"]["stops"][2]["version"] = "abc"
    place["tour"]["stops"][0] |= {"start": 10**9, "end": 10**9 + 1}
    assert not opened(assistant, **place, view="text").all("mark", "other")
    assert "also=" not in opened(assistant, **place).all("img")[0]["src"]


def test_from_a_document_that_is_gone_the_other_quotes_are_in_reach(
    assistant: FakeAssistant,
) -> None:
    place = tour_of("19 bridges")
    del assistant.held["bridges.pdf"]
    shown = opened(assistant, **place)
    assert "Not in this index" in shown.text
    assert shown.all("button", "later")[0]["data-stop"] == "1"


STOP = {"uri": "a", "start": 0, "end": 5}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("x", "not a list of quotes"),
        ({"stops": "x", "at": 0}, "not a list of quotes"),
        ({"stops": [], "at": 0}, "1 to 500"),
        ({"stops": [STOP] * (MAX_STOPS + 1), "at": 0}, "1 to 500"),
        ({"stops": [STOP], "at": 1}, "no quote 1"),
        ({"stops": [STOP], "at": -1}, "no quote -1"),
        ({"stops": [STOP]}, "not a whole number"),
        ({"stops": [1], "at": 0}, "names no document"),
        ({"stops": [{**STOP, "uri": 3}], "at": 0}, "names no document"),
        ({"stops": [{**STOP, "end": 0}], "at": 0}, "no span"),
        ({"stops": [{**STOP, "start": "x"}], "at": 0}, "invalid literal"),
    ],
)
def test_a_tour_that_is_none_is_refused(said: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Tour.read(said)
    shown = page.document_html(
        cast("Assistant", FakeAssistant(neutral_documents())), {"uri": "bridges.pdf", "tour": said}
    )
    assert 'role="alert"' in shown


def test_what_is_found_on_a_page_is_marked_faintly_beside_the_match(
    assistant: FakeAssistant,
) -> None:
    (image,) = opened(assistant, find="bridge", seek="first").all("img")
    assert image["src"].count("also=") == 1
    assert "Marked on it: “Bridge”" in image["alt"] or "Marked on it: “bridge”" in image["alt"]


def test_the_source_leads_to_the_page_that_is_shown(assistant: FakeAssistant) -> None:
    (source,) = (one for one in opened(assistant, page=2).all("a", "source") if "target" in one)
    assert source["href"] == "https://example.org/bridges.pdf#page=2"


def test_a_picture_has_several_marks_and_a_name_of_its_own(assistant: FakeAssistant) -> None:
    asked = {"uri": "bridges.pdf", "page": "2", "start": "400", "end": "410", "width": "200"}
    held = cast("Assistant", assistant)
    plain = files.picture(held, asked, {})
    several = files.picture(held, {**asked, "also": "500-510,450-460,450-460"}, {})
    assert assistant.faint == [(), ((450, 460), (500, 510))]
    assert plain.headers["etag"] != several.headers["etag"]
    same = files.picture(held, {**asked, "also": "450-460,500-510"}, {})
    assert same.headers["etag"] == several.headers["etag"]


@pytest.mark.parametrize(
    ("also", "problem"),
    [
        ("5", "also, to is not a number"),
        ("x-5", "also, from is not a number"),
        ("9-5", "ends before it starts"),
        ("5-99999999999", "also, to is not a number"),
        ("1-2,", "also, from is not a number"),
        (",".join(["1-2"] * 21), "more than 20"),
    ],
)
def test_spans_that_are_none_are_refused(also: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        files.spans({"also": also}, "also")


@given(
    st.dictionaries(
        st.sampled_from(
            ["start", "end", "at", "to", "page", "part", "match", "find", "go", "view", "tour"]
        ),
        st.text(max_size=5)
        | st.integers()
        | st.none()
        | st.floats()
        | st.lists(st.integers())
        | st.dictionaries(st.sampled_from(["stops", "at"]), st.lists(st.none())),
    )
)
def test_no_place_that_a_browser_names_breaks_the_page(said: dict[str, Any]) -> None:
    held = cast("Assistant", FakeAssistant(neutral_documents()))
    shown = page.document_html(held, {"uri": "bridges.pdf", **said})
    assert 'class="document"' in shown or 'class="problem"' in shown
