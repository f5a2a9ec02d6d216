"""One question put to each of several reviews by itself: a row for each, quoted or silent."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Sequence
from dataclasses import replace

from qa.answers.answering import Answerer
from qa.answers.leaning import follows_on
from qa.answers.metadata import KINDS
from qa.answers.naming import Names, names_of
from qa.answers.parting import parts_of
from qa.answers.questions import analyse
from qa.text import terms, words
from qa.types import Answer, Citation, Comparison, ComparisonRow, DocumentSummary, Turn

_SPEAKS = (
    r"(?:say|said|find|found|make|made|give|gave|given|see|saw|seen|hear|heard|speak|spoken?|set"
    r"|put|tell|told|take|taken|think|thought|know|known|write|written|cover|name|ask|look|call"
    r"|recommend|conclud|report|identif|describ|critici[sz]|mention|stat|examin|estimat|count|list"
    r"|suggest|warn|consider|discover|establish|propos|urg|want|accept|prais|blam|publish|deal"
    r"|interview|investigat|highlight|explain|reject|address|receiv|includ|quot)\w*"
)
# Before the review that speaks: "What did Drew find", "according to Jay", "were made by Drew", "in
# the Jay report". One that is spoken of ("What did it say about Jay?") stays.
_BEFORE = re.compile(
    rf"\b(?:(?P<does>did|does|do|has|have|had)|according to|{_SPEAKS}\s+by|(?P<within>in))\s+",
    re.IGNORECASE,
)
_THEN_SPEAKS = re.compile(
    rf"\s+(?:(?:also|not|ever|then|really|itself)\s+)*{_SPEAKS}", re.IGNORECASE
)
_PRONOUN = re.compile(r"it|they|he|she", re.IGNORECASE)
_ENDING = re.compile(r"(?:\s+of)?(?:\s+\(?\d{4}\)?)?$")
_LONGEST_NAME = 8
_IT = "it"
# What takes its place where it is to be seen whether a question stands alone: "it" would lean on
# what was asked before, and here it is the review.
_A_NAME = "Review"


def compare(
    answerer: Answerer,
    question: str,
    *,
    documents: Sequence[DocumentSummary],
    reviews: Sequence[str] | None = None,
    uris: Sequence[str] | None = None,
    history: Sequence[Turn] = (),
) -> Comparison:
    """A row for each of the reviews, which are known, in their order; for all where None.

    Of each the documents are asked that are among ``uris``; it has no row where none of them is.

    Each is answered as `Answerer.stream` answers from its documents alone. A review that the
    question names as the one that speaks gives way to "it": else the others would be asked about
    that review.
    """
    begun = time.perf_counter()
    names = names_of(documents)
    asked = of_each(question, names)
    before = _leaned_on(question, history, names)
    rows: list[ComparisonRow] = []
    query, cited = asked, 0
    for review, own in _chosen(documents, reviews, uris):
        *_, answer = answerer.stream(asked, documents=documents, uris=own, history=before)
        citation = _best(answer, cited + 1)
        cited += citation is not None
        query = query if rows else answer.query
        rows.append(_row(review, own, answer, citation))
    return Comparison(question, query, tuple(rows), time.perf_counter() - begun)


def of_each(question: str, names: Names, it: str = _IT) -> str:
    """The question put to every review: "What did Drew find?" is "What did it find?".

    ``it`` takes the place of such a pronoun too: side by side, "it" is the review.
    """
    for before in reversed(list(_BEFORE.finditer(question))):
        rest = question[before.end() :]
        for end in reversed([end for _, end in itertools.islice(words(rest), _LONGEST_NAME)]):
            if _speaks(before, rest, end, names):
                if it != _IT or not _PRONOUN.fullmatch(rest[:end]):
                    question = f"{question[: before.end()]}{it}{rest[end:]}"
                break
    return question


def _leaned_on(question: str, history: Sequence[Turn], names: Names) -> list[Turn]:
    """The last turns, back to one that stands alone; none where the question does itself."""
    before: list[Turn] = []
    if not _leans(question, names):
        return before
    for turn in reversed(history):
        before.insert(0, replace(turn, question=of_each(turn.question, names)))
        if not _leans(turn.question, names):
            break
    return before


def _leans(question: str, names: Names) -> bool:
    whole = of_each(question, names, _A_NAME)
    return any(follows_on(analyse(part), names) for part in parts_of(whole))


def _speaks(before: re.Match[str], rest: str, end: int, names: Names) -> bool:
    """Whether ``rest[:end]`` names a review, or means one, that is asked what it says itself."""
    said = rest[:end]
    spoken = _THEN_SPEAKS.match(rest, end) if before["does"] else None
    if spoken and _PRONOUN.fullmatch(said):
        return bool(terms(rest[spoken.end() :]))
    if before["does"] and not spoken:
        return False
    if before["within"] and not _ends_in_kind(_ENDING.sub("", said)):
        return False
    return _names_one(said, names)


def _names_one(phrase: str, names: Names) -> bool:
    """Whether the phrase is a review's name: "Professor Jay" is one where a review is called Jay;
    "critics of Jay" and "Jay council" are not."""
    bare = _ENDING.sub("", phrase)
    said = [bare[start:end] for start, end in words(bare)]
    a_report = _ends_in_kind(bare)
    known = {term for name in names.uris for term in name}
    for word in said:
        held = terms(word)
        small = word[0].islower() and not known.issuperset(held)
        if word.casefold() not in ("the", "and", "or") and (not held or (small and not a_report)):
            return False
    if not said or not terms(said[-1]):
        return False
    named = names.named(bare)
    return bool(named) and (a_report or named != names.named(" ".join(said[:-1])))


def _ends_in_kind(phrase: str) -> bool:
    """Whether it ends in "report", "inquiry" or the like."""
    return bool(KINDS.intersection(terms(phrase)[-1:]))


def _chosen(
    documents: Sequence[DocumentSummary],
    reviews: Sequence[str] | None,
    among: Sequence[str] | None,
) -> list[tuple[str, tuple[str, ...]]]:
    """Each review once, as its documents name it, with their uris."""
    uris: dict[str, list[str]] = {}
    called: dict[str, str] = {}
    for document in documents:
        folded = document.review.casefold()
        held = uris.setdefault(folded, [])
        if among is None or document.uri in among:
            held.append(document.uri)
        called.setdefault(folded, document.review)
    wanted = uris if reviews is None else dict.fromkeys(name.casefold() for name in reviews)
    return [(called[folded], tuple(uris[folded])) for folded in wanted if uris[folded]]


def _best(answer: Answer, number: int) -> Citation | None:
    """The answer's first quote under this number; None where it has none."""
    return replace(answer.citations[0], number=number) if answer.citations else None


def _row(
    review: str, uris: tuple[str, ...], answer: Answer, citation: Citation | None
) -> ComparisonRow:
    return ComparisonRow(
        review=review,
        uris=uris,
        citation=citation,
        outcome=answer.outcome if citation else "not_found",
        confidence=answer.confidence,
        short=answer.short if citation else "",
    )
