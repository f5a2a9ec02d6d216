"""Small indexes to test with, and ways to harm them."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from fakes import passages_of

from qa.index import Entry, Index, UpdateResult, ledger
from qa.types import Document, Encoder

SPLITTER = "paragraphs-1"

BRIDGE = Document.from_text(
    "bridge.md",
    "Bridge report",
    "The river bridge was closed.\n\nThe deck and a cable were repaired.\n\nThe contractor left.",
    review="Bridge",
    published="2014-05-01",
)
HOUSING = Document.from_text(
    "housing.md", "Housing report", "Damp was found in 1,400 homes.\n\nThe council set the rent."
)
FLOOD = Document.from_text("flood.md", "Flood report", "The flood reached the pier of the bridge.")


def create_index(folder: Path, encoder: Encoder, **changes: str) -> Index:
    return Index.create(
        folder,
        encoder_fingerprint=changes.get("encoder", encoder.fingerprint),
        dimension=encoder.dimension,
        splitter=changes.get("splitter", SPLITTER),
    )


def entry(document: Document, *, root: str = "corpus") -> Entry:
    return Entry(document, passages_of(document), root)


def put_all(
    index: Index, encoder: Encoder, *documents: Document, remove: Sequence[str] = ()
) -> UpdateResult:
    entries = [entry(document) for document in documents]
    return index.update(put=entries, remove=remove, encode=encoder.encode_documents)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def derived_folder(folder: Path) -> Path:
    (found,) = folder.glob("generation-*")
    return found


def tamper(index: Index, statement: str) -> None:
    db = sqlite3.connect(index.folder / ledger.FILE)
    db.execute(statement.replace('"', "'"))
    db.commit()
    db.close()


def damage(path: Path, harm: str) -> None:
    if harm == "remove" and path.is_dir():
        shutil.rmtree(path)
        return
    for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
        content = file.read_bytes()
        file.unlink()  # a new file: whoever has mapped the old one keeps it
        if harm == "truncate":
            file.write_bytes(content[: len(content) // 2])
        elif harm == "garble":
            file.write_bytes(hashlib.shake_128(content).digest(len(content)))
        elif harm == "empty":
            file.write_bytes(b"")
