"""A question of a conversation made to stand alone, without a language model.

One that gives another topic alone ("And about sluices?") is the question before it, with that
topic. Any other follow-up is searched together with the questions it leans on, whose words count
for less; with the last answer's words, which count for less still; and with its vector drawn
towards both. A question that stands alone in its form, but names no document, may lean on the
subject of the conversation ("Which firm looked at the managers?"): there the conversation's words
decide between passages that its own words find alike. One that names a document is searched as it
is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from qa.answers.leaning import asks_anew, asks_on, follows_on, is_ellipsis, retold, says_it
from qa.answers.naming import Names
from qa.answers.questions import Question, Word, analyse
from qa.answers.spans import spans_of
from qa.text import Span, terms
from qa.text import words as words_of
from qa.types import Answer, DocumentSummary, TextVectors, Turn

_SHE_OR_HE = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.I)
# "Who is mary stone?" names whom "she" is, whoever the answer names beside.
_WHO_IS = re.compile(
    r"^\W*(?:and\s+)?who(?:['’]s|\s+is|\s+was)\s+"
    r"(?!(?:the|an?|its|their|his|her|in|to|at|on)\b|\w+ed\b)",
    re.I,
)
# "her" before one of these is whom; before anything else it is whose.
_NOT_OWNED = re.compile(
    r"\W*$|\s+(?:to|in|on|at|for|of|with|about|by|from|as|and|or|that|when|if|before|after|so"
    r"|then|now|not|do|say|get|go)\b|\s*[,.;:?!]",
    re.I,
)
_CONTEXT_WEIGHT = 0.5
REPLACED_WEIGHT = 0.25
"""What they count where others take their place: "And in Sheffield?", or "she" for who was named.
"""
_ANSWERED_WEIGHT = 0.1
"""What "wrote" counts once it is known who wrote it."""
_ANSWER_WEIGHT = 0.15
_QUESTION_PULL, _ANSWER_PULL = 0.3, 0.6
"""How far the vectors of the last question and answer draw that of a follow-up, of length 1."""
_SUBJECT_WEIGHT, _SUBJECT_ANSWER = 0.25, 0.2
"""What the words of the conversation count where a question only may be about its subject."""
_FADING = 0.5
_OWN_SUBJECT = 7
"""A question of so many content words has all that is needed to find what it asks for."""
_CONTEXT_WORDS = 80
_ANSWER_WORDS = 150
_ANSWER_TERMS, _SUBJECT_TERMS = 10, 40
_LOOK_BACK = 3
_QUOTES = 2


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that stands alone, and what the conversation adds to the search for it.

    ``question`` is what is read and shown. ``uris`` are the documents that the conversation was
    about; none where it does not follow on. ``context`` has terms of the conversation with their
    weights. ``asked`` is the question itself, whose word pieces are compared; its vector is drawn
    towards those of ``beside``, by their weights.
    """

    question: Question
    uris: tuple[str, ...] = ()
    context: Mapping[str, float] = field(default_factory=dict)
    asked: str = ""
    beside: tuple[tuple[str, float], ...] = ()

    def vectors(self, encode: Callable[[str], TextVectors]) -> TextVectors:
        """What the passages are compared with."""
        own = encode(self.asked or self.question.text)
        if not self.beside:
            return own
        drawn = own.vector + sum(weight * encode(text).vector for text, weight in self.beside)
        length = float(np.linalg.norm(drawn))
        return replace(own, vector=(drawn / length).astype(np.float32) if length else own.vector)


def resolve(
    question: str,
    history: Sequence[Turn] = (),
    *,
    continues: bool = False,
    by_name: bool = False,
    names: Names | None = None,
    documents: Sequence[DocumentSummary] = (),
) -> Resolved:
    """The question as it has to be searched; without history, or standing alone, as it is.

    With ``continues`` it leans on the last turn, unless it names a document; with ``by_name`` most
    on what is named there. ``names`` are what the ``documents`` are known by.
    """
    if not history:
        return Resolved(analyse(question))
    question, history = _with_topics(question, history, names)
    asked = analyse(question)
    if (continues and not (names and names.named(question))) or follows_on(asked, names):
        return _following(asked, history, names, documents, by_name=by_name)
    return Resolved(asked, context=_subject(asked, history, names))


def _with_topics(
    question: str, history: Sequence[Turn], names: Names | None
) -> tuple[str, list[Turn]]:
    """The question and those before it; one that only gives another topic has all its words."""
    turns: list[Turn] = []
    before = ""
    for turn in history:
        before = retold(turn.question, before, names)
        turns.append(replace(turn, question=before))
    return retold(question, before, names), turns


def _following(
    asked: Question,
    history: Sequence[Turn],
    names: Names | None,
    documents: Sequence[DocumentSummary],
    *,
    by_name: bool,
) -> Resolved:
    """A question searched with those that it leans on, and what was answered."""
    leaned = _leaned_on(asked, history, names)
    context = _last_words(" ".join(turn.question for turn in _telling(asked, leaned)))
    uris = _about(asked, history[-1], names)
    person = _person(asked.text, leaned, uris, documents)
    own = _with_person(asked.text, person) if person else asked.text
    before = analyse(context)
    whole = analyse(f"{context} {own}")
    begin = len(context) + 1
    known = {term for each in (names.meant(context) if names else ()) for term in each.name}
    given = _given_names(whole.text, begin, person)

    def weight(word: Word) -> float:
        if word.span[0] < begin:
            if by_name and asked.words and word.term not in known and not word.name:
                return REPLACED_WEIGHT
            return _weight(asked.text, word, known, answered=bool(person))
        return REPLACED_WEIGHT if word.span in given else 1.0

    inherits = asked.kind == "other" and not asks_anew(asked.text)
    resolved = replace(
        whole,
        words=tuple(replace(word, weight=weight(word)) for word in whole.words),
        kind=before.kind if inherits else asked.kind,
        counted=before.counted if inherits else asked.counted,
    )
    said = _said(history[-1])
    beside = [(history[-1].question, _QUESTION_PULL), (said, _ANSWER_PULL)]
    return Resolved(
        resolved,
        uris,
        dict.fromkeys(_first_terms(said, _ANSWER_TERMS), _ANSWER_WEIGHT),
        own,
        tuple((text, pull) for text, pull in beside if text),
    )


def _weight(text: str, word: Word, known: Collection[str], *, answered: bool) -> float:
    """What a word of the questions counts that this one leans on.

    ``known`` are the names of documents among them. ``answered`` says that this one is about who
    was named in answer to them.
    """
    if answered and not word.name and word.term not in known:
        return _ANSWERED_WEIGHT
    if answered or is_ellipsis(text) or (asks_on(text) and word.term in known):
        return REPLACED_WEIGHT
    return _CONTEXT_WEIGHT


def _subject(asked: Question, history: Sequence[Turn], names: Names | None) -> dict[str, float]:
    """The words of the conversation, where the question may be about its subject.

    It needs none of them if it names a document, or says much itself.
    """
    if (names and names.named(asked.text)) or len(asked.terms) >= _OWN_SUBJECT:
        return {}
    weights = dict.fromkeys(_first_terms(_said(history[-1]), _SUBJECT_TERMS), _SUBJECT_ANSWER)
    weight = _SUBJECT_WEIGHT
    for turn in history[-1:-_LOOK_BACK:-1]:
        for term in terms(turn.question):
            weights[term] = max(weights.get(term, 0.0), weight)
        weight *= _FADING
    return weights


def _about(asked: Question, last: Turn, names: Names | None) -> tuple[str, ...]:
    """The documents that the last answer cited, unless the question goes on to others."""
    cited = last.answer.citations if isinstance(last.answer, Answer) else ()
    if asks_on(asked.text) or (names and names.named(asked.text)):
        return ()
    return tuple(dict.fromkeys(citation.uri for citation in cited))


def _said(turn: Turn) -> str:
    """What was answered: the short answer and the first quotes; "" where nothing was."""
    answer = turn.answer
    if isinstance(answer, Answer):
        quotes = [citation.quote for citation in answer.citations[:_QUOTES]]
        answer = " ".join(part for part in (answer.short, *quotes) if part)
    return " ".join(answer.split()[:_ANSWER_WORDS])


def _first_terms(said: str, most: int) -> list[str]:
    return list(dict.fromkeys(terms(said)))[:most]


def _last_words(context: str) -> str:
    """The end of a long context: the question itself must not fall out of what is encoded."""
    return " ".join(context.split()[-_CONTEXT_WORDS:])


def _person(
    text: str, leaned: Sequence[Turn], uris: Sequence[str], documents: Sequence[DocumentSummary]
) -> str:
    """Who "she" is: who was named, where it was asked who, or else wrote what was cited; or ""."""
    if not _SHE_OR_HE.search(text):
        return ""
    for turn in reversed(leaned):
        if _WHO_IS.match(turn.question):
            return ""
        if analyse(turn.question).kind in ("agent", "person"):
            said = turn.answer.short if isinstance(turn.answer, Answer) else turn.answer
            if people := _people(said):
                return people[0]
        if _people(turn.question):
            return ""  # the question that is searched with this one names somebody
    authors = {summary.uri: summary.meta.get("author", "") for summary in documents}
    wrote = {name.split()[-1]: name for uri in uris[:1] for name in _people(authors.get(uri, ""))}
    return next(iter(wrote.values())) if len(wrote) == 1 else ""


def _people(text: str) -> list[str]:
    return [text[start:end] for start, end in spans_of("person", text)]


def _given_names(text: str, begin: int, person: str) -> set[Span]:
    """The spans of all but the last word of the person's name: documents mostly repeat that one."""
    start = text.find(person, begin) if person else -1
    if start < 0:
        return set()
    return {(start + first, start + last) for first, last in list(words_of(person))[:-1]}


def _with_person(text: str, person: str) -> str:
    """The question with the person's name where it says "she", the first time."""

    def name(match: re.Match[str]) -> str:
        said = match.group().casefold()
        owns = said in ("his", "hers") or (
            said == "her" and not _NOT_OWNED.match(text, match.end())
        )
        return f"{person}'s" if owns else person

    return _SHE_OR_HE.sub(name, text, count=1)


def _telling(asked: Question, leaned: list[Turn]) -> list[Turn]:
    """The turns without those that said "it" too of what the first one named: "Who wrote it?" says
    nothing of what "When was it published?" asks about."""
    if not says_it(asked.text) or is_ellipsis(asked.text):
        return leaned
    return leaned[:1] + [turn for turn in leaned[1:] if not says_it(turn.question)]


def _leaned_on(asked: Question, history: Sequence[Turn], names: Names | None) -> list[Turn]:
    """The turns that give the question its subject, back to one that stood alone, oldest first."""
    found: list[Turn] = []
    elliptical = is_ellipsis(asked.text)
    for turn in reversed(history[-_LOOK_BACK:]):
        # "And in Sheffield?" "And in Barnsley?": the second takes the place of the first.
        if not (elliptical and is_ellipsis(turn.question)):
            found.append(turn)
        if not follows_on(analyse(turn.question), names):
            break
    return found[::-1] or list(history[-1:])
