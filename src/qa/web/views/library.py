"""The list of documents, what adds to it and takes from it, and what is said of a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.documents import KINDS
from qa.types import BuildReport, Change, DocumentSummary
from qa.web.views.markup import day, escape, link_to

# What is said of a document after it was added: its state, and a sentence.
Said = dict[str, str]


def listing(
    summaries: Sequence[DocumentSummary], *, editable: bool = False, megabytes: int = 0
) -> str:
    """Every document of the index, each with a link that opens it.

    With ``editable``, files up to ``megabytes`` can be added, and documents removed.
    """
    rows = "".join(_row(summary, editable) for summary in summaries)
    count = f"{len(summaries)} document{'' if len(summaries) == 1 else 's'}"
    adding = _adding(megabytes) if editable else ""
    return (
        '<div class="document library" data-said=""><header>'
        f'<h2 id="reader-title" tabindex="-1">{count}</h2></header>'
        f'{adding}<ol class="listing">{rows}</ol></div>'
    )


def outcome(report: BuildReport, summaries: Sequence[DocumentSummary]) -> list[Said]:
    """What became of the files of a build, a sentence each, and what of them was not read."""
    known = {summary.uri: summary for summary in summaries}
    changes = {change.uri: change for change in report.changes}
    said = [{"state": "added", "text": _added(uri, known)} for uri in report.added]
    said += [
        {"state": "changed", "text": _changed(uri, known, changes.get(uri))}
        for uri in report.changed
    ]
    said += [
        {
            "state": "unchanged",
            "text": f"{_title(uri, known)} is in the index already, just so: nothing was done.",
        }
        for uri in report.unchanged
    ]
    said += [
        {"state": "failed", "text": f"{one.uri} was not added: {one.reason}"}
        for one in report.failed
    ]
    touched = {*report.added, *report.changed}
    said += [
        {"state": "warning", "text": one.reason} for one in report.warnings if one.uri in touched
    ]
    return said


def _added(uri: str, known: Mapping[str, DocumentSummary]) -> str:
    summary = known.get(uri)
    size = f": {_size(summary)}" if summary else ""
    return f"{_title(uri, known)} was added{size}."


def _changed(uri: str, known: Mapping[str, DocumentSummary], change: Change | None) -> str:
    said = f"{_title(uri, known)} was replaced by this version"
    if change is None:
        return f"{said}."
    what = []
    if change.title[0] != change.title[1]:
        what.append(f"its title was “{change.title[0]}”")
    if change.pages[0] != change.pages[1]:
        what.append(f"pages {change.pages[0]} → {change.pages[1]}")
    if change.new_passages or change.gone_passages:
        what.append(f"{change.new_passages} passages new, {change.gone_passages} gone")
    return f"{said}: {'; '.join(what) if what else 'its text is the same'}."


def _title(uri: str, known: Mapping[str, DocumentSummary]) -> str:
    summary = known.get(uri)
    return f"“{summary.title}”" if summary else uri


def _size(summary: DocumentSummary) -> str:
    facts = [_counted(summary.pages, "page")] if summary.pages else []
    return ", ".join([*facts, _counted(summary.passages, "passage")])


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _row(summary: DocumentSummary, editable: bool) -> str:
    meta = summary.meta
    facts = [meta.get("review", ""), meta.get("author", ""), day(meta.get("published", ""))]
    shown = " · ".join(escape(fact) for fact in facts if fact)
    held = [_size(summary), f"added {day(summary.added[:10])}" if summary.added else ""]
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in summary.warnings)
    link = link_to(summary.uri, version=summary.sha256)
    return (
        f'<li><a class="read" href="{escape(link)}">{escape(summary.title)}</a>'
        f'<p class="facts">{shown}</p>'
        f'<p class="facts">{escape(" · ".join(fact for fact in held if fact))}</p>'
        + (f'<ul class="warnings" aria-label="Warnings">{warnings}</ul>' if warnings else "")
        + (_removing(summary) if editable else "")
        + "</li>"
    )


def _removing(summary: DocumentSummary) -> str:
    """A button, and the question behind it, which is folded away."""
    title = escape(summary.title)
    return (
        f'<p class="removing"><button type="button" class="remove" aria-expanded="false" '
        f'aria-label="Remove {title}">Remove</button></p>'
        f'<div class="sure" role="group" aria-label="Remove {title}?" hidden>'
        "<p>Its text, its passages, the pictures of its pages and the index's copy of its file "
        "are deleted. The file that you added stays where it is; one in an indexed folder comes "
        "back when that folder is indexed again.</p>"
        '<button type="button" class="keep">Keep it</button>'
        f'<button type="button" class="really" data-uri="{escape(summary.uri)}">'
        "Remove it</button></div>"
    )


def _adding(megabytes: int) -> str:
    """Where files are dropped or chosen, with what may be said of them first."""
    kinds = ",".join(KINDS)
    listed = ", ".join(kind.removeprefix(".") for kind in KINDS)

    def field(name: str, label: str, kind: str = "text") -> str:
        return (
            f'<label>{label}<input type="{kind}" id="add-{name}" data-{name} maxlength="300" '
            'autocomplete="off"></label>'
        )

    return (
        f'<section class="adding" aria-label="Add documents" data-kinds="{escape(kinds)}" '
        f'data-megabytes="{megabytes}">'
        '<div class="drop"><p><strong>Drop files here to add them</strong>, or '
        '<label class="pick">choose files<input type="file" id="add-files" class="unseen" '
        f'multiple accept="{escape(kinds)}"></label></p>'
        f'<p class="facts">{escape(listed)}; up to {megabytes} MB each. They stay on this '
        "machine.</p>"
        "<details><summary>Title, review, password (optional, before you add)</summary>"
        f'<div class="said-of">{field("title", "Title, for one file")}'
        f"{field('review', 'Review, the short name people use')}"
        f"{field('password', 'Password, for a locked PDF', 'password')}</div></details></div>"
        '<ul class="results" aria-label="Added files"></ul></section>'
    )
