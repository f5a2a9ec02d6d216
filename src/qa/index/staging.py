"""One update of the ledger, prepared in temporary tables and swapped in by one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qa.index import ledger
from qa.index.late import row_bytes
from qa.index.records import (
    Entry,
    Identity,
    Version,
    analysis_version,
    document_faults,
    passage_input,
    passage_key,
    passage_terms,
)
from qa.index.rows import ALL_PASSAGES, document_digest, layout_row, page_row, paragraph_row
from qa.types import Change, Passage, Progress, StoredVectors

if TYPE_CHECKING:
    Encode = Callable[[Sequence[str]], StoredVectors]

_BATCH = 64

SET_TERMS = "UPDATE passages SET terms = ? WHERE id = ?"

CREATE_REMOVED = "CREATE TEMP TABLE staged_removed (uri TEXT PRIMARY KEY) WITHOUT ROWID"
STAGE_DOCUMENT = "INSERT INTO temp.staged_documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
STAGE_PAGE = "INSERT INTO temp.staged_pages VALUES (?, ?, ?, ?, ?, ?, ?)"
STAGE_LAYOUT = "INSERT INTO temp.staged_layouts VALUES (?, ?, ?, ?, ?)"
STAGE_PARAGRAPH = "INSERT INTO temp.staged_paragraphs VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
STAGE_PASSAGE = "INSERT INTO temp.staged_passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
STAGE_REMOVED = "INSERT OR IGNORE INTO temp.staged_removed VALUES (?)"
STAGE_ALL_REMOVED = "INSERT OR IGNORE INTO temp.staged_removed SELECT uri FROM documents"
DROP_UNREAL_REMOVALS = """DELETE FROM temp.staged_removed WHERE uri NOT IN
    (SELECT uri FROM documents) OR uri IN (SELECT uri FROM temp.staged_documents)"""
UNSTAGE = tuple(f"DELETE FROM temp.staged_{name} WHERE uri = ?" for name in ledger.TABLES)
STAGED_UNCHANGED = """SELECT staged.uri FROM temp.staged_documents AS staged
    JOIN documents USING (uri) WHERE staged.digest = documents.digest ORDER BY staged.uri"""
STAGED_NEW = """SELECT uri FROM temp.staged_documents
    WHERE uri NOT IN (SELECT uri FROM documents) ORDER BY uri"""
STAGED_CHANGED = """SELECT uri FROM temp.staged_documents
    WHERE uri IN (SELECT uri FROM documents) ORDER BY uri"""
CHANGES = """SELECT staged.uri, documents.title, staged.title,
    (SELECT COUNT(*) FROM pages WHERE uri = staged.uri),
    (SELECT COUNT(*) FROM temp.staged_pages WHERE uri = staged.uri),
    (SELECT COUNT(*) FROM passages WHERE uri = staged.uri),
    (SELECT COUNT(*) FROM temp.staged_passages WHERE uri = staged.uri),
    (SELECT COUNT(*) FROM temp.staged_passages WHERE uri = staged.uri
        AND id NOT IN (SELECT id FROM passages)),
    (SELECT COUNT(*) FROM passages WHERE uri = staged.uri
        AND id NOT IN (SELECT id FROM temp.staged_passages))
    FROM temp.staged_documents AS staged JOIN documents USING (uri) ORDER BY staged.uri"""
# How a file was read may change, and what comes of it stay the same.
RESIGN = """UPDATE documents SET signature = staged.signature, warnings = staged.warnings
    FROM temp.staged_documents AS staged WHERE documents.uri = staged.uri
    AND documents.digest = staged.digest AND documents.signature != staged.signature"""
STAGED_REMOVED = "SELECT uri FROM temp.staged_removed ORDER BY uri"
STAGED_UNENCODED = """SELECT key, id FROM temp.staged_passages AS staged WHERE NOT EXISTS
    (SELECT 1 FROM vectors WHERE vectors.key = staged.key) ORDER BY uri, ordinal"""
STAGED_PASSAGES = ledger.PASSAGES_BY_ID.replace("FROM passages", "FROM temp.staged_passages")
ADD_VECTORS = "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)"
_LEAVING = """(SELECT uri FROM temp.staged_documents
    UNION ALL SELECT uri FROM temp.staged_removed)"""
SWAP = (
    # A changed document keeps the time at which it was first added.
    """UPDATE temp.staged_documents SET added = (SELECT documents.added FROM documents
    WHERE documents.uri = staged_documents.uri) WHERE uri IN (SELECT uri FROM documents)""",
    *(f"DELETE FROM {name} WHERE uri IN {_LEAVING}" for name in ledger.TABLES),
    *(f"INSERT INTO {name} SELECT * FROM temp.staged_{name}" for name in ledger.TABLES),
    """DELETE FROM vectors WHERE NOT EXISTS
    (SELECT 1 FROM passages WHERE passages.key = vectors.key)""",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update will do; each tuple is of uris, in order."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    changes: tuple[Change, ...]


class Staging:
    """The prepared side of one update; nothing of it is seen before `swap` commits.

    The one exception are vectors: they are kept as they come, keyed by content, so that an update
    that is killed while encoding goes on where it stopped.
    """

    def __init__(self, db: ledger.Connection, path: Path, identity: Identity) -> None:
        """The temporary tables stand empty. The caller holds the index's lock."""
        self._db = db
        self._identity = identity
        self._seen: set[str] = set()
        self._before, built_with, self._analysis = ledger.read_head(db, path)
        self._rebuild = built_with != identity
        for name, statement in ledger.TABLES.items():
            db.execute(statement.format(f"temp.staged_{name}"))
        db.execute(CREATE_REMOVED)

    def add(self, entry: Entry) -> None:
        """The document is prepared; of two with one uri the last counts. Raises ValueError."""
        document = entry.document
        if faults := document_faults(document, entry.passages):
            raise ValueError("; ".join(faults[:3]))
        if document.uri in self._seen:
            self._forget(document.uri)
        self._seen.add(document.uri)
        uri, db = document.uri, self._db
        with self._one_transaction():
            db.execute(STAGE_DOCUMENT, _document_row(entry))
            db.executemany(
                STAGE_PAGE,
                [(uri, n, *page_row(page)) for n, page in enumerate(document.pages)],
            )
            db.executemany(
                STAGE_PARAGRAPH,
                [(uri, n, *paragraph_row(block)) for n, block in enumerate(document.paragraphs)],
            )
            db.executemany(STAGE_LAYOUT, [(uri, *layout_row(layout)) for layout in entry.layouts])
            rows = (self._passage_row(n, passage) for n, passage in enumerate(entry.passages))
            db.executemany(STAGE_PASSAGE, rows)

    def plan(self, remove: Iterable[str]) -> Plan:
        """What will be done; documents that are stored just so already are dropped from it."""
        db = self._db
        with self._one_transaction():
            db.executemany(STAGE_REMOVED, ((uri,) for uri in remove))
            if self._rebuild:
                db.execute(STAGE_ALL_REMOVED)
                unchanged: list[str] = []
            else:
                unchanged = _column(db, STAGED_UNCHANGED)
                db.execute(RESIGN)
            db.execute(DROP_UNREAL_REMOVALS)
            for uri in unchanged:
                self._forget(uri)
        return Plan(
            added=tuple(_column(db, STAGED_NEW)),
            changed=tuple(_column(db, STAGED_CHANGED)),
            removed=tuple(_column(db, STAGED_REMOVED)),
            unchanged=tuple(unchanged),
            changes=tuple(
                Change(uri, (title, now), (pages, pages_now), (held, holds), new, gone)
                for uri, title, now, pages, pages_now, held, holds, new, gone in db.execute(CHANGES)
            ),
        )

    @property
    def is_rebuild(self) -> bool:
        """Whether the ledger was built with something else, so that nothing of it stays."""
        return self._rebuild

    def unencoded(self) -> dict[bytes, int]:
        """The keys that have no vector yet, each with a passage that has that content."""
        rows = self._db.execute(STAGED_UNENCODED)
        found: dict[bytes, int] = {}
        for key, passage in rows:
            found.setdefault(key, passage)
        return found

    def texts(self, ids: Sequence[int]) -> list[str]:
        """The inputs of these prepared passages, in their order."""
        rows = self._db.execute(STAGED_PASSAGES, (json.dumps(list(ids)),)).fetchall()
        found = {row[0]: passage_input(Passage(*row)) for row in rows}
        return [found[key] for key in ids]

    def save_vectors(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """These (key, vector, signs) rows are durable, whatever becomes of the update."""
        with self._one_transaction():
            self._db.executemany(ADD_VECTORS, rows)

    def encode(self, encode: Encode, progress: Progress) -> int:
        """Every prepared passage has a vector; returns how many had to be encoded.

        Raises ValueError where what the encoder gives does not fit the index.
        """
        import numpy as np  # noqa: PLC0415

        missing = self.unencoded()
        keys = list(missing)
        dimension = self._identity.dimension
        for start in range(0, len(keys), _BATCH):
            progress("encoding", start, len(keys))
            batch = keys[start : start + _BATCH]
            made = encode(self.texts([missing[key] for key in batch]))
            vectors = np.asarray(made.vectors, dtype="<f4")
            if vectors.shape != (len(batch), dimension) or not np.isfinite(vectors).all():
                raise ValueError(
                    f"the encoder gave {vectors.shape} for {len(batch)} texts, "
                    f"not finite numbers of shape ({len(batch)}, {dimension})"
                )
            widths = {signs.shape[1:] for signs in made.signs}
            if len(made.signs) != len(batch) or widths != {(row_bytes(dimension),)}:
                raise ValueError(f"the encoder gave signs of shape {widths} for {len(batch)} texts")
            self.save_vectors(
                (key, vector.tobytes(), signs.tobytes())
                for key, vector, signs in zip(batch, vectors, made.signs, strict=True)
            )
        progress("encoding", len(keys), len(keys))
        return len(keys)

    @contextmanager
    def swap(self, version: Version) -> Iterator[None]:
        """The connection sees the state to be; it is committed if the block ends well."""
        db = self._db
        with self._one_transaction():
            analysis = analysis_version()
            if self._analysis != analysis:
                refresh_terms(db)  # of what stays; what comes was cut today
            for statement in SWAP:
                db.execute(statement)
            ledger.write_meta(db, self._identity, version, analysis)
            yield

    def _passage_row(self, ordinal: int, passage: Passage) -> tuple[str | int | bytes | None, ...]:
        return (
            passage.id,
            passage.uri,
            ordinal,
            passage.start,
            passage.end,
            passage.text,
            passage.heading,
            passage.page,
            passage.paragraph,
            passage_key(passage, self._identity.encoder),
            passage_terms(passage),
        )

    def _forget(self, uri: str) -> None:
        for statement in UNSTAGE:
            self._db.execute(statement, (uri,))

    @contextmanager
    def _one_transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except ledger.IntegrityError as error:
            self._db.execute("ROLLBACK")
            raise ValueError(f"two passages have the same id: {error}") from error
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def refresh_terms(db: ledger.Connection) -> None:
    """Every stored passage has the terms that `qa.text.terms` gives it today."""
    for row in db.execute(ALL_PASSAGES).fetchall():
        db.execute(SET_TERMS, (passage_terms(Passage(*row)), row[0]))


def _document_row(entry: Entry) -> tuple[str, ...]:
    document = entry.document
    return (
        document.uri,
        document.title,
        document.text,
        json.dumps(dict(document.meta), ensure_ascii=False),
        document.sha256,
        entry.root,
        entry.signature,
        json.dumps(entry.warnings, ensure_ascii=False),
        datetime.now(UTC).isoformat(timespec="seconds"),
        document_digest(document, entry.passages, entry.layouts, entry.root),
    )


def _column(db: ledger.Connection, statement: str) -> list[str]:
    return [row[0] for row in db.execute(statement)]
