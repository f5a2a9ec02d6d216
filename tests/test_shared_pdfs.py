"""Against sixteen official reports beside the checkout: pages, places and recommendations."""

from __future__ import annotations

import html
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import pytest

from qa.documents import Loaded, boxes, load_file, page_at
from qa.text import sentences
from qa.types import Document

REPORTS = Path(__file__).resolve().parents[2] / "shared" / "eval" / "uk_inquiries" / "pdf"
SEED, DRAWN = 20260, 200

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not REPORTS.is_dir(), reason="the reports are not beside the checkout"),
    pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler is not installed"),
]

Gold = tuple[tuple[int, str, str], ...]
"""Page of the file, number of the recommendation, first words of one of its paragraphs."""

COVID_1: Gold = (
    (67, "1", "The governments of the UK, Scotland, Wales"),
    (67, "1", "The core structures should be:"),
    (67, "1", "• a single cross-departmental group"),
    (67, "1", "Subsequently, within 24 months"),
    (70, "2", "• require the Cabinet Office to lead"),
    (93, "3", "• provides a full analysis"),
    (93, "3", "In doing so, the UK government"),
    (113, "4", "As a minimum, the strategy should:"),
    (113, "4", "• be adaptable;"),
    (119, "5", "• identify which groups of vulnerable"),
    (143, "6", "The exercise should:"),
    (149, "7", "• keep exercise reports"),
    (150, "8", "The reports should include as a minimum:"),
    (170, "9", "The governments of the UK"),
    (179, "10", "As an interim measure, the new body"),
    (230, "1", "Within 6 months of the creation"),
    (231, "2", "• abolish the lead government department"),
    (231, "3", "• takes into account the capacity"),
    (232, "4", "The strategy should be subject"),
    (233, "5", "The UK government should also commission"),
    (233, "6", "• include a broad range of those"),
    (234, "7", "For all civil emergency exercises"),
    (234, "8", "• an update on the progress"),
    (235, "9", "The governments of the UK"),
    (235, "10", "The new body should be given responsibility"),
)
COVID_2: Gold = (
    (17, "1", "The Department of Health (Northern Ireland)"),
    (24, "2", "The status of those representatives"),
    (35, "3", "The register should be regularly refreshed"),
    (57, "4", "During a whole-system civil emergency"),
    (68, "5", "• access to support services; and"),
    (98, "6", "The Northern Ireland Assembly"),
    (100, "7", "The UK government should introduce"),
    (106, "8", "Equality impact assessments should"),
    (129, "9", "• how decisions that would usually"),
    (131, "10", "This should include provision for COBR"),
    (132, "10", "Decision-making groups in each nation"),
    (138, "11", "The UK government and devolved"),
    (148, "12", "These arrangements should be"),
    (162, "13", "The Executive Office should amend"),
    (200, "14", "As a minimum, these should include"),
    (217, "15", "Any departure from this procedure"),
    (219, "16", "• produce clear guidance"),
    (226, "17", "This portal should be easily"),
    (246, "18", "The UK government should invite"),
    (270, "19", "Arrangements for these four-nations"),
    (325, "1", "The Department of Health (Northern Ireland)"),
    (328, "10", "It should also provide that longer-term"),
    (330, "16", "The review should:"),
    (331, "19", "While intergovernmental relations"),
)
BLOOD: Gold = (
    (226, "2", "(a) A permanent memorial be established"),
    (227, "3", "(c) The Inquiry website is maintained"),
    (251, "4", "(i) A statutory duty of candour"),
    (252, "4", "Success in implementation will be"),
    (252, "4", "(c) Regulation"),
    (253, "4", "(e) Consideration should be given"),
    (258, "5", "(c) The Government should consider"),
    (260, "6", "(i) those who have been diagnosed"),
    (261, "6", "(vi) those bodies responsible"),
    (264, "7", "(iii) Consideration be given"),
    (265, "7", "The responsibility for this in England"),
    (270, "7", "(f) Establishing the outcome"),
    (271, "8", "(b) As a matter of routine"),
    (273, "9", "(e) recombinant coagulation factor"),
    (275, "9", "(f) that the National Haemophilia"),
    (278, "10", "(iv) particular consideration be given"),
    (282, "11", "(d) If the minister disagrees"),
    (287, "12", "(a) Within the next 12 months"),
    (287, "1", "My principal recommendation remains"),
    (288, "2", "(b) A memorial be established"),
    (289, "4", "(b) Cultural change"),
    (290, "6", "(iv) fibroscan technology"),
    (291, "7", "(c) Transfusion laboratories"),
    (293, "10", "(ii) that the following charities"),
    (294, "12", "(e) PACAC should accept"),
)
RECOMMENDED = {
    "UK-Covid-19-Inquiry-Module-1-Recomm.pdf": COVID_1,
    "UK-Covid-19-Inquiry-Module-2-Recomm.pdf": COVID_2,
    "Volume_1-Blood-Inquiry-Recomm.pdf": BLOOD,
}
IMAGES = "PostOfficeHorizon-IT-Inquiry-Response.pdf"
WITHOUT = (
    "WASPI-response.pdf",
    "Behaviour-Change-Report-Recomm.pdf",
    "Summer2024-Disorder-Recomm.pdf",
)


@pytest.fixture(scope="module")
def loaded() -> Mapping[str, Loaded]:
    """The fifteen reports that have a text layer, by name."""
    paths = [path for path in sorted(REPORTS.glob("*.pdf")) if path.name != IMAGES]
    assert len(paths) == 15
    return {path.name: load_file(path, uri=path.name, max_bytes=10**9) for path in paths}


@lru_cache(maxsize=4096)
def pdftotext(name: str, page: int, *options: str) -> str:
    span = ["-f", str(page), "-l", str(page), str(REPORTS / name), "-"]
    done = subprocess.run(
        ["pdftotext", *options, *span], capture_output=True, text=True, encoding="utf-8", check=True
    )
    return done.stdout


def squeezed(text: str) -> str:
    """Letters only: note marks, hyphens and white space differ between any two programs."""
    text = text.replace("ﬁ", "fi").replace("ﬂ", "fl")
    return re.sub(r"[\W\d_]+", "", text).casefold()


def drawn(loaded: Mapping[str, Loaded]) -> Iterator[tuple[str, Loaded, int, int]]:
    """Sentences of all reports, drawn at random."""
    found = [
        (name, one, *span)
        for name, one in loaded.items()
        for x in one.document.paragraphs
        if x.kind == "text"
        for span in sentences(one.document.text, x.start, x.end)
        if span[1] - span[0] > 40
    ]
    yield from random.Random(SEED).sample(found, DRAWN)


def stands_on(name: str, page: int, words: str) -> bool:
    """Whether poppler finds the words on the page; those of a table's row cell by cell."""
    pages = [squeezed(pdftotext(name, page, *options)) for options in ((), ("-raw",))]
    parts = [words] if any(squeezed(words) in x for x in pages) else words.split("; ")
    return all(any(squeezed(part) in x for x in pages) for part in parts)


def test_every_page_is_counted(loaded: Mapping[str, Loaded]) -> None:
    for name, one in loaded.items():
        told = subprocess.run(
            ["pdfinfo", str(REPORTS / name)], capture_output=True, text=True, check=True
        ).stdout
        counted = re.search(r"Pages:\s+(\d+)", told)
        assert counted
        assert len(one.document.pages) == int(counted[1])


def test_sentences_stand_on_the_pages_that_are_cited(loaded: Mapping[str, Loaded]) -> None:
    missing: list[tuple[str, int, str]] = []
    jumbled: list[tuple[str, int, str]] = []
    for name, one, start, end in drawn(loaded):
        text, first = one.document.text, page_at(one.document.pages, start)
        assert first
        for page in one.document.pages[first.number - 1 : first.number + 1]:
            piece = text[max(start, page.start) : min(end, page.end)]
            if page.start < end and not stands_on(name, page.number, piece):
                shown = squeezed(pdftotext(name, page.number))
                whole = all(squeezed(word) in shown for word in piece.split())
                (jumbled if whole else missing).append((name, page.number, piece))
    assert missing == []
    assert len(jumbled) <= 2  # the labels of a diagram, which no two programs read in one order


def test_the_boxes_of_sentences_cover_their_words(loaded: Mapping[str, Loaded]) -> None:
    wanted = covered = 0
    for name, one, start, end in drawn(loaded):
        words = Counter(squeezed(word) for word in one.document.text[start:end].split())
        inside = ""
        for box in boxes(one.layouts, start, end):
            seen = re.findall(
                r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>',
                pdftotext(name, box.page, "-bbox"),
            )
            for *place, word in seen:
                x0, y0, x1, y1 = map(float, place)
                across, down = (x0 + x1) / 2, (y0 + y1) / 2
                if box.x0 - 0.5 <= across <= box.x1 + 0.5 and box.y0 <= down <= box.y1:
                    inside += squeezed(html.unescape(word))
        wanted += words.total()
        covered += sum(count for word, count in words.items() if word in inside)
    assert wanted > 3000
    assert covered / wanted > 0.995


def starts(document: Document, number: int, words: str) -> list[str]:
    """The labels of the paragraphs that begin with those words on that page."""
    page = document.pages[number - 1]
    return [
        x.label
        for x in document.paragraphs
        if page.start <= x.start < page.end and document.text.startswith(words, x.start)
    ]


@pytest.mark.parametrize("name", RECOMMENDED)
def test_recommendations_carry_their_number(loaded: Mapping[str, Loaded], name: str) -> None:
    document = loaded[name].document
    wrong = [
        (page, number, words, found)
        for page, number, words in RECOMMENDED[name]
        if (found := starts(document, page, words)) != [f"Recommendation {number}"]
    ]
    assert wrong == []


def test_reports_that_number_none_have_none(loaded: Mapping[str, Loaded]) -> None:
    for name in WITHOUT:
        labels = {x.label for x in loaded[name].document.paragraphs}
        assert not any(label.startswith("Recommendation") for label in labels)
