"""The child process of `qa.documents.sandbox`: it answers requests, and ends with its parent."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import IO, Any

from qa.documents.formats.pdf_drawing import draw_page
from qa.documents.loading import load_file
from qa.documents.messages import Message, pack, receive, send
from qa.errors import DocumentError
from qa.types import Box

_TOO_MUCH = "split the file, or raise the setting max_memory_mb"


def main() -> None:
    """Answer requests until there are no more."""
    source, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not get between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    memory_mb = int(sys.argv[1])
    _limit(memory_mb)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    while True:
        try:
            request, _ = receive(source)
        except EOFError:
            return
        if not _answer(request, answers, memory_mb):
            return


def _answer(request: dict[str, Any], answers: IO[bytes], memory_mb: int) -> bool:
    """Whether the process is fit for another request."""
    work = _draw if request.pop("do") == "draw" else _load
    try:
        said, blobs = work(answers, **request)
    except DocumentError as error:
        _fail(answers, str(error), error.hint)
    except MemoryError:
        _fail(answers, f"too large: reading it takes over {memory_mb:,} MB", _TOO_MUCH)
        return False
    except RecursionError:
        hint = "open it in the program that made it, and save it again more simply"
        _fail(answers, "nested too deeply to be read", hint)
    except Exception as error:
        # A fault of this program's own; it must not take the other files with it.
        where = traceback.extract_tb(error.__traceback__)[-1]
        told = f"{type(error).__name__} in {Path(where.filename).name}, line {where.lineno}"
        _fail(answers, f"a fault in this program: {told}: {error}", "please report it")
    else:
        send(answers, said, blobs)
    return True


def _fail(answers: IO[bytes], problem: str, hint: str) -> None:
    send(answers, {"error": problem, "hint": hint})


def _load(answers: IO[bytes], *, path: str, **options: Any) -> Message:
    def advance(done: int, total: int) -> None:
        send(answers, {"done": done, "total": total})

    return pack(load_file(Path(path), progress=advance, **options))


def _draw(
    answers: IO[bytes],
    *,
    path: str,
    uri: str,
    page: int,
    boxes: list[list[Any]],
    faint: list[list[Any]],
    width: int,
) -> Message:
    content = Path(path).read_bytes()
    marked, also = [Box(*row) for row in boxes], [Box(*row) for row in faint]
    return {}, [draw_page(content, page, uri=uri, boxes=marked, faint=also, width=width)]


def _limit(memory_mb: int) -> None:
    """The process may take so much address space, where the system can hold it to that."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, memory_mb * 1_000_000),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        if hard == resource.RLIM_INFINITY or most <= hard:
            resource.setrlimit(what, (most, hard))


def _end_with(parent: int) -> None:
    """The process ends soon after its parent, even while a library hangs."""
    while os.getppid() == parent:
        time.sleep(1)
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with those that it has started
    os._exit(1)


if __name__ == "__main__":
    main()
