"""Markdown with front matter, as plain text: no markup is left, structure becomes paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from qa.documents.formats.outline import Outline
from qa.documents.formats.parsed import Parsed, one_line, settle, similar
from qa.errors import DocumentError

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.*?)^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.S | re.M)
_OPENED = re.compile(r"\A---[^\S\n]*\n\s*[\w-]+:(?:\s|\Z)")
_DEFINITION = re.compile(r" {0,3}\[\^([^\]\s]+)\]:[^\S\n]*(.*)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_REFERENCE = re.compile(r"[^\S\n]*\[\^([^\]\s]+)\]")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_HIDDEN = ("script", "style", "template")


@dataclass
class _Walk:
    """Where the reader of the tokens stands.

    ``lists`` holds the next number of every list around, 0 for a list of bullets.
    """

    outline: Outline
    notes: Mapping[str, str]
    title: str = ""
    undefined: set[str] = field(default_factory=set)
    lists: list[int] = field(default_factory=list)
    bullet: str = ""


def parse_markdown(source: str, *, uri: str) -> Parsed:
    """The document's text and structure; its front matter is its meta.

    A paragraph's footnotes ("[^times]") are taken out of the text, and the addresses in their
    definitions become its sources. Raises DocumentError for front matter that is not YAML, naming
    the line.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415

    meta, body = _front_matter(settle(source), uri)
    body, notes = _definitions(body)
    title = meta.pop("title", "")
    walk = _Walk(Outline(), notes, title=title)
    _read(MarkdownIt("commonmark").enable("table").parse(body), walk)
    warnings = tuple(f"the footnote [^{key}] is not defined" for key in sorted(walk.undefined))
    text, paragraphs = walk.outline.finish()
    return Parsed(title or walk.title, text, paragraphs, meta=meta, warnings=warnings)


def _front_matter(source: str, uri: str) -> tuple[dict[str, str], str]:
    import yaml  # noqa: PLC0415

    match = _FRONT_MATTER.match(source)
    if not match:
        if _OPENED.match(source):
            raise _broken("line 1: the --- that opens it is never closed", uri)
        return {}, source
    try:
        # This loader makes text of every value: "12:30" stays a time and 2019 stays a year.
        values = yaml.load(match.group(1), Loader=yaml.BaseLoader) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 2}: " if mark else ""
        raise _broken(f"{where}{getattr(error, 'problem', None) or error}", uri) from error
    except (ValueError, RecursionError) as error:
        raise _broken(str(error), uri) from error
    if not isinstance(values, dict):
        raise _broken("line 2: it is not a list of names and values", uri)
    meta = {one_line(str(name)): _plain(str(name), value, uri) for name, value in values.items()}
    return {name: value for name, value in meta.items() if value}, source[match.end() :]


def _plain(name: str, value: Any, uri: str) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if not isinstance(value, str):
        raise _broken(f"{name} is neither text nor a list of texts", uri)
    date = _DATE.fullmatch(value.strip())
    if date:
        return f"{date[1]}-{int(date[2]):02}-{int(date[3]):02}"
    return "" if value.strip() in ("~", "null") else one_line(value)


def _broken(problem: str, uri: str) -> DocumentError:
    return DocumentError(
        f"the front matter cannot be read: {problem}",
        uri=uri,
        hint="between the two --- lines stand lines of the form name: value",
    )


def _definitions(body: str) -> tuple[str, dict[str, str]]:
    """The text without the definitions of footnotes, and these; in code they are left alone."""
    notes: dict[str, str] = {}
    kept: list[str] = []
    fence = key = ""
    for line in body.split("\n"):
        opened = _FENCE.match(line)
        if opened and not fence:
            fence = opened.group(1)
        elif opened and line.strip() == opened.group(1) and opened.group(1).startswith(fence):
            fence = ""
        match = None if fence else _DEFINITION.match(line)
        if match:
            key = match.group(1)
            notes.setdefault(key, match.group(2))
            kept.append("")
        elif key and not fence and line.startswith(("    ", "\t")):
            notes[key] += " " + line.strip()
        else:
            key = ""
            kept.append(line)
    return "\n".join(kept), notes


def _read(tokens: list[Token], walk: _Walk) -> None:
    for place, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            start = token.attrGet("start")
            first = 1 if start is None else int(start)
            walk.lists.append(first if token.tag == "ol" else -1)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            walk.lists.pop()
        elif token.type == "list_item_open":
            number = walk.lists[-1]
            walk.bullet = "• " if number < 0 else f"{number}. "
            walk.lists[-1] += number >= 0
        elif token.type == "list_item_close":
            walk.bullet = ""
        elif token.type == "tr_open":
            _paragraph(_row(tokens, place), walk)
        elif token.type in ("fence", "code_block"):
            _paragraph([(token.content, True)], walk)
        elif token.type == "html_block":
            _paragraph([(_without_tags(token.content), False)], walk)
        elif token.type == "inline" and tokens[place - 1].type == "heading_open":
            _heading(token, int(tokens[place - 1].tag[1:]), walk)
        elif token.type == "inline" and tokens[place - 1].type not in ("td_open", "th_open"):
            _paragraph(_pieces(token), walk)


_Pieces = list[tuple[str, bool]]
"""Stretches of text, each with whether it is code, in which nothing is a reference."""


def _heading(token: Token, level: int, walk: _Walk) -> None:
    text, _ = _without_references(_pieces(token))
    text = one_line(text)
    if level == 1 and not walk.title:
        walk.title = text
    # The document's own title stands in front of every trail already.
    walk.outline.heading(text, level, in_trail=not (level == 1 and similar(text, walk.title)))


def _paragraph(pieces: _Pieces, walk: _Walk) -> None:
    text, keys = _without_references(pieces)
    walk.undefined.update(key for key in keys if key not in walk.notes)
    sources = (
        _trimmed(address) for key in keys for address in _ADDRESS.findall(walk.notes.get(key, ""))
    )
    if text.strip():
        walk.outline.paragraph(walk.bullet + text.strip(), sources=tuple(dict.fromkeys(sources)))
        walk.bullet = ""


def _without_references(pieces: _Pieces) -> tuple[str, list[str]]:
    keys = [key for text, code in pieces if not code for key in _REFERENCE.findall(text)]
    return "".join(text if code else _REFERENCE.sub("", text) for text, code in pieces), keys


def _trimmed(address: str) -> str:
    """The address without the punctuation of the sentence that it stands in."""
    address = address.rstrip(".,;:")
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1].rstrip(".,;:")
    return address


def _row(tokens: list[Token], start: int) -> _Pieces:
    row: _Pieces = []
    for token in tokens[start:]:
        if token.type == "tr_close":
            break
        cell = _pieces(token) if token.type == "inline" else []
        if any(text.strip() for text, _ in cell):
            row += [("; ", True), *cell] if row else cell
    return row


def _pieces(token: Token) -> _Pieces:
    """The readable text of a run of inline markup; pictures give their description."""
    pieces: _Pieces = [("", False)]
    for child in token.children or ():
        broken = child.type == "html_inline" and child.content.lower().startswith("<br")
        if child.type in ("text", "image", "code_inline"):
            text = child.content
        else:
            text = " " if broken or child.type in ("softbreak", "hardbreak") else ""
        code = child.type == "code_inline"
        if code or pieces[-1][1]:
            pieces.append((text, code))
        else:
            pieces[-1] = pieces[-1][0] + text, False
    return pieces


class _Text(HTMLParser):
    """Gathers what a browser would show of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _without_tags(markup: str) -> str:
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return " ".join("".join(parser.parts).split())
