"""A question of a conversation made to stand alone, without a language model.

A follow-up leans on what came before in ways that show on its surface: it opens with "and" or
"what about", it says "it", "they" or "that", or it is too short to name its subject. Such a
question is searched together with the question it leans on, whose words count for less.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.answers.questions import Question, analyse
from qa.answers.spans import spans_of
from qa.types import Answer, Turn

_OPENING = re.compile(
    r"^\W*(?:and|but|or|so|also|then|what about|how about|what else|any(?:thing|one)? else)\b", re.I
)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|those|these|this|there|ones?"
    r"|the (?:first|second|last|former|latter|same|other|others|rest)"
    r"|(?:the|that|this) (?:report|review|inquiry|audit|operation|investigation|number|figure"
    r"|finding|recommendation|author|chair|committee|force|council|document|case)s?"
    r"(?! of\b| that\b| on\b| into\b| in\b))\b",
    re.I,
)
_SHE_OR_HE = re.compile(r"\b(?:he|him|his|she|her|hers)\b", re.I)
# "that" points back unless it opens a clause ("found that", "the day that").
_POINTING_THAT = re.compile(
    r"^\W*that\b|\b(?:was|is|were|did|does|has|do|of|for|to|like) that\b", re.I
)
_BARE = re.compile(
    r"^\W*(?:why|when|where|who|how|which|how many|how much|really|since when)\W*$", re.I
)
_QUESTION_WORD = (
    r"(?:who|whom|whose|what|when|where|why|how|which|did|was|were|is|are|does|do|has|have|had)\b"
)
_JOINT = re.compile(rf"(?<=\?)\s+(?=\S)|[,;]?\s+and\s+(?={_QUESTION_WORD})", re.I)
_MOST_PARTS = 3
_CONTEXT_WEIGHT = 0.5
_REPLACED_WEIGHT = 0.25
"""What they count where others take their place: "And in Sheffield?", or "she" for who was named.
"""
_CONTEXT_WORDS = 80
_FEW = 2
_LOOK_BACK = 3


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that stands alone, and the documents that the conversation was about.

    ``uris`` are those cited by the answer it follows on; none where it does not follow on.
    """

    question: Question
    uris: tuple[str, ...] = ()


def parts_of(question: str) -> list[str]:
    """The questions that are asked in one breath: "When was it due, and why was it late?" has two.

    There are at most three; what is asked beyond that stays with the third.
    """
    parts = [part.strip() for part in _JOINT.split(question, maxsplit=_MOST_PARTS - 1)]
    asked = [part for part in parts if analyse(part).words or analyse(part).kind != "other"]
    return asked if len(asked) > 1 else [question]


def resolve(question: str, history: Sequence[Turn] = (), *, continues: bool = False) -> Resolved:
    """The question as it has to be searched; without history, or standing alone, as it is.

    With ``continues`` it leans on the last turn whatever its form.
    """
    asked = analyse(question)
    if not history or not (continues or follows_on(asked)):
        return Resolved(asked)
    context = _last_words(" ".join(turn.question for turn in _leaned_on(asked, history)))
    person = _person_answered(history[-1]) if _SHE_OR_HE.search(question) else []
    whole = analyse(" ".join([context, *person, question]))
    begin = len(context) + 1
    replaced = person or _OPENING.search(question)
    weight = _REPLACED_WEIGHT if replaced else _CONTEXT_WEIGHT
    words = tuple(
        word if word.span[0] >= begin else replace(word, weight=weight) for word in whole.words
    )
    before = analyse(context)
    inherits = asked.kind == "other"
    resolved = replace(
        whole,
        words=words,
        kind=before.kind if inherits else asked.kind,
        counted=before.counted if inherits else asked.counted,
    )
    last = history[-1].answer
    cited = last.citations if isinstance(last, Answer) else ()
    return Resolved(resolved, tuple(dict.fromkeys(citation.uri for citation in cited)))


def follows_on(asked: Question) -> bool:
    """Whether the question leans on what came before it."""
    text = asked.text
    if _OPENING.search(text) or _BARE.match(text) or _POINTING_THAT.search(text):
        return True
    if len(asked.words) <= _FEW and not any(word.name for word in asked.words):
        return True
    pronoun = _PRONOUN.search(text)
    if pronoun is None:
        return False
    # What stands before the pronoun in the same question is what it means, if it is a name ("Did
    # Drew say he ...?") or enough of a clause ("Which reviews found that police and their ...").
    before = [word for word in asked.words if word.span[1] <= pronoun.start()]
    return len(before) <= _FEW and not any(word.name for word in before)


def _last_words(context: str) -> str:
    """The end of a long context: the question itself must not fall out of what is encoded."""
    return " ".join(context.split()[-_CONTEXT_WORDS:])


def _person_answered(turn: Turn) -> list[str]:
    """Who the turn's answer named, where it was asked who: "she" is that person now."""
    if analyse(turn.question).kind not in ("agent", "person"):
        return []
    said = turn.answer.short if isinstance(turn.answer, Answer) else turn.answer
    return [said[start:end] for start, end in spans_of("person", said)[:1]]


def _leaned_on(asked: Question, history: Sequence[Turn]) -> list[Turn]:
    """The turns that give the question its subject, back to one that stood alone, oldest first."""
    found: list[Turn] = []
    elliptical = bool(_OPENING.search(asked.text))
    for turn in reversed(history[-_LOOK_BACK:]):
        before = analyse(turn.question)
        # "And in Sheffield?" "And in Barnsley?": the second takes the place of the first.
        if not (elliptical and _OPENING.search(turn.question)):
            found.append(turn)
        if not follows_on(before):
            break
    return found[::-1] or list(history[-1:])
