"""What is asked on the page, and the exchange that comes of it as the answer grows."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa.errors import QAError
from qa.types import Turn
from qa.web.doors import checked
from qa.web.views.render import Exchange

if TYPE_CHECKING:
    from qa.assistant import Assistant

FAULT = "A fault in the program kept this from being answered. Its log on the server says more."
UNCHOSEN = "No review is chosen. Choose at least one to search."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a press on the page asks for.

    ``beside``: every chosen review by itself, side by side. ``alone``: without leaning on what was
    asked before.
    """

    question: str
    beside: bool = False
    alone: bool = False

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Wish:
        """The wish that a browser sent. Raises ValueError where nothing is asked."""
        return cls(
            checked(said.get("question")), said.get("beside") is True, said.get("alone") is True
        )


def begun(
    wish: Wish, chosen: Sequence[str], names: Sequence[str], turns: Sequence[Exchange]
) -> Exchange:
    """The exchange that the wish begins: its number, and the reviews that are searched."""
    number = turns[-1].number + 1 if turns else 1
    some = tuple(name for name in names if name in chosen)
    item = Exchange(number, wish.question, beside=wish.beside, alone=wish.alone)
    if names and not some:
        return dataclasses.replace(item, problem=UNCHOSEN)
    return dataclasses.replace(item, reviews=() if len(some) == len(names) else some)


def answered(assistant: Assistant, item: Exchange, turns: Sequence[Exchange]) -> Iterator[Exchange]:
    """The exchange with its answer as far as it has come, or with the problem instead."""
    history = [] if item.alone else conversation_of(turns)
    try:
        if item.beside:
            # In the order in which the page names them, by publication.
            asked = item.reviews or assistant.reviews()
            compared = assistant.compare(item.question, reviews=asked, history=history)
            yield dataclasses.replace(item, comparison=compared)
            return
        for answer in assistant.stream(
            item.question, reviews=item.reviews or None, history=history
        ):
            yield dataclasses.replace(item, answer=answer)
    except QAError as error:
        yield dataclasses.replace(item, problem=error.in_full)
    except Exception:  # the page must not be left waiting, whatever went wrong
        _log.exception("a question could not be answered")
        yield dataclasses.replace(item, problem=FAULT)


def conversation_of(turns: Sequence[Exchange]) -> list[Turn]:
    """The turns that a question may lean on: none from before one that was to stand alone."""
    history: list[Turn] = []
    for turn in turns:
        if turn.alone:
            history = []
        if turn.answer is not None:
            history.append(Turn(turn.question, turn.answer))
        elif turn.comparison is not None:
            # No one document was spoken of, so there is no answer to lean on, but a question.
            history.append(Turn(turn.question, ""))
    return history
