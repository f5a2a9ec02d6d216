"""What passes between a sandbox and its worker: JSON with bytes behind it, and never code.

A worker has just read a file from anywhere. Whatever became of it, what it sends is data.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import IO, Any

from qa.documents.loading import Loaded
from qa.types import Box, Document, Layout, Page, Paragraph

_HEAD = struct.Struct("<QI")

Message = tuple[dict[str, Any], list[bytes]]


def send(stream: IO[bytes], said: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
    """The message is on its way to the other side."""
    text = json.dumps({**said, "blobs": [len(blob) for blob in blobs]}).encode("ascii")
    stream.write(_HEAD.pack(len(text), len(blobs)))
    stream.write(text)
    for blob in blobs:
        stream.write(blob)
    stream.flush()


def receive(stream: IO[bytes]) -> Message:
    """The next message. Raises EOFError where the other side has ended or makes no sense."""
    length, count = _HEAD.unpack(_exactly(stream, _HEAD.size))
    try:
        said = json.loads(_exactly(stream, length))
        sizes = [int(size) for size in said.pop("blobs")]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EOFError("not a message") from error
    if len(sizes) != count:
        raise EOFError("not a message")
    return said, [_exactly(stream, size) for size in sizes]


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise EOFError("the other side has ended")
    return content


def pack(loaded: Loaded) -> Message:
    """The loaded document as a message."""
    document = loaded.document
    said = {
        "uri": document.uri,
        "title": document.title,
        "text": document.text,
        "meta": dict(document.meta),
        "sha256": document.sha256,
        "pages": [(p.number, p.label, p.start, p.end, p.ocr) for p in document.pages],
        "paragraphs": [
            (p.start, p.end, p.label, p.heading, p.kind, p.sources) for p in document.paragraphs
        ],
        "warnings": loaded.warnings,
        "scanned": loaded.scanned,
        "layouts": [(layout.page, layout.width, layout.height) for layout in loaded.layouts],
    }
    return said, [layout.words for layout in loaded.layouts]


def unpack(said: dict[str, Any], blobs: Sequence[bytes]) -> Loaded:
    """The loaded document that was packed."""
    document = Document(
        uri=said["uri"],
        title=said["title"],
        text=said["text"],
        pages=tuple(Page(*page) for page in said["pages"]),
        meta=said["meta"],
        sha256=said["sha256"],
        paragraphs=tuple(
            Paragraph(start, end, label, heading, kind, tuple(sources))
            for start, end, label, heading, kind, sources in said["paragraphs"]
        ),
    )
    layouts = tuple(
        Layout(page, width, height, words)
        for (page, width, height), words in zip(said["layouts"], blobs, strict=True)
    )
    return Loaded(document, tuple(said["warnings"]), layouts, bool(said["scanned"]))


def box_row(box: Box) -> tuple[int, float, float, float, float]:
    """The box as it stands in a message; `Box(*row)` makes it again."""
    return (box.page, box.x0, box.y0, box.x1, box.y1)
