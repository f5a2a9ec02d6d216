"""How long a search takes, step by step, over real passages; run by hand, never by the tests.

    python tests/benchmarks/search.py FOLDER [FOLDER ...] [--passages 10000]

Each FOLDER is a BEIR folder, whose documents are indexed until there are so many passages, and
whose queries are asked. The times are of this machine; compare steps, not machines.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import qa
from qa.answers.conversation import resolve
from qa.documents import split
from qa.index import Index
from qa.models import open_encoder
from qa.settings import Settings
from qa.text import query_terms

QUERIES = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--passages", type=int, default=10_000)
    args = parser.parse_args()
    settings = Settings()
    with tempfile.TemporaryDirectory() as scratch:
        report = qa.build(documents(args.folders, args.passages, settings), scratch)
        with qa.open(scratch) as assistant:
            size = assistant.status().bytes
            asked = list(itertools.islice(queries(args.folders), QUERIES))
            whole = timed(lambda query: assistant.search(query, k=10), asked)
        say(f"{report.passages} passages, {size / 1e6:.0f} MB, {len(asked)} queries")
        say(f"{'search in all':28} {whole}")
        for name, times in steps(Path(scratch), asked, settings):
            say(f"  {name:26} {times}")


def documents(folders: list[Path], most: int, settings: Settings) -> Iterator[qa.Document]:
    """Documents of the folders in turn, until they have so many passages."""
    count = 0
    for folder in folders:
        for row in rows(folder / "corpus.jsonl"):
            document = qa.Document.from_text(row["_id"], row.get("title") or "", row["text"])
            count += len(split(document, tokens=settings.passage_tokens))
            if count > most:
                return
            yield document


def queries(folders: list[Path]) -> Iterator[str]:
    """The folders' queries in turn: one of each, then the next of each."""
    of_each = [[row["text"] for row in rows(folder / "queries.jsonl")] for folder in folders]
    return itertools.chain.from_iterable(zip(*of_each, strict=False))


def steps(folder: Path, asked: list[str], settings: Settings) -> Iterator[tuple[str, str]]:
    """What a search is made of, each step timed alone."""
    encoder = open_encoder(folder / "models", settings.encoder)
    vectors = {query: encoder.encode_query(query) for query in asked}
    with Index.open(folder) as index:
        terms = {query: dict.fromkeys(query_terms(query), 1.0) for query in asked}
        found = {query: index.dense(vectors[query].vector, 200) for query in asked}
        ids = {query: [key for key, _ in found[query]] for query in asked}
        yield "encode the query", timed(encoder.encode_query, asked)
        yield "resolve it", timed(resolve, asked)
        yield "lexical, 100", timed(lambda query: index.lexical(terms[query], 100), asked)
        yield "dense, 100", timed(lambda query: index.dense(vectors[query].vector, 100), asked)
        yield (
            "cosines of 60 more",
            timed(lambda query: index.similarities(vectors[query].vector, ids[query][:60]), asked),
        )
        yield (
            "late interaction, 30",
            timed(lambda query: index.late(vectors[query].tokens, ids[query][:20]), asked),
        )
        yield "terms of 30", timed(lambda query: index.terms(ids[query][:30]), asked)
        yield "passages, 38", timed(lambda query: index.passages(ids[query][:38]), asked)
        yield "list the documents", timed(lambda _: index.documents(), asked[:50])


def timed(step: Callable[[str], Any], asked: list[str]) -> str:
    """The median and the 95th percentile of one call, in milliseconds."""
    step(asked[0])
    times = []
    for query in asked:
        begun = time.perf_counter()
        step(query)
        times.append((time.perf_counter() - begun) * 1000)
    p95 = statistics.quantiles(times, n=20)[-1]
    return f"p50 {statistics.median(times):6.2f} ms   p95 {p95:6.2f} ms"


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
