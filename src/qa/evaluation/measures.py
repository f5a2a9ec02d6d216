"""Measures of one question: what was ranked, which passages, which places were covered.

Names are lower case with the depth behind an @. Those of ranked documents are computed by
`ir_measures` (MacAvaney et al. 2022), the others here, each after the source that it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qa.evaluation.matching import spaceless
from qa.types import Passage

RANKED = {
    "ndcg@10": "nDCG@10",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "recall@100": "R@100",
    "mrr@10": "RR@10",
    "p@1": "P@1",
    "success@1": "Success@1",
    "success@5": "Success@5",
    "success@10": "Success@10",
}
"""Our name of each measure of ranked documents, and that of `ir_measures`."""

Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """One of the best places: the file it is in, its pages, and the review it belongs to."""

    file: str
    pages: tuple[int, ...]
    review: str


def ranked(qrels: Mapping[str, int], ranking: Sequence[str]) -> dict[str, float]:
    """The measures of documents in this order; none where no document is relevant."""
    if not any(grade > 0 for grade in qrels.values()):
        return {}
    import ir_measures  # noqa: PLC0415

    asked = {ir_measures.parse_measure(theirs): ours for ours, theirs in RANKED.items()}
    judged = [ir_measures.Qrel("q", uri, grade) for uri, grade in qrels.items()]
    # By place, not by score: ties must fall as they were shown, not as trec_eval breaks them.
    scored = [
        ir_measures.ScoredDoc("q", uri, float(len(ranking) - place))
        for place, uri in enumerate(ranking)
    ]
    if not scored:
        return dict.fromkeys(RANKED, 0.0)
    # Not of one provider: asked by name, that of trec_eval takes RR@10 and leaves the 10 out.
    computed = ir_measures.iter_calc(list(asked), judged, scored)
    return {asked[each.measure]: float(each.value) for each in computed}


def evidence_ranked(evidence: Sequence[str], passages: Sequence[Passage]) -> dict[str, float]:
    """Whether, and how early, a passage holds a gold text, white space not counting.

    The official metric of MultiHop-RAG (Tang and Yang 2024, arXiv 2401.15391): a passage counts
    when it holds any of the gold texts; Hits@4, Hits@10 and MRR@10 there are
    ``evidence_success@4``, ``evidence_success@10`` and ``evidence_mrr@10`` here.
    """
    golds = [gold for gold in map(spaceless, evidence) if gold]
    if not golds:
        return {}
    texts = (spaceless(passage.text) for passage in passages[:10])
    holding = [rank for rank, text in enumerate(texts, 1) if any(gold in text for gold in golds)]
    first = holding[0] if holding else 0
    return {
        "evidence_success@4": float(0 < first <= 4),
        "evidence_success@10": float(first > 0),
        "evidence_mrr@10": 1 / first if first else 0.0,
    }


def spans_covered(gold: Iterable[Span], passages: Sequence[Passage]) -> dict[str, float]:
    """How much of the gold places the five best passages cover, and how much else they bring.

    After Smith and Troynikov, "Evaluating Chunking Strategies for Retrieval" (Chroma 2024), in
    characters: recall is covered gold / gold; precision is covered gold / retrieved, where what
    two passages share counts twice; IoU is covered / (retrieved + gold that is missed).
    """
    places = merged(gold)
    whole = sum(end - start for _, start, end in places)
    if not whole:
        return {}
    best = [(passage.uri, passage.start, passage.end) for passage in passages[:5]]
    covered = sum(_shared(place, found) for place in places for found in merged(best))
    retrieved = sum(end - start for _, start, end in best)
    return {
        "span_recall@5": covered / whole,
        "span_precision@5": covered / retrieved if retrieved else 0.0,
        "span_iou@5": covered / (retrieved + whole - covered),
    }


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same places without overlaps, in order."""
    joined: list[Span] = []
    for uri, start, end in sorted(spans):
        if joined and joined[-1][0] == uri and start <= joined[-1][2]:
            joined[-1] = (uri, joined[-1][1], max(end, joined[-1][2]))
        else:
            joined.append((uri, start, end))
    return joined


def overlaps(span: Span, other: Span) -> bool:
    """Whether two places share a character."""
    return _shared(span, other) > 0


def _shared(span: Span, other: Span) -> int:
    if span[0] != other[0]:
        return 0
    return max(0, min(span[2], other[2]) - max(span[1], other[1]))


def files_and_pages(
    files: Sequence[str],
    pages: Sequence[tuple[str, int]],
    reviews: Sequence[str],
    found: Sequence[Found],
) -> dict[str, float]:
    """Whether one of the five best places is in an expected file, and on an expected page.

    The places are the five best passages where they know their pages; in a set whose documents
    are pages, they are the five best documents. A page without a file is one of any document of
    the expected reviews.
    """
    best = found[:5]
    measures: dict[str, float] = {}
    if files:
        measures["file_hit@5"] = float(any(place.file in files for place in best))
    if pages:
        measures["page_hit@5"] = float(
            any(
                number in place.pages
                and (place.file == file if file else not reviews or place.review in reviews)
                for file, number in pages
                for place in best
            )
        )
    return measures
