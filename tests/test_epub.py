"""EPUB books: chapters in order, what the book says of itself, printed pages, protection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from books import CONTAINER, METADATA, chapter, make_epub, packed, unpacked
from laws import assert_lawful, paragraphs

from qa.documents import load_file
from qa.errors import DocumentError
from qa.types import Document

ONE = chapter("<h1>Findings</h1><p>The north span has&nbsp;eleven defects.</p>")
TWO = chapter("<h2>Costs</h2><p>It was <b>dear</b>.</p>")


def loaded(folder: Path, content: bytes) -> Document:
    path = folder / "a.epub"
    path.write_bytes(content)
    found = load_file(path, uri="a.epub", max_bytes=50_000_000)
    assert_lawful(found.document)
    return found.document


def load(folder: Path, *chapters: str, **options: Any) -> Document:
    return loaded(folder, make_epub(chapters, **options))


def test_chapters_are_read_in_order_and_the_navigation_is_not(tmp_path: Path) -> None:
    document = load(tmp_path, ONE, TWO)
    assert document.title == "Inspection of Denby Bridge"
    assert dict(document.meta) == {
        "author": "County Engineer, Rivers Board",
        "publisher": "County Council",
        "published": "2019-05-14",
    }
    assert document.text == (
        "Findings\n\nThe north span has eleven defects.\n\nCosts\n\nIt was dear."
    )
    assert document.paragraphs[-1].heading == "Findings > Costs"
    assert document.pages == ()


def test_what_a_chapter_shows_is_all_read_with_its_structure(tmp_path: Path) -> None:
    shown = chapter(
        "<section><header>Head</header><p>One<br/>two <img src='x'/>three</p>loose"
        "<ol start='3'><li>third</li><li><p>fourth</p><ul><li>inner</li></ul></li></ol>"
        "<table><caption>Cases</caption><thead><tr><td>Year</td><td>Cases</td></tr></thead>"
        "<tbody><tr><td>2013</td><td><p>157</p></td></tr></tbody></table>"
        "<table><tr><td><p>Framed.</p></td></tr></table>"
        "<script>never()</script><style>p{}</style><!-- no --><aside>A note.</aside></section>"
    )
    assert paragraphs(load(tmp_path, shown)) == [
        "Head", "One two three", "loose", "3. third", "4. fourth", "• inner", "Cases",
        "Year; Cases", "Year: 2013; Cases: 157", "Framed.", "A note.",
    ]  # fmt: skip


def test_marks_of_notes_are_out_of_the_sentence(tmp_path: Path) -> None:
    marked = chapter(
        '<p>It has<a epub:type="noteref" href="#n1">1</a> eleven<sup><a href="#n2">[2]</a></sup>'
        ' defects<a href="#n3"><sup>3</sup></a> in m<sup>2</sup>.</p><p id="n1">1. Times.</p>'
    )
    assert paragraphs(load(tmp_path, marked)) == ["It has eleven defects in m2.", "1. Times."]


def test_pages_of_the_print_are_pages(tmp_path: Path) -> None:
    marked = chapter(
        '<p>Before.</p><p>On one <span epub:type="pagebreak" title="ii"/>and two.</p>'
        '<div role="doc-pagebreak" aria-label="Page 3">3</div><h2>Costs</h2><p>Dear.</p>'
    )
    document = load(tmp_path, marked)
    assert [(page.number, page.label) for page in document.pages] == [(1, ""), (2, "ii"), (3, "3")]
    assert [document.text[page.start : page.end] for page in document.pages] == [
        "Before.\n\nOn one ", "and two.\n\n", "Costs\n\nDear.",
    ]  # fmt: skip


def test_pages_listed_in_the_navigation_are_pages(tmp_path: Path) -> None:
    nav = (
        '<nav epub:type="page-list"><ol><li><a href="text/c1.xhtml#p1">1</a></li>'
        '<li><a href="text/c2.xhtml#p2">2</a></li></ol></nav>'
    )
    one, two = chapter('<p id="p1">One.</p>'), chapter('<p>Still.</p><a id="p2"/><p>Two.</p>')
    document = load(tmp_path, one, two, nav=nav)
    assert [document.text[page.start : page.end] for page in document.pages] == [
        "One.\n\nStill.\n\n", "Two.",
    ]  # fmt: skip
    assert [page.label for page in document.pages] == ["1", "2"]


def test_a_chapter_that_is_not_xml_is_read_as_browsers_do(tmp_path: Path) -> None:
    document = load(tmp_path, "<html><body><p>One &amp two<p>Three</body>", TWO)
    assert paragraphs(document) == ["One & two", "Three", "It was dear."]


def test_garbled_fonts_do_not_matter_and_protected_chapters_do(tmp_path: Path) -> None:
    entry = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container" '
        'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData>'
        '<enc:EncryptionMethod Algorithm="{}"/><enc:CipherData><enc:CipherReference URI="{}"/>'
        "</enc:CipherData></enc:EncryptedData></encryption>"
    )
    font = entry.format("http://www.idpf.org/2008/embedding", "OEBPS/font.otf")
    assert load(tmp_path, ONE, more={"META-INF/encryption.xml": font}).text
    aes = entry.format("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/text/c1.xhtml")
    with pytest.raises(DocumentError, match="encrypted") as caught:
        load(tmp_path, ONE, more={"META-INF/encryption.xml": aes})
    assert caught.value.hint


def test_a_date_of_change_is_not_the_date_of_publication(tmp_path: Path) -> None:
    changed = METADATA.replace(
        "<dc:date>", '<dc:date opf:event="modification" xmlns:opf="http://www.idpf.org/2007/opf">'
    )
    document = load(tmp_path, ONE, metadata=f"{changed}<dc:date>2018</dc:date>")
    assert document.meta["published"] == "2018"


GOOD = unpacked(make_epub([ONE]))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"plain text", "not an EPUB"),
        (packed({"mimetype": "application/epub+zip"}), "META-INF/container.xml is missing"),
        (packed({"META-INF/container.xml": CONTAINER}), "where its contents are"),
        (packed({**GOOD, "OEBPS/book.opf": "<package><spine/></package>"}), "lists no chapters"),
        (packed({name: text for name, text in GOOD.items() if "c1" not in name}), "c1.xhtml is mi"),
        (packed({**GOOD, "OEBPS/text/c1.xhtml": "  "}), "a chapter of it is empty"),
        (packed({**GOOD, "OEBPS/text/c1.xhtml": chapter("<img src='x'/>")}), "empty"),
        (packed({**GOOD, "OEBPS/text/c1.xhtml": b"\xff\xfe\x00\xd8"}), "not text"),
    ],
)
def test_what_cannot_be_read_says_why_and_what_to_do(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason) as caught:
        loaded(tmp_path, content)
    assert caught.value.uri == "a.epub"
    assert caught.value.hint
