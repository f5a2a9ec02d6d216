"""The values of the index: what goes in, what an update did, what stands there now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from qa.text import STOP_WORDS, terms
from qa.types import Change, Document, Layout, Passage

SCHEMA = 3
"""Raised whenever a table changes its meaning: an older ledger then asks to be rebuilt."""

_ANALYSIS_SAMPLE = (
    "The Board's 1,400 children of 2012–2013, para. 7.12: “don’t”, naïve, recommendations, "
    "investigations and policing at £2.5m; an e-mail, Straße, ﬁndings, 2nd 30% A&E 東京. "
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What an index was built with; vectors and passages of another identity do not fit in."""

    encoder: str
    dimension: int
    splitter: str
    schema: int = SCHEMA

    def __str__(self) -> str:
        return (
            f"encoder {self.encoder} ({self.dimension} dimensions), "
            f"splitter {self.splitter}, schema {self.schema}"
        )


@dataclass(frozen=True, slots=True)
class Version:
    """One committed state of the ledger. ``token`` is random, so that a generation that was
    prepared but never committed is not taken for the one that got its number later."""

    generation: int
    token: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A document to put in, with its passages in order.

    ``root`` is where it came from (the folder given to a build, or "added"). ``signature`` may
    hold the size and time of its file, so that the caller knows an unchanged file without reading
    it; ``warnings`` what could not be read of it. Neither makes a document changed. ``layouts``
    say where the words of its pages stand.
    """

    document: Document
    passages: tuple[Passage, ...]
    root: str = ""
    signature: str = ""
    warnings: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a stored document without its text."""

    sha256: str
    root: str
    signature: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What an update did; each tuple is of uris, in order. ``encoded`` counts passages."""

    generation: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    documents: int = 0
    pages: int = 0
    passages: int = 0
    encoded: int = 0
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The state of an index; sizes are bytes on disk."""

    generation: int
    documents: int
    pages: int
    passages: int
    identity: Identity
    ledger_bytes: int
    dense_bytes: int
    lexical_bytes: int
    roots: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The status as plain values, ready for ``json.dumps``."""
        return asdict(self)


def passage_input(passage: Passage) -> str:
    """The text that is encoded and lexically indexed for a passage: its headings, then itself."""
    return f"{passage.heading}\n{passage.text}"


def passage_terms(passage: Passage) -> str:
    """The passage as the lexical index takes it: the terms of its input, parted by blanks."""
    return " ".join(terms(passage_input(passage)))


def passage_key(passage: Passage, encoder: str) -> bytes:
    """The key of the passage's vector: the same input under the same encoder has the same key."""
    content = f"{encoder}\0{passage_input(passage)}".encode()
    return hashlib.blake2b(content, digest_size=16).digest()


def analysis_version() -> str:
    """A name for the way `qa.text.terms` cuts text, that changes when its results do."""
    sample = terms(_ANALYSIS_SAMPLE + " ".join(sorted(STOP_WORDS)))
    return hashlib.blake2b(" ".join(sample).encode(), digest_size=8).hexdigest()


def document_faults(document: Document, passages: tuple[Passage, ...]) -> list[str]:
    """How the document's passages break their laws: each is of it and stands at its offsets."""
    faults = []
    for passage in passages:
        if passage.uri != document.uri:
            faults.append(f"{document.uri}: passage {passage.id} is of {passage.uri}")
        elif document.text[passage.start : passage.end] != passage.text:
            place = f"{passage.start}:{passage.end}"
            faults.append(f"{document.uri}: passage {passage.id} does not stand at {place}")
        elif not 0 <= passage.start < passage.end or not 0 <= passage.id < 1 << 63:
            faults.append(f"{document.uri}: passage {passage.id} has no place or no 63-bit id")
    return faults
