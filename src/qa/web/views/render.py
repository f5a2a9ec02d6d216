"""The conversation as HTML: answers, the cards of their sources, and the plain text to copy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from qa.exports import Found, Summaries, parts
from qa.types import Answer, Citation, Comparison, Timeline
from qa.web.entries import Entry, kept_text
from qa.web.views import grid, timeline
from qa.web.views.cards import nearest_card, place_of, source_card
from qa.web.views.grid import source_line
from qa.web.views.markup import MAX_QUESTION, escape, flow, page_name, paragraphs

_MARKER = re.compile(r"\[(\d{1,4})\]")
_MARKS = (("right", "Right"), ("wrong", "Wrong"), ("missing", "Missing source"))
_EXPORTS = (
    ("markdown", "Markdown"),
    ("docx", "Word"),
    ("json", "JSON"),
    ("pack", "Evidence pack"),
)


def conversation(entries: Sequence[Entry], summaries: Summaries) -> str:
    """Earlier entries, their sources folded away."""
    return "".join(entry_html(item, summaries, latest=False) for item in entries)


def entry_html(
    item: Entry, summaries: Summaries, *, latest: bool = True, busy: bool = False
) -> str:
    """One question, what was found, and its sources beside it."""
    name, found = f"t{item.number}", item.found
    within = ""
    if item.within and item.form != "beside":  # side by side, the rows name them
        within = f'<p class="within">Searched in: {escape(_listed(item.within))}</p>'
    aside, kept = "", ""
    if not item.problem:
        if isinstance(found, Answer):
            aside = _sources(found, name, summaries, latest)
        if found is not None and not busy:
            kept = f' data-turn="{escape(kept_text(item))}"'
    return (
        f'<article class="turn {_outcome(item)}" id="{name}" aria-labelledby="{name}-q" '
        f'data-number="{item.number}" data-token="{escape(item.token)}"{kept}>'
        f'<div class="say"><h2 class="question" id="{name}-q">{escape(item.question)}</h2>'
        f'{within}<div class="answer" id="{name}-a" tabindex="-1" '
        f'aria-busy="{"true" if busy else "false"}">{_body(item, name, summaries, busy)}</div>'
        f"{'' if busy else _actions(item, summaries)}"
        f'<div class="next"></div></div>{aside}</article>'
    )


def _listed(names: Sequence[str]) -> str:
    return (
        ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:5])} and {len(names) - 5} more"
    )


def _outcome(item: Entry) -> str:
    """The class of an entry: what came of it."""
    if item.problem:
        return "problem"
    if isinstance(item.found, Answer):
        return item.found.outcome
    return "waiting" if item.found is None else f"wide {item.form}"


def _body(item: Entry, name: str, summaries: Summaries, busy: bool) -> str:
    found = item.found
    if item.problem:
        return _problem(item.problem)
    if found is None:
        return ""
    if isinstance(found, Answer):
        return _said(found, name, busy=busy)
    searched = _searched(found.question, found.query, item.form)
    if isinstance(found, Comparison):
        return searched + grid.grid(found, name, summaries)
    return searched + timeline.timeline(found, name, summaries)


def answer_text(answer: Answer, name: str) -> str:
    """The answer's paragraphs; each [n] that stands outside a quote is a link to its card."""
    known = {citation.number: citation for citation in answer.citations}
    shown = [""]
    # A document may itself print "[2]": only what stands outside the quotes is a citation.
    for part in parts(answer):
        if part.number:
            link = _link(known[part.number], name)
            shown[-1] += f'“<span class="said">{flow(part.text)}</span>”\u00a0{link}'
            continue
        first, *more = (_markers(text, name, known) for text in paragraphs(part.text))
        shown[-1] += first
        shown += more
    styles = ("quote" if html.startswith("“") else "note" for html in shown)
    pairs = zip(styles, shown, strict=True)
    return "".join(f'<p class="{style}">{html}</p>' for style, html in pairs if html)


def plain_text(question: str, found: Found, summaries: Summaries) -> str:
    """Question, answer and numbered sources, as they are copied."""
    if isinstance(found, Comparison):
        return "\n".join([question, "", *grid.plain_lines(found, summaries)])
    if isinstance(found, Timeline):
        return "\n".join([question, "", *timeline.plain_lines(found, summaries)])
    lines = [question, "", found.text.strip()]
    if found.citations:
        lines += ["", "Sources"]
    return "\n".join([*lines, *(source_line(one, summaries) for one in found.citations)])


def _markers(text: str, name: str, known: Mapping[int, Citation]) -> str:
    shown, done = [], 0
    for match in _MARKER.finditer(text):
        citation = known.get(int(match.group(1)))
        if citation is None:
            continue
        before = text[done : match.start()]
        if before != before.rstrip(" "):  # a number must not begin a line, away from its quote
            before = before.rstrip(" ") + "\u00a0"
        shown += [flow(before), _link(citation, name)]
        done = match.end()
    shown.append(flow(text[done:]))
    return "".join(shown)


def _link(citation: Citation, name: str) -> str:
    """The number of a citation, which opens its card."""
    where = page_name(citation.page, citation.page_label)
    label = ", ".join(part for part in (citation.review or citation.title, where) if part)
    return (
        f'<a class="cite" href="{escape(place_of(citation))}" '
        f'data-card="{name}-s{citation.number}" '
        f'aria-label="Source {citation.number}: {escape(label)}">{citation.number}</a>'
    )


def _said(answer: Answer, name: str, *, busy: bool) -> str:
    searched = _searched(answer.question, answer.query)
    text = answer_text(answer, name)
    if answer.outcome == "not_found":
        return f'{searched}<div class="declined"><p class="verdict">Not answered</p>{text}</div>'
    weak = ""
    if answer.outcome == "low_confidence":
        weak = '<p class="verdict weak">Weak evidence</p>'
    short = ""
    if answer.short and not busy:
        short = f'<p class="short"><span class="unseen">In short: </span>{escape(answer.short)}</p>'
    return f"{searched}{weak}{short}{text}"


def _searched(question: str, query: str, form: str = "answer") -> str:
    """What was searched, where it is not what was asked, and the means to mend it."""
    if query.strip() in ("", question.strip()):
        return ""
    shown = escape(query)
    return (
        f'<details class="searched"><summary>Searched: <q>{shown}</q> '
        f'<span class="edit">Edit</span></summary><form class="again" data-form="{form}">'
        f'<input type="text" name="query" value="{shown}" maxlength="{MAX_QUESTION}" '
        'aria-label="The searched question" autocomplete="off">'
        '<button type="submit">Search again</button></form></details>'
    )


def _problem(problem: str) -> str:
    return f'<p class="problem" role="alert">{flow(problem)}</p>'


def _actions(item: Entry, summaries: Summaries) -> str:
    """What can be done with an entry: copied, asked otherwise, exported, marked."""
    edit = '<button type="button" class="edit-question">Edit question</button>'
    found = item.found
    if found is None or item.problem:
        return f'<div class="actions">{edit}</div>' if item.problem else ""
    copied = escape(plain_text(item.question, found, summaries))
    seconds = "under 0.1" if found.seconds < 0.1 else f"{found.seconds:.1f}"
    sure = ""
    if isinstance(found, Answer) and found.outcome != "not_found":
        sure = f" · confidence {found.confidence:.0%}"
    return (
        '<div class="actions"><button type="button" class="copy" '
        f'data-copy="{copied}">Copy with citations</button>{_exports()}{edit}{_otherwise(item)}'
        f"{_marks(f'{seconds} s{sure}')}</div>"
    )


def _otherwise(item: Entry) -> str:
    """The same asked in the forms in which it was not.

    What was searched stands alone, so it can be put so without what went before.
    """
    found = item.found
    asked = escape((found.query.strip() if found else "") or item.question)
    labels = {"beside": "Side by side", "timeline": "Timeline"}
    return "".join(
        f'<button type="button" data-ask="{asked}" data-form="{form}">{label}</button>'
        for form, label in labels.items()
        if form != item.form
    )


def _exports() -> str:
    buttons = "".join(
        f'<button type="button" data-export="{form}">{label}</button>' for form, label in _EXPORTS
    )
    return (
        '<details class="menu exports"><summary>Export</summary>'
        f'<div role="group" aria-label="Export this answer">{buttons}</div></details>'
    )


def _marks(measure: str) -> str:
    """What a reader may say of the answer, and beside it how long it took and how sure it is."""
    buttons = "".join(
        f'<button type="button" data-mark="{mark}" aria-pressed="false">{label}</button>'
        for mark, label in _MARKS
    )
    return (
        '<div class="marks" role="group" aria-label="Was this right?">'
        f'<span aria-hidden="true">Was this right?</span>{buttons}'
        f'<span class="measure">{measure}</span></div>'
    )


def _sources(answer: Answer, name: str, summaries: Summaries, latest: bool) -> str:
    if answer.outcome == "not_found":
        asked = answer.query or answer.question
        cards = [nearest_card(hit, name, summaries, asked) for hit in answer.hits[:3]]
        title = "Nearest passages"
    else:
        cards = [source_card(one, answer, name, summaries) for one in answer.citations]
        title = f"{len(cards)} source{'' if len(cards) == 1 else 's'}"
    if not cards:
        return ""
    return (
        f'<aside class="sources" aria-labelledby="{name}-h {name}-q">'
        f'<details class="found"{" open" if latest else ""}><summary>'
        f'<h3 id="{name}-h">{title}</h3></summary>'
        f'<ol class="cards">{"".join(cards)}</ol></details></aside>'
    )
