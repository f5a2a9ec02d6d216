"""The report's tables of a run's parts: its kinds of question, its turns, its conversations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qa.evaluation import plots
from qa.evaluation.figuring import GAINED
from qa.evaluation.intervals import mean_figures
from qa.evaluation.run import Figure, Result, Run
from qa.evaluation.wording import ordered, signed

SHARES = ("evidence_success@10", "page_hit@5", "right", "answered")  # 1 or 0 for a question
BY_KIND = ("ndcg@10", *SHARES)
FEW = 5

View = dict[str, Any]


def table(
    caption: str, head: str, names: Sequence[str], rows: Sequence[View], *, coded: bool
) -> View:
    """A table's parts; ``coded`` says that the columns are named for measures."""
    return {"caption": caption, "head": head, "names": names, "rows": rows, "coded": coded}


def cell(figure: Figure | None, *, few: bool = False) -> View | None:
    """What stands in a table's cell; of ``few`` questions without an interval."""
    if figure is None:
        return None
    low, high = (figure.value, figure.value) if few else (figure.low, figure.high)
    return {"figure": figure, "few": few, "svg": plots.interval(figure.value, low, high)}


def kinds_view(run: Run) -> list[View]:
    """A table of the questions by kind, and one by turn, where there are several."""
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
    return table(caption, head, names, rows, coded=True)


def _mean(name: str, results: Iterable[Result]) -> View | None:
    """The mean over those it was measured on, with an interval that holds for few of them too."""
    values = [result.measures[name] for result in results if name in result.measures]
    if not values:
        return None
    if name in SHARES:
        share, count = sum(values) / len(values), len(values)
        return cell(Figure(name, share, *plots.wilson(share, count), count))
    # Drawn anew from next to nothing, the mean hardly moves: that is no certainty.
    return cell(mean_figures({name: values})[0], few=len(values) < FEW)


def conversations_view(run: Run) -> list[View]:
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


def gains_view(run: Run) -> list[View]:
    """What the history adds to the turn alone, and how many conversations that is over."""
    rows = []
    for name in GAINED:
        if figure := run.figure(f"{name}/gain"):
            measured = [each for each in run.results if f"{name}/alone" in each.measures]
            row = {"name": figure.name, "value": signed(figure.value), "count": figure.count}
            row["range"] = (signed(figure.low), signed(figure.high))
            row["conversations"] = len({each.conversation for each in measured} - {""})
            rows.append(row)
    return rows


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
            cells = [cell(each) for each in mean_figures(columns)]
            rows.append({"name": figure.name, "cells": cells})
    head = {"alone": "turn alone", "rewrite": "rewritten"}
    names = ["with history", *(head[variant] for variant in variants)]
    return table(caption, "Measure", names, rows, coded=False)
