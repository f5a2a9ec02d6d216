"""Documents made of blocks, and what a module of `qa.answers` prints of them when it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from qa.answers.printing import Printed
from qa.types import Document, DocumentSummary, Paragraph

Placed = tuple[str, str, str, str]
"""The kind of a paragraph, its label, the trail of headings above it, and its text."""


def made_of(title: str, blocks: Iterable[Placed], uri: str = "", **meta: str) -> Document:
    """A document of these paragraphs, without pages."""
    whole, paragraphs = "", []
    for kind, label, above, text in blocks:
        end = len(whole) + len(text)
        paragraphs.append(Paragraph(len(whole), end, label, above, kind))  # type: ignore[arg-type]
        whole += f"{text}\n\n"
    uri = uri or f"{title}.pdf"
    return Document(uri, title, whole, (), meta, "ab" * 32, tuple(paragraphs))


def summary_of(made: Document) -> DocumentSummary:
    return DocumentSummary(made.uri, made.title, dict(made.meta), made.sha256, 1, 1, "")


def printed_of(
    tell: Callable[..., list[Printed]],
    question: str,
    documents: Sequence[Document],
    about: Sequence[str] = (),
) -> list[Printed]:
    """What ``tell`` finds in these documents."""
    held = {each.uri: each for each in documents}
    summaries = [summary_of(each) for each in documents]
    return tell(question, summaries, about=about, document_of=held.__getitem__)
