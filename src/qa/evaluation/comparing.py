"""Two runs of one set held against each other, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa.errors import QAError
from qa.evaluation.figuring import in_order
from qa.evaluation.intervals import paired
from qa.evaluation.run import Result, Run


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in both runs, over the ``count`` questions that have it in both.

    ``difference`` is after less before, with its 95 % bootstrap interval; ``p`` the probability of
    one as large, had the runs been alike (a paired randomisation test).
    """

    name: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    p: float
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """A question that failed in one run only."""

    before: Result
    after: Result

    @property
    def gained(self) -> bool:
        """It failed before, and does not any more."""
        return self.before.failed


@dataclass(frozen=True, slots=True)
class Comparison:
    """The runs, what differs, and the questions that changed sides, in the order of the set.

    ``questions`` is how many both runs hold; ``same_set`` whether their sets are the same, byte
    for byte.
    """

    before: Run
    after: Run
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    questions: int
    same_set: bool

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain values: of the runs only the names and settings."""
        return {
            "name": self.after.name,
            "questions": self.questions,
            "same_set": self.same_set,
            "before": _described(self.before),
            "after": _described(self.after),
            "differences": [asdict(each) for each in self.differences],
            "gained": [each.after.id for each in self.changes if each.gained],
            "lost": [each.after.id for each in self.changes if not each.gained],
        }


def compare(before: Sequence[Run], after: Sequence[Run]) -> list[Comparison]:
    """Each set that both have, compared. Raises QAError where there is none."""
    known = {run.name: run for run in before}
    pairs = [(known[run.name], run) for run in after if run.name in known]
    if not pairs:
        raise QAError(
            f"the runs have no set in common: {_names(before)} here, {_names(after)} there",
            hint="compare two runs of the same set",
        )
    return [compare_runs(one, other) for one, other in pairs]


def compare_runs(before: Run, after: Run) -> Comparison:
    """Two runs, paired by the ids of their questions. Raises QAError where they share none."""
    earlier = {result.id: result for result in before.results}
    pairs = [(earlier[result.id], result) for result in after.results if result.id in earlier]
    if not pairs:
        raise QAError(
            f"the two runs of {after.name} have no question in common",
            hint="compare runs of the same questions",
        )
    names = {name for pair in pairs for name in pair[0].measures if name in pair[1].measures}
    return Comparison(
        before=before,
        after=after,
        differences=tuple(_difference(name, pairs) for name in in_order(names)),
        changes=tuple(Change(*pair) for pair in pairs if pair[0].failed != pair[1].failed),
        questions=len(pairs),
        same_set=before.digest == after.digest,
    )


def _difference(name: str, pairs: Sequence[tuple[Result, Result]]) -> Difference:
    both = [
        (one.measures[name], other.measures[name])
        for one, other in pairs
        if name in one.measures and name in other.measures
    ]
    old, new = [pair[0] for pair in both], [pair[1] for pair in both]
    difference, low, high, p = paired(old, new)
    count = len(both)
    return Difference(name, sum(old) / count, sum(new) / count, difference, low, high, p, count)


def _described(run: Run) -> dict[str, Any]:
    names = ("path", "digest", "version", "encoder", "settings", "options")
    return {name: getattr(run, name) for name in names}


def _names(runs: Sequence[Run]) -> str:
    return ", ".join(run.name for run in runs) or "none"
