"""Sentences read again by a reader whose scores are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from qa.answers.consulting import (
    Said,
    consult,
    place,
    reread,
    review_features,
    window_around,
)
from qa.answers.evidence import Evidence, logit
from qa.text import sentences, words
from qa.types import Passage, SpanScores

TEXT = (
    "The bridge was closed in May 2014. The council set the rent at £90. A cable broke. "
    "The cable had been inspected. It was replaced in June."
)
HEADING = "A report > Bridges"
PASSAGE = Passage(7, "report.md", 100, 100 + len(TEXT), TEXT, HEADING, None, "1")


class WordReader:
    """Marks one word wherever it stands, by a margin of 4; elsewhere "none" wins by 3."""

    name = "words"

    def __init__(self, word: str) -> None:
        self.word = word
        self.shown: list[str] = []

    def read(self, question: str, passages: Sequence[str]) -> list[SpanScores]:
        self.shown.extend(passages)
        return [self._scores(passage) for passage in passages]

    def _scores(self, passage: str) -> SpanScores:
        spans = tuple(words(passage))
        hit = np.array([passage[start:end] == self.word for start, end in spans])
        logits = np.where(hit, 2.0, -1.5).astype(np.float32)
        return SpanScores(spans, logits, logits, 0.0)


def evidence(probabilities: Sequence[float]) -> list[Evidence]:
    """The sentences of the passage, ranked by these probabilities."""
    found = [
        Evidence(PASSAGE, 100 + start, 100 + end, TEXT[start:end], chance, np.zeros(1, np.float32))
        for (start, end), chance in zip(sentences(TEXT), probabilities, strict=True)
    ]
    return sorted(found, key=lambda item: -item.probability)


def test_a_sentence_is_read_between_its_neighbours_and_under_its_heading() -> None:
    ranked = evidence([0.1, 0.2, 0.9, 0.3, 0.1])
    window = window_around(ranked[0], ranked)
    assert window.text == f"{HEADING}\n{TEXT[sentences(TEXT)[1][0] : sentences(TEXT)[3][1]]}"
    edge = window_around(next(item for item in ranked if item.start == 100), ranked)
    assert [item.text for item in edge.sentences] == [TEXT[a:b] for a, b in sentences(TEXT)[:2]]


def test_the_reader_is_shown_every_stretch_once() -> None:
    reader = WordReader("cable")
    consult(reader, "What broke?", evidence([0.5, 0.45, 0.4, 0.45, 0.4]))
    assert len(reader.shown) == len(set(reader.shown)) == 5


def test_a_sentence_too_far_behind_to_come_first_is_not_read() -> None:
    reader = WordReader("cable")
    ranked = evidence([0.9, 0.85, 0.3, 0.2, 0.1])
    said = consult(reader, "What broke?", ranked)
    assert len(reader.shown) == 2
    assert place(ranked[-1]) not in said
    again = reread(ranked, said)
    everything = consult(reader, "What broke?", evidence([0.9, 0.85, 0.84, 0.84, 0.84])) | said
    assert again[0].text == reread(ranked, everything)[0].text
    # What was not read keeps its place by light reading.
    assert [item.text for item in again[-2:]] == [item.text for item in ranked[-2:]]


def test_every_sentence_seen_has_its_margin_and_a_span_of_the_document() -> None:
    ranked = evidence([0.5, 0.45, 0.4, 0.45, 0.4])
    said = consult(WordReader("cable"), "What broke?", ranked)
    margins = {item.text: said[place(item)].margin for item in ranked}
    assert margins["A cable broke."] == margins["The cable had been inspected."] == 4.0
    assert margins["It was replaced in June."] == -3.0
    broke = next(item for item in ranked if item.text == "A cable broke.")
    start, end = said[place(broke)].span
    assert TEXT[start - 100 : end - 100] == "cable"


def test_a_heading_is_no_answer() -> None:
    said = consult(WordReader("Bridges"), "What is it about?", evidence([0.5, 0.4, 0.3, 0.2, 0.1]))
    assert {found.margin for found in said.values()} == {-3.0}


def test_what_the_reader_marks_gains_and_what_it_was_not_to_see_stays_last() -> None:
    ranked = evidence([0.5, 0.5, 0.45, 0.2, 0.1])
    said = consult(WordReader("cable"), "What broke?", ranked[:4])
    unseen = ranked[-1]
    # As one that stands behind all that may be read again.
    ranked = [*ranked[:4], *[replace(ranked[3], start=900 + at) for at in range(9)], unseen]
    again = reread(ranked, said)
    assert again[0].text == "A cable broke."
    assert again[-1].text == unseen.text
    chances = [item.probability for item in again]
    assert chances == sorted(chances, reverse=True)
    assert sorted(item.start for item in again) == sorted(item.start for item in ranked)


def test_both_readings_are_added_in_log_odds() -> None:
    ranked = evidence([0.5, 0.4, 0.3, 0.2, 0.1])
    said = consult(WordReader("cable"), "What broke?", ranked)
    broke = next(item for item in ranked if item.text == "A cable broke.")
    again = next(item for item in reread(ranked, said) if item.text == broke.text)
    assert logit(again.probability) == pytest.approx(logit(broke.probability) + 0.4)
    assert review_features(0.5, broke, said).tolist() == pytest.approx([0.0, 0.4])


def test_a_margin_beyond_all_measure_counts_no_more_than_a_large_one() -> None:
    ranked = evidence([0.5, 0.4, 0.3, 0.2, 0.1])
    said = {place(ranked[0]): Said(1e6, (100, 101))}
    assert review_features(0.5, ranked[0], said).tolist() == pytest.approx([0.0, 1.0])


def test_without_anything_read_again_nothing_changes() -> None:
    ranked = evidence([0.5, 0.4, 0.3, 0.2, 0.1])
    assert reread(ranked, {}) == ranked
    assert review_features(0.5, ranked[0], {}).tolist() == [0.0, 0.0]
