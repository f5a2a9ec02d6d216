"""What an update takes in: the files that are new or changed, read and cut into passages.

Files are read in processes of their own, as many at once as the settings allow, and handed on in
order. The index keeps a copy of each, made before it is read, so that what is quoted can be shown
in the original whatever becomes of the file.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self

from qa.documents import (
    LOADER_VERSION,
    Loaded,
    Sandbox,
    check_kind,
    check_size,
    fingerprint,
    ocr_version,
    split,
    unreadable,
)
from qa.errors import DocumentError
from qa.index import Entry, Index, Stored
from qa.settings import Settings
from qa.types import Document, Failure, Progress

ADDED = "added"
"""The root of documents that were added one by one."""
GIVEN = "given"
"""The root of documents that were given as values."""


@dataclass
class Batch:
    """What one update reads, and what it learns while reading it.

    With ``mirror``, what stands in the index from the same root and is not named here any more is
    removed. ``meta`` overrides what the files say of themselves; ``password`` opens encrypted ones.
    """

    root: str
    files: Sequence[tuple[str, Path]] = ()
    documents: Sequence[Document] = ()
    mirror: bool = False
    meta: Mapping[str, str] = field(default_factory=dict)
    password: str = ""
    failed: list[Failure] = field(default_factory=list)
    warnings: list[Failure] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def misses(self, uri: str, stored: Stored) -> bool:
        """Whether a stored document is gone from what this batch mirrors.

        What stands in a folder that could not be read is not known to be gone.
        """
        named = {uri for uri, _ in self.files} | {document.uri for document in self.documents}
        return (
            self.mirror
            and stored.root == self.root
            and uri not in named
            and not any(_is_at(uri, failure.uri) for failure in self.failed)
        )

    def fail(self, uri: str, error: DocumentError) -> None:
        """The file was not read, for this reason."""
        self.failed.append(Failure(uri, error.in_full))


@dataclass(frozen=True, slots=True)
class _Task:
    """A kept file to read as this document."""

    uri: str
    kept: Path
    root: str
    meta: Mapping[str, str]


class Intake:
    """Reads a batch inside an update of the index, whose lock the caller holds."""

    def __init__(
        self,
        batch: Batch,
        index: Index,
        settings: Settings,
        progress: Progress | None,
        *,
        rebuild: bool,
    ) -> None:
        self._batch = batch
        self._index = index
        self._settings = settings
        self._rebuild = rebuild
        self._state = index.state()
        self._pages = _Pages(progress, len(batch.files))

    def entries(self) -> Iterator[Entry]:
        """Every document to put into the index; what cannot be read, the batch notes."""
        batch, put = self._batch, set[str]()
        for document in batch.documents:
            put.add(document.uri)
            yield self._entry(Loaded(document), batch.root, "")
        for task, loaded in self._read(self._tasks()):
            if isinstance(loaded, DocumentError):
                batch.fail(task.uri, loaded)
                continue
            put.add(task.uri)
            batch.warnings.extend(Failure(task.uri, warning) for warning in loaded.warnings)
            yield self._entry(loaded, task.root, _signature(task.meta, loaded))
        if self._rebuild:
            yield from self._rest(put)

    def gone(self) -> Iterator[str]:
        """What the batch mirrors no more; to be asked once the entries have been read."""
        return (uri for uri, old in self._state.items() if self._batch.misses(uri, old))

    def _rest(self, put: set[str]) -> Iterator[Entry]:
        """What a rebuild takes over: read anew from the kept files, or else as it was stored."""
        rest = {
            uri: stored
            for uri, stored in sorted(self._state.items())
            if uri not in put and not self._batch.misses(uri, stored)
        }
        for task, loaded in self._read(map(self._again, rest.items())):
            if not isinstance(loaded, DocumentError):
                rest.pop(task.uri)
                yield self._entry(loaded, task.root, _signature(task.meta, loaded))
        for uri, stored in rest.items():
            document = self._index.document(uri)
            layouts = tuple(self._index.layouts(uri, -1, len(document.text) + 1))
            loaded = Loaded(document, stored.warnings, layouts)
            yield self._entry(loaded, stored.root, stored.signature)

    def _again(self, item: tuple[str, Stored]) -> _Task | None:
        uri, stored = item
        kept = self._index.originals.find(stored.sha256)
        return _Task(uri, kept, stored.root, _given(stored)) if kept else None

    def _tasks(self) -> Iterator[_Task | None]:
        """A task for each file that has to be read; None for one that has not."""
        for uri, path in self._batch.files:
            try:
                yield self._task(uri, path)
            except DocumentError as error:
                self._batch.fail(uri, error)
                yield None
            except OSError as error:
                self._batch.fail(uri, unreadable(path, uri, error))
                yield None

    def _task(self, uri: str, path: Path) -> _Task | None:
        batch, stored = self._batch, self._state.get(uri)
        check_kind(uri, path.suffix)
        digest = fingerprint(path)
        if stored and _is_anothers(stored, batch.root):
            if stored.sha256 != digest:
                raise DocumentError(
                    f"another document of this name came from {stored.root}",
                    uri=uri,
                    hint="rename the file, or remove that document first",
                )
            batch.unchanged.append(uri)
            return None
        twin = self._twin(digest) if stored is None and batch.root == ADDED else ""
        if twin:
            batch.unchanged.append(twin)
            batch.warnings.append(Failure(uri, f"the same file is in the index as {twin}"))
            return None
        kept_meta = _given(stored) if stored and batch.root == ADDED else {}
        meta = {**kept_meta, **batch.meta}
        if stored and not self._rebuild and _is_current(stored, digest, batch.root, meta):
            batch.unchanged.append(uri)
            batch.warnings.extend(Failure(uri, warning) for warning in stored.warnings)
            return None
        check_size(path, uri=uri, max_bytes=self._max_bytes)
        return _Task(uri, self._index.originals.keep(path)[1], batch.root, meta)

    def _twin(self, digest: str) -> str:
        """The uri of a stored document that was made of the same bytes, or ""."""
        return next((uri for uri, old in self._state.items() if old.sha256 == digest), "")

    def _read(
        self, tasks: Iterator[_Task | None]
    ) -> Iterator[tuple[_Task, Loaded | DocumentError]]:
        """What comes of each task, in order; a few are read at a time, ahead of their turn."""
        waiting: deque[tuple[_Task, Future[Loaded | DocumentError]]] = deque()
        with _Readers(self._settings, self._index.originals.scratch()) as readers:
            for task in tasks:
                if task is None:
                    self._pages.skip()
                    continue
                waiting.append((task, readers.submit(self._load, task)))
                if len(waiting) > readers.count:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()

    def _load(self, sandbox: Sandbox, task: _Task) -> Loaded | DocumentError:
        def advance(done: int, total: int) -> None:
            self._pages.advance(task.uri, done, total)

        try:
            return sandbox.load(
                task.kept,
                uri=task.uri,
                max_bytes=self._max_bytes,
                meta=task.meta,
                password=self._batch.password,
                progress=advance,
            )
        except DocumentError as error:
            return error
        finally:
            self._pages.finish(task.uri)

    @property
    def _max_bytes(self) -> int:
        return self._settings.max_file_mb * 1_000_000

    def _entry(self, loaded: Loaded, root: str, signature: str) -> Entry:
        passages = split(loaded.document, tokens=self._settings.passage_tokens)
        return Entry(
            loaded.document, passages, root, signature, loaded.warnings, layouts=loaded.layouts
        )


class _Readers:
    """Threads that each have a sandbox to read in; on leaving, all of them are at rest."""

    def __init__(self, settings: Settings, scratch: Path) -> None:
        self.count = min(settings.threads, 4)
        self._idle: SimpleQueue[Sandbox] = SimpleQueue()
        self._sandboxes = [
            Sandbox(
                memory_mb=settings.max_memory_mb, seconds=settings.page_seconds, scratch=scratch
            )
            for _ in range(self.count)
        ]
        for sandbox in self._sandboxes:
            self._idle.put(sandbox)
        self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="reading")

    def submit(
        self, load: Callable[[Sandbox, _Task], Loaded | DocumentError], task: _Task
    ) -> Future[Loaded | DocumentError]:
        """The task is done in turn, in a sandbox of its own."""

        def work() -> Loaded | DocumentError:
            sandbox = self._idle.get()
            try:
                return load(sandbox, task)
            finally:
                self._idle.put(sandbox)

        return self._threads.submit(work)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._close()
        self._threads.shutdown(wait=True)
        self._close()  # of a thread that had just begun

    def _close(self) -> None:
        for sandbox in self._sandboxes:
            sandbox.close()


class _Pages:
    """Tells the progress of reading in pages; a file counts as one page until it is opened."""

    def __init__(self, progress: Progress | None, files: int) -> None:
        self._progress = progress
        self._guard = threading.Lock()
        self._unopened = files
        self._done = 0
        self._open: dict[str, tuple[int, int]] = {}
        self._tell()

    def advance(self, uri: str, done: int, total: int) -> None:
        """So many of the file's pages are read."""
        with self._guard:
            if uri not in self._open:
                self._unopened = max(0, self._unopened - 1)
            self._open[uri] = done, total
            self._tell()

    def finish(self, uri: str) -> None:
        """The file is done with, read or not."""
        with self._guard:
            if uri in self._open:
                self._done += self._open.pop(uri)[1]
                self._tell()
                return
        self.skip()

    def skip(self) -> None:
        """A file need not be read."""
        with self._guard:
            self._unopened = max(0, self._unopened - 1)
            self._done += 1
            self._tell()

    def _tell(self) -> None:
        if self._progress is None:
            return
        done = self._done + sum(done for done, _ in self._open.values())
        total = self._done + self._unopened + sum(total for _, total in self._open.values())
        if total:
            self._progress("reading", done, total)


def _signature(meta: Mapping[str, str], loaded: Loaded) -> str:
    """How the file was read, so that it is read again when that would be done otherwise now."""
    ocr = ocr_version() if loaded.scanned else None
    return json.dumps({"loader": LOADER_VERSION, "ocr": ocr, "meta": dict(meta)}, sort_keys=True)


def _said(stored: Stored) -> dict[str, Any]:
    try:
        said = json.loads(stored.signature)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _given(stored: Stored) -> dict[str, str]:
    """What was said of the stored document when it was added."""
    meta = _said(stored).get("meta")
    return dict(meta) if isinstance(meta, dict) else {}


def _is_current(stored: Stored, digest: str, root: str, meta: Mapping[str, str]) -> bool:
    """Whether reading the file again would give what is stored."""
    said = _said(stored)
    ocr = said.get("ocr")
    return (
        (stored.sha256, stored.root) == (digest, root)
        and (said.get("loader"), said.get("meta")) == (LOADER_VERSION, dict(meta))
        # Where OCR is gone, what it once read is kept.
        and (ocr is None or ocr_version() in ("", ocr))
    )


def _is_anothers(stored: Stored, root: str) -> bool:
    """Whether the document came from elsewhere, from a place that is still there."""
    if stored.root == root:
        return False
    return stored.root in (ADDED, GIVEN) or Path(stored.root).exists()


def _is_at(uri: str, place: str) -> bool:
    return place == "." or uri == place or uri.startswith(f"{place}/")
