"""The picture of a page, with what is marked on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from qa.text import Span
from qa.types import Box, Document, Page
from qa.web.views.markup import VERSION, escape, page_name
from qa.web.views.prose import Marks
from qa.web.views.standing import Stand, is_on

# Widths that page images are asked for in; few, so that the drawn ones are used again.
WIDTHS = (800, 1200, 1600)
# So many spans are marked beside the one that is looked at.
MOST_FAINT = 20
A4 = (595.0, 842.0)
_QUOTED = 300


@dataclass(frozen=True, slots=True)
class Looks:
    """How the pages of a document look: ``size`` gives a page's width and height, in any unit,
    and ``boxes`` the rectangles of a span on the pages it stands on."""

    size: Callable[[int], tuple[float, float]] = lambda page: A4
    boxes: Callable[[Span], Sequence[Box]] = lambda span: ()


def figure(document: Document, page: Page, stand: Stand, looks: Looks) -> str:
    """The picture; as much room as it takes is kept free for it, and its mark can be gone to."""
    marked = _marked_on(page, stand)
    faint = [span for span in _faint_on(page, stand) if span != marked][:MOST_FAINT]
    said: dict[str, str | int] = {"uri": document.uri, "page": page.number}
    if any(marked):
        said |= {"start": marked[0], "end": marked[1]}
    if faint:
        said["also"] = ",".join(f"{start}-{end}" for start, end in faint)

    def source(width: int) -> str:
        asked = {**said, "width": width, "version": document.sha256[:VERSION]}
        return f"page.png?{urlencode(asked, safe=',')}"

    wide, high = looks.size(page.number)
    room = f'width="{WIDTHS[0]}" height="{WIDTHS[0] * high / wide:.0f}"'
    sources = ", ".join(f"{source(width)} {width}w" for width in WIDTHS)
    return (
        f'<figure class="picture"{_spot(page, marked, looks)}>'
        f'<img src="{escape(source(WIDTHS[0]))}" '
        f'srcset="{escape(sources)}" sizes="(max-width: 640px) 92vw, 724px" '
        f'alt="{escape(_told(document, page, marked, len(faint)))}" '
        f'loading="lazy" decoding="async" {room}></figure>'
    )


def _marked_on(page: Page, stand: Stand) -> Span:
    """What is marked strongest on the page; (0, 0) for nothing."""
    found = Marks(found=stand.found).within(page.start, page.end).found[:1]
    for span in (stand.spot, *found, stand.quote):
        if is_on(page, span):
            return span
    return (0, 0)


def _faint_on(page: Page, stand: Stand) -> Iterator[Span]:
    """What else is marked there: the quote, the answer's other ones, what was found."""
    found = Marks(found=stand.found).within(page.start, page.end).found
    for span in dict.fromkeys((stand.quote, *stand.others, *found)):
        if is_on(page, span):
            yield span


def _told(document: Document, page: Page, marked: Span, faint: int) -> str:
    told = f"Picture of {page_name(page.number, page.label)} of {document.title}."
    if any(marked):
        words = " ".join(document.text[marked[0] : marked[1]].split())
        short = words if len(words) <= _QUOTED else f"{words[:_QUOTED].rsplit(' ', 1)[0]} …"
        told += f" Marked on it: “{short}”"
    if faint:
        more = "one other place" if faint == 1 else f"{faint} other places"
        told += f" More faintly: {more}." if any(marked) else f" Marked faintly: {more}."
    return told


def _spot(page: Page, marked: Span, looks: Looks) -> str:
    """Where on the picture the mark begins, as parts of its width and height."""
    wide, high = looks.size(page.number)
    here = (box for box in looks.boxes(marked) if box.page == page.number) if any(marked) else ()
    for box in here:
        return f' data-x="{box.x0 / wide:.3f}" data-y="{box.y0 / high:.3f}"'
    return ""
