"""Addresses on the web and the files behind them: which are the same, their kinds and names.

Nothing here connects to anything.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from qa.documents.loading import KINDS
from qa.errors import DocumentError

_ADDRESS = re.compile(r"https?:/", re.I)  # one slash is left of it where it went through a Path
_ENDINGS = {
    "application/pdf": (".pdf",),
    "application/x-pdf": (".pdf",),
    "text/html": (".html", ".htm"),
    "application/xhtml+xml": (".html", ".htm"),
    "text/plain": (".txt", ".md", ".markdown"),
    "text/markdown": (".md", ".markdown"),
    "text/x-markdown": (".md", ".markdown"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/epub+zip": (".epub",),
}
"""The endings that fit a media type; the first is given to a file that has none of them."""
_VAGUE = frozenset(
    """application/octet-stream binary/octet-stream application/binary application/download
    application/force-download application/x-download application/x-forcedownload
    application/zip application/x-zip-compressed""".split()
)
"""Media types that say nothing: the name and the first bytes tell the kind then."""
_MADE_BY_PROGRAM = frozenset(".php .asp .aspx .ashx .jsp .cgi .cfm".split())

_PARAMETER = re.compile(r";\s*filename(\*?)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;]*)", re.I)
_UNWELCOME = re.compile(r"[<>:\"|?*\x00-\x1f\x7f]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.I)
_LONGEST_NAME = 150
"""Bytes of UTF-8; systems take 255 at most, and copies get something added."""


def is_address(text: str) -> bool:
    """Whether this is an address on the web, not the name of a file."""
    return bool(_ADDRESS.match(text))


def refuse_addresses(paths: Iterable[str | Path]) -> None:
    """Raises DocumentError where one of the paths is an address on the web."""
    for path in map(str, paths):
        if is_address(path):
            raise DocumentError(
                f"{path} is an address, and only the command line fetches one",
                uri=path,
                hint="qa add followed by the address, or save the document and add the file",
            )


def same_address(left: str, right: str) -> bool:
    """Whether two addresses lead to the same place, but for what never matters."""
    return bool(left and right) and _plain(left) == _plain(right)


def _plain(address: str) -> str:
    """Without scheme, www, the port that goes without saying, a closing slash and the fragment."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return address.strip()
    host = (parts.hostname or "").removeprefix("www.")
    shown = f":{port}" if port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{shown}{unquote(parts.path).rstrip('/')}{query}"


def named_in(disposition: str) -> list[str]:
    """The file names in a Content-Disposition header, the one to be preferred first."""
    names: list[tuple[bool, str]] = []
    for star, value in _PARAMETER.findall(f";{disposition.partition(';')[2]}"):
        value = value.strip()
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        if star:
            charset, _, encoded = value.partition("'")
            try:
                codecs.lookup(charset)
                value = unquote(encoded.partition("'")[2], charset)
            except (LookupError, ValueError):
                continue  # a charset that nobody knows, or none
        else:
            value = _as_utf8(value)
        names.append((not star, value))
    return [name for _, name in sorted(names, key=lambda named: named[0])]


def _as_utf8(value: str) -> str:
    """The header's bytes read as UTF-8, as most servers mean them, where that can be."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def spoken_for(url: str) -> str:
    """The last part of an address's path, as a reader would write it; "" where it has none."""
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])


def kind_of(media_type: str, names: Sequence[str], head: bytes) -> str:
    """The ending that the file has to have, by what the server says and by its first bytes.

    Raises DocumentError for a kind that is not read, and for what is not what it is said to be.
    """
    seen = _seen_in(head)
    named = [ending for ending in map(_ending, names) if ending in KINDS]
    fitting = _ENDINGS.get(media_type, ())
    if media_type and media_type not in _VAGUE and not fitting:
        raise _not_read(media_type)
    if not fitting:
        fitting = (seen,) if seen else tuple(named[:1])
    if not fitting:
        raise _not_read("of a kind that the server does not say")
    if seen == ".pdf" and ".pdf" not in fitting:
        fitting = (".pdf",)  # a server that has no name for PDF calls it text
    elif seen == ".html" and ".html" not in fitting and fitting[0] != ".txt":
        raise _not_what_it_says(fitting[0], "a web page came, perhaps one that asks for something")
    elif fitting == (".pdf",) and seen != ".pdf":
        raise _not_what_it_says(".pdf", "what came is something else")
    ending = next((each for each in named if each in fitting), fitting[0])
    if ending not in KINDS:
        raise _not_read(f"ending in {ending}")
    return ending


def _seen_in(head: bytes) -> str:
    """The kind that the first bytes give away, or ""."""
    if b"%PDF-" in head[:1024]:
        return ".pdf"
    if head.startswith(b"PK\x03\x04"):
        if head[30:58] == b"mimetypeapplication/epub+zip":
            return ".epub"
        return ".docx" if b"word/" in head else ""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    return ".html" if start.startswith((b"<!doctype html", b"<html")) else ""


def _not_read(kind: str) -> DocumentError:
    kinds = ", ".join(KINDS)
    return DocumentError(f"what came is {kind}, which is not read", hint=f"files read: {kinds}")


def _not_what_it_says(ending: str, instead: str) -> DocumentError:
    return DocumentError(
        f"it is said to be {ending.removeprefix('.').upper()}, but {instead}",
        hint="open the address in a browser, save the document, and add the file",
    )


def file_name(names: Sequence[str], ending: str, *, host: str) -> str:
    """The first of the names that a file can bear, with this ending; else the host's.

    It has no path and nothing that a system or a reader could trip over; any script is welcome.
    """
    plain = (_harmless(name) for name in (*names, host))
    name = next((name for name in plain if name), "download")
    had = _ending(name)
    known = had == ending or had in _MADE_BY_PROGRAM or had in KINDS
    stem = name[: -len(had)] if known else name
    stem = stem.encode()[:_LONGEST_NAME].decode("utf-8", "ignore").rstrip(" .-")
    return f"{stem or 'download'}{ending}"


def _harmless(name: str) -> str:
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    # Marks of direction and the like are not seen, and can make an ending look like another.
    seen = "".join(sign for sign in last if unicodedata.category(sign) not in ("Cf", "Cc", "Cs"))
    plain = " ".join(_UNWELCOME.sub("-", seen).split()).strip(" .-")
    return f"_{plain}" if _RESERVED.match(plain) else plain


def _ending(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f".{ending.lower()}" if stem and dot and ending.isalnum() else ""
