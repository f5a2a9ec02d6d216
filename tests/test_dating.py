"""Dates in text: what is one, what only looks like one, and what each of them means."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answers.dating import dates_in, may_be_within

PIECES = st.sampled_from(
    """in on of the between from to and until since early late mid- summer winter March May Sept.
    Minister , ; for covers
    August 1 3rd 31 2014 1997 2013/14 2013–14 1990s 14.5.2019 14/05/2019 2014-08-26 2,014 Act Report
    ( ) , . - – / £ page years period 20 99""".split()
)
TEXTS = st.lists(PIECES, max_size=14).map(" ".join) | st.text(max_size=80)
DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


def found(text: str) -> list[tuple[str, str, str]]:
    return [(text[each.start : each.end], each.date, each.until) for each in dates_in(text)]


@pytest.mark.parametrize(
    ("text", "words", "date", "until"),
    [
        ("It opened on 26 August 2014.", "26 August 2014", "2014-08-26", ""),
        ("It opened on Tuesday, 26th of August, 2014.", "26th of August, 2014", "2014-08-26", ""),
        ("It opened on August 26, 2014.", "August 26, 2014", "2014-08-26", ""),
        ("It opened on 3 Sept. 2014", "3 Sept. 2014", "2014-09-03", ""),
        ("Opened 14.5.2019, shut later", "14.5.2019", "2019-05-14", ""),
        ("Opened 14/05/2019", "14/05/2019", "2019-05-14", ""),
        ("Opened 2014-08-26", "2014-08-26", "2014-08-26", ""),
        ("The bridge was closed in August\n2014.", "August\n2014", "2014-08", ""),
        ("In May 2014 it rained.", "May 2014", "2014-05", ""),
        ("The river rose in 2014.", "2014", "2014", ""),
        ("In 2014, seven bridges were closed.", "2014", "2014", ""),
        ("a survey of 2001, paid for by the county", "2001", "2001", ""),
        ("since at least 2004", "2004", "2004", ""),
        ("by the end of 2014", "the end of 2014", "2014", ""),
        ("It began in late 2014.", "late 2014", "2014", ""),
        ("from August 2014 on", "August 2014", "2014-08", ""),
        ("the floods of 2013/14", "2013/14", "2013", "2014"),
        ("in 2012–13", "2012–13", "2012", "2013"),
        ("between 1997 and 2013", "between 1997 and 2013", "1997", "2013"),
        ("over the period 1997 to 2013", "1997 to 2013", "1997", "2013"),
        ("meetings in 2004 and 2005", "2004 and 2005", "2004", "2005"),
        (
            "from March to October 2014",
            "from March to October 2014",
            "2014-03",
            "2014-10",
        ),
        ("on 3 and 4 May 2014", "3 and 4 May 2014", "2014-05-03", "2014-05-04"),
        (
            "between 30 July and 7 August 2024",
            "between 30 July and 7 August 2024",
            "2024-07-30",
            "2024-08-07",
        ),
        ("from 26 to 30 May 2014", "from 26 to 30 May 2014", "2014-05-26", "2014-05-30"),
        ("the summer of 2015", "summer of 2015", "2015-06", "2015-08"),
        ("in winter 2015", "winter 2015", "2015", ""),
        ("built in the 1990s", "1990s", "1990", "1999"),
        ("the late 1970s and 1980s", "late 1970s and 1980s", "1970", "1989"),
        ("a budget for 2025/26", "2025/26", "2025", "2026"),
        ("targets for 1977", "1977", "1977", ""),
        ("The report covers 2004 to 2012.", "2004 to 2012", "2004", "2012"),
        ("in June/July 2022", "June/July 2022", "2022-06", "2022-07"),
        ("in the summer and autumn of 2020", "summer and autumn of 2020", "2020-06", "2020-11"),
        ("in autumn and winter 2021", "autumn and winter 2021", "2021", ""),
        (
            "Between 2000 and the autumn of 2013 it was shut.",
            "Between 2000 and the autumn of 2013",
            "2000",
            "2013-11",
        ),
        (
            "from 22 March 2020 until the end of 2021",
            "from 22 March 2020 until the end of 2021",
            "2020-03-22",
            "2021",
        ),
        ("from the 1950s until the 1970s", "from the 1950s until the 1970s", "1950", "1979"),
        ("She was minister from 2014 to 2016.", "from 2014 to 2016", "2014", "2016"),
        ("She told us (Anna Weir, keeper from 2014).", "2014", "2014", ""),
    ],
)
def test_dates_are_found(text: str, words: str, date: str, until: str) -> None:
    assert found(text) == [(words, date, until)]


@pytest.mark.parametrize(
    "text",
    [
        "on page 2014",
        "see section 2014 and paragraph 1997",
        "a grant of 2,014 pounds",
        "£2014 was paid",
        "of 2000 homes that were inspected",
        "in 1500 cases",
        "about 2000 people",
        "the Care Act 2014",
        "the Bridges Act of 1989",
        "the 2014 report",
        "the March 2014 report",
        "the summer 2024 disorder",
        "Mason Report (2014)",
        "the Mason Report of 2014",
        "the Mason Report of May 2014",
        "First Report of Session 2013–14",
        "exhibit WITN2014 and INQ0002014_5",
        "https://example.org/2014/08/26",
        "it may 2014",
        "on 26 August",
        "version 14.13.2019",
        "room 31/02/2014x",
        "a span of 20144 metres",
        "the 2009 to 2010 floods",
        "The 2010 to 2015 council closed it.",
        "it was weak (Anna Weir 4 July 2023 34/9-20)",
        "Anna Weir (First Minister from November 2014 to March 2023) said",
        "Anna Weir, Secretary of State for Roads, Rivers and Sport from July 2018, said",
        "Anna Weir (later Lady Weir), Director of Roads and Rivers from 2016 to July 2023, said",
        "Anna Weir (Chief Adviser to the Department (North) from November 2015) said",
        "",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert found(text) == []


def test_two_dates_are_two() -> None:
    assert [date for _, date, _ in found("in 2009 and again in May 2014")] == ["2009", "2014-05"]
    assert found("in March and October 2014") == [("March and October 2014", "2014-03", "")]


def test_partial_dates_have_their_place() -> None:
    texts = ["late 2014", "in 2014", "early 2014", "in May 2014", "mid-2014", "on 2 May 2014"]
    placed = sorted((dates_in(text)[0].place, text) for text in texts)
    assert [text for _, text in placed] == [
        "early 2014",
        "in 2014",
        "in May 2014",
        "on 2 May 2014",
        "mid-2014",
        "late 2014",
    ]


def test_a_decade_stands_with_the_year_under_which_it_is_listed() -> None:
    texts = ["late 1980s", "in 1981", "mid 1980s", "in May 1980", "in the 1980s"]
    placed = sorted((dates_in(text)[0].place, text) for text in texts)
    assert [text for _, text in placed] == [
        "in the 1980s",
        "in May 1980",
        "mid 1980s",
        "late 1980s",
        "in 1981",
    ]


def test_an_office_is_no_date_of_what_its_holder_did() -> None:
    text = "Anna Weir, Head of Bridges from 2016 to late 2019, shut it on 3 May 2018."
    assert [date for _, date, _ in found(text)] == ["2018-05-03"]


@pytest.mark.parametrize(
    ("text", "begin", "end", "within"),
    [
        ("in 2014", "2014-03", "2014-05", True),
        ("in May 2014", "2014", "2014", True),
        ("in 2013", "2014", "", False),
        ("in 2015", "", "2014", False),
        ("between 1997 and 2013", "2005", "2005", True),
        ("on 3 May 2014", "2014-05-04", "", False),
    ],
)
def test_within_a_time(text: str, begin: str, end: str, within: bool) -> None:
    (dated,) = dates_in(text)
    assert may_be_within(dated, begin, end) is within


@given(TEXTS)
def test_any_text_at_all(text: str) -> None:
    end = 0
    for each in dates_in(text):
        assert end <= each.start < each.end <= len(text)
        assert DATE.fullmatch(each.date)
        assert not each.until or (DATE.fullmatch(each.until) and each.date <= each.until)
        assert each.place.startswith(each.date[:4])
        end = each.end
