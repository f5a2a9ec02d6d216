"""Side by side in a real browser: asked, opened by keyboard, edited, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsers import skip_without_browser
from fake_assistant import neutral_documents, paged
from tabs import Site, Tab, contrasts, serving

pytestmark = [pytest.mark.browser, skip_without_browser]

NAMES = ("send", "beside", "timeline")
FOUND = "What did the inspection and the survey find?"


@pytest.fixture(scope="module", name="site")
def site_fixture() -> Iterator[Site]:
    blocks = ["1.1 The town hall has a clock.", "1.2 Its garden was laid out in 1901."]
    hall = paged("hall.pdf", "The town hall", blocks, 1, review="Hall", published="2019-02-01")
    with serving([*neutral_documents(), hall]) as site:
        yield site


def beside(tab: Tab, question: str, number: int = 1) -> Any:
    """The turn in which this was asked side by side, once it is whole."""
    tab.page.locator("#question textarea").fill(question)
    tab.page.locator("#beside").click()
    return tab.answer(number)


def test_two_reviews_are_asked_and_a_source_is_opened_by_keyboard(tab: Tab) -> None:
    page = tab.page
    page.locator("#scope summary").click()
    page.get_by_role("checkbox", name="Hall").uncheck()
    assert page.locator(".scope-of").inner_text() == "Searching Bridges, Wenning"
    page.locator("#question textarea").fill(FOUND)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert tab.focused() == "beside"
    page.keyboard.press("Enter")
    turn = tab.answer(1)
    assert [one[1] for one in tab.assistant.asked[-2:]] == [("Bridges",), ("Wenning",)]
    assert turn.get_by_role("table").is_visible()
    assert turn.get_by_role("rowheader").all_inner_texts() == ["Bridges", "Wenning"]
    assert turn.get_by_role("columnheader").count() == 3
    turn.locator("a.cite").first.focus()
    page.keyboard.press("Enter")
    page.locator("dialog.reader .picture").wait_for()
    assert tab.focused() == "reader-title"
    page.keyboard.press("Escape")
    assert page.locator("dialog.reader").is_hidden()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(
        "Source 1: Bridges"
    )
    page.keyboard.press("Tab")  # the ways to cite it
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    mark = page.locator("dialog.reader mark").first
    mark.wait_for()
    assert mark.inner_text() in tab.assistant.held["rivers.md"].text


def test_a_silent_review_looks_silent(tab: Tab) -> None:
    turn = beside(tab, "How many recommendations did the inspection make?")
    silent = turn.locator("tr.silent")
    assert silent.get_by_role("rowheader").all_inner_texts() == ["Hall", "Wenning"]
    colour = "element => getComputedStyle(element).color"
    answering = turn.locator("tbody tr:not(.silent) th")
    assert silent.locator("th").first.evaluate(colour) != answering.evaluate(colour)
    assert silent.locator("a").count() == 0
    turn.get_by_role("button", name="Copy with citations").click()
    tab.page.get_by_role("button", name="Copied").wait_for()
    assert "Wenning: silent" in tab.page.evaluate("navigator.clipboard.readText()")


def test_an_answer_is_put_side_by_side_and_stays_in_the_conversation(tab: Tab) -> None:
    question = "What did the inspection find about mortar?"
    tab.ask(question).get_by_role("button", name="Side by side").click()
    turn = tab.answer(2)
    assert turn.locator(".question").inner_text() == question
    assert turn.get_by_role("rowheader").count() == 3
    assert tab.assistant.asked[-1][2] == 0
    tab.ask("And the repairs?", 3)
    assert tab.page.locator("#past #t2 table").is_visible()
    assert tab.assistant.asked[-1] == ("And the repairs?", (), 1)


def test_the_searched_query_is_edited_and_asked_again_alone(tab: Tab) -> None:
    page = tab.page
    tab.ask("What did the inspection find about mortar?")
    turn = tab.ask("And the repairs?", 2)
    turn.locator(".searched summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    box = turn.get_by_role("textbox", name="The searched question")
    assert box.input_value() == "What did the inspection find about mortar? And the repairs?"
    box.fill("Which repairs did the inspection see?")
    page.keyboard.press("Enter")
    again = tab.answer(3)
    assert again.locator(".question").inner_text() == "Which repairs did the inspection see?"
    assert tab.assistant.asked[-1] == ("Which repairs did the inspection see?", (), 0)
    assert again.locator(".searched").count() == 0
    second = beside(tab, "And the survey?", 4)
    second.locator(".searched summary").click()
    second.get_by_role("textbox").fill("What did the survey measure?")
    second.get_by_role("button", name="Search again").click()
    assert tab.answer(5).get_by_role("table").is_visible()
    assert tab.assistant.asked[-1:] == [("What did the survey measure?", ("Wenning",), 0)]


def test_a_phone_shows_all_without_scrolling_sideways(tab: Tab) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 844})
    turn = beside(tab, FOUND)
    assert tab.page.evaluate("document.documentElement.scrollWidth") == 390
    assert turn.get_by_role("table").is_visible()  # it is a table still, though its cells stack
    assert turn.get_by_role("row").count() == 4
    head, quote = turn.locator("tbody tr:not(.silent) th").first, turn.locator(".quote").first
    assert quote.bounding_box()["y"] > head.bounding_box()["y"]
    ask, side, dated = (tab.page.locator(f"#{name}").bounding_box() for name in NAMES)
    assert ask["y"] + ask["height"] <= side["y"] == dated["y"]
    assert side["x"] + side["width"] <= dated["x"]
    assert dated["x"] + dated["width"] <= 390
    assert min(one["height"] for one in (ask, side, dated)) >= 44


def test_text_stands_out_from_its_ground(tab: Tab) -> None:
    tab.ask("What did the survey measure?")
    turn = beside(tab, "And how many recommendations were made?", 2)
    turn.locator(".searched summary").click()
    seen = ["#beside", ".grid th", ".grid .silent td", ".grid .silent th", ".grid .quote"]
    seen += [".grid .span", ".grid .where a", ".grid .cite", ".grid caption"]
    seen += [".searched q", ".searched .edit", ".again input", ".again button"]
    shown = contrasts(tab.page, [f"#t2 {one}" if one[0] == "." else one for one in seen])
    assert {place: ratio for place, ratio in shown.items() if ratio < 4.5} == {}
    assert len(shown) == 2 * len(seen)
