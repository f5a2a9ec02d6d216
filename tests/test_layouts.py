"""Where words stand: every word of a PDF's text has its place, however the page is turned."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfs import HEIGHT, WIDTH, Page, Put, column, make_pdf

from qa.documents.formats import Parsed, parse_pdf
from qa.documents.layouts import Row, boxes, pack, rows
from qa.types import Box, Layout

LINES = [
    "The inspection of Denby Bridge took place in May 2019 over three",
    "days, and the county engineer was present to answer for the depart-",
    "ment and for the masonry.",
]


def parsed(pages: Sequence[Page], entries: str = "") -> Parsed:
    return parse_pdf(make_pdf(pages, entries=entries), uri="report.pdf")


def assert_placed(document: Parsed) -> None:
    """Each page's words are in order, on it, whole, and all that is not blank."""
    covered: set[int] = set()
    for layout in document.layouts:
        page = document.pages[layout.page - 1]
        words = list(rows(layout))
        for row in words:
            word = document.text[row.start : row.end]
            assert word
            assert not any(map(str.isspace, word))
            assert page.start <= row.start < row.end <= page.end
            assert 0 <= row.x0 <= row.x1 <= round(layout.width * 10)
            assert 0 <= row.y0 <= row.y1 <= round(layout.height * 10)
            covered.update(range(row.start, row.end))
        assert all(before.end <= after.start for before, after in pairwise(words))
    solid = {at for at, char in enumerate(document.text) if not char.isspace()}
    assert solid == covered


def only(found: list[Box]) -> Box:
    (box,) = found
    return box


def box_of(document: Parsed, words: str) -> Box:
    start = document.text.index(words)
    return only(boxes(document.layouts, start, start + len(words)))


def test_every_word_has_its_place_and_a_broken_word_has_two() -> None:
    document = parsed([column(LINES, x=72, y=700)])
    assert_placed(document)
    start = document.text.index("department")
    end = start + len("department")
    halves = [row for row in rows(document.layouts[0]) if start <= row.start < end]
    assert [document.text[row.start : row.end] for row in halves] == ["depart", "ment"]
    above, below = boxes(document.layouts, start, end)
    assert above.y0 < below.y0
    assert below.x0 == pytest.approx(72, abs=0.2)


def test_a_sentence_has_one_box_a_line() -> None:
    document = parsed([column(LINES, x=72, y=700)])
    found = boxes(document.layouts, 0, len(document.text))
    assert [box.page for box in found] == [1, 1, 1]
    assert [round(HEIGHT - box.y0) for box in found] == [710, 696, 682]
    assert all(box.x0 == pytest.approx(72, abs=1) and box.x1 > box.x0 for box in found)


def test_words_on_two_pages_have_boxes_on_both() -> None:
    document = parsed([column(["1.1. " + LINES[0], LINES[1]], y=90), column([LINES[2]])])
    assert_placed(document)
    start = document.text.index("answer")
    pages = [box.page for box in boxes(document.layouts, start, len(document.text))]
    assert pages == [1, 2]


def test_marks_that_are_dropped_shift_nothing() -> None:
    line = [
        Put(72, 700, "It was repaired."),
        Put(158, 705, "12", 7),
        Put(168, 700, "The \xa0arch \xad\xadheld and 1.1.The"),
        Put(72, 640, "2.1.The span held."),
    ]
    document = parsed([line])
    assert_placed(document)
    assert "12" not in document.text
    assert box_of(document, "The").x0 == pytest.approx(168, abs=0.3)
    assert box_of(document, "2.1.").x0 == pytest.approx(72, abs=0.3)


@pytest.mark.parametrize(
    ("rotation", "upper_left"),
    [
        (0, (100, HEIGHT - 500)),
        (90, (500, 100)),
        (180, (WIDTH - 100, 500)),
        (270, (HEIGHT - 500, WIDTH - 100)),
    ],
)
def test_a_page_that_the_viewer_turns(rotation: int, upper_left: tuple[float, float]) -> None:
    document = parsed([[Put(100, 500, "Bridge of Denby")]], f"/Rotate {rotation}")
    assert_placed(document)
    layout = document.layouts[0]
    turned = rotation in (90, 270)
    assert (layout.width, layout.height) == ((HEIGHT, WIDTH) if turned else (WIDTH, HEIGHT))
    box = box_of(document, "Bridge of Denby")
    # The base line's beginning lies inside the box, or on its edge.
    x, y = upper_left
    assert box.x0 - 0.2 <= x <= box.x1 + 0.2
    assert box.y0 - 0.2 <= y <= box.y1 + 0.2
    assert ((box.y1 - box.y0) > (box.x1 - box.x0)) is turned


def test_words_printed_upwards_on_a_cropped_page() -> None:
    document = parsed(
        [[Put(200, 300, "Bridge of Denby", turned=True)]], "/CropBox [50 100 550 800]"
    )
    assert_placed(document)
    layout = document.layouts[0]
    assert (layout.width, layout.height) == (500, 700)
    box = box_of(document, "Bridge of Denby")
    assert box.x0 < 150 < box.x1
    assert box.y1 == pytest.approx(800 - 300, abs=0.3)
    assert box.y1 - box.y0 > box.x1 - box.x0


def test_a_part_of_a_word_has_its_share_of_the_box() -> None:
    layout = Layout(3, 600, 800, pack([Row(10, 20, 1000, 500, 2000, 620)]))
    assert only(boxes([layout], 12, 15)) == Box(3, 120, 50, 150, 62)
    assert only(boxes([layout], 0, 99)) == Box(3, 100, 50, 200, 62)
    assert boxes([layout], 0, 10) == boxes([layout], 20, 30) == []


def test_cells_far_apart_have_boxes_of_their_own() -> None:
    words = [Row(0, 4, 0, 0, 100, 100), Row(5, 9, 130, 0, 200, 100), Row(10, 14, 900, 0, 999, 100)]
    found = boxes([Layout(1, 600, 800, pack(words))], 0, 14)
    assert [(box.x0, box.x1) for box in found] == [(0, 20), (90, 99.9)]


@given(st.lists(st.tuples(*[st.integers(-(2**31), 2**31 - 1)] * 6), max_size=20))
def test_what_is_packed_is_unpacked(words: list[tuple[int, int, int, int, int, int]]) -> None:
    packed = pack(Row(*word) for word in words)
    assert len(packed) == 24 * len(words)
    assert packed == struct.pack(f"<{6 * len(words)}i", *(x for word in words for x in word))
    assert list(rows(Layout(1, 0, 0, packed))) == words


MARKS = st.text(st.sampled_from("abcX .-—•'(12)é\xa0\xad%´"), min_size=1, max_size=30)


@settings(max_examples=80)
@given(
    st.lists(
        st.lists(
            st.builds(
                Put,
                x=st.integers(-50, 600),
                y=st.integers(-50, 850),
                text=MARKS,
                size=st.sampled_from([0.1, 6, 7, 12, 12, 12, 30]),
                turned=st.booleans(),
            ),
            max_size=12,
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", "/Rotate 90", "/Rotate 270 /CropBox [10 20 300 700]"]),
)
def test_whatever_stands_on_the_pages_its_words_have_places(
    pages: list[list[Put]], entries: str
) -> None:
    pages[0].append(Put(72, 400, "The north span was inspected."))
    assert_placed(parsed(pages, entries))
