"""The composition root: an index, an encoder and the settings make an assistant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from qa import building
from qa.answers import Answerer
from qa.errors import QAError
from qa.index import Index
from qa.models import CrossEncoderReranker, open_encoder
from qa.settings import Settings, load
from qa.types import Answer, BuildReport, Document, DocumentSummary, Hit, Progress, Turn


@dataclass(frozen=True, slots=True)
class Status:
    """The state of an index; ``bytes`` is its size on disk, models not counted."""

    index: str
    generation: int
    documents: int
    pages: int
    passages: int
    encoder: str
    splitter: str
    bytes: int

    def to_dict(self) -> dict[str, Any]:
        """The status as plain values, ready for ``json.dumps``."""
        return asdict(self)


class Assistant:
    """Answers questions from one index. Safe to call from many threads; close it after use.

    It sees what other processes add to the index without being opened again.
    """

    def __init__(self, index: Index, answerer: Answerer, settings: Settings) -> None:
        self.settings = settings
        self._index = index
        self._answerer = answerer

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> list[Hit]:
        """The k best passages, best first, from these reviews or documents, or from all.

        Raises QAError for a review or document that is not in the index.
        """
        if k < 1:
            raise ValueError(f"k = {k}: at least one passage has to be asked for")
        documents = self._index.documents()
        among = _filter(documents, reviews, uris)
        return self._answerer.search(query, k=k, documents=documents, uris=among, history=history)

    def ask(
        self,
        question: str,
        *,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> Answer:
        """What the documents say, in their words, or that they do not say it."""
        *_, answer = self.stream(question, reviews=reviews, uris=uris, history=history)
        return answer

    def stream(
        self,
        question: str,
        *,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> Iterator[Answer]:
        """The answer as it grows, each time whole in form; the last is what `ask` returns."""
        documents = self._index.documents()
        among = _filter(documents, reviews, uris)
        return self._answerer.stream(question, documents=documents, uris=among, history=history)

    def documents(self) -> list[DocumentSummary]:
        """Every document, ordered by uri."""
        return list(self._index.documents())

    def document(self, uri: str) -> Document:
        """The stored document, to which all offsets refer. Raises DocumentError for another uri."""
        return self._index.document(uri)

    def reviews(self) -> list[str]:
        """The reviews' short names, by date of publication, then by name; undated ones last."""
        dated = sorted(
            (document.meta.get("published", "") or "9999", document.review)
            for document in self._index.documents()
        )
        return list(dict.fromkeys(review for _, review in dated))

    def verify(self) -> list[str]:
        """One line for every fault in what is stored; none when all is in order."""
        return self._index.verify()

    def status(self) -> Status:
        """How much is in the index, and what built it."""
        status = self._index.status()
        return Status(
            index=str(self._index.folder),
            generation=status.generation,
            documents=status.documents,
            pages=status.pages,
            passages=status.passages,
            encoder=status.identity.encoder,
            splitter=status.identity.splitter,
            bytes=status.ledger_bytes + status.dense_bytes + status.lexical_bytes,
        )

    def close(self) -> None:
        """Let go of files."""
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open(index: str | Path | None = None, *, settings: Settings | None = None) -> Assistant:
    """An assistant over the index in this folder, by default the one of the settings.

    Raises IndexMissing, IndexMismatch, IndexDamaged or ModelMissing, each with the command that
    mends it. Neither torch nor sentence-transformers is imported.
    """
    settings = settings or load()
    folder = Path(index or settings.index)
    opened = Index.open(folder)
    try:
        encoder = open_encoder(folder / building.MODELS, settings.encoder, threads=settings.threads)
        opened.check(building.identity_of(encoder, settings))
        reranker = CrossEncoderReranker(settings.reranker) if settings.reranker else None
    except QAError:
        opened.close()
        raise
    return Assistant(opened, Answerer(opened, encoder, settings, reranker=reranker), settings)


def build(
    source: str | Path | Iterable[Document] | None = None,
    index: str | Path | None = None,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
    rebuild: bool = False,
) -> BuildReport:
    """The index holds the folder's files (or the documents) as they are now; see `BuildReport`.

    Only what changed is read and encoded. Documents added by `add` stay. ``rebuild`` makes the
    index anew with the encoder and passage size of the settings; without it another encoder or
    size raises IndexMismatch.
    """
    settings = settings or load()
    return building.build(
        settings.corpus if source is None else source,
        Path(index or settings.index),
        settings,
        progress=progress,
        rebuild=rebuild,
    )


def add(
    files: Sequence[str | Path],
    index: str | Path | None = None,
    *,
    settings: Settings | None = None,
    progress: Progress | None = None,
    meta: Mapping[str, str] | None = None,
) -> BuildReport:
    """The files are in the index too; ``meta`` overrides title, review, author and the like."""
    settings = settings or load()
    folder = Path(index or settings.index)
    return building.add(files, folder, settings, progress=progress, meta=meta)


def remove(
    uris: Sequence[str], index: str | Path | None = None, *, settings: Settings | None = None
) -> BuildReport:
    """The documents are gone from the index. Raises DocumentError where one is not in it."""
    settings = settings or load()
    return building.remove(uris, Path(index or settings.index))


def _filter(
    documents: Sequence[DocumentSummary],
    reviews: Sequence[str] | None,
    uris: Sequence[str] | None,
) -> list[str] | None:
    """The uris to search, None for all. Raises QAError for a name that no document has."""
    if reviews is None and uris is None:
        return None
    by_review = {document.review.casefold(): document.review for document in documents}
    for review in reviews or ():
        _known(review.casefold(), list(by_review), f"no document is of a review {review!r}")
    for uri in uris or ():
        _known(uri, [document.uri for document in documents], f"no document is named {uri!r}")
    wanted = {review.casefold() for review in reviews or ()}
    return [
        document.uri
        for document in documents
        if (reviews is None or document.review.casefold() in wanted)
        and (uris is None or document.uri in uris)
    ]


def _known(name: str, names: Sequence[str], message: str) -> None:
    if name not in names:
        nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"did you mean {nearest[0]!r}?" if nearest else "qa list names what there is"
        raise QAError(message, hint=hint)
