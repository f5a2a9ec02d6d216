"""Who did what is asked is told from who merely stands beside it."""

from __future__ import annotations

import pytest

from qa.answers.agents import deed_of, doers
from qa.answers.spans import spans_of


def told(question: str, sentence: str) -> list[str]:
    deed = deed_of(question)
    assert deed is not None
    return [sentence[slice(*span)] for span in doers(sentence, spans_of("agent", sentence), deed)]


WRITTEN = (
    "The Mason Review was a review of how Denbyshire Police kept its bridges (KIB), written by "
    "Professor Ann Mason and published in May."
)


@pytest.mark.parametrize(
    ("question", "sentence", "names"),
    [
        ("Who wrote the Mason Review?", WRITTEN, ["Professor Ann Mason"]),
        ("How many did Mason count? And who wrote it?", WRITTEN, ["Professor Ann Mason"]),
        ("Who inspected it?", "Ann Mason QC (now KC) also inspected it.", ["Ann Mason"]),
        ("Who inspected it?", "Ann Mason was inspected by doctors.", []),
        ("Who inspected it?", "The bridge was first inspected by Ann Mason.", ["Ann Mason"]),
        ("Who was the chair?", "Ann Mason, the chair of the board, left.", ["Ann Mason"]),
        ("Who was the chair?", "The chair of the board was Ann Mason.", ["Ann Mason"]),
        ("Who was the chair?", "The chair wrote to Ann Mason.", []),
        ("Who chairs it?", "The Rivers Agency’s group met under its chair.", []),
        ("Who carried it out?", "It made two points for Denbyshire Police to carry out.", []),
        (
            "Who ran the works?",
            "Requested by the Denby Council, the works are run by the Rivers Agency.",
            ["Rivers Agency"],
        ),
        (
            "Which body commissioned it?",
            "It was commissioned by Denby Metropolitan Borough Council in May.",
            ["Denby Metropolitan Borough Council"],
        ),
    ],
)
def test_who_did_it(question: str, sentence: str, names: list[str]) -> None:
    assert told(question, sentence) == names


@pytest.mark.parametrize(
    "question",
    ["Who did Mason meet?", "Why did it close?", "Who was Mason not allowed to meet?", "who", ""],
)
def test_where_nobody_is_asked_to_have_done_it(question: str) -> None:
    assert deed_of(question) is None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann Mason OBE spoke to Henry III.", ["Ann Mason"]),
        ("Its Joint Serious Case Review met.", []),
        ("the keeping of bridges (KOB) by the Rivers Agency (RAG)", ["Rivers Agency", "RAG"]),
    ],
)
def test_what_is_a_person_or_body(text: str, names: list[str]) -> None:
    assert [text[slice(*span)] for span in sorted(spans_of("agent", text))] == names
