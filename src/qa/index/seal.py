"""Folders of derived files: written aside, sealed with their hashes, put in place by one rename.

A sealed folder is never changed again, so that whoever has it open keeps a consistent view, and a
file that differs from its seal is rebuilt instead of being read. That is also why nothing here is
forced to the disk: what a power cut takes is made again from the ledger, which is.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qa.index.lock import unwritable
from qa.index.records import Version

SEAL = "seal.json"
_DONE = "generation-"
_ASIDE = "building-"


def folder_of(index: Path, version: Version) -> Path:
    """Where the derived files of this version belong."""
    return index / f"{_DONE}{version.generation:06d}-{version.token}"


@contextmanager
def building(index: Path, version: Version, facts: dict[str, Any]) -> Iterator[Path]:
    """An empty folder to fill; on leaving it is sealed and takes its place as a whole."""
    aside = index / f"{_ASIDE}{uuid.uuid4().hex}"
    try:
        aside.mkdir()
        yield aside
        seal = {**facts, "generation": version.generation, "token": version.token}
        seal["files"] = {name: _fingerprint(aside / name) for name in _names(aside)}
        (aside / SEAL).write_text(json.dumps(seal, indent=1), encoding="utf-8")
        target = folder_of(index, version)
        if target.exists():
            target.rename(index / f"{_ASIDE}{uuid.uuid4().hex}")
        aside.rename(target)
    except BaseException as error:
        shutil.rmtree(aside, ignore_errors=True)
        if isinstance(error, OSError):
            raise unwritable(index, error) from error
        raise


def problems(index: Path, version: Version, facts: dict[str, Any]) -> list[str]:
    """What is wrong with the derived files of this version; empty when they can be read."""
    folder = folder_of(index, version)
    try:
        seal = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        expected = {**facts, "generation": version.generation, "token": version.token}
        files = dict(seal.pop("files"))
    except FileNotFoundError:
        return [f"{folder.name} is missing"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return [f"{folder.name}/{SEAL} cannot be read: {error}"]
    if seal != expected:
        return [f"{folder.name} was built from something else"]
    return [
        f"{folder.name}/{name} is damaged"
        for name, fingerprint in sorted(files.items())
        if not (folder / name).is_file() or _fingerprint(folder / name) != fingerprint
    ]


def strays(index: Path, keep: Version) -> list[str]:
    """The names of derived folders of other versions than this, finished or not."""
    found = [path for pattern in (f"{_DONE}*", f"{_ASIDE}*") for path in index.glob(pattern)]
    return sorted(path.name for path in found if path != folder_of(index, keep))


def sweep(index: Path, keep: Version) -> None:
    """Only the derived files of this version are left. Open files of others stay readable."""
    for name in strays(index, keep):
        shutil.rmtree(index / name, ignore_errors=True)


def size(folder: Path) -> int:
    """The bytes of the files in the folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _names(folder: Path) -> list[str]:
    # Lock files are touched by every reader and hold nothing.
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    )


def _fingerprint(path: Path) -> list[Any]:
    with path.open("rb") as file:
        return [path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()]
