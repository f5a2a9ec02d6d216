"""Passages: they are the document's own text, keep to its structure and keep their ids."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.documents import page_at, paragraph_name, paragraph_names, split, splitter_version
from qa.text import token_estimate
from qa.types import Document, Page, Paragraph

TEXTS = st.lists(st.text(alphabet="ab cd. EF\n1,•é", min_size=1, max_size=120), max_size=12).map(
    "\n\n".join
)


def document(*blocks: tuple[str, str, str]) -> Document:
    """A document of (heading, kind, text) blocks."""
    text, paragraphs = "", []
    for heading, kind, content in blocks:
        start = len(text)
        text += content
        paragraphs.append(Paragraph(start, len(text), heading=heading, kind=kind))  # type: ignore[arg-type]
        text += "\n\n"
    made = Document.from_text("report.md", "A report", text, review="Report")
    return replace(made, paragraphs=tuple(paragraphs))


@given(TEXTS, st.integers(32, 80))
def test_every_passage_stands_at_its_offsets(text: str, size: int) -> None:
    made = Document.from_text("a.txt", "A", text)
    passages = split(made, tokens=size)
    assert all(made.text[p.start : p.end] == p.text for p in passages)
    assert all(p.text == p.text.strip() != "" for p in passages)
    assert all(b.end <= a.start for b, a in itertools.pairwise(passages))
    kept = "".join("".join(p.text.split()) for p in passages)
    assert kept == "".join(text.split())
    assert len({p.id for p in passages}) == len(passages)
    assert all(0 <= p.id < 2**63 for p in passages)


@given(TEXTS)
def test_no_passage_is_much_longer_than_asked_for(text: str) -> None:
    for passage in split(Document.from_text("a.txt", "A", text), tokens=40):
        assert token_estimate(passage.text) <= 40 * 1.3 + 40 / 4


def test_a_passage_does_not_cross_a_heading() -> None:
    sentence = (
        "The inspectors found that the bridge over the river had not been inspected for years. "
    )
    made = document(
        ("Findings", "heading", "Findings"),
        ("Findings", "text", sentence * 2),
        ("Response", "heading", "Response"),
        ("Response", "text", sentence * 2),
    )
    passages = split(made, tokens=220)
    assert [p.heading for p in passages] == [
        "A report > Findings",
        "A report > Response",
    ]


def test_a_fragment_is_joined_to_what_follows() -> None:
    made = document(("A", "text", "Short."), ("B", "text", "Also short."))
    (passage,) = split(made, tokens=220)
    assert passage.text == "Short.\n\nAlso short."


def test_a_recommendation_shares_no_passage() -> None:
    made = document(
        ("A", "text", "Short."),
        ("A", "text", "Recommendation 1: Repair it."),
        ("A", "text", "(a) soon."),
        ("A", "text", "Recommendation 2: Survey it."),
        ("A", "text", "Thanks."),
    )
    labels = ["", "Recommendation 1", "Recommendation 1", "Recommendation 2", ""]
    named = tuple(replace(x, label=y) for x, y in zip(made.paragraphs, labels, strict=True))
    passages = split(replace(made, paragraphs=named), tokens=220)
    assert [(p.text[:16], p.paragraph) for p in passages] == [
        ("Short.", "1"),
        ("Recommendation 1", "Recommendation 1"),
        ("Recommendation 2", "Recommendation 2"),
        ("Thanks.", "5"),
    ]


def test_contents_are_never_searched() -> None:
    made = document(
        ("", "contents", "Findings .... 7"), ("", "text", "The findings are grave and many.")
    )
    assert [p.text for p in split(made, tokens=220)] == ["The findings are grave and many."]


def test_a_long_paragraph_is_cut_at_sentences() -> None:
    made = document(("A", "text", " ".join(f"Sentence number {n} is here." for n in range(60))))
    passages = split(made, tokens=100)
    assert len(passages) > 2
    assert all(p.text.endswith("here.") for p in passages)


def test_an_edit_above_moves_offsets_not_ids() -> None:
    text = "First paragraph, on bridges.\n\n" + "Second paragraph, on rivers and floods. " * 20
    before = split(Document.from_text("a.txt", "A", text), tokens=60)
    after = split(
        Document.from_text("a.txt", "A", "A new opening, on housing.\n\n" + text), tokens=60
    )
    kept = {p.id: p for p in after}
    moved = [p for p in before[1:] if p.id in kept]
    assert moved
    assert all(kept[p.id].start > p.start and kept[p.id].text == p.text for p in moved)


def test_the_same_text_twice_has_two_ids() -> None:
    made = document(("A", "text", "The same words. " * 10), ("B", "text", "The same words. " * 10))
    one, two = split(made, tokens=220)
    assert one.text == two.text
    assert one.id != two.id


def test_pages_and_paragraph_numbers_are_those_of_the_start() -> None:
    text = "1.1 On bridges.\n\nNo number here."
    made = replace(
        Document.from_text("a.pdf", "A", text),
        pages=(Page(1, "i", 0, 17), Page(2, "ii", 17, 17), Page(3, "1", 17, len(text))),
    )
    assert paragraph_name(made, 3) == "1.1"
    assert paragraph_name(made, 20) == ""
    page = page_at(made.pages, 20)
    assert page is not None
    assert (page.number, page.label) == (3, "1")
    assert page_at((), 3) is None


NUMBERED = ("Findings", "1.1", "", "1.2", "Recommendation 1")
ADVISED = ("Findings", "", "", "", "Recommendation 1")
COUNTED = ["", "1", "2", "3", "Recommendation 1"]


@pytest.mark.parametrize(
    ("labels", "pages", "names"),
    [
        (NUMBERED, 1, ["", "1.1", "", "1.2", "Recommendation 1"]),
        (NUMBERED, 0, ["", "1.1", "", "1.2", "Recommendation 1"]),
        (ADVISED, 1, ["", "", "", "", "Recommendation 1"]),
        (ADVISED, 0, COUNTED),
    ],
    ids=["numbers and pages", "numbers", "pages", "neither"],
)
def test_paragraphs_are_counted_only_where_nothing_is_printed_to_count_by(
    labels: tuple[str, ...], pages: int, names: list[str]
) -> None:
    opening, *rest = labels
    sentence = "The inspectors found that the bridge had not been inspected for many years. " * 12
    made = document(("", "heading", opening), *((opening, "text", sentence) for _ in rest))
    named = (replace(x, label=y) for x, y in zip(made.paragraphs, ("", *rest), strict=True))
    span = Page(1, "", 0, len(made.text))
    made = replace(made, paragraphs=tuple(named), pages=(span,) * pages)
    assert paragraph_names(made) == names
    assert [paragraph_name(made, x.start + 1) for x in made.paragraphs] == names
    assert [p.paragraph for p in split(made, tokens=220)] == names[1:]


class Walked(tuple[Paragraph, ...]):
    """Paragraphs that count how often they are gone through."""

    walks = 0

    def __iter__(self) -> Iterator[Paragraph]:
        type(self).walks += 1
        return super().__iter__()


def test_naming_the_passages_does_not_go_through_all_paragraphs_for_each() -> None:
    walks = []
    for count in (2, 200):
        text = "\n\n".join(["The bridge over the river was closed for years. " * 30] * count)
        made = Document.from_text("a.txt", "A", text)
        Walked.walks = 0
        assert len(split(replace(made, paragraphs=Walked(made.paragraphs)), tokens=220)) >= count
        walks.append(Walked.walks)
    assert walks[0] == walks[1]


def test_the_version_names_the_size() -> None:
    assert splitter_version(220) != splitter_version(221)
