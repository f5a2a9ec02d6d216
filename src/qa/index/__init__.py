"""The index: documents, passages and vectors on this machine, and the two ways to search them."""

from qa.index.index import Index
from qa.index.lock import wait_for_lock
from qa.index.records import (
    Entry,
    Identity,
    Status,
    Stored,
    UpdateResult,
    passage_input,
)
from qa.index.rows import not_indexed

__all__ = [
    "Entry",
    "Identity",
    "Index",
    "Status",
    "Stored",
    "UpdateResult",
    "not_indexed",
    "passage_input",
    "wait_for_lock",
]
