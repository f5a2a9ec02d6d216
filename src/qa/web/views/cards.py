"""The card of a source: the quote marked in its passage, where it stands, and its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from qa.text import paragraph_words
from qa.types import Answer, Citation, DocumentSummary, Hit, Passage
from qa.web.views.markup import day, escape, flow, link_to, page_name, safe_url

# So much of a passage stands around its quote before "Whole passage" is pressed.
NEAR = 180

_SIGNALS = {"lexical": "words", "dense": "meaning", "fused": "both", "preferred": "asked for"}

Summaries = Mapping[str, DocumentSummary]


def source_card(citation: Citation, answer: Answer, name: str, summaries: Summaries) -> str:
    """The card of a citation: the quote marked in its passage, where it stands, its source."""
    hit = hit_of(citation, answer.hits)
    if hit is None:
        shown = f"<mark>{flow(citation.quote)}</mark>"
    else:
        start = citation.start - hit.passage.start
        shown = marked(hit.passage.text, start, start + len(citation.quote))
    number = citation.number
    badge = (
        f'<a class="back" href="#{name}-a" aria-label="Source {number}: back to the answer">'
        f"{number}</a>"
    )
    facts = facts_of(citation, summaries.get(citation.uri))
    link = place_of(citation)
    return _card(f"{name}-s{number}", badge, citation.title, facts, link, shown, citation.url, hit)


def nearest_card(hit: Hit, name: str, summaries: Summaries) -> str:
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
    badge = '<span class="kind">Nearest passage, not an answer</span>'
    shown = _fold(passage.text, 0, NEAR * 2)
    facts = facts_of(passage, summary)
    return _card(f"{name}-n{hit.rank}", badge, title, facts, link, shown, url, hit)


def place_of(citation: Citation) -> str:
    """The address at which this page shows the quote in its document; not yet escaped."""
    return link_to(
        citation.uri,
        page=citation.page,
        start=citation.start,
        end=citation.end,
        version=citation.sha256,
    )


def hit_of(citation: Citation, hits: Sequence[Hit]) -> Hit | None:
    """The hit whose passage holds the quote."""
    for hit in hits:
        passage = hit.passage
        if passage.uri != citation.uri:
            continue
        if passage.start <= citation.start and citation.end <= passage.end:
            return hit
    return None


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


def _card(
    card: str,
    badge: str,
    title: str,
    facts: Sequence[str],
    link: str,
    shown: str,
    url: str,
    hit: Hit | None,
) -> str:
    whole = ""
    if 'class="far"' in shown:
        whole = '<button type="button" class="whole" aria-expanded="false">Whole passage</button>'
    trail = hit.passage.heading.removeprefix(title).replace(" > ", " › ").strip(" ›") if hit else ""
    return (
        f'<li class="card" id="{card}" tabindex="-1">{badge}'
        f'<h4><a class="read" href="{escape(link)}" title="Read it in the document">'
        f"{escape(title)}</a></h4>"
        f'<p class="facts">{" · ".join(f"<span>{escape(fact)}</span>" for fact in facts)}</p>'
        + (f'<p class="trail">{escape(trail)}</p>' if trail else "")
        + f'<blockquote class="passage">{shown}</blockquote>'
        f'<p class="tail">{_link(url)}{whole}{_signals(hit)}</p></li>'
    )


def _link(url: str) -> str:
    url = safe_url(url)
    if not url:
        return ""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return (
        f'<a class="source" href="{escape(url)}" target="_blank" rel="noopener noreferrer">'
        f'{escape(host)}<span class="away" aria-hidden="true">↗</span>'
        '<span class="unseen"> (the source, in a new tab)</span></a>'
    )


def _signals(hit: Hit | None) -> str:
    if hit is None:
        return ""
    named = (
        f"{_SIGNALS.get(name, name)} {value:.2f}" for name, value in sorted(hit.signals.items())
    )
    why = ", ".join(named)
    return f'<span class="signals">Rank {hit.rank}{": " if why else ""}{escape(why)}</span>'


def facts_of(place: Citation | Passage, summary: DocumentSummary | None) -> list[str]:
    """What is said of a place beside its title: review, author, date, page, paragraph."""
    meta = summary.meta if summary else {}
    review, label = meta.get("review", ""), ""
    if isinstance(place, Citation):
        review, label = place.review or review, place.page_label
    facts = [
        review,
        meta.get("author", ""),
        day(meta.get("published", "")),
        page_name(place.page, label),
        paragraph_words(place.paragraph),
    ]
    return [fact for fact in facts if fact]
