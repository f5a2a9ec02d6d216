"""Zip files and the XML in them, read so that no file can cost more than its size warrants.

Word files and EPUB books are zip files of XML. What their headers say is never believed: bytes are
counted as they are unpacked. Nothing is ever written to disk, so a member's name is only a name.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from qa.errors import DocumentError

MAX_MEMBERS = 20_000
"""A report of a thousand pages with a picture on each has some two thousand."""
MAX_MEMBER_BYTES = 64_000_000
"""One member unpacked. The text of a thousand pages of Word is some 20 MB of XML."""
MAX_UNPACKED_BYTES = 256_000_000
"""All that is unpacked of one file; pictures and fonts are left packed."""
MAX_RATIO = 200
"""How much larger a large member may get; XML packs 10 to 40 times, forms with empty rows 100."""
_LARGE = 16_000_000
MAX_TAGS = 6_000_000
"""Markup in one member. A tree takes a hundred bytes and more for the four of an empty element."""
_STEP = 1 << 20
_MEMBER = b"PK\x01\x02"
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


class Archive:
    """The members of a zip file, each unpacked when it is asked for."""

    def __init__(self, content: bytes, *, uri: str, kind: str) -> None:
        self._uri = uri
        self._kind = kind
        self._spent = 0
        # Counted before the list is read: each row of a million would become an object.
        if content.count(_MEMBER) > MAX_MEMBERS:
            raise self.refused(f"more than {MAX_MEMBERS:,} files are packed in it")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            listed = self._zip.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise self.damaged("it cannot be unpacked, and may be cut short") from error
        self._members = {info.filename: info for info in listed}
        self._twice = {
            name for name, count in Counter(info.filename for info in listed).items() if count > 1
        }

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """The member's bytes.

        Raises DocumentError where it is missing, encrypted, damaged, or larger than the limits.
        """
        info = self._members.get(name)
        if info is None:
            raise self.damaged(f"{_shown(name)} is missing")
        if name in self._twice:
            raise self.damaged(f"{_shown(name)} is in it twice")
        if info.flag_bits & _ENCRYPTED:
            raise encrypted(self._uri)
        if info.compress_type not in _READABLE:
            raise self.damaged(f"{_shown(name)} is packed in a way that {self._kind} does not have")
        limit = min(MAX_MEMBER_BYTES, MAX_UNPACKED_BYTES - self._spent)
        parts: list[bytes] = []
        size = 0
        try:
            with self._zip.open(info) as member:
                while part := member.read(_STEP):
                    parts.append(part)
                    size += len(part)
                    if size > limit or size > max(_LARGE, MAX_RATIO * info.compress_size):
                        raise self.refused(f"{_shown(name)} unpacks to more than it should")
        except (
            zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError,
        ) as error:  # fmt: skip
            raise self.damaged(f"{_shown(name)} cannot be unpacked") from error
        self._spent += size
        return b"".join(parts)

    def xml(self, name: str) -> Any:
        """The root of the member's XML. Nothing it names is fetched and no entity is resolved."""
        return self.parsed(self.read(name), name)

    def parsed(
        self, content: bytes, name: str, *, otherwise: Callable[[bytes], Any] | None = None
    ) -> Any:
        """The root of this XML, called ``name`` in errors; ``otherwise`` reads what is not XML."""
        from lxml import etree  # noqa: PLC0415

        if _ENTITY.search(content.replace(b"\x00", b"")):  # in UTF-16 every other byte is 0
            raise self.refused(f"{_shown(name)} defines entities")
        if content.count(b"<") > MAX_TAGS:
            raise self.refused(f"{_shown(name)} has more than {MAX_TAGS:,} tags")
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(content, parser=parser)
            if b"<!DOCTYPE" in content and next(root.iter(etree.Entity), None) is not None:
                raise ValueError("it names an entity that is defined elsewhere")
            return root
        except (etree.LxmlError, ValueError) as error:
            if otherwise is not None:
                return otherwise(content)
            deep = "xcessive depth" in str(error) or "xmlSAX2StartElement" in str(error)
            what = "is nested too deeply" if deep else "is not XML that can be read"
            raise self.damaged(f"{_shown(name)} {what}") from error

    def damaged(self, what: str) -> DocumentError:
        """The error that says so, to be raised."""
        return DocumentError(
            f"damaged: {what}",
            uri=self._uri,
            hint=f"download or export the file again; it should be {self._kind}",
        )

    def refused(self, what: str) -> DocumentError:
        """The error for a file that is made to exhaust whoever opens it."""
        return DocumentError(
            f"refused: {what}",
            uri=self._uri,
            hint="if you trust the file, open it and save it as PDF, and add that",
        )


def encrypted(uri: str) -> DocumentError:
    """The error for a file that opens only with a password or a licence."""
    return DocumentError(
        "encrypted: it opens only with a password or a licence",
        uri=uri,
        hint="save a copy without the protection and add that",
    )


def resolved(base: str, reference: str) -> str:
    """The name of the member that ``reference`` in the member ``base`` leads to, or ""."""
    try:
        parts = urlsplit(reference)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc:
        return ""
    path = unquote(parts.path)
    if not path:
        return base
    joined = path if path.startswith("/") else posixpath.join(posixpath.dirname(base), path)
    return posixpath.normpath(joined).lstrip("/")


def local(tag: Any) -> str:
    """The name without its namespace; "" for what is no element."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Any, *names: str) -> Iterator[Any]:
    """The element's own children of these names, whatever their namespace."""
    return (child for child in element if local(child.tag) in names)


def _shown(name: str) -> str:
    name = "".join(char if char.isprintable() else "?" for char in name)
    return name if len(name) <= 80 else name[:77] + "..."
