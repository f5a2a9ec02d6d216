"""Word files: what Word shows, with the numbers that it prints."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pytest
from books import STYLES, level, make_docx, number, packed, para, part, row, run, table, unpacked
from laws import assert_lawful, paragraphs

from qa.documents import Loaded, load_file
from qa.errors import DocumentError
from qa.types import Document

LIMIT = 50_000_000
REPORT_NUMBERS = (
    '<w:abstractNum w:abstractNumId="0">'
    + level(0, "%1", more='<w:pStyle w:val="Heading1"/>')
    + level(1, "%1.%2", more='<w:pStyle w:val="Para"/>')
    + level(2, "(%3)", "lowerLetter")
    + level(3, "(%4)", "lowerRoman")
    + '</w:abstractNum><w:abstractNum w:abstractNumId="1">'
    + level(0, "", "bullet")
    + level(1, "Recommendation %2:", "upperRoman", 4)
    + "</w:abstractNum>"
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/>'
    '<w:lvlOverride w:ilvl="2"><w:startOverride w:val="3"/></w:lvlOverride></w:num>'
)
HEADED = STYLES.replace(
    '<w:outlineLvl w:val="0"/>', '<w:outlineLvl w:val="0"/><w:numPr><w:numId w:val="1"/></w:numPr>'
)


def loaded(folder: Path, content: bytes, name: str = "a.docx") -> Loaded:
    path = folder / name
    path.write_bytes(content)
    found = load_file(path, uri=name, max_bytes=LIMIT)
    assert_lawful(found.document)
    assert found.document.pages == ()
    return found


def load(folder: Path, body: str, **options: Any) -> Document:
    return loaded(folder, make_docx(body, **options)).document


def field(instruction: str, shown: str) -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    code = f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
    return mark("begin") + code + mark("separate") + shown + mark("end")


def test_styles_make_headings_and_the_trail(tmp_path: Path) -> None:
    body = (
        para("Denby Bridge inspected", "Title")
        + para("Findings", "Heading1")
        + para("North span", "Section")
        + para("It has defects.")
        + para("Costs", properties='<w:outlineLvl w:val="0"/>')
        + para("It was dear.")
    )
    document = load(tmp_path, body)
    assert document.title == "Denby Bridge inspected"
    assert paragraphs(document, "heading") == [
        "Denby Bridge inspected", "Findings", "North span", "Costs",
    ]  # fmt: skip
    assert [x.heading for x in document.paragraphs if x.kind == "text"] == [
        "Findings > North span", "Costs",
    ]  # fmt: skip


def test_the_numbers_that_word_prints_stand_before_their_paragraphs(tmp_path: Path) -> None:
    body = (
        para("Findings", "Heading1")
        + para("The first.", "Para")
        + para("The second.", "Para")
        + para("one", properties=number(1, 2))
        + para("two", properties=number(1, 2))
        + para("deeper", properties=number(1, 3))
        + para("Costs", "Heading1")
        + para("The third.", "Para")
        + para("anew", properties=number(1, 2))
        + para("from three", properties=number(3, 2))
        + para("from four", properties=number(3, 2))
        + para("A point.", properties=number(2))
        + para("Repair it.", properties=number(2, 1))
        + para("Not numbered.", "Para", properties=number(0))
        + para("The fourth.", "Para")
    )
    document = load(tmp_path, body, numbering=REPORT_NUMBERS, styles=HEADED)
    assert paragraphs(document, "heading") == ["1 Findings", "2 Costs"]
    assert paragraphs(document) == [
        "1.1 The first.", "1.2 The second.", "(a) one", "(b) two", "(i) deeper",
        "2.1 The third.", "(a) anew", "(c) from three", "(d) from four",
        "• A point.", "Recommendation IV: Repair it.", "Not numbered.", "2.2 The fourth.",
    ]  # fmt: skip
    text = [x for x in document.paragraphs if x.kind == "text"]
    assert [x.label for x in text[:2]] == ["1.1", "1.2"]
    assert text[5].heading == "2 Costs"


@pytest.mark.parametrize(
    ("form", "start", "printed"),
    [
        ("decimal", 12, "12"), ("lowerLetter", 26, "z"), ("lowerLetter", 27, "aa"),
        ("upperLetter", 54, "BBB"), ("lowerLetter", 999999999, "999999999"),
        ("lowerRoman", 14, "xiv"), ("upperRoman", 1999, "MCMXCIX"), ("upperRoman", 5000, "5000"),
        ("ordinal", 1, "1st"), ("ordinal", 12, "12th"), ("ordinal", 23, "23rd"),
        ("cardinalText", 4, "Four"), ("ordinalText", 2, "Second"), ("cardinalText", 40, "40"),
        ("decimalZero", 7, "07"), ("unheardOf", 3, "3"), ("none", 3, ""), ("decimal", 0, "0"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_word_writes_them(
    tmp_path: Path, form: str, start: int, printed: str
) -> None:
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{level(0, "%1", form, start)}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    document = load(tmp_path, para("Text.", properties=number(1)), numbering=numbering)
    assert document.text == f"{printed} Text.".strip()


def test_levels_that_go_on_that_are_legal_and_that_a_style_defines(tmp_path: Path) -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="0">'
        + level(0, "%1.", "upperRoman")
        + level(1, "%1.%2", more='<w:isLgl/><w:lvlRestart w:val="0"/>')
        + '</w:abstractNum><w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="Listed"/>'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    )
    styles = (
        STYLES + '<w:style w:type="numbering" w:styleId="Listed"><w:name w:val="Listed"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    order = [(1, 0), (1, 1), (1, 0), (2, 1), (2, 0)]
    body = "".join(para("x", properties=number(*place)) for place in order)
    document = load(tmp_path, body, numbering=numbering, styles=styles)
    assert paragraphs(document) == ["I. x", "1.1 x", "II. x", "2.2 x", "III. x"]


def test_insertions_are_text_and_deletions_are_not(tmp_path: Path) -> None:
    deleted = "<w:del><w:r><w:delText>not </w:delText></w:r></w:del>"
    body = (
        para("It is ", inside=f"{deleted}<w:ins>{run('very ')}</w:ins>{run('old.')}")
        + para("This goes", properties="<w:rPr><w:del/></w:rPr>")
        + para(" on here.")
        + f"<w:moveFrom>{para('Moved.')}</w:moveFrom><w:ins>{para('Put in.')}</w:ins>"
        + table(row("a", "b"), row("c", "d", properties="<w:del/>"))
        + para("The end", properties="<w:rPr><w:del/></w:rPr>")
    )
    document = load(tmp_path, body)
    assert paragraphs(document) == [
        "It is very old.", "This goes on here.", "Put in.", "a; b", "The end",
    ]  # fmt: skip


def test_tables_are_read_row_by_row(tmp_path: Path) -> None:
    merged = f'<w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>{para("2014")}</w:tc>'
    goes_on = f"<w:tc><w:tcPr><w:vMerge/></w:tcPr>{para()}</w:tc>"
    wide = f'<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{para("both")}</w:tc>'
    inner = f"<w:tc>{para('outer')}{table(row('in', 'ner'))}</w:tc>"
    head = "<w:tblHeader/>"
    body = (
        table(row("Year", "Cases", "Cost", properties=head), row("2013", "157", ""),
              row(merged, "1", "2"), row(goes_on, "3", "4"), row("2015", wide))
        + table(row("Span", "Arches"), row("North", "11"),
                properties='<w:tblStyle w:val="Grid"/><w:tblLook w:val="04A0"/>')
        + table(row("Span", "Arches"), row("North", inner))
        + table(row("1.4", "A paragraph in a table."), row("1.5", "Another."))
        + table(row(f"<w:tc>{para('Boxed.')}{para('Framed.')}</w:tc>"))
    )  # fmt: skip
    assert paragraphs(load(tmp_path, body)) == [
        "Year; Cases; Cost", "Year: 2013; Cases: 157", "Year: 2014; Cases: 1; Cost: 2",
        "Year: 2014; Cases: 3; Cost: 4", "Year: 2015; Cases: both",
        "Span; Arches", "Span: North; Arches: 11",
        "Span; Arches", "North; outer", "in; ner",
        "1.4 A paragraph in a table.", "1.5 Another.",
        "Boxed.", "Framed.",
    ]  # fmt: skip


def test_a_bold_first_row_is_a_header_and_a_row_of_years_is_not(tmp_path: Path) -> None:
    def bold(text: str) -> str:
        return f"<w:tc><w:p>{run(text, '<w:b/>')}</w:p></w:tc>"

    body = table(row(bold("Span"), bold("Arches")), row("North", "11"))
    body += table(row(bold("2013"), bold("2014")), row("1", "2"))
    assert paragraphs(load(tmp_path, body)) == [
        "Span; Arches", "Span: North; Arches: 11", "2013; 2014", "1; 2",
    ]  # fmt: skip


def test_notes_are_searchable_and_out_of_the_sentence(tmp_path: Path) -> None:
    def mark(kind: str, name: int) -> str:
        return f'<w:r><w:{kind}Reference w:id="{name}"/></w:r>'

    def note(kind: str, name: int, text: str) -> str:
        return f'<w:{kind} w:id="{name}">{para(text)}</w:{kind}>'

    notes = {
        "footnotes": note("footnote", -1, "separator")
        + note("footnote", 4, "Denby Times, 2019.") + note("footnote", 9, "Ibid."),
        "endnotes": note("endnote", 2, "See the annex."),
    }  # fmt: skip
    body = para("Findings", "Heading1") + para(
        "It has", inside=mark("footnote", 9) + run(" eleven") + mark("footnote", 4)
        + run(" defects.") + mark("endnote", 2)
    )  # fmt: skip
    document = load(tmp_path, body, notes=notes)
    assert paragraphs(document) == [
        "It has eleven defects.", "Footnote 1: Ibid.", "Footnote 2: Denby Times, 2019.",
        "Endnote i: See the annex.",
    ]  # fmt: skip
    assert document.paragraphs[-1].heading == "Notes"
    anew = '<w:footnotePr><w:numRestart w:val="eachPage"/></w:footnotePr>'
    document = load(tmp_path, body, notes=notes, settings=anew)
    assert "Footnote: Ibid." in paragraphs(document)


def test_text_boxes_links_breaks_symbols_and_formulas_are_text(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{para('In a box.')}</w:txbxContent>"
    both = (
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>"
        f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>"
        f"{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    body = (
        para("See ", inside=f"<w:hyperlink>{run('the annex')}</w:hyperlink>{run('.')}{both}")
        + para("One", inside="<w:r><w:br/><w:t>two</w:t><w:tab/><w:t>three</w:t></w:r>")
        + para("Co", inside="<w:r><w:noBreakHyphen/><w:t>op</w:t><w:softHyphen/></w:r>")
        + para("", inside='<w:r><w:sym w:font="Wingdings" w:char="F0FC"/><w:t> done</w:t></w:r>')
        + para("E=", inside="<m:oMath><m:r><m:t>mc²</m:t></m:r></m:oMath>")
        + para("Seen", inside=run(" hidden", "<w:vanish/>") + run(" too", '<w:vanish w:val="0"/>'))
        + f"<w:sdt><w:sdtPr/><w:sdtContent>{para('In a control.')}</w:sdtContent></w:sdt>"
        + para("Page ", inside=field("PAGEREF x", run("12")) + run("."))
    )
    assert paragraphs(load(tmp_path, body)) == [
        "See the annex.", "In a box.", "One\ntwo three", "Co-op", "✓ done", "E=mc²", "Seen too",
        "In a control.", "Page 12.",
    ]  # fmt: skip


def test_a_table_of_contents_is_kept_and_never_searched(tmp_path: Path) -> None:
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TOC \\o </w:instrText>'
        '</w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    )
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    body = (
        f"<w:p>{begin}{run('Findings 3')}</w:p>"
        + para("Costs 7")
        + para(inside=end)
        + para("Annex 9", "TOC1")
        + '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
        f"</w:docPartObj></w:sdtPr><w:sdtContent>{para('Index 11')}</w:sdtContent></w:sdt>"
        + para("It has defects.")
        + f"<w:p>{begin}{run('Never ended 12')}</w:p>"
        + para("Costs", "Heading1")
        + para("It was dear.")
    )
    document = load(tmp_path, body)
    assert paragraphs(document, "contents") == [
        "Findings 3", "Costs 7", "Annex 9", "Index 11", "Never ended 12",
    ]  # fmt: skip
    assert paragraphs(document) == ["It has defects.", "It was dear."]


def test_a_field_that_is_broken_off_hides_nothing(tmp_path: Path) -> None:
    body = para("One", inside='<w:r><w:fldChar w:fldCharType="begin"/></w:r>') + para("Two")
    assert paragraphs(load(tmp_path, body)) == ["One", "Two"]


def test_title_author_and_date_are_read_unless_they_are_a_program_s(tmp_path: Path) -> None:
    body = para("Inspection of Denby Bridge") + para("It has defects.")
    stated = {
        "title": "Inspection of Denby Bridge",
        "author": "Ann Carr",
        "created": "2019-05-14T10:00:00Z",
    }
    document = load(tmp_path, body, **stated)
    assert document.title == "Inspection of Denby Bridge"
    assert dict(document.meta) == {"author": "Ann Carr", "published": "2019-05"}
    document = load(tmp_path, body, title="Microsoft Word - a.doc", author="python-docx")
    assert (document.title, dict(document.meta)) == ("a", {})
    styled = para("Denby Bridge inspected", "Title") + body
    assert load(tmp_path, styled, title="Form 7").title == "Denby Bridge inspected"


def test_an_embedded_file_is_named_as_unread(tmp_path: Path) -> None:
    found = loaded(tmp_path, make_docx(para("Text.") + "<w:altChunk/>"))
    assert found.warnings == ("a file is embedded in it and not read",)


def test_files_of_other_writers_are_read(tmp_path: Path) -> None:
    made = docx.Document()
    made.core_properties.title = "Denby Bridge"
    made.core_properties.author = "Ann Carr"
    made.add_heading("Findings", 1)
    texts = ["It has eleven defects.", "They are old – and “dear”."]
    for text in texts:
        made.add_paragraph(text)
    made.add_paragraph("a point", style="List Bullet")
    made.add_paragraph("first", style="List Number")
    made.add_paragraph("second", style="List Number")
    cells = made.add_table(2, 2, style="Light Grid Accent 1")
    for place, text in enumerate(("Year", "Cases", "2013", "157")):
        cells.cell(*divmod(place, 2)).text = text
    stream = io.BytesIO()
    made.save(stream)
    document = loaded(tmp_path, stream.getvalue()).document
    assert document.title == "Denby Bridge"
    assert document.meta["author"] == "Ann Carr"
    assert paragraphs(document) == [
        *texts, "• a point", "1. first", "2. second", "Year; Cases", "Year: 2013; Cases: 157",
    ]  # fmt: skip


def test_strict_files_macros_and_bare_files_are_read(tmp_path: Path) -> None:
    members = unpacked(make_docx(para("Findings", "Heading1") + para("Text.")))
    strict = {
        name: content.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        )
        for name, content in members.items()
    }
    bare = {"word/document.xml": members["word/document.xml"]}
    macros = {**members, "word/vbaProject.bin": b"\xd0\xcf\x11\xe0 never run"}
    for name, made in (("s.docx", strict), ("m.docm", macros), ("b.docx", bare)):
        document = loaded(tmp_path, packed(made), name).document
        assert paragraphs(document)[-1] == "Text."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old Word file"),
        (b"plain text", "not a Word file"),
        (packed({"word/document.xml": part("styles", "")}), "no Word document in it"),
        (packed({"xl/workbook.xml": "<workbook/>"}), "no Word document in it"),
        (packed({"word/document.xml": "<w:document>"}), "is not XML that can be read"),
        (make_docx(para("x"), more={"word/styles.xml": "<oops"}), "word/styles.xml is not XML"),
        (make_docx(para(" ")), "empty"),
        (make_docx("<w:tbl><w:tr><w:tc>" * 600 + para("deep") + "</w:tc></w:tr></w:tbl>" * 600),
         "nested too deeply"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why_and_what_to_do(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason) as caught:
        loaded(tmp_path, content)
    assert caught.value.uri == "a.docx"
    assert caught.value.hint
