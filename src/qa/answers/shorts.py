"""Spans of a sentence that could be the short answer: of the kind asked for, and not asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.answers.agents import deed_of, doers
from qa.answers.questions import Question
from qa.answers.spans import spans_of
from qa.text import Span, terms

WHO = ("agent", "person")
"""The kinds of question that ask for somebody."""
# "How many of the lights failed?" counts those that failed, and not the lights.
_PART_OF = re.compile(r"\bhow many of\b", re.I)


def new_spans(question: Question, sentence: str) -> list[Span]:
    """The spans of the kind asked for that the question itself does not say already.

    A person or body is said already by one name: "Drew" is "Professor John Drew", unless the
    sentence says that this is who did what is asked: "the Drew Review was written by John Drew".
    """
    asked = set(question.terms)
    spans = spans_of(question.kind, sentence)
    if question.kind in WHO:
        did = _who_did(question, sentence, spans)
        return [
            span for span in spans if span in did or not asked & set(terms(sentence[slice(*span)]))
        ]
    return [span for span in spans if not set(terms(sentence[slice(*span)])) <= asked]


def told_spans(question: Question, sentence: str, spans: Sequence[Span]) -> list[Span]:
    """Those of the `new_spans` of which the sentence itself says that they are what is asked for.

    A number stands beside the thing counted, a person or body does what is asked about, and a date
    or a sum of money is the only one.
    """
    if question.kind == "number":
        if len(spans) > 1 and any(term[:1].isdigit() for term in question.terms):
            return []  # of the figures of several years each stands beside the thing counted
        part = _PART_OF.search(question.text)
        beside = [*question.terms.keys() - {*question.counted[:1]}] if part else question.counted
        return [span for span in spans if is_bound(sentence, span, beside)]
    if question.kind in WHO:
        return _who_did(question, sentence, spans)
    return list(spans) if len(spans) == 1 else []


def is_bound(sentence: str, number: Span, beside: Sequence[str]) -> bool:
    """Whether one of these, the things counted, stands within four words after the number, and
    before another number: "57 victims and 97 suspects" are no 57 suspects."""
    after = sentence[number[1] :][:60]
    others = spans_of("number", after)
    return bool(set(beside) & set(terms(after[: others[0][0]] if others else after)[:4]))


def _who_did(question: Question, sentence: str, spans: Sequence[Span]) -> list[Span]:
    deed = deed_of(question.text)
    return doers(sentence, spans, deed) if deed else []
