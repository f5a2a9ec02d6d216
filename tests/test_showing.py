"""`qa show`: a page or a paragraph of a document, its picture, its file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from pdfs import column, make_pdf

import qa
from qa.cli import main

FIRST = [
    "7.11 The survey of the north span began in May and was done by",
    "the end of June; the county bore its cost.",
]
SECOND = ["7.12 The pier was repaired in the year after that, at a cost of", "11,000 pounds."]
PLAIN = ["The arches were repaired in the year after that, at a cost of", "9,000 pounds."]
NOTE = "# Note\n\nOne paragraph.\n\nTwo paragraphs.\n\nThree of them.\n\nFour.\n\nFive.\n\nSix.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    root = tmp_path_factory.mktemp("showing")
    shutil.copytree(models, root / "index" / "models")
    (root / "report.pdf").write_bytes(make_pdf([column(FIRST), column(SECOND)], title="Spans"))
    (root / "note.md").write_text(NOTE, encoding="utf-8")
    (root / "plain.pdf").write_bytes(make_pdf([column(PLAIN)] * 3, title="Arches"))
    qa.add([root / name for name in ("report.pdf", "note.md", "plain.pdf")], root / "index")
    return root


def shown(folder: Path, capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = main(["show", "--index", str(folder / "index"), *args])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_page_is_shown_with_the_way_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = shown(folder, capsys, "report.pdf", "--page", "2")
    assert code == 0
    assert "page 2 of 2" in out
    assert "The pier was repaired" in out
    assert "The survey" not in out
    assert "before: qa show report.pdf --page 1" in out
    assert "after:" not in out


def test_a_paragraph_is_marked_on_its_page(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = shown(folder, capsys, "report.pdf", "--paragraph", "7.12")
    assert code == 0
    assert "page 2 of 2" in out
    assert ">>7.12 The pier" in out
    assert "11,000 pounds.<<" in out


def test_a_paragraph_without_pages_stands_among_its_neighbours(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = shown(folder, capsys, "note.md", "--paragraph", "3")
    assert code == 0
    assert ">>Three of them.<<" in out
    assert "Five." in out
    assert "Six." not in out


def test_a_quote_is_shown_by_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with qa.open(folder / "index") as assistant:
        start = assistant.document("report.pdf").text.index("north span")
    place = f"{start}:{start + len('north span')}"
    code, out, _ = shown(folder, capsys, "report.pdf", "--quote", place)
    assert code == 0
    assert ">>north span<<" in out


def test_words_are_found_wherever_they_stand(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = shown(folder, capsys, "report.pdf", "--find", "THE PIER")
    assert code == 0
    assert "page 2" in out
    assert "stands in 1 place" in out
    code, out, _ = shown(folder, capsys, "report.pdf", "--find", "viaduct")
    assert code == 1
    assert "stands nowhere" in out


def test_the_picture_and_the_file_are_written(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture, original = tmp_path / "page.png", tmp_path / "copy.pdf"
    wanted = ("--paragraph", "7.12", "--image", str(picture), "--original", str(original))
    code, _, _ = shown(folder, capsys, "report.pdf", *wanted)
    assert code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert original.read_bytes() == (folder / "report.pdf").read_bytes()


def test_json_tells_the_place_and_its_boxes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = shown(folder, capsys, "report.pdf", "--paragraph", "7.12", "--json")
    told = json.loads(out)
    assert (told["page"]["number"], told["pages"]) == (2, 2)
    low, high = told["mark"]
    assert told["text"][low - told["start"] : high - told["start"]].startswith("7.12 The pier")
    assert [box["page"] for box in told["boxes"]] == [2, 2]
    _, out, _ = shown(folder, capsys, "report.pdf", "--find", "span", "--json")
    assert [match["page"] for match in json.loads(out)] == [1]


def test_without_a_place_it_says_what_the_document_is(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = shown(folder, capsys, "report.pdf")
    assert "2 pages, 1 passage, added" in out
    _, out, _ = shown(folder, capsys, "note.md")
    assert "Six." in out


@pytest.mark.parametrize(
    ("wanted", "problem", "hint"),
    [
        (("report.pdf", "--page", "9"), "has no page 9", "it has pages 1 to 2 and"),
        (
            ("report.pdf", "--paragraph", "8.1"),
            "has no paragraph 8.1",
            "graph 7.11 to paragraph 7.12",
        ),
        # There is a page 2, which a paragraph is not.
        (("report.pdf", "--paragraph", "2"), "has no paragraph 2", "graph 7.11 to paragraph 7.12"),
        (("plain.pdf", "--paragraph", "2"), "has no paragraph 2", "prints no paragraph numbers"),
        (("note.md", "--page", "1"), "has no page 1", "paragraph 1 to paragraph 6, and no pages"),
        (("note.md", "--paragraph", "7"), "has no paragraph 7", "paragraph 1 to paragraph 6"),
        (("report.pdf", "--quote", "5:99999"), "has no characters 5 to 99999", "characters"),
        (("nowhere.pdf",), "nowhere.pdf is not in the index", "qa list"),
        (("note.md", "--image", "x.png"), "no pages that can be drawn", "PDF"),
    ],
)
def test_what_is_not_there_is_said(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    wanted: tuple[str, ...],
    problem: str,
    hint: str,
) -> None:
    code, _, err = shown(folder, capsys, *wanted)
    assert code == 1
    assert problem in err
    assert hint in err


def test_a_span_that_is_none_is_wrong_usage(folder: Path) -> None:
    with pytest.raises(SystemExit) as left:
        main(["show", "report.pdf", "--quote", "ten", "--index", str(folder / "index")])
    assert left.value.code == 2
