"""The recommendations of a document, read off the numbers of its paragraphs and headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from qa.text import terms
from qa.types import Document, Paragraph

_LABEL = re.compile(r"Recommendation (\d{1,3}[a-z]?)$", re.IGNORECASE)
_LABEL_OF_HEADING = re.compile(r"Recommendation (\d{1,3}[a-z]?)\b", re.IGNORECASE)
_OPEN_END = re.compile(r"(?:[:;,]|[;,] (?:and|or))\s*$")


@dataclass(slots=True)
class Recommendation:
    """One of a document's: the paragraphs of its number, and those that follow without one.

    ``name`` is the heading that names it: "Recommendation 3: Gauges", or "3. Gauges".
    """

    name: Paragraph | None
    paragraphs: list[Paragraph] = field(default_factory=list)
    replies: list[Paragraph] = field(default_factory=list)


def recommendations_of(document: Document) -> dict[str, Recommendation]:
    """The document's recommendations by their numbers, in order: as they are first printed.

    A report prints them where they arise and again in a list at its end. Where only a heading has
    the number, what stands under it is the recommendation.
    """
    pages = _Pages(document)
    for paragraph in document.paragraphs:
        if label := _LABEL.match(paragraph.label):
            pages.numbered(label[1], paragraph)
        elif paragraph.kind == "heading":
            pages.headed(paragraph)
        else:
            pages.plain(paragraph)
    held = {number: one for number, one in pages.by_heading.items() if one.paragraphs}
    held |= pages.by_label
    return dict(sorted(held.items(), key=lambda item: (int(re.sub(r"\D", "", item[0])), item[0])))


class _Pages:
    """The recommendations met so far, paragraph by paragraph, and which of them is being read."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.by_label: dict[str, Recommendation] = {}
        self.by_heading: dict[str, Recommendation] = {}
        self.number = ""
        """Of the one read last, of which more may come."""
        self.begun = False
        """Whether what has no number belongs to it, or is a reply to it."""
        self.open: Recommendation | None = None
        """The one under whose heading this stands."""
        self.heading: Paragraph | None = None

    def numbered(self, number: str, paragraph: Paragraph) -> None:
        if number not in self.by_label:
            self.by_label[number] = self._new(number)
        elif number != self.number:
            self.number, self.begun = "", False  # it is printed again
            return
        self.number, self.begun = number, True
        self.by_label[number].paragraphs.append(paragraph)
        self.by_label[number].replies.clear()

    def headed(self, heading: Paragraph) -> None:
        # "Recommendation accepted", one level below "Recommendation 3", heads the reply to it.
        self.begun = self.begun and heading.heading.endswith(f"Recommendation {self.number}")
        self.heading, self.open = heading, None
        found = _LABEL_OF_HEADING.match(self.document.text, heading.start, heading.end)
        if found and found[1] not in self.by_heading:
            self.open = self.by_heading[found[1]] = self._new(found[1])

    def plain(self, paragraph: Paragraph) -> None:
        if paragraph.label:
            self.begun, self.open = False, None
        elif self.begun and not paragraph.heading.endswith("Notes"):
            held = self.by_label[self.number]
            own = not held.replies and goes_on(self.document, held.paragraphs[-1])
            (held.paragraphs if own else held.replies).append(paragraph)
        elif self.open:
            self.open.paragraphs.append(paragraph)

    def _new(self, number: str) -> Recommendation:
        named = self.heading and _names(self.document, self.heading, number)
        return Recommendation(self.heading if named else None)


def goes_on(document: Document, paragraph: Paragraph) -> bool:
    """Whether what follows is of the paragraph: items behind a colon."""
    return _OPEN_END.search(document.text[paragraph.start : paragraph.end]) is not None


def _names(document: Document, heading: Paragraph, number: str) -> bool:
    """Whether the heading has this number and tells more: "3. Gauges" may be any third part."""
    text = document.text[heading.start : heading.end]
    begun = re.match(rf"(recommendation )?{number}\b[\s.:)–—-]*", text, re.IGNORECASE)
    return begun is not None and len(terms(text[begun.end() :])) > (0 if begun[1] else 1)
