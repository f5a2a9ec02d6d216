"""Promises 7 and 8 of the index: readers go on during a write, and there is one writer."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes import KeywordEncoder
from indexes import BRIDGE, FLOOD, HOUSING, entry, put_all

from qa.errors import IndexLocked
from qa.index import Index
from qa.types import StoredVectors

READER = Path(__file__).with_name("reader.py")


class Process:
    """reader.py, spoken to by lines."""

    def __init__(self, folder: Path, what: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, str(READER), str(folder), what],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> Any:
        assert self.popen.stdout is not None
        return json.loads(self.popen.stdout.readline())

    def ask(self, word: str) -> Any:
        assert self.popen.stdin is not None
        self.popen.stdin.write(word + "\n")
        self.popen.stdin.flush()
        return self.hear()


@contextmanager
def process(folder: Path, what: str) -> Iterator[Process]:
    started = Process(folder, what)
    try:
        yield started
    finally:
        started.popen.kill()
        started.popen.communicate()


def test_7_another_process_answers_during_a_write_and_sees_the_new_generation(
    index: Index, encoder: KeywordEncoder
) -> None:
    closed, reached = "The river bridge was closed.", FLOOD.text
    old = {"generation": 1, "lexical": [closed], "dense": [closed]}
    answers: list[Any] = []
    with process(index.folder, "read") as reader:
        assert reader.ask("river") == old
        assert reader.ask("flood") == {"generation": 1, "lexical": [], "dense": []}

        def encode(texts: Sequence[str]) -> StoredVectors:
            answers.append(("encoding", reader.ask("river")))
            return encoder.encode_documents(texts)

        def progress(stage: str, done: int, total: int) -> None:
            answers.append((stage, reader.ask("river")))

        index.update(put=[entry(FLOOD)], remove=[BRIDGE.uri], encode=encode, progress=progress)
        *during, (_, last) = answers
        assert [answer for _, answer in during] == [old] * len(during)
        assert {stage for stage, _ in during} == {"encoding", "writing"}
        assert last == {"generation": 2, "lexical": [], "dense": []}
        assert reader.ask("flood") == {"generation": 2, "lexical": [reached], "dense": [reached]}
    assert index.verify() == []


def test_7_a_reader_outlives_many_updates(index: Index, encoder: KeywordEncoder) -> None:
    with process(index.folder, "read") as reader:
        for round_ in range(5):
            put_all(index, encoder, FLOOD, remove=[BRIDGE.uri])
            assert reader.ask("flood")["lexical"] == [FLOOD.text]
            put_all(index, encoder, BRIDGE, remove=[FLOOD.uri])
            assert reader.ask("flood") == {
                "generation": 2 * round_ + 3,
                "lexical": [],
                "dense": [],
            }


def test_8_a_second_writer_is_told_who_holds_the_lock(
    index: Index, encoder: KeywordEncoder
) -> None:
    with process(index.folder, "write") as writer:
        assert writer.hear() == "encoding"
        with pytest.raises(IndexLocked) as caught:
            put_all(index, encoder, FLOOD)
        assert f"process {writer.popen.pid} on " in caught.value.holder
        assert caught.value.holder in str(caught.value)
        assert caught.value.hint
        assert index.lexical({"river": 1.0}, 1), "reading goes on"
        assert Index.open(index.folder).generation == 1
        writer.popen.send_signal(signal.SIGKILL)
        writer.popen.wait()
        assert put_all(index, encoder, FLOOD).generation == 2
    assert index.verify() == []


def test_8_a_second_writer_in_the_same_process_is_told_too(
    index: Index, encoder: KeywordEncoder
) -> None:
    caught: list[BaseException] = []

    def write() -> None:
        try:
            put_all(index, encoder, FLOOD)
        except IndexLocked as error:
            caught.append(error)

    with index.locked():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        with pytest.raises(IndexLocked), Index.open(index.folder) as other:
            put_all(other, encoder, FLOOD)
        put_all(index, encoder, FLOOD)  # whoever holds the lock may write
    assert len(caught) == 1
    assert index.generation == 2
    assert put_all(index, encoder, HOUSING, remove=[FLOOD.uri]).generation == 3
