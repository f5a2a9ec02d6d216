"""Questions to go on with: near to what was asked, and each one answered by the documents."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from qa.answers.answering import READ, Answerer
from qa.answers.choosing import in_turn
from qa.answers.evidence import shipped_weights
from qa.answers.proposing import (
    FRAME,
    Candidate,
    arranged,
    forms_of,
    of_another,
    of_named,
    of_others,
    on_subjects,
    spread,
    turned,
)
from qa.answers.reading import verdict_features
from qa.answers.recent import Recent
from qa.answers.topics import Topic, called, topics_of, worded
from qa.errors import DocumentError, IndexDamaged
from qa.text import terms
from qa.types import Answer, Document, DocumentSummary

_CHECKED = 6
"""So many questions are tried at most: each takes some tens of milliseconds."""
_FEW = 3
"""Fewer quotes than these are a line that a document prints: its date, not its recommendations."""
_CHECKED_FIRST = 24
"""So many are tried to begin with, once for the documents as they are."""
_SURE = 0.7
"""A question is offered where the documents answer it with this probability, without a reader."""
_DOCUMENTS = 3
_OF_EACH = 4
_KEPT = 512
_KEPT_OUTLINES = 32

_Mark = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Outline:
    """The headings of a document: where they stand, as they are printed, and their subjects."""

    starts: tuple[int, ...]
    headings: frozenset[str]
    topics: tuple[Topic, ...]


class Following:
    """Follow-up questions over one index; what was tried is kept. Safe to call from threads."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._names = Recent[int, Counter[str]](1)
        self._outlines = Recent[tuple[int, str], _Outline](_KEPT_OUTLINES)
        self._wordings = Recent[tuple[int, str, int], str](_KEPT)
        self._tried = Recent[tuple[int, tuple[str, ...] | None, str], _Mark | None](_KEPT)

    def after(
        self,
        question: str,
        answer: Answer,
        *,
        generation: int,
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None = None,
        count: int = 3,
    ) -> list[str]:
        """At most ``count`` questions that these documents answer, and not as this one.

        They come from the headings about the cited passages, or about the nearest where nothing is
        cited, and from what metadata says of the reports.
        """
        among = None if uris is None else tuple(uris)
        try:
            candidates = self._candidates(question, answer, generation, documents, among)
        except (DocumentError, IndexDamaged):
            return []  # a document was changed or removed since the answer was given
        asked = frozenset(terms(f"{question} {answer.query}")) - FRAME
        chosen: list[Candidate] = []
        shown: set[_Mark] = set()
        tries = 0
        for candidate in candidates:
            if len(chosen) == count or tries == _CHECKED:
                break
            if repeats(candidate, asked, answer) or _repeats_one(candidate, chosen):
                continue
            tries += 1
            mark = self._tried.get(
                (generation, among, candidate.question),
                lambda each=candidate: self._try(each, generation, documents, among),  # type: ignore[misc]
            )
            if mark and mark not in shown and not _is_told(mark, answer):
                shown.add(mark)
                chosen.append(candidate)
        return [candidate.question for candidate in chosen]

    def first(
        self, *, generation: int, documents: Sequence[DocumentSummary], count: int = 6
    ) -> list[str]:
        """At most ``count`` questions to begin with that these documents answer.

        They are on one document after another, as far apart in time as they are.
        """
        try:
            return list(self._first(generation, documents, count))
        except (DocumentError, IndexDamaged):
            return []  # a document was removed meanwhile

    def _first(
        self, generation: int, documents: Sequence[DocumentSummary], count: int
    ) -> Iterator[str]:
        several = spread(sorted(documents, key=_by_date), count)[: 2 * count]
        turns = [self._openings(each, place, generation) for place, each in enumerate(several)]
        chosen: list[Candidate] = []
        for candidate in in_turn(turns)[:_CHECKED_FIRST]:
            if len(chosen) == count:
                return
            if _repeats_one(candidate, chosen):
                continue
            asked = candidate.question
            if not self._answerer.printed(asked, documents):
                mark = self._try(candidate, generation, documents, None)
                if not mark or not self._is_answered(asked, mark, documents):
                    continue
            chosen.append(candidate)
            yield asked

    def _is_answered(
        self, question: str, mark: _Mark, documents: Sequence[DocumentSummary]
    ) -> bool:
        """Whether the whole answer begins with the sentence at the mark too."""
        *_, answer = self._answerer.stream(question, documents=documents)
        first = replace(answer, citations=answer.citations[:1])
        return answer.outcome == "answered" and _is_told(mark, first)

    def _openings(self, summary: DocumentSummary, place: int, generation: int) -> list[Candidate]:
        """What may be asked of a document by one who has read none; ``place`` turns the forms."""
        document = self._answerer.document(summary.uri)
        outline = self._outline(document, generation)
        topics = sorted(outline.topics, key=lambda topic: (not topic.found, " and " in topic.words))
        topics = topics[:: max(1, len(topics) // _OF_EACH)][:_OF_EACH]
        subjects = [(self._worded(topic, document, generation), topic) for topic in topics]
        forms = turned(forms_of(summary, outline.headings), place)
        # What the document prints itself is what it answers best, unless that is a line.
        forms.sort(key=lambda form: self._printed(form.question, summary) < _FEW)
        return in_turn([forms, on_subjects(summary, subjects)][:: -1 if place % 2 else 1])

    def _printed(self, question: str, summary: DocumentSummary) -> int:
        """How many quotes the document prints itself for the question."""
        return sum(len(each.quotes) for each in self._answerer.printed(question, [summary]))

    def _try(
        self,
        candidate: Candidate,
        generation: int,
        documents: Sequence[DocumentSummary],
        uris: tuple[str, ...] | None,
    ) -> _Mark | None:
        """Where the sentence stands that answers it surely; None where it is not so answered.

        It is read as lightly as an answer without a reader is, but nothing is quoted or compared:
        that takes as long again.
        """
        shared = self._names.get(generation, lambda: Counter(map(called, documents)))
        # Where several documents go by one name, each would be read for itself.
        within = candidate.uris if shared[candidate.name] > 1 and candidate.name else uris
        try:
            found = self._answerer.weigh(
                candidate.question,
                k=READ,
                documents=documents,
                uris=within,
            )
        except (DocumentError, IndexDamaged):
            return None  # a document was changed between the search and the reading
        if not found.ranked or not candidate.is_met(found.ranked[0]):
            return None
        best = found.ranked[0]
        sure = shipped_weights().verdict(verdict_features(found.question, found.ranked)) >= _SURE
        return (best.passage.uri, best.start) if sure else None

    def _outline(self, document: Document, generation: int) -> _Outline:
        return self._outlines.get((generation, document.uri), lambda: _outline_of(document))

    def _worded(self, topic: Topic, document: Document, generation: int) -> str:
        key = generation, document.uri, topic.start
        return self._wordings.get(key, lambda: worded(topic, document))

    def _candidates(
        self,
        question: str,
        answer: Answer,
        generation: int,
        documents: Sequence[DocumentSummary],
        uris: tuple[str, ...] | None,
    ) -> list[Candidate]:
        """The questions to try, the most promising first; topics and fixed forms take turns."""
        summaries = {each.uri: each for each in documents if uris is None or each.uri in uris}
        near = [place for place in _places(answer) if place[0] in summaries]
        about = list(dict.fromkeys(uri for uri, _ in near))
        cited = {citation.uri for citation in answer.citations}
        opened = {uri: self._answerer.document(uri) for uri in about[:_DOCUMENTS]}
        outlines = {uri: self._outline(document, generation) for uri, document in opened.items()}
        subjects = {}
        for uri, document in opened.items():
            topics = _nearest(uri, outlines[uri], near, every=uri in cited or not cited)
            subjects[uri] = [
                (self._worded(each, document, generation), each) for each in topics[:_OF_EACH]
            ]
        each = [on_subjects(summaries[uri], subjects[uri]) for uri in opened]
        main, rest = each[0] if each else [], in_turn(each[1:])
        beside = of_others(question, [summaries[uri] for uri in about]) if cited else []
        for words, topic in chain.from_iterable(subjects.values()):
            for uri, document in opened.items():
                if topic.words.casefold() not in outlines[uri].headings:
                    beside += of_another(words, topic, summaries[uri], document)
        forms = [
            form
            for uri in about[:2]
            for form in forms_of(summaries[uri], outlines[uri].headings)[:3]
        ]
        told = " ".join(hit.passage.text for hit in answer.hits)
        others = [each for each in summaries.values() if each.uri not in opened]
        return arranged(main, rest, beside, forms + of_named(others, told))


def _by_date(summary: DocumentSummary) -> tuple[str, str]:
    return summary.meta.get("published", "") or "9999", summary.uri


def _is_told(mark: _Mark, answer: Answer) -> bool:
    """Whether the answer quotes it already."""
    uri, start = mark
    return any(each.uri == uri and each.start <= start < each.end for each in answer.citations)


def _places(answer: Answer) -> Iterator[_Mark]:
    """What was cited, then what was found beside it, best first."""
    for citation in answer.citations:
        yield citation.uri, citation.start
    for hit in answer.hits:
        yield hit.passage.uri, hit.passage.start


def _outline_of(document: Document) -> _Outline:
    headings = [each for each in document.paragraphs if each.kind == "heading"]
    return _Outline(
        starts=tuple(each.start for each in headings),
        headings=frozenset(document.text[each.start : each.end].casefold() for each in headings),
        topics=tuple(topics_of(document)),
    )


def _nearest(uri: str, outline: _Outline, near: Sequence[_Mark], *, every: bool) -> list[Topic]:
    """The document's topics: those of passages that were found, and ``every`` other one then."""
    starts = [start for found, start in near if found == uri]
    # The heading that each passage stands under; what was found first is the nearest.
    above = [
        outline.starts[max(bisect_right(outline.starts, start) - 1, 0)]
        for start in starts
        if outline.starts
    ]

    def distance(topic: Topic) -> tuple[int, int]:
        found = above.index(topic.start) if topic.start in above else len(above)
        return found, min((abs(topic.start - start) for start in starts[:1]), default=0)

    near_by = sorted(outline.topics, key=distance)
    return [topic for topic in near_by if every or topic.start in above]


def repeats(candidate: Candidate, asked: frozenset[str], answer: Answer) -> bool:
    """Whether it asks what was asked; of the document that answered, a part of that is the same.

    Where something narrower was not answered, what is wider goes on from there.
    """
    own, cited = candidate.terms, answer.citations
    if not own or own == asked or (cited and own < asked):
        return True
    topic = frozenset(terms(candidate.topic))
    within = not candidate.uris or (bool(cited) and cited[0].uri in candidate.uris)
    return bool(cited and topic) and within and topic <= asked


def _repeats_one(candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    """Whether it asks what is chosen already."""
    own = candidate.terms
    return any(
        own <= other.terms
        or other.terms <= own
        or (candidate.topic and candidate.topic == other.topic)
        for other in chosen
    )
