"""Logging in and out in a real browser, by keyboard, with what it sends of itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from browsers import skip_without_browser
from fake_assistant import FakeAssistant, neutral_documents

from qa import users, web
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.assistant import Assistant

pytestmark = [pytest.mark.browser, skip_without_browser]
PASSWORD = "a long password"


@pytest.fixture(name="url")
def url_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(users, "_COST", (10, 1, 1))
    users.put_user(tmp_path / "auth", "anna", PASSWORD)
    assistant = FakeAssistant(neutral_documents())
    assistant.settings = Settings(auth_file=str(tmp_path / "auth"))
    server = web.serve(cast("Assistant", assistant), port=0, wait=False)
    yield server.local_url
    server.close()


def test_a_person_logs_in_where_they_were_going_and_out_again(browser: Any, url: str) -> None:
    window = browser.new_context()
    page = window.new_page()
    page.goto(f"{url}?document=bridges.pdf")
    assert page.title() == "Log in · Ask the Reviews"
    assert page.evaluate("document.activeElement.id") == "username"
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong one")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert alert.inner_text() == "The name or the password is wrong."
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("#question textarea").wait_for()
    assert "document=bridges.pdf" in page.url
    assert page.evaluate("document.cookie") == ""  # no script can read it
    page.goto(url)
    page.get_by_role("link", name="Log out").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_label("Password").wait_for()
    page.goto(url)
    assert page.title() == "Log in · Ask the Reviews"
    window.close()
