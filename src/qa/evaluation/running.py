"""A question set run over an index: every question searched, asked and marked."""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from qa import assistant as library
from qa.assistant import Assistant, Status
from qa.evaluation.abstaining import coverage, reliability
from qa.evaluation.figuring import cost_of, figures_of
from qa.evaluation.given import has_answers, with_given
from qa.evaluation.indexing import Built, built, standing
from qa.evaluation.journal import Journal, code_digest
from qa.evaluation.marking import Asked, Ground, Searched, mark, ranking_of
from qa.evaluation.questions import SetQuestion, conversation, turns
from qa.evaluation.run import DEPTH, Result, Run
from qa.evaluation.sets import QuestionSet, chosen, read_set
from qa.settings import Settings, load
from qa.types import Answer, Page, Progress, Turn

WORK = ".qa-eval"
DEEPEST = 1600
"""No search goes on for more passages than this to find `DEPTH` documents."""
_OF_THE_MACHINE = ("index", "corpus", "host", "port")


@dataclass(frozen=True, slots=True)
class Options:
    """What of a set is run: so many questions, of this split, only searched or asked too."""

    sample: int | None = None
    split: str = ""
    retrieval_only: bool = False


def evaluate(
    path: str | Path,
    *,
    settings: Settings | None = None,
    index: str | Path | None = None,
    work: str | Path = WORK,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Run:
    """Run a question set, and say how it went.

    A set that brings its documents is run over an index of them, kept in ``work``; with ``index``,
    and for a ``questions.jsonl``, over that index. An interrupted run goes on where it stopped.
    Raises DocumentError for a malformed set, and whatever opening or building the index raises.
    """
    settings, options = settings or load(), options or Options()
    whole = read_set(path)
    asked = chosen(whole, split=options.split, sample=options.sample)
    folder = Path(work) / f"{whole.name}-{whole.digest[:12]}"
    stands = standing(whole, settings, index)
    made = (
        built(whole, folder, Path(work), settings, progress)
        if stands is None
        else Built(stands, None, existing=True)
    )
    settings = replace(settings, index=str(made.folder))
    with library.open(made.folder, settings=settings) as assistant:
        status = assistant.status()
        with _Session(assistant, whole, options, foreign=made.existing) as session:
            journal = Journal(folder, _made_with(whole, settings, options, status))
            results = _results(session, asked, journal, progress)
    return _run(whole, results, settings, options, status, made)


def _made_with(
    whole: QuestionSet, settings: Settings, options: Options, status: Status
) -> dict[str, Any]:
    """All that the results depend on."""
    return {
        "set": whole.digest,
        "settings": _telling(settings),
        "encoder": status.encoder,
        "splitter": status.splitter,
        "index": [str(Path(settings.index).resolve()), status.generation],
        "code": code_digest(),
        "options": asdict(options),
    }


def _run(
    whole: QuestionSet,
    results: Sequence[Result],
    settings: Settings,
    options: Options,
    status: Status,
    made: Built,
) -> Run:
    return Run(
        name=whole.name,
        path=whole.path,
        digest=whole.digest,
        version=_version(),
        encoder=status.encoder,
        settings=_telling(settings),
        figures=figures_of(results),
        cost=cost_of(
            results,
            index_bytes=status.bytes,
            build_seconds=made.seconds,
            passages=status.passages,
            documents=status.documents,
        ),
        coverage=coverage(results),
        reliability=reliability(results),
        results=tuple(results),
        options={
            **asdict(options),
            "questions": len(whole.questions),
            "splitter": status.splitter,
            "index": settings.index if made.existing else "",
        },
    )


def _results(
    session: _Session, asked: QuestionSet, journal: Journal, progress: Progress | None
) -> list[Result]:
    total = len(asked.questions)
    with journal:
        for done, question in enumerate(asked.questions):
            if progress:
                progress("asking", done, total)
            if question.id not in journal.results:
                journal.add(session.result(question))
        if progress:
            progress("asking", total, total)
        results = [journal.results[question.id] for question in asked.questions]
        journal.finish()
    return results


class _Session:
    """An assistant that is asked the questions of one set."""

    def __init__(
        self, assistant: Assistant, questions: QuestionSet, options: Options, *, foreign: bool
    ) -> None:
        self._assistant = assistant
        self._by_id = {question.id: question for question in questions.questions}
        self._options = options
        self._compared = has_answers(questions.questions)
        self._ground = _ground(assistant, questions, foreign=foreign)
        self._documents = min(DEPTH, len(self._ground.reviews))
        self._answers: dict[str, Answer] = {}
        self._stack = ExitStack()
        self._bold: Assistant | None = None
        assistant.search("a first search loads what later ones find loaded")

    def __enter__(self) -> _Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def result(self, question: SetQuestion) -> Result:
        """The question searched, asked where the set says what is right, and marked."""
        history = self._history(question)
        searched = self._search(question.question, history)
        others: dict[str, Searched] = {}
        if history:
            others["alone"] = self._search(question.question)
            if question.rewrite:
                others["rewrite"] = self._search(question.rewrite)
        asked = None
        if question.is_judged and not self._options.retrieval_only:
            asked = self._ask(question, history)
            self._answers[question.id] = asked.answer
        result = mark(
            question, self._ground, searched, asked=asked, others=others, history=len(history)
        )
        result = replace(result, conversation=self._conversation(question))
        if asked and question.source_doc in self._ground.reviews:
            given = self._ask(question, history, uris=[question.source_doc])
            result = with_given(result, question, given, compared=self._compared)
        return result

    def _search(self, query: str, history: Sequence[Turn] = ()) -> Searched:
        """What a search for a hundred passages finds; then deeper, for a hundred documents."""
        begun = time.perf_counter()
        hits = self._assistant.search(query, k=DEPTH, history=history)
        milliseconds = (time.perf_counter() - begun) * 1000
        ranking = ranking_of(hits, self._ground)
        depth, found = DEPTH, len(hits)
        while len(ranking) < self._documents and found == depth and depth < DEEPEST:
            depth *= 4
            deeper = self._assistant.search(query, k=depth, history=history)
            found, ranking = len(deeper), ranking_of(deeper, self._ground, ranking)
        return Searched(tuple(hits), ranking, milliseconds)

    def _ask(
        self, question: SetQuestion, history: Sequence[Turn], uris: Sequence[str] | None = None
    ) -> Asked:
        """What is answered from these documents, or from all."""
        begun = time.perf_counter()
        answer = self._assistant.ask(question.question, uris=uris, history=history)
        milliseconds = (time.perf_counter() - begun) * 1000
        undeclined = answer
        if answer.outcome == "not_found" and question.answerable:
            undeclined = self._undeclining().ask(question.question, uris=uris, history=history)
        return Asked(answer, undeclined, milliseconds)

    def _undeclining(self) -> Assistant:
        """The same assistant with a threshold that nothing is under."""
        if self._bold is None:
            settings = replace(self._assistant.settings, threshold=0.0)
            opened = library.open(settings.index, settings=settings)
            self._bold = self._stack.enter_context(opened)
        return self._bold

    def _conversation(self, question: SetQuestion) -> str:
        """The conversation's name, or that of the question that began it, or ""."""
        first = next(iter(conversation(question, self._by_id)), None)
        return question.conversation or (first.id if first else "")

    def _history(self, question: SetQuestion) -> list[Turn]:
        """What was said before: as the set tells it, or as it was answered here."""
        if question.history:
            return turns(question.history)
        history: list[Turn] = []
        for earlier in conversation(question, self._by_id):
            if earlier.id not in self._answers:
                answer = self._assistant.ask(earlier.question, history=history)
                self._answers[earlier.id] = answer
            history.append(Turn(earlier.question, self._answers[earlier.id]))
        return history


def _ground(assistant: Assistant, questions: QuestionSet, *, foreign: bool) -> Ground:
    summaries = assistant.documents()
    known = {document.uri for document in questions.documents}
    by_page = foreign and questions.places and not known & {each.uri for each in summaries}
    names = {place: uri for uri, place in questions.places.items()} if by_page else {}
    wanted = names or any(question.pages for question in questions.questions)
    pages: Mapping[str, tuple[Page, ...]] = {}
    if wanted and (foreign or not questions.places):
        paged = [summary.uri for summary in summaries if summary.pages]
        pages = {uri: assistant.document(uri).pages for uri in paged}
    return Ground(
        reviews={summary.uri: summary.review for summary in summaries},
        pages=pages,
        places=questions.places,
        names=names,
    )


def _version() -> str:
    # importlib.metadata takes long to import, and every verb of the command imports this module.
    found: str = importlib.import_module("importlib.metadata").version("ask-the-reviews")
    return found


def _telling(settings: Settings) -> dict[str, Any]:
    """The settings that a result can depend on."""
    values = asdict(settings)
    return {name: value for name, value in values.items() if name not in _OF_THE_MACHINE}
