"""EPUB books: their chapters in the order of reading, with the pages of the print where marked."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qa.documents.formats.archive import Archive, children, encrypted, local, resolved
from qa.documents.formats.html import html_tree
from qa.documents.formats.html_blocks import shown_blocks
from qa.documents.formats.outline import Outline
from qa.documents.formats.parsed import Parsed, one_line
from qa.errors import DocumentError
from qa.types import Page

_KIND = "an EPUB book"
_XHTML = ("application/xhtml+xml", "text/html", "text/x-oeb1-document")
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Ways to garble fonts, which is no protection of the text."""
_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_OWN = frozenset([b"amp", b"lt", b"gt", b"quot", b"apos"])
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_MOST_PAGES = 50_000


@dataclass(frozen=True, slots=True)
class _Book:
    """What the package document lists: where it stands, its items by id, those to read."""

    archive: Archive
    name: str
    package: Any
    items: Mapping[str, Any]

    def member(self, item: Any) -> str:
        """The name of the item's file in the archive."""
        return resolved(self.name, item.get("href") or "")


def parse_epub(content: bytes, *, uri: str) -> Parsed:
    """The book's text in reading order; its navigation is no part of it.

    Raises DocumentError where it is protected, damaged, no EPUB, or made to exhaust.
    """
    if not content.startswith(b"PK"):
        raise DocumentError(
            "not an EPUB book, whatever its name says",
            uri=uri,
            hint="check the download, or give it the ending of what it is",
        )
    archive = Archive(content, uri=uri, kind=_KIND)
    book = _book(archive)
    names = [book.member(item) for item in _spine(book)]
    if not names:
        raise archive.damaged("it lists no chapters")
    if _protected(archive) & {*names}:
        raise encrypted(uri)
    title, meta = _stated(book.package)
    pages = _page_list(book, uri)
    outline = Outline(uri=uri, title=title)
    marks: list[tuple[int, str]] = []
    for name in names:
        for block in shown_blocks(_chapter(archive, name, uri), pages=pages.get(name)):
            marks += ((outline.next_start + place, label) for place, label in block.breaks)
            if block.level:
                outline.heading(block.text, block.level)
            else:
                outline.paragraph(block.text)
    text, paragraphs = outline.finish()
    return Parsed(title, text, paragraphs, _pages(marks, len(text)), meta)


def _book(archive: Archive) -> _Book:
    container = archive.xml("META-INF/container.xml")
    for root in container.iter("{*}rootfile"):
        name = resolved("", root.get("full-path") or "")
        if name in archive:
            package = archive.xml(name)
            listed = (item for part in children(package, "manifest") for item in part)
            items = {item.get("id") or "": item for item in listed if local(item.tag) == "item"}
            return _Book(archive, name, package, items)
    raise archive.damaged("it does not say where its contents are")


def _spine(book: _Book) -> Iterator[Any]:
    """The items that are read one after the other."""
    seen: set[str] = set()
    for spine in children(book.package, "spine"):
        for reference in children(spine, "itemref"):
            name = reference.get("idref") or ""
            item = book.items.get(name)
            if item is None or name in seen or "nav" in (item.get("properties") or "").split():
                continue
            seen.add(name)
            if (item.get("media-type") or "").casefold() in _XHTML:
                yield item


def _protected(archive: Archive) -> set[str]:
    """The members that only the owner of a licence can read."""
    name = "META-INF/encryption.xml"
    found: set[str] = set()
    if name in archive:
        for entry in archive.xml(name).iter("{*}EncryptedData"):
            methods = [method.get("Algorithm") for method in children(entry, "EncryptionMethod")]
            if not methods or methods[0] not in _FONTS:
                references = entry.iter("{*}CipherReference")
                found.update(resolved("", reference.get("URI") or "") for reference in references)
    return found


def _chapter(archive: Archive, name: str, uri: str) -> Any:
    """The chapter as a tree: as XML, which it should be, or else as browsers read it."""
    content = archive.read(name)
    if not content.strip():
        raise archive.damaged("a chapter of it is empty")
    return archive.parsed(
        _NAMED.sub(_numbered, content), name, otherwise=lambda _: html_tree(content, uri=uri)
    )


def _numbered(match: re.Match[bytes]) -> bytes:
    """HTML's name of a character as its number, which XML knows without a definition."""
    if match[1] in _XML_OWN:
        return match[0]
    text = html.unescape(match[0].decode("ascii"))
    return match[0] if text.startswith("&") else "".join(f"&#{ord(x)};" for x in text).encode()


def _stated(package: Any) -> tuple[str, dict[str, str]]:
    """The title, and what else the book says of itself."""
    found: dict[str, list[str]] = {}
    for metadata in children(package, "metadata"):
        for element in metadata.iter("{http://purl.org/dc/elements/1.1/}*"):
            event = next((x for key, x in element.items() if local(key) == "event"), "publication")
            text = one_line("".join(element.itertext()))[:300]
            if text and event == "publication":
                found.setdefault(local(element.tag), []).append(text)
    date = _DATE.match(found.get("date", [""])[0])
    meta = {
        "author": ", ".join(dict.fromkeys(found.get("creator", [])[:20])),
        "publisher": found.get("publisher", [""])[0],
        "published": date.group() if date else "",
    }
    title = found.get("title", [""])[0]
    return title, {name: text for name, text in meta.items() if text}


def _page_list(book: _Book, uri: str) -> dict[str, dict[str, str]]:
    """For each chapter, the label of the printed page that begins at the element of each id."""
    pages: dict[str, dict[str, str]] = {}

    def add(base: str, reference: str, label: str) -> None:
        path, _, place = reference.partition("#")
        name = resolved(base, path)
        if place and label:
            pages.setdefault(name, {})[place] = label

    for item in book.items.values():
        name = book.member(item)
        is_nav = "nav" in (item.get("properties") or "").split()
        if name in book.archive and is_nav:
            for nav in _chapter(book.archive, name, uri).iter("{*}nav"):
                if any("page-list" in text.split() for text in nav.values()):
                    for link in nav.iter("{*}a"):
                        add(name, link.get("href") or "", one_line("".join(link.itertext())))
        elif name in book.archive and item.get("media-type") == "application/x-dtbncx+xml":
            for target in _chapter(book.archive, name, uri).iter("{*}pageTarget"):
                label = one_line("".join(target.itertext()))
                for place in children(target, "content"):
                    add(name, place.get("src") or "", label)
    return pages


def _pages(marks: list[tuple[int, str]], end: int) -> tuple[Page, ...]:
    """The pages that begin at the marks; what stands before the first is one without a label."""
    if not marks or len(marks) > _MOST_PAGES:
        return ()
    starts = [(min(at, end), label) for at, label in sorted(marks, key=lambda mark: mark[0])]
    starts = [(0, ""), *starts] if starts[0][0] else starts
    ends = [at for at, _ in starts[1:]] + [end]
    return tuple(
        Page(number, label, at, stop)
        for number, ((at, label), stop) in enumerate(zip(starts, ends, strict=True), start=1)
    )
