"""The results of a run made into its figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from qa.evaluation import abstaining, given
from qa.evaluation.intervals import clustered_figure, mean_figures
from qa.evaluation.measures import RANKED
from qa.evaluation.run import Cost, Figure, Result

ORDER = (
    *RANKED,
    "evidence_success@4",
    "evidence_success@10",
    "evidence_mrr@10",
    "span_recall@5",
    "span_precision@5",
    "span_iou@5",
    "file_hit@5",
    "page_hit@5",
    "right",
    "sentence_hit@1",
    "sentence_hit@3",
    "citation_precision",
    "right_review",
    "right_document",
    "short_exact",
    "short_f1",
    "answered",
    "exact",
    "f1",
)
"""The measures of a question as they are listed; those with a suffix ("/alone") come after."""
GAINED = ("ndcg@10", "recall@5")
"""Of these it is told what a conversation's history gains over the turn alone."""


def in_order(names: Iterable[str]) -> list[str]:
    """The names of measures, each once, as they are listed."""
    known = {name: at for at, name in enumerate(ORDER)}

    def place(name: str) -> tuple[str, int, str]:
        plain, _, suffix = name.partition("/")
        return suffix, known.get(plain, len(known)), plain

    return sorted(set(names), key=place)


def figures_of(results: Sequence[Result]) -> tuple[Figure, ...]:
    """Every measure's mean with its interval, then what is no plain mean."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for name in in_order(name for result in results for name in result.measures):
        having = tuple(at for at, result in enumerate(results) if name in result.measures)
        groups.setdefault(having, []).append(name)
    figures: dict[str, Figure] = {}
    for having, names in groups.items():
        columns = {name: [results[at].measures[name] for at in having] for name in names}
        figures.update((figure.name, figure) for figure in mean_figures(columns))
    means = tuple(figures[name] for name in in_order(figures))
    found = (*means, *gains(results), *abstaining.figures(results), *given.figures(results))
    return tuple(sorted(found, key=lambda figure: "/given" in figure.name))


def gains(results: Sequence[Result]) -> Iterator[Figure]:
    """What the history before a question gains over the turn alone, question by question.

    Where conversations are named, whole ones are drawn anew for the interval.
    """
    for name in GAINED:
        alone = f"{name}/alone"
        both = [each for each in results if name in each.measures and alone in each.measures]
        if both:
            differences = [each.measures[name] - each.measures[alone] for each in both]
            # A question of no named conversation is one by itself; a blank keeps its name apart.
            clusters = [each.conversation or f" {each.id}" for each in both]
            yield clustered_figure(f"{name}/gain", differences, clusters)


def cost_of(
    results: Sequence[Result],
    *,
    index_bytes: int,
    build_seconds: float | None,
    passages: int,
    documents: int,
) -> Cost:
    """What the run took: medians and 95th percentiles over its questions."""
    searches = [result.search_ms for result in results]
    answers = [result.answer_ms for result in results if result.answer_ms is not None]
    return Cost(
        search_p50_ms=_percentile(searches, 50),
        search_p95_ms=_percentile(searches, 95),
        answer_p50_ms=_percentile(answers, 50) if answers else None,
        answer_p95_ms=_percentile(answers, 95) if answers else None,
        index_bytes=index_bytes,
        build_seconds=build_seconds,
        passages=passages,
        documents=documents,
    )


def _percentile(values: Sequence[float], share: float) -> float:
    import numpy as np  # noqa: PLC0415

    return float(np.percentile(values, share)) if values else 0.0
