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

import numpy as np
from numpy.typing import NDArray

from qa.answers.naming import written_as_names
from qa.answers.questions import TYPED, Question
from qa.answers.spans import overlap, spans_of
from qa.text import Span, sentences, terms, words
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
class Scene:
    """What all sentences of one question share.

    ``matched`` are the question's words that the encoder read, ``averaging``, shape (matched, word
    pieces), makes the mean of each one's pieces. ``cut`` are the sentences of each passage,
    ``held`` its terms and those of its heading, ``found`` those of all passages.
    """

    question: Question
    asked: TextVectors
    rarity: Mapping[str, float]
    total: float
    unseen: float
    matched: tuple[str, ...]
    averaging: NDArray[np.float32]
    names: frozenset[str]
    cut: Mapping[int, tuple[Cut, ...]]
    held: Mapping[int, frozenset[str]]
    found: frozenset[str]
    denies: bool

    def named_in(self, held: Collection[str]) -> float:
        """The share of the question's names that are held; 1 where it names nothing."""
        return sum(term in held for term in self.names) / len(self.names) if self.names else 1.0


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
    rare = {term: rarity(term, frequencies, passages) * weights[term] for term in weights}
    total = sum(rare.values()) or 1.0
    unseen = sum(rare[term] for term in rare if not frequencies.get(term)) / total
    rows = []
    for word in question.words:
        own = np.array([overlap(span, word.span) for span in asked.spans], np.float32)
        if own.any():
            rows.append((word.term, own / own.sum()))
    cut = {hit.passage.id: _cut(hit.passage.text) for hit in hits}
    held = {
        hit.passage.id: frozenset(terms(hit.passage.heading)).union(
            *(each.terms for each in cut[hit.passage.id])
        )
        for hit in hits
    }
    named = {word.term for word in question.words if word.name}
    return Scene(
        question=question,
        asked=asked,
        rarity=rare,
        total=total,
        unseen=unseen,
        matched=tuple(term for term, _ in rows),
        averaging=np.array([row for _, row in rows], np.float32).reshape(
            len(rows), len(asked.spans)
        ),
        # Many people type without capitals; the documents then tell that "telford" is a place.
        names=written_as_names(question, (hit.passage.text for hit in hits)) | named,
        cut=cut,
        held=held,
        found=frozenset().union(*held.values()),
        denies=bool(_DENIAL.search(question.text)),
    )


@functools.lru_cache(maxsize=512)  # passages that are asked about come again
def _cut(text: str) -> tuple[Cut, ...]:
    cut = []
    for start, end in sentences(text):
        own = text[start:end]
        cut.append(Cut(start, end, own, frozenset(terms(own)), sum(1 for _ in words(own))))
    return tuple(cut)


def describe(
    scene: Scene, hit: Hit, pieces: WordPieces, *, keep: Callable[[str], bool] | None = None
) -> list[tuple[Span, NDArray[np.float32]]]:
    """The hit's sentences, as spans of the passage's text, each with its features.

    Those are left out that ``keep`` says no to.
    """
    passage = hit.passage
    offset = len(passage.heading) + 1
    heading = frozenset(terms(passage.heading))
    held = scene.held[passage.id]
    with one_thread():
        similarity = scene.asked.tokens @ pieces.tokens.T
    begins = np.array([start for start, _ in pieces.spans], np.int64)
    described = []
    for each in scene.cut[passage.id]:
        if keep and not keep(each.text):
            continue
        within = (begins >= each.start + offset) & (begins < each.end + offset)
        own = _nearest(scene, similarity, within)
        row = [
            _meaning(scene, pieces, within),
            *_by_words(scene, each.terms, heading, held),
            *_by_tokens(scene, own, _nearest(scene, similarity, within | (begins < offset))),
            *_by_rest(scene, own, heading, each.terms),
            *_by_kind(scene.question, each.text),
            hit.signals.get("fused", hit.score),
            hit.signals.get("dense", 0.0),
            hit.signals.get("late", 0.0),
            scene.unseen,
            math.log1p(each.words),
            scene.named_in(held),
            scene.named_in(scene.found),
            _covered(scene, scene.found),
            float(not scene.names),
            float(scene.denies and not _DENIAL.search(each.text)),
        ]
        described.append(((each.start, each.end), np.array(row, np.float32)))
    return described


def _meaning(scene: Scene, pieces: WordPieces, within: NDArray[np.bool_]) -> float:
    if not within.any():
        return 0.0  # beyond what the encoder reads
    mean = pieces.tokens[within].mean(axis=0)
    return float(mean @ scene.asked.vector) / (float(np.linalg.norm(mean)) or 1.0)


def _by_words(
    scene: Scene, own: Collection[str], heading: frozenset[str], passage: Collection[str]
) -> tuple[float, ...]:
    headed = heading.union(own)
    numbers = [term for term in scene.rarity if term[:1].isdigit()]
    missed = [scene.rarity[term] for term in scene.rarity if term not in headed]
    return (
        _covered(scene, own),
        _covered(scene, headed),
        _covered(scene, headed, own=True),
        _covered(scene, passage),
        max(missed, default=0.0) / scene.total,
        scene.named_in(headed),
        sum(term in headed for term in numbers) / len(numbers) if numbers else 1.0,
    )


def _covered(scene: Scene, held: Collection[str], *, own: bool = False) -> float:
    weights = scene.question.terms
    asked = [term for term in scene.rarity if not own or weights[term] == 1.0]
    total = sum(scene.rarity[term] for term in asked)
    return sum(scene.rarity[term] for term in asked if term in held) / (total or 1.0)


def _by_tokens(
    scene: Scene, own: NDArray[np.float32] | None, with_heading: NDArray[np.float32] | None
) -> tuple[float, float, float]:
    if own is None or with_heading is None:
        return 0.0, 0.0, 0.0
    shares = [scene.rarity[term] for term in scene.matched]
    headed = np.maximum(own, with_heading)
    return _mean(headed, shares), float(headed.min()), _mean(own, shares)


def _by_rest(
    scene: Scene,
    own: NDArray[np.float32] | None,
    heading: Collection[str],
    own_terms: Collection[str],
) -> tuple[float, float, float]:
    """What is asked about the subject that the heading names: the sentence itself must say it."""
    rest = [at for at, term in enumerate(scene.matched) if term not in heading]
    if not rest:
        return 1.0, 1.0, 1.0
    if own is None:
        return 0.0, 0.0, 0.0
    shares = [scene.rarity[scene.matched[at]] for at in rest]
    said = np.array([scene.matched[at] in own_terms for at in rest], np.float32)
    near = own[rest]
    return _mean(said, shares), _mean(near, shares), float(near.min())


def _nearest(
    scene: Scene, similarity: NDArray[np.float32], within: NDArray[np.bool_]
) -> NDArray[np.float32] | None:
    """For each matched word, how near the nearest of these word pieces comes; None without any."""
    if not scene.matched or not within.any():
        return None
    best: NDArray[np.float32] = similarity[:, within].max(axis=1)
    return scene.averaging @ best


def _mean(values: NDArray[np.float32], shares: Sequence[float]) -> float:
    whole = sum(shares)
    return float(values @ np.array(shares)) / whole if whole else float(values.mean())


def _by_kind(question: Question, sentence: str) -> tuple[float, float, float, float]:
    if question.kind not in TYPED:
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
