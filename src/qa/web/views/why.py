"""Why a passage stands among the sources, in plain words, with the numbers behind them."""

from __future__ import annotations

import re

from qa.text import STOP_WORDS, fold, stem, words
from qa.types import Hit
from qa.web.views.markup import escape

# So many of the question's words are named.
MOST_WORDS = 6

# "How many" asks for a number; that "many" stands in a passage is no reason.
_ASKING = re.compile(r"\bhow (?:many|much|long|often|old|far|few|big|large)\b", re.IGNORECASE)
_SIGNALS = {
    "lexical": "words",
    "dense": "meaning",
    "late": "word by word",
    "pairs": "words side by side",
    "rerank": "read once more",
    "fused": "in all",
    "preferred": "document asked for",
}


def why_html(hit: Hit | None, text: str, query: str) -> str:
    """Why the passage was found, the numbers folded away; ``text`` is what the card shows of it.

    Nothing where the query is not known.
    """
    if not query:
        return ""
    held = f"{hit.passage.heading} {hit.passage.text}" if hit else text
    why = found_by(shared_words(query, held), hit)
    if not why:
        return ""
    if hit is None:
        numbers = "It stands outside the passages that were ranked."
    else:
        order = [name for name in _SIGNALS if name in hit.signals]
        order += sorted(set(hit.signals) - set(order))
        said = ", ".join(f"{_SIGNALS.get(name, name)} {hit.signals[name]:.2f}" for name in order)
        numbers = f"Rank {hit.rank}{': ' if said else ''}{said}"
    return (
        f'<details class="why"><summary>{escape(why)}</summary>'
        f'<p class="signals">{escape(numbers)}</p></details>'
    )


def found_by(shared: list[str], hit: Hit | None) -> str:
    """What led to the passage, "" where that cannot be told."""
    listed = ", ".join(f"“{word}”" for word in shared[:MOST_WORDS])
    if len(shared) > MOST_WORDS:
        listed += f" and {len(shared) - MOST_WORDS} more"
    named = f"the word{'' if len(shared) == 1 else 's'} {listed}"
    if hit is None:
        return f"Holds {named}" if shared else ""
    near = hit.signals.get("dense", 0.0) > 0
    if not shared:
        why = "Found by its meaning, not by the question’s words" if near else "Found nearby"
    else:
        why = f"Found by {named}{' and its meaning' if near else ''}"
    return f"{why}; its document was asked for" if hit.signals.get("preferred") else why


def shared_words(query: str, text: str) -> list[str]:
    """The query's words, as they are written there, that stand in the text in any form."""
    held = {stem(fold(text[start:end])) for start, end in words(text)}
    found: dict[str, str] = {}
    query = _ASKING.sub("how", query)
    for start, end in words(query):
        folded = fold(query[start:end])
        if folded and folded not in STOP_WORDS and stem(folded) in held:
            found.setdefault(stem(folded), query[start:end])
    return list(found.values())
