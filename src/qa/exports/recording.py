"""An exchange as it was: question, time, and what was found, as one line of JSON and back.

What comes back has been in other hands (a browser, a file), so everything in it is checked.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from qa.exports.strict import parsed
from qa.types import Answer, Citation, Comparison, Hit, Passage, Timeline

MAX_BYTES = 1_000_000
"""A turn that is longer as UTF-8 is refused."""
_FARTHEST = 2**31
_MAX_QUESTION = 20_000
_NEAREST = 3
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")

Found = Answer | Comparison | Timeline


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what was found: exactly one of ``answer``, ``comparison``, ``timeline``.

    ``asked`` is the time in UTC, in ISO 8601. ``reviews`` and ``uris`` are what was searched,
    empty for all; ``beside`` says that each review was asked by itself, ``alone`` that the
    question was taken without the conversation before it. Raises ValueError for anything else.
    """

    question: str
    asked: str
    answer: Answer | None = None
    comparison: Comparison | None = None
    timeline: Timeline | None = None
    reviews: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    beside: bool = False
    alone: bool = False

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.answer, self.comparison, self.timeline)) != 1:
            raise ValueError("an exchange has one answer, one comparison or one timeline")
        if not is_time(self.asked):
            raise ValueError("the time is not in UTC as ISO 8601: 2026-01-31T12:00:00+00:00")

    @classmethod
    def of(
        cls,
        found: Found,
        *,
        reviews: Sequence[str] = (),
        uris: Sequence[str] = (),
        alone: bool = False,
    ) -> Exchange:
        """The exchange of now, in which this was found."""
        return cls(
            found.question,
            now(),
            answer=found if isinstance(found, Answer) else None,
            comparison=found if isinstance(found, Comparison) else None,
            timeline=found if isinstance(found, Timeline) else None,
            reviews=tuple(reviews),
            uris=tuple(uris),
            beside=isinstance(found, Comparison),
            alone=alone,
        )

    @property
    def found(self) -> Found:
        """The answer, the comparison or the timeline."""
        found = self.answer or self.comparison or self.timeline
        assert found is not None
        return found

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every quote that was found, in the order of their numbers."""
        return self.found.citations


@dataclass(frozen=True, slots=True)
class Conversation:
    """Exchanges in the order in which they were made, under a name."""

    name: str
    exchanges: tuple[Exchange, ...]


def now() -> str:
    """The time as an exchange keeps it: in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def is_time(text: str) -> bool:
    """Whether it is a time in UTC, in ISO 8601."""
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def kept(answer: Answer) -> Answer:
    """The answer with only the hits that hold a citation, or the nearest three where it has none.

    So a kept turn is a few thousand characters, not a hundred thousand.
    """
    cited = answer.citations
    if cited:
        hits = [hit for hit in answer.hits if any(holds(hit.passage, one) for one in cited)]
    else:
        hits = list(answer.hits[:_NEAREST])
    return replace(answer, hits=tuple(map(_finite, hits)))


def holds(passage: Passage, citation: Citation) -> bool:
    """Whether the passage holds the quote from its first character to its last."""
    return (
        passage.uri == citation.uri
        and passage.start <= citation.start
        and citation.end <= passage.end
    )


def to_json(exchange: Exchange) -> str:
    """The exchange as one compact line of JSON, its answer as `kept` leaves it."""
    if exchange.answer is not None:
        exchange = replace(exchange, answer=kept(exchange.answer))
    text = json.dumps(
        asdict(exchange), ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=dict
    )
    return text.encode("utf-8", "replace").decode("utf-8")


def from_json(text: str) -> Exchange:
    """The exchange that `to_json` wrote. Raises ValueError, in one line, for anything else."""
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ValueError(f"the turn is larger than {MAX_BYTES:,} bytes")
    try:
        exchange = parsed(Exchange, text)
    except ValueError as error:
        raise ValueError(f"this is no turn of a conversation: {error}") from None
    for fault in faults(exchange):
        raise ValueError(f"this is no turn of a conversation: {fault}")
    return exchange


def faults(exchange: Exchange) -> Iterator[str]:
    """What no exchange can be, though each part has the right type."""
    found = exchange.found
    if max(len(exchange.question), len(found.question)) > _MAX_QUESTION:
        yield f"a question is longer than {_MAX_QUESTION:,} characters"
    if not math.isfinite(found.seconds) or found.seconds < 0:
        yield "the seconds are not a time"
    confidences = [found.confidence] if isinstance(found, Answer) else []
    if isinstance(found, Comparison):
        confidences += [row.confidence for row in found.rows]
        if any(row.silent != (row.outcome == "not_found") for row in found.rows):
            yield "a row is silent and quotes, or does neither"
    if isinstance(found, Timeline):
        for date in (date for row in found.rows for date in (row.date, row.until or row.date)):
            if not _DATE.fullmatch(date):
                yield "a date is not in ISO 8601"
    if any(not 0 <= one <= 1 for one in confidences):
        yield "a confidence is not from 0 to 1"
    numbers = [one.number for one in found.citations]
    if len(set(numbers)) < len(numbers):
        yield "two quotes have the same number"
    for citation in found.citations:
        yield from _citation_faults(citation)
    for hit in found.hits if isinstance(found, Answer) else ():
        yield from _hit_faults(hit)


def _citation_faults(citation: Citation) -> Iterator[str]:
    if not 1 <= citation.number < _FARTHEST or not _is_page(citation.page):
        yield "a quote has no such number or page"
    if not 0 <= citation.start < citation.end < _FARTHEST:
        yield "a quote stands nowhere"
    if len(citation.quote) != citation.end - citation.start:
        yield "a quote is not as long as its place"
    if not citation.uri or not _DIGEST.fullmatch(citation.sha256):
        yield "a quote names no document"


def _hit_faults(hit: Hit) -> Iterator[str]:
    passage = hit.passage
    if not 0 <= passage.id < 2**63 or not 1 <= hit.rank < _FARTHEST or not _is_page(passage.page):
        yield "a passage has no such number, rank or page"
    if not 0 <= passage.start <= passage.end < _FARTHEST:
        yield "a passage stands nowhere"
    if len(passage.text) != passage.end - passage.start:
        yield "a passage is not as long as its place"


def _is_page(page: int | None) -> bool:
    return page is None or 1 <= page < _FARTHEST


def _finite(hit: Hit) -> Hit:
    """The hit with the signals that JSON can say."""
    if all(map(math.isfinite, hit.signals.values())):
        return hit
    said = {name: value for name, value in hit.signals.items() if math.isfinite(value)}
    return replace(hit, signals=said)
