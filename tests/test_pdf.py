"""PDFs: pages and labels, what is dropped, what is joined, and files that cannot be read."""

from __future__ import annotations

import gc
import random
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laws import assert_lawful, paragraphs
from pdfs import BODY, BOLD, ITALIC, OPENING, Page, Picture, Put, column, make_pdf

from qa.documents import load_file
from qa.errors import DocumentError
from qa.types import Document

REPORTS = Path(__file__).resolve().parents[2] / "shared" / "eval" / "uk_inquiries" / "pdf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def load(folder: Path, content: bytes, name: str = "report.pdf") -> Document:
    document, warnings = load_with_warnings(folder, content, name)
    assert warnings == ()
    return document


def load_with_warnings(
    folder: Path, content: bytes, name: str = "report.pdf"
) -> tuple[Document, tuple[str, ...]]:
    path = folder / name
    path.write_bytes(content)
    loaded = load_file(path, uri=name, max_bytes=10_000_000)
    assert_lawful(loaded.document)
    return loaded.document, loaded.warnings


def page_text(document: Document, number: int) -> str:
    page = document.pages[number - 1]
    return document.text[page.start : page.end]


def numbered_pages(count: int, *, head: str = "Report on bridges") -> list[Page]:
    """Pages with a running head and a page number; each says something of its own."""
    words = "north south east west upper lower inner outer first last".split()
    return [
        [
            Put(72, 800, head, 9),
            *column([f"The {words[place]} span of the bridge was inspected by the county."]),
            Put(290, 30, str(place + 1), 9),
        ]
        for place in range(count)
    ]


def test_every_page_is_counted_and_holds_its_text(folder: Path) -> None:
    pages = numbered_pages(6)
    pages[3] = []
    document = load(folder, make_pdf(pages))
    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5, 6]
    assert document.pages[3].start == document.pages[3].end
    assert (
        page_text(document, 3).strip() == "The east span of the bridge was inspected by the county."
    )
    assert page_text(document, 5).startswith("The upper span")


def test_running_heads_and_page_numbers_are_dropped_and_give_the_labels(folder: Path) -> None:
    document = load(folder, make_pdf(numbered_pages(8)))
    assert "Report on bridges" not in document.text
    assert not re.search(r"\d", document.text)
    assert [page.label for page in document.pages] == [str(number) for number in range(1, 9)]


def test_what_repeats_in_the_middle_of_the_page_stays(folder: Path) -> None:
    pages = [
        [*page, Put(72, 400, "This recommendation is accepted.")] for page in numbered_pages(6)
    ]
    document = load(folder, make_pdf(pages))
    assert document.text.count("This recommendation is accepted.") == 6


def test_labels_of_the_file_are_used_unless_the_print_denies_them(folder: Path) -> None:
    roman = "/PageLabels << /Nums [0 << /S /r >> 2 << /S /D >>] >>"
    plain = [column([f"Nothing is printed on page {name}."]) for name in ("a", "b", "c", "d")]
    labels = [page.label for page in load(folder, make_pdf(plain, catalogue=roman)).pages]
    assert labels == ["i", "ii", "1", "2"]
    denied = load(folder, make_pdf(numbered_pages(6), catalogue=roman))
    assert [page.label for page in denied.pages] == ["1", "2", "3", "4", "5", "6"]


def test_a_page_without_a_number_between_numbered_ones_has_one_all_the_same(folder: Path) -> None:
    pages = numbered_pages(7)
    pages[3] = column(["A new part begins here and bears no number."])
    assert [page.label for page in load(folder, make_pdf(pages)).pages][2:5] == ["3", "4", "5"]


def test_lines_are_joined_to_paragraphs_at_white_space(folder: Path) -> None:
    document = load(folder, make_pdf([column([*OPENING, "", *BODY])]))
    assert paragraphs(document) == [" ".join(OPENING), " ".join(BODY)]


def test_a_quotation_whose_lines_stand_wide_is_one_paragraph(folder: Path) -> None:
    wide = [put for place, line in enumerate(BODY) for put in column([line], y=600 - 20 * place)]
    document = load(folder, make_pdf([[*column(OPENING * 3, y=760), *wide]]))
    assert paragraphs(document)[-1] == " ".join(BODY)


def test_a_short_line_ends_its_paragraph_without_white_space(folder: Path) -> None:
    lines = [*OPENING, "They answered all.", *BODY]
    document = load(folder, make_pdf([column(lines)]))
    assert paragraphs(document) == [" ".join([*OPENING, "They answered all."]), " ".join(BODY)]


def test_words_broken_over_a_line_are_joined_and_real_hyphens_kept(folder: Path) -> None:
    lines = [
        "The well-being of residents was the concern of the housing depart-",
        "ment, which wrote in 2014 that preparedness had to come before well-",
        "being, and that a whole-house approach to prepared-",
        "ness would cost less than the approach of a single house-",
        "holder in the Covid-",
        "19 years.",
    ]
    text = load(folder, make_pdf([column(lines)])).text
    assert "housing department, which" in text
    assert "before well-being, and" in text
    assert "to preparedness would" in text
    assert "single householder in" in text
    assert "the Covid-19 years." in text


def test_a_paragraph_goes_on_over_the_page_and_footnotes_do_not_part_it(folder: Path) -> None:
    first = [
        *column(["1.1. " + OPENING[0], *OPENING[1:]], y=200),
        *column(["1.2. " + BODY[0], BODY[1]], y=140),
        *column(["1 Survey of bridges, 2011, page 4."], y=60, size=8, lead=10),
    ]
    document = load(folder, make_pdf([first, column([BODY[2], "", "Next."])]))
    assert paragraphs(document) == [
        " ".join(["1.1.", *OPENING]),
        "1 Survey of bridges, 2011, page 4.",
        " ".join(["1.2.", *BODY]),
        "Next.",
    ]
    assert [x.label for x in document.paragraphs] == ["1.1", "", "1.2", ""]
    assert document.paragraphs[1].heading == "Notes"
    assert page_text(document, 1).endswith(f"{BODY[1]} ")
    assert page_text(document, 2).startswith(BODY[2])


def test_a_sentence_that_ends_with_the_page_ends_its_paragraph(folder: Path) -> None:
    document = load(folder, make_pdf([column(OPENING, y=100), column(BODY)]))
    assert paragraphs(document) == [" ".join(OPENING), " ".join(BODY)]


def test_marks_of_footnotes_are_dropped_and_other_small_figures_kept(folder: Path) -> None:
    line = [
        Put(72, 700, "It was repaired."),
        Put(158, 705, "12", 7),
        Put(168, 700, "The air held less CO"),
        Put(280, 697, "2", 7),
        Put(286, 700, " than in 2014."),
    ]
    text = load(folder, make_pdf([line])).text
    assert text.startswith("It was repaired. The air held less CO")
    assert "12" not in text
    assert re.search(r"CO ?2", text)


def test_headings_make_the_trail_and_the_title_is_no_part_of_it(folder: Path) -> None:
    cover = [Put(72, 600, "Inspection of Denby Bridge", 28)]
    page = [
        Put(72, 760, "Findings", 20),
        *column([*OPENING, "", *BODY] * 3, y=730),
        Put(72, 420, "North span", 12, BOLD),
        *column(BODY, y=400),
        Put(72, 340, "South span", 12, ITALIC),
        *column(OPENING, y=320),
        Put(72, 260, "Costs", 20),
        *column(BODY, y=230),
    ]
    document = load(folder, make_pdf([cover, page]))
    assert document.title == "Inspection of Denby Bridge"
    assert paragraphs(document, "heading") == [
        "Inspection of Denby Bridge", "Findings", "North span", "South span", "Costs",
    ]  # fmt: skip
    trails = list(dict.fromkeys(x.heading for x in document.paragraphs if x.kind == "text"))
    assert trails == [
        "Findings",
        "Findings > North span",
        "Findings > North span > South span",
        "Costs",
    ]


def test_a_table_of_contents_is_kept_apart(folder: Path) -> None:
    entries = ["Findings", "North span", "South span"]
    contents = [Put(72, 760, "Contents", 20)]
    for place, entry in enumerate(entries):
        contents += [Put(72, 700 - 20 * place, entry), Put(500, 700 - 20 * place, str(place + 3))]
    dotted = column(["Costs . . . . . . . . . . . . . . . . . . 9"], y=600)
    document = load(folder, make_pdf([[*contents, *dotted], column([*OPENING, "", *BODY])]))
    listed = paragraphs(document, "contents")
    assert listed[:3] == ["Findings 3", "North span 4", "South span 5"]
    assert listed[3].startswith("Costs")
    assert paragraphs(document) == [" ".join(OPENING), " ".join(BODY)]


def test_contents_without_page_numbers_are_told_by_the_headings_they_name(folder: Path) -> None:
    entries = ["Findings", "North span", "South span", "Costs"]
    contents = column(["Contents", "", *[line for entry in entries for line in (entry, "")]])
    body: list[Put | Picture] = []
    for place, entry in enumerate(entries):
        body += [Put(72, 780 - 180 * place, entry, 20), *column(BODY, y=750 - 180 * place)]
    document = load(folder, make_pdf([contents, body]))
    assert paragraphs(document, "contents") == ["Contents", *entries]
    assert paragraphs(document, "heading") == entries
    assert paragraphs(document) == [" ".join(BODY)] * 4


LEFT = [
    f"the left column says in line {name} what it" for name in "one two six ten four".split() * 2
]
RIGHT = [
    f"the right column has in line {name} more to" for name in "one two six ten four".split() * 2
]


@pytest.mark.parametrize("across", [False, True], ids=["by columns", "line by line"])
def test_two_columns_are_read_one_after_the_other(folder: Path, across: bool) -> None:
    left, right = column(LEFT, x=50, size=10), column(RIGHT, x=330, size=10)
    drawn = (
        [put for pair in zip(left, right, strict=True) for put in pair] if across else left + right
    )
    text = load(folder, make_pdf([drawn])).text
    assert text.rindex("the left") < text.index("the right")


def test_text_drawn_out_of_order_is_read_from_the_top(folder: Path) -> None:
    drawn = [*column(BODY, y=300), *column(OPENING, y=700)]
    assert paragraphs(load(folder, make_pdf([drawn]))) == [" ".join(OPENING), " ".join(BODY)]


def test_a_page_printed_sideways_is_read_along_its_lines(folder: Path) -> None:
    drawn = [Put(100 + 14 * place, 100, line, turned=True) for place, line in enumerate(OPENING)]
    assert paragraphs(load(folder, make_pdf([drawn]))) == [" ".join(OPENING)]


def test_bullets_and_numbers_begin_paragraphs(folder: Path) -> None:
    lines = ["The council should:", "• repair the north span;", "• survey the south span; and",
             "(a) report on both,", "(b) every year."]  # fmt: skip
    assert paragraphs(load(folder, make_pdf([column(lines)]))) == lines


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("The Denby Bridge inspection", "The Denby Bridge inspection"),
        ("Microsoft Word - draft3.doc", "Inspection of Denby Bridge"),
        ("20190514 FINAL v2", "Inspection of Denby Bridge"),
        ("", "Inspection of Denby Bridge"),
    ],
)
def test_the_title_is_the_stated_one_where_the_pages_bear_it_out(
    folder: Path, stated: str, expected: str
) -> None:
    page = [Put(72, 700, "Inspection of Denby Bridge", 24), *column(BODY, y=600)]
    assert load(folder, make_pdf([page], title=stated)).title == expected


def test_without_any_title_the_file_name_is_one(folder: Path) -> None:
    assert load(folder, make_pdf([column(OPENING)]), "denby.pdf").title == "denby"


@pytest.mark.parametrize(
    ("stated", "kept"),
    [("County Engineer", True), ("coopersk", False), ("Adobe Acrobat 24.2", False), ("DWP", True)],
)
def test_an_author_is_no_program_and_no_account(folder: Path, stated: str, kept: bool) -> None:
    document = load(folder, make_pdf([column(OPENING)], author=stated))
    assert dict(document.meta) == ({"author": stated} if kept else {})


def test_pages_that_are_pictures_are_named_and_blank_ones_are_not(folder: Path) -> None:
    pages: list[Page] = [column(OPENING), [Picture()], [], [Picture()], [Picture()]]
    document, warnings = load_with_warnings(folder, make_pdf(pages))
    (warning,) = warnings
    assert "3 pages" in warning
    assert "2, 4–5" in warning
    assert len(document.pages) == 5


GOOD = make_pdf([column(OPENING), column(BODY)])
NO_PASSWORD = (
    "/Encrypt << /Filter /Standard /V 1 /R 2 /Length 40 /P -4"
    f" /O <{'41' * 32}> /U <{'42' * 32}> >> /ID [<{'43' * 16}> <{'43' * 16}>]"
)
BAD = {
    "encrypted": (make_pdf([column(OPENING)], extra=NO_PASSWORD), "encrypted.*password"),
    "image-only": (make_pdf([[Picture()]] * 3), "image-only: no text layer on any of its 3 pages"),
    "one image": (make_pdf([[Picture()]]), "image-only: no text layer on its one page"),
    "blank": (make_pdf([[], []]), "empty: there is nothing on any of its 2 pages"),
    "cut short": (GOOD[: len(GOOD) // 2], "damaged: its end is missing"),
    "holed": (GOOD[:9] + b"\n%%EOF\n", "damaged"),
    "no PDF": (b"Dear reader, this is a letter.", "not a PDF"),
    "noise": (bytes(random.Random(1).randbytes(5000)), "not a PDF"),
    "empty": (b"", "empty"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_read_says_why_and_what_to_do(folder: Path, name: str) -> None:
    content, reason = BAD[name]
    with pytest.raises(DocumentError, match=reason) as caught:
        load(folder, content)
    assert caught.value.uri == "report.pdf"
    assert caught.value.hint


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=12)
)
def test_a_damaged_file_is_an_error_or_a_lawful_document(
    folder: Path, changes: list[tuple[int, int]]
) -> None:
    content = bytearray(GOOD)
    for place, value in changes:
        content[place] = value
    try:
        document, _ = load_with_warnings(folder, bytes(content))
    except DocumentError:
        return
    assert document.pages


WORDS = st.text(st.sampled_from("abcXYZ .-—•'(1234567890)é\xa0%"), min_size=1, max_size=40)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(
            st.builds(
                Put,
                x=st.integers(-50, 600),
                y=st.integers(-50, 850),
                text=WORDS,
                size=st.sampled_from([0.1, 6, 7, 12, 12, 12, 30]),
                font=st.sampled_from(["F1", "F2", "F3"]),
                turned=st.booleans(),
            ),
            max_size=12,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_stands_on_the_pages_the_document_is_lawful(
    folder: Path, pages: list[list[Put]]
) -> None:
    pages[0].append(Put(72, 400, "The north span was inspected."))
    document, _ = load_with_warnings(folder, make_pdf(pages))
    assert len(document.pages) == len(pages)


def test_hidden_text_makes_no_heading_of_what_is_shown(folder: Path) -> None:
    hidden = [Put(72, 700, "abc def ghi " * 20, size=0.1), Put(72, 600, "jkl mno " * 20, size=0.1)]
    shown = Put(72, 400, "The north span was inspected.")
    document, _ = load_with_warnings(folder, make_pdf([[*hidden, shown]]))
    kinds = {document.text[x.start : x.end]: x.kind for x in document.paragraphs}
    assert kinds[shown.text] == "text"


def test_threads_may_read_at_once_and_nothing_stays_open(folder: Path) -> None:
    contents = [make_pdf(numbered_pages(count)) for count in range(3, 9)] * 3
    for place, content in enumerate(contents):
        (folder / f"{place}.pdf").write_bytes(content)

    def text(place: int) -> str:
        path = folder / f"{place}.pdf"
        return load_file(path, uri=path.name, max_bytes=10_000_000).document.text

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(text, range(len(contents))))
    assert together == [text(place) for place in range(len(contents))]
    gc.collect()


@pytest.mark.shared
@pytest.mark.skipif(not REPORTS.is_dir(), reason="the inquiry reports are not beside the checkout")
@pytest.mark.skipif(bool(shutil.which("tesseract")), reason="OCR would read it")
def test_the_report_that_is_only_pictures_is_named_as_one() -> None:
    path = REPORTS / "PostOfficeHorizon-IT-Inquiry-Response.pdf"
    with pytest.raises(DocumentError, match="image-only: no text layer on any of its 16 pages"):
        load_file(path, uri=path.name, max_bytes=10**9)
