"""Stand-ins whose behaviour can be reasoned out by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa.text import Span, terms, words
from qa.types import Document, Passage, StoredVectors, TextVectors

VOCABULARY = (
    "bridge river flood pier deck cable housing rent damp council inspector inspection report "
    "budget safety recommendation finding delay contractor sheffield"
).split()


class KeywordEncoder:
    """A text's vector has equal parts of every keyword in it, however often, and unit length.

    So the similarity of two texts is (shared keywords) / sqrt(keywords of one * of the other).
    A text without any keyword has the zero vector: it is like nothing.
    """

    def __init__(self, vocabulary: Sequence[str] = VOCABULARY, *, revision: str = "1") -> None:
        self.fingerprint = f"keywords-{revision}"
        self.dimension = len(vocabulary)
        self.encoded: list[str] = []
        """Every text that `encode_documents` was given, in order."""
        self._places = {terms(word)[0]: place for place, word in enumerate(vocabulary)}

    def encode_query(self, query: str) -> TextVectors:
        """The query's vector, and its words, each with the vector that it has alone."""
        spans = tuple(words(query))
        tokens = [self._vector(query[start:end]) for start, end in spans]
        matrix = np.array(tokens, np.float32).reshape(-1, self.dimension)
        return TextVectors(self._vector(query), spans, matrix)

    def pieces(self, text: str) -> tuple[Span, ...]:
        """The places of the words."""
        return tuple(words(text))

    def encode_documents(self, texts: Sequence[str]) -> StoredVectors:
        """What an index keeps of the texts."""
        self.encoded.extend(texts)
        found = [self.encode_query(text) for text in texts]
        return StoredVectors(
            np.stack([each.vector for each in found]),
            tuple(np.packbits(each.tokens > 0, axis=1) for each in found),
        )

    def _vector(self, query: str) -> NDArray[np.float32]:
        vector = np.zeros(self.dimension, dtype=np.float32)
        for term in terms(query):
            if term in self._places:
                vector[self._places[term]] = 1.0
        return vector / np.float32(max(1.0, float(np.linalg.norm(vector))))


def passages_of(document: Document) -> tuple[Passage, ...]:
    """One passage for every paragraph, headed by the document's title."""
    passages: list[Passage] = []
    seen: dict[str, int] = {}
    for ordinal, block in enumerate(document.paragraphs, start=1):
        text = document.text[block.start : block.end]
        seen[text] = seen.get(text, -1) + 1
        content = f"{document.uri}\0{text}\0{seen[text]}".encode()
        passages.append(
            Passage(
                id=int.from_bytes(hashlib.sha256(content).digest()[:8]) >> 1,
                uri=document.uri,
                start=block.start,
                end=block.end,
                text=text,
                heading=document.title,
                page=None,
                paragraph=block.label or str(ordinal),
            )
        )
    return tuple(passages)
