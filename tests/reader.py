"""Another process with the index open; tests/test_index_processes.py talks to it by lines.

`reader.py FOLDER read` answers each line, a term, with the generation and the texts found.
`reader.py FOLDER write` starts an update and stays in the middle of it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence

from fakes import KeywordEncoder
from indexes import FLOOD, entry

from qa.index import Index
from qa.types import StoredVectors


def read(index: Index) -> None:
    """Answer until the input ends."""
    encoder = KeywordEncoder()
    for line in sys.stdin:
        word = line.strip()
        ids = [key for key, _ in index.lexical({word: 1.0}, 99)]
        near = [
            key for key, score in index.dense(encoder.encode_query(word).vector, 99) if score > 0
        ]
        say(
            {
                "generation": index.generation,
                "lexical": sorted(passage.text for passage in index.passages(ids).values()),
                "dense": sorted(passage.text for passage in index.passages(near).values()),
            }
        )


def write(index: Index) -> None:
    """Say so once the update has the lock, and go no further."""

    def encode(texts: Sequence[str]) -> StoredVectors:
        say("encoding")
        time.sleep(600)
        raise AssertionError("nobody ended this process")

    index.update(put=[entry(FLOOD)], encode=encode)


def say(value: object) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with Index.open(sys.argv[1]) as opened:
        {"read": read, "write": write}[sys.argv[2]](opened)
