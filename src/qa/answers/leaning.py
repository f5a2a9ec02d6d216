"""Whether a question leans on what was said before it, read off its own surface.

It does where it opens with "and" or "what about", says "it", "they" or "that number" of something
that it does not name itself, or is too short to have a subject.
"""

from __future__ import annotations

import re

from qa.answers.naming import Names
from qa.answers.questions import Question, analyse

FEW = 2
"""A question of so few content words, none of them a name, has no subject of its own."""
_ENOUGH = 4
"""One of so many that names a document has one, even if it opens with "and"."""
_MOST_OF_ANOTHER = 5
"""One that asks what is said elsewhere, or since, has none if it has no more than these."""
_OPENING = re.compile(
    r"^\W*(?:and|but|or|so|also|then|what about|how about|what else|any(?:thing|one)? else)\b", re.I
)
_NOUNS = (
    r"(?:report|review|inquiry|audit|operation|investigation|number|figure|finding"
    r"|recommendation|author|chair|committee|force|council|document|case)s?"
)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|those|these|this"
    r"|the (?:former|latter|same|others?|rest)(?! of\b)"
    r"|the (?:first|second|third|last) (?:ones?|two|three)"
    r"|(?:which|that|this|another|each|any|no|what) ones?|ones?(?=\W*$)"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )(?<!be )there)\b",
    re.I,
)
_DEFINITE = re.compile(
    rf"\b(?:the|that|this) {_NOUNS}(?!-)(?! of\b| that\b| on\b| into\b| in\b)\b", re.I
)
# "that" points back unless it opens a clause ("found that", "the day that").
_POINTING_THAT = re.compile(
    r"^\W*that\b|\b(?:was|is|were|did|does|has|do|of|for|to|like|before|after|since|over|about"
    r"|with|by|from|than) that\b|\bthat\W*$",
    re.I,
)
_ENDS_IN_THAT = re.compile(r"(?:before|after|since|about) that\W*$", re.I)
# "Was it the council that ...", "Why did it take so long to ...": "it" is what comes behind it.
_CLEFT = re.compile(
    r"\b(?:was|is|wasn['’]t|isn['’]t)\s+it\b(?=.*\b(?:that|who|whom|where|when|which)\b)"
    r"|\bit\s+(?:takes?|took)\b(?=.*\b(?:to|until|before)\b)",
    re.I,
)
# "Who said he felt ...?": he is who is asked for.
_OF_THE_ASKED = re.compile(
    r"^\W*(?:who|which [\w’'-]+) (?:sa(?:id|ys)|told|thought|felt|claimed|admitted|believed"
    rf"|wrote|found)\b.*?\b(?:he|his|him|she|her|they|their|the {_NOUNS})\b",
    re.I,
)
_CHANGE = re.compile(
    r"\b(?:revis\w+|updat\w+|correct(?:ed|ion)\w*|chang(?:ed|es?|ing)|later|newer|latest|since then"
    r"|more recent(?:ly)?|superseded|challenged|disputed|contradict\w*|differ\w*"
    r"|(?:other|different) (?:figures?|numbers?|counts?|estimates?|reports?|reviews?|sources?)"
    r"|anyone else|else(?:where)?)\b",
    re.I,
)
_ASKING = re.compile(r"\b(?:what|which|how)\b(?! about\b| of\b)", re.I)
_ANOTHER_TOPIC = re.compile(
    r"^\W*(?:(?:and|but|so|then|or)\b\W*)?(?P<what>(?:what|how)\s+)?(?:about|on|for|regarding)\s+"
    r"(?P<topic>[^?!.,;:]*\w)\W*$",
    re.I,
)
_TOLD_ABOUT = re.compile(
    r".*\b(?:say|said|tell|told|find|found|conclude|concluded|recommend|recommended|propose|proposed"
    r"|report|reported|write|wrote|written|learn|learned|make|made|findings|recommendations)\s+"
    r"(?:about|on|for|regarding|concerning)\s+(?=\w)",
    re.I | re.S,
)
# What says more than the name of a topic.
_CLAUSE = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|if|is|are|was|were|did|does|do|has|have|had"
    r"|can|could|will|would|should|it|its|them|they|their|that|this|those|these|one|ones)\b",
    re.I,
)


def is_ellipsis(text: str) -> bool:
    """Whether the question puts something in the place of something asked about before."""
    return _OPENING.search(text) is not None


def retold(text: str, before: str, names: Names | None = None) -> str:
    """The question ``before`` with another topic, where that is all that the text says.

    "What did the inquiry find about gauges?" and then "And about sluices?" asks what the inquiry
    found about sluices. Where something else may be replaced, as by "What about Selby?", or the
    name of a document would go, the text is left as it is.
    """
    another, told = _ANOTHER_TOPIC.match(text), _TOLD_ABOUT.match(before)
    if not another or not told or _CLAUSE.search(topic := another["topic"]):
        return text
    if another["what"] and any(word.name for word in analyse(text).words):
        return text
    whole = f"{told.group()}{topic}?"
    return text if names and names.named(whole) != names.named(before) else whole


def asks_anew(text: str) -> bool:
    """Whether it says itself what kind of thing it asks for: "What was his job?", and no person."""
    return _ASKING.search(text) is not None and not is_ellipsis(text)


def asks_on(text: str) -> bool:
    """Whether it asks what became of a thing, or what others say: other documents may tell."""
    return _CHANGE.search(text) is not None


def says_it(text: str) -> bool:
    """Whether it says "it", "they" or "the report" of what it is about, and has no name."""
    pointing = _PRONOUN.search(text) or _DEFINITE.search(text) or _POINTING_THAT.search(text)
    return pointing is not None and not any(word.name for word in analyse(text).words)


def follows_on(asked: Question, names: Names | None = None) -> bool:
    """Whether the question leans on what came before it; ``names`` are those of the documents."""
    text = asked.text
    named = bool(names and names.named(text))
    if is_ellipsis(text):
        return not named or len(asked.words) < _ENOUGH
    if len(asked.words) <= FEW and not named and not any(word.name for word in asked.words):
        return True
    if not named and _DEFINITE.search(text) and not _OF_THE_ASKED.match(text):
        return True
    if asks_on(text) and not named and not any(word.name for word in asked.words):
        return len(asked.words) <= _MOST_OF_ANOTHER
    return any(
        not _is_bound(asked, match.start(), names)
        for match in (_POINTING_THAT.search(text), _pronoun(text))
        if match
    )


def _pronoun(text: str) -> re.Match[str] | None:
    """The first pronoun that may mean something outside the question."""
    cleft = _CLEFT.search(text)
    start = cleft.end() if cleft else 0
    own = _OF_THE_ASKED.match(text, start)
    return _PRONOUN.search(text, own.end() if own else start)


def _is_bound(asked: Question, place: int, names: Names | None) -> bool:
    """Whether what stands before the pronoun in the same question is what it means.

    It is, if that is a name ("Did Drew say he ...?") or enough of a clause ("Which reviews found
    that police and their ...").
    """
    if _ENDS_IN_THAT.match(asked.text, place):
        return False
    before = [word for word in asked.words if word.span[1] <= place]
    if len(before) > FEW or any(word.name for word in before):
        return True
    return bool(names and names.named(asked.text[:place]))
