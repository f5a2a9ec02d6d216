"""The named endpoints: what another program asks of the page, as plain lists and dicts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qa.types import Turn
from qa.web.views.markup import MAX_QUESTION

if TYPE_CHECKING:
    from qa.assistant import Assistant

MAX_TURNS = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Doors:
    """The endpoints over one assistant."""

    ask: Callable[..., dict[str, Any]]
    compare: Callable[..., dict[str, Any]]
    timeline: Callable[..., dict[str, Any]]
    search: Callable[..., list[dict[str, Any]]]
    documents: Callable[..., list[dict[str, Any]]]


def open_doors(assistant: Assistant) -> Doors:
    """The endpoints of the assistant; bad arguments raise ValueError."""

    def ask(
        question: str, reviews: list[str] | None = None, history: list[list[str]] | None = None
    ) -> dict[str, Any]:
        """Answer a question with quotations, or say that the documents do not answer it.

        Args:
            question: what is asked, at most 2,000 characters.
            reviews: short names of the reviews to search; all when empty.
            history: earlier turns, oldest first, each a pair [question, answer as text].
        """
        answer = assistant.ask(
            checked(question), reviews=reviews or None, history=turns(history or [])
        )
        return answer.to_dict()

    def search(query: str, k: int = 10, reviews: list[str] | None = None) -> list[dict[str, Any]]:
        """Find the passages nearest to a query, best first.

        Args:
            query: the words or the question to search for.
            k: how many passages, 1 to 100.
            reviews: short names of the reviews to search; all when empty.
        """
        if not 1 <= k <= 100:
            raise ValueError(f"k = {k} is not from 1 to 100")
        hits = assistant.search(checked(query), k=k, reviews=reviews or None)
        return [dataclasses.asdict(hit) for hit in hits]

    def documents() -> list[dict[str, Any]]:
        """List the documents that are searched, without their text."""
        return [
            {**dataclasses.asdict(summary), "review": summary.review}
            for summary in assistant.documents()
        ]

    return Doors(ask, _comparing(assistant), _dating(assistant), search, documents)


def _comparing(assistant: Assistant) -> Callable[..., dict[str, Any]]:
    """The endpoint that asks each review by itself."""

    def compare(
        question: str, reviews: list[str] | None = None, history: list[list[str]] | None = None
    ) -> dict[str, Any]:
        """Ask each review by itself: its best quotation, or that it is silent.

        Args:
            question: what is asked, at most 2,000 characters.
            reviews: short names of the reviews to ask, in the order of the rows; all when empty.
            history: earlier turns, oldest first, each a pair [question, answer as text].
        """
        compared = assistant.compare(
            checked(question), reviews=reviews or None, history=turns(history or [])
        )
        return compared.to_dict()

    return compare


def _dating(assistant: Assistant) -> Callable[..., dict[str, Any]]:
    """The endpoint that puts what has a date in order of time."""

    def timeline(
        question: str,
        k: int = 40,
        reviews: list[str] | None = None,
        history: list[list[str]] | None = None,
    ) -> dict[str, Any]:
        """Quote what the documents date about a subject, earliest first.

        Args:
            question: what is asked, or its subject, at most 2,000 characters.
            k: how many statements at most, 1 to 100.
            reviews: short names of the reviews to search; all when empty.
            history: earlier turns, oldest first, each a pair [question, answer as text].
        """
        if not 1 <= k <= 100:
            raise ValueError(f"k = {k} is not from 1 to 100")
        found = assistant.timeline(
            checked(question), reviews=reviews or None, history=turns(history or []), k=k
        )
        return found.to_dict()

    return timeline


def checked(question: object) -> str:
    """The question without white space around it. Raises ValueError where it is none."""
    if not isinstance(question, str) or not question.strip():
        raise ValueError("the question is empty")
    if len(question) > MAX_QUESTION:
        raise ValueError(f"the question is longer than {MAX_QUESTION} characters")
    return question.strip()


def turns(history: Sequence[Any]) -> list[Turn]:
    """The last turns of a history of pairs, or of mappings with "question" and "answer"."""
    made = []
    for item in history[-MAX_TURNS:]:
        pair = [item.get("question"), item.get("answer")] if isinstance(item, Mapping) else item
        if len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise ValueError("each turn of the history is a pair of texts: question, answer")
        made.append(Turn(str(pair[0]), str(pair[1])))
    return made
