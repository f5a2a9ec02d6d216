"""What a PDF is called and who wrote it, where that can be told."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.documents.formats.parsed import one_line
from qa.documents.formats.pdf_paragraphs import Lines
from qa.text import fold, words

_PROGRAM = re.compile(
    r"\d|acrobat|adobe|microsoft|windows|office|admin|user|owner|unknown|scanner|writer|indesign",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"microsoft word|untitled|\.(?:docx?|pdf|indd|rtf|odt|pptx?)\b|_", re.I)
_GENERIC = frozenset(
    """report reports review inquiry volume final draft the a an of and response government part
    summary document""".split()
)
_LONGEST = 200
_MADE = re.compile(r"(?:D:)?((?:19[89]|20\d)\d)-?(0[1-9]|1[0-2])")


def title_of(stated: str, pages: Sequence[Sequence[Lines]], *, body: float) -> str:
    """The title that the file states if its first pages bear it out, else what page one shows.

    "" where neither is there.
    """
    stated = one_line(stated)
    opening = {
        fold(part.text[start:end])
        for page in pages[:4]
        for part in page
        for start, end in words(part.text)
    }
    named = [fold(stated[start:end]) for start, end in words(stated)]
    if len(named) > 1 and not _FILE_NAME.search(stated):
        borne_out = sum(word in opening for word in named)
        if borne_out >= 0.75 * len(named):
            return stated[:_LONGEST]
    return _shown(pages, body) or ""


def author_of(stated: str) -> str:
    """The author that the file states, unless it is a program's or an account's name."""
    stated = one_line(stated)
    if _PROGRAM.search(stated) or (" " not in stated and not stated.isupper()):
        return ""
    return stated[:_LONGEST]


def month_of(made: str) -> str:
    """The month in which the file says that it was made, "2016-03", or "".

    A report is published some days after its file was made, so the day would be a wrong one.
    """
    match = _MADE.match(made)
    return f"{match.group(1)}-{match.group(2)}" if match else ""


def _shown(pages: Sequence[Sequence[Lines]], body: float) -> str:
    """The largest type of the first page that has any, with more of it where that says little."""
    first = next((page for page in pages if page), ())
    large = [part for part in first if part.size >= 1.3 * body and not part.note]
    if not large:
        return ""
    size = max(part.size for part in large)
    chosen = [place for place, part in enumerate(large) if part.size > 0.93 * size]
    low, high = chosen[0], chosen[0] + 1
    while high < len(large) and high in chosen:
        high += 1
    while _says_little(_text(large[low:high])) and (low > 0 or high < len(large)):
        low, high = max(0, low - 1), min(len(large), high + 1)
    return _text(large[low:high])[:_LONGEST]


def _text(parts: Sequence[Lines]) -> str:
    return " ".join(part.text for part in parts)


def _says_little(text: str) -> bool:
    telling = {fold(text[start:end]) for start, end in words(text)} - _GENERIC
    return sum(not word.isdigit() for word in telling) < 2
