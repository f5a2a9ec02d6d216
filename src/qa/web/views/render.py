"""The conversation as HTML: answers, the cards of their sources, and the plain text to copy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.types import Answer, Citation, Comparison
from qa.web.views.cards import Summaries, nearest_card, place_of, source_card
from qa.web.views.grid import grid, plain_lines, source_line
from qa.web.views.markup import MAX_QUESTION, escape, flow, page_name, paragraphs

NOTE = "This material concerns the sexual abuse of children."
PRIVACY = "Nothing you type leaves this machine."

_TEMPLATES = (
    "What did {review} find?",
    "How many recommendations did {review} make?",
    "When was {review} published?",
    "What did {review} recommend?",
    "Which period did {review} cover?",
    "What was the response to {review}?",
)
_MARKER = re.compile(r"\[(\d{1,4})\]")


@dataclass(frozen=True, slots=True)
class Exchange:
    """The ``number``-th question on the page, with its answer or the problem in place of one.

    ``answer`` is None while it is being looked for. ``reviews`` are those that were searched,
    none for all. ``beside`` says that they are asked side by side: then ``comparison`` comes in
    place of an answer. ``alone`` says that the question leans on nothing that was asked before.
    """

    number: int
    question: str
    answer: Answer | None = None
    reviews: tuple[str, ...] = ()
    problem: str = ""
    beside: bool = False
    comparison: Comparison | None = None
    alone: bool = False


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
    elif item.comparison is not None:
        body, outcome = _compared(item.comparison, name), "beside"
    elif answer is not None:
        body, outcome = _said(answer, name, busy=busy), answer.outcome
    else:
        doing = "Asking each review" if item.beside else "Searching the documents"
        body, outcome = f'<p class="waiting">{doing} …</p>', "waiting"
    within = ""
    if item.reviews and not item.beside:  # side by side, the rows name them
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
    if item.comparison is not None:
        return "\n".join([item.question, "", *plain_lines(item.comparison, summaries)])
    answer = item.answer
    if answer is None:
        return ""
    lines = [item.question, "", answer.text.strip()]
    if answer.citations:
        lines += ["", "Sources"]
    return "\n".join([*lines, *(source_line(one, summaries) for one in answer.citations)])


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
    searched = _searched(answer.question, answer.query)
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


def _compared(comparison: Comparison, name: str) -> str:
    searched = _searched(comparison.question, comparison.query, beside=True)
    return searched + grid(comparison, name)


def _searched(question: str, query: str, *, beside: bool = False) -> str:
    """What was searched, where it is not what was asked, and the means to mend it."""
    if query.strip() in ("", question.strip()):
        return ""
    shown, kind = escape(query), " data-beside" if beside else ""
    return (
        f'<details class="searched"><summary>Searched: <q>{shown}</q> '
        f'<span class="edit">Edit</span></summary><form class="again"{kind}>'
        f'<input type="text" name="query" value="{shown}" maxlength="{MAX_QUESTION}" '
        'aria-label="The searched question" autocomplete="off">'
        '<button type="submit">Search again</button></form></details>'
    )


def _problem(problem: str) -> str:
    return f'<p class="problem" role="alert">{flow(problem)}</p>'


def _actions(item: Exchange, summaries: Summaries, *, busy: bool) -> str:
    found = item.answer or item.comparison
    if found is None or busy or item.problem:
        return ""
    copied = escape(plain_text(item, summaries))
    seconds = "under 0.1" if found.seconds < 0.1 else f"{found.seconds:.1f}"
    sure, beside = "", ""
    if isinstance(found, Answer):
        sure = "" if found.outcome == "not_found" else f" · confidence {found.confidence:.0%}"
        # What was searched stands alone, so it can be put to each review without what went before.
        asked = escape(found.query.strip() or found.question)
        beside = f'<button type="button" data-ask="{asked}" data-beside>Side by side</button>'
    return (
        '<p class="actions"><button type="button" class="copy" '
        f'data-copy="{copied}">Copy with citations</button>{beside}'
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
