"""A question put to the reviews side by side, as a table: one row a review, quoted or silent."""

from __future__ import annotations

from qa.exports import Summaries
from qa.types import Citation, Comparison, ComparisonRow
from qa.web.views.cards import cite_menu, facts_of, place_of, places
from qa.web.views.markup import escape, flow, safe_url

# On a narrow screen the cells stand below one another, which takes from table, row and cell what
# they mean, unless it is said.
_HEAD = "".join(
    f'<th scope="col" role="columnheader">{title}</th>'
    for title in ("Review", "Best quote", "Where")
)


def grid(comparison: Comparison, name: str, summaries: Summaries) -> str:
    """The table; each quote has a number and a place, both of which open it in its document."""
    if not comparison.rows:
        return '<p class="note">There are no documents to ask.</p>'
    rows = "".join(_row(row, summaries) for row in comparison.rows)
    return (
        f'<table class="grid" role="table" aria-labelledby="{name}-q">'
        f"<caption>{escape(counted(comparison))}</caption>"
        f'<thead role="rowgroup"><tr role="row">{_HEAD}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>'
    )


def counted(comparison: Comparison) -> str:
    """How many of the reviews answer, in a sentence."""
    answering, asked = len(comparison.citations), len(comparison.rows)
    if asked == 1:
        return "The review answers." if answering else "The review is silent."
    if answering in (0, asked):
        return f"All {asked} reviews {'answer' if answering else 'are silent'}."
    silent = asked - answering
    return (
        f"{answering} of {asked} reviews answer{'s' if answering == 1 else ''}, "
        f"{silent} {'is' if silent == 1 else 'are'} silent."
    )


def plain_lines(comparison: Comparison, summaries: Summaries) -> list[str]:
    """The rows and their numbered sources, as they are copied."""
    lines = []
    for row in comparison.rows:
        cited = row.citation
        said = f"“{cited.quote}” [{cited.number}]" if cited else "silent"
        weak = "(weak evidence) " if row.outcome == "low_confidence" else ""
        lines.append(f"{row.review}: {weak}{said}")
    if comparison.citations:
        lines += ["", "Sources"]
    return lines + [source_line(one, summaries) for one in comparison.citations]


def source_line(citation: Citation, summaries: Summaries) -> str:
    """The source with its number, as it is copied."""
    facts = [citation.title, *facts_of(citation, summaries.get(citation.uri))]
    url = safe_url(citation.url)
    return f"[{citation.number}] {', '.join(facts)}." + (f" {url}" if url else "")


def _row(row: ComparisonRow, summaries: Summaries) -> str:
    head = f'<th scope="row" role="rowheader">{escape(row.review)}</th>'
    cited = row.citation
    if cited is None:
        return (
            f'<tr role="row" class="silent">{head}<td role="cell" colspan="2">silent'
            '<span class="unseen">: it does not answer this question</span></td></tr>'
        )
    where = ", ".join(filter(None, places(cited)))
    link = escape(place_of(cited))
    weak = '<p class="verdict weak">Weak evidence</p>' if row.outcome != "answered" else ""
    short = f'<p class="span">{escape(row.short)}</p>' if row.short else ""
    label = escape(", ".join(part for part in (row.review, where) if part))
    return (
        f'<tr role="row">{head}<td role="cell">{weak}{short}'
        f'<p class="quote">“<span class="said">{flow(cited.quote)}</span>”\u00a0'
        f'<a class="cite read" href="{link}" aria-label="Source {cited.number}: {label}">'
        f"{cited.number}</a></p></td>"
        f'<td role="cell" class="where"><a class="read" href="{link}" tabindex="-1" '
        f'title="Read it in the document">{escape(where or "the document")}</a>'
        f"{cite_menu(cited, summaries.get(cited.uri))}</td></tr>"
    )
