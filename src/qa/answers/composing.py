"""The text of an answer: its quotes, whose they are, and what the documents leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from qa.answers.quoting import quoted
from qa.types import Citation, DocumentSummary, Hit

_MOST_NAMES = 20


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


def labelled(name: str, year: str, titles: Sequence[str]) -> str:
    """What an answer calls a review beside another of the same name: name, year and title."""
    dated = f"{name} ({year})" if year else name
    told = [title.removesuffix(f"({year})").strip() for title in titles]
    return ", ".join(dict.fromkeys([dated, *(title for title in told if title != name)]))


def declined(
    documents: Sequence[DocumentSummary], uris: Sequence[str] | None, hits: Sequence[Hit]
) -> str:
    """That the documents do not answer, which were searched, and that some passages come near."""
    searched = [each for each in documents if uris is None or each.uri in uris]
    names = list(dict.fromkeys(document.review for document in searched))
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    many = "1 document" if len(searched) == 1 else f"{len(searched)} documents"
    where = f"Searched {many}: {shown}." if searched else "There are no documents to search."
    nearest = " The passages that come nearest are listed, but they do not answer it."
    return f"The documents do not answer this question. {where}{nearest if hits else ''}"
