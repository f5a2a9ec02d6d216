"""One question, what was retrieved and answered for it, and how good that is."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from qa.evaluation.matching import (
    exact,
    holds_one,
    is_evidence,
    is_named,
    normalised,
    spaceless,
    token_f1,
)
from qa.evaluation.measures import (
    Found,
    evidence_ranked,
    files_and_pages,
    overlaps,
    ranked,
    spans_covered,
)
from qa.evaluation.questions import SetQuestion, holds
from qa.evaluation.run import DEPTH, Result, Retrieved
from qa.types import Answer, Citation, Hit, Page, Passage

SHOWN = 10
BEGINNING = 300
SHORT_WORDS = 6
"""An answer of more words than this is no span that a short answer could be."""
_STEP = 1e-6


@dataclass(frozen=True, slots=True)
class Ground:
    """What the marks stand on: the documents of the index, and what the set calls them.

    ``reviews`` and ``pages`` are by uri. ``places`` gives file and page of the set's documents;
    ``names`` the set's document by file and page, where the set is run over an index of the files
    themselves, and is empty elsewhere.
    """

    reviews: Mapping[str, str]
    pages: Mapping[str, tuple[Page, ...]]
    places: Mapping[str, tuple[str, int]]
    names: Mapping[tuple[str, int], str]

    def documents_of(self, passage: Passage) -> tuple[str, ...]:
        """The set's documents that the passage is of: one, or every page that it touches."""
        if not self.names:
            return (passage.uri,)
        file = file_of(passage.uri)
        numbers = self.pages_of(passage)
        named = tuple(self.names.get((file, page), f"{file}#{page}") for page in numbers)
        return named or (passage.uri,)

    def pages_of(self, passage: Passage) -> tuple[int, ...]:
        """The numbers of the pages that the passage touches."""
        pages = self.pages.get(passage.uri, ())
        first = bisect_right([page.end for page in pages], passage.start)
        last = bisect_left([page.start for page in pages], passage.end)
        return tuple(page.number for page in pages[first:last])


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found: the best passages, and all documents by their best passage."""

    hits: tuple[Hit, ...]
    ranking: tuple[tuple[str, float], ...]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What was answered; ``undeclined`` is what would have been said, had it not declined."""

    answer: Answer
    undeclined: Answer
    milliseconds: float


def file_of(uri: str) -> str:
    """The file's name at the end of a uri."""
    return PurePosixPath(uri).name


def ranking_of(
    hits: Sequence[Hit], ground: Ground, known: Sequence[tuple[str, float]] = ()
) -> tuple[tuple[str, float], ...]:
    """The documents by their best passage, after those known already; scores fall all the way.

    A deeper search weighs anew what a plain one found, so what it adds goes behind that. Equal
    scores are told apart by a millionth: whoever sorts by score gets this order and no other.
    """
    ranking = dict(known)
    last = known[-1][1] if known else float("inf")
    for hit in hits:
        for uri in ground.documents_of(hit.passage):
            if uri not in ranking and len(ranking) < DEPTH:
                last = min(round(hit.score, 6), round(last - _STEP, 6))
                ranking[uri] = last
    return tuple(ranking.items())


def mark(
    question: SetQuestion,
    ground: Ground,
    searched: Searched,
    *,
    asked: Asked | None = None,
    others: Mapping[str, Searched] | None = None,
    history: int = 0,
) -> Result:
    """The question with its measures. ``others`` are searches under another name ("alone")."""
    measures = found_measures(question, ground, searched)
    for name, other in (others or {}).items():
        found = found_measures(question, ground, other)
        measures.update((f"{key}/{name}", value) for key, value in found.items())
    answer = asked.answer if asked else None
    if asked:
        measures.update(said_measures(question, ground, asked))
    return Result(
        id=question.id,
        question=question.question,
        query=answer.query if answer else question.question,
        answerable=question.answerable,
        kind=question.kind,
        gold=_gold(question),
        measures=measures,
        ranking=searched.ranking,
        retrieved=tuple(_shown(question, ground, hit) for hit in searched.hits[:SHOWN]),
        outcome=answer.outcome if answer else "",
        confidence=answer.confidence if answer else None,
        text=answer.text if answer else "",
        short=answer.short if answer else "",
        quotes=tuple(citation.quote for citation in answer.citations) if answer else (),
        search_ms=searched.milliseconds,
        answer_ms=asked.milliseconds if asked else None,
        history=history,
    )


def found_measures(question: SetQuestion, ground: Ground, searched: Searched) -> dict[str, float]:
    """The measures of what was retrieved, as far as the set knows what is right."""
    passages = [hit.passage for hit in searched.hits[:SHOWN]]
    measures = ranked(question.qrels, [uri for uri, _ in searched.ranking])
    measures.update(evidence_ranked(question.evidence, passages))
    measures.update(spans_covered(question.spans, passages))
    if ground.places and not ground.names:
        places = [ground.places.get(uri, ("", 0)) for uri, _ in searched.ranking[:5]]
        found = [Found(file, (page,), "") for file, page in places]
    else:
        found = [
            Found(file_of(passage.uri), ground.pages_of(passage), ground.reviews[passage.uri])
            for passage in passages[:5]
        ]
    measures.update(files_and_pages(question.files, question.pages, question.reviews, found))
    return measures


def said_measures(question: SetQuestion, ground: Ground, asked: Asked) -> dict[str, float]:
    """The measures of what was answered.

    Those with ``/undeclined`` are of what would have been said, had nothing been declined: they
    tell finding the sentence from daring to say it.
    """
    answer = asked.answer
    measures = {"answered": float(answer.outcome != "not_found")}
    if not question.answerable:
        return measures
    measures.update(_rightness(question, answer))
    undeclined = _rightness(question, asked.undeclined)
    for name in ("right", "sentence_hit@1", "sentence_hit@3"):
        if name in undeclined:
            measures[f"{name}/undeclined"] = undeclined[name]
    if question.reviews:
        measures["right_review"] = float(_cites_review(question, answer))
    if question.relevant:
        cited = {uri for each in answer.citations for uri in _documents_cited(ground, each)}
        measures["right_document"] = float(bool(cited & question.relevant))
    spans = [each for each in question.answers if len(normalised(each).split()) <= SHORT_WORDS]
    if spans:
        measures["short_exact"] = exact(spans, answer.short)
        measures["short_f1"] = token_f1(spans, answer.short)
    return measures


def _rightness(question: SetQuestion, answer: Answer) -> dict[str, float]:
    """Whether it is right, and which quotes are; nothing where the set does not say.

    What is counted for ``sentence_hit@1`` and ``@3`` are quotes as they are shown: sentences that
    touch are one, so of four sentences read there may be fewer quotes than three.
    """
    declined = answer.outcome == "not_found"
    quotes = () if declined else answer.citations
    has_gold = bool(
        question.must_contain or question.answers or question.evidence or question.spans
    )
    if not has_gold and not (question.reviews or question.rejected):
        return {}
    hits = [is_right_quote(question, citation) for citation in quotes]
    measures = {"right": float(not declined and _is_right(question, answer, hits))}
    if has_gold:
        measures["sentence_hit@1"] = float(any(hits[:1]))
        measures["sentence_hit@3"] = float(any(hits[:3]))
        if hits:
            measures["citation_precision"] = sum(hits) / len(hits)
    return measures


def _is_right(question: SetQuestion, answer: Answer, hits: Sequence[bool]) -> bool:
    """Phrases and reviews where the set gives them; else one of the answers; else a gold quote."""
    first = answer.citations[0].quote if answer.citations else answer.short
    if any(_same(first, rejected) for rejected in question.rejected):
        return False
    if question.must_contain or question.reviews or question.rejected:
        # Not the text around the quotes: it may repeat the question.
        said = "\n".join((answer.short, *(citation.quote for citation in answer.citations)))
        cited = not question.reviews or _cites_review(question, answer)
        return cited and all(holds(phrase, said) for phrase in question.must_contain)
    return any(hits) or (bool(question.answers) and holds_one(question.answers, answer.short))


def is_right_quote(question: SetQuestion, citation: Citation) -> bool:
    """Whether one quote answers: it holds every phrase, or an answer, or it is gold itself."""
    if question.must_contain:
        return all(holds(phrase, citation.quote) for phrase in question.must_contain)
    long = [each for each in question.answers if len(each.split()) > SHORT_WORDS]
    place = (citation.uri, citation.start, citation.end)
    return (
        holds_one(question.answers, citation.quote)
        or is_evidence(citation.quote, (*question.evidence, *long))
        or any(_holds_span(place, span) for span in question.spans)
    )


def _holds_span(place: tuple[str, int, int], span: tuple[str, int, int]) -> bool:
    """Whether one place lies within the other."""
    inside = place[1] <= span[1] and span[2] <= place[2]
    around = span[1] <= place[1] and place[2] <= span[2]
    return place[0] == span[0] and (inside or around)


def _same(quote: str, rejected: str) -> bool:
    return bool(rejected.strip()) and spaceless(quote) == spaceless(rejected)


def _cites_review(question: SetQuestion, answer: Answer) -> bool:
    return answer.outcome != "not_found" and any(
        is_named(review, citation.review)
        for review in question.reviews
        for citation in answer.citations
    )


def _documents_cited(ground: Ground, citation: Citation) -> tuple[str, ...]:
    quote = Passage(0, citation.uri, citation.start, citation.end, citation.quote, "", None, "")
    return ground.documents_of(quote)


def _shown(question: SetQuestion, ground: Ground, hit: Hit) -> Retrieved:
    passage = hit.passage
    return Retrieved(
        uri=passage.uri,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        heading=passage.heading,
        text=passage.text[:BEGINNING],
        score=hit.score,
        relevant=_is_relevant(question, ground, passage),
    )


def _is_relevant(question: SetQuestion, ground: Ground, passage: Passage) -> bool:
    """By the finest gold that there is: places, then texts, then phrases, then documents."""
    if question.spans:
        place = (passage.uri, passage.start, passage.end)
        return any(overlaps(place, span) for span in question.spans)
    if question.evidence:
        text = spaceless(passage.text)
        return any(gold in text for gold in map(spaceless, question.evidence))
    if question.must_contain:
        named = not question.reviews or any(
            is_named(review, ground.reviews.get(passage.uri, "")) for review in question.reviews
        )
        return named and all(holds(phrase, passage.text) for phrase in question.must_contain)
    return bool(question.relevant & set(ground.documents_of(passage)))


def _gold(question: SetQuestion) -> tuple[str, ...]:
    """What a right result holds, in words, for a person to read."""
    texts = question.must_contain or question.answers or question.evidence
    if not texts and question.reference:
        texts = (question.reference,)
    where = [f"in {uri}" for uri in sorted(question.relevant)] or [
        f"in {file}" for file in question.files or question.reviews
    ]
    return (*(text[:BEGINNING] for text in texts[:SHOWN]), *where[:SHOWN])
