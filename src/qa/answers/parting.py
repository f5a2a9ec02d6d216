"""The questions asked in one breath, each by itself: "When was it due, and why was it late?".

They are parted where a question begins: at a question word, or at a verb with its subject ("and did
it say ..."), after "and", "also", "as well as" or a mark. What is said before or after a question
and asks nothing is left out, unless the question leans on it.
"""

from __future__ import annotations

import re

from qa.answers.leaning import follows_on
from qa.answers.questions import analyse
from qa.text import sentences

MOST_PARTS = 4
_ASKED_WITH = r"(?:who|whom|whose|what|when|where|why|how|which)\b"
_SUBJECT = (
    r"(?:(?:s?he|it|they|we|you|i|there|this|that|these|those|the|an?|any|anyone|anybody|all|both"
    r"|every|everyone|his|her|its|their|some|someone)\b|(?-i:[A-Z]))"
)
_VERB_FIRST = (
    rf"(?:(?:did|does)\s+(?!not\b)|(?:do|was|were|is|are|has|have|had|can|could|will|would|should)"
    rf"\s+(?={_SUBJECT}))"
)
_TELLING = r"(?:tell|give|show|list|name|say|state|describe|explain|find|summari[sz]e|compare)\b"
_DEMAND = (
    rf"(?:{_TELLING}\s+(?:(?:me|us|out)\s+)?"
    rf"(?={_ASKED_WITH}|(?:the|all|each|every|his|her|its|their)\b))"
)
_BEGINS = (
    rf"(?:{_ASKED_WITH}|{_VERB_FIRST}"
    r"|(?:in|at|on|by|for|to|from|since|until)\s+(?:what|which|whom|when)\b)"
)
_BETWEEN = r"(?:and(?:\s+(?:also|then|if so,?))?|also|plus|as\s+well\s+as|&)"
_JOINT = re.compile(
    # A question mark ends a question; all else parts two only where another begins.
    rf"(?<=\?)\s+(?=\S)|\s*[;\n]\s*(?:{_BETWEEN}\s+)?(?={_BEGINS}|{_DEMAND})"
    rf"|\s*[,–—]?\s+{_BETWEEN}\s+(?={_BEGINS}|{_DEMAND})"
    # A comma alone: what follows must be a question in its own form, "when it was" is none.
    r"|,\s+(?=(?:how\s+(?:many|much|long|often|old|did|do|was|were|is|are|has|have)"
    r"|(?:when|where|why|what)\s+(?:did|do|does|was|were|is|are|has|have|had|will))\b)",
    re.I,
)
_BARE = re.compile(rf"^\W*{_ASKED_WITH}", re.I)
_ENUMERATED = re.compile(rf",\s+(?={_ASKED_WITH})", re.I)
# "When Jay reported, how many ...": a clause of time, not a question.
_CLAUSE = re.compile(
    r"^\W*(?:when|where|while)\s+(?!(?:did|do|does|was|were|is|are|has|have|had|can|could|will"
    r"|would|should)\b)",
    re.I,
)
# "When and where was it held?", "how and why did it fail?"
_TWICE = re.compile(
    rf"^\W*(?P<one>when|where|how|why|who|what)\s+(?:and|&)\s+(?P<two>when|where|how|why|who|what)"
    rf"\s+(?P<rest>(?:{_VERB_FIRST}|was|were|is|are|did).*)$",
    re.I | re.S,
)
_SAME_OPENING = re.compile(
    r"^\W*(which|what|how many|how much|(?:in|at|on|by) which)\s+(.*)$", re.I
)
_HAS_VERB = re.compile(
    r"\b(?:did|do|does|was|were|is|are|has|have|had|can|could|will|would|should|\w+ed)\b", re.I
)
_ASKS = re.compile(
    rf"^\W*(?:(?:and|also|plus|then|but|so|please|can you|could you)\s+)*(?:{_BEGINS}|{_DEMAND})"
    r"|^\W*(?:(?:and|also|plus|what about|how about)\b)|\?\W*$",
    re.I,
)
_ENOUGH = 4
"""So many content words, or a name, make a question that needs nothing said before it."""


def parts_of(question: str) -> list[str]:
    """The questions that are asked, `MOST_PARTS` at most: what is beyond stays with the last."""
    asked = _asking(question)
    pieces = _pieces(asked, _JOINT)
    if len(pieces) > 1:
        pieces = [part for piece in pieces for part in _pieces(piece, _ENUMERATED)]
    pieces = [piece for at, piece in enumerate(pieces) if not at or _is_question(piece)]
    if len(pieces) > MOST_PARTS:
        begin = asked.index(pieces[MOST_PARTS - 1])
        pieces = [*pieces[: MOST_PARTS - 1], asked[begin:]]
    twice = _TWICE.match(pieces[0])
    if twice:
        pieces[:1] = [f"{twice[word]} {twice['rest']}" for word in ("one", "two")]
    return pieces if len(pieces) > 1 or pieces[0] != asked.strip() else [asked]


def _pieces(text: str, joint: re.Pattern[str]) -> list[str]:
    """The text parted at the joints where a whole question stands before them."""
    pieces: list[str] = []
    begun = 0
    for match in joint.finditer(text):
        before, after = text[begun : match.start()].strip(), text[match.end() :].strip()
        if _is_whole(before, match.group(), after) and _says_something(after):
            pieces.append(before)
            begun = match.end()
    return [*pieces, text[begun:].strip()]


def _is_whole(before: str, joint: str, after: str) -> bool:
    """Whether a question is complete before the joint.

    "According to Jay" before ", how many" is none, nor is "which towns" before "and which years did
    it cover".
    """
    asked = analyse(before)
    if not asked.words or not (_is_question(before) or asked.kind != "other"):
        return False
    if joint.strip() == "," and _CLAUSE.match(before):
        return False
    one, two = _SAME_OPENING.match(before), _SAME_OPENING.match(after)
    if one and two and one[1].casefold() == two[1].casefold():
        return len(asked.words) > 1 or _HAS_VERB.search(one[2]) is not None
    return True


def _says_something(text: str) -> bool:
    asked = analyse(text)
    return bool(asked.words) or asked.kind != "other" or _BARE.match(text) is not None


def _is_question(piece: str) -> bool:
    return _ASKS.search(piece) is not None


def _asking(text: str) -> str:
    """The text from its first question on, if that stands alone; else the whole of it.

    "I am a student. When was the Denby report published?" asks what its second sentence asks.
    """
    spans = list(sentences(text))
    asking = [(start, end) for start, end in spans if _is_question(text[start:end])]
    if not asking or asking[0] == spans[0]:
        return text
    rest = text[asking[0][0] :]
    asked = analyse(text[slice(*asking[0])])
    whole = any(word.name for word in asked.words) or len(asked.words) >= _ENOUGH
    return rest if whole and not follows_on(asked) else text
