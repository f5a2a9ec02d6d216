"""Where the reader of a document stands, from where it was and what is wished next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from qa.documents import (
    find_words,
    locate,
    locate_paragraph,
    numbered_page,
    page_at,
    places_told,
)
from qa.text import Span
from qa.types import Document, Page
from qa.web.views.markup import page_name
from qa.web.views.prose import parts

MAX_SAID = 200
# So many quotes of one answer are gone through.
MAX_STOPS = 500
_LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Stop:
    """A quote of an answer: its document, its span, the version it was taken from ("" for any)."""

    uri: str
    start: int
    end: int
    version: str = ""


@dataclass(frozen=True, slots=True)
class Tour:
    """The quotes of an answer, gone through one after the other; the reader is ``at`` one of them.

    ``kind`` is what they are: "quote", or "passage" where they were near and are no answer.
    """

    stops: tuple[Stop, ...]
    at: int
    kind: str = "quote"

    @classmethod
    def read(cls, said: object) -> Tour:
        """The tour that a browser named. Raises ValueError for what is none."""
        stops = said.get("stops") if isinstance(said, Mapping) else None
        if not isinstance(said, Mapping) or not isinstance(stops, list):
            raise ValueError("tour is not a list of quotes")
        if not 0 < len(stops) <= MAX_STOPS:
            raise ValueError(f"a tour has 1 to {MAX_STOPS} quotes")
        at = _number("at", said.get("at"))
        if not 0 <= at < len(stops):
            raise ValueError(f"the tour has no quote {at}")
        kind = "passage" if said.get("kind") == "passage" else "quote"
        return cls(tuple(map(_stop, stops)), at, kind)

    def others(self, document: Document, quote: Span) -> tuple[Span, ...]:
        """The spans of its other quotes in that version of that document, in order."""
        length = len(document.text)
        spans = {
            _span(stop.start, stop.end, length)
            for stop in self.stops
            if stop.uri == document.uri and document.sha256.startswith(stop.version)
        }
        return tuple(sorted(spans - {quote, (0, 0)}))


@dataclass(frozen=True, slots=True)
class Place:
    """What the browser asks to see: all that it knows of where the reader is, and one wish.

    ``start`` and ``end`` are the quote; ``at`` and ``to`` the spot gone to since; ``page`` the
    page's number in the file, ``part`` the part of the text. ``go``, ``paragraph`` and ``seek``
    ("first", "next", "previous") are wishes; ``find`` is what is looked for, ``match`` the one of
    its places, from 0, that was shown last. ``view`` is "image" or "text". ``tour`` are the quotes
    of the answer from which the document was opened.
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
    tour: Tour | None = None

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
        tour = None if said.get("tour") is None else Tour.read(said["tour"])
        return cls(uri=str(said["uri"]), view=view, tour=tour, **numbers, **words)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the reader stands: at ``offset``, on ``page``, with ``quote`` and ``spot`` marked.

    ``others`` are the spans of the answer's other quotes, which are marked more faintly.
    ``aim`` is what is scrolled to: "spot", "quote", "page", or "" for the top. ``said`` tells of
    a wish that was met, ``problem`` of one that was not.
    """

    quote: Span = (0, 0)
    spot: Span = (0, 0)
    others: Sequence[Span] = ()
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
    quote = _span(place.start, place.end, length)
    others = place.tour.others(document, quote) if place.tour else ()
    stand = Stand(quote, _span(place.at, place.to, length), others)
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
        spot = locate_paragraph(document, place.paragraph)
    if spot is None:
        return replace(stand, problem=_no_such(document, place.go or place.paragraph))
    if spot.page is not None and not any(spot.span):
        start = spot.page.start
        return replace(stand, spot=(0, 0), offset=start, page=spot.page, aim="page")
    stand = _shown(document, replace(stand, spot=spot.span), spot.span, "spot")
    name = f"{spot.name[:1].upper()}{spot.name[1:]}"
    return replace(stand, said=f"{name}{_on(stand.page)}")


def _no_such(document: Document, wish: str) -> str:
    """What is said of a page or paragraph that is not there, with those that are."""
    there = places_told(document)
    return f"There is no “{wish}” in this document. {there[:1].upper()}{there[1:]}."


def _on(page: Page | None) -> str:
    return f", {page_name(page.number, page.label)}" if page else ""


def _span(start: int, end: int, length: int) -> Span:
    return (start, min(end, length)) if 0 <= start < min(end, length) else (0, 0)


def _stop(said: object) -> Stop:
    if not isinstance(said, Mapping) or not isinstance(said.get("uri"), str):
        raise ValueError("a quote of the tour names no document")
    start, end = (_number(name, said.get(name)) for name in ("start", "end"))
    if not 0 <= start < end:
        raise ValueError("a quote of the tour has no span")
    return Stop(said["uri"], start, end, str(said.get("version") or "")[:MAX_SAID])


def _number(name: str, value: object) -> int:
    if not isinstance(value, int | str):
        raise ValueError(f"{name} is not a whole number")
    number = int(value)
    if not -1 <= number < _LARGEST:
        raise ValueError(f"{name} is not a number that can be used")
    return number
