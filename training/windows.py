"""Stretches of text for a reader to learn from: a question, a few sentences, the answer or none.

Those of the question sets are what light reading finds for a question, so that the wrong ones are
the ones that a reader will be shown. Those made by rule take a sentence, leave a name, number, date
or phrase out, and ask for it with the words that remain ("cloze" questions: Lewis, Denoyer and
Riedel 2019, arXiv 1906.04980); where another name or number takes the place of one that was asked
with, or another stretch that of the sentence, nothing answers.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cases import READER_ARTICLES, REVIEWS, Case

import qa
from qa.answers.consulting import window_around
from qa.answers.evidence import Evidence
from qa.answers.spans import spans_of
from qa.text import STOP_WORDS, Span, sentences

LONGEST_PASSAGE = 1800
POLICIES = 900
"""So many questions of PolicyQA: they are few, and put to many policies."""
RULED = {
    "squad2": 999,
    "uk_inquiries": 1600,
    "us_reports": 900,
    "multihop_rag": 1800,
    "feedbackqa": 700,
}
"""From so many passages of each collection questions are made by rule; all of the corpus."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A question and a text under a heading; ``answer`` is a span of the text, None where it does
    not answer."""

    source: str
    question: str
    heading: str
    text: str
    answer: Span | None


def asked(cases: Sequence[Case], sets: Path) -> list[Stretch]:
    """What the reader learns of the cases meant for it, which are ranked, and of PolicyQA."""
    chance = random.Random(0)
    found = [each for case in cases if case.learnt for each in of_case(case)]
    found += _policies(sets / "policyqa", chance)
    chance.shuffle(found)
    return found


def of_case(case: Case) -> list[Stretch]:
    """What is learnt of a ranked case: of an answerable question two sentences that answer, one of
    them also seen from its neighbour, and the best wrong one; of another the two best."""
    right = [item for item, mark in zip(case.evidence, case.right, strict=True) if mark]
    wrong = [item for item, mark in zip(case.evidence, case.right, strict=True) if not mark]
    if not case.answerable:
        return [_stretch(case, item) for item in wrong[:2]]
    shown = [*right[:2], *(near for item in right[:1] for near in _neighbours(item, case)[:1])]
    answering = [each for each in (_stretch(case, item) for item in shown) if each.answer]
    silent = (each for each in (_stretch(case, item) for item in wrong) if not each.answer)
    return answering + (list(itertools.islice(silent, 1)) if right else [])


def _stretch(case: Case, item: Evidence) -> Stretch:
    window = window_around(item, case.evidence)
    begin, end = (window.passage.start + place for place in (window.start, window.end))
    gold = case.spans or tuple(
        (each.passage.uri, each.start, each.end)
        for each, mark in zip(case.evidence, case.right, strict=True)
        if mark
    )
    within = (
        (start - begin, close - begin)
        for uri, start, close in gold
        if uri == window.passage.uri and begin <= start and close <= end
    )
    text = window.text[len(window.heading) :]
    return Stretch(case.name, case.question.text, window.heading, text, next(within, None))


def _neighbours(item: Evidence, case: Case) -> list[Evidence]:
    """The sentence after this one, or that before it where it is the last."""
    around = window_around(item, case.evidence).sentences
    after = [other for other in around if other.start > item.start]
    return after or [other for other in around if other.start < item.start]


def _policies(folder: Path, chance: random.Random) -> list[Stretch]:
    texts = {row["_id"]: row for row in _rows(folder / "corpus.jsonl")}
    questions = list(_rows(folder / "queries.jsonl"))
    chance.shuffle(questions)
    found = []
    for question in questions[:POLICIES]:
        span = question["answer_spans"][0]
        row = texts[span["doc"]]
        begin, end = _around(row["text"], span["start"])
        if span["end"] <= end and span["end"] - span["start"] < 200:
            answer = (span["start"] - begin, span["end"] - begin)
            heading = f"{row.get('title', '')}\n"
            text = row["text"][begin:end]
            found.append(Stretch("policyqa", question["text"], heading, text, answer))
    return found


def _around(text: str, place: int) -> Span:
    """The sentence at the place, with its neighbours."""
    cut = sentences(text)
    at = next(at for at, (_, end) in enumerate(cut) if place < end)
    return cut[max(0, at - 1)][0], cut[min(len(cut) - 1, at + 1)][1]


def ruled(sets: Path, corpus: Path) -> list[Stretch]:
    """Questions made by rule from the collections and the corpus."""
    chance = random.Random(1)
    found: list[Stretch] = []
    for name in (REVIEWS, *RULED):
        for title, text in _passages(name, sets, corpus, chance):
            found += _by_rule(title, text[:LONGEST_PASSAGE], chance)
    chance.shuffle(found)
    return found


def _passages(
    name: str, sets: Path, corpus: Path, chance: random.Random
) -> Sequence[tuple[str, str]]:
    if name == REVIEWS:
        with qa.open(corpus) as assistant:
            texts = [
                (each.title, assistant.document(each.uri).text) for each in assistant.documents()
            ]
    else:
        texts = [
            (row.get("title", ""), row["text"])
            for row in _rows(sets / name / "corpus.jsonl")
            if name != "squad2" or row["_id"].rsplit("__", 1)[0] in READER_ARTICLES
        ]
    found = [(title, part) for title, text in texts for part in re.split(r"\n\n+", text)]
    found = [(title, part) for title, part in found if len(part) > 150]
    chance.shuffle(found)
    return found[: RULED.get(name)]


_ASK = {
    "date": ("When", "In what year", "On what date"),
    "number": ("How many", "What number of"),
    "person": ("Who", "Which person"),
    "agent": ("Who", "Which body"),
    "money": ("How much", "How much money"),
    "name": ("What", "Which"),
    "place": ("Where", "In which place"),
    "phrase": ("What", "Which"),
}
_NAME = re.compile(
    r"(?<=[a-z,] )[A-Z][\w'’-]+(?: (?:of|the|and|de) (?=[A-Z]))?(?: [A-Z][\w'’-]+){0,3}"
)
_PHRASE = re.compile(
    r"\b(?:the|a|an|its|their|his|her) (?:[a-z-]+ ){0,2}[a-z-]+(?= (?:of|in|on|at|for|to|by|with"
    r"|and|was|were|is|are|that|which)\b|[,.;])"
)
_HANGING = re.compile(r"\b(?:in|at|on|by|from|of|to|for|with|about|than|some|just|over)$")


def _by_rule(title: str, text: str, chance: random.Random) -> Iterator[Stretch]:
    cut = sentences(text)
    fit = [at for at, (start, end) in enumerate(cut) if 8 <= len(text[start:end].split()) <= 45]
    if not fit:
        return
    at = chance.choice(fit)
    start, end = cut[at]
    left_out = _left_out(text[start:end])
    if not left_out:
        return
    kind, (begin, close) = chance.choice(left_out)
    question = _question(kind, text[start:end], (begin, close), chance)
    if not question:
        return
    heading = f"{title}\n" if title and chance.random() < 0.7 else ""
    here = _around(text, start)
    answer = (start + begin - here[0], start + close - here[0])
    yield Stretch("rule", question, heading, text[slice(*here)], answer)
    if chance.random() < 0.5:
        far = [each for each in range(len(cut)) if abs(each - at) > 2]
        there = text[slice(*_around(text, cut[chance.choice(far)][0]))] if far else ""
        if there and text[start + begin : start + close].lower() not in there.lower():
            yield Stretch("rule", question, heading, there, None)
    elif changed := _changed(question, text, text[start:end], chance):
        yield Stretch("rule", changed, heading, text[slice(*here)], None)


def _left_out(sentence: str) -> list[tuple[str, Span]]:
    found = [
        (kind, span)
        for kind in ("date", "money", "person", "number", "agent")
        for span in spans_of(kind, sentence)
    ]
    for match in _NAME.finditer(sentence):
        is_place = re.search(r"\b(?:in|at|from|near) $", sentence[: match.start()])
        found.append(("place" if is_place else "name", match.span()))
    found += [("phrase", match.span()) for match in _PHRASE.finditer(sentence)]
    kept: list[tuple[str, Span]] = []
    for kind, span in found:
        if not any(span[0] < other[1] and other[0] < span[1] for _, other in kept):
            kept.append((kind, span))
    return kept


def _question(kind: str, sentence: str, answer: Span, chance: random.Random) -> str:
    """The clause around the answer with some of its words, in one of several orders; or ""."""
    before = _clauses(sentence[: answer[0]].strip())[::-1]
    after = _clauses(sentence[answer[1] :].strip(" ."))
    left = _thinned(_HANGING.sub("", " ".join(_enough(before)[::-1]).strip()), chance)
    right = _thinned(" ".join(_enough(after)), chance)
    if len(f"{left} {right}".split()) < 4:
        return ""
    ask = chance.choice(_ASK[kind])
    orders = [f"{ask} {right} {left}", f"{ask} {left} {right}", f"{ask} did {left} {right}"]
    orders.append(f"{left} {ask.lower()} {right}")
    question = " ".join((chance.choice(orders) if left else f"{ask} {right}").split())
    question += "?" if chance.random() < 0.7 else ""
    return question.lower() if chance.random() < 0.3 else question


def _clauses(text: str) -> list[str]:
    return re.split(r"[,;:()]\s", text)


def _enough(clauses: Sequence[str]) -> list[str]:
    """The nearest clause, or the two nearest where that is short."""
    return list(clauses[:1] if len(clauses[0].split()) > 2 else clauses[:2])


def _thinned(text: str, chance: random.Random) -> str:
    kept = (
        word
        for word in text.split()
        if chance.random() > (0.35 if word.lower() in STOP_WORDS else 0.15)
    )
    return " ".join(kept)


def _changed(question: str, text: str, sentence: str, chance: random.Random) -> str:
    """The question with one of its names or numbers exchanged for another of the text; or ""."""
    told = re.findall(r"\b[A-Z][a-z]{2,}\b|\b\d[\d,.]*\b", question[4:])
    if not told:
        return ""
    word = chance.choice(told)
    others = re.findall(r"\b\d[\d,.]*\b", text) if word[0].isdigit() else _NAME.findall(text)
    others = [other for other in others if other != word and other not in sentence]
    return question.replace(word, chance.choice(others), 1) if others else ""


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
