"""Writers of small Word files and EPUB books, so that the tests know what stands in them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPACES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/>
  <w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/></w:style>
<w:style w:type="paragraph" w:styleId="Section"><w:name w:val="Section"/>
  <w:basedOn w:val="Heading2"/></w:style>
<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>
<w:style w:type="paragraph" w:styleId="Para"><w:name w:val="Numbered paragraph"/>
  <w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>
<w:style w:type="table" w:styleId="Grid"><w:name w:val="Grid"/>
  <w:tblStylePr w:type="firstRow"/></w:style>
"""


def packed(members: Mapping[str, str | bytes], *, first: str = "") -> bytes:
    """The members in a zip file; the one called ``first`` is not compressed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name == first else zipfile.ZIP_DEFLATED
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            archive.writestr(entry, content, compress_type=kind)
    return made.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """The members of a zip file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def run(text: str, properties: str = "") -> str:
    """A run of text with those properties of its characters."""
    marks = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{marks}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def para(text: str = "", style: str = "", *, properties: str = "", inside: str = "") -> str:
    """A paragraph of a Word file; ``inside`` is the markup after its text."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{properties}</w:pPr>{run(text) if text else ''}{inside}</w:p>"


def number(numbering: int, depth: int = 0) -> str:
    """The properties of a paragraph of that numbering."""
    return f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{numbering}"/></w:numPr>'


def row(*cells: str, properties: str = "") -> str:
    """A row of a table; a cell is text, or markup where it begins with "<"."""
    made = (cell if cell.startswith("<") else f"<w:tc>{para(cell)}</w:tc>" for cell in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(made)}</w:tr>"


def table(*rows: str, properties: str = "") -> str:
    """A table of these rows."""
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{''.join(rows)}</w:tbl>"


def level(depth: int, pattern: str, form: str = "decimal", start: int = 1, more: str = "") -> str:
    """One level of a numbering."""
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{pattern}"/></w:lvl>'
    )


def part(name: str, inside: str) -> str:
    """A part of a Word file: its root element with what stands inside."""
    return f"{_DECLARATION}<w:{name} {_SPACES}>{inside}</w:{name}>"


def make_docx(
    body: str,
    *,
    numbering: str = "",
    styles: str = STYLES,
    notes: Mapping[str, str] | None = None,
    settings: str = "",
    title: str = "",
    author: str = "",
    created: str = "",
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A Word file with that body. ``notes`` are the insides of its footnotes and endnotes."""
    parts = {"styles": styles, "numbering": numbering, "settings": settings, **(notes or {})}
    used = {name: inside for name, inside in parts.items() if inside}
    relations = "".join(
        f'<Relationship Id="r{place}" Type="{_OFFICE}/{name}" Target="{name}.xml"/>'
        for place, name in enumerate(used)
    )
    core = (
        f'{_DECLARATION}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator>"
        f"<dcterms:created>{created}</dcterms:created></cp:coreProperties>"
    )
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": (
            f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
            f'<Relationship Id="b" Type="{_PACKAGE}/relationships/metadata/core-properties"'
            ' Target="docProps/core.xml"/></Relationships>'
        ),
        "word/document.xml": part("document", f"<w:body>{body}<w:sectPr/></w:body>"),
        "word/_rels/document.xml.rels": (
            f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{relations}'
            "</Relationships>"
        ),
        "docProps/core.xml": core,
    }
    members |= {f"word/{name}.xml": part(name, inside) for name, inside in used.items()}
    return packed({**members, **(more or {})})


CONTAINER = (
    '<?xml version="1.0"?><container version="1.0" '
    'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)
METADATA = (
    "<dc:title>Inspection of Denby Bridge</dc:title><dc:creator>County Engineer</dc:creator>"
    "<dc:creator>Rivers Board</dc:creator><dc:publisher>County Council</dc:publisher>"
    "<dc:date>2019-05-14T00:00:00Z</dc:date>"
)


def chapter(inside: str, *, title: str = "Chapter") -> str:
    """A chapter of a book."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head><title>{title}</title></head><body>{inside}</body></html>"
    )


def make_epub(
    chapters: Sequence[str | bytes],
    *,
    metadata: str = METADATA,
    nav: str = "",
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A book of these chapters, called c1.xhtml and so on; ``nav`` stands in its navigation."""
    names = [f"c{place}.xhtml" for place in range(1, len(chapters) + 1)]
    items = "".join(
        f'<item id="{name}" href="text/{name}" media-type="application/xhtml+xml"/>'
        for name in names
    )
    spine = '<itemref idref="nav"/>' + "".join(f'<itemref idref="{name}"/>' for name in names)
    package = (
        '<?xml version="1.0"?><package version="3.0" xmlns="http://www.idpf.org/2007/opf">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{metadata}</metadata>'
        f'<manifest>{items}<item id="nav" href="nav.xhtml" properties="nav" '
        f'media-type="application/xhtml+xml"/></manifest><spine>{spine}</spine></package>'
    )
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": package,
        "OEBPS/nav.xhtml": chapter(f"<nav>Never searched</nav>{nav}"),
    }
    members |= {f"OEBPS/text/{name}": text for name, text in zip(names, chapters, strict=True)}
    return packed({**members, **(more or {})}, first="mimetype")
