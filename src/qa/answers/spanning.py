"""The best span of a passage, or of a part of it, by a reader's scores.

A span runs from one word piece to the same or a later one, at most `LONGEST` pieces; its score is
the start logit of the first plus the end logit of the last. Where there is no span at all, as in
a passage without word pieces, the score is minus infinity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.text import Span
from qa.types import SpanScores

LONGEST = 30
"""Word pieces in a span, at most: the length that is usual for SQuAD."""


class Spans:
    """All spans of a passage, by the reader's scores of it."""

    def __init__(self, scores: SpanScores) -> None:
        bounds = np.array(scores.spans, np.int64).reshape(-1, 2)
        self._spans = scores.spans
        self._begins, self._ends = bounds[:, 0], bounds[:, 1]
        # Shape (pieces, LONGEST): each span by its first piece, and how many follow.
        self._table = scores.starts[:, None] + _following(scores.ends, -np.inf)

    def best(self, within: Span, *, longest: int = LONGEST) -> tuple[Span, float]:
        """The characters of the best span inside ``within``, and its score.

        It has ``longest`` word pieces at most, which are no more than `LONGEST`.

        Of equal ones it is the first, then the shortest; where there is none it is empty, at the
        start of ``within``.
        """
        before, table = self._inside(within)
        table = table[:, :longest]
        if not table.size:
            return (within[0], within[0]), -np.inf
        first, more = divmod(int(table.argmax()), table.shape[1])
        span = self._spans[before + first][0], self._spans[before + first + more][1]
        return span, float(table[first, more])

    def _inside(self, within: Span) -> tuple[int, NDArray[np.float32]]:
        """The rows of the table from the first word piece inside ``within`` to the last.

        Spans that do not begin and end with a piece inside have minus infinity there. The number
        comes first of the rows left out before; where no piece is inside there are no rows.
        """
        inside = (self._begins >= within[0]) & (self._ends <= within[1])
        at = inside.nonzero()[0]
        if not at.size:
            return 0, self._table[:0]
        first, end = int(at[0]), int(at[-1]) + 1
        some = inside[first:end]
        allowed = some[:, None] & _following(some, False)
        return first, np.where(allowed, self._table[first:end], np.float32(-np.inf))


def _following(values: NDArray[Any], beyond: float) -> NDArray[Any]:
    """Each value and the LONGEST - 1 that follow it, as rows; ``beyond`` stands after the last."""
    padded = np.append(values, np.full(LONGEST, beyond, values.dtype))
    found: NDArray[Any] = padded[np.arange(len(values))[:, None] + np.arange(LONGEST)]
    return found
