"""Exchanges kept as JSON, quotes as references, conversations as documents, over HTTP too."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import unquote

import docx
import pytest
from fake_assistant import FakeAssistant, neutral_documents
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from starlette.applications import Starlette
from starlette.testclient import TestClient

import qa
from qa.exports import (
    FORMS,
    MAX_BYTES,
    STYLES,
    Conversation,
    Exchange,
    cite,
    export,
    from_json,
    kept,
    safe_url,
    to_json,
)
from qa.exports.naming import Author, authors
from qa.exports.styles import escape_markdown
from qa.exports.wording import line
from qa.types import (
    Answer,
    Citation,
    Comparison,
    ComparisonRow,
    DatedStatement,
    DocumentSummary,
    Hit,
    Passage,
    Timeline,
)
from qa.web.server import exporting
from qa.web.server.exporting import MOST_BYTES, MOST_TURNS, export_routes

ASKED = "2026-01-31T12:00:00+00:00"
HOSTILE = (
    "a } b { \\input{x} $5 & 10% #1 ~ ^ _ @end{x}\r\nER  - \r\nTY  - JOUR "
    "<script>alert(1)</script> ![x](javascript:alert(1)) [l](http://e.org) `code` *b* _i_ "
    "| cell | https://e.org www.e.org\x00"
    "\x1b[31m \u202e\u2028 ~~s~~ &amp; \ufffe"
)
SUMMARY = DocumentSummary(
    "bridge.pdf",
    "Inspection of Denby Bridge",
    {
        "author": "Dr Mary O’Brien CBE and John Smith (chair); County Roads Board",
        "published": "2019-05-14",
        "publisher": "Rivers & Roads Board",
        "url": "https://example.org/denby?a=1&b=2#top",
    },
    "ab" * 32,
    12,
    40,
    ASKED,
)


def citation(quote: str = "The span is sound.", **more: Any) -> Citation:
    made = Citation(
        1, "bridge.pdf", "Denby", "Denby", 7, "iv", "2.3", 10, 10 + len(quote), quote,
        "ab" * 32, "https://example.org/source",
    )  # fmt: skip
    return replace(made, **more)


def answer(*citations: Citation, **more: Any) -> Answer:
    text = "\n\n".join(f"“{one.quote}” [{one.number}]" for one in citations) or "Nothing is said."
    outcome = "answered" if citations else "not_found"
    made = Answer("Is it sound?", "Is it sound?", text, "", citations, (), outcome, 0.8, 0.1)  # type: ignore[arg-type]
    return replace(made, **more)


def hit(start: int, text: str, rank: int = 1, uri: str = "bridge.pdf") -> Hit:
    passage = Passage(rank, uri, start, start + len(text), text, "Findings", 7, "2.3")
    return Hit(passage, 1.5, rank, {"dense": 0.5})


# What is kept.


words = st.text(max_size=30)
citations = st.builds(
    lambda number, start, quote, page, label: citation(
        quote, number=number, start=start, end=start + len(quote), page=page, page_label=label
    ),
    st.integers(1, 50),
    st.integers(0, 10**6),
    st.text(min_size=1, max_size=40),
    st.none() | st.integers(1, 900),
    words,
)
numbered = st.lists(citations, max_size=4, unique_by=lambda one: one.number).map(tuple)
hits = st.lists(st.builds(hit, st.integers(0, 10**6), words, st.integers(1, 99)), max_size=4).map(
    tuple
)
found = st.one_of(
    st.builds(
        lambda cited, said, hits, sure, short: answer(
            *cited, question=said, query=said, hits=hits, confidence=sure, short=short
        ),
        numbered, words, hits, st.floats(0, 1), words,
    ),
    st.builds(
        lambda cited, said: Comparison(
            said,
            said,
            (
                *(ComparisonRow("Denby", ("a.md",), one, "answered", 0.5, "") for one in cited),
                ComparisonRow("Wenning", (), None, "not_found", 0.1, ""),
            ),
            0.2,
        ),
        numbered, words,
    ),
    st.builds(
        lambda cited, said: Timeline(
            said, said, tuple(DatedStatement("2014-08", "2015", "Aug", one) for one in cited), 0.2
        ),
        numbered, words,
    ),
)  # fmt: skip
exchanges = st.builds(
    lambda found, reviews: replace(Exchange.of(found, reviews=reviews), asked=ASKED),
    found,
    st.lists(words, max_size=3),
)


@given(exchanges)
@settings(max_examples=60, deadline=None)
def test_what_is_kept_comes_back(exchange: Exchange) -> None:
    text = to_json(exchange)
    same = exchange
    if exchange.answer is not None:
        same = replace(exchange, answer=kept(exchange.answer))
    assert from_json(text) == same
    assert to_json(from_json(text)) == text
    assert "\n" not in text


jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every part of a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))


@given(st.one_of(st.text(max_size=40), jsons.map(json.dumps)))
@settings(max_examples=100, deadline=None)
def test_what_is_no_turn_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"\A[^\r\n]+\Z"):
        from_json(text)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_turn_with_a_part_replaced_is_refused_or_is_a_turn(data: st.DataObject) -> None:
    said = json.loads(to_json(Exchange.of(answer(citation(), hits=(hit(0, "x" * 60),)))))
    path = data.draw(st.sampled_from([place for place in places(said) if place]))
    holder = said
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = data.draw(jsons)
    try:
        back = from_json(json.dumps(said))
    except ValueError:
        return
    assert from_json(to_json(back)).question == back.question


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"confidence":0.8', '"confidence":NaN', "finite"),
        ('"confidence":0.8', '"confidence":1.5', "confidence"),
        ('"confidence":0.8', '"confidence":"0.8"', "number"),
        ('"alone":false', '"alone":0', "boolean"),
        ('"alone":false', '"alone":false,"more":1', "Unexpected"),
        ('"page":7', '"page":0', "page"),
        ('"end":28', '"end":29', "as long as"),
        ('"outcome":"answered"', '"outcome":"certain"', "answered"),
        (ASKED, "2026-13-31T12:00:00+00:00", "time"),
        (ASKED, "2026-01-31T12:00:00+02:00", "time"),
        ("ab" * 32, "zz", "document"),
        ('"timeline":null', '"timeline":{"question":"","query":"","rows":[],"seconds":0}', "one"),
        ("Is it sound?", "?" * 30_000, "longer"),
        ("Is it sound?", "\\ud800", "JSON"),
    ],
)  # fmt: skip
def test_a_false_turn_is_refused(old: str, new: str, why: str) -> None:
    text = to_json(replace(Exchange.of(answer(citation())), asked=ASKED))
    assert old in text
    with pytest.raises(ValueError, match=why):
        from_json(text.replace(old, new))


def test_a_turn_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="larger"):
        from_json("x" * (MAX_BYTES + 1))
    with pytest.raises(ValueError, match="larger"):
        from_json("é" * (MAX_BYTES // 2 + 1))
    with pytest.raises(ValueError, match="no turn"):
        from_json("[" * 100_000)


def test_hits_are_kept_where_they_hold_a_quote_or_come_nearest() -> None:
    holding, other = hit(0, "x" * 60), hit(500, "y" * 60, 2)
    assert kept(answer(citation(), hits=(other, holding))).hits == (holding,)
    assert kept(answer(citation(), hits=(replace(holding, passage=replace(
        holding.passage, uri="other.pdf")),))).hits == ()  # fmt: skip
    many = tuple(hit(100 * rank, "z" * 10, rank) for rank in range(1, 9))
    assert kept(answer(hits=many)).hits == many[:3]
    assert (
        kept(answer(hits=(replace(other, signals={"dense": float("inf")}),))).hits[0].signals == {}
    )


@pytest.mark.parametrize(
    "given_",
    [
        {},
        {"answer": answer(), "comparison": Comparison("", "", (), 0)},
        {"answer": answer(), "asked": "now"},
    ],
)  # fmt: skip
def test_an_exchange_has_one_result_and_a_time(given_: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"one answer|time"):
        Exchange(**{"question": "?", "asked": ASKED, **given_})


# References.


def bibtex_fields(entry: str) -> dict[str, str]:
    """A small reader of one BibTeX entry: braces are counted, as BibTeX counts them."""
    head = re.match(r"@(\w+)\{([!-~]+),\s*", entry)
    assert head
    found = {"type": head[1], "key": head[2]}
    rest = entry[head.end() :]
    while not rest.startswith("}"):
        named = re.match(r"\s*(\w+) = ", rest)
        assert named, rest[:60]
        rest = rest[named.end() :]
        if not rest.startswith("{"):
            bare = re.match(r"\w+", rest)
            assert bare
            found[named[1]], rest = bare[0], rest[bare.end() :]
        else:
            depth = at = 0
            while depth or not at:
                depth += (rest[at] == "{") - (rest[at] == "}")
                at += 1
            at -= 1
            found[named[1]], rest = rest[1:at], rest[at + 1 :]
        rest = rest.lstrip(",").lstrip("\n")
    assert rest == "}\n"
    return found


TEX = {r"\textbackslash{}": "\\", r"\textbraceleft{}": "{", r"\textbraceright{}": "}",
       r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}  # fmt: skip


def untexed(text: str) -> str:
    """What TeX prints for the text."""
    return re.sub(r"\\text\w+\{\}|\\([$&#_%])", lambda match: match[1] or TEX[match.group()], text)


def test_bibtex_of_a_report() -> None:
    fields = bibtex_fields(cite(citation(), SUMMARY, "bibtex"))
    annote = untexed(fields.pop("annote"))
    assert re.fullmatch(r"obrien2019-[0-9a-f]{8}", fields.pop("key"))
    assert fields == {
        "type": "techreport",
        "author": "O’Brien, Mary and Smith, John and {County Roads Board}",
        "title": "{Inspection of Denby Bridge}",
        "institution": r"{Rivers \& Roads Board}",
        "year": "2019",
        "month": "may",
        "day": "14",
        "pages": "iv",
        "note": "Paragraph 2.3",
        "url": "https://example.org/denby?a=1&b=2#top",
    }
    assert annote == (
        "“The span is sound.” (source named there https://example.org/source; "
        f"document bridge.pdf; SHA-256 {'ab' * 32})"
    )


def test_ris_of_a_report() -> None:
    text = cite(citation(), SUMMARY, "ris")
    lines = text.split("\r\n")
    assert "\n" not in "".join(lines)
    assert lines[0] == "TY  - RPRT"
    assert lines[-2:] == ["ER  - ", ""]
    assert [row[6:] for row in lines if row.startswith("AU")] == [
        "O’Brien, Mary", "Smith, John", "County Roads Board",
    ]  # fmt: skip
    for row in ("PY  - 2019", "DA  - 2019/05/14", "SP  - iv", "SE  - 2.3",
                 "N1  - “The span is sound.”", f"N1  - SHA-256 {'ab' * 32}"):  # fmt: skip
        assert row in lines


def test_a_reference_in_words() -> None:
    assert cite(citation(), SUMMARY, "plain") == (
        "Dr Mary O’Brien CBE and John Smith (chair); County Roads Board (14 May 2019). "
        "Inspection of Denby Bridge. Rivers & Roads Board. Page iv (7 in the file), "
        "paragraph 2.3: “The span is sound.” https://example.org/denby?a=1&b=2#top "
        f"(source named there https://example.org/source; document bridge.pdf; SHA-256 {'ab' * 32})"
    )
    bare = cite(citation(page=None, page_label="", paragraph=""), None, "plain")
    assert bare.startswith("Denby. “The span is sound.” https://example.org/source (document")


@pytest.mark.parametrize("style", STYLES)
def test_a_reference_without_a_paragraph_says_nothing_of_one(style: str) -> None:
    text = cite(citation(paragraph=""), SUMMARY, style)
    assert "paragraph" not in text.lower()
    assert not re.search(r"[,:;] ?[,:;]|\b(?:SE  -|note = )", text)
    shown = {"bibtex": "pages = {iv}", "ris": "SP  - iv"}.get(style, "Page iv (7 in the file): “")
    assert shown in text.replace("\\", "")


def test_a_brief_is_not_said_to_be_the_report() -> None:
    brief = replace(SUMMARY, meta={**SUMMARY.meta, "kind": "brief"})
    for style in STYLES:
        text = cite(citation(), brief, style)
        assert "brief on the report, not from the report itself" in text


@given(st.text(max_size=60) | st.just(HOSTILE), st.text(max_size=30), st.text(max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_out_of_a_reference(quote: str, title: str, label: str) -> None:
    cited = citation(quote or "x", page_label=label, paragraph=label, review=title)
    known = replace(SUMMARY, title=title, meta=dict.fromkeys(SUMMARY.meta, title))
    fields = bibtex_fields(cite(cited, known, "bibtex"))
    assert "\n" not in "".join(fields.values())
    assert untexed(fields["annote"]).startswith(f"“{line(quote or 'x')}”")
    assert not re.search(r"(?<!\\)[$&#_%^~]", fields["title"] + fields["annote"])
    lines = cite(cited, known, "ris").split("\r\n")
    assert all(re.match(r"[A-Z][A-Z0-9]  - [^\r\n]*\Z", row) for row in lines[:-1])
    assert [row[:2] for row in lines].count("ER") == [row[:2] for row in lines].count("TY") == 1
    assert "\n" not in cite(cited, known, "plain")


@given(st.text(max_size=60) | st.just(HOSTILE))
@settings(max_examples=60, deadline=None)
def test_markdown_says_the_words_and_nothing_more(text: str) -> None:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    (opening, inline, closing) = reader.parse(f"“{escape_markdown(text)}”")
    assert (opening.type, closing.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children or []} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children or []) == f"“{line(text)}”"


def test_hostile_text_stays_text_in_every_style() -> None:
    cited = citation(HOSTILE, title=HOSTILE, url="javascript:alert(1)")
    known = replace(SUMMARY, title=HOSTILE, meta={**SUMMARY.meta, "url": "javascript:alert(2)"})
    for style in STYLES:
        text = cite(cited, known, style)
        assert "javascript:alert(2)" not in text
        assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\u202e\u2028\ufffe]", text)
    html = MarkdownIt("commonmark").render(cite(cited, known, "markdown"))
    assert re.findall(r"<(\w+)", html) == ["p", "em"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//e.org", "http:", "https://e.org/\\x"]
)
def test_only_web_addresses_are_addresses(url: str) -> None:
    assert safe_url(url) == ""


def test_the_authors_of_the_shipped_briefs() -> None:
    names = {
        "Professor John Drew CBE": [Author("Drew", "John")],
        "Alexis Jay (chair)": [Author("Jay", "Alexis")],
        "National Crime Agency (NCA)": [Author("National Crime Agency")],
        "Ofsted": [Author("Ofsted")],
        "Malcolm Newsam CBE and Gary Ridgway (Parts One to Three)": [
            Author("Newsam", "Malcolm"), Author("Ridgway", "Gary"),
        ],
        "Baroness Casey of Blackstock (Louise Casey)": [Author("Baroness Casey of Blackstock")],
        "Newcastle Safeguarding Adults Board and Newcastle Safeguarding Children Board": [
            Author("Newcastle Safeguarding Adults Board and Newcastle Safeguarding Children Board")
        ],
        "": [],
    }  # fmt: skip
    for said, wanted in names.items():
        assert list(authors(said)) == wanted


def test_there_are_no_other_styles() -> None:
    with pytest.raises(ValueError, match="plain, markdown, bibtex, ris"):
        cite(citation(), None, "apa")


# Documents.


def conversation(text: str = "The span is sound.") -> Conversation:
    first, second = citation(text), citation(text, number=2, url="javascript:alert(1)")
    weak = answer(first, second, question=text, query="Else?", outcome="low_confidence", short="11")
    rows = (
        ComparisonRow(text, ("bridge.pdf",), first, "answered", 0.9, ""),
        ComparisonRow("Wenning", (), None, "not_found", 0.1, ""),
    )
    dated = (DatedStatement("2014-08", "2015", text, first),)
    return Conversation(
        text,
        (
            Exchange.of(weak, reviews=["Denby"]),
            Exchange.of(answer(question="And then?"), uris=["bridge.pdf", "gone.pdf"]),
            Exchange.of(Comparison("Beside?", "Beside?", rows, 0.1)),
            Exchange.of(Timeline("When?", "When?", dated, 0.1)),
            Exchange.of(Timeline("When else?", "When else?", (), 0.1)),
        ),
    )


def test_a_conversation_as_markdown() -> None:
    text = export(conversation(), [SUMMARY], "markdown").decode()
    for row in (
        "# The span is sound.",
        "## 2. And then?",
        "- Searched: Denby",
        "- Searched: Inspection of Denby Bridge, gone.pdf",
        "- Searched for: Else?",
        "- Verdict: Weak evidence: the quotes may not answer the question (confidence 80%)",
        "- Verdict: Not answered: the documents do not answer this question",
        "- Verdict: Of 2 reviews 1 answer, 1 are silent",
        "> “The span is sound.” \\[1\\]",
        "| Wenning | silent on this |  |",
        "| August 2014 to 2015 | “The span is sound.” \\[1\\] | Denby, page iv (7 in the file), "
        "paragraph 2.3 |",
        "  - Characters of the text: 10 to 28",
        "  - Address: <https://example.org/source>",
        "  - Address: javascript:alert(1)",
    ):  # fmt: skip
        assert row in text.split("\n"), row


def test_hostile_words_make_no_marks_in_markdown() -> None:
    html = MarkdownIt("commonmark").enable("table").render(
        export(conversation(HOSTILE), [SUMMARY], "markdown").decode()
    )  # fmt: skip
    assert "<script" not in html
    assert "<img" not in html
    targets = set(re.findall(r'(?:href|src)="([^"]*)"', html))
    assert targets == {"https://example.org/denby?a=1&amp;b=2#top", "https://example.org/source"}


def test_no_words_break_a_word_document() -> None:
    marks = "".join(map(chr, [*range(0x250), *range(0xD7F0, 0xE010), *range(0xFFF0, 0x10010)]))
    made = docx.Document(io.BytesIO(export(conversation(HOSTILE + marks), [SUMMARY], "docx")))
    assert len(made.tables) == 2
    assert "<script>alert(1)</script>" in made.paragraphs[0].text


def test_a_word_document_is_accessible() -> None:
    content = export(conversation(), [SUMMARY], "docx")
    made = docx.Document(io.BytesIO(content))
    styled = [(one.style.name or "" if one.style else "", one.text) for one in made.paragraphs]
    assert [one for one in styled if one[0].startswith("Heading")][:3] == [
        ("Heading 1", "The span is sound."),
        ("Heading 2", "1. The span is sound."),
        ("Heading 3", "Sources"),
    ]
    quotes = [text for style, text in styled if style == "Quote"]
    assert quotes == ["“The span is sound.” [1]", "“The span is sound.” [2]"]
    assert made.core_properties.title == "The span is sound."
    assert made.core_properties.language == "en-GB"
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        styles = file.read("word/styles.xml").decode()
        body = file.read("word/document.xml").decode()
        related = file.read("word/_rels/document.xml.rels").decode()
    assert set(re.findall(r'<w:lang [^>]*w:val="([^"]+)"', styles)) == {"en-GB"}
    assert body.count("<w:tblHeader") == 2
    targets = re.findall(r'Target="([^"]+)" TargetMode="External"', related)
    assert set(targets) == {"https://example.org/source"}
    assert "javascript:alert(1)" in body


def test_a_conversation_as_json_says_everything() -> None:
    said = json.loads(export(conversation(), [SUMMARY], "json"))
    assert (said["format"], said["version"]) == ("ask-the-reviews conversation", 1)
    cited = said["exchanges"][0]["answer"]["citations"][0]
    assert cited == asdict(citation())
    assert said["documents"] == [json.loads(json.dumps(asdict(SUMMARY)))]
    assert [from_json(json.dumps(one)) for one in said["exchanges"]] == list(conversation_of(said))


def conversation_of(said: dict[str, Any]) -> Iterator[Exchange]:
    for one, was in zip(said["exchanges"], conversation().exchanges, strict=True):
        yield replace(was, asked=one["asked"])


def test_there_are_no_other_forms() -> None:
    with pytest.raises(ValueError, match="markdown, docx, json"):
        export(conversation(), [], "pdf")


def test_the_library_has_what_users_need() -> None:
    assert qa.cite is cite
    assert qa.Exchange is Exchange
    assert qa.export is export
    assert callable(qa.write_pack)
    assert callable(qa.check_pack)


# Over HTTP.


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant(neutral_documents())


@pytest.fixture
def client(assistant: FakeAssistant) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=export_routes(assistant))) as made:  # type: ignore[arg-type]
        yield made


def body(assistant: FakeAssistant, name: str = "Bridges", count: int = 1) -> dict[str, Any]:
    found = assistant.ask("How many bridges did the inspection visit?")
    return {"name": name, "turns": [to_json(Exchange.of(found))] * count}


@pytest.mark.parametrize("form", [*FORMS, "pack"])
def test_a_conversation_is_sent_as_a_file(
    client: TestClient, assistant: FakeAssistant, form: str
) -> None:
    sent = client.post(f"/export?form={form}", json=body(assistant, "Crue à “Denby”/../x\r\ny:z"))
    assert sent.status_code == 200
    kept = sent.headers["content-disposition"]
    plain, whole = re.fullmatch(
        r"attachment; filename=\"([ -~]+)\"; filename\*=UTF-8''(.+)", kept
    ).groups()  # type: ignore[union-attr]
    assert unquote(whole).startswith("Crue à Denby .. x y z.")
    assert plain.startswith("Crue a Denby")
    assert not set('/\\"') & set(plain)
    assert sent.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert sent.headers["cache-control"] == "no-store"
    starts = {"markdown": b"# Crue", "docx": b"PK", "json": b"{", "pack": b"PK"}
    assert sent.content.startswith(starts[form])


def test_wrong_input_is_refused_in_plain_words(
    client: TestClient, assistant: FakeAssistant
) -> None:
    good = body(assistant)
    for form, sent, why in (
        ("pdf", good, "form"),
        ("", good, "form"),
        ("markdown", {**good, "turns": []}, "0 turns"),
        ("markdown", {**good, "turns": ["x"] * (MOST_TURNS + 1)}, "turns"),
        ("markdown", {**good, "turns": [1]}, "texts"),
        ("markdown", {**good, "turns": ["{}"]}, "no turn"),
        ("markdown", {**good, "name": 5}, "name"),
        ("markdown", [], "object"),
        ("pack", body(assistant, count=2), "one turn"),
    ):
        answered = client.post(f"/export?form={form}", json=sent)
        assert answered.status_code == 400
        assert why in answered.text
        assert answered.headers["content-type"].startswith("text/plain")
    assert client.post("/export?form=json", content=b"[" * 100_000).status_code == 400
    assert client.post("/export?form=json", content=b"\xff").status_code == 400
    assert client.post("/export?form=json", content=b" " * (MOST_BYTES + 1)).status_code == 413
    assert client.get("/export").status_code == 405


def test_more_quotes_than_anybody_reads_are_not_written(
    client: TestClient, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exporting.MOST_QUOTES == 5_000
    monkeypatch.setattr(exporting, "MOST_QUOTES", 4)
    assert client.post("/export?form=json", json=body(assistant)).status_code == 200
    answered = client.post("/export?form=json", json=body(assistant, count=2))
    assert (answered.status_code, "more than 4 quotes" in answered.text) == (400, True)


def test_a_forged_turn_is_not_sealed(client: TestClient, assistant: FakeAssistant) -> None:
    good = body(assistant)
    forged = good["turns"][0].replace("October 2014", "October 2041")
    assert forged != good["turns"][0]
    answered = client.post("/export?form=pack", json={"name": "x", "turns": [forged]})
    assert answered.status_code == 400
    assert "does not stand in bridges.pdf" in answered.text
