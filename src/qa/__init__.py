"""Ask the Reviews: questions to reports, answered in their own words, with the page.

import qa
report = qa.build("corpus", "index")
with qa.open("index") as assistant:
    answer = assistant.ask("How many recommendations did Drew make?")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from qa.errors import (
    DocumentError,
    IndexDamaged,
    IndexLocked,
    IndexMismatch,
    IndexMissing,
    IndexUnusable,
    ModelMissing,
    QAError,
    SettingsError,
)
from qa.settings import Settings
from qa.types import (
    Answer,
    BuildReport,
    Citation,
    Comparison,
    ComparisonRow,
    DatedStatement,
    Document,
    DocumentSummary,
    Failure,
    Hit,
    Page,
    Paragraph,
    Passage,
    Timeline,
    Turn,
)

if TYPE_CHECKING:
    from qa.assistant import Assistant, Status, add, build, open, remove
    from qa.exports import (
        Conversation,
        Exchange,
        Finding,
        check_pack,
        cite,
        export,
        write_pack,
    )

__all__ = [
    "Answer",
    "Assistant",
    "BuildReport",
    "Citation",
    "Comparison",
    "ComparisonRow",
    "Conversation",
    "DatedStatement",
    "Document",
    "DocumentError",
    "DocumentSummary",
    "Exchange",
    "Failure",
    "Finding",
    "Hit",
    "IndexDamaged",
    "IndexLocked",
    "IndexMismatch",
    "IndexMissing",
    "IndexUnusable",
    "ModelMissing",
    "Page",
    "Paragraph",
    "Passage",
    "QAError",
    "Settings",
    "SettingsError",
    "Status",
    "Timeline",
    "Turn",
    "add",
    "build",
    "check_pack",
    "cite",
    "export",
    "open",
    "remove",
    "write_pack",
]

# What stands on numpy and the index comes with its first use, so that importing the package is
# quick: 0.1 s is long for a command that only prints its help.
_LATE = {
    **dict.fromkeys(("Assistant", "Status", "add", "build", "open", "remove"), "qa.assistant"),
    **dict.fromkeys(
        ("Conversation", "Exchange", "Finding", "check_pack", "cite", "export", "write_pack"),
        "qa.exports",
    ),
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_LATE[name]), name)
