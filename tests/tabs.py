"""A page of the web chat in a browser, with what it asked for; the tests of pages share it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from fake_assistant import FakeAssistant, FakeLibrary

from qa import web
from qa.settings import Settings
from qa.types import Document
from qa.web.server import changing

if TYPE_CHECKING:
    import pytest

    from qa.assistant import Assistant

Site = tuple[str, FakeAssistant]

# What Gradio says of the stream of an answer when the page that waits for it is left.
_LEFT = ("AbortError: signal is aborted", "Unexpected error Connection errored out")

_CUTTING = """
const ask = window.fetch;
window.fetch = async (input, init) => {
    const address = input instanceof Request ? input.url : String(input);
    const told = (name) => sessionStorage.getItem(name);
    if (told("cut") && address.includes(told("cut"))) throw new TypeError("Failed to fetch");
    while (told("held") && address.includes(told("held"))) {
        await new Promise((go) => setTimeout(go, 20));
    }
    return ask(input, init);
};
"""


@dataclass
class Tab:
    """A page in the browser, with all that it asked for and complained of."""

    page: Any
    assistant: FakeAssistant
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    visits: int = 0

    def ask(self, question: str, number: int = 1) -> Any:
        """The answer to the question, whole."""
        box = self.page.locator("#question textarea")
        box.fill(question)
        box.press("Enter")
        return self.answer(number)

    def answer(self, number: int) -> Any:
        """The turn of this number, once it is whole."""
        turn = self.page.locator(f"#t{number}")
        turn.locator(".answer[aria-busy=false]").wait_for()
        return turn

    def close_reader(self) -> None:
        """The reader is closed, and the history back where it was: it would undo a reload."""
        self.page.keyboard.press("Escape")
        self.page.wait_for_function("!(history.state && history.state.place)")

    @contextmanager
    def cut_off(self, address: str) -> Iterator[None]:
        """What the page asks of an address with these words reaches nothing.

        Within the page (`_CUTTING`), for what the driver holds back can stay held when the page is
        left meanwhile, and the next page with it.
        """
        self.page.evaluate("words => sessionStorage.setItem('cut', words)", address)
        yield
        self.page.evaluate("sessionStorage.removeItem('cut')")

    @contextmanager
    def held_up(self, address: str) -> Iterator[None]:
        """What the page asks of an address with these words leaves it only afterwards."""
        self.page.evaluate("words => sessionStorage.setItem('held', words)", address)
        yield
        self.page.evaluate("sessionStorage.removeItem('held')")

    @contextmanager
    def refused(self, address: str, status: int) -> Iterator[None]:
        """The server refuses what is asked of this address; the page is not left meanwhile."""
        told = '{"error": "no", "hint": "wait", "detail": "no (wait)"}'
        answer = {"status": status, "content_type": "application/json", "body": told}
        self.expected.append(f"status of {status}")  # the browser says it too
        self.page.route(address, lambda route: route.fulfill(**answer))
        self.page.evaluate("fetch('robots.txt')")  # the first after it can slip by the driver
        yield
        self.page.unroute(address)

    def faults(self) -> list[str]:
        """The complaints that have no cause in what the test itself did to the page.

        They come when they come: one may be told after the page that it is about was left.
        """
        forgiven = (*self.expected, *(_LEFT if self.visits > 1 else ()))
        return [one for one in self.complaints if not any(words in one for words in forgiven)]

    def focused(self) -> str:
        """The id of what has the focus."""
        return str(self.page.evaluate("document.activeElement.id"))

    def strangers(self) -> list[str]:
        """The requests that left the page's own origin."""
        own = (self.url, "data:", "blob:")
        return [request for request in self.requests if not request.startswith(own)]


@contextmanager
def serving(
    documents: list[Document],
    patch: pytest.MonkeyPatch | None = None,
    *,
    settings: Settings | None = None,
) -> Iterator[Site]:
    """The page over these documents; with ``patch`` they can be added to and removed from."""
    assistant = FakeAssistant(documents)
    assistant.settings = settings or assistant.settings
    if patch is not None:
        library = FakeLibrary(assistant)
        patch.setattr(changing, "add", library.add)
        patch.setattr(changing, "remove", library.remove)
        assistant.library = library
    app = web.serve(cast("Assistant", assistant), port=0, wait=False)
    try:
        yield str(app.local_url), assistant
    finally:
        app.close()


@contextmanager
def browsing(browser: Any) -> Iterator[Any]:
    """A window of the browser: one for all tests of a file, so that Gradio is fetched once."""
    window = browser.new_context(
        viewport={"width": 1280, "height": 800},
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    window.set_default_timeout(30_000)
    window.add_init_script(_CUTTING)
    window.add_init_script("window.hits = []; window.hit = (n) => { window.hits.push(n); };")
    try:
        yield window
    finally:
        window.close()


@contextmanager
def quiet_tab(window: Any, site: Site, at: str = "") -> Iterator[Tab]:
    """A tab that asks for nothing elsewhere and complains of nothing."""
    tab = opened_tab(window, site, at=at)
    yield tab
    strangers, faults = tab.strangers(), tab.faults()
    tab.page.close()
    assert strangers == [], strangers
    assert faults == [], faults


def opened_tab(window: Any, site: Site, scheme: str = "light", at: str = "") -> Tab:
    """The page, or what stands ``at`` an address of it, once it is there."""
    page = window.new_page()
    page.emulate_media(color_scheme=scheme)
    tab = Tab(page, site[1], site[0])
    page.on("request", lambda request: tab.requests.append(request.url))
    page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    page.on("dialog", lambda dialog: dismissed(tab, dialog))
    page.on("console", lambda message: heard(tab, message))
    page.on("framenavigated", lambda frame: visited(tab, frame))
    page.goto(site[0] + at)
    page.locator(".home").wait_for(state="attached")
    page.locator("p.loading").wait_for(state="detached")  # goes a moment after the page is there
    return tab


def heard(tab: Tab, message: Any) -> None:
    """An error in the console is a complaint."""
    if message.type == "error":
        tab.complaints.append(f"{message.text} ({message.location['url']})")


def visited(tab: Tab, frame: Any) -> None:
    """One page more was opened in the tab."""
    tab.visits += frame == tab.page.main_frame


def dismissed(tab: Tab, dialog: Any) -> None:
    """A dialog of the browser is a complaint: the page has none."""
    tab.complaints.append(dialog.message)
    dialog.dismiss()


def shaped(tab: Tab, width: int, height: int) -> None:
    """The window of the page has this size."""
    tab.page.set_viewport_size({"width": width, "height": height})


def sideways(tab: Tab) -> bool:
    """Whether the page, or a dialog on it, is wider than its window."""
    wider = (
        "() => [document.documentElement, ...document.querySelectorAll('dialog[open], .pane')]"
        ".some((one) => one.scrollWidth > one.clientWidth + 1)"
    )
    return bool(tab.page.evaluate(wider))


def contrasts(page: Any, selectors: list[str]) -> dict[str, float]:
    """The contrast of each, in light and in dark colours."""
    found: dict[str, float] = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "dark => document.body.classList.contains('dark') === dark", arg=scheme == "dark"
        )
        page.wait_for_timeout(300)  # colours may change over a moment
        found |= {f"{scheme} {one}": contrast(page, one) for one in selectors}
    return found


def contrast(page: Any, selector: str) -> float:
    """The contrast ratio (WCAG 2) of the first element's text with what lies behind it."""
    colours = page.locator(selector).first.evaluate(
        """element => {
            const ground = [];
            for (let e = element; e; e = e.parentElement) {
                ground.push(getComputedStyle(e).backgroundColor);
            }
            return [getComputedStyle(element).color, ...ground];
        }"""
    )
    ink = rgba(colours[0])
    ground = next((found for found in map(rgba, colours[1:]) if found[3] == 1), (255, 255, 255, 1))
    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rgba(colour: str) -> tuple[float, ...]:
    """The four numbers of a colour as browsers write it."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", colour)]
    return (*numbers[:3], numbers[3] if len(numbers) > 3 else 1.0)


def luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour[:3])
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
