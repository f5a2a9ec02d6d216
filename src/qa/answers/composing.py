"""The text of an answer: its quotes, whose they are, and what the documents leave open."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from qa.answers.choosing import distinct, holds, in_turn
from qa.answers.differing import Figure, noted
from qa.answers.questions import asks_for_several
from qa.answers.quoting import Quote, cite, quoted
from qa.answers.reading import Reading
from qa.types import Citation, Document, DocumentSummary, Hit, Outcome

_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer tells, before it is put into words.

    ``labels`` say, for each citation, whose it is, or ""; ``silent`` are the labels of those that
    say nothing, ``left`` the questions that nothing answers, ``note`` is a remark on the quotes,
    and ``sure`` is whether any of them is more than doubtful.
    """

    citations: tuple[Citation, ...]
    labels: tuple[str, ...]
    silent: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    note: str = ""
    sure: bool = True

    def first(self, many: int) -> Told:
        """The first so many quotes alone: what stands after them is not known to be true yet."""
        return Told(self.citations[:many], self.labels[:many], sure=self.sure)

    def text(self) -> str:
        """The quotes; before them that they are doubtful, after them what they leave open."""
        said = []
        pairs = zip(self.labels, self.citations, strict=True)
        for label, group in groupby(pairs, key=itemgetter(0)):
            said += [f"{label}:"] if label else []
            said.append(quoted([citation for _, citation in group]))
        return "\n\n".join(
            [
                *([] if self.sure else ["The evidence for this is weak."]),
                *said,
                *(f"{label}: silent on this." for label in self.silent),
                *(f"The documents do not answer this part: {asked}" for asked in self.left),
                *([self.note] if self.note else []),
            ]
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One of the questions asked in one breath, with what was found for it.

    ``quotes`` are those of the reading that are shown, best first. Of several reviews by one name
    each has a part of its own, with its ``label``. ``listed`` are the quotes that make a list, and
    ``note`` says what is left out of it.
    """

    asked: str
    query: str
    hits: tuple[Hit, ...]
    reading: Reading
    outcome: Outcome
    quotes: tuple[Quote, ...]
    label: str = ""
    figures: tuple[Figure, ...] = ()
    listed: frozenset[Quote] = frozenset()
    note: str = ""

    @property
    def several(self) -> bool:
        """Whether several things are asked for: no single one is the answer."""
        return asks_for_several(self.asked)

    def first(self, many: int) -> tuple[Quote, ...]:
        """The first so many quotes, and all of the list that begins among them."""
        return self.quotes[: many + len(self.listed)]


def composed(parts: Sequence[Part], *, most: int, document_of: Callable[[str], Document]) -> Told:
    """What the parts tell together, in about ``most`` quotes, and which of them tell nothing."""
    answered = [part for part in parts if part.outcome != "not_found"]
    most = max(most, len(answered))
    listed = frozenset().union(*(part.listed for part in answered))
    if any(part.label for part in answered):
        each = math.ceil(most / len(answered))
        quotes = [(part.label, quote) for part in answered for quote in part.first(each)]
    else:
        merged = distinct(in_turn([part.first(most) for part in answered]), listed)
        quotes = [("", quote) for quote in merged[: most + len(listed)]]
    figures = [figure for part in answered for figure in part.figures]
    more = [figure.quote for figure in figures]
    for quote in more:
        if not any(holds(other, quote) for _, other in quotes):
            quotes.append(("", quote))
    numbers = [
        next(at for at, (_, other) in enumerate(quotes, start=1) if holds(other, quote))
        for quote in more
    ]
    notes = [noted(figures, numbers), *(part.note for part in answered)]
    return Told(
        citations=cite([quote for _, quote in quotes], document_of),
        labels=tuple(label for label, _ in quotes),
        silent=tuple(part.label for part in parts if part.label and part not in answered),
        left=tuple(part.asked for part in parts if not part.label and part not in answered),
        note=" ".join(filter(None, notes)),
        sure=any(part.outcome == "answered" for part in answered),
    )


def labelled(name: str, year: str, titles: Sequence[str]) -> str:
    """What an answer calls a review beside another of the same name: name, year and title."""
    dated = f"{name} ({year})" if year else name
    told = [title.removesuffix(f"({year})").strip() for title in titles]
    return ", ".join(dict.fromkeys([dated, *(title for title in told if title != name)]))


def declined(
    documents: Sequence[DocumentSummary], uris: Sequence[str] | None, hits: Sequence[Hit]
) -> str:
    """That the documents do not answer, which were searched, and that some passages come near.

    Few are named, because titles are long: those first whose passages come nearest.
    """
    searched = [each for each in documents if uris is None or each.uri in uris]
    found = {each.uri: each.review for each in searched}
    near = [found[hit.passage.uri] for hit in hits if hit.passage.uri in found]
    names = list(dict.fromkeys([*near, *found.values()]))
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    many = "1 document" if len(searched) == 1 else f"{len(searched)} documents"
    where = f"Searched {many}: {shown}." if searched else "There are no documents to search."
    nearest = " The passages that come nearest are listed, but they do not answer it."
    return f"The documents do not answer this question. {where}{nearest if hits else ''}"
