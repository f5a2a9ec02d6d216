"""Questions to begin with, each of which the documents do answer."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qa.answers import called, forms_of, in_turn, spread, turned
from qa.types import DocumentSummary
from qa.web.entries import read_turns

if TYPE_CHECKING:
    from qa.assistant import Assistant

COUNT = 6
_OF_ANY = ("What did {name} find?", "What did {name} recommend?")
_LONGEST = 60
"""Letters of a title in a question."""
_SITE = re.compile(r"\s+(?:\|\s[^|]+|[-–—|]\s(?:[\w-]+\.)+[A-Za-z]{2,})$")
_VOLUME = re.compile(r"\s*\((?:volume|vol\.?|part|version|v)\s?[\divx]+\)", re.IGNORECASE)
_UNFIT = re.compile(r"\.\.\.|…|_|\bresponse\b", re.IGNORECASE)
_log = logging.getLogger(__name__)


def examples(documents: Sequence[DocumentSummary], count: int = 18) -> list[str]:
    """Questions that might be begun with: the reports in turn, each time in another form.

    Those whose names read badly come last, and not at all where there are enough others.
    """
    tidied = [replace(one, title=_tidy(one.title)) for one in sorted(documents, key=_by_date)]
    # The volumes of a review may share a name; several reviews may not.
    shared = Counter(name for name, _ in {(called(one), one.review) for one in tidied})
    named: dict[str, DocumentSummary] = {}
    for one in tidied:
        named.setdefault(_name(one, alone=shared[called(one)] == 1), one)
    good = [(name, one) for name, one in named.items() if _reads_well(name)]
    rest = [(name, one) for name, one in named.items() if not _reads_well(name)]
    rest = [] if len(good) >= COUNT else rest
    turns = [
        turned(_forms(name, one), place)
        for place, (name, one) in enumerate([*spread(good, COUNT), *spread(rest, COUNT)])
    ]
    return in_turn(turns)[:count]


def _by_date(one: DocumentSummary) -> tuple[str, str, str]:
    return one.meta.get("published", "") or "9999", one.review, one.uri


def _tidy(title: str) -> str:
    """The title without the site that it is from, and without the number of its volume."""
    return _VOLUME.sub("", _SITE.sub("", title)).strip()


def _name(one: DocumentSummary, *, alone: bool) -> str:
    """What a question calls the document: "the Jay Report", or "the report" with its title."""
    name, title = called(one), one.title
    if name and alone:
        return name
    if review := one.meta.get("review", ""):
        return review
    if len(title) > _LONGEST:
        title = f"{title[:_LONGEST].rsplit(' ', 1)[0].rstrip(' ,;:–-')}…"
    return f"the report “{title}”"


def _reads_well(name: str) -> bool:
    return name.startswith(("the ", "Operation ")) and not _UNFIT.search(name)


def _forms(name: str, one: DocumentSummary) -> list[str]:
    """What may be asked of the document by that name, always in the same order."""
    if name == called(one):
        return [form.question for form in forms_of(one)]
    # Not str.format: a name is text from a document and may hold braces.
    return [form.replace("{name}", name) for form in _OF_ANY]


class Suggestions:
    """The questions for the documents as they are now; asking for them never waits.

    They are made from the reviews' names at once, and replaced as soon as some are found that the
    documents answer: a page that opens on a question which is then declined would mislead.
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
                self._found = examples(self._assistant.documents())[:COUNT]
                threading.Thread(
                    target=self._choose, args=(held,), name="opening questions", daemon=True
                ).start()
            return self._found

    def _choose(self, held: tuple[str, ...]) -> None:
        try:
            found = self._assistant.openings(count=COUNT)
        except Exception:
            _log.debug("no suggestions could be chosen", exc_info=True)
            return
        with self._lock:
            if found and self._held == held:
                self._found = found


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
