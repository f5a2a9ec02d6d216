"""Reading in a process of its own: what it gives, and what a bad file does to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pdfs import column, make_pdf

from qa.documents import Sandbox, load_file
from qa.errors import DocumentError
from qa.types import Box

LIMIT = 10_000_000
PARAGRAPH = [
    "The survey of the north span began in May and was done by",
    "the end of June; its cost of 11,000 pounds was borne by the",
    "county, and the district paid nothing towards it.",
]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(memory_mb=2000, seconds=30) as made:
        yield made


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.pdf"
    path.write_bytes(make_pdf([column(PARAGRAPH), column(PARAGRAPH[:2])]))
    return path


def test_it_gives_what_reading_here_gives(sandbox: Sandbox, report: Path) -> None:
    pages: list[tuple[int, int]] = []
    read = sandbox.load(
        report,
        uri="report.pdf",
        max_bytes=LIMIT,
        meta={"review": "Span"},
        progress=lambda done, total: pages.append((done, total)),
    )
    assert read == load_file(report, uri="report.pdf", max_bytes=LIMIT, meta={"review": "Span"})
    assert read.document.meta["review"] == "Span"
    assert pages[0][1] == 2
    assert pages[-1] == (2, 2)


def test_a_page_is_drawn(sandbox: Sandbox, report: Path) -> None:
    picture = sandbox.draw(
        report, 1, uri="report.pdf", boxes=[Box(1, 72, 130, 300, 150)], width=300
    )
    assert picture.startswith(b"\x89PNG")
    with pytest.raises(DocumentError) as caught:
        sandbox.draw(report, 3, uri="report.pdf", width=300)
    assert caught.value.hint


def test_an_error_comes_through_and_the_next_file_is_read(
    sandbox: Sandbox, report: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"not a PDF")
    with pytest.raises(DocumentError, match="not a PDF") as caught:
        sandbox.load(bad, uri="bad.pdf", max_bytes=LIMIT)
    assert (caught.value.uri, bool(caught.value.hint)) == ("bad.pdf", True)
    assert sandbox.load(report, uri="report.pdf", max_bytes=LIMIT).document.pages


def test_what_hangs_is_ended_after_its_time(report: Path) -> None:
    with Sandbox(memory_mb=2000, seconds=5) as sandbox:
        process = _child_of(sandbox, report)
        os.kill(process.pid, signal.SIGSTOP)
        begun = time.monotonic()
        with pytest.raises(DocumentError, match="too slow: nothing came of it for 5 seconds"):
            sandbox.load(report, uri="report.pdf", max_bytes=LIMIT)
        assert 5 <= time.monotonic() - begun < 30
        assert sandbox.load(report, uri="report.pdf", max_bytes=LIMIT).document.pages


def test_a_crash_is_a_damaged_file_and_not_the_end(sandbox: Sandbox, report: Path) -> None:
    process = _child_of(sandbox, report)
    os.kill(process.pid, signal.SIGSTOP)
    killer = threading.Timer(0.3, os.kill, (process.pid, signal.SIGKILL))
    killer.start()
    with pytest.raises(DocumentError, match="ended with status -9"):
        sandbox.load(report, uri="report.pdf", max_bytes=LIMIT)
    killer.join()
    assert sandbox.load(report, uri="report.pdf", max_bytes=LIMIT).document.pages


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")
def test_what_swells_is_too_large(tmp_path: Path) -> None:
    swollen = tmp_path / "swollen.txt"
    with swollen.open("wb") as file:
        for _ in range(60):
            file.write(b"A long line of a long report.\n" * 34_000)
    with (
        Sandbox(memory_mb=400, seconds=60) as sandbox,
        pytest.raises(DocumentError, match=r"too large: reading it takes over 400 MB|damaged"),
    ):
        sandbox.load(swollen, uri="swollen.txt", max_bytes=200_000_000)


def test_close_ends_what_is_under_way(report: Path) -> None:
    sandbox = Sandbox(memory_mb=2000, seconds=30)
    process = _child_of(sandbox, report)
    os.kill(process.pid, signal.SIGSTOP)
    raised: list[BaseException] = []

    def load() -> None:
        try:
            sandbox.load(report, uri="report.pdf", max_bytes=LIMIT)
        except DocumentError as error:
            raised.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    time.sleep(0.3)
    sandbox.close()
    thread.join(10)
    assert len(raised) == 1
    assert process.poll() is not None


def test_a_module_in_the_working_folder_is_not_imported(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with Sandbox(memory_mb=2000, seconds=30) as sandbox:
        assert sandbox.load(report, uri="report.pdf", max_bytes=LIMIT).document.pages


def test_the_child_ends_with_a_parent_that_was_killed(report: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from qa.documents import Sandbox\n"
        "sandbox = Sandbox(memory_mb=2000, seconds=30)\n"
        "sandbox.load(Path(sys.argv[1]), uri='report.pdf', max_bytes=10**7)\n"
        "print(sandbox._child.process.pid, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(report)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 30
    while _lives(child) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _lives(child)


def _child_of(sandbox: Sandbox, report: Path) -> subprocess.Popen[bytes]:
    sandbox.load(report, uri="report.pdf", max_bytes=LIMIT)
    assert sandbox._child is not None
    return sandbox._child.process


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text(encoding="utf-8").split(") ")[1][0] != "Z"
