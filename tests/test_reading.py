"""Sentences weighed and picked, with an encoder whose similarities are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import KeywordEncoder

from qa.answers.describing import FEATURES, rarity
from qa.answers.evidence import Evidence, shipped_weights, weigh, weights_from
from qa.answers.questions import analyse
from qa.answers.quoting import Quote
from qa.answers.reading import Reading, read, say_the_same, verdict_features
from qa.answers.shorts import new_spans
from qa.types import Hit, Passage, WordPieces

TEXT = "The bridge was closed in May 2014. The council set the rent at £90. A cable broke."
PASSAGE = Passage(1, "report.md", 100, 100 + len(TEXT), TEXT, "A report > Bridges", None, "1")
HIT = Hit(PASSAGE, 0.8, 1, {"lexical": 3.0, "dense": 0.5, "late": 0.25})


def pieces_of(encoder: KeywordEncoder, text: str) -> WordPieces:
    found = encoder.encode_query(text)
    return WordPieces(found.spans, found.tokens)


def evidence_for(question: str) -> list[Evidence]:
    encoder = KeywordEncoder()
    return weigh(
        analyse(question),
        [HIT],
        asked=encoder.encode_query(question),
        pieces=[pieces_of(encoder, f"{PASSAGE.heading}\n{PASSAGE.text}")],
        frequencies=dict.fromkeys(analyse(question).terms, 1),
        passages=10,
        weights=shipped_weights(),
    )


def feature(item: Evidence, name: str) -> float:
    return float(item.features[FEATURES.index(name)])


def test_every_sentence_is_weighed_and_stands_at_its_place() -> None:
    found = evidence_for("When was the bridge closed?")
    assert len(found) == 3
    for item in found:
        assert TEXT[item.start - 100 : item.end - 100] == item.text
        assert 0 < item.probability < 1
        assert np.isfinite(item.features).all()
    assert found[0].text == "The bridge was closed in May 2014."


def test_the_features_say_what_their_names_say() -> None:
    closed, rent, cable = sorted(
        evidence_for("When was the bridge closed?"), key=lambda item: item.start
    )
    assert feature(closed, "words") == 1.0
    assert feature(rent, "words") == 0.0
    assert feature(rent, "words_headed") == pytest.approx(0.5)  # "Bridges" stands in the heading
    assert feature(closed, "kind_held") == feature(cable, "kind_missing") == 1.0
    assert feature(closed, "tokens") > feature(cable, "tokens_own")
    assert (feature(closed, "passage_dense"), feature(closed, "passage_late")) == (0.5, 0.25)


def test_what_the_question_says_is_not_its_answer() -> None:
    assert new_spans(analyse("Did they say when, in May 2014?"), "It was in May 2014.") == []
    asked = analyse("Which officers did Drew name?")
    sentence = "Professor John Drew met Mary Stone."
    assert [sentence[a:b] for a, b in new_spans(asked, sentence)] == ["Mary Stone"]


def test_names_are_told_from_the_documents_where_nothing_is_capital() -> None:
    closed = min(evidence_for("was the wenning bridge closed"), key=lambda item: item.start)
    assert feature(closed, "names") == 1.0  # "wenning" stands nowhere, so it is no known name
    asked = min(evidence_for("was the Wenning bridge closed"), key=lambda item: item.start)
    assert feature(asked, "names") == 0.0


def test_a_rare_term_weighs_more() -> None:
    assert rarity("a", {"a": 1}, 100) > rarity("a", {"a": 50}, 100) > 0
    assert rarity("a", {}, 0) > 0


def reading_of(question: str, passage: Passage, **frequencies: int) -> Reading:
    """What one passage says to the question, in one quote."""
    encoder = KeywordEncoder()
    return read(
        analyse(question),
        [replace(HIT, passage=passage)],
        asked=encoder.encode_query(question),
        pieces=[pieces_of(encoder, f"{passage.heading}\n{passage.text}")],
        frequencies=frequencies,
        passages=10,
        most=1,
    )


def test_reading_picks_quotes_and_the_short_answer() -> None:
    reading = reading_of("When was the bridge closed?", PASSAGE, bridg=1, close=1)
    closed = "The bridge was closed in May 2014."
    assert reading.chosen == (Quote("report.md", 100, 100 + len(closed), closed),)
    assert reading.short == "May 2014"
    assert 0 <= reading.probability <= 1


@pytest.mark.parametrize(
    ("question", "sentence", "short"),
    [
        ("How many suspects were there?", "It found 57 victims and 97 potential suspects.", "97"),
        ("How many lights failed?", "Some 17 of the 40 lights failed.", "40"),
        ("How many lights failed?", "It took 12 days.", ""),
        ("How many of the lights failed?", "Of 40 lights in all 17 failed at once.", "17"),
        ("How many lights in 2019?", "It had 40 lights in 2018 and 30 in 2019.", ""),
        ("When was it closed?", "Closed in 2014, it was opened in 2016.", ""),
        ("When was it closed?", "Closed on October 7, 2014, it stayed so.", "October 7, 2014"),
        ("Who closed it?", "Ann Mason told Denbyshire Police that it is shut.", ""),
        ("Who closed it?", "Ann Mason told Denbyshire Police, who closed it.", "Denbyshire Police"),
        ("What is it made of?", "It is made of 12 stones.", ""),
    ],
)
def test_no_short_answer_is_given_that_the_sentence_does_not_tell(
    question: str, sentence: str, short: str
) -> None:
    passage = Passage(1, "a.md", 0, len(sentence), sentence, "Bridge", None, "")
    assert reading_of(question, passage).short == short


def test_without_passages_nothing_is_read() -> None:
    reading = read(
        analyse("When?"),
        [],
        asked=KeywordEncoder().encode_query("When?"),
        pieces=[],
        frequencies={},
        passages=0,
        most=3,
    )
    assert (reading.chosen, reading.short, reading.probability) == ((), "", 0.0)


def test_the_verdict_is_reached_on_as_many_figures_as_it_was_fitted_to() -> None:
    found = evidence_for("When was the bridge closed?")
    row = verdict_features(analyse("When was the bridge closed?"), found)
    assert row.shape == shipped_weights().verdict.weight.shape


def test_texts_that_say_the_same_are_known() -> None:
    assert say_the_same("The bridge was closed in May.", "In May 2014 the bridge was closed.")
    assert not say_the_same("The bridge was closed in May.", "The rent was set in June.")
    assert not say_the_same("", "The rent was set in June.")


def test_weights_for_other_features_are_refused() -> None:
    with pytest.raises(ValueError, match="other features"):
        weights_from({"features": ["meaning"]})


def test_weights_come_with_the_package() -> None:
    file = Path(__file__).resolve().parents[1] / "src" / "qa" / "answers" / "weights.json"
    assert file.stat().st_size < 20_000
    assert shipped_weights() is shipped_weights()
