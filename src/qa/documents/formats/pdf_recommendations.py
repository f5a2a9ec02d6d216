"""Which of a PDF's paragraphs are its recommendations, and how each is numbered.

A recommendation is told by what reports have in common: the word with a number as a heading or in
front of its text; a numbered list under the heading "Recommendations"; numbered or lettered words
after "I recommend:" in a chapter of that name. It goes on to the end of its box, or as long as the
type, the indent and the numbers in front say so. A mention in running text makes none.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from qa.documents.formats.pdf_lines import Shape
from qa.documents.formats.pdf_paragraphs import Lines
from qa.text import paragraph_number, recommendation_label
from qa.types import ParagraphKind

Kinds = Sequence[tuple[Lines, ParagraphKind]]
Boxes = Callable[[int], Sequence[Shape]]

_LIST = re.compile(
    r"(?:(?:chapter|part|section|annex|appendix)?\s*[\dA-Z]{1,3}(?:\.\d{1,2})*[.:)]?\s+)?"
    r"(?:(?:the|our|my|all|key|main|full|final|overall|list|summary|of)\s+)*recommendations"
    r"(?:\s+(?:(?:made|set out)\s+)?(?:in|of|by)\s+(?:this|the|our)\s+(?:report|inquiry|review|"
    r"panel|committee|commission|investigation))?:?",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"\b(?:I|we|me|us|inquiry|panel|review|committee|commission)\b[^.:]*\brecommend\b[^.:]*:$"
    r"|\b(?:following|these|my|our)\s+recommendations?\b[^.:]*:$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(\d{1,3})[.)]?\s+[^\W\d_]")
_SERIES = re.compile(r"R\s?(\d{1,3})[.:)]?\s+[A-Z]")
_OWN = re.compile(r"recommendation\s*[:.–—-]|recommendation$", re.IGNORECASE)
_LETTERED = re.compile(r"\([a-z]{1,4}\)\s")
_DOTTED = re.compile(r"[A-Z]?\d{1,3}\.\d")
_URGES = re.compile(r"\b(?:should|shall|must|ought|recommend\w*|needs? to|be \w+ed)\b", re.I)
_RESPONSE = re.compile(
    r"(?:the\s+)?(?:[\w’']+\s+){0,2}(?:government|department)\W{0,2}s?\s+"
    r"(?:also\s+|has\s+|fully\s+|partially\s+|therefore\s+)*"
    r"(?:accept|agree|support|welcome|reject|respon|recogni[sz]e|does not|is committed|has already)"
    r"|(?:government\s+)?response\b|(?:we|this recommendation is|this is)\s+accept"
    r"|(?:partially |fully |not )?accepted\b|this recommendation (?:is|was|has|will)\b"
    r"|[^.]{0,160}\b(?:accepts?|agrees? with|rejects?)\b[^.]{0,40}\brecommendations?\b",
    re.IGNORECASE,
)
_PROSE = 1500
"""A section of more letters, most of them plain prose, discusses what it recommends."""
_LONGEST = 200
"""No recommendation has more paragraphs."""
_LAST = 300
"""The words before a list stand in so many letters at the end of a paragraph."""
_QUOTED = 12
"""A quotation that does not end within so many paragraphs has lost its mark."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A recommendation that may still go on: how it began, and the style of its words so far.

    ``title``: it began with words that only name it.
    """

    label: str
    first: Lines
    title: bool
    box: Shape | None
    styled: bool | None = None
    last: Lines | None = None
    items: int = 0


def recommendations(parts: Kinds, *, levels: Sequence[int], boxes: Boxes) -> list[str]:
    """For each paragraph the recommendation that it belongs to ("Recommendation 4"), or "".

    ``levels`` are those of the headings (0 for the rest), ``boxes`` gives those of a page.
    """
    listed = {**_listed(parts, levels), **_series(parts)}
    quoted = _quotations(parts)
    labels = [""] * len(parts)
    current: _Open | None = None
    for place, (part, kind) in enumerate(parts):
        if part.note or kind == "contents":
            continue
        stated = "" if quoted[place] else recommendation_label(part.text, heading=part.heading)
        label = stated or listed.get(place, "")
        if part.table:
            labels[place] = recommendation_label(part.lines[0].text, heading=True)
            current = None
        elif label:
            title = part.heading or _names(part, stated)
            current = _Open(label, part, title, _box(part, boxes))
        elif current:
            current = _continued(current, part, levels[place], boxes)
        if current and kind == "text":
            labels[place] = current.label
            if current.styled is None and not (label and current.title):
                current = replace(current, styled=_styled(part))
            current = replace(current, last=part)
    for place, (part, _) in enumerate(parts):
        after = next((x for x in labels[place + 1 : place + 4] if x), "")
        if labels[place] and labels[place] != after and _is_bare(part.text, labels[place]):
            labels[place] = ""  # an entry in a list of recommendations
    return labels


def _names(part: Lines, stated: str) -> bool:
    """Whether the paragraph is no more than a recommendation's title, in type of its own."""
    says = bool(_LETTERED.match(part.text)) or (stated and part.text.endswith((".", ")", ";", ",")))
    return len(part.text) < 160 and _styled(part) and not says


def _is_bare(text: str, label: str) -> bool:
    """Whether the text is a recommendation's number and no more, as in a list of them."""
    named = text.casefold().startswith(label.casefold())
    return named and not re.search(r"\w", re.sub(r"\(.*\)", "", text[len(label) :]))


def _continued(current: _Open, part: Lines, level: int, boxes: Boxes) -> _Open | None:
    """The recommendation, if the paragraph belongs to it."""
    if current.box:
        here = part.pages[0] == current.first.pages[0]
        around = [current.box] if here else boxes(part.pages[0])
        return current if any(_around(box, part) for box in around) else None
    if level:
        # A title in two headings: "Recommendation 4", then what it is about.
        return current if current.title and current.last is None else None
    text = part.text
    if _DOTTED.match(paragraph_number(text)) or _RESPONSE.match(text):
        return None
    number = paragraph_number(text)
    if number.isdigit():
        return replace(current, items=int(number)) if int(number) == current.items + 1 else None
    if current.styled is None:
        return current
    if current.styled:
        return current if _styled(part) else None
    return current if current.title or _hangs(current, part) else None


def _hangs(current: _Open, part: Lines) -> bool:
    """Whether a plain paragraph is an item of the one before, or stands under it indented."""
    last = current.last or current.first
    if part.item and (current.items or last.item or last.text.endswith((":", ";", ",", "and"))):
        return True
    indent = part.lines[0].x0 - current.first.lines[0].x0
    return part.pages[0] == current.first.pages[0] and indent > 0.8 * part.size


def _styled(part: Lines) -> bool:
    """Whether the paragraph is set apart from the text: in bold or slanted type."""
    marked = sum(len(x.text) for x in part.lines if x.bold or x.italic)
    return marked > 0.5 * sum(len(x.text) for x in part.lines)


def _box(part: Lines, boxes: Boxes) -> Shape | None:
    """The smallest box around the paragraph."""
    around = [box for box in boxes(part.pages[0]) if _around(box, part)]
    return min(around, key=lambda box: (box.x1 - box.x0) * (box.y1 - box.y0), default=None)


def _around(box: Shape, part: Lines) -> bool:
    """Whether the box holds the lines that the paragraph has on its first page."""
    lines = [x for x, page in zip(part.lines, part.pages, strict=True) if page == part.pages[0]]
    return box.y1 - box.y0 > 2 * part.size and all(
        box.x0 - 1 <= x.x0 and x.x1 <= box.x1 + 1 and box.y0 - 1 <= x.y <= box.y1 for x in lines
    )


def _quotations(parts: Kinds) -> list[bool]:
    """Which paragraphs stand within a quotation: what it recommends is another's."""
    inside = [False] * len(parts)
    left = 0
    for place, (part, kind) in enumerate(parts):
        if part.note or kind == "contents":
            continue
        text = part.text
        if text.startswith("“"):
            left = _QUOTED
        inside[place] = left > 0
        left = 0 if re.search(r"”\W*\d*$", text) else left - 1
    return inside


def _series(parts: Kinds) -> dict[int, str]:
    """Paragraphs numbered "R1", "R2", "R3" and on."""
    found: dict[int, str] = {}
    for place, (part, kind) in enumerate(parts):
        match = _SERIES.match(part.text) if kind != "contents" and not part.note else None
        if match and int(match[1]) == len(found) + 1:
            found[place] = f"Recommendation R{match[1]}"
    return found if len(found) > 2 else {}


def _listed(parts: Kinds, levels: Sequence[int]) -> dict[int, str]:
    """What is numbered under a heading "Recommendations", or follows "I recommend:" there."""
    found: dict[int, str] = {}
    for start, (part, kind) in enumerate(parts):
        if kind == "heading" and _LIST.fullmatch(part.text):
            stop = start + 1
            while stop < len(parts) and not (
                0 < levels[stop] <= levels[start] or _begins_list(parts[stop])
            ):
                stop += 1
            places = [x for x in range(start + 1, stop) if _counts(parts[x])]
            found |= _plain(parts, places) or _sections(parts, levels, places)
    return found


def _begins_list(item: tuple[Lines, ParagraphKind]) -> bool:
    return item[1] == "heading" and bool(_LIST.fullmatch(item[0].text))


def _counts(item: tuple[Lines, ParagraphKind]) -> bool:
    return not item[0].note and item[1] != "contents"


def _plain(parts: Kinds, places: Sequence[int]) -> dict[int, str]:
    """A list of numbered paragraphs, counted from 1, most of which say what should be done."""
    found: dict[int, str] = {}
    for place in places:
        part, kind = parts[place]
        if kind == "text" and paragraph_number(part.text) == str(len(found) + 1):
            found[place] = f"Recommendation {len(found) + 1}"
    urging = sum(bool(_URGES.search(parts[place][0].text)) for place in found)
    return found if len(found) > 1 and 2 * urging > len(found) else {}


def _sections(parts: Kinds, levels: Sequence[int], places: Sequence[int]) -> dict[int, str]:
    """Numbered headings with what they recommend, in a list or after the words "I recommend:"."""
    found: dict[int, str] = {}
    number, level = 0, 0
    before = ""
    for index, place in enumerate(places):
        part, kind = parts[place]
        match = _NUMBERED.match(part.text)
        leads = bool(_LEAD.search(before[-_LAST:]))
        follows = match is not None and (leads or int(match[1]) == number + 1)
        if match and (kind == "heading" or (follows and _names(part, ""))):
            number, level = int(match[1]), levels[place] or level
            if leads or _is_list(parts, levels, places, index + 1, level):
                found[place] = f"Recommendation {number}"
        elif leads and number and _LETTERED.match(part.text):
            found[place] = f"Recommendation {number}"
        before = part.text
    return found


def _is_list(
    parts: Kinds, levels: Sequence[int], places: Sequence[int], start: int, level: int
) -> bool:
    """Whether what stands under the heading is the recommendation itself, not its reasons.

    That begins at ``places[start]``.
    """
    texts: list[Lines] = []
    for place in itertools.islice(places, start, start + _LONGEST):
        if 0 < levels[place] <= level:
            break
        part = parts[place][0]
        if levels[place] or _LEAD.search(part.text[-_LAST:]) or _OWN.match(part.text):
            return False
        texts.append(part)
    length = sum(len(part.text) for part in texts)
    set_apart = sum(len(part.text) for part in texts if part.item or _styled(part))
    return bool(texts) and (length < _PROSE or 2 * set_apart > length)
