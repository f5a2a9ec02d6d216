"""Asking in a real browser: chosen documents, edited questions, stopping, what may come next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browsers import skip_without_browser
from fake_assistant import neutral_documents
from tabs import Site, Tab, contrasts, serving
from walking import FIND, MAKES, hall

pytestmark = [pytest.mark.browser, skip_without_browser]

RIVER = "What did the survey find?"


@pytest.fixture(scope="module", name="site")
def site_fixture() -> Iterator[Site]:
    with serving([*neutral_documents(), hall()]) as site:
        yield site


def questions(tab: Tab) -> list[str]:
    """What stands on the page as asked, in order."""
    found: list[str] = tab.page.locator("article.turn:visible .question").all_inner_texts()
    return found


def test_documents_are_chosen_by_author_and_by_date(tab: Tab) -> None:
    page = tab.page
    page.locator("#scope summary").click()
    page.get_by_role("combobox", name="Author").select_option("A. Mason")
    assert page.locator(".scope-of").inner_text() == "Searching Bridges, Hall"
    page.get_by_role("spinbutton", name="Published from").fill("2016")
    page.keyboard.press("Tab")
    assert page.locator(".scope-of").inner_text() == "Searching Hall"
    page.get_by_role("checkbox", name="Wenning").check()
    tab.ask(MAKES)
    assert tab.assistant.asked[-1][1] == ("hall.pdf", "rivers.md")
    page.get_by_role("button", name="All", exact=True).click()
    assert page.locator(".scope-of").inner_text() == "Searching all 3 documents"
    assert page.get_by_role("spinbutton", name="Published from").input_value() == ""
    page.keyboard.press("Escape")
    assert page.locator("#scope details").get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.get_by_label("Your question").fill("And by date?")
    page.locator("#timeline").click()
    tab.answer(2)
    _, searched, _ = tab.assistant.asked[-1]
    assert not searched


def test_a_question_is_edited_and_asked_again_from_its_place(tab: Tab) -> None:
    page = tab.page
    tab.ask(FIND)
    tab.ask("And the repairs?", 2)
    tab.ask("And the council?", 3)
    page.locator("#t2").get_by_role("button", name="Edit question").click()
    field = page.locator("#t2").get_by_role("textbox", name="Your question")
    assert field.input_value() == "And the repairs?"
    assert "The question after it" in page.locator("#t2").inner_text()
    page.keyboard.press("Escape")
    assert questions(tab) == [FIND, "And the repairs?", "And the council?"]
    page.locator("#t2").get_by_role("button", name="Edit question").click()
    field.fill("And the limits?")
    page.keyboard.press("Enter")
    again = tab.answer(2)
    page.wait_for_function("document.querySelectorAll('#past article.turn').length === 1")
    assert questions(tab) == [FIND, "And the limits?"]
    _, _, turns = tab.assistant.asked[-1]
    assert turns == 1
    assert "mortar? And the limits?" in again.locator(".searched").inner_text()
    tab.ask("And then?", 3)
    assert [turns for _, _, turns in tab.assistant.asked[-2:]] == [1, 2]


def test_a_question_can_be_stopped(tab: Tab) -> None:
    page = tab.page
    with tab.held_up("/queue/join"):
        page.get_by_label("Your question").fill(f"{FIND} Do ponder.")
        page.keyboard.press("Enter")
        page.locator("#to-answer").focus()
        page.keyboard.press("Enter")  # there is none yet: to where it will be
        assert FIND in page.evaluate("document.activeElement.textContent")
    page.locator("#t1 .quote, #t1 .note").first.wait_for()
    assert not page.locator("#send").is_visible()
    page.get_by_role("button", name="Stop").click()
    assert "Stopped before" in page.locator("#t1").inner_text()
    assert page.locator("#live").inner_text() == "Stopped."
    assert tab.focused() == "question-box"
    turn = tab.ask(MAKES)
    assert turn.locator(".short").inner_text().endswith("11")
    assert questions(tab) == [MAKES]
    page.wait_for_timeout(1200)  # what was stopped must not come after all
    assert questions(tab) == [MAKES]


def test_what_is_stopped_before_the_server_has_it_is_stopped_there_too(tab: Tab) -> None:
    page = tab.page
    with tab.held_up("/queue/join"):
        for question in (f"{FIND} Do ponder.", RIVER, MAKES):
            page.get_by_label("Your question").fill(question)
            page.keyboard.press("Enter")
            if question != MAKES:
                page.get_by_role("button", name="Stop").click()
        assert questions(tab) == [MAKES]
    assert tab.answer(1).locator(".short").inner_text().endswith("11")
    page.wait_for_timeout(1200)  # what was stopped must not come after all
    assert questions(tab) == [MAKES]
    assert RIVER not in [asked for asked, _, _ in tab.assistant.asked]


def test_a_question_that_was_to_replace_another_and_is_stopped_brings_it_back(tab: Tab) -> None:
    page = tab.page
    tab.ask(FIND)
    tab.ask("And the repairs?", 2)
    page.locator("#t1").get_by_role("button", name="Edit question").click()
    page.locator("#t1").get_by_role("textbox", name="Your question").fill(f"{FIND} Do ponder.")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop").click()
    page.locator("#past #t2").wait_for()
    assert questions(tab) == [FIND, "And the repairs?"]
    assert page.locator("#t1").count() == 1


def test_a_question_that_is_refused_is_said_and_can_be_asked_again(tab: Tab) -> None:
    page = tab.page
    tab.ask(FIND)
    tab.ask("And the repairs?", 2)
    edited = page.locator("#t1").get_by_role("textbox", name="Your question")
    page.locator("#t1").get_by_role("button", name="Edit question").click()
    edited.fill(MAKES)
    with tab.refused("**/queue/join*", 429):
        page.keyboard.press("Enter")
        problem = page.get_by_role("alert").filter(has_text="Too many questions came from here")
        problem.wait_for()
    assert questions(tab) == [FIND, "And the repairs?", MAKES]
    assert page.get_by_role("button", name="Ask", exact=True).is_visible()
    with tab.refused("**/queue/join*", 503):
        page.locator("article.problem").get_by_role("button", name="Edit question").click()
        page.keyboard.press("Enter")
        page.get_by_role("alert").filter(has_text="Too many questions are waiting").wait_for()
    # What the server takes and fails at puts nothing out of its place either.
    page.locator("#t1").get_by_role("button", name="Edit question").click()
    edited.fill("Why did it explode?")
    page.keyboard.press("Enter")
    page.locator("#now .problem").first.wait_for()
    assert questions(tab) == [FIND, "And the repairs?", "Why did it explode?"]
    ids = page.locator("article.turn:visible").evaluate_all("all => all.map((one) => one.id)")
    assert ids == ["t1", "t2", "t3"]
    tab.ask("And then?", 3)
    assert tab.assistant.asked[-1][2] == 2
    assert questions(tab) == [FIND, "And the repairs?", "And then?"]


def test_what_may_come_next_is_offered_and_asked(tab: Tab) -> None:
    turn = tab.ask(MAKES)
    offered = turn.locator(".next .example")
    offered.first.wait_for()
    question = offered.first.inner_text()
    assert question != MAKES
    offered.first.click()
    assert tab.answer(2).locator(".question").inner_text() == question
    assert tab.page.locator("#past .next .example").count() == 0


def test_a_timeline_is_shown_and_opened(tab: Tab) -> None:
    tab.page.get_by_label("Your question").fill("When did the inspection of bridges take place?")
    tab.page.get_by_role("button", name="Timeline", exact=True).click()
    turn = tab.answer(1)
    assert turn.locator("time").first.get_attribute("datetime").startswith("20")
    turn.locator("a.cite").first.click()
    tab.page.locator("dialog.reader .document[data-uri]").wait_for()


def test_the_box_takes_lines_and_never_guesses(tab: Tab) -> None:
    box = tab.page.get_by_label("Your question")
    assert box.get_attribute("autocomplete") == "off"
    assert tab.page.locator("datalist").count() == 0
    low = box.bounding_box()["height"]
    box.fill("One")
    tab.page.keyboard.press("Shift+Enter")
    tab.page.keyboard.type("two")
    assert box.input_value() == "One\ntwo"
    assert box.bounding_box()["height"] > low
    tab.page.keyboard.press("Control+a")
    tab.page.keyboard.type("   ")
    tab.page.keyboard.press("Enter")
    assert tab.page.locator("article.turn:visible").count() == 0


def test_the_note_says_where_support_is(tab: Tab) -> None:
    page = tab.page
    page.get_by_role("button", name="Where to find support").click()
    shown = page.get_by_role("dialog", name="Where to find support")
    assert "0800 1111" in shown.inner_text()
    assert shown.get_by_role("link", name="0800 1111").get_attribute("href") == "tel:08001111"
    page.keyboard.press("Escape")
    assert shown.is_hidden()
    assert tab.focused() == "support-open"


def test_what_happens_is_said_once(tab: Tab) -> None:
    tab.ask(MAKES)
    live = tab.page.get_by_role("status").and_(tab.page.locator("#live"))
    assert "11 recommendations" in live.inner_text()
    assert "3 sources" in live.inner_text()
    assert tab.page.locator("#log [aria-live=polite], #log [role=log]").count() == 0


def test_text_stands_out_from_its_ground(tab: Tab) -> None:
    page = tab.page
    tab.ask(MAKES).locator(".next .example").first.wait_for()
    page.locator("#scope summary").click()
    page.locator("#t1 .exports summary").click()
    page.locator("#t1 .edit-question").click()
    seen = ["#note p", "#note button", ".filters label", ".filters button", ".box strong"]
    seen += [".box .facts", ".next h3", ".next .example", ".marks button", ".measure"]
    seen += [".exports summary", ".exports button", ".rephrase textarea", ".rephrase button"]
    seen += ["#beside", "#timeline", "#clear"]
    shown = contrasts(page, seen)
    assert {place: ratio for place, ratio in shown.items() if ratio < 4.5} == {}
