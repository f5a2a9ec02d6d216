"""A question answered from an index: resolved, retrieved, read, quoted and checked."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Generic, TypeVar

from qa.answers.conversation import Resolved, parts_of, resolve
from qa.answers.quoting import Quote, cite, quoted
from qa.answers.reading import Reading, read, say_the_same
from qa.answers.retrieval import Names, names_of, retrieve
from qa.errors import DocumentError, IndexDamaged
from qa.index import passage_input
from qa.settings import Settings
from qa.types import (
    Answer,
    Citation,
    Document,
    DocumentSummary,
    Encoder,
    Hit,
    Outcome,
    PassageIndex,
    Reranker,
    TextVectors,
    Turn,
)

K = TypeVar("K")
V = TypeVar("V")

READ = 8
"""How many of the best passages are read for an answer."""
DOUBTFUL = 0.05
"""An answer whose probability is this close above the threshold is given as doubtful."""
_KEPT_VECTORS = 256
_KEPT_DOCUMENTS = 8


class Answerer:
    """Searches and answers over one index. Safe to call from many threads."""

    def __init__(
        self,
        index: PassageIndex,
        encoder: Encoder,
        settings: Settings,
        *,
        reranker: Reranker | None = None,
    ) -> None:
        self._index = index
        self._encoder = encoder
        self._settings = settings
        self._reranker = reranker
        self._vectors = _Recent[str, TextVectors](_KEPT_VECTORS)
        self._named: tuple[Sequence[DocumentSummary], Names] | None = None
        self._documents = _Recent[tuple[str, int], Document](_KEPT_DOCUMENTS)

    def search(
        self,
        query: str,
        *,
        k: int,
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> list[Hit]:
        """The k best passages for a query, which may lean on the history."""
        resolved = resolve(query, history)
        asked = self._encoder.encode_query(resolved.question.text)
        return self._retrieve(resolved, asked, k, documents, uris)

    def stream(
        self,
        question: str,
        *,
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> Iterator[Answer]:
        """The answer as it grows, quote by quote; the last one is whole."""
        begun = time.perf_counter()
        try:
            whole, parts = self._answer(question, history, documents, uris)
        except (DocumentError, IndexDamaged):
            # A document changed between the search and the quoting: what was found is stale.
            whole, parts = self._answer(question, history, documents, uris)
        answered = [part for part in parts if part.outcome != "not_found"]
        for shown in range(1, len(whole.citations)):
            some = whole.citations[:shown]
            text = _text(answered, some)
            yield replace(whole, text=text, citations=some, seconds=time.perf_counter() - begun)
        yield replace(whole, seconds=time.perf_counter() - begun)

    def _answer(
        self,
        question: str,
        history: Sequence[Turn],
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None,
    ) -> tuple[Answer, list[_Part]]:
        parts = self._parts(question, history, documents, uris)
        answered = [part for part in parts if part.outcome != "not_found"]
        best = max(parts, key=lambda part: part.reading.probability)
        quotes = _distinct(_in_turn([part.reading.chosen for part in answered]))
        most = max(self._settings.evidence, len(answered))
        citations = cite(quotes[:most], self._document)
        found = _in_turn([part.hits for part in parts])
        hits = list({hit.passage.id: hit for hit in reversed(found)}.values())[::-1]
        answer = Answer(
            question=question,
            query=" / ".join(part.query for part in parts),
            text=_text(parts, citations) if answered else _declined(documents, uris, hits),
            short=best.reading.short if best.outcome == "answered" else "",
            citations=citations,
            hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)),
            outcome=best.outcome,
            confidence=round(best.reading.probability, 4),
            seconds=0.0,
        )
        return answer, parts

    def _parts(
        self,
        question: str,
        history: Sequence[Turn],
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None,
    ) -> list[_Part]:
        """Each question asked in this one, read on its own; the later ones lean on the first."""
        parts: list[_Part] = []
        begun = list(history)
        for asked in parts_of(question):
            resolved = resolve(asked, begun, continues=bool(parts))
            vectors = self._encoder.encode_query(resolved.question.text)
            hits = self._retrieve(resolved, vectors, READ, documents, uris)
            reading = self._read(resolved, vectors, hits, documents)
            outcome = self._outcome(reading)
            parts.append(_Part(asked, resolved.question.text, tuple(hits), reading, outcome))
            if len(parts) == 1:
                named = reading.short if outcome == "answered" else ""
                begun.append(Turn(resolved.question.text, named))
        return parts

    def _retrieve(
        self,
        resolved: Resolved,
        asked: TextVectors,
        k: int,
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None,
    ) -> list[Hit]:
        return retrieve(
            self._index,
            asked,
            resolved.question,
            k=k,
            settings=self._settings,
            names=self._names(documents),
            uris=uris,
            continued=resolved.uris,
            reranker=self._reranker,
        )

    def _read(
        self,
        resolved: Resolved,
        asked: TextVectors,
        hits: Sequence[Hit],
        documents: Sequence[DocumentSummary],
    ) -> Reading:
        if not resolved.question.words:
            return Reading((), "", 0.0)  # nothing is asked for
        inputs = {hit.passage.id: passage_input(hit.passage) for hit in hits}
        with ThreadPoolExecutor(self._settings.threads) as pool:
            vectors = dict(zip(inputs, pool.map(self._encoded, inputs.values()), strict=True))
        return read(
            resolved.question,
            hits,
            asked=asked,
            vectors_of=lambda hit: vectors[hit.passage.id],
            frequencies=self._index.frequencies(resolved.question.terms),
            passages=sum(document.passages for document in documents),
            most=self._settings.evidence,
        )

    def _outcome(self, reading: Reading) -> Outcome:
        threshold = self._settings.threshold
        if not reading.chosen or reading.probability < threshold:
            return "not_found"
        return "answered" if reading.probability >= threshold + DOUBTFUL else "low_confidence"

    def _names(self, documents: Sequence[DocumentSummary]) -> Names:
        """The documents' names; the index gives the same list until it changes."""
        named = self._named
        if named is None or named[0] is not documents:
            named = self._named = (documents, names_of(documents))
        return named[1]

    def _encoded(self, text: str) -> TextVectors:
        return self._vectors.get(text, lambda: self._encoder.encode_document(text))

    def _document(self, uri: str) -> Document:
        key = (uri, self._index.generation)
        return self._documents.get(key, lambda: self._index.document(uri))


@dataclass(frozen=True, slots=True)
class _Part:
    """One of the questions asked in one breath, with what was found for it."""

    asked: str
    query: str
    hits: tuple[Hit, ...]
    reading: Reading
    outcome: Outcome


class _Recent(Generic[K, V]):
    """The values used last, at most so many; made anew when they are asked for again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K, make: Callable[[], V]) -> V:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


def _distinct(quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes, without those of a later part that say what an earlier one says."""
    kept: list[Quote] = []
    for quote in quotes:
        if not any(say_the_same(quote.text, other.text) for other in kept):
            kept.append(quote)
    return kept


def _in_turn(lists: Sequence[Sequence[V]]) -> list[V]:
    """The first of every list, then the second of every list, and so on, each once."""
    merged: list[V] = []
    for row in zip_longest(*lists):
        merged += [item for item in row if item is not None and item not in merged]
    return merged


def _text(parts: Sequence[_Part], citations: Sequence[Citation]) -> str:
    """The quotes; before them that they are doubtful, after them what they leave open."""
    sure = any(part.outcome == "answered" for part in parts)
    left = [part.asked for part in parts if part.outcome == "not_found"]
    return "\n\n".join(
        [
            *([] if sure else ["The evidence for this is weak."]),
            quoted(citations),
            *(f"The documents do not answer this part: {asked}" for asked in left),
        ]
    )


def _declined(
    documents: Sequence[DocumentSummary], uris: Sequence[str] | None, hits: Sequence[Hit]
) -> str:
    searched = [each for each in documents if uris is None or each.uri in uris]
    names = list(dict.fromkeys(document.review for document in searched))
    shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    many = "1 document" if len(searched) == 1 else f"{len(searched)} documents"
    where = f"Searched {many}: {shown}." if searched else "There are no documents to search."
    nearest = " The passages that come nearest are listed, but they do not answer it."
    return f"The documents do not answer this question. {where}{nearest if hits else ''}"
