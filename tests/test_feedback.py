"""Answers that a person marked: read, made into questions, written, and run by `qa eval`."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from runs import make_answer

import qa
from qa.chatting import Chat
from qa.evaluation import SetQuestion, evaluate, question_of, read_questions, write_questions
from qa.exports import (
    Exchange,
    Mark,
    Source,
    from_conversation,
    read_mark,
    read_marks,
    to_lines,
)
from qa.types import Answer, Comparison, ComparisonRow, DocumentSummary, Timeline

FOUND = "The inspection found 11 defects in the north span."
OTHER = "The survey found that the river bed had risen."
ASKED = "2026-01-31T12:00:00+00:00"
BRIDGE = DocumentSummary("bridge.md", "Bridge report", {"review": "Denby"}, "0" * 64, 3, 3, ASKED)


def exchange(question: str, answer: Answer, **more: Any) -> Exchange:
    return Exchange(question, ASKED, answer=answer, **more)


def test_a_marked_conversation_becomes_questions() -> None:
    turns = [
        qa.Turn("How many?", make_answer([FOUND], short="11", query="How many?")),
        qa.Turn("And south?", make_answer([FOUND], query="How many? And south?")),
        qa.Turn("Who?", make_answer([], query="Who?")),
        qa.Turn("Where?", make_answer([FOUND], query="Where?")),
        qa.Turn("Why?", make_answer([FOUND], query="Why?")),
    ]
    marks = {
        1: Mark(right=False, holds="none"),
        2: Mark(right=True),
        3: Mark(right=False),
        4: Mark(right=False, unanswered=True),
    }
    one, two, three, four, five = map(question_of, from_conversation(turns, marks))
    assert (one.id, one.answerable, one.must_contain, one.is_judged) == ("chat-1", True, (), False)
    assert (two.after, two.must_contain, two.answerable) == ("chat-1", ("none",), True)
    assert (three.after, three.answerable) == ("", False)
    assert (four.must_contain, four.rejected, four.answerable) == ((), (FOUND,), True)
    assert (five.answerable, five.is_judged) == (False, True)
    (right,) = from_conversation(turns[:1], {0: Mark(right=True)})
    assert right["must_contain"] == ["11"]
    (quoted,) = from_conversation(turns[3:4], {0: Mark(right=True)})
    assert quoted["must_contain"] == [FOUND]
    (declined,) = map(question_of, from_conversation(turns[2:3], {0: Mark(right=False)}))
    assert (declined.answerable, declined.rejected, declined.is_judged) == (True, (), True)
    with pytest.raises(ValueError, match="no turn 5"):
        from_conversation(turns, {5: Mark(right=True)})


def test_a_question_that_stood_alone_is_replayed_alone() -> None:
    turns = [
        exchange("How many?", make_answer([FOUND], query="How many?")),
        exchange("South?", make_answer([FOUND], query="How many? South?")),
        exchange("Denby?", make_answer([FOUND], query="Denby Bridge?"), alone=True),
    ]
    marks = {1: Mark(right=True), 2: Mark(right=True)}
    records = from_conversation(turns, marks, name="chat-2")
    assert [record["id"] for record in records] == ["chat-2-1", "chat-2-2", "chat-2-3"]
    assert [record.get("after") for record in records] == [None, "chat-2-1", None]


def test_what_was_asked_side_by_side_names_the_reviews_that_answer() -> None:
    cited = make_answer([FOUND], review="Denby").citations[0]
    rows = (
        ComparisonRow("Denby", ("bridge.md",), cited, "answered", 0.9, ""),
        ComparisonRow("Wenning", ("river.md",), None, "not_found", 0.1, ""),
    )
    beside = Exchange("Who?", ASKED, comparison=Comparison("Who?", "Who?", rows, 0.1), beside=True)
    (right,) = from_conversation([beside], {0: Mark(right=True)})
    assert (right["review"], right["reference"]) == (["Denby"], FOUND)
    (wrong,) = from_conversation([beside], {0: Mark(right=False)})
    assert "rejected" not in wrong
    none = Exchange("When?", ASKED, timeline=Timeline("When?", "When?", (), 0.1))
    (empty,) = from_conversation([none], {0: Mark(right=True)})
    assert empty["answerable"] is False


def test_a_missing_source_says_what_the_format_can_hold() -> None:
    turns = [exchange("How many?", make_answer([FOUND]), uris=("river.md",), reviews=("Wenning",))]
    said = {"mark": "missing", "document": "bridge.md", "page": "2", "words": f" {OTHER}\n"}
    (loaded,) = from_conversation(turns, {0: read_mark(said, [BRIDGE])})
    question = question_of(json.loads(to_lines([loaded])))
    assert (question.files, question.pages) == (("bridge.md",), (("bridge.md", 2),))
    assert (question.reviews, question.must_contain) == (("Denby",), (OTHER,))
    assert question.reference == f"A source is missing: Bridge report, page 2: “{OTHER}”"
    assert (question.kind, question.is_judged) == ("missing source", True)
    assert loaded["missing"] == {"document": "bridge.md", "page": "2", "words": OTHER}
    assert loaded["within"] == ["Wenning"]
    strange = read_mark({**said, "document": "The flood report", "page": "iv"}, [BRIDGE])
    assert strange.missing == Source("The flood report", page="iv", words=OTHER)
    (absent,) = from_conversation(turns, {0: strange})
    assert "must_contain" not in absent  # what is not loaded cannot be found
    assert "page" not in absent
    assert absent["answerable"] is True
    (lacking,) = from_conversation([exchange("Why?", make_answer([]))], {0: strange})
    assert lacking["answerable"] is False
    (bare,) = from_conversation(turns, {0: read_mark({"mark": "missing"})})
    assert bare["reference"] == "A source is missing."


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        ({"mark": "right", "holds": "11"}, Mark(right=True)),
        ({"mark": "wrong", "holds": " 1\t1 "}, Mark(right=False, holds="1 1")),
        (
            {"mark": "wrong", "holds": "11", "unanswered": True},
            Mark(right=False, unanswered=True),
        ),
        ({"mark": "wrong", "holds": "\ud800"}, Mark(right=False, holds="?")),
    ],
)
def test_a_mark_is_read(values: Any, mark: Mark) -> None:
    assert read_mark(values) == mark


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        "right",
        {},
        {"mark": "<b>"},
        {"mark": ["right"]},
        {"mark": "wrong", "holds": 11},
        {"mark": "wrong", "holds": "x" * 2_001},
        {"mark": "missing", "page": {"a": 1}},
    ],
)
def test_what_is_no_mark_is_refused(values: Any) -> None:
    with pytest.raises(ValueError, match=r"mark is|is not a text"):
        read_mark(values)


def test_no_more_marks_are_read_than_a_conversation_can_have() -> None:
    assert read_marks({"0": {"mark": "right"}}) == {0: Mark(right=True)}
    many: list[Any] = [None, [], {str(place): {"mark": "right"} for place in range(1_001)}]
    for values in many:
        with pytest.raises(ValueError, match="at most 1,000"):
            read_marks(values)


def test_questions_are_appended_under_ids_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "marked.jsonl"
    path.write_text('{"id": "chat-1", "question": "Who?", "answerable": true}')  # no newline
    answer = make_answer([FOUND], query="How many? And south?")
    turns = [qa.Turn("How many?", answer), qa.Turn("And south?", answer)]
    questions = [*map(question_of, from_conversation(turns, {1: Mark(right=True)}))]
    assert write_questions(path, questions) == 2
    assert write_questions(path, questions) == 2
    read = read_questions(path)
    assert [question.question for question in read] == ["Who?"] + ["How many?", "And south?"] * 2
    assert len({question.id for question in read}) == 5
    assert [question.after for question in read[1:]] == ["", read[1].id, "", read[3].id]
    with pytest.raises(qa.QAError, match="cannot be written"):
        write_questions(tmp_path / "no" / "folder.jsonl", questions)
    path.write_text("{}\n")
    with pytest.raises(qa.DocumentError, match="line 1"):
        write_questions(path, questions)
    assert path.read_text() == "{}\n"


def test_a_line_whose_writing_was_cut_off_keeps_nothing_from_being_saved(tmp_path: Path) -> None:
    path, question = tmp_path / "marked.jsonl", SetQuestion("é", "Where?", answerable=True)
    write_questions(path, [question, question])
    first, second = path.read_bytes().splitlines(keepends=True)
    for end in range(len(second)):  # killed at any byte of the second line
        path.write_bytes(first + second[:end])
        assert write_questions(path, [question]) == 1
        only_the_end_is_missing = end == len(second) - 1
        assert len(read_questions(path)) == (3 if only_the_end_is_missing else 2)
    mistaken = '{"id": "a" "question": "Who?", "answerable": true}'  # somebody's own line is kept
    path.write_text(mistaken)
    with pytest.raises(qa.DocumentError, match="line 1: not JSON"):
        write_questions(path, [question])
    assert path.read_text() == mistaken


def test_several_writers_take_ids_of_their_own(tmp_path: Path) -> None:
    path, question = tmp_path / "marked.jsonl", SetQuestion("q", "Where?", answerable=True)
    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(lambda _: write_questions(path, [question]), range(40)))
    assert sum(written) == len(read_questions(path)) == 40


def test_a_chat_is_marked_saved_and_run(
    small_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "marked.jsonl"
    with qa.open(small_index) as assistant:
        chat = Chat(assistant, {}, as_json=False)
        for line in (
            "/right",
            "How many defects did the inspection of Denby Bridge find in the north span?",
            "/right",
            "/new",
            "Who paid for the lighting of the harbour in 1788?",
            "/wrong",
            "/wrong none",
            f"/save {path}",
            f"/save {path}",
            "/save",
            "/wrong 3",
            "/right it is",
        ):
            chat.say(line)
    said = capsys.readouterr().out
    assert said.startswith("Nothing has been asked yet.\n")
    assert "Saved 2 marked answers." in said
    assert said.index("Saved 2") < said.index("Nothing is marked that is not saved.")
    assert "Name a file: /save FILE." in said
    one, two = read_questions(path)
    assert (one.answerable, two.answerable) == (True, False)
    assert one.must_contain[0].startswith(("11", "The inspection of Denby Bridge found 11"))
    run = evaluate(path, index=small_index, work=tmp_path)
    figures = {figure.name: figure for figure in run.figures}
    assert figures["right"].value == 1.0
    assert figures["unanswerable_declined"].count == 1


def test_marks_of_the_page_are_run_by_the_evaluation(small_index: Path, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    asked = "How many defects did the inspection of Denby Bridge find in the north span?"
    with qa.open(small_index) as assistant:
        documents = assistant.documents()
        turn = exchange(asked, assistant.ask(asked))
    denby = next(one for one in documents if "denby" in one.uri)
    said = {"mark": "missing", "document": denby.uri, "page": "1", "words": "the county council"}
    records = [
        *from_conversation([turn], {0: Mark(right=True)}, name="chat-1"),
        *from_conversation([turn], {0: read_mark(said, documents)}, name="chat-2"),
        *from_conversation([turn], {0: Mark(right=False)}, name="chat-3"),
    ]
    path.write_text(to_lines(records), encoding="utf-8")
    run = evaluate(path, index=small_index, work=tmp_path)
    right = {result.id: result.measures["right"] for result in run.results}
    assert right == {"chat-1-1": 1.0, "chat-2-1": 0.0, "chat-3-1": 0.0}
    assert run.results[1].measures["right_review"] == 1.0
