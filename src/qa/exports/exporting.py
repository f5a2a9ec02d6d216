"""A conversation in one of the forms in which it is given away."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

from qa.exports.markdown import conversation_markdown
from qa.exports.recording import Conversation, Exchange, kept
from qa.exports.telling import Summaries
from qa.exports.word import conversation_docx
from qa.types import DocumentSummary

KIND, VERSION = "ask-the-reviews conversation", 1


def export(conversation: Conversation, summaries: Sequence[DocumentSummary], form: str) -> bytes:
    """The conversation as a file of one of the FORMS; ``summaries`` are of the index's documents.

    Raises ValueError for a form that there is not.
    """
    if form not in _WRITERS:
        raise ValueError(f"form {form!r} is none of {', '.join(FORMS)}")
    return _WRITERS[form](conversation, {one.uri: one for one in summaries})


def _markdown(conversation: Conversation, summaries: Summaries) -> bytes:
    return conversation_markdown(conversation, summaries).encode("utf-8", "replace")


def _json(conversation: Conversation, summaries: Summaries) -> bytes:
    """Everything that is kept of the exchanges, and of the documents that they cite."""
    cited = {one.uri for exchange in conversation.exchanges for one in exchange.citations}
    told = {
        "format": KIND,
        "version": VERSION,
        "name": conversation.name,
        "exchanges": [asdict(_kept(exchange)) for exchange in conversation.exchanges],
        "documents": [asdict(summaries[uri]) for uri in sorted(cited & set(summaries))],
    }
    text = json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False, default=dict)
    return (text + "\n").encode("utf-8", "replace")


def _kept(exchange: Exchange) -> Exchange:
    return replace(exchange, answer=kept(exchange.answer)) if exchange.answer else exchange


_WRITERS: dict[str, Callable[[Conversation, Summaries], bytes]] = {
    "markdown": _markdown,
    "docx": conversation_docx,
    "json": _json,
}
FORMS = tuple(_WRITERS)
