"""Fit the weights by which sentences are ranked and answers declined.

    python training/fit_evidence.py --eval ../shared/eval

Writes ``src/qa/answers/weights.json``. Two logistic regressions are fitted, one after the other:
how likely each sentence answers, and how likely the question is answered at all, rightly. They
learn from the questions of ``tests/questions/reviews.jsonl`` over ``corpus/``, and from samples of
SQuAD 2.0 dev, CLAP NQ dev and MultiHop-RAG over their own passages, whatever the sizes of the sets
by the shares below: weights that fit the way one corpus is written would fit no other.

Every figure printed comes from cross-fitting: a question is judged by weights that were fitted
without its article or conversation. On these judgements the probability is calibrated too (Platt
1999). The weights written are fitted to all questions.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from cases import REVIEWS, ROOT, Case, all_cases
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from qa.answers.consulting import (
    Said,
    consult,
    place,
    reread,
    review_features,
)
from qa.answers.describing import FEATURES
from qa.answers.evidence import Regression, from_logit, logit, probabilities
from qa.answers.questions import TYPED
from qa.answers.reading import verdict_features
from qa.evaluation.abstaining import Judged, calibration_error
from qa.models import open_reader
from qa.settings import Settings
from qa.text import Span
from qa.types import Reader

WEIGHTS = ROOT / "src" / "qa" / "answers" / "weights.json"
SHARES = {
    REVIEWS: (0.55, 0.4),
    "squad2": (0.2, 0.3),
    "clapnq_dev": (0.25, 0.2),
    "multihop_rag": (0.0, 0.1),
}
"""What each set weighs, in the ranking of sentences and in the verdict. MultiHop-RAG asks for what
no one sentence says."""
NEGATIVES = 2.0
"""What the wrong sentences of a question weigh together, beside its right ones."""
UNANSWERABLE = 1.5
"""The same for a question without a right sentence, on top."""
AGAINST = ("worst_word", "kind_missing", "count_unbound", "unseen", "denied")
EITHER = ("length", "unnamed")
SIGNS = [-1 if name in AGAINST else 0 if name in EITHER else 1 for name in FEATURES]
"""Whether a column may speak for an answer only, against it only, or either."""
SENTENCE_C = 0.03
VERDICT_C = 0.03
FOLDS = 8
SHOWN = 3
"""An answer is right if one of so many sentences is."""

Signs = Sequence[int | None]
Consult = Callable[[Case], Mapping[Span, Said]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--eval", type=Path, required=True, help="folder of the question sets")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        cases = [case for case in all_cases(args.eval, Path(scratch)) if case.evidence]
        reader = open_reader(Path(scratch), Settings().reader)
    write(cases, consulted(cases, reader))


def write(cases: Sequence[Case], consult: Consult) -> None:
    """Fit everything, print how it fares on questions left out, and write the weights."""
    chances, ranked = cross_fitted(cases)
    slope, shift = platt(ranked, chances)
    light = calibrated(chances, slope, shift)
    report("light reading", ranked, light)
    fitted = fit(cases)
    fitted["verdict"] = shifted(fitted["verdict"], slope, shift)
    fitted |= with_reader(ranked, light, consult)
    WEIGHTS.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")


def cross_fitted(cases: Sequence[Case]) -> tuple[NDArray[np.float64], list[Case]]:
    """For each case the probability by weights that have not seen its group, and its ranking."""
    chances = np.zeros(len(cases))
    ranked = list(cases)
    groups = [case.group for case in cases]
    for learnt, left in GroupKFold(FOLDS).split(groups, groups=groups):
        weights = fit([cases[at] for at in learnt])
        for at in left:
            ranked[at] = rank(cases[at], regression(weights["sentence"]))
            row = verdict_features(ranked[at].question, ranked[at].evidence)
            chances[at] = regression(weights["verdict"])(row)
    return chances, ranked


def fit(cases: Sequence[Case]) -> dict[str, Any]:
    """Both regressions of light reading, as ``weights.json`` holds them.

    The verdict learns what is answerable, and not what is answered rightly, which says more of the
    ranking; calibration then makes it the probability of a right answer.
    """
    sentence = fit_sentence(cases)
    ranked = [rank(case, regression(sentence)) for case in cases]
    verdict = regress(
        np.array([verdict_features(case.question, case.evidence) for case in ranked]),
        np.array([case.answerable for case in ranked]),
        shares(ranked, 1),
        VERDICT_C,
        verdict_signs(),
    )
    return {"features": list(FEATURES), "sentence": sentence, "verdict": verdict}


def consulted(cases: Sequence[Case], reader: Reader) -> Consult:
    """A function that asks the reader once for each case."""

    def consult_case(case: Case) -> Mapping[Span, Said]:
        return consult(reader, case.question.text, case.evidence)

    return consult_case


def with_reader(
    ranked: Sequence[Case], light: NDArray[np.float64], consult: Consult
) -> dict[str, Any]:
    """The regression for both readings, calibrated on what the reader has not learnt from."""
    fresh = [at for at, case in enumerate(ranked) if not case.learnt]
    report("the same, of what the reader has not seen", [ranked[at] for at in fresh], light[fresh])
    cases, odds = [], []
    for at in fresh:
        said = consult(ranked[at])
        cases.append(rank_again(ranked[at], said))
        odds.append(review_features(light[at], cases[-1].evidence[0], said).sum())
    chances = np.array([from_logit(each) for each in odds])
    slope, shift = platt(cases, chances)
    report("with the reader", cases, calibrated(chances, slope, shift))
    weight = [round(slope, 6)] * 2
    return {"review": {"mean": [0, 0], "scale": [1, 1], "weight": weight, "bias": round(shift, 6)}}


def rank_again(case: Case, said: Mapping[Span, Said]) -> Case:
    """The case with its sentences as both readings rank them."""
    marks = {place(item): mark for item, mark in zip(case.evidence, case.right, strict=True)}
    evidence = reread(case.evidence, said)
    return replace(case, evidence=evidence, right=[marks[place(item)] for item in evidence])


def verdict_signs() -> Signs:
    """Of the columns of `verdict_features`: the chances, the best sentence, the most and the least
    of the best ones, and what is asked for.

    The fused score is left out: it says how a passage stands among others, not what it says.
    """
    own = [None if name == "passage" else sign for name, sign in zip(FEATURES, SIGNS, strict=True)]
    lacks: Signs = [-1] * 3
    kinds: Signs = [0] * (len(TYPED) + 2)
    return [1, 1, 1, *own, *own, *lacks, *kinds]


def fit_sentence(cases: Sequence[Case]) -> dict[str, Any]:
    """The regression that tells a sentence that answers from one that does not."""
    rows, marks, weights = [], [], []
    for case, share in zip(cases, shares(cases, 0), strict=True):
        if not share or (case.answerable and not any(case.right)):
            continue  # retrieval missed it: no sentence to learn from
        positives = sum(case.right)
        wrong = NEGATIVES / max(1, len(case.right) - positives)
        if not case.answerable:
            wrong *= UNANSWERABLE
        for item, right in zip(case.evidence, case.right, strict=True):
            rows.append(item.features)
            marks.append(right)
            weights.append(share * (1 / positives if right else wrong))
    return regress(np.array(rows), np.array(marks), np.array(weights), SENTENCE_C, SIGNS)


def shares(cases: Sequence[Case], which: int) -> NDArray[np.float64]:
    """What each case weighs, so that each set has its share; together as much as the reviews'."""
    counts = {name: sum(case.name == name for case in cases) for name in SHARES}
    whole = counts[REVIEWS] / SHARES[REVIEWS][which]
    return np.array([SHARES[case.name][which] * whole / counts[case.name] for case in cases])


def regress(
    rows: NDArray[np.float32],
    marks: NDArray[np.bool_],
    weights: NDArray[np.float64],
    strength: float,
    signs: Signs,
) -> dict[str, Any]:
    """A logistic regression over scaled columns, whose weights have these signs; 0 is either, and
    None leaves a column out.

    A column that speaks for an answer must not speak against it: where few questions are of a
    kind, those that nothing answers may happen to come with more of what was asked for.
    """
    scaler = StandardScaler().fit(rows)
    scaled = scaler.transform(rows)
    sides = np.where(marks, 1.0, -1.0)

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = sides * (scaled @ point[:-1] + point[-1])
        pull = -strength * weights * sides * expit(-margins)
        value = strength * float(weights @ np.logaddexp(0.0, -margins))
        slope = np.append(scaled.T @ pull + point[:-1], pull.sum())
        return value + 0.5 * float(point[:-1] @ point[:-1]), slope

    allowed = {1: (0.0, None), -1: (None, 0.0), 0: (None, None), None: (0.0, 0.0)}
    bounds = [allowed[sign] for sign in (*signs, 0)]
    found = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, bounds=bounds).x
    return {
        "mean": [round(float(value), 6) for value in scaler.mean_],
        "scale": [round(float(value), 6) for value in scaler.scale_],
        "weight": [round(float(value), 6) for value in found[:-1]],
        "bias": round(float(found[-1]), 6),
    }


def platt(ranked: Sequence[Case], chances: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and shift of the log odds that make the probabilities mean what they say."""
    model = LogisticRegression(C=1e6)
    marks = [is_right(case) for case in ranked]
    odds = np.array([logit(each) for each in chances])
    model.fit(odds[:, None], marks, sample_weight=shares(ranked, 1))
    return float(model.coef_[0][0]), float(model.intercept_[0])


def calibrated(chances: NDArray[np.float64], slope: float, shift: float) -> NDArray[np.float64]:
    odds = np.array([logit(each) for each in chances])
    return 1 / (1 + np.exp(-(slope * odds + shift)))


def shifted(stored: dict[str, Any], slope: float, shift: float) -> dict[str, Any]:
    """The regression with its log odds calibrated."""
    weight = [round(slope * value, 6) for value in stored["weight"]]
    return stored | {"weight": weight, "bias": round(slope * stored["bias"] + shift, 6)}


def is_right(ranked: Case) -> bool:
    """Whether what would be shown answers the question."""
    return ranked.answerable and any(ranked.right[:SHOWN])


def rank(case: Case, sentence: Regression) -> Case:
    """The case with its sentences by falling probability."""
    rows = np.array([item.features for item in case.evidence]).reshape(-1, len(FEATURES))
    pairs = [
        (replace(item, probability=float(each)), right)
        for item, each, right in zip(
            case.evidence, probabilities(case.question, rows, sentence), case.right, strict=True
        )
    ]
    pairs.sort(key=lambda pair: -pair[0].probability)
    return replace(case, evidence=[item for item, _ in pairs], right=[mark for _, mark in pairs])


def report(title: str, ranked: Sequence[Case], chances: NDArray[np.float64]) -> None:
    """Print how the questions of each set fare, at several thresholds."""
    print(f"== {title}")
    right = np.array([is_right(case) for case in ranked])
    for name in SHARES:
        among = np.array([case.name == name for case in ranked])
        answerable = np.array([case.answerable for case in ranked])[among]
        found = [case.right for case in ranked if case.name == name and any(case.right)]
        given = chances[among]
        tenth = np.quantile(given[answerable], 0.1)
        print(
            f"{name}: {len(given)} questions; right sentence first "
            f"{np.mean([marks[0] for marks in found]):.3f}, in three "
            f"{np.mean([any(marks[:SHOWN]) for marks in found]):.3f}; "
            f"AUROC {roc_auc_score(answerable, given):.3f}; unanswerable declined at a tenth of "
            f"the answerable {np.mean(given[~answerable] < tenth):.3f}; "
            f"calibration error {ece(given, right[among]):.3f}"
        )
        for cut in (0.25, 0.3, 0.35, 0.4, 0.45, 0.5):
            print(
                f"  below {cut}: answerable {np.mean(given[answerable] < cut):.3f}, "
                f"unanswerable {np.mean(given[~answerable] < cut):.3f}"
            )
    print(f"all: calibration error {ece(chances, right):.3f}")


def ece(chances: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """The calibration error, as `qa eval` has it."""
    marked = [
        Judged(float(chance), bool(mark)) for chance, mark in zip(chances, right, strict=True)
    ]
    return calibration_error(marked).value


def regression(stored: dict[str, Any]) -> Regression:
    mean, scale, weight = (np.array(stored[key]) for key in ("mean", "scale", "weight"))
    return Regression(mean, scale, weight, stored["bias"])


if __name__ == "__main__":
    main()
