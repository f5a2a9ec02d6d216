"""Words, sentences and paragraphs: offsets point where they say, whatever the text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import text

HOSTILE = st.text(max_size=400) | st.text(
    alphabet="aB. 1,4\n\t“”'’()•-–é\u00ad\x00\u200b😀?!", max_size=200
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("It rained. It poured.", ["It rained.", "It poured."]),
        ("Dr. Drew met 150 people. He wrote.", ["Dr. Drew met 150 people.", "He wrote."]),
        ('He said: "No." The board met.', ['He said: "No."', "The board met."]),
        ("See No. 5 and para. 7.12 of it.", ["See No. 5 and para. 7.12 of it."]),
        ("Was it late? Yes! It was.", ["Was it late?", "Yes!", "It was."]),
        ("J. R. Smith wrote it. A. Jay did not.", ["J. R. Smith wrote it.", "A. Jay did not."]),
        ("About 3.5 million homes, e.g. flats.", ["About 3.5 million homes, e.g. flats."]),
        ("12. The Board agreed. It met.", ["12. The Board agreed.", "It met."]),
        ("“It was late.” The board met.", ["“It was late.”", "The board met."]),
        ("The items:\n• one\n• two", ["The items:", "• one", "• two"]),
        ("", []),
    ],
)
def test_sentences_are_those_a_reader_would_see(written: str, expected: list[str]) -> None:
    assert [written[start:end] for start, end in text.sentences(written)] == expected


def test_sentences_of_a_part_have_offsets_in_the_whole() -> None:
    whole = "Left out. One here. Two here. Left out."
    found = text.sentences(whole, 10, 29)
    assert [whole[start:end] for start, end in found] == ["One here.", "Two here."]


@given(HOSTILE)
def test_sentences_keep_every_word_once_and_in_order(written: str) -> None:
    spans = text.sentences(written)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    kept = "".join("".join(written[start:end].split()) for start, end in spans)
    assert kept == "".join(written.split())


@given(HOSTILE)
def test_paragraphs_keep_every_word_once_and_in_order(written: str) -> None:
    spans = text.paragraph_spans(written)
    kept = "".join("".join(written[start:end].split()) for start, end in spans)
    assert kept == "".join(written.split())
    assert all("\n\n" not in written[start:end] for start, end in spans)


@given(HOSTILE)
def test_normalising_twice_changes_nothing_more(written: str) -> None:
    once = text.normalise(written)
    assert text.normalise(once) == once
    assert "\r" not in once
    assert "\x00" not in once


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1,400 children", ["1400", "children"]),
        ("2012–2013", ["2012", "2013"]),
        ("para 7.12", ["para", "7.12"]),
        ("Eleven of 11", ["11", "11"]),
        ("Who wrote and led it", ["write", "lead"]),
        ("Drew's Recommendations", ["drew", "recommend"]),
        ("café CAFÉ", ["cafe", "cafe"]),
        ("70% of the councillors", ["70", "councillor"]),
        ("", []),
    ],
)
def test_terms_fold_what_means_the_same(written: str, expected: list[str]) -> None:
    assert text.terms(written) == expected


def test_a_query_of_stop_words_alone_is_searched_by_them() -> None:
    assert text.query_terms("who is he") == ["who", "is", "he"]
    assert text.query_terms("who is Drew") == ["drew"]


@given(HOSTILE)
def test_terms_never_raise_and_are_never_empty(written: str) -> None:
    assert all(text.terms(written))
    assert all(term and " " not in term for term in text.query_terms(written))


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("7.12 The force", "7.12"),
        ("23. The Board", "23"),
        ("(4.1) Text", "4.1"),
        ("2014 was a year", ""),
        ("No number", ""),
        ("3.5", ""),
    ],
)
def test_a_printed_paragraph_number_is_recognised(written: str, label: str) -> None:
    assert text.paragraph_label(written) == label


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("Recommendation 4: The force should", "Recommendation 4"),
        ("Recommendation 4", "Recommendation 4"),
        ("RECOMMENDATION 12(b). That the", "Recommendation 12(b)"),
        ("Recommendation 4a The force should", "Recommendation 4a"),
        ("Recommendation 1.2 – Training", "Recommendation 1.2"),
        ("Recommendation R7: Training", "Recommendation R7"),
        ("Recommendation 7a) iii)", "Recommendation 7a) iii)"),
        ("Recommendation seventeen: Training", "Recommendation seventeen"),
        ("Recommendation 4 says that the force should", ""),
        ("Recommendation 4, which says that", ""),
        ("Recommendations 4 and 5: The force", ""),
        ("Recommendation: The force should", ""),
        ("As recommendation 4: the force", ""),
        ("7.12 Recommendation 4: the force", "7.12"),
    ],
)
def test_a_recommendation_is_recognised_by_its_first_words(written: str, label: str) -> None:
    assert text.paragraph_label(written) == label


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("7.12", "paragraph 7.12"),
        ("B3.4", "paragraph B3.4"),
        ("Recommendation 12(b)", "Recommendation 12(b)"),
        ("", ""),
    ],
)
def test_a_label_is_told_as_people_would_say_it(label: str, words: str) -> None:
    assert text.paragraph_words(label) == words


def test_token_estimate_counts_long_words_several_times() -> None:
    assert text.token_estimate("a b c.") == 4
    assert text.token_estimate("recommendations") == 2
    assert text.token_estimate("skip this", 5) == 1
