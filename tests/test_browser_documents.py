"""The document page and the library in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsers import skip_without_browser
from fake_assistant import FakeLibrary, neutral_documents, paged
from tabs import Site, Tab, contrasts, opened_tab, quiet_tab, serving

from qa.types import Document

pytestmark = [pytest.mark.browser, skip_without_browser]

MAKES = "How many recommendations did the inspection make?"
DROP = """([files]) => {
    const carried = new DataTransfer();
    for (const [name, text] of files) carried.items.add(new File([text], name));
    const zone = document.querySelector('.drop');
    for (const kind of ['dragenter', 'dragover', 'drop']) {
        const what = {dataTransfer: carried, bubbles: true, cancelable: true};
        zone.dispatchEvent(new DragEvent(kind, what));
    }
}"""


def documents() -> list[Document]:
    blocks = [f"{number}.1 On page {number} the river was deep. " * 20 for number in range(1, 301)]
    long = paged("long.pdf", "A long survey", blocks, 1, review="Long", published="2019-02-01")
    return [*neutral_documents(), long]


@pytest.fixture(scope="module", name="site")
def site_fixture() -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch, serving(documents(), patch) as site:
        yield site


@pytest.fixture(name="tab")
def tab_fixture(window: Any, site: Site) -> Iterator[Tab]:
    site[1].held = {one.uri: one for one in documents()}
    site[1].warned = {}
    with quiet_tab(window, site) as tab:
        yield tab


def library_of(tab: Tab) -> FakeLibrary:
    assert tab.assistant.library is not None
    return tab.assistant.library


def image_of(page: Any) -> str:
    """The address of the picture that is shown, once it is whole."""
    page.wait_for_function("document.querySelector('dialog.reader .picture img')?.naturalWidth > 0")
    return str(page.locator("dialog.reader .picture img").get_attribute("src"))


def at_page(page: Any, where: str) -> None:
    page.locator("dialog.reader .steps span", has_text=where).first.wait_for()


def open_quote(tab: Tab) -> Any:
    """The quote of the first card, on the picture of its page."""
    tab.ask(MAKES).locator(".card a.read").first.click()
    tab.page.locator("dialog.reader .picture").wait_for()
    return tab.page


# --- the document -----------------------------------------------------------------------------


def test_a_source_opens_on_the_picture_of_its_page(tab: Tab) -> None:
    page = open_quote(tab)
    quote = "The inspection made 11 recommendations for the county council to carry out."
    start = tab.assistant.held["bridges.pdf"].text.index(quote)
    source = image_of(page)
    assert f"page=2&start={start}&end={start + len(quote)}&" in source
    assert "page ii (2 of 2 in the file)" in page.locator("dialog.reader").inner_text()
    assert quote in page.locator("dialog.reader img").get_attribute("alt")
    page.get_by_role("button", name="Text", exact=True).click()
    mark = page.locator("dialog.reader mark:not(.other)")
    mark.wait_for()
    assert mark.inner_text() == quote
    assert 0 < mark.bounding_box()["y"] < 800
    assert tab.focused() == "reader-text"
    page.get_by_role("button", name="Close").click()
    assert page.locator("dialog.reader").is_hidden()
    # Remembered for this visit, and for it alone.
    tab.page.locator("#t1 .card a.read").first.click()
    page.locator("dialog.reader .leaf").wait_for()
    page.get_by_role("button", name="Page image").click()
    page.locator("dialog.reader .picture").wait_for()


def test_pages_are_turned_with_buttons_and_keys(tab: Tab) -> None:
    page = tab.page
    page.goto(f"{tab.url}?document=long.pdf&page=7")
    at_page(page, "page 5 (7 of 300")
    page.get_by_role("button", name="Next page").first.click()
    at_page(page, "page 6 (8 of 300")
    assert "page=8&" in image_of(page)
    assert "step on" in page.evaluate("document.activeElement.className")
    page.keyboard.press("ArrowRight")
    at_page(page, "page 7 (9 of 300")
    page.keyboard.press("ArrowLeft")
    at_page(page, "page 6 (8 of 300")
    image_of(page)
    for _ in range(6):  # to the end of the page by screens, and then on
        page.keyboard.press("PageDown")
        page.wait_for_timeout(150)
        if page.locator("dialog.reader .steps span", has_text="page 6 (8").count() == 0:
            break
    at_page(page, "page 7 (9 of 300")
    page.locator("#reader-go").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    at_page(page, "page 7 (9 of 300")
    assert re.search(r"page=9&version=", page.url)
    assert "page 7 (9 of 300" in page.locator("dialog.reader > [role=status]").inner_text()


def test_a_long_text_is_turned_part_by_part(tab: Tab) -> None:
    page = tab.page
    page.get_by_role("button", name="Documents").click()
    page.locator("dialog.reader").get_by_role("link", name="A long survey").click()
    page.locator("dialog.reader .picture").wait_for()
    page.get_by_role("button", name="Text", exact=True).click()
    at_page(page, "Part 1 of ")
    page.get_by_role("button", name="Next").first.click()
    at_page(page, "Part 2 of")
    assert page.locator("dialog.reader .leaf").inner_text().count("On page ") < 1000
    assert page.evaluate("document.querySelector('dialog.reader .pane').scrollTop") == 0
    page.get_by_role("button", name="Previous").first.click()
    at_page(page, "Part 1 of ")
    page.go_back()  # to the list
    page.locator("dialog.reader .listing").wait_for()
    page.go_back()
    page.locator("dialog.reader").wait_for(state="hidden")
    page.evaluate("sessionStorage.clear()")


def test_a_page_and_a_paragraph_are_gone_to(tab: Tab) -> None:
    page = open_quote(tab)
    field = page.locator("#reader-go")
    field.fill("p. i")
    field.press("Enter")
    at_page(page, "page i (1 of 2")
    page.get_by_role("button", name="To the quote").first.click()
    at_page(page, "page ii (2 of 2")
    field.fill("1.2")
    field.press("Enter")
    at_page(page, "page i (1 of 2")
    start = tab.assistant.held["bridges.pdf"].text.index("1.2 The inspection found")
    assert f"start={start}&" in image_of(page)
    assert f"start={start}&" in page.url
    field.fill("7.77")
    field.press("Enter")
    page.locator("dialog.reader .problem").wait_for()
    assert "There is no “7.77”" in page.locator("dialog.reader .problem").inner_text()
    assert field.input_value() == "7.77"
    assert tab.focused() == "reader-go"


def test_words_are_found_in_the_document(tab: Tab) -> None:
    page = open_quote(tab)
    field = page.locator("#reader-find")
    field.fill("INSPECTION")
    field.press("Enter")
    tally = page.locator("dialog.reader .tally")
    tally.wait_for()
    assert tally.inner_text() == "3 of 4 found"
    assert tab.focused() == "reader-find"
    field.press("Enter")
    page.locator("dialog.reader .tally", has_text="4 of 4").wait_for()
    page.get_by_role("button", name="Next match").click()
    page.locator("dialog.reader .tally", has_text="1 of 4").wait_for()
    at_page(page, "page i (1 of 2")
    assert "start=18&end=28" in image_of(page)
    page.get_by_role("button", name="Previous match").click()
    page.locator("dialog.reader .tally", has_text="4 of 4").wait_for()
    page.get_by_role("button", name="Text", exact=True).click()
    page.locator("dialog.reader mark.spot").wait_for()
    assert page.locator("dialog.reader mark.found").count() == 3
    assert page.locator("dialog.reader > [role=status]").inner_text() != ""
    field.fill("zeppelin")
    field.press("Enter")
    page.locator("dialog.reader .problem", has_text="does not stand").wait_for()
    assert "zeppelin" not in page.url
    assert "zeppelin" not in page.evaluate("JSON.stringify(history.state)")
    page.keyboard.press("Escape")
    page.locator("dialog.reader").wait_for(state="hidden")
    page.evaluate("sessionStorage.clear()")


def test_a_copied_link_opens_the_same_place(tab: Tab, window: Any, site: Site) -> None:
    page = open_quote(tab)
    cite = page.locator("#t1 a.cite").first.get_attribute("href")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{tab.url}{cite}"
    assert "recommendations" not in link
    source = image_of(page)
    with quiet_tab(window, site, link.removeprefix(tab.url)) as other:
        assert image_of(other.page) == source
        other.page.keyboard.press("Escape")
        other.page.locator("dialog.reader").wait_for(state="hidden")
        other.page.wait_for_url(tab.url)
        other.page.goto(f"{tab.url}?document=bridges.pdf&paragraph=1.2")
        at_page(other.page, "page i (1 of 2")
        assert "start=" in image_of(other.page)
        other.page.goto(f"{tab.url}?document=gone%3Cb%3E.pdf&page=2")
        other.page.locator("dialog.reader .problem").wait_for()
        assert "Not in this index" in other.page.locator("dialog.reader").inner_text()
        assert "gone<b>.pdf" in other.page.locator("dialog.reader").inner_text()


def test_where_no_page_may_copy_the_link_is_copied_the_old_way(tab: Tab) -> None:
    page = open_quote(tab)
    told = page.locator("dialog.reader > [role=status]")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert told.inner_text() == "Copied"
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_going_back_closes_the_document(tab: Tab) -> None:
    page = open_quote(tab)
    page.get_by_role("button", name="Previous page").first.click()
    at_page(page, "page i (1 of 2")
    assert "document=bridges.pdf&page=1" in page.url
    page.go_back()
    page.locator("dialog.reader").wait_for(state="hidden")
    assert page.url == tab.url
    assert page.locator("#t1").is_visible()
    page.go_forward()
    at_page(page, "page i (1 of 2")
    page.keyboard.press("Escape")
    page.locator("dialog.reader").wait_for(state="hidden")
    page.wait_for_function("!location.search")


def test_a_link_held_with_a_key_opens_a_tab_of_its_own(tab: Tab, window: Any) -> None:
    link = tab.ask(MAKES).locator("a.cite").first
    with window.expect_page() as other:
        link.click(modifiers=["Control"])
    assert "document=bridges.pdf" in other.value.url
    image_of(other.value)
    other.value.close()
    assert tab.page.locator("dialog.reader").is_hidden()


def test_what_cannot_be_drawn_is_said(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tab.assistant, "page_image", lambda *_, **__: 1 / 0)
    tab.expected.append("500")
    tab.page.goto(f"{tab.url}?document=long.pdf&page=250")
    tab.page.locator("dialog.reader figure .problem", has_text="a fault in the program").wait_for()


def test_warnings_and_ocr_and_the_original(tab: Tab) -> None:
    held = tab.assistant.held["bridges.pdf"]
    pages = (held.pages[0], replace(held.pages[1], ocr=0.94))
    tab.assistant.held["bridges.pdf"] = replace(held, pages=pages)
    tab.assistant.warned = {"bridges.pdf": ("pages 3-4 were not <b>read</b>",)}
    page = open_quote(tab)
    assert "read by OCR (94 % sure)" in page.locator("dialog.reader .steps").first.inner_text()
    assert "<b>read</b>" in page.locator("dialog.reader .warnings").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the original").click()
    assert download.value.suggested_filename == "bridges.pdf"
    assert Path(download.value.path()).read_text(encoding="utf-8") == held.text


# --- the library ------------------------------------------------------------------------------


def open_library(tab: Tab) -> Any:
    tab.page.get_by_role("button", name="Documents").click()
    tab.page.locator("dialog.reader .listing").wait_for()
    return tab.page


def choice_of(page: Any, said: str) -> None:
    """The choice of documents is open; before, it said so much."""
    scope = page.locator(".chooser summary", has_text=said)
    scope.wait_for()
    scope.click()


def test_files_are_dropped_and_the_page_knows_them_at_once(tab: Tab) -> None:
    page = open_library(tab)
    page.locator(".adding summary").click()
    page.get_by_label("Review, the short name").fill("Weir <i>Review</i>")
    evil = "<img src=x onerror=window.hit(1)>.md"
    files = [[evil, "1.1 The weir was rebuilt."], ["bad.md", "broken"], ["tool.exe", "x"]]
    page.evaluate(DROP, [files])
    results = page.locator(".results .result")
    page.locator(".result.failed", has_text="damaged").wait_for()
    assert results.count() == 3
    said = page.locator(".results").inner_text()
    assert f"“{evil.removesuffix('.md')}” was added: 1 page, 3 passages." in said
    assert "bad.md was not added: it is damaged (mend it)" in said
    assert "files ending in .exe are not read" in said
    assert [name for name, *_ in library_of(tab).given[-2:]] == [evil, "bad.md"]
    assert library_of(tab).given[-2][1] == {"review": "Weir <i>Review</i>"}
    assert page.locator("#reader-title").inner_text() == "4 documents"
    assert page.locator("dialog.reader .listing .read", has_text="window.hit(1)").count() == 1
    assert page.get_by_label("Review, the short name").input_value() == ""
    page.keyboard.press("Escape")
    choice_of(page, "Searching all 4 documents")
    assert page.get_by_role("checkbox", name="Weir <i>Review</i>").is_checked()
    assert page.locator(".example", has_text="Weir <i>Review</i>").count() > 0
    assert page.evaluate("window.hits") == []


def test_a_list_that_is_not_drawn_keeps_no_file_from_being_added(tab: Tab) -> None:
    page = open_library(tab)
    with tab.cut_off("/component_server/"):
        page.evaluate(DROP, [[["one.md", "1.1 One."], ["two.md", "1.1 Two."]]])
        page.locator(".result.added").nth(1).wait_for()
        assert page.locator("dialog.reader .listing li").count() == 3
    assert {"one.md", "two.md"} <= set(tab.assistant.held)


def test_a_new_version_says_what_changed(tab: Tab, tmp_path: Path) -> None:
    page = open_library(tab)
    path = tmp_path / "weir.md"
    for number, text in enumerate(("1.1 One.", "1.1 One.", "1.1 Two.\n\n1.2 New.\n\n1.3 More.")):
        path.write_text(text, encoding="utf-8")
        page.locator("#add-files").set_input_files(path)
        page.locator(
            ".results .result .state", has_text=re.compile("Added|Unchanged|Replaced")
        ).nth(number).wait_for()
    states = page.locator(".results .state").all_inner_texts()
    assert states == ["Added", "Unchanged", "Replaced"]
    assert "pages 1 → 2; 2 passages new, 1 gone" in page.locator(".results").inner_text()


def test_progress_is_shown_and_told(tab: Tab) -> None:
    page = open_library(tab)
    library_of(tab).go.clear()
    page.evaluate(DROP, [[["slow.md", "slow"]]])
    page.locator(".results .state", has_text="Reading pages: 0 of 2").wait_for()
    bar = page.locator(".results progress")
    assert bar.get_attribute("aria-label") == "Progress of slow.md"
    assert page.locator("dialog.reader > [role=status]").inner_text() == "slow.md: Reading pages"
    page.keyboard.press("Escape")  # it goes on, and is there when the list is opened again
    page.locator("dialog.reader").wait_for(state="hidden")
    open_library(tab)
    assert page.locator(".results .result").count() == 1
    library_of(tab).go.set()
    page.locator(".result.added").wait_for()
    page.locator("dialog.reader .listing .read", has_text="slow").wait_for()
    assert "was added" in page.locator("dialog.reader > [role=status]").inner_text()


def test_an_index_in_use_is_said(tab: Tab) -> None:
    page = open_library(tab)
    page.evaluate(DROP, [[["a.md", "locked"]]])
    page.locator(".result.failed").wait_for()
    said = page.locator(".result.failed").inner_text()
    assert "the index is being written (wait for it)" in said


def test_a_document_is_removed_after_a_question(tab: Tab) -> None:
    page = open_library(tab)
    page.get_by_role("button", name="Remove Survey of the River Wenning").click()
    sure = page.get_by_role("group", name="Remove Survey of the River Wenning?")
    assert "keep" in page.evaluate("document.activeElement.className")
    page.get_by_role("button", name="Keep it").click()
    assert sure.is_hidden()
    assert "rivers.md" in tab.assistant.held
    page.keyboard.press("Enter")  # the focus is back on the button
    page.get_by_role("button", name="Remove it").click()
    page.locator(".result.removed", has_text="was removed").wait_for()
    page.locator("#reader-title", has_text="2 documents").wait_for()
    assert "rivers.md" not in tab.assistant.held
    assert tab.focused() == "reader-title"
    page.keyboard.press("Escape")
    choice_of(page, "Searching all 2 documents")
    assert page.get_by_role("checkbox", name="Wenning").count() == 0


def test_a_review_that_was_left_out_stays_so(tab: Tab) -> None:
    page = tab.page
    choice_of(page, "Searching all 3 documents")
    page.get_by_role("checkbox", name="Long").uncheck()
    page.locator(".scope-of", has_text="Searching Bridges, Wenning").wait_for()
    open_library(tab)
    page.evaluate(DROP, [[["mill.md", "1.1 The mill."]]])
    page.locator(".result.added").wait_for()
    page.keyboard.press("Escape")
    page.locator(".scope-of", has_text="mill").wait_for()
    said = page.locator(".scope-of").inner_text().removeprefix("Searching ")
    assert sorted(said.split(", ")) == ["Bridges", "Wenning", "mill"]
    assert not page.get_by_role("checkbox", name="Long").is_checked()


# --- every screen -----------------------------------------------------------------------------


def test_a_phone_shows_document_and_library_without_scrolling_sideways(tab: Tab) -> None:
    page = tab.page
    page.set_viewport_size({"width": 390, "height": 844})
    open_quote(tab)
    pane = "document.querySelector('dialog.reader .pane').scrollWidth"
    image_of(page)
    assert page.evaluate(pane) == 390
    page.get_by_role("button", name="Larger").click()
    assert page.evaluate(pane) == 390
    assert page.evaluate("document.querySelector('.picture').scrollWidth") > 1000
    page.get_by_role("button", name="Larger").click()
    page.locator("#reader-find").fill("inspection")
    page.keyboard.press("Enter")
    page.locator(".tally").wait_for()
    assert page.evaluate(pane) == 390
    page.keyboard.press("Escape")
    open_library(tab)
    page.locator(".adding summary").click()
    page.get_by_role("button", name="Remove Inspection").click()
    assert page.evaluate(pane) == 390


def test_text_of_document_and_library_stands_out(tab: Tab) -> None:
    tab.assistant.warned = {"bridges.pdf": ("a page was not read",)}
    page = open_quote(tab)
    first = [
        ".reader h2",
        ".reader .facts",
        ".links .link",
        ".links a",
        ".warnings li",
        ".field label",
    ]
    first += [".field button", ".choice [aria-pressed=true]", ".choice [aria-pressed=false]"]
    first += [".steps span", ".steps .step.back"]
    shown = contrasts(page, first)
    page.locator("#reader-find").fill("inspection")
    page.keyboard.press("Enter")
    page.locator(".tally").wait_for()
    page.locator("#reader-go").fill("9.9")
    page.keyboard.press("Enter")
    page.locator(".ways .problem").wait_for()
    second = [".tally", ".ways .problem", "#reader-go"]
    shown |= contrasts(page, second)
    page.keyboard.press("Escape")
    open_library(tab)
    page.get_by_role("button", name="Remove Inspection").click()
    page.evaluate(DROP, [[["w.md", "1.1 Weir."], ["b.md", "broken"]]])
    page.locator(".result.failed").wait_for()
    third = [".drop p", ".drop .facts", ".pick", ".drop summary", ".listing .read", ".remove"]
    third += [
        ".sure p",
        ".keep",
        ".really",
        ".result.added p",
        ".result.failed p",
        ".result .state",
    ]
    shown |= contrasts(page, third)
    assert {place: ratio for place, ratio in shown.items() if ratio < 4.5} == {}
    assert len(shown) == 2 * (len(first) + len(second) + len(third))


def test_every_field_and_button_has_a_name(tab: Tab) -> None:
    page = open_quote(tab)
    bare = (
        "[...document.querySelectorAll('.reader :is(button, a, input)')].filter(e => "
        "!(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length))"
        ".map(e => e.outerHTML)"
    )
    assert page.evaluate(bare) == []
    assert page.get_by_role("textbox", name="Find").count() == 1
    assert page.get_by_role("search", name="In this document").count() == 1
    page.keyboard.press("Escape")
    open_library(tab)
    assert page.evaluate(bare) == []
    assert page.get_by_role("dialog", name="3 documents").count() == 1


def test_open_to_other_machines_the_library_is_only_read(window: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
        with serving(neutral_documents(), patch) as (url, assistant):
            tab = opened_tab(window, (url.replace("0.0.0.0", "127.0.0.1"), assistant))
            page = open_library(tab)
            assert page.locator(".adding, .remove").count() == 0
            answer = page.request.post(
                f"{tab.url}library/add?name=a.md",
                data="1.1 x",
                headers={"X-QA": "1", "Sec-Fetch-Site": "same-origin"},
            )
            assert answer.status == 403
            tab.page.close()
