"""The dates in an English text that say when something was, as far as the text tells.

A year counts only where the sentence uses it as a time ("in 2014", "between 1997 and 2013"). One
that belongs to a name does not: "the Care Act 2014", "the 2014 report" and "Drew (2016)" say when
a law was made or a report came out, and not when what they are about took place; nor does the time
for which somebody held an office ("Ann Mason, First Minister from 2014 to 2023, said ..."). Numeric
dates are read in British order. A day without a year ("on 26 August") is none.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.answers.metadata import MONTHS
from qa.answers.spans import overlap
from qa.text import STOP_WORDS, Span

_SHORT = "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec".split()
_MONTH_OF = {name[:3]: at for at, name in enumerate(MONTHS, start=1)}
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11)}

_CENTURY = r"(?:1[5-9]|20)"
_YEAR = rf"{_CENTURY}\d\d"
_DECADE = rf"{_CENTURY}\d0"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_MONTH = rf"(?:{'|'.join(MONTHS)}|(?:{'|'.join([*_SHORT, 'Sep'])})\b\.?)"
_WEEKDAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?(?:the )?"
_TO = r"(?P<to>\s?[–—-]\s?|/| to | until | till | through | and )"
_SPAN = r"(?P<whole>\b(?:[Bb]etween|[Ff]rom) )?"
# Not inside a longer number, a sum, a reference or an address.
_OPENS = r"(?<![\w.,/£$€#@=&%–-])"
_CLOSES = r"(?!\d|[.,/:]\d|[\w@=&%]|[–-]\w)"
_PART = r"(?:(?P<part>[Ee]arly|[Mm]id|[Ll]ate|(?:[Tt]he )?(?:start|beginning|middle|end) of)[ -])?"

# Words after which a year is a time.
_WHEN = (
    r"(?:in|for|since|by|until|till|from|during|before|after|around|about|circa|throughout|over"
    r"|between|late|early|mid|year|years|period|months|to|dated|than|back as|early as|as of|both|of"
    r"|cover(?:s|ed|ing)?|span(?:s|ned|ning)?"
    r"|(?:in|since|by|until|from|around|about|of|as|to|or) (?:at least|about|around|late|early|mid"
    r"|roughly|approximately))"
)
_LICENSED = re.compile(rf"(?:^|[^\w’'-]){_WHEN}(?: |-)\(?$", re.IGNORECASE)
# "The report of May 2014" says when the report came out, not when what it tells of was.
_OF_A_TITLE = re.compile(
    r"\b(?:reports?|reviews?|inquir(?:y|ies)|audits?|acts?|orders?|regulations|rules|strategy|plans?"
    r"|guidance|papers?|sessions?|publications?|editions?|articles?|briefs?)"
    r" (?:paper )?of (?:the )?(?:late |early |mid-)?$",
    re.IGNORECASE,
)
# "Ann Mason (Secretary of State for Health, Housing and Roads from ...": an office behind a name.
_HELD = re.compile(r"\b(?:from|since|until)(?: the)? $", re.IGNORECASE)
_OFFICE = re.compile(
    r"\b(?:Minister|Secretary|Officer|Director|Advis[eo]r|Chancellor|Chief|Chair(?:man|woman)?"
    r"|Executive|President|Head|Mayor|Commissioner|Scientist|Leader|Governor|Envoy|Statistician)\b"
)
_JOINING = frozenset(
    "a acting and at deputy for former formerly from in interim joint later of on the to".split()
)
_FAR = 250
"""Letters; an office with all its subjects is no longer."""
# "(Ann Mason 4 July 2023 34/9-20)" says when she gave evidence: page and line of it follow.
_OF_EVIDENCE = re.compile(r" \d{1,3}/\d")
_OPENED = re.compile(r"\b(?:(?P<and>between)|from) (?:about |around |the )*$", re.IGNORECASE)
_JOINED = re.compile(r" (?:(?P<and>and)|to|until|till|through) (?:about |around |the )*")
# What is counted: "of 2000 homes" has no date.
_COUNTED = re.compile(
    r"\s+(?:or more |other |such )?(?:cases|people|persons|children|men|women|girls|boys|homes"
    r"|houses|households|copies|pages|words|documents|pounds|dollars|euros|votes|instances|times"
    r"|occasions|hours|days|weeks|calls|staff|officers|patients|respondents|responses|k?m|metres"
    r"|kilometres|miles|feet|tonnes|kg|per cent|percent|hectares|acres|million|billion|residents"
    r"|properties|members|victims|survivors|postmasters|employees|jobs|units|feet|cubic|square)\b"
)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a text, which stands at ``text[start:end]``.

    ``date`` and ``until`` are in ISO 8601, as much as is said; ``until`` is "" where it is no span
    of time. ``place`` orders dates: it is finer than ``date`` where the text is ("late 2014").
    """

    start: int
    end: int
    date: str
    until: str
    place: str

    @property
    def last(self) -> str:
        """The end of it, which is its beginning where it is no span of time."""
        return self.until or self.date


_Made = tuple[str, str] | None
"""What a match means, date and until; None where there is no such day."""


def dates_in(text: str) -> list[Dated]:
    """The dates of a text in the order in which they stand; none of them overlap."""
    if not _ANY_YEAR.search(text):
        return []
    text = re.sub(r"\s", " ", text)  # a line may end within a date
    found: list[Dated] = []
    taken: list[Span] = []
    for shape in _SHAPES:
        if shape.needs and not any(part in text for part in shape.needs):
            continue
        for match in shape.pattern.finditer(text):
            if any(overlap(match.span(), span) for span in taken):
                continue
            made = shape.make(match)
            if made is None:
                continue
            if shape.licensed and not _is_a_time(match, text):
                if made[1]:  # "the 2009 to 2010 floods" are not of 2010 either
                    taken.append(match.span())
                continue
            taken.append(match.span())
            # The "from" of a span belongs to it, and says nothing of a single date.
            start = match.start() if made[1] else max(match.start(), match.end("whole"))
            found.append(Dated(start, match.end(), *made, _place(match, made)))
    found.sort(key=lambda each: each.start)
    return [each for each in _joined(found, text) if not _is_of_another_thing(each, text)]


def may_be_within(one: Dated, begin: str, end: str) -> bool:
    """Whether it lies, or may lie, in the time from one date to another; "" leaves an end open."""
    return (not begin or one.last >= begin[: len(one.last)]) and (
        not end or one.date[: len(end)] <= end
    )


def _joined(found: Sequence[Dated], text: str) -> list[Dated]:
    """Two dates of unlike form as the span between them: "between March 2020 and early 2022"."""
    joined: list[Dated] = []
    for each in found:
        first = joined[-1] if joined else each
        gap = _JOINED.fullmatch(text, first.end, each.start)
        opened = _OPENED.search(text, 0, first.start) if gap else None
        if gap and opened and bool(opened["and"]) == bool(gap["and"]) and first.date <= each.last:
            joined[-1] = Dated(opened.start(), each.end, first.date, each.last, first.place)
        else:
            joined.append(each)
    return joined


def _is_of_another_thing(dated: Dated, text: str) -> bool:
    """Whether it dates a document, evidence or an office, and not what is said."""
    before = text[max(0, dated.start - _FAR) : dated.start]
    if _OF_A_TITLE.search(before[-40:]) or _OF_EVIDENCE.match(text, dated.end):
        return True
    begins = re.match("from ", text[dated.start : dated.end], re.IGNORECASE)
    held = _HELD.search(before + (begins[0] if begins else ""))
    return held is not None and _is_an_office(before[: held.start()])


def _is_an_office(before: str) -> bool:
    """Whether it ends in an office in brackets, or between commas, behind whoever held it."""
    named, inner = False, 0
    for token in reversed(re.findall(r"[(),;:]|[^\s(),;:]+", before)):
        if token == "(" and inner:
            inner -= 1
        elif token in ("(", ",", ";") and named and not inner:
            return True
        elif token in ("(", ":", ";"):
            return False
        inner += token == ")"
        named = named or _OFFICE.search(token) is not None
        if token.isalpha() and token[0].islower() and token not in _JOINING:
            return False
    return False


def _is_a_time(match: re.Match[str], text: str) -> bool:
    """Whether the sentence uses a year, or a span of years, as a time."""
    groups = match.groupdict()
    if _COUNTED.match(text, match.end()):
        return False
    if groups.get("whole"):
        return True
    before = text[max(0, match.start() - 40) : match.start()]
    return bool(groups.get("part")) or _LICENSED.search(before) is not None


def _place(match: re.Match[str], made: tuple[str, str]) -> str:
    part = (match.groupdict().get("part") or "").casefold()
    date, until = made
    if not part or re.search("early|start|beginning", part):
        return date
    if until:  # "the late 1990s": behind what is of 1990, by which it is listed
        return f"{date}~{4 if 'mid' in part else 7}"
    month = "06" if "mid" in part else "10" if "late" in part else "12"
    return f"{date}-{month}~" if len(date) == 4 else f"{date}-{'15' if 'mid' in part else '25'}~"


def _iso(year: str, month: int = 0, day: int = 0) -> str | None:
    """The date in ISO 8601; None where the month has no such day."""
    if not month:
        return year
    if day > calendar.monthrange(int(year), month)[1]:
        return None
    return f"{year}-{month:02}" + (f"-{day:02}" if day else "")


def _month(name: str) -> int:
    return _MONTH_OF[name[:3]]


def _number(day: str | None) -> int:
    return int(re.sub(r"\D", "", day)) if day else 0


def _span_of_days(match: re.Match[str]) -> _Made:
    """ "26 to 30 May 2014", "3 May 2013 to 4 June 2014", "from March to October 2014"."""
    part = match.groupdict()
    year, month = part["y1"] or part["y2"], part["m1"] or part["m2"]
    day1, day2 = _number(part["d1"]), _number(part["d2"])
    first, last = _iso(year, _month(month), day1), _iso(part["y2"], _month(part["m2"]), day2)
    if first is None or last is None or first > last:
        return None
    if part["to"] == " and " and not _is_between(part) and not _follows(first, last):
        return first, ""  # "in March and October": not all the time between
    return first, last


def _is_between(part: dict[str, str | None]) -> bool:
    return (part["whole"] or "").casefold().startswith("between")


def _follows(first: str, last: str) -> bool:
    """Whether the last comes right after the first: two days, months or years side by side."""
    same = first[:-2] == last[:-2] and len(first) == len(last)
    return same and int(last[-2:]) - int(first[-2:]) == 1


def _describes(match: re.Match[str]) -> bool:
    """Whether it stands between "the" and a noun, and so belongs to the name of something."""
    after = re.match(r" ([A-Za-z]+)", match.string[match.end() :][:30])
    said = match.string[: match.start()].casefold().endswith("the ")
    return said and after is not None and after[1].casefold() not in STOP_WORDS


def _day(match: re.Match[str]) -> _Made:
    if not match["d"] and _describes(match):
        return None  # "the March 2014 report"
    made = _iso(match["y"], _month(match["m"]), _number(match["d"]))
    return None if made is None else (made, "")


def _numeric(match: re.Match[str]) -> _Made:
    month = int(match["m"])
    made = _iso(match["y"], month, int(match["d"])) if 1 <= month <= 12 else None
    return None if made is None or not int(match["d"]) else (made, "")


def _season(match: re.Match[str]) -> _Made:
    """ "summer 2015", "the spring and summer of 2020"."""
    if not match["of"] and _describes(match):
        return None  # "the summer 2024 disorder"
    first = _SEASONS.get((match["first"] or match["season"]).casefold())
    last = _SEASONS.get(match["season"].casefold())
    if first is None or last is None:  # a winter is of two years, and it is not said of which
        return match["y"], ""
    return None if first > last else (f"{match['y']}-{first[0]:02}", f"{match['y']}-{last[1]:02}")


def _years(match: re.Match[str]) -> _Made:
    """ "1997 to 2013", "2013/14", "2004 and 2005"."""
    first, last = match["y1"], match["y2"]
    last = first[: 4 - len(last)] + last
    if first >= last:
        return None
    part = match.groupdict()
    if part.get("to") == " and " and not _is_between(part) and not _follows(first, last):
        return None  # two dates
    return first, last


def _school_year(match: re.Match[str]) -> _Made:
    made = _years(match)
    return made if made and int(made[1]) - int(made[0]) == 1 else None


def _decades(match: re.Match[str]) -> _Made:
    first, last = match["y1"], match["y2"] or match["y1"]
    return (first, str(int(last) + 9)) if first <= last else None


def _year(match: re.Match[str]) -> _Made:
    return match["y"], ""


@dataclass(frozen=True, slots=True)
class _Shape:
    """A form of dates, and what a match of it means.

    A text that holds none of ``needs`` has no such date. With ``licensed`` the words before must
    show that it is a time.
    """

    pattern: re.Pattern[str]
    make: Callable[[re.Match[str]], _Made]
    needs: tuple[str, ...] = ()
    licensed: bool = False


def _shape(
    pattern: str,
    make: Callable[[re.Match[str]], _Made],
    needs: Sequence[str] = (),
    *,
    licensed: bool = False,
) -> _Shape:
    compiled = re.compile(_SPAN + _OPENS + pattern + _CLOSES)
    return _Shape(compiled, make, tuple(needs), licensed)


_ANY_YEAR = re.compile(_YEAR)
_SEASON = r"(?i:spring|summer|autumn|winter)"
_MONTHS_SEEN = tuple(_MONTH_OF)
_SEASONS_SEEN = ("pring", "ummer", "utumn", "inter", "SPRING", "SUMMER", "AUTUMN", "WINTER")
# From the fullest form to the barest; what an earlier one took is left to it.
_SHAPES: tuple[_Shape, ...] = (
    _shape(
        rf"{_WEEKDAY}(?:(?P<d1>{_DAY})(?: (?:of )?(?P<m1>{_MONTH})(?:,? (?P<y1>{_YEAR}))?)?)"
        rf"{_TO}{_WEEKDAY}(?P<d2>{_DAY}) (?:of )?(?P<m2>{_MONTH}),? (?P<y2>{_YEAR})",
        _span_of_days,
        _MONTHS_SEEN,
    ),
    _shape(
        rf"(?:(?P<d1>{_DAY}) )?(?P<m1>{_MONTH})(?:,? (?P<y1>{_YEAR}))?"
        rf"{_TO}(?:(?P<d2>{_DAY}) )?(?P<m2>{_MONTH}),? (?P<y2>{_YEAR})",
        _span_of_days,
        _MONTHS_SEEN,
    ),
    _shape(rf"(?P<d>{_DAY}) (?:of )?(?P<m>{_MONTH}),? (?P<y>{_YEAR})", _day, _MONTHS_SEEN),
    _shape(rf"(?P<m>{_MONTH}) (?P<d>{_DAY}), (?P<y>{_YEAR})", _day, _MONTHS_SEEN),
    _shape(rf"{_PART}(?P<m>{_MONTH}),? (?:of )?(?P<y>{_YEAR})(?P<d>)", _day, _MONTHS_SEEN),
    _shape(
        rf"(?P<d>\d\d?)(?P<by>[./-])(?P<m>\d\d?)(?P=by)(?P<y>{_YEAR})",
        _numeric,
        [f"{by}{first}" for by in "./-" for first in "12"],
    ),
    _shape(rf"(?P<y>{_YEAR})-(?P<m>\d\d)-(?P<d>\d\d)", _numeric, ("-0", "-1")),
    _shape(
        rf"(?:(?P<first>{_SEASON})(?: and | to |/))?"
        rf"(?P<season>{_SEASON})(?P<of> of)? (?P<y>{_YEAR})",
        _season,
        _SEASONS_SEEN,
    ),
    _shape(rf"(?P<y1>{_YEAR})/(?P<y2>{_YEAR}|\d\d)", _school_year, ("/",)),
    _shape(
        rf"{_PART}(?P<y1>{_DECADE})['’]?s(?: (?:and|to)(?: the)? (?P<y2>{_DECADE})['’]?s)?",
        _decades,
        ("0s", "0's", "0’s"),
    ),
    _shape(
        rf"(?P<y1>{_YEAR}){_TO}(?P<y2>{_YEAR}|(?<=[–—-])\d\d)",
        _years,
        ("–", "—", "-", " to ", " until ", " till ", " through ", " and "),
        licensed=True,
    ),
    _shape(rf"{_PART}(?P<y>{_YEAR})", _year, licensed=True),
)
