"""The lines of a PDF's pages: the values that the other PDF modules pass to each other.

Coordinates are in points from the lower left corner of the page as its text is read: a table that
is printed sideways is level here.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.documents.formats.parsed import one_line

_TIDY = str.maketrans(
    {
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
        "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "▸", "\uf0fc": "✓", "\uf02d": "-",
    }
)  # fmt: skip
_TIGHT_LABEL = re.compile(r"^(\d{1,3}\.\d{1,3}\.)(?=[^\W\d_]|[“‘])")
_LEGIBLE = 4.0
_PRIVATE = re.compile(r"[\ue000-\uf8ff\ufffd]")


@dataclass(frozen=True, slots=True)
class Word:
    """A word and from where to where it reaches along its line."""

    text: str
    x0: float
    x1: float


@dataclass(frozen=True)
class Line:
    """Words on one base line ``y``; ``turn`` counts the quarter turns that the page makes."""

    words: tuple[Word, ...]
    y: float
    size: float
    bold: bool = False
    italic: bool = False
    turn: int = 0

    @functools.cached_property
    def text(self) -> str:
        """The line as it is read: settled, ligatures spelt out."""
        joined = " ".join(word.text for word in self.words).translate(_TIDY)
        return _TIGHT_LABEL.sub(r"\1 ", one_line(_PRIVATE.sub("", joined)))

    @functools.cached_property
    def wide(self) -> bool:
        """Whether the line has a wide gap, as between the columns of a table."""
        gaps = ((b.x0 - a.x1, a.text) for a, b in itertools.pairwise(self.words))
        return any(gap > 1.8 * self.size and len(left) > 1 for gap, left in gaps)

    @property
    def places(self) -> Iterator[tuple[int, int, float, float]]:
        """For each word of ``text``: from where to where it stands there, and along the line.

        What the text leaves out (marks that mean nothing) stands nowhere.
        """
        at = 0
        if " ".join([word.text for word in self.words]) == self.text:
            for word in self.words:
                end = at + len(word.text)
                yield at, end, word.x0, word.x1
                at = end + 1
            return
        shown = [one_line(_PRIVATE.sub("", word.text.translate(_TIDY))) for word in self.words]
        shown = [_TIGHT_LABEL.sub(r"\1 ", text) for text in shown]
        if "".join(shown).replace(" ", "") != self.text.replace(" ", ""):
            shown, words = [self.text], [Word(self.text, self.x0, self.x1)]
        else:
            words = list(self.words)
        for word, text in zip(words, shown, strict=True):
            share = (word.x1 - word.x0) / max(1, len(text))
            left = word.x0
            # A blank inside a word was one that may not break, or is the text's own.
            for part in text.split():
                at = self.text.index(part, at)
                right = left + share * len(part)
                yield at, at + len(part), left, right
                at, left = at + len(part), right + share

    @property
    def x0(self) -> float:
        """Where the line begins."""
        return self.words[0].x0

    @property
    def x1(self) -> float:
        """Where the line ends."""
        return max(self.words[-1].x1, self.words[0].x0)


@dataclass(frozen=True)
class Table(Line):
    """A table in place of its lines, as high as they are together: rows of cells of lines."""

    rows: tuple[tuple[tuple[Line, ...], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A rule or a box on a page: the rectangle that it fills, ``y0`` below ``y1``."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page as it is drawn. ``label`` is what the file calls it; ``drawn``: it is not blank.

    ``rotation``: by how many quarters a viewer turns it clockwise before it is shown. ``ocr`` is
    how sure OCR was of the words that it read on it, in [0, 1]; None where they are the file's.
    """

    number: int
    label: str
    width: float
    height: float
    lines: tuple[Line, ...]
    drawn: bool
    rotation: int = 0
    ocr: float | None = None
    shapes: tuple[Shape, ...] = ()

    def extent(self, turn: int) -> float:
        """How high the page is for text that is turned by so many quarters."""
        return self.width if turn % 2 else self.height


@dataclass(frozen=True, slots=True)
class RawPdf:
    """A whole file; ``outline`` holds its bookmarks' titles, ``warnings`` what was not read."""

    pages: tuple[RawPage, ...]
    title: str = ""
    author: str = ""
    made: str = ""
    outline: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    scanned: bool = False


def body_size(pages: Sequence[RawPage]) -> float:
    """The size of type in which most of the text is set that can be read."""
    sizes = Counter[float]()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    # Beside hidden text, which may be long, all that is shown would be a heading.
    sizes = Counter({size: sizes[size] for size in sizes if size >= _LEGIBLE}) or sizes
    return max(sizes.items(), key=lambda item: (item[1], item[0]), default=(1.0, 0))[0]
