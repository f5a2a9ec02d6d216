"""Where the reader of a document stands, from where it was and what is wished next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa.documents import find_words, locate, numbered_page, page_at, paragraph_spot
from qa.text import Span, paragraph_words
from qa.types import Document, Page
from qa.web.views.markup import page_name
from qa.web.views.prose import parts

MAX_SAID = 200
_LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Place:
    """What the browser asks to see: all that it knows of where the reader is, and one wish.

    ``start`` and ``end`` are the quote; ``at`` and ``to`` the spot gone to since; ``page`` the
    page's number in the file, ``part`` the part of the text. ``go``, ``paragraph`` and ``seek``
    ("first", "next", "previous") are wishes; ``find`` is what is looked for, ``match`` the one of
    its places, from 0, that was shown last. ``view`` is "image" or "text".
    """

    uri: str
    start: int = 0
    end: int = 0
    at: int = 0
    to: int = 0
    page: int | None = None
    part: int | None = None
    paragraph: str = ""
    go: str = ""
    find: str = ""
    seek: str = ""
    match: int = -1
    view: str = "image"
    version: str = ""

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Place:
        """The place that a browser named. Raises ValueError for what is no number."""
        numbers = {
            name: _number(name, said[name])
            for name in ("start", "end", "at", "to", "page", "part", "match")
            if said.get(name) not in (None, "")
        }
        words = {
            name: str(said[name])[:MAX_SAID].strip()
            for name in ("paragraph", "go", "find", "seek", "version")
            if said.get(name) is not None
        }
        view = "text" if said.get("view") == "text" else "image"
        return cls(uri=str(said["uri"]), view=view, **numbers, **words)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the reader stands: at ``offset``, on ``page``, with ``quote`` and ``spot`` marked.

    ``aim`` is what is scrolled to: "spot", "quote", "page", or "" for the top. ``said`` tells of
    a wish that was met, ``problem`` of one that was not.
    """

    quote: Span = (0, 0)
    spot: Span = (0, 0)
    offset: int = 0
    page: Page | None = None
    aim: str = ""
    found: Sequence[Span] = ()
    match: int = -1
    said: str = ""
    problem: str = ""


def stand_of(document: Document, place: Place) -> Stand:
    """Where the wish leads; where it cannot be met, the reader stays, and is told so."""
    stand = _before(document, place)
    if place.find:
        stand = replace(stand, found=find_words(document.text, place.find), match=place.match)
        if place.seek:
            return _sought(document, place, stand)
    if place.go or place.paragraph:
        return _gone(document, place, stand)
    return stand


def is_on(page: Page, span: Span) -> bool:
    """Whether some of the span stands on the page."""
    return span[0] < span[1] and span[0] < page.end and page.start < span[1]


def _before(document: Document, place: Place) -> Stand:
    """Where the reader was when it wished."""
    length = len(document.text)
    stand = Stand(_span(place.start, place.end, length), _span(place.at, place.to, length))
    page = numbered_page(document, place.page) if place.page is not None else None
    if place.part is not None and place.view == "text":
        stretches = parts(document)
        low, high = stretches[min(max(place.part, 0), len(stretches) - 1)]
        # Of what is marked in this part, the reader is there: a search goes on from it.
        marked = (span[0] for span in (stand.spot, stand.quote) if any(span))
        at = next((start for start in marked if low <= start < high), low)
        return replace(stand, offset=at, page=page_at(document.pages, at))
    if page is not None:
        for span, aim in ((stand.spot, "spot"), (stand.quote, "quote")):
            if is_on(page, span):
                return replace(stand, offset=max(span[0], page.start), page=page, aim=aim)
        return replace(stand, offset=page.start, page=page, aim="page")
    if place.page is not None and document.pages:
        count = len(document.pages)
        problem = f"There is no page {place.page} in the file: it has {count}."
        stand = replace(stand, problem=problem)
    return _shown(document, stand, *((stand.spot, "spot") if any(stand.spot) else ()))


def _shown(document: Document, stand: Stand, span: Span = (0, 0), aim: str = "") -> Stand:
    """The same with the span in view, the quote unless another is given, or else the top."""
    if not aim and any(stand.quote):
        span, aim = stand.quote, "quote"
    page = page_at(document.pages, span[0])
    return replace(stand, offset=span[0], page=page, aim=aim)


def _sought(document: Document, place: Place, stand: Stand) -> Stand:
    count = len(stand.found)
    if not count:
        problem = f"“{place.find}” does not stand in this document."
        return replace(stand, match=-1, problem=problem)
    if place.seek == "first" or not 0 <= place.match < count:
        # The first from where the reader is; from the top again where none follows.
        following = (n for n, span in enumerate(stand.found) if span[0] >= stand.offset)
        match = next(following, 0)
    else:
        match = (place.match + (-1 if place.seek == "previous" else 1)) % count
    stand = _shown(
        document, replace(stand, spot=stand.found[match], match=match), stand.found[match], "spot"
    )
    return replace(stand, said=f"Match {match + 1} of {count}{_on(stand.page)}")


def _gone(document: Document, place: Place, stand: Stand) -> Stand:
    if place.go:
        spot = locate(document, place.go, after=stand.spot[0] if any(stand.spot) else -1)
    else:
        spot = paragraph_spot(document, place.paragraph) or locate(document, place.paragraph)
    if spot is None:
        return replace(stand, problem=_no_such(document, place.go or place.paragraph))
    if spot.page is not None and not any(spot.span):
        start = spot.page.start
        return replace(stand, spot=(0, 0), offset=start, page=spot.page, aim="page")
    stand = _shown(document, replace(stand, spot=spot.span), spot.span, "spot")
    name = f"{spot.name[:1].upper()}{spot.name[1:]}"
    return replace(stand, said=f"{name}{_on(stand.page)}")


def _no_such(document: Document, wish: str) -> str:
    """What is said of a page or paragraph that is not there, with one that is."""
    labels = [one.label for one in document.paragraphs if one.label]
    known = [f"pages 1 to {len(document.pages)}"] if document.pages else []
    if labels:
        known.append(f"{paragraph_words(labels[0])} to {paragraph_words(labels[-1])}")
    there = f" It has {' and '.join(known)}." if known else " It has no numbered places."
    return f"There is no “{wish}” in this document.{there}"


def _on(page: Page | None) -> str:
    return f", {page_name(page.number, page.label)}" if page else ""


def _span(start: int, end: int, length: int) -> Span:
    return (start, min(end, length)) if 0 <= start < min(end, length) else (0, 0)


def _number(name: str, value: object) -> int:
    if not isinstance(value, int | str):
        raise ValueError(f"{name} is not a whole number")
    number = int(value)
    if not -1 <= number < _LARGEST:
        raise ValueError(f"{name} is not a number that can be used")
    return number
