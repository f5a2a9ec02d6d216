"""The card of a source: the quote marked in its passage, where it stands, how to cite it."""

from __future__ import annotations

from urllib.parse import urlsplit

from qa.exports import STYLES, Summaries, cite, holds
from qa.text import paragraph_words
from qa.types import Answer, Citation, DocumentSummary, Hit, Passage
from qa.web.views.markup import day, escape, flow, link_to, page_name, safe_url
from qa.web.views.why import why_html

# So much of a passage stands around its quote before "Whole passage" is pressed.
NEAR = 180

_STYLES = {"plain": "Plain text", "markdown": "Markdown", "bibtex": "BibTeX", "ris": "RIS"}
_GONE = "No longer in the index. The quote stands here as it was cited."
_CHANGED = "The index now holds another version. The quote stands here as it was cited."


def source_card(citation: Citation, answer: Answer, name: str, summaries: Summaries) -> str:
    """The card of a citation: the quote marked in its passage, where it stands, its source."""
    hit = next((one for one in answer.hits if holds(one.passage, citation)), None)
    if hit is None:
        shown = f"<mark>{flow(citation.quote)}</mark>"
    else:
        start = citation.start - hit.passage.start
        shown = marked(hit.passage.text, start, start + len(citation.quote))
    number, summary = citation.number, summaries.get(citation.uri)
    card = f"{name}-s{number}"
    head = (
        f'<a class="back" href="#{name}-a" aria-label="Source {number}: back to the answer">'
        f"{number}</a>{_title(citation.title, place_of(citation))}"
        f"{_facts(citation, summary)}{_changed(citation, summary)}"
    )
    open_page = _open(citation.page, citation.page_label, place_of(citation)) if summary else ""
    own = summary is not None and safe_url(citation.url) == safe_url(summary.meta.get("url", ""))
    url = at_page(citation.url, citation.page) if own else citation.url
    presses = f'<span class="presses">{_whole(shown)}{cite_menu(citation, summary)}</span>'
    ways = f"{open_page}{_link(url)}{presses}"
    why = why_html(hit, citation.quote, answer.query or answer.question)
    return _card(card, head, f"{_trail(hit, citation.title)}{_passage(shown)}", ways, why)


def nearest_card(hit: Hit, name: str, summaries: Summaries, query: str = "") -> str:
    """The card of a passage that was near, and is said not to be an answer."""
    passage = hit.passage
    summary = summaries.get(passage.uri)
    title = summary.title if summary else passage.uri
    url = summary.meta.get("url", "") if summary else ""
    link = link_to(
        passage.uri,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        version=summary.sha256 if summary else "",
    )
    head = (
        '<span class="kind">Nearest passage, not an answer</span>'
        f"{_title(title, link)}{_facts(passage, summary)}{_changed(passage, summary)}"
    )
    shown = _fold(passage.text, 0, NEAR * 2)
    open_page = _open(passage.page, "", link) if summary else ""
    ways = f"{open_page}{_link(at_page(url, passage.page))}{_whole(shown)}"
    inner = f"{_trail(hit, title)}{_passage(shown)}"
    return _card(f"{name}-n{hit.rank}", head, inner, ways, why_html(hit, passage.text, query))


def place_of(citation: Citation) -> str:
    """The address at which this page shows the quote in its document; not yet escaped."""
    return link_to(
        citation.uri,
        page=citation.page,
        start=citation.start,
        end=citation.end,
        version=citation.sha256,
    )


def marked(text: str, start: int, end: int) -> str:
    """The text with ``text[start:end]`` marked; what is far from it is folded away."""
    before, after = text[:start], text[end:]
    cut = max(0, len(before) - NEAR)
    cut = before.find(" ", cut) + 1 if cut else 0
    return (
        _far(before[:cut], leading=True)
        + flow(before[cut:])
        + f"<mark>{flow(text[start:end])}</mark>"
        + _fold(after, 0, NEAR)
    )


def _fold(text: str, start: int, near: int) -> str:
    cut = text.find(" ", start + near)
    if cut < 0 or len(text) - cut < 40:  # a fold that hides a few words is in the way
        return flow(text[start:])
    return flow(text[start:cut]) + _far(text[cut:], leading=False)


def _far(text: str, *, leading: bool) -> str:
    if not text.strip():
        return flow(text)
    dots = '<span class="dots" aria-hidden="true">… </span>' if leading else ""
    more = "" if leading else '<span class="dots" aria-hidden="true"> …</span>'
    return f'{dots}<span class="far">{flow(text)}</span>{more}'


def _card(card: str, head: str, inner: str, ways: str, why: str) -> str:
    return (
        f'<li class="card" id="{card}" tabindex="-1">{head}{inner}'
        f'<div class="tail">{ways}</div>{why}</li>'
    )


def _title(title: str, link: str) -> str:
    return (
        f'<h4><a class="read" href="{escape(link)}" title="Read it in the document">'
        f"{escape(title)}</a></h4>"
    )


def _facts(place: Citation | Passage, summary: DocumentSummary | None) -> str:
    where = places(place)
    shown = []
    for fact in facts_of(place, summary):
        style = ' class="where"' if fact in where else ""
        shown.append(f"<span{style}>{escape(fact)}</span>")
    return f'<p class="facts">{" · ".join(shown)}</p>'


def _changed(place: Citation | Passage, summary: DocumentSummary | None) -> str:
    """What is to be known of a source whose document is not what it was."""
    if summary is None:
        return f'<p class="changed">{_GONE}</p>'
    if isinstance(place, Citation) and place.sha256 != summary.sha256:
        return f'<p class="changed">{_CHANGED}</p>'
    return ""


def _trail(hit: Hit | None, title: str) -> str:
    trail = hit.passage.heading.removeprefix(title).replace(" > ", " › ").strip(" ›") if hit else ""
    return f'<p class="trail">{escape(trail)}</p>' if trail else ""


def _passage(shown: str) -> str:
    return f'<blockquote class="passage">{shown}</blockquote>'


def _whole(shown: str) -> str:
    if 'class="far"' not in shown:
        return ""
    return '<button type="button" class="whole" aria-expanded="false">Whole passage</button>'


def _open(page: int | None, label: str, link: str) -> str:
    """The way to the page itself; the title leads there too, but does not look it."""
    named = f"Open page {label or page}" if page is not None else "Open the document"
    return f'<a class="read open" href="{escape(link)}">{escape(named)}</a>'


def cite_menu(citation: Citation, summary: DocumentSummary | None) -> str:
    """The ways to cite the quote, each copied when it is pressed."""
    buttons = "".join(
        f'<button type="button" data-copy="{_kept(cite(citation, summary, style))}">'
        f"{_STYLES.get(style, style)}</button>"
        for style in STYLES
    )
    return (
        '<details class="menu cites"><summary>Cite</summary>'
        f'<div role="group" aria-label="Copy this citation as">{buttons}</div></details>'
    )


def _kept(text: str) -> str:
    """The text as an attribute in which a line's end stays what it is."""
    return escape(text).replace("\r", "&#13;").replace("\n", "&#10;")


def at_page(url: str, page: int | None) -> str:
    """The address of that page of a PDF; any other address as it is."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    if page is None or parts.fragment or not parts.path.lower().endswith(".pdf"):
        return url
    return parts._replace(fragment=f"page={page}").geturl()


def _link(url: str) -> str:
    url = safe_url(url)
    if not url:
        return ""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    page = parts.fragment.removeprefix("page=")
    if parts.fragment == f"page={page}" and page.isdecimal():
        host += f", page {page}"
    return (
        f'<a class="source" href="{escape(url)}" target="_blank" rel="noopener noreferrer">'
        f'{escape(host)}<span class="away" aria-hidden="true">↗</span>'
        '<span class="unseen"> (the source, in a new tab)</span></a>'
    )


def facts_of(place: Citation | Passage, summary: DocumentSummary | None) -> list[str]:
    """What is said of a place beside its title: review, author, date, page, paragraph."""
    meta = summary.meta if summary else {}
    review = meta.get("review", "")
    if isinstance(place, Citation):
        review = place.review or review
    facts = [review, meta.get("author", ""), day(meta.get("published", "")), *places(place)]
    return [fact for fact in facts if fact]


def places(place: Citation | Passage) -> tuple[str, str]:
    """Its page and its paragraph, in words; empty where it has none."""
    label = place.page_label if isinstance(place, Citation) else ""
    return page_name(place.page, label), paragraph_words(place.paragraph)
