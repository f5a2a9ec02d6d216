"""The document view: a page as a picture or a stretch of the text, and the ways through it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from qa.documents import page_at, paragraph_names
from qa.errors import DocumentError
from qa.types import Document, DocumentSummary, Page
from qa.web.views.cards import at_page
from qa.web.views.markup import day, escape, link_to, page_name, safe_url
from qa.web.views.picture import A4, Looks, figure
from qa.web.views.prose import Marks, ocr_note, part_of, parts, text_html
from qa.web.views.standing import Place, Stand, Tour, is_on, stand_of

if TYPE_CHECKING:
    from qa.assistant import Assistant


def opened(assistant: Assistant, place: Place) -> str:
    """The document that the place names, at that place; a word where it is not in the index."""
    try:
        document = assistant.document(place.uri)
    except DocumentError as error:
        return _missing(place, error)
    summaries = (one for one in assistant.documents() if one.uri == place.uri)
    return view(
        document,
        place,
        summary=next(summaries, None),
        original=_has_original(assistant, place.uri),
        looks=Looks(
            lambda page: _size(assistant, place.uri, page),
            lambda span: assistant.boxes(place.uri, *span),
        ),
    )


def view(
    document: Document,
    place: Place | None = None,
    *,
    summary: DocumentSummary | None = None,
    original: bool = False,
    looks: Looks | None = None,
) -> str:
    """The document at that place, with what leads to others. ``original`` offers its file."""
    place = place or Place(document.uri)
    drawable = bool(summary and summary.drawable and document.pages)
    drawn = drawable and place.view == "image"
    stand = stand_of(document, place if drawn else replace(place, view="text"))
    if drawn:
        shown, where = (
            _drawn(document, stand, looks or Looks()),
            _page_facts(stand.page, len(document.pages)),
        )
        part: int | str = ""
    else:
        shown, where, part = _written(document, stand)
    kept = {
        "uri": document.uri,
        "start": stand.quote[0],
        "end": stand.quote[1],
        "at": stand.spot[0],
        "to": stand.spot[1],
        "page": stand.page.number if stand.page else "",
        "part": part,
        "view": "image" if drawn else "text",
        "find": place.find,
        "match": stand.match,
        "aim": stand.aim,
        "said": stand.problem or stand.said or _where(document, place, stand, where),
        "link": _link(document, stand),
    }
    data = " ".join(f'data-{name}="{escape(str(value))}"' for name, value in kept.items())
    choice = _choice(drawn) if drawable else ""
    return (
        f'<div class="document" {data}>{_tour(place.tour, document.title, stand.page)}'
        f"{_head(document, place, stand.page, summary, original)}"
        f'<div class="ways">{choice}{_fields(document, place, stand)}</div>{shown}</div>'
    )


# --- what is shown ----------------------------------------------------------------------------


def _drawn(document: Document, stand: Stand, looks: Looks) -> str:
    """The page as a picture between the ways to its neighbours."""
    page = stand.page or document.pages[0]
    count = len(document.pages)
    return _between(
        "Pages of the document",
        ("page", page.number - 1 if page.number > 1 else None, "← Previous page"),
        ("page", page.number + 1 if page.number < count else None, "Next page →"),
        _page_facts(page, count),
        figure(document, page, stand, looks),
        away=any(stand.quote) and not is_on(page, stand.quote),
    )


def _written(document: Document, stand: Stand) -> tuple[str, str, int]:
    """The part of the text around the reader, what it is called, and its number."""
    stretches = parts(document)
    shown = part_of(stretches, stand.offset)
    low, high = stretches[shown]
    first = page_at(document.pages, low)
    last = page_at(document.pages, max(low, high - 1))
    where = f"Part {shown + 1} of {len(stretches)}"
    if first and last and first is last:
        where += f" · {page_name(first.number, first.label)}"
    elif first and last:
        where += f" · pages {first.label or first.number} to {last.label or last.number}"
    marks = Marks(stand.quote, stand.spot, stand.found, stand.others)
    body = f'<div class="leaf">{text_html(document, (low, high), marks)}</div>'
    if len(stretches) > 1:
        body = _between(
            "Parts of the document",
            ("part", shown - 1 if shown else None, "← Previous"),
            ("part", shown + 1 if shown < len(stretches) - 1 else None, "Next →"),
            where,
            body,
            away=any(stand.quote) and not low <= stand.quote[0] < high,
        )
    return body, where, shown


# --- what stands around it --------------------------------------------------------------------


def _tour(tour: Tour | None, title: str, page: Page | None = None) -> str:
    """The ways to the other quotes of the answer; the page puts them into the bar at its top.

    The bar stays when the document is scrolled, so it names what is shown below it.
    """
    if tour is None or len(tour.stops) < 2:
        return ""

    def button(at: int, key: str, shown: str, arrow: str) -> str:
        state = f' data-stop="{at}"' if 0 <= at < len(tour.stops) else " disabled"
        return (
            f'<button type="button" class="stop {key}" id="reader-{key}"{state} '
            f'title="{shown} (Shift + {arrow})" '
            f'aria-keyshortcuts="Shift+Arrow{"Left" if key == "earlier" else "Right"}">'
        )

    kind = tour.kind
    below = f"page {page.label or page.number}, {title}" if page else title
    return (
        f'<nav class="tour" aria-label="{kind.title()}s of the answer">'
        f"{button(tour.at - 1, 'earlier', f'Previous {kind}', '←')}"
        f'← <span>Previous<span class="kind-of"> {kind}</span></span></button>'
        f'<span class="count">{_stop(tour)}</span>'
        f"{button(tour.at + 1, 'later', f'Next {kind}', '→')}"
        f'<span>Next<span class="kind-of"> {kind}</span></span> →</button>'
        f'<span class="below">{escape(below)}</span></nav>'
    )


def _stop(tour: Tour) -> str:
    return f"{tour.kind.title()} {tour.at + 1} of {len(tour.stops)}"


def _where(document: Document, place: Place, stand: Stand, where: str) -> str:
    """What is told of a place that nothing was wished of: at a quote of several, which it is."""
    if place.tour and len(place.tour.stops) > 1 and stand.aim == "quote":
        return ", ".join(part for part in (_stop(place.tour), document.title, where) if part)
    return where


def _head(
    document: Document,
    place: Place,
    page: Page | None,
    summary: DocumentSummary | None,
    original: bool,
) -> str:
    meta = document.meta
    facts = [meta.get("review", ""), meta.get("author", ""), day(meta.get("published", ""))]
    shown = " · ".join(escape(fact) for fact in facts if fact)
    links = []
    url = safe_url(at_page(meta.get("url", ""), page.number if page else None))
    if url:
        links.append(
            f'<a class="source" href="{escape(url)}" target="_blank" rel="noopener noreferrer">'
            'The source<span class="away" aria-hidden="true">↗</span></a>'
        )
    if original:
        address = f"original?{urlencode({'uri': document.uri})}"
        links.append(
            f'<a class="source original" href="{escape(address)}" download>'
            "Download the original</a>"
        )
    links.append('<button type="button" class="link">Copy link</button>')
    return (
        f'<header><h2 id="reader-title" tabindex="-1">{escape(document.title)}</h2>'
        f'<p class="facts">{shown}</p><p class="links">{"".join(links)}</p>'
        f"{_warned(document, place, summary)}</header>"
    )


def _warned(document: Document, place: Place, summary: DocumentSummary | None) -> str:
    warnings = list(summary.warnings) if summary else []
    if place.version and not document.sha256.startswith(place.version):
        warnings.insert(
            0,
            "The link is to another version of this document: what is marked may not be what "
            "was meant.",
        )
    items = "".join(f"<li>{escape(warning)}</li>" for warning in warnings)
    return f'<ul class="warnings" aria-label="Warnings">{items}</ul>' if items else ""


def _choice(drawn: bool) -> str:
    def button(view: str, label: str, pressed: bool) -> str:
        return (
            f'<button type="button" id="reader-{view}" data-view="{view}" '
            f'aria-pressed="{"true" if pressed else "false"}">{label}</button>'
        )

    return (
        '<div class="choice" role="group" aria-label="Show the document as">'
        f"{button('image', 'Page image', drawn)}{button('text', 'Text', not drawn)}</div>"
        + (
            '<button type="button" id="reader-larger" class="larger" aria-pressed="false">'
            "Larger</button>"
            if drawn
            else ""
        )
    )


def _fields(document: Document, place: Place, stand: Stand) -> str:
    numbered = bool(document.pages) or any(paragraph_names(document))
    example, more = ("page 23, 7.12", ", p. iv") if document.pages else ("paragraph 12", "")
    missed = escape(place.go) if stand.problem else ""
    go = (
        '<form class="field" data-go><label for="reader-go">Go to</label>'
        f'<input id="reader-go" type="text" maxlength="80" value="{missed}" '
        'autocomplete="off" spellcheck="false" '
        f'placeholder="{example}" title="{example}{more} or Recommendation 4">'
        '<button type="submit">Go</button></form>'
    )
    found = ""
    if place.find and stand.found:
        number = f"{stand.match + 1} of " if stand.match >= 0 else ""
        found = (
            f'<span class="tally">{number}{len(stand.found):,} found</span>'
            '<button type="button" id="reader-before" data-seek="previous" '
            'aria-label="Previous match">↑</button>'
            '<button type="button" id="reader-after" data-seek="next" '
            'aria-label="Next match">↓</button>'
        )
    find = (
        '<form class="field" data-find role="search" aria-label="In this document">'
        '<label for="reader-find">Find</label>'
        # Not of type "search": there, Escape would empty the field and not close the document.
        f'<input id="reader-find" type="text" maxlength="200" value="{escape(place.find)}" '
        'enterkeyhint="search" autocomplete="off" placeholder="words in it">'
        f'<button type="submit">Find</button>{found}</form>'
    )
    problem = f'<p class="problem">{escape(stand.problem)}</p>' if stand.problem else ""
    return f"{go if numbered else ''}{find}{problem}"


def _between(
    name: str,
    back: tuple[str, int | None, str],
    forward: tuple[str, int | None, str],
    where: str,
    shown: str,
    *,
    away: bool,
) -> str:
    """What is shown, above and below it the ways to its neighbours."""

    def button(step: tuple[str, int | None, str], key: str) -> str:
        kind, number, label = step
        state = " disabled" if number is None else f' data-{kind}="{number}"'
        return f'<button type="button" class="step {key}"{state}>{label}</button>'

    home = '<button type="button" class="step home">To the quote</button>' if away else ""
    steps = f"{button(back, 'back')}<span>{escape(where)}</span>{home}{button(forward, 'on')}</nav>"
    return (
        f'<nav class="steps" aria-label="{name}">{steps}{shown}'
        f'<nav class="steps" aria-label="{name}, below">{steps}'
    )


def _page_facts(page: Page | None, count: int) -> str:
    """ "page iv (7 of 212 in the file)", and whether it was read by OCR."""
    if page is None:
        return ""
    name = f"page {page.number} of {count}"
    if page.label and page.label != str(page.number):
        name = f"page {page.label} ({page.number} of {count} in the file)"
    return " · ".join(fact for fact in (name, ocr_note(page)) if fact)


def _link(document: Document, stand: Stand) -> str:
    """The address of what is shown: with the spot or the quote where that is in view."""
    page = stand.page
    for span in (stand.spot, stand.quote):
        if any(span) and (page is None or is_on(page, span)):
            break
    else:
        span = (0, 0)
    return link_to(
        document.uri,
        page=page.number if page else None,
        start=span[0],
        end=span[1],
        version=document.sha256,
    )


def _has_original(assistant: Assistant, uri: str) -> bool:
    try:
        assistant.original(uri)
    except DocumentError:
        return False
    return True


def _size(assistant: Assistant, uri: str, page: int) -> tuple[float, float]:
    layout = assistant.layout(uri, page)
    return (layout.width, layout.height) if layout and layout.width and layout.height else A4


def _missing(place: Place, error: DocumentError) -> str:
    return (
        f'<div class="document">{_tour(place.tour, place.uri)}'
        '<header><h2 id="reader-title" tabindex="-1">'
        "Not in this index</h2></header>"
        f'<p class="problem" role="alert">{escape(error.in_full)}</p>'
        f"<p>The document {escape(place.uri)} was removed, or the link is from someone whose index "
        "holds it and this one does not. Add the same file here, and the link works.</p></div>"
    )
