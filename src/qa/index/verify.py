"""Whether everything that an index promises about its content holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.errors import IndexDamaged
from qa.index import dense, derived, ledger, seal
from qa.index.late import row_bytes
from qa.index.originals import Originals
from qa.index.records import document_faults, passage_key
from qa.index.rows import LAYOUTS, document_digest, layout_of, read_document
from qa.types import Passage

_BATCH = 4096


def verify(folder: Path, truth: ledger.Ledger) -> list[str]:
    """One line for every fault found; none when ledger, dense and lexical files are whole,
    agree with each other, and every passage stands at its offsets."""
    try:
        return _verify(folder, truth)
    except IndexDamaged as error:
        return [str(error)]


def _verify(folder: Path, truth: ledger.Ledger) -> list[str]:
    with derived.locked(folder), truth.reading() as db:
        found = [*_ledger_faults(db)]
        version, identity, _ = ledger.read_head(db, truth.path)
        found += _content_faults(db)
        found += _vector_faults(db, identity.encoder, identity.dimension)
        damage = derived.problems(folder, version)
        found += damage
        found += [f"{name} is left over" for name in seal.strays(folder, version)]
        found += Originals(folder).faults(truth.contents())
        if not damage:
            files = derived.open_files(folder, version)
            ids = [row[0] for row in db.execute(ledger.ALL_VECTORS)]
            found += _differences("dense", ids, files.dense.ids())
            found += _differences("lexical", ids, files.lexical.ids())
            if not found:
                found += _dense_faults(db, files.dense, identity.dimension)
    return found


def _ledger_faults(db: ledger.Connection) -> Iterator[str]:
    for (line,) in db.execute(ledger.INTEGRITY):
        if line != "ok":
            yield f"{ledger.FILE}: {line}"
    for (uri,) in db.execute(ledger.ORPHANS):
        yield f"{uri}: there are pages, paragraphs or passages of it, but no document"


def _content_faults(db: ledger.Connection) -> Iterator[str]:
    for (uri,) in db.execute(ledger.URIS).fetchall():
        document = read_document(db, uri)
        passages = tuple(Passage(*row) for row in db.execute(ledger.PASSAGES_OF, (uri,)))
        yield from document_faults(document, passages)
        layouts = tuple(layout_of(row) for row in db.execute(LAYOUTS, (uri,)))
        root, digest = db.execute(ledger.DOCUMENT_DIGEST, (uri,)).fetchone()
        if digest != document_digest(document, passages, layouts, root):
            yield f"{uri}: what is stored is not what was put in"


def _vector_faults(db: ledger.Connection, encoder: str, dimension: int) -> Iterator[str]:
    for *fields, key, length, signs in db.execute(ledger.PASSAGE_KEYS):
        passage = Passage(*fields)
        if length is None:
            yield f"{passage.uri}: passage {passage.id} has no vector"
        elif (length, signs % row_bytes(dimension), key) != (
            *(4 * dimension, 0),
            passage_key(passage, encoder),
        ):
            yield f"{passage.uri}: passage {passage.id} has a vector of something else"


def _differences(name: str, expected: Sequence[int], found: Sequence[int]) -> Iterator[str]:
    missing, surplus = set(expected) - set(found), set(found) - set(expected)
    if missing or surplus or len(found) != len(expected):
        yield (
            f"the {name} file lacks {len(missing)} passages of the ledger "
            f"and has {len(surplus)} that are not in it"
        )


def _dense_faults(db: ledger.Connection, files: dense.Dense, dimension: int) -> Iterator[str]:
    cursor = db.execute(ledger.ALL_VECTORS)
    while rows := cursor.fetchmany(_BATCH):
        expected = dense.as_matrix([vector for _, vector in rows], dimension)
        if abs(expected - files.vectors([key for key, _ in rows])).max() > dense.TOLERANCE:
            yield "the dense file has other vectors than the ledger"
            return
