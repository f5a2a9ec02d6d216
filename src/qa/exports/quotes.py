"""Where in the text of an answer its quotes stand, and what stands between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.exports.recording import Exchange
from qa.types import Answer

_MARKER = re.compile(r"\[(\d{1,9})\]")
_QUOTED = re.compile(r"”\s*\[\d{1,9}\]")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an answer's text: a quote by its number, or where that is 0 other words."""

    text: str
    number: int = 0


def parts(answer: Answer) -> Iterator[Part]:
    """The quotes as they are cited, without their marks, and what stands between them."""
    marked = {f"“{one.quote}” [{one.number}]": one for one in answer.citations}
    longest = sorted(marked, key=lambda text: (-len(text), text))
    done = 0
    for match in re.finditer("|".join(map(re.escape, longest)) or r"(?!)", answer.text):
        if done < match.start():
            yield Part(answer.text[done : match.start()])
        cited = marked[match.group()]
        yield Part(cited.quote, cited.number)
        done = match.end()
    if done < len(answer.text):
        yield Part(answer.text[done:])


def unmarked(exchange: Exchange) -> Iterator[str]:
    """One line for every quote of the answer that is not cited, or is cited and not quoted."""
    if exchange.answer is None:
        return
    answer = exchange.answer
    found = list(parts(answer))
    cited = {one.number for one in answer.citations}
    for number in sorted(cited - {part.number for part in found}):
        yield f"quote [{number}] is cited and does not stand in the answer's text"
    for part in found:
        if part.number:
            continue
        for number in sorted({int(one) for one in _MARKER.findall(part.text)} - cited):
            yield f"the answer's text names [{number}], which is not cited"
        if _QUOTED.search(part.text):
            yield "the answer's text quotes words that are not cited"
