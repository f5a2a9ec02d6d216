"""Recommendations of a report: each paragraph of one carries its number, and nothing else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from pdfs import BOLD, Frame, Page, Put, column, make_pdf

from qa.documents import load_file, split
from qa.types import Document

PROSE = [
    "The inspectors found eleven defects in the north span, of which two",
    "had been known to the county council since the survey of 2011 but",
    "had never been repaired for want of money in the budget for roads.",
]
ADVICE = [
    "The county council should repair the north span within two years and",
    "should report on the work to the committee for roads and bridges, as",
    "the inspectors have asked it to do before, in every spring.",
]


def labelled(folder: Path, *pages: Page) -> tuple[Document, list[tuple[str, str]]]:
    """The document, and of its paragraphs of text the label and the first words."""
    path = folder / "report.pdf"
    path.write_bytes(make_pdf(pages))
    document = load_file(path, uri="report.pdf", max_bytes=10**7).document
    texts = [
        (x.label, " ".join(document.text[x.start : x.end].split()[:3]))
        for x in document.paragraphs
        if x.kind == "text"
    ]
    return document, texts


def bold(lines: list[str], *, y: float, x: float = 72) -> list[Put]:
    return [Put(x, y - 14 * place, line, 12, BOLD) for place, line in enumerate(lines)]


def test_a_recommendation_in_a_box_ends_with_the_box(tmp_path: Path) -> None:
    page: Page = [
        *column(["2.1. " + PROSE[0], *PROSE[1:]], y=760),
        Put(72, 690, "Recommendation 4: Repairs", 12, BOLD),
        *column(ADVICE, y=665),
        *column(["• the north span; and", "• the south span."], y=610, x=84),
        *column(["It should say what they cost."], y=570),
        Frame(60, 560, 530, 710),
        *column(PROSE, y=530),
    ]
    document, texts = labelled(tmp_path, page)
    assert texts == [
        ("2.1", "2.1. The inspectors"),
        ("Recommendation 4", "The county council"),
        ("Recommendation 4", "• the north"),
        ("Recommendation 4", "• the south"),
        ("Recommendation 4", "It should say"),
        ("", "The inspectors found"),
    ]
    named = [p for p in split(document, tokens=220) if p.paragraph == "Recommendation 4"]
    assert [p.text.split()[0] for p in named] == ["The"]
    assert "Recommendation 4: Repairs" in named[0].heading
    assert named[0].text.endswith("what they cost.")


def test_one_that_begins_a_paragraph_goes_on_in_its_items(tmp_path: Path) -> None:
    page = [
        *column([f"Recommendation 12(b): {ADVICE[0]}", "should see to:"], y=760),
        *column(["(a) the north span,", "(b) the south span."], y=715, x=90),
        *column(PROSE, y=660),
        *column(["Recommendation 13 says that nothing else need be done, which is so."], y=590),
        *column(["Recommendation R14. " + ADVICE[0], *ADVICE[1:]], y=560),
    ]
    document, texts = labelled(tmp_path, page)
    assert texts == [
        ("Recommendation 12(b)", "Recommendation 12(b): The"),
        ("Recommendation 12(b)", "(a) the north"),
        ("Recommendation 12(b)", "(b) the south"),
        ("", "The inspectors found"),
        ("", "Recommendation 13 says"),
        ("Recommendation R14", "Recommendation R14. The"),
    ]
    assert document.paragraphs[0].heading.endswith("Recommendation 12(b)")


def test_what_is_answered_to_a_recommendation_is_none_of_it(tmp_path: Path) -> None:
    page = [
        Put(72, 760, "Recommendation 3", 16, BOLD),
        *bold(ADVICE, y=735),
        *column(["The council accepts this recommendation.", "", *PROSE], y=680),
        Put(72, 560, "Recommendation 4", 16, BOLD),
        *column(ADVICE, y=535),
        *column(["The Government accepts that. It will do so."], y=480),
    ]
    _, texts = labelled(tmp_path, page)
    assert [label for label, _ in texts] == ["Recommendation 3", "", "", "Recommendation 4", ""]


def test_a_numbered_list_under_the_heading(tmp_path: Path) -> None:
    page = [
        Put(72, 760, "9. Recommendations", 18, BOLD),
        *column(["1. " + ADVICE[0], *ADVICE[1:]], y=730),
        *column(["2. The county should close the bridge to lorries."], y=670),
        *column(["• by day; and", "• by night."], y=650, x=90),
        *column(["3. The district must pay for it."], y=600),
        Put(72, 560, "10. Thanks", 18, BOLD),
        *column(["1. " + PROSE[0], *PROSE[1:]], y=530),
        *column(["2. We thank all who should be thanked."], y=470),
    ]
    document, texts = labelled(tmp_path, page)
    assert [label for label, _ in texts] == [
        "Recommendation 1",
        "Recommendation 2",
        "Recommendation 2",
        "Recommendation 2",
        "Recommendation 3",
        "1",
        "2",
    ]
    starts = {p.paragraph: p.text[:2] for p in split(document, tokens=220)}
    assert starts == {"Recommendation 1": "1.", "Recommendation 2": "2.",
                      "Recommendation 3": "3.", "1": "1."}  # fmt: skip


@pytest.mark.parametrize("heading", ["Findings", "Recommendations of earlier inquiries"])
def test_a_numbered_list_under_another_heading(tmp_path: Path, heading: str) -> None:
    page = [
        Put(72, 760, heading, 18, BOLD),
        *column(["1. " + ADVICE[0], *ADVICE[1:]], y=730),
        *column(["2. The county should close the bridge to lorries."], y=670),
    ]
    assert [label for label, _ in labelled(tmp_path, page)[1]] == ["1", "2"]


def test_sections_that_discuss_and_then_recommend(tmp_path: Path) -> None:
    page = [
        Put(72, 780, "Recommendations", 20, BOLD),
        Put(72, 750, "1. Repairs", 16, BOLD),
        *column([*PROSE, "", "Accordingly, I recommend:"], y=730),
        *bold(["1. Repairs"], y=655),
        *bold(["(a) The north span should be repaired."], y=635, x=90),
        *bold(["(b) The south span should be surveyed."], y=615, x=90),
        *column([*PROSE, "", "I also recommend that:"], y=585),
        *bold(["(c) Both should be paid for by the county."], y=510, x=90),
        *column(PROSE, y=480),
    ]
    _, texts = labelled(tmp_path, page)
    assert [words for label, words in texts if label == "Recommendation 1"] == [
        "(a) The north",
        "(b) The south",
        "(c) Both should",
    ]
    assert len(texts) == 8


def test_what_another_report_recommended_is_quoted(tmp_path: Path) -> None:
    page = [
        *column([*PROSE, "", "In 2011 these words were written:"], y=760),
        *column(["“The survey is late."], y=680),
        *column(["Recommendation 3: The bridge should be closed.”"], y=650),
        *column(PROSE, y=600),
    ]
    assert {label for label, _ in labelled(tmp_path, page)[1]} == {""}


def test_a_list_of_numbers_alone_is_no_recommendation(tmp_path: Path) -> None:
    page = column(["Recommendation 1", "", "Recommendation 2", "", *PROSE], y=760)
    document, texts = labelled(tmp_path, [*page, *column(PROSE, y=500)])
    assert {label for label, _ in texts} == {""}
    assert "Recommendation 2" in document.text


def test_a_series_of_its_own(tmp_path: Path) -> None:
    lines = [f"R{number} The county should repair span {number}." for number in (1, 2, 3)]
    page = [put for place, line in enumerate(lines) for put in column([line], y=760 - 40 * place)]
    assert [label for label, _ in labelled(tmp_path, page)[1]] == [
        "Recommendation R1",
        "Recommendation R2",
        "Recommendation R3",
    ]
