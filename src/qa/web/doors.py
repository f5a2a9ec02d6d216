"""The named endpoints: what another program asks of the page, as plain lists and dicts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from qa.types import DocumentSummary, Turn
from qa.web.views.markup import MAX_QUESTION

if TYPE_CHECKING:
    from qa.assistant import Assistant

MAX_TURNS = 20
MAX_PART = 20_000
"""Characters of a question or an answer in a history."""
_MOST = 100
_FACTS = (
    "author",
    "commissioned_by",
    "kind",
    "licence",
    "period",
    "published",
    "publisher",
    "report",
    "review",
    "url",
)


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
        answer = assistant.ask(checked(question), reviews=names(reviews), history=turns(history))
        return answer.to_dict()

    def search(query: str, k: int = 10, reviews: list[str] | None = None) -> list[dict[str, Any]]:
        """Find the passages nearest to a query, best first.

        Args:
            query: the words or the question to search for.
            k: how many passages, 1 to 100.
            reviews: short names of the reviews to search; all when empty.
        """
        hits = assistant.search(checked(query), k=many(k), reviews=names(reviews))
        return [dataclasses.asdict(hit) for hit in hits]

    def documents() -> list[dict[str, Any]]:
        """List the documents that are searched, without their text."""
        return [
            {**dataclasses.asdict(summary), "meta": facts(summary), "review": summary.review}
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
            checked(question), reviews=names(reviews), history=turns(history)
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
        found = assistant.timeline(
            checked(question), reviews=names(reviews), history=turns(history), k=many(k)
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


def names(reviews: object) -> list[str] | None:
    """The names of reviews, None for all. Raises ValueError for anything else."""
    if reviews is None:
        return None
    if not isinstance(reviews, list) or not all(isinstance(name, str) for name in reviews):
        raise ValueError("reviews is not a list of names")
    return reviews or None


def many(k: object) -> int:
    """How many are wanted. Raises ValueError where it is no whole number from 1 to 100."""
    if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= _MOST:
        raise ValueError(f"k is not a whole number from 1 to {_MOST}")
    return k


def facts(summary: DocumentSummary) -> dict[str, str]:
    """What is known of the document by the names that the house gives it.

    A file may give any other ("path"), by which Gradio would take the row for a file to serve.
    """
    return {name: summary.meta[name] for name in _FACTS if name in summary.meta}


def turns(history: object) -> list[Turn]:
    """The last turns of a history of pairs, or of mappings with "question" and "answer".

    Raises ValueError for anything else, and for a text of more than ``MAX_PART`` characters.
    """
    if history is None:
        return []
    if not isinstance(history, list):
        raise ValueError("the history is not a list of turns")
    made = []
    for item in history[-MAX_TURNS:]:
        pair = [item.get("question"), item.get("answer")] if isinstance(item, Mapping) else item
        if not isinstance(pair, list | tuple) or [type(part) for part in pair] != [str, str]:
            raise ValueError("each turn of the history is a pair of texts: question, answer")
        if max(map(len, pair)) > MAX_PART:
            raise ValueError(f"a text of the history is longer than {MAX_PART:,} characters")
        made.append(Turn(*pair))
    return made
