"""The text of a PDF, put together from its paragraphs, with its pages, headings and title."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from qa.documents.formats.outline import Trail
from qa.documents.formats.parsed import Parsed, settle, similar
from qa.documents.formats.pdf_headings import levels, mark_headings, style_of
from qa.documents.formats.pdf_layout import in_reading_order
from qa.documents.formats.pdf_lines import Line, RawPdf, body_size
from qa.documents.formats.pdf_paragraphs import (
    Lines,
    carry_captions,
    goes_on,
    has_leaders,
    is_entry,
    leads_entry,
    measure,
    paragraphs_of,
    right_edge,
)
from qa.documents.formats.pdf_places import Placed, layouts_of
from qa.documents.formats.pdf_recommendations import recommendations
from qa.documents.formats.pdf_running import page_labels, without_running
from qa.documents.formats.pdf_shapes import boxes_of
from qa.documents.formats.pdf_tables import with_tables
from qa.documents.formats.pdf_title import author_of, month_of, title_of
from qa.text import paragraph_number
from qa.types import Page, Paragraph, ParagraphKind

_CONTENTS = re.compile(
    r"(?:table of )?contents(?: page)?|index|list of (?:figures|tables|boxes|illustrations|maps)"
    r"|(?:figures|tables)(?: and (?:figures|tables))?",
    re.IGNORECASE,
)
_FRONT = re.compile(r"(?:chapter|part|annex|appendix|module|section)\s+[\w.]{1,4}:?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[-‐‑][^\W_]+)*")
_LEFT = re.compile(r"([^\W_]+(?:[-‐‑][^\W_]+)*)[-‐‑]$")
_RIGHT = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S*[/=&?%_.-]$")
_CELL_ENDS = re.compile(r"[.,:;!?…][\"'”’)\]]*$")
_LETTERED = re.compile(r"([A-Z]\d{1,2}(?:\.\d{1,3})+)\.?\s")


def compose(raw: RawPdf) -> Parsed:
    """The file's text with every page's span, its paragraphs, and what could not be read."""
    shown, printed = without_running(raw.pages)
    labels = page_labels(raw.pages, printed)
    ordered = [in_reading_order(with_tables(page)) for page in shown]
    body = body_size(shown)
    measures = measure(ordered, body=body)
    pages = [
        paragraphs_of(lines, page.number, measures)
        for page, lines in zip(shown, ordered, strict=True)
    ]
    carry_captions(pages)
    mark_headings(pages, body=body, outline=raw.outline)
    rights = [right_edge(lines, measures) for lines in ordered]
    title = title_of(raw.title, pages, body=body)
    styles = {style_of(part) for page in pages for part in page if part.heading}
    ranks = levels(styles)
    parts = list(_kinds(list(_in_sequence(pages, rights))))
    depths = [ranks[style_of(part)] if kind == "heading" else 0 for part, kind in parts]
    boxes = functools.cache(lambda number: boxes_of(raw.pages[number - 1].shapes))
    numbered = recommendations(parts, levels=depths, boxes=boxes)
    writer = _Writer(title, _vocabulary(ordered), opening=_opening(pages))
    for (part, kind), level, label in zip(parts, depths, numbered, strict=True):
        writer.add(part, kind, level=level, label=label)
    text, paragraphs, starts = writer.finish(len(raw.pages))
    spans = tuple(
        Page(page.number, labels[index], starts[index], starts[index + 1], page.ocr)
        for index, page in enumerate(raw.pages)
    )
    stated = {"author": author_of(raw.author), "published": month_of(raw.made)}
    return Parsed(
        title,
        text,
        paragraphs,
        pages=spans,
        meta={name: value for name, value in stated.items() if value},
        warnings=raw.warnings,
        scanned=raw.scanned,
        layouts=layouts_of(writer.placed, raw.pages),
    )


def _opening(pages: Sequence[Sequence[Lines]]) -> int:
    """The number of the first page that reads as text: covers and title pages come before it."""
    for number, page in enumerate(pages, start=1):
        prose = [part for part in page if not part.heading and len(part.text) > 200]
        if sum(len(part.text) for part in prose) > 800:
            return number
    return 1


def _in_sequence(pages: Sequence[list[Lines]], rights: Sequence[float]) -> Iterator[Lines]:
    """All paragraphs in order; what a page break parted is one again.

    The footnotes of a page then stand before the paragraph that goes on over its end.
    """
    waiting: Lines | None = None
    for page, right in zip(pages, rights, strict=True):
        text = _joined([part for part in page if not part.note], right)
        notes = [part for part in page if part.note]
        if waiting and text and goes_on(waiting, text[0], right=_edge(waiting, right)):
            waiting.lines += text[0].lines
            waiting.pages += text[0].pages
            text[0] = waiting
        elif waiting:
            yield waiting
        waiting = text.pop() if text else None
        yield from text
        if waiting and notes and waiting.pages[0] != waiting.pages[-1]:
            yield waiting
            waiting = None
        yield from notes
    if waiting:
        yield waiting


def _edge(part: Lines, right: float) -> float:
    return max(right, max(line.x1 for line in part.lines))


def _joined(parts: list[Lines], right: float) -> list[Lines]:
    """The paragraphs of a page, those joined that only the end of a column parted."""
    joined: list[Lines] = []
    for part in parts:
        last = joined[-1] if joined else None
        up = last is not None and part.lines[0].y > last.lines[-1].y + last.size
        beside = last is not None and up and part.lines[0].x0 > max(x.x1 for x in last.lines)
        if last and beside and len(last.lines) > 2 and goes_on(last, part, right=right):
            last.lines += part.lines
            last.pages += part.pages
        else:
            joined.append(part)
    return joined


def _kinds(parts: Sequence[Lines]) -> Iterator[tuple[Lines, ParagraphKind]]:
    """The paragraphs, each with its kind; tables of contents are told by their page numbers.

    Under the heading of one, what stands between two entries belongs to it as well; a web page
    that was printed has no numbers there, and its entries are told by the headings they repeat.
    """
    last = {_bare(part.text): place for place, part in enumerate(parts) if part.heading}
    entries = [
        any(map(is_entry, part.lines))
        or leads_entry(part.text)
        or (not part.heading and last.get(_bare(part.text), -1) > place)
        for place, part in enumerate(parts)
    ]
    inside = False
    for place, part in enumerate(parts):
        listed = part.heading or sum(entries[place + 1 : place + 5]) > 2
        if listed and _CONTENTS.fullmatch(part.text):
            inside = True
            yield part, "heading" if part.heading else "contents"
            continue
        inside = inside and any(entries[place : place + 4]) and len(part.text) < 300
        if has_leaders(part.text) or inside:
            yield part, "contents"
        else:
            yield part, "heading" if part.heading else "text"


def _bare(text: str) -> str:
    return "".join(_WORD.findall(text.casefold()))


def _vocabulary(pages: Iterable[Sequence[Line]]) -> Counter[str]:
    """How often each word stands whole in the file, "well-being" counting as one word."""
    words: Counter[str] = Counter()
    for lines in pages:
        broken = False
        for line in lines:
            found = _WORD.findall(line.text.casefold())
            ends = line.text.endswith(("-", "‐"))
            words.update(found[1 if broken else 0 : len(found) - 1 if ends else len(found)])
            broken = ends
    return words


class _Writer:
    """Puts the text together and keeps count of where pages and paragraphs begin.

    Headings before the page ``opening``, those of a cover, stand above nothing.
    """

    def __init__(self, title: str, words: Counter[str], *, opening: int) -> None:
        self._title = title
        self._words = words
        self._opening = opening
        self._parts: list[str] = []
        self._length = 0
        self.placed: list[Placed] = []
        self._starts: dict[int, int] = {}
        self._paragraphs: list[Paragraph] = []
        self._trail = Trail()
        self._front = ""

    def add(self, part: Lines, kind: ParagraphKind, *, level: int, label: str) -> None:
        """The paragraph follows what was added before.

        ``level`` is that of a heading (0 for none), ``label`` the recommendation it belongs to.
        """
        if self._parts:
            self._put("\n\n")
        start = self._length
        text = self._put_lines(part)
        if level:
            self._trail.close(level)
        trail = " > ".join(filter(None, (self._trail.text, part.caption, part.heads)))
        if part.note:
            trail = f"{trail} > Notes" if trail else "Notes"
        if label and not re.search(rf"{re.escape(label)}(?!\w)", trail, re.IGNORECASE):
            trail = f"{trail} > {label}" if trail else label
        if kind == "text" and not part.note:
            label = self._label(text, label)
        self._paragraphs.append(Paragraph(start, self._length, label, trail, kind))
        if level and part.pages[0] >= self._opening:
            self._open(text, level)

    def finish(self, pages: int) -> tuple[str, tuple[Paragraph, ...], list[int]]:
        """The text, its paragraphs, and where each page starts, with the end of the last."""
        starts = [self._length] * (pages + 1)
        for number in range(pages, 0, -1):
            starts[number - 1] = self._starts.get(number, starts[number])
        starts[0] = 0
        return "".join(self._parts), tuple(self._paragraphs), starts

    def _open(self, text: str, level: int) -> None:
        if _CONTENTS.fullmatch(text) or similar(text, self._title):
            return
        if _FRONT.fullmatch(text):
            self._front = text.rstrip(":")
            return
        if self._front:
            text, self._front = f"{self._front}: {text}", ""
        self._trail.open(level, text)

    @staticmethod
    def _label(text: str, recommendation: str) -> str:
        """The number printed before the paragraph, but of a list's the recommendation's name."""
        match = _LETTERED.match(text)
        number = match.group(1) if match else paragraph_number(text)
        return recommendation if recommendation and "." not in number else number

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _put_lines(self, part: Lines) -> str:
        """The lines as one text, which is also returned."""
        joined = ""
        for place, (line, page) in enumerate(zip(part.lines, part.pages, strict=True)):
            if place in part.cells:
                joined += " " if _CELL_ENDS.search(joined) else "; "
            elif joined:
                joined = self._joined(joined, line.text)
            at = self._length + len(joined)
            self._starts.setdefault(page, at)
            self._place(line, page, at)
            joined += line.text
        self._put(joined)
        return joined

    def _place(self, line: Line, page: int, at: int) -> None:
        """The line's words stand in the text from there on."""
        if self.placed:
            self.placed[-1].cut(at)
        words = [(at + start, at + end, x0, x1) for start, end, x0, x1 in line.places]
        self.placed.append(Placed(page, line, words))

    def _joined(self, above: str, below: str) -> str:
        """The text so far, ready for the line below: with a blank, or without its hyphen."""
        kept, between = above, " "
        left, right = _LEFT.search(above[-60:]), _RIGHT.match(below)
        if left and right:
            kept = above if self._keeps_hyphen(left.group(1), right.group()) else above[:-1]
            between = ""
        elif _ADDRESS.search(above[-200:]) or (above.endswith("—") and above[-2:-1].strip()):
            between = ""
        # Two lines may not make another character where they meet.
        if not between and settle(kept[-8:] + below[:8]) != kept[-8:] + below[:8]:
            return f"{above} "
        return kept + between

    def _keeps_hyphen(self, left: str, right: str) -> bool:
        """Whether a word broken after its hyphen is written with one: as elsewhere in the file."""
        if not right[0].islower():
            return True
        left, right = left.casefold(), right.casefold()
        whole, hyphened = self._words[left + right], self._words[f"{left}-{right}"]
        if whole or hyphened:
            return hyphened > whole
        return "-" in left or (self._words[left] > 1 and self._words[right] > 1 and len(right) > 2)
