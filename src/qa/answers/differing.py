"""Figures that sources give differently for the same thing, each with its source and date.

What is said here has to be right more than it has to be complete: a figure for a part, for another
place or another year is no other figure for the same thing. So a sentence has to say all that the
question asks for, or to put figures side by side itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from qa.answers.conversation import REPLACED_WEIGHT
from qa.answers.counting import TELLING, Mention, counts, is_plural, mentions, nouns_at
from qa.answers.metadata import MONTHS, YEAR
from qa.answers.naming import Names
from qa.answers.questions import Question, analyse
from qa.answers.quoting import Quote, quote_from
from qa.answers.sourcing import source_of
from qa.text import fold, sentences, stem, terms
from qa.types import Hit

MOST_FIGURES = 6
_ALIKE = tuple(
    frozenset(terms(group))
    for group in ("people persons individuals", "victims survivors", "homes houses dwellings")
)
_LIGHT = frozenset(
    terms(
        "comprise consist include contain involve comprises run carried conducted undertaken total"
        " there altogether overall many number count"
    )
)
"""What is said of anything that is counted, in any words."""
_A_FIGURE = re.compile(r"\b(?:numbers?|figures?|counts?|estimates?|totals?|tally)\b", re.IGNORECASE)
_ASKED = re.compile(r"\b(?:how many|(?:number|count|total) of)\b", re.IGNORECASE)
_SIDE_BY_SIDE = re.compile(
    r"\b(?:differ\w*|disagree\w*|against|whereas|while|according to|compared|contradict\w*"
    r"|inconsistent|revised|corrected|discrepan\w*)\b",
    re.IGNORECASE,
)
_ESTIMATES = re.compile(
    r"\b(?:estimat|put|said|says|gave|gives|according|count|conclud|calculat|suggest|differ)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:in|at|for|from|across|near|within) (?:the )?([A-Z][\w’'-]+)")
_COMPLEMENT = re.compile(
    r"(?:[\"”’]?\s+[\w’'-]+){1,4}?\s+of (?:the |its |their )?((?:[\w’'-]+ ?){1,4})"
)
_BY_OTHERS = re.compile(
    r"(?:\s+[\w’'-]+){1,4}?\s+by (?!the [A-Z])((?:the )?[a-z][\w’'-]+(?: [a-z][\w’'-]+)*)"
)
_CLAUSE_END = re.compile(r"[,;:.]")
_MONTHS = frozenset(terms(" ".join(MONTHS)))
_TELLING_VALUE = 100
"""A figure this large that two nouns have in common makes them names of one thing."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, who gives it and when, and the sentence that says so."""

    mention: Mention
    source: str
    date: str
    quote: Quote

    @property
    def order(self) -> tuple[str, float]:
        """By year and month, those without a date last."""
        return _sortable(self.date), self.mention.value


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a question counts: ``nouns``, and what must be said of them."""

    nouns: frozenset[str]
    names: frozenset[str]
    rest: frozenset[str]
    numbers: frozenset[str]
    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its figures.

    ``own`` are its terms, ``headed`` those of the heading right above it, ``around`` those of all
    its headings; ``documents`` are those that it names.
    """

    quote: Quote
    figures: tuple[Mention, ...]
    own: frozenset[str]
    headed: frozenset[str]
    around: frozenset[str]
    documents: frozenset[str]


def differing(
    question: Question,
    hits: Sequence[Hit],
    chosen: Sequence[Quote],
    *,
    names: Names,
    proper: Collection[str],
) -> list[Figure]:
    """At least two figures that sources give for what the question counts, by date; or none.

    ``chosen`` are the quotes of the answer, best first: one of them has to hold a figure. ``hits``
    are where others are looked for. ``proper`` are the question's terms known to be names.
    """
    asked = _asked(question, names, proper)
    if asked is None:
        return []
    found = [
        each
        for each in _sentences(hits, names if asked.documents else None)
        if asked.names | asked.numbers <= each.own | each.headed
        and (not asked.documents or asked.documents & (each.documents or {each.quote.uri}))
    ]
    anchor = _anchor(asked, found, chosen)
    if anchor is None:
        return []
    accepted = _accepted(asked, found, anchor)
    groups = _by_value(accepted)
    if len(groups) < 2:
        return []
    picked = _fewest(groups, chosen)
    return sorted(
        (_figure(each, mention, names, question) for each, mention in picked),
        key=lambda figure: figure.order,
    )[:MOST_FIGURES]


def noted(figures: Sequence[Figure], numbers: Sequence[int]) -> str:
    """The sentence that says how the figures differ; ``numbers`` are those of their quotes."""
    if not figures:
        return ""
    said = []
    for figure, number in zip(figures, numbers, strict=True):
        given = ", ".join(part for part in (figure.source, figure.date) if part)
        said.append(f"{_written(figure.mention)} ({given}) [{number}]")
    return f"The sources give different figures: {'; '.join(said)}."


def _written(mention: Mention) -> str:
    before = {"least": "at least ", "most": "up to ", "about": "about ", "exact": ""}
    return f"{before[mention.exactness]}{mention.text}"


def _asked(question: Question, names: Names, proper: Collection[str]) -> _Asked | None:
    """What is counted, by the question itself or by the one that it leans on."""
    own = [word for word in question.words if word.weight == 1]
    if question.kind != "number":
        begin = own[0].span[0] if own else len(question.text)
        if not _A_FIGURE.search(question.text, begin):
            return None
    text = next((part for part in re.split(r"(?<=\?)\s", question.text) if _ASKED.search(part)), "")
    counted = analyse(text)
    if not counted.counted:
        return None
    spelled = {word.term: counted.text[slice(*word.span)] for word in counted.words}
    plural = [term for term in counted.counted if is_plural(spelled.get(term, ""))]
    noun = (plural or counted.counted)[0]
    used = question if question.kind == "number" else counted
    named = {
        word.term for word in used.words if (word.name or word.term in proper) and word.term != noun
    }
    fresh = {
        word.term for word in used.words if word.weight > REPLACED_WEIGHT and word.term in named
    }
    meant = names.meant(text) or names.meant(question.text)
    called = {term for each in meant for term in each.name}
    rest = {word.term for word in used.words} - named - called - {noun} - TELLING - _LIGHT
    numbers = {term for term in rest if term[:1].isdigit()}
    alike = [group for group in _ALIKE if noun in group]
    return _Asked(
        nouns=frozenset({noun}).union(*alike),
        names=frozenset((fresh or named) - called),
        rest=frozenset(rest - numbers),
        numbers=frozenset(numbers),
        documents=frozenset(uri for each in meant for group in each.groups for uri in group),
    )


def _sentences(hits: Sequence[Hit], names: Names | None) -> list[_Sentence]:
    """Every sentence of the hits that holds a figure, in the order of the hits.

    Which documents it names is left out without ``names``.
    """
    found = []
    for hit in hits:
        passage = hit.passage
        around = frozenset(terms(passage.heading))
        title, _, last = passage.heading.rpartition(" > ")
        headed = frozenset(terms(last) if title else ())
        for start, end in sentences(passage.text):
            text = passage.text[start:end]
            figures = mentions(text)
            if figures:
                quote = quote_from(passage, start, end)
                told = names.named(text) or (names.named(last) if title else []) if names else []
                own = frozenset(terms(text))
                found.append(_Sentence(quote, figures, own, headed, around, frozenset(told)))
    return found


def _anchor(
    asked: _Asked, found: Sequence[_Sentence], chosen: Sequence[Quote]
) -> tuple[_Sentence, Mention] | None:
    """The best quote's figure for what is counted."""
    for quote in chosen:
        for each in found:
            inside = quote.start <= each.quote.start and each.quote.end <= quote.end
            if each.quote.uri != quote.uri or not inside:
                continue
            fitting = [mention for mention in each.figures if _fits(asked, each, mention)]
            many = len({mention.value for mention in fitting})
            # Two figures that are not held against each other are a series, or parts.
            if fitting and (many == 1 or _SIDE_BY_SIDE.search(each.quote.text)):
                return each, fitting[0]
    return None


def _fits(asked: _Asked, each: _Sentence, mention: Mention) -> bool:
    """Whether the figure counts what is asked for, in the place that is asked for."""
    allowed = asked.names | asked.rest | each.around
    if not counts(mention, asked.nouns, allowed):
        return False
    if mention.told and mention.told not in asked.rest | asked.nouns:
        return False
    after = each.quote.text[mention.span[1] :]
    of = _COMPLEMENT.match(after)
    if of and not {*nouns_at(of[1])} & (asked.names | asked.rest | asked.nouns):
        return False  # "pages of evidence" are no pages of the report
    by = _BY_OTHERS.match(after)
    if by and not set(terms(by[1])) & (asked.rest | asked.nouns):
        return False  # nor are "recommendations made by earlier reviews" its own
    clause = after[: end.start()] if (end := _CLAUSE_END.search(after)) else after
    places = {stem(fold(match[1])) for match in _PLACE.finditer(clause)} - _MONTHS
    return not asked.names or places <= asked.names | each.around


def _accepted(
    asked: _Asked, found: Sequence[_Sentence], anchor: tuple[_Sentence, Mention]
) -> list[tuple[_Sentence, Mention]]:
    """The figures for the same thing: those that say all that is asked, then those that a sentence
    puts side by side with one of them."""
    accepted = [anchor]
    while True:
        values = {mention.value for _, mention in accepted}
        also = _also_called(asked, found, values)
        wide = replace(asked, nouns=asked.nouns | also)
        more = []
        for each in found:
            fitting = [mention for mention in each.figures if _fits(wide, each, mention)]
            beside = _SIDE_BY_SIDE.search(each.quote.text) is not None
            beside = beside and any(mention.value in values for mention in fitting)
            for mention in fitting:
                counted = _fits(asked, each, mention)
                whole = asked.rest <= each.own | each.headed if counted else asked.names <= each.own
                if beside or (whole and not _series(anchor, (each, mention))):
                    more.append((each, mention))
        more = [pair for pair in more if pair not in accepted]
        if not more:
            return accepted
        accepted += more


def _also_called(
    asked: _Asked, found: Sequence[_Sentence], values: Collection[float]
) -> frozenset[str]:
    """Other nouns for what is counted: those that figures for it count elsewhere.

    Small numbers count too many things for that.
    """
    nouns = {
        chunk[-1]
        for each in found
        for mention in each.figures
        if mention.value in values
        and mention.value >= _TELLING_VALUE
        and not (mention.told and mention.told not in asked.rest)
        for chunk in mention.counted
        if chunk
    }
    return frozenset(nouns - asked.nouns)


def _series(one: tuple[_Sentence, Mention], other: tuple[_Sentence, Mention]) -> bool:
    """Whether two figures are of two times, rather than two counts of one thing."""
    dates = {one[1].date, other[1].date}
    if "" in dates or len(dates) == 1:
        return False
    return not any(_ESTIMATES.search(each.quote.text) for each, _ in (one, other))


def _by_value(
    accepted: Iterable[tuple[_Sentence, Mention]],
) -> dict[float, list[tuple[_Sentence, Mention]]]:
    """The figures by value, without those that agree with another: "at least 1,400" with 1,510,
    "about 1,400" with 1,397."""
    groups: dict[float, list[tuple[_Sentence, Mention]]] = {}
    for each, mention in accepted:
        groups.setdefault(mention.value, []).append((each, mention))
    kept = {}
    for value, members in groups.items():
        exact = {mention.exactness for _, mention in members}
        others = [other for other in groups if other != value]
        if exact == {"least"} and any(other > value for other in others):
            continue
        if exact == {"most"} and any(other < value for other in others):
            continue
        if exact <= {"about", "least"} and any(_rounded(other, value) for other in others):
            continue
        kept[value] = members
    return kept


def _rounded(exact: float, about: float) -> bool:
    """Whether the second is the first, rounded to as many digits as it has."""
    zeros = len(str(int(about))) - len(str(int(about)).rstrip("0"))
    return zeros > 0 and round(exact, -zeros) == about


def _fewest(
    groups: Mapping[float, list[tuple[_Sentence, Mention]]], chosen: Sequence[Quote]
) -> list[tuple[_Sentence, Mention]]:
    """One sentence a figure: those quoted already, then those that hold most of the others."""
    left = dict(groups)
    picked: list[tuple[_Sentence, Mention]] = []
    while left:

        def worth(each: _Sentence) -> tuple[bool, int, int]:
            quoted = any(
                quote.uri == each.quote.uri and quote.start <= each.quote.start < quote.end
                for quote in chosen
            )
            held = [mention for mention in each.figures if _holds(left, each, mention)]
            return quoted, len(held), sum(bool(mention.date) for mention in held)

        best = max((each for members in left.values() for each, _ in members), key=worth)
        for value in list(left):
            held = [mention for each, mention in left[value] if each is best]
            if held:
                agreed = len({mention.exactness for _, mention in left[value]}) == 1
                shown = held[0] if agreed else replace(held[0], exactness="exact")
                picked.append((best, shown))
                del left[value]
    return picked


def _holds(
    groups: Mapping[float, list[tuple[_Sentence, Mention]]], each: _Sentence, mention: Mention
) -> bool:
    return any(other is each for other, _ in groups.get(mention.value, ()))


def _figure(each: _Sentence, mention: Mention, names: Names, question: Question) -> Figure:
    """The figure with who gives it, and when: in the sentence's words, or by its document."""
    source, published = source_of(
        each.quote, each.figures, mention, names=names, asked=set(question.terms)
    )
    return Figure(mention, source, mention.date or published, each.quote)


def _sortable(date: str) -> str:
    year = YEAR.search(date)
    month = next((at for at, name in enumerate(MONTHS, start=1) if name in date), 0)
    return f"{year[0]}-{month:02}" if year else "9999"
