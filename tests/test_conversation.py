"""Conversations: what a follow-up leans on, and that what stands alone is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import KeywordEncoder

import qa
from qa.answers.answering import READ
from qa.answers.conversation import resolve
from qa.answers.leaning import follows_on, retold
from qa.answers.naming import Names, names_of
from qa.answers.questions import analyse
from qa.assistant import Assistant
from qa.types import DocumentSummary, Turn

BRIDGES = "How many bridges did the Denby review close in Selby?"


def summary(uri: str, **meta: str) -> DocumentSummary:
    return DocumentSummary(uri, meta["review"], meta, "", 0, 1, "2024-01-01T00:00:00Z")


DOCUMENTS = (
    summary("denby.md", review="Denby", author="Mary Stone"),
    summary("wenning.md", review="Wenning", author="Rivers Board"),
)


@pytest.fixture
def names() -> Names:
    return names_of(DOCUMENTS)


@pytest.fixture(scope="module")
def assistant(reviews_index: Path) -> Iterator[Assistant]:
    with qa.open(reviews_index) as opened:
        yield opened


def last(assistant: Assistant, *questions: str) -> qa.Answer:
    """The answer to the last of the questions, asked in one conversation."""
    history: list[Turn] = []
    for question in questions:
        history.append(Turn(question, assistant.ask(question, history=history)))
    answer = history[-1].answer
    assert isinstance(answer, qa.Answer)
    return answer


@pytest.mark.parametrize(
    ("question", "leans"),
    [
        ("who is denby, what was she before", False),
        ("wasn't it a flood that set off the denby review? which one", False),
        ("Was it Denby or Wenning where gauges were found to fail?", False),
        ("What was the first thing that inspectors recommended to owners?", False),
        ("Who said he felt reassured by the owners of the bridges?", False),
        ("how much did denby cost", False),
        ("Why did it take the owners so long to close the bridges?", False),
        ("How long did it take?", True),
        ("Why?", True),
        ("Is there a website where gauge levels are shown?", False),
        ("What was the cost before that?", True),
        ("What did the second one say about gauges and sirens?", True),
        ("Did anyone give a different figure later?", True),
        ("Was there another?", True),
        ("How did they react to it?", True),
        ("What about Wenning?", True),
    ],
)
def test_names_and_pronouns_tell_what_stands_alone(
    names: Names, question: str, leans: bool
) -> None:
    assert follows_on(analyse(question), names) is leans


def test_a_question_that_names_its_document_is_searched_as_it_is(names: Names) -> None:
    question = "How many gauges did the Wenning review recommend?"
    history = [Turn(BRIDGES, "It closed eleven.")]
    resolved = resolve(question, history, names=names, documents=DOCUMENTS)
    assert resolved.question == analyse(question)
    assert (resolved.uris, dict(resolved.context), resolved.beside) == ((), {}, ())


def test_a_question_without_a_document_leans_a_little_on_the_subject(names: Names) -> None:
    history = [Turn(BRIDGES, "It closed eleven viaducts.")]
    resolved = resolve("Which firm inspected the masonry?", history, names=names)
    assert resolved.question.text == "Which firm inspected the masonry?"
    assert resolved.context["selbi"] == 0.25
    assert resolved.context["viaduct"] == 0.2
    assert resolved.beside == ()


def test_a_question_that_says_it_too_is_left_out(names: Names) -> None:
    history = [Turn(BRIDGES, "Eleven."), Turn("Who wrote it?", "Mary Stone.")]
    asked = resolve("When was it published?", history, names=names).question.text
    assert asked == f"{BRIDGES} When was it published?"


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("When did she report?", "When did Mary Stone report?"),
        ("When was her report published?", "When was Mary Stone's report published?"),
        ("Who spoke to her?", "Who spoke to Mary Stone?"),
    ],
)
def test_her_name_takes_the_place_of_she(question: str, asked: str) -> None:
    history = [Turn("Who led the Denby review?", "Mary Stone led it.")]
    resolved = resolve(question, history)
    assert resolved.asked == asked
    assert resolved.question.terms["stone"] == 1.0
    assert resolved.question.terms["mari"] == 0.25


def test_what_is_asked_of_a_number_is_searched_with_its_question() -> None:
    resolved = resolve("Has that number been revised?", [Turn(BRIDGES, "Eleven.")]).question
    assert resolved.text == f"{BRIDGES} Has that number been revised?"
    assert (resolved.terms["revis"], resolved.terms["bridg"]) == (1.0, 0.5)


def test_the_vector_of_a_follow_up_is_drawn_towards_what_was_said() -> None:
    encoder = KeywordEncoder()
    history = [Turn("Which bridge failed?", "The pier in the river.")]
    vectors = resolve("Why did it flood?", history).vectors(encoder.encode_query)
    own = encoder.encode_query("Why did it flood?")
    assert np.linalg.norm(vectors.vector) == pytest.approx(1.0)
    assert vectors.vector @ encoder.encode_query("pier").vector > 0.3
    assert vectors.vector @ own.vector > 0.7
    assert vectors.tokens.tolist() == own.tokens.tolist()


@pytest.mark.parametrize(
    ("first", "then", "places"),
    [
        ("Did Drew find that officers in Rotherham ignored it?", "And in Sheffield?", "Sheffield"),
        ("What did the Drew Review find in Rotherham?", "And Sheffield?", "Sheffield"),
        (
            "How did the police in Rotherham respond, according to Drew?",
            "What about Barnsley and Doncaster?",
            "Barnsley Doncaster",
        ),
        ("What did the Drew Review say about Sheffield?", "how about doncaster", "Doncaster"),
        ("What did the Drew Review say about Sheffield?", "And about Doncaster?", "Doncaster"),
    ],
)
def test_another_place_takes_the_place_of_the_first(
    assistant: Assistant, first: str, then: str, places: str
) -> None:
    answer = last(assistant, first, then)
    assert answer.query in (f"{first} {then}", retold(then, first))
    assert answer.citations[0].review == "Drew"
    read = " ".join(hit.passage.text for hit in answer.hits if hit.rank <= READ)
    assert all(place in read for place in places.split())
    quoted = " ".join(citation.quote for citation in answer.citations)
    assert any(place in quoted for place in places.split())


@pytest.mark.parametrize(
    ("questions", "review", "held"),
    [
        (["What did the Jay Report say about the police?", "Who wrote it?"], "Jay", "Alexis Jay"),
        (
            ["What did Jay say about the police?", "Who wrote it?", "Who commissioned it?"],
            "Jay",
            "Rotherham Metropolitan Borough Council",
        ),
        (
            ["What did the Newcastle serious case review find?", "Who wrote that?"],
            "Newcastle",
            "David Spicer",
        ),
        (
            ["What did the Telford inquiry recommend?", "When was it published?"],
            "Telford",
            "12 July 2022",
        ),
    ],
)
def test_it_is_the_document_that_was_asked_about(
    assistant: Assistant, questions: list[str], review: str, held: str
) -> None:
    answer = last(assistant, *questions)
    assert {citation.review for citation in answer.citations[:2]} & {review}
    assert any(held in hit.passage.text for hit in answer.hits if hit.rank <= 4)


FOLLOWED = [
    (["Who wrote the Jay report?", "How many did she interview?"], "over 100 people"),
    (["Who wrote the Drew Review?", "How many people did he meet?"], "150 people"),
    (
        [
            "How many convictions had Stovewood achieved by September 2024?",
            "Is it still taking new cases?",
        ],
        "no new Operation Stovewood investigations",
    ),
    (
        ["How many officers did Operation Linden investigate?", "Did any lose their jobs?"],
        "written warnings",
    ),
]


def test_follow_ups_find_what_they_ask_for(assistant: Assistant) -> None:
    quoted = 0
    for questions, held in FOLLOWED:
        answer = last(assistant, *questions)
        read = " ".join(hit.passage.text for hit in answer.hits if hit.rank <= READ)
        assert held in read, questions
        quoted += held in " ".join(citation.quote for citation in answer.citations)
    # Which sentence is quoted of what was found is for the weights of the reading to say.
    assert quoted >= len(FOLLOWED) - 1


@pytest.mark.parametrize(
    "then",
    [
        "Has that number been revised?",
        "Were there later figures?",
        "Has the figure been updated since?",
    ],
)
def test_a_number_is_followed_to_its_later_counts(assistant: Assistant, then: str) -> None:
    first = "How many children did the Jay Report say were exploited in Rotherham?"
    answer = last(assistant, first, then)
    found = [hit.passage for hit in answer.hits]
    assert all(any(count in passage.text for passage in found) for count in ("1,523", "1,143"))
    assert len({passage.uri for passage in found}) > 1
    quoted = " ".join(citation.quote for citation in answer.citations)
    assert "1,523" in quoted


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("Who wrote the Jay report?", "What did Ofsted's thematic inspection find?"),
        ("How many convictions had Stovewood achieved?", "How long did the Drew Review take?"),
        ("What did Drew say about Sheffield?", "How many recommendations did Telford make?"),
    ],
)
def test_a_new_subject_owes_the_conversation_nothing(
    assistant: Assistant, first: str, then: str
) -> None:
    answer, alone = last(assistant, first, then), assistant.ask(then)
    assert (answer.query, answer.citations, answer.hits) == (then, alone.citations, alone.hits)


@pytest.mark.parametrize(
    ("before", "question", "whole"),
    [
        ("What did the inquiry find about gauges?", "And about sluices?", "sluices?"),
        ("What did the inquiry find about gauges?", "what about old sluices", "old sluices?"),
        ("What did the inquiry find about gauges?", "about sluices", "sluices?"),
        ("What did the inquiry find about gauges?", "And about the wardens?", "the wardens?"),
        ("What did the inquiry find about gauges?", "And about Selby?", "Selby?"),
        ("What does it say on gauges in Selby?", "and on sluices", "sluices?"),
        ("What does it say on gauges in Selby?", "What about Leeds?", ""),
        ("What did Denby find about gauges?", "And about Wenning?", ""),
        ("What did it say about gauges in the Denby review?", "And about sluices?", ""),
        ("What did the inquiry find about gauges?", "And about when it met?", ""),
        ("What did the inquiry find about gauges?", "And the sluices?", ""),
        ("What did the inquiry find about gauges?", "On what date?", ""),
        ("When did the article about gauges appear?", "And about sluices?", ""),
        ("Who led the inquiry?", "And about sluices?", ""),
    ],
)
def test_another_topic_takes_the_place_of_the_one_before(
    names: Names, before: str, question: str, whole: str
) -> None:
    begun = before[: before.index(" gauges") + 1] if whole else ""
    assert retold(question, before, names) == (f"{begun}{whole}" or question)


def test_another_topic_is_searched_without_the_one_before(names: Names) -> None:
    history = [
        Turn(f"What did Denby find about {topic}?" if not at else f"And about {topic}?", "")
        for at, topic in enumerate(("gauges", "sirens"))
    ]
    resolved = resolve("What about sluices?", history, names=names, documents=DOCUMENTS)
    assert resolved.question.text == "What did Denby find about sluices?"
    leaning = resolve("Who mended them?", history, names=names, documents=DOCUMENTS)
    assert leaning.question.text == "What did Denby find about sirens? Who mended them?"
