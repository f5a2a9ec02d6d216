"""`qa verify`: the index as ever, and evidence packs against it or without it."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

import qa
from qa import verifying
from qa.cli import main
from qa.exports import Exchange, Finding

QUESTION = "How many defects did the inspection of Denby Bridge find?"


@pytest.fixture
def workplace(small_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an index of two documents and a pack that was made of it."""
    shutil.copytree(small_index, tmp_path / "index")
    monkeypatch.chdir(tmp_path)
    with qa.open("index") as assistant:
        qa.write_pack(assistant, qa.Exchange.of(assistant.ask(QUESTION)), "pack.zip")
    return tmp_path


def changed(path: Path) -> Path:
    """A copy of the pack in which one word of the answer is another."""
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"11 defects", b"12 defects"))
    return copy


def test_without_packs_the_index_is_verified(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify"]) == 0
    assert capsys.readouterr().out == "All is well. Documents verified: 2.\n"
    assert main(["verify", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"problems": []}


def test_a_pack_is_checked_against_the_index(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "pack.zip"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("pack.zip: it holds\n  checked: all 3 files")
    assert "denby.md: same SHA-256 in the index" in said
    assert "  not checked: what the pictures of pages show" in said
    assert "checked: the index is, as a whole, what the pack was made from" in said


def test_no_model_is_opened_for_it(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the index is enough")

    monkeypatch.setattr("qa.assistant.open", refuse)
    shutil.rmtree(workplace / "index" / "models")
    assert main(["verify", "pack.zip"]) == 0


def test_a_changed_pack_does_not_hold(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed(workplace / "pack.zip")
    assert main(["verify", "pack.zip", "changed.zip", "none.zip", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [(each["path"], each["holds"]) for each in said["packs"]] == [
        ("pack.zip", True),
        ("changed.zip", False),
        ("none.zip", False),
    ]
    assert said["index"] == "index"
    words = [each["words"] for each in said["packs"][1]["findings"] if each["kind"] == "fault"]
    assert "pack.json was changed: its SHA-256 is another one" in words
    assert any("denby.md" in each for each in words)
    assert main(["verify", "changed.zip"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("changed.zip: it does NOT hold\n  FAULT: pack.json was changed")


def test_without_an_index_it_says_what_was_not_checked(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(workplace / "index")
    assert main(["verify", "pack.zip"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Without an index: there is no index in index")
    assert "not checked: whether the quotes stand in the documents" in said
    assert main(["verify", "pack.zip", "--index", "elsewhere"]) == 1
    assert "there is no index in elsewhere" in capsys.readouterr().err


def test_a_hostile_name_reaches_no_terminal(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "\x1b[31mred.zip"]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_one_fault_is_enough() -> None:
    held, fault = Finding("held", "a"), Finding("fault", "b")
    assert verifying.Verdict("p", (held,)).holds
    assert not verifying.Verdict("p", (held, fault)).holds


def test_a_recorded_exchange_is_of_now() -> None:
    found = qa.Answer(QUESTION, QUESTION, "Nothing.", "", (), (), "not_found", 0.1, 0.1)
    made = Exchange.of(found, reviews=["Denby"], alone=True)
    assert (made.answer, made.reviews, made.alone, made.beside) == (found, ("Denby",), True, False)
