"""How dates, pages and addresses are told to people, and what may stand in running text."""

from __future__ import annotations

import datetime
import re
import unicodedata
from urllib.parse import urlsplit

from qa.text import paragraph_words
from qa.types import Citation

# Marks that turn the direction of what follows them: they would make a quote look like another.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NEVER = frozenset(("Cc", "Cs", "Co", "Cn"))


def safe_url(url: str) -> str:
    """The address, not yet escaped, where it is a web address; else ""."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        known = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return url if known and not re.search(r"[\s\x00-\x1f\x7f\\]", url) else ""


def day(published: str) -> str:
    """A date as people write it, "23 March 2016", "March 2016" where no day is known.

    Anything but an ISO date stays as it is.
    """
    is_month = re.fullmatch(r"\d{4}-\d\d", published)
    try:
        date = datetime.date.fromisoformat(f"{published}-01" if is_month else published)
    except ValueError:
        return published
    return f"{date:%B %Y}" if is_month else f"{date.day} {date:%B %Y}"


def page_name(number: int | None, label: str = "") -> str:
    """ "page iv (7 in the file)", "page 7", or "" for a document without pages."""
    if number is None:
        return ""
    if label and label != str(number):
        return f"page {label} ({number} in the file)"
    return f"page {number}"


def clean(text: str) -> str:
    """The text without what no document format takes: control marks and halves of characters.

    New lines and tabs stay; so do letters of every script.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char
        for char in text
        if char in "\n\t" or (char not in _TURNING and unicodedata.category(char) not in _NEVER)
    )


def line(text: str) -> str:
    """The text cleaned, in one line."""
    return " ".join(clean(" ".join(text.split())).split())


def place(citation: Citation) -> str:
    """Where a quote stands: "page iv (7 in the file), paragraph 7.12"; "" where nothing says."""
    page = page_name(citation.page, citation.page_label)
    return line(", ".join(part for part in (page, paragraph_words(citation.paragraph)) if part))
