"""What the report's template shows of a run: its values put in order, with their small plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa.evaluation import plots
from qa.evaluation.breakdowns import View, cell, conversations_view, gains_view, kinds_view, table
from qa.evaluation.comparing import Comparison, Difference
from qa.evaluation.pooling import Pooled
from qa.evaluation.published import Published, published_for
from qa.evaluation.run import Figure, Result, Run
from qa.evaluation.wording import (
    MOST,
    REASONS,
    measure,
    milliseconds,
    ordered,
    percent,
    reasons,
    signed,
    size,
    summary,
)

WHOLE = 200
"""So many failed questions show the text of what was found; the rest name its place."""
EARNED = (
    "On the dashed line, seven in ten answers of confidence 70 % are right; below the line, "
    "confidence promises too much. What was declined counts by the answer that it would have had."
)
GLANCE = ("ndcg@10", "success@10", "right", "unanswerable_declined", "auroc")

_MADE_WITH = ("path", "digest", "version", "encoder")


def overview_view(runs: Sequence[Run]) -> View:
    """One row a run, with the main measures that any of them has."""
    names = [name for name in GLANCE if any(run.figure(name) for run in runs)]
    rows = [{"name": run.name, "cells": [cell(run.figure(name)) for name in names]} for run in runs]
    return table("The main figures of each set", "Set", names, rows, coded=True)


def pooled_view(pooled: Pooled) -> View:
    """What the page shows of several sets taken together."""
    return {
        "rows": [_row(figure) for figure in pooled.figures],
        "sets": ", ".join(pooled.sets),
        "svg": plots.reliability(pooled.reliability),
        "caption": EARNED,
    }


def run_view(run: Run, index: int, published: Sequence[Published]) -> View:
    """All that the page shows of a run; ``index`` counts the runs from 1."""
    failing = run.failing()
    return {
        "id": f"set-{index}",
        "name": run.name,
        "summary": summary(run),
        "groups": [
            (group, [_row(figure) for figure in figures])
            for group, figures in ordered(run.figures).items()
        ],
        "published": _charts(run, published),
        "plots": _plots(run),
        "conversations": conversations_view(run),
        "gains": gains_view(run),
        "kinds": kinds_view(run),
        "failing": [_failure(result, place) for place, result in enumerate(failing)],
        "cut": WHOLE if len(failing) > WHOLE else 0,
        "reasons": _counted(failing),
        "several": any(len(reasons(each)) > 1 for each in failing),
        "asked": len(run.results),
        "facts": _facts(run),
        "settings": sorted(run.settings.items()),
    }


def _row(figure: Figure) -> View:
    return {
        "measure": measure(figure.name),
        "figure": figure,
        "svg": plots.interval(figure.value, figure.low, figure.high),
    }


# Beside what others have published.


def _charts(run: Run, published: Sequence[Published]) -> list[View]:
    found = published_for(run.name, published)
    return [_chart(figure, found[figure.name]) for figure in run.figures if found.get(figure.name)]


def _chart(figure: Figure, others: Sequence[Published]) -> View:
    top = max(figure.high, *(each.value for each in others))
    top = min(1.0, plots.nice_step(top, 5) * 5)
    own: View = {
        "label": "this run",
        "note": f"{figure.low:.3f} to {figure.high:.3f}, {figure.count:,} questions",
        "href": "",
        "own": True,
        "value": figure.value,
        "svg": plots.bar(figure.value, top=top, span=(figure.low, figure.high), own=True),
    }
    rows: list[View] = [own] + [
        {
            "label": each.label,
            "note": each.note,
            "href": each.source if each.source.startswith(("https://", "http://")) else "",
            "own": False,
            "value": each.value,
            "svg": plots.bar(each.value, top=top),
        }
        for each in others
    ]
    rows.sort(key=lambda row: (-row["value"], not row["own"], row["label"]))
    return {"name": figure.name, "rows": rows, "top": f"{top:g}", "note": _over(figure, others)}


def _over(figure: Figure, others: Sequence[Published]) -> str:
    """What the published figures are over, and a plain warning where it is something else."""
    counts = sorted({each.questions for each in others if each.questions})
    about = others[0].about
    if not counts:
        return about
    said = f"Published over {' or '.join(f'{count:,}' for count in counts)} questions"
    said += f": {about}." if about else "."
    if counts == [figure.count]:
        return said
    return f"{said} This run is over {figure.count:,}, not the same: an indication, no comparison."


# Plots.


def _plots(run: Run) -> list[View]:
    found = [_times("Search", [result.search_ms for result in run.results], run)]
    answers = [result.answer_ms for result in run.results if result.answer_ms is not None]
    found.append(_times("Answer", answers, run))
    known = sum(each.count for each in run.reliability)
    if known:
        found.append(
            {
                "svg": plots.reliability(run.reliability),
                "title": "Is its confidence earned",
                "caption": EARNED,
            }
        )
    if run.coverage and known:
        found.append(
            {
                "svg": plots.coverage(
                    run.coverage, asked=known, threshold=_threshold(run.settings)
                ),
                "title": "What answering more would cost",
                "caption": "Each point of the line is another threshold of confidence, below "
                "which it declines. Whatever it says to a question that the documents do not "
                "answer counts as wrong.",
            }
        )
    return [plot for plot in found if plot]


def _times(what: str, values: Sequence[float], run: Run) -> View:
    cost = run.cost
    p50, p95 = (
        (cost.search_p50_ms, cost.search_p95_ms)
        if what == "Search"
        else (cost.answer_p50_ms, cost.answer_p95_ms)
    )
    if not values or p50 is None or p95 is None:
        return {}
    what_is_in = "the question's encoding included" if what == "Search" else "the search included"
    title = f"{what} time"
    return {
        "svg": plots.histogram(title, values, p50=p50, p95=p95),
        "title": title,
        "caption": f"{len(values):,} questions, {what_is_in}; "
        f"half within {milliseconds(p50)}, {MOST} within {milliseconds(p95)}.",
    }


def _threshold(settings: Mapping[str, Any]) -> float | None:
    value = settings.get("threshold")
    return float(value) if isinstance(value, int | float) else None


# What failed, and what was run.


def _failure(result: Result, place: int) -> View:
    why = reasons(result)
    return {
        "result": result,
        "reasons": why,
        "why": " ".join(str(REASONS.index(each)) for each in why),
        "whole": place < WHOLE,
        "note": _missed(result),
    }


def _missed(result: Result) -> str:
    if not result.answerable or any(each.relevant for each in result.retrieved):
        return ""
    if "recall@100" not in result.measures:
        return ""
    deep = result.measures["recall@100"] > 0
    return (
        "None of these is right; a right document is found further down, within the first hundred."
        if deep
        else "None of these is right, and no right document is among the first hundred."
    )


def _counted(failing: Sequence[Result]) -> list[View]:
    counts = [sum(reason in reasons(each) for each in failing) for reason in REASONS]
    return [
        {"index": index, "name": reason, "count": count}
        for index, (reason, count) in enumerate(zip(REASONS, counts, strict=True))
        if count
    ]


def _facts(run: Run) -> list[tuple[str, str]]:
    cost = run.cost
    built = "" if cost.build_seconds is None else f", built in {cost.build_seconds:.1f} s"
    facts = [
        ("Set", f"{run.path} (SHA-256 {run.digest})"),
        ("Searched", f"{cost.documents:,} documents in {cost.passages:,} passages"),
        ("Index", f"{size(cost.index_bytes)}{built or ', as it was found'}"),
        ("Encoder", run.encoder),
        ("Version", run.version),
    ]
    for name, value in sorted(run.options.items()):
        if value not in (None, "", False):
            facts.append((name.replace("_", " ").capitalize(), str(value)))
    unanswerable = sum(not result.answerable for result in run.results)
    if unanswerable:
        share = percent(unanswerable / len(run.results))
        facts.append(("Not answerable", f"{unanswerable:,} of the questions ({share})"))
    return facts


# Two runs.


def comparison_view(comparison: Comparison, index: int) -> View:
    """All that the page shows of two runs compared; ``index`` counts the comparisons from 1."""
    reach = max(
        (abs(bound) for each in comparison.differences for bound in (each.low, each.high)),
        default=0.0,
    )
    reach = max(0.01, plots.nice_step(reach, 1))
    changes = [
        {
            "gained": each.gained,
            "before": _side(each.before, place),
            "after": _side(each.after, place),
        }
        for place, each in enumerate(comparison.changes)
    ]
    return {
        "id": f"comparison-{index}",
        "name": comparison.after.name,
        "questions": comparison.questions,
        "same_set": comparison.same_set,
        "reach": f"{reach:g}",
        "differences": [_difference(each, reach) for each in comparison.differences],
        "gained": [each for each in changes if each["gained"]],
        "lost": [each for each in changes if not each["gained"]],
        "settings": _changed(comparison.before, comparison.after),
    }


def _difference(each: Difference, reach: float) -> View:
    clear = each.p < 0.05 and (each.low > 0 or each.high < 0)
    return {
        "measure": measure(each.name),
        "value": each,
        "verdict": ("up" if each.difference > 0 else "down") if clear else "no clear change",
        "certain": clear,
        "change": signed(each.difference),
        "range": (signed(each.low), signed(each.high)),
        "p": "below 0.001" if each.p < 0.001 else f"{each.p:.3f}",
        "svg": plots.interval(each.difference, each.low, each.high, left=-reach, right=reach),
    }


def _side(result: Result, place: int) -> View:
    return _failure(result, place * 2)


def _changed(before: Run, after: Run) -> list[tuple[str, str, str]]:
    """What the two were run with, where it differs."""
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in _MADE_WITH]
    for held in ("settings", "options"):
        one, other = getattr(before, held), getattr(after, held)
        names = sorted(set(one) | set(other))
        pairs += [(name, one.get(name, ""), other.get(name, "")) for name in names]
    return [(name, str(one), str(other)) for name, one, other in pairs if one != other]
