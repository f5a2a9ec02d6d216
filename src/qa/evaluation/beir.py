"""BEIR folders: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels.tsv`` or ``qrels/*.tsv``.

Beyond the plain form (Thakur et al. 2021, arXiv 2104.08663) a query may say whether it is
answerable, what its answers are and where they stand, on which document it was written, and
what was said before it in which conversation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.errors import DocumentError
from qa.evaluation.matching import normalised, stands_in
from qa.evaluation.questions import SetQuestion
from qa.evaluation.rows import Row, malformed, read_rows, read_text
from qa.types import Document

CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels.tsv"
CORPUS_HINT = "a line of corpus.jsonl holds an object with _id, title and text"
QUERIES_HINT = "a line of queries.jsonl holds an object with _id and text"
QRELS_HINT = "a line of qrels holds query, document and grade, parted by tabs"
MOST_WORDS = 6
"""A longer answer that stands in no relevant document was written freely, and is not compared."""
_SAYS_NOTHING = frozenset("yes no true false before after both neither".split())


@dataclass(frozen=True, slots=True)
class Beir:
    """What a folder holds."""

    questions: tuple[SetQuestion, ...]
    documents: tuple[Document, ...]
    places: Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The grade of a document for a query; ``split`` is the file that says it."""

    query: str
    document: str
    grade: int
    split: str


def beir_files(folder: Path) -> list[Path]:
    """The files that make the set. Raises DocumentError where one is missing."""
    for name in (CORPUS, QUERIES):
        if not (folder / name).is_file():
            raise DocumentError(
                f"{folder} has no {name}",
                uri=str(folder / name),
                hint="a BEIR folder holds corpus.jsonl, queries.jsonl and qrels.tsv or qrels/*.tsv",
            )
    qrels = [folder / QRELS] if (folder / QRELS).is_file() else sorted(folder.glob("qrels/*.tsv"))
    if not qrels:
        raise DocumentError(
            f"{folder} has neither {QRELS} nor qrels/*.tsv",
            uri=str(folder / QRELS),
            hint="add the file that says which document is relevant to which query",
        )
    return [folder / CORPUS, folder / QUERIES, *qrels]


def read_beir(folder: Path) -> Beir:
    """Everything in the folder. Raises DocumentError, naming file and line."""
    _, _, *qrels = beir_files(folder)
    documents, places = _corpus(folder / CORPUS)
    by_uri = {document.uri: document for document in documents}
    rows = {row.name("_id"): row for row in _distinct(folder / QUERIES, QUERIES_HINT)}
    if not rows:
        raise malformed(folder / QUERIES, "line 1", "there is no query", QUERIES_HINT)
    grades: dict[str, dict[str, int]] = {name: {} for name in rows}
    splits: dict[str, str] = {}
    for path in qrels:
        for judgement in _judgements(path, rows, by_uri):
            grades[judgement.query][judgement.document] = judgement.grade
            splits.setdefault(judgement.query, judgement.split)
    reader = _Reader(by_uri, places)
    questions = [
        reader.question(name, row, grades[name], splits.get(name, "")) for name, row in rows.items()
    ]
    return Beir(tuple(questions), documents, places)


def _corpus(path: Path) -> tuple[tuple[Document, ...], dict[str, tuple[str, int]]]:
    documents: list[Document] = []
    places: dict[str, tuple[str, int]] = {}
    for row in _distinct(path, CORPUS_HINT):
        uri, file, page = row.name("_id"), row.text("file", ""), row.number("page")
        named = {
            "review": row.text("source", ""),
            "author": row.text("author", ""),
            "published": row.text("published_at", "") or row.text("published", ""),
            "url": row.text("url", ""),
            "file": file,
            "page": "" if page is None else str(page),
        }
        meta = {name: value for name, value in named.items() if value}
        documents.append(Document.from_text(uri, row.text("title", ""), row.text("text"), **meta))
        if file and page is not None:
            places[uri] = (file, page)
    if not documents:
        raise malformed(path, "line 1", "there is no document", CORPUS_HINT)
    return tuple(documents), places


def _distinct(path: Path, hint: str) -> Iterator[Row]:
    seen: set[str] = set()
    for row in read_rows(path, hint):
        name = row.name("_id")
        if name in seen:
            raise row.error(f"the _id {name!r} comes twice")
        seen.add(name)
        yield row


def _judgements(
    path: Path, queries: Mapping[str, Row], documents: Mapping[str, Document]
) -> Iterator[Judgement]:
    """The lines of three columns, or of TREC's four; the first may be a header."""
    graded: dict[tuple[str, str], int] = {}
    split = "" if path.name == QRELS else path.stem
    for number, line in enumerate(read_text(path, QRELS_HINT).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        columns = [part.strip() for part in line.split("\t" if "\t" in line else None)]
        if len(columns) not in (3, 4):
            raise malformed(path, place, f"{len(columns)} columns, not 3 or 4", QRELS_HINT)
        query, document, text = columns[0], columns[-2], columns[-1]
        try:
            grade = int(text)
        except ValueError:
            if number == 1:
                continue
            reason = f"the grade {text[:60]!r} is not a whole number"
            raise malformed(path, place, reason, QRELS_HINT) from None
        if query not in queries:
            raise malformed(path, place, f"no query has the _id {query!r}", QRELS_HINT)
        if document not in documents:
            raise malformed(path, place, f"no document has the _id {document!r}", QRELS_HINT)
        if graded.setdefault((query, document), grade) != grade:
            raise malformed(path, place, "the pair has another grade further up", QRELS_HINT)
        yield Judgement(query, document, grade, split)


class _Reader:
    """Makes questions of the lines of ``queries.jsonl``."""

    def __init__(
        self, documents: Mapping[str, Document], places: Mapping[str, tuple[str, int]]
    ) -> None:
        self._documents = documents
        self._places = places
        self._normalised: dict[str, str] = {}

    def question(self, name: str, row: Row, qrels: Mapping[str, int], split: str) -> SetQuestion:
        text = row.text("text")
        if not text.strip():
            raise row.error("'text' is empty")
        answerable = row.flag("answerable", True)
        relevant = sorted(uri for uri, grade in qrels.items() if grade > 0)
        given = tuple(dict.fromkeys(row.texts("answers") + row.texts("all_answers")))
        spans, evidence = self._places_of(row)
        answers = tuple(
            each for each in given if answerable and (spans or self._is_gold(each, relevant))
        )
        pages = [self._places[uri] for uri in relevant if uri in self._places]
        files = row.text_or_texts("target_file") or row.texts("expected_files")
        return SetQuestion(
            id=name,
            question=text,
            answerable=answerable,
            kind=", ".join(row.text_or_texts("kind") or row.text_or_texts("question_type")),
            reference="" if answers or not given or not answerable else given[0],
            split=row.text("split", "") or split,
            qrels=dict(qrels),
            answers=answers,
            evidence=evidence if answerable else (),
            spans=spans if answerable else (),
            files=files or tuple(dict.fromkeys(file for file, _ in pages)),
            pages=tuple(pages),
            history=row.texts("history"),
            rewrite=row.text("rewrite", ""),
            conversation=row.name_or("conversation_id", ""),
            source_doc=self._source(row),
        )

    def _source(self, row: Row) -> str:
        uri = row.name_or("source_doc", "")
        if uri and uri not in self._documents:
            raise row.error(f"no document has the _id {uri!r}")
        return uri

    def _is_gold(self, answer: str, relevant: Sequence[str]) -> bool:
        """Whether a quote can be told right by this answer: it stands in a relevant document.

        "Yes" says nothing about a quote. Where no document is known to be relevant, a short
        answer is taken at its word.
        """
        words = normalised(answer)
        if not words or words in _SAYS_NOTHING:
            return False
        if not relevant:
            return len(words.split()) <= MOST_WORDS
        return any(stands_in(words, self._normal_text(uri)) for uri in relevant)

    def _normal_text(self, uri: str) -> str:
        if uri not in self._normalised:
            self._normalised[uri] = normalised(self._documents[uri].text)
        return self._normalised[uri]

    def _places_of(self, row: Row) -> tuple[tuple[tuple[str, int, int], ...], tuple[str, ...]]:
        spans: dict[tuple[str, int, int], None] = {}
        evidence: dict[str, None] = {}
        for span in row.rows("answer_spans"):
            uri, start, end = span.name("doc"), span.number("start"), span.number("end")
            if uri not in self._documents:
                raise span.error(f"no document has the _id {uri!r}")
            texts = (*span.texts("sentences"), *span.text_or_texts("fact"))
            if start is not None and end is not None:
                if not 0 <= start < end <= len(self._documents[uri].text):
                    raise span.error(f"{start}:{end} is no place in {uri!r}")
                spans[uri, start, end] = None
            elif not {"sentences", "fact"} & set(span.values):
                raise span.error("there is no 'start' with an 'end', no 'fact', no 'sentences'")
            evidence.update(dict.fromkeys(text for text in texts if text.strip()))
        return tuple(spans), tuple(evidence)
