"""What a format hands over: text with its pages and paragraphs, and what could not be read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from qa.text import normalise
from qa.types import Layout, Page, Paragraph

_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file's content. ``title`` is "" where the file does not say; offsets are of ``text``.

    ``layouts`` say where the words of each page stand, in formats whose pages can be drawn;
    ``scanned``: there are pages that want OCR, whether it was there or not.
    """

    title: str
    text: str
    paragraphs: tuple[Paragraph, ...]
    pages: tuple[Page, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    scanned: bool = False


def settle(text: str) -> str:
    """The text normalised until another pass would change nothing.

    Once is not enough where a mark that was dropped stood between a letter and its accent.
    """
    while (again := normalise(text)) != text:
        text = again
    return text


def one_line(text: str) -> str:
    """The text settled, its white space narrowed to single blanks."""
    return " ".join(settle(text).split())


def similar(left: str, right: str) -> bool:
    """Whether two titles say the same but for case, punctuation and a word or so."""
    one, other = (_NOT_WORD.sub(" ", text.casefold()).strip()[:300] for text in (left, right))
    return bool(one and other) and difflib.SequenceMatcher(None, one, other).ratio() >= 0.85
