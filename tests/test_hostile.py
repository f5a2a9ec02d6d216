"""Whatever a file holds, it is a lawful document or an error with a hint, and soon."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hostile import DANGEROUS, FILES, REFUSED, VALID, file, flipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laws import assert_lawful

from qa.documents import Loaded, Sandbox, load_file, scan, split
from qa.errors import DocumentError

LIMIT = 200_000_000
MANY = 60
SECONDS = 6
"""A process that says nothing for so long is ended: two of the files would take for ever."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(memory_mb=2000, seconds=SECONDS) as made:
        yield made


def outcome(load: Callable[[], Loaded], uri: str) -> str:
    """Why the file was refused, or "" where it was read; any other error is raised."""
    refused: DocumentError | None = None
    try:
        document = load().document
    except DocumentError as error:
        refused = error
    if refused:
        assert refused.hint
        assert refused.uri == uri
        assert "fault in this program" not in str(refused)
        assert str(refused).isprintable()
        return str(refused)
    assert_lawful(document)
    assert document.title
    for passage in split(document, tokens=200):
        assert document.text[passage.start : passage.end] == passage.text
    return ""


def test_there_are_many_and_of_every_kind() -> None:
    assert len(FILES) > 3 * MANY
    for kind in VALID:
        assert sum(name.endswith(kind) for name in FILES) >= 10
    assert set(FILES) > DANGEROUS


@pytest.mark.parametrize("kind", VALID)
def test_what_they_are_made_of_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a{kind}"
    path.write_bytes(VALID[kind])
    assert outcome(lambda: load_file(path, uri=path.name, max_bytes=LIMIT), path.name) == ""


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_or_lawful(tmp_path: Path, sandbox: Sandbox, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    load = sandbox.load if name in DANGEROUS else load_file
    began = time.monotonic()
    reason = outcome(lambda: load(path, uri=name, max_bytes=LIMIT), name)
    assert time.monotonic() - began < 3 * SECONDS
    if name in REFUSED:
        with pytest.raises(DocumentError, match=REFUSED[name]):
            raise DocumentError(reason)


NAMES = [
    "桥梁.md", "отчёт.md", "تقرير.md", "דוח.md", "รายงาน.md", "é.md", "e\u0301e.md", "🌉.md",
    "a b.md",
    "a\nb.md", "a\tb.md", "'\";$(x).md", "-rf.md", "%2e%2e.md", "\u202egnp.md", "a" * 250 + ".md",
    "CON.md", "a.pdf.md", "#?&.md",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_in_any_script_are_found_and_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Text.", encoding="utf-8")
    files, refused = scan(tmp_path)
    assert ([uri for uri, _ in files], refused) == ([name], [])
    document = load_file(files[0][1], uri=name, max_bytes=LIMIT).document
    assert (document.uri, document.text) == (name, "Text.")


def test_what_is_no_file_is_refused_or_passed_over(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.md").write_text("x", encoding="utf-8")
    (inside / "x.pdf").mkdir()
    (inside / "x.pdf" / "a.md").write_text("x", encoding="utf-8")
    os.mkfifo(inside / "pipe.docx")
    (inside / "out.epub").symlink_to(tmp_path / "secret.md")
    (inside / "nowhere.docx").symlink_to(inside / "gone.docx")
    (inside / "round.docx").symlink_to("round.docx")
    (inside / "machine.txt").symlink_to("/dev/zero")
    files, refused = scan(inside)
    assert "x.pdf/a.md" in [uri for uri, _ in files]
    assert {failure.uri for failure in refused} >= {"machine.txt", "out.epub", "round.docx"}
    for name in ("x.pdf", "pipe.docx", "nowhere.docx", "round.docx", "machine.txt"):
        with pytest.raises(DocumentError) as caught:
            load_file(inside / name, uri=name, max_bytes=LIMIT)
        assert caught.value.hint


@pytest.mark.parametrize("kind", [kind for kind in VALID if kind != ".pdf"])
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), flips=st.integers(1, 40), cut=st.integers(0, 3))
def test_a_damaged_file_is_refused_or_lawful(
    tmp_path: Path, kind: str, seed: int, flips: int, cut: int
) -> None:
    content = flipped(VALID[kind], seed, flips)
    path = tmp_path / f"a{kind}"
    path.write_bytes(content[: len(content) - cut * len(content) // 10])
    outcome(lambda: load_file(path, uri=path.name, max_bytes=LIMIT), path.name)


def test_a_file_of_the_corpus_has_a_name_of_its_own() -> None:
    with pytest.raises(AssertionError):
        file("bomb.docx", b"")
