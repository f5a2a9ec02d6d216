"""One question put to the reviews side by side: who is asked, what of, and who is silent."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import KeywordEncoder

import qa
from qa.answers import Answerer, compare
from qa.answers.comparing import of_each
from qa.answers.naming import Names, names_of
from qa.index import Index
from qa.types import TextVectors

HOW_MANY = "How many recommendations did {} make?"


def summary(review: str, author: str = "", title: str = "") -> qa.DocumentSummary:
    meta = {"review": review, "author": author, "published": "2016-03-01"}
    return qa.DocumentSummary(f"{review}.md", title or review, meta, "0" * 64, 0, 9, "2020-01-01")


@pytest.fixture(scope="module")
def names() -> Names:
    return names_of(
        [
            summary("Denby 2019", "Ann Mason", "Inspection of Denby Bridge (2019)"),
            summary("Wenning", "John Weir", "Review of flood warnings on the River Wenning"),
            summary("Flood Committee", "", "Report of the Flood Committee"),
        ]
    )


@pytest.fixture(scope="module")
def assistant(reviews_index: Path) -> Iterator[qa.Assistant]:
    with qa.open(reviews_index) as opened:
        yield opened


@pytest.fixture(scope="module")
def small(small_index: Path) -> Iterator[qa.Assistant]:
    with qa.open(small_index) as opened:
        yield opened


# --- who speaks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What did Denby find?", "What did it find?"),
        ("what did denby say about mortar", "what did it say about mortar"),
        ("Did Professor Ann Mason recommend sirens?", "Did it recommend sirens?"),
        ("How many gauges did the Wenning Review propose?", "How many gauges did it propose?"),
        ("What did the Flood Committee also conclude?", "What did it also conclude?"),
        ("What did Denby and Wenning say?", "What did it say?"),
        ("According to the Wenning report, how many were late?", "According to it, how many"),
        ("How many were recommended by Weir?", "How many were recommended by it?"),
        ("What is in the Denby report of 2019?", "What is in it?"),
    ],
)
def test_the_review_that_speaks_gives_way(question: str, asked: str, names: Names) -> None:
    assert of_each(question, names).startswith(asked)


@pytest.mark.parametrize(
    "question",
    [
        "What did it say about Denby?",
        "What happened in Denby?",
        "Did Denby Council say when?",
        "What did critics of Weir say?",
        "What did the authors of the Wenning review say?",
        "What did the response to the Denby report say?",
        "How many gauges did the council buy?",
        "Why?",
        "",
    ],
)
def test_what_is_spoken_of_stays(question: str, names: Names) -> None:
    assert of_each(question, names) == question


def test_the_review_that_is_named_pulls_no_row(assistant: qa.Assistant) -> None:
    named = assistant.compare(HOW_MANY.format("Drew"))
    plain = assistant.compare(HOW_MANY.format("it"))
    assert named.question == HOW_MANY.format("Drew")
    assert named.query == plain.query == HOW_MANY.format("it")
    assert named.rows == plain.rows
    # No other review is asked about Drew, which each would decline.
    assert sum(row.confidence > 0.1 for row in named.rows) > 1


# --- the rows ---------------------------------------------------------------------------------


def test_every_review_has_a_row_in_the_order_of_the_documents(assistant: qa.Assistant) -> None:
    compared = assistant.compare("Did it recommend mandatory reporting?")
    documents = assistant.documents()
    assert [row.review for row in compared.rows] == [each.review for each in documents]
    assert [row.uris for row in compared.rows] == [(each.uri,) for each in documents]
    rows = {row.review: row for row in compared.rows}
    assert rows["IICSA"].citation is not None
    assert "mandatory" in rows["IICSA"].citation.quote
    assert rows["Linden"].silent
    assert compared.seconds > 0


def test_each_row_is_what_asking_that_review_alone_gives(assistant: qa.Assistant) -> None:
    question = "How many victims were identified?"
    compared = assistant.compare(question, reviews=["Stovewood", "Drew", "Newcastle"])
    for row in compared.rows:
        answer = assistant.ask(question, reviews=[row.review])
        assert row.confidence == answer.confidence
        assert row.silent is (answer.outcome == "not_found") is (row.outcome == "not_found")
        if row.citation is None:
            assert row.short == ""
            continue
        best = dataclasses.replace(answer.citations[0], number=row.citation.number)
        assert (row.citation, row.short, row.outcome) == (best, answer.short, answer.outcome)
        document = assistant.document(row.citation.uri)
        assert document.text[row.citation.start : row.citation.end] == row.citation.quote
    assert {row.silent for row in compared.rows} == {False, True}
    numbers = [citation.number for citation in compared.citations]
    assert numbers == list(range(1, len(numbers) + 1))


def test_reviews_are_named_in_any_case_and_stand_as_given(small: qa.Assistant) -> None:
    compared = small.compare("What was found?", reviews=["wenning", "DENBY", "Wenning"])
    assert [row.review for row in compared.rows] == ["Wenning", "Denby"]
    assert small.compare("What was found?", reviews=[]).rows == ()


def test_an_unknown_review_is_told_as_it_is_when_asked(small: qa.Assistant) -> None:
    with pytest.raises(qa.QAError) as asked:
        small.ask("What was found?", reviews=["Denbi"])
    with pytest.raises(qa.QAError) as compared:
        small.compare("What was found?", reviews=["Denby", "Denbi"])
    assert (str(compared.value), compared.value.hint) == (str(asked.value), asked.value.hint)
    assert "did you mean" in compared.value.hint


def test_a_question_of_nothing_leaves_all_silent(small: qa.Assistant) -> None:
    for question in ("", "  ", "?"):
        rows = small.compare(question).rows
        assert [(row.silent, row.outcome) for row in rows] == [(True, "not_found")] * 2


def test_it_becomes_json_with_the_names_of_its_fields(small: qa.Assistant) -> None:
    compared = small.compare("How many defects were found in the masonry of the north span?")
    said = json.loads(json.dumps(compared.to_dict()))
    assert list(said) == ["question", "query", "rows", "seconds"]
    assert list(said["rows"][0]) == [each.name for each in dataclasses.fields(qa.ComparisonRow)]
    quotes = [row["citation"]["quote"] for row in said["rows"] if row["citation"]]
    assert quotes == [citation.quote for citation in compared.citations]
    assert "11 defects" in quotes[0]


def test_a_review_of_several_documents_is_one_row(tmp_path: Path, models: Path) -> None:
    shutil.copytree(models, tmp_path / "models")
    texts = {
        "one.txt": "The survey of the river was begun in May 2014 by the Rivers Trust.",
        "two.txt": "The survey measured the depth of the river at 64 places.",
        "other.txt": "The town hall has a clock and a garden.",
    }
    review = {"one.txt": "Survey", "two.txt": "survey", "other.txt": "Hall"}
    documents = [
        qa.Document.from_text(uri, uri, text, review=review[uri]) for uri, text in texts.items()
    ]
    qa.build(documents, tmp_path)
    # Each says what it has, however unlikely that is to answer.
    with qa.open(tmp_path, settings=qa.Settings(threshold=0.0)) as assistant:
        survey, hall = assistant.compare("At how many places was the depth measured?").rows
    assert (hall.review, hall.confidence < survey.confidence) == ("Hall", True)
    assert survey.uris == ("one.txt", "two.txt")
    assert survey.citation is not None
    assert (survey.citation.uri, survey.citation.number) == ("two.txt", 1)
    assert survey.short == "64"


# --- conversations ----------------------------------------------------------------------------


def test_a_follow_up_leans_on_the_conversation(assistant: qa.Assistant) -> None:
    before = [qa.Turn("How many recommendations did Drew make?", "11")]
    compared = assistant.compare("And when was it published?", reviews=["Jay"], history=before)
    assert compared.query != compared.question
    assert "published" in compared.query
    assert "Drew" not in compared.query  # that would put the question to Drew alone


@pytest.mark.parametrize("speaker", ["it", "Drew", "the Jay report"])
def test_what_the_reviews_are_asked_leans_on_nothing(assistant: qa.Assistant, speaker: str) -> None:
    question = f"Did {speaker} recommend mandatory reporting?"
    before = [qa.Turn("How many people were arrested in Sheffield?", "")]
    leaning = assistant.compare(question, reviews=["IICSA"], history=before)
    assert leaning.query == "Did it recommend mandatory reporting?"
    assert leaning.rows == assistant.compare(question, reviews=["IICSA"]).rows


def test_the_question_is_encoded_once(index: Index) -> None:
    class Counting(KeywordEncoder):
        def encode_query(self, query: str) -> TextVectors:
            asked.append(query)
            return super().encode_query(query)

    asked: list[str] = []
    counting = Counting()
    documents = index.documents()
    answerer = Answerer(index, counting, qa.Settings())
    compared = compare(answerer, "What was found of the bridge?", documents=documents)
    assert len(compared.rows) == len(documents) == 2
    assert asked.count("What was found of the bridge?") == 1
