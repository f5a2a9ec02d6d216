"""Places in a document: where words stand in it, and which page or paragraph a person means."""

from __future__ import annotations

import bisect
import functools
import re
import unicodedata
from dataclasses import dataclass

from qa.documents.splitting import page_at, paragraph_names
from qa.text import Span, named_label, paragraph_words
from qa.types import Document, Page, Paragraph

MAX_WANTED = 200
_DASHES_AND_QUOTES = str.maketrans("‐‑‒–—―−‘’‚‛“”„‟", "-------''''\"\"\"\"")
_PAGE = re.compile(r"(?:pages?|pp?|pg)(?:\s*\.\s*|\s+|(?=\d))(\S.*)", re.IGNORECASE)
_PARAGRAPH = re.compile(
    r"(?:(?:paragraphs?|paras?)(?:\s*\.\s*|\s+|(?=\d))|[§¶]+\s*)(\S.*)", re.IGNORECASE
)
_RECOMMENDATION = re.compile(r"(?:recommendations?|recs?|r)\s*\.?\s*(\d[\w.]*)", re.IGNORECASE)
_ROMAN = re.compile(r"[ivxlcdm]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spot:
    """A page, or a paragraph: ``span`` is empty for a page. ``name`` says which."""

    name: str
    page: Page | None
    span: Span = (0, 0)


def find_words(text: str, wanted: str) -> list[Span]:
    """Where the words stand in the text, whatever their case, accents, dashes or line breaks."""
    pieces = [re.escape(_folded(piece)) for piece in wanted[:MAX_WANTED].split()]
    pattern = r"\s+".join(piece for piece in pieces if piece)
    if not pattern:
        return []
    folded, at, away = _fold_text(text)

    def original(offset: int) -> int:
        # What was folded to another length moved all that follows it.
        place = bisect.bisect_right(at, offset) - 1
        return offset - away[place] if place >= 0 else offset

    found = []
    for match in re.finditer(pattern, folded):
        start, last = original(match.start()), original(match.end() - 1)
        end = last + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        found.append((start, end))
    return found


def locate(document: Document, said: str, *, after: int = -1) -> Spot | None:
    """The page or paragraph that is meant by "page 23", "p. iv", "7.12", "Recommendation 4".

    A printed page label goes before the page's number in the file. Of several paragraphs with the
    number, the first that starts behind ``after`` is meant, or the first of all.
    """
    said = " ".join(said.split())
    page = _PAGE.fullmatch(said)
    if page:
        return _page_spot(document, page.group(1).strip(" ."))
    named = _PARAGRAPH.fullmatch(said)
    if named:
        return _paragraph_spot(document, named.group(1).strip(" ."), after=after)
    advice = _RECOMMENDATION.fullmatch(said)
    if advice:
        return _recommendation(document, advice.group(1).strip(" ."), after)
    bare = said.strip(" .")
    if bare.isdecimal() or _ROMAN.fullmatch(bare):
        return _page_spot(document, bare) or _paragraph_spot(document, bare, after=after)
    return _paragraph_spot(document, bare, after=after)


def locate_paragraph(document: Document, said: str) -> Spot | None:
    """The paragraph that is meant by "7.12", "para 7.12", "Recommendation 4": never a page."""
    found = _paragraph_spot(document, said.strip(" .")) or locate(document, said)
    return found if found and any(found.span) else None


def places_told(document: Document) -> str:
    """What can be asked for: "it has pages 1 to 9 and paragraph 1.1 to paragraph 7.12"."""
    names = [name for name in paragraph_names(document) if name]
    numbers = [name for name in names if not named_label(name)]
    count = len(document.pages)
    known = [f"pages 1 to {count}" if count > 1 else "page 1"] if count else []
    for named in (numbers, [name for name in names if named_label(name)]):
        if named:
            first, last = paragraph_words(named[0]), paragraph_words(named[-1])
            known.append(f"{first} to {last}" if first != last else first)
    several = [", ".join(known[:-1]), known[-1]] if len(known) > 1 else known
    told = f"it has {' and '.join(several) or 'no numbered places'}"
    if not document.pages:
        return f"{told}, and no pages" if known else told
    return told if numbers else f"{told}; it prints no paragraph numbers"


def _paragraph_spot(document: Document, label: str, *, after: int = -1) -> Spot | None:
    """The paragraph that a citation calls so."""
    named = zip(document.paragraphs, paragraph_names(document), strict=True)
    same = [one for one, name in named if name and name.casefold() == label.casefold()]
    return _first(document, paragraph_words(label), same, after)


def numbered_page(document: Document, number: int) -> Page | None:
    """The page of that number in the file."""
    return document.pages[number - 1] if 1 <= number <= len(document.pages) else None


def _page_spot(document: Document, label: str) -> Spot | None:
    for page in document.pages:
        if page.label and page.label.casefold() == label.casefold():
            return Spot(f"page {page.label}", page)
    found = numbered_page(document, int(label)) if _is_small(label) else None
    return Spot(f"page {label}", found) if found else None


def _recommendation(document: Document, number: str, after: int) -> Spot | None:
    """The recommendation by its label, else by how its paragraph or heading begins."""
    names = {f"recommendation {number}", f"rec {number}", f"r{number}", f"r {number}"}
    names = {name.casefold() for name in names}
    text = document.text
    begins = re.compile(rf"recommendation\s+(?:no\.?\s*)?{re.escape(number)}(?![\d.]*\d)", re.I)
    found = [one for one in document.paragraphs if one.label.casefold() in names]
    found = found or [
        one
        for one in document.paragraphs
        if one.kind != "contents" and begins.match(text, one.start, one.end)
    ]
    found = found or [
        one
        for one in document.paragraphs
        if one.label == number and "recommendation" in one.heading.casefold()
    ]
    return _first(document, f"Recommendation {number}", found, after)


def _first(document: Document, name: str, found: list[Paragraph], after: int) -> Spot | None:
    if not found:
        return None
    one = next((one for one in found if one.start > after), found[0])
    return Spot(name, page_at(document.pages, one.start), (one.start, one.end))


def _is_small(number: str) -> bool:
    return number.isascii() and number.isdecimal() and len(number) < 8


@functools.lru_cache(maxsize=4096)
def _folded(piece: str) -> str:
    plain = unicodedata.normalize("NFKD", piece.translate(_DASHES_AND_QUOTES).casefold())
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


@functools.lru_cache(maxsize=4)
def _fold_text(text: str) -> tuple[str, list[int], list[int]]:
    """The folded text; where, in it, offsets shift, and by how much they do from there on."""
    table = {ord(char): _folded(char) for char in set(text)}
    odd = "".join(char for char in set(text) if len(table[ord(char)]) != 1)
    at: list[int] = []
    away: list[int] = []
    shift = 0
    for match in re.finditer(f"[{re.escape(odd)}]", text) if odd else ():
        size = len(table[ord(match.group())])
        # Inside a character that became several, each of them stands for the same one.
        for step in range(1, size):
            at.append(match.start() + shift + step)
            away.append(shift + step)
        shift += size - 1
        at.append(match.end() + shift)
        away.append(shift)
    return text.translate(table), at, away
