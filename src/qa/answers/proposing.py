"""Questions that might follow on an answer, made of headings and metadata; not tried yet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from qa.answers.chronicling import is_note
from qa.answers.dating import dates_in, may_be_within
from qa.answers.evidence import Evidence
from qa.answers.questions import TYPED, analyse
from qa.answers.shorts import new_spans, told_spans
from qa.answers.topics import Topic, called
from qa.text import stems, terms, words
from qa.types import Document, DocumentSummary

V = TypeVar("V")

_SHORT = 4
_RESPONSE = "respon"
FRAME = stems(
    """find found say said report review inquiry audit operation know known tell
    national independent"""
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question with the documents that should answer it; none for any.

    ``name`` is the report that it names, ``topic`` what it asks about, as a text. A heading over
    the answer has to begin with ``under``, and heading or answer to say ``tells``; the answer has
    to name the date ``on``, or one of whom ``by`` is: what metadata says itself; and to say that
    the report did what one of ``did`` begins. A question that is answered past its point would
    mislead.
    """

    question: str
    uris: tuple[str, ...] = ()
    topic: str = ""
    name: str = ""
    tells: str = ""
    under: str = ""
    on: str = ""
    by: str = ""
    did: tuple[str, ...] = ()

    @property
    def terms(self) -> frozenset[str]:
        """What it asks about, without the words in which such things are asked."""
        return frozenset(terms(self.question)) - FRAME

    def is_met(self, best: Evidence) -> bool:
        """Whether the best sentence is an answer to it, and not to something beside it."""
        if is_note(best.text) or (self.uris and best.passage.uri not in self.uris):
            return False
        heading, quote = best.passage.heading.casefold(), best.text
        said = f"{heading} {quote.casefold()}"
        if self.tells not in said or not _is_under(heading, self.under):
            return False
        if self.on and not any(may_be_within(each, self.on, self.on) for each in dates_in(quote)):
            return False
        if self.did and not self._did_it(quote):
            return False
        if not self.by and not _is_told(self.question, quote):
            return False
        return _shares(self.by, quote, without=self.name) and _shares(self.topic, said)

    def _did_it(self, quote: str) -> bool:
        """Whether a word of the report's own name stands before one of what it is to have done."""
        named = frozenset(terms(self.name)) - FRAME
        for start, end in words(quote):
            if quote[start:end].casefold().startswith(self.did):
                return not named.isdisjoint(terms(quote[:start]))
        return False


def on_subjects(summary: DocumentSummary, subjects: Iterable[tuple[str, Topic]]) -> list[Candidate]:
    """What the document says of its topics."""
    name = called(summary)
    if not name and summary.meta.get("review"):
        return []  # it speaks of the others
    return [
        _candidate(summary, name, words, topic)
        for words, topic in subjects
        if len(words.split()) <= _SHORT or not name.startswith("Operation ")
        if name or len(topic.terms) > 1  # "What is said about risk?" asks for everything
    ]


def _candidate(summary: DocumentSummary, name: str, words: str, topic: Topic) -> Candidate:
    if not name:
        verb = "recommended" if topic.recommended else "said"
        return Candidate(f"What is {verb} about {words}?", (), words)
    verb = "find" if topic.found else "recommend" if topic.recommended else "say"
    asked = f"What did {name} {verb} about {words}?"
    if name.startswith("Operation "):
        asked = f"What is said about {words} in {name}?"
    elif "Response" in name:
        asked = f"What does {name} say about {words}?"
    return Candidate(asked, (summary.uri,), words, name=name)


def of_others(question: str, summaries: Sequence[DocumentSummary]) -> list[Candidate]:
    """What was asked of one report, asked of the others that were found."""
    for summary in summaries:
        name = called(summary)
        review = summary.meta.get("review", "")
        if not name or not review:
            continue
        kinds = r"(?: (?:report|review|inquiry|audit|inspections?))?"
        named = rf"\b(?:{re.escape(name)}|(?:the )?{re.escape(review)}{kinds})\b(?!['’])"
        found = re.search(named, question, re.IGNORECASE)
        if found is None:
            continue
        others = [(other, called(other)) for other in summaries if other is not summary]
        before, after = question[: found.start()], question[found.end() :]
        return [
            Candidate(f"{before}{_begun(other, before)}{after}", (one.uri,))
            for one, other in others
            if other and other != name and not other.startswith("Operation ")
        ]
    return []


def _begun(name: str, before: str) -> str:
    return name if before.strip() else name[0].upper() + name[1:]


def of_another(
    words: str, topic: Topic, summary: DocumentSummary, document: Document
) -> list[Candidate]:
    """What a document says of the topic of another one, where it speaks of it."""
    name = called(summary)
    bare = re.sub(r"^(?:the|a|an) ", "", words)
    if not name or bare not in document.text or not summary.meta.get("review"):
        return []
    return [_candidate(summary, name, words, Topic(topic.words, 0))]


def forms_of(summary: DocumentSummary, headings: Collection[str] = ()) -> list[Candidate]:
    """What may be asked of any report, as far as metadata or a heading tells of an answer."""
    name, meta = called(summary), summary.meta
    if not name:
        return []
    form = partial(Candidate, uris=(summary.uri,), name=name)
    asked: list[Candidate] = []
    if name.startswith("Operation "):
        asked = [form(f"When did {name} begin?"), form(f"Who led {name}?")]
    elif "Response" not in name:
        asked = [
            form(f"What did {name} recommend?", did=("recommend",)),
            form(f"How many recommendations did {name} make?"),
            form(f"What did {name} find?", did=("found", "find", "conclud", "identif")),
        ]
    if name.startswith("the ") and not name.endswith(("inspections", "Committee")):
        was = "were" if name.endswith("s") else "was"
        if by := meta.get("commissioned_by", ""):
            asked.append(form(f"Who commissioned {name}?", tells="commission", by=by))
        if on := meta.get("published", ""):
            asked.append(form(f"When {was} {name} published?", tells="publish", on=on))
        if any(heading.startswith(_RESPONSE) for heading in headings):
            asked.append(form(f"What was the response to {name}?", under=_RESPONSE))
    # Another of them for another report, so that not every answer ends in the same.
    return turned(asked, sum(map(ord, summary.uri)))


def of_named(summaries: Iterable[DocumentSummary], told: str) -> list[Candidate]:
    """A question on each report that is named in what was told, where it can be on what it says."""
    found = []
    for summary in summaries:
        review = summary.meta.get("review", "")
        if review and review in told:
            forms = forms_of(summary)
            found += sorted(forms, key=lambda each: not each.question.startswith("What"))[:1]
    return found


def arranged(
    main: Sequence[Candidate],
    rest: Sequence[Candidate],
    beside: Sequence[Candidate],
    forms: Sequence[Candidate],
) -> list[Candidate]:
    """Topics of the first document, what others say, and fixed forms in turn, each once."""
    turns = [*main[:1], *beside[:1], *(main[1:2] or rest[:1]), *forms[:1], *main[2:3], *rest[:1]]
    turns += [*beside[1:2], *forms[1:], *main[3:], *rest[1:]]
    return list({each.question: each for each in turns}.values())


def turned(items: Sequence[V], begin: int) -> list[V]:
    """They begin with another of them, and go on from the first after the last."""
    begin %= max(len(items), 1)
    return [*items[begin:], *items[:begin]]


def spread(items: Sequence[V], count: int) -> list[V]:
    """From the first to the last in ``count`` steps, then those between in the same way."""
    step = max(1, len(items) // count)
    return [item for start in range(step) for item in items[start::step]]


def _is_under(heading: str, begins: str) -> bool:
    return any(part.startswith(begins) for part in heading.split(" > "))


def _is_told(question: str, quote: str) -> bool:
    """Whether the quote says itself what is asked for, where that is a number, a date, a name."""
    asked = analyse(question)
    return asked.kind not in TYPED or bool(told_spans(asked, quote, new_spans(asked, quote)))


def _shares(wanted: str, said: str, *, without: str = "") -> bool:
    """Whether a word of what is wanted is said, if anything is."""
    held = frozenset(terms(wanted)) - frozenset(terms(without))
    return not held or not held.isdisjoint(terms(said))
