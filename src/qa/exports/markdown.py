"""A conversation as Markdown: what documents and questions say stays words, never marks."""

from __future__ import annotations

from collections.abc import Iterator

from qa.exports.recording import Conversation, Exchange
from qa.exports.styles import cite, escape_markdown, link_markdown
from qa.exports.telling import ORIGIN, Summaries, Told, source_facts, told
from qa.exports.wording import line, safe_url


def conversation_markdown(conversation: Conversation, summaries: Summaries) -> str:
    """Each question under a heading of its own, with its answer and its sources."""
    lines = [f"# {escape_markdown(conversation.name) or 'Conversation'}", "", ORIGIN, ""]
    for number, exchange in enumerate(conversation.exchanges, start=1):
        lines += _exchange(told(exchange, summaries), summaries, f"{number}. ")
    return "\n".join(lines)


def exchange_markdown(exchange: Exchange, summaries: Summaries) -> str:
    """One question with its answer and its sources."""
    parts = told(exchange, summaries)
    return "\n".join([f"# {ORIGIN.partition('.')[0]}", "", *_exchange(parts, summaries, "")])


def _exchange(parts: Told, summaries: Summaries, number: str) -> Iterator[str]:
    yield f"## {number}{escape_markdown(parts.question)}"
    yield ""
    for name, value in parts.facts:
        yield f"- {name}: {escape_markdown(value)}"
    yield ""
    for piece in parts.pieces:
        text = escape_markdown(piece.text)
        yield f"> “{text}” \\[{piece.number}\\]" if piece.number else text
        yield ""
    for place, row in enumerate(parts.table):
        yield f"| {' | '.join(map(escape_markdown, row))} |"
        if place == 0:
            yield f"|{' --- |' * len(row)}"
    if parts.table:
        yield ""
    if parts.citations:
        yield "### Sources"
        yield ""
    for citation in parts.citations:
        yield f"- \\[{citation.number}\\] {cite(citation, summaries.get(citation.uri), 'markdown')}"
        for name, value in source_facts(citation):
            yield f"  - {name}: {escape_markdown(value)}"
        if citation.url:
            address = line(safe_url(citation.url))
            shown = link_markdown(address) if address else escape_markdown(citation.url)
            yield f"  - Address: {shown}"
    if parts.citations:
        yield ""
