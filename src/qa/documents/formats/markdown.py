"""Markdown with front matter, as plain text: no markup is left, structure becomes paragraphs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qa.documents.formats.html_blocks import markup_text
from qa.documents.formats.outline import Outline
from qa.documents.formats.parsed import Parsed, one_line, settle, similar
from qa.errors import DocumentError

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.*?)^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.S | re.M)
_OPENED = re.compile(r"\A---[^\S\n]*\n\s*[\w-]+:(?:\s|\Z)")
_DEFINITION = re.compile(r" {0,3}\[\^([^\]\s]{1,200})\]:[^\S\n]*(.*)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_REFERENCE = re.compile(r"(?<![^\S\n])[^\S\n]*+\[\^([^\]\s]{1,200})\]")
_ADDRESS = re.compile(r"https?://[^\s<>\"]{1,2000}")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_LONGEST_MATTER = 64_000
_MOST_BRACKETS = 1000
_LONGEST_INLINE = 50_000
"""A longer paragraph is no one's writing, and is taken as it stands; markup in it takes long."""
MAX_LINES = 200_000
"""A thousand pages have some forty thousand, and each may be a heading."""


@dataclass
class _Walk:
    """Where the reader of the tokens stands.

    ``lists`` holds the next number of every list around, -1 for a list of bullets; ``columns`` the
    names in the head of the table around.
    """

    outline: Outline
    notes: Mapping[str, str]
    title: str = ""
    undefined: set[str] = field(default_factory=set)
    lists: list[int] = field(default_factory=list)
    bullet: str = ""
    columns: list[str] = field(default_factory=list)


def parse_markdown(source: str, *, uri: str) -> Parsed:
    """The document's text and structure; its front matter is its meta.

    A paragraph's footnotes ("[^times]") are taken out of the text, and the addresses in their
    definitions become its sources. Raises DocumentError for front matter that is not YAML, naming
    the line.
    """
    from markdown_it import MarkdownIt  # noqa: PLC0415

    source = settle(source)
    if source.count("\n") - source.count("\n\n") > MAX_LINES:
        problem = f"too long: more than {MAX_LINES:,} lines of Markdown"
        raise DocumentError(problem, uri=uri, hint="split the file, or give it the ending .txt")
    meta, body = _front_matter(source, uri)
    body, notes = _definitions(body)
    title = meta.pop("title", "")
    walk = _Walk(Outline(uri=uri), notes, title=title)
    reader = MarkdownIt("commonmark").enable("table")
    reader.core.ruler.at("inline", _inline)
    _read(reader.parse(body), walk)
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
    if len(match.group(1)) > _LONGEST_MATTER:
        raise _broken(f"it is longer than {_LONGEST_MATTER:,} characters", uri)
    if len(re.findall(r"[\[{]", match.group(1))) > _MOST_BRACKETS:
        raise _broken(f"it has more than {_MOST_BRACKETS:,} brackets", uri)
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
    notes: dict[str, list[str]] = {}
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
            notes.setdefault(key, [match.group(2)])
            kept.append("")
        elif key and not fence and line.startswith(("    ", "\t")):
            notes[key].append(line.strip())
        else:
            key = ""
            kept.append(line)
    return "\n".join(kept), {key: " ".join(lines) for key, lines in notes.items()}


def _inline(state: StateCore) -> None:
    """Every paragraph's markup is read, unless it is so long that this would take for ever."""
    from markdown_it.token import Token  # noqa: PLC0415

    for token in state.tokens:
        if token.type == "inline" and len(token.content) <= _LONGEST_INLINE:
            token.children = token.children or []
            state.md.inline.parse(token.content, state.md, state.env, token.children)
        elif token.type == "inline":
            token.children = [Token("text", "", 0, content=token.content)]


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
        elif token.type in ("table_open", "table_close"):
            walk.columns = []
        elif token.type == "tr_open":
            _paragraph(_row(tokens, place, walk), walk)
        elif token.type in ("fence", "code_block"):
            _paragraph([(token.content, True)], walk)
        elif token.type == "html_block":
            _paragraph([(markup_text(token.content), False)], walk)
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


def _row(tokens: list[Token], start: int, walk: _Walk) -> _Pieces:
    """The row's cells, named as the head of the table names their columns."""
    row: _Pieces = []
    column = -1
    for place in range(start, len(tokens)):
        token = tokens[place]
        if token.type == "tr_close":
            break
        column += token.type in ("th_open", "td_open")
        if token.type != "inline":
            continue
        cell = _pieces(token)
        text = one_line("".join(piece for piece, _ in cell))
        if tokens[start - 1].type == "thead_open":
            walk.columns.append(text)
        elif text and column < len(walk.columns) and walk.columns[column]:
            cell = [(f"{walk.columns[column]}: ", True), *cell]
        if text:
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
