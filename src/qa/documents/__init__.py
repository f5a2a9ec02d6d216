"""Files in, documents and passages out."""

from qa.documents.addresses import is_address, refuse_addresses, same_address
from qa.documents.catalogue import (
    BRIEF,
    KIND,
    LANDING_PAGE,
    CatalogueEntry,
    entry_at,
    find_entry,
    matches,
    read_catalogue,
)
from qa.documents.downloading import Downloaded, download
from qa.documents.finding import (
    Spot,
    find_words,
    locate,
    locate_paragraph,
    numbered_page,
    places_told,
)
from qa.documents.formats import ocr_version
from qa.documents.layouts import boxes
from qa.documents.loading import (
    KINDS,
    LOADER_VERSION,
    Loaded,
    check_kind,
    check_size,
    fingerprint,
    load_file,
    scan,
    unreadable,
)
from qa.documents.sandbox import Sandbox
from qa.documents.splitting import (
    page_at,
    paragraph_at,
    paragraph_name,
    paragraph_names,
    split,
    splitter_version,
)

__all__ = [
    "BRIEF",
    "KIND",
    "KINDS",
    "LANDING_PAGE",
    "LOADER_VERSION",
    "CatalogueEntry",
    "Downloaded",
    "Loaded",
    "Sandbox",
    "Spot",
    "boxes",
    "check_kind",
    "check_size",
    "download",
    "entry_at",
    "find_entry",
    "find_words",
    "fingerprint",
    "is_address",
    "load_file",
    "locate",
    "locate_paragraph",
    "matches",
    "numbered_page",
    "ocr_version",
    "page_at",
    "paragraph_at",
    "paragraph_name",
    "paragraph_names",
    "places_told",
    "read_catalogue",
    "refuse_addresses",
    "same_address",
    "scan",
    "split",
    "splitter_version",
    "unreadable",
]
