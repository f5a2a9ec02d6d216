"""Late interaction over signs, and the order of the best candidates, reasoned out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes import KeywordEncoder, passages_of
from hypothesis import given
from hypothesis import strategies as st
from indexes import BRIDGE, HOUSING, create_index, put_all

from qa.answers.fusion import adjacent_pairs, behind, refine, repeats_last
from qa.index.late import late_scores, row_bytes
from qa.text import terms


def signs_of(tokens: list[list[float]]) -> bytes:
    return np.packbits(np.array(tokens) > 0, axis=1).tobytes()


def test_a_passage_scores_the_mean_of_the_nearest() -> None:
    query = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, -1.0, 0.0, 0.0]], np.float32)
    both = signs_of([[1, 1, 1, 1], [-1, -1, 1, 1]])
    neither = signs_of([[-1, 1, -1, 1]])
    # Each sign vector has length 2, so that a component of its unit vector is one half.
    assert late_scores(query, [both, neither]) == pytest.approx([0.5, -0.5])


def test_without_word_pieces_there_is_no_score() -> None:
    query = np.ones((2, 4), np.float32)
    assert late_scores(query, [b"", signs_of([[1, 1, 1, 1]]), b""]) == pytest.approx([0, 2, 0])
    assert late_scores(np.zeros((0, 4), np.float32), [signs_of([[1, 1, 1, 1]])]) == [0.0]
    assert late_scores(query, []) == []


@pytest.mark.parametrize("dimension", [5, 16, 384])
def test_many_passages_score_as_each_alone_and_as_the_definition_says(dimension: int) -> None:
    rng = np.random.default_rng(dimension)
    query = rng.standard_normal((7, dimension)).astype(np.float32)
    passages = [rng.standard_normal((rows, dimension)) for rows in (1, 700, 3, 900, 40)]
    stored = [np.packbits(each > 0, axis=1).tobytes() for each in passages]
    assert len(stored[1]) == 700 * row_bytes(dimension)
    expected = [
        float((query @ np.where(each > 0, 1, -1).T / dimension**0.5).max(axis=1).mean())
        for each in passages
    ]
    found = late_scores(query, stored)
    assert found == pytest.approx(expected, abs=1e-4)
    assert found == pytest.approx([late_scores(query, [each])[0] for each in stored], abs=1e-5)


def test_signs_rank_nearly_as_full_vectors_do() -> None:
    rng = np.random.default_rng(0)
    query = rng.standard_normal((12, 384)).astype(np.float32)
    passages = [
        np.concatenate(
            [rng.standard_normal((60, 384)), query * near + rng.standard_normal((12, 384))]
        )
        for near in np.linspace(0, 1, 20)
    ]
    full = [
        float((query @ (each / np.linalg.norm(each, axis=1, keepdims=True)).T).max(axis=1).mean())
        for each in passages
    ]
    signs = late_scores(query, [np.packbits(each > 0, axis=1).tobytes() for each in passages])
    assert np.corrcoef(np.argsort(np.argsort(full)), np.argsort(np.argsort(signs)))[0, 1] > 0.98


def test_the_index_keeps_what_late_interaction_needs(tmp_path: Path) -> None:
    encoder = KeywordEncoder()
    with create_index(tmp_path, encoder) as index:
        put_all(index, encoder, BRIDGE, HOUSING)
        first, second, third = (passage.id for passage in passages_of(BRIDGE))
        scores = index.late(encoder.encode_query("deck cable").tokens, [second, first, 12345])
        assert scores[0] > scores[1]
        assert scores[2] == 0.0
        assert index.terms([third, 12345]) == [
            " ".join(terms("Bridge report The contractor left")),
            "",
        ]


def test_the_head_is_ordered_anew_and_the_rest_stays_behind_it() -> None:
    fused = [(1, 0.9), (2, 0.8), (3, 0.7), (4, 0.6)]
    refined = refine(fused, {1: 0.1, 2: 0.3}, {1: 0.0, 2: 1.0}, late_weight=0.5)
    assert [key for key, _ in refined] == [2, 1, 3, 4]
    assert refined[0][1] == pytest.approx((0.4 + 0.5 + 0.2) / 1.2)
    assert refined[1][1] == pytest.approx(0.45 / 1.2)
    assert refined[2][1] == pytest.approx(0.45 / 1.2)
    assert refined[3][1] == pytest.approx(0.45 / 1.2 * 6 / 7)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(-1, 1), st.floats(0, 1)), max_size=8),
    st.integers(0, 8),
    st.floats(0, 1),
)
def test_refined_scores_fall_and_stay_between_nought_and_one(
    signals: list[tuple[float, float, float]], head: int, weight: float
) -> None:
    scores = sorted((each[0] for each in signals), reverse=True)
    fused = list(enumerate(scores))
    late = {key: signals[key][1] for key, _ in fused[:head]}
    pairs = {key: signals[key][2] for key, _ in fused[:head]}
    refined = refine(fused, late, pairs, late_weight=weight)
    assert sorted(key for key, _ in refined) == sorted(key for key, _ in fused)
    values = [score for _, score in refined]
    assert values == sorted(values, reverse=True)
    assert all(0 <= value <= 1 + 1e-9 for value in values)


def test_a_tail_of_lower_scores_is_left_as_it_is() -> None:
    assert behind([(1, 0.5)], [(2, 0.4)]) == [(2, 0.4)]
    assert behind([(1, 0.2)], [(2, 0.4), (3, 0.1)]) == [(2, 0.2), (3, pytest.approx(0.05))]
    assert behind([], [(2, 0.4)]) == [(2, 0.4)]
    assert behind([(1, 0.0)], [(2, 0.0)]) == [(2, 0.0)]


def test_what_repeats_the_same_document_goes_behind_the_head() -> None:
    said = " ".join(f"word{n}" for n in range(20))
    nearly = said.replace("word3 ", "another ")
    held = {1: said, 2: nearly, 3: said, 4: "other words"}
    uris = {1: "a", 2: "a", 3: "b", 4: "a", 5: "a"}
    scored = [(1, 0.9), (2, 0.8), (3, 0.7), (4, 0.6), (5, 0.5)]
    found = repeats_last(scored, held, uris)
    assert [key for key, _ in found] == [1, 3, 4, 2, 5]  # in another document it is another finding
    values = [score for _, score in found]
    assert values == sorted(values, reverse=True)
    assert repeats_last(scored[2:], held, uris) == scored[2:]
    half = {1: said, 2: " ".join(f"word{n}" for n in range(10, 30))}
    assert repeats_last(scored[:2], half, uris) == scored[:2]


def test_pairs_are_of_neighbouring_terms() -> None:
    asked = terms("the north span of the Denby Bridge")
    passage = " ".join(terms("Defects of the north span of Denby; a bridge."))
    assert adjacent_pairs(asked, passage) == 1.0  # stop words and marks do not part them
    assert adjacent_pairs(
        asked, " ".join(terms("The span, north of Denby Bridge"))
    ) == pytest.approx(1 / 3)
    assert adjacent_pairs(["bridg"], "bridg bridg") == 0.0
    assert adjacent_pairs(["north", "span"], "north spanner") == 0.0
