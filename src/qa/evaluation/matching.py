"""Texts compared as the published measures compare them."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable

from qa.text import terms

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_SPACE = re.compile(r"\s+")
_LEAST = 20
"""A quote of fewer characters than this stands in many sentences by chance."""


def normalised(text: str) -> str:
    """The text without case, punctuation, articles and extra space, as SQuAD compares it.

    The steps and their order are those of its official script (Rajpurkar et al. 2016,
    arXiv 1606.05250), so that figures can be held against published ones.
    """
    plain = text.lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def stands_in(words: str, text: str) -> bool:
    """Whether normalised words stand in a normalised text, as whole words."""
    return bool(words) and f" {words} " in f" {text} "


def holds_one(answers: Iterable[str], text: str) -> bool:
    """Whether the text holds one of the answers, normalised."""
    whole = normalised(text)
    return any(stands_in(normalised(answer), whole) for answer in answers)


def exact(answers: Iterable[str], given: str) -> float:
    """1 where the given answer is one of the answers, normalised, else 0."""
    return float(normalised(given) in [normalised(answer) for answer in answers])


def token_f1(answers: Iterable[str], given: str) -> float:
    """The best F1 between the tokens of the given answer and of one of the answers."""
    return max(_f1(normalised(answer).split(), normalised(given).split()) for answer in answers)


def _f1(gold: list[str], given: list[str]) -> float:
    if not gold or not given:
        return float(gold == given)
    common = sum((Counter(gold) & Counter(given)).values())
    return 2 * common / (len(gold) + len(given))


def spaceless(text: str) -> str:
    """The text with all white space removed, as MultiHop-RAG compares evidence."""
    return _SPACE.sub("", text)


def is_evidence(quote: str, evidence: Iterable[str]) -> bool:
    """Whether the quote is one of the gold sentences, part of one, or holds one."""
    said = spaceless(quote)
    golds = [spaceless(text) for text in evidence]
    return any(
        gold in said or (len(said) >= _LEAST and said in gold) or said == gold
        for gold in golds
        if gold and said
    )


def is_named(name: str, review: str) -> bool:
    """Whether a review is the one meant: "Casey" means "Casey 2015" too."""
    return bool(terms(name)) and set(terms(name)) <= set(terms(review))
