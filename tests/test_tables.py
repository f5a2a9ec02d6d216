"""Ruled tables of PDFs: a paragraph a row, its cells in order, under the table's caption."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laws import assert_lawful
from pdfs import BOLD, Frame, Page, Put, column, make_pdf

from qa.documents import load_file
from qa.documents.formats import parse_pdf
from qa.types import Document

PROSE = [
    "The inspectors found eleven defects in the north span, of which two",
    "had been known to the county council since the survey of 2011 but",
    "had never been repaired for want of money in the budget for roads.",
]
XS, YS = (72, 172, 322, 522), (600, 560, 520, 480)
CELLS = [
    ["Span", "State", "Cost"],
    ["North", "eleven defects", "£12,400"],
    ["South", "no defects.", "None"],
]


def load(folder: Path, *pages: Page) -> Document:
    path = folder / "report.pdf"
    path.write_bytes(make_pdf(pages))
    document = load_file(path, uri="report.pdf", max_bytes=10**7).document
    assert_lawful(document)
    return document


def table(
    cells: list[list[str]], *, xs: tuple[int, ...] = XS, ys: tuple[int, ...] = YS
) -> list[Put | Frame]:
    """A table with a frame around each cell; "/" parts the lines of a cell, "" draws none."""
    drawn: list[Put | Frame] = []
    for row, (high, low) in zip(cells, pairwise(ys), strict=True):
        for text, (left, right) in zip(row, pairwise(xs), strict=True):
            drawn.append(Frame(left, low, right, high))
            for place, line in enumerate(text.split("/") if text else ()):
                font = BOLD if high == ys[0] else "F1"
                drawn.append(Put(left + 4, high - 14 - 12 * place, line, 10, font))
    return drawn


def rows(document: Document) -> list[str]:
    return [document.text[x.start : x.end] for x in document.paragraphs if x.kind == "text"]


def test_each_row_is_a_paragraph_under_caption_and_heads(tmp_path: Path) -> None:
    caption = Put(72, 620, "Table 3: Denby Bridge in 2019")
    page = [*column(PROSE, y=760), caption, *table(CELLS), *column(PROSE, y=440)]
    document = load(tmp_path, page)
    assert rows(document) == [
        " ".join(PROSE),
        "Table 3: Denby Bridge in 2019",
        "Span; State; Cost",
        "North; eleven defects; £12,400",
        "South; no defects. None",
        " ".join(PROSE),
    ]
    trails = [x.heading for x in document.paragraphs]
    assert trails[3] == "Table 3: Denby Bridge in 2019 > Span; State; Cost"
    assert trails[0] == trails[5] == ""


def test_lines_of_a_cell_are_joined_before_the_next_cell(tmp_path: Path) -> None:
    cells = [CELLS[0], ["North/span", "eleven/defects", "£12,400"], CELLS[2]]
    drawn = table(cells)
    drawn.sort(key=lambda item: (isinstance(item, Put), -item.y if isinstance(item, Put) else 0))
    document = load(tmp_path, [*drawn, *column(PROSE, y=440)])
    assert rows(document)[1] == "North span; eleven defects; £12,400"


def test_words_that_run_on_from_cell_to_cell_are_cut_at_the_rule(tmp_path: Path) -> None:
    drawn = [item for item in table(CELLS) if isinstance(item, Frame)]
    lines = [Put(76, high - 14, text, 10) for high, text in
             zip(YS, ("Span" + 30 * " " + "State", "North" + 30 * " " + "old", "South"),
                 strict=False)]  # fmt: skip
    document = load(tmp_path, [*drawn, *lines, *column(PROSE, y=440)])
    assert rows(document)[:3] == ["Span; State", "North; old", "South"]


def test_a_table_that_goes_on_keeps_its_caption(tmp_path: Path) -> None:
    first = [*column(PROSE, y=760), Put(72, 620, "Table 3: Bridges"), *table(CELLS)]
    second = [*table(CELLS), *column(PROSE, y=440)]
    document = load(tmp_path, first, second)
    trails = [x.heading for x in document.paragraphs if x.heading]
    assert trails == ["Table 3: Bridges > Span; State; Cost"] * 6


def test_long_cells_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = [f"The left cell says in line {n} what the survey of 2011 found" for n in range(14)]
    right = [f"The right cell says in line {n} what was done about it" for n in range(14)]
    page = [
        *table([["Found", "Done"], ["", ""]], xs=(40, 310, 580), ys=(600, 570, 380)),
        *column(left, x=44, y=555, size=8, lead=12),
        *column(right, x=314, y=555, size=8, lead=12),
        *column(PROSE, y=340),
    ]
    text = load(tmp_path, page).text
    assert text.index("left cell says in line 13") < text.index("right cell says in line 0")


def test_a_box_and_columns_of_prose_are_no_tables(tmp_path: Path) -> None:
    boxed: list[Put | Frame] = [
        Frame(60, 640, 560, 780),
        *column(PROSE, y=760),
        *column(["It is so."], y=700),
    ]
    document = load(tmp_path, [*boxed, *column(PROSE, y=440)])
    assert rows(document) == [" ".join(PROSE), "It is so.", " ".join(PROSE)]


def test_a_recommendation_in_a_row_has_its_number(tmp_path: Path) -> None:
    cells = [
        ["Number", "The county should", "When"],
        ["Recommendation 1", "repair the north span", "2020"],
        ["Recommendation 2", "survey the south span", "2021"],
    ]
    document = load(tmp_path, [*table(cells), *column(PROSE, y=440)])
    assert [x.label for x in document.paragraphs] == [
        "",
        "Recommendation 1",
        "Recommendation 2",
        "",
    ]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(
            Frame,
            st.integers(-20, 600),
            st.integers(-20, 860),
            st.integers(-20, 600),
            st.integers(-20, 860),
        ),
        max_size=30,
    ),
    st.lists(
        st.builds(
            Put,
            x=st.integers(0, 590),
            y=st.integers(0, 840),
            text=st.text("abc de.", min_size=1, max_size=30),
            turned=st.booleans(),
        ),
        max_size=20,
    ),
)
def test_no_word_is_lost_whatever_rules_are_drawn(frames: list[Frame], puts: list[Put]) -> None:
    puts.append(Put(72, 400, "The north span was inspected."))

    def words(page: Page) -> list[str]:
        return sorted(parse_pdf(make_pdf([page]), uri="a.pdf").text.replace(";", "").split())

    assert "".join(sorted("".join(words([*frames, *puts])))) == "".join(
        sorted("".join(words(puts)))
    )
