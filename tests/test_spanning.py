"""Spans over a reader's scores, compared with trying every pair of word pieces."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa.answers.spanning import LONGEST, Spans
from qa.text import Span
from qa.types import SpanScores

LOGITS = st.integers(-8, 8).map(lambda each: each / 2)  # exact in float32, and often equal


@st.composite
def passages(draw: st.DrawFn) -> SpanScores:
    """Word pieces with gaps or none between them; some share their characters, as bytes do."""
    pieces = draw(st.lists(st.tuples(st.integers(-1, 2), st.integers(1, 3)), max_size=70))
    spans: list[Span] = []
    for gap, length in pieces:
        if gap < 0 and spans:
            spans.append(spans[-1])
        else:
            begin = (spans[-1][1] if spans else 0) + max(gap, 0)
            spans.append((begin, begin + length))
    logits = st.lists(LOGITS, min_size=len(spans), max_size=len(spans))
    starts, ends = (np.array(draw(logits), np.float32) for _ in range(2))
    return SpanScores(tuple(spans), starts, ends, draw(LOGITS))


RANGES = st.tuples(st.integers(0, 150), st.integers(0, 150)).map(lambda p: (min(p), max(p)))


def tried(scores: SpanScores, within: Span, longest: int = LONGEST) -> list[tuple[float, int, int]]:
    """Every span inside, best first, then the first, then the shortest."""
    inside = [i for i, (start, end) in enumerate(scores.spans)
              if within[0] <= start and end <= within[1]]  # fmt: skip
    found = [
        (-float(scores.starts[first] + scores.ends[last]), first, last)
        for first in inside
        for last in inside
        if first <= last < first + longest
    ]
    return sorted(found)


@given(passages(), RANGES, st.integers(1, LONGEST))
def test_the_best_span_is_the_first_of_the_best(
    scores: SpanScores, within: Span, longest: int
) -> None:
    span, score = Spans(scores).best(within, longest=longest)
    spans = tried(scores, within, longest)
    if not spans:
        assert (span, score) == ((within[0], within[0]), -np.inf)
        return
    best, first, last = spans[0]
    assert score == -best
    assert span == (scores.spans[first][0], scores.spans[last][1])
    assert within[0] <= span[0] < span[1] <= within[1]


def test_a_span_is_at_most_so_long() -> None:
    count = LONGEST + 1
    starts, ends = np.zeros((2, count), np.float32)
    starts[0], ends[-1], ends[-2] = 10, 10, 5
    spans = tuple((at, at + 1) for at in range(count))
    scores = SpanScores(spans, starts, ends, 3.0)
    assert Spans(scores).best((0, count)) == ((0, LONGEST), 15.0)


def test_where_there_is_nothing_there_is_no_span() -> None:
    nothing = np.zeros(0, np.float32)
    scores = SpanScores((), nothing, nothing, 1.5)
    assert Spans(scores).best((3, 9)) == ((3, 3), -np.inf)
