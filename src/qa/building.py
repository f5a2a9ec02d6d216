"""Files in, index out: what changed is read, cut, encoded and stored in one update."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from qa.documents import LOADER_VERSION, fingerprint, load_file, scan, split, splitter_version
from qa.errors import DocumentError, IndexUnusable
from qa.index import Entry, Identity, Index, Stored
from qa.models import CompiledEncoder, compile_encoder
from qa.settings import Settings
from qa.types import BuildReport, Document, Failure, Progress

ADDED = "added"
"""The root of documents that were added one by one."""
GIVEN = "given"
"""The root of documents that were given as values."""
MODELS = "models"
"""The folder of the index in which compiled models are kept."""


@dataclass
class Batch:
    """What one update reads, and what it learns while reading it.

    The files are read inside the update, one at a time, so that a large folder is never in memory
    as a whole. With ``mirror``, what stands in the index from the same root and is not named here
    any more is removed.
    """

    root: str
    files: Sequence[tuple[str, Path]] = ()
    documents: Sequence[Document] = ()
    mirror: bool = False
    meta: Mapping[str, str] = field(default_factory=dict)
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


def build(
    source: str | Path | Iterable[Document],
    folder: Path,
    settings: Settings,
    *,
    progress: Progress | None = None,
    rebuild: bool = False,
) -> BuildReport:
    """The index holds the source as it is now, beside what was added from elsewhere.

    A file that cannot be read any more keeps what was stored of it, and is reported.
    """
    if isinstance(source, (str, Path)):
        files, refused = scan(Path(source))
        if not files and not refused:
            raise DocumentError(
                f"there are no documents in {source}",
                uri=str(source),
                hint="name a folder with Markdown, text, HTML or PDF files",
            )
        root = str(Path(source).resolve())
        batch = Batch(root, files=files, mirror=True, failed=list(refused))
    else:
        batch = Batch(GIVEN, documents=tuple(source), mirror=True)
    return _update(folder, settings, batch, progress=progress, rebuild=rebuild)


def add(
    paths: Sequence[str | Path],
    folder: Path,
    settings: Settings,
    *,
    progress: Progress | None = None,
    meta: Mapping[str, str] | None = None,
) -> BuildReport:
    """The files are in the index under their names; ``meta`` overrides what they say of themselves.

    Raises DocumentError where two of them have the same name.
    """
    files = [(Path(path).name, Path(path)) for path in paths]
    twice = sorted(name for name, count in Counter(name for name, _ in files).items() if count > 1)
    if twice:
        raise DocumentError(
            f"two of the files are named {twice[0]}",
            uri=twice[0],
            hint="rename one of them, or put both into one folder and index that",
        )
    batch = Batch(ADDED, files=files, meta=dict(meta or {}))
    return _update(folder, settings, batch, progress=progress, rebuild=False)


def remove(uris: Sequence[str], folder: Path) -> BuildReport:
    """The documents are gone, with their passages, vectors and postings.

    Raises DocumentError, and removes nothing, where one of them is not in the index.
    """
    begun = time.perf_counter()
    with Index.open(folder) as index, index.locked():
        known = index.state()
        for uri in uris:
            if uri not in known:
                raise DocumentError(
                    f"{uri} is not in the index", uri=uri, hint="qa list names what is"
                )
        result = index.update(encode=_encode_nothing, remove=uris)
    return BuildReport(
        removed=result.removed,
        pages=result.pages,
        passages=result.passages,
        generation=result.generation,
        seconds=time.perf_counter() - begun,
    )


def identity_of(encoder: CompiledEncoder, settings: Settings) -> Identity:
    """What an index built with this encoder and these settings is known by."""
    return Identity(
        encoder.fingerprint, encoder.dimension, splitter_version(settings.passage_tokens)
    )


def _update(
    folder: Path,
    settings: Settings,
    batch: Batch,
    *,
    progress: Progress | None,
    rebuild: bool,
) -> BuildReport:
    begun = time.perf_counter()
    encoder = compile_encoder(folder / MODELS, settings.encoder, threads=settings.threads)
    identity = identity_of(encoder, settings)
    with _writable(folder, identity, rebuild=rebuild) as index, index.locked():
        rebuild = index.identity != identity or rebuild
        state = index.state()
        result = index.update(
            encode=encoder.encode_documents,
            put=_entries(batch, index, state, settings, progress, rebuild=rebuild),
            remove=(uri for uri, stored in state.items() if batch.misses(uri, stored)),
            identity=identity,
            progress=progress,
        )
    return BuildReport(
        added=result.added,
        changed=result.changed,
        removed=result.removed,
        unchanged=tuple(sorted({*batch.unchanged, *result.unchanged})),
        failed=tuple(sorted(batch.failed, key=lambda failure: failure.uri)),
        warnings=tuple(batch.warnings),
        pages=result.pages,
        passages=result.passages,
        encoded=result.encoded,
        generation=result.generation,
        seconds=time.perf_counter() - begun,
    )


def _writable(folder: Path, identity: Identity, *, rebuild: bool) -> Index:
    """The index to write to. Raises IndexMismatch unless it is to be rebuilt."""
    if rebuild:
        try:
            return Index.open(folder)
        except IndexUnusable:
            pass  # nothing of it can be kept
    return Index.create(
        folder,
        encoder_fingerprint=identity.encoder,
        dimension=identity.dimension,
        splitter=identity.splitter,
        replace=rebuild,
    )


def _entries(
    batch: Batch,
    index: Index,
    state: Mapping[str, Stored],
    settings: Settings,
    progress: Progress | None,
    *,
    rebuild: bool,
) -> Iterator[Entry]:
    put: set[str] = set()
    for document in batch.documents:
        put.add(document.uri)
        yield _entry(document, batch.root, settings, ())
    for done, (uri, path) in enumerate(batch.files):
        if progress:
            progress("reading", done, len(batch.files))
        entry = _read(batch, uri, path, state.get(uri), settings, anew=rebuild)
        if entry:
            put.add(uri)
            yield entry
    if progress and batch.files:
        progress("reading", len(batch.files), len(batch.files))
    for uri, stored in sorted(state.items()) if rebuild else ():
        if uri not in put and not batch.misses(uri, stored):
            yield _entry(index.document(uri), stored.root, settings, stored.warnings)


def _read(
    batch: Batch, uri: str, path: Path, stored: Stored | None, settings: Settings, *, anew: bool
) -> Entry | None:
    """The file's entry; None where it is unchanged or cannot be read, which the batch notes."""
    signature = f"{LOADER_VERSION} {sorted(batch.meta.items())}"
    try:
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
        known = (digest, batch.root, signature)
        if stored and not anew and (stored.sha256, stored.root, stored.signature) == known:
            batch.unchanged.append(uri)
            batch.warnings.extend(Failure(uri, warning) for warning in stored.warnings)
            return None
        limit = settings.max_file_mb * 1_000_000
        loaded = load_file(path, uri=uri, max_bytes=limit, meta=batch.meta)
    except DocumentError as error:
        reason = f"{error} ({error.hint})" if error.hint else str(error)
        batch.failed.append(Failure(uri, reason))
        return None
    batch.warnings.extend(Failure(uri, warning) for warning in loaded.warnings)
    return _entry(loaded.document, batch.root, settings, loaded.warnings, signature)


def _is_anothers(stored: Stored, root: str) -> bool:
    """Whether the document came from elsewhere, from a place that is still there."""
    if stored.root == root:
        return False
    return stored.root in (ADDED, GIVEN) or Path(stored.root).exists()


def _is_at(uri: str, place: str) -> bool:
    return place == "." or uri == place or uri.startswith(f"{place}/")


def _entry(
    document: Document,
    root: str,
    settings: Settings,
    warnings: tuple[str, ...],
    signature: str = "",
) -> Entry:
    passages = split(document, tokens=settings.passage_tokens)
    return Entry(document, passages, root, signature, warnings)


def _encode_nothing(texts: Sequence[str]) -> NoReturn:
    raise ValueError(f"removing documents encodes nothing, yet {len(texts)} texts came")
