"""Pages that are pictures: read by Tesseract where it is installed, named where it is not."""

from __future__ import annotations

import functools
import re
import struct
import sys
from pathlib import Path

import pytest
from laws import assert_lawful, paragraphs
from pdfs import BODY, BOLD, OPENING, Page, Picture, Put, column, make_pdf
from scans import joined, needs_tesseract, pdf_of, pictures, scanned, stamped

from qa.documents import load_file
from qa.documents.formats import Parsed, ocr, ocr_version, parse_pdf
from qa.errors import DocumentError

REPORTS = Path(__file__).resolve().parents[2] / "shared" / "eval" / "uk_inquiries" / "pdf"
SCAN = REPORTS / "PostOfficeHorizon-IT-Inquiry-Response.pdf"
REPORT: list[Page] = [
    [
        Put(72, 760, "Findings on the masonry", 18, BOLD),
        *column([*OPENING, "", *BODY]),
        Put(290, 30, "11", 9),
    ],
    [
        Put(72, 700, "2.1"),
        *column(OPENING, x=110, y=700),
        Put(72, 644, "2.2"),
        *column(BODY, x=110, y=644),
        *column(["• the north span", "", "• the south span"], x=110, y=580),
        Put(290, 30, "12", 9),
    ],
]
PLAIN = make_pdf(REPORT)


@pytest.fixture
def without_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(ocr, "_ON_WINDOWS", str(tmp_path / "tesseract.exe"))


def read(content: bytes) -> Parsed:
    return parse_pdf(content, uri="scan.pdf")


@functools.cache
def the_scan() -> Parsed:
    """The report, scanned and read."""
    return read(scanned(PLAIN))


def places(parsed: Parsed) -> list[tuple[str, tuple[float, ...]]]:
    """Every word with its page and its rectangle in points."""
    return [
        (parsed.text[start:end], (layout.page, *(edge / 10 for edge in edges)))
        for layout in parsed.layouts
        for start, end, *edges in struct.iter_unpack("<6i", layout.words)
    ]


@needs_tesseract
def test_a_scan_reads_like_the_file_that_it_was_made_of() -> None:
    scan, original = the_scan(), read(PLAIN)
    assert scan.text == original.text
    assert [(x.kind, x.label, x.heading) for x in scan.paragraphs] == [
        (x.kind, x.label, x.heading) for x in original.paragraphs
    ]
    assert [(page.label, page.start, page.end) for page in scan.pages] == [
        (page.label, page.start, page.end) for page in original.pages
    ]
    assert [page.ocr for page in original.pages] == [None, None]
    for page in scan.pages:
        assert page.ocr is not None
        assert 0.8 < page.ocr <= 1
    (warning,) = scan.warnings
    assert re.fullmatch(
        r"2 pages were read by OCR \(tesseract \d+[\d.]*\), mean confidence 9\d%: 1–2", warning
    )


@needs_tesseract
def test_the_words_of_a_scan_stand_where_those_of_the_file_stand() -> None:
    seen, printed = places(the_scan()), places(read(PLAIN))
    assert [word for word, _ in seen] == [word for word, _ in printed]
    for (word, box), (_, expected) in zip(seen, printed, strict=True):
        assert box == pytest.approx(expected, abs=3.0), word


@needs_tesseract
@pytest.mark.parametrize("turned", [90, 180, 270])
def test_sheets_laid_in_sideways_are_read(turned: int) -> None:
    page = make_pdf([[*column([*OPENING, *BODY, "", *OPENING, *BODY], y=760)]])
    parsed = read(scanned(page, turned=turned))
    assert parsed.text.count("The inspectors found eleven defects in the north span") == 2
    box = next(box for word, box in places(parsed) if word == "inspection")
    upright = next(box for word, box in places(read(page)) if word == "inspection")
    x, y = (upright[1] + upright[3]) / 2, (upright[2] + upright[4]) / 2
    expected = {90: (y, 595 - x), 180: (595 - x, 842 - y), 270: (842 - y, x)}[turned]
    assert ((box[1] + box[3]) / 2, (box[2] + box[4]) / 2) == pytest.approx(expected, abs=4)


@needs_tesseract
def test_pages_that_a_viewer_turns_are_read_as_shown() -> None:
    lying = joined(scanned(PLAIN, turned=90), rotation=90)
    parsed = read(lying)
    assert parsed.text == the_scan().text
    box = next(box for word, box in places(parsed) if word == "inspection")
    upright = next(box for word, box in places(read(PLAIN)) if word == "inspection")
    assert box == pytest.approx(upright, abs=3)


@needs_tesseract
def test_only_pages_without_text_are_read_by_ocr_and_blank_ones_are_not_looked_at() -> None:
    words = make_pdf([column(["The first page has a text layer of its own."]), []])
    told: list[tuple[int, int]] = []
    content = joined(words, scanned(make_pdf([column(BODY)])), make_pdf([[Picture()]]))
    parsed = parse_pdf(content, uri="a.pdf", progress=lambda *now: told.append(now))
    assert [page.ocr is None for page in parsed.pages] == [True, True, False, True]
    assert paragraphs_of(parsed)[1] == " ".join(BODY)
    assert parsed.warnings[0].startswith("1 page was read by OCR")
    assert parsed.warnings[0].endswith(": 3")
    assert parsed.warnings[1:] == ("on 1 page without a text layer OCR found no words: 4",)
    assert told[0] == (0, 4)
    assert told[-1] == (4, 4)
    assert told == sorted(told)
    assert len(told) == 1 + 4 + 2


def paragraphs_of(parsed: Parsed) -> list[str]:
    return [parsed.text[x.start : x.end] for x in parsed.paragraphs]


@needs_tesseract
def test_a_stamp_on_a_scan_does_not_pass_for_its_text() -> None:
    parsed = read(stamped(scanned(make_pdf([column([*OPENING, *BODY])])), "INQ0001_0001"))
    assert parsed.text.startswith("The inspection of Denby Bridge took place")
    assert parsed.pages[0].ocr is not None


@needs_tesseract
def test_a_few_words_over_a_picture_without_text_stay_what_they_are() -> None:
    cover = make_pdf([[Picture(), Put(72, 500, "Report on Denby Bridge", 30)], column(BODY)])
    parsed = read(cover)
    assert parsed.text.startswith("Report on Denby Bridge")
    assert parsed.pages[0].ocr is None
    assert parsed.warnings == ()


@needs_tesseract
def test_a_text_layer_that_stands_for_no_letters_is_passed_over() -> None:
    names = " ".join(f"/uniE{code:03X}" for code in range(32, 127))
    nameless = make_pdf([column([*OPENING, *BODY])]).replace(
        b"/Encoding /WinAnsiEncoding", f"/Encoding << /Differences [32 {names}] >>".encode()
    )
    empty = read(joined(make_pdf([column(BODY)]), nameless))
    assert empty.pages[1].start == empty.pages[1].end
    assert "2" in empty.warnings[0]


@needs_tesseract
def test_specks_are_no_words() -> None:
    (sheet,) = pictures(make_pdf([column([*OPENING, *BODY])]))
    for place in range(0, 600, 23):
        sheet.putpixel((1000 + place // 2, 1500 + place), 0)
        sheet.paste(60, (300 + 2 * place, 1900 + place % 41, 304 + 2 * place, 1903 + place % 41))
    assert read(pdf_of([sheet])).text == " ".join([*OPENING, *BODY])


@needs_tesseract
def test_a_page_that_takes_too_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "SECONDS", 0.01)
    content = joined(make_pdf([column(OPENING)]), scanned(make_pdf([column(BODY)])))
    parsed = read(content)
    assert parsed.warnings == (
        "page 2 has no text layer and cannot be searched: OCR failed: it took longer than 0.01 s",
    )
    assert parsed.pages[1].ocr is None
    with pytest.raises(DocumentError, match=r"image-only: .* OCR failed: it took longer") as caught:
        read(scanned(make_pdf([column(BODY)])))
    assert caught.value.hint


@needs_tesseract
def test_without_its_language_ocr_fails_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    with pytest.raises(DocumentError, match=r"image-only: .* OCR failed: .*eng"):
        read(scanned(make_pdf([column(BODY)])))


@needs_tesseract
def test_pictures_without_words_are_an_error_that_says_they_were_looked_at() -> None:
    with pytest.raises(DocumentError, match=r"image-only: .*, and OCR found no words") as caught:
        read(make_pdf([[Picture()]] * 2))
    assert "scan" in caught.value.hint


@needs_tesseract
def test_the_version_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert re.fullmatch(r"tesseract \d+(\.\d+)*", ocr_version())
    monkeypatch.setattr("subprocess.run", None)
    assert ocr_version()


@pytest.mark.usefixtures("without_tesseract")
def test_without_tesseract_the_pages_are_named_with_the_command_that_installs_it() -> None:
    assert ocr_version() == ""
    pages: list[Page] = [column(OPENING), [Picture()], [], [Picture()], [Picture()]]
    parsed = read(make_pdf(pages))
    (warning,) = parsed.warnings
    assert warning.startswith("3 pages have no text layer and cannot be searched: 2, 4–5; ")
    assert f"run `{ocr.install_hint()}` and add the file again" in warning
    assert [page.ocr for page in parsed.pages] == [None] * 5


@pytest.mark.usefixtures("without_tesseract")
def test_without_tesseract_a_scan_is_an_error_with_that_command() -> None:
    with pytest.raises(DocumentError, match="image-only: no text layer on its one page") as caught:
        read(scanned(make_pdf([column(BODY)])))
    assert ocr.install_hint() in caught.value.hint
    assert "add the file again" in caught.value.hint


@pytest.mark.usefixtures("without_tesseract")
def test_without_tesseract_stamped_scans_are_named_too() -> None:
    (warning,) = read(stamped(scanned(make_pdf([column(BODY)])), "INQ0001_0001")).warnings
    assert warning.startswith("1 page has nothing but a few words of text; what")
    assert ": 1; to read" in warning


@pytest.mark.parametrize(
    ("platform", "told", "command"),
    [
        ("darwin", "", "brew install tesseract"),
        ("win32", "", "winget install UB-Mannheim.TesseractOCR"),
        ("linux", "NAME=x\nID=debian\n", "apt install tesseract-ocr"),
        ("linux", 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', "apt install tesseract-ocr"),
        ("linux", 'ID="fedora"\n', "dnf install tesseract"),
        ("linux", 'ID="rocky"\nID_LIKE="rhel centos fedora"\n', "dnf install tesseract"),
        ("linux", "no such thing", "apt install tesseract-ocr"),
    ],
)
def test_the_command_is_that_of_the_system(
    platform: str, told: str, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "os-release").write_text(told, encoding="utf-8")
    monkeypatch.setattr(ocr, "_OS_RELEASE", tmp_path / "os-release")
    monkeypatch.setattr(sys, "platform", platform)
    assert ocr.install_hint() == command


@needs_tesseract
def test_a_scanned_file_makes_a_lawful_document(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scanned(PLAIN))
    document = load_file(path, uri="scan.pdf", max_bytes=10_000_000).document
    assert_lawful(document)
    assert " ".join(OPENING) in paragraphs(document)


@pytest.mark.shared
@needs_tesseract
@pytest.mark.skipif(not SCAN.is_file(), reason="the inquiry reports are not beside the checkout")
def test_the_report_that_is_only_pictures_is_read() -> None:
    parsed = read(SCAN.read_bytes())
    assert [page.label for page in parsed.pages] == [str(number) for number in range(1, 17)]
    assert all(page.ocr is not None and page.ocr > 0.9 for page in parsed.pages)
    headings = [parsed.text[x.start : x.end] for x in parsed.paragraphs if x.kind == "heading"]
    assert [f"Recommendation {number}" in headings for number in range(1, 20)] == [True] * 19
    sentence = (
        "DBT, the Post Office and Fujitsu have jointly embarked on a restorative justice project"
        " for postmasters, facilitated by the Restorative Justice Council."
    )
    start = parsed.text.index(sentence)
    assert parsed.pages[15].start <= start < parsed.pages[15].end
    assert parsed.warnings[0].endswith(": 1–16")
