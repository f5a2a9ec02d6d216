"""Hits to an answer: the evidence picked, the verdict, the short answer, or an honest no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa.answers.consulting import Said, consult, place, reread, review_features
from qa.answers.describing import FEATURES
from qa.answers.evidence import Evidence, Weights, logit, shipped_weights, weigh
from qa.answers.questions import TYPED, Question
from qa.answers.quoting import Quote
from qa.answers.shorts import WHO, new_spans, told_spans
from qa.answers.spans import overlap
from qa.text import Span, terms
from qa.types import Hit, Reader, TextVectors, WordPieces

_RELATIVE = 0.3
"""Evidence is quoted down to this share of the best sentence's probability."""
_SAME = 0.7
"""Two sentences that share more of their words than this say the same."""
_MORE = 1.5
"""A sentence of so many times the words of another says more than it."""
_VERDICT_DEPTH = 5
_LACKS = [FEATURES.index(name) for name in ("kind_missing", "count_unbound", "worst_word")]
"""Features of which the least of the best sentences counts, not the most."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the passages say to a question.

    ``chosen`` holds the quotes, best first, neighbours joined; ``short`` is the span asked for,
    inside the first quote, or "". ``probability`` is that of the question being
    answered at all. ``ranked`` is all that was read, sentence by sentence, best first.
    """

    chosen: tuple[Quote, ...]
    short: str
    probability: float
    ranked: tuple[Evidence, ...] = ()


def read(
    question: Question,
    hits: Sequence[Hit],
    *,
    asked: TextVectors,
    pieces: Sequence[WordPieces],
    frequencies: Mapping[str, int],
    passages: int,
    most: int,
    reader: Reader | None = None,
    weights: Weights | None = None,
) -> Reading:
    """Read the hits for the question and pick at most ``most`` sentences.

    With a ``reader`` the best of them are read again by it, where the question stands alone.
    """
    if not hits:
        return Reading((), "", 0.0)
    weights = weights or shipped_weights()
    evidence = weigh(
        question,
        hits,
        asked=asked,
        pieces=pieces,
        frequencies=frequencies,
        passages=passages,
        weights=weights,
    )
    if not evidence:
        return Reading((), "", 0.0)
    probability = weights.verdict(verdict_features(question, evidence))
    said: Mapping[Span, Said] = {}
    # A reader has learnt from questions that stand alone, not from a conversation's, joined.
    if reader and all(word.weight == 1 for word in question.words):
        said = consult(reader, question.text, evidence)
        evidence = reread(evidence, said)
        probability = weights.review(review_features(probability, evidence[0], said))
    chosen = _choose(evidence, most)
    return Reading(
        chosen=_joined(chosen),
        short=_short(question, chosen[0], said.get(place(chosen[0]))),
        probability=probability,
        ranked=tuple(evidence),
    )


def _short(question: Question, best: Evidence, found: Said | None) -> str:
    """The words of the best sentence that are the answer, or "": none is better than a wrong one.

    Only what can be told by its form is given: a number, a date, a sum, a person or body. It is
    what the sentence itself says to be asked for; of several, or where it does not say so, what
    the reader marks.
    """
    spans = new_spans(question, best.text)
    marked: list[Span] = []
    if found and found.margin > 0:
        at = (found.span[0] - best.start, found.span[1] - best.start)
        marked = [span for span in spans if overlap(span, at)]
    told = told_spans(question, best.text, spans)
    agreed = [span for span in told if span in marked]
    one_told = told[:1] if question.kind in WHO or len(told) == 1 else []
    chosen = agreed or one_told or (marked if len(marked) == 1 else [])
    return best.text[slice(*chosen[0])].strip() if chosen else ""


def verdict_features(question: Question, evidence: Sequence[Evidence]) -> NDArray[np.float32]:
    """What the verdict is reached on: the best sentence, and the best five together."""
    best = evidence[:_VERDICT_DEPTH]
    chances = [logit(item.probability) for item in best]
    kinds = (*TYPED, "reason", "yes_no")
    return np.concatenate(
        [
            [chances[0], chances[min(1, len(best) - 1)], chances[-1]],
            best[0].features,
            np.max([item.features for item in best], axis=0),
            np.min([item.features[_LACKS] for item in best], axis=0),
            [float(question.kind == kind) for kind in kinds],
        ]
    ).astype(np.float32)


def _choose(evidence: Sequence[Evidence], most: int) -> list[Evidence]:
    """The best sentences, without those that repeat one already chosen."""
    chosen: list[Evidence] = []
    said: list[set[str]] = []
    for item in evidence:
        if len(chosen) == most or item.probability < _RELATIVE * evidence[0].probability:
            break
        own = set(terms(item.text))
        longer = [other for other in said if len(own) < _MORE * len(other)]
        if not any(_overlap(own, other) > _SAME for other in longer):
            chosen.append(item)
            said.append(own)
    return chosen


def say_the_same(one: str, other: str) -> bool:
    """Whether the shorter of two texts shares most of its words with the other."""
    return _overlap(set(terms(one)), set(terms(other))) > _SAME


def _overlap(one: set[str], other: set[str]) -> float:
    """The share of the smaller set that the other one holds."""
    return len(one & other) / (min(len(one), len(other)) or 1)


def _joined(chosen: Sequence[Evidence]) -> tuple[Quote, ...]:
    """The quotes in the order of their best sentence; sentences that touch become one quote."""
    quotes: list[Quote] = []
    for item in chosen:
        for at, quote in enumerate(quotes):
            joined = _touching(item, quote)
            if joined:
                quotes[at] = joined
                break
        else:
            quotes.append(Quote(item.passage.uri, item.start, item.end, item.text))
    return tuple(quotes)


def _touching(item: Evidence, quote: Quote) -> Quote | None:
    """Both as one quote, where only blanks of the same paragraph stand between them."""
    passage = item.passage
    start, end = min(quote.start, item.start), max(quote.end, item.end)
    if quote.uri != passage.uri or not passage.start <= start <= end <= passage.end:
        return None
    gap_start, gap_end = sorted((quote.start, quote.end, item.start, item.end))[1:3]
    gap = passage.text[gap_start - passage.start : gap_end - passage.start]
    if gap.strip() or "\n\n" in gap:
        return None
    return Quote(quote.uri, start, end, passage.text[start - passage.start : end - passage.start])
