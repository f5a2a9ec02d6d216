"""Files into the index: what is read, what is kept, what a new version changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pdfs import Picture, column, make_pdf

import qa
from qa import intake
from qa.errors import DocumentError
from qa.index import Index

SPAN = ["The survey of the north span began in May and ended in June."]
PIER = ["The pier was repaired by the county in the year after that."]


@pytest.fixture
def folder(tmp_path: Path, models: Path) -> Path:
    shutil.copytree(models, tmp_path / "index" / "models")
    return tmp_path / "index"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.pdf"
    path.write_bytes(make_pdf([column(SPAN), column(PIER)]))
    return path


@pytest.fixture
def assistant(folder: Path, report: Path) -> Iterator[qa.Assistant]:
    qa.add([report], folder, meta={"review": "Span"})
    with qa.open(folder) as opened:
        yield opened


def test_the_file_itself_is_kept(assistant: qa.Assistant, report: Path) -> None:
    content = report.read_bytes()
    report.unlink()
    assert assistant.original("report.pdf").read_bytes() == content
    with pytest.raises(DocumentError, match=r"nowhere\.pdf is not in the index"):
        assistant.original("nowhere.pdf")
    assert assistant.verify() == []


def test_a_page_is_drawn_with_the_quote_marked(assistant: qa.Assistant) -> None:
    document = assistant.document("report.pdf")
    start = document.text.index("north span")
    (box,) = assistant.boxes("report.pdf", start, start + len("north span"))
    assert box.page == 1
    # Drawn at x = 72, y = 700 from below, on a page 842 points high.
    assert 72 < box.x0 < box.x1 < 595
    assert box.y0 < 842 - 700 < box.y1
    layout = assistant.layout("report.pdf", 1)
    assert layout is not None
    assert (layout.width, layout.height) == (595, 842)
    plain = assistant.page_image("report.pdf", 1, width=400)
    marked = assistant.page_image("report.pdf", 1, start=start, end=start + 10, width=400)
    assert plain != marked
    assert assistant.page_image("report.pdf", 1, width=400) == plain
    with pytest.raises(DocumentError):
        assistant.page_image("report.pdf", 3)


def test_text_has_no_pages_to_draw(folder: Path) -> None:
    qa.build([qa.Document.from_text("a.txt", "A", "The bridge was closed.")], folder)
    with qa.open(folder) as assistant:
        assert assistant.boxes("a.txt", 0, 10) == []
        with pytest.raises(DocumentError, match="there is no file of"):
            assistant.page_image("a.txt", 1)


def test_markdown_has_a_file_and_no_pages_to_draw(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("# Note\n\nThe bridge was closed.\n", encoding="utf-8")
    qa.add([tmp_path / "note.md"], folder)
    with (
        qa.open(folder) as assistant,
        pytest.raises(DocumentError, match="no pages that can be drawn"),
    ):
        assistant.page_image("note.md", 1)


def test_adding_it_again_changes_nothing(
    assistant: qa.Assistant, folder: Path, report: Path, tmp_path: Path
) -> None:
    generation = assistant.status().generation
    again = qa.add([report], folder)
    assert (again.unchanged, again.encoded) == (("report.pdf",), 0)
    copy = tmp_path / "report (1).pdf"
    shutil.copy(report, copy)
    twin = qa.add([copy], folder)
    assert twin.unchanged == ("report.pdf",)
    assert twin.warnings[0].uri == "report (1).pdf"
    assert "the same file is in the index as report.pdf" in twin.warnings[0].reason
    assert assistant.status().generation == generation
    # What was said of it when it was added is not forgotten.
    assert assistant.documents()[0].review == "Span"


def test_a_new_version_replaces_it_and_says_what_changed(
    assistant: qa.Assistant, folder: Path, report: Path
) -> None:
    old = assistant.original("report.pdf")
    added = assistant.documents()[0].added
    report.write_bytes(make_pdf([column(SPAN), column(PIER), column(["Costs rose in 2012."])]))
    result = qa.add([report], folder)
    (change,) = result.changes
    assert (change.uri, change.pages) == ("report.pdf", (2, 3))
    assert change.new_passages >= 1
    assert assistant.documents()[0].review == "Span"
    assert assistant.documents()[0].added == added
    assert not old.exists()
    assert assistant.verify() == []


def test_removing_takes_the_file_and_its_pictures_away(
    assistant: qa.Assistant, folder: Path
) -> None:
    assistant.page_image("report.pdf", 1, width=300)
    assert list((folder / "pictures").rglob("*.png"))
    qa.remove(["report.pdf"], folder)
    assert [path for path in folder.rglob("*") if path.suffix in (".pdf", ".png")] == []
    assert assistant.documents() == []


def test_a_rebuild_reads_what_was_added_from_the_kept_files(
    assistant: qa.Assistant, folder: Path, report: Path, tmp_path: Path
) -> None:
    report.unlink()
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "note.md").write_text("# Note\n\nClosed.\n", encoding="utf-8")
    before = assistant.document("report.pdf")
    result = qa.build(tmp_path / "corpus", folder, rebuild=True)
    assert result.failed == ()
    with qa.open(folder) as rebuilt:
        assert [one.uri for one in rebuilt.documents()] == ["note.md", "report.pdf"]
        assert rebuilt.document("report.pdf") == before
        assert rebuilt.boxes("report.pdf", 0, 10)


def test_a_rebuild_keeps_what_was_stored_where_the_kept_file_is_gone(
    assistant: qa.Assistant, folder: Path, report: Path, tmp_path: Path
) -> None:
    assistant.original("report.pdf").unlink()
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "note.md").write_text("# Note\n\nClosed.\n", encoding="utf-8")
    before = assistant.document("report.pdf")
    qa.build(tmp_path / "corpus", folder, rebuild=True)
    with qa.open(folder) as rebuilt:
        assert rebuilt.document("report.pdf") == before
        assert rebuilt.boxes("report.pdf", 0, 10)


def test_what_ocr_could_read_is_read_again_once_there_is_ocr(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "blank.pdf"
    # The picture is plain grey: there is nothing on it to read.
    path.write_bytes(make_pdf([column(SPAN), [Picture()]]))
    monkeypatch.setattr(intake, "ocr_version", lambda: "")
    qa.add([path], folder)

    def signature() -> str:
        with Index.open(folder) as index:
            return index.state()["blank.pdf"].signature

    without = signature()
    assert '"ocr": ""' in without
    monkeypatch.setattr(intake, "ocr_version", lambda: "tesseract 9.9")
    again = qa.add([path], folder)
    assert again.unchanged == ("blank.pdf",)
    assert '"ocr": "tesseract 9.9"' in signature()
    monkeypatch.setattr(intake, "ocr_version", lambda: "")
    qa.add([path], folder)
    assert '"ocr": "tesseract 9.9"' in signature(), "what OCR read is kept when it is gone"


def test_progress_is_told_in_pages_and_never_runs_back(folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        content = make_pdf([column([f"Part {name} of the survey, page {n}."]) for n in range(4)])
        (tmp_path / f"{name}.pdf").write_bytes(content)
    told: list[tuple[int, int]] = []

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "reading":
            told.append((done, total))

    qa.add([tmp_path / f"{name}.pdf" for name in ("a", "b", "c")], folder, progress=progress)
    assert told[-1] == (12, 12)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_one_bad_file_among_many_is_named_and_the_rest_are_added(
    folder: Path, report: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7 and then nothing")
    missing = tmp_path / "missing.pdf"
    result = qa.add([bad, report, missing], folder)
    assert result.added == ("report.pdf",)
    assert [failure.uri for failure in result.failed] == ["bad.pdf", "missing.pdf"]
    assert [path.suffix for path in (folder / "originals").iterdir()] == [".pdf"]
