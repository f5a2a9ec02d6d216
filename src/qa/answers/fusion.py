"""Ranked lists made one, in a total order.

First the two searches: the weighted sum of scaled scores measured better than reciprocal ranks on
every set tried. Cosines have no natural zero, so they are scaled from the lowest candidate to the
highest; BM25 has one, so it is only divided by the highest. The candidates are those of either
list. Then the head of that list is ordered anew, with two signals that cost too much for all of
it: late interaction, and which pairs of the query's terms stand side by side in the passage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

PAIRS_WEIGHT = 0.2
"""What the pairs add, beside scores that sum to 1."""

REPEATED = 0.85
"""Passages of one document that share so much of their terms say the same."""


def fuse(
    lexical: Mapping[int, float], dense: Mapping[int, float], *, lexical_weight: float
) -> list[tuple[int, float]]:
    """Every candidate with its fused score in [0, 1], by (-score, id).

    ``dense`` must hold a cosine for every candidate; a candidate that ``lexical`` does not hold
    shares no word with the query and scores 0 there.
    """
    top = max(lexical.values(), default=0.0)
    nearness = scaled(dense)
    scored = []
    for passage in dense:
        by_words = lexical.get(passage, 0.0) / top if top > 0 else 0.0
        score = lexical_weight * by_words + (1 - lexical_weight) * nearness[passage]
        scored.append((passage, score))
    return ranked(scored)


def refine(
    fused: Sequence[tuple[int, float]],
    late: Mapping[int, float],
    pairs: Mapping[int, float],
    *,
    late_weight: float,
) -> list[tuple[int, float]]:
    """The fused list with its head, the passages that ``late`` holds, ordered anew.

    ``pairs`` holds a share in [0, 1] for each of them. Scores stay in [0, 1], and what is behind
    the head stays behind it.
    """
    nearness = scaled(late)
    head = []
    for passage, score in fused[: len(late)]:
        both = (1 - late_weight) * score + late_weight * nearness[passage]
        head.append((passage, (both + PAIRS_WEIGHT * pairs[passage]) / (1 + PAIRS_WEIGHT)))
    return ranked(head) + behind(head, fused[len(late) :])


def behind(
    head: Sequence[tuple[int, float]], tail: Sequence[tuple[int, float]]
) -> list[tuple[int, float]]:
    """The tail with its scores lowered until none is above the lowest of the head."""
    if not head or not tail:
        return list(tail)
    lowest, highest = min(score for _, score in head), tail[0][1]
    factor = min(1.0, lowest / highest) if highest > 0 else 1.0
    # A product that is rounded may be a hair above what it should equal.
    return [(passage, min(lowest, factor * score)) for passage, score in tail]


def repeats_last(
    scored: Sequence[tuple[int, float]],
    held: Mapping[int, str],
    uris: Mapping[int, str],
) -> list[tuple[int, float]]:
    """The list with those set behind its head that repeat one above them in the same document.

    The head are the passages whose terms ``held`` holds. Reports print a paragraph twice, in a
    summary and in its chapter, say; the second one tells a reader nothing, and takes the place of
    one that might. In two documents the same words are two findings.
    """
    head: list[tuple[int, float]] = []
    repeated: list[tuple[int, float]] = []
    seen: dict[str, list[frozenset[str]]] = {}
    for passage, score in scored:
        if passage not in held:
            continue
        said, before = frozenset(held[passage].split()), seen.setdefault(uris[passage], [])
        if any(_nearly_same(said, other) for other in before):
            repeated.append((passage, score))
        else:
            before.append(said)
            head.append((passage, score))
    if not repeated:
        return list(scored)
    head += behind(head, repeated)
    return head + behind(head, [pair for pair in scored if pair[0] not in held])


def _nearly_same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two sets of terms have a Jaccard index of `REPEATED` or more."""
    smaller, larger = sorted((len(one), len(other)))
    if smaller < REPEATED * larger:
        return False
    shared = len(one & other)
    return shared >= REPEATED * (smaller + larger - shared)


def adjacent_pairs(asked: Sequence[str], passage: str) -> float:
    """The share of the query's neighbouring terms that stand side by side in the passage.

    ``passage`` is its terms in order, parted by blanks. 0 where the query has fewer than two.
    """
    pairs = {f" {one} {other} " for one, other in pairwise(asked)}
    padded = f" {passage} "
    return sum(pair in padded for pair in pairs) / len(pairs) if pairs else 0.0


def scaled(scores: Mapping[int, float]) -> dict[int, float]:
    """The scores from 0 for the lowest to 1 for the highest; all 1 where they are equal."""
    low = min(scores.values(), default=0.0)
    spread = max(scores.values(), default=0.0) - low
    return {key: (score - low) / spread if spread > 0 else 1.0 for key, score in scores.items()}


def ranked(scored: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """By (-score, id), the order of every list."""
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))
