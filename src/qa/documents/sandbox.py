"""Files are read in a process of their own.

A report comes from anywhere. One that makes a parser crash, hang or swell ends that process and
not this one; what was in hand before it is whole, and the next file gets a new process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self, cast

from qa.documents.loading import Loaded
from qa.documents.messages import Message, box_row, receive, send, unpack
from qa.errors import DocumentError
from qa.types import Box

Advance = Callable[[int, int], None]
"""Called with the pages of a file that are done, and their number."""

_HINT = "check that the file opens elsewhere, print it to a new PDF, or split it"


class Sandbox:
    """Reads files and draws pages in a child process, one at a time; `close` ends the child.

    The child starts with the first file. It may take ``memory_mb`` megabytes of address space
    (where the system can hold a process to that), and ``seconds`` from one page to the next.
    Pictures of pages on their way to OCR lie in the folder ``scratch``, or in the system's.
    """

    def __init__(self, *, memory_mb: int, seconds: float, scratch: Path | None = None) -> None:
        self._memory_mb = memory_mb
        self._scratch = scratch
        self._seconds = seconds
        self._turn = threading.Lock()
        self._child: _Child | None = None

    def load(
        self,
        path: Path,
        *,
        uri: str,
        max_bytes: int,
        meta: Mapping[str, str] | None = None,
        password: str = "",
        progress: Advance | None = None,
    ) -> Loaded:
        """What `load_file` gives for the file. Raises DocumentError, of limits passed as well."""
        options = {"max_bytes": max_bytes, "meta": dict(meta or {}), "password": password}
        request = {"do": "load", "path": str(path.absolute()), "uri": uri, **options}
        return unpack(*self._call(uri, request, progress))

    def draw(
        self,
        path: Path,
        page: int,
        *,
        uri: str,
        boxes: Sequence[Box] = (),
        faint: Sequence[Box] = (),
        width: int,
    ) -> bytes:
        """The page as a PNG of that width in pixels, the boxes marked. Raises DocumentError."""
        marks = {"boxes": [box_row(box) for box in boxes], "faint": [box_row(box) for box in faint]}
        options = {"page": page, **marks, "width": width}
        request = {"do": "draw", "path": str(path.absolute()), "uri": uri, **options}
        _, (picture,) = self._call(uri, request, None)
        return picture

    def close(self) -> None:
        """The child is gone, whatever it was at. Another call would start a new one."""
        child = self._child
        if child is not None:
            child.kill()
        with self._turn:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, uri: str, request: dict[str, Any], progress: Advance | None) -> Message:
        with self._turn:
            try:
                return self._asked(uri, request, progress)
            except BaseException as error:
                # After an answer the child is fit for the next file; after anything else not.
                if not isinstance(error, DocumentError) or error.uri != uri:
                    self._end()
                raise

    def _asked(self, uri: str, request: dict[str, Any], progress: Advance | None) -> Message:
        child = self._running()
        with _Watch(child, self._seconds) as watch:
            try:
                send(child.requests, request)
                while True:
                    said, blobs = receive(child.answers)
                    watch.beat()
                    if "error" in said:
                        raise DocumentError(said["error"], uri=uri, hint=said["hint"])
                    if "done" not in said:
                        return said, blobs
                    if progress:
                        progress(said["done"], said["total"])
            except (EOFError, OSError) as error:
                self._end()
                raise self._lost(uri, child.process, timed_out=watch.timed_out) from error

    def _lost(
        self, uri: str, process: subprocess.Popen[bytes], *, timed_out: bool
    ) -> DocumentError:
        if timed_out:
            reason = f"too slow: nothing came of it for {self._seconds:g} seconds"
        else:
            reason = f"damaged: the program that reads it ended with status {process.returncode}"
        return DocumentError(reason, uri=uri, hint=_HINT)

    def _running(self) -> _Child:
        if self._child is None or self._child.process.poll() is not None:
            self._end()
            self._child = _start(self._memory_mb, self._scratch)
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


@dataclass(frozen=True, slots=True)
class _Child:
    """The process and the pipes to and from it."""

    process: subprocess.Popen[bytes]
    requests: IO[bytes]
    answers: IO[bytes]

    def kill(self) -> None:
        """The process is told to go, and those that it has started."""
        if self.process.poll() is not None:
            return
        if hasattr(os, "killpg"):
            with suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def end(self) -> None:
        """The process is gone and its pipes are closed."""
        self.kill()
        for pipe in (self.requests, self.answers):
            with suppress(OSError):
                pipe.close()
        self.process.wait()


class _Watch:
    """Ends the child when it has not been heard of for too long."""

    def __init__(self, child: _Child, seconds: float) -> None:
        self._child = child
        self._seconds = seconds
        self._heard = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.timed_out = False

    def beat(self) -> None:
        """The child was heard of."""
        self._heard = time.monotonic()

    def _look(self) -> None:
        while not self._over.wait(min(0.5, self._seconds / 4)):
            if time.monotonic() - self._heard > self._seconds:
                self.timed_out = True
                self._child.kill()
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def _start(memory_mb: int, scratch: Path | None) -> _Child:
    # -P: a file named like a module in the working folder is not to be imported in its place.
    command = [sys.executable, "-P", "-m", "qa.documents.worker", str(memory_mb)]
    paths = os.pathsep.join(path for path in sys.path if path)
    environ = {**os.environ, "PYTHONPATH": paths, "OMP_THREAD_LIMIT": "1"}
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
        environ |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch.absolute()))
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
        start_new_session=True,  # Ctrl-C is for the program that asks, which then ends this one
    )
    return _Child(process, cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout))
