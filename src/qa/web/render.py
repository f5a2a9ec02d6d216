"""The conversation as HTML: answers, the cards of their sources, and the plain text to copy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from qa.text import paragraph_words
from qa.types import Answer, Citation, DocumentSummary, Hit, Passage
from qa.web.markup import day, escape, flow, link_to, page_name, paragraphs, safe_url

NOTE = "This material concerns the sexual abuse of children."
PRIVACY = "Nothing you type leaves this machine."

# So much of a passage stands around its quote before "Whole passage" is pressed.
NEAR = 180

_TEMPLATES = (
    "What did {review} find?",
    "How many recommendations did {review} make?",
    "When was {review} published?",
    "What did {review} recommend?",
    "Which period did {review} cover?",
    "What was the response to {review}?",
)
_SIGNALS = {"lexical": "words", "dense": "meaning", "fused": "both", "preferred": "asked for"}
_MARKER = re.compile(r"\[(\d{1,4})\]")

Summaries = Mapping[str, DocumentSummary]


@dataclass(frozen=True, slots=True)
class Exchange:
    """The ``number``-th question on the page, with its answer or the problem in place of one.

    ``answer`` is None while it is being looked for. ``reviews`` are those that were searched,
    none for all.
    """

    number: int
    question: str
    answer: Answer | None = None
    reviews: tuple[str, ...] = ()
    problem: str = ""


def examples(reviews: Sequence[str], count: int = 18) -> list[str]:
    """Questions that might be begun with: the reviews in turn, each time in another form."""
    if not reviews:
        return []
    step = max(1, len(reviews) // len(_TEMPLATES))
    # Every step-th review first, then those between them.
    spread = [name for start in range(step) for name in reviews[start::step]]
    asked = []
    for place in range(max(count, len(_TEMPLATES))):
        # Not str.format: a name is text from a document and may hold braces.
        form = _TEMPLATES[(place + place // len(_TEMPLATES)) % len(_TEMPLATES)]
        asked.append(form.replace("{review}", spread[place % len(spread)]))
    return list(dict.fromkeys(asked))[:count]


def home(questions: Sequence[str], documents: int) -> str:
    """What stands on the page before the first question."""
    buttons = "".join(
        f'<li><button type="button" class="example" data-ask="{escape(question)}">'
        f"{escape(question)}</button></li>"
        for question in questions
    )
    shown = f'<h3>To begin with</h3><ul class="examples">{buttons}</ul>' if buttons else ""
    none = "" if documents else '<p class="problem">No documents have been indexed yet.</p>'
    return (
        '<section class="home" aria-label="How it works"><h2>What do you want to know?</h2>'
        '<p class="lede">Every answer is a quotation from the documents, with its source, page '
        "and paragraph. Where they do not answer, this page says so.</p>"
        f"{none}{shown}</section>"
    )


def conversation(exchanges: Sequence[Exchange], summaries: Summaries) -> str:
    """Earlier exchanges, their sources folded away."""
    return "".join(exchange(item, summaries, latest=False) for item in exchanges)


def exchange(
    item: Exchange, summaries: Summaries, *, latest: bool = True, busy: bool = False
) -> str:
    """One question, what was found, and its sources beside it."""
    name = f"t{item.number}"
    answer = item.answer
    if item.problem:
        body, outcome = _problem(item.problem), "problem"
    elif answer is None:
        body, outcome = '<p class="waiting">Searching the documents …</p>', "waiting"
    else:
        body, outcome = _said(answer, name, busy=busy), answer.outcome
    within = ""
    if item.reviews:
        within = f'<p class="within">Searched in: {escape(", ".join(item.reviews))}</p>'
    aside = "" if answer is None or item.problem else _sources(answer, name, summaries, latest)
    return (
        f'<article class="turn {outcome}" id="{name}" aria-labelledby="{name}-q">'
        f'<div class="say"><h2 class="question" id="{name}-q">{escape(item.question)}</h2>'
        f'{within}<div class="answer" id="{name}-a" tabindex="-1" '
        f'aria-busy="{"true" if busy else "false"}">{body}</div>'
        f"{_actions(item, summaries, busy=busy)}</div>{aside}</article>"
    )


def answer_text(answer: Answer, name: str) -> str:
    """The answer's paragraphs; each [n] that stands outside a quote is a link to its card."""
    known = {citation.number: citation for citation in answer.citations}
    shown = []
    for paragraph in paragraphs(answer.text.strip()):
        style = "quote" if paragraph.startswith("“") else "note"
        shown.append(f'<p class="{style}">{_linked(paragraph, name, known)}</p>')
    return "".join(shown)


def plain_text(item: Exchange, summaries: Summaries) -> str:
    """Question, answer and numbered sources, as they are copied."""
    answer = item.answer
    if answer is None:
        return ""
    lines = [item.question, "", answer.text.strip()]
    if answer.citations:
        lines += ["", "Sources"]
    for citation in answer.citations:
        facts = [citation.title, *_facts(citation, summaries.get(citation.uri))]
        url = safe_url(citation.url)
        lines.append(f"[{citation.number}] {', '.join(facts)}." + (f" {url}" if url else ""))
    return "\n".join(lines)


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
    facts = _facts(citation, summaries.get(citation.uri))
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
    facts = _facts(passage, summary)
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


def _facts(place: Citation | Passage, summary: DocumentSummary | None) -> list[str]:
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


def _linked(paragraph: str, name: str, known: Mapping[int, Citation]) -> str:
    # A document may itself print "[2]": only what stands outside the quotes is a citation.
    quotes = sorted({f"“{citation.quote}”" for citation in known.values()}, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(quote) for quote in quotes) or r"(?!)")
    parts, done = [], 0
    for match in pattern.finditer(paragraph):
        parts.append(_markers(paragraph[done : match.start()], name, known))
        parts.append(f'“<span class="said">{flow(match.group()[1:-1])}</span>”')
        done = match.end()
    parts.append(_markers(paragraph[done:], name, known))
    return "".join(parts)


def _markers(text: str, name: str, known: Mapping[int, Citation]) -> str:
    parts, done = [], 0
    for match in _MARKER.finditer(text):
        citation = known.get(int(match.group(1)))
        if citation is None:
            continue
        where = page_name(citation.page, citation.page_label)
        label = ", ".join(part for part in (citation.review or citation.title, where) if part)
        before = text[done : match.start()]
        if before != before.rstrip(" "):  # a number must not begin a line, away from its quote
            before = before.rstrip(" ") + "\u00a0"
        parts.append(flow(before))
        parts.append(
            f'<a class="cite" href="{escape(place_of(citation))}" '
            f'data-card="{name}-s{citation.number}" '
            f'aria-label="Source {citation.number}: {escape(label)}">{citation.number}</a>'
        )
        done = match.end()
    parts.append(flow(text[done:]))
    return "".join(parts)


def _said(answer: Answer, name: str, *, busy: bool) -> str:
    searched = ""
    if answer.query.strip() and answer.query.strip() != answer.question.strip():
        searched = f'<p class="searched">Searched for: <q>{escape(answer.query)}</q></p>'
    text = answer_text(answer, name)
    if answer.outcome == "not_found":
        return (
            f'{searched}<div class="declined" role="status">'
            f'<p class="verdict">Not answered</p>{text}</div>'
        )
    weak = ""
    if answer.outcome == "low_confidence":
        weak = '<p class="verdict weak" role="status">Weak evidence</p>'
    short = ""
    if answer.short and not busy:
        short = f'<p class="short"><span class="unseen">In short: </span>{escape(answer.short)}</p>'
    return f"{searched}{weak}{short}{text}"


def _problem(problem: str) -> str:
    return f'<p class="problem" role="alert">{flow(problem)}</p>'


def _actions(item: Exchange, summaries: Summaries, *, busy: bool) -> str:
    answer = item.answer
    if answer is None or busy or item.problem:
        return ""
    copied = escape(plain_text(item, summaries))
    seconds = "under 0.1" if answer.seconds < 0.1 else f"{answer.seconds:.1f}"
    sure = "" if answer.outcome == "not_found" else f" · confidence {answer.confidence:.0%}"
    return (
        '<p class="actions"><button type="button" class="copy" '
        f'data-copy="{copied}">Copy with citations</button>'
        f'<span class="measure">{seconds} s{sure}</span></p>'
    )


def _sources(answer: Answer, name: str, summaries: Summaries, latest: bool) -> str:
    if answer.outcome == "not_found":
        cards = [nearest_card(hit, name, summaries) for hit in answer.hits[:3]]
        title = "Nearest passages"
    else:
        cards = [source_card(one, answer, name, summaries) for one in answer.citations]
        title = f"{len(cards)} source{'' if len(cards) == 1 else 's'}"
    if not cards:
        return ""
    return (
        f'<aside class="sources" aria-labelledby="{name}-h" aria-live="off">'
        f"<details{' open' if latest else ''}><summary>"
        f'<h3 id="{name}-h">{title}</h3></summary>'
        f'<ol class="cards">{"".join(cards)}</ol></details></aside>'
    )
