"""The verb `qa timeline`: what the documents date about a subject, in order of time."""

from __future__ import annotations

import argparse
import shutil
import sys

from qa import assistant as library
from qa.settings import load
from qa.terminal import GAP, LEAST, WIDEST, columned, print_json, say, show_sources
from qa.types import DatedStatement, Timeline


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The parser takes what `chronicle` reads."""
    parser.add_argument(
        "--review", metavar="NAME", action="append", help="search this review only (repeatable)"
    )
    parser.add_argument("words", nargs="+", metavar="QUESTION", help="the question or subject")


def chronicle(args: argparse.Namespace) -> int:
    """Run the verb; that nothing has a date is an answer too."""
    question = " ".join(args.words).strip()
    if not question:
        args.parser.error("nothing was asked")
    settings = load(index=args.index)
    with library.open(settings.index, settings=settings) as assistant:
        found = assistant.timeline(question, reviews=args.review)
    if args.json:
        print_json(found.to_dict())
    else:
        show_timeline(found)
    return 0


def show_timeline(found: Timeline) -> None:
    """Two columns on a terminal, a line a statement elsewhere; then where each quote stands."""
    if found.query != found.question:
        say(f"Searched for: {found.query}\n")
    if not found.rows:
        say("The documents date nothing on this.")
        return
    if sys.stdout.isatty():
        for line in _table(found.rows, shutil.get_terminal_size().columns):
            say(line)
    else:
        for row in found.rows:
            say(f"{_date(row)} | {_quote(row)}")
    show_sources(found.citations)


def _date(row: DatedStatement) -> str:
    return f"{row.date} to {row.until}" if row.until else row.date


def _quote(row: DatedStatement) -> str:
    source = row.citation.review or row.citation.title
    return f"“{' '.join(row.citation.quote.split())}” [{row.citation.number}] {source}"


def _table(rows: tuple[DatedStatement, ...], columns: int) -> list[str]:
    """The lines of two columns, no wider than the terminal where that can be."""
    first = max(len(_date(row)) for row in rows)
    width = max(min(columns, WIDEST) - first - len(GAP), LEAST)
    lines = []
    for row in rows:
        lines += [*columned((_date(row), _quote(row)), (first, width)), ""]
    return lines
