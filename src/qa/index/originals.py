"""The files that documents were made of, kept beside the ledger, and pictures of their pages.

A file is named by its SHA-256, so the same file is kept once, whatever it is called. It is written
before the ledger names it and removed after the ledger has forgotten it: a kill in between leaves
a stray, which the next writer or reader takes away.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Callable, Collection
from pathlib import Path

from qa.index.lock import unwritable

FOLDER = "originals"
PICTURES = "pictures"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PIECE = 1 << 20
_MOST_PICTURES = 256_000_000
"""Bytes of pictures that are kept; past it the oldest half of them goes."""


class Originals:
    """The kept files of one index, and the cached pictures of their pages."""

    def __init__(self, index: Path) -> None:
        self._files = index / FOLDER
        self._pictures = index / PICTURES
        self._pictured: int | None = None

    def keep(self, path: Path) -> tuple[str, Path]:
        """The SHA-256 of the file and the copy of it that is kept, safe on the disk.

        Raises OSError where the file cannot be read, IndexUnusable where it cannot be kept.
        """
        with path.open("rb") as source:
            try:
                self._files.mkdir(parents=True, exist_ok=True)
                aside = self._files / f"coming-{uuid.uuid4().hex}"
                digest = hashlib.sha256()
                with aside.open("xb") as copy:
                    while piece := source.read(_PIECE):
                        digest.update(piece)
                        copy.write(piece)
                    copy.flush()
                    os.fsync(copy.fileno())
                kept = self._files / f"{digest.hexdigest()}{path.suffix.lower()}"
                aside.replace(kept)
            except OSError as error:
                raise unwritable(self._files, error) from error
        return digest.hexdigest(), kept

    def scratch(self) -> Path:
        """A folder for what is needed while files are read; the next sweep takes it away."""
        return self._files / f"coming-{uuid.uuid4().hex}"

    def find(self, sha256: str) -> Path | None:
        """The kept file with this content, None where there is none."""
        if not _SHA256.fullmatch(sha256):
            return None
        return next(iter(sorted(self._files.glob(f"{sha256}*"))), None)

    def picture(self, sha256: str, key: str, draw: Callable[[], bytes]) -> bytes:
        """The cached picture of this key, drawn now where there is none yet."""
        path = self._pictures / sha256 / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.png"
        try:
            return path.read_bytes()
        except OSError:
            picture = draw()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = path.with_suffix(f".{uuid.uuid4().hex}")
            aside.write_bytes(picture)
            aside.replace(path)
            self._make_room(len(picture))
        except OSError:
            pass  # no room for a cache is no reason not to show the page
        return picture

    def strays(self, wanted: Collection[str]) -> list[Path]:
        """What is kept of files that no document (``wanted``: their SHA-256) is made of."""
        kept = [path for folder in (self._files, self._pictures) for path in _within(folder)]
        return sorted(path for path in kept if path.name[:64] not in wanted)

    def faults(self, wanted: Collection[str]) -> list[str]:
        """One line for each kept file that is not what its name says, or belongs to nothing."""
        found = [f"{path.parent.name}/{path.name} is left over" for path in self.strays(wanted)]
        for path in sorted(_within(self._files)):
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != path.name[:64]:
                    found.append(f"{FOLDER}/{path.name} is damaged")
        return found

    def sweep(self, wanted: Collection[str]) -> None:
        """Only what documents are made of is left. The caller holds the index's lock."""
        for path in self.strays(wanted):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _make_room(self, more: int) -> None:
        """The pictures take no more room than they may."""
        if self._pictured is None or self._pictured + more > _MOST_PICTURES:
            seen = [(path.stat(), path) for path in self._pictures.rglob("*.png")]
            held = sum(status.st_size for status, _ in seen)
            if held > _MOST_PICTURES:
                for status, path in sorted(seen, key=lambda item: (item[0].st_mtime, item[1])):
                    if held <= _MOST_PICTURES // 2:
                        break
                    path.unlink(missing_ok=True)
                    held -= status.st_size
            self._pictured = held
        else:
            self._pictured += more


def _within(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
