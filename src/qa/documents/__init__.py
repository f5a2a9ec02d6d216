"""Files in, documents and passages out."""

from qa.documents.loading import KINDS, LOADER_VERSION, Loaded, fingerprint, load_file, scan
from qa.documents.splitting import (
    page_at,
    paragraph_at,
    paragraph_name,
    split,
    splitter_version,
)

__all__ = [
    "KINDS",
    "LOADER_VERSION",
    "Loaded",
    "fingerprint",
    "load_file",
    "page_at",
    "paragraph_at",
    "paragraph_name",
    "scan",
    "split",
    "splitter_version",
]
