"""Runs as one HTML page that a person can read: nothing in it is loaded from anywhere else.

Whatever comes from a set, a document or an answer is escaped by the template, and a content policy
that names the page's own style and script by their digest keeps all else from running.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from qa.evaluation.comparing import Comparison
from qa.evaluation.pooling import pooled
from qa.evaluation.published import Published
from qa.evaluation.run import Run
from qa.evaluation.views import comparison_view, overview_view, pooled_view, run_view


def write_report(
    path: str | Path,
    runs: Sequence[Run],
    *,
    published: Sequence[Published] = (),
    comparison: Sequence[Comparison] = (),
) -> None:
    """The file holds the runs as an HTML page, and the comparisons where there are any."""
    page = report_html(runs, published=published, comparison=comparison)
    # A lone surrogate can stand in a question of a set; no file can hold one.
    Path(path).write_bytes(page.encode("utf-8", "replace"))


def report_html(
    runs: Sequence[Run],
    *,
    published: Sequence[Published] = (),
    comparison: Sequence[Comparison] = (),
) -> str:
    """The page as text; the same runs always make the same page."""
    import jinja2  # noqa: PLC0415

    parts = {name: _part(name) for name in ("report.html.j2", "report.css", "report.js")}
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(parts),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        title=_title(runs, comparison),
        lead=_lead(runs),
        policy=_policy(parts["report.css"], parts["report.js"]),
        css=parts["report.css"],
        script=parts["report.js"],
        overview=overview_view(runs) if len(runs) > 1 else None,
        pooled=pooled_view(together) if (together := pooled(runs)) else None,
        runs=[
            {**run_view(run, index, published), "title": _heading(run, runs, comparison)}
            for index, run in enumerate(runs, start=1)
        ],
        comparisons=[comparison_view(each, index) for index, each in enumerate(comparison, 1)],
    )


def _part(name: str) -> str:
    return (files("qa.evaluation") / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")

    return (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; "
        f"script-src 'sha256-{digest(script)}'; base-uri 'none'; form-action 'none'"
    )


def _title(runs: Sequence[Run], comparison: Sequence[Comparison]) -> str:
    if comparison:
        names = ", ".join(each.after.name for each in comparison)
        return f"Two runs compared on {names}"
    if len(runs) == 1:
        return f"Evaluation on {runs[0].name}"
    return f"Evaluation on {len(runs)} question sets"


def _heading(run: Run, runs: Sequence[Run], comparison: Sequence[Comparison]) -> str:
    if comparison:
        return f"The later run on {run.name}"
    return run.name if len(runs) > 1 else "In short"


def _lead(runs: Sequence[Run]) -> str:
    count = sum(len(run.results) for run in runs)
    asked = sum(bool(result.outcome) for run in runs for result in run.results)
    both = "searched and answered" if asked == count else f"searched, {asked:,} of them answered"
    return f"{count:,} questions were {both if asked else 'searched'}."
