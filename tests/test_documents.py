"""Files into documents: folders, Markdown, text, HTML, and everything that cannot be read."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from laws import assert_lawful, paragraphs

from qa.documents import KINDS, Loaded, fingerprint, load_file, scan
from qa.errors import DocumentError
from qa.types import Document

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
LIMIT = 1_000_000
BRIEF = """\
---
title: Inspection of Denby Bridge (2019)
review: Denby
author:
  - County Engineer
  - Rivers Board
published: 2019-5-4
period: 2011
opened: 12:30
url: https://example.org/denby
licence: ""
---

# Inspection of Denby Bridge, 2019

The *inspection* of [Denby Bridge](https://example.org/x) found **11** defects. [^times] [^board]

## Findings

### North span

7.12 The north span had `nine` defects.[^times]

- the first arch [^board]
- the second arch

3. third
4. fourth

## Costs

| Year | Cost |
|------|------|
| 2014 | £1,400 |

> It was <b>dear</b>, said the board. [^lost]

<div>Raw <i>markup</i><script>alert(1)</script></div>

[^times]: Denby Times, 4 May 2019, https://example.org/times_(north).
[^board]: Rivers Board, see https://example.org/a and
    https://example.org/b
"""


def load(folder: Path, name: str, content: bytes | str, **meta: str) -> Document:
    loaded = load_with_warnings(folder, name, content, **meta)
    assert loaded.warnings == ()
    return loaded.document


def load_with_warnings(folder: Path, name: str, content: bytes | str, **meta: str) -> Loaded:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    loaded = load_file(path, uri=name, max_bytes=LIMIT, meta=meta)
    assert_lawful(loaded.document)
    return loaded


# Markdown


def test_front_matter_is_the_meta_and_all_of_it_is_text(tmp_path: Path) -> None:
    document = load_with_warnings(tmp_path, "denby.md", BRIEF).document
    assert document.title == "Inspection of Denby Bridge (2019)"
    assert dict(document.meta) == {
        "review": "Denby",
        "author": "County Engineer, Rivers Board",
        "published": "2019-05-04",
        "period": "2011",
        "opened": "12:30",
        "url": "https://example.org/denby",
    }
    assert document.pages == ()


def test_markdown_is_text_without_markup(tmp_path: Path) -> None:
    document = load_with_warnings(tmp_path, "denby.md", BRIEF).document
    assert paragraphs(document) == [
        "The inspection of Denby Bridge found 11 defects.",
        "7.12 The north span had nine defects.",
        "• the first arch",
        "• the second arch",
        "3. third",
        "4. fourth",
        "Year; Cost",
        "Year: 2014; Cost: £1,400",
        "It was dear, said the board.",
        "Raw markup",
    ]
    assert paragraphs(document, "heading") == [
        "Inspection of Denby Bridge, 2019", "Findings", "North span", "Costs",
    ]  # fmt: skip


def test_paragraphs_know_their_number_their_headings_and_their_sources(tmp_path: Path) -> None:
    text = [
        x
        for x in load_with_warnings(tmp_path, "denby.md", BRIEF).document.paragraphs
        if x.kind == "text"
    ]
    assert [x.label for x in text[:6]] == ["", "7.12", "", "", "3", "4"]
    assert [text[0].heading, text[1].heading, text[6].heading] == [
        "", "Findings > North span", "Costs",
    ]  # fmt: skip
    times = "https://example.org/times_(north)"
    board = ("https://example.org/a", "https://example.org/b")
    assert [x.sources for x in text[:4]] == [(times, *board), (times,), board, ()]


def test_a_reference_to_nothing_is_a_warning(tmp_path: Path) -> None:
    loaded = load_with_warnings(tmp_path, "denby.md", BRIEF)
    assert loaded.warnings == ("the footnote [^lost] is not defined",)
    assert "[^" not in loaded.document.text


def test_in_code_nothing_is_a_reference(tmp_path: Path) -> None:
    source = "Write `[^key]` where it belongs.\n\n```\n[^key]: Name, https://example.org\n```\n"
    document = load(tmp_path, "how.md", source)
    assert paragraphs(document) == [
        "Write [^key] where it belongs.",
        "[^key]: Name, https://example.org",
    ]


def test_without_front_matter_the_first_heading_is_the_title(tmp_path: Path) -> None:
    document = load(tmp_path, "a.md", "# Denby Bridge\n\nIt has two spans.\n\n## Arches\n\nTwo.\n")
    assert document.title == "Denby Bridge"
    assert [x.heading for x in document.paragraphs] == ["", "", "", "Arches"]


def test_a_line_of_dashes_alone_is_no_front_matter(tmp_path: Path) -> None:
    assert load(tmp_path, "a.md", "---\n\nIt has two spans.\n").text == "It has two spans."


@pytest.mark.parametrize(
    ("matter", "problem"),
    [
        ("title: one: two\n---\n", "line 2: mapping values"),
        ("title: one\n\tauthor: two\n---\n", "line 3"),
        ("- one\n- two\n---\n", "line 2: it is not a list of names"),
        ("title: one\n", "line 1: .* never closed"),
        ("title: one\nplace: {town: Denby}\n---\n", "place is neither text"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\n", "b is neither text"),
    ],
)
def test_broken_front_matter_is_an_error_that_names_the_line(
    tmp_path: Path, matter: str, problem: str
) -> None:
    with pytest.raises(DocumentError, match=f"front matter cannot be read: .*{problem}|{problem}"):
        load(tmp_path, "a.md", f"---\n{matter}\nText.\n")


def test_front_matter_makes_nothing_but_text(tmp_path: Path) -> None:
    source = "---\ntitle: !!python/object/apply:os.getcwd []\n---\nText.\n"
    assert load(tmp_path, "a.md", source).title == "a"


def test_what_the_caller_knows_beats_what_the_file_says(tmp_path: Path) -> None:
    known = {"title": "Denby", "review": "D", "publisher": "County"}
    document = load_with_warnings(tmp_path, "denby.md", BRIEF.replace(" [^lost]", ""), **known)
    assert document.document.title == "Denby"
    assert document.document.meta["review"] == "D"
    assert document.document.meta["publisher"] == "County"
    assert document.document.meta["period"] == "2011"


def test_every_brief_names_its_review_and_the_source_of_every_paragraph() -> None:
    files, refused = scan(CORPUS)
    assert not refused
    for uri, path in files:
        loaded = load_file(path, uri=uri, max_bytes=LIMIT)
        assert loaded.warnings == ()
        assert_lawful(loaded.document)
        assert loaded.document.meta["review"]
        text = [x for x in loaded.document.paragraphs if x.kind == "text"]
        assert text
        assert all(x.sources for x in text), uri


# Text


def test_blank_lines_part_paragraphs_and_lines_stay(tmp_path: Path) -> None:
    document = load(tmp_path, "denby.txt", "\n\nOne line  \r\nand another.\r\n\r\n \n2. Two.\n")
    assert document.text == "One line\nand another.\n\n2. Two."
    assert [x.label for x in document.paragraphs] == ["", "2"]
    assert document.title == "denby"


FRENCH = "Le pont a été inspecté en août ; l’enquête coûta 1 400 € à la préfecture. " * 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_is_read_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    assert load(tmp_path, "a.txt", FRENCH.encode(encoding)).text == FRENCH.strip()


def test_letters_and_accents_are_composed_before_offsets_are_taken(tmp_path: Path) -> None:
    document = load(tmp_path, "a.txt", "Cafe\u200d\u0301 au lait.\n\nAbc\x0bd.")
    assert document.text == "Café au lait.\n\nAbcd."


def test_names_and_text_in_any_script(tmp_path: Path) -> None:
    text = "桥梁检查发现十一处缺陷。\n\nتفتيش الجسر\n\nО мосте 🌉."
    document = load(tmp_path, "桥 отчёт.md", text)
    assert (document.uri, document.title) == ("桥 отчёт.md", "桥 отчёт")
    assert document.text == text


def test_a_file_of_more_paragraphs_than_anyone_writes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.documents.formats.outline.MAX_PARAGRAPHS", 3)
    assert load(tmp_path, "a.txt", "1\n\n2\n\n3").text
    for name, content in (("a.txt", "1\n\n2\n\n3\n\n4"), ("a.md", "# 1\n# 2\n# 3\n\n4")):
        with pytest.raises(DocumentError, match="too long: more than 3 paragraphs") as caught:
            load(tmp_path, name, content)
        assert (caught.value.uri, caught.value.hint) == (name, "split the file")


# HTML

PAGE = """\
<!doctype html><html><head><title>Denby Bridge | County</title>
<meta name="author" content="County Engineer">
<meta property="og:title" content="Denby Bridge inspected">
<meta property="article:published_time" content="2019-05-14T10:00:00">
<link rel="canonical" href="https://example.org/denby"></head>
<body><nav><a href="/">Home</a> <a href="/all">All pages</a></nav>
<article><h1>Denby Bridge inspected</h1>
<p>The inspection of Denby Bridge found 11 defects in the masonry of the north span in May.</p>
<h2>Findings</h2>
<p>The inspection found <b>no</b> defects in
the <a href="x">south span</a>, in May 2019 at all.</p>
<ul><li>The first arch is sound
<ul><li>so is its parapet</li></ul></li><li>The second is not</li></ul>
<table><tr><th>Year</th><th>Cost</th></tr><tr><td>2014</td><td>£1,400</td></tr></table>
<script>document.write("never")</script>
</article><footer>Copyright 2003 County</footer></body></html>
"""


def test_a_page_is_its_main_content_with_structure(tmp_path: Path) -> None:
    document = load(tmp_path, "denby.html", PAGE)
    assert document.title == "Denby Bridge inspected"
    assert dict(document.meta) == {
        "author": "County Engineer",
        "published": "2019-05-14",
        "url": "https://example.org/denby",
    }
    assert paragraphs(document) == [
        "The inspection of Denby Bridge found 11 defects in the masonry of the north span in May.",
        "The inspection found no defects in the south span, in May 2019 at all.",
        "• The first arch is sound",
        "• so is its parapet",
        "• The second is not",
        "Year; Cost",
        "Year: 2014; Cost: £1,400",
    ]
    assert {x.heading for x in document.paragraphs} == {"", "Findings"}


@pytest.mark.parametrize(
    "content",
    [
        '<meta charset="iso-8859-1"><p>Le café “neuf”'.encode("cp1252"),
        '<meta http-equiv="Content-Type" content="charset=utf-16"><p>Le café “neuf”'.encode(),
        '<?xml version="1.0" encoding="utf-8"?><html><p>Le café “neuf”</p></html>'.encode(),
        '<meta charset="no-such"><p>Le café “neuf”'.encode(),
        "<p>Le café “neuf”".encode("utf-16"),
    ],
)
def test_a_page_is_decoded_as_it_says_unless_that_is_wrong(tmp_path: Path, content: bytes) -> None:
    assert load(tmp_path, "a.html", content).text == "Le café “neuf”"


def test_a_page_without_main_content_is_all_its_text(tmp_path: Path) -> None:
    source = "<!-- no --><div>One</div><div>Two<script>never()</script></div><style>p{}</style>"
    assert paragraphs(load(tmp_path, "a.htm", source)) == ["One", "Two"]


def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    linked = PAGE.replace("</article>", '<img src="https://example.org/i.png"></article>')
    assert load(tmp_path, "a.html", linked).title == "Denby Bridge inspected"


@pytest.mark.parametrize("depth", [300, 1500])
def test_deep_nesting_loses_nothing(tmp_path: Path, depth: int) -> None:
    page = f"<p>Before.</p>{'<div>' * depth}Deep.{'</div>' * depth}<p>After.</p>"
    text = load(tmp_path, "a.html", page).text
    assert text.split() == ["Before.", "Deep.", "After."]


# What cannot be read


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.md", b" \n\n ", "empty"),
        ("a.md", b"---\ntitle: Only a title\n---\n", "empty"),
        ("a.html", b"<html><body><img src=x></body></html>", "empty"),
        ("a.txt", b"one\x00two", "not text"),
        ("a.md", b"%PDF-1.7\nnot Markdown", "not text"),
        ("a.txt", b"\x01\x02\x03\x04 binary", "not text"),
        ("a.html", b"<p>" + b"\x00" * 9, "not text"),
        ("a.txt", b"\xff\xfe\x00\xd8\x00", "not text"),
        ("a.html", b"<div>" * 5000 + b"deep", "nested too deeply"),
        ("a.pdf", b"plain text", "not a PDF"),
        ("a.txt", b"x" * (LIMIT + 1), r"too large: 1\.0 MB"),
        ("a.odt", b"PK\x03\x04", "files ending in .odt are not read"),
        ("a", b"text", "files ending in nothing are not read"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason) as caught:
        load(tmp_path, name, content)
    assert caught.value.uri == name
    assert caught.value.hint


def test_a_missing_file_a_folder_and_a_pipe_are_errors(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.md")
    for name, reason in (
        ("no.md", "No such file"),
        ("folder.md", "not a file"),
        ("pipe.md", "not a file"),
    ):
        with pytest.raises(DocumentError, match=reason):
            load_file(tmp_path / name, uri=name, max_bytes=LIMIT)
        with pytest.raises(DocumentError, match=reason):
            fingerprint(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Text.", encoding="utf-8")
    path.chmod(0)
    with pytest.raises(DocumentError, match="Permission denied") as caught:
        load_file(path, uri="a.md", max_bytes=LIMIT)
    assert "permission" in caught.value.hint


def test_a_permission_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    path.write_text("Text.", encoding="utf-8")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DocumentError, match="Permission denied") as caught:
        load_file(path, uri="a.md", max_bytes=LIMIT)
    assert "permission" in caught.value.hint


PIECES = st.sampled_from(
    [b"---\n", b"title: x\n", b"# ", b"[^a]", b"[^a]: https://e.org\n", b"\n\n", b"- ", b"1. ",
     b"```", b"<p>", b"</p>", b"<table><tr><td>", b"<ul><li>", b"&#0;", b"&#x301;", b"\xcc\x81",
     b"e", b"\xe2\x80\x8d", b"text. ", b"%PDF-", b"%%EOF", b"| a | b |\n|---|---|\n", b"<h1>",
     b"<script>", b"<!--", b"\xff", b"\xf0\x9f\x8c\x89", b"\x85", b"\xe2\x80\xa8", b"*", b"\\"]
)  # fmt: skip
CONTENT = st.binary(max_size=200) | st.lists(PIECES, max_size=25).map(b"".join)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(b"e\xe2\x80\x8d\xcc\x81")
@example(b"\xff\xfe\x00\xd8")
@given(CONTENT)
def test_any_bytes_are_an_error_with_a_hint_or_a_lawful_document(
    tmp_path: Path, kind: str, content: bytes
) -> None:
    try:
        document = load_with_warnings(tmp_path, f"a{kind}", content).document
    except DocumentError as error:
        document = None
        assert (bool(error.hint), error.uri) == (True, f"a{kind}")  # noqa: PT017
    if document:
        assert paragraphs(document)
        assert document.title


# Folders


def test_a_document_of_a_kind_that_is_not_read_is_named(tmp_path: Path) -> None:
    for name in ("a.txt", "report.doc", "sheet.XLSX", "picture.png", "data.csv"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    files, refused = scan(tmp_path)
    assert [uri for uri, _ in files] == ["a.txt"]
    assert [failure.uri for failure in refused] == ["report.doc", "sheet.XLSX"]
    assert "PDF" in refused[0].reason


def test_a_folder_gives_its_documents_by_name(tmp_path: Path) -> None:
    for name in ("b.md", "a/c.PDF", "a/b.txt", "z.html", "README.md", "a/readme.html",
                 "catalogue.toml", ".hidden.md", ".git/x.md", "a.png", "c.markdown"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", encoding="utf-8")
    files, refused = scan(tmp_path)
    assert [uri for uri, _ in files] == [
        "a/b.txt", "a/c.PDF", "a/readme.html", "b.md", "c.markdown", "z.html"
    ]  # fmt: skip
    assert all(path == tmp_path / uri for uri, path in files)
    assert refused == []


def test_one_file_is_named_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.docx"
    path.touch()
    assert scan(path) == ([("notes.docx", path)], [])


def test_no_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="there is no folder") as caught:
        scan(tmp_path / "nowhere")
    assert caught.value.hint


def test_links_that_lead_out_or_nowhere_are_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.md").write_text("x", encoding="utf-8")
    (inside / "a.md").write_text("x", encoding="utf-8")
    (inside / "same.md").symlink_to("a.md")
    (inside / "out.md").symlink_to(outside / "secret.md")
    (inside / "folder").symlink_to(outside, target_is_directory=True)
    (inside / "loop.md").symlink_to("loop.md")
    files, refused = scan(inside)
    assert [uri for uri, _ in files] == ["a.md", "same.md"]
    assert [(failure.uri, failure.reason) for failure in refused] == [
        ("folder", "a link that leads out of the folder"),
        ("loop.md", "a link that leads to itself"),
        ("out.md", "a link that leads out of the folder"),
    ]


def test_a_name_that_is_not_text_is_refused(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md")).write_text("x", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    files, refused = scan(tmp_path)
    assert files == []
    assert [failure.uri for failure in refused] == ["?.md"]


def test_the_fingerprint_is_that_of_the_document(tmp_path: Path) -> None:
    content = "Text. " * 100_000
    document = load(tmp_path, "a.txt", content)
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert fingerprint(tmp_path / "a.txt") == document.sha256 == digest
