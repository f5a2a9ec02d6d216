"""Lists shown whole: the lead-in brings its items, an item the others, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import qa
from qa.answers.evidence import Evidence
from qa.answers.listing import with_lists
from qa.answers.quoting import Quote
from qa.assistant import Assistant
from qa.types import Document, Passage

TEXT = """The Board met in May. It found four defects:

• The deck had cracks.

• The cable had rust.

• The pier had moved. It was old.

• The rail was loose.

The Board met again in June.

The owners were asked to

(a) close the bridge;

(b) repair the deck.

• One bullet stands alone."""
DOCUMENT = Document.from_text("board.md", "The Board", TEXT)


def evidence(text: str, probability: float, document: Document = DOCUMENT) -> Evidence:
    start = document.text.index(text)
    passage = Passage(1, document.uri, 0, len(document.text), document.text, "", None, "1")
    row = np.zeros(1, np.float32)
    return Evidence(passage, start, start + len(text), text, probability, row)


def quote(text: str) -> Quote:
    start = TEXT.index(text)
    return Quote("board.md", start, start + len(text), text)


def shown(*ranked: Evidence, quotes: list[str] | None = None) -> list[str]:
    best = [quote(text) for text in quotes] if quotes else [quote(ranked[0].text)]
    return [each.text for each in with_lists(best, ranked, lambda uri: DOCUMENT)[0]]


LEAD = "It found four defects:"
ITEMS = [
    "• The deck had cracks.",
    "• The cable had rust.",
    "• The pier had moved. It was old.",
    "• The rail was loose.",
]


def test_the_lead_in_brings_every_item() -> None:
    assert shown(evidence(LEAD, 0.9)) == [LEAD, *ITEMS]
    assert shown(evidence("The owners were asked to", 0.9)) == [
        "The owners were asked to", "(a) close the bridge;", "(b) repair the deck.",
    ]  # fmt: skip


def test_the_best_item_brings_the_others_and_the_lead_in() -> None:
    assert shown(evidence("The cable had rust.", 0.9)) == [LEAD, *ITEMS]


def test_two_lists_of_one_document_are_shown_best_first() -> None:
    ranked = [evidence("The owners were asked to", 0.9), evidence(LEAD, 0.8)]
    owners = ["The owners were asked to", "(a) close the bridge;", "(b) repair the deck."]
    assert shown(*ranked) == [*owners, LEAD, *ITEMS]


def test_two_items_that_come_near_bring_the_list() -> None:
    met = evidence("The Board met again in June.", 0.9)
    one, two = evidence(ITEMS[0], 0.6), evidence(ITEMS[3], 0.5)
    assert shown(met, one) == [met.text]
    assert shown(met, one, two) == [met.text, LEAD, *ITEMS]


def test_a_far_list_needs_more_than_two_items() -> None:
    met = evidence("The Board met again in June.", 0.9)
    far = [evidence(item, 0.1) for item in ITEMS]
    assert shown(met, *far[:3]) == [met.text]
    assert shown(met, *far) == [met.text, LEAD, *ITEMS]
    beside = [evidence(item, 0.01) for item in ITEMS]
    assert shown(met, *beside) == [met.text]


def test_what_is_no_list_brings_nothing() -> None:
    assert shown(evidence("The Board met in May.", 0.9)) == ["The Board met in May."]
    assert shown(evidence("• One bullet stands alone.", 0.9)) == ["• One bullet stands alone."]


def test_a_list_takes_the_place_of_its_quotes() -> None:
    ranked = [evidence(ITEMS[1], 0.9), evidence("The Board met again in June.", 0.8)]
    got = shown(*ranked, quotes=[ITEMS[1], "The Board met again in June."])
    assert got == [LEAD, *ITEMS, "The Board met again in June."]


def test_a_list_that_is_too_long_is_not_shown_whole() -> None:
    items = "\n\n".join(f"• Gauge {number} was read." for number in range(21))
    document = Document.from_text("gauges.md", "Gauges", f"The gauges were:\n\n{items}")
    lead = evidence("The gauges were:", 0.9, document)
    best = [Quote("gauges.md", 0, 16, "The gauges were:")]
    assert with_lists(best, [lead], lambda uri: document) == (tuple(best), frozenset())
    other = {DOCUMENT.uri: DOCUMENT, document.uri: document}
    ranked = [lead, evidence(LEAD, 0.8)]
    assert with_lists(best, ranked, other.__getitem__) == (tuple(best), frozenset())


def test_every_quote_of_a_list_stands_in_its_document() -> None:
    quotes, listed = with_lists([quote(LEAD)], [evidence(LEAD, 0.9)], lambda uri: DOCUMENT)
    assert listed == set(quotes)
    assert all(TEXT[each.start : each.end] == each.text for each in quotes)


@pytest.fixture(scope="module")
def assistant(reviews_index: Path) -> Iterator[Assistant]:
    with qa.open(reviews_index) as opened:
        yield opened


def test_all_items_of_a_list_are_cited(assistant: Assistant) -> None:
    answer = assistant.ask("What did the Home Affairs Committee's 2013 report recommend?")
    items = [each for each in answer.citations if each.quote.startswith("•")]
    assert len(items) == 3
    assert len({each.paragraph for each in items}) == 3
    assert answer.short == ""
    for each in answer.citations:
        assert assistant.document(each.uri).text[each.start : each.end] == each.quote
