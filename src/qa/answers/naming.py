"""What documents are called, from their own metadata, and which of them a question means.

A document goes by its review, by the surnames of its authors, by an operation in its title, by an
abbreviation that its metadata gives, and by a description: "the 2014 report", "the national
audit". Several documents may go by one name; then another word of the question may settle which.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from qa.answers.metadata import COMMON, KINDS, PLAIN_KINDS, UNTELLING, YEAR, Card, card_of
from qa.answers.questions import Question
from qa.text import STOP_WORDS, fold, stem, words
from qa.types import DocumentSummary

K = TypeVar("K")

MOST_MEANT = 4
"""A name that more reviews go by is a subject rather than a name."""
_LONGEST_DESCRIPTION = 4


@dataclass(frozen=True, slots=True)
class Meant:
    """What a question names, in its own words, with the reviews that go by it.

    Each of ``groups`` holds the uris of one review's documents.
    """

    name: frozenset[str]
    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What documents are known by.

    ``uris`` has each name, as a set of terms, with the documents that go by it: those whose review
    or operation is called so, or else those whose author is. A name that many documents share
    names none. ``proper`` are the terms that metadata never writes without a capital.
    """

    uris: Mapping[frozenset[str], tuple[str, ...]]
    authors: Mapping[frozenset[str], tuple[str, ...]]
    short: Mapping[str, tuple[str, ...]]
    initials: Mapping[str, tuple[str, ...]]
    cards: Mapping[str, Card]
    proper: frozenset[str]

    def named(self, question: str) -> list[str]:
        """The documents that the question names, ordered by uri."""
        return sorted(
            {uri for each in self.meant(question) for group in each.groups for uri in group}
        )

    def meant(self, question: str, uris: Collection[str] | None = None) -> list[Meant]:
        """What the question names among these documents, each name with the reviews it fits."""
        found = [(name, self.uris[name]) for name in self._names_in(question)]
        found += self._described(question, {term for name, _ in found for term in name})
        meant = []
        for name, held in found:
            among = [uri for uri in held if uris is None or uri in uris]
            groups = self._groups(among)
            if groups:
                meant.append(Meant(name, groups))
        return meant

    def related(self, question: str) -> set[str]:
        """The documents whose author the question names, or that go by initials in it."""
        spelled = {question[start:end] for start, end in words(question)}
        asked = {stem(fold(word)) for word in spelled}
        small = {word.casefold() for word in spelled}
        lists = [uris for name, uris in self.authors.items() if name <= asked]
        lists += [uris for name, uris in self.short.items() if name.casefold() in small]
        lists += [uris for name, uris in self.initials.items() if name in spelled]
        return {uri for uris in lists for uri in uris}

    def label(self, group: Sequence[str]) -> str:
        """What the review of these documents is called, without its year."""
        return re.sub(rf"[\s,(–-]*{YEAR.pattern}\)?$", "", self.cards[group[0]].review)

    def year(self, group: Sequence[str]) -> str:
        """The year in which the review was published, or ""."""
        return min((self.cards[uri].year for uri in group), default="")

    def years(self, group: Sequence[str]) -> frozenset[str]:
        """The years that date the review: of publication, and those in its name or titles."""
        return frozenset(year for uri in group for year in self.cards[uri].years)

    def _names_in(self, question: str) -> list[frozenset[str]]:
        """The longest names that stand in the question, those written with a capital first.

        Many people type without capitals; then a small letter will do.
        """
        spelled = [question[start:end] for start, end in words(question)]
        asked = {stem(fold(word)) for word in spelled}
        capital = {stem(fold(word)) for word in spelled if word[0].isupper()}
        held = [name for name in self.uris if name <= asked]
        found = [name for name in held if name <= capital or len(name) > 1] or held
        return sorted(
            (name for name in found if not any(name < other for other in found)), key=sorted
        )

    def _described(
        self, question: str, known: set[str]
    ) -> list[tuple[frozenset[str], tuple[str, ...]]]:
        """Descriptions in the question that fit a few reviews, with the documents of these."""
        found = []
        for kind, modifiers in _descriptions(question):
            if not modifiers or known.intersection(modifiers):
                continue
            fitting = [uri for uri, card in self.cards.items() if self._fits(card, modifiers, kind)]
            of_kind = [uri for uri in fitting if kind in self.cards[uri].title]
            chosen = of_kind or (fitting if kind in PLAIN_KINDS else [])
            if 0 < len(self._groups(chosen)) <= MOST_MEANT:
                found.append((frozenset(modifiers), tuple(chosen)))
        return found

    def _fits(self, card: Card, modifiers: Sequence[str], kind: str) -> bool:
        years = {term for term in modifiers if YEAR.fullmatch(term)}
        others = [term for term in modifiers if term not in years]
        if not years <= card.years or not card.described.issuperset(others):
            return False
        if others and _follow((*others, kind), card.title):
            return True
        special = [term for term in others if term not in COMMON]
        return bool(special or years) and self.proper.issuperset(special)

    def _groups(self, uris: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        """The documents by review and year, oldest first: volumes of one report are together."""
        groups: dict[tuple[str, str], list[str]] = {}
        for uri in sorted(uris):
            card = self.cards[uri]
            groups.setdefault((card.year or "9999", card.review.casefold()), []).append(uri)
        return tuple(tuple(groups[key]) for key in sorted(groups))


def own_text(question: Question) -> str:
    """The question without the conversation that it was resolved with, which stands before it."""
    begin = min((word.span[0] for word in question.words if word.weight == 1), default=0)
    return question.text[begin:]


def written_as_names(question: Question, texts: Iterable[str]) -> frozenset[str]:
    """The question's terms that the texts write with a capital and never without."""
    written = [_written(text) for text in texts]
    capital = frozenset[str]().union(*(with_capital for with_capital, _ in written))
    small = frozenset[str]().union(*(without for _, without in written))
    return frozenset(question.terms) & capital - small


# To find stems takes long, and passages that are asked about come again.
@functools.lru_cache(maxsize=512)
def _written(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The terms of the text that it writes with a capital, and those that it writes without."""
    found = {text[start:end] for start, end in words(text)}
    return (
        frozenset(stem(fold(word)) for word in found if word[0].isupper()),
        frozenset(stem(fold(word)) for word in found if not word[0].isupper()),
    )


def settled(
    meant: Meant,
    question: Question,
    names: Names,
    *,
    proper: Collection[str] = (),
    cited: Collection[str] = (),
) -> Meant:
    """The name with the reviews that the rest of the question leaves, or the conversation.

    A year, a kind of document or a name settles it that stands in the metadata of some of the
    reviews only. ``proper`` are terms known to be names; ``cited`` are the documents that the last
    answer cited.
    """
    groups = meant.groups
    for own in (True, False):
        if len(groups) > 1:
            said = [word for word in question.words if (word.weight == 1) is own]
            told = {word.term: word.name for word in said if word.term not in meant.name}
            groups = _left(groups, told, names, proper)
    if len(groups) > 1:
        groups = tuple(group for group in groups if any(uri in cited for uri in group)) or groups
    return Meant(meant.name, groups)


def _left(
    groups: tuple[tuple[str, ...], ...],
    told: Mapping[str, bool],
    names: Names,
    proper: Collection[str],
) -> tuple[tuple[str, ...], ...]:
    """The groups that hold what the question says, years first, then kinds, then names."""
    kinds = KINDS - PLAIN_KINDS
    years = [term for term in told if YEAR.fullmatch(term)]
    rest = [term for term in told if term in kinds]
    rest += [term for term, name in told.items() if name or term in proper]
    for term in years + rest:
        holding = tuple(
            group
            for group in groups
            if any(
                term in (names.cards[uri].years if term in years else names.cards[uri].described)
                for uri in group
            )
        )
        groups = holding or groups
    return groups


def names_of(documents: Sequence[DocumentSummary]) -> Names:
    """The names of these documents."""
    made: dict[tuple[str, frozenset[tuple[str, str]]], Card] = {}
    cards: dict[str, Card] = {}
    for document in documents:
        # Pages of one report, each a document, have all their metadata in common.
        key = document.title, frozenset(document.meta.items())
        if key not in made:
            made[key] = card_of(document)
        cards[document.uri] = made[key]
    few = max(2, len(documents) // 8)
    own = _shared((name, uri) for uri, card in cards.items() for name in card.own)
    authors = _shared((name, uri) for uri, card in cards.items() for name in card.authors)
    short = _shared((name, uri) for uri, card in cards.items() for name in card.short)
    initials = _shared((name, uri) for uri, card in cards.items() for name in card.initials)
    return Names(
        uris=_rare({**authors, **own}, few),
        authors=_rare(authors, few),
        short=_rare(short, few),
        initials=_rare(initials, few),
        cards=cards,
        proper=_proper(made.values()),
    )


def _shared(pairs: Iterable[tuple[K, str]]) -> dict[K, tuple[str, ...]]:
    """Each name with all the documents that it goes with."""
    found: dict[K, list[str]] = {}
    for name, uri in pairs:
        found.setdefault(name, []).append(uri)
    return {name: tuple(uris) for name, uris in found.items()}


def _rare(names: Mapping[K, tuple[str, ...]], few: int) -> dict[K, tuple[str, ...]]:
    return {name: uris for name, uris in names.items() if len(uris) <= few}


def _proper(cards: Iterable[Card]) -> frozenset[str]:
    capital: set[str] = set()
    small: set[str] = set()
    for card in cards:
        capital |= card.capital
        small |= card.small
    return frozenset(capital - small)


def _descriptions(question: str) -> Iterable[tuple[str, list[str]]]:
    """Each kind of document in the question, as a term, with the terms that describe it.

    These stand right before it ("the 2014 Rotherham report"), or behind a preposition ("the report
    of 2014 on Rotherham").
    """
    spans = list(words(question))
    spelled = [question[start:end] for start, end in spans]
    for at, word in enumerate(spelled):
        kind = stem(fold(word))
        if kind not in KINDS or word.endswith("s"):  # "the Denby reports" are all of them
            continue
        begin = at
        while begin and at - begin < _LONGEST_DESCRIPTION and _joined(question, spans, begin):
            begin -= 1
        described = spelled[begin:at]
        after = re.match(
            rf"(?: of ({YEAR.pattern}))?(?: (?:on|into|in|about) ([A-Z][\w’'-]+))?",
            question[spans[at][1] :],
        )
        described += [part for part in (after.groups() if after else ()) if part]
        held = [stem(fold(each)) for each in described]
        yield kind, [term for term in held if term not in UNTELLING]


def _joined(question: str, spans: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether the word before this one belongs to the same description."""
    (start, end), (begin, _) = spans[at - 1], spans[at]
    return question[end:begin].strip("'’ ") == "" and fold(question[start:end]) not in STOP_WORDS


def _follow(wanted: Sequence[str], held: Sequence[str]) -> bool:
    """Whether the terms stand side by side in that order."""
    size = len(wanted)
    return any(tuple(held[at : at + size]) == tuple(wanted) for at in range(len(held) - size + 1))
