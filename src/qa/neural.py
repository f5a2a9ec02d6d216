"""What neural models give, and the Protocols that let one be replaced; `types` has them too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qa.text import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TextVectors:
    """A text's own vector and those of its word pieces, which stand at ``spans`` of the text.

    Shapes: ``vector`` (dimension,), ``tokens`` (len(spans), dimension); all of unit length.
    """

    vector: NDArray[np.float32]
    spans: tuple[tuple[int, int], ...]
    tokens: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WordPieces:
    """Where the word pieces of a text stand, and their vectors, shape (len(spans), dimension)."""

    spans: tuple[Span, ...]
    tokens: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StoredVectors:
    """What is stored of each of n texts: its vector, and the signs of its word pieces' vectors.

    Shapes: ``vectors`` (n, dimension); each of the n ``signs`` (pieces, ceil(dimension / 8)) of
    uint8, as ``numpy.packbits(tokens > 0, axis=1)`` gives them.
    """

    vectors: NDArray[np.float32]
    signs: tuple[NDArray[np.uint8], ...]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Where in a passage a reader sees the answer to a question begin and end.

    Each word piece stands at one of ``spans`` of the passage; ``starts`` and ``ends``, shape
    (len(spans),), say how likely the answer begins and ends with it: logits, comparable within
    one reader only. ``null`` is what "it is not answered here" has for their sum.
    """

    spans: tuple[Span, ...]
    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    null: float


class Encoder(Protocol):
    """Turns text into unit vectors; the same text gives the same vector, whatever it is beside."""

    @property
    def fingerprint(self) -> str:
        """Names model, revision and compiled form; a change of it means other vectors."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    def encode_query(self, query: str) -> TextVectors:
        """The query's vector and those of its word pieces."""
        ...

    def pieces(self, text: str) -> tuple[Span, ...]:
        """Where the word pieces stand that `encode_documents` keeps the signs of."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> StoredVectors:
        """What an index keeps of these texts."""
        ...


class Reranker(Protocol):
    """Reads question and passage together, which is slow and sees more than vectors do."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question; higher is better, on any scale."""
        ...


class Reader(Protocol):
    """Marks the words of a passage that answer a question, or says that none do."""

    @property
    def name(self) -> str:
        """The model's name, or the folder that it was made from."""
        ...

    def read(self, question: str, passages: Sequence[str]) -> list[SpanScores]:
        """The scores of each passage, in their order; each is of its passage alone."""
        ...
