"""Passages searched by their terms: Tantivy's BM25, derived from the ledger.

The field holds the terms of `qa.text.terms` parted by blanks, so that index and query are cut by
the same code and Tantivy's own analysis has no say. Equal scores are ordered by id.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

FOLDER = "lexical"
SCORE_DECIMALS = 4
"""Sums in single precision depend on their order: rounding takes that noise out of the ranking."""
_HEAP_BYTES = 64_000_000
_LONGEST_TERM = 60_000


def write(folder: Path, rows: Iterable[tuple[int, str, str]]) -> int:
    """The folder holds these (id, uri, terms) rows; returns how many."""
    import tantivy  # noqa: PLC0415

    folder.mkdir()
    schema = (
        tantivy.SchemaBuilder()
        .add_unsigned_field("id", fast=True)
        .add_text_field("uri", tokenizer_name="raw", index_option="basic")
        .add_text_field("terms", tokenizer_name="blanks", index_option="freq")
        .build()
    )
    index = tantivy.Index(schema, path=str(folder), reuse=False)
    blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("blanks", blanks)
    # One thread: documents keep the order in which they come, so that a rebuild is the same.
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    count = 0
    for key, uri, terms in rows:
        document = tantivy.Document()
        document.add_unsigned("id", key)
        document.add_text("uri", uri)
        document.add_text("terms", terms)
        writer.add_document(document)
        count += 1
    writer.commit()
    writer.wait_merging_threads()  # a merge that ran on would change files after they are sealed
    return count


class Lexical:
    """A lexical index folder, open for searching from any thread."""

    def __init__(self, folder: Path) -> None:
        import tantivy  # noqa: PLC0415

        self._tantivy: Any = tantivy
        index = tantivy.Index.open(str(folder))
        index.config_reader("manual")  # the files never change: no thread need watch them
        self._schema: Any = index.schema
        self._searcher: Any = index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def ids(self) -> list[int]:
        """The ids of all passages, ascending."""
        found = self._fetch(self._tantivy.Query.all_query(), max(1, len(self)))
        return sorted(key for key, _ in found)

    def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs."""
        return {
            term: self._searcher.doc_freq("terms", term) if _is_searchable(term) else 0
            for term in terms
        }

    def search(
        self, terms: Mapping[str, float], k: int, *, uris: Sequence[str] | None = None
    ) -> list[tuple[int, float]]:
        """The k best (id, score), by falling score, then id; only in ``uris`` if given."""
        query = self._query(terms, uris)
        most = len(self)
        if k <= 0 or most == 0 or query is None:
            return []
        fetch = min(most, k + 16)
        while True:
            found = self._fetch(query, fetch)
            found.sort(key=lambda pair: (-pair[1], pair[0]))
            # A tie at the cut may have left out a smaller id: look further until it is broken.
            if len(found) < fetch or fetch == most or found[-1][1] < found[k - 1][1]:
                return found[:k]
            fetch = min(most, fetch * 4)

    def _query(self, terms: Mapping[str, float], uris: Sequence[str] | None) -> Any:
        query, should = self._tantivy.Query, self._tantivy.Occur.Should
        weighted = [
            (should, query.boost_query(self._term(term), weight))
            for term, weight in sorted(terms.items())
            if _is_searchable(term) and math.isfinite(weight) and weight > 0
        ]
        if not weighted or (uris is not None and not uris):
            return None
        scored = query.boolean_query(weighted)
        if uris is None:
            return scored
        known = [uri for uri in uris if _is_unicode(uri)]
        within = query.term_set_query(self._schema, "uri", known)
        must = self._tantivy.Occur.Must
        return query.boolean_query([(must, scored), (must, query.const_score_query(within, 0.0))])

    def _term(self, term: str) -> Any:
        return self._tantivy.Query.term_query(self._schema, "terms", term, "freq")

    def _fetch(self, query: Any, fetch: int) -> list[tuple[int, float]]:
        hits = self._searcher.search(query, fetch, count=False).hits
        ids = self._searcher.fast_field_values("id", [address for _, address in hits])
        return [
            (int(key), round(score, SCORE_DECIMALS))
            for key, (score, _) in zip(ids, hits, strict=True)
        ]


def _is_searchable(term: str) -> bool:
    return bool(term) and len(term) < _LONGEST_TERM and _is_unicode(term)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate is in no stored text
        return False
    return True
