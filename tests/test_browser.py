"""The web page in a real browser: pressed, typed, read, and attacked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import skip_without_browser
from fake_assistant import neutral_documents, paged
from tabs import Site, Tab, contrasts, opened_tab, serving

from qa.settings import Settings
from qa.types import Document

pytestmark = [pytest.mark.browser, skip_without_browser]

HOSTILE = (
    "<script>window.hit(1)</script> "
    '<img src=x onerror="window.hit(2)"> '
    "\"'><svg onload=window.hit(3)> "
    "![seen](https://elsewhere.example/pixel.png) "
    "[press](javascript:window.hit(4)) "
    "${window.hit(5)} `${window.hit(6)}` "
    "{{constructor.constructor('window.hit(7)')()}} "
    "$$\\href{javascript:window.hit(8)}{x}$$ "
    "</textarea></title><iframe srcdoc='<script>parent.hit(9)</script>'></iframe>"
)
MAKES = "How many recommendations did the inspection make?"


@pytest.fixture(scope="module", name="site")
def site_fixture() -> Iterator[Site]:
    blocks = [f"{number}.1 On page {number} the river was deep. " * 20 for number in range(1, 301)]
    long = paged("long.pdf", "A long survey", blocks, 1, review="Long", published="2019-02-01")
    with serving([*neutral_documents(), long]) as site:
        yield site


# --- asking -----------------------------------------------------------------------------------


def test_a_question_is_answered_and_its_number_leads_to_the_source(tab: Tab) -> None:
    turn = tab.ask(MAKES)
    assert turn.locator(".short").inner_text().endswith("11")
    assert tab.page.locator("#question textarea").input_value() == ""
    turn.locator("a.cite").nth(2).click()
    assert tab.focused() == "t1-s3"
    card = tab.page.locator("#t1-s3")
    assert "lit" in (card.get_attribute("class") or "")
    box = card.bounding_box()
    assert 0 <= box["y"] < 800
    mark = card.locator("mark").inner_text()
    assert mark in tab.assistant.held["bridges.pdf"].text
    assert mark in turn.locator(".answer").inner_text()
    card.locator("a.back").click()
    assert tab.page.evaluate("document.activeElement.textContent") == "3"
    assert "cite" in tab.page.evaluate("document.activeElement.className")


def test_the_keyboard_alone_is_enough(tab: Tab) -> None:
    page = tab.page
    page.locator(".masthead a.skip").focus()
    page.keyboard.press("Enter")
    page.keyboard.type(MAKES)
    page.keyboard.press("Enter")
    turn = tab.answer(1)
    turn.locator("a.cite").first.focus()
    page.keyboard.press("Enter")
    assert tab.focused() == "t1-s1"
    page.keyboard.press("Tab")  # back to the answer
    page.keyboard.press("Tab")  # the title
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.locator("dialog.reader .picture").wait_for()
    assert tab.focused() == "reader-title"
    page.keyboard.press("Escape")
    assert page.locator("dialog.reader").is_hidden()
    assert "read" in page.evaluate("document.activeElement.className")


def test_an_example_is_asked_when_pressed(tab: Tab) -> None:
    example = tab.page.locator(".example").first
    question = example.inner_text()
    example.click()
    assert tab.answer(1).locator(".question").inner_text() == question


def test_what_the_documents_do_not_say_is_declined(tab: Tab) -> None:
    turn = tab.ask("Who won the football championship?")
    assert turn.locator(".declined").is_visible()
    assert turn.locator(".kind").count() == 3
    assert turn.locator("a.cite").count() == 0


def test_a_failure_is_told_in_the_page(tab: Tab) -> None:
    turn = tab.ask("Why did it explode?")
    assert "qa verify" in turn.get_by_role("alert").inner_text()
    broken = tab.ask("Why did it crumble?").get_by_role("alert").inner_text()
    assert "fault in the program" in broken
    assert "secret" not in broken


def test_a_follow_up_sees_the_turn_before_and_can_be_begun_anew(tab: Tab) -> None:
    tab.ask("What did the inspection find about mortar?")
    turn = tab.ask("And the repairs?", 2)
    assert tab.assistant.asked[-1] == ("And the repairs?", (), 1)
    assert "mortar? And the repairs?" in turn.locator(".searched").inner_text()
    assert tab.page.locator("#past #t1 details.found").get_attribute("open") is None
    tab.page.wait_for_function(
        "Math.abs(document.querySelector('#t2').getBoundingClientRect().top) < 120"
    )
    tab.page.locator("#past #t1 a.cite").first.click()
    assert tab.focused() == "t1-s1"
    tab.page.get_by_role("button", name="New conversation").click()
    tab.page.locator(".home").wait_for()
    assert tab.page.locator("article.turn:visible").count() == 0
    tab.ask(MAKES)
    assert tab.assistant.asked[-1] == (MAKES, (), 0)


def test_only_the_chosen_reviews_are_searched(tab: Tab) -> None:
    page = tab.page
    page.locator("#scope summary").click()
    assert page.locator(".scope-of").inner_text() == "Searching all 3 documents"
    page.get_by_role("checkbox", name="Bridges").uncheck()
    page.get_by_role("checkbox", name="Long").uncheck()
    assert page.locator(".scope-of").inner_text() == "Searching Wenning"
    turn = tab.ask("What did the survey find?")
    assert tab.assistant.asked[-1] == ("What did the survey find?", ("rivers.md",), 0)
    assert "Searched in: Wenning" in turn.inner_text()
    page.get_by_role("checkbox", name="Wenning").uncheck()
    assert page.locator(".scope-of").inner_text() == "No document chosen"
    assert "Choose at least one" in tab.ask("What else?", 2).get_by_role("alert").inner_text()


def test_the_answer_is_copied_with_its_citations(tab: Tab) -> None:
    tab.ask(MAKES).get_by_role("button", name="Copy with citations").click()
    tab.page.get_by_role("button", name="Copied").wait_for()
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"{MAKES}\n\n“The inspection made 11 recommendations")
    assert "[1] Inspection of the County's Bridges" in copied


def test_the_whole_passage_can_be_unfolded(tab: Tab) -> None:
    turn = tab.ask("What did the inspection find about mortar?")
    card = turn.locator(".card", has=tab.page.locator(".whole")).first
    folded = card.locator(".passage").inner_text()
    button = card.locator(".whole")
    button.click()
    assert button.get_attribute("aria-expanded") == "true"
    assert len(card.locator(".passage").inner_text()) > len(folded)


# --- every screen -----------------------------------------------------------------------------


def test_a_phone_shows_all_without_scrolling_sideways(tab: Tab) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 844})
    width = "document.documentElement.scrollWidth"
    assert tab.page.evaluate(width) == 390
    turn = tab.ask(MAKES)
    assert tab.page.evaluate(width) == 390
    said, sources = turn.locator(".say").bounding_box(), turn.locator(".sources").bounding_box()
    assert sources["y"] >= said["y"] + said["height"]
    assert tab.page.locator("#question").bounding_box()["y"] < 844
    turn.locator(".card .read").first.click()
    tab.page.locator("dialog.reader .picture").wait_for()
    assert tab.page.locator("dialog.reader").bounding_box()["width"] <= 390
    assert tab.page.evaluate(width) == 390


def test_text_stands_out_from_its_ground(tab: Tab) -> None:
    first = [".home h2", ".home .lede", ".example", "#note p", "#send", ".scope-of"]
    answered = [".question", ".quote", ".cite", ".facts", ".passage", "mark", ".card .read"]
    answered += ["a.source", ".signals", ".measure", ".copy", ".short", "#clear"]
    declined = [".verdict", ".declined .note", ".kind"]
    shown = contrasts(tab.page, first)
    tab.ask(MAKES)
    shown |= contrasts(tab.page, answered)
    tab.page.get_by_role("button", name="New conversation").click()
    tab.page.locator(".home").wait_for()
    tab.ask("Who won the football championship?")
    shown |= contrasts(tab.page, declined)
    assert {place: ratio for place, ratio in shown.items() if ratio < 4.5} == {}
    assert len(shown) == 2 * (len(first) + len(answered) + len(declined))


def test_dark_follows_the_system_and_can_be_chosen(window: Any, site: Any) -> None:
    tab = opened_tab(window, site, "dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = tab.page.evaluate(ground)
    button = tab.page.get_by_role("button", name="Dark colours")
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    assert tab.page.evaluate(ground) != dark
    tab.page.reload()
    tab.page.locator(".home").wait_for()
    assert tab.page.evaluate(ground) != dark
    assert button.get_attribute("aria-pressed") == "false"
    tab.page.evaluate("localStorage.clear()")
    tab.page.close()


def test_the_page_has_its_landmarks_and_labels(tab: Tab) -> None:
    page = tab.page
    assert page.locator("main").count() == 1
    assert page.get_by_role("region", name="Conversation").is_visible()
    assert page.get_by_role("search", name="Ask a question").is_visible()
    assert page.get_by_label("Your question").is_visible()
    assert page.get_by_role("heading", level=1).inner_text() == "Ask the Reviews"
    assert "concerns the sexual abuse of children" in page.locator("#note").inner_text()
    assert page.locator("footer").count() == 0 or page.locator("footer").is_hidden()
    tab.ask(MAKES)
    bare = page.evaluate(
        "[...document.querySelectorAll('button, a')].filter(e => e.checkVisibility() && "
        "!(e.textContent.trim() || e.getAttribute('aria-label'))).map(e => e.outerHTML)"
    )
    assert bare == []


# --- attacked ---------------------------------------------------------------------------------


def test_no_text_of_a_document_or_question_becomes_markup(window: Any, tmp_path: Path) -> None:
    blocks = [f"1.1 In 2014 {HOSTILE} The inspection was made.", f"1.2 Another {HOSTILE}"]
    meta = {"author": HOSTILE, "published": HOSTILE, "url": "javascript:window.hit(10)"}
    name = f'"><b id=b>{HOSTILE}'
    evil = Document.from_text(
        name, f"Title {HOSTILE}", "\n\n".join(blocks), review=f"Review {HOSTILE}", **meta
    )
    drawn = paged(f"{name}.pdf", f"Drawn {HOSTILE}", blocks, 1, review=f"Drawn {HOSTILE}", **meta)
    words = json.dumps(HOSTILE)
    said = [f"{key} = {words}" for key in ("name", "what", "phone")] + ['url = "javascript:hit(1)"']
    places = "\n".join(["[[place]]", *said])
    support = tmp_path / "support.toml"
    support.write_text(f"note = {words}\nwords = {words}\n{places}", encoding="utf-8")
    with (
        pytest.MonkeyPatch.context() as patch,
        serving(
            [evil, drawn, neutral_documents()[1]], patch, settings=Settings(support=str(support))
        ) as site,
    ):
        site[1].warned[evil.uri] = (HOSTILE,)
        tab = opened_tab(window, site)
        attack(tab)
        attack_what_is_kept(tab)
        attack_the_library(tab)
        tab.page.close()


def attack(tab: Tab) -> None:
    """Everything on the page is pressed, and nothing of it runs."""
    page = tab.page
    turn = tab.ask(f"inspection {HOSTILE}")
    assert "window.hit(2)" in turn.locator(".passage").first.inner_text()
    for button in turn.locator(".whole").all():
        button.click()
    turn.locator("a.cite").first.click()
    turn.locator(".card .read").first.click()
    page.locator("dialog.reader .leaf").wait_for()
    assert "elsewhere.example" in page.locator("dialog.reader .leaf").inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Documents").click()
    page.locator("dialog.reader .listing .read").first.click()
    page.locator("dialog.reader .leaf").wait_for()
    page.keyboard.press("Escape")
    page.locator("#scope summary").click()
    page.get_by_role("checkbox", name="Wenning").uncheck()
    tab.ask(f"football {HOSTILE}", 2)
    tab.ask(f"explode {HOSTILE}", 3)
    for number, form in ((3, "beside"), (4, "timeline")):
        page.locator("#question-box").fill(f"inspection {HOSTILE}")
        page.locator(f"#{form}").click()
        assert "window.hit(2)" in tab.answer(number).locator(".quote").first.inner_text()
    page.locator("#support-open").click()
    assert page.locator("#support").inner_text().count("window.hit(3)") >= 3
    page.keyboard.press("Escape")
    unharmed(tab)


def unharmed(tab: Tab) -> None:
    """Nothing ran, nothing was fetched, and no element is there that the page did not make."""
    page = tab.page
    page.wait_for_timeout(200)
    assert page.evaluate("window.hits") == []
    assert tab.strangers() == []
    assert not [said for said in tab.complaints if "hit" in said]
    assert page.locator("#b, #log img, #log script, iframe, dialog img:not(.sheet)").count() == 0
    assert page.locator("a[href^='javascript' i], [onload], [onerror]").count() == 0


def attack_what_is_kept(tab: Tab) -> None:
    """What is copied, marked, named, kept and restored is text."""
    page = tab.page
    page.locator("#clear").click()
    turn = tab.ask(f"inspection {HOSTILE}")
    turn.locator("a.cite").first.hover()
    assert "window.hit(2)" in page.locator("#hint:visible").text_content()
    turn.locator(".card .cites summary").first.click()
    for button in turn.locator(".card .cites").first.get_by_role("button").all():
        button.click()
        page.get_by_text("Copied").first.wait_for()
        assert "window.hit(2)" in page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    turn.locator("[data-mark=missing]").click()
    form = turn.locator("form.marking")
    assert "window.hit(1)" in form.locator("select").inner_text()
    form.get_by_label("Words that stand there").fill(HOSTILE)
    form.get_by_role("button", name="Save").click()
    assert "window.hit(1)" in turn.locator(".mark-note").inner_text()
    page.get_by_role("button", name="Conversations").click()
    shelf = page.locator("dialog.shelf")
    shelf.get_by_role("button", name="Rename").first.click()
    page.keyboard.type(HOSTILE[:150])
    page.keyboard.press("Enter")
    shelf.get_by_role("button", name=HOSTILE[:150].strip(), exact=True).wait_for()
    unharmed(tab)
    page.reload()
    page.locator("#past #t1").wait_for()
    assert "window.hit(2)" in page.locator("#t1 .passage").first.inner_text()
    unharmed(tab)


def attack_the_library(tab: Tab) -> None:
    """The names of files, what is said of them, and what is looked for in one, are text."""
    page = tab.page
    page.get_by_role("button", name="Documents").click()
    dialog = page.locator("dialog.reader")
    name = '"><img src=x onerror=window.hit(11)><b id=b>.txt'
    files = [
        {"name": name, "mimeType": "text/plain", "buffer": b"1.1 The weir was mended."},
        {"name": f"a{name}", "mimeType": "text/plain", "buffer": b"1.1 It is broken."},
        {"name": f"{name}.exe", "mimeType": "text/plain", "buffer": b"none"},
    ]
    dialog.locator("#add-files").set_input_files(files)
    dialog.locator(".result.failed").nth(1).wait_for()
    dialog.locator(".listing > li", has_text="hit(11)").wait_for()
    assert "window.hit(11)" in dialog.locator(".results").inner_text()
    unharmed(tab)
    dialog.locator(".listing .read", has_text="Drawn").click()
    dialog.locator(".picture img").wait_for()
    for field, words in (("find", "window.hit"), ("go", HOSTILE[:150])):
        dialog.locator(f"#reader-{field}").fill(words)
        dialog.locator(f"#reader-{field}").press("Enter")
        dialog.locator(".tally, .problem").last.wait_for()
    assert "window.hit(1)" in dialog.locator(".problem").inner_text()
    assert page.evaluate("window.hits") == []
    assert page.locator("#b, [onload], [onerror]").count() == 0
    page.keyboard.press("Escape")


def test_even_a_handler_that_got_in_would_not_run(tab: Tab) -> None:
    policy = "Content Security Policy"
    tab.expected.append(policy)
    with tab.page.expect_console_message(lambda message: policy in message.text):
        tab.page.evaluate(
            "document.querySelector('#now').insertAdjacentHTML('beforeend', "
            '\'<img src="https://elsewhere.example/x.png" onerror="window.hit(1)">\')'
        )
    tab.page.wait_for_timeout(300)
    assert tab.page.evaluate("window.hits") == []
    tab.requests.clear()  # what the policy refuses is announced all the same, and not sent
