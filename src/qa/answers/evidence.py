"""How well each sentence of the best passages answers the question, as a probability.

A sentence is described by a few figures that mean the same in any corpus: how much of the
question it covers, by words and by meaning, alone and with the headings it stands under; whether
it holds the names and numbers that the question names, and something of the kind asked for. A
logistic regression over them ("weights.json", made by ``training/fit_evidence.py``) gives the
probability that the sentence answers; a second one, over the best sentences, that the question is
answered at all.

Meaning is compared late (Khattab & Zaharia, ColBERT, 2020): every question word looks for its
nearest word piece in the sentence or its heading, all encoded in the context of the passage.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.answers.questions import Question
from qa.answers.spans import spans_of
from qa.text import Span, fold, sentences, stem, terms, words
from qa.threads import one_thread
from qa.types import Hit, Passage, TextVectors

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
)


_KIND_MISSING = FEATURES.index("kind_missing")
_BESIDE_THE_POINT = 0.2


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence with the probability that it answers; offsets count in the document's text."""

    passage: Passage
    start: int
    end: int
    text: str
    probability: float
    features: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression: every feature is scaled, then weighed."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]
    bias: float

    def __call__(self, features: NDArray[np.float32]) -> float:
        """The probability for one row of features."""
        z = float(((features - self.mean) / self.scale) @ self.weight) + self.bias
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


@dataclass(frozen=True, slots=True)
class Weights:
    """Two regressions: does this sentence answer, and is the question answered at all."""

    sentence: Regression
    verdict: Regression


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all sentences of one question share."""

    question: Question
    asked: TextVectors
    rarity: Mapping[str, float]
    total: float
    unseen: float
    word_rows: tuple[tuple[list[int], str], ...]
    names: frozenset[str]


@lru_cache(maxsize=1)
def shipped_weights() -> Weights:
    """The weights that come with the package."""
    file = resources.files("qa.answers").joinpath("weights.json")
    return weights_from(json.loads(file.read_text(encoding="utf-8")))


def weights_from(stored: Mapping[str, Any]) -> Weights:
    """Weights as ``training/fit_evidence.py`` writes them. Raises ValueError if they do not fit."""
    if tuple(stored["features"]) != FEATURES:
        raise ValueError("the weights were fitted to other features: fit them again")
    return Weights(_regression(stored["sentence"]), _regression(stored["verdict"]))


def _regression(stored: Mapping[str, Any]) -> Regression:
    mean, scale, weight = (np.array(stored[key], float) for key in ("mean", "scale", "weight"))
    return Regression(mean, scale, weight, float(stored["bias"]))


def weigh(
    question: Question,
    hits: Sequence[Hit],
    *,
    asked: TextVectors,
    passage_vectors: Sequence[TextVectors],
    frequencies: Mapping[str, int],
    passages: int,
    weights: Weights,
) -> list[Evidence]:
    """Every sentence of the hits with its probability, by (-probability, hit, place).

    ``asked`` are the vectors of the question's text, ``passage_vectors`` those of each hit's
    heading and text, as `passage_input` writes them;
    ``frequencies`` say in how many of the ``passages`` a question term occurs.
    """
    scene = _scene(question, hits, asked, frequencies, passages)
    found = []
    for hit, vectors in zip(hits, passage_vectors, strict=True):
        for (start, end), row in _describe(scene, hit, vectors):
            passage = hit.passage
            found.append(
                Evidence(
                    passage,
                    passage.start + start,
                    passage.start + end,
                    passage.text[start:end],
                    chance(question, row, weights.sentence),
                    row,
                )
            )
    # Sorting is stable: equal probabilities keep the order of hits, then of the text.
    return sorted(found, key=lambda evidence: -evidence.probability)


def chance(question: Question, row: NDArray[np.float32], sentence: Regression) -> float:
    """The probability that the sentence so described answers the question.

    The regression is overruled where the question demands what the sentence has not: then it can
    be beside the point at best.
    """
    probability = sentence(row)
    missing = question.demands and row[_KIND_MISSING] > 0
    return probability * (_BESIDE_THE_POINT if missing else 1.0)


def rarity(term: str, frequencies: Mapping[str, int], passages: int) -> float:
    """The inverse document frequency of BM25 (Robertson & Zaragoza 2009), always positive."""
    found = frequencies.get(term, 0)
    return math.log(1 + (passages - found + 0.5) / (found + 0.5))


def _scene(
    question: Question,
    hits: Sequence[Hit],
    asked: TextVectors,
    frequencies: Mapping[str, int],
    passages: int,
) -> _Scene:
    weights = question.terms
    rare = {term: rarity(term, frequencies, passages) * weights[term] for term in weights}
    total = sum(rare.values()) or 1.0
    unseen = sum(rare[term] for term in rare if not frequencies.get(term)) / total
    rows = []
    for word in question.words:
        held = [at for at, span in enumerate(asked.spans) if _meet(span, word.span)]
        if held:
            rows.append((held, word.term))
    names = _names(question, hits)
    return _Scene(question, asked, rare, total, unseen, tuple(rows), names)


def _names(question: Question, hits: Sequence[Hit]) -> frozenset[str]:
    """The question's terms that are names: written so in it, or never otherwise in the passages.

    Many people type without capitals; the documents then tell that "telford" is a place.
    """
    capital: set[str] = set()
    small: set[str] = set()
    for hit in hits:
        text = hit.passage.text
        for start, end in words(text):
            folded = fold(text[start:end])
            (capital if text[start].isupper() else small).add(stem(folded))
    return frozenset(
        word.term
        for word in question.words
        if word.name or (word.term in capital and word.term not in small)
    )


def _describe(
    scene: _Scene, hit: Hit, vectors: TextVectors
) -> list[tuple[Span, NDArray[np.float32]]]:
    """The hit's sentences, as spans of the passage's text, each with its features."""
    passage = hit.passage
    offset = len(passage.heading) + 1
    heading_terms = set(terms(passage.heading))
    passage_terms = heading_terms | set(terms(passage.text))
    with one_thread():
        similarity = scene.asked.tokens @ vectors.tokens.T
    in_heading = np.array([start < offset for start, _ in vectors.spans], bool)
    described = []
    for start, end in sentences(passage.text):
        in_sentence = np.array(
            [start + offset <= at < end + offset for at, _ in vectors.spans], bool
        )
        sentence = passage.text[start:end]
        row = [
            _meaning(scene, vectors, in_sentence),
            *_by_words(scene, sentence, heading_terms, passage_terms),
            *_by_tokens(scene, similarity, in_sentence, in_heading),
            *_by_rest(scene, similarity, in_sentence, heading_terms, set(terms(sentence))),
            *_by_kind(scene.question, sentence),
            hit.signals.get("fused", hit.score),
            hit.signals.get("dense", 0.0),
            hit.signals.get("late", 0.0),
            scene.unseen,
            math.log1p(sum(1 for _ in words(sentence))),
        ]
        described.append(((start, end), np.array(row, np.float32)))
    return described


def _meaning(scene: _Scene, vectors: TextVectors, in_sentence: NDArray[np.bool_]) -> float:
    if not in_sentence.any():
        return 0.0  # beyond what the encoder reads
    mean = vectors.tokens[in_sentence].mean(axis=0)
    return float(mean @ scene.asked.vector) / (float(np.linalg.norm(mean)) or 1.0)


def _by_words(
    scene: _Scene, sentence: str, heading: set[str], passage: set[str]
) -> tuple[float, ...]:
    own = set(terms(sentence))
    headed = own | heading
    names = scene.names
    numbers = [term for term in scene.rarity if term[:1].isdigit()]
    missed = [scene.rarity[term] for term in scene.rarity if term not in headed]
    return (
        _covered(scene, own),
        _covered(scene, headed),
        _covered(scene, headed, own=True),
        _covered(scene, passage),
        max(missed, default=0.0) / scene.total,
        sum(term in headed for term in names) / len(names) if names else 1.0,
        sum(term in headed for term in numbers) / len(numbers) if numbers else 1.0,
    )


def _covered(scene: _Scene, held: set[str], *, own: bool = False) -> float:
    weights = scene.question.terms
    asked = [term for term in scene.rarity if not own or weights[term] == 1.0]
    total = sum(scene.rarity[term] for term in asked)
    return sum(scene.rarity[term] for term in asked if term in held) / (total or 1.0)


def _by_tokens(
    scene: _Scene,
    similarity: NDArray[np.float32],
    in_sentence: NDArray[np.bool_],
    in_heading: NDArray[np.bool_],
) -> tuple[float, float, float]:
    if not scene.word_rows or not in_sentence.any():
        return 0.0, 0.0, 0.0
    shares = [scene.rarity[term] for _, term in scene.word_rows]
    own = _nearest(scene, similarity[:, in_sentence])
    headed = np.maximum(own, _nearest(scene, similarity[:, in_sentence | in_heading]))
    return _mean(headed, shares), float(headed.min()), _mean(own, shares)


def _by_rest(
    scene: _Scene,
    similarity: NDArray[np.float32],
    in_sentence: NDArray[np.bool_],
    heading: set[str],
    own_terms: set[str],
) -> tuple[float, float, float]:
    """What is asked about the subject that the heading names: the sentence itself must say it."""
    rest = [at for at, (_, term) in enumerate(scene.word_rows) if term not in heading]
    if not rest:
        return 1.0, 1.0, 1.0
    if not in_sentence.any():
        return 0.0, 0.0, 0.0
    shares = [scene.rarity[scene.word_rows[at][1]] for at in rest]
    said = np.array([float(scene.word_rows[at][1] in own_terms) for at in rest])
    near = _nearest(scene, similarity[:, in_sentence])[rest]
    return _mean(said, shares), _mean(near, shares), float(near.min())


def _nearest(scene: _Scene, similarity: NDArray[np.float32]) -> NDArray[np.float64]:
    """For each question word, its similarity to the nearest of these word pieces."""
    best = similarity.max(axis=1)
    return np.array([best[rows].mean() for rows, _ in scene.word_rows], float)


def _mean(values: NDArray[np.float64], shares: Sequence[float]) -> float:
    whole = sum(shares)
    return float(values @ np.array(shares)) / whole if whole else float(values.mean())


def _by_kind(question: Question, sentence: str) -> tuple[float, float, float, float]:
    if question.kind not in ("money", "number", "date", "agent", "person"):
        return 0.0, 0.0, 0.0, 0.0
    found = new_spans(question, sentence)
    held = float(bool(found))
    if question.kind != "number" or not question.counted:
        return held, 1.0 - held, 0.0, 0.0
    bound = float(any(_is_bound(sentence, span, question.counted) for span in found))
    return held, 1.0 - held, bound, 1.0 - bound


def new_spans(question: Question, sentence: str) -> list[Span]:
    """The spans of the kind asked for that the question itself does not say already.

    A person or body is said already by one name: "Drew" is "Professor John Drew".
    """
    asked = set(question.terms)
    found = []
    for start, end in spans_of(question.kind, sentence):
        held = set(terms(sentence[start:end]))
        said = held & asked if question.kind in ("agent", "person") else held <= asked
        if not said:
            found.append((start, end))
    return found


def _is_bound(sentence: str, number: Span, counted: Sequence[str]) -> bool:
    """Whether one of the things counted stands within four words after the number."""
    return bool(set(counted) & set(terms(sentence[number[1] :][:60])[:4]))


def _meet(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
