"""Every view of the page by WCAG 2.2 AA, wide and narrow, light and dark, asking nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest
from browsers import skip_without_browser
from fake_assistant import FakeAssistant, neutral_documents
from tabs import Site, Tab, quiet_tab, serving, shaped, sideways
from walking import hall, walk

from qa import users, web
from qa.settings import Settings
from qa.users import put_user

pytestmark = [pytest.mark.browser, skip_without_browser]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
# By all rules, and then by those of colours in the dark; or by all but those of colours.
LOOK = """async ([part, tags, colours]) => {
    const place = document.querySelector(part);
    const found = [];
    const run = async (options) => {
        for (const { id, impact, nodes } of (await axe.run(place, options)).violations) {
            for (const { html, failureSummary } of nodes) {
                found.push(`${impact} ${id}: ${html.slice(0, 160)}: ${failureSummary}`);
            }
        }
    };
    const rules = Object.fromEntries(colours.map((id) => [id, { enabled: false }]));
    const dark = place.ownerDocument.body.classList.contains("dark");
    await run({ runOnly: tags, preload: false, rules: innerWidth < 640 ? rules : {} });
    if (innerWidth >= 640) {
        document.body.classList.toggle("dark", !dark);
        await run({ runOnly: { type: "rule", values: colours }, preload: false });
        document.body.classList.toggle("dark", dark);
    }
    return found;
}"""
# One view of each layout that the width of the window changes.
LAYOUTS = ("home", "answered", "beside", "timeline", "image", "documents", "conversations")
# What a menu or the question box covers now is reached by scrolling; `MEASURE` has its true size.
COVERED = "partially obscured"
# Links within a sentence are as high as its lines.
MEASURE = """(part) => {
    const small = [];
    const names = "button, summary, select, input:not(.unseen), textarea, a:not(p a, q a, .skip)";
    for (const one of document.querySelector(part).querySelectorAll(names)) {
        const { width, height } = (one.closest("label") || one).getBoundingClientRect();
        if (one.checkVisibility() && Math.min(width, height) < 23.9) {
            small.push(`${one.outerHTML.slice(0, 90)} ${width} ${height}`);
        }
    }
    return small;
}"""


@dataclass
class Walked:
    """What was found on the way through every view."""

    violations: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module", name="site")
def site_fixture() -> Iterator[Site]:
    with (
        pytest.MonkeyPatch.context() as patch,
        serving([*neutral_documents(), hall()], patch) as site,
    ):
        site[1].warned["rivers.md"] = ("Page 3 could not be read: there is no text on it.",)
        yield site


@pytest.fixture(scope="module", name="walked")
def walked_fixture(window: Any, site: Site) -> Walked:
    """Every view was looked at, wide and narrow, light and dark."""
    walked = Walked()
    with quiet_tab(window, site) as tab:
        page = tab.page
        page.on("websocket", lambda socket: walked.sockets.append(socket.url))
        page.evaluate(axe())
        shaped(tab, 1440, 900)
        for name, part in walk(tab):
            walked.views.append(name)
            look(walked, tab, name, part)
        named = "all => all.map((one) => `${one.rel} ${one.href}`)"
        walked.links = page.locator("link").evaluate_all(named)
        walked.requests = list(tab.requests)
    return walked


def axe() -> str:
    """The script of axe-core, which the driver brings in past the page's policy."""
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def look(walked: Walked, tab: Tab, name: str, part: str) -> None:
    """Of the views with the same layout, one is looked at by all rules in both widths."""
    page = tab.page
    found = page.evaluate(LOOK, [part, TAGS, COLOURS])
    small = page.evaluate(MEASURE, part)
    shaped(tab, 390, 844)
    if name in LAYOUTS:
        found += page.evaluate(LOOK, [part, TAGS, COLOURS])
    small += page.evaluate(MEASURE, part)
    if sideways(tab):
        walked.wide.append(name)
    shaped(tab, 1440, 900)
    walked.violations += [f"{name}: {one}" for one in found if COVERED not in one]
    walked.small += [f"{name}: {one}" for one in small]


# --- every view -------------------------------------------------------------------------------


def test_every_view_meets_wcag(walked: Walked) -> None:
    assert walked.violations == []
    assert len(walked.views) == len(set(walked.views)) == 25


def test_whatever_is_pressed_is_large_enough(walked: Walked) -> None:
    assert walked.small == []


def test_no_view_is_wider_than_a_phone(walked: Walked) -> None:
    assert walked.wide == []


def test_no_view_asks_for_anything_elsewhere(walked: Walked, site: Site) -> None:
    assert walked.sockets == []
    assert [one for one in walked.requests if not one.startswith((site[0], "data:", "blob:"))] == []
    # Nothing is fetched, or looked up, ahead of being needed.
    assert [one for one in walked.links if one.split()[-1].partition(site[0])[0]] == []
    early = ("preconnect", "dns-prefetch", "prefetch", "prerender")
    assert [one for one in walked.links if one.startswith(early)] == []


def test_the_log_in_meets_wcag(window: Any, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_COST", (10, 1, 1))
        put_user(tmp_path / "auth", "anna", "a long password")
        assistant = FakeAssistant(neutral_documents())
        assistant.settings = Settings(auth_file=str(tmp_path / "auth"))
        server = web.serve(cast("Any", assistant), port=0, wait=False)
        page = window.new_page()
        try:
            page.goto(server.local_url)
            page.evaluate(axe())
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate(LOOK, ["html", TAGS, COLOURS]) == []
            assert page.evaluate("document.activeElement.id") == "username"
            page.set_viewport_size({"width": 320, "height": 480})
            assert page.evaluate("document.documentElement.scrollWidth") == 320
            page.keyboard.type("anna")
            page.keyboard.press("Tab")
            page.keyboard.type("wrong")
            page.keyboard.press("Enter")
            page.get_by_role("alert").wait_for()
            page.evaluate(axe())
            assert page.evaluate(LOOK, ["html", TAGS, COLOURS]) == []
        finally:
            page.close()
            server.close()
