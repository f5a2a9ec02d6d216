"""Questions to go on with: near to what was asked, and each one answered by the documents."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from qa.answers.answering import Answerer
from qa.answers.recent import Recent
from qa.answers.topics import Topic, called, topics_of, worded
from qa.errors import DocumentError, IndexDamaged
from qa.text import stem, terms
from qa.types import Answer, Document, DocumentSummary

_CHECKED = 6
"""So many questions are tried at most: each takes some tens of milliseconds."""
_SURE = 0.7
"""A question is offered where the documents answer it with this probability, without a reader."""
_DOCUMENTS = 3
_OF_EACH = 4
_SHORT = 4
_KEPT = 512
_KEPT_TOPICS = 32
_FRAME = frozenset(
    stem(word)
    for word in """find found say said report review inquiry audit operation know known tell
    national independent""".split()
)

_Mark = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A question with the documents that should answer it; none for any.

    ``name`` is the report that it names, ``topic`` what it asks about, as a text. A heading over
    the answer has to begin with ``under``, and heading or answer to say ``tells``: a question that
    is answered past its point would mislead.
    """

    question: str
    uris: tuple[str, ...] = ()
    topic: str = ""
    name: str = ""
    tells: str = ""
    under: str = ""

    @property
    def terms(self) -> frozenset[str]:
        """What it asks about, without the words in which such things are asked."""
        return frozenset(terms(self.question)) - _FRAME


class Following:
    """Follow-up questions over one index; what was tried is kept. Safe to call from threads."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer.lightly()
        self._names = Recent[int, Counter[str]](1)
        self._topics = Recent[tuple[int, str], tuple[Topic, ...]](_KEPT_TOPICS)
        self._tried = Recent[tuple[int, tuple[str, ...] | None, str], tuple[_Mark, ...]](_KEPT)

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
        asked = frozenset(terms(f"{question} {answer.query}")) - _FRAME
        told = frozenset((citation.uri, citation.start) for citation in answer.citations)
        chosen: list[_Candidate] = []
        shown: set[_Mark] = set()
        tries = 0
        for candidate in candidates:
            if len(chosen) == count or tries == _CHECKED:
                break
            if _repeats(candidate, asked, chosen, answered=bool(told)):
                continue
            tries += 1
            marks = self._tried.get(
                (generation, among, candidate.question),
                lambda each=candidate: self._try(each, generation, documents, among),  # type: ignore[misc]
            )
            if marks and marks[0] not in told | shown:
                shown.add(marks[0])
                chosen.append(candidate)
        return [candidate.question for candidate in chosen]

    def _try(
        self,
        candidate: _Candidate,
        generation: int,
        documents: Sequence[DocumentSummary],
        uris: tuple[str, ...] | None,
    ) -> tuple[_Mark, ...]:
        """Where the quotes stand that answer it surely; none where it is not so answered."""
        shared = self._names.get(generation, lambda: Counter(map(called, documents)))
        # Where several documents go by one name, each would be read for itself.
        within = candidate.uris if shared[candidate.name] > 1 and candidate.name else uris
        *_, answer = self._answerer.stream(candidate.question, documents=documents, uris=within)
        if answer.outcome != "answered" or answer.confidence < _SURE:
            return ()
        cited = answer.citations
        if candidate.uris and cited[0].uri not in candidate.uris:
            return ()
        heading = _heading(answer).casefold()
        said = f"{heading} {cited[0].quote.casefold()}"
        under = any(part.startswith(candidate.under) for part in heading.split(" > "))
        if candidate.tells not in said or not under:
            return ()
        if not _is_met(candidate.topic, said):
            return ()
        return tuple((citation.uri, citation.start) for citation in cited)

    def _of(self, document: Document, generation: int) -> tuple[Topic, ...]:
        key = generation, document.uri
        return self._topics.get(key, lambda: tuple(topics_of(document)))

    def _candidates(
        self,
        question: str,
        answer: Answer,
        generation: int,
        documents: Sequence[DocumentSummary],
        uris: tuple[str, ...] | None,
    ) -> list[_Candidate]:
        """The questions to try, the most promising first; topics and fixed forms take turns."""
        summaries = {each.uri: each for each in documents if uris is None or each.uri in uris}
        near = [place for place in _places(answer) if place[0] in summaries]
        about = list(dict.fromkeys(uri for uri, _ in near))
        cited = {citation.uri for citation in answer.citations}
        opened = {uri: self._answerer.document(uri) for uri in about[:_DOCUMENTS]}
        topics = {
            uri: _nearest(
                document, self._of(document, generation), near, every=uri in cited or not cited
            )
            for uri, document in opened.items()
        }
        each = [_about(summaries[uri], opened[uri], topics[uri]) for uri in opened]
        main, rest = each[0] if each else [], _in_turn(each[1:])
        beside = _of_others(question, [summaries[uri] for uri in about]) if cited else []
        shared = [topic for uri in opened for topic in _worded(opened[uri], topics[uri][:_OF_EACH])]
        beside += _shared(shared, [(summaries[uri], opened[uri]) for uri in opened])
        forms = [form for uri in about[:2] for form in _forms(summaries[uri])[:3]]
        told = " ".join(document.text for document in opened.values())
        others = [each for each in summaries.values() if each.uri not in opened]
        return _arranged(main, rest, beside, forms + _of_named(others, told))


def _arranged(
    main: Sequence[_Candidate],
    rest: Sequence[_Candidate],
    beside: Sequence[_Candidate],
    forms: Sequence[_Candidate],
) -> list[_Candidate]:
    """Topics of the first document, what others say, and fixed forms in turn, each once."""
    turns = [*main[:1], *beside[:1], *(main[1:2] or rest[:1]), *forms[:1], *main[2:3], *rest[:1]]
    turns += [*beside[1:2], *forms[1:], *main[3:], *rest[1:]]
    return list({each.question: each for each in turns}.values())


def _of_named(summaries: Iterable[DocumentSummary], told: str) -> list[_Candidate]:
    """A question on each report that is named in what was told."""
    found = []
    for summary in summaries:
        review = summary.meta.get("review", "")
        if review and review in told:
            found += _forms(summary)[:1]
    return found


def _heading(answer: Answer) -> str:
    """The headings over the first quote."""
    first = answer.citations[0]
    for hit in answer.hits:
        passage = hit.passage
        if passage.uri == first.uri and passage.start <= first.start < passage.end:
            return passage.heading
    return ""


def _is_met(topic: str, said: str) -> bool:
    wanted = frozenset(terms(topic))
    return not wanted or not wanted.isdisjoint(terms(said))


def _places(answer: Answer) -> Iterator[_Mark]:
    """What was cited, then what was found beside it, best first."""
    for citation in answer.citations:
        yield citation.uri, citation.start
    for hit in answer.hits:
        yield hit.passage.uri, hit.passage.start


def _nearest(
    document: Document, topics: Sequence[Topic], near: Sequence[_Mark], *, every: bool
) -> list[Topic]:
    """The document's topics: those of passages that were found, and ``every`` other one then."""
    starts = [start for uri, start in near if uri == document.uri]
    headings = [each.start for each in document.paragraphs if each.kind == "heading"]
    # The heading that each passage stands under; what was found first is the nearest.
    above = [headings[max(bisect_right(headings, start) - 1, 0)] for start in starts if headings]

    def distance(topic: Topic) -> tuple[int, int]:
        found = above.index(topic.start) if topic.start in above else len(above)
        return found, min((abs(topic.start - start) for start in starts[:1]), default=0)

    return [topic for topic in sorted(topics, key=distance) if every or topic.start in above]


def _worded(document: Document, topics: Iterable[Topic]) -> list[tuple[str, Topic]]:
    return [(worded(topic, document), topic) for topic in topics]


def _about(
    summary: DocumentSummary, document: Document, topics: Sequence[Topic]
) -> list[_Candidate]:
    """What the document says of its topics."""
    name = called(summary)
    if not name and summary.meta.get("review"):
        return []  # it speaks of the others
    return [
        _candidate(summary, name, words, topic)
        for words, topic in _worded(document, topics[:_OF_EACH])
        if len(words.split()) <= _SHORT or not name.startswith("Operation ")
        if name or len(topic.terms) > 1  # "What is said about risk?" asks for everything
    ]


def _candidate(summary: DocumentSummary, name: str, words: str, topic: Topic) -> _Candidate:
    if not name:
        verb = "recommended" if topic.recommended else "said"
        return _Candidate(f"What is {verb} about {words}?", (), words)
    verb = "find" if topic.found else "recommend" if topic.recommended else "say"
    asked = f"What did {name} {verb} about {words}?"
    if name.startswith("Operation "):
        asked = f"What is said about {words} in {name}?"
    elif "Response" in name:
        asked = f"What does {name} say about {words}?"
    return _Candidate(asked, (summary.uri,), words, name=name)


def _of_others(question: str, summaries: Sequence[DocumentSummary]) -> list[_Candidate]:
    """What was asked of one report, asked of the others that were found."""
    for summary in summaries:
        name = called(summary)
        review = summary.meta.get("review", "")
        if not name or not review:
            continue
        kinds = r"(?: (?:report|review|inquiry|audit|inspections?))?"
        named = rf"\b(?:{re.escape(name)}|(?:the )?{re.escape(review)}{kinds})\b(?!['’])"
        found = re.search(named, question, re.IGNORECASE)
        if found is None:
            continue
        others = [(other, called(other)) for other in summaries if other is not summary]
        before, after = question[: found.start()], question[found.end() :]
        return [
            _Candidate(f"{before}{_begun(other, before)}{after}", (one.uri,))
            for one, other in others
            if other and other != name and not other.startswith("Operation ")
        ]
    return []


def _begun(name: str, before: str) -> str:
    return name if before.strip() else name[0].upper() + name[1:]


def _shared(
    topics: Sequence[tuple[str, Topic]], opened: Sequence[tuple[DocumentSummary, Document]]
) -> list[_Candidate]:
    """What another of the documents says of the topics of one, where it speaks of them."""
    found = []
    for words, topic in topics:
        for summary, document in opened:
            name = called(summary)
            bare = re.sub(r"^(?:the|a|an) ", "", words)
            own = any(other.casefold() == topic.words.casefold() for other in _headings(document))
            if name and not own and bare in document.text and summary.meta.get("review"):
                found.append(_candidate(summary, name, words, Topic(topic.words, 0)))
    return found


def _headings(document: Document) -> Iterator[str]:
    for paragraph in document.paragraphs:
        if paragraph.kind == "heading":
            yield document.text[paragraph.start : paragraph.end]


def _forms(summary: DocumentSummary) -> list[_Candidate]:
    """What may be asked of any report, as far as its metadata tells that there is an answer."""
    name, meta = called(summary), summary.meta
    if not name:
        return []
    asked: list[tuple[str, str, str]] = []
    if name.startswith("Operation "):
        asked = [(f"When did {name} begin?", "", ""), (f"Who led {name}?", "", "")]
    elif "Response" not in name:
        asked = [
            (f"What did {name} recommend?", "recommend", ""),
            (f"How many recommendations did {name} make?", "recommend", ""),
            (f"What did {name} find?", "", ""),
        ]
    if name.startswith("the ") and not name.endswith(("inspections", "Committee")):
        was = "were" if name.endswith("s") else "was"
        if meta.get("commissioned_by"):
            asked.append((f"Who commissioned {name}?", "commission", ""))
        if meta.get("published"):
            asked.append((f"When {was} {name} published?", "publish", ""))
        asked.append((f"What was the response to {name}?", "", "respon"))
    # Another of them for another report, so that not every answer ends in the same.
    turn = sum(map(ord, summary.uri)) % max(len(asked), 1)
    turned = asked[turn:] + asked[:turn]
    return [
        _Candidate(each, (summary.uri,), name=name, tells=tells, under=under)
        for each, tells, under in turned
    ]


def _repeats(
    candidate: _Candidate, asked: frozenset[str], chosen: Sequence[_Candidate], *, answered: bool
) -> bool:
    """Whether it asks what was asked, or what is chosen already.

    Where something narrower was not answered, what is wider goes on from there.
    """
    own = candidate.terms
    if not own or own == asked or (answered and own < asked):
        return True
    return any(
        own <= other.terms
        or other.terms <= own
        or (candidate.topic and candidate.topic == other.topic)
        for other in chosen
    )


def _in_turn(lists: Iterable[Sequence[_Candidate]]) -> list[_Candidate]:
    rows = zip_longest(*lists)
    return [each for each in chain.from_iterable(rows) if each is not None]
