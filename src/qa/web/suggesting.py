"""Questions to begin with, each of which the documents do answer."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qa.errors import QAError
from qa.web.entries import read_turns

if TYPE_CHECKING:
    from qa.assistant import Assistant

COUNT = 6
_TEMPLATES = (
    "What did {review} find?",
    "How many recommendations did {review} make?",
    "When was {review} published?",
    "What did {review} recommend?",
    "Which period did {review} cover?",
    "What was the response to {review}?",
)
_log = logging.getLogger(__name__)


def examples(reviews: Sequence[str], count: int = 18) -> list[str]:
    """Questions that might be begun with: the reviews in turn, each time in another form."""
    if not reviews:
        return []
    step = max(1, len(reviews) // len(_TEMPLATES))
    # Every step-th review first, then those between them.
    spread = [name for start in range(step) for name in reviews[start::step]]
    asked = []
    for place in range(max(count, len(_TEMPLATES))):
        # Not str.format: a name is text from a document and may hold braces.
        form = _TEMPLATES[(place + place // len(_TEMPLATES)) % len(_TEMPLATES)]
        asked.append(form.replace("{review}", spread[place % len(spread)]))
    return list(dict.fromkeys(asked))[:count]


class Suggestions:
    """The questions for the documents as they are now; asking for them never waits.

    They are made from the reviews' names at once, and replaced by those of them that are answered
    as soon as that is known: a page that opens on a question which is then declined would mislead.
    """

    def __init__(self, assistant: Assistant, given: Sequence[str] | None = None) -> None:
        self._assistant = assistant
        self._given = given
        self._lock = threading.Lock()
        self._held: tuple[str, ...] | None = None
        self._found: Sequence[str] = ()

    def now(self) -> Sequence[str]:
        """The questions, by the best that is known so far."""
        if self._given is not None:
            return self._given
        held = tuple(summary.sha256 for summary in self._assistant.documents())
        with self._lock:
            if self._held != held:
                self._held = held
                self._found = examples(self._assistant.reviews())[:COUNT]
                threading.Thread(target=self._choose, args=(held,), daemon=True).start()
            return self._found

    def _choose(self, held: tuple[str, ...]) -> None:
        try:
            found = answerable(self._assistant)
        except Exception:
            _log.debug("no suggestions could be chosen", exc_info=True)
            return
        with self._lock:
            if found and self._held == held:
                self._found = found


def answerable(assistant: Assistant, count: int = COUNT) -> list[str]:
    """The first questions about the loaded reviews that the documents answer."""
    found: list[str] = []
    for question in examples(assistant.reviews()):
        try:
            if assistant.ask(question).outcome == "answered":
                found.append(question)
        except QAError:
            break  # the first real question will say what is wrong
        if len(found) == count:
            break
    return found


class Rush:
    """How many questions are being answered: what nobody waits for is left undone meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = 0
        self._suggesting = threading.Lock()

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """One more is being answered."""
        with self._lock:
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1

    @contextlib.contextmanager
    def quiet(self) -> Iterator[bool]:
        """Whether there is time to spare; nobody else is given it until this ends."""
        free = not self._asking and self._suggesting.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self._suggesting.release()


def next_after(assistant: Assistant, wished: Any) -> list[str]:
    """Questions that might follow the last of the turns that a browser sent; none without one."""
    turns = read_turns(wished.get("turns")) if isinstance(wished, Mapping) else []
    if not turns or turns[-1].answer is None:
        return []
    asked = {turn.question.casefold() for turn in turns}
    try:
        found = assistant.follow_ups(
            turns[-1].question, turns[-1].answer, uris=list(turns[-1].uris) or None
        )
    except Exception:  # a page without suggestions is whole all the same
        _log.debug("no follow-ups could be found", exc_info=True)
        return []
    return [question for question in found if question.casefold() not in asked]
