"""The server as it is deployed: health, log, stopping, many at once; processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from fake_assistant import FakeAssistant, FakeLibrary, neutral_documents

from qa import web
from qa.errors import IndexDamaged
from qa.settings import Settings
from qa.web.server import changing
from qa.web.server.guard import GRADIO
from qa.web.server.health import Health

if TYPE_CHECKING:
    import httpx

    from qa.assistant import Assistant

ROOT = Path(__file__).resolve().parents[1]
SECRET = "How many secretive recommendations did the inspection make?"
OWN = {"X-QA": "1", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Served:
    """A page that is being served, what asks it, and its log."""

    url: str
    client: httpx.Client
    log: Path
    assistant: FakeAssistant
    page: Any

    def lines(self) -> list[dict[str, Any]]:
        """What was logged so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture(scope="module", name="served")
def served_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    import httpx

    log = tmp_path_factory.mktemp("served") / "access.log"
    assistant = FakeAssistant(neutral_documents())
    assistant.settings = Settings(access_log=str(log))
    server = web.serve(cast("Assistant", assistant), port=0, wait=False)
    with httpx.Client(base_url=server.local_url, trust_env=False, timeout=30) as client:
        yield Served(server.local_url, client, log, assistant, server.page)
    server.close()
    assert not server.thread.is_alive()


# --- health -----------------------------------------------------------------------------------


def test_health_says_what_is_served(served: Served) -> None:
    answer = served.client.get("/health")
    assert answer.status_code == 200
    said = answer.json()
    assert set(said) == {"ok", "version", "documents", "generation"}
    assert said["ok"] is True
    assert answer.headers["cache-control"] == "no-store"


def test_health_tells_when_the_index_cannot_be_read(served: Served) -> None:
    asked = []

    def broken() -> Any:
        asked.append(1)
        raise IndexDamaged("secret place", hint="qa index")

    assistant = FakeAssistant(neutral_documents())
    assistant.status = broken  # type: ignore[method-assign]
    health = Health(cast("Assistant", assistant))
    answers = [health.answer(None) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {503}
    said = json.loads(answers[0].body)
    assert said["ok"] is False
    assert "secret" not in str(said)
    assert asked == [1]  # not looked at again at once


# --- the log ----------------------------------------------------------------------------------


def page_event(client: httpx.Client, question: str) -> str:
    """What the page's own event streams for the question."""
    config = client.get("/config").json()
    heads = [one["id"] for one in config["components"] if one["props"].get("elem_id") == "head"]
    asking, target = next(
        (made, target)
        for made in config["dependencies"]
        for target in made["targets"]
        if target[0] in heads and target[1] == "submit"
    )
    body = {
        "data": [None] * len(asking["inputs"]),
        "event_data": {"question": question},
        "fn_index": asking["id"],
        "trigger_id": target[0],
        "session_hash": "serving",
    }
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    return client.get("/gradio_api/queue/data", params={"session_hash": "serving"}).text


def test_no_question_and_no_document_is_in_the_log(served: Served) -> None:
    from gradio_client import Client

    streamed = page_event(served.client, SECRET)
    assert "process_completed" in streamed
    client = Client(served.url, verbose=False, analytics_enabled=False)
    try:
        assert client.predict(SECRET, api_name="/ask")["outcome"] == "answered"
        assert client.predict(SECRET, 2, api_name="/search")
    finally:
        client.close()
    served.client.get("/page.png", params={"uri": "bridges.pdf", "page": 1})
    served.client.get("/", params={"document": "bridges.pdf", "find": "secretive"})
    served.client.get(f"/{SECRET}")
    assert (SECRET, (), 0) in served.assistant.asked
    until = time.monotonic() + 30
    while served.lines()[-1]["status"] != 404 and time.monotonic() < until:
        time.sleep(0.02)
    written = served.log.read_text()
    for word in ("secretive", "recommend", "bridges", "serving", "?"):
        assert word not in written
    logged = {(one["method"], one["path"]) for one in served.lines()}
    assert {("POST", "/gradio_api/queue/join"), ("GET", "/page.png"), ("GET", "/")} <= logged
    known = {re.sub(":path", "", pattern) for pattern in GRADIO}
    own = {"/page.png", "/health", "(other)"}
    assert {path for _, path in logged} <= known | own
    stream = next(one for one in served.lines() if one["path"] == "/gradio_api/queue/data")
    assert stream["status"] == 200
    assert stream["bytes"] == len(streamed.encode())


def test_the_log_can_be_the_error_output(capfd: pytest.CaptureFixture[str]) -> None:
    from reaching import Echo, reach

    from qa.web.server.journal import Journal

    journal = Journal(Echo(), "-")
    reach(journal, path="/x")
    journal.close()
    assert json.loads(capfd.readouterr().err)["method"] == "GET"
    assert not sys.stderr.closed


# --- what is asked of Gradio ------------------------------------------------------------------


@pytest.mark.parametrize("place", ["question", "reviews", "history"])
def test_who_asks_can_have_no_file_read_and_none_fetched(
    served: Served, tmp_path: Path, place: str
) -> None:
    from gradio.utils import get_upload_folder

    path = tmp_path / f"secret-{place}-{tmp_path.name}"
    path.write_text("secret")
    for named in (str(path), "https://example.invalid/x"):
        for meta in ({"_type": "gradio.FileData"}, "no object"):
            file = {"path": named, "meta": meta}
            said: dict[str, Any] = {"question": "Who?", "reviews": [], "history": []}
            said[place] = file if place == "question" else [[file]]
            joined = served.client.post("/gradio_api/call/ask", json={"data": [*said.values()]})
            event = joined.json()["event_id"]
            answer = served.client.get(f"/gradio_api/call/ask/{event}").text
            assert "no files are taken here" in answer
    assert not list(Path(get_upload_folder()).rglob(path.name))


def test_nothing_that_was_asked_or_answered_is_kept_here(served: Served) -> None:
    assert "process_completed" in page_event(served.client, SECRET)
    asking = {"data": [SECRET, [], []], "session_hash": "door"}
    dependencies = served.client.get("/config").json()["dependencies"]
    asking["fn_index"] = next(one["id"] for one in dependencies if one["api_name"] == "ask")
    assert served.client.post("/gradio_api/queue/join", json=asking).status_code == 200
    streamed = served.client.get("/gradio_api/queue/data", params={"session_hash": "door"}).text
    assert "process_completed" in streamed
    held = served.page.app.state_holder.session_data
    assert {"serving", "door"} <= set(held)
    for session in held.values():
        assert "secretive" not in repr(vars(session))


def test_a_page_that_lost_the_server_finds_it_again(served: Served) -> None:
    # Gradio asks for this until it is told, and lets no question be asked meanwhile.
    assert served.client.get("/gradio_api/app_id").json()["app_id"]


def test_another_page_can_have_nothing_exported(served: Served) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        answer = served.client.post("/export?form=json", content="{}", headers=headers)
        assert answer.status_code == 403


def test_who_breaks_off_is_no_fault_of_the_program(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(served.lines())
    host, port = re.findall(r"//([\d.]+):(\d+)", served.url)[0]
    for path in ("/library/add?name=a.md", "/export?form=json", "/gradio_api/queue/join"):
        said = {"Host": f"{host}:{port}", "Content-Length": "99", **OWN}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\nhalf".encode())
    until = time.monotonic() + 30
    while len(served.lines()) < before + 3 and time.monotonic() < until:
        time.sleep(0.02)
    assert sorted(one["status"] for one in served.lines()[before:]) == [400, 499, 499]
    assert not [one for one in caplog.records if one.exc_info]


# --- many at once -----------------------------------------------------------------------------


def test_thirty_two_ask_at_once_and_all_are_answered(served: Served) -> None:
    import httpx

    async def ask(client: httpx.AsyncClient, number: int) -> str:
        said = {"data": ["What did the survey find?", [], []], "session_hash": f"many{number}"}
        joined = await client.post("/gradio_api/call/ask", json=said)
        assert joined.status_code == 200, joined.text
        event = joined.json()["event_id"]
        return (await client.get(f"/gradio_api/call/ask/{event}")).text

    async def all_of_them() -> list[str]:
        limits = httpx.Limits(max_connections=40)
        async with httpx.AsyncClient(
            base_url=served.url, trust_env=False, timeout=60, limits=limits
        ) as client:
            return await asyncio.gather(*(ask(client, number) for number in range(32)))

    answers = asyncio.run(all_of_them())
    assert len(answers) == 32
    assert all("event: complete" in answer for answer in answers)


# --- stopping ---------------------------------------------------------------------------------


def test_what_is_being_answered_is_answered_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    assistant = FakeAssistant(neutral_documents())
    asked, go = threading.Event(), threading.Event()
    real = assistant.ask

    def slow(question: str, **more: Any) -> Any:
        if "slow" in question:
            asked.set()
            go.wait(20)
        return real(question, **more)

    monkeypatch.setattr(assistant, "ask", slow)
    server = web.serve(cast("Assistant", assistant), port=0, wait=False)
    with (
        httpx.Client(base_url=server.local_url, trust_env=False, timeout=30) as client,
        ThreadPoolExecutor() as pool,
    ):
        beat = pool.submit(client.get, "/gradio_api/heartbeat/open-page")
        said = {"data": ["What slow thing did the survey find?", [], []], "session_hash": "slow"}
        event = client.post("/gradio_api/call/ask", json=said).json()["event_id"]
        answer = pool.submit(client.get, f"/gradio_api/call/ask/{event}")
        assert asked.wait(20)
        closing = pool.submit(server.close, 10)
        beat.result(10)
        until = time.monotonic() + 30
        while time.monotonic() < until:  # until nobody new is let in
            try:
                httpx.get(f"{server.local_url}health", trust_env=False, timeout=1)
            except httpx.TransportError:
                break
            time.sleep(0.05)
        assert not closing.done()
        go.set()
        assert "event: complete" in answer.result(20).text
        closing.result(20)
    assert not server.thread.is_alive()


def test_an_add_that_takes_too_long_is_broken_off(tmp_path: Path) -> None:
    import httpx

    assistant = FakeAssistant(neutral_documents())
    library = FakeLibrary(assistant)
    started, broken = threading.Event(), threading.Event()

    def endless(paths: Any, *_: Any, progress: Any, **__: Any) -> Any:
        started.set()
        try:
            while True:
                progress("reading", 1, 9)
                time.sleep(0.02)
        finally:
            broken.set()

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.setattr(changing, "add", endless)
        patch.setattr(changing, "remove", library.remove)
        server = web.serve(cast("Assistant", assistant), port=0, wait=False)
        with (
            httpx.Client(base_url=server.local_url, trust_env=False, timeout=30) as client,
            ThreadPoolExecutor() as pool,
        ):
            added = pool.submit(
                client.post, "/library/add", params={"name": "a.md"}, content="1.1 x", headers=OWN
            )
            assert started.wait(20)
            assert [one.name for one in temporary.glob("qa-*/*")] == ["a.md"]
            server.close(1)
            assert "the server ends" in added.result(20).text.splitlines()[-1]
    assert broken.is_set()
    assert list(temporary.glob("qa-*/a.md")) == []


@contextmanager
def running(command: list[str], folder: Path, **environ: str) -> Iterator[tuple[Any, str]]:
    """The process of a server, once it has said where it is, and where that is."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            address = None
            while address is None and (line := process.stdout.readline()):
                address = re.search(r"answers on (http://\S+)", line)
            assert address is not None, process.stderr and process.stderr.read()
            yield process, address[1]
        finally:
            process.kill()


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
@pytest.mark.parametrize(
    ("number", "command"),
    [
        (signal.SIGTERM, ["-m", "qa", "serve", "--port", "0", "--access-log", "access.log"]),
        (signal.SIGINT, [str(ROOT / "app.py")]),
    ],
)
def test_a_signal_ends_the_process_in_order(
    small_index: Path, tmp_path: Path, number: int, command: list[str]
) -> None:
    import httpx

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    named = {"QA_INDEX": str(small_index), "QA_CORPUS": str(small_index.parent / "corpus")}
    named |= {"QA_PORT": "0", "TMPDIR": str(temporary)}
    with (
        running([sys.executable, *command], tmp_path, **named) as (process, url),
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        assert client.get("/health").json()["documents"] == 2
        said = {"data": ["What did the inspection of Denby Bridge find?", [], []]}
        event = client.post("/gradio_api/call/ask", json=said).json()["event_id"]
        with client.stream("GET", f"/gradio_api/call/ask/{event}") as stream:
            process.send_signal(number)
            assert "event: complete" in "".join(stream.iter_text())
        assert process.wait(60) == 0
        assert "Traceback" not in process.stderr.read()
    assert list(temporary.glob("qa-*")) == []
    if "access.log" in command:
        assert "Denby" not in (tmp_path / "access.log").read_text()
