"""The three forms of a question set: what is read of each, and how a fault in one is named."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qa
from qa.evaluation import SetQuestion, conversation, read_questions, read_set, write_questions
from qa.evaluation.sets import chosen

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "tests" / "questions" / "reviews.jsonl"
SHARED = ROOT.parent / "shared" / "eval"

BRIDGE = "The inspection found 11 defects in the north span. None was found in the south span."
RIVER = "Flood warnings reached 1,400 households two hours late."
CORPUS: list[dict[str, Any]] = [
    {"_id": "bridge", "title": "Denby Bridge", "text": BRIDGE, "source": "Denby", "author": None},
    {
        "_id": "river#p2",
        "title": "River Wenning",
        "text": RIVER,
        "file": "river.pdf",
        "page": 2,
        "published_at": "2021-02-01",
        "url": "https://example.org/river",
    },
]
QUERIES: list[dict[str, Any]] = [
    {
        "_id": "q1",
        "text": "How many defects?",
        "answers": ["11 defects"],
        "answer_spans": [{"doc": "bridge", "start": 21, "end": 31}],
        "question_type": ["number"],
        "history": ["user: Who?", "agent: Drew."],
        "rewrite": "How many defects did the inspection find?",
        "conversation_id": 7,
        "source_doc": "bridge",
    },
    {"_id": "q2", "text": "How late?", "answer_spans": [{"doc": "river#p2", "fact": RIVER}]},
    {"_id": "q3", "text": "Who chaired it?", "answerable": False, "answers": ["Nobody."]},
    {"_id": "q4", "text": "What next?", "answers": ["They were asked to do a good deal more."]},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\tbridge\t2\nq2\triver#p2\t1\nq2\tbridge\t0\nq4\tbridge\t1\n"


def lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_beir(folder: Path, **texts: str) -> Path:
    """A BEIR folder; a file that is named by its stem has this text instead."""
    plain = {"corpus": lines(CORPUS), "queries": lines(QUERIES)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**plain, **texts}.items():
        if name not in ("qrels", "trec"):
            (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "qrels.tsv").write_text(texts.get("qrels", QRELS), encoding="utf-8")
    return folder


def squad(**changes: Any) -> dict[str, Any]:
    """A SQuAD file of two paragraphs, with fields of its first question changed."""
    question = {
        "id": "s1",
        "question": "How many defects?",
        "answers": [{"text": "11 defects", "answer_start": 21}, {"text": "11", "answer_start": 21}],
        "is_impossible": False,
    }
    declined = {"id": "s2", "question": "Who?", "answers": [], "is_impossible": True}
    paragraphs = [
        {"context": BRIDGE, "qas": [{**question, **changes}, declined]},
        {"context": RIVER, "qas": []},
    ]
    return {"version": "v2.0", "data": [{"title": "Denby_Bridge", "paragraphs": paragraphs}]}


# BEIR folders.


def test_a_beir_folder_is_read(tmp_path: Path) -> None:
    read = read_set(write_beir(tmp_path / "bridges"))
    assert (read.name, len(read.questions), len(read.documents)) == ("bridges", 4, 2)
    bridge, river = read.documents
    assert (bridge.uri, bridge.title, bridge.text) == ("bridge", "Denby Bridge", BRIDGE)
    assert bridge.meta == {"review": "Denby"}
    assert (river.meta["file"], river.meta["page"]) == ("river.pdf", "2")
    assert (river.meta["published"], river.meta["url"]) == (
        "2021-02-01",
        "https://example.org/river",
    )
    assert read.places == {"river#p2": ("river.pdf", 2)}
    one, two, three, four = read.questions
    assert one == SetQuestion(
        "q1",
        "How many defects?",
        True,
        kind="number",
        qrels={"bridge": 2},
        answers=("11 defects",),
        spans=(("bridge", 21, 31),),
        history=("user: Who?", "agent: Drew."),
        rewrite="How many defects did the inspection find?",
        conversation="7",
        source_doc="bridge",
    )
    assert (two.conversation, two.source_doc) == ("", "")
    assert two.relevant == {"river#p2"}
    assert two.evidence == (RIVER,)
    assert (two.files, two.pages) == (("river.pdf",), (("river.pdf", 2),))
    assert (three.answerable, three.answers, three.is_judged) == (False, (), True)
    # Written freely, so it is for reading: no quote could be told right by it.
    assert (four.answers, four.reference) == ((), "They were asked to do a good deal more.")


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        (["Yes"], ()),
        (["the North Span"], ("the North Span",)),
        (["before"], ()),
        (["Denby"], ()),
        (["12 defects", "11 defects"], ("11 defects",)),
    ],
)
def test_an_answer_is_compared_when_a_relevant_document_holds_it(
    tmp_path: Path, answers: list[str], kept: tuple[str, ...]
) -> None:
    queries = lines([{"_id": "q1", "text": "What?", "answers": answers}])
    read = read_set(write_beir(tmp_path, queries=queries, qrels="q1\tbridge\t1\n"))
    assert read.questions[0].answers == kept


def test_qrels_come_in_three_forms(tmp_path: Path) -> None:
    forms = {
        "header": QRELS,
        "plain": QRELS.partition("\n")[2],
        "trec": "q1 0 bridge 2\nq2 Q0 river#p2 1\n\nq2 Q0 bridge 0\nq4 0 bridge 1\n",
    }
    read = {}
    for name, text in forms.items():
        questions = read_set(write_beir(tmp_path / name, qrels=text)).questions
        read[name] = [dict(question.qrels) for question in questions]
    assert read["header"] == read["plain"] == read["trec"]
    folder = write_beir(tmp_path / "folder")
    (folder / "qrels.tsv").unlink()
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("q1\tbridge\t2\n")
    (folder / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq2\triver#p2\t1\n")
    whole = read_set(folder)
    assert [question.split for question in whole.questions] == ["test", "dev", "", ""]
    assert [question.id for question in chosen(whole, split="dev").questions] == ["q2"]
    with pytest.raises(qa.QAError, match="no split 'train'") as caught:
        chosen(whole, split="train")
    assert caught.value.hint == "its splits are: dev, test"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("corpus", '{"_id": "a", "text": "x"}\n{"_id": "a", "text": "y"}\n', "line 2: .*twice"),
        ("corpus", '{"_id": "a"}\n', "line 1: there is no 'text'"),
        ("corpus", '{"_id": "a", "text": 3}\n', "line 1: 'text' is 3"),
        ("corpus", '{"_id": "a", "text": "x", "page": "2"}\n', "line 1: 'page' is '2'"),
        ("corpus", '\n\n{"_id": "a", "text": "x"\n', "line 3: not JSON"),
        ("corpus", "[]\n", r"line 1: \[\] is not an object"),
        ("corpus", "", "line 1: there is no document"),
        ("corpus", '{"_id": "\\ud800", "text": "x"}\n', "line 1: '_id' holds half a character"),
        ("queries", "", "line 1: there is no query"),
        ("queries", '{"text": "x"}\n', "line 1: there is no '_id'"),
        ("queries", '{"_id": "q1", "text": " "}\n', "'text' is empty"),
        ("queries", '{"_id": "q1", "text": "x", "answerable": 1}\n', "'answerable' is 1"),
        ("queries", '{"_id": "q1", "text": "x", "answers": "x"}\n', "'answers' is 'x', not a list"),
        ("queries", '{"_id": "q1", "text": "x", "answer_spans": [{"doc": "z"}]}\n', "no document"),
        (
            "queries",
            '{"_id": "q1", "text": "x", "answer_spans": [{"doc": "bridge"}]}\n',
            r"answer_spans\[0\]: there is no 'start'",
        ),
        (
            "queries",
            '{"_id": "q1", "text": "x", "answer_spans": [{"doc": "bridge", "start": 9, "end": '
            "999}]}\n",
            "9:999 is no place in 'bridge'",
        ),
        ("queries", '{"_id": "q1", "text": "x", "source_doc": "z"}\n', "no document .* 'z'"),
        ("queries", '{"_id": "q1", "text": "x", "source_doc": []}\n', "'source_doc' is .., not a"),
        ("qrels", "q1\tnone\t1\n", "line 1: no document has the _id 'none'"),
        ("qrels", "q1\tbridge\t1\nq9\tbridge\t1\n", "line 2: no query has the _id 'q9'"),
        ("qrels", "q1\tbridge\t1\nq1\tbridge\tx\n", "line 2: the grade 'x'"),
        ("qrels", "q1\tbridge\t1\nq1\tbridge\t2\n", "line 2: the pair has another grade"),
        ("qrels", "q1\tbridge\n", "line 1: 2 columns"),
    ],
)  # fmt: skip
def test_a_fault_in_a_beir_folder_is_named(
    tmp_path: Path, file: str, text: str, message: str
) -> None:
    name = "qrels.tsv" if file == "qrels" else f"{file}.jsonl"
    texts = {"qrels": "q1\tbridge\t1\n", file: text}
    with pytest.raises(qa.DocumentError, match=f"{name}, .*{message}") as caught:
        read_set(write_beir(tmp_path, **texts))
    assert caught.value.hint
    assert caught.value.uri == str(tmp_path / name)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write_beir(tmp_path)
    (folder / name).unlink()
    with pytest.raises(qa.DocumentError, match=name):
        read_set(folder)


def test_bytes_that_are_no_text_are_named_by_line(tmp_path: Path) -> None:
    folder = write_beir(tmp_path)
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q1", "text": "x"}\n{"_id": "\xff"}\n')
    with pytest.raises(qa.DocumentError, match=r"queries\.jsonl, line 2: not UTF-8"):
        read_set(folder)


# SQuAD.


def write_squad(folder: Path, values: Any) -> Path:
    path = folder / "dev.json"
    path.write_text(values if isinstance(values, str) else json.dumps(values), encoding="utf-8")
    return path


def test_a_squad_file_is_read(tmp_path: Path) -> None:
    read = read_set(write_squad(tmp_path, squad()))
    assert (read.name, [document.uri for document in read.documents]) == (
        "dev",
        ["Denby_Bridge__000", "Denby_Bridge__001"],
    )
    assert read.documents[0].title == "Denby Bridge"
    one, two = read.questions
    assert (one.qrels, one.answers) == ({"Denby_Bridge__000": 1}, ("11 defects", "11"))
    assert one.spans == (("Denby_Bridge__000", 21, 31), ("Denby_Bridge__000", 21, 23))
    assert (two.answerable, two.qrels, two.spans) == (False, {}, ())
    # Unanswerable or not, each was written on its paragraph.
    assert one.source_doc == two.source_doc == "Denby_Bridge__000"


def test_version_1_has_no_impossible_questions(tmp_path: Path) -> None:
    values = squad()
    values["data"][0]["paragraphs"][0]["qas"] = [
        {"id": "s1", "question": "How many?", "answers": [{"text": "11", "answer_start": 21}]}
    ]
    assert read_set(write_squad(tmp_path, values)).questions[0].answerable


def test_an_answer_a_few_characters_off_is_found(tmp_path: Path) -> None:
    values = squad(answers=[{"text": "span", "answer_start": 79}])
    (span,) = read_set(write_squad(tmp_path, values)).questions[0].spans
    assert BRIDGE[span[1] : span[2]] == "span"
    assert span[1] == BRIDGE.rindex("span")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("{", "line 1: not JSON"),
        ('{"data":\n [}', "line 2: not JSON"),
        ("[]", "not an object"),
        ({"questions": []}, "there is no 'data'"),
        ({"data": {}}, "'data' is {}"),
        ({"data": []}, "there is no question"),
        ({"data": [{"paragraphs": [{"qas": []}]}]}, r"data\[0\], paragraphs\[0\]: .*'context'"),
        (squad(id=None), r"paragraphs\[0\], qas\[0\]: there is no 'id'"),
        (squad(id="s2"), "'s2' comes twice"),
        (squad(question=""), "'question' is empty"),
        (squad(answers=[]), "has no answer"),
        (squad(answers=[{"text": "11"}]), r"answers\[0\]: there is no 'answer_start'"),
        (squad(answers=[{"text": "12", "answer_start": 1}]), "'12' does not stand"),
        (squad(answers=[{"text": "", "answer_start": 1}]), "'text' is empty"),
        (squad(is_impossible="no"), "'is_impossible' is 'no'"),
    ],
)
def test_a_fault_in_a_squad_file_is_named(tmp_path: Path, values: Any, message: str) -> None:
    with pytest.raises(qa.DocumentError, match=rf"dev\.json.*{message}") as caught:
        read_set(write_squad(tmp_path, values))
    assert caught.value.hint


# questions.jsonl.


def test_questions_are_read_with_their_conversation(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "question": "Who?", "answerable": True, "review": "Drew, §1; Jay, §2"},
        {"id": "2", "question": "When?", "answerable": False, "after": 1, "review": ["Jay"]},
        {
            "id": "3",
            "question": "Where?",
            "answerable": True,
            "after": None,
            "file": "a.pdf",
            "page": 4,
        },
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text(lines(rows) + "\n\n", encoding="utf-8")
    one, two, three = read_questions(path)
    assert (one.reviews, two.reviews) == (("Drew", "Jay"), ("Jay",))
    assert conversation(two, {"1": one, "2": two}) == [one]
    assert (three.files, three.pages) == (("a.pdf",), (("a.pdf", 4),))
    assert read_set(tmp_path).questions == read_set(path).questions
    assert read_set(path).documents == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "not JSON"),
        ("[]", "not an object"),
        ("[" * 100_000, "not JSON"),
        ('{"id": "2", "answerable": true}', "no 'question'"),
        ('{"id": "2", "question": 3, "answerable": true}', "'question' is 3"),
        ('{"id": "2", "question": "", "answerable": true}', "'question' is empty"),
        ('{"id": "2", "question": "Who?"}', "no 'answerable'"),
        ('{"id": "2", "question": "Who?", "answerable": "yes"}', "'answerable' is 'yes'"),
        ('{"id": "1", "question": "Who?", "answerable": true}', "'1' comes twice"),
        ('{"id": true, "question": "Who?", "answerable": true}', "'id' is True"),
        ('{"id": "2", "question": "Who?", "answerable": true, "after": "9"}', "has the id '9'"),
        ('{"id": "2", "question": "Who?", "answerable": true, "must_contain": "x"}', "not a list"),
        ('{"id": "2", "question": "Who?", "answerable": true, "review": [3]}', "'review' is"),
    ],
    ids=lambda value: value[:30],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"id": "1", "question": "Who?", "answerable": true}\n' + line + "\n")
    with pytest.raises(qa.DocumentError, match=rf"questions\.jsonl, line 2: .*{message}") as caught:
        read_questions(path)
    assert caught.value.hint


def test_a_set_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in ("nowhere.jsonl", "nowhere", "nowhere.json"):
        with pytest.raises(qa.DocumentError, match="nowhere"):
            read_set(tmp_path / name)
    (tmp_path / "set.csv").write_text("a,b\n")
    with pytest.raises(qa.DocumentError, match="not a question set"):
        read_set(tmp_path / "set.csv")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(qa.DocumentError, match="there is no question"):
        read_set(tmp_path / "empty.jsonl")


def test_a_sample_is_the_same_each_time_and_part_of_a_larger_one() -> None:
    whole = read_set(OWN)
    ten, twenty = (
        [question.id for question in chosen(whole, sample=size).questions] for size in (10, 20)
    )
    assert len(ten) == 10
    assert set(ten) < set(twenty)
    assert twenty == [question.id for question in whole.questions if question.id in twenty]
    assert chosen(whole, sample=100_000).questions == whole.questions


def test_the_digest_is_of_the_files(tmp_path: Path) -> None:
    first = read_set(write_beir(tmp_path / "a"))
    assert read_set(write_beir(tmp_path / "b")).digest == first.digest
    assert read_set(write_beir(tmp_path / "c", qrels="q1\tbridge\t1\n")).digest != first.digest


def test_the_own_question_set_is_whole() -> None:
    questions = read_questions(OWN)
    assert len(questions) >= 150
    unanswerable = [question for question in questions if not question.answerable]
    assert 3 * len(unanswerable) >= len(questions)
    assert all(q.must_contain and q.reviews for q in questions if q.answerable)
    by_id = {question.id: question for question in questions}
    for question in questions:
        assert all(before.split == question.split for before in conversation(question, by_id))


# Hostile input.

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("bridge")
)
FIELDS = st.sampled_from(
    "_id id text question answerable answers answer_spans doc start end fact sentences history "
    "must_contain after review page file data paragraphs context qas answer_start".split()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=12,
)
ROWS = st.lists(st.dictionaries(FIELDS, VALUES, max_size=6), max_size=3)
SLOW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def is_read_or_refused(path: Path) -> None:
    """Whatever stands there is read, or named with a hint; nothing else is raised."""
    try:
        assert read_set(path).questions
    except qa.DocumentError as error:
        refused = error
    else:
        return
    assert str(path) in str(refused)
    assert refused.hint


@SLOW
@given(rows=ROWS, file=st.sampled_from(["corpus", "queries"]))
def test_any_rows_are_read_or_refused(tmp_path: Path, rows: list[Any], file: str) -> None:
    is_read_or_refused(write_beir(tmp_path, **{file: lines(rows) or "\n"}))
    (tmp_path / "set.jsonl").write_text(lines(rows), encoding="utf-8")
    is_read_or_refused(tmp_path / "set.jsonl")


@SLOW
@given(values=VALUES)
def test_any_json_is_read_or_refused_as_squad(tmp_path: Path, values: Any) -> None:
    is_read_or_refused(write_squad(tmp_path, values if not isinstance(values, str) else "x"))


@SLOW
@given(data=st.binary(max_size=60), name=st.sampled_from(["corpus.jsonl", "qrels.tsv", "s.json"]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes, name: str) -> None:
    folder = write_beir(tmp_path)
    (folder / name).write_bytes(data)
    is_read_or_refused(folder / name if name == "s.json" else folder)


# Written questions.

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
LISTS = st.lists(WORDS, max_size=3).map(tuple)
WRITABLE = st.builds(
    SetQuestion,
    id=WORDS,
    question=WORDS.filter(lambda text: bool(text.strip())),
    answerable=st.booleans(),
    kind=WORDS | st.just(""),
    reference=WORDS | st.just(""),
    must_contain=LISTS,
    reviews=LISTS,
    rejected=LISTS,
    answers=LISTS,
    history=LISTS,
)


@SLOW
@given(questions=st.lists(WRITABLE, min_size=1, max_size=4, unique_by=lambda each: each.id))
def test_written_questions_are_read_as_they_were(
    tmp_path: Path, questions: list[SetQuestion]
) -> None:
    path = tmp_path / "written.jsonl"
    path.unlink(missing_ok=True)
    assert write_questions(path, questions) == len(questions)
    assert read_questions(path) == questions


# The sets beside the checkout.


WITH_DOCUMENTS = (
    "chunking_eval", "clapnq_dev", "feedbackqa", "inscit_dev", "mtrag_un", "multihop_rag",
    "policyqa", "scifact", "squad2", "uk_inquiries",
)  # fmt: skip


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared question sets are not here")
@pytest.mark.parametrize("name", [*WITH_DOCUMENTS, "reviews"])
def test_the_shared_sets_are_read_whole(name: str) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"{name} is not here")
    read = read_set(SHARED / name)
    assert read.name == name
    assert len(read.questions) >= 20
    assert bool(read.documents) == (name in WITH_DOCUMENTS)
    texts = {document.uri: document.text for document in read.documents}
    for question in read.questions:
        for uri, start, end in question.spans:
            assert 0 <= start < end <= len(texts[uri])


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared question sets are not here")
def test_a_shared_set_without_documents_says_so() -> None:
    if not (SHARED / "canard_dev").is_dir():
        pytest.skip("canard_dev is not here")
    with pytest.raises(qa.DocumentError, match=r"canard_dev has no corpus\.jsonl") as caught:
        read_set(SHARED / "canard_dev")
    assert "corpus.jsonl" in caught.value.hint
