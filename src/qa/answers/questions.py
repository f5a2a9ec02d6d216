"""What a question asks for: its kind, its names and numbers, and the thing it counts.

The kinds are read off the question's own form, so they hold for any corpus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from qa.text import STOP_WORDS, Span, fold, stem, words

Kind = Literal["money", "number", "date", "agent", "person", "place", "reason", "yes_no", "other"]
"""An agent is a person or a body ("who"); a person is somebody to be named ("which officer").
"""
TYPED = ("money", "number", "date", "agent", "person")
"""The kinds whose answers can be told by their form."""

# The first of these in a question says what it asks for; of two that begin together, the one that
# stands first here. "What ... when ..." asks what.
_RULES: tuple[tuple[Kind, str], ...] = (
    (
        "number",
        r"\bhow (?:many|long|big|large|often|old)\b|\b(?:what|which) (?:number|share|proportion"
        r"|percentage|percent|fraction|total)\b|\bnumber of\b|\bcount of\b|\bpercentage\b",
    ),
    (
        "date",
        r"\bwhen\b|\b(?:what|which) (?:dates?|years?|day|month|period)\b|\bhow long ago\b"
        r"|\bsince what\b|\bdate of\b",
    ),
    (
        "person",
        r"\bwhich (?:person|man|men|woman|women|officers?|ministers?|authors?|judges?|inspectors?"
        r"|professors?|detectives?|councillors?|reporters?|journalists?)\b"
        r"|\bnames? of the (?:m[ae]n|wom[ae]n|boys?|girls?|brothers?|people|person|officers?"
        r"|victims?|leader|chair|judge)\b"
        r"|\bname (?:all |each |every )?(?:of )?the (?:[\w'’-]+ ){0,2}?"
        r"(?:people|persons?|m[ae]n|wom[ae]n|officers?|ministers?|authors?|judges?|inspectors?|professors?|detectives?|councillors?"
        r"|advis[eo]rs?|leaders?|members?|chairs?|chairmen|journalists?|witness(?:es)?)\b",
    ),
    ("agent", r"\bwho(?:se|m)?\b"),
    ("place", r"^\W*where\b|\bwhich (?:place|town|city|area|areas|district|county|borough)\b"),
    ("reason", r"\bwhy\b|\bwhat (?:reasons?|caused|made|led)\b|\bhow come\b|\bwhat for\b"),
    ("other", r"\b(?:what|which|how)\b"),
)
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _RULES)
_MONEY = re.compile(
    r"\b(?:money|costs?|budget|price|bill|salary|fees?|compensation|funding)\b", re.IGNORECASE
)
_YES_NO = re.compile(
    r"^\W*(?:and |but |so |then )?(?:is|are|was|were|did|does|do|has|have|had|can|could|will|would"
    r"|should|any)\b",
    re.IGNORECASE,
)
# "Did Jay say how many ...?" asks for the number, not for a yes.
_REPORTED = re.compile(
    r"\b(?:say|said|tell|told|know|known|explain|explained|state|stated|give|find out|clear|reveal"
    r"|mention)\s+(?:how|when|who|whom|why|where|which|what)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:how many|number of|count of|(?:share|proportion|percentage|percent) of)\s+(?:of\s+)?"
    r"(?:the\s+|all\s+|her\s+|his\s+|its\s+|their\s+|these\s+|those\s+)?((?:[\w'’-]+\s*){1,4})",
    re.IGNORECASE,
)
_PLURAL = (
    r"(?!(?:is|was|does|has|this|his|its|happens|says|means)\b)"
    r"(?:[\w-]*[^\Wsui]s|[\w-]+ies|people|children|men|women|criteria)\b(?!['’])"
)
_SEVERAL = re.compile(
    r"^\W*(?:(?:please|can|could|you)\s+)*(?:list|enumerate)\b|\bthe (?:names|list) of\b"
    r"|\b(?:name|list|give|show|tell)\b.{0,12}\b(?:all|every|each)\b"
    rf"|(?:\bname the|^\W*(?:the )?(?:main|key|all(?: the)?))\s+(?:[\w-]+\s+){{0,2}}?{_PLURAL}"
    # "what themes", "which of the councils", "what were the three main findings"
    r"|\b(?:what|which)\s+(?!(?:one|had|made|did|do|could|would|should|happened)\b)"
    rf"(?:(?!(?:is|was|does|did|has|had)\b)[\w'’-]+\s+){{0,4}}?{_PLURAL}"
    r"|\bwhat\s+(?:did|do|does|has|have|had)\b.*\b(?:recommend|find|found|conclude|propose"
    r"|suggest|identify|call(?:ed)? for|ask(?:ed)? for|criticise|want\b.+\bdo)(?:ed|d)?\W*$"
    r"|\bwho(?:m)?\s+(?:were|are)\b",
    re.IGNORECASE | re.DOTALL,
)
_ONE_OF_A_KIND = ("number", "date", "reason", "yes_no")

_ASKER = re.compile(r"\bmy\b|^\W*(?:should|shall|must|may|will|am)\s+i\b", re.IGNORECASE)
_HOW_DO_I = re.compile(r"^\W*how\s+(?:do|can|could|should|would|shall)\s+i\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of the question: its span, its term, and whether it reads as a name.

    ``weight`` is 1 for a word of the question itself, less for one drawn from the conversation.
    """

    span: Span
    term: str
    name: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart. ``counted`` are the terms of what "how many" counts."""

    text: str
    kind: Kind
    words: tuple[Word, ...]
    counted: tuple[str, ...]

    @property
    def demands(self) -> bool:
        """Whether nothing answers it that holds nothing of its kind: no "when" without a date."""
        if self.kind == "number":
            return bool(self.counted)
        return self.kind in ("date", "person") or (
            self.kind == "money" and "how much" in self.text.casefold()
        )

    @property
    def terms(self) -> dict[str, float]:
        """The content terms with their weights, each once, in order."""
        weights: dict[str, float] = {}
        for word in self.words:
            weights[word.term] = max(weights.get(word.term, 0.0), word.weight)
        return weights


def analyse(text: str) -> Question:
    """The question taken apart; any text at all will do."""
    found = []
    for start, end in words(text):
        folded = fold(text[start:end])
        if not folded or folded in STOP_WORDS:
            continue
        before = text[max(0, start - 8) : start].rstrip(" \"'“‘(")
        opens = not before or before.endswith((".", "?", "!"))
        found.append(Word((start, end), stem(folded), text[start].isupper() and not opens))
    return Question(text, _kind(text), tuple(found), _counted(text))


def asks_for_several(text: str) -> bool:
    """Whether the question asks for several things: "what themes", "list ...", "who were".

    It is read off the plural; "what did it recommend" may have one answer or many.
    """
    return _SEVERAL.search(text) is not None and _kind(text) not in _ONE_OF_A_KIND


def about_the_asker(text: str) -> bool:
    """Whether it asks about whoever asks, of whom no document knows: "Is my neighbour ...?"

    "What did my council do?" does not: what is asked for is no yes.
    """
    asks = _ASKER.search(text) is not None and _kind(text) == "yes_no"
    return asks or _HOW_DO_I.search(text) is not None


def _kind(text: str) -> Kind:
    if _YES_NO.search(text) and not _REPORTED.search(text):
        return "yes_no"  # "Was it closed when it flooded?" asks for no date
    found = [
        (match.start(), order, kind)
        for order, (kind, rule) in enumerate(_KINDS)
        if (match := rule.search(text))
    ]
    kind = min(found)[2] if found else "other"
    return "money" if kind == "other" and _MONEY.search(text) else kind


def _counted(text: str) -> tuple[str, ...]:
    match = _COUNTED.search(text)
    if not match:
        return ()
    counted = []
    for start, end in words(match.group(1)):
        folded = fold(match.group(1)[start:end])
        if folded in STOP_WORDS:
            break
        counted.append(stem(folded))
    return tuple(counted)
