"""Figures that others have published, to stand beside our own: read from a TOML file.

A table names a set; in it stand how many questions the figures are over, and under each measure a
list of figures, each with who reached it and where that can be read:

    [scifact]
    questions = 300
    about = "BEIR test split"
    "ndcg@10" = [{ label = "BM25", value = 0.687, source = "https://..." }]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import DocumentError

_KNOWN = {"label", "value", "note", "source", "questions"}
_TEXTS = ("label", "note", "source")


@dataclass(frozen=True, slots=True)
class Published:
    """One figure of a set and measure: ``label`` says who reached it, ``source`` where it stands.

    ``questions`` is how many the figure is over (``None`` where that is not known), ``about`` what
    they are: a run over others is no fair comparison, and the report says so.
    """

    set: str
    measure: str
    label: str
    value: float
    questions: int | None = None
    about: str = ""
    note: str = ""
    source: str = ""


def read_published(path: Path) -> list[Published]:
    """The figures of the file, in its order. Raises DocumentError, naming file and place."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return [figure for name, table in tables.items() for figure in _table(name, table)]
    except (OSError, ValueError, TypeError) as error:
        raise DocumentError(
            f"{path}: {error}",
            uri=str(path),
            hint='a figure stands as [set] "measure" = [{ label = "who", value = 0.5 }]',
        ) from error


def published_for(name: str, published: Sequence[Published]) -> dict[str, list[Published]]:
    """The figures of this set by measure; case, dashes and underscores make no difference."""
    found: dict[str, list[Published]] = {}
    for figure in published:
        if _folded(figure.set) == _folded(name):
            found.setdefault(figure.measure, []).append(figure)
    return found


def _folded(name: str) -> str:
    return name.casefold().replace("-", "").replace("_", "")


def _table(name: str, table: Any) -> Iterator[Published]:
    if not isinstance(table, dict):
        raise TypeError(f"{name!r} is not a table named for a set")
    questions = _questions(table.get("questions"), name)
    about = table.get("about", "")
    if not isinstance(about, str):
        raise TypeError(f"{name}.about is {about!r}, not text")
    for measure, figures in table.items():
        if measure in ("questions", "about"):
            continue
        if not isinstance(figures, list):
            raise TypeError(f"{name}.{measure} is not a list of figures")
        for number, values in enumerate(figures, start=1):
            where = f"{name}.{measure}, figure {number}"
            yield _figure(
                values, where, set=name, measure=measure, questions=questions, about=about
            )


def _figure(
    values: Any, where: str, *, set: str, measure: str, questions: int | None, about: str
) -> Published:
    if not isinstance(values, dict):
        raise TypeError(f"{where} is not a table")
    _check(values, where)
    return Published(
        set=set,
        measure=measure,
        label=values["label"],
        value=float(values["value"]),
        questions=_questions(values.get("questions", questions), where),
        about=about,
        note=values.get("note", ""),
        source=values.get("source", ""),
    )


def _check(values: Mapping[str, Any], where: str) -> None:
    unknown = sorted(set(values) - _KNOWN)
    if unknown:
        raise ValueError(f"{where} has {unknown[0]!r}; it may have {', '.join(sorted(_KNOWN))}")
    for name in _TEXTS:
        if not isinstance(values.get(name, ""), str):
            raise TypeError(f"{where}: {name} is {values[name]!r}, not text")
    if not values.get("label"):
        raise ValueError(f"{where} has no label")
    value = values.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{where}: value is {value!r}, not a number from 0 to 1")


def _questions(value: Any, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{where}: questions is {value!r}, not a count")
    return value
