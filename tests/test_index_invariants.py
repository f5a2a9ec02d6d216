"""The promises of the index, by number; 6 to 8 have files of their own."""

from __future__ import annotations

import ast
import dataclasses
import json
import pickle
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import VOCABULARY, KeywordEncoder, passages_of
from indexes import (
    BRIDGE,
    FLOOD,
    HOUSING,
    SPLITTER,
    create_index,
    damage,
    derived_folder,
    entry,
    files_in,
    put_all,
    tamper,
)

import qa.index
from qa import text
from qa.errors import IndexMismatch
from qa.index import Entry, Identity, Index, ledger, lexical, records
from qa.index import dense as dense_module
from qa.types import Document, Page, StoredVectors

# Invariant 1: the offset law


def test_1_every_stored_passage_stands_at_its_offsets(index: Index) -> None:
    for summary in index.documents():
        document = index.document(summary.uri)
        for passage in index.passages_of(summary.uri):
            assert document.text[passage.start : passage.end] == passage.text


@pytest.mark.parametrize("change", [{"start": 1}, {"text": "other"}, {"uri": "x"}, {"id": -1}])
def test_1_a_passage_that_breaks_the_law_is_refused(
    index: Index, encoder: KeywordEncoder, change: dict[str, int]
) -> None:
    passage = dataclasses.replace(passages_of(FLOOD)[0], **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"passage -?\d+"):
        index.update(put=[Entry(FLOOD, (passage,))], encode=encoder.encode_documents)
    assert index.generation == 1
    assert index.verify() == []


def test_1_one_id_for_two_passages_is_refused(index: Index, encoder: KeywordEncoder) -> None:
    passage = dataclasses.replace(passages_of(FLOOD)[0], id=passages_of(BRIDGE)[0].id)
    with pytest.raises(ValueError, match="same id"):
        index.update(put=[Entry(FLOOD, (passage,))], encode=encoder.encode_documents)
    assert index.generation == 1
    assert index.verify() == []


def test_1_verify_finds_a_passage_that_was_moved(index: Index) -> None:
    tamper(index, 'UPDATE passages SET start = start + 1 WHERE uri = "bridge.md" AND ordinal = 0')
    assert any("does not stand at 1:28" in line for line in index.verify())


# Invariant 2: the three agree


def test_2_ids_and_generation_agree(index: Index, encoder: KeywordEncoder) -> None:
    put_all(index, encoder, FLOOD, remove=["housing.md"])
    seal = json.loads((derived_folder(index.folder) / "seal.json").read_text())
    assert seal["generation"] == index.generation == 2
    ids = sorted(p.id for d in (BRIDGE, FLOOD) for p in passages_of(d))
    folder = derived_folder(index.folder)
    assert dense_module.Dense(folder / "dense.faiss").ids() == ids
    assert lexical.Lexical(folder / "lexical").ids() == ids
    assert index.verify() == []


@pytest.mark.parametrize("part", ["", "seal.json", "dense.faiss", "lexical", "lexical/meta.json"])
@pytest.mark.parametrize("harm", ["remove", "truncate", "garble", "empty"])
def test_2_opening_repairs_derived_files_without_a_model(
    index: Index, encoder: KeywordEncoder, part: str, harm: str
) -> None:
    vector = encoder.encode_query("river deck").vector
    expected = (index.lexical({"bridg": 1.0}, 5), index.dense(vector, 5))
    encoder.encoded.clear()
    damage(derived_folder(index.folder) / part, harm)
    with Index.open(index.folder, repair=False) as unrepaired:
        assert unrepaired.verify() != []
    with Index.open(index.folder) as opened:
        assert (opened.lexical({"bridg": 1.0}, 5), opened.dense(vector, 5)) == expected
        assert opened.verify() == []
        assert opened.generation == 1
    assert encoder.encoded == []


def test_2_files_of_another_ledger_are_not_taken(
    index: Index, encoder: KeywordEncoder, tmp_path: Path
) -> None:
    other = create_index(tmp_path / "other", encoder)
    put_all(other, encoder, FLOOD)
    other.close()
    mine = derived_folder(index.folder)
    shutil.rmtree(mine)
    shutil.copytree(derived_folder(tmp_path / "other"), mine)
    with Index.open(index.folder) as opened:
        assert [key for key, _ in opened.lexical({"flood": 1.0}, 5)] == []
        assert opened.verify() == []


def test_2_verify_finds_what_the_seal_cannot_see(index: Index) -> None:
    tamper(index, 'DELETE FROM passages WHERE uri = "bridge.md" AND ordinal = 1')
    found = "\n".join(index.verify())
    assert "bridge.md: what is stored is not what was put in" in found
    assert "the dense file lacks 0 passages of the ledger and has 1" in found
    assert "the lexical file lacks 0 passages of the ledger and has 1" in found


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DELETE FROM vectors", "has no vector"),
        ("UPDATE vectors SET vector = x'00'", "a vector of something else"),
        ("UPDATE vectors SET vector = zeroblob(80)", "other vectors than the ledger"),
        ("DELETE FROM documents WHERE uri = 'bridge.md'", "but no document"),
        ("UPDATE documents SET title = 'x'", "not what was put in"),
        ("DELETE FROM meta WHERE name = 'encoder'", "encoder missing"),
    ],
)
def test_2_verify_finds_a_ledger_that_was_changed(index: Index, harm: str, said: str) -> None:
    tamper(index, harm)
    assert any(said in line for line in index.verify())


def test_2_a_changed_analysis_makes_the_lexical_files_anew(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_letters(words: str, *, keep_stop_words: bool = False) -> list[str]:
        return [letter for letter in words.lower() if letter.isalpha()]

    monkeypatch.setattr(records, "terms", by_letters)
    with Index.open(index.folder) as opened:
        assert opened.frequencies(["bridg", "b"]) == {"bridg": 0, "b": 3}
        put_all(opened, KeywordEncoder(), FLOOD)
        assert opened.frequencies(["bridg", "b"]) == {"bridg": 0, "b": 4}
        assert opened.verify() == []
    monkeypatch.undo()
    with Index.open(index.folder) as opened:
        assert opened.frequencies(["bridg", "b"]) == {"bridg": 4, "b": 0}


# Invariant 3: another encoder or splitter


@pytest.mark.parametrize(
    "asked",
    [
        Identity("keywords-2", 20, SPLITTER),
        Identity("keywords-1", 21, SPLITTER),
        Identity("keywords-1", 20, "paragraphs-2"),
    ],
)
def test_3_another_encoder_or_splitter_is_a_mismatch(index: Index, asked: Identity) -> None:
    index.check(Identity("keywords-1", 20, SPLITTER))
    with pytest.raises(IndexMismatch) as caught:
        index.check(asked)
    assert caught.value.built_with == str(index.identity)
    assert caught.value.asked_for == str(asked)
    assert caught.value.hint == "qa index --rebuild"


def test_3_create_opens_its_own_and_refuses_anothers(index: Index, encoder: KeywordEncoder) -> None:
    with create_index(index.folder, encoder) as again:
        assert again.generation == 1
    with pytest.raises(IndexMismatch):
        create_index(index.folder, encoder, splitter="paragraphs-2")
    assert index.generation == 1


def test_3_tables_of_another_schema_are_a_mismatch(index: Index, encoder: KeywordEncoder) -> None:
    tamper(index, "UPDATE meta SET value = '0' WHERE name = 'schema'")
    with pytest.raises(IndexMismatch, match="another version") as caught:
        Index.open(index.folder)
    assert caught.value.hint == "qa index --rebuild"
    with Index.create(
        index.folder, encoder_fingerprint="e", dimension=2, splitter="s", replace=True
    ) as made:
        assert made.documents() == ()
        assert made.verify() == []


def test_3_a_rebuild_changes_everything_at_once(index: Index, encoder: KeywordEncoder) -> None:
    newer = KeywordEncoder(VOCABULARY[:5], revision="2")
    identity = Identity(newer.fingerprint, newer.dimension, SPLITTER)
    reader = Index.open(index.folder)
    result = index.update(
        put=[entry(index.document("bridge.md"))], encode=newer.encode_documents, identity=identity
    )
    assert (result.changed, result.removed) == (("bridge.md",), ("housing.md",))
    assert result.encoded == len(newer.encoded) == 3
    assert index.identity == identity
    assert index.dense(newer.encode_query("river").vector, 1)[0][0] == passages_of(BRIDGE)[0].id
    assert index.verify() == []
    with reader:
        with pytest.raises(IndexMismatch, match="has been rebuilt") as caught:
            reader.dense(encoder.encode_query("river").vector, 1)
        assert "open the index again" in caught.value.hint
        with pytest.raises(IndexMismatch, match="has been rebuilt"):
            put_all(reader, encoder, FLOOD)
    assert [summary.uri for summary in index.documents()] == ["bridge.md"]


# Invariants 4 and 5: only what is new


def test_4_indexing_unchanged_writes_nothing(index: Index, encoder: KeywordEncoder) -> None:
    index.close()  # so that the log is folded into the ledger's file
    before = files_in(index.folder)
    encoder.encoded.clear()
    with create_index(index.folder, encoder) as again:
        result = put_all(again, encoder, HOUSING, BRIDGE, remove=["unknown.md"])
        assert result.unchanged == ("bridge.md", "housing.md")
        assert (result.generation, result.encoded, result.added) == (1, 0, ())
        assert put_all(again, encoder).generation == 1
    assert encoder.encoded == []
    assert files_in(index.folder) == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title"},
        {"meta": {"review": "Other"}},
        {"sha256": "0" * 64},
        {"pages": (Page(1, "", 0, 5),)},
        {"paragraphs": ()},
    ],
)
def test_4_any_change_of_a_document_is_seen(
    index: Index, encoder: KeywordEncoder, change: dict[str, str]
) -> None:
    changed = dataclasses.replace(HOUSING, **change)  # type: ignore[arg-type]
    assert put_all(index, encoder, changed).changed == ("housing.md",)
    assert index.document("housing.md") == changed
    assert index.verify() == []


def test_5_only_new_content_is_encoded(index: Index, encoder: KeywordEncoder) -> None:
    encoder.encoded.clear()
    edited = "A new opening.\n\n" + BRIDGE.text.replace("The contractor left.", "The pier stands.")
    put_all(index, encoder, Document.from_text(BRIDGE.uri, BRIDGE.title, edited))
    assert encoder.encoded == ["Bridge report\nA new opening.", "Bridge report\nThe pier stands."]


def test_5_a_passage_that_moves_to_another_document_is_not_encoded_again(
    index: Index, encoder: KeywordEncoder
) -> None:
    encoder.encoded.clear()
    moved = Document.from_text("moved.md", BRIDGE.title, BRIDGE.text + "\n\n" + BRIDGE.text)
    result = put_all(index, encoder, moved, remove=["bridge.md"])
    assert (result.encoded, encoder.encoded) == (0, [])
    assert index.status().passages == 8
    assert index.verify() == []


def test_5_an_interrupted_build_goes_on_where_it_stopped(
    tmp_path: Path, encoder: KeywordEncoder
) -> None:
    content = "\n\n".join(f"Bridge number {n}." for n in range(150))
    document = Document.from_text("long.md", "Bridges", content)

    def encode(texts: Sequence[str]) -> StoredVectors:
        if len(encoder.encoded) >= 128:
            raise KeyboardInterrupt
        return encoder.encode_documents(texts)

    with create_index(tmp_path, encoder) as index:
        with pytest.raises(KeyboardInterrupt):
            index.update(put=[entry(document)], encode=encode)
        assert (index.generation, index.documents()) == (0, ())
        assert index.verify() == []
        encoder.encoded.clear()
        assert put_all(index, encoder, document).encoded == 150 - 128
        assert len(encoder.encoded) == 150 - 128
        assert index.verify() == []


@pytest.mark.parametrize("wrong", ["rows", "columns", "nan", "signs"])
def test_5_vectors_that_do_not_fit_change_nothing(
    index: Index, encoder: KeywordEncoder, wrong: str
) -> None:
    def encode(texts: Sequence[str]) -> StoredVectors:
        made = encoder.encode_documents(texts)
        vectors, signs = made.vectors, made.signs
        if wrong == "signs":
            return StoredVectors(vectors, tuple(each[:, :-1] for each in signs))
        if wrong == "nan":
            return StoredVectors(vectors * np.float32("nan"), signs)
        return StoredVectors(vectors[:, :-1] if wrong == "columns" else vectors[:-1], signs)

    with pytest.raises(ValueError, match="the encoder gave"):
        index.update(put=[entry(FLOOD)], encode=encode)
    assert index.generation == 1
    assert index.verify() == []


# Invariant 9: nothing is unpickled


def test_9_no_module_of_the_index_can_unpickle() -> None:
    for path in Path(qa.index.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names |= {alias.name for alias in node.names}
                names.add(getattr(node, "module", None) or "")
        forbidden = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "eval", "exec"}
        assert not names & (forbidden | {"load_pickle", "allow_pickle"}), path.name
        assert not {name for name in names if name in ("np.load", "torch")}, path.name


def test_9_a_pickle_in_place_of_a_file_is_replaced_unread(index: Index, tmp_path: Path) -> None:
    witness = tmp_path / "witness"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (str(witness),))

    poison = pickle.dumps(Trap())
    for path in [*derived_folder(index.folder).rglob("*")]:
        if path.is_file():
            path.unlink()
            path.write_bytes(poison)
    with Index.open(index.folder) as opened:
        assert opened.verify() == []
        assert len(opened.lexical({"bridg": 1.0}, 5)) == 3
    assert not witness.exists()


# Invariant 10: deletion


def test_10_nothing_of_a_deleted_document_is_left(index: Index, encoder: KeywordEncoder) -> None:
    rare = "Quokkaville"
    long = f"{rare} bridge. " * 3000  # longer than a page of the ledger
    secret = Document.from_text("secret.md", rare, f"{long}\n\nThe {rare} pier.", review=rare)
    put_all(index, encoder, secret)
    vector = index.similarities(encoder.encode_query("pier").vector, [passages_of(secret)[1].id])
    assert vector[0] > 0
    assert any(rare.encode() in content for content in files_in(index.folder).values())
    put_all(index, encoder, remove=["secret.md"])
    for _ in range(2):
        for name, content in files_in(index.folder).items():
            for form in (rare, rare.lower(), text.terms(rare)[0], rare.lower()[:7]):
                assert form.encode() not in content, f"{form} is in {name}"
        index.close()
    with Index.open(index.folder) as opened:
        assert opened.frequencies(text.terms(rare)) == {text.terms(rare)[0]: 0}
        assert opened.passages(p.id for p in passages_of(secret)) == {}
        assert opened.similarities(
            encoder.encode_query("pier").vector, [passages_of(secret)[1].id]
        ) == [0]
        assert opened.verify() == []


def test_10_vectors_that_nothing_needs_are_removed(index: Index, encoder: KeywordEncoder) -> None:
    def count() -> int:
        with sqlite3.connect(index.folder / ledger.FILE) as db:
            (found,) = db.execute("SELECT COUNT(*) FROM vectors").fetchone()
        db.close()
        return int(found)

    assert count() == 5
    put_all(index, encoder, remove=["bridge.md"])
    assert count() == 2
