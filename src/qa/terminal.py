"""What the command line prints: text for people, JSON for programs, bars while they wait.

Data goes to stdout, everything else to stderr. Text is wrapped on a terminal only, so that a
quote in a pipe is found by `grep`; a terminal that is not UTF-8 gets plain quotation marks.
"""

from __future__ import annotations

import codecs
import contextlib
import itertools
import json
import re
import shlex
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from qa.evaluation import Comparison, Figure, Pooled, Result, Run, measure
from qa.text import paragraph_words
from qa.types import Answer, BuildReport, Change, Citation, DocumentSummary, Hit, Page, Progress

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "•": "*"})
WIDEST = 100
GAP = "  "
"""What stands between two columns."""
LEAST = 20
"""A column of running text is never narrower."""
_NEAREST = 3
_SHORTENED = 240
_FAILING = 10


@contextlib.contextmanager
def progress() -> Iterator[Progress | None]:
    """On a terminal, something that draws one bar for each stage; elsewhere None."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm  # noqa: PLC0415

    bars: dict[str, tqdm[Any]] = {}

    def show(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            close()
            bars[stage] = tqdm(desc=stage, total=total, leave=False, file=sys.stderr)
        bars[stage].total = total
        bars[stage].update(done - bars[stage].n)

    def close() -> None:
        for bar in bars.values():
            bar.close()
        bars.clear()

    try:
        yield show
    finally:
        close()


def show_failures(report: BuildReport) -> None:
    """Every file that was not read, and every part of one, is a line on stderr."""
    for failure in report.failed:
        warn(f"not read: {failure.uri}: {failure.reason}")
    for warning in report.warnings:
        warn(f"note: {warning.uri}: {warning.reason}")


def show_report(report: BuildReport) -> None:
    """What a build did: what new versions changed, and two lines of figures."""
    for change in report.changes:
        say(f"{change.uri}: {changed(change)}")
    names = ("added", "changed", "removed", "unchanged", "failed")
    counts = [f"{len(getattr(report, name))} {name}" for name in names]
    say(f"Documents: {', '.join(counts)}.")
    pages = f"{report.pages} pages and " if report.pages else ""
    say(
        f"The index holds {pages}{report.passages} passages; "
        f"{report.encoded} were encoded now, in {report.seconds:.1f} s."
    )


def changed(change: Change) -> str:
    """What is different in a new version, in a few words."""
    said = []
    if change.title[0] != change.title[1]:
        said.append(f"now titled “{change.title[1]}”")
    for name, (before, now) in (("pages", change.pages), ("passages", change.passages)):
        if before != now:
            said.append(f"{before} {name} before, {now} now")
    if change.new_passages or change.gone_passages:
        said.append(f"{change.new_passages} passages are new, {change.gone_passages} are gone")
    return "; ".join(said) or "its text is the same, what is known of it changed"


def show_documents(documents: Sequence[DocumentSummary]) -> None:
    """Each document by the uri that `qa remove` and `--document` take, with its name and size."""
    for document in documents:
        show_facts(document)
    if not documents:
        say("The index is empty.")


def show_facts(document: DocumentSummary) -> None:
    """The document's uri, its name and size, when it was added, and what of it was not read."""
    counts = [(document.pages, "page"), (document.passages, "passage")]
    held = [f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in counts if n]
    say(f"{document.uri}: {_name(document.review, document.title)}")
    say(", ".join([*held, f"added {document.added}"]), indent="    ")
    for warning in document.warnings:
        say(f"note: {warning}", indent="    ")


def show_hits(hits: Sequence[Hit], documents: Sequence[DocumentSummary]) -> None:
    """Each passage with its place, and why it is here."""
    for hit in hits:
        signals = "".join(f", {name} {value:.3f}" for name, value in sorted(hit.signals.items()))
        say(f"{hit.rank}. {_hit_place(hit, documents)}")
        say(f"score {hit.score:.3f}{signals}", indent="   ")
        say(f"{hit.passage.text}\n", indent="   ")
    if not hits:
        say("Nothing found.")


def show_answer(answer: Answer, documents: Sequence[DocumentSummary]) -> None:
    """The quotes, then where each stands; for a question not answered, the nearest passages."""
    if answer.query != answer.question:
        say(f"Searched for: {answer.query}\n")
    if answer.short:
        say(f"{answer.short}\n")
    say(answer.text)
    show_sources(answer.citations)
    if answer.outcome == "not_found" and answer.hits:
        say("\nNearest passages")
        for hit in answer.hits[:_NEAREST]:
            say(_hit_place(hit, documents), indent="  ")
            say(_short(hit.passage.text), indent="      ")


def show_sources(citations: Sequence[Citation]) -> None:
    """Where each quote stands, its address, and the command that shows it there."""
    if citations:
        say("\nSources")
    for citation in citations:
        say(f"[{citation.number}] {_citation_place(citation)}", indent="  ")
        if citation.url:
            say(citation.url, indent="      ")
        place = f"--quote {citation.start}:{citation.end}"
        say(f"qa show {shlex.quote(citation.uri)} {place}", indent="      ")


def show_passages(answer: Answer) -> None:
    """Each citation of an answer with the whole passage that its quote stands in."""
    for citation in answer.citations:
        say(f"[{citation.number}] {_citation_place(citation)}")
        say(f"{_passage_around(citation, answer.hits)}\n", indent="    ")
    if not answer.citations:
        say("The last answer cites nothing.")


def show_run(run: Run) -> None:
    """The figures of a run in a table, what it cost, and the first questions that failed."""
    some, whole = len(run.results), run.options.get("questions", len(run.results))
    of = "" if some == whole else f" of {whole}"
    say(f"{run.name}: {some}{of} questions")
    _show_figures(run.figures)
    _show_cost(run)
    failing = run.failing()
    say(f"\n{len(failing)} questions failed." if failing else "\nNo question failed.")
    for result in failing[:_FAILING]:
        _show_failing(result)
    if len(failing) > _FAILING:
        say(f"and {len(failing) - _FAILING} more: --json or --report lists all")
    say("")


def show_pooled(pooled: Pooled) -> None:
    """How well confidence is calibrated over several sets together."""
    say(f"{', '.join(pooled.sets)} together")
    _show_figures(pooled.figures)
    say("")


def _show_figures(figures: Sequence[Figure]) -> None:
    width = max(len(name) for name in ("measure", *(each.name for each in figures)))
    say(f"{'measure':<{width}}  value  95 % interval   questions", indent="  ")
    for figure in figures:
        interval = f"{figure.low:.3f} to {figure.high:.3f}"
        say(f"{figure.name:<{width}}  {figure.value:.3f}  {interval}  {figure.count}", indent="  ")
    if chosen := [each.name for each in figures if measure(each.name).chosen]:
        say(f"at a threshold chosen on this very set: {', '.join(chosen)}", indent="  ")


def _show_cost(run: Run) -> None:
    cost = run.cost
    times = [f"search {cost.search_p50_ms:.1f} ms (p95 {cost.search_p95_ms:.1f})"]
    if cost.answer_p50_ms is not None and cost.answer_p95_ms is not None:
        times.append(f"answer {cost.answer_p50_ms:.0f} ms (p95 {cost.answer_p95_ms:.0f})")
    took = f", built in {cost.build_seconds:.1f} s" if cost.build_seconds is not None else ""
    say(
        f"{', '.join(times)}; {cost.passages} passages of {cost.documents} documents, "
        f"{cost.index_bytes / 1e6:.1f} MB{took}",
        indent="  ",
    )


def _show_failing(result: Result) -> None:
    said = {"": "", "not_found": "declined"}.get(result.outcome, _short(" ".join(result.quotes)))
    say(f"{result.id}: {_short(result.question)}", indent="  ")
    wanted = "; ".join(result.gold) if result.answerable else "that it declines"
    say(f"wanted: {_short(wanted)}", indent="      ")
    if said:
        say(f"said: {said}", indent="      ")
    if result.retrieved:
        best = result.retrieved[0]
        mark = "" if best.relevant else " (not relevant)"
        say(f"found: {best.uri}{mark}: {_short(best.text)}", indent="      ")


def show_comparison(comparison: Comparison) -> None:
    """Every measure before and after, how sure the difference is, and what changed sides."""
    say(f"{comparison.after.name}: {comparison.questions} questions in both runs")
    if not comparison.same_set:
        say("The sets are not the same, byte for byte.")
    names = ("measure", *(each.name for each in comparison.differences))
    width = max(len(name) for name in names)
    say(f"{'measure':<{width}}  before  after  change  95 % interval     p       n", indent="  ")
    for each in comparison.differences:
        interval = f"{each.low:+.3f} to {each.high:+.3f}"
        say(
            f"{each.name:<{width}}  {each.before:.3f}   {each.after:.3f}  {each.difference:+.3f}  "
            f"{interval}  {each.p:.4f}  {each.count}",
            indent="  ",
        )
    for title, gained in (("Right now, not before:", True), ("Right before, not now:", False)):
        changed = [each.after for each in comparison.changes if each.gained is gained]
        if changed:
            say(f"\n{title} {len(changed)}")
        for result in changed[:_FAILING]:
            say(f"{result.id}: {_short(result.question)}", indent="  ")
        if len(changed) > _FAILING:
            say(f"and {len(changed) - _FAILING} more: --json or --report lists all")
    say("")


def _short(text: str) -> str:
    return textwrap.shorten(text, _SHORTENED, placeholder=" …")


def _passage_around(citation: Citation, hits: Sequence[Hit]) -> str:
    for passage in (hit.passage for hit in hits):
        if passage.uri == citation.uri and passage.start <= citation.start < passage.end:
            return passage.text
    return citation.quote


def page_words(page: Page, pages: int) -> str:
    """The page as it is printed and counted, of how many, and whether OCR read it."""
    of = f" of {pages}" if pages else ""
    said = f"page {page.number}{of}"
    if page.label not in ("", str(page.number)):
        said = f"page {page.label} (page {page.number}{of} of the file)"
    return said if page.ocr is None else f"{said}, read by OCR ({page.ocr:.0%} sure)"


def _citation_place(citation: Citation) -> str:
    page = ""
    if citation.page:
        page = page_words(Page(citation.page, citation.page_label, 0, 0), 0)
    return _joined(
        _name(citation.review, citation.title), page, paragraph_words(citation.paragraph)
    )


def _hit_place(hit: Hit, documents: Sequence[DocumentSummary]) -> str:
    passage = hit.passage
    name, known = passage.uri, ("", "")
    for document in documents:
        if document.uri == passage.uri:
            name, known = _name(document.review, document.title), (document.review, document.title)
    heading = " > ".join(part for part in passage.heading.split(" > ") if part not in known)
    page = f"page {passage.page}" if passage.page else ""
    return _joined(name, heading, page, paragraph_words(passage.paragraph))


def _name(review: str, title: str) -> str:
    return title if review in ("", title) else f"{review}: {title}"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def say(text: str, *, indent: str = "") -> None:
    """Print text from anywhere: no escape sequence in it reaches the terminal."""
    for line in _CONTROL.sub("", text).split("\n"):
        print(_wrapped(line, indent) if sys.stdout.isatty() else (indent + line).rstrip())


def _wrapped(line: str, indent: str) -> str:
    return textwrap.fill(
        line,
        max(min(shutil.get_terminal_size().columns, WIDEST), len(indent) + 20),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,  # an address has to stay whole
        break_on_hyphens=False,
    )


def warn(text: str) -> None:
    """Print one line on stderr."""
    print(" ".join(_CONTROL.sub("", text).split()), file=sys.stderr)


def complain(message: str, hint: str = "") -> None:
    """Print what went wrong, and on a second line what to do about it."""
    warn(f"qa: {message}")
    if hint:
        warn(f"hint: {hint}")


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print a value as JSON that says the same in every encoding of the terminal."""
    exact = codecs.lookup(sys.stdout.encoding or "ascii").name == "utf-8"
    print(json.dumps(value, ensure_ascii=not exact, indent=indent))


def never_fail_to_print() -> None:
    """A terminal that is not UTF-8 gets plain quotation marks, not a UnicodeEncodeError."""
    codecs.register_error("qa.plain", _plainly)
    for stream, errors in (
        (sys.stdout, "qa.plain"),
        (sys.stderr, "qa.plain"),
        (sys.stdin, "replace"),
    ):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors=errors)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_PLAIN)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return plain or "?", error.end


def columned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The lines of a row, each cell folded to the width of its column."""
    folded = [
        textwrap.wrap(text, width, break_on_hyphens=False) or [""]
        for text, width in zip(cells, widths, strict=True)
    ]
    lines = itertools.zip_longest(*folded, fillvalue="")
    return [
        GAP.join(part.ljust(width) for part, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
