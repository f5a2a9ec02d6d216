"""The library without a browser: the list, the files beside the page, adding and removing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from elements import Elements
from fake_assistant import FakeAssistant, FakeLibrary, neutral_documents
from hypothesis import given
from hypothesis import strategies as st

from qa import web
from qa.settings import Settings
from qa.types import BuildReport, Change, Failure
from qa.web.server import changing, files
from qa.web.server.visiting import Site, is_loopback
from qa.web.views import library

if TYPE_CHECKING:
    import httpx

    from qa.assistant import Assistant

OWN = {"X-QA": "1", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Served:
    """A page that is being served, what asks it, and the documents behind it."""

    client: httpx.Client
    assistant: FakeAssistant
    library: FakeLibrary
    turns: changing.Turns

    def add(self, name: str, body: bytes | str, **headers: str) -> Any:
        """The answer to a file that is sent as the page sends it."""
        query = {"name": name}
        return self.client.post("/library/add", params=query, content=body, headers=OWN | headers)

    def added(self, name: str, body: str, **said: str) -> list[dict[str, Any]]:
        """The lines of that answer."""
        answer = self.client.post(
            "/library/add", params={"name": name, **said}, content=body, headers=OWN
        )
        assert answer.status_code == 200
        return [json.loads(line) for line in answer.text.splitlines()]


@pytest.fixture(scope="module", name="server")
def server_fixture() -> Iterator[Served]:
    import httpx

    assistant = FakeAssistant(neutral_documents())
    fake = FakeLibrary(assistant)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changing, "add", fake.add)
        patch.setattr(changing, "remove", fake.remove)
        turns = changing.Turns()
        with pytest.MonkeyPatch.context() as known:
            known.setattr(changing, "Turns", lambda: turns)
            app = web.serve(cast("Assistant", assistant), port=0, wait=False)
        with httpx.Client(base_url=str(app.local_url), trust_env=False, timeout=30) as client:
            yield Served(client, assistant, fake, turns)
        app.close()


@pytest.fixture(name="served")
def served_fixture(server: Served) -> Served:
    server.assistant.held = {one.uri: one for one in neutral_documents()}
    server.assistant.settings = Settings()
    server.assistant.drawn.clear()
    return server


# --- the list ---------------------------------------------------------------------------------


def test_the_list_opens_each_document_and_says_what_is_known_of_it() -> None:
    assistant = FakeAssistant(neutral_documents())
    assistant.warned["bridges.pdf"] = ("pages 3-4 were not read",)
    shown = Elements(library.listing(assistant.documents()))
    links = shown.all("a", "read")
    assert [one["href"].split("&")[0] for one in links] == [
        "?document=bridges.pdf",
        "?document=rivers.md",
    ]
    for fact in ("2 documents", "Bridges · A. Mason · 3 November 2015", "2 pages, 3 passages"):
        assert fact in shown.text
    assert "added 17 May 2020" in shown.text
    assert "pages 3-4 were not read" in shown.text
    assert not shown.all("button")
    assert not shown.all("input")


def test_where_it_may_be_changed_the_list_adds_and_removes() -> None:
    summaries = FakeAssistant(neutral_documents()).documents()
    shown = Elements(library.listing(summaries, editable=True, megabytes=7))
    (section,) = shown.all("section", "adding")
    assert ".pdf" in section["data-kinds"].split(",")
    assert section["data-megabytes"] == "7"
    assert [one["data-uri"] for one in shown.all("button", "really")] == [
        "bridges.pdf",
        "rivers.md",
    ]
    assert all("hidden" in one for one in shown.all("div", "sure"))
    assert [one.get("value", "") for one in shown.all("input")] == [""] * 4


def test_what_became_of_each_file_is_said() -> None:
    summaries = FakeAssistant(neutral_documents()).documents()
    change = Change("rivers.md", ("Old name", "Survey"), (0, 0), (3, 4), 2, 1)
    report = BuildReport(
        added=("bridges.pdf",),
        changed=("rivers.md",),
        changes=(change,),
        unchanged=("same.md",),
        failed=(Failure("bad.pdf", "it is encrypted (give its password)"),),
        warnings=(Failure("bridges.pdf", "page 2 was not read"), Failure("other.md", "old")),
    )
    said = [(one["state"], one["text"]) for one in library.outcome(report, summaries)]
    assert said == [
        ("added", "“Inspection of the County's Bridges” was added: 2 pages, 3 passages."),
        (
            "changed",
            "“Survey of the River Wenning” was replaced by this version: its title was "
            "“Old name”; 2 passages new, 1 gone.",
        ),
        ("unchanged", "same.md is in the index already, just so: nothing was done."),
        ("failed", "bad.pdf was not added: it is encrypted (give its password)"),
        ("warning", "page 2 was not read"),
    ]
    same = replace(change, title=("A", "A"), new_passages=0, gone_passages=0)
    only = BuildReport(changed=("rivers.md",), changes=(same,))
    assert library.outcome(only, summaries)[0]["text"].endswith("its text is the same.")


# --- pictures and originals -------------------------------------------------------------------


def test_a_page_is_drawn_once_and_kept_by_the_browser(served: Served) -> None:
    version = served.assistant.held["bridges.pdf"].sha256[:12]
    query: dict[str, Any] = {"uri": "bridges.pdf", "page": 2}
    query |= {"start": 10, "end": 20, "width": 200}
    answer = served.client.get("/page.png", params={**query, "version": version})
    assert answer.status_code == 200
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert served.assistant.drawn == [("bridges.pdf", 2, 10, 20, 200)]
    again = served.client.get(
        "/page.png", params=query, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "private, no-cache"  # its version was not named
    assert len(served.assistant.drawn) == 1
    assert not any("MainThread" in name for name in served.assistant.threads)
    other = served.client.get("/page.png", params={**query, "start": 11})
    assert other.headers["etag"] != answer.headers["etag"]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"page": 1}, 400, "uri names no document"),
        ({"uri": "bridges.pdf"}, 400, "page is not a number"),
        ({"uri": "bridges.pdf", "page": "1e3"}, 400, "page is not a number"),
        ({"uri": "bridges.pdf", "page": "٣"}, 400, "page is not a number"),
        ({"uri": "bridges.pdf", "page": 1, "width": 99999}, 400, "width = 99999"),
        ({"uri": "bridges.pdf", "page": 1, "start": 9, "end": 3}, 400, "start = 9"),
        ({"uri": "bridges.pdf", "page": 0}, 400, "page = 0"),
        ({"uri": "bridges.pdf", "page": 3}, 404, "has no page 3"),
        ({"uri": "rivers.md", "page": 1}, 404, "no page"),
        ({"uri": "../secret", "page": 1}, 404, "qa list"),
    ],
)
def test_a_picture_that_cannot_be_is_said_in_plain_text(
    served: Served, query: dict[str, Any], status: int, said: str
) -> None:
    answer = served.client.get("/page.png", params=query)
    assert answer.status_code == status
    assert said in answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    assert served.assistant.drawn == []


def test_a_fault_of_the_program_tells_no_secret(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> bytes:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(served.assistant, "page_image", broken)
    answer = served.client.get("/page.png", params={"uri": "bridges.pdf", "page": 1})
    assert answer.status_code == 500
    assert "secret" not in answer.text


def test_the_original_is_downloaded_and_never_shown(served: Served) -> None:
    document = neutral_documents()[0]
    name = "reports/Prüfung “der” Brücken 橋.html"
    served.assistant.held[name] = replace(document, uri=name)
    answer = served.client.get("/original", params={"uri": name})
    assert answer.status_code == 200
    assert answer.text == document.text
    given = answer.headers["content-disposition"]
    assert given.startswith("attachment; filename*=utf-8''Pr%C3%BCfung%20")
    assert "reports" not in given
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policies = answer.headers.get_list("content-security-policy")
    assert "sandbox; default-src 'none'" in ", ".join(policies)
    assert served.client.get("/original", params={"uri": "rivers.md"}).status_code == 404
    assert served.client.get("/original", params={"uri": "none"}).status_code == 404
    assert served.client.get("/original").status_code == 400


def test_an_address_of_a_place_is_the_page_itself(served: Served) -> None:
    answer = served.client.get("/", params={"document": "x", "page": "12", "view": "api"})
    assert answer.status_code == 200
    assert "Ask the Reviews" in answer.text


# --- adding -----------------------------------------------------------------------------------


def test_a_file_is_added_with_its_progress_and_what_is_said_of_it(served: Served) -> None:
    lines = served.added(
        "Ufer 河.md", "1.1 The bank.\n\n1.2 The weir.", title=" The  bank ", review="W"
    )
    assert lines[:-1] == [
        {"stage": "reading", "done": 0, "total": 2},
        {"stage": "reading", "done": 2, "total": 2},
        {"stage": "encoding", "done": 1, "total": 1},
        {"stage": "writing", "done": 1, "total": 1},
    ]
    assert lines[-1]["report"]["added"] == ["Ufer 河.md"]
    assert lines[-1]["said"][0]["state"] == "added"
    assert served.library.given[-1] == (
        "Ufer 河.md",
        {"title": "The bank", "review": "W"},
        "",
    )
    again = served.added(
        "Ufer 河.md", "1.1 The bank.\n\n1.2 The weir.", title="The bank", review="W"
    )
    assert again[-1]["said"][0]["state"] == "unchanged"
    changed = served.added("Ufer 河.md", "1.1 The bank.\n\n1.2 The mill.")
    assert "its title was “The bank”" in changed[-1]["said"][0]["text"]


def test_a_password_travels_apart_from_the_address(served: Served) -> None:
    answer = served.add("a.pdf", "1.1 Text.", **{"X-QA-Password": "gr%C3%BCn%20%E6%A9%8B"})
    assert answer.status_code == 200
    assert served.library.given[-1][2] == "grün 橋"


def test_a_file_that_fails_and_an_index_in_use_are_said(served: Served) -> None:
    (said,) = served.added("a.pdf", "broken")[-1]["said"]
    assert said == {"state": "failed", "text": "a.pdf was not added: it is damaged (mend it)"}
    last = served.added("a.pdf", "locked")[-1]
    assert last == {"error": "the index is being written", "hint": "wait for it", "locked": True}
    # Neither is in the way of the next.
    assert served.added("b.md", "1.1 Good.")[-1]["report"]["added"] == ["b.md"]


def test_changes_are_made_in_turn_and_never_two_at_once(served: Served) -> None:
    answers: dict[str, Any] = {}

    def change(name: str, body: str) -> None:
        answers[name] = served.added(name, body)

    served.library.go.clear()
    threads = []
    for name, body in [("s.md", "slow"), ("t.md", "1.1 More."), ("u.md", "1.1 Yet more.")]:
        threads.append(threading.Thread(target=change, args=(name, body)))
        threads[-1].start()
        until = time.monotonic() + 30
        while len(served.turns.line) < len(threads) and time.monotonic() < until:
            time.sleep(0.02)
    removing = threading.Thread(
        target=lambda: answers.update(
            removed=served.client.post(
                "/library/remove", params={"uri": "rivers.md"}, headers=OWN
            ).json()
        )
    )
    removing.start()
    assert served.client.get("/").status_code == 200  # the page itself answers meanwhile
    assert "t.md" not in served.assistant.held
    assert "rivers.md" in served.assistant.held
    served.library.go.set()
    for thread in [*threads, removing]:
        thread.join(20)
    for name in ("s.md", "t.md", "u.md"):
        assert answers[name][-1]["report"]["added"] == [name]
    assert answers["t.md"][0] == {"stage": "waiting", "done": 0, "total": 1}
    assert answers["removed"]["report"]["removed"] == ["rivers.md"]
    order = [given[0] for given in served.library.given if given[0] in ("s.md", "t.md", "u.md")]
    assert order[-3:] == ["s.md", "t.md", "u.md"]


def test_a_turn_is_waited_for_in_a_line_that_ends() -> None:
    turns = changing.Turns(most=1, patience=0.05)
    made: list[int] = []
    with turns.mine():
        with pytest.raises(changing.Refused, match="another change") as failure, turns.mine():
            pass
        assert failure.value.status == 503
        waiting = threading.Thread(target=lambda: made.append(waited(turns)))
        turns.patience = 10
        waiting.start()
        while len(turns.line) < 2:
            time.sleep(0.01)
        with pytest.raises(changing.Refused, match="too many"), turns.mine():
            pass
        assert made == []
    waiting.join(10)
    assert made == [1]
    assert not turns.busy


def waited(turns: changing.Turns) -> int:
    with turns.mine():
        return len(turns.line)


def test_a_file_beyond_the_limit_is_refused_while_it_is_sent(served: Served) -> None:
    served.assistant.settings = Settings(max_file_mb=1)
    sent = []

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            sent.append(1)
            yield b"x" * 100_000

    before = len(served.library.given)
    answer = served.client.post(
        "/library/add", params={"name": "large.md"}, content=pieces(), headers=OWN
    )
    assert answer.status_code == 413
    assert "the limit is 1 MB" in answer.json()["error"]
    assert len(served.library.given) == before
    served.assistant.settings = Settings()
    assert served.add("small.md", "1.1 Good.").status_code == 200


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/report.pdf", "report.pdf"),
        ("C:\\files\\報告.PDF", "報告.PDF"),
        ("a\x00b\n.md", "ab.md"),
        ("  x.md ", "x.md"),
        ("<script>alert(1)<.html", "<script>alert(1)<.html"),
    ],
)
def test_of_a_name_the_last_part_is_kept(name: str, kept: str) -> None:
    assert changing.file_name(name) == kept


@pytest.mark.parametrize("name", ["", ".", "..", "a", "a.exe", ".pdf", "a.pdf/", "x" * 300 + ".md"])
def test_a_name_that_cannot_be_is_refused(name: str, served: Served) -> None:
    with pytest.raises(changing.Refused):
        changing.file_name(name)
    assert served.add(name, "1.1 Text.").status_code in (400, 415)


@given(st.text())
def test_no_name_leads_out_of_its_folder(name: str) -> None:
    try:
        kept = changing.file_name(f"{name}.md")
    except changing.Refused:
        return
    folder = Path("/folder")
    assert (folder / kept).parent == folder
    assert kept not in ("", ".", "..")


# --- removing ---------------------------------------------------------------------------------


def test_a_document_is_removed(served: Served) -> None:
    answer = served.client.post("/library/remove", params={"uri": "rivers.md"}, headers=OWN)
    assert answer.json()["report"]["removed"] == ["rivers.md"]
    assert "rivers.md" not in served.assistant.held
    again = served.client.post("/library/remove", params={"uri": "rivers.md"}, headers=OWN)
    assert again.status_code == 404
    assert again.json() == {"error": "rivers.md is not in the index", "hint": "qa list"}


# --- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-QA": "1"},
        {"Sec-Fetch-Site": "same-origin"},
        {"X-QA": "1", "Sec-Fetch-Site": "cross-site"},
        {"X-QA": "1", "Sec-Fetch-Site": "same-site"},
        {"X-QA": "1", "Origin": "https://elsewhere.example"},
        {"X-QA": "1", "Origin": "null"},
        {"X-QA": "1", "Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-origin"},
        {**OWN, "Host": "rebound.example"},
        {**OWN, "Host": "127.0.0.1.example"},
        {**OWN, "Host": "10.0.0.1"},
    ],
)
def test_nobody_else_changes_the_library(served: Served, headers: dict[str, str]) -> None:
    before = len(served.library.given)
    query = {"name": "a.md", "uri": "rivers.md"}
    for path in ("/library/add", "/library/remove"):
        answer = served.client.post(path, params=query, content="1.1 x", headers=headers)
        assert answer.status_code == 403
        assert "error" in answer.json()
    assert len(served.library.given) == before
    assert "rivers.md" in served.assistant.held
    assert served.client.get("/library/add").status_code == 405


def test_the_same_origin_may_be_named_instead(served: Served) -> None:
    origin = str(served.client.base_url).rstrip("/")
    answer = served.client.post(
        "/library/add",
        params={"name": "o.md"},
        content="1.1 x",
        headers={"X-QA": "1", "Origin": origin},
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("localhost", True),
        ("[::1]", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("192.168.1.4", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_what_this_machine_alone_answers_to(host: str, is_own: bool) -> None:
    assert is_loopback(host) is is_own


def test_open_to_other_machines_nothing_is_changed() -> None:
    headers = {"host": "127.0.0.1", **{k.lower(): v for k, v in OWN.items()}}
    with pytest.raises(changing.Refused) as failure:
        changing.check(headers, False, Site.of("0.0.0.0"))
    assert failure.value.status == 403
    assert "qa add" in failure.value.hint


def test_numbers_of_an_address_are_checked() -> None:
    assert files.number({"page": "7"}, "page", 1, 9) == 7
    assert files.number({}, "width", 1, 9, 5) == 5
    for bad in ("", "-1", "7.0", "99", "9" * 30):
        with pytest.raises(ValueError, match="page"):
            files.number({"page": bad}, "page", 1, 9)
