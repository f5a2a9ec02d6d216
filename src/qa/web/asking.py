"""A wish of the page, answered: the entry as it grows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.exports import Exchange
from qa.types import Turn
from qa.web.entries import Entry

if TYPE_CHECKING:
    from qa.assistant import Assistant

FAULT = "A fault in the program kept this from being answered. Its log on the server says more."
_log = logging.getLogger(__name__)


def answered(assistant: Assistant, entry: Entry, before: Sequence[Exchange]) -> Iterator[Entry]:
    """The entry with what is found as far as it has come, or with the problem instead."""
    history = [] if entry.alone else conversation_of(before)
    uris = list(entry.uris) or None
    try:
        if entry.form == "beside":
            # In the order in which the page names them, by publication.
            reviews = assistant.reviews()
            if uris:
                chosen = {one.review for one in assistant.documents() if one.uri in uris}
                reviews = [name for name in reviews if name in chosen]
            compared = assistant.compare(
                entry.question, reviews=reviews, uris=uris, history=history
            )
            yield replace(entry, found=compared)
        elif entry.form == "timeline":
            dated = assistant.timeline(entry.question, uris=uris, history=history)
            yield replace(entry, found=dated)
        else:
            for answer in assistant.stream(entry.question, uris=uris, history=history):
                yield replace(entry, found=answer)
    except QAError as error:
        yield replace(entry, problem=error.in_full)
    except Exception:  # the page must not be left waiting, whatever went wrong
        _log.exception("a question could not be answered")
        yield replace(entry, problem=FAULT)


def conversation_of(before: Sequence[Exchange]) -> list[Turn]:
    """The turns that a question may lean on: none from before one that was to stand alone."""
    history: list[Turn] = []
    for exchange in before:
        if exchange.alone:
            history = []
        # Side by side and on a timeline no one document was spoken of, so there is no answer to
        # lean on, but a question.
        history.append(Turn(exchange.question, exchange.answer or ""))
    return history
