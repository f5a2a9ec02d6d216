"""The values that pass between the rooms, and the Protocols that let a room be replaced.

Every offset in this module counts characters of ``Document.text``; spans are half open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from qa.findings import Answer as Answer  # what questions find stands there, and is had from here
from qa.findings import Citation as Citation
from qa.findings import Comparison as Comparison
from qa.findings import ComparisonRow as ComparisonRow
from qa.findings import DatedStatement as DatedStatement
from qa.findings import Hit as Hit
from qa.findings import Outcome as Outcome
from qa.findings import Passage as Passage
from qa.findings import Timeline as Timeline
from qa.findings import Turn as Turn
from qa.neural import Encoder as Encoder  # what models give stands there, and is had from here
from qa.neural import Reader as Reader
from qa.neural import Reranker as Reranker
from qa.neural import SpanScores as SpanScores
from qa.neural import StoredVectors as StoredVectors
from qa.neural import TextVectors as TextVectors
from qa.neural import WordPieces as WordPieces
from qa.text import paragraph_label, paragraph_spans

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ParagraphKind = Literal["text", "heading", "contents"]

Progress = Callable[[str, int, int], None]
"""Called with a stage ("reading", "encoding", "writing"), the steps done and the steps in all."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its 1-based number, the label printed on it ("iv"; "" for none), its span.

    ``ocr`` is how sure of the page's words OCR was, in [0, 1]; None where nothing was read by OCR.
    """

    number: int
    label: str
    start: int
    end: int
    ocr: float | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in points from the upper left corner of the page as it is shown."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the words of one page stand on it.

    ``width`` and ``height`` are the page's as it is shown, in points. ``words`` packs a row of six
    little-endian int32 for each word, in the order of the text: start and end in the document's
    text, then x0, y0, x1, y1 of its rectangle in tenths of a point from the upper left corner.
    """

    page: int
    width: float
    height: float
    words: bytes


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One block of a document's text.

    ``label`` is the number printed before it ("7.12") or "". ``heading`` is the trail of headings
    above it ("Findings > Sheffield"). ``sources`` are the addresses that its author says its facts
    were read from. Headings are paragraphs of kind "heading"; a table of contents or an index is
    of kind "contents" and is kept in the text but never searched.
    """

    start: int
    end: int
    label: str = ""
    heading: str = ""
    kind: ParagraphKind = "text"
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One source document. ``text`` is the one text that every offset refers to.

    ``meta`` holds what is known of author, publisher, published, period, url, licence and review
    (the short name that people use: "Drew", "Jay"). ``sha256`` is of the file's bytes, or of the
    text in UTF-8 where there was no file. ``paragraphs`` are in order and do not overlap.
    """

    uri: str
    title: str
    text: str
    pages: tuple[Page, ...]
    meta: Mapping[str, str]
    sha256: str
    paragraphs: tuple[Paragraph, ...]

    @classmethod
    def from_text(cls, uri: str, title: str, text: str, **meta: str) -> Document:
        """Make a document of plain text: blank lines part its paragraphs, it has no pages."""
        paragraphs = tuple(
            Paragraph(start, end, label=paragraph_label(text[start:end]))
            for start, end in paragraph_spans(text)
        )
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        return cls(uri, title, text, (), dict(meta), digest, paragraphs)


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document of the index without its text. ``added`` is a UTC time in ISO 8601.

    ``warnings`` say what of its file was not read, ``ocr`` holds the numbers of the pages that
    were read by OCR, ``drawable`` says that its pages can be shown as pictures.
    """

    uri: str
    title: str
    meta: Mapping[str, str]
    sha256: str
    pages: int
    passages: int
    added: str
    warnings: tuple[str, ...] = ()
    ocr: tuple[int, ...] = ()
    drawable: bool = False

    @property
    def review(self) -> str:
        """The short name that people use, or the title where there is none."""
        return self.meta.get("review", "") or self.title


@dataclass(frozen=True, slots=True)
class Failure:
    """A file, or a part of one, that was not read, and why."""

    uri: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a new version of a document changed: passages that came and went, pages, its title.

    Each pair is (before, now).
    """

    uri: str
    title: tuple[str, str]
    pages: tuple[int, int]
    passages: tuple[int, int]
    new_passages: int
    gone_passages: int


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. ``failed`` names every file not read; ``warnings`` the parts of files.

    ``changes`` says of each document in ``changed`` what is different.

    ``pages`` counts the pages of all documents now in the index, ``encoded`` the passages that
    had to be encoded, ``generation`` what readers see from now on.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()
    pages: int = 0
    passages: int = 0
    encoded: int = 0
    generation: int = 0
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as plain lists and dicts, ready for ``json.dumps``."""
        return asdict(self)


class PassageIndex(Protocol):
    """Where documents, passages and vectors are kept and found."""

    @property
    def generation(self) -> int:
        """Rises by one with every update that changed something."""
        ...

    def documents(self) -> Sequence[DocumentSummary]:
        """Every document, ordered by uri."""
        ...

    def document(self, uri: str) -> Document:
        """The stored document. Raises DocumentError where there is none."""
        ...

    def passages(self, ids: Iterable[int]) -> dict[int, Passage]:
        """The passages with these ids; unknown ids are left out."""
        ...

    def neighbours(self, passage: Passage) -> tuple[Passage | None, Passage | None]:
        """The passages before and after this one in its document."""
        ...

    def lexical(
        self, terms: Mapping[str, float], k: int, *, uris: Sequence[str] | None = None
    ) -> list[tuple[int, float]]:
        """The k best passages by BM25 over weighted terms (of ``text.terms``), best first."""
        ...

    def dense(
        self, vector: NDArray[np.float32], k: int, *, uris: Sequence[str] | None = None
    ) -> list[tuple[int, float]]:
        """The k passages of highest inner product with the vector, best first."""
        ...

    def similarities(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        """The inner product of the vector with each of these passages, in their order."""
        ...

    def late(self, tokens: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        """How near the query's word pieces, shape (n, dimension), come to those of each passage:
        the mean over the former of the inner product with the nearest of the latter."""
        ...

    def tokens(self, ids: Sequence[int]) -> list[NDArray[np.float32]]:
        """The vectors of each passage's word pieces, of unit length, as near as they are stored.

        Shape (word pieces, dimension); none for unknown ids.
        """
        ...

    def terms(self, ids: Sequence[int]) -> list[str]:
        """The terms of each of these passages, in their order, parted by blanks; "" if unknown."""
        ...

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs (0 where in none)."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...
