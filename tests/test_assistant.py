"""The real thing, end to end: the shipped briefs, the real model, questions and conversations."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa
from qa.answers import Answerer
from qa.types import Answer

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
BRIDGE = qa.Document.from_text(
    "bridge.txt", "The bridge", "The bridge was closed in May 2014.\n\nIt cost £3 million."
)


@pytest.fixture(scope="module")
def assistant(reviews_index: Path) -> Iterator[qa.Assistant]:
    with qa.open(reviews_index) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path, models: Path) -> Path:
    """Where an index may be built without compiling the model again."""
    shutil.copytree(models, tmp_path / "index" / "models")
    return tmp_path / "index"


def check_quotes(assistant: qa.Assistant, answer: Answer) -> None:
    for citation in answer.citations:
        document = assistant.document(citation.uri)
        assert document.text[citation.start : citation.end] == citation.quote
        assert citation.sha256 == document.sha256
        assert f"“{citation.quote}” [{citation.number}]" in answer.text
        assert any(
            hit.passage.uri == citation.uri
            and hit.passage.start <= citation.start
            and citation.end <= hit.passage.end
            for hit in answer.hits
        )
    assert [citation.number for citation in answer.citations] == list(
        range(1, len(answer.citations) + 1)
    )


def test_a_number_is_answered_and_cited(assistant: qa.Assistant) -> None:
    answer = assistant.ask("How many recommendations did Drew make?")
    assert answer.outcome == "answered"
    assert answer.short == "11"
    assert "11 recommendations" in answer.text
    assert answer.citations[0].review == "Drew"
    assert answer.citations[0].url.startswith("https://")
    assert answer.hits[0].rank == 1
    check_quotes(assistant, answer)


def test_a_follow_up_is_answered_from_the_conversation(assistant: qa.Assistant) -> None:
    first = "Did Drew find that what happened in Rotherham also happened elsewhere?"
    history = [qa.Turn(first, assistant.ask(first))]
    answer = assistant.ask("And in Sheffield?", history=history)
    assert answer.query == f"{first} And in Sheffield?"
    assert answer.outcome == "answered"
    assert "Sheffield" in answer.citations[0].quote
    assert answer.citations[0].review == "Drew"
    check_quotes(assistant, answer)
    replayed = assistant.ask("And in Sheffield?", history=[qa.Turn(first, "It did not.")])
    assert replayed.query == answer.query


def test_what_the_documents_do_not_say_is_declined(assistant: qa.Assistant) -> None:
    answer = assistant.ask("How much did the Drew Review cost?")
    assert answer.outcome == "not_found"
    assert (answer.citations, answer.short) == ((), "")
    assert "do not answer" in answer.text
    assert "Drew" in answer.text
    assert answer.hits


@pytest.mark.parametrize(
    "question",
    ["", "   ", "?", "who", "the of and", "😀", "\x00", "a" * 20_000, "SELECT * FROM passages;--"],
)
def test_a_question_of_nothing_is_declined(assistant: qa.Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.outcome == "not_found"
    assert 0 <= answer.confidence <= 1


def test_two_questions_in_one_are_both_answered(assistant: qa.Assistant) -> None:
    answer = assistant.ask("Who wrote the Jay Report, and when was it published?")
    assert "Alexis Jay" in answer.text
    assert "August 2014" in answer.text
    check_quotes(assistant, answer)


def test_streaming_grows_to_the_answer(assistant: qa.Assistant) -> None:
    question = "What did Drew find in Doncaster?"
    grown = list(assistant.stream(question))
    assert [len(answer.citations) for answer in grown] == list(range(1, len(grown) + 1))
    whole = assistant.ask(question)
    assert (grown[-1].text, grown[-1].citations) == (whole.text, whole.citations)


def test_a_choice_of_reviews_or_documents_is_kept_to(assistant: qa.Assistant) -> None:
    hits = assistant.search("recommendations", k=20, reviews=["Telford", "drew"])
    assert {hit.passage.uri for hit in hits} == {"telford-2022.md", "drew-2016.md"}
    hits = assistant.search("recommendations", uris=["linden.md"])
    assert {hit.passage.uri for hit in hits} == {"linden.md"}
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert "Searched 1 document: Telford." in assistant.ask("Who won?", reviews=["Telford"]).text


@pytest.mark.parametrize("chosen", [{"reviews": ["Dru"]}, {"uris": ["linden"]}])
def test_an_unknown_review_or_document_suggests_the_nearest(
    assistant: qa.Assistant, chosen: dict[str, list[str]]
) -> None:
    with pytest.raises(qa.QAError) as caught:
        assistant.search("recommendations", **chosen)  # type: ignore[arg-type]
    assert "did you mean" in caught.value.hint


def test_no_passages_are_a_programming_mistake(assistant: qa.Assistant) -> None:
    with pytest.raises(ValueError, match="k = 0"):
        assistant.search("recommendations", k=0)


def test_reviews_stand_in_order_of_publication(assistant: qa.Assistant) -> None:
    reviews = assistant.reviews()
    assert reviews.index("Jay") < reviews.index("Casey 2015") < reviews.index("Drew")
    assert reviews.index("Drew") < reviews.index("Casey 2025")
    assert len(reviews) == len(assistant.documents()) == 17


def test_many_threads_get_the_answer_that_one_gets(assistant: qa.Assistant) -> None:
    questions = ["Who wrote the Jay Report?", "What did Drew find in Barnsley?"] * 4
    expected = [assistant.ask(question).text for question in questions]
    found: dict[int, str] = {}

    def ask(place: int) -> None:
        found[place] = assistant.ask(questions[place]).text

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[place] for place in range(len(questions))] == expected


def test_the_briefs_say_where_each_fact_was_read(assistant: qa.Assistant) -> None:
    for summary in assistant.documents():
        document = assistant.document(summary.uri)
        told = [paragraph for paragraph in document.paragraphs if paragraph.kind == "text"]
        assert told
        assert all(paragraph.sources for paragraph in told), summary.uri
        for key in ("review", "licence"):
            assert document.meta[key], summary.uri


def test_building_again_encodes_and_writes_nothing(folder: Path) -> None:
    first = qa.build([BRIDGE], folder)
    assert (first.added, first.passages, first.encoded) == (("bridge.txt",), 1, 1)
    second = qa.build([BRIDGE], folder)
    assert (second.unchanged, second.encoded) == (("bridge.txt",), 0)
    assert second.generation == first.generation


def test_a_folder_is_mirrored_and_a_bad_file_is_a_line(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "documents"
    source.mkdir()
    (source / "river.md").write_text("# The river\n\nThe river rose by 12 centimetres.\n")
    (source / "rent.txt").write_text("The council set the rent at £90.\n")
    (source / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (source / "notes.xyz").write_text("of no kind that is read")
    report = qa.build(source, folder)
    assert report.added == ("rent.txt", "river.md")
    assert [failure.uri for failure in report.failed] == ["broken.pdf"]
    assert report.failed[0].reason

    (source / "rent.txt").unlink()
    (source / "river.md").write_text("# The river\n\nThe river rose by 15 centimetres.\n")
    report = qa.build(source, folder)
    assert (report.changed, report.removed) == (("river.md",), ("rent.txt",))
    with qa.open(folder) as assistant:
        assert "15 centimetres" in assistant.ask("By how much did the river rise?").text


def test_a_file_that_has_become_unreadable_keeps_what_was_read(
    folder: Path, tmp_path: Path
) -> None:
    source = tmp_path / "documents"
    source.mkdir()
    (source / "river.md").write_text("The river rose by 12 centimetres.\n")
    qa.build(source, folder)
    (source / "river.md").write_bytes(b"\x00\x01\x02")
    report = qa.build(source, folder)
    assert [failure.uri for failure in report.failed] == ["river.md"]
    with qa.open(folder) as assistant:
        assert "12 centimetres" in assistant.document("river.md").text


def test_added_documents_outlive_a_build_and_can_be_removed(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "survey.txt"
    file.write_text("The survey measured the depth of the river at 64 places.\n")
    report = qa.add([file], folder, meta={"title": "A survey", "review": "Survey"})
    assert report.added == ("survey.txt",)
    assert qa.add([file], folder, meta={"title": "A survey", "review": "Survey"}).encoded == 0
    qa.build([BRIDGE], folder)
    with qa.open(folder) as assistant:
        assert assistant.reviews() == ["Survey", "The bridge"]
        assert qa.remove(["survey.txt"], folder).removed == ("survey.txt",)
        assert assistant.reviews() == ["The bridge"]
        assert assistant.verify() == []
    with pytest.raises(qa.DocumentError) as caught:
        qa.remove(["survey.txt"], folder)
    assert caught.value.uri == "survey.txt"


def test_a_document_of_the_same_name_from_elsewhere_is_not_replaced(
    folder: Path, tmp_path: Path
) -> None:
    for name, text in (("one", "The river rose."), ("two", "The river fell.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "river.txt").write_text(text + "\n")
    qa.build(tmp_path / "one", folder)
    report = qa.build(tmp_path / "two", folder)
    assert [failure.uri for failure in report.failed] == ["river.txt"]
    assert "another document" in report.failed[0].reason
    with qa.open(folder) as assistant:
        assert assistant.document("river.txt").text == "The river rose."
    shutil.rmtree(tmp_path / "one")
    assert qa.build(tmp_path / "two", folder).changed == ("river.txt",)


def test_what_a_folder_that_cannot_be_read_held_is_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "documents"
    (source / "sub").mkdir(parents=True)
    (source / "a.txt").write_text("The river rose.\n")
    (source / "sub" / "b.txt").write_text("The bridge held.\n")
    qa.build(source, folder)
    refused = [qa.Failure("sub", "the folder cannot be read")]
    monkeypatch.setattr(
        "qa.building.scan", lambda root: ([("a.txt", source / "a.txt")], list(refused))
    )
    report = qa.build(source, folder)
    assert (report.removed, [failure.uri for failure in report.failed]) == ((), ["sub"])
    rebuilt = qa.build(source, folder, rebuild=True)
    assert (rebuilt.removed, rebuilt.passages) == ((), 2)


def test_a_document_changed_between_search_and_quote_is_read_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = qa.Document.from_text("river.txt", "The river", "The river rose by 12 centimetres.")
    new = qa.Document.from_text(
        "river.txt", "The river", "A word before.\n\nThe river rose by 15 centimetres."
    )
    qa.build([old], folder)
    with qa.open(folder) as assistant:
        stored = Answerer.document
        changes = [new]

        def change_first(answerer: Answerer, uri: str) -> qa.Document:
            if changes:
                qa.build([changes.pop()], folder)
            return stored(answerer, uri)

        monkeypatch.setattr(Answerer, "document", change_first)
        answer = assistant.ask("By how many centimetres did the river rise?")
        assert not changes
        assert "15 centimetres" in answer.citations[0].quote
        check_quotes(assistant, answer)


def test_two_added_files_of_one_name_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    files = [tmp_path / "a.txt", tmp_path / "other" / "a.txt"]
    for file in files:
        file.write_text("Some text.")
    with pytest.raises(qa.DocumentError, match=r"a\.txt"):
        qa.add(files, folder)


def test_another_passage_size_is_a_mismatch_until_rebuilt(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "survey.txt"
    file.write_text("The survey measured the depth of the river at 64 places.\n")
    qa.build([BRIDGE], folder)
    qa.add([file], folder)
    other = qa.Settings(passage_tokens=100)
    with pytest.raises(qa.IndexMismatch) as caught:
        qa.open(folder, settings=other)
    assert "--rebuild" in caught.value.hint
    assert caught.value.built_with != caught.value.asked_for
    with pytest.raises(qa.IndexMismatch):
        qa.build([BRIDGE], folder, settings=other)
    report = qa.build([BRIDGE], folder, settings=other, rebuild=True)
    assert report.passages == 2
    with qa.open(folder, settings=other) as assistant:
        assert [each.uri for each in assistant.documents()] == ["bridge.txt", "survey.txt"]
        assert assistant.verify() == []


def test_there_is_nothing_to_open_or_build_from(tmp_path: Path) -> None:
    with pytest.raises(qa.IndexMissing) as caught:
        qa.open(tmp_path / "nowhere")
    assert "qa index" in caught.value.hint
    with pytest.raises(qa.DocumentError, match="no folder"):
        qa.build(tmp_path / "nowhere", tmp_path / "index")
    (tmp_path / "empty").mkdir()
    with pytest.raises(qa.DocumentError, match="no documents"):
        qa.build(tmp_path / "empty", tmp_path / "index")


def test_names_that_are_not_there_are_not_made_up() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        qa.nonsense  # noqa: B018
    assert all(hasattr(qa, name) for name in qa.__all__)
