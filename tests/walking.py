"""A walk through every view of the web chat in one tab; who walks it looks at each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fake_assistant import paged
from tabs import Tab

from qa.types import Document

# The name of a view, and the part of the page that is new in it.
Seen = tuple[str, str]
MAKES = "How many recommendations did the inspection make?"
FIND = "What did the inspection find about mortar?"
BOTH = "What did the inspection and the survey find?"


def hall() -> Document:
    """A third document beside the neutral ones, of the author of the first."""
    blocks = ["1.1 The town hall has a clock.", "1.2 Its garden was laid out in 1901."]
    return paged(
        "hall.pdf", "The town hall", blocks, 1, review="Hall", author="A. Mason", published="2019"
    )


def walk(tab: Tab) -> Iterator[Seen]:
    """Each view while it is shown. The documents must be open to change."""
    yield "home", "body"
    yield from _asking(tab)
    yield from _answered(tab)
    yield from _otherwise(tab)
    yield from _reading(tab)
    yield from _library(tab)
    yield from _shelf(tab)


def _asking(tab: Tab) -> Iterator[Seen]:
    page = tab.page
    page.locator("#scope summary").click()
    yield "chooser", "#composer"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Where to find support").click()
    yield "support", "#support"
    page.keyboard.press("Escape")


def _answered(tab: Tab) -> Iterator[Seen]:
    page = tab.page
    turn = tab.ask(MAKES)
    turn.locator(".next .example").first.wait_for()
    page.locator("#t1[data-kept]").wait_for()
    yield "answered", "body"
    turn.locator("a.cite").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    page.locator("#hint:visible").wait_for()
    yield "tooltip", "#hint"
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    for menu in ("exports", "cites"):
        turn.locator(f".{menu} summary").first.click()
        yield menu, f"#t1 .{menu}"
        page.keyboard.press("Escape")
    turn.locator("[data-mark=missing]").click()
    yield "missing", "#t1 .marking"
    page.keyboard.press("Escape")
    turn.locator(".edit-question").click()
    yield "editing", "#t1 .say"
    page.keyboard.press("Escape")
    tab.ask("And the repairs? Do not hesitate.", 2).locator("details.searched summary").click()
    yield "weak", "body"


def _otherwise(tab: Tab) -> Iterator[Seen]:
    page = tab.page
    page.locator("#clear").click()
    tab.ask("Who won the football championship?")
    yield "declined", "body"
    tab.ask("Why did it explode?", 2)
    yield "problem", "body"
    page.locator("#clear").click()
    page.locator("#question-box").fill(BOTH)
    page.locator("#beside").click()
    tab.answer(1)
    yield "beside", "body"
    page.locator("#question-box").fill("When did the inspection and the survey take place?")
    page.locator("#timeline").click()
    tab.answer(2)
    yield "timeline", "body"
    page.locator("#clear").click()
    page.locator("#question-box").fill(f"{FIND} Do ponder.")
    page.keyboard.press("Enter")
    page.locator("#t1 .quote").first.wait_for()
    yield "busy", "body"
    page.locator("#stop").click()


def _reading(tab: Tab) -> Iterator[Seen]:
    page = tab.page
    page.locator("#clear").click()
    tab.ask(MAKES).locator("a.open").first.click()
    dialog = page.locator("dialog.reader")
    dialog.locator(".picture img").wait_for()
    yield "image", "dialog.reader"
    dialog.get_by_role("button", name="Text", exact=True).click()
    dialog.locator(".leaf").wait_for()
    yield "text", "dialog.reader"
    _wished(dialog, "find", "bridges")
    dialog.locator("mark.spot").wait_for()
    yield "found", "dialog.reader"
    _wished(dialog, "go", "page 999")
    dialog.locator(".problem").wait_for()
    yield "no such page", "dialog.reader"
    dialog.get_by_role("button", name="Page image").click()
    dialog.locator(".picture img").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def _wished(dialog: Any, field: str, words: str) -> None:
    dialog.locator(f"#reader-{field}").fill(words)
    dialog.locator(f"#reader-{field}").press("Enter")


def _library(tab: Tab) -> Iterator[Seen]:
    page = tab.page
    page.get_by_role("button", name="Documents").click()
    dialog = page.locator("dialog.reader")
    dialog.locator(".listing").wait_for()
    yield "documents", "dialog.reader"
    files = [
        {"name": "weir.txt", "mimeType": "text/plain", "buffer": b"1.1 The weir was mended."},
        {"name": "torn.txt", "mimeType": "text/plain", "buffer": b"1.1 It is broken."},
    ]
    dialog.locator("#add-files").set_input_files(files)
    dialog.locator(".result.failed").wait_for()
    dialog.locator(".adding summary").click()
    yield "added", "dialog.reader"
    row = dialog.locator(".listing > li", has_text="weir")
    row.locator(".remove").click()
    yield "removing", "dialog.reader"
    row.locator(".really").click()
    dialog.locator(".result.removed").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


def _shelf(tab: Tab) -> Iterator[Seen]:
    page = tab.page
    page.get_by_role("button", name="Conversations").click()
    shelf = page.locator("dialog.shelf")
    shelf.locator(".listing li").first.wait_for()
    yield "conversations", "dialog.shelf"
    shelf.get_by_role("button", name="Rename").first.click()
    yield "renaming", "dialog.shelf"
    page.keyboard.press("Escape")
    shelf.get_by_role("button", name="Delete").first.click()
    yield "deleting", "dialog.shelf"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    shelf.wait_for(state="detached")
