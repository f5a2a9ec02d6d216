"""Results as they come, a line each, so that an interrupted run goes on where it stopped.

The first line says what the run is made with: a journal of anything else is never taken up. Its
name is made of that too, so two runs with other settings do not disturb each other.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import qa
from qa.errors import QAError
from qa.evaluation.run import Result


class Journal:
    """The results of a run so far, in a file. To be used as a context; `finish` deletes it."""

    def __init__(self, folder: Path, made_with: Mapping[str, Any]) -> None:
        """Take up the journal that stands in the folder, or begin one."""
        head = json.dumps(made_with, sort_keys=True, ensure_ascii=False)
        key = hashlib.sha256(head.encode()).hexdigest()[:12]
        self.path = folder / f"journal-{key}.jsonl"
        self.results: dict[str, Result] = {}
        """What is known already, by the question's id."""
        kept = self._take_up(head)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("r+b" if kept else "wb")
            self._file.truncate(kept)
            self._file.seek(kept)
            if not kept:
                self._write(head)
        except OSError as error:
            raise QAError(
                f"{self.path} cannot be written: {error}",
                hint="name a folder that can be written with --work",
            ) from error

    def add(self, result: Result) -> None:
        """The result is in the file, whatever happens to this process."""
        self.results[result.id] = result
        self._write(json.dumps(asdict(result), ensure_ascii=False, allow_nan=False))

    def finish(self) -> None:
        """The run is whole: there is nothing left to resume."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _write(self, line: str) -> None:
        self._file.write(line.encode() + b"\n")
        self._file.flush()

    def _take_up(self, head: str) -> int:
        """Read what stands there; returns how many bytes of it are whole lines of this run."""
        try:
            lines = self.path.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return 0
        if not lines or lines[0] != head.encode() + b"\n":
            return 0
        kept = len(lines[0])
        for line in lines[1:]:
            try:
                result = Result.from_dict(json.loads(line), source=str(self.path))
            except (ValueError, QAError):
                break
            if not line.endswith(b"\n"):
                break  # the process was killed while it wrote this one
            self.results[result.id] = result
            kept += len(line)
        return kept

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def code_digest() -> str:
    """The SHA-256 of the package's own files: other code may give other results."""
    root = Path(os.fspath(qa.__file__)).parent
    digest = hashlib.sha256()
    for path in sorted((*root.rglob("*.py"), *root.rglob("*.json"))):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
