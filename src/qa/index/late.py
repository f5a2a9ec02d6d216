"""Late interaction over the signs of token vectors: how near a query comes to a passage.

Every word piece of the query looks for the nearest word piece of the passage, and the passage
scores their mean (Khattab & Zaharia, ColBERT, 2020). Of the passages' token vectors only the signs
are kept, one bit a dimension: against the query's full vectors they rank as the full ones do
(tests/benchmarks/RETRIEVAL.md), in a thirty-second of the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROWS = 1024
"""So many word pieces are unpacked at a time: they stay in the processor's cache."""


def row_bytes(dimension: int) -> int:
    """The bytes that the signs of one word piece take."""
    return (dimension + 7) // 8


def signed_vectors(signs: bytes, dimension: int) -> NDArray[np.float32]:
    """The vectors of unit length that have these signs, shape (word pieces, dimension)."""
    import numpy as np  # noqa: PLC0415

    rows = np.frombuffer(signs, np.uint8).reshape(-1, row_bytes(dimension))
    bits = np.unpackbits(rows, axis=1, count=dimension).astype(np.float32)
    vectors: NDArray[np.float32] = (2 * bits - 1) / np.sqrt(np.float32(dimension))
    return vectors


def late_scores(tokens: NDArray[np.float32], passages: Sequence[bytes]) -> list[float]:
    """The score of each passage, -1 to 1; 0 where query or passage has no word piece.

    ``tokens`` has shape (word pieces of the query, dimension); a passage is the bytes of its
    signs, row by row.
    """
    import numpy as np  # noqa: PLC0415

    asked, dimension = tokens.shape
    width = row_bytes(dimension)
    held = [at for at, signs in enumerate(passages) if signs]
    scores = [0.0] * len(passages)
    if not asked or not held:
        return scores
    rows = np.frombuffer(b"".join(passages[at] for at in held), np.uint8).reshape(-1, width)
    products = np.empty((len(rows), asked), np.float32)
    with one_thread():
        for start in range(0, len(rows), _ROWS):
            bits = np.unpackbits(rows[start : start + _ROWS], axis=1, count=dimension)
            products[start : start + _ROWS] = bits.astype(np.float32) @ tokens.T
    starts = np.cumsum([0] + [len(passages[at]) // width for at in held[:-1]])
    nearest = np.maximum.reduceat(products, starts, axis=0)
    # A sign is 2 * bit - 1, of a vector of unit length divided by the root of the dimension.
    signed = (2 * nearest - tokens.sum(axis=1)) / np.sqrt(np.float32(dimension))
    for at, score in zip(held, signed.mean(axis=1).tolist(), strict=True):
        scores[at] = float(score)
    return scores
