"""Timelines: what is dated on a subject, in order, quoted word for word, and how it is shown."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from elements import Elements
from fake_assistant import FakeAssistant, neutral_documents
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa import cli
from qa.answers.chronicling import is_statement, subject_of
from qa.answers.dating import dates_in
from qa.answers.questions import analyse
from qa.types import Citation, DatedStatement, Timeline
from qa.web import doors
from qa.web.views.markup import day
from qa.web.views.timeline import counted, plain_lines, timeline

BRIDGES = """\
---
title: Inspection of the Wenning bridges (2016)
review: Bridges
published: "2016-03-23"
---

# Inspection of the Wenning bridges (2016)

## In brief

The inspection of the Wenning bridges was commissioned by the county council in October 2014, and
its report was published on 23 March 2016.

Denby Bridge was closed to vehicles on 4 February 2015 after its north span had lost mortar.

## Findings

Denby Bridge was built in the 1890s and was last repaired between 1997 and 1999.

The Bridges Act 1989 obliges the county council to keep a register of its bridges.

The north span of Denby Bridge was repaired in the summer of 2015 and opened again in late 2015.

## Sources

County council, Register of bridges, Second Report, 10 June 2013.
"""
FLOODS = """\
---
title: Review of flood warnings on the River Wenning (2021)
review: Floods
published: "2021-02-01"
---

# Review of flood warnings on the River Wenning (2021)

## Findings

After its north span had lost mortar, Denby Bridge was closed to vehicles on 4 February 2015.

The flood warnings of 9 December 2020 reached 1,400 households two hours late.

The gauge at the old mill was replaced in 2018, and a siren was added in May 2019.

## Libraries

The county library moved its reading room to the market hall in June 2017.
"""
QUOTE = "The bridge was closed in late 2014, and opened again on 3 May 2015."
CITED = Citation(1, "b.pdf", "Bridges", "B", 3, "iii", "2.1", 4, 72, QUOTE, "ab" * 32, "")
ROW = DatedStatement("2015-05-03", "", "3 May 2015", CITED)
TEXT = st.text(max_size=40) | st.sampled_from(
    ("<script>window.hit(1)</script>", "\"'><svg onload=window.hit(3)>", "2014")
)


@pytest.fixture(scope="module")
def rivers(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[qa.Assistant]:
    folder = tmp_path_factory.mktemp("rivers")
    shutil.copytree(models, folder / "index" / "models")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "bridges.md").write_text(BRIDGES, encoding="utf-8")
    (folder / "corpus" / "floods.md").write_text(FLOODS, encoding="utf-8")
    qa.build(folder / "corpus", folder / "index")
    with qa.open(folder / "index") as opened:
        yield opened


def dates(found: Timeline) -> list[str]:
    return [row.date for row in found.rows]


def test_what_is_dated_on_a_subject_in_order(rivers: qa.Assistant) -> None:
    found = rivers.timeline("What happened to Denby Bridge?")
    assert dates(found) == ["1890", "2015-02-04", "2015-06", "2016-03-23"]
    assert found.rows[0].until == "1899"
    assert [row.citation.number for row in found.rows] == [1, 2, 3, 4]
    for row in found.rows:
        cited = row.citation
        document = rivers.document(cited.uri)
        assert document.text[cited.start : cited.end] == cited.quote
        assert row.words in cited.quote
    assert json.loads(json.dumps(found.to_dict()))["rows"][1]["date"] == "2015-02-04"


def test_what_two_documents_say_stands_once(rivers: qa.Assistant) -> None:
    found = rivers.timeline("the closing of Denby Bridge to vehicles")
    assert dates(found).count("2015-02-04") == 1
    assert dates(rivers.timeline("Denby Bridge", reviews=["Floods"])) == ["2015-02-04"]


def test_what_is_beside_the_subject_is_left_out(rivers: qa.Assistant) -> None:
    for question in ("households", "Denby Bridge", "gauges and sirens"):
        quotes = " ".join(row.citation.quote for row in rivers.timeline(question).rows)
        assert quotes
        assert "library" not in quotes
        assert "Second Report" not in quotes
    assert rivers.timeline("the harbour at Kirkwall").rows == ()
    assert rivers.timeline("Bridges Act").rows == ()


def test_nothing_asked_for(rivers: qa.Assistant) -> None:
    assert rivers.timeline("timeline").rows == ()
    whole = rivers.timeline("timeline", reviews=["Bridges"])
    assert dates(whole) == ["1890", "2015-02-04", "2015-06", "2016-03-23"]
    assert dates(rivers.timeline("timeline", reviews=["Bridges"], k=1))
    with pytest.raises(ValueError, match="k = 0"):
        rivers.timeline("Denby Bridge", k=0)
    with pytest.raises(qa.QAError, match="no document is of a review"):
        rivers.timeline("Denby Bridge", reviews=["Brigdes"])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What happened to Denby Bridge in 2015?", ["2015-02-04", "2015-06"]),
        ("What happened to Denby Bridge before 2010?", ["1890"]),
        ("What happened to Denby Bridge since May 2015?", ["2015-06", "2016-03-23"]),
        ("What happened to Denby Bridge between 1998 and 2001?", ["1997"]),
    ],
)
def test_a_time_that_is_named(rivers: qa.Assistant, question: str, expected: list[str]) -> None:
    assert dates(rivers.timeline(question)) == expected


def test_a_question_that_leans_on_the_last(rivers: qa.Assistant) -> None:
    history = [qa.Turn("When was Denby Bridge closed?", "4 February 2015")]
    found = rivers.timeline("What happened to it?", history=history)
    assert "2015-06" in dates(found)
    assert "Denby" in found.query


def test_side_by_side_among_documents(rivers: qa.Assistant) -> None:
    question = "When was Denby Bridge closed?"
    assert len(rivers.compare(question).rows) == 2
    (row,) = rivers.compare(question, uris=["floods.md"]).rows
    assert (row.review, row.uris) == ("Floods", ("floods.md",))
    assert rivers.compare(question, reviews=["Bridges"], uris=["floods.md"]).rows == ()
    with pytest.raises(qa.QAError, match=r"flood\.md"):
        rivers.compare(question, uris=["flood.md"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("The bridge was closed in 2014.", True),
        ("County council, Register of bridges, Second Report, 10 June 2013.", False),
        ("12 Daily Post, Bridge closed, 3 May 2014 (https://example.org/x)", False),
        ("12 Daily Post, Who closed the bridge?, 3 May 2014", False),
        ("12 Daily Post, Who closed it?, May\n2014; County Times, It is shut, 4 June 2014", False),
        ("12 Written evidence from the keepers who were asked (WEN0043), in May 2014", False),
        ("12 The bridge was closed, and nobody said so before 3 May 2014.", True),
        ("12. The bridge was closed on Monday, 3 May 2014", True),
        ("2012 2013 2014 17 12 9", False),
        ("It rained. " * 100, False),
    ],
)
def test_statements(text: str, says: bool) -> None:
    assert is_statement(text) is says


def test_the_subject_of_a_question() -> None:
    asked = subject_of(analyse("Timeline of the main events at Denby Bridge"))
    assert [word.term for word in asked.words] == ["denbi", "bridg"]
    assert asked.kind == "other"


# The verb, the page and the endpoint.


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_verb(rivers: qa.Assistant, capsys: pytest.CaptureFixture[str]) -> None:
    index = rivers.status().index
    assert cli.main(["timeline", "--index", index, "Denby", "Bridge"]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].startswith("1890 to 1899 | “Denby Bridge was built in the 1890s")
    assert "Sources" in said
    assert cli.main(["timeline", "--index", index, "--json", "--review", "Floods", "gauge"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["citation"]["review"] == "Floods"
    assert cli.main(["timeline", "--index", index, "harbour", "at", "Kirkwall"]) == 0
    assert "date nothing on this" in capsys.readouterr().out


def test_the_verb_on_a_terminal(rivers: qa.Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr(sys, "stdout", shown)
    monkeypatch.setenv("COLUMNS", "60")
    assert cli.main(["timeline", "--index", rivers.status().index, "Denby Bridge"]) == 0
    lines = shown.getvalue().split("\nSources")[0].splitlines()
    assert lines[0].split()[:4] == ["1890", "to", "1899", "“Denby"]
    assert lines[1].startswith(" " * 14)
    assert all(len(line) <= 60 for line in lines)


def test_the_list_on_the_page() -> None:
    rows = (replace(ROW, date="2014", words="late 2014"), ROW)
    elements = Elements(timeline(Timeline("q", "q", rows, 0.1), "t1", {}))
    times = [given["datetime"] for tag, given in elements.found if tag == "time"]
    assert times == ["2014", "2015-05-03"]
    links = [given for tag, given in elements.found if given.get("class") == "cite read"]
    assert [link["aria-label"] for link in links] == [
        "Source 1: B, page iii (3 in the file), paragraph 2.1"
    ] * 2
    assert str(links[0]["href"]).startswith("?document=b.pdf&page=3&start=4&end=72")
    assert counted(rows) == "2 dated statements, 2014 to 2015."
    assert "<b>3 May 2015</b>" in timeline(Timeline("q", "q", (ROW,), 0.1), "t1", {})


def test_a_timeline_of_nothing() -> None:
    empty = Timeline("q", "q", (), 0.1)
    assert "Nothing dated" in timeline(empty, "t1", {})
    assert plain_lines(empty, {}) == ["The documents date nothing on this."]


def test_it_is_copied_with_its_sources() -> None:
    lines = plain_lines(Timeline("q", "q", (replace(ROW, until="2015-06"),), 0.1), {})
    assert lines[0] == f"3 May 2015 to June 2015: “{QUOTE}” [1]"
    assert lines[1:3] == ["", "Sources"]
    assert lines[3].startswith("[1] Bridges, ")


@pytest.mark.parametrize(
    ("date", "said"),
    [("2014", "2014"), ("2014-08", "August 2014"), ("2014-08-26", "26 August 2014"), ("x", "x")],
)
def test_dates_as_people_write_them(date: str, said: str) -> None:
    assert day(date) == said


@given(TEXT, TEXT, TEXT, TEXT)
def test_hostile_text_is_no_markup(quote: str, words: str, title: str, date: str) -> None:
    row = replace(ROW, date=date, words=words, citation=replace(CITED, quote=quote, review=title))
    elements = Elements(timeline(Timeline("q", "q", (row,), 0.1), "t1", {}))
    used = {"p", "ol", "li", "h3", "time", "div", "span", "a", "b", "br"}
    assert {tag for tag, _ in elements.found} <= used
    assert not any(name.startswith("on") for _, given in elements.found for name in given)


@pytest.mark.parametrize(
    ("quote", "words", "marked"),
    [
        ("The Roads Act 1995 came into force in 1995.", "1995", "force in <b>1995</b>."),
        ("In 1995 the Roads Act 1995 was new.", "1995", "In <b>1995</b> the Roads Act 1995"),
        ("It fell in 1995 and again in 1995.", "1995", "It fell in <b>1995</b> and again in 1995."),
        ("The Roads Act 1995 was new.", "1995", "The Roads Act <b>1995</b> was new."),
        ("The Roads Act 1995, the Ports Act 1995.", "1995", "Roads Act 1995, the Ports Act 1995."),
    ],
)
def test_the_date_that_was_found_is_marked(quote: str, words: str, marked: str) -> None:
    row = replace(ROW, date="1995", words=words, citation=replace(CITED, quote=quote))
    shown = timeline(Timeline("q", "q", (row,), 0.1), "t1", {})
    assert marked in shown


def test_the_endpoint() -> None:
    fake = FakeAssistant(neutral_documents())
    door = doors.open_doors(cast("qa.Assistant", fake)).timeline
    found = door("What did the inspection and the survey find?", reviews=["Wenning"])
    assert [row["date"] for row in found["rows"]] == sorted(row["date"] for row in found["rows"])
    assert found["rows"][0]["citation"]["review"] == "Wenning"
    for bad in (0, 101, "3", 2.5, None, True):
        with pytest.raises(ValueError, match="k is not a whole number from 1 to 100"):
            door("Which bridges?", k=bad)
    with pytest.raises(ValueError, match="empty"):
        door("  ")


def test_dates_lie_in_their_quotes(rivers: qa.Assistant) -> None:
    for row in rivers.timeline("timeline", reviews=["Bridges", "Floods"]).rows:
        held = [(each.date, each.until) for each in dates_in(row.citation.quote)]
        assert (row.date, row.until) in held
