"""Plain text, in whatever encoding it comes."""

from __future__ import annotations

from qa.documents.formats.outline import Outline
from qa.documents.formats.parsed import Parsed, settle
from qa.errors import DocumentError
from qa.text import paragraph_spans

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# What PDF, Zip (and Word), PNG, JPEG, older Office and gzip files begin with.
_MAGIC = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
_SAMPLE = 200_000
_BINARY_SHARE = 0.02
# What pages call Latin-1 is Windows-1252 in practice, and so browsers read it.
_MEANT = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}


def parse_text(source: str, *, uri: str) -> Parsed:
    """The document's text; blank lines part its paragraphs."""
    source = settle(source)
    outline = Outline(uri=uri)
    for start, end in paragraph_spans(source):
        outline.paragraph("\n".join(line.rstrip() for line in source[start:end].split("\n")))
    text, paragraphs = outline.finish()
    return Parsed("", text, paragraphs)


def decode(content: bytes, *, uri: str, declared: str = "") -> str:
    """The text of the bytes: by byte order mark, as declared, as UTF-8, or as fits best.

    Raises DocumentError where they are not text.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            text = _decoded(content, encoding)
            break
    else:
        if b"\x00" in content or content.startswith(_MAGIC):
            raise _not_text(uri)
        text = _decoded(content, _MEANT.get(declared.casefold(), declared)) if declared else None
        if text is None:
            text = _decoded(content, "utf-8")
        if text is None:
            text = _guessed(content)
    if text is None or _is_binary(text):
        raise _not_text(uri)
    return text


def _decoded(content: bytes, encoding: str) -> str | None:
    """The text, or None where the bytes are not in this encoding or there is no such one."""
    try:
        return content.decode(encoding)
    except (LookupError, ValueError):
        return None


def _guessed(content: bytes) -> str | None:
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(content[:_SAMPLE]).best()
    return None if best is None else content.decode(best.encoding, "replace")


def _is_binary(text: str) -> bool:
    sample = text[:_SAMPLE]
    control = sum(char < " " and char not in "\n\r\t\f\x0b" for char in sample)
    return control > _BINARY_SHARE * len(sample)


def _not_text(uri: str) -> DocumentError:
    return DocumentError(
        "not text, whatever its name says",
        uri=uri,
        hint="give the file the ending of what it is, or save it as UTF-8 text",
    )
