"""Which of the quotes an answer shows, where several say the same or one document is named."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest
from typing import TypeVar

from qa.answers.evidence import Evidence
from qa.answers.metadata import YEAR
from qa.answers.quoting import Quote
from qa.answers.reading import say_the_same
from qa.types import Passage

V = TypeVar("V")

_NAMED_RELATIVE = 0.5
"""A named document is quoted down to this share of the best sentence's probability."""
_LONGER = 1.5
"""What is longer than this says more than the same."""


def of_own_year(
    quotes: Sequence[Quote], own: Collection[str], others: Collection[str]
) -> tuple[Quote, ...]:
    """The quotes without those on another review of the same name, by the year they give.

    Where nothing else is left, all of them.
    """

    def is_other(quote: Quote) -> bool:
        years = set(YEAR.findall(quote.text))
        return bool(years & set(others)) and not years & set(own)

    return tuple(quote for quote in quotes if not is_other(quote)) or tuple(quotes)


def with_named(
    quotes: Sequence[Quote],
    ranked: Sequence[Evidence],
    named: Sequence[Sequence[str]],
    *,
    most: int,
) -> tuple[Quote, ...]:
    """The quotes with one at least of each named review, if it has evidence near the best.

    ``named`` has the documents of each. Where the review says what is quoted of another document,
    its own words take the place of these; else they stand behind the best quote.
    """
    shown = list(quotes)
    for uris in named:
        if not shown or any(quote.uri in uris for quote in shown):
            continue
        own = next((item for item in ranked if item.passage.uri in uris), None)
        if own is None or own.probability < _NAMED_RELATIVE * ranked[0].probability:
            continue
        quote = Quote(own.passage.uri, own.start, own.end, own.text)
        same = [
            at
            for at, other in enumerate(shown)
            if say_the_same(other.text, quote.text) and len(other.text) < _LONGER * len(quote.text)
        ]
        if same:
            shown[same[0]] = quote
        else:
            shown.insert(1, quote)
    return tuple(shown[: max(most, 1)])


def holds(quote: Quote, other: Quote) -> bool:
    """Whether all of the other quote stands in this one."""
    return quote.uri == other.uri and quote.start <= other.start and other.end <= quote.end


def stands_in(quote: Quote, passage: Passage) -> bool:
    within = passage.start <= quote.start and quote.end <= passage.end
    return quote.uri == passage.uri and within


def distinct(quotes: Sequence[Quote], listed: Collection[Quote]) -> list[Quote]:
    """The quotes, without those of a later part that say what an earlier one says.

    The items of a list are alike, and all of them stay.
    """
    kept: list[Quote] = []
    for quote in quotes:
        if quote in listed or not any(say_the_same(quote.text, other.text) for other in kept):
            kept.append(quote)
    return kept


def in_turn(lists: Sequence[Sequence[V]]) -> list[V]:
    """The first of every list, then the second of every list, and so on, each once."""
    merged: list[V] = []
    for row in zip_longest(*lists):
        merged += [item for item in row if item is not None and item not in merged]
    return merged
