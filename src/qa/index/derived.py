"""The dense and the lexical files of one generation: made from the ledger, checked, opened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import IndexDamaged
from qa.index import dense, ledger, lexical, rows, seal
from qa.index.lock import waiting_lock
from qa.index.records import Identity, Version, analysis_version

_LOCK = "derived.lock"
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Derived:
    """Both kinds of files of one version, open for searching."""

    version: Version
    dense: dense.Dense
    lexical: lexical.Lexical


def locked(folder: Path) -> AbstractContextManager[None]:
    """Nobody else makes or removes derived files inside; waits for whoever does."""
    return waiting_lock(folder / _LOCK)


def build(
    folder: Path,
    db: ledger.Connection,
    version: Version,
    identity: Identity,
    *,
    stale_terms: bool = False,
) -> None:
    """The derived files of the state that the connection sees are in place. Needs the lock."""
    with seal.building(folder, version, _facts()) as aside:
        vectors = _complete(db.execute(ledger.ALL_VECTORS), folder)
        count = db.execute(ledger.COUNTS).fetchone()[2]
        dense.write(aside / dense.FILE, vectors, dimension=identity.dimension, count=count)
        lexical.write(aside / lexical.FOLDER, rows.term_rows(db, fresh=stale_terms))


def repair(folder: Path, truth: ledger.Ledger) -> bool:
    """The derived files agree with the ledger; returns whether they had to be made again."""
    with locked(folder), truth.reading() as db:
        version, identity, analysis = ledger.read_head(db, truth.path)
        if not problems(folder, version):
            return False
        build(folder, db, version, identity, stale_terms=analysis != analysis_version())
        seal.sweep(folder, version)
        return True


def problems(folder: Path, version: Version) -> list[str]:
    """What is wrong with the derived files of this version; empty when they can be read."""
    return seal.problems(folder, version, _facts())


def load(folder: Path, truth: ledger.Ledger, current: Derived | None) -> Derived:
    """The derived files of the ledger's version, opened; repaired first where they need it."""
    # Between reading the version and opening its files, another process may replace them.
    for _ in range(_ATTEMPTS):
        version = truth.head()[0]
        if current is not None and current.version == version:
            return current
        if problems(folder, version):
            repair(folder, truth)
            continue
        try:
            return open_files(folder, version)
        except (OSError, RuntimeError, ValueError):
            continue
    raise IndexDamaged(f"the search files in {folder} cannot be read", hint=ledger.REBUILD_HINT)


def open_files(folder: Path, version: Version) -> Derived:
    """The derived files of this version, opened as they stand."""
    files = seal.folder_of(folder, version)
    return Derived(
        version, dense.Dense(files / dense.FILE), lexical.Lexical(files / lexical.FOLDER)
    )


def _facts() -> dict[str, Any]:
    return {"analysis": analysis_version(), "layout": 1}


def _complete(
    rows: Iterable[tuple[int, bytes | None]], folder: Path
) -> Iterator[tuple[int, bytes]]:
    for key, vector in rows:
        if vector is None:
            raise IndexDamaged(f"{folder}: a vector is missing", hint=ledger.REBUILD_HINT)
        yield key, vector
