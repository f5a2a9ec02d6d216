"""What a question is asked with: the box, its buttons, the choice of documents, and the note."""

from __future__ import annotations

from collections.abc import Sequence

from qa.types import DocumentSummary
from qa.web.care import Support
from qa.web.views.markup import MAX_QUESTION, day, escape, safe_url


def composer(documents: Sequence[DocumentSummary], support: Support, privacy: str) -> str:
    """All of it, as it stands at the foot of the page."""
    return (
        f'<div id="scope">{chooser(documents)}</div>'
        '<form id="asking" autocomplete="off"><div id="question">'
        '<a class="skip" id="to-answer" href="#log" hidden>To the newest answer</a>'
        '<label class="unseen" for="question-box">Your question</label>'
        '<textarea id="question-box" name="question" rows="1" placeholder="Ask a question" '
        f'maxlength="{MAX_QUESTION}" autocomplete="off" autocapitalize="sentences" '
        'spellcheck="true" enterkeyhint="send" autofocus></textarea></div>'
        '<button type="submit" id="send">Ask</button>'
        '<button type="button" id="stop" hidden>Stop</button>'
        '<button type="button" id="beside" title="What each review says, in a table">'
        "Side by side</button>"
        '<button type="button" id="timeline" title="What is said of it, by date">'
        "Timeline</button></form>"
        f'<div id="note">{_note(support, privacy)}</div>'
        '<button type="button" id="clear" hidden>New conversation</button>'
    )


def chooser(documents: Sequence[DocumentSummary]) -> str:
    """The choice of documents, by review, author and date; folded, and nothing of it for one."""
    if len(documents) < 2:
        one = "Searching one document" if documents else "No documents"
        return f'<p class="scope-of">{one}</p>'
    dated = sorted(documents, key=lambda one: (_published(one) or "9999", one.review, one.uri))
    by_review: dict[str, list[DocumentSummary]] = {}
    for document in dated:
        by_review.setdefault(document.review, []).append(document)
    shown = "".join(
        f'<fieldset class="several"><legend>{escape(review)}</legend>'
        f"{''.join(map(_box, several))}</fieldset>"
        if len(several) > 1
        else _box(several[0])
        for review, several in by_review.items()
    )
    return (
        '<details class="chooser"><summary><span class="scope-of">'
        f"Searching all {len(documents)} documents</span></summary>"
        f'<div class="choice-of">{_filters(documents)}'
        '<div class="boxes" role="group" aria-label="Documents to search">'
        f"{shown}</div></div></details>"
    )


def _box(document: DocumentSummary) -> str:
    meta = document.meta
    facts = [meta.get("author", ""), day(_published(document))]
    name = document.title if document.title != document.review else ""
    said = " · ".join(escape(fact) for fact in (name, *facts) if fact)
    return (
        f'<label class="box"><input type="checkbox" name="uri" value="{escape(document.uri)}" '
        f'data-review="{escape(document.review)}" data-author="{escape(meta.get("author", ""))}" '
        f'data-year="{escape(_year(document))}" checked><span><strong>{escape(document.review)}'
        f'</strong> <span class="facts">{said}</span></span></label>'
    )


def _filters(documents: Sequence[DocumentSummary]) -> str:
    """What chooses several documents at once: an author, years of publication, all, none."""
    authors = sorted({one.meta.get("author", "") for one in documents} - {""}, key=str.casefold)
    years = sorted({_year(one) for one in documents} - {""})
    options = "".join(f"<option>{escape(author)}</option>" for author in authors)
    author = (
        '<label>Author <select data-filter="author"><option value="">Any</option>'
        f"{options}</select></label>"
        if len(authors) > 1
        else ""
    )

    def year(which: str, label: str, value: str) -> str:
        return (
            f'<label>{label} <input type="number" inputmode="numeric" data-filter="{which}" '
            f'min="{escape(years[0])}" max="{escape(years[-1])}" placeholder="{escape(value)}">'
            "</label>"
        )

    span = ""
    if len(years) > 1:
        span = year("from", "Published from", years[0]) + year("to", "to", years[-1])
    return (
        f'<div class="filters" role="group" aria-label="Choose by author and date">{author}{span}'
        '<button type="button" data-choose="all">All</button>'
        '<button type="button" data-choose="none">None</button></div>'
    )


def _note(support: Support, privacy: str) -> str:
    """A quiet word on what the material is about, and where there is someone to talk to."""
    said = f'<p><span class="said">{escape(support.note)} {escape(privacy)}</span>'
    if not support.places:
        return f"{said}</p>"
    places = "".join(
        f"<li><strong>{escape(place.name)}</strong> {escape(place.what)}"
        f"{_phone(place.phone)}{_web(place.url)}</li>"
        for place in support.places
    )
    return (
        f'{said} <button type="button" id="support-open" aria-haspopup="dialog">'
        "Where to find support</button></p>"
        '<dialog id="support" aria-labelledby="support-title">'
        '<h2 id="support-title">Where to find support</h2>'
        f"<p>{escape(support.words)}</p><ul>{places}</ul>"
        '<button type="button" id="support-close">Close</button></dialog>'
    )


def _phone(number: str) -> str:
    dialled = "".join(char for char in number if char in "+0123456789")
    return f' <a href="tel:{dialled}">{escape(number)}</a>' if dialled else ""


def _web(url: str) -> str:
    url = safe_url(url)
    if not url:
        return ""
    shown = url.partition("://")[2].removeprefix("www.").rstrip("/")
    return (
        f' <a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(shown)}'
        '<span class="unseen"> (in a new tab)</span></a>'
    )


def _published(document: DocumentSummary) -> str:
    return document.meta.get("published", "")


def _year(document: DocumentSummary) -> str:
    year = _published(document)[:4]
    return year if year.isascii() and year.isdecimal() and len(year) == 4 else ""
