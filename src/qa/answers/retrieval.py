"""Query to ranked hits: lexical and dense search, fused and refined, with what the question names
preferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.answers.fusion import adjacent_pairs, behind, fuse, ranked, refine, repeats_last, scaled
from qa.answers.naming import Names, own_text
from qa.answers.questions import Question
from qa.errors import IndexDamaged
from qa.index import passage_input
from qa.settings import Settings
from qa.text import query_terms
from qa.types import (
    Encoder,
    Hit,
    Passage,
    PassageIndex,
    Reranker,
    TextVectors,
    WordPieces,
)

_NAMED = 0.1
"""What the document that the question names by review or author gains, of a score up to 1."""
_RELATED = 0.05
"""What one gains whose author the question names, or whose publisher's initials."""
_CONTINUED = 0.1
"""What a document gains that the answer followed on cited."""
_REFINED = 30
"""So many of the fused candidates are compared word piece by word piece; more change nothing."""
_SPARE = 8
"""So many more passages are fetched than are wanted: another process may have removed some."""
_RERANKED = 20
"""So many go through a reranker, where one is named: it takes tens of milliseconds for each."""


def retrieve(
    index: PassageIndex,
    asked: TextVectors,
    question: Question,
    *,
    k: int,
    settings: Settings,
    names: Names,
    uris: Sequence[str] | None = None,
    continued: Sequence[str] = (),
    context: Mapping[str, float] | None = None,
    reranker: Reranker | None = None,
) -> list[Hit]:
    """The k best passages, by falling score; of equals, by document and place.

    ``asked`` are the vectors of the question's text; ``uris`` restricts the search to these
    documents; ``names`` are those of all of them. ``context`` has terms of a conversation that are
    looked for too, with their weights.
    """
    wanted = max(k, settings.candidates)
    lexical = dict(
        index.lexical({**(context or {}), **_weighted_terms(question)}, wanted, uris=uris)
    )
    dense = dict(index.dense(asked.vector, wanted, uris=uris))
    missing = [passage for passage in lexical if passage not in dense]
    dense.update(zip(missing, index.similarities(asked.vector, missing), strict=True))
    fused = fuse(lexical, dense, lexical_weight=settings.lexical_weight)
    signals = {key: {"lexical": lexical.get(key, 0.0), "dense": dense[key]} for key, _ in fused}
    head = [key for key, _ in fused[:_REFINED]]
    held = dict(zip(head, index.terms(head), strict=True))
    refined = _refined(index, asked, question, fused, held, signals, settings.late_weight)
    preferred = _preferences(question, names, continued)
    # Any candidate may be of a preferred document; else the first are those that are wanted.
    few = refined if preferred else refined[: max(k, _REFINED) + _SPARE]
    passages = index.passages(passage for passage, _ in few)
    present = _in_order([(key, score) for key, score in few if key in passages], passages)
    present = repeats_last(present, held, {key: found.uri for key, found in passages.items()})
    if reranker:
        present = _reranked(reranker, question.text, present, passages, signals)
    return _hits(present, passages, signals, preferred, k)


def _weighted_terms(question: Question) -> Mapping[str, float]:
    return question.terms or dict.fromkeys(query_terms(question.text), 1.0)


def _refined(
    index: PassageIndex,
    asked: TextVectors,
    question: Question,
    fused: Sequence[tuple[int, float]],
    held: Mapping[int, str],
    signals: Mapping[int, dict[str, float]],
    late_weight: float,
) -> list[tuple[int, float]]:
    """The fused list, its head ordered anew by word pieces and pairs of terms.

    ``held`` are the terms of the passages at its head.
    """
    late = dict(zip(held, index.late(asked.tokens, list(held)), strict=True))
    words = [word.term for word in question.words]
    pairs = {key: adjacent_pairs(words, terms_held) for key, terms_held in held.items()}
    for key in held:
        signals[key].update(late=late[key], pairs=pairs[key])
    return refine(fused, late, pairs, late_weight=late_weight)


def _reranked(
    reranker: Reranker,
    question: str,
    scored: Sequence[tuple[int, float]],
    passages: Mapping[int, Passage],
    signals: Mapping[int, dict[str, float]],
) -> list[tuple[int, float]]:
    """The list with its head in the reranker's order; its scores there run from 1 to 0."""
    head = [key for key, _ in scored[:_RERANKED]]
    found = reranker.scores(question, [passage_input(passages[key]) for key in head])
    scores = dict(zip(head, found, strict=True))
    for key in head:
        signals[key]["rerank"] = scores[key]
    first = ranked(list(scaled(scores).items()))
    return first + behind(first, scored[_RERANKED:])


def _in_order(
    scored: Sequence[tuple[int, float]], passages: Mapping[int, Passage]
) -> list[tuple[int, float]]:
    """By falling score; of two copies of a text, the one that stands first in its document."""

    def order(pair: tuple[int, float]) -> tuple[float, str, int]:
        passage = passages[pair[0]]
        return -pair[1], passage.uri, passage.start

    return sorted(scored, key=order)


def _hits(
    scored: Sequence[tuple[int, float]],
    passages: Mapping[int, Passage],
    signals: Mapping[int, dict[str, float]],
    preferred: Mapping[str, float],
    k: int,
) -> list[Hit]:
    base = dict(scored)
    favoured = [(key, score + preferred.get(passages[key].uri, 0.0)) for key, score in scored]
    final = _in_order(favoured, passages)
    hits = []
    for rank, (key, score) in enumerate(final[:k], start=1):
        why = {**signals[key], "fused": base[key]}
        if bonus := preferred.get(passages[key].uri):
            why["preferred"] = bonus
        hits.append(Hit(passages[key], score, rank, why))
    return hits


def _preferences(question: Question, names: Names, continued: Sequence[str]) -> Mapping[str, float]:
    preferred = dict.fromkeys(continued, _CONTINUED)
    own = own_text(question)
    named = names.named(own) or names.named(question.text)
    gained = dict.fromkeys(names.related(own) or names.related(question.text), _RELATED)
    for uri, gain in {**gained, **dict.fromkeys(named, _NAMED)}.items():
        preferred[uri] = preferred.get(uri, 0.0) + gain
    return preferred


def pieces_of(index: PassageIndex, encoder: Encoder, hits: Sequence[Hit]) -> list[WordPieces]:
    """The word pieces of each hit's heading and text, with their vectors as the index has them.

    Raises IndexDamaged where it has other vectors than the passage has word pieces.
    """
    stored = index.tokens([hit.passage.id for hit in hits])
    found = []
    for hit, tokens in zip(hits, stored, strict=True):
        spans = encoder.pieces(passage_input(hit.passage))
        if len(spans) != len(tokens):
            raise IndexDamaged(
                f"{hit.passage.uri} has {len(tokens)} vectors for the {len(spans)} word pieces "
                "of a passage",
                hint="qa verify",
            )
        found.append(WordPieces(spans, tokens))
    return found
