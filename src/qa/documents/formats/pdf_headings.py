"""Which of a PDF's paragraphs are headings, and which of them stands above which."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from qa.documents.formats.pdf_paragraphs import Lines, is_entry

_CAPTION = re.compile(r"(?:figure|table|chart|box|map|image|graph|source|note)s?\b[\s\d:.]", re.I)
_END = re.compile(r"[.,;:–-][\"'”’)]*$")
_LISTED = re.compile(
    r"\([a-z]{1,4}\)\s|\d{1,3}\.\s+[a-z]+$|.*\b(?:and|or)$|[•●▪–—-]|https?:", re.DOTALL
)
_NAMED = re.compile(r"(?:recommendation|chapter|annex|appendix)\s+\w{1,4}:\s+[^\W\d_]", re.I)
_TWO_SENTENCES = re.compile(r"[a-z]{3}[.;?!]\s+\S")
_LETTERS = re.compile(r"[^\W\d_]")

Style = tuple[float, bool, bool, bool]


def mark_headings(
    pages: Sequence[Sequence[Lines]], *, body: float, outline: Collection[str]
) -> None:
    """Every heading is marked as one: by size, weight, capitals or slant, or by the bookmarks."""
    bookmarks = {_plain(title) for title in outline}
    bold = sum(len(p.text) for page in pages for p in page if all(x.bold for x in p.lines))
    total = sum(len(p.text) for page in pages for p in page)
    for page in pages:
        for place, part in enumerate(page):
            if not part.note and not part.table:
                alone = place + 1 < len(page) and not page[place + 1].note
                part.heading = _is_heading(
                    part, body, bookmarks, bold_counts=2 * bold < total, leads=alone
                )


def levels(styles: Collection[Style]) -> dict[Style, int]:
    """The level of each style of heading, 1 the highest: larger, in capitals, bold, upright."""
    ordered = sorted(styles, key=lambda style: (-style[0], not style[1], not style[2], style[3]))
    return {style: level for level, style in enumerate(ordered, start=1)}


def style_of(part: Lines) -> Style:
    """How a heading is set: size, capitals, bold, italic."""
    return (
        round(part.size * 2) / 2,
        _in_capitals(part.text),
        all(x.bold for x in part.lines),
        all(x.italic for x in part.lines),
    )


def _is_heading(
    part: Lines, body: float, bookmarks: set[str], *, bold_counts: bool, leads: bool
) -> bool:
    text = part.text
    if len(part.lines) > 4 or len(text) > 220 or len(_LETTERS.findall(text)) < 3:
        return False
    if is_entry(part.lines[-1]) or _LISTED.match(text):
        return False
    large = part.size >= 1.14 * body
    if _CAPTION.match(text):
        return False
    if _plain(text) in bookmarks and not part.beside:
        return True
    if (text[:1].islower() and not large) or _END.search(text):
        return part.size >= 1.3 * body
    if large:
        return not part.beside or part.size >= 1.3 * body
    table = part.lines[0].wide and not part.item
    if part.beside or table or part.size < 0.95 * body or _TWO_SENTENCES.search(text):
        return False
    if bold_counts and all(x.bold for x in part.lines) and len(text) <= 160:
        return True
    if len(part.lines) > 2 or len(text) > 100 or not leads:
        return False
    if _in_capitals(text) or _NAMED.match(text):
        return True
    quoted = text.endswith(("”", "’", '"', "'")) and text[0] in "“‘\"'"
    return all(x.italic for x in part.lines) and len(part.lines) == 1 and not quoted


def _in_capitals(text: str) -> bool:
    return text.isupper() and len(_LETTERS.findall(text)) >= 5


def _plain(text: str) -> str:
    return re.sub(r"\W+", "", text.casefold())
