"""What official reports there are, where a person gets them, and which of them are loaded."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from qa.documents.addresses import is_address, same_address
from qa.documents.formats.parsed import similar
from qa.errors import DocumentError
from qa.types import DocumentSummary

REPORT = "report"
"""The name in a document's meta under which the id of a catalogue entry is kept."""
KIND = "kind"
"""The name in a document's meta that says what it is where it is not the report itself."""
BRIEF = "brief"
LANDING_PAGE = "landing page"
_NOT_THE_REPORT = (BRIEF, LANDING_PAGE)

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_HEADER = re.compile(r"\s*\[\[\s*report\s*\]\]")
_FORM = 'each report is a table [[report]] of lines of the form name = "value"'


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One official report; what is not known of it is "".

    ``landing`` is a page from which a person gets it, ``direct`` the address of the text itself
    and ``also`` holds further addresses of either sort. ``note`` says what is to be known about
    address, date or licence.
    """

    id: str
    title: str
    review: str = ""
    publisher: str = ""
    author: str = ""
    published: str = ""
    landing: str = ""
    direct: str = ""
    also: tuple[str, ...] = ()
    licence: str = ""
    note: str = ""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that is known, the best first."""
        return tuple(each for each in (self.direct, self.landing, *self.also) if each)

    def meta(self) -> dict[str, str]:
        """What a document that is this report says of itself."""
        known = {
            "title": self.title,
            "review": self.review,
            "author": self.author,
            "published": self.published,
            "publisher": self.publisher,
            "url": next(iter(self.addresses), ""),
            "licence": self.licence,
            REPORT: self.id,
        }
        return {name: value for name, value in known.items() if value}


def read_catalogue(path: Path) -> tuple[CatalogueEntry, ...]:
    """The reports in the order of the file. Raises DocumentError, with the line, for a fault."""
    try:
        source = path.read_text(encoding="utf-8")
        table = tomllib.loads(source)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else error
        raise DocumentError(
            f"{path} cannot be read: {problem}",
            uri=str(path),
            hint="name the file by the setting catalogue, or mend it",
        ) from error
    reports = table.pop("report", [])
    if table or not isinstance(reports, list):
        name = next(iter(table), "report")
        raise _fault(path, _line(source, -1, name), f"{name!r} is no list of reports", _FORM)
    entries: list[CatalogueEntry] = []
    for place, report in enumerate(reports):
        entry = _entry(path, source, place, report)
        if entry.id in [each.id for each in entries]:
            line = _line(source, place, "id")
            raise _fault(path, line, f"{entry.id!r} is named twice", "give one of them another id")
        entries.append(entry)
    return tuple(entries)


def _entry(path: Path, source: str, place: int, report: Any) -> CatalogueEntry:
    def fault(name: str, problem: str, hint: str) -> DocumentError:
        return _fault(path, _line(source, place, name), problem, hint)

    if not isinstance(report, dict):
        raise fault("", f"report {place + 1} is no table", _FORM)
    names = [field.name for field in fields(CatalogueEntry)]
    for name, value in report.items():
        if name not in names:
            nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"known are {', '.join(names)}"
            raise fault(name, f"unknown key {name!r}", hint)
        wanted = "a list of texts" if name == "also" else "a text"
        right = _is_texts(value) if name == "also" else isinstance(value, str)
        if not right:
            raise fault(name, f"{name} = {value!r} is not {wanted}", f"give {wanted}")
    for name in ("id", "title"):
        if not report.get(name):
            raise fault(name, f"report {place + 1} has no {name}", "every report has id and title")
    entry = CatalogueEntry(**{**report, "also": tuple(report.get("also", ()))})
    if not _ID.fullmatch(entry.id):
        raise fault("id", f"the id {entry.id!r} cannot be used", "like this: drew-2016")
    if entry.published and not _DATE.fullmatch(entry.published):
        raise fault("published", f"{entry.published!r} is no date", "like this: 2016-03-23")
    for name in ("landing", "direct", "also"):
        value = report.get(name, "")
        for address in [value] if isinstance(value, str) else value:
            if address and not is_address(address):
                raise fault(name, f"{address!r} is no address", "it begins with https://")
    return entry


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _line(source: str, place: int, name: str) -> int:
    """The line on which a name stands in the report of this place, or the report's first.

    The reader of TOML keeps no lines, so they are looked for as the file is mostly written.
    """
    report, first = -1, 1
    for number, line in enumerate(source.splitlines(), 1):
        if _HEADER.match(line):
            report += 1
            if report == place:
                first = number
        elif report == place and name and re.match(rf"\s*\[?\s*[\"']?{re.escape(name)}\b", line):
            return number
    return first


def _fault(path: Path, line: int, problem: str, hint: str) -> DocumentError:
    return DocumentError(f"{path}, line {line}: {problem}", uri=str(path), hint=hint)


def find_entry(entries: Sequence[CatalogueEntry], name: str) -> CatalogueEntry:
    """The entry with this id. Raises DocumentError, with the nearest, where there is none."""
    for entry in entries:
        if entry.id == name.casefold():
            return entry
    ids = [entry.id for entry in entries]
    nearest = difflib.get_close_matches(name.casefold(), ids, n=1, cutoff=0.4)
    hint = f"did you mean {nearest[0]!r}?" if nearest else "qa catalogue names them"
    raise DocumentError(f"the catalogue has no report {name!r}", uri=name, hint=hint)


def entry_at(entries: Iterable[CatalogueEntry], url: str) -> CatalogueEntry | None:
    """The entry whose text is at this address, else the first that names the address, if any."""
    entries = list(entries)
    direct = [entry for entry in entries if same_address(entry.direct, url)]
    named = [e for e in entries if any(same_address(each, url) for each in e.addresses)]
    return next(iter((*direct, *named)), None)


def matches(
    entries: Sequence[CatalogueEntry], summaries: Iterable[DocumentSummary]
) -> Mapping[str, tuple[str, ...]]:
    """For the id of every entry the uris of the documents that are this report, in order.

    A document is at most one report: the one whose id it was added with, else the one at its
    address, else the one whose title is most like its own. What says of itself that it is a brief
    on a report, or the page that leads to it, is not the report.
    """
    loaded: dict[str, list[str]] = {entry.id: [] for entry in entries}
    for summary in summaries:
        if summary.meta.get(KIND, "").casefold() in _NOT_THE_REPORT:
            continue
        entry = _entry_of(entries, summary)
        if entry:
            loaded[entry.id].append(summary.uri)
    return {name: tuple(sorted(uris)) for name, uris in loaded.items()}


def _entry_of(entries: Sequence[CatalogueEntry], summary: DocumentSummary) -> CatalogueEntry | None:
    named = [entry for entry in entries if entry.id == summary.meta.get(REPORT, "")]
    if named:
        return named[0]
    alike = [entry for entry in entries if _one_title(entry.title, summary.title)]
    alike.sort(key=lambda entry: (-_likeness(entry.title, summary.title), entry.id))
    url = summary.meta.get("url", "")
    there = [e for e in entries if any(same_address(each, url) for each in e.addresses)]
    # Several reports may have one landing page: their titles tell them apart then.
    both = [entry for entry in alike if entry in there]
    return next(iter(both), None) or entry_at(there, url) or next(iter(alike), None)


def _one_title(left: str, right: str) -> bool:
    """Whether the titles are alike and no number in them differs: Part 1 is not Part 2."""
    one, other = (frozenset(re.findall(r"\d+", title)) for title in (left, right))
    return similar(left, right) and (one <= other or other <= one)


def _likeness(left: str, right: str) -> float:
    return difflib.SequenceMatcher(None, left.casefold(), right.casefold()).ratio()
