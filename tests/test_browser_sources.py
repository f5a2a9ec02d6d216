"""The sources in a real browser: the quote behind a number, citing, and from quote to quote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from browsers import skip_without_browser
from fake_assistant import neutral_documents
from tabs import Site, Tab, contrasts, quiet_tab, serving

from qa.exports import cite

pytestmark = [pytest.mark.browser, skip_without_browser]

# Quotes both paragraphs of the report's first page and one of its second.
FOUND = "What did the inspection of the county bridges find, and the survey of the river?"
# Quotes the report once and the survey twice.
ACROSS = "What did the survey of the River Wenning find, and which recommendations?"
MAKES = "How many recommendations did the inspection make?"
FOCUSED = "one => one === document.activeElement"


@pytest.fixture(scope="module", name="site")
def site_fixture() -> Iterator[Site]:
    with serving(neutral_documents()) as site:
        yield site


@pytest.fixture(name="tab")
def tab_fixture(window: Any, site: Site) -> Iterator[Tab]:
    site[1].held = {one.uri: one for one in neutral_documents()}
    with quiet_tab(window, site) as tab:
        tab.page.evaluate("sessionStorage.clear()")
        yield tab


def hint_of(page: Any) -> Any:
    hint = page.get_by_role("tooltip")
    hint.wait_for()
    return hint


def legible(page: Any, places: list[str]) -> None:
    shown = contrasts(page, places)
    assert len(shown) == 2 * len(places)
    assert {place: ratio for place, ratio in shown.items() if ratio < 4.5} == {}


# --- the quote behind a number ----------------------------------------------------------------


def test_the_quote_behind_a_number_is_shown_on_hover_and_on_focus(tab: Tab) -> None:
    page = tab.page
    turn = tab.ask(MAKES)
    number = turn.locator("a.cite").first
    number.hover()
    hint = hint_of(page)
    said = hint.inner_text()
    assert "The inspection made 11 recommendations" in said
    assert "Inspection of the County's Bridges" in said
    assert "page ii (2 in the file) · paragraph 2.1" in said
    assert number.get_attribute("aria-describedby") == "hint"
    legible(page, [".hint-quote", ".hint-title", ".hint-where"])
    hint.hover()  # it can be pointed at, and stays
    page.wait_for_timeout(400)
    assert hint.is_visible()
    page.mouse.move(5, 400)
    hint.wait_for(state="hidden")
    assert number.get_attribute("aria-describedby") is None
    number.hover()
    hint_of(page)
    page.keyboard.press("Escape")
    assert hint.is_hidden()
    page.mouse.move(5, 400)
    turn.locator(".answer").focus()
    page.keyboard.press("Tab")
    assert number.evaluate(FOCUSED)
    hint_of(page)
    assert hint.locator("a, button, [tabindex]").count() == 0
    page.keyboard.press("Escape")
    hint.wait_for(state="hidden")
    assert number.evaluate(FOCUSED)
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    hint_of(page)
    page.keyboard.press("Enter")  # to the source, as before
    hint.wait_for(state="hidden")
    assert tab.focused() == "t1-s1"


def test_on_a_phone_hint_and_menu_stay_within_the_window(tab: Tab) -> None:
    page = tab.page
    page.set_viewport_size({"width": 390, "height": 600})
    evil = "<img src=x onerror=window.hit(1)> in a title " * 6
    held = tab.assistant.held["bridges.pdf"]
    tab.assistant.held["bridges.pdf"] = replace(held, title=evil)
    turn = tab.ask(FOUND)
    for number in turn.locator("a.cite").all():
        number.scroll_into_view_if_needed()
        number.hover()
        hint = hint_of(page)
        described = "one => one.matches('[aria-describedby]')"
        page.wait_for_function(described, arg=number.element_handle())
        assert "<img src=x onerror" in hint.inner_text()
        room, at = hint.bounding_box(), number.bounding_box()
        assert min(room["x"], room["y"]) >= 0
        assert room["x"] + room["width"] <= 390
        assert room["y"] + room["height"] <= 600
        assert room["y"] >= at["y"] + at["height"] or room["y"] + room["height"] <= at["y"]
        page.mouse.move(385, 3)
        hint.wait_for(state="hidden")
    assert page.evaluate("window.hits") == []
    page.set_viewport_size({"width": 390, "height": 844})
    card = turn.locator(".card").last
    card.locator("summary", has_text="Cite").click()
    menu = card.get_by_role("group", name="Copy this citation as")
    page.wait_for_timeout(100)
    room, floor = menu.bounding_box(), page.locator("#composer").bounding_box()
    assert min(room["x"], room["y"]) >= 0
    assert room["x"] + room["width"] <= 390
    assert room["y"] + room["height"] <= floor["y"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_tap_goes_to_the_source_and_shows_no_hint(browser: Any, site: Site) -> None:
    finger = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    try:
        with quiet_tab(finger, site) as tab:
            tab.ask(MAKES).locator("a.cite").first.tap()
            tab.page.wait_for_timeout(300)
            assert tab.page.locator("#hint").is_hidden()
            assert tab.focused() == "t1-s1"
    finally:
        finger.close()


# --- the cards --------------------------------------------------------------------------------


def test_a_source_is_cited_in_every_style_with_the_keyboard_alone(tab: Tab) -> None:
    page = tab.page
    card = tab.ask(MAKES).locator(".card").first
    why = card.locator(".why summary")
    assert "the words “recommendations”, “inspection”" in why.inner_text()
    assert card.locator(".why .signals").is_hidden()
    why.press("Enter")
    assert "Rank 1" in card.locator(".why .signals").inner_text()
    card.locator("summary", has_text="Cite").press("Enter")
    legible(page, [".why summary", ".why .signals", ".card a.open", ".cites button"])
    cited, known = tab.assistant.ask(MAKES).citations[0], tab.assistant.summary("bridges.pdf")
    names = {"plain": "Plain text", "markdown": "Markdown", "bibtex": "BibTeX", "ris": "RIS"}
    for style, name in names.items():
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == name
        page.keyboard.press("Enter")
        page.wait_for_function("document.activeElement.textContent === 'Copied'")
        copied = page.evaluate("navigator.clipboard.readText()")
        wanted = cite(cited, known, style)
        assert copied.replace("\r\n", "\n") == wanted.replace("\r\n", "\n")
    page.keyboard.press("Escape")
    assert card.get_by_role("group", name="Copy this citation as").is_hidden()
    assert page.evaluate("document.activeElement.textContent") == "Cite"


# --- from quote to quote ----------------------------------------------------------------------


def open_second(tab: Tab, question: str = FOUND) -> Any:
    """The second of an answer's three quotes, in its document."""
    tab.ask(question).locator(".card .open").nth(1).click()
    at_quote(tab.page, "Quote 2 of 3")
    return tab.page


def at_quote(page: Any, words: str) -> None:
    page.locator("dialog.reader .tour .count", has_text=words).wait_for()


def place_of(page: Any) -> str:
    return str(page.locator("dialog.reader .document").get_attribute("data-start"))


def test_an_answers_quotes_are_gone_through_in_order_across_documents(tab: Tab) -> None:
    page = open_second(tab, ACROSS)
    cited = tab.assistant.ask(ACROSS).citations
    assert [one.uri for one in cited] == ["bridges.pdf", "rivers.md", "rivers.md"]
    assert place_of(page) == str(cited[1].start)
    page.get_by_role("button", name="Previous quote").click()
    at_quote(page, "Quote 1 of 3")
    assert place_of(page) == str(cited[0].start)
    assert page.locator("dialog.reader .stop.earlier").is_disabled()
    assert tab.focused() == "reader-title"
    for number in (1, 2):
        page.keyboard.press("Shift+ArrowRight")
        at_quote(page, f"Quote {number + 1} of 3")
        assert page.locator(".reader .document").get_attribute("data-uri") == cited[number].uri
        assert place_of(page) == str(cited[number].start)
        said = page.locator("dialog.reader > [role=status]").inner_text()
        assert said.startswith(f"Quote {number + 1} of 3, Survey of the River Wenning")
    page.keyboard.press("Shift+ArrowRight")  # there is none behind the last
    page.wait_for_timeout(150)
    at_quote(page, "Quote 3 of 3")
    # They were one entry of the history: going back leads to the answer, at the source read last.
    page.go_back()
    page.locator("dialog.reader").wait_for(state="hidden")
    assert page.url == tab.url
    page.wait_for_function("document.activeElement.id === 't1-s3'")


def test_the_quotes_stay_in_reach_while_a_document_is_searched(tab: Tab) -> None:
    page = open_second(tab)
    page.locator("#reader-find").fill("river")
    page.keyboard.press("Enter")
    page.locator("dialog.reader .tally").wait_for()
    at_quote(page, "Quote 2 of 3")
    page.keyboard.press("Shift+ArrowRight")  # in a field, these select
    page.wait_for_timeout(150)
    at_quote(page, "Quote 2 of 3")
    page.get_by_role("button", name="Next quote").click()
    at_quote(page, "Quote 3 of 3")
    assert page.locator("dialog.reader .tally").count() == 0
    page.get_by_role("button", name="Previous quote").focus()
    page.keyboard.press("Enter")
    at_quote(page, "Quote 2 of 3")
    assert tab.focused() == "reader-earlier"
    page.reload()
    at_quote(page, "Quote 2 of 3")  # the entry of the history kept them
    page.keyboard.press("Escape")
    page.locator("dialog.reader").wait_for(state="hidden")
    page.wait_for_function("!location.search")
    page.get_by_role("button", name="Documents").click()
    page.locator("dialog.reader .listing a.read").first.click()
    page.locator("dialog.reader .picture").wait_for()
    assert page.locator("dialog.reader .tour").count() == 0  # it was opened by itself


def test_quotes_of_a_page_are_marked_in_picture_and_text_on_every_screen(tab: Tab) -> None:
    page = open_second(tab)
    cited = tab.assistant.ask(FOUND).citations
    other = next(one for one in cited if one.page == cited[1].page and one.number != 2)
    page.wait_for_function("document.querySelector('.reader .picture img')?.naturalWidth > 0")
    assert f"also={other.start}-{other.end}" in page.locator(".picture img").get_attribute("src")
    assert ((other.start, other.end),) in tab.assistant.faint
    page.get_by_role("button", name="Text", exact=True).click()
    page.locator("dialog.reader mark.other").first.wait_for()
    legible(page, [".reader mark.other", ".reader mark:not(.other)", ".tour .count", ".below"])
    colours = "one => getComputedStyle(one).backgroundColor"
    strong = page.locator(".reader mark:not(.other)").first.evaluate(colours)
    assert page.locator(".reader mark.other").first.evaluate(colours) != strong
    for wide, high in ((390, 844), (720, 450), (1440, 900)):
        page.set_viewport_size({"width": wide, "height": high})
        page.evaluate("document.querySelector('.reader .pane').scrollTop = 400")
        page.wait_for_timeout(50)
        assert page.evaluate(FREE) > 0.75 * high
        assert page.evaluate(SMALL) == []
        assert page.evaluate("document.querySelector('.reader .pane').scrollWidth") <= wide


# What is left of the window by the parts that stay in place, and what is too small to press.
FREE = """() => {
    const pane = document.querySelector('.reader .pane').getBoundingClientRect();
    const ways = document.querySelector('.reader .ways').getBoundingClientRect();
    return pane.bottom - Math.max(pane.top, ways.bottom);
}"""
SMALL = """() => [...document.querySelectorAll('.reader button, .reader input')]
    .map(one => [one.textContent, one.getBoundingClientRect()])
    .filter(([, room]) => room.width && (room.width < 24 || room.height < 24))
    .map(([words]) => words)"""


def test_rows_of_a_table_are_gone_through_as_well(tab: Tab) -> None:
    page = tab.page
    page.locator("#question textarea").fill(FOUND)
    page.locator("#beside").click()
    tab.answer(1).locator(".grid .where a.read").first.click()
    at_quote(page, "Quote 1 of 2")
    page.get_by_role("button", name="Next quote").click()
    at_quote(page, "Quote 2 of 2")
    page.keyboard.press("Escape")
    page.locator("dialog.reader").wait_for(state="hidden")
    page.wait_for_function("document.activeElement.closest('table.grid')")
