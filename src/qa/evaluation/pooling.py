"""Several sets in one: how well confidence is calibrated over all of their questions together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.evaluation.abstaining import gaps, judged, reliability
from qa.evaluation.intervals import stratified_figure
from qa.evaluation.run import Bin, Figure, Run, write_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pooled:
    """The calibration over these sets: its figures, and the bins of all questions together.

    ``calibration_error/pooled`` counts each question once, so that a large set weighs more;
    ``calibration_error/by_set`` lets each set weigh the same.
    """

    sets: tuple[str, ...]
    figures: tuple[Figure, ...]
    reliability: tuple[Bin, ...]

    def to_dict(self) -> dict[str, Any]:
        """The values as plain lists and dicts, ready for ``json.dumps``."""
        return asdict(self)


def pooled(runs: Sequence[Run]) -> Pooled | None:
    """The sets of which it is known what is right, taken together; None where they are not two.

    The intervals draw the questions of each set anew, never the sets: they hold for these sets.
    """
    groups = [(run, marked) for run in runs if (marked := judged(run.results))]
    if len(groups) < 2 or not any(one.right for _, marked in groups for one in marked):
        return None
    tables = [gaps(marked) for _, marked in groups]
    sizes = [len(table) for table in tables]

    def error(weights: Sequence[float], sums: Sequence[Floats]) -> Floats:
        """The mean distance where each set's questions have this weight."""
        import numpy as np  # noqa: PLC0415

        whole = sum(weight * size for weight, size in zip(weights, sizes, strict=True))
        bins = sum(weight * each for weight, each in zip(weights, sums, strict=True))
        result: Floats = np.abs(bins).sum(axis=1) / whole
        return result

    weights = {"pooled": [1.0] * len(sizes), "by_set": [1 / size for size in sizes]}
    return Pooled(
        sets=tuple(run.name for run, _ in groups),
        figures=tuple(
            stratified_figure(f"calibration_error/{name}", tables, partial(error, each))
            for name, each in weights.items()
        ),
        reliability=reliability([result for run, _ in groups for result in run.results]),
    )


def plain_runs(runs: Sequence[Run]) -> dict[str, Any]:
    """The runs as plain values; of several, what they say together stands beside them."""
    together = pooled(runs)
    values: dict[str, Any] = {"runs": [run.to_dict() for run in runs]}
    return {**values, "pooled": together.to_dict()} if together else values


def write_runs(path: Path, runs: Sequence[Run]) -> None:
    """The runs stand in the file, as ``read_runs`` reads them."""
    write_json(path, plain_runs(runs))
