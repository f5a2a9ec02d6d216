"""What the documents date about a subject, each statement in their own words, in order of time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from qa.answers.answering import Answerer
from qa.answers.dating import Dated, dates_in, may_be_within
from qa.answers.describing import FEATURES
from qa.answers.evidence import Evidence, Weighed
from qa.answers.metadata import MONTHS
from qa.answers.questions import Question
from qa.answers.quoting import Quote
from qa.errors import DocumentError, IndexDamaged
from qa.text import stem, terms
from qa.types import DatedStatement, DocumentSummary, Timeline, Turn

_PASSAGES = 60
"""So many passages are looked through; more fill no timeline fuller and take longer."""
# Over the shipped reviews and nine inquiries, what is on the subject has 0.15 and more where the
# documents use its words, and a fifth of the best where they say it in others; what is beside it
# has less than 0.1, or fewer of its words than the best.
_ON_THE_SUBJECT = 0.15
_OF_THE_BEST = 0.2
_LEAST = 0.1
_AS_MANY_WORDS = 0.8
_LONGEST = 700
"""A longer sentence is a table or a list of references."""
_SAME = 0.7
_LEAST_TERMS = 2
_WORDS = FEATURES.index("words_headed")
_NAMED_NEAR = FEATURES.index("names_passage")

# What asks for a timeline, and says nothing of its subject.
_SCAFFOLD = frozenset(
    map(
        stem,
        """happen happened timeline chronology chronological chronologically event events date
        dates dated sequence key main order history milestone milestones course unfold story
        develop development developments tell show list""".split(),
    )
)
# A note at the foot of a page may have one, but an address, the number of an exhibit or of written
# evidence too, or it ends in a date as references do: "12 Daily Post, Who closed it?, 3 May 2014".
_NOTE = re.compile(
    r"\d{1,4} (?:See\b|.*(?:https?:|www\.|\b[A-Z]{3,}_?\d{6,}|\([A-Z]{2,4}\s?\d{4}\)"
    rf"|,\s(?:\d\d?\s)?(?:{'|'.join(MONTHS)})\s\d{{4}}\s?(?:;|\W*$)))",
    re.DOTALL,
)
_BULLET = re.compile(r"[•▪●*–-]\s+")
# A reference has a date too, but no verb: "Home Affairs Committee, Second Report, 10 June 2013."
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|did|does|do|will|would|could|should|may|might|must"
    r"|can|began|begun|became|took|made|gave|said|told|wrote|came|went|saw|found|set|held|led|left"
    r"|met|put|ran|sent|spoke|rose|fell|grew|knew|kept|lost|won|paid|brought|sought|chose|broke"
    r"|says|shows|finds|covers|[a-z]{2,}ed)\b"
)
_WHEN_ASKED = re.compile(r"\b(?P<word>since|from|after|before|until|till|by|up to)\s+$", re.I)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The time that a question names: its terms, and whether a date is of it.

    ``bounds`` are those terms where the time has an end that no statement need name: "after 2014".
    """

    terms: frozenset[str]
    bounds: frozenset[str]
    wants: Callable[[Dated], bool]


@dataclass(frozen=True, slots=True)
class _Found:
    """A sentence with the date under which it stands; ``said`` is what else it says, as terms."""

    evidence: Evidence
    dated: Dated
    said: frozenset[str]


def timeline(
    answerer: Answerer,
    question: str,
    *,
    documents: Sequence[DocumentSummary],
    uris: Sequence[str] | None = None,
    history: Sequence[Turn] = (),
    k: int = 40,
) -> Timeline:
    """The k statements most on the subject that have a date, earliest first.

    A question that names a time ("in 2014", "before 2010") is told what was then. Of statements
    that say the same of the same time there is one.
    """
    begun = time.perf_counter()
    asked = _asked(question)

    def found() -> Timeline:
        weighed = answerer.weigh(
            question,
            k=_PASSAGES,
            documents=documents,
            uris=uris,
            history=history,
            ask=lambda whole: subject_of(whole, without=asked.bounds),
            keep=_is_dated,
        )
        chosen = _chosen(weighed, asked, k, everything=uris is not None)
        quotes = [_quote(each.evidence) for each in chosen]
        rows = tuple(
            DatedStatement(each.dated.date, each.dated.until, _words(each), citation)
            for each, citation in zip(chosen, answerer.cite(quotes), strict=True)
        )
        seconds = time.perf_counter() - begun
        return Timeline(question, weighed.question.text, rows, seconds)

    try:
        return found()
    except (DocumentError, IndexDamaged):
        # A document changed between the search and the quoting: what was found is stale.
        return found()


def subject_of(question: Question, *, without: Collection[str] = ()) -> Question:
    """The question without the words that ask for a timeline, and whatever else it asks for."""
    left = [word for word in question.words if word.term not in _SCAFFOLD]
    subject = [word for word in left if word.term not in without]
    return replace(question, kind="other", words=tuple(subject or left), counted=())


def is_statement(text: str) -> bool:
    """Whether it says something, and is no reference, heading or row of a table."""
    return len(text) <= _LONGEST and not is_note(text) and _VERB.search(text) is not None


def is_note(text: str) -> bool:
    """Whether it reads as a note that names a source: "12 See Daily Post, 3 May 2014"."""
    return _NOTE.match(text) is not None


def _is_dated(text: str) -> bool:
    return re.search(r"\d{4}", text) is not None


def _chosen(weighed: Weighed, asked: _Asked, k: int, *, everything: bool) -> list[_Found]:
    """The statements of the timeline, in its order."""
    subject = {word.term for word in weighed.question.words} - asked.terms
    if not subject and not asked.terms and not everything:
        return []
    is_near = _nearness(weighed) if subject else lambda _: True
    kept: list[_Found] = []
    for evidence in weighed.ranked:
        if len(kept) == k:
            break
        if not is_near(evidence) or not is_statement(evidence.text):
            continue
        dates = [each for each in dates_in(evidence.text) if asked.wants(each)]
        if not dates:
            continue
        dated = max(dates, key=lambda each: (len(each.date), -each.start))
        said = frozenset(terms(evidence.text)) - subject
        said -= frozenset(terms(evidence.text[dated.start : dated.end]))
        found = _Found(evidence, dated, said)
        if not any(_same(found, other) for other in kept):
            kept.append(found)
    return sorted(kept, key=_order)


def _nearness(weighed: Weighed) -> Callable[[Evidence], bool]:
    """Whether a sentence is on the subject, by its probability and by what the best one holds."""
    if not weighed.ranked or weighed.ranked[0].probability < _LEAST:
        return lambda _: False
    best = weighed.ranked[0]
    floor = min(_ON_THE_SUBJECT, _OF_THE_BEST * best.probability)
    words = _AS_MANY_WORDS * best.features[_WORDS]

    def is_near(one: Evidence) -> bool:
        held = one.features[_WORDS]
        sure = held > 0 and (one.probability >= _ON_THE_SUBJECT or held >= words)
        return bool(one.probability >= floor and sure and one.features[_NAMED_NEAR])

    return is_near


def _asked(question: str) -> _Asked:
    dates = dates_in(question)
    times = frozenset(term for each in dates for term in terms(question[each.start : each.end]))
    if len(dates) != 1:
        return _Asked(times, frozenset(), lambda _: True)
    (named,) = dates
    said = _WHEN_ASKED.search(question, 0, named.start)
    word = said["word"].casefold() if said and not named.until else ""
    bounds = times if word or named.until else frozenset()
    if word == "after":
        return _Asked(times, bounds, lambda each: each.last[: len(named.date)] > named.date)
    if word == "before":
        return _Asked(times, bounds, lambda each: each.date[: len(named.date)] < named.date)
    begin = "" if word in ("until", "till", "by", "up to") else named.date
    end = "" if word in ("since", "from") else named.last
    return _Asked(times, bounds, lambda each: may_be_within(each, begin, end))


def _same(one: _Found, other: _Found) -> bool:
    """Whether both say the same of the same time."""
    dates = sorted((one.dated.date, other.dated.date), key=len)
    few = min(len(one.said), len(other.said))
    if not dates[1].startswith(dates[0]) or few < _LEAST_TERMS:
        return one.evidence.text == other.evidence.text
    return len(one.said & other.said) > _SAME * few


def _order(found: _Found) -> tuple[str, str, str, int]:
    dated, evidence = found.dated, found.evidence
    return dated.place, dated.last, evidence.passage.uri, evidence.start


def _words(found: _Found) -> str:
    return found.evidence.text[found.dated.start : found.dated.end]


def _quote(evidence: Evidence) -> Quote:
    """The sentence without the bullet before it."""
    bullet = _BULLET.match(evidence.text)
    skip = bullet.end() if bullet else 0
    return Quote(evidence.passage.uri, evidence.start + skip, evidence.end, evidence.text[skip:])
