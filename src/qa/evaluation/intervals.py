"""How sure a figure is: percentile bootstrap intervals, and a paired test. All seeded.

Questions are what is drawn anew (Efron 1979): 2,000 resamples, the 2.5th and 97.5th percentile.
The same values give the same interval on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from qa.evaluation.run import Figure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Statistic = Callable[[Floats], Floats]

RESAMPLES = 2000
FLIPS = 10_000
_AT_ONCE = 4_000_000
"""How many numbers are drawn at once, so that a large set does not fill the memory."""


def mean_figures(columns: Mapping[str, Sequence[float]]) -> list[Figure]:
    """The mean of every column, with its interval; all columns are over the same questions."""
    import numpy as np  # noqa: PLC0415

    table = np.array([list(column) for column in columns.values()], np.float64).T
    count = len(table)
    sums = np.concatenate([weights @ table for weights in _resamples(count)])
    return [
        _figure(name, float(table[:, at].mean()), sums[:, at] / count, count)
        for at, name in enumerate(columns)
    ]


def ratio_figure(name: str, part: Sequence[bool], whole: Sequence[bool]) -> Figure:
    """The share of the ``whole`` that is ``part`` too; whoever is in neither is drawn all the same.

    The share of a resample with an empty ``whole`` is unknown and left out.
    """
    import numpy as np  # noqa: PLC0415

    table = np.array([np.array(part) & np.array(whole), whole], np.float64).T
    sums = np.concatenate([weights @ table for weights in _resamples(len(table))])
    sums = sums[sums[:, 1] > 0]
    return _figure(
        name,
        float(table[:, 0].sum() / table[:, 1].sum()),
        sums[:, 0] / sums[:, 1],
        int(table[:, 1].sum()),
    )


def statistic_figure(name: str, count: int, statistic: Statistic) -> Figure:
    """A statistic of weighted questions, shape (resamples, count) -> (resamples,); NaN is none."""
    import numpy as np  # noqa: PLC0415

    values = np.concatenate([statistic(weights) for weights in _resamples(count)])
    whole = float(statistic(np.ones((1, count)))[0])
    return _figure(name, whole, values[~np.isnan(values)], count)


def clustered_figure(name: str, values: Sequence[float], clusters: Sequence[str]) -> Figure:
    """The mean of the values, with an interval for which whole clusters are drawn anew.

    The turns of one conversation go well or ill together: drawn one by one, they would make the
    mean look surer than it is. ``count`` is of the values.
    """
    import numpy as np  # noqa: PLC0415

    places = {cluster: at for at, cluster in enumerate(dict.fromkeys(clusters))}
    table = np.zeros((len(places), 2))
    for value, cluster in zip(values, clusters, strict=True):
        table[places[cluster]] += (value, 1.0)
    sums = np.concatenate([weights @ table for weights in _resamples(len(table))])
    whole = table.sum(axis=0)
    return _figure(name, float(whole[0] / whole[1]), sums[:, 0] / sums[:, 1], len(values))


def stratified_figure(
    name: str, tables: Sequence[Floats], statistic: Callable[[Sequence[Floats]], Floats]
) -> Figure:
    """A statistic of the column sums of several tables, whose rows are each drawn anew.

    The tables are of shape (questions, columns); the statistic gets the sums of each, (resamples,
    columns), and gives one value a resample.
    """
    import numpy as np  # noqa: PLC0415

    drawn = [
        np.concatenate([weights @ table for weights in _resamples(len(table), seed=at)])
        for at, table in enumerate(tables)
    ]
    whole = statistic([table.sum(axis=0, keepdims=True) for table in tables])
    count = sum(len(table) for table in tables)
    return _figure(name, float(whole[0]), statistic(drawn), count)


def paired(before: Sequence[float], after: Sequence[float]) -> tuple[float, float, float, float]:
    """The mean difference, its 95 % interval, and the probability of one as large by chance.

    The test is of paired randomisation: were the runs alike, each question's difference could as
    well have the other sign (Smucker, Allan and Carterette 2007). Two-sided, 10,000 draws.
    """
    import numpy as np  # noqa: PLC0415

    differences = np.array(after, np.float64) - np.array(before, np.float64)
    count = len(differences)
    mean = float(differences.mean())
    sums = np.concatenate([weights @ differences for weights in _resamples(count)])
    low, high = np.percentile(sums / count, [2.5, 97.5])
    changed = differences[differences != 0]
    if not len(changed):
        return mean, float(low), float(high), 1.0
    generator = np.random.default_rng(0)
    extreme = 0
    for size in _sizes(FLIPS, len(changed)):
        signs = generator.integers(0, 2, size=(size, len(changed))) * 2.0 - 1.0
        # A hair of tolerance: sums of the same numbers in another order differ in the last bit.
        extreme += int((np.abs(signs @ changed) >= abs(changed.sum()) - 1e-9).sum())
    return mean, float(low), float(high), (extreme + 1) / (FLIPS + 1)


def _resamples(count: int, *, seed: int = 0) -> Iterator[Floats]:
    """How often each question is drawn in each resample: rows of whole numbers, in portions."""
    import numpy as np  # noqa: PLC0415

    generator = np.random.default_rng(seed)
    for size in _sizes(RESAMPLES, count):
        drawn = generator.integers(0, count, size=(size, count))
        drawn += np.arange(size)[:, None] * count
        counted = np.bincount(drawn.ravel(), minlength=size * count)
        yield counted.reshape(size, count).astype(np.float64)


def _sizes(total: int, count: int) -> list[int]:
    portion = max(1, min(total, _AT_ONCE // max(1, count)))
    return [min(portion, total - begin) for begin in range(0, total, portion)]


def _figure(name: str, value: float, resampled: Floats, count: int) -> Figure:
    import numpy as np  # noqa: PLC0415

    low, high = np.percentile(resampled, [2.5, 97.5]) if len(resampled) else (value, value)
    return Figure(name, value, float(low), float(high), count)
