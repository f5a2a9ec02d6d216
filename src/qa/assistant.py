"""The composition root: an index, an encoder and the settings make an assistant."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any, Self

from qa import building
from qa.answers import Answerer, Following, compare, timeline
from qa.documents import Sandbox, boxes
from qa.errors import DocumentError, QAError
from qa.index import Index, not_indexed
from qa.models import CrossEncoderReranker, open_encoder, open_reader
from qa.settings import Settings, load
from qa.types import (
    Answer,
    Box,
    BuildReport,
    Comparison,
    Document,
    DocumentSummary,
    Hit,
    Layout,
    Progress,
    Timeline,
    Turn,
)


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
        self._following = Following(answerer)
        self._sandbox = Sandbox(memory_mb=settings.max_memory_mb, seconds=settings.page_seconds)

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

    def compare(
        self,
        question: str,
        *,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> Comparison:
        """What each review says to the question, in its best quote, or that it is silent.

        Each is asked by itself, so that none is silent because another says more. The rows stand
        in the order of ``reviews``, or of the documents where none are named; ``uris`` leaves of
        each review these documents only. Raises QAError for one that is not in the index.
        """
        documents = self._index.documents()
        _filter(documents, reviews, uris)
        return compare(
            self._answerer,
            question,
            documents=documents,
            reviews=reviews,
            uris=uris,
            history=history,
        )

    def timeline(
        self,
        question: str,
        *,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
        k: int = 40,
    ) -> Timeline:
        """What the documents date about the subject of the question, at most k statements.

        Each is quoted, and they stand in the order of their dates; there are none where nothing
        on the subject has a date.
        """
        if k < 1:
            raise ValueError(f"k = {k}: at least one statement has to be asked for")
        documents = self._index.documents()
        among = _filter(documents, reviews, uris)
        return timeline(
            self._answerer, question, documents=documents, uris=among, history=history, k=k
        )

    def follow_ups(
        self,
        question: str,
        answer: Answer,
        *,
        uris: Sequence[str] | None = None,
        count: int = 3,
    ) -> list[str]:
        """At most ``count`` questions near to this one, each of which the documents answer."""
        documents = self._index.documents()
        return self._following.after(
            question,
            answer,
            generation=self._index.generation,
            documents=documents,
            uris=_filter(documents, None, uris),
            count=count,
        )

    def openings(self, *, count: int = 6) -> list[str]:
        """At most ``count`` questions to begin with, each of which the documents answer.

        They are made of names and headings, and tried: that takes a second or two.
        """
        documents = self._index.documents()
        return self._following.first(
            generation=self._index.generation, documents=documents, count=count
        )

    def documents(self) -> list[DocumentSummary]:
        """Every document, ordered by uri."""
        return list(self._index.documents())

    def document(self, uri: str) -> Document:
        """The stored document, to which all offsets refer. Raises DocumentError for another uri."""
        return self._index.document(uri)

    def summary(self, uri: str) -> DocumentSummary:
        """The document without its text. Raises DocumentError for another uri."""
        for document in self._index.documents():
            if document.uri == uri:
                return document
        raise not_indexed(uri)

    def original(self, uri: str) -> Path:
        """The file that the document was made of, as the index keeps it: not to be changed.

        Raises DocumentError where there is no such document, or no file of it.
        """
        kept = self._index.originals.find(self.summary(uri).sha256)
        if kept is None:
            raise DocumentError(
                f"there is no file of {uri}",
                uri=uri,
                hint="it was given as text; its text is what assistant.document gives",
            )
        return kept

    def boxes(self, uri: str, start: int, end: int) -> list[Box]:
        """The rectangles of this span of the document's text, one a line; none without pages."""
        return boxes(self._index.layouts(uri, start, end), start, end)

    def layout(self, uri: str, page: int) -> Layout | None:
        """The size of a page, and where its words stand; None for one that cannot be drawn."""
        return self._index.layout(uri, page)

    def page_image(
        self,
        uri: str,
        page: int,
        *,
        start: int = 0,
        end: int = 0,
        also: Sequence[tuple[int, int]] = (),
        width: int = 1000,
    ) -> bytes:
        """A page as a PNG, ``width`` pixels wide, with the span [start:end] of the text marked.

        The spans in ``also`` are marked more faintly. Pictures are cached beside the index.
        Raises DocumentError where the document's pages cannot be drawn, or there is no such page.
        """
        kept = self.original(uri)
        if kept.suffix != ".pdf":
            raise DocumentError(
                f"{uri} has no pages that can be drawn",
                uri=uri,
                hint="only the pages of PDFs can; read its text",
            )
        marked = [box for box in self.boxes(uri, start, end) if box.page == page]
        spans = sorted(set(also) - {(start, end)})
        faint = [box for span in spans for box in self.boxes(uri, *span) if box.page == page]

        def draw() -> bytes:
            return self._sandbox.draw(kept, page, uri=uri, boxes=marked, faint=faint, width=width)

        key = json.dumps(
            [page, width, *([astuple(box) for box in some] for some in (marked, faint))]
        )
        return self._index.originals.picture(kept.stem, key, draw)

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

    def fingerprint(self) -> str:
        """One SHA-256 of what is in the index and of what built it, whenever that was."""
        return building.fingerprint(self._index)

    def close(self) -> None:
        """Let go of files."""
        self._sandbox.close()
        self._index.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open(index: str | Path | None = None, *, settings: Settings | None = None) -> Assistant:
    """An assistant over the index in this folder, by default the one of the settings.

    Raises IndexMissing, IndexMismatch, IndexDamaged or ModelMissing, each with the command that
    mends it. Neither torch nor sentence-transformers is imported, but to compile a reader at its
    first use.
    """
    settings = settings or load()
    folder = Path(index or settings.index)
    opened = Index.open(folder)
    try:
        models, threads = folder / building.MODELS, settings.threads
        encoder = open_encoder(models, settings.encoder, threads=threads)
        opened.check(building.identity_of(encoder, settings))
        reranker = CrossEncoderReranker(settings.reranker) if settings.reranker else None
        reader = open_reader(models, settings.reader, threads=threads) if settings.reader else None
    except QAError:
        opened.close()
        raise
    answerer = Answerer(opened, encoder, settings, reranker=reranker, reader=reader)
    return Assistant(opened, answerer, settings)


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
    password: str = "",
) -> BuildReport:
    """The files are in the index too; ``meta`` overrides title, review, author and the like.

    A file that is in the index already is not added again; a new version of one, a file of the
    same name, replaces it, and the report's ``changes`` say what is different. ``password`` opens
    encrypted PDFs; it is not kept.
    """
    settings = settings or load()
    folder = Path(index or settings.index)
    return building.add(files, folder, settings, progress=progress, meta=meta, password=password)


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
