"""The verb `qa compare`: one question put to every review by itself, as a table."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence

from qa import assistant as library
from qa.settings import load
from qa.terminal import GAP, LEAST, WIDEST, columned, print_json, say, show_sources
from qa.text import paragraph_words
from qa.types import Comparison, ComparisonRow

_REVIEW, _WHERE = 18, 16


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The parser takes what `compare` reads."""
    parser.add_argument(
        "--review", metavar="NAME", action="append", help="ask this review only (repeatable)"
    )
    parser.add_argument("words", nargs="+", metavar="QUESTION", help="the question")


def compare(args: argparse.Namespace) -> int:
    """Run the verb; that all are silent is an answer too."""
    question = " ".join(args.words).strip()
    if not question:
        args.parser.error("nothing was asked")
    settings = load(index=args.index)
    with library.open(settings.index, settings=settings) as assistant:
        compared = assistant.compare(question, reviews=args.review)
    if args.json:
        print_json(compared.to_dict())
    else:
        show_rows(compared)
    return 0


def show_rows(compared: Comparison) -> None:
    """A table on a terminal, a line a review elsewhere; then where each quote stands."""
    if compared.query != compared.question:
        say(f"Searched for: {compared.query}\n")
    if not compared.rows:
        say("The index is empty.")
        return
    if sys.stdout.isatty():
        for line in _table(compared.rows, shutil.get_terminal_size().columns):
            say(line)
    else:
        for row in compared.rows:
            say(" | ".join(part for part in _cells(row) if part))
    show_sources(compared.citations)


def _cells(row: ComparisonRow) -> tuple[str, str, str]:
    """Review, quote and place, as they stand in a row."""
    cited = row.citation
    if cited is None:
        return row.review, "silent", ""
    weak = "(weak evidence) " if row.outcome == "low_confidence" else ""
    page = f"page {cited.page_label or cited.page}" if cited.page else ""
    where = ", ".join(part for part in (page, paragraph_words(cited.paragraph)) if part)
    return row.review, f"{weak}“{' '.join(cited.quote.split())}” [{cited.number}]", where


def _table(rows: Sequence[ComparisonRow], columns: int) -> list[str]:
    """The lines of a table of three columns, no wider than the terminal where that can be."""
    cells = [("review", "quote", "page"), *map(_cells, rows)]
    first, last = (
        min(most, max(len(row[at]) for row in cells)) for at, most in ((0, _REVIEW), (2, _WHERE))
    )
    middle = max(min(columns, WIDEST) - first - last - 2 * len(GAP), LEAST)
    widths = (first, middle, last)
    lines = []
    for place, row in enumerate(cells):
        lines += columned(row, widths)
        lines.append("" if place else GAP.join("-" * width for width in widths))
    return lines
