"""Pages drawn as pictures: the highlight lies on the words, and limits are kept."""

from __future__ import annotations

import io
import threading

import numpy
import pypdfium2
import pytest
from pdfs import Put, column, make_pdf
from PIL import Image, ImageChops

from qa.documents.formats import draw_page
from qa.errors import DocumentError
from qa.types import Box

WORDS = "The north span was inspected in May."
PDF = make_pdf([column([WORDS], y=700), column(["The second page."])])
# Where the words stand: 72 points from the left, their base line 700 points up a page of 842.
ON_WORDS = Box(1, 72, 132, 270, 145)


def drawn(content: bytes, number: int = 1, *boxes: Box, width: int = 1000) -> Image.Image:
    picture = Image.open(io.BytesIO(draw_page(content, number, boxes=boxes, width=width)))
    assert picture.format == "PNG"
    return picture.convert("RGB")


def changed(content: bytes, turned: str = "", *, crop: tuple[int, ...] = ()) -> bytes:
    """The file with its first page turned, or cropped."""
    document = pypdfium2.PdfDocument(content)
    page = document[0]
    if turned:
        page.set_rotation(int(turned))
    if crop:
        page.set_cropbox(*crop)
    page.close()
    saved = io.BytesIO()
    document.save(saved)
    document.close()
    return saved.getvalue()


def marked(picture: Image.Image) -> tuple[float, float, float, float]:
    """The share of width and height from and to which the marker reaches."""
    red, green, blue = numpy.moveaxis(numpy.asarray(picture), 2, 0)
    rows, columns = numpy.nonzero((red > 240) & (green > 200) & (blue < 150))
    width, height = picture.size
    return (
        columns.min() / width,
        rows.min() / height,
        (columns.max() + 1) / width,
        (rows.max() + 1) / height,
    )


def darkest(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    low = picture.crop(box).convert("L").getextrema()[0]
    assert isinstance(low, int)
    return low


def test_a_page_is_as_wide_as_asked_and_in_proportion() -> None:
    for width in (200, 737, 1000, 2400):
        picture = drawn(PDF, width=width)
        assert picture.width == width
        assert abs(picture.height - width * 842 / 595) <= 1


@pytest.mark.parametrize(("asked", "got"), [(-5, 200), (0, 200), (199, 200), (10**9, 2400)])
def test_the_width_is_kept_within_bounds(asked: int, got: int) -> None:
    assert drawn(PDF, width=asked).width == got


def test_the_words_are_marked_and_stay_readable() -> None:
    plain, picture = drawn(PDF), drawn(PDF, 1, ON_WORDS)
    scale = 1000 / 595
    box = (int(72 * scale), int(132 * scale), int(270 * scale), int(145 * scale))
    assert darkest(plain, box) < 60
    assert darkest(picture, box) < 60
    low = marked(picture)
    expected = (72 / 595, 132 / 842, 270 / 595, 145 / 842)
    assert low == pytest.approx(expected, abs=0.004)
    # Without the marker's pixels the two pictures are one.
    around = (0, box[3] + 10, 1000, 1400)
    assert plain.crop(around).tobytes() == picture.crop(around).tobytes()


def test_the_marker_has_a_dark_edge_below_for_those_who_see_no_yellow() -> None:
    blank = make_pdf([[Put(72, 100, "Elsewhere.")]])
    grey = numpy.asarray(drawn(blank, 1, Box(1, 72, 132, 270, 145)).convert("L"))
    column_of = [int(value) for value in grey[:, 300]]
    lowest = max(y for y, value in enumerate(column_of) if value != 255)
    assert column_of[lowest] < 140
    assert 190 < column_of[lowest - 10] < 255
    assert sorted(set(column_of)) == [column_of[lowest], column_of[lowest - 10], 255]


def test_what_is_faint_is_marked_less_than_the_rest() -> None:
    plain, strong = drawn(PDF), drawn(PDF, 1, ON_WORDS)
    faint = Image.open(io.BytesIO(draw_page(PDF, 1, faint=[ON_WORDS]))).convert("RGB")
    changed_at = [ImageChops.difference(plain, one).getbbox() for one in (faint, strong)]
    assert changed_at[0] == changed_at[1]
    darkness = [numpy.asarray(one.convert("L")).mean() for one in (plain, faint, strong)]
    assert darkness == sorted(darkness, reverse=True)
    assert len(set(darkness)) == 3
    # Where both lie, the stronger one is seen.
    assert draw_page(PDF, 1, boxes=[ON_WORDS], faint=[ON_WORDS]) == draw_page(
        PDF, 1, boxes=[ON_WORDS]
    )


def test_boxes_that_overlap_mark_no_darker_and_others_mark_nothing() -> None:
    once = draw_page(PDF, 1, boxes=[ON_WORDS])
    assert draw_page(PDF, 1, boxes=[ON_WORDS, ON_WORDS]) == once
    nowhere = [
        Box(2, 72, 132, 270, 145),
        Box(1, -500, -500, -400, -400),
        Box(1, 5000, 5000, 6000, 6000),
        Box(1, float("nan"), 0, float("inf"), 10),
        Box(1, 270, 145, 72, 132),
    ]
    assert draw_page(PDF, 1, boxes=nowhere) == draw_page(PDF, 1)


@pytest.mark.parametrize(
    ("turned", "place"),
    [
        # Clockwise: what was at the left is now at the top.
        ("90", (697 / 842, 72 / 595, 710 / 842, 270 / 595)),
        ("180", (325 / 595, 697 / 842, 523 / 595, 710 / 842)),
        ("270", (132 / 842, 325 / 595, 145 / 842, 523 / 595)),
    ],
)
def test_a_turned_page_is_drawn_and_marked_as_it_is_shown(
    turned: str, place: tuple[float, float, float, float]
) -> None:
    content = changed(PDF, turned)
    wide, high = (595, 842) if turned == "180" else (842, 595)
    picture = drawn(content)
    assert abs(picture.height - 1000 * high / wide) <= 1
    x0, y0, x1, y1 = place
    pixels = (
        int(x0 * picture.width),
        int(y0 * picture.height),
        int(x1 * picture.width),
        int(y1 * picture.height),
    )
    assert darkest(picture, pixels) < 60, "the words are not where the test takes them to be"
    box = Box(1, x0 * wide, y0 * high, x1 * wide, y1 * high)
    assert marked(drawn(content, 1, box)) == pytest.approx(place, abs=0.006)


def test_a_cropped_page_is_drawn_from_the_corner_of_what_is_shown() -> None:
    content = changed(PDF, crop=(50, 600, 350, 800))
    picture = drawn(content)
    assert abs(picture.height - 1000 * 200 / 300) <= 1
    # The words stand 22 points from the left of the crop box and 100 under its top.
    box = Box(1, 22, 90, 220, 103)
    scale = 1000 / 300
    pixels = (int(22 * scale), int(90 * scale), int(220 * scale), int(103 * scale))
    assert darkest(picture, pixels) < 60
    around = drawn(content, 1, box)
    assert darkest(around, (0, 0, 1000, pixels[1] - 10)) > 240
    assert marked(around) == pytest.approx((22 / 300, 90 / 200, 220 / 300, 103 / 200), abs=0.01)


def test_what_is_filled_into_a_form_is_drawn() -> None:
    form = b"""%PDF-1.7
1 0 obj <</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots[4 0 R]>> endobj
4 0 obj <</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 4/Rect[50 50 150 150]/AP<</N 5 0 R>>>> endobj
5 0 obj <</Type/XObject/Subtype/Form/BBox[0 0 100 100]/Length 26>>
stream
0 0 0 rg 0 0 100 100 re f

endstream endobj
trailer <</Root 1 0 R>>
%%EOF
"""
    picture = drawn(form, width=200)
    assert picture.getpixel((100, 100)) != (255, 255, 255)
    assert picture.getpixel((10, 10)) == (255, 255, 255)


def test_a_page_of_absurd_shape_is_bounded() -> None:
    tall = PDF.replace(b"/MediaBox [0 0 595 842]", b"/MediaBox [0 0 3 14000]", 1)
    picture = drawn(tall, width=2400)
    assert picture.height <= 5001
    assert 1 <= picture.width <= 2400


@pytest.mark.parametrize("number", [0, -1, 3, 10**9])
def test_a_page_that_is_not_there_is_an_error_that_says_which_are(number: int) -> None:
    with pytest.raises(DocumentError, match=f"there is no page {number}") as caught:
        draw_page(PDF, number, uri="report.pdf")
    assert caught.value.hint == "name a page from 1 to 2"
    assert caught.value.uri == "report.pdf"


@pytest.mark.parametrize("content", [b"", b"a letter", PDF[:300], b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pdf_cannot_be_drawn(content: bytes) -> None:
    with pytest.raises(DocumentError, match="damaged") as caught:
        draw_page(content, 1)
    assert caught.value.hint


def test_threads_may_draw_at_once() -> None:
    alone = draw_page(PDF, 1, boxes=[ON_WORDS], width=400)
    together: list[bytes] = []
    threads = [
        threading.Thread(
            target=lambda: together.append(draw_page(PDF, 1, boxes=[ON_WORDS], width=400))
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [alone] * 6
