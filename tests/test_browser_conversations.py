"""Conversations that the browser keeps, and marks on answers, in a real browser."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import skip_without_browser
from fake_assistant import neutral_documents
from tabs import Site, Tab, contrasts, opened_tab, quiet_tab, serving

from qa.evaluation import read_questions

pytestmark = [pytest.mark.browser, skip_without_browser]

MAKES = "How many recommendations did the inspection make?"
MORTAR = "What did the inspection find about mortar?"
RIVER = "What did the survey of the river bed find?"
HOSTILE = "<img src=x onerror=window.hit(1)><script>window.hit(2)</script>"
FULL = """() => {
    const put = IDBObjectStore.prototype.put;
    window.free = () => { IDBObjectStore.prototype.put = put; };
    IDBObjectStore.prototype.put = function () {
        throw new DOMException("no room is left", "QuotaExceededError");
    };
}"""
# The browser takes its time to say that something is written.
SLOW = """() => {
    const { prototype } = IDBTransaction;
    const { set } = Object.getOwnPropertyDescriptor(prototype, "oncomplete");
    Object.defineProperty(prototype, "oncomplete", {
        set(heard) { set.call(this, () => setTimeout(heard, 700)); },
    });
}"""
# Its storage says nothing before it is told to, and is not waited for as long as it would be.
SILENT = """(() => {
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...how) {
        const later = new EventTarget();
        window.speak = () => {
            const request = open.apply(this, how);
            for (const name of ["onsuccess", "onupgradeneeded"]) {
                request[name] = (event) => { later.result = request.result; later[name](event); };
            }
        };
        return later;
    };
    const { setTimeout: wait } = window;
    window.setTimeout = (work, time, ...more) => wait(work, time === 3000 ? 30 : time, ...more);
})();"""
# What someone else at this computer could have put there.
POISON = """(evil) => new Promise((done, failed) => {
    const request = indexedDB.open("ask-the-reviews", 1);
    request.onsuccess = () => {
        const names = ["conversations", "turns", "marks"];
        const change = request.result.transaction(names, "readwrite");
        const [shelf, turns, marks] = names.map((name) => change.objectStore(name));
        shelf.put({ id: "evil", name: evil, created: "now", changed: { a: 1 } });
        shelf.put({ id: 7, name: "a number" });
        shelf.put({ id: "empty", name: ["none"], changed: 1e300 });
        const turn = turns.openCursor();
        turn.onsuccess = () => {
            const { text } = turn.result.value;
            const put = (order, words) => turns.put(
                { conversation: "evil", order, made: `m${order}`, text: words });
            put(1, evil);
            put(2, 5);
            put(3, JSON.stringify({ question: evil }));
            put(4, text.replaceAll("The inspection made", "<svg onload=hit(3)>"));
            put(5, text);
            put(6, "null");
            marks.put({ conversation: "evil", made: "m5", mark: { mark: evil, holds: evil } });
            marks.put({ conversation: "evil", made: "m4", mark: { mark: "wrong", holds: evil } });
        };
        change.oncomplete = () => { request.result.close(); done(); };
        change.onabort = () => failed(change.error);
    };
})"""
EMPTY = """() => new Promise((done) => {
    localStorage.clear();
    const request = indexedDB.deleteDatabase("ask-the-reviews");
    request.onsuccess = request.onerror = request.onblocked = done;
})"""


@pytest.fixture(scope="module", name="site")
def site_fixture() -> Iterator[Site]:
    with serving(neutral_documents()) as site:
        yield site


@pytest.fixture(autouse=True)
def clean(window: Any, site: Site) -> Iterator[None]:
    """What a test leaves in the browser's storage is gone before the next one."""
    yield
    page = window.new_page()
    page.goto(f"{site[0]}robots.txt")
    page.evaluate(EMPTY)
    page.close()


def kept(tab: Tab, question: str, number: int = 1) -> Any:
    """The turn of that number, once the browser has kept it."""
    turn = tab.ask(question, number)
    tab.page.locator(f"#t{number}[data-kept]").wait_for()
    return turn


def shelf(tab: Tab) -> Any:
    """The view of the conversations, open."""
    view = tab.page.locator("dialog.shelf")
    if not view.count():
        tab.page.get_by_role("button", name="Conversations", exact=True).click()
    view.locator(".listing li, .none").first.wait_for()
    return view


def questions(tab: Tab) -> list[str]:
    """The questions on the page."""
    return list(tab.page.locator("article.turn:visible .question").all_inner_texts())


def restored(tab: Tab, number: int) -> None:
    """The turn of that number stands on the page again."""
    tab.page.locator(f"#past #t{number}").wait_for()


def saved(tab: Tab, button: Any) -> tuple[str, bytes]:
    """The name and the bytes of what the button has the browser save."""
    with tab.page.expect_download() as waiting:
        button.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


# --- kept, and come back to -------------------------------------------------------------------


def test_a_reload_restores_the_conversation_with_its_citations(tab: Tab) -> None:
    page = tab.page
    first = kept(tab, MAKES)
    kept(tab, "And what of the mortar?", 2)
    cites = first.locator("a.cite").count()
    page.reload()
    restored(tab, 2)
    assert questions(tab) == [MAKES, "And what of the mortar?"]
    assert page.locator("#t1 a.cite").count() == cites > 0
    page.locator("#t1 a.cite").first.click()
    assert tab.focused() == "t1-s1"
    kept(tab, "And the river?", 3)  # goes on where it was
    assert tab.assistant.asked[-1] == ("And the river?", (), 2)
    page.get_by_role("button", name="New conversation").click()
    page.get_by_label("Your question").fill(f"{MORTAR} Do ponder.")
    page.keyboard.press("Enter")
    page.locator("#stop").wait_for()
    page.reload()
    page.locator(".home").wait_for()
    page.wait_for_timeout(300)
    assert questions(tab) == []
    assert page.get_by_label("Your question").input_value() == f"{MORTAR} Do ponder."


def test_a_turn_that_was_shown_outlives_the_page(window: Any, site: Site) -> None:
    tab = opened_tab(window, site)
    kept(tab, MAKES)
    with contextlib.suppress(Exception):  # of the driver, which tells that the page is gone
        tab.page.goto("chrome://crash")
    with quiet_tab(window, site) as other:
        assert shelf(other).locator(".kept-name").all_inner_texts() == [MAKES]


def test_conversations_are_listed_opened_named_and_deleted(tab: Tab) -> None:
    page = tab.page
    kept(tab, MAKES)
    kept(tab, "And the mortar?", 2)
    page.get_by_role("button", name="New conversation").click()
    kept(tab, RIVER)
    view = shelf(tab)
    assert tab.focused() == "shelf-title"
    assert view.locator(".kept-name").all_inner_texts() == [RIVER, MAKES]
    facts = view.locator("li .facts").all_inner_texts()
    assert "1 question ·" in facts[0]
    assert facts[0].endswith("open now")
    assert "2 questions ·" in facts[1]
    assert "kept in this browser only" in view.inner_text()
    # Renamed in its place, by the keyboard alone: Escape keeps the old name and the view open.
    view.get_by_role("button", name=f"Rename “{MAKES}”").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Nothing")
    page.keyboard.press("Escape")
    assert view.locator(".kept-name").all_inner_texts() == [RIVER, MAKES]
    page.keyboard.press("Enter")
    page.keyboard.type("  Bridges <b>2015</b> ")
    page.keyboard.press("Enter")
    named = view.get_by_role("button", name="Bridges <b>2015</b>", exact=True)
    named.wait_for()
    assert view.locator(".outcome").inner_text() == "Renamed."
    named.click()
    restored(tab, 2)
    assert page.locator("dialog.shelf").count() == 0
    assert questions(tab) == [MAKES, "And the mortar?"]
    view = shelf(tab)
    view.get_by_role("button", name="Delete “Bridges <b>2015</b>”").click()
    assert "cannot be brought back" in view.locator(".sure").inner_text()
    page.keyboard.press("Escape")
    assert view.locator(".sure").count() == 0
    assert view.locator("li").count() == 2
    view.get_by_role("button", name="Delete “Bridges <b>2015</b>”").click()
    view.locator(".really").click()
    page.wait_for_function("document.querySelectorAll('.shelf li').length === 1")
    assert questions(tab) == []  # it was open
    view.get_by_role("button", name="Delete all").click()
    view.locator(".foot .really").click()
    view.locator(".none").wait_for()
    page.reload()
    page.locator(".home").wait_for()
    assert shelf(tab).locator(".listing li").count() == 0


def test_what_is_asked_and_marked_while_the_browser_writes_is_kept_too(tab: Tab) -> None:
    page = tab.page
    page.evaluate(SLOW)
    tab.ask(MAKES).get_by_role("button", name="Right", exact=True).click()
    tab.ask("And the mortar?", 2)
    page.locator("#t2[data-kept]").wait_for()
    page.reload()
    restored(tab, 2)
    page.locator("#t1 [data-mark=right][aria-pressed=true]").wait_for()


def test_what_the_server_does_not_draw_changes_nothing(tab: Tab) -> None:
    page = tab.page
    kept(tab, RIVER)
    page.get_by_role("button", name="New conversation").click()
    kept(tab, MAKES)
    with tab.cut_off("/component_server/"):
        view = shelf(tab)
        view.get_by_role("button", name=RIVER, exact=True).click()
        view.get_by_text("could not be shown: the server did not answer").wait_for()
        assert questions(tab) == [MAKES]
        page.reload()
        page.locator("#keeping-note").get_by_text("could not be shown").wait_for()
        assert page.locator(".home .example").count() > 0
        assert "2 documents" in page.locator(".scope-of").inner_text()
        page.get_by_role("button", name="Documents").click()
        page.locator("dialog.reader .problem").wait_for()
        tab.close_reader()
    page.reload()
    restored(tab, 1)
    kept(tab, "And the mortar?", 2)
    page.reload()
    restored(tab, 2)
    assert questions(tab) == [MAKES, "And the mortar?"]


# --- several tabs -----------------------------------------------------------------------------


def test_two_tabs_in_one_conversation_harm_nothing(window: Any, site: Site) -> None:
    with quiet_tab(window, site) as one, quiet_tab(window, site) as two:
        kept(one, MAKES)
        view = shelf(two)
        view.locator(".kept-name").click()
        restored(two, 1)
        kept(one, "And the mortar?", 2)
        note = two.page.locator("#keeping-note")
        note.get_by_text("went on in another tab").wait_for()
        kept(two, "And the river?", 2)
        view = shelf(two)
        names = view.locator(".kept-name").all_inner_texts()
        assert names == [f"{MAKES} (another tab)", MAKES]
        two.page.keyboard.press("Escape")
        one.page.reload()
        restored(one, 2)
        assert questions(one) == [MAKES, "And the mortar?"]
        two.page.reload()
        restored(two, 2)
        assert questions(two) == [MAKES, "And the river?"]
        # The list of the one is fresh; what it deletes is gone from the page of the other.
        one.page.bring_to_front()
        view = shelf(one)
        view.get_by_role("button", name="Delete “" + names[0]).click()
        view.locator(".really").click()
        two.page.locator(".home").wait_for(state="visible")
        two.page.locator("#keeping-note").get_by_text("deleted in another tab").wait_for()
        assert shelf(two).locator(".kept-name").all_inner_texts() == [MAKES]


# --- where nothing can be kept ----------------------------------------------------------------


def test_nothing_is_kept_where_that_is_not_wanted(tab: Tab) -> None:
    page = tab.page
    shelf(tab).get_by_role("switch", name="Keep conversations in this browser").uncheck()
    assert "Nothing is kept from now on" in page.locator(".shelf .outcome").inner_text()
    page.keyboard.press("Escape")
    tab.ask(MAKES)
    page.get_by_role("button", name="New conversation").click()
    tab.ask(RIVER)
    view = shelf(tab)
    assert view.locator(".kept-name").all_inner_texts() == [RIVER, MAKES]
    assert "in this tab only" in view.locator("li .facts").first.inner_text()
    page.keyboard.press("Escape")
    page.get_by_label("Your question").fill(MORTAR)
    page.reload()
    page.locator(".home").wait_for()
    assert page.evaluate("JSON.stringify(sessionStorage)").count("ask-the-reviews-") == 0
    assert page.get_by_label("Your question").input_value() == ""
    view = shelf(tab)
    assert view.locator("li").count() == 0
    field = view.get_by_role("switch")
    assert not field.is_checked()
    page.keyboard.press("Escape")
    tab.ask(RIVER)
    page.evaluate(  # as another tab does it
        """() => {
            const key = "ask-the-reviews-keep";
            localStorage.setItem(key, "yes");
            dispatchEvent(new StorageEvent("storage", { key }));
        }"""
    )
    kept(tab, MAKES, 2)
    page.reload()
    restored(tab, 2)
    assert questions(tab) == [RIVER, MAKES]
    view = shelf(tab)
    assert field.is_checked()
    field.uncheck()
    field.check()
    page.keyboard.press("Escape")
    kept(tab, "And the mortar?", 3)


def test_a_browser_that_keeps_nothing_is_said_so(tab: Tab) -> None:
    tab.page.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };"
    )
    tab.page.reload()
    tab.page.locator(".home").wait_for()
    tab.ask(MAKES)
    tab.ask("And the mortar?", 2)
    assert tab.assistant.asked[-1][2] == 1
    view = shelf(tab)
    assert "lets the page keep nothing" in view.locator("#keep-said").inner_text()
    assert view.locator(".kept-name").all_inner_texts() == [MAKES]


def test_a_storage_that_does_not_answer_is_not_waited_for(tab: Tab) -> None:
    page = tab.page
    page.add_init_script(SILENT)
    page.reload()
    page.locator(".home").wait_for()
    tab.ask(MAKES)
    said = shelf(tab).locator("#keep-said")
    assert "storage does not answer" in said.inner_text()
    page.evaluate("window.speak()")
    page.wait_for_function("document.querySelector('#keep-said').textContent === ''")
    assert "this tab only" not in shelf(tab).locator("li .facts").inner_text()


def test_a_full_storage_is_told_and_kept_when_there_is_room(tab: Tab) -> None:
    page = tab.page
    kept(tab, RIVER)
    page.get_by_role("button", name="New conversation").click()
    page.evaluate(FULL)
    tab.ask(MAKES)
    note = page.locator("#keeping-note")
    note.get_by_text("no room left").wait_for()
    page.evaluate("window.free()")
    note.get_by_role("button", name="Conversations").click()
    view = shelf(tab)
    assert view.locator("li .facts").first.inner_text().endswith("in this tab only · open now")
    view.get_by_role("button", name=f"Delete “{RIVER}”").click()
    view.locator(".really").click()
    page.wait_for_function(
        "!document.querySelector('.shelf li .facts').textContent.includes('this tab only')"
    )
    page.reload()
    restored(tab, 1)
    assert questions(tab) == [MAKES]


# --- what others put into the storage ---------------------------------------------------------


def test_a_poisoned_storage_is_text_or_left_out(tab: Tab) -> None:
    page = tab.page
    kept(tab, MAKES)
    page.evaluate(POISON, HOSTILE)
    view = shelf(tab)
    assert sorted(view.locator(".kept-name").all_inner_texts()) == sorted([HOSTILE, MAKES])
    assert "2 entries" in view.locator(".foot").inner_text()
    view.get_by_role("button", name=HOSTILE, exact=True).click()
    page.locator("#keeping-note").get_by_text("could not be read").wait_for()
    assert questions(tab) == [MAKES, MAKES]  # what holds HTML in its quotes, and what is as it was
    assert "<svg onload=hit(3)> 11" in page.locator("#past #t1 .answer").inner_text()
    assert HOSTILE in page.locator("#past #t1 .mark-note").inner_text()
    assert page.locator("#past #t2 [aria-pressed=true]").count() == 0
    page.reload()
    restored(tab, 2)
    kept(tab, "And the river?", 3)
    view = shelf(tab)
    view.get_by_role("button", name="Delete all").click()
    view.locator(".foot .really").click()
    view.locator(".none").wait_for()
    assert page.evaluate("window.hits") == []
    assert page.locator("img[src=x]").count() == 0


# --- exporting --------------------------------------------------------------------------------


def test_conversations_and_answers_are_exported(tab: Tab) -> None:
    turn = kept(tab, MAKES)
    turn.locator("details.exports summary").click()
    name, pack = saved(tab, turn.locator('[data-export="markdown"]'))
    assert name.endswith(".md")
    assert MAKES in pack.decode()
    assert turn.locator(".exported").inner_text() == f"Saved as {name}"
    kept(tab, "And the mortar?", 2)
    view = shelf(tab)
    view.locator("li details.exports summary").click()
    name, text = saved(tab, view.get_by_role("button", name="JSON"))
    assert name.endswith(".json")
    exported = json.loads(text)
    assert [one["question"] for one in exported["exchanges"]] == [MAKES, "And the mortar?"]
    assert view.locator(".outcome").inner_text() == f"Saved as {name}"
    with tab.cut_off("export?"):
        view.get_by_role("button", name="Word").click()
        view.get_by_text("Not exported: the server did not answer").wait_for()
    with tab.refused("**/export?*", 429):
        view.get_by_role("button", name="Word").click()
        view.get_by_text("Not exported: no (wait)").wait_for()


# --- marks ------------------------------------------------------------------------------------


def test_answers_are_marked_and_become_questions(tab: Tab, tmp_path: Path) -> None:
    page = tab.page
    pressed = "[data-mark={}][aria-pressed=true]"
    first = kept(tab, MAKES)
    first.get_by_role("button", name="Right", exact=True).click()
    second = kept(tab, "And the mortar?", 2)
    sent = len(tab.requests)
    second.get_by_role("button", name="Wrong", exact=True).click()
    page.keyboard.type("19 bridges")
    page.keyboard.press("Enter")
    assert "19 bridges" in second.locator(".mark-note").inner_text()
    assert "mark" in page.evaluate("document.activeElement.dataset.mark ? 'mark' : ''")
    assert len(tab.requests) == sent  # a mark is sent nowhere
    third = kept(tab, RIVER, 3)
    third.get_by_role("button", name="Missing source").click()
    form = third.locator("form.marking")
    form.get_by_label("Which document?").select_option("rivers.md")
    form.get_by_label("Words that stand there").fill(HOSTILE)
    form.get_by_label("Page").fill("2")
    form.get_by_role("button", name="Save").click()
    assert HOSTILE in third.locator(".mark-note").inner_text()
    fourth = kept(tab, "Who paid for the lighthouse?", 4)
    fourth.get_by_role("button", name="Wrong", exact=True).click()
    page.keyboard.press("Escape")
    fourth.locator(pressed.format("wrong")).click()  # taken back
    assert fourth.locator("[aria-pressed=true]").count() == 0
    page.reload()
    restored(tab, 4)
    for number, mark in ((1, "right"), (2, "wrong"), (3, "missing")):
        page.locator(f"#t{number} {pressed.format(mark)}").wait_for()
    assert page.locator("#t4 [aria-pressed=true]").count() == 0
    view = shelf(tab)
    assert "3 marked" in view.locator("li .facts").inner_text()
    name, lines = saved(tab, view.get_by_role("button", name="Export 3 marked answers"))
    assert name == "questions.jsonl"
    path = tmp_path / name
    path.write_bytes(lines)
    one, two, three = read_questions(path)
    assert (one.must_contain, one.question) == (("11",), MAKES)
    assert (two.after, two.must_contain) == (one.id, ("19 bridges",))
    assert (three.files, three.pages) == (("rivers.md",), (("rivers.md", 2),))
    assert (three.reviews, three.must_contain) == (("Wenning",), (HOSTILE,))
    assert page.evaluate("window.hits") == []


# --- looked at --------------------------------------------------------------------------------


def test_the_view_is_legible_and_fits_a_phone(tab: Tab) -> None:
    page = tab.page
    kept(tab, MAKES).get_by_role("button", name="Missing source").click()
    looked = [".marking label", ".marking > p", ".marking button", "[data-mark=missing]"]
    found = contrasts(page, looked)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    view = shelf(tab)
    view.get_by_role("button", name="Delete all").click()
    looked = [
        ".kept-name",
        ".shelf li .facts",
        ".delete-all",
        ".foot .sure p",
        ".shelf .does button",
    ]
    found |= contrasts(page, looked)
    assert {name: round(ratio, 1) for name, ratio in found.items() if ratio < 4.5} == {}
    assert page.evaluate("document.querySelector('.shelf').scrollWidth") <= 390
    heights = page.locator(".shelf button:visible, .shelf summary:visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 24
