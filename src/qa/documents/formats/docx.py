"""Word files: the text as Word shows it, with the numbers that it prints by itself.

Read from the XML, not through a library: those at hand know neither the automatic numbers, by which
reports are cited, nor notes, tracked changes and text boxes, and a hostile archive exhausts them.
Word fixes no pages, so there are none. Macros are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qa.documents.formats.archive import Archive, children, encrypted, local, resolved
from qa.documents.formats.docx_body import Block, Body
from qa.documents.formats.docx_numbering import (
    Numbering,
    attribute,
    read_numbering,
    value,
    written,
)
from qa.documents.formats.docx_styles import Styles, read_styles
from qa.documents.formats.outline import Outline
from qa.documents.formats.parsed import Parsed, one_line
from qa.documents.formats.pdf_title import author_of, month_of
from qa.errors import DocumentError
from qa.text import fold, words

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_KIND = "a Word file (.docx)"
_FILE_NAME = re.compile(
    r"microsoft word|untitled|document ?\d*$|\.(?:docx?|dotx?|pdf|rtf)\b|_", re.IGNORECASE
)
_OPENING = 60
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class _Parts:
    """The names of the parts that a file is made of, by what each is; "" names the text itself."""

    archive: Archive
    names: Mapping[str, str]

    def root(self, kind: str) -> Any | None:
        """The part's XML, None where the file has no such part."""
        name = self.names.get(kind, "")
        return self.archive.xml(name) if name in self.archive else None


def parse_docx(content: bytes, *, uri: str) -> Parsed:
    """The file's text with its headings, printed numbers, tables and notes.

    Raises DocumentError where it is encrypted, damaged, no Word file, or made to exhaust.
    """
    _check_kind(content, uri)
    archive = Archive(content, uri=uri, kind=_KIND)
    try:
        return _parsed(_parts(archive), uri)
    except RecursionError as error:
        raise archive.refused("it is nested too deeply") from error


def _check_kind(content: bytes, uri: str) -> None:
    if content.startswith(_OLE):
        if _PACKAGE in content:
            raise encrypted(uri)
        raise DocumentError(
            "an old Word file (.doc), whatever its name says",
            uri=uri,
            hint="open it in Word or LibreOffice and save it as .docx or PDF",
        )
    if not content.startswith(b"PK"):
        raise DocumentError(
            "not a Word file, whatever its name says",
            uri=uri,
            hint="check the download, or give it the ending of what it is",
        )


def _parts(archive: Archive) -> _Parts:
    """Where the parts are. Where the file does not say, they are where Word puts them."""
    text = _related(archive, "").get("officeDocument", "word/document.xml")
    if text not in archive:
        raise archive.damaged("there is no Word document in it")
    names = {"styles": "word/styles.xml", "numbering": "word/numbering.xml"}
    names |= {"footnotes": "word/footnotes.xml", "endnotes": "word/endnotes.xml"}
    names |= {"settings": "word/settings.xml", "core-properties": "docProps/core.xml"}
    return _Parts(archive, names | _related(archive, "") | _related(archive, text) | {"": text})


def _related(archive: Archive, name: str) -> dict[str, str]:
    """The members that this one refers to, by what they are to it."""
    folder, _, file = name.rpartition("/")
    listed = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
    if listed not in archive:
        return {}
    found: dict[str, str] = {}
    for relation in children(archive.xml(listed), "Relationship"):
        if attribute(relation, "TargetMode") != "External":
            kind = attribute(relation, "Type").rpartition("/")[2]
            found.setdefault(kind, resolved(name, attribute(relation, "Target")))
    return found


def _parsed(parts: _Parts, uri: str) -> Parsed:
    root = parts.archive.xml(parts.names[""])
    if local(root.tag) != "document":
        raise parts.archive.damaged("there is no Word document in it")
    styles = _styles(parts)
    body = Body(styles, _numbering(parts, styles))
    blocks = [block for element in children(root, "body") for block in body.read(element)]
    meta, stated = _properties(parts)
    title = _title(stated, body.title, blocks)
    outline = Outline(uri=uri, title=title)
    for block in blocks:
        if block.level:
            outline.heading(block.text, block.level)
        else:
            outline.paragraph(block.text, contents=block.contents)
    notes = _notes(parts, body, root)
    if notes:
        outline.under("Notes")
    for note in notes:
        outline.paragraph(note)
    text, paragraphs = outline.finish()
    return Parsed(title, text, paragraphs, meta=meta, warnings=_warnings(body))


def _warnings(body: Body) -> tuple[str, ...]:
    if not body.embedded:
        return ()
    what = "a file is" if body.embedded == 1 else f"{body.embedded} files are"
    return (f"{what} embedded in it and not read",)


def _styles(parts: _Parts) -> Styles:
    root = parts.root("styles")
    return Styles() if root is None else read_styles(root)


def _numbering(parts: _Parts, styles: Styles) -> Numbering:
    root = parts.root("numbering")
    if root is None:
        return Numbering()
    return read_numbering(root, {name: styles.numbering(name)[0] for name in styles.by_id})


def _properties(parts: _Parts) -> tuple[dict[str, str], str]:
    """What the file says of itself, and its title."""
    root = parts.root("core-properties")
    if root is None:
        return {}, ""
    stated = {local(child.tag): one_line(child.text or "") for child in root}
    meta = {
        "author": author_of(stated.get("creator", "")),
        "published": month_of(stated.get("created", "")),
    }
    return {name: text for name, text in meta.items() if text}, stated.get("title", "")


def _title(stated: str, styled: str, blocks: list[Block]) -> str:
    """The stated title if the opening bears it out, else what is set as the title, else stated.

    Titles outlive the template or the draft that they were given to.
    """
    opening = {
        fold(block.text[start:end])
        for block in blocks[:_OPENING]
        for start, end in words(block.text)
    }
    named = [fold(stated[start:end]) for start, end in words(stated)]
    if not named or _FILE_NAME.search(stated):
        return styled[:_LONGEST]
    borne_out = sum(word in opening for word in named) >= 0.75 * len(named)
    return (stated if borne_out or not styled else styled)[:_LONGEST]


def _notes(parts: _Parts, body: Body, root: Any) -> list[str]:
    """The notes that the text refers to, under the numbers that Word prints."""
    texts: dict[tuple[str, str], str] = {}
    for kind in ("footnote", "endnote"):
        part = parts.root(f"{kind}s") if any(name == kind for name, _ in body.notes) else None
        for element in () if part is None else children(part, kind):
            name = kind, attribute(element, "id")
            if name in body.notes:
                texts[name] = "\n".join(block.text for block in body.read(element))
    notes: list[str] = []
    for kind in ("footnote", "endnote"):
        form = _note_form(parts, kind, root)
        referred = (name for name in list(body.notes) if name[0] == kind)
        for number, name in enumerate(referred, start=1):
            printed = f" {written(number, form)}" if form else ""
            if texts.get(name, "").strip():
                notes.append(f"{kind.capitalize()}{printed}: {texts[name]}")
    return notes


def _note_form(parts: _Parts, kind: str, root: Any) -> str:
    """How notes of this kind are numbered; "" where they begin anew on a page or in a section."""
    form = "decimal" if kind == "footnote" else "lowerRoman"
    settings = parts.root("settings")
    for part in (root,) if settings is None else (settings, root):
        for element in part.iter(f"{{*}}{kind}Pr"):
            if value(element, "numRestart") not in ("", "continuous"):
                return ""
            form = value(element, "numFmt") or form
    return form
