"""What a run of a question set leaves: figures, costs and every result; to JSON and TREC files."""

from __future__ import annotations

import functools
import json
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qa.errors import DocumentError

DEPTH = 100
"""A ranking holds at most so many documents."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's mean over ``count`` questions with its 95 % bootstrap interval."""

    name: str
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Retrieved:
    """One of the ten best passages; ``text`` is its beginning, ``relevant`` whether it is gold."""

    uri: str
    page: int | None
    start: int
    end: int
    heading: str
    text: str
    score: float
    relevant: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered when only the document was searched that the question was written on.

    ``said`` is what is compared with the answers: the short answer, or where there is none the
    first quote; "" where it declined.
    """

    outcome: str
    confidence: float
    said: str


@dataclass(frozen=True, slots=True)
class Result:
    """A question, what was retrieved and answered, and its measures.

    ``gold`` says in words what a right result holds. ``ranking`` is documents with the score of
    their best passage, best first. ``outcome`` is "" where the question was not asked but only
    searched; ``confidence`` and ``answer_ms`` are then None. ``history`` counts the turns before,
    ``conversation`` names what they are of, or is "". ``given`` is None where the set names no
    document that the question was written on.
    """

    id: str
    question: str
    query: str
    answerable: bool
    kind: str
    gold: tuple[str, ...]
    measures: Mapping[str, float]
    ranking: tuple[tuple[str, float], ...]
    retrieved: tuple[Retrieved, ...]
    outcome: str
    confidence: float | None
    text: str
    short: str
    quotes: tuple[str, ...]
    search_ms: float
    answer_ms: float | None
    history: int
    conversation: str = ""
    given: Given | None = None

    @property
    def failed(self) -> bool:
        """Nothing right was found, or the answer is not right, or it should have declined."""
        if self.outcome and not self.answerable:
            return self.outcome != "not_found"
        return self.measures.get("success@10") == 0.0 or self.measures.get("right") == 0.0

    @classmethod
    def from_dict(cls, values: Any, *, source: str) -> Result:
        """The result of a ``to_dict``. Raises DocumentError, naming ``source``."""
        return typing.cast(Result, _read(cls, values, source))


@dataclass(frozen=True, slots=True)
class Cost:
    """What the run took. Answer times are None where nothing was asked, ``build_seconds`` where
    an existing index was used."""

    search_p50_ms: float
    search_p95_ms: float
    answer_p50_ms: float | None
    answer_p95_ms: float | None
    index_bytes: int
    build_seconds: float | None
    passages: int
    documents: int


@dataclass(frozen=True, slots=True)
class Point:
    """At this threshold: the share of questions answered, and of these the share wrong."""

    threshold: float
    coverage: float
    error: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Of ``count`` questions with a confidence in [low, high): its mean, and the share right."""

    low: float
    high: float
    confidence: float
    right: float
    count: int


@dataclass(frozen=True, slots=True)
class Run:
    """A question set, run once.

    ``path`` is the set as it was named, ``digest`` the SHA-256 of its files, ``encoder`` the
    encoder's fingerprint. ``options`` says what of the set was run (sample, split, whether
    questions were only searched) and over which index.
    """

    name: str
    path: str
    digest: str
    version: str
    encoder: str
    settings: Mapping[str, Any]
    figures: tuple[Figure, ...]
    cost: Cost
    coverage: tuple[Point, ...]
    reliability: tuple[Bin, ...]
    results: tuple[Result, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The run as plain lists and dicts, ready for ``json.dumps``."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Any, *, source: str) -> Run:
        """The run of a ``to_dict``. Raises DocumentError, naming ``source``."""
        return typing.cast(Run, _read(cls, values, source))

    def failing(self) -> tuple[Result, ...]:
        """The results that failed, in the order of the set."""
        return tuple(result for result in self.results if result.failed)

    def figure(self, name: str) -> Figure | None:
        """The figure of this name, if the run has it."""
        return next((each for each in self.figures if each.name == name), None)


def write_json(path: Path, values: Any) -> None:
    """The plain values stand in the file as JSON."""
    text = json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def read_runs(path: Path) -> list[Run]:
    """The runs of a file that ``qa eval --json`` wrote. Raises DocumentError, naming the file."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return [Run.from_dict(each, source=str(path)) for each in values["runs"]]
    except OSError as error:
        raise _malformed(str(path), str(error)) from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _malformed(str(path), f"not the JSON of a run: {error}") from error


def trec_lines(run: Run) -> Iterable[str]:
    """The run's rankings in TREC form: query, Q0, document, rank, score, tag.

    TREC names hold no blanks: white space and the percent sign are percent-encoded in them.
    """
    tag = _trec(f"qa-{run.name}")
    for result in run.results:
        for rank, (uri, score) in enumerate(result.ranking, start=1):
            yield f"{_trec(result.id)} Q0 {_trec(uri)} {rank} {score:.6f} {tag}"


def _trec(name: str) -> str:
    return "".join(quote(char) if char.isspace() or char == "%" else char for char in name)


def _malformed(source: str, reason: str) -> DocumentError:
    return DocumentError(
        f"{source}: {reason}", uri=source, hint="name a file that qa eval --json wrote"
    )


def _read(kind: type, values: Any, source: str) -> Any:
    try:
        return _decoded(kind, values, "")
    except (TypeError, KeyError) as error:
        raise _malformed(source, str(error.args[0] if error.args else error)) from error


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decoded(kind: Any, value: Any, where: str) -> Any:
    """The value as this type. Raises TypeError saying where it is not."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if is_dataclass(kind):
        return _instance(kind, value, where)
    if origin is types.UnionType:
        return None if value is None else _decoded(args[0], value, where)
    if origin is tuple and isinstance(value, list | tuple):
        inner = args[:1] * len(value) if args[-1] is Ellipsis else args
        if len(inner) != len(value):
            raise TypeError(f"{where or 'the run'} holds {len(value)} values, not {len(inner)}")
        pairs = enumerate(zip(inner, value, strict=True))
        return tuple(_decoded(each, item, f"{where}[{at}]") for at, (each, item) in pairs)
    if origin is Mapping and isinstance(value, dict):
        return {
            str(key): item if args[1] is Any else _decoded(args[1], item, f"{where}.{key}")
            for key, item in value.items()
        }
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(kind, type) and type(value) is kind:
        return value
    raise TypeError(f"{where or 'the run'} is {str(value)[:60]!r}, not {_named(kind)}")


def _instance(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise TypeError(f"{where or 'the run'} is not an object")
    missing = [each.name for each in fields(kind) if each.name not in value and _needed(each)]
    if missing:
        raise TypeError(f"{where or 'the run'} has no {missing[0]!r}")
    prefix = f"{where}." if where else ""
    return kind(
        **{
            name: _decoded(hint, value[name], prefix + name)
            for name, hint in _hints(kind).items()
            if name in value
        }
    )


def _needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _named(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)
