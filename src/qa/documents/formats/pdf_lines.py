"""The lines of a PDF's pages: the values that the other PDF modules pass to each other.

Coordinates are in points from the lower left corner of the page as its text is read: a table that
is printed sideways is level here.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qa.documents.formats.parsed import one_line

_TIDY = str.maketrans(
    {
        "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
        "\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "▸", "\uf0fc": "✓", "\uf02d": "-",
    }
)  # fmt: skip
_TIGHT_LABEL = re.compile(r"^(\d{1,3}\.\d{1,3}\.)(?=[^\W\d_]|[“‘])")
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
    def x0(self) -> float:
        """Where the line begins."""
        return self.words[0].x0

    @property
    def x1(self) -> float:
        """Where the line ends."""
        return max(self.words[-1].x1, self.words[0].x0)


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page as it is drawn. ``label`` is what the file calls it; ``drawn``: it is not blank."""

    number: int
    label: str
    width: float
    height: float
    lines: tuple[Line, ...]
    drawn: bool

    def extent(self, turn: int) -> float:
        """How high the page is for text that is turned by so many quarters."""
        return self.width if turn % 2 else self.height


@dataclass(frozen=True, slots=True)
class RawPdf:
    """A whole file; ``outline`` holds the titles of its bookmarks."""

    pages: tuple[RawPage, ...]
    title: str = ""
    author: str = ""
    outline: frozenset[str] = frozenset()


def body_size(pages: Sequence[RawPage]) -> float:
    """The size of type in which most of the text is set."""
    sizes = Counter[float]()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return max(sizes.items(), key=lambda item: (item[1], item[0]), default=(1.0, 0))[0]
