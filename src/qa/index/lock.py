"""File locks that the operating system lets go of when their holder dies, however it dies."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from qa.errors import IndexLocked, IndexUnusable

if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[Any]) -> bool:
        # Locked bytes cannot be read there, so the locked byte lies far behind the holder's name.
        file.seek(1 << 30)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(file: IO[Any]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class WriterLock:
    """One writer at a time for an index; the thread that holds it may take it again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._owner: int | None = None
        self._depth = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """The lock is held inside. Raises IndexLocked, naming the holder, where it is taken."""
        if self._owner == threading.get_ident():
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        with _opened(self._path) as file:
            for pause in (0.01, 0.03, 0.1, 0.3, None):  # an opening reader may be tidying up
                if _try_lock(file):
                    break
                if pause is None:
                    raise _locked(self._path)
                time.sleep(pause)
            self._owner = threading.get_ident()
            _write_holder(file)
            try:
                yield
            finally:
                self._owner = None
                file.truncate(0)


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """The lock on this file is held inside, after waiting for whoever holds it."""
    with _opened(path) as file:
        wait_for_lock(file)
        yield


def wait_for_lock(file: IO[Any]) -> None:
    """The lock on the file is held until it is closed, after waiting for whoever holds it."""
    pause = 0.002
    while not _try_lock(file):
        time.sleep(pause)
        pause = min(pause * 2, 0.1)


def unwritable(folder: Path, error: OSError) -> IndexUnusable:
    """The error to raise where the index's folder does not take a file."""
    return IndexUnusable(
        f"{folder} cannot be written: {error}",
        hint=f"look after disk space and the right to write in {folder}",
    )


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise unwritable(path.parent, error) from error


def _write_holder(file: IO[str]) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    file.truncate(0)
    file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
    file.flush()


def _locked(path: Path) -> IndexLocked:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        name = f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        name = "another process"  # it has the lock but has not written its name yet
    return IndexLocked(
        f"the index is being written by {name}",
        holder=name,
        hint="wait until it is done; reading goes on meanwhile",
    )
