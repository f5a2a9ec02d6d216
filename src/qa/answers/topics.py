"""What a document can be asked about: the subjects of its headings, and what it is called itself.

Headings of real reports are messy. One is a subject only if it stands well behind "about": numbers
and "Chapter 3" are taken off, and what is no noun, no more than a part of any report
("Introduction"), a line in capitals, or a person's name is none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from qa.answers.metadata import KINDS, MONTHS
from qa.answers.spans import NOT_NAMES
from qa.text import fold, stem, terms
from qa.types import Document, DocumentSummary

_MOST_WORDS = 7
_REPEATED = 3
"""A heading that stands so often runs along the pages, or heads every chapter."""
_LONGEST_TITLE = 8
_KIND = (
    r"(?i:(?:Report|Review|Inquiry|Audit|Inspection|Investigation|Commission|Committee|Study"
    r"|Survey)s?)"
)
_TITLE = re.compile(rf"[A-Z][\w’'-]*(?: [\w’'-]+)*? {_KIND}(?: Report)?\b")

_NUMBER = re.compile(
    r"(?:(?:chapter|part|section|volume|appendix|annex|module|theme|flaw|case study|box|table"
    r"|figure|recommendation|finding|phase|step)\s+(?:\d+[a-z]?|[ivxlc]+|[a-z]|one|two|three|four"
    r"|five|six|seven|eight|nine|ten)\b[\s:.,–—-]*"
    r"|\(?(?:\d+[a-z]?(?:[.–-]\d*[a-z]?)*|[ivx]+(?:[–-][ivx]+)?|[a-z])[.)]\s*|\d+(?:\.\d+)*\s+)+",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_UNFIT = re.compile(
    r"[:;()“”\"‘?!•/\\|=<>{}\[\]@]|\.\s|…|\b(?:19|20)\d\d\D+(?:19|20)\d\d\b|,.*,|\d{3,}(?<!\b20\d\d)"
    r"|\b(?:about|I|we|[Oo]ur|us|[Yy]our?|[Mm]y|[Tt]h(?:is|ese|at)|[Ss]ee|[Pp]age|ibid|s?he|his|her|it)\b"
)
_ENDS_OPEN = re.compile(r"\b(?:and|or|of|the|a|an|with|to|for|in|on|by|at|from|as)$", re.I)
# A document or a body: what a report says of one is seldom what stands under its name.
_A_BODY = re.compile(r"\b(?:Committee|Department|Ministry|Inquiry|Report|Parliament)\b")
_PERSON = re.compile(
    r"^(?:mr|mrs|ms|miss|dr|sir|dame|lord|lady|baroness|girl|boy|child|victim|witness|survivor"
    r"|complainant|person|family)\s+\w{1,12}$",
    re.IGNORECASE,
)
_HONOURS = re.compile(r"\b(?:Rt|Hon|MP|MS|MSP|QC|KC|OBE|CBE|DBE|KBE|Mr|Mrs|Ms|Dr|Sir|Dame|Lord)\b")
_CAPITALS = re.compile(r"\b[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)+")
_BEFORE_A_PLACE = ("in", "at", "across", "near")
_ASKS = frozenset("who what when where which why how whether if".split())
_ACTS = frozenset(
    """review establish ensure make create place give set introduce publish require improve
    strengthen appoint consider provide amend extend update deliver develop support end repeal
    build stop accept members presented ordered session tracking""".split()
)
# Parts of any report: no subject, and none with "of" or "to" behind it either.
_PARTS = frozenset(
    map(
        stem,
        """introduction introductory summary executive contents content conclusion conclusions
        background notes note appendix annex reference references glossary index questions question
        figure figures finding findings recommendation recommendations response responses brief
        limit limits scope method methodology author commission related review reviews source
        sources text licence terms foreword preface acknowledgement acknowledgements member
        members membership witness witnesses contact contacts publication power powers lesson
        lessons overview evidence definition definitions terminology voice voices step steps next
        timeline chronology abbreviation abbreviations bibliography table tables list part report
        reports volume chapter section government update information general other context
        discussion analysis comment comments issue issues key main theme themes further material
        additional detail details outline purpose aim aims objective objectives structure approach
        none annexes interest interests declaration adjournment minutes inquiry document documents
        full progress outcome outcomes formal appendices statement statements topic topics not
        current rationale uk kingdom together""".split(),
    )
)
# "Impact on police forces" is a heading; a sentence says "the impact on police forces".
_ONE = re.compile(
    r"(?:impact|effect|role|closure|collection|organisation|range|timing|distinction|decision|use"
    r"|coordination|need|importance|value|future|nature|scale) (?:of|on|for|in|between|to|not)\b"
)
_RUN = re.compile(r"[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*")
_OFTEN = 3
_WITH_ARTICLE = frozenset("police council government press media public courts".split())


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that stands in a heading, and where; ``found`` is whether among findings."""

    words: str
    start: int
    recommended: bool = False
    found: bool = False

    @property
    def terms(self) -> frozenset[str]:
        """Its content words."""
        return frozenset(terms(self.words))


def topics_of(document: Document) -> list[Topic]:
    """The subjects of the headings, in order; how each reads is for `worded` to say."""
    headings = [paragraph for paragraph in document.paragraphs if paragraph.kind == "heading"]
    plain = [_plain(document.text[each.start : each.end]) for each in headings]
    often = Counter(heading.casefold() for heading in plain)
    title = frozenset(terms(document.title))
    found: dict[str, Topic] = {}
    for heading, paragraph in zip(plain, headings, strict=True):
        subject = _subject(heading)
        if not subject or often[heading.casefold()] >= _REPEATED:
            continue
        if frozenset(terms(subject)) <= title or _names_a_person(subject, document):
            continue
        topic = Topic(
            subject,
            paragraph.start,
            recommended=heading.casefold().startswith("recommendation "),
            found="finding" in paragraph.heading.casefold(),
        )
        found.setdefault(subject.casefold(), topic)
    return list(found.values())


def worded(topic: Topic, document: Document) -> str:
    """The subject as the document's own text writes it: "taxis", "the police", "Sheffield"."""
    words = _lowered(topic.words, document.text)
    if re.match(r"(?:the|a|an|its|their|any|all|some)\b", words):
        return words
    if words in _WITH_ARTICLE or _ONE.match(words):
        return f"the {words}"
    alone = document.text.count(words)
    headed = document.text.count(f"the {words}") + document.text.count(f"The {words}")
    return f"the {words}" if headed >= 2 and 2 * headed > alone else words


def _lowered(words: str, text: str) -> str:
    """The words without the capitals that they have only because they stand in a heading."""
    article = re.match(r"(?:The|An?) ", words)
    if article:
        return article[0].lower() + _lowered(words[article.end() :], text)
    small = " ".join(map(_small, words.split(" ")))
    plain = text.count(f" {small}")
    if words != words[0] + words[1:].lower() and _within(words, text) >= max(_OFTEN, plain):
        return words  # a name throughout: "College of Fire and Rescue"
    if plain:
        return small
    return _RUN.sub(lambda match: _lowered_run(match[0], text, first=match.start() == 0), words)


def _lowered_run(run: str, text: str, *, first: bool) -> str:
    """Words that all have a capital, which the first of a heading keeps as a name alone.

    The text tells: it writes a name with a capital within a sentence too, and seldom without. Of
    those behind the first only one that stands alone may be none.
    """
    begun, _, rest = run.partition(" ")
    if rest and (not first or _within(run, text) > 1):
        return run
    plain = text.count(f" {begun.lower()}")
    named = _within(begun, text)
    is_name = (named and not plain) if first else (not plain or plain < named)
    begun = begun if is_name else _small(begun)
    return f"{begun} {rest}" if rest else begun


def _small(word: str) -> str:
    """The word without a capital, unless it has one in the middle: "AIDS", "SpaceX"."""
    return word if re.search(r"[^\W\d_a-z]", re.sub(r"(?:^|-).", "", word)) else word.lower()


def _within(words: str, text: str) -> int:
    """How often the words stand within a sentence."""
    found = 0
    at = text.find(f" {words}")
    while at >= 0:
        found += text[at - 1].islower() or text[at - 1] == ","
        at = text.find(f" {words}", at + 1)
    return found


def called(summary: DocumentSummary) -> str:
    """What a question calls the document: "the Jay Report", "Operation Clover"; "" for nothing."""
    title = re.sub(r"\s*\(.*?\)", "", summary.title)
    given = summary.meta.get("review", "")
    if not given:
        begin = _TITLE.match(title)
        fits = begin is not None and len(begin[0].split()) <= _LONGEST_TITLE
        return _with_the(begin[0]) if begin and fits and not _UNFIT.search(begin[0]) else ""
    name = re.sub(r"[\s,(–-]*\b(?:19|20)\d\d\)?$", "", given)
    if not frozenset(terms(name)) <= frozenset(terms(summary.title)):
        return ""  # it is no name that its title knows
    if operation := re.search(rf"\bOperation {re.escape(name)}\b", summary.title):
        return operation[0]
    if report := re.search(rf"\b{re.escape(name)}(?: [A-Za-z]+){{0,3}}? {_KIND}\b", title):
        return _with_the(report[0])
    bodies = [summary.meta.get(key, "") for key in ("author", "publisher")]
    if name.isupper() or name in bodies:
        return name
    kind = next((word for word in title.split() if stem(fold(word)) in KINDS), "")
    return f"the {name} {kind.casefold()}" if kind else ""


def _with_the(name: str) -> str:
    return name[0].lower() + name[1:] if name.startswith("The ") else f"the {name}"


def _plain(heading: str) -> str:
    return " ".join(heading.split())


def _subject(heading: str) -> str:
    """The heading without its number and what stands in brackets; "" where it is no subject."""
    number = _NUMBER.match(heading)
    text = _BRACKETS.sub("", heading[number.end() if number else 0 :]).strip(" .,:–—-")
    words = text.split()
    if not words or len(words) > _MOST_WORDS or (text.isupper() and len(text) > 5):
        return ""
    if any(pattern.search(text) for pattern in (_UNFIT, _ENDS_OPEN, _A_BODY)):
        return ""
    if not text[0].isalpha() or (text.isupper() and len(words) == 1):
        return ""
    first = re.sub(r"^(?:the|a|an|our) ", "", text.casefold()).split()
    if not first or first[0] in _ASKS | _ACTS or stem(first[0]) in _PARTS:
        return ""
    held = terms(text)
    months = {stem(month.casefold()) for month in MONTHS}
    tells = [term for term in held if term not in _PARTS and not term[0].isdigit()]
    return text if any(term not in months for term in tells) else ""


def _names_a_person(subject: str, document: Document) -> bool:
    """Whether it may be the name of somebody of whom the document tells."""
    if _PERSON.match(subject) or _HONOURS.search(subject) or re.search(r"\b[A-Z]\d*$", subject):
        return True
    told = f"{document.title} {' '.join(document.meta.values())}"
    if any(match[0] not in told and _is_name(match[0]) for match in _CAPITALS.finditer(subject)):
        return True
    singular = subject.casefold().removesuffix("s")
    if " " in subject or singular in document.text or subject in told:
        return False
    # One word, always with a capital: a place stands behind "in" or "at", a person does not.
    return not any(f" {before} {subject}" in document.text for before in _BEFORE_A_PLACE)


def _is_name(words: str) -> bool:
    """Whether words with capitals are no body's or thing's, as far as they tell."""
    return not NOT_NAMES.intersection(words.split())
