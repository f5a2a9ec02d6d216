"""Compare FAISS indexes for the dense search: `python tests/benchmarks/dense.py 10000 100000`.

Prints one table a size, in Markdown. Vectors imitate sentence embeddings: unit length, grouped by
topic, with most of their spread in a few dozen directions; queries lie near a passage, not on it.
Times are processor time, so that whatever else the machine does stays out of them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSION = 384
LATENT = 64
QUERIES = 200
K = 10

Vectors = NDArray[np.float32]


def embeddings(count: int, *, seed: int = 7) -> tuple[Vectors, Vectors]:
    """Passages and queries, of unit length."""
    random = np.random.default_rng(seed)
    mixing = random.standard_normal((LATENT, DIMENSION)).astype(np.float32)
    mixing *= (np.arange(1, LATENT + 1) ** -0.5)[:, None].astype(np.float32)
    topics = random.standard_normal((max(20, count // 100), LATENT)).astype(np.float32)
    passages = np.empty((count, DIMENSION), dtype=np.float32)
    for start in range(0, count, 50_000):
        size = min(50_000, count - start)
        latent = topics[random.integers(0, len(topics), size)]
        latent = latent + 0.7 * random.standard_normal(latent.shape).astype(np.float32)
        noise = 0.5 * random.standard_normal((size, DIMENSION)).astype(np.float32)
        passages[start : start + size] = unit(latent @ mixing + noise)
    near = passages[random.integers(0, count, QUERIES)]
    noise = random.standard_normal(near.shape).astype(np.float32) / np.sqrt(DIMENSION)
    return passages, unit(near + noise.astype(np.float32))


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length one."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def flat(faiss: Any, vectors: Vectors) -> Any:
    """Every vector as it is: exact."""
    return faiss.IndexFlatIP(DIMENSION)


def sq8(faiss: Any, vectors: Vectors) -> Any:
    """Every vector with a byte a number."""
    kind = faiss.ScalarQuantizer.QT_8bit
    return faiss.IndexScalarQuantizer(DIMENSION, kind, faiss.METRIC_INNER_PRODUCT)


def hnsw(faiss: Any, vectors: Vectors) -> Any:
    """A graph of near neighbours."""
    index = faiss.IndexHNSWFlat(DIMENSION, 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 80
    index.hnsw.efSearch = 96
    return index


def ivf(share: float) -> Callable[[Any, Vectors], Any]:
    """Cells around centres, of which this share is searched."""

    def make(faiss: Any, vectors: Vectors) -> Any:
        cells = int(2 * len(vectors) ** 0.5)
        centres = faiss.IndexFlatIP(DIMENSION)
        index = faiss.IndexIVFFlat(centres, DIMENSION, cells, faiss.METRIC_INNER_PRODUCT)
        index.own_fields = True
        centres.this.disown()
        index.nprobe = max(1, int(cells * share))
        index.cp.niter = 8
        index.cp.max_points_per_centroid = 64
        return index

    return make


KINDS: dict[str, Callable[[Any, Vectors], Any]] = {
    "flat": flat,
    "SQ8": sq8,
    "HNSW32, ef 96": hnsw,
    "cells, 5 % searched": ivf(0.05),
    "cells, 10 % searched": ivf(0.1),
}


def measure(faiss: Any, make: Callable[[Any, Vectors], Any], data: tuple[Vectors, Vectors]) -> Any:
    """Seconds to build, milliseconds for a median query, megabytes on disk, and the ids found."""
    passages, queries = data
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    start = time.process_time()
    index = make(faiss, passages)
    if not index.is_trained:
        index.train(passages)
    for begin in range(0, len(passages), 50_000):
        index.add(passages[begin : begin + 50_000])
    built = time.process_time() - start
    faiss.omp_set_num_threads(1)  # as in qa.index.dense
    found, times = [], []
    for query in queries:
        start = time.thread_time()
        found.append(index.search(query[None], K)[1][0])
        times.append(1000 * (time.thread_time() - start))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.faiss"
        faiss.write_index(index, str(path))
        megabytes = path.stat().st_size / 1e6
    return built, statistics.median(times), megabytes, np.array(found)


def main() -> None:
    """Print the table of every size asked for."""
    import faiss

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--without", action="append", default=[], choices=list(KINDS))
    arguments = parser.parse_args()
    for size in arguments.sizes:
        data = embeddings(size)
        exact: NDArray[np.int64] | None = None
        sys.stdout.write(f"\n{size:,} vectors of {DIMENSION} numbers\n\n")
        sys.stdout.write("| index | query ms | build s | MB | recall@10 |\n|---|---|---|---|---|\n")
        for name, make in KINDS.items():
            if name in arguments.without:
                continue
            built, p50, megabytes, found = measure(faiss, make, data)
            exact = found if exact is None else exact
            pairs = zip(found, exact, strict=True)
            recall = statistics.mean(len(set(a) & set(b)) / K for a, b in pairs)
            row = f"| {name} | {p50:.2f} | {built:.1f} | {megabytes:.0f} | {recall:.3f} |\n"
            sys.stdout.write(row)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
