"""An assistant over two small documents that answers by rule, for the tests of the doors.

Its documents can be drawn (each page a picture of one colour), and added to and removed from.
"""

from __future__ import annotations

import functools
import hashlib
import re
import shutil
import struct
import tempfile
import threading
import time
import weakref
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.errors import DocumentError, IndexLocked, QAError
from qa.settings import Settings
from qa.types import (
    Answer,
    Box,
    BuildReport,
    Change,
    Citation,
    Comparison,
    ComparisonRow,
    DatedStatement,
    Document,
    DocumentSummary,
    Failure,
    Hit,
    Layout,
    Outcome,
    Page,
    Paragraph,
    Passage,
    Progress,
    Timeline,
    Turn,
)
from qa.web import suggesting

BRIDGES = [
    "Findings",
    "1.1 The inspection of the county's bridges took place between March and October 2014. "
    "Inspectors visited 212 bridges, of which 31 stand over the River Wenning and its "
    "tributaries. Each was measured, photographed and tapped by hand.",
    "1.2 The inspection found that 19 bridges had lost part of the mortar below the water line. "
    "None was closed, but seven were restricted to vehicles under three tonnes while the masonry "
    "was repaired. The repairs were finished in the summer of 2015, and each of the seven was "
    "inspected again before the limit was lifted. The council published the results.",
    "Recommendations",
    "2.1 The inspection made 11 recommendations for the county council to carry out. Nine were "
    "accepted in full and two in part.",
    "2.2 The county council should keep a register of every bridge in its care, with the date of "
    "the last inspection, and publish it once a year.",
]
RIVERS = [
    "In brief",
    "The survey of the River Wenning was carried out by the Rivers Trust in 2017. It measured "
    "the depth of the river at 64 places.",
    "The survey found that the river bed had risen by 12 centimetres at the old mill since 2009.",
]


def paged(uri: str, title: str, blocks: Sequence[str], per_page: int, **meta: str) -> Document:
    """A document of these blocks, ``per_page`` to a page; the first two pages are "i" and "ii"."""
    text, paragraphs, pages, begin = "", [], [], 0
    for place, block in enumerate(blocks):
        if place and place % per_page == 0:
            pages.append((begin, len(text)))
            begin = len(text)
        start = len(text)
        label = re.match(r"\d+\.\d+", block)
        kind = "heading" if len(block) < 25 and not label else "text"
        paragraphs.append(
            Paragraph(
                start,
                start + len(block),
                label=label.group() if label else "",
                kind="heading" if kind == "heading" else "text",
            )
        )
        text += block + "\n\n"
    pages.append((begin, len(text)))
    labels = ["i", "ii", *(str(number) for number in range(1, len(pages)))]
    made = tuple(
        Page(place + 1, labels[place], start, end) for place, (start, end) in enumerate(pages)
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(uri, title, text, made, meta, digest, tuple(paragraphs))


def png(width: int, height: int) -> bytes:
    """A light picture of that size, drawn without a library."""

    def part(kind: bytes, body: bytes) -> bytes:
        sum_ = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + sum_

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\xee" * width) * height
    drawn = part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + drawn


def neutral_documents() -> list[Document]:
    """A report on bridges with pages, and a survey of a river without."""
    bridges = paged(
        "bridges.pdf",
        "Inspection of the County's Bridges",
        BRIDGES,
        3,
        review="Bridges",
        author="A. Mason",
        published="2015-11-03",
        url="https://example.org/bridges.pdf",
    )
    rivers = Document.from_text(
        "rivers.md",
        "Survey of the River Wenning",
        "\n\n".join(RIVERS),
        review="Wenning",
        author="Rivers Trust",
        published="2017",
    )
    return [bridges, rivers]


@dataclass(frozen=True)
class FakeStatus:
    """The folder of the index, and what is in it."""

    index: str
    documents: int = 2
    generation: int = 1


class FakeAssistant:
    """Quotes every sentence that shares a long word with the question, or declines.

    The words "explode", "crumble" and "hesitate" in a question make it fail, break, be unsure.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self.settings = Settings()
        self.held = {document.uri: document for document in documents}
        self.asked: list[tuple[str, tuple[str, ...], int]] = []
        self.drawn: list[tuple[str, int, int, int, int]] = []
        self.faint: list[tuple[tuple[int, int], ...]] = []
        self.warned: dict[str, tuple[str, ...]] = {}
        self.threads: set[str] = set()
        self.library: FakeLibrary | None = None

    @functools.cached_property
    def folder(self) -> Path:
        """A folder that is gone when the assistant is."""
        made = tempfile.mkdtemp(prefix="qa-fake-")
        weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)
        return Path(made)

    def documents(self) -> list[DocumentSummary]:
        """The summaries, ordered by uri; those with pages can be drawn."""
        return [
            DocumentSummary(
                one.uri,
                one.title,
                one.meta,
                one.sha256,
                len(one.pages),
                3,
                "2020-05-17T08:00:00+00:00",
                warnings=self.warned.get(one.uri, ()),
                ocr=tuple(page.number for page in one.pages if page.ocr is not None),
                drawable=bool(one.pages),
            )
            for one in sorted(self.held.values(), key=lambda one: one.uri)
        ]

    def summary(self, uri: str) -> DocumentSummary:
        """The document's summary, or a DocumentError."""
        self.document(uri)
        return next(one for one in self.documents() if one.uri == uri)

    def document(self, uri: str) -> Document:
        """The document, or a DocumentError."""
        if uri not in self.held:
            raise DocumentError(f"no document {uri!r}", uri=uri, hint="qa list")
        return self.held[uri]

    def original(self, uri: str) -> Path:
        """A file with the document's text, for those that have pages."""
        if not self.document(uri).pages:
            raise DocumentError(f"there is no file of {uri}", uri=uri, hint="read its text")
        kept = self.folder / f"{self.held[uri].sha256}.pdf"
        kept.write_text(self.held[uri].text, encoding="utf-8")
        return kept

    def boxes(self, uri: str, start: int, end: int) -> list[Box]:
        """One box on the page where the span begins, as far down as that stands in its text."""
        pages = [page for page in self.document(uri).pages if page.start <= start < page.end]
        downs = [(page, 500 * (start - page.start) / (page.end - page.start)) for page in pages]
        return [Box(page.number, 50, down, 450, down + 12) for page, down in downs if start < end]

    def layout(self, uri: str, page: int) -> Layout | None:
        """Pages are square here, and hold no words."""
        return Layout(page, 500, 500, b"") if self.document(uri).pages else None

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
        """A light square; what was to be drawn is kept in ``drawn`` and ``faint``."""
        self.threads.add(threading.current_thread().name)
        if not self.document(uri).pages:
            raise DocumentError(f"{uri} has no pages", uri=uri, hint="read its text")
        self.drawn.append((uri, page, start, end, width))
        self.faint.append(tuple(also))
        return png(width, width)

    def status(self) -> Any:
        """Where the index is said to be."""
        return FakeStatus(str(self.folder))

    def fingerprint(self) -> str:
        """What is held, in one line."""
        told = repr(sorted((uri, one.sha256) for uri, one in self.held.items()))
        return hashlib.sha256(told.encode()).hexdigest()

    def reviews(self) -> list[str]:
        """The short names."""
        return [summary.review for summary in self.documents()]

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> list[Hit]:
        """Each paragraph as a passage, those with more of the query's long words first."""
        unknown = [name for name in reviews or [] if name not in self.reviews()]
        if unknown:
            raise QAError(f"no review {unknown[0]!r}", hint=f"did you mean {self.reviews()[0]!r}?")
        wanted = set(re.findall(r"\w{5,}", query.lower()))
        found = []
        for one in self.held.values():
            if reviews and (one.meta.get("review") or one.title) not in reviews:
                continue
            if uris and one.uri not in uris:
                continue
            for place, block in enumerate(one.paragraphs):
                if block.kind == "heading":
                    continue
                passage = self._passage(one, block, place)
                score = float(len(wanted & set(re.findall(r"\w{5,}", passage.text.lower()))))
                found.append((score, passage))
        found.sort(key=lambda pair: (-pair[0], pair[1].id))
        return [
            Hit(passage, score, rank, {"lexical": score, "dense": score / 10})
            for rank, (score, passage) in enumerate(found[:k], start=1)
        ]

    def ask(
        self,
        question: str,
        *,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> Answer:
        """Quotes of the best paragraphs' first sentences."""
        self.asked.append((question, tuple(reviews or uris or ()), len(history)))
        if "crumble" in question:
            raise RuntimeError("secret detail of the program")
        if "explode" in question:
            raise QAError("the index cannot be read", hint="qa verify")
        query = f"{history[-1].question} {question}" if history else question
        hits = self.search(query, k=4, reviews=reviews, uris=uris)
        good = [hit for hit in hits if hit.score > 0]
        citations = tuple(self._cite(number, hit) for number, hit in enumerate(good[:3], start=1))
        lines = [f"“{one.quote}” [{one.number}]" for one in citations]
        outcome: Outcome = "answered" if citations else "not_found"
        if "hesitate" in question and citations:
            outcome, lines = "low_confidence", ["The evidence for this is weak.", *lines]
        if not citations:
            names = ", ".join(self.reviews())
            lines = [f"The documents do not answer this. Searched {len(self.held)}: {names}."]
        number = re.search(r"\b11\b", lines[0])
        text, short = "\n\n".join(lines), number.group() if number else ""
        return Answer(question, query, text, short, citations, tuple(hits), outcome, 0.93, 0.04)

    def compare(
        self,
        question: str,
        *,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> Comparison:
        """The first quote of each review, asked by itself."""
        rows: list[ComparisonRow] = []
        query, number = question, 1
        for review in reviews or self.reviews():
            answer = self.ask(question, reviews=[review], history=history)
            cited = replace(answer.citations[0], number=number) if answer.citations else None
            number += cited is not None
            query = answer.query
            short = answer.short if cited else ""
            rows.append(ComparisonRow(review, (), cited, answer.outcome, 0.93, short))
        return Comparison(question, query, tuple(rows), 0.04)

    def timeline(
        self,
        question: str,
        *,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
        k: int = 40,
    ) -> Timeline:
        """The first sentences of what `search` finds, where they hold a year."""
        answer = self.ask(question, reviews=reviews, uris=uris, history=history)
        hits = [
            hit
            for hit in self.search(answer.query, k=20, reviews=reviews, uris=uris)
            if hit.score > 0
        ]
        dated = []
        for hit in hits:
            cited = self._cite(1, hit)
            for words in re.findall(r"\b(?:March and )?(?:October )?20\d\d\b", cited.quote)[:1]:
                dated.append((words[-4:], words, cited))
        dated.sort(key=lambda row: (row[0], row[2].uri, row[2].start))
        rows = tuple(
            DatedStatement(date, "", words, replace(cited, number=number))
            for number, (date, words, cited) in enumerate(dated[:k], start=1)
        )
        return Timeline(question, answer.query, rows, 0.04)

    def openings(self, *, count: int = 6) -> list[str]:
        """Those questions on the names of the documents that are answered."""
        asked = suggesting.examples(self.documents())
        return [one for one in asked if self.ask(one).outcome == "answered"][:count]

    def follow_ups(
        self,
        question: str,
        answer: Answer,
        *,
        uris: Sequence[str] | None = None,
        count: int = 3,
    ) -> list[str]:
        """The same three questions, without the one that was asked."""
        known = [
            "How many recommendations did Bridges make?",
            "What did Wenning find about the river bed?",
            "When was the survey of the River Wenning carried out?",
            "What did Bridges find?",
        ]
        return [one for one in known if one != question][:count]

    def stream(
        self,
        question: str,
        *,
        reviews: Sequence[str] | None = None,
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
    ) -> Iterator[Answer]:
        """The answer, its text growing by a few words; slowly, where it is to ponder."""
        answer = self.ask(question, reviews=reviews, uris=uris, history=history)
        pieces = re.findall(r"\S+\s*", answer.text)
        for end in range(6, len(pieces), 6):
            yield replace(answer, text="".join(pieces[:end]))
            if "ponder" in question:
                time.sleep(1)
        yield answer

    def _passage(self, document: Document, block: Paragraph, place: int) -> Passage:
        pages = [page.number for page in document.pages if page.start <= block.start]
        text = document.text[block.start : block.end]
        mark = place + 100 * list(self.held).index(document.uri)
        page, label = (pages[-1] if pages else None), block.label or str(place + 1)
        return Passage(mark, document.uri, block.start, block.end, text, "Findings", page, label)

    def _cite(self, number: int, hit: Hit) -> Citation:
        passage, document = hit.passage, self.held[hit.passage.uri]
        skip = len(passage.paragraph) + 1 if passage.text.startswith(passage.paragraph) else 0
        stop = passage.text.find(". ", skip)
        stop = len(passage.text) if stop < 0 else stop + 1
        start, end = passage.start + skip, passage.start + stop
        label = document.pages[passage.page - 1].label if passage.page else ""
        meta: Mapping[str, str] = document.meta
        return Citation(
            number,
            document.uri,
            document.title,
            meta.get("review", ""),
            passage.page,
            label,
            passage.paragraph,
            start,
            end,
            document.text[start:end],
            document.sha256,
            meta.get("url", ""),
        )


class FakeLibrary:
    """What `qa.add` and `qa.remove` do, done to the documents of a fake assistant.

    A file of the word "broken" fails, one of "locked" finds the index locked, and one of "slow"
    waits until ``go`` is set.
    """

    def __init__(self, assistant: FakeAssistant) -> None:
        self.assistant = assistant
        self.go = threading.Event()
        self.given: list[tuple[str, dict[str, str], str]] = []

    def add(
        self,
        files: Sequence[Path],
        index: str,
        *,
        settings: Settings,
        progress: Progress,
        meta: Mapping[str, str],
        password: str,
    ) -> BuildReport:
        """The files are among the documents."""
        assert index == str(self.assistant.folder)
        (path,) = files
        self.given.append((path.name, dict(meta), password))
        text = path.read_text(encoding="utf-8")
        progress("reading", 0, 2)
        if "slow" in text:
            self.go.wait(20)
        progress("reading", 2, 2)
        if "locked" in text:
            raise IndexLocked("the index is being written", holder="process 7", hint="wait for it")
        if "broken" in text:
            return BuildReport(failed=(Failure(path.name, "it is damaged (mend it)"),))
        before = self.assistant.held.get(path.name)
        title = meta.get("title", path.stem)
        blocks = text.strip().split("\n\n")
        fresh = paged(path.name, title, blocks, 2, review=meta.get("review", ""))
        progress("encoding", 1, 1)
        progress("writing", 1, 1)
        if before == fresh:
            return BuildReport(unchanged=(path.name,))
        self.assistant.held[path.name] = fresh
        if before is None:
            return BuildReport(added=(path.name,))
        pages = (len(before.pages), len(fresh.pages))
        change = Change(path.name, (before.title, title), pages, (3, 4), 2, 1)
        return BuildReport(changed=(path.name,), changes=(change,))

    def remove(self, uris: Sequence[str], index: str, *, settings: Settings) -> BuildReport:
        """The documents are gone."""
        assert index == str(self.assistant.folder)
        for uri in uris:
            if uri not in self.assistant.held:
                raise DocumentError(f"{uri} is not in the index", uri=uri, hint="qa list")
            del self.assistant.held[uri]
        return BuildReport(removed=tuple(uris))
