"""Whatever is put in and removed, in whatever order, the index holds what a dict would hold."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from fakes import KeywordEncoder
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from indexes import create_index, put_all

from qa.index import Index
from qa.types import Document

WORDS = ("bridge", "river", "damp", "rent", "the", "naïve", "7.12")
URIS = st.sampled_from(["a.md", "b/ö.md", "c 'c\".md", "d"])
TEXTS = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join), max_size=4
).map("\n\n".join)


class IndexModel(RuleBasedStateMachine):
    """An index beside a dict of documents."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.encoder = KeywordEncoder()
        self.index = create_index(self.folder, self.encoder)
        self.documents: dict[str, Document] = {}
        self.generation = 0

    def teardown(self) -> None:
        assert self.index.verify() == []
        self.index.close()
        shutil.rmtree(self.folder)

    @rule(put=st.dictionaries(URIS, TEXTS, max_size=3), remove=st.lists(URIS, max_size=2))
    def update(self, put: dict[str, str], remove: list[str]) -> None:
        given = {uri: Document.from_text(uri, f"Title of {uri}", put[uri]) for uri in put}
        kept = {uri: d for uri, d in self.documents.items() if uri not in remove}
        expected = {**kept, **given}
        result = put_all(self.index, self.encoder, *given.values(), remove=remove)
        self.generation += expected != self.documents
        assert set(result.added) == set(given) - set(self.documents)
        assert set(result.removed) == set(self.documents) - set(expected)
        self.documents = expected

    @rule()
    def reopen(self) -> None:
        self.index.close()
        self.index = Index.open(self.folder)

    @precondition(lambda self: self.documents)
    @rule()
    def lose_derived_files(self) -> None:
        self.index.close()
        for folder in self.folder.glob("generation-*"):
            shutil.rmtree(folder)
        self.index = Index.open(self.folder)

    @invariant()
    def holds_what_the_dict_holds(self) -> None:
        assert self.index.generation == self.generation
        assert [s.uri for s in self.index.documents()] == sorted(self.documents)
        for uri, document in self.documents.items():
            assert self.index.document(uri) == document

    @invariant()
    def finds_what_is_there(self) -> None:
        blocks = [
            document.text[block.start : block.end]
            for document in self.documents.values()
            for block in document.paragraphs
        ]
        for word, term in (("bridge", "bridg"), ("naïve", "naiv"), ("7.12", "7.12")):
            expected = sorted(block for block in blocks if word in block.split())
            found = self.index.passages(key for key, _ in self.index.lexical({term: 1.0}, 99))
            assert sorted(passage.text for passage in found.values()) == expected
            assert self.index.frequencies([term]) == {term: len(expected)}
        near = self.index.dense(self.encoder.encode_query("river").vector, 99)
        assert len(near) == len(blocks)
        found = self.index.passages(key for key, score in near if score > 0)
        expected = sorted(block for block in blocks if "river" in block.split())
        assert sorted(passage.text for passage in found.values()) == expected


TestIndexModel = IndexModel.TestCase
TestIndexModel.settings = settings(max_examples=12, stateful_step_count=8)
