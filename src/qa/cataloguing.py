"""The verb `qa catalogue`, and what the catalogue and the web give to `qa add`."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from qa import assistant as library
from qa.documents import (
    KIND,
    LANDING_PAGE,
    CatalogueEntry,
    Downloaded,
    download,
    entry_at,
    find_entry,
    is_address,
    matches,
    read_catalogue,
    same_address,
)
from qa.errors import IndexMissing
from qa.settings import Settings, load
from qa.terminal import print_json, say, warn
from qa.types import DocumentSummary, Progress


@dataclass(frozen=True, slots=True)
class Gathered:
    """The files to add, and what is known of them."""

    files: Sequence[str | Path]
    meta: Mapping[str, str]


def list_reports(args: argparse.Namespace) -> int:
    """Each report of the catalogue is printed: as what it is loaded, or where it is to be had."""
    settings = load(index=args.index)
    entries = read_catalogue(Path(settings.catalogue))
    loaded = matches(entries, _documents(settings))
    if args.json:
        rows = [
            {**asdict(each), "loaded": loaded[each.id], "command": _command(each)}
            for each in entries
        ]
        print_json(rows)
        return 0
    for entry in entries:
        review = f"{entry.review}: " if entry.review else ""
        date = f" ({entry.published})" if entry.published else ""
        say(f"{entry.id}: {review}{entry.title}{date}")
        for line in _standing(entry, loaded[entry.id]):
            say(line, indent="    ")
    count = sum(bool(uris) for uris in loaded.values())
    say(f"Reports loaded: {count} of {len(entries)}.")
    return 0


def _standing(entry: CatalogueEntry, uris: Sequence[str]) -> Iterator[str]:
    """The lines that say as what it is loaded, or how a person gets it and adds it."""
    if uris:
        yield f"loaded as {', '.join(uris)}"
        return
    yield f"missing; published by {entry.publisher}" if entry.publisher else "missing"
    yield from entry.addresses
    if entry.licence:
        yield f"licence: {entry.licence}"
    if entry.note:
        yield entry.note
    yield _command(entry)


def _command(entry: CatalogueEntry) -> str:
    """What adds the report, once a person has the file where that is needed."""
    return f"qa add {entry.direct}" if entry.direct else f"qa add FILE --report {entry.id}"


@contextlib.contextmanager
def gathered(
    sources: Sequence[str],
    settings: Settings,
    *,
    report: str | None,
    allow_private: bool,
    said: Mapping[str, str],
    progress: Progress | None,
) -> Iterator[Gathered]:
    """The files, fetched first where the one source is an address, and what is known of them.

    What is ``said`` overrides what the catalogue says. A fetched file is gone again afterwards.
    """
    path = Path(settings.catalogue)
    entries = read_catalogue(path) if report is not None or path.is_file() else ()
    entry = find_entry(entries, report) if report is not None else None
    known = entry.meta() if entry else {}
    if not any(map(is_address, sources)):
        yield Gathered(sources, {**known, **said})
        return
    (url,) = sources
    with tempfile.TemporaryDirectory(prefix="qa-add-") as folder:
        fetched = download(
            url,
            Path(folder),
            max_bytes=settings.max_file_mb * 1_000_000,
            seconds=settings.download_seconds,
            allow_private=allow_private,
            progress=progress,
        )
        if entry is None:
            known = _lent(entry_at(entries, url), url, fetched)
        path = _apart(fetched.path, url, _documents(settings))
        yield Gathered([path], {**known, "url": url, **said})


def _lent(entry: CatalogueEntry | None, url: str, fetched: Downloaded) -> dict[str, str]:
    """What the catalogue says of what this address led to.

    The web page from which a person gets a report is not the report, and its words are not cited
    as the report's: it takes over the review's name only.
    """
    if entry is None:
        return {}
    is_page = fetched.path.suffix.lower() in (".html", ".htm")
    if not is_page or same_address(entry.direct, url):
        return entry.meta()
    warn(
        f"{url} is a page about {entry.title}, or a part of it, and is added as that; "
        f"once you have the report: qa add FILE --report {entry.id}"
    )
    return {KIND: LANDING_PAGE, "review": entry.review}


def _apart(path: Path, url: str, documents: Sequence[DocumentSummary]) -> Path:
    """The file under a name that no document from elsewhere has: pages are often named alike."""
    for document in documents:
        if document.uri == path.name and not same_address(document.meta.get("url", ""), url):
            mark = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:8]
            return path.rename(path.with_name(f"{path.stem}-{mark}{path.suffix}"))
    return path


def _documents(settings: Settings) -> list[DocumentSummary]:
    """The documents of the index; none where there is no index yet."""
    try:
        with library.open(settings.index, settings=settings) as assistant:
            return assistant.documents()
    except IndexMissing:
        return []
