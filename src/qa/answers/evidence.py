"""How well each sentence of the best passages answers the question, as a probability.

A logistic regression over what is known of a sentence (`describing`) gives the probability that it
answers; a second one, over the best sentences, that the question is answered at all. Their weights
("weights.json") are made by ``training/fit_evidence.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.answers.describing import FEATURES, describe, scene_of
from qa.answers.questions import Question
from qa.types import Hit, Passage, TextVectors, WordPieces

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
class Weighed:
    """The sentences found for a question, best first."""

    question: Question
    ranked: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression: every feature is scaled, then weighed."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]
    bias: float

    def odds(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """The log odds for one row of features, or for each of several."""
        found: NDArray[np.float64] = ((features - self.mean) / self.scale) @ self.weight + self.bias
        return found

    def __call__(self, features: NDArray[np.float32]) -> float:
        """The probability for one row of features."""
        return from_logit(float(self.odds(features)))


@dataclass(frozen=True, slots=True)
class Weights:
    """Three regressions: does this sentence answer, and is the question answered at all.

    ``verdict`` says so by light reading alone, ``review`` where a reader model was asked too.
    """

    sentence: Regression
    verdict: Regression
    review: Regression


@lru_cache(maxsize=1)
def shipped_weights() -> Weights:
    """The weights that come with the package."""
    file = resources.files("qa.answers").joinpath("weights.json")
    return weights_from(json.loads(file.read_text(encoding="utf-8")))


def weights_from(stored: Mapping[str, Any]) -> Weights:
    """Weights as ``training/fit_evidence.py`` writes them. Raises ValueError if they do not fit."""
    if tuple(stored["features"]) != FEATURES:
        raise ValueError("the weights were fitted to other features: fit them again")
    return Weights(*(_regression(stored[name]) for name in ("sentence", "verdict", "review")))


def logit(probability: float) -> float:
    """The log odds, bounded."""
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(bounded / (1 - bounded))


def from_logit(odds: float) -> float:
    """The probability of these log odds, bounded."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def _regression(stored: Mapping[str, Any]) -> Regression:
    mean, scale, weight = (np.array(stored[key], float) for key in ("mean", "scale", "weight"))
    return Regression(mean, scale, weight, float(stored["bias"]))


def weigh(
    question: Question,
    hits: Sequence[Hit],
    *,
    asked: TextVectors,
    pieces: Sequence[WordPieces],
    frequencies: Mapping[str, int],
    passages: int,
    weights: Weights,
    keep: Callable[[str], bool] | None = None,
) -> list[Evidence]:
    """Every sentence of the hits with its probability, by (-probability, hit, place).

    ``asked`` are the vectors of the question's text, ``pieces`` those of each hit's heading
    and text, as `passage_input` writes them;
    ``frequencies`` say in how many of the ``passages`` a question term occurs. ``keep`` says
    which sentences are wanted.
    """
    scene = scene_of(question, hits, asked, frequencies, passages)
    described, rows = describe(scene, hits, pieces, keep=keep)
    found = []
    for each, row, chance in zip(
        described, rows, probabilities(question, rows, weights.sentence), strict=True
    ):
        passage, cut = hits[each.at].passage, each.cut
        start, end = passage.start + cut.start, passage.start + cut.end
        found.append(Evidence(passage, start, end, cut.text, float(chance), row))
    # Sorting is stable: equal probabilities keep the order of hits, then of the text.
    return sorted(found, key=lambda evidence: -evidence.probability)


def probabilities(
    question: Question, rows: NDArray[np.float32], sentence: Regression
) -> NDArray[np.float64]:
    """The probability for each sentence so described that it answers the question.

    The regression is overruled where the question demands what the sentence has not: then it can
    be beside the point at best.
    """
    answers = np.array([from_logit(float(odds)) for odds in sentence.odds(rows)])
    missing = question.demands & (rows[:, _KIND_MISSING] > 0)
    return answers * np.where(missing, _BESIDE_THE_POINT, 1.0)
