"""A conversation as a Word document with real headings, quotes, tables and links."""

from __future__ import annotations

import datetime
import io
from typing import TYPE_CHECKING, Any

from qa.exports.recording import Conversation
from qa.exports.styles import cite
from qa.exports.telling import ORIGIN, Summaries, Told, source_facts, told
from qa.exports.wording import clean, line, safe_url
from qa.types import Citation

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

LANGUAGE = "en-GB"
_LONGEST = 255
"""Word keeps no longer a title among the properties of a document."""
_BULLET, _QUOTE, _LINK = "ListBullet", "Quote", "Hyperlink"
_BLUE = (0x05, 0x4A, 0x91)


def conversation_docx(conversation: Conversation, summaries: Summaries) -> bytes:
    """The file: a heading for each question, its answer in quotes, its sources numbered."""
    import docx  # noqa: PLC0415

    document = docx.Document()
    name = line(conversation.name) or "Conversation"
    _prepare(document, name, conversation)
    document.add_heading(name, 1)
    _paragraph(document).add_run(ORIGIN)
    for number, exchange in enumerate(conversation.exchanges, start=1):
        _write(document, told(exchange, summaries), summaries, number)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _prepare(document: Document, name: str, conversation: Conversation) -> None:
    """Language, properties and the style of links are set."""
    from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.shared import RGBColor  # noqa: PLC0415

    styles: Any = document.styles
    for language in styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), LANGUAGE)
    link = styles.add_style(_LINK, WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb = RGBColor(*_BLUE)
    link.font.underline = True
    said = document.core_properties
    said.title = name[:_LONGEST]
    said.language = LANGUAGE
    said.author = "Ask the Reviews"
    said.comments = ORIGIN
    if conversation.exchanges:
        asked = datetime.datetime.fromisoformat(conversation.exchanges[-1].asked)
        said.created = said.modified = asked.replace(tzinfo=None)


def _write(document: Document, parts: Told, summaries: Summaries, number: int) -> None:
    _paragraph(document, "Heading2").add_run(f"{number}. {line(parts.question)}")
    for name, value in parts.facts:
        _fact(_paragraph(document, _BULLET), name, value)
    for piece in parts.pieces:
        if piece.number:
            quote = _paragraph(document, _QUOTE)
            quote.add_run(f"“{clean(piece.text)}” [{piece.number}]")
        else:
            _paragraph(document).add_run(clean(piece.text))
    if parts.table:
        _table(document, parts.table)
    if parts.citations:
        _paragraph(document, "Heading3").add_run("Sources")
    for citation in parts.citations:
        _source(document, citation, summaries)


def _paragraph(document: Document, style: str | None = None) -> Paragraph:
    """An empty paragraph at the end, its style set by its id.

    `add_paragraph` looks through all paragraphs for the end, and through all styles for a name:
    of some thousands of quotes that took minutes.
    """
    from docx.oxml.parser import OxmlElement  # noqa: PLC0415
    from docx.text.paragraph import Paragraph  # noqa: PLC0415

    made: Any = OxmlElement("w:p")
    made.style = style
    body: Any = document.element.body
    body[-1].addprevious(made)  # the last element of a body says how its pages are set
    return Paragraph(made, document._body)


def _fact(paragraph: Paragraph, name: str, value: str) -> None:
    paragraph.add_run(f"{name}: ").bold = True
    paragraph.add_run(line(value))


def _table(document: Document, rows: tuple[tuple[str, ...], ...]) -> None:
    """A table whose first row is its heading on every page, for readers' programs too."""
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.oxml.parser import OxmlElement  # noqa: PLC0415

    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for place, row in enumerate(rows):
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.paragraphs[0].add_run(line(text)).bold = place == 0
    heading = OxmlElement("w:tblHeader")
    heading.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(heading)


def _source(document: Document, citation: Citation, summaries: Summaries) -> None:
    paragraph = _paragraph(document)
    paragraph.add_run(f"[{citation.number}] ").bold = True
    paragraph.add_run(cite(citation, summaries.get(citation.uri), "plain"))
    for name, value in source_facts(citation):
        _fact(_paragraph(document, _BULLET), name, value)
    address = safe_url(citation.url)
    if address:
        listed = _paragraph(document, _BULLET)
        listed.add_run("Address: ").bold = True
        _link(listed, line(address))
    elif citation.url:
        _fact(_paragraph(document, _BULLET), "Address", citation.url)


def _link(paragraph: Paragraph, address: str) -> None:
    """The address as a link to itself."""
    from docx.opc.constants import RELATIONSHIP_TYPE  # noqa: PLC0415
    from docx.oxml.ns import qn  # noqa: PLC0415
    from docx.oxml.parser import OxmlElement  # noqa: PLC0415

    # Under a name of our own: `relate_to` compares it with all others for one.
    part = paragraph.part
    related = f"link{len(part.rels)}"
    part.load_rel(RELATIONSHIP_TYPE.HYPERLINK, address, related, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), related)
    run = paragraph.add_run(address)
    run._r.style = _LINK
    link.append(run._r)
    paragraph._p.append(link)
