"""What is known of a sentence beside a question: the figures that the regressions weigh.

They mean the same in any corpus and of any size: how much of the question the sentence covers, by
words and by meaning, alone, with the headings it stands under and with all that was found; whether
it holds the names and numbers that the question names, and something of the kind asked for.

Meaning is compared late (Khattab & Zaharia, ColBERT, 2020): every question word looks for its
nearest word piece in the sentence or its heading, all encoded in the context of the passage.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.answers.naming import written_as_names
from qa.answers.questions import TYPED, Question
from qa.answers.shorts import is_bound, new_spans
from qa.answers.spans import overlap
from qa.text import sentences, terms, words
from qa.threads import one_thread
from qa.types import Hit, TextVectors, WordPieces

FEATURES = (
    "meaning",  # cosine of the question and the sentence in its passage
    "words",  # share of the question's words in the sentence, weighted by rarity
    "words_headed",  # the same with the heading trail
    "words_own",  # the same over the words of the question itself, not of its conversation
    "words_passage",  # the same in the whole passage
    "worst_word",  # weight of the heaviest word not covered by sentence and heading
    "names",  # share of the question's names in sentence and heading, 1 without names
    "numbers",  # share of the question's numbers there, 1 without numbers
    "tokens",  # late interaction: mean over question words of the best similarity
    "tokens_worst",  # the lowest of these
    "tokens_own",  # mean, with the sentence alone
    "rest_words",  # share of the words that the heading does not say, in the sentence
    "rest_tokens",  # late interaction over those words alone, with the sentence alone
    "rest_worst",  # the lowest of these
    "kind_held",  # 1 if something of the kind asked for stands in it
    "kind_missing",  # 1 if nothing of the kind does
    "count_bound",  # 1 if a number stands beside the thing counted
    "count_unbound",  # 1 if none does
    "passage",  # fused score of the passage, whatever was preferred
    "passage_dense",  # cosine of the passage
    "passage_late",  # its late interaction with the question
    "unseen",  # weight of question words that no passage has
    "length",  # log of the sentence's words
    "names_passage",  # share of the question's names in the passage and its heading
    "names_found",  # the same in any of the passages
    "words_found",  # share of the question's words in any of the passages
    "unnamed",  # 1 if the question names nothing
    "denied",  # 1 if the question denies something ("not", "never") and the sentence nothing
)

_TINY = 1e-12
_DENIAL = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|nor|neither|without|except|cannot)\b|n['’]t\b", re.I
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence of a passage: where it stands in its text, its terms, how many words it has."""

    start: int
    end: int
    text: str
    terms: frozenset[str]
    words: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the hit of that place among the hits."""

    at: int
    cut: Cut


@dataclass(frozen=True, slots=True)
class Scene:
    """What all sentences of one question share.

    ``terms`` are those of the question, ``rarity`` what each weighs; ``own`` marks those of the
    question itself, ``names`` and ``numbers`` those that are such, all of shape (terms,).
    ``matched`` are the places among the terms of the words that the encoder read, and
    ``averaging``, shape (matched, word pieces), makes the mean of each one's pieces.
    """

    question: Question
    asked: TextVectors
    terms: tuple[str, ...]
    rarity: NDArray[np.float64]
    own: NDArray[np.bool_]
    names: NDArray[np.bool_]
    numbers: NDArray[np.bool_]
    unseen: float
    matched: NDArray[np.int64]
    averaging: NDArray[np.float32]

    def said_in(self, held: Sequence[Collection[str]]) -> NDArray[np.bool_]:
        """Which terms of the question each of these holds, shape (held, terms)."""
        found = [[term in each for term in self.terms] for each in held]
        return np.array(found, bool).reshape(len(held), len(self.terms))


def rarity(term: str, frequencies: Mapping[str, int], passages: int) -> float:
    """The inverse document frequency of BM25 (Robertson & Zaragoza 2009), always positive."""
    found = frequencies.get(term, 0)
    return math.log(1 + (passages - found + 0.5) / (found + 0.5))


def scene_of(
    question: Question,
    hits: Sequence[Hit],
    asked: TextVectors,
    frequencies: Mapping[str, int],
    passages: int,
) -> Scene:
    weights = question.terms
    rare = np.array([rarity(term, frequencies, passages) * weights[term] for term in weights])
    unseen = np.array([not frequencies.get(term) for term in weights], bool)
    # Many people type without capitals; the documents then tell that "telford" is a place.
    names = {word.term for word in question.words if word.name}
    names |= written_as_names(question, (hit.passage.text for hit in hits))
    places = {term: at for at, term in enumerate(weights)}
    rows = []
    matched = []
    for word in question.words:
        own = np.array([overlap(span, word.span) for span in asked.spans], np.float32)
        if own.any():
            rows.append(own / own.sum())
            matched.append(places[word.term])
    return Scene(
        question=question,
        asked=asked,
        terms=tuple(weights),
        rarity=rare,
        own=np.array([weight == 1.0 for weight in weights.values()], bool),
        names=np.array([term in names for term in weights], bool),
        numbers=np.array([term[:1].isdigit() for term in weights], bool),
        unseen=float(rare[unseen].sum() / (rare.sum() or 1.0)),
        matched=np.array(matched, np.int64),
        averaging=np.array(rows, np.float32).reshape(len(rows), len(asked.spans)),
    )


@functools.lru_cache(maxsize=512)  # passages that are asked about come again
def _cut(text: str) -> tuple[Cut, ...]:
    cut = []
    for start, end in sentences(text):
        own = text[start:end]
        cut.append(Cut(start, end, own, frozenset(terms(own)), sum(1 for _ in words(own))))
    return tuple(cut)


@functools.lru_cache(maxsize=512)
def _headed(heading: str) -> frozenset[str]:
    return frozenset(terms(heading))


def describe(
    scene: Scene,
    hits: Sequence[Hit],
    pieces: Sequence[WordPieces],
    *,
    keep: Callable[[str], bool] | None = None,
) -> tuple[list[Sentence], NDArray[np.float32]]:
    """The sentences of the hits in order, and their features, shape (sentences, features).

    Those are left out that ``keep`` says no to. All are described at once: one by one the calls
    into numpy would cost more than what they compute.
    """
    cut = [_cut(hit.passage.text) for hit in hits]
    found = [
        Sentence(at, each)
        for at, some in enumerate(cut)
        for each in some
        if not keep or keep(each.text)
    ]
    if not found:
        return [], np.zeros((0, len(FEATURES)), np.float32)
    of = np.array([each.at for each in found])
    heading = scene.said_in([_headed(hit.passage.heading) for hit in hits])
    passage = heading | scene.said_in([frozenset().union(*(s.terms for s in some)) for some in cut])
    anywhere = passage.any(axis=0).reshape(1, -1)
    said = scene.said_in([each.cut.terms for each in found])
    columns = {
        **_by_words(scene, said, said | heading[of], passage[of]),
        **_by_meaning(scene, hits, pieces, found, said, heading[of]),
        **_by_kind(scene.question, [each.cut.text for each in found]),
        "passage": np.array([hit.signals.get("fused", hit.score) for hit in hits])[of],
        "passage_dense": np.array([hit.signals.get("dense", 0.0) for hit in hits])[of],
        "passage_late": np.array([hit.signals.get("late", 0.0) for hit in hits])[of],
        "unseen": scene.unseen,
        "length": np.log1p([each.cut.words for each in found]),
        "names_passage": _share(passage[of], scene.names),
        "names_found": _share(anywhere, scene.names),
        "words_found": _covered(scene, anywhere),
        "unnamed": float(not scene.names.any()),
        "denied": _denied(scene.question, found),
    }
    rows = np.empty((len(found), len(FEATURES)), np.float32)
    for at, name in enumerate(FEATURES):
        rows[:, at] = columns[name]
    return found, rows


def _by_words(
    scene: Scene,
    said: NDArray[np.bool_],
    headed: NDArray[np.bool_],
    passage: NDArray[np.bool_],
) -> Mapping[str, NDArray[np.float64]]:
    """Of the terms in the sentence, in it or its heading, and in the passage."""
    missed = np.where(headed, 0.0, scene.rarity).max(axis=1, initial=0.0)
    return {
        "words": _covered(scene, said),
        "words_headed": _covered(scene, headed),
        "words_own": _covered(scene, headed, scene.own),
        "words_passage": _covered(scene, passage),
        "worst_word": missed / (scene.rarity.sum() or 1.0),
        "names": _share(headed, scene.names),
        "numbers": _share(headed, scene.numbers),
    }


def _covered(
    scene: Scene, said: NDArray[np.bool_], among: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """The share of the terms that is said, by their rarity."""
    weights = scene.rarity if among is None else scene.rarity * among
    share: NDArray[np.float64] = said @ weights / (weights.sum() or 1.0)
    return share


def _share(said: NDArray[np.bool_], among: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The share of these terms that is said; 1 where the question has none such."""
    if not among.any():
        return np.ones(len(said))
    share: NDArray[np.float64] = said[:, among].mean(axis=1)
    return share


def _by_meaning(
    scene: Scene,
    hits: Sequence[Hit],
    pieces: Sequence[WordPieces],
    found: Sequence[Sentence],
    said: NDArray[np.bool_],
    heading: NDArray[np.bool_],
) -> Mapping[str, NDArray[np.float64]]:
    """Of the vectors; 0 for a sentence without word pieces, beyond what the encoder reads."""
    own, headings = _slices(hits, pieces, found)
    # A row more, since a slice may end where the rows do.
    beyond = np.zeros((1, len(scene.asked.vector)), np.float32)
    tokens = np.concatenate([*(each.tokens for each in pieces), beyond])
    with one_thread():
        similarity = tokens @ scene.asked.tokens.T
        sums = np.add.reduceat(tokens, own.ravel(), axis=0)[::2]
        meaning = sums @ scene.asked.vector / np.maximum(np.linalg.norm(sums, axis=1), _TINY)
    seen = own[:, 0] < own[:, 1]
    near = np.maximum.reduceat(similarity, own.ravel(), axis=0)[::2]
    above = np.maximum.reduceat(similarity, headings.ravel(), axis=0)[::2]
    above[headings[:, 0] == headings[:, 1]] = -np.inf
    of = [each.at for each in found]
    own_words = near @ scene.averaging.T
    headed_words = np.maximum(near, above[of]) @ scene.averaging.T
    shares = np.broadcast_to(scene.rarity[scene.matched], own_words.shape)
    # What is asked about the subject that the heading names: the sentence itself must say it.
    rest = ~heading[:, scene.matched]
    none = ~rest.any(axis=1)
    by_rest = {
        "rest_words": _mean(said[:, scene.matched].astype(float), shares * rest),
        "rest_tokens": _mean(own_words, shares * rest),
        "rest_worst": _least(own_words, rest),
    }
    by_tokens = {
        "meaning": meaning,
        "tokens": _mean(headed_words, shares),
        "tokens_worst": _least(headed_words),
        "tokens_own": _mean(own_words, shares),
    }
    return {name: np.where(seen, column, 0.0) for name, column in by_tokens.items()} | {
        name: np.where(none, 1.0, np.where(seen, column, 0.0)) for name, column in by_rest.items()
    }


def _slices(
    hits: Sequence[Hit], pieces: Sequence[WordPieces], found: Sequence[Sentence]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the word pieces of each sentence, and of each heading, begin and end among all."""
    begins = [np.array([start for start, _ in each.spans], np.int64) for each in pieces]
    passed = np.cumsum([0, *(len(some) for some in begins)])
    offsets = [len(hit.passage.heading) + 1 for hit in hits]
    own = [
        passed[each.at]
        + begins[each.at].searchsorted(
            (each.cut.start + offsets[each.at], each.cut.end + offsets[each.at])
        )
        for each in found
    ]
    headings = [
        (passed[at], passed[at] + some.searchsorted(offsets[at])) for at, some in enumerate(begins)
    ]
    return np.array(own, np.int64), np.array(headings, np.int64)


def _mean(values: NDArray[Any], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each row, by shares; 0 where these are."""
    mean: NDArray[np.float64] = (values * shares).sum(axis=1) / np.maximum(
        shares.sum(axis=1), _TINY
    )
    return mean


def _least(values: NDArray[Any], among: NDArray[np.bool_] | bool = True) -> NDArray[Any]:
    """The least of each row among these; 0 in a row of none."""
    least: NDArray[Any] = values.min(axis=1, initial=np.inf, where=among)
    return np.where(np.isinf(least), 0.0, least)


def _denied(question: Question, found: Sequence[Sentence]) -> NDArray[np.float64] | float:
    if not _DENIAL.search(question.text):
        return 0.0
    return np.array([float(not _DENIAL.search(each.cut.text)) for each in found])


def _by_kind(question: Question, texts: Sequence[str]) -> Mapping[str, NDArray[np.float64]]:
    rows = np.array([_kinds(question, text) for text in texts])
    return dict(
        zip(("kind_held", "kind_missing", "count_bound", "count_unbound"), rows.T, strict=True)
    )


def _kinds(question: Question, sentence: str) -> tuple[float, float, float, float]:
    if question.kind not in TYPED:
        return 0.0, 0.0, 0.0, 0.0
    found = new_spans(question, sentence)
    held = float(bool(found))
    if question.kind != "number" or not question.counted:
        return held, 1.0 - held, 0.0, 0.0
    bound = float(any(is_bound(sentence, span, question.counted) for span in found))
    return held, 1.0 - held, bound, 1.0 - bound
