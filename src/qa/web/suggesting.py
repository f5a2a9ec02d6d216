"""Questions to begin with, each of which the documents do answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.errors import QAError
from qa.web.views.render import examples

if TYPE_CHECKING:
    from qa.assistant import Assistant

COUNT = 6
_log = logging.getLogger(__name__)


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
