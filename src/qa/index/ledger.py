"""The truth of the index: one SQLite file that holds documents, passages and vectors.

Readers borrow a connection and see one committed state; the one writer prepares an update in
temporary tables (`qa.index.staging`) and swaps it in with a single transaction.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from qa.errors import (
    IndexDamaged,
    IndexLocked,
    IndexMismatch,
    IndexMissing,
    IndexUnusable,
)
from qa.index import rows
from qa.index.records import SCHEMA, Identity, Stored, Version, analysis_version
from qa.index.rows import PASSAGE
from qa.types import Document, Layout, Passage

FILE = "ledger.sqlite"
BUILD_HINT = "qa index corpus"
REBUILD_HINT = "qa index --rebuild"

# Each table exists twice: for good, and as a temporary one in which an update is prepared.
TABLES = {
    "documents": """CREATE TABLE {} (uri TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL,
        meta TEXT NOT NULL, sha256 TEXT NOT NULL, root TEXT NOT NULL, signature TEXT NOT NULL,
        warnings TEXT NOT NULL, added TEXT NOT NULL, digest TEXT NOT NULL)""",
    "pages": """CREATE TABLE {} (uri TEXT, ordinal INTEGER, number INTEGER, label TEXT,
        start INTEGER, "end" INTEGER, ocr REAL, PRIMARY KEY (uri, ordinal)) WITHOUT ROWID""",
    "layouts": """CREATE TABLE {} (uri TEXT, page INTEGER, width REAL, height REAL, words BLOB,
        PRIMARY KEY (uri, page))""",
    "paragraphs": """CREATE TABLE {} (uri TEXT, ordinal INTEGER, start INTEGER, "end" INTEGER,
        label TEXT, heading TEXT, kind TEXT, sources TEXT, PRIMARY KEY (uri, ordinal))
        WITHOUT ROWID""",
    "passages": """CREATE TABLE {} (id INTEGER PRIMARY KEY, uri TEXT NOT NULL,
        ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
        text TEXT NOT NULL, heading TEXT NOT NULL, page INTEGER, paragraph TEXT NOT NULL,
        key BLOB NOT NULL, terms TEXT NOT NULL, UNIQUE (uri, ordinal))""",
}
CREATE_REST = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL, signs BLOB NOT NULL)",
    "CREATE INDEX passages_by_key ON passages (key)",
)
SET_META = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
GET_META = "SELECT name, value FROM meta"
HAS_META = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'"
COUNTS = """SELECT (SELECT COUNT(*) FROM documents), (SELECT COUNT(*) FROM pages),
    (SELECT COUNT(*) FROM passages)"""
ROOTS = "SELECT root, COUNT(*) FROM documents GROUP BY root ORDER BY root"
STATE = "SELECT uri, sha256, root, signature, warnings FROM documents ORDER BY uri"
DOCUMENT_DIGEST = "SELECT root, digest FROM documents WHERE uri = ?"
CONTENTS = "SELECT DISTINCT sha256 FROM documents"
URIS = "SELECT uri FROM documents ORDER BY uri"
PASSAGES_BY_ID = PASSAGE + "WHERE id IN (SELECT value FROM json_each(?))"
PASSAGES_OF = PASSAGE + "WHERE uri = ? ORDER BY ordinal"
PASSAGES_BESIDE = (
    PASSAGE
    + """WHERE uri = :uri AND ordinal = :step +
    (SELECT ordinal FROM passages WHERE id = :id AND uri = :uri)"""
)
IDS_OF = """SELECT id FROM passages WHERE uri IN (SELECT value FROM json_each(?)) ORDER BY id"""
VECTORS_OF = """SELECT id, vector FROM passages JOIN vectors USING (key)
    WHERE id IN (SELECT value FROM json_each(?))"""
SIGNS_OF = """SELECT id, signs FROM passages JOIN vectors USING (key)
    WHERE id IN (SELECT value FROM json_each(?))"""
TERMS_OF = "SELECT id, terms FROM passages WHERE id IN (SELECT value FROM json_each(?))"
ALL_VECTORS = """SELECT id, vector FROM passages LEFT JOIN vectors USING (key) ORDER BY id"""
ORPHANS = """SELECT uri FROM pages UNION SELECT uri FROM paragraphs UNION
    SELECT uri FROM layouts UNION SELECT uri FROM passages EXCEPT SELECT uri FROM documents"""
PASSAGE_KEYS = """SELECT id, uri, start, "end", text, heading, page, paragraph, key,
    LENGTH(vector), LENGTH(signs) FROM passages LEFT JOIN vectors USING (key) ORDER BY id"""
INTEGRITY = "PRAGMA integrity_check"

_READER = ("PRAGMA query_only = ON",)
_WRITER = (
    "PRAGMA synchronous = FULL",  # what was acknowledged survives a power cut
    "PRAGMA secure_delete = ON",  # deleted text is overwritten in the file, not just unlinked
    "PRAGMA temp_store = FILE",  # the texts of an update need not fit in memory
    "PRAGMA cache_size = -32000",
)

# Not the file's fault.
_OUTSIDE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)

_META = ("schema", "encoder", "dimension", "splitter", "generation", "token", "analysis")

Connection = sqlite3.Connection
IntegrityError = sqlite3.IntegrityError


def create(path: Path, identity: Identity, version: Version) -> None:
    """There is an empty ledger of this identity at ``path``; a half-made one is finished."""
    with connection(path, _WRITER, writing=True) as db:
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("BEGIN IMMEDIATE")
        for name, statement in TABLES.items():
            db.execute(statement.format(name))
        for statement in CREATE_REST:
            db.execute(statement)
        write_meta(db, identity, version, analysis_version())
        db.execute("COMMIT")


def write_meta(db: Connection, identity: Identity, version: Version, analysis: str) -> None:
    """The ledger says that it was built with this identity and stands at this version."""
    values = (
        *(identity.schema, identity.encoder, identity.dimension, identity.splitter),
        *(version.generation, version.token, analysis),
    )
    db.executemany(SET_META, [*zip(_META, map(str, values), strict=True)])


@contextmanager
def connection(path: Path, setup: Sequence[str], *, writing: bool = False) -> Iterator[Connection]:
    """A connection of one's own, closed at the end; what SQLite raises comes as QAError."""
    with _translated(path, writing=writing):
        db = _connect(path, setup)
        try:
            yield db
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
            db.close()


class Ledger:
    """The ledger opened for reading, from any thread; `writer` is the way to write."""

    def __init__(self, path: Path) -> None:
        """Raises IndexMissing, IndexDamaged, or IndexMismatch for tables of another schema."""
        self.path = path
        self._idle: list[Connection] | None = []
        self._guard = threading.Lock()
        if not path.is_file():
            raise _missing(path)
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def _check(self) -> None:
        with self.reading() as db:
            if db.execute(HAS_META).fetchone() is None:
                raise _missing(self.path)
            identity = _identity(_meta(db, self.path))
        if identity.schema != SCHEMA:
            raise IndexMismatch(
                f"the index in {self.path.parent} was built by another version of this program",
                built_with=f"schema {identity.schema}",
                asked_for=f"schema {SCHEMA}",
                hint=REBUILD_HINT,
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A borrowed connection that sees one committed state as long as it is held."""
        with _translated(self.path, writing=False):
            db = self._borrow()
            try:
                db.execute("BEGIN")
                yield db
                db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                db.close()
                raise
            self._give_back(db)

    @contextmanager
    def writer(self) -> Iterator[Connection]:
        """A connection for writing; the caller holds the index's lock."""
        with connection(self.path, _WRITER, writing=True) as db:
            yield db

    def close(self) -> None:
        """No connection is left open; reading raises ValueError from now on."""
        with self._guard:
            idle, self._idle = self._idle or [], None
        for db in idle:
            db.close()

    def head(self) -> tuple[Version, Identity, str]:
        """The version, what it was built with, and the analysis that its terms come from."""
        with self.reading() as db:
            return read_head(db, self.path)

    def document(self, uri: str) -> Document:
        """The stored document, equal to the one that was put in. Raises DocumentError."""
        with self.reading() as db:
            return rows.read_document(db, uri)

    def layouts(self, uri: str, start: int, end: int) -> list[Layout]:
        """The layouts of the pages over which the span of the document's text runs."""
        over = {"uri": uri, "start": start, "end": end}
        with self.reading() as db:
            return [rows.layout_of(row) for row in db.execute(rows.LAYOUTS_OVER, over)]

    def layout(self, uri: str, page: int) -> Layout | None:
        """The layout of a page, None where it has none."""
        with self.reading() as db:
            row = db.execute(rows.LAYOUT, (uri, page)).fetchone()
        return rows.layout_of(row) if row else None

    def contents(self) -> set[str]:
        """The SHA-256 of every document's file."""
        with self.reading() as db:
            return {row[0] for row in db.execute(CONTENTS)}

    def passages_of(self, uri: str) -> list[Passage]:
        """The passages of a document, in order; none where there is no such document."""
        with self.reading() as db:
            return [Passage(*row) for row in db.execute(PASSAGES_OF, (uri,))]

    def passages(self, ids: Iterable[int]) -> dict[int, Passage]:
        """The passages with these ids, in their order; unknown ids are left out."""
        wanted = list(ids)
        with self.reading() as db:
            found = {
                row[0]: Passage(*row) for row in db.execute(PASSAGES_BY_ID, (json.dumps(wanted),))
            }
        return {key: found[key] for key in wanted if key in found}

    def neighbours(self, passage: Passage) -> tuple[Passage | None, Passage | None]:
        """The passages before and after this one in its document."""
        with self.reading() as db:
            before, after = (
                db.execute(
                    PASSAGES_BESIDE, {"uri": passage.uri, "id": passage.id, "step": step}
                ).fetchone()
                for step in (-1, 1)
            )
        return (Passage(*before) if before else None, Passage(*after) if after else None)

    def ids_of(self, uris: Sequence[str]) -> list[int]:
        """The ids of all passages of these documents, ascending."""
        with self.reading() as db:
            return [row[0] for row in db.execute(IDS_OF, (json.dumps(list(uris)),))]

    def stored_of(self, statement: str, ids: Sequence[int]) -> dict[int, Any]:
        """What VECTORS_OF, SIGNS_OF or TERMS_OF select of passages; unknown ids are left out."""
        with self.reading() as db:
            return dict(db.execute(statement, (json.dumps(list(ids)),)).fetchall())

    def state(self) -> dict[str, Stored]:
        """What is known of every document, by uri, without its text."""
        with self.reading() as db:
            found = db.execute(STATE).fetchall()
        return {
            uri: Stored(sha256, root, signature, tuple(json.loads(warnings)))
            for uri, sha256, root, signature, warnings in found
        }

    def counts(self) -> tuple[int, int, int]:
        """How many documents, pages and passages there are."""
        with self.reading() as db:
            documents, pages, passages = db.execute(COUNTS).fetchone()
        return documents, pages, passages

    def roots(self) -> dict[str, int]:
        """How many documents came from each root."""
        with self.reading() as db:
            return dict(db.execute(ROOTS).fetchall())

    def has_log(self) -> bool:
        """Whether something was written that is not in the main file yet."""
        log = Path(f"{self.path}-wal")
        return log.exists() and log.stat().st_size > 0

    def size(self) -> int:
        """The bytes of the ledger's files."""
        beside = [Path(f"{self.path}{end}") for end in ("", "-wal", "-shm")]
        return sum(path.stat().st_size for path in beside if path.exists())

    def _borrow(self) -> Connection:
        with self._guard:
            if self._idle is None:
                raise ValueError("the index is closed")
            if self._idle:
                return self._idle.pop()
        return _connect(self.path, _READER)

    def _give_back(self, db: Connection) -> None:
        with self._guard:
            if self._idle is not None:
                self._idle.append(db)
                return
        db.close()


def read_head(db: Connection, path: Path) -> tuple[Version, Identity, str]:
    """The version of the state that this connection sees, its identity and its analysis."""
    meta = _meta(db, path)
    return Version(int(meta["generation"]), meta["token"]), _identity(meta), meta["analysis"]


def tidy(db: Connection) -> None:
    """Free pages are given back, and the log is empty, with what it still held of them."""
    with suppress(sqlite3.OperationalError):  # for want of room, say: the next update does it
        db.execute("PRAGMA incremental_vacuum").fetchall()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def remove_files(path: Path) -> None:
    """There is no ledger at ``path`` any more, whatever state it was in."""
    for end in ("-wal", "-shm", ""):
        Path(f"{path}{end}").unlink(missing_ok=True)


def _connect(path: Path, setup: Sequence[str]) -> Connection:
    # Connections pass between threads, but only one thread at a time holds one.
    db = sqlite3.connect(path, timeout=30.0, isolation_level=None, check_same_thread=False)
    try:
        for statement in setup:
            db.execute(statement)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def _translated(path: Path, *, writing: bool) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise IndexLocked(
                f"{path} is held by another program", holder="another program", hint="close it"
            ) from error
        if code not in _OUTSIDE:
            raise _damaged(path, str(error)) from error
        raise IndexUnusable(
            f"{path} cannot be {'written' if writing else 'read'}: {error}",
            hint=f"look after disk space and the right to write in {path.parent}",
        ) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, str(error)) from error


def _meta(db: Connection, path: Path) -> dict[str, str]:
    meta: dict[str, str] = dict(db.execute(GET_META).fetchall())
    missing = {*_META} - set(meta)
    numbers = [meta.get(name, "") for name in ("schema", "dimension", "generation")]
    if missing or not all(number.isdecimal() for number in numbers):
        raise _damaged(path, f"meta: {', '.join(sorted(missing)) or numbers} missing or no number")
    return meta


def _identity(meta: dict[str, str]) -> Identity:
    return Identity(meta["encoder"], int(meta["dimension"]), meta["splitter"], int(meta["schema"]))


def _missing(path: Path) -> IndexMissing:
    return IndexMissing(f"there is no index in {path.parent}", hint=BUILD_HINT)


def _damaged(path: Path, reason: str) -> IndexDamaged:
    return IndexDamaged(f"{path} is damaged: {reason}", hint=REBUILD_HINT)
