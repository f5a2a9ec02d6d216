"""`qa compare`: the table on a terminal, the lines in a pipe, and JSON."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import pytest

from qa import assistant as library
from qa import cli
from qa.errors import QAError
from qa.types import Citation, Comparison, ComparisonRow

QUOTE = "The inspection found 11 defects in the north span of the bridge, and none in the south."
CITATION = Citation(
    1,
    "bridge.pdf",
    "Bridge inspection",
    "Bridge",
    3,
    "iii",
    "2.1",
    0,
    len(QUOTE),
    QUOTE,
    "ab" * 32,
    "https://example.org/bridge",
)
FOUND = ComparisonRow("Bridge", ("bridge.pdf",), CITATION, "answered", 0.9, "11")
SILENT = ComparisonRow("County Flood Committee", ("flood.md",), None, "not_found", 0.1, "")


class FakeAssistant:
    """Compares as its test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.rows: tuple[ComparisonRow, ...] = (FOUND, SILENT)
        self.asked: list[tuple[str, Sequence[str] | None]] = []
        self.query = ""

    def __enter__(self) -> FakeAssistant:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def compare(self, question: str, *, reviews: Sequence[str] | None = None) -> Comparison:
        self.asked.append((question, reviews))
        if "fail" in question:
            raise QAError("no document is of a review 'Brigde'", hint="did you mean 'bridge'?")
        return Comparison(question, self.query or question, self.rows, 0.01)


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeAssistant:
    assistant = FakeAssistant()
    monkeypatch.setattr(library, "open", lambda *_, **__: assistant)
    return assistant


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, *arguments: str) -> list[str]:
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", str(columns))
    assert cli.main(["compare", *arguments]) == 0
    return out.getvalue().splitlines()


def test_in_a_pipe_each_review_is_a_line(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["compare", "How", "many", "defects?"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert fake.asked == [("How many defects?", None)]
    assert lines[0] == f"Bridge | “{QUOTE}” [1] | page iii, paragraph 2.1"
    assert lines[1] == "County Flood Committee | silent"
    assert "[1] Bridge: Bridge inspection, page iii (page 3 of the file)" in "\n".join(lines)
    assert f"      qa show bridge.pdf --quote 0:{len(QUOTE)}" in lines


@pytest.mark.parametrize("columns", [80, 60])
def test_on_a_terminal_the_columns_wrap(
    fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    lines = on_terminal(monkeypatch, columns, "How many defects?")
    table = lines[: lines.index("Sources")]
    assert table[0].split() == ["review", "quote", "page"]
    assert set(table[1]) == {"-", " "}
    assert max(map(len, table)) <= columns
    start, end = table[0].index("quote"), table[0].index("page")
    silent = next(place for place, line in enumerate(table) if line.startswith("County"))
    said = " ".join(line[start:end].strip() for line in table[2:silent]).strip()
    assert said == f"“{QUOTE}” [1]"
    assert table[2].startswith("Bridge ")
    assert " ".join(line[end:].strip() for line in table[2:silent]).strip() == (
        "page iii, paragraph 2.1"
    )
    assert table[silent][start:] == "silent"
    assert table[silent + 1].strip() == "Committee"


def test_weak_evidence_and_another_query_are_said(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.rows = (ComparisonRow("Bridge", (), CITATION, "low_confidence", 0.52, ""),)
    fake.query = "How many did it find?"
    assert cli.main(["compare", "How many did Bridge find?"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Searched for: How many did it find?\n")
    assert "Bridge | (weak evidence) “The inspection" in out


def test_json_has_the_names_of_the_fields(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["compare", "How many?", "--json", "--review", "bridge", "--review", "flood"]
    assert cli.main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert fake.asked == [("How many?", ["bridge", "flood"])]
    assert list(printed) == [field.name for field in fields(Comparison)]
    assert list(printed["rows"][0]) == [field.name for field in fields(ComparisonRow)]
    assert list(printed["rows"][0]["citation"]) == [field.name for field in fields(Citation)]
    assert printed["rows"][1]["citation"] is None


def test_no_escape_sequence_of_a_document_reaches_the_terminal(
    fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.rows = (ComparisonRow("Br\x1b[31midge", (), None, "not_found", 0.0, ""),)
    assert "\x1b" not in "\n".join(on_terminal(monkeypatch, 80, "Why?"))


def test_what_is_wrong_is_said(fake: FakeAssistant, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compare", "fail"]) == 1
    err = capsys.readouterr().err
    assert err == "qa: no document is of a review 'Brigde'\nhint: did you mean 'bridge'?\n"
    with pytest.raises(SystemExit) as left:
        cli.main(["compare", " "])
    assert left.value.code == 2
    fake.rows = ()
    assert cli.main(["compare", "Why?"]) == 0
    assert "The index is empty." in capsys.readouterr().out


def test_the_real_thing_names_the_review_that_answers(
    small_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "How many defects were found in the masonry of the north span?"
    assert cli.main(["compare", question, "--index", str(small_index)]) == 0
    denby, wenning = capsys.readouterr().out.splitlines()[:2]
    assert denby.startswith("Denby | ")
    assert "“The inspection of Denby Bridge found 11 defects" in denby
    assert wenning == "Wenning | silent"
