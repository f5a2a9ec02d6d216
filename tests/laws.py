"""What is true of every document, whatever file it was read from."""

from __future__ import annotations

from itertools import pairwise

from qa.text import normalise
from qa.types import Document


def assert_lawful(document: Document) -> None:
    """Text, paragraphs and pages fit each other."""
    text = document.text
    assert normalise(text) == text
    for paragraph in document.paragraphs:
        assert 0 <= paragraph.start < paragraph.end <= len(text)
        inside = text[paragraph.start : paragraph.end]
        assert inside == inside.strip()
        assert "\n\n" not in inside
    for before, after in pairwise(document.paragraphs):
        assert text[before.end : after.start] == "\n\n"
    if document.paragraphs:
        assert (document.paragraphs[0].start, document.paragraphs[-1].end) == (0, len(text))
    for number, page in enumerate(document.pages, start=1):
        assert (page.number, page.start <= page.end) == (number, True)
    for left, right in pairwise(document.pages):
        assert left.end == right.start
    if document.pages:
        assert (document.pages[0].start, document.pages[-1].end) == (0, len(text))


def paragraphs(document: Document, kind: str = "text") -> list[str]:
    """The texts of the paragraphs of one kind."""
    return [document.text[x.start : x.end] for x in document.paragraphs if x.kind == kind]
