"""What the documents date about a subject, as a list by year: date, quote and place of each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from qa.answers import dates_in
from qa.exports import Summaries
from qa.types import Citation, DatedStatement, Timeline
from qa.web.views.cards import place_of, places
from qa.web.views.grid import source_line
from qa.web.views.markup import day, escape, flow


def timeline(found: Timeline, name: str, summaries: Summaries) -> str:
    """The statements under their years; each number and place opens the quote in its document."""
    if not found.rows:
        return (
            '<div class="declined"><p class="verdict">Nothing dated</p>'
            '<p class="note">The documents that were searched date nothing on this.</p></div>'
        )
    years = "".join(
        f'<li class="year"><h3>{escape(year)}</h3><ol>'
        f"{''.join(_row(row, summaries) for row in rows)}</ol></li>"
        for year, rows in groupby(found.rows, key=lambda row: row.date[:4])
    )
    return (
        f'<p class="counted">{escape(counted(found.rows))}</p>'
        f'<ol class="dates" aria-labelledby="{name}-q">{years}</ol>'
    )


def counted(rows: Sequence[DatedStatement]) -> str:
    """How many statements there are, and over which years, in a sentence."""
    first = min(row.date[:4] for row in rows)
    last = max((row.until or row.date)[:4] for row in rows)
    many = "1 dated statement" if len(rows) == 1 else f"{len(rows)} dated statements"
    return f"{many}, {first}." if first == last else f"{many}, {first} to {last}."


def plain_lines(found: Timeline, summaries: Summaries) -> list[str]:
    """The rows and their numbered sources, as they are copied."""
    if not found.rows:
        return ["The documents date nothing on this."]
    lines = [f"{_time(row)}: “{row.citation.quote}” [{row.citation.number}]" for row in found.rows]
    sources = [source_line(citation, summaries) for citation in found.citations]
    return [*lines, "", "Sources", *sources]


def _time(row: DatedStatement) -> str:
    return f"{day(row.date)} to {day(row.until)}" if row.until else day(row.date)


def _row(row: DatedStatement, summaries: Summaries) -> str:
    cited = row.citation
    link, where = escape(place_of(cited)), _where(cited, summaries)
    when = " to ".join(
        f'<time datetime="{escape(date)}">{escape(day(date))}</time>'
        for date in (row.date, row.until)
        if date
    )
    return (
        f'<li class="dated"><p class="when">{when}</p><div>'
        f'<p class="quote">“<span class="said">{_said(row)}</span>”\u00a0'
        f'<a class="cite read" href="{link}" aria-label="Source {cited.number}: {escape(where)}">'
        f"{cited.number}</a></p>"
        f'<p class="where"><a class="read" href="{link}" tabindex="-1" '
        f'title="Read it in the document">{escape(where)}</a></p></div></li>'
    )


def _said(row: DatedStatement) -> str:
    """The quote, with the date in it marked; not where the same words name a law or a report."""
    quote = row.citation.quote
    start = next(
        (
            each.start
            for each in dates_in(quote)
            if (each.date, each.until) == (row.date, row.until)
            and quote[each.start : each.end] == row.words
        ),
        # As it was found in an index of another version, perhaps.
        quote.find(row.words) if row.words and quote.count(row.words) == 1 else -1,
    )
    if start < 0:
        return flow(quote)
    end = start + len(row.words)
    return f"{flow(quote[:start])}<b>{flow(quote[start:end])}</b>{flow(quote[end:])}"


def _where(citation: Citation, summaries: Summaries) -> str:
    summary = summaries.get(citation.uri)
    name = summary.review if summary else citation.review or citation.title
    return ", ".join(filter(None, (name, *places(citation))))
