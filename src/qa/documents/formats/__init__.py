"""One module a format; each makes a `Parsed` of a file's content."""

from qa.documents.formats.docx import parse_docx
from qa.documents.formats.epub import parse_epub
from qa.documents.formats.html import parse_html
from qa.documents.formats.markdown import parse_markdown
from qa.documents.formats.ocr import ocr_version
from qa.documents.formats.parsed import Parsed
from qa.documents.formats.pdf import parse_pdf
from qa.documents.formats.pdf_drawing import draw_page
from qa.documents.formats.text import decode, parse_text

__all__ = [
    "Parsed",
    "decode",
    "draw_page",
    "ocr_version",
    "parse_docx",
    "parse_epub",
    "parse_html",
    "parse_markdown",
    "parse_pdf",
    "parse_text",
]
