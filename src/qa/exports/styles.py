"""A quote as a reference: in words, as Markdown, and for the managers of references.

The words of a document are never trusted: in each style they are escaped for it, and an address
that is no web address is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote as percent

from qa.exports.naming import Author, authors
from qa.exports.wording import day, line, place, safe_url
from qa.text import fold, named_label
from qa.types import Citation, DocumentSummary

STYLES = ("plain", "markdown", "bibtex", "ris")
_TEX = {
    "\\": r"\textbackslash{}",
    # BibTeX counts a brace behind a backslash as well, so these two have to be spelt.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: f"\\{char}" for char in "$&#_%"},
}
_MARKDOWN = re.compile(r"[\\`*_\[\]#|~!^${}@]|:(?=//)|(?<=www)\.|^(?:[-+=]|\d+(?=[.)]))", re.I)
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?!\d)")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_BRIEF = "quoted from a brief on the report, not from the report itself"


def cite(citation: Citation, summary: DocumentSummary | None, style: str) -> str:
    """The reference to a quote in one of the STYLES; ``summary`` is of its document, if known.

    BibTeX and RIS end with a line's end, so that entries can be strung together. Raises ValueError
    for a style that there is not.
    """
    if style not in _WRITERS:
        raise ValueError(f"style {style!r} is none of {', '.join(STYLES)}")
    return _WRITERS[style](_reference(citation, summary))


@dataclass(frozen=True, slots=True)
class Reference:
    """What every style tells of a quote, each part in one line and not yet escaped.

    ``url`` is the document's own address; ``source`` is that which the paragraph itself names,
    where it is another one.
    """

    author: str
    authors: tuple[Author, ...]
    title: str
    published: str
    publisher: str
    page: str
    paragraph: str
    place: str
    quote: str
    url: str
    source: str
    notes: tuple[str, ...]
    key: str

    @property
    def told(self) -> tuple[str, ...]:
        """The notes, after the address that the paragraph names."""
        return (f"source named there {self.source}", *self.notes) if self.source else self.notes

    @property
    def date(self) -> tuple[str, str, str]:
        """Year, month and day in digits, "" for each that is not known."""
        found = _DATE.match(self.published)
        year, month, day_of = found.groups("") if found else ("", "", "")
        return (year, month, day_of) if "01" <= (month or "01") <= "12" else (year, "", "")


def escape_markdown(text: str) -> str:
    """The text in one line, with nothing in it that Markdown or HTML would take for a mark."""
    escaped = _MARKDOWN.sub(_backslashed, line(text))
    return "".join(_HTML.get(char, char) for char in escaped)


def link_markdown(url: str) -> str:
    """The address as a link to itself, which is how a link's target may be written as well."""
    return f"<{percent(url, safe=_URL_SAFE)}>"


def escape_tex(text: str) -> str:
    """The text in one line, with nothing in it that TeX or BibTeX would take for a mark."""
    return "".join(_TEX.get(char, char) for char in line(text))


def _backslashed(match: re.Match[str]) -> str:
    found = match.group()
    return f"{found}\\" if found.isdecimal() else f"\\{found}"


def _reference(citation: Citation, summary: DocumentSummary | None) -> Reference:
    meta: Mapping[str, str] = summary.meta if summary else {}
    author = line(meta.get("author", ""))
    named = tuple(authors(author))
    title = line(summary.title if summary else citation.title) or line(citation.uri)
    published = line(meta.get("published", ""))
    own, source = line(safe_url(meta.get("url", ""))), line(safe_url(citation.url))
    notes = [_BRIEF] if meta.get("kind") == "brief" else []
    notes += [f"document {line(citation.uri)}", f"SHA-256 {line(citation.sha256)}"]
    label = citation.page_label or (str(citation.page) if citation.page else "")
    return Reference(
        author=author,
        authors=named,
        title=title,
        published=published,
        publisher=line(meta.get("publisher", "")),
        page=line(label),
        paragraph=line(citation.paragraph),
        place=place(citation),
        quote=line(citation.quote),
        url=own or source,
        source=source if source != own and own else "",
        notes=tuple(notes),
        key=_key(citation, named[0].name if named else citation.review or title, published),
    )


def _key(citation: Citation, name: str, published: str) -> str:
    """A name for the entry of ASCII letters and digits: the same for the same quote, always."""
    words = [re.sub(r"[^a-z0-9]", "", fold(word)) for word in re.findall(r"[\w’']+", name)]
    first = next((word for word in words if word not in ("", "the", "a")), "document")
    year = _DATE.match(published)
    told = f"{citation.sha256} {citation.uri} {citation.start} {citation.end}"
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{first[:20]}{year[1] if year else ''}-{digest[:8]}"


def _plain(said: Reference) -> str:
    head = _head(said.author, day(said.published), said.title, said.publisher)
    at = f" {_capital(said.place)}:" if said.place else ""
    address = f" {said.url}" if said.url else ""
    return f"{head}{at} “{said.quote}”{address} ({'; '.join(said.told)})"


def _markdown(said: Reference) -> str:
    escaped = escape_markdown
    title = f"*{escaped(said.title)}*"
    if said.url:
        # In angle brackets an address ends only with one, or with the line.
        title = f"[{title}]({link_markdown(said.url)})"
    head = _head(escaped(said.author), escaped(day(said.published)), title, escaped(said.publisher))
    at = f" {escaped(_capital(said.place))}:" if said.place else ""
    named = f"source named there {link_markdown(said.source)}; " if said.source else ""
    return f"{head}{at} “{escaped(said.quote)}” ({named}{escaped('; '.join(said.notes))})"


def _head(author: str, date: str, title: str, publisher: str) -> str:
    """Who, when, what and by whom it was published: each part ends with a full stop."""
    who = f"{author} ({date})" if author and date else author or (f"({date})" if date else "")
    printed = publisher if publisher != author else ""
    return " ".join(f"{part.rstrip('.')}." for part in (who, title, printed) if part)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_URL_SAFE = "!#$%&'()*+,/:;=?@[]~-._"
"""What may stand in an address (RFC 3986); all else is written as %XX, braces and carets too."""


def _bibtex(said: Reference) -> str:
    year, month, day_of = said.date
    # An author in double braces is one name, whatever "and" or comma stands in it.
    names = [
        f"{escape_tex(one.family)}, {escape_tex(one.given)}"
        if one.given
        else f"{{{escape_tex(one.family)}}}"
        for one in said.authors
    ]
    at = f"paragraph {said.paragraph}" if said.paragraph else ""
    fields = {
        "author": " and ".join(names),
        "title": f"{{{escape_tex(said.title)}}}",
        "institution": f"{{{escape_tex(said.publisher)}}}" if said.publisher else "",
        "year": year,
        "day": str(int(day_of)) if day_of else "",
        "pages": escape_tex(said.page),
        "note": escape_tex(_capital(named_label(said.paragraph) or at)),
        "url": percent(said.url, safe=_URL_SAFE),
        "annote": escape_tex(f"“{said.quote}” ({'; '.join(said.told)})"),
    }
    lines = [f"{name} = {{{value}}}" for name, value in fields.items() if value]
    if month:
        lines.append(f"month = {_MONTHS[int(month) - 1]}")  # a macro, which styles put into words
    return "".join([f"@techreport{{{said.key}", *(f",\n  {each}" for each in lines), "\n}\n"])


def _ris(said: Reference) -> str:
    year, month, day_of = said.date
    # A comma parts family name and given name, so that an institution's name must have none.
    names = [
        f"{one.family}, {one.given}"
        if one.given
        else " ".join(one.family.replace(",", " ").split())
        for one in said.authors
    ]
    fields = [
        ("TY", "RPRT"),
        *(("AU", name) for name in names),
        ("TI", said.title),
        ("PY", year),
        ("DA", "/".join(part for part in (year, month, day_of) if part) if month else ""),
        ("PB", said.publisher),
        ("SP", said.page),
        ("SE", said.paragraph),
        ("UR", percent(said.url, safe=_URL_SAFE)),
        ("N1", f"“{said.quote}”"),
        *(("N1", _capital(note)) for note in said.told),
        ("ID", said.key),
    ]
    lines = [f"{tag}  - {value}" for tag, value in fields if value]
    return "\r\n".join([*lines, "ER  - ", ""])


_WRITERS: dict[str, Callable[[Reference], str]] = {
    "plain": _plain,
    "markdown": _markdown,
    "bibtex": _bibtex,
    "ris": _ris,
}
