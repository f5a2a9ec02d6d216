"""An evidence pack: an answer with its quotes, their passages and pictures of their pages, sealed.

The same exchange and the same index make the same file, byte for byte.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa.documents import page_at, paragraph_at, paragraph_name
from qa.errors import DocumentError, QAError
from qa.exports.markdown import exchange_markdown
from qa.exports.quotes import unmarked
from qa.exports.recording import Exchange, faults, holds, kept
from qa.exports.strict import parsed
from qa.exports.wording import line
from qa.types import Citation, Document, DocumentSummary, Hit

if TYPE_CHECKING:
    from qa.assistant import Assistant

FORMAT, VERSION = "ask-the-reviews evidence pack", 1
README, DATA, ANSWER, MANIFEST = "README.txt", "pack.json", "answer.md", "MANIFEST.sha256"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WIDTH = 1000
_MOST_PAGES = 40
_AGAIN = "ask the question again: the documents may have changed since it was answered"
_READ_ME = """\
EVIDENCE PACK

{question}
Asked {asked}.

What this is
  answer.md        the answer, its quotes and where each stands, to be read
  pack.json        the same for programs: every quote with its place (page, paragraph, characters
                   of the document's text), the passage around it, and the documents' SHA-256
  pages/           pictures of the pages cited, each quote marked, where pages can be drawn{left}
  MANIFEST.sha256  the SHA-256 of each of these files

How to check it
  With Ask the Reviews:      qa verify PACK.zip
  With the usual tools:      unpack it, then: sha256sum -c MANIFEST.sha256
  With the document itself:  its file must have the SHA-256 that pack.json gives for it; the
                             quotes are then to be found on the pages that are named.

What it proves
  That nothing in it was damaged, or changed without the rest of it. Whoever makes a whole pack
  anew can make it say anything: that the quotes are in a report is proved by the report alone.
  How sure the answer is, is this program's own estimate, and nothing proves it.
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote in its passage: ``text[quote_start:quote_end]`` is the quote ``number`` cites.

    ``start`` and ``end`` place the passage in the document's text; ``pages`` name its pictures.
    """

    number: int
    heading: str
    start: int
    end: int
    text: str
    quote_start: int
    quote_end: int
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """A document that is cited: ``sha256`` is of its file, ``warnings`` say what was not read."""

    uri: str
    title: str
    meta: Mapping[str, str]
    sha256: str
    pages: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """What pack.json says. ``index`` is `Assistant.fingerprint`."""

    format: str
    version: int
    exchange: Exchange
    evidence: tuple[Evidence, ...]
    documents: tuple[Packed, ...]
    index: str


def write_pack(assistant: Assistant, exchange: Exchange, path: str | Path) -> None:
    """The pack lies at the path. Raises QAError as `pack_bytes` does, or where it cannot."""
    made = pack_bytes(assistant, exchange)
    try:
        Path(path).write_bytes(made)
    except OSError as error:
        raise QAError(
            f"{path} cannot be written: {error.strerror or error}", hint="name another file"
        ) from error


def pack_bytes(assistant: Assistant, exchange: Exchange) -> bytes:
    """The pack as a ZIP file.

    Raises QAError where the exchange cites what does not stand in the documents of the index:
    nothing that was not found there is sealed.
    """
    _check(assistant, exchange)
    entries: dict[str, bytes] = {}
    evidence = []
    for citation in exchange.citations:
        drawn = _drawn(assistant, citation, room=_MOST_PAGES - len(entries))
        entries |= drawn
        evidence.append(_evidence(assistant, citation, exchange, tuple(drawn)))
    answer = replace(exchange.answer, hits=()) if exchange.answer else None
    pack = Pack(
        FORMAT,
        VERSION,
        replace(exchange, answer=answer),
        tuple(evidence),
        tuple(_packed(one) for one in _cited(assistant, exchange)),
        assistant.fingerprint(),
    )
    text = json.dumps(asdict(pack), ensure_ascii=False, indent=2, allow_nan=False, default=dict)
    data = (text + "\n").encode("utf-8", "replace")
    read_me, answer_md = told_in(parsed(Pack, data.decode())).values()
    return zipped({README: read_me, DATA: data, ANSWER: answer_md, **entries})


def told_in(pack: Pack) -> dict[str, bytes]:
    """README.txt and answer.md of the pack, which say nothing that pack.json does not say.

    Whoever checks a pack compares them: another wording of them needs another VERSION.
    """
    drawn = {name for each in pack.evidence for name in each.pages}
    left = "" if len(drawn) < _MOST_PAGES else f" (the first {_MOST_PAGES})"
    question, asked = line(pack.exchange.question), f"{pack.exchange.asked} (UTC)"
    summaries = {
        one.uri: DocumentSummary(one.uri, one.title, one.meta, one.sha256, one.pages, 0, "")
        for one in pack.documents
    }
    return {
        README: _READ_ME.format(question=question, asked=asked, left=left).encode(),
        ANSWER: exchange_markdown(pack.exchange, summaries).encode(),
    }


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """The entries as a ZIP file in their order, after them their manifest."""
    sums = "".join(f"{digest(content)}  {name}\n" for name, content in entries.items())
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in {**entries, MANIFEST: sums.encode()}.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3  # the same on every system
            info.external_attr = 0o100644 << 16
            file.writestr(info, content)
    return held.getvalue()


def digest(content: bytes) -> str:
    """Its SHA-256."""
    return hashlib.sha256(content).hexdigest()


def _check(assistant: Assistant, exchange: Exchange) -> None:
    """What is cited stands in the index, just as it is cited, and the answer quotes nothing else.

    The exchange may have been kept by somebody else meanwhile.
    """
    for fault in faults(exchange):
        raise QAError(f"this answer cannot be packed: {fault}", hint=_AGAIN)
    for citation in exchange.citations:
        if not stands(assistant.document(citation.uri), citation):
            raise QAError(
                f"quote [{citation.number}] does not stand in {citation.uri} as it is cited",
                hint=_AGAIN,
            )
    for fault in unmarked(exchange):
        raise QAError(f"this answer cannot be packed: {fault}", hint=_AGAIN)


def stands(document: Document, citation: Citation) -> bool:
    """Whether the document has the quote there, and every field says of it what is so."""
    page = page_at(document.pages, citation.start)
    block = paragraph_at(document.paragraphs, citation.start)
    sources = document.paragraphs[block].sources if block >= 0 else ()
    said = (citation.title, citation.review, citation.sha256, citation.page, citation.page_label)
    number, label = (page.number, page.label) if page else (None, "")
    return (
        document.text[citation.start : citation.end] == citation.quote
        and said
        == (document.title, document.meta.get("review", ""), document.sha256, number, label)
        and citation.paragraph == paragraph_name(document, citation.start)
        and citation.url in ("", *sources, document.meta.get("url", ""))
    )


def _cited(assistant: Assistant, exchange: Exchange) -> Sequence[DocumentSummary]:
    uris = {citation.uri for citation in exchange.citations}
    return [summary for summary in assistant.documents() if summary.uri in uris]


def _packed(one: DocumentSummary) -> Packed:
    return Packed(one.uri, one.title, dict(one.meta), one.sha256, one.pages, tuple(one.warnings))


def _drawn(assistant: Assistant, citation: Citation, *, room: int) -> dict[str, bytes]:
    """A picture of each page that the quote stands on, the quote marked, by the entry's name."""
    if not assistant.summary(citation.uri).drawable:
        return {}
    start, end = citation.start, citation.end
    pages = [
        page.number
        for page in assistant.document(citation.uri).pages
        if page.start < end and start < page.end
    ]
    drawn = {}
    for page in pages[: max(room, 0)]:
        try:
            picture = assistant.page_image(citation.uri, page, start=start, end=end, width=_WIDTH)
        except DocumentError:
            continue  # a page that cannot be drawn does not keep the words from being packed
        drawn[f"pages/{citation.number:03}-page-{page}.png"] = picture
    return drawn


def _evidence(
    assistant: Assistant, citation: Citation, exchange: Exchange, pages: tuple[str, ...]
) -> Evidence:
    """The quote in the passage that was found, or in its paragraphs where none is kept."""
    hits: Sequence[Hit] = kept(exchange.answer).hits if exchange.answer else ()
    document = assistant.document(citation.uri)
    low, high, heading = citation.start, citation.end, ""
    for block in document.paragraphs:
        if block.start < citation.end and citation.start < block.end:
            low, high = min(low, block.start), max(high, block.end)
            heading = heading or block.heading
    for passage in (hit.passage for hit in hits):
        true = document.text[passage.start : passage.end] == passage.text
        if true and holds(passage, citation):
            low, high = passage.start, passage.end
            break
    return Evidence(
        number=citation.number,
        heading=heading,
        start=low,
        end=high,
        text=document.text[low:high],
        quote_start=citation.start - low,
        quote_end=citation.end - low,
        pages=pages,
    )
