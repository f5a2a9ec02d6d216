"""A question answered from an index: resolved, retrieved, read, quoted and checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from qa.answers.choosing import in_turn, of_own_year, stands_in, with_named
from qa.answers.composing import Part, Told, composed, declined, labelled
from qa.answers.conversation import Resolved, resolve
from qa.answers.differing import differing
from qa.answers.evidence import Weighed, shipped_weights, weigh
from qa.answers.listing import with_lists
from qa.answers.naming import Meant, Names, names_of, own_text, settled, written_as_names
from qa.answers.parting import parts_of
from qa.answers.printing import Printed
from qa.answers.questions import Question, about_the_asker
from qa.answers.quoting import Quote, cite
from qa.answers.reading import Reading, read
from qa.answers.recent import Recent
from qa.answers.reports import parts_for, printed, told_in
from qa.answers.retrieval import pieces_of, retrieve
from qa.errors import DocumentError, IndexDamaged
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
    Reader,
    Reranker,
    TextVectors,
    Turn,
)

READ = 8
"""How many of the best passages are read for an answer."""
_COMPARED = 24
"""In how many figures are looked for that differ from the answer's."""
DOUBTFUL = 0.05
"""An answer whose probability is this close above the threshold is given as doubtful."""
_KEPT_QUESTIONS = 8
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
        reader: Reader | None = None,
    ) -> None:
        self._index = index
        self._encoder = encoder
        self._settings = settings
        self._reranker = reranker
        self._reader = reader
        self._questions = Recent[str, TextVectors](_KEPT_QUESTIONS)
        self._named: tuple[Sequence[DocumentSummary], Names] | None = None
        self._documents = Recent[tuple[str, int], Document](_KEPT_DOCUMENTS)

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
        resolved = resolve(query, history, names=self._names(documents), documents=documents)
        asked = resolved.vectors(self._question)
        return self._retrieve(resolved, asked, k, documents, uris)

    def weigh(
        self,
        question: str,
        *,
        k: int,
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None = None,
        history: Sequence[Turn] = (),
        ask: Callable[[Question], Question] | None = None,
        keep: Callable[[str], bool] | None = None,
    ) -> Weighed:
        """The sentences of the k best passages, weighed but not read.

        What is asked is the question, or what ``ask`` makes of it; ``keep`` says which sentences
        are wanted.
        """
        resolved = resolve(question, history, names=self._names(documents), documents=documents)
        if ask:
            resolved = replace(resolved, question=ask(resolved.question))
        asked = resolved.vectors(self._question)
        hits = self._retrieve(resolved, asked, k, documents, uris)
        if keep:
            hits = [hit for hit in hits if keep(hit.passage.text)]
        evidence = weigh(
            resolved.question,
            hits,
            asked=self._question(resolved.question.text),
            pieces=pieces_of(self._index, self._encoder, hits),
            frequencies=self._index.frequencies(resolved.question.terms),
            passages=sum(document.passages for document in documents),
            weights=shipped_weights(),
            keep=keep,
        )
        return Weighed(resolved.question, tuple(evidence))

    def cite(self, quotes: Sequence[Quote]) -> tuple[Citation, ...]:
        """The quotes with the places they stand at, numbered from 1."""
        return cite(quotes, self.document)

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
            whole, told = self._answer(question, history, documents, uris)
        except (DocumentError, IndexDamaged):
            # A document changed between the search and the quoting: what was found is stale.
            whole, told = self._answer(question, history, documents, uris)
        for shown in range(1, len(whole.citations)):
            some = told.first(shown)
            now = time.perf_counter() - begun
            yield replace(whole, text=some.text(), citations=some.citations, seconds=now)
        yield replace(whole, seconds=time.perf_counter() - begun)

    def _answer(
        self,
        question: str,
        history: Sequence[Turn],
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None,
    ) -> tuple[Answer, Told]:
        parts = self._parts(question, history, documents, uris)
        answered = [part for part in parts if part.outcome != "not_found"]
        best = max(parts, key=lambda part: part.reading.probability)
        told = composed(parts, most=self._settings.evidence, document_of=self.document)
        found = in_turn([part.hits for part in parts])
        hits = list({hit.passage.id: hit for hit in reversed(found)}.values())[::-1]
        one = best.outcome == "answered" and len(answered) == 1 and not best.several
        answer = Answer(
            question=question,
            query=" / ".join(dict.fromkeys(part.query for part in parts)),
            text=told.text() if answered else declined(documents, uris, hits),
            short=best.reading.short if one else "",
            citations=told.citations,
            hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, start=1)),
            outcome=best.outcome,
            confidence=round(best.reading.probability, 4),
            seconds=0.0,
        )
        return answer, told

    def _parts(
        self,
        question: str,
        history: Sequence[Turn],
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None,
    ) -> list[Part]:
        """Each question asked in this one, read on its own; the later ones lean on the first."""
        parts: list[Part] = []
        begun = list(history)
        for asked in parts_of(question):
            found: list[Part] = []
            for by_name in (False, True) if parts else (False,):
                resolved = resolve(
                    asked,
                    begun,
                    continues=bool(parts),
                    by_name=by_name,
                    names=self._names(documents),
                    documents=documents,
                )
                found = self._read_each(asked, resolved, documents, uris)
                if any(part.outcome != "not_found" for part in found):
                    break
            if not parts:
                best = max(found, key=lambda part: part.reading.probability)
                named = best.reading.short if best.outcome == "answered" else ""
                begun.append(Turn(resolved.question.text, named))
            parts += found
        return parts

    def _read_each(
        self,
        asked: str,
        resolved: Resolved,
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None,
    ) -> list[Part]:
        """What documents print of what is asked, or else what sentences tell.

        Of how many there are, sentences tell first: what a document numbers is counted only where
        none says so.
        """
        own = resolved.asked or resolved.question.text
        among = [each for each in documents if uris is None or each.uri in uris]
        found = self.printed(own, among, resolved.uris, resolved.question.text)
        counted = any(each.count for each in found)
        told = self._told(asked, resolved, documents, uris) if counted or not found else []
        if not found or (counted and told_in(told, found)):
            return told
        near = resolved.vectors(self._question)
        return parts_for(
            found,
            asked,
            resolved.question.text,
            hits_of=lambda uri: self._retrieve(resolved, near, READ, documents, [uri]),
            outcome_of=self._outcome,
        )

    def printed(
        self,
        asked: str,
        documents: Sequence[DocumentSummary],
        about: Sequence[str] = (),
        context: str = "",
    ) -> list[Printed]:
        """What these documents print themselves of what is asked for; mostly nothing."""
        of = self.document
        return printed(asked, documents, self._index, about=about, document_of=of, context=context)

    def _told(
        self,
        asked: str,
        resolved: Resolved,
        documents: Sequence[DocumentSummary],
        uris: Sequence[str] | None,
    ) -> list[Part]:
        """One part; or one for each review that goes by the name in the question.

        Where none of these answers, the documents are read together: another may say it of them.
        """
        encode = self._question
        vectors = encode(resolved.question.text)
        near = resolved.vectors(encode) if resolved.beside else vectors
        hits = self._retrieve(resolved, near, _COMPARED, documents, uris)
        names = self._names(documents)
        proper = written_as_names(resolved.question, (hit.passage.text for hit in hits))
        named = self._meant(resolved, names, uris, proper)
        each = self._namesakes(asked, resolved, named, (vectors, near), documents)
        if any(part.outcome != "not_found" for part in each):
            return each
        part = self._part(asked, resolved, vectors, hits[:READ], documents)
        if part.outcome == "not_found":
            return [part]
        most = self._settings.evidence
        groups = [group for each in named for group in each.groups]
        quotes = with_named(part.quotes, part.reading.ranked, groups, most=most)
        figures = differing(resolved.question, hits, quotes, names=names, proper=proper)
        shown = [figure.quote for figure in figures]
        more = [hit for hit in hits[READ:] if any(stands_in(q, hit.passage) for q in shown)]
        found = (*part.hits, *more)
        return [self._whole(replace(part, hits=found, quotes=quotes, figures=tuple(figures)))]

    def _namesakes(
        self,
        asked: str,
        resolved: Resolved,
        named: Sequence[Meant],
        vectors: tuple[TextVectors, TextVectors],
        documents: Sequence[DocumentSummary],
    ) -> list[Part]:
        """A part for each of the reviews that go by the one name in the question, if several do.

        ``vectors`` are those of the question, and of what is searched for it.
        """
        meant = named[0].groups if len(named) == 1 else ()
        if len(meant) < 2:
            return []
        names = self._names(documents)
        titles = {document.uri: document.title for document in documents}
        each = []
        for group in meant:
            own = self._retrieve(resolved, vectors[1], READ, documents, group)
            told = [titles[uri] for uri in group]
            label = labelled(names.label(group), names.year(group), told)
            part = self._part(asked, resolved, vectors[0], own, documents, label)
            others = [year for other in meant if other != group for year in names.years(other)]
            quotes = of_own_year(part.quotes, names.years(group), others)
            each.append(self._whole(replace(part, quotes=quotes)))
        return each

    def _whole(self, part: Part) -> Part:
        """The part with the whole of a list where it asks for several things."""
        if not part.several:
            return part
        quotes, listed = with_lists(part.quotes, part.reading.ranked, self.document)
        return replace(part, quotes=quotes, listed=listed)

    def _part(
        self,
        asked: str,
        resolved: Resolved,
        vectors: TextVectors,
        hits: Sequence[Hit],
        documents: Sequence[DocumentSummary],
        label: str = "",
    ) -> Part:
        reading = self._read(resolved, vectors, hits, documents)
        outcome = self._outcome(reading)
        query, quotes = resolved.question.text, reading.chosen
        return Part(asked, query, tuple(hits), reading, outcome, quotes, label)

    def _meant(
        self,
        resolved: Resolved,
        names: Names,
        uris: Sequence[str] | None,
        proper: Collection[str],
    ) -> list[Meant]:
        """What the question names, each with the reviews that it may mean."""
        question = resolved.question
        meant = names.meant(own_text(question), uris) or names.meant(question.text, uris)
        cited = resolved.uris
        return [settled(each, question, names, proper=proper, cited=cited) for each in meant]

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
            context=resolved.context,
            reranker=self._reranker,
        )

    def _read(
        self,
        resolved: Resolved,
        asked: TextVectors,
        hits: Sequence[Hit],
        documents: Sequence[DocumentSummary],
    ) -> Reading:
        own = resolved.asked or resolved.question.text
        if not resolved.question.words or about_the_asker(own):
            return Reading((), "", 0.0)  # nothing is asked for that documents could tell
        return read(
            resolved.question,
            hits,
            asked=asked,
            pieces=pieces_of(self._index, self._encoder, hits),
            frequencies=self._index.frequencies(resolved.question.terms),
            passages=sum(document.passages for document in documents),
            most=self._settings.evidence,
            reader=self._reader,
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

    def _question(self, text: str) -> TextVectors:
        """The vectors of a question, which is often put to one review after another."""
        return self._questions.get(text, lambda: self._encoder.encode_query(text))

    def document(self, uri: str) -> Document:
        key = (uri, self._index.generation)
        return self._documents.get(key, lambda: self._index.document(uri))
