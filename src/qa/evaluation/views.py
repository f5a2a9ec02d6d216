"""What the report's template shows of a run: its values put in order, with their small plots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qa.evaluation import plots
from qa.evaluation.comparing import Comparison, Difference
from qa.evaluation.intervals import mean_figures
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
    size,
    summary,
)

WHOLE = 200
"""So many failed questions show the text of what was found; the rest name its place."""
GLANCE = ("ndcg@10", "success@10", "right", "unanswerable_declined", "auroc")
SHARES = ("evidence_success@10", "page_hit@5", "right", "answered")  # 1 or 0 for a question
BY_KIND = ("ndcg@10", *SHARES)
FEW = 5

View = dict[str, Any]
_MADE_WITH = ("path", "digest", "version", "encoder")


def overview_view(runs: Sequence[Run]) -> View:
    """One row a run, with the main measures that any of them has."""
    names = [name for name in GLANCE if any(run.figure(name) for run in runs)]
    rows = [
        {"name": run.name, "cells": [_cell(run.figure(name)) for name in names]} for run in runs
    ]
    return _table("The main figures of each set", "Set", names, rows, coded=True)


def _table(
    caption: str, head: str, names: Sequence[str], rows: Sequence[View], *, coded: bool
) -> View:
    """``coded`` says that the columns are named for measures."""
    return {"caption": caption, "head": head, "names": names, "rows": rows, "coded": coded}


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
        "conversations": _conversations(run),
        "kinds": _kinds(run),
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


def _cell(figure: Figure | None, *, few: bool = False) -> View | None:
    if figure is None:
        return None
    low, high = (figure.value, figure.value) if few else (figure.low, figure.high)
    return {"figure": figure, "few": few, "svg": plots.interval(figure.value, low, high)}


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
                "caption": "On the dashed line, seven in ten answers of confidence 70 % are right; "
                "below the line, confidence promises too much. What was declined counts by the "
                "answer that it would have had.",
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


# Breakdowns.


def _kinds(run: Run) -> list[View]:
    names = [name for name in BY_KIND if any(name in each.measures for each in run.results)][:4]
    tables = []
    kinds: dict[str, list[Result]] = {}
    turns: dict[str, list[Result]] = {}
    for result in run.results:
        kinds.setdefault(result.kind or "no kind given", []).append(result)
        turns.setdefault(_turn(result), []).append(result)
    if len(kinds) > 1:
        tables.append(_breakdown("Kind", "Questions of each kind", kinds, names))
    if len(turns) > 1:
        tables.append(_breakdown("Turn", "Questions by their turn in a conversation", turns, names))
    return tables


def _turn(result: Result) -> str:
    return f"turn {result.history + 1}" if result.history < 5 else "turn 6 or later"


def _breakdown(
    head: str, caption: str, groups: Mapping[str, Sequence[Result]], names: Sequence[str]
) -> View:
    rows = [
        {"name": name, "cells": [_mean(measured, groups[name]) for measured in names]}
        for name in sorted(groups)
    ]
    return _table(caption, head, names, rows, coded=True)


def _mean(name: str, results: Iterable[Result]) -> View | None:
    """The mean over those it was measured on, with an interval that holds for few of them too."""
    values = [result.measures[name] for result in results if name in result.measures]
    if not values:
        return None
    if name in SHARES:
        share, count = sum(values) / len(values), len(values)
        return _cell(Figure(name, share, *plots.wilson(share, count), count))
    # Drawn anew from next to nothing, the mean hardly moves: that is no certainty.
    return _cell(mean_figures({name: values})[0], few=len(values) < FEW)


def _conversations(run: Run) -> list[View]:
    """Each measure with history, alone and rewritten, always over the same questions."""
    tables = []
    for variants, caption in (
        (("alone",), "Questions with turns before them"),
        (("alone", "rewrite"), "Those of them that a person rewrote"),
    ):
        results = [each for each in run.results if _has(each, variants)]
        if results:
            tables.append((len(results), _variants(results, variants, caption)))
    # Where every question was rewritten, the second table holds the first.
    if len(tables) == 2 and tables[0][0] == tables[1][0]:
        del tables[0]
    return [table for _, table in tables]


def _has(result: Result, variants: Sequence[str]) -> bool:
    return all(any(name.endswith(f"/{each}") for name in result.measures) for each in variants)


def _variants(results: Sequence[Result], variants: Sequence[str], caption: str) -> View:
    bases = {name.removesuffix("/alone") for each in results for name in each.measures}
    empty = tuple(Figure(name, 0, 0, 0, 0) for name in bases if "/" not in name)
    rows = []
    for figure in (each for group in ordered(empty).values() for each in group):
        names = [figure.name, *(f"{figure.name}/{variant}" for variant in variants)]
        paired = [each for each in results if all(name in each.measures for name in names)]
        if paired:
            columns = {name: [each.measures[name] for each in paired] for name in names}
            cells = [_cell(each) for each in mean_figures(columns)]
            rows.append({"name": figure.name, "cells": cells})
    head = {"alone": "turn alone", "rewrite": "rewritten"}
    names = ["with history", *(head[variant] for variant in variants)]
    return _table(caption, "Measure", names, rows, coded=False)


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
        "change": _signed(each.difference),
        "range": (_signed(each.low), _signed(each.high)),
        "p": "below 0.001" if each.p < 0.001 else f"{each.p:.3f}",
        "svg": plots.interval(each.difference, each.low, each.high, left=-reach, right=reach),
    }


def _signed(value: float) -> str:
    """Three decimals with a sign, and a plain zero for what rounds to none."""
    text = f"{value:+.3f}".replace("-", "−")
    return "0.000" if text[1:] == "0.000" else text


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
