"""Kill an update at each of its steps and say what reopening found: `crash.py FOLDER WHAT STRIDE`.

Not a test by itself: tests/test_index_crash.py runs it. A process of its own, with no thread but
one, can fork: each fork does the same update on a fresh copy of the same index and kills itself at
its step (an SQL statement, a file opened for writing, renamed or removed, a batch encoded). No
line of the library knows of it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import faiss  # noqa: F401
import tantivy  # noqa: F401
from fakes import VOCABULARY, KeywordEncoder
from indexes import BRIDGE, FLOOD, HOUSING, SPLITTER, create_index, entry

from qa.errors import IndexMissing
from qa.index import Entry, Identity, Index, UpdateResult
from qa.types import Document, StoredVectors

EDITED = Document.from_text(BRIDGE.uri, "Bridge", BRIDGE.text.replace("deck", "pier"))
BEFORE = {document.uri: document.text for document in (BRIDGE, HOUSING)}
AFTER = {document.uri: document.text for document in (EDITED, FLOOD)}
REMOVED_TERM = "damp"  # only the removed document has it
FILE_EVENTS = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "shutil.rmtree"}


class Trap:
    """Counts steps, and kills the process at one of them; 0 never does."""

    def __init__(self, deadly: int) -> None:
        self.steps = 0
        self._deadly = deadly

    def step(self, *_: object) -> None:
        self.steps += 1
        if self.steps == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def set(self) -> None:
        """From now on statements and changes of files are steps."""
        connect = sqlite3.connect

        def traced(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            db: sqlite3.Connection = connect(*args, **kwargs)
            db.set_trace_callback(self.step)
            return db

        sqlite3.connect = traced  # type: ignore[assignment]
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[1], str) and arguments[1][:1] in "wa"
        if event in FILE_EVENTS or writes:
            self.step()


def update(folder: Path, trap: Trap, encoder: KeywordEncoder, **more: Any) -> UpdateResult:
    """One document changed, one added, one removed."""

    def encode(texts: Sequence[str]) -> StoredVectors:
        trap.step()
        return encoder.encode_documents(texts)

    index = Index.open(folder)
    coming = entries(index, folder, EDITED, FLOOD)
    return index.update(put=coming, remove=[HOUSING.uri], encode=encode, **more)


def entries(index: Index, folder: Path, *documents: Document) -> Iterator[Entry]:
    """The documents to put in, the file of each kept before."""
    for document in documents:
        source = folder.parent / document.uri
        source.write_text(document.text, encoding="utf-8")
        index.originals.keep(source)
        source.unlink()
        yield entry(document)


def do_update(folder: Path, trap: Trap) -> None:
    """The index goes from BEFORE to AFTER."""
    update(folder, trap, KeywordEncoder())


def do_rebuild(folder: Path, trap: Trap) -> None:
    """The index goes from BEFORE to AFTER with another encoder."""
    encoder = KeywordEncoder(VOCABULARY[:7], revision="2")
    identity = Identity(encoder.fingerprint, encoder.dimension, SPLITTER)
    update(folder, trap, encoder, identity=identity)


def do_create(folder: Path, trap: Trap) -> None:
    """An index is made where there was none."""
    create_index(folder, KeywordEncoder()).close()


def do_repair(folder: Path, trap: Trap) -> None:
    """Search files that were lost are made again."""
    for derived in folder.glob("generation-*"):
        shutil.rmtree(derived)
    Index.open(folder).close()


def faults(folder: Path, what: str, *, again: bool) -> list[str]:
    """What is wrong with the index after the kill; nothing, it is hoped."""
    try:
        index = Index.open(folder)
    except IndexMissing:
        found = [] if what == "create" else ["the index is gone"]
        create_index(folder, KeywordEncoder()).close()
        return found
    texts = {summary.uri: index.document(summary.uri).text for summary in index.documents()}
    states = {0: {}} if what == "create" else {1: BEFORE, 2: AFTER}
    found = index.verify()
    for summary in index.documents():
        if index.originals.find(summary.sha256) is None:
            found.append(f"the file of {summary.uri} is gone")
    if states.get(index.generation) != texts:
        found.append(f"generation {index.generation} holds {sorted(texts)}")
    if index.generation == 2 and index.frequencies([REMOVED_TERM]) != {REMOVED_TERM: 0}:
        found.append("what was removed is found")
    ids = {key for key, _ in index.lexical({"bridg": 1.0, "report": 1.0}, 99)}
    if len(index.passages(ids)) != len(ids):
        found.append("a search finds what is not there")
    index.close()
    if texts == AFTER:
        found += remains(folder)
    if again:
        found += update_again(folder, index.identity)
    return found


def update_again(folder: Path, identity: Identity) -> list[str]:
    """What is wrong after the same update is done once more, to its end."""
    encoder = KeywordEncoder(VOCABULARY[: identity.dimension], revision="x")
    encoder.fingerprint = identity.encoder
    with Index.open(folder) as index:
        coming = entries(index, folder, EDITED, FLOOD)
        index.update(put=coming, remove=[HOUSING.uri], encode=encoder.encode_documents)
        found = index.verify()
        texts = {summary.uri: index.document(summary.uri).text for summary in index.documents()}
        if texts != AFTER:
            found.append("the update cannot be done again")
    return found


def remains(folder: Path) -> list[str]:
    """The files in which text of the removed document is still to be read."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [f"{path.name}: removed text" for path in files if b"1,400 homes" in path.read_bytes()]


WHATS: dict[str, Callable[[Path, Trap], None]] = {
    "update": do_update,
    "rebuild": do_rebuild,
    "create": do_create,
    "repair": do_repair,
}


def forked(action: Callable[[], Sequence[str]]) -> tuple[bool, list[str]]:
    """Whether the action, done in a fork, lived to its end, and what it found."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            found = list(action())
        except BaseException:
            found = [traceback.format_exc()]
        os.write(writing, json.dumps(found).encode()[:60_000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.WIFEXITED(status), json.loads(said or b"[]")


def killed_at(step: int, base: Path, work: Path, what: str) -> tuple[bool, list[str]]:
    """Whether the step was beyond the last, and what was wrong afterwards."""
    shutil.rmtree(work, ignore_errors=True)
    if what != "create":
        shutil.copytree(base, work)

    def act() -> list[str]:
        trap = Trap(step)
        trap.set()
        WHATS[what](work, trap)
        return []

    lived, found = forked(act)
    if not lived or not found:
        found = found + forked(lambda: faults(work, what, again=step % 4 == 1))[1]
    return lived, found


def main() -> None:
    """Print, as JSON, how many steps there were and the faults found after each kill."""
    folder, what, stride = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    base, work = folder / "base", folder / "work"

    def prepare() -> list[str]:
        with create_index(base, KeywordEncoder()) as index:
            coming = entries(index, base, BRIDGE, HOUSING)
            index.update(put=coming, encode=KeywordEncoder().encode_documents)
        return []

    _, trouble = forked(prepare)
    outcome: dict[int, list[str]] = {0: trouble} if trouble else {}
    step, lived = 1 - stride, bool(trouble)
    while not lived:
        step += stride
        lived, found = killed_at(step, base, work, what)
        if found:
            outcome[step] = found
    sys.stdout.write(json.dumps({"steps": step - stride, "faults": outcome}))


if __name__ == "__main__":
    main()
