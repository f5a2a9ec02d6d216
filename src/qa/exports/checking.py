"""Whether an evidence pack holds: by itself, and against the documents of an index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from qa.documents import page_at
from qa.errors import QAError
from qa.exports.pack import (
    ANSWER,
    DATA,
    FORMAT,
    MANIFEST,
    README,
    VERSION,
    Pack,
    digest,
    stands,
    told_in,
)
from qa.exports.quotes import unmarked
from qa.exports.recording import faults
from qa.exports.sealed import Damaged, Sealed
from qa.exports.strict import one_line, parsed
from qa.types import Citation, Document, DocumentSummary

_LARGEST_DATA = 20_000_000
_SUM = re.compile(r"([0-9a-f]{64})  ([^\r\n]+)")
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: it held, it is a fault, or it could not be checked."""

    kind: Literal["held", "fault", "unchecked"]
    words: str


class Shelf(Protocol):
    """Where documents are looked up: an assistant, or an index alone."""

    def documents(self) -> Sequence[DocumentSummary]:
        """Every document, without its text."""
        ...

    def document(self, uri: str) -> Document:
        """The document. Raises DocumentError where there is none."""
        ...


def check_pack(
    path: str | Path, assistant: Shelf | None = None, *, fingerprint: str = ""
) -> list[Finding]:
    """What holds of the pack, what does not, and what could not be checked.

    Its quotes are looked up in the documents of the assistant, where one is given; with its
    ``fingerprint`` it is said whether it is what the pack was made from. Raises QAError for a file
    that is no evidence pack. Nothing is written to the disk.
    """
    file = Sealed(path)
    for name in (DATA, MANIFEST):
        if name not in file.names:
            raise QAError(
                f"{path} is not an evidence pack: it has no {name}",
                hint="packs are made by qa.write_pack, and by the page of an answer",
            )
    found, contents = _entries(file)
    pack = _read(str(path), contents.get(DATA, b""))
    found += _facts(
        _pack_faults(pack, contents),
        f"each of the {len(pack.evidence)} quotes stands in its passage, the answer quotes "
        f"nothing else, and {ANSWER} says the same",
    )
    if assistant is None:
        words = "whether the quotes stand in the documents: no index was at hand"
        found.append(Finding("unchecked", words))
    else:
        found += _against(pack, assistant)
    if fingerprint:
        same = fingerprint == pack.index
        words = "the index is, as a whole, what the pack was made from"
        other = "what else is found: the index is not, as a whole, what the pack was made from"
        found.append(Finding("held", words) if same else Finding("unchecked", other))
    words = "what the pictures of pages show, and how sure the answer is said to be"
    return [*found, Finding("unchecked", words)]


def _facts(wrong: Iterator[str], right: str) -> list[Finding]:
    """The faults, or that there are none."""
    return [Finding("fault", one_line(words)) for words in wrong] or [Finding("held", right)]


def _entries(file: Sealed) -> tuple[list[Finding], dict[str, bytes]]:
    """What is wrong with the entries; and of those that are read, the head or the whole."""
    wrong: list[str] = []
    sums: dict[str, str] = {}
    contents: dict[str, bytes] = {}
    try:
        listed = file.read(MANIFEST).decode("utf-8")
        matches = [_SUM.fullmatch(row) for row in listed.splitlines()]
        sums = {match[2]: match[1] for match in matches if match}
        if len(sums) < len(matches):
            wrong.append(f"{MANIFEST} is not as it was written")
    except (Damaged, UnicodeDecodeError):
        wrong.append(f"{MANIFEST} cannot be read")
    for name in file.names:
        if name == MANIFEST:
            continue
        try:
            content = file.read(name)
        except Damaged as error:
            wrong.append(f"{name} cannot be read: {error}")
            continue
        contents[name] = content if name in (DATA, README, ANSWER) else content[: len(_PNG)]
        if name not in sums:
            wrong.append(f"{name} is in the pack and not in its manifest")
        elif digest(content) != sums[name]:
            wrong.append(f"{name} was changed: its SHA-256 is another one")
    wrong += [f"{name} is missing" for name in sorted(sums.keys() - set(file.names))]
    right = f"all {len(sums)} files are there and have their SHA-256"
    return _facts(iter(wrong), right), contents


def _read(path: str, content: bytes) -> Pack:
    """What pack.json says. Raises QAError where that cannot be said."""
    hint = "ask for the pack again where it was made"
    try:
        if len(content) > _LARGEST_DATA:
            raise ValueError(f"it is larger than {_LARGEST_DATA // 1_000_000} MB")
        text = content.decode("utf-8")
        version = re.search(r'"version":\s*(\d{1,9})\b', text[:200])
        if f'"{FORMAT}"' in text[:200] and version and int(version[1]) > VERSION:
            hint = "bring this program up to date"
            raise ValueError(f"it is of version {version[1]}, and {VERSION} is the newest known")
        pack = parsed(Pack, text)
        if (pack.format, pack.version) != (FORMAT, VERSION):
            raise ValueError("it is of another kind")
    except ValueError as error:
        raise QAError(f"{path}: {DATA} cannot be used: {one_line(str(error))}", hint=hint) from None
    return pack


def _pack_faults(pack: Pack, contents: dict[str, bytes]) -> Iterator[str]:
    """What is wrong with the pack by itself."""
    yield from faults(pack.exchange)
    yield from unmarked(pack.exchange)
    for name, content in told_in(pack).items():
        if contents.get(name) != content:
            yield f"{name} does not say what {DATA} says"
    named = {README, DATA, ANSWER, *(name for each in pack.evidence for name in each.pages)}
    for name in sorted(contents.keys() - named):
        yield f"{name} is in the pack, and {DATA} does not name it"
    citations = {one.number: one for one in pack.exchange.citations}
    if sorted(citations) != sorted(each.number for each in pack.evidence):
        yield "not every quote has its passage, or a passage has no quote"
    known = {each.uri: each for each in pack.documents}
    if len(known) < len(pack.documents):
        yield "a document is named twice"
    for citation in citations.values():
        document = known.get(citation.uri)
        if document is None or document.sha256 != citation.sha256:
            yield f"quote [{citation.number}] is of a document that the pack does not name"
        elif (document.title, document.meta.get("review", "")) != (citation.title, citation.review):
            yield f"quote [{citation.number}] names its document by another title or review"
    for each in pack.evidence:
        cited = citations.get(each.number)
        if cited is None:
            continue
        low, high = each.quote_start, each.quote_end
        if not 0 <= low < high <= len(each.text) or each.text[low:high] != cited.quote:
            yield f"quote [{each.number}] does not stand in its passage"
        if each.end - each.start != len(each.text) or each.start + low != cited.start:
            yield f"quote [{each.number}] stands elsewhere in the document than its passage"
        for name in each.pages:
            if contents.get(name) != _PNG:
                yield f"the picture {name} is missing, or is none"


def _against(pack: Pack, shelf: Shelf) -> Iterator[Finding]:
    """What the documents of an index say to each quote."""
    held = {summary.uri: summary.sha256 for summary in shelf.documents()}
    for uri, sha256 in sorted({(one.uri, one.sha256) for one in pack.exchange.citations}):
        quotes = [one for one in pack.exchange.citations if (one.uri, one.sha256) == (uri, sha256)]
        name = one_line(uri)
        if uri not in held:
            same = sorted(other for other, digest_ in held.items() if digest_ == sha256)
            if not same:
                yield Finding("unchecked", f"{name}: the document is not in this index")
                continue
            yield from _quotes(name, quotes, shelf.document(same[0]))
        elif held[uri] != sha256:
            yield Finding("unchecked", f"{name}: the index has another version of the document")
        else:
            yield from _quotes(name, quotes, shelf.document(uri))


def _quotes(name: str, quotes: Sequence[Citation], document: Document) -> Iterator[Finding]:
    numbers = []
    for one in quotes:
        quote, page = f"{name}: quote [{one.number}]", page_at(document.pages, one.start)
        if one.quote not in document.text:
            yield Finding("fault", f"{quote} is not in the document")
        elif document.text[one.start : one.end] != one.quote:
            words = f"{quote} stands in the document, at another place"
            yield Finding("unchecked", f"{words}: it was read by another version of this program")
        elif one.page != (page.number if page else None):
            yield Finding("fault", f"{quote} stands on another page of the document")
        elif not stands(document, one):
            words = "title, review, page label, paragraph or address is another one in the index"
            yield Finding("unchecked", f"{quote} stands there, and its {words}")
        else:
            numbers.append(f"[{one.number}]")
    if numbers:
        words = f"{name}: same SHA-256 in the index, and {', '.join(numbers)} stand there"
        yield Finding("held", words)
