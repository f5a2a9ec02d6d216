"""The three kept honest: the ledger, and the dense and lexical files derived from it.

An update writes the derived files of the generation to come, and then commits the ledger; that
commit is the one moment at which the new generation begins, in this process and in others. Derived
files that are missing, damaged or left from elsewhere are made again from the ledger.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from qa.errors import IndexLocked, IndexMismatch, IndexMissing
from qa.index import dense, derived, ledger, lexical, rows, seal
from qa.index.derived import Derived
from qa.index.late import late_scores, signed_vectors
from qa.index.lock import WriterLock, unwritable
from qa.index.originals import Originals
from qa.index.records import Entry, Identity, Status, Stored, UpdateResult, Version
from qa.index.staging import Plan, Staging
from qa.index.verify import verify
from qa.threads import one_thread
from qa.types import Document, DocumentSummary, Layout, Passage, Progress, StoredVectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[Sequence[str]], StoredVectors]

_WRITER_LOCK = "writer.lock"


class Index:
    """An index on this machine, open for reading from any thread; satisfies PassageIndex."""

    def __init__(self, folder: Path, *, repair: bool = True) -> None:
        """Raises IndexMissing, IndexDamaged or IndexMismatch; `open` and `create` call this."""
        self.folder = folder
        self._ledger = ledger.Ledger(folder / ledger.FILE)
        self.originals = Originals(folder)
        self._lock = WriterLock(folder / _WRITER_LOCK)
        self._loading = threading.Lock()
        self._derived: Derived | None = None
        self._listed: tuple[Version, tuple[DocumentSummary, ...]] | None = None
        self._identity = self._ledger.head()[1]
        try:
            if repair:
                self._finish()
                self._current()
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, folder: str | Path, *, repair: bool = True) -> Index:
        """The index in this folder. With ``repair``, derived files are in order afterwards."""
        return cls(Path(folder), repair=repair)

    @classmethod
    def create(
        cls,
        folder: str | Path,
        *,
        encoder_fingerprint: str,
        dimension: int,
        splitter: str,
        replace: bool = False,
    ) -> Index:
        """An empty index stands in the folder, or the one of this identity that stood there.

        ``replace`` throws away what is there, readable or not. Raises IndexMismatch where another
        identity's index stands and is not to be replaced.
        """
        folder = Path(folder)
        identity = Identity(encoder_fingerprint, dimension, splitter)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with WriterLock(folder / _WRITER_LOCK)():
                if replace or not _exists(folder):
                    ledger.remove_files(folder / ledger.FILE)
                    ledger.create(folder / ledger.FILE, identity, Version(0, _token()))
        except OSError as error:
            raise unwritable(folder, error) from error
        index = cls(folder)
        try:
            index.check(identity)
        except IndexMismatch:
            index.close()
            raise
        return index

    @property
    def identity(self) -> Identity:
        """What the index was built with."""
        return self._identity

    @property
    def generation(self) -> int:
        """Rises by one with every update that changed something."""
        return self._ledger.head()[0].generation

    def check(self, identity: Identity) -> None:
        """The index was built with this identity. Raises IndexMismatch where it was not."""
        if identity != self._identity:
            raise IndexMismatch(
                f"the index in {self.folder} was built with {self._identity}; "
                f"asked for is {identity}",
                built_with=str(self._identity),
                asked_for=str(identity),
                hint=ledger.REBUILD_HINT,
            )

    # Reading

    def documents(self) -> Sequence[DocumentSummary]:
        """Every document, ordered by uri; the same object until the index changes."""
        version = self._ledger.head()[0]
        listed = self._listed
        if listed is None or listed[0] != version:
            # Counting the pages and passages of thousands takes longer than a search.
            with self._ledger.reading() as db:
                version = ledger.read_head(db, self._ledger.path)[0]
                listed = version, tuple(rows.read_summaries(db))
            self._listed = listed
        return listed[1]

    def document(self, uri: str) -> Document:
        """The stored document. Raises DocumentError where there is none."""
        return self._ledger.document(uri)

    def layouts(self, uri: str, start: int, end: int) -> list[Layout]:
        """Where the words stand on the pages over which this span of the document runs."""
        return self._ledger.layouts(uri, start, end)

    def layout(self, uri: str, page: int) -> Layout | None:
        """Where the words of a page stand on it; None for a page that cannot be drawn."""
        return self._ledger.layout(uri, page)

    def passages_of(self, uri: str) -> list[Passage]:
        """The passages of a document, in order."""
        return self._ledger.passages_of(uri)

    def passages(self, ids: Iterable[int]) -> dict[int, Passage]:
        """The passages with these ids; unknown ids are left out."""
        return self._ledger.passages(ids)

    def neighbours(self, passage: Passage) -> tuple[Passage | None, Passage | None]:
        """The passages before and after this one in its document."""
        return self._ledger.neighbours(passage)

    def state(self) -> dict[str, Stored]:
        """What is known of every document, by uri, so that unchanged files need not be read."""
        return self._ledger.state()

    def status(self) -> Status:
        """How much is in the index, and how large it is on disk."""
        version, identity, _ = self._ledger.head()
        documents, pages, passages = self._ledger.counts()
        files = seal.folder_of(self.folder, version)
        dense_file = files / dense.FILE
        return Status(
            generation=version.generation,
            documents=documents,
            pages=pages,
            passages=passages,
            identity=identity,
            ledger_bytes=self._ledger.size(),
            dense_bytes=dense_file.stat().st_size if dense_file.exists() else 0,
            lexical_bytes=seal.size(files / lexical.FOLDER),
            roots=self._ledger.roots(),
        )

    # Searching

    def lexical(
        self, terms: Mapping[str, float], k: int, *, uris: Sequence[str] | None = None
    ) -> list[tuple[int, float]]:
        """The k best passages by BM25 over weighted terms (of ``text.terms``), best first."""
        return self._current().lexical.search(terms, k, uris=uris)

    def dense(
        self, vector: NDArray[np.float32], k: int, *, uris: Sequence[str] | None = None
    ) -> list[tuple[int, float]]:
        """The k passages of highest inner product with the vector, best first."""
        current = self._current().dense
        if vector.shape != (current.dimension,):
            raise ValueError(f"a vector of shape {vector.shape}, not ({current.dimension},)")
        among = None if uris is None else self._ledger.ids_of(uris)
        return current.search(vector, k, among=among)

    def similarities(self, vector: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        """The inner product of the vector with each passage, in order; 0 for unknown ids."""
        matrix = self._current().dense.exact_vectors(ids)
        if matrix is None:
            found = self._ledger.stored_of(ledger.VECTORS_OF, ids)
            nothing = bytes(4 * self._identity.dimension)
            matrix = dense.as_matrix(
                [found.get(key, nothing) for key in ids], self._identity.dimension
            )
        with one_thread():
            return [float(score) for score in matrix @ vector]

    def late(self, tokens: NDArray[np.float32], ids: Sequence[int]) -> list[float]:
        """How near the query's word pieces come to those of each passage; 0 for unknown ids."""
        found = self._ledger.stored_of(ledger.SIGNS_OF, ids)
        return late_scores(tokens, [found.get(key, b"") for key in ids])

    def tokens(self, ids: Sequence[int]) -> list[NDArray[np.float32]]:
        """The vectors of each passage's word pieces by their signs; none for unknown ids."""
        found = self._ledger.stored_of(ledger.SIGNS_OF, ids)
        dimension = self._identity.dimension
        return [signed_vectors(found.get(key, b""), dimension) for key in ids]

    def terms(self, ids: Sequence[int]) -> list[str]:
        """The terms of each passage, in order, parted by blanks; "" for unknown ids."""
        found = self._ledger.stored_of(ledger.TERMS_OF, ids)
        return [found.get(key, "") for key in ids]

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs (0 where in none)."""
        return self._current().lexical.frequencies(terms)

    # Writing

    def locked(self) -> AbstractContextManager[None]:
        """Nobody else writes inside; `update` may be called there. Raises IndexLocked."""
        return self._lock()

    def update(
        self,
        *,
        encode: Encode,
        put: Iterable[Entry] = (),
        remove: Iterable[str] = (),
        identity: Identity | None = None,
        progress: Progress | None = None,
    ) -> UpdateResult:
        """All of the update is in the index, or, if this raises or is killed, none of it.

        ``put`` is read once, one document at a time, so it may load them as it goes; ``remove`` is
        read after that, and names that are unknown or were put are passed over. Documents that are
        stored just so already count as unchanged; if all are, nothing is written. Passages whose
        content has a vector are not encoded again. Another ``identity`` than the index has makes
        this a rebuild: only what is put stays, and readers must open the index again.

        Raises IndexLocked, and ValueError for passages that do not fit their document or vectors
        that do not fit the index.
        """
        with self.locked(), self._ledger.writer() as db:
            if identity is None:
                self._head()
                identity = self._identity
            staged = Staging(db, self._ledger.path, identity)
            for entry in put:
                staged.add(entry)
            plan = staged.plan(remove)
            encoded = 0
            if plan.added or plan.changed or plan.removed or staged.is_rebuild:
                encoded = staged.encode(encode, progress or _silent)
                self._swap(db, staged, identity, progress)
                self._identity = identity
            self.originals.sweep(self._ledger.contents())
            return self._result(plan, encoded)

    def _swap(
        self,
        db: ledger.Connection,
        staged: Staging,
        identity: Identity,
        progress: Progress | None,
    ) -> None:
        report = progress or _silent
        report("writing", 0, 3)
        version = Version(self.generation + 1, _token())
        with derived.locked(self.folder):
            with staged.swap(version):
                report("writing", 1, 3)
                derived.build(self.folder, db, version, identity)
                report("writing", 2, 3)
            seal.sweep(self.folder, version)
        ledger.tidy(db)
        report("writing", 3, 3)

    def _result(self, plan: Plan, encoded: int) -> UpdateResult:
        documents, pages, passages = self._ledger.counts()
        return UpdateResult(
            generation=self.generation,
            added=plan.added,
            changed=plan.changed,
            removed=plan.removed,
            unchanged=plan.unchanged,
            documents=documents,
            pages=pages,
            passages=passages,
            encoded=encoded,
            changes=plan.changes,
        )

    # Derived files

    def _current(self) -> Derived:
        current, version = self._derived, self._head()
        if current is None or current.version != version:
            with self._loading:
                current = derived.load(self.folder, self._ledger, self._derived)
                self._derived = current
        return current

    def _head(self) -> Version:
        """The ledger's version. Raises IndexMismatch if it was rebuilt since this was opened."""
        version, identity, _ = self._ledger.head()
        if identity != self._identity:
            raise IndexMismatch(
                f"the index in {self.folder} has been rebuilt with {identity}",
                built_with=str(identity),
                asked_for=str(self._identity),
                hint="open the index again (restart a server)",
            )
        return version

    def _finish(self) -> None:
        # A writer that was killed may have left folders and files behind, and in the log
        # deleted text.
        strays = seal.strays(self.folder, self._ledger.head()[0])
        if not (strays or self._ledger.has_log() or self.originals.strays(self._ledger.contents())):
            return
        try:
            with self._lock(), self._ledger.writer() as db, derived.locked(self.folder):
                seal.sweep(self.folder, self._ledger.head()[0])
                ledger.tidy(db)
                self.originals.sweep(self._ledger.contents())
        except IndexLocked:
            return  # nobody was killed: somebody is writing

    def verify(self) -> list[str]:
        """One line for every fault in what is stored; none when all is in order."""
        return verify(self.folder, self._ledger)

    def repair(self) -> bool:
        """The derived files agree with the ledger; returns whether they had to be made again."""
        return derived.repair(self.folder, self._ledger)

    def close(self) -> None:
        """Let go of files and connections."""
        self._derived = None
        self._ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _exists(folder: Path) -> bool:
    try:
        ledger.Ledger(folder / ledger.FILE).close()
    except IndexMissing:
        return False
    return True


def _token() -> str:
    return uuid.uuid4().hex[:12]


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
