"""Stretches of a sentence that are of the kind asked for: numbers, dates, people, sums."""

from __future__ import annotations

import re

from qa.answers.questions import Kind
from qa.text import Span

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_NUMBER_WORD = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    r"|hundreds?|thousands?|dozens?|half|a third|a quarter|two-thirds|three-quarters)"
)
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_DATE = re.compile(
    # "May" and "March" are words too, and May a name: they need a day or a year.
    rf"\b\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}(?:,? \d{{4}})?\b|\b{_MONTH},? \d{{4}}\b"
    rf"|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?"
    rf"|\b(?!May\b|March\b){_MONTH}\b"
    r"|\b(?:1[5-9]|20)\d\d(?:\s?[–-]\s?(?:(?:1[5-9]|20)\d\d|\d\d)| to (?:1[5-9]|20)\d\d)?s?\b"
)
_MONEY = re.compile(
    rf"[£$€]\s?{_DIGITS}(?:m\b|bn\b|k\b|\s?(?:million|billion|thousand)\b)?"
    rf"|\b{_DIGITS}\s(?:(?:million|billion|thousand) )?(?:pounds|dollars|euros)\b"
)
_NUMBER = re.compile(
    rf"\b{_DIGITS}\s?(?:%|per cent\b|percent\b)|\b{_DIGITS}(?:\s(?:million|billion|thousand))?\b"
    rf"|\b{_NUMBER_WORD}(?:(?:-| and | )(?:a )?{_NUMBER_WORD})*\b",
    re.IGNORECASE,
)
# "5. We recommend", "12.3 The council": what numbers a paragraph counts nothing.
_LABEL = re.compile(r"\W{0,2}(?:\d{1,3}[.)]|\d{1,3}(?:\.\d{1,3})+\.?)\s+(?=\W?[A-Z])")
_TITLE = (
    r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Dame|Lord|Lady|Baroness|Baron|Judge|Justice|Councillor"
    r"|Cllr|DCI|DI|DS|Superintendent|Inspector|Sergeant|Constable)"
)
_NAME_PART = r"[A-Z][a-zà-ÿ]+(?:['’-][A-Z]?[a-zà-ÿ]+)*"
_PERSON = re.compile(
    rf"\b(?:{_TITLE}\.? )+{_NAME_PART}(?: (?:[A-Z]\. ?)?{_NAME_PART}){{0,2}}"
    rf"|\b{_NAME_PART}(?: [A-Z]\.)? {_NAME_PART}(?:-{_NAME_PART})?\b"
)
_BODY = re.compile(
    rf"\b(?:{_NAME_PART}(?: (?:of|for|and|on|&|the|into|in))* )*"
    r"(?:Police|Council|Committee|Commission(?:er)?|Inquiry|Office|Agency|Board|Department|Ministry"
    r"|Government|Parliament|Service|Authority|Trust|Inspectorate|Constabulary|Panel|Secretary"
    rf"|Mayor|Minister|Ofsted|Partnership|Association)(?: (?:of|for|and|on) {_NAME_PART})*\b"
    r"|\b[A-Z]{3,6}\b"
)
# Two capitalised words with one of these are a body, a place or a time, not a person.
NOT_NAMES = frozenset(
    """
    Police Council Committee Commission Commissioner Inquiry Review Report Operation Office
    Agency Board Department Ministry Government Parliament Service Services Authority Trust
    Party House Court Audit Panel Force Group Team Project Programme Act Plan Centre Unit
    University College School Hospital Company Limited Ltd North South East Greater United
    Royal National Independent International British English Welsh Scottish Home Child
    Children Secretary Minister Chief Her His Their Our Majesty Young Person People Member
    Leader Crown Street Road County City Borough Times News The This These In On At By For
    From After Before When While Part Volume Chapter Section Module Monday Tuesday Wednesday
    Thursday Friday Saturday Sunday January February April June July August September October
    November December
    """.split()
)

_NOT_BODIES = frozenset({"OBE", "CBE", "MBE", "DBE", "KBE", "KCB", "QPM", "USA"})
_ROMAN = re.compile(r"[IVX]+")


def spans_of(kind: Kind, sentence: str) -> list[Span]:
    """The spans in the sentence that could be an answer of that kind; none for open kinds."""
    if kind == "money":
        return [match.span() for match in _MONEY.finditer(sentence)]
    if kind == "date":
        return [match.span() for match in _DATE.finditer(sentence)]
    if kind == "number":
        dates = [match.span() for match in _DATE.finditer(sentence)]
        label = _LABEL.match(sentence)
        begin = label.end() if label else 0
        found = (match.span() for match in _NUMBER.finditer(sentence, begin))
        return [span for span in found if not any(overlap(span, date) for date in dates)]
    if kind == "agent":
        people = spans_of("person", sentence)
        bodies = (match.span() for match in _BODY.finditer(sentence) if _is_body(match))
        return people + [span for span in bodies if not any(overlap(span, p) for p in people)]
    if kind == "person":
        return [match.span() for match in _PERSON.finditer(sentence) if _is_person(match)]
    return []


def _is_person(match: re.Match[str]) -> bool:
    if re.match(_TITLE + r"\b", match[0]):
        return True
    # "Rotherham Metropolitan Borough Council" and "Joint Serious Case Review" go on.
    further = re.match(r"(?: [A-Z][a-z]+)*", match.string[match.end() :])
    return not NOT_NAMES & {*match[0].split(), *(further[0].split() if further else ())}


def _is_body(match: re.Match[str]) -> bool:
    if match[0] in _NOT_BODIES or _ROMAN.fullmatch(match[0]):
        return False
    # "child sexual exploitation (CSE)": an acronym of what is no name.
    before = match.string[: match.start()]
    return not (match[0].isupper() and re.search(r"\b[a-z][\w-]* \($", before))


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans have a character in common."""
    return one[0] < other[1] and other[0] < one[1]
