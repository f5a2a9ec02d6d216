"""The page by the keyboard alone, read out, calm, enlarged, spaced out, in the system's colours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browsers import skip_without_browser
from fake_assistant import neutral_documents
from tabs import Site, Tab, quiet_tab, serving, shaped, sideways
from walking import FIND, MAKES, hall

pytestmark = [pytest.mark.browser, skip_without_browser]


@pytest.fixture(scope="module", name="site")
def site_fixture() -> Iterator[Site]:
    with (
        pytest.MonkeyPatch.context() as patch,
        serving([*neutral_documents(), hall()], patch) as site,
    ):
        yield site


@pytest.fixture(scope="module", name="answered")
def answered_fixture(window: Any, site: Site) -> Iterator[Tab]:
    """A tab with two answers, for what only looks at them; each test leaves it as it was."""
    with quiet_tab(window, site) as tab:
        tab.ask(MAKES).locator(".next .example").first.wait_for()
        tab.ask("And the repairs?", 2).locator(".next .example").first.wait_for()
        yield tab


def names(tab: Tab, count: int, key: str = "Tab") -> list[str]:
    """What has the focus after each press of the key, by its label or words."""
    said = (
        "() => { const one = document.activeElement; return one === document.body ? '' : "
        "one.getAttribute('aria-label') || one.labels?.[0]?.textContent.trim() "
        "|| one.textContent.trim() }"
    )
    found = []
    for _ in range(count):
        tab.page.keyboard.press(key)
        found.append(str(tab.page.evaluate(said)))
    return found


# --- by the keyboard alone --------------------------------------------------------------------


def test_from_question_to_source_and_back_in_a_sensible_order(tab: Tab) -> None:
    page = tab.page
    shaped(tab, 1280, 900)
    assert tab.focused() == "question-box"
    page.keyboard.type(MAKES)
    page.keyboard.press("Enter")
    turn = tab.answer(1)
    turn.locator(".next .example").first.wait_for()
    assert tab.focused() == "question-box"
    # From the box to the answer in three presses, however many sources stand between.
    assert names(tab, 1, "Shift+Tab") == ["To the newest answer"]
    assert page.locator("#to-answer").bounding_box()["x"] > 0
    page.keyboard.press("Enter")
    assert tab.focused() == "t1-a"
    cited = [f"Source {n}: Bridges, page {page}" for n, page in enumerate(("ii", "i", "i"), 1)]
    assert [one.split(" (")[0] for one in names(tab, 3)] == cited
    after = ["Copy with citations", "Export", "Edit question", "Side by side", "Timeline"]
    assert names(tab, 5) == after
    assert names(tab, 3) == ["Right", "Wrong", "Missing source"]
    assert names(tab, 3) == turn.locator(".next .example").all_inner_texts()
    assert names(tab, 1) == ["3 sources"]
    assert names(tab, 4) == [
        "Source 1: back to the answer",
        "Inspection of the County's Bridges",
        "Open page ii",
        "example.org, page 2↗ (the source, in a new tab)",
    ]
    assert [one.split()[0] for one in names(tab, 2)] == ["Cite", "Found"]
    page.locator("#t1-s3 .why summary").focus()
    assert names(tab, 2) == ["Searching all 3 documents", "To the newest answer"]
    assert names(tab, 4) == ["Your question", "Ask", "Side by side", "Timeline"]
    assert names(tab, 2) == ["Where to find support", "New conversation"]
    # And from a number to its source, its page, and back.
    turn.locator("a.cite").nth(1).focus()
    page.keyboard.press("Enter")
    assert tab.focused() == "t1-s2"
    assert names(tab, 1) == ["Source 2: back to the answer"]
    page.keyboard.press("Enter")
    assert names(tab, 1) == ["Source 3: Bridges, page i (1 in the file)"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    names(tab, 3)
    page.keyboard.press("Enter")
    page.locator("dialog.reader .picture").wait_for()
    assert tab.focused() == "reader-title"
    page.keyboard.press("Escape")
    page.locator("dialog.reader").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.textContent") == "Open page i"


LOST = """() => {
    const one = document.activeElement;
    return one === document.body || !one.checkVisibility();
}"""


def test_the_focus_is_never_lost(tab: Tab) -> None:
    page = tab.page

    def pressed(*keys: str) -> str:
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(60)  # what is gone loses the focus when the page is next drawn
        assert not page.evaluate(LOST), keys
        return str(page.evaluate("document.activeElement.textContent.trim()"))

    page.locator(".home .example").first.focus()
    pressed("Enter")
    tab.answer(1)
    assert tab.focused() == "t1-a"
    page.keyboard.press("Tab")
    assert "cite" in page.evaluate("document.activeElement.className")
    page.locator("#question-box").fill(MAKES)
    page.locator("#send").focus()
    pressed("Enter")
    turn = tab.answer(2)
    pressed("Tab", "Shift+Tab")
    assert tab.focused() == "send"
    page.locator("#question-box").fill(f"{FIND} Do ponder.")
    page.locator("#timeline").focus()
    pressed("Enter")
    tab.answer(3)
    assert tab.focused() == "send"
    page.locator("#question-box").fill(f"{FIND} Do ponder.")
    page.locator("#send").focus()
    pressed("Enter")
    page.locator("#t4 .quote").first.wait_for()
    assert tab.focused() == "stop"
    pressed("Enter")
    assert tab.focused() == "question-box"
    page.locator("#t2 details.exports summary").focus()
    assert pressed("Enter", "Tab") == "Markdown"
    assert pressed("Escape").startswith("Export")
    turn = page.locator("#t2")
    turn.locator("[data-mark=wrong]").focus()
    pressed("Enter")
    assert pressed("Escape") == "Wrong"
    assert pressed("Enter") == "Wrong"
    turn.locator(".edit-question").focus()
    pressed("Enter")
    assert pressed("Escape") == "Edit question"
    pressed("Enter", "Enter")
    tab.answer(2)
    assert tab.focused() == "t2-a"
    page.locator("#t2 .next .example").first.wait_for()
    page.locator("#t2 .next .example").first.focus()
    pressed("Enter")
    tab.answer(3)
    assert tab.focused() == "t3-a"
    page.locator("#scope summary").focus()
    pressed("Enter", "Tab", "Tab")
    assert pressed("Escape") == "Searching all 3 documents"
    page.locator("#clear").focus()
    pressed("Enter")
    assert tab.focused() == "question-box"


def test_the_focus_is_not_lost_in_the_lists(tab: Tab) -> None:
    page = tab.page

    def now() -> str:
        page.wait_for_timeout(60)
        assert not page.evaluate(LOST)
        return str(page.evaluate("document.activeElement.textContent.trim()"))

    tab.ask(MAKES)
    page.locator("#t1[data-kept]").wait_for()
    page.get_by_role("button", name="Documents").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog.reader")
    dialog.locator(".listing").wait_for()
    added = {"name": "lock.txt", "mimeType": "text/plain", "buffer": b"1.1 The lock is new."}
    dialog.locator("#add-files").focus()
    dialog.locator("#add-files").set_input_files([added])
    row = dialog.locator(".listing > li", has_text="lock")
    row.wait_for()
    assert "choose files" in page.evaluate("document.activeElement.parentElement.textContent")
    row.locator(".remove").focus()
    page.keyboard.press("Enter")
    assert now() == "Keep it"
    page.keyboard.press("Enter")
    assert now() == "Remove"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog.locator(".result.removed").wait_for()
    page.wait_for_function("document.activeElement.textContent.trim() === '3 documents'")
    page.keyboard.press("Escape")
    assert now() == "Documents"
    page.get_by_role("button", name="Conversations").focus()
    page.keyboard.press("Enter")
    shelf = page.locator("dialog.shelf")
    drawn = 'new BroadcastChannel("ask-the-reviews").postMessage({})'  # as another tab does it
    for place in (".delete-all", ".shelf summary", ".shelf .exports button"):
        page.locator(place).first.focus()
        before = now()
        page.evaluate(f"document.querySelector('{place}').old = true; {drawn}")
        page.wait_for_function(f"!document.querySelector('{place}').old")
        assert now() == before
        if place == ".shelf summary":
            page.keyboard.press("Enter")
    shelf.locator(".kept-name").first.focus()
    page.keyboard.press("Enter")
    page.locator("#past #t1").wait_for()
    assert now() == MAKES
    page.locator("#support-open").focus()
    page.keyboard.press("Enter")
    assert now() == "0808 800 5000"
    page.keyboard.press("Escape")
    assert now() == "Where to find support"


# --- what is said -----------------------------------------------------------------------------


def test_an_answer_is_said_when_it_is_whole_and_not_in_pieces(tab: Tab) -> None:
    page = tab.page
    page.evaluate(
        """() => {
            window.said = [];
            const watch = (one) => new MutationObserver(() => window.said.push(one.textContent))
                .observe(one, { childList: true, characterData: true, subtree: true });
            for (const one of document.querySelectorAll("[role=status], [aria-live]")) watch(one);
        }"""
    )

    def said() -> list[str]:
        page.wait_for_timeout(50)
        return list(page.evaluate("window.said.splice(0)"))

    turn = tab.ask(MAKES)
    begun, whole = said()
    assert begun == "Searching …"
    assert whole.startswith("In short: 11")
    assert whole.endswith("3 sources")
    assert page.locator("#log :is([role=status], [aria-live], [role=log])").count() == 0
    assert turn.get_attribute("aria-labelledby") == "t1-q"
    page.locator("#clear").click()
    tab.ask("Who won the football championship?")
    assert said()[-1].startswith("Not answered The documents do not answer this.")
    page.locator("#question-box").fill(f"{FIND} Do ponder.")
    page.keyboard.press("Enter")
    page.locator("#t2 .quote").first.wait_for()
    page.locator("#stop").click()
    assert said() == ["Searching …", "Stopped."]


# --- calm, enlarged, spaced out, in the system's own colours -----------------------------------


def test_nothing_moves_where_that_is_not_wanted(answered: Tab) -> None:
    page = answered.page
    page.locator("#t2 a.cite").first.click()
    page.get_by_role("button", name="Documents").click()
    page.locator("dialog.reader .listing").wait_for()
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => {
            const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
            return parseFloat(transitionDuration) || animationName !== "none"
                || scrollBehavior !== "auto";
        }).map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert moving == []
    assert page.evaluate("document.getAnimations().length") == 0
    page.keyboard.press("Escape")
    page.locator("dialog.reader").wait_for(state="hidden")


# What cannot be pressed although it was brought into sight, as something else lies over it.
COVERING = """(part) => {
    const covered = [];
    const names = "button, a, input, textarea, summary";
    for (const one of document.querySelector(part).querySelectorAll(names)) {
        if (!one.checkVisibility() || one.disabled || one.matches(".unseen, .skip")) continue;
        one.scrollIntoView({ block: "nearest" });
        const { left, top, width, height } = one.getClientRects()[0];
        const there = document.elementFromPoint(left + width / 2, top + height / 2);
        if (!there || !(one.contains(there) || there.contains(one))) {
            covered.push([one, there].map((it) => it && it.outerHTML.slice(0, 90)).join(" under "));
        }
    }
    return covered;
}"""


SIZES = [(1280, 900), (390, 844), (720, 450), (640, 400), (320, 256)]


def test_enlarged_all_can_be_reached(answered: Tab) -> None:
    tab, page = answered, answered.page
    for width, height in SIZES:
        shaped(tab, width, height)
        page.locator("#scope summary").click()
        assert page.evaluate(COVERING, "#composer") == []
        page.keyboard.press("Escape")
        assert page.evaluate(COVERING, "body") == []
        assert not sideways(tab)
        room = height - page.locator("#composer").bounding_box()["height"]
        stuck = page.evaluate("getComputedStyle(document.querySelector('#composer')).position")
        assert stuck == ("sticky" if height > 560 else "relative")
        assert room > height / 2 or stuck == "relative"
        page.locator("#t2 a.open").first.click()
        page.locator("dialog.reader .picture img").wait_for()
        assert page.evaluate(COVERING, "dialog.reader") == []
        assert not sideways(tab)
        page.keyboard.press("Escape")
        page.locator("dialog.reader").wait_for(state="hidden")


def test_text_that_is_spaced_out_is_not_cut_off(answered: Tab) -> None:
    tab, page = answered, answered.page
    shaped(tab, 390, 844)
    page.locator("#scope summary").click()
    spaced = page.add_style_tag(
        content="* { line-height: 1.5 !important; letter-spacing: .12em !important; "
        "word-spacing: .16em !important } p { margin-bottom: 2em !important }"
    )
    cut = """(part) => [...document.querySelector(part).querySelectorAll("*")].filter((one) => {
        const { overflowX, overflowY } = getComputedStyle(one);
        const hides = [overflowX, overflowY].some((how) => ["hidden", "clip"].includes(how));
        const short = one.matches("button, summary") || hides;
        return short && one.checkVisibility() && !one.matches(".unseen, .below, .hint, svg")
            && (one.scrollWidth > one.clientWidth + 2 || one.scrollHeight > one.clientHeight + 2);
    }).map((one) => one.outerHTML.slice(0, 120))"""
    assert page.evaluate(cut, "main") == []
    assert not sideways(tab)
    page.locator("#t2 a.open").first.click()
    page.locator("dialog.reader .picture img").wait_for()
    assert page.evaluate(cut, "dialog.reader") == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Conversations").click()
    page.locator(".shelf .listing li, .shelf .none").first.wait_for()
    assert page.evaluate(cut, "dialog.shelf") == []
    page.keyboard.press("Escape")
    page.locator("#scope summary").click()
    spaced.evaluate("(style) => style.remove()")
    shaped(tab, 1280, 800)


def test_in_forced_colours_what_is_pressed_and_marked_is_seen(answered: Tab) -> None:
    page = answered.page
    page.emulate_media(forced_colors="active")
    page.locator("#t2 [data-mark=right]").click()
    bare = page.evaluate(
        """() => [...document.querySelectorAll("button, textarea, .menu summary")]
            .filter((one) => one.checkVisibility())
            .filter((one) => {
                const style = getComputedStyle(one);
                const underlined = style.textDecorationLine.includes("underline");
                return !parseFloat(style.borderTopWidth) && !underlined;
            }).map((one) => one.outerHTML.slice(0, 90))"""
    )
    assert bare == []
    grounds = (
        "(one) => [one, one.closest('.card')].map((part) => getComputedStyle(part).backgroundColor)"
    )
    mark, card = page.locator("#t2 mark").first.evaluate(grounds)
    assert mark != card
    outline = "(one) => getComputedStyle(one).outlineStyle"
    assert page.locator("#t2 [data-mark=right]").evaluate(outline) == "solid"
    assert page.locator("#t2 [data-mark=wrong]").evaluate(outline) == "none"
    page.emulate_media(forced_colors="none")
