"""Results, runs and answers with what a test says of them, and something harmless elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa.evaluation.abstaining import coverage, reliability
from qa.evaluation.figuring import cost_of, figures_of
from qa.evaluation.run import Result, Run
from qa.types import Answer, Citation


def make_answer(
    quotes: Sequence[str],
    *,
    uri: str = "bridge.md",
    review: str = "",
    short: str = "",
    query: str = "What?",
    confidence: float = 0.9,
) -> Answer:
    """An answer of these quotes, each from the beginning of the document; of none, it declines."""
    citations = tuple(
        Citation(at, uri, "Bridge", review, None, "", "1", 0, len(quote), quote, "0" * 64, "")
        for at, quote in enumerate(quotes, start=1)
    )
    outcome: Any = "answered" if quotes else "not_found"
    text = "\n\n".join(f"“{quote}” [{at}]" for at, quote in enumerate(quotes, start=1))
    return Answer("What?", query, text, short, citations, (), outcome, confidence, 0.1)


def make_result(name: str, **values: Any) -> Result:
    """A result of an answerable question that was answered."""
    plain: dict[str, Any] = {
        "id": name,
        "question": f"What of {name}?",
        "query": f"What of {name}?",
        "answerable": True,
        "kind": "",
        "gold": (),
        "measures": {},
        "ranking": (),
        "retrieved": (),
        "outcome": "answered",
        "confidence": 0.9,
        "text": "",
        "short": "",
        "quotes": (),
        "search_ms": 5.0,
        "answer_ms": 40.0,
        "history": 0,
    }
    return Result(**{**plain, **values})


def make_run(results: Sequence[Result], *, name: str = "bridges", digest: str = "ab" * 32) -> Run:
    """A run with the figures that these results give."""
    return Run(
        name=name,
        path=f"sets/{name}",
        digest=digest,
        version="0.1.0",
        encoder="keywords-1",
        settings={"lexical_weight": 0.7},
        figures=figures_of(results),
        cost=cost_of(results, index_bytes=1_000_000, build_seconds=2.5, passages=12, documents=3),
        coverage=coverage(results),
        reliability=reliability(results),
        results=tuple(results),
        options={"questions": len(results)},
    )
