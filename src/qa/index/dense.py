"""Vectors searched by inner product: FAISS, derived from the ledger.

Up to `EXACT_UP_TO` vectors the search is exact; beyond, the vectors lie in cells around centres,
of which the nearest are searched. Equal scores are ordered by id, at the cut as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILE = "dense.faiss"

# Measured by tests/benchmarks/dense.py (AVX512, 384 numbers a vector; milliseconds of processor
# time for one query, seconds to build, recall@10 against exact):
#
#     vectors       flat                SQ8              HNSW 32, ef 96      cells, 10 % searched
#      10,000   1.7   0 s  1.000    1.0  0 s  0.993    0.3   3 s  1.000    0.3   1 s  1.000
#     100,000    19   0 s  1.000     10  0 s  0.991    0.5  54 s  0.999    2.5   4 s  0.992
#     200,000    34   1 s  1.000     20  1 s  0.988                        4.7   8 s  0.986
#   1,000,000   172   5 s  1.000     76  2 s  0.989                         22  48 s  0.992
#
# Every update builds anew, so a graph costs too much, and bytes instead of floats gain too little.
# Cells gain most, from where a flat search begins to be felt beside the rest of an answer.
EXACT_UP_TO = 200_000
_SEARCHED = 0.1
_TRAINING_ROUNDS = 8
_TRAINED_PER_CELL = 64

SCORE_DECIMALS = 6
"""Scores are rounded to what single precision holds, so that order survives a rebuild."""
TOLERANCE = 1e-6
"""How far a number of the file may be from that of the ledger."""
_BATCH = 4096


def write(path: Path, rows: Iterable[tuple[int, bytes]], *, dimension: int, count: int) -> None:
    """The file holds these (id, vector) rows, ``count`` of them. Vectors are float32 bytes."""
    import faiss  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    faiss.omp_set_num_threads(os.cpu_count() or 1)
    ids = np.empty(count, dtype=np.int64)
    matrix = np.empty((count, dimension), dtype=np.float32)
    remaining, done = iter(rows), 0
    while batch := list(islice(remaining, _BATCH)):
        ids[done : done + len(batch)] = [row[0] for row in batch]
        matrix[done : done + len(batch)] = as_matrix([row[1] for row in batch], dimension)
        done += len(batch)
    if done != count:
        raise ValueError(f"{done} vectors, not {count}")
    index = faiss.IndexIDMap2(_empty(faiss, dimension, count))
    if not index.is_trained:
        index.train(matrix)
    index.add_with_ids(matrix, ids)
    faiss.write_index(index, str(path))


def _empty(faiss: Any, dimension: int, count: int) -> Any:
    centres = faiss.IndexFlatIP(dimension)
    if count <= EXACT_UP_TO:
        return centres
    cells = int(2 * count**0.5)
    index = faiss.IndexIVFFlat(centres, dimension, cells, faiss.METRIC_INNER_PRODUCT)
    index.own_fields = True
    centres.this.disown()
    index.nprobe = max(1, round(_SEARCHED * cells))
    index.cp.niter = _TRAINING_ROUNDS
    index.cp.max_points_per_centroid = _TRAINED_PER_CELL
    return index


def as_matrix(vectors: Sequence[bytes], dimension: int) -> NDArray[np.float32]:
    """The stored vectors as one matrix, shape (len(vectors), dimension)."""
    import numpy as np  # noqa: PLC0415

    matrix = np.frombuffer(b"".join(vectors), dtype="<f4").reshape(len(vectors), dimension)
    return np.ascontiguousarray(matrix, dtype=np.float32)


class Dense:
    """A dense index file, open for searching from any thread."""

    def __init__(self, path: Path) -> None:
        import faiss  # noqa: PLC0415
        import numpy  # noqa: PLC0415

        self._faiss: Any = faiss
        self._numpy: Any = numpy
        index: Any = faiss.read_index(str(path))
        self._index = index
        self._inner: Any = faiss.downcast_index(index.index)
        self._cells = int(getattr(self._inner, "nlist", 0))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._index.d)

    def ids(self) -> list[int]:
        """The ids of all vectors, ascending."""
        return sorted(map(int, self._faiss.vector_to_array(self._index.id_map)))

    def vectors(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """The vectors with these ids, which must be known, in their order."""
        if self._cells:
            self._inner.make_direct_map()
        wanted = self._numpy.array(ids, dtype=self._numpy.int64)
        found: NDArray[np.float32] = self._index.reconstruct_batch(wanted)
        return found

    def exact_vectors(self, ids: Sequence[int]) -> NDArray[np.float32] | None:
        """The vectors with these ids, or None where they are unknown or kept in cells."""
        if self._cells:
            return None
        try:
            return self.vectors(ids)
        except RuntimeError:  # an id that faiss does not know
            return None

    def search(
        self, vector: NDArray[np.float32], k: int, *, among: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """The k best (id, inner product), by falling score, then id; only ``among`` if given."""
        query = self._numpy.ascontiguousarray(vector, dtype=self._numpy.float32).reshape(1, -1)
        most = len(self) if among is None else min(len(self), len(among))
        if k <= 0 or most == 0 or not self._numpy.isfinite(query).all():
            return []
        parameters = None if among is None else self._only(among)
        # One query has nothing to share out: threads only wait for each other, most of all where
        # others use the processor (100,000 vectors: 15 ms on one thread, 40 ms on two).
        self._faiss.omp_set_num_threads(1)
        fetch = min(most, k + 16)
        while True:
            found = self._fetch(query, fetch, parameters)
            found.sort(key=lambda pair: (-pair[1], pair[0]))
            # A tie at the cut may have left out a smaller id: look further until it is broken.
            if fetch == most or len(found) < fetch or found[-1][1] < found[k - 1][1]:
                return found[:k]
            fetch = min(most, fetch * 4)

    def _only(self, among: Sequence[int]) -> Any:
        selector = self._faiss.IDSelectorBatch(self._numpy.array(among, dtype=self._numpy.int64))
        if self._cells:  # few are left to compare, so all cells can be looked into
            return self._faiss.SearchParametersIVF(sel=selector, nprobe=self._cells)
        return self._faiss.SearchParameters(sel=selector)

    def _fetch(
        self, query: NDArray[np.float32], fetch: int, parameters: Any
    ) -> list[tuple[int, float]]:
        scores, ids = self._index.search(query, fetch, params=parameters)
        return [
            (int(key), round(float(score), SCORE_DECIMALS))
            for key, score in zip(ids[0], scores[0], strict=True)
            if key >= 0
        ]
