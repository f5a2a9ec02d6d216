"""Files in, index out: what changed is read, cut, encoded and stored in one update."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from qa.documents import refuse_addresses, scan, splitter_version
from qa.errors import DocumentError, IndexUnusable
from qa.index import Identity, Index, not_indexed
from qa.intake import ADDED, GIVEN, Batch, Intake
from qa.models import CompiledEncoder, compile_encoder
from qa.settings import Settings
from qa.types import BuildReport, Document, Progress

MODELS = "models"
"""The folder of the index in which compiled models are kept."""


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
    password: str = "",
) -> BuildReport:
    """The files are in the index under their names; ``meta`` overrides what they say of themselves.

    A file whose bytes are in the index already, under any name, is not added again. ``password``
    opens encrypted PDFs. Raises DocumentError where two of the files have the same name,
    and for an address on the web: only the command line fetches one.
    """
    refuse_addresses(paths)
    files = [(Path(path).name, Path(path)) for path in paths]
    twice = sorted(name for name, count in Counter(name for name, _ in files).items() if count > 1)
    if twice:
        raise DocumentError(
            f"two of the files are named {twice[0]}",
            uri=twice[0],
            hint="rename one of them, or put both into one folder and index that",
        )
    batch = Batch(ADDED, files=files, meta=dict(meta or {}), password=password)
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
                raise not_indexed(uri)
        result = index.update(encode=_encode_nothing, remove=uris)
    return BuildReport(
        removed=result.removed,
        pages=result.pages,
        passages=result.passages,
        generation=result.generation,
        seconds=time.perf_counter() - begun,
    )


def fingerprint(index: Index) -> str:
    """One SHA-256 of the documents in the index and of what built it.

    It is the same for the same documents, encoder and splitter, however often and in whatever
    order they were added.
    """
    documents = sorted((document.uri, document.sha256) for document in index.documents())
    told = json.dumps([index.identity.encoder, index.identity.splitter, documents])
    return hashlib.sha256(told.encode()).hexdigest()


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
        intake = Intake(batch, index, settings, progress, rebuild=rebuild)
        result = index.update(
            encode=encoder.encode_documents,
            put=intake.entries(),
            remove=intake.gone(),
            identity=identity,
            progress=progress,
        )
    return BuildReport(
        added=result.added,
        changed=result.changed,
        changes=() if rebuild else result.changes,  # after one everything is new
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


def _encode_nothing(texts: Sequence[str]) -> NoReturn:
    raise ValueError(f"removing documents encodes nothing, yet {len(texts)} texts came")
