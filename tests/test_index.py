"""What goes into the index comes out, and is found."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import VOCABULARY, KeywordEncoder, passages_of
from hypothesis import given, settings
from hypothesis import strategies as st
from indexes import (
    BRIDGE,
    FLOOD,
    HOUSING,
    SPLITTER,
    create_index,
    damage,
    entry,
    put_all,
)

from qa import text
from qa.errors import DocumentError, IndexDamaged, IndexMissing, IndexUnusable
from qa.index import Entry, Index, ledger, passage_input
from qa.index import dense as dense_module
from qa.types import Document, Encoder, Page, Paragraph, PassageIndex, Progress

# What goes in comes out


def test_it_satisfies_the_protocol(index: Index, encoder: KeywordEncoder) -> None:
    passage_index: PassageIndex = index
    assert passage_index.generation == 1
    protocol: Encoder = encoder
    assert protocol.encode_query("bridge").vector.shape == (encoder.dimension,)


def test_documents_come_back_equal(tmp_path: Path, encoder: KeywordEncoder) -> None:
    content = "i\n\nFindings\n\n7.12 The bridge — “closed” — naïve 東京 \x00 text.\n"
    document = Document(
        "pdf/bridge 1.pdf",
        "",
        content,
        (Page(1, "iv", 0, 3), Page(2, "", 3, len(content))),
        {"review": "Brücke", "b": "2", "a": ""},
        "ab" * 32,
        (
            Paragraph(3, 11, heading="A > B", kind="heading"),
            Paragraph(13, 55, "7.12", "A", sources=("https://example.org/1", "ü")),
        ),
    )
    stored = Entry(document, passages_of(document), "/folder", "12:34", ("page 3 has no text",))
    with create_index(tmp_path, encoder) as index:
        index.update(put=[stored], encode=encoder.encode_documents)
        assert index.document(document.uri) == document
        assert list(index.document(document.uri).meta) == ["review", "b", "a"]
        assert tuple(index.passages_of(document.uri)) == stored.passages
        (summary,) = index.documents()
        assert (summary.pages, summary.passages, summary.review) == (2, 2, "Brücke")
        known = index.state()[document.uri]
        assert known.root == "/folder"
        assert known.signature == "12:34"
        assert known.warnings == ("page 3 has no text",)
        assert index.verify() == []


def test_an_unknown_document_is_an_error_with_a_hint(index: Index) -> None:
    with pytest.raises(DocumentError, match=r"nowhere\.md is not in the index") as caught:
        index.document("nowhere.md")
    assert caught.value.uri == "nowhere.md"
    assert caught.value.hint == "qa list names what is"


def test_passages_are_found_by_id_and_unknown_ids_left_out(index: Index) -> None:
    first, second, third = passages_of(BRIDGE)
    assert index.passages([third.id, 17, first.id]) == {third.id: third, first.id: first}
    assert index.neighbours(first) == (None, second)
    assert index.neighbours(second) == (first, third)
    assert index.neighbours(third) == (second, None)
    assert index.neighbours(passages_of(FLOOD)[0]) == (None, None)


def test_status_counts_what_is_there(index: Index) -> None:
    status = index.status()
    assert (status.generation, status.documents, status.passages) == (1, 2, 5)
    assert status.roots == {"corpus": 2}
    assert min(status.ledger_bytes, status.dense_bytes, status.lexical_bytes) > 0
    assert json.dumps(status.to_dict())


def test_update_says_what_it_did_and_reports_progress(
    index: Index, encoder: KeywordEncoder
) -> None:
    edited = Document.from_text(BRIDGE.uri, BRIDGE.title, BRIDGE.text + "\n\nThe budget grew.")
    calls: list[tuple[str, int, int]] = []
    progress: Progress = lambda *call: calls.append(call)  # noqa: E731
    before = {summary.uri: summary.added for summary in index.documents()}
    result = index.update(
        put=[entry(FLOOD), entry(edited), entry(HOUSING)],
        remove=["housing.md", "unknown.md"],
        encode=encoder.encode_documents,
        progress=progress,
    )
    assert result.added == ("flood.md",)
    assert result.changed == ("bridge.md",)
    assert result.removed == (), "a document that is put is not removed"
    assert result.unchanged == ("housing.md",)
    assert (result.documents, result.passages, result.generation) == (3, 7, 2)
    assert result.encoded == 2
    assert calls[0] == ("encoding", 0, 2)
    assert calls[-1] == ("writing", 3, 3)
    assert index.documents()[0].added == before["bridge.md"]
    assert index.documents() is index.documents()


def test_of_one_uri_put_twice_the_last_counts(index: Index, encoder: KeywordEncoder) -> None:
    first = Document.from_text("twice.md", "One", "The pier.\n\nThe deck.")
    last = Document.from_text("twice.md", "Two", "The cable.")
    put_all(index, encoder, first, last)
    assert index.document("twice.md") == last
    assert index.verify() == []


def test_an_empty_index_answers_with_nothing(tmp_path: Path, encoder: KeywordEncoder) -> None:
    with create_index(tmp_path, encoder) as index:
        assert index.generation == 0
        assert index.documents() == ()
        assert index.lexical({"bridg": 1.0}, 5) == []
        assert index.dense(encoder.encode_query("bridge").vector, 5) == []
        assert index.similarities(encoder.encode_query("bridge").vector, []) == []
        assert index.frequencies(["bridg"]) == {"bridg": 0}
        assert index.verify() == []
        put_all(index, encoder, BRIDGE)
        result = put_all(index, encoder, remove=["bridge.md"])
        assert (result.documents, result.generation) == (0, 2)
        assert index.lexical({"bridg": 1.0}, 5) == []
        assert index.verify() == []


def test_a_closed_index_says_so(tmp_path: Path, encoder: KeywordEncoder) -> None:
    index = create_index(tmp_path, encoder)
    index.close()
    index.close()
    with pytest.raises(ValueError, match="closed"):
        index.documents()


# Searching


def test_lexical_scores_are_bm25(index: Index) -> None:
    # Five passages; their lengths in terms, headings included, by hand.
    lengths = [len(text.terms(passage_input(p))) for d in (BRIDGE, HOUSING) for p in passages_of(d)]
    assert lengths == [5, 5, 4, 6, 5]
    average = sum(lengths) / 5

    def bm25(count: int, length: int, documents: int) -> float:
        rarity = math.log(1 + (5 - documents + 0.5) / (documents + 0.5))
        return rarity * 2.2 * count / (count + 1.2 * (0.25 + 0.75 * length / average))

    (found,) = index.lexical({"river": 2.0}, 3)
    assert found[0] == passages_of(BRIDGE)[0].id
    assert found[1] == pytest.approx(2 * bm25(1, 5, 1), abs=2e-4)
    best = index.lexical({"bridg": 1.0, "river": 1.0}, 5)
    assert best[0][1] == pytest.approx(bm25(2, 5, 3) + bm25(1, 5, 1), abs=2e-4)
    assert index.frequencies(["bridg", "damp", "absent"]) == {"bridg": 3, "damp": 1, "absent": 0}


def test_searches_keep_to_the_documents_asked_for(index: Index, encoder: KeywordEncoder) -> None:
    report = {"report": 1.0}
    bridge = {passage.id for passage in passages_of(BRIDGE)}
    assert {key for key, _ in index.lexical(report, 9, uris=["bridge.md"])} == bridge
    assert index.lexical(report, 9, uris=[]) == []
    assert index.lexical(report, 9, uris=["nowhere.md", "\ud800"]) == []
    every = dict(index.lexical(report, 9))
    for key, score in index.lexical(report, 9, uris=["bridge.md"]):
        assert score == every[key], "a filter changes no score"
    vector = encoder.encode_query("report").vector
    assert {key for key, _ in index.dense(vector, 9, uris=["bridge.md"])} == bridge
    assert index.dense(vector, 9, uris=[]) == []
    assert index.dense(vector, 9, uris=["nowhere.md"]) == []


def test_dense_ranks_by_shared_keywords(index: Index, encoder: KeywordEncoder) -> None:
    # "deck cable" shares both with the second passage, whose heading adds bridge and report.
    vector = encoder.encode_query("deck cable").vector
    second = passages_of(BRIDGE)[1]
    ((best, score),) = index.dense(vector, 1)
    assert best == second.id
    assert score == pytest.approx(2 / math.sqrt(2 * 4), abs=1e-6)
    others = [passages_of(BRIDGE)[0].id, 99]
    assert index.similarities(vector, [second.id, *others]) == pytest.approx(
        [0.7071, 0, 0], abs=1e-4
    )


def test_equal_scores_are_ordered_by_id_at_the_cut_too(
    tmp_path: Path, encoder: KeywordEncoder
) -> None:
    same = [Document.from_text(f"{n}.md", "T", "The bridge.") for n in range(60)]
    ids = sorted(passage.id for document in same for passage in passages_of(document))
    with create_index(tmp_path, encoder) as index:
        put_all(index, encoder, *same)
        vector = encoder.encode_query("bridge").vector
        for k in (1, 7, 60, 500):
            assert [key for key, _ in index.lexical({"bridg": 1.0}, k)] == ids[:k]
            assert [key for key, _ in index.dense(vector, k)] == ids[:k]


@settings(max_examples=40)
@given(
    terms=st.dictionaries(
        st.text(st.characters(), max_size=20) | st.sampled_from(["bridg", "AND", '"', "a" * 70000]),
        st.floats(),
        max_size=6,
    ),
    k=st.integers(-2, 30),
    uris=st.none() | st.lists(st.text(st.characters(), max_size=8), max_size=3),
)
def test_hostile_terms_never_raise(
    shared_index: Index, terms: dict[str, float], k: int, uris: list[str] | None
) -> None:
    found = shared_index.lexical(terms, k, uris=uris)
    assert len(found) <= max(k, 0)
    assert set(shared_index.frequencies(terms)) == set(terms)
    assert (
        shared_index.dense(np.full(len(VOCABULARY), np.nan, dtype=np.float32), k, uris=uris) == []
    )


@pytest.fixture(scope="module")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    encoder = KeywordEncoder()
    with create_index(tmp_path_factory.mktemp("shared"), encoder) as index:
        put_all(index, encoder, BRIDGE, HOUSING, FLOOD)
        yield index


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), count=st.integers(1, 80), k=st.integers(1, 100))
def test_faiss_agrees_with_numpy(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, k: int
) -> None:
    random = np.random.default_rng(seed)
    # Few distinct values, so that equal scores are common.
    vectors = random.integers(-1, 2, (count, 6)).astype("<f4")
    ids = random.choice(1 << 62, count, replace=False)
    path = tmp_path_factory.mktemp("dense") / "dense.faiss"
    rows = [(int(key), vector.tobytes()) for key, vector in zip(ids, vectors, strict=True)]
    dense_module.write(path, rows, dimension=6, count=count)
    searcher = dense_module.Dense(path)
    query = random.integers(-2, 3, 6).astype(np.float32)
    some = [int(key) for key in ids[::2]]
    for among in (None, some):
        scores = {int(key): float(v @ query) for key, v in zip(ids, vectors, strict=True)}
        kept = [(key, s) for key, s in scores.items() if among is None or key in among]
        expected = sorted(kept, key=lambda pair: (-pair[1], pair[0]))[:k]
        assert searcher.search(query, k, among=among) == expected


def test_many_vectors_are_searched_in_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense_module, "EXACT_UP_TO", 1999)
    random = np.random.default_rng(3)
    topics = random.standard_normal((40, 32))
    vectors = topics[random.integers(0, 40, 2000)] + 0.5 * random.standard_normal((2000, 32))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")
    rows = [(key, vector.tobytes()) for key, vector in enumerate(vectors, start=5)]
    sizes = {}
    for count in (1999, 2000):
        path = tmp_path / f"{count}.faiss"
        dense_module.write(path, rows[:count], dimension=32, count=count)
        sizes[count] = path.stat().st_size
    assert sizes[2000] > sizes[1999] + 10_000, "centres are stored beside the vectors"
    searcher = dense_module.Dense(path)
    held = searcher.vectors([6, 2004])
    assert np.array_equal(held, vectors[[1, 1999]])
    recalled = 0
    few = list(range(5, 2005, 9))
    for query in vectors[::40]:
        exact = sorted(enumerate(vectors @ query, start=5), key=lambda pair: (-pair[1], pair[0]))
        found = searcher.search(query, 10)
        recalled += len({key for key, _ in found} & {key for key, _ in exact[:10]})
        among = [key for key, _ in exact if (key - 5) % 9 == 0]
        assert [key for key, _ in searcher.search(query, 10, among=few)] == among[:10]
    assert recalled >= 0.98 * 500


def test_a_vector_of_another_length_is_a_mistake(index: Index) -> None:
    with pytest.raises(ValueError, match="shape"):
        index.dense(np.zeros(3, dtype=np.float32), 5)


# What can be wrong with a folder


def test_a_folder_without_an_index_is_missing(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(IndexMissing) as caught:
            Index.open(folder)
        assert caught.value.hint == "qa index corpus"
    (tmp_path / ledger.FILE).touch()  # killed before the first table was made
    with pytest.raises(IndexMissing):
        Index.open(tmp_path)


@pytest.mark.parametrize("harm", ["garble", "truncate"])
def test_a_damaged_ledger_is_damaged_and_can_be_replaced(
    index: Index, encoder: KeywordEncoder, harm: str
) -> None:
    index.close()
    damage(index.folder / ledger.FILE, harm)
    with pytest.raises(IndexDamaged) as caught, Index.open(index.folder) as opened:
        opened.document("bridge.md")
    assert caught.value.hint == "qa index --rebuild"
    with Index.create(
        index.folder,
        encoder_fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        splitter=SPLITTER,
        replace=True,
    ) as made:
        put_all(made, encoder, BRIDGE)
        assert made.verify() == []


def test_a_file_where_the_folder_should_be_is_an_error(
    tmp_path: Path, encoder: KeywordEncoder
) -> None:
    (tmp_path / "index").write_text("in the way")
    with pytest.raises(IndexUnusable) as caught:
        create_index(tmp_path / "index", encoder)
    assert caught.value.hint


def test_many_threads_read_while_another_writes(index: Index, encoder: KeywordEncoder) -> None:
    failures: list[BaseException] = []
    done = threading.Event()
    vector = encoder.encode_query("river flood").vector

    def read() -> None:
        try:
            while not done.is_set():
                found = [key for key, _ in index.lexical({"bridg": 1.0}, 5)]
                found += [key for key, _ in index.dense(vector, 5, uris=["bridge.md", "flood.md"])]
                for passage in index.passages(found).values():
                    index.neighbours(passage)
                index.documents()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        put_all(index, encoder, FLOOD, remove=["housing.md"])
        put_all(index, encoder, HOUSING, remove=["flood.md"])
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert index.generation == 13
    assert index.verify() == []


def test_a_document_that_cannot_be_loaded_changes_nothing(
    index: Index, encoder: KeywordEncoder
) -> None:
    def entries() -> Iterator[Entry]:
        yield entry(FLOOD)
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        index.update(put=entries(), remove=["bridge.md"], encode=encoder.encode_documents)
    assert [summary.uri for summary in index.documents()] == ["bridge.md", "housing.md"]
    assert index.verify() == []


def test_what_to_remove_is_read_after_what_is_put(index: Index, encoder: KeywordEncoder) -> None:
    seen: set[str] = set()

    def entries() -> Iterator[Entry]:
        for document in (BRIDGE, FLOOD):
            seen.add(document.uri)
            yield entry(document)

    gone = (uri for uri in index.state() if uri not in seen)
    result = index.update(put=entries(), remove=gone, encode=encoder.encode_documents)
    assert (result.added, result.removed) == (("flood.md",), ("housing.md",))
