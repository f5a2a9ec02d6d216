"""The sentences that light reading finds best, read again by a reader model.

A reader sees question and text together, which light reading does not; but it takes some hundred
times as long, so it is shown no more than the best sentences, each between its neighbours and
under its heading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qa.answers.evidence import Evidence, from_logit, logit
from qa.answers.spanning import Spans
from qa.text import Span
from qa.types import Passage, Reader, SpanScores

READ_AGAIN = 5
"""So many of the best sentences are read with their neighbours."""
READER_SHARE = 0.1
"""What a reader's log odds count beside those of light reading. From .05 to .15 every set gains, in
finding the sentence and in telling what is answered; beyond, questions on reports lose."""
SHORT = 12
"""Word pieces in a short answer, at most."""
_AS_GOOD = 1.0
"""A short span is taken that is less likely than the best by so much, in log odds."""
_BOUND = 10.0
"""Margins beyond this say no more."""
_REACH = READER_SHARE * _BOUND
"""By so much, in log odds, can a reader move a sentence."""
_UNREAD = -4.4
"""What the reader is taken to say of a sentence too far behind to be read: what it says of such
sentences on average where it reads them (the project's own questions)."""
_AT_ONCE = 2
"""So many sentences are read side by side before it is asked which others can still come first."""


@dataclass(frozen=True, slots=True)
class Said:
    """By how much the best span of a sentence beats "it is not answered here", in log odds.

    ``span`` is the best short one, in the document's text; empty where a longer one is better.
    """

    margin: float
    span: Span


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a passage, in its text, and the sentences of it in order."""

    passage: Passage
    start: int
    end: int
    sentences: tuple[Evidence, ...]

    @property
    def heading(self) -> str:
        return f"{self.passage.heading}\n" if self.passage.heading else ""

    @property
    def text(self) -> str:
        return self.heading + self.passage.text[self.start : self.end]


def consult(reader: Reader, question: str, evidence: Sequence[Evidence]) -> dict[Span, Said]:
    """What the reader says of the sentences around the best of the evidence, which is ranked.

    By (id of the passage, place in the document), as `place` has it. What it says moves a sentence
    by no more than `_REACH`: one that is too far behind to come first is not read, which spares a
    quarter of the time and changes no first sentence.
    """
    said: dict[Span, Said] = {}
    read: set[tuple[int, int, int]] = set()
    best = -np.inf
    candidates = evidence[:READ_AGAIN]
    for begin in range(0, len(candidates), _AT_ONCE):
        near = (
            window_around(item, evidence)
            for item in candidates[begin : begin + _AT_ONCE]
            if logit(item.probability) + _REACH > best
        )
        windows = {(each.passage.id, each.start, each.end): each for each in near}
        fresh = [window for key, window in windows.items() if key not in read]
        if not fresh:
            continue
        read.update(windows)
        texts = [window.text for window in fresh]
        for window, scores in zip(fresh, reader.read(question, texts), strict=True):
            for sentence, found in _said(window, scores):
                before = said.get(place(sentence))
                if before is None or found.margin > before.margin:
                    said[place(sentence)] = found
        reached = [
            logit(item.probability) + heard(item, said)
            for item in candidates
            if place(item) in said
        ]
        best = max(reached, default=best)
    return said


def place(sentence: Evidence) -> Span:
    """What tells a sentence from every other."""
    return sentence.passage.id, sentence.start


def reread(evidence: Sequence[Evidence], said: Mapping[Span, Said]) -> list[Evidence]:
    """The evidence by what both readings say.

    Of the best, one that the reader was not asked about is doubted as such sentences are on
    average; the others stay behind.
    """
    if not said:
        return list(evidence)
    best: list[Evidence] = []
    rest: list[Evidence] = []
    for at, item in enumerate(evidence):
        among = best if at < READ_AGAIN or place(item) in said else rest
        among.append(item)
    unread = READER_SHARE * _UNREAD
    read = []
    for item in best:
        gain = heard(item, said) if place(item) in said else unread
        read.append(replace(item, probability=from_logit(logit(item.probability) + gain)))
    read.sort(key=lambda item: -item.probability)
    least = read[-1].probability
    return read + [replace(item, probability=min(least, item.probability)) for item in rest]


def review_features(
    light: float, first: Evidence, said: Mapping[Span, Said]
) -> NDArray[np.float32]:
    """What the verdict of both readings is reached on, in log odds: that of light reading, which
    is a probability, and what the reader says of the sentence that is now the first."""
    return np.array([logit(light), heard(first, said)], np.float32)


def heard(item: Evidence, said: Mapping[Span, Said]) -> float:
    """What the reader adds to the log odds of the sentence; 0 where it did not see it."""
    found = said.get(place(item))
    return READER_SHARE * max(-_BOUND, min(_BOUND, found.margin)) if found else 0.0


def window_around(item: Evidence, evidence: Sequence[Evidence]) -> Window:
    """The sentence between the one before it and the one after it, in its passage."""
    near = sorted(
        (other for other in evidence if other.passage.id == item.passage.id),
        key=lambda other: other.start,
    )
    at = next(at for at, other in enumerate(near) if other.start == item.start)
    around = tuple(near[max(0, at - 1) : at + 2])
    begin = item.passage.start
    return Window(item.passage, around[0].start - begin, around[-1].end - begin, around)


def _said(window: Window, scores: SpanScores) -> Iterator[tuple[Evidence, Said]]:
    """What was said of each sentence of a window that has a word piece at all."""
    shift = len(window.heading) - window.start - window.passage.start
    spans = Spans(scores)
    for sentence in window.sentences:
        within = (sentence.start + shift, sentence.end + shift)
        _, score = spans.best(within)
        if np.isfinite(score):
            (start, end), short = spans.best(within, longest=SHORT)
            # Else the reader marks more than that, and a piece of it would say less than it.
            end = end if short > score - _AS_GOOD else start
            yield sentence, Said(score - scores.null, (start - shift, end - shift))
