"""What a press on the page asks for, and the entry of the conversation that comes of it.

The server keeps nothing of a conversation. The browser holds it, and sends with every question
what was said before; `qa.exports` has the form in which an entry travels.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from qa.exports import Exchange, Found, from_json, now, to_json
from qa.types import Answer, Comparison, DocumentSummary, Timeline
from qa.web.doors import MAX_TURNS, checked

Form = Literal["answer", "beside", "timeline"]
FORMS: tuple[Form, ...] = ("answer", "beside", "timeline")
UNCHOSEN = "No document is chosen. Choose at least one to search."
MAX_ENTRIES = 500
_MAX_CHOSEN = 10_000
_MAX_TOKEN = 40


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked, as the browser sent it.

    ``form`` is "answer", "beside" (every review by itself) or "timeline". ``alone``: without
    leaning on what was asked before. ``uris`` are the documents to search, None for all. ``number``
    is the entry's place in the conversation, from 1; ``token`` tells the browser that what it is
    shown is what it asked for; ``before`` are the entries before this one.
    """

    question: str
    form: Form = "answer"
    alone: bool = False
    uris: tuple[str, ...] | None = None
    number: int = 1
    token: str = ""
    before: tuple[Exchange, ...] = ()

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Wish:
        """The wish that a browser sent. Raises ValueError where nothing is asked."""
        form: Form = next((known for known in FORMS if said.get("form") == known), "answer")
        number = said.get("number")
        if not isinstance(number, int) or not 1 <= number <= MAX_ENTRIES:
            number = 1
        token = said.get("token")
        return cls(
            checked(said.get("question")),
            form,
            said.get("alone") is True,
            _chosen(said.get("uris")),
            number,
            token[:_MAX_TOKEN] if isinstance(token, str) else secrets.token_hex(8),
            tuple(read_turns(said.get("turns"))[-MAX_TURNS:]),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """The ``number``-th question on the page, with what was found or the problem in place of it.

    ``found`` is None while it is being looked for. ``within`` names what was searched, nothing for
    all. ``asked`` is a UTC time in ISO 8601, ``token`` the browser's own word for the question.
    """

    number: int
    question: str
    form: Form = "answer"
    found: Found | None = None
    within: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    alone: bool = False
    problem: str = ""
    asked: str = ""
    token: str = ""


def begun(wish: Wish, documents: Sequence[DocumentSummary]) -> Entry:
    """The entry that the wish begins; its documents are those of the wish that are still here."""
    entry = Entry(
        wish.number,
        wish.question,
        wish.form,
        alone=wish.alone,
        asked=now(),
        token=wish.token,
    )
    if wish.uris is None or not documents:
        return entry
    wanted = set(wish.uris)
    chosen = [document for document in documents if document.uri in wanted]
    if not chosen:
        return replace(entry, problem=UNCHOSEN)
    if len(chosen) == len(documents):
        return entry
    return replace(entry, uris=tuple(one.uri for one in chosen), within=_named(chosen, documents))


def exchange_of(entry: Entry) -> Exchange:
    """The entry in the form in which it is kept and exported. Raises ValueError before its end."""
    found = entry.found
    if found is None:
        raise ValueError("nothing was found yet")
    return Exchange(
        question=entry.question,
        asked=entry.asked,
        answer=found if isinstance(found, Answer) else None,
        comparison=found if isinstance(found, Comparison) else None,
        timeline=found if isinstance(found, Timeline) else None,
        reviews=entry.within,
        uris=entry.uris,
        beside=entry.form == "beside",
        alone=entry.alone,
    )


def entry_of(exchange: Exchange, number: int) -> Entry:
    """The entry that the exchange was made of."""
    form: Form = "answer"
    if exchange.answer is None:
        form = "beside" if exchange.comparison else "timeline"
    return Entry(
        number,
        exchange.question,
        form,
        exchange.found,
        exchange.reviews,
        exchange.uris,
        exchange.alone,
        asked=exchange.asked,
    )


def kept_text(entry: Entry) -> str:
    """The entry as the browser keeps it."""
    return to_json(exchange_of(entry))


def read_turns(turns: object) -> list[Exchange]:
    """The exchanges that a browser kept; what cannot be read is left out."""
    if not isinstance(turns, list):
        return []
    found = []
    for turn in turns[-MAX_ENTRIES:]:
        try:
            found.append(from_json(turn if isinstance(turn, str) else ""))
        except ValueError:
            continue
    return found


def _chosen(uris: object) -> tuple[str, ...] | None:
    if not isinstance(uris, list):
        return None
    return tuple(uri for uri in uris[:_MAX_CHOSEN] if isinstance(uri, str))


def _named(
    chosen: Sequence[DocumentSummary], documents: Sequence[DocumentSummary]
) -> tuple[str, ...]:
    """The reviews of the chosen documents; of a review that is not searched whole, the titles."""
    here = {one.uri for one in chosen}
    whole = {one.review for one in documents} - {
        one.review for one in documents if one.uri not in here
    }
    names = (one.review if one.review in whole else one.title for one in chosen)
    return tuple(dict.fromkeys(names))
