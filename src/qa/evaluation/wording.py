"""What the measures mean, and what a run says, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from qa.evaluation.run import Figure, Result, Run


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure's group, what it says, and whether less of it is better.

    It is ``chosen`` where it stands at a threshold chosen on the very questions it is over.
    """

    name: str
    group: str
    plain: str
    less_is_better: bool = False
    chosen: bool = False


FINDING, ANSWERING, DECLINING = "Finding", "Answering", "Declining"
GIVEN = "With the document given"
GROUPS = (FINDING, ANSWERING, DECLINING, GIVEN, "Other")
_CHOSEN = ("decline_recall@10", "decline_recall@10/given", "best_f1/given")
_AT_TEN = "share of the unanswerable declined, where a tenth of the others is"
_FAR = "how far confidence is from the share right"
_ON_ITSELF = "at a threshold chosen on this very set"

_KNOWN = {
    name: Measure(name, group, plain, less, name in _CHOSEN)
    for group, name, plain, less in (
        (FINDING, "ndcg@10", "how near the top the right documents stand, of the first ten", False),
        (FINDING, "mrr@10", "one divided by the rank of the first right document", False),
        (FINDING, "p@1", "the first document is right", False),
        (FINDING, "success@1", "a right document is first", False),
        (FINDING, "success@5", "a right document is among the first five", False),
        (FINDING, "success@10", "a right document is among the first ten", False),
        (FINDING, "recall@5", "share of the right documents among the first five", False),
        (FINDING, "recall@10", "share of the right documents among the first ten", False),
        (FINDING, "recall@100", "share of the right documents among the first hundred", False),
        (FINDING, "evidence_success@4", "one of four passages holds a gold text whole", False),
        (FINDING, "evidence_success@10", "one of ten passages holds a gold text whole", False),
        (FINDING, "evidence_mrr@10", "one divided by the rank of the first such passage", False),
        (FINDING, "span_recall@5", "share of the gold text that five passages cover", False),
        (FINDING, "span_precision@5", "share of five passages' text that is gold", False),
        (FINDING, "span_iou@5", "gold text covered, of all that is gold or retrieved", False),
        (FINDING, "file_hit@5", "the right file is among the five best", False),
        (FINDING, "page_hit@5", "the right page is among the five best", False),
        (FINDING, "ndcg@10/gain", "what the history adds to that of the turn alone", False),
        (FINDING, "recall@5/gain", "what the history adds to that of the turn alone", False),
        (ANSWERING, "right", "the answer holds what a right answer must", False),
        (ANSWERING, "sentence_hit@1", "the first quote holds the answer", False),
        (ANSWERING, "sentence_hit@3", "one of the first three quotes holds the answer", False),
        (ANSWERING, "citation_precision", "share of the quotes that hold the answer", False),
        (ANSWERING, "right_review", "a quote comes from the review that was meant", False),
        (ANSWERING, "right_document", "a quote comes from a document that answers", False),
        (ANSWERING, "short_exact", "the short answer is the expected one, word for word", False),
        (ANSWERING, "short_f1", "words that short and expected answer share (F1)", False),
        (ANSWERING, "answered", "an answer was given, right or wrong", False),
        (DECLINING, "answerable_declined", "declined, though it can be answered", True),
        (DECLINING, "unanswerable_declined", "declined, and it cannot be answered", False),
        (DECLINING, "decline_precision", "of what was declined, share that had to be", False),
        (DECLINING, "decline_recall", "of what had to be declined, share that was", False),
        (DECLINING, "auroc", "how well confidence tells the two apart; 0.5 is chance", False),
        (DECLINING, "decline_recall@10", f"{_AT_TEN}; {_ON_ITSELF}", False),
        (DECLINING, "calibration_error", _FAR, True),
        (DECLINING, "calibration_error/pooled", f"{_FAR}, each question counting once", True),
        (DECLINING, "calibration_error/by_set", f"{_FAR}, each set counting alike", True),
        (GIVEN, "exact/given", "what is said is the expected answer, word for word", False),
        (GIVEN, "f1/given", "words shared with the expected answer, as SQuAD 2.0 marks", False),
        (GIVEN, "f1/given/has_answer", "F1 where the document answers", False),
        (GIVEN, "f1/given/no_answer", "F1 where it does not: the share declined", False),
        (GIVEN, "best_f1/given", f"F1 at its best; {_ON_ITSELF}", False),
        (GIVEN, "auroc/given", "how well confidence tells the two apart; 0.5 is chance", False),
        (GIVEN, "decline_recall@10/given", f"{_AT_TEN}; {_ON_ITSELF}", False),
    )
}
_ORDER = {name: place for place, name in enumerate(_KNOWN)}

UNDECLINED = "/undeclined"
MOST = "95\N{NO-BREAK SPACE}%"
NOT_FOUND, WRONG = "nothing right in the first ten", "wrong answer"
DECLINED, INVENTED = "declined, though it can be answered", "answered, though it cannot be"
REASONS = (NOT_FOUND, WRONG, DECLINED, INVENTED)


def measure(name: str) -> Measure:
    """What is known of the measure; one not known has no explanation."""
    if name in _KNOWN:
        return _KNOWN[name]
    plain = name.removesuffix(UNDECLINED)
    if plain != name and plain in _KNOWN:
        known = _KNOWN[plain]
        return Measure(name, known.group, f"{known.plain}, had it never declined")
    return Measure(name, "Other", "")


def ordered(figures: tuple[Figure, ...]) -> dict[str, list[Figure]]:
    """The figures by group, known measures first; a conversation's variants are left out."""
    grouped: dict[str, list[Figure]] = {}
    for figure in figures:
        if not figure.name.endswith(("/alone", "/rewrite", "/gain")):
            grouped.setdefault(measure(figure.name).group, []).append(figure)
    return {
        group: sorted(grouped[group], key=lambda each: _place(each.name))
        for group in GROUPS
        if group in grouped
    }


def _place(name: str) -> tuple[int, str]:
    return _ORDER.get(name.removesuffix(UNDECLINED), len(_ORDER)), name


def reasons(result: Result) -> list[str]:
    """Why the result counts as failed, most telling last; none where it does not."""
    declined = result.outcome == "not_found"
    if result.outcome and not result.answerable:
        return [] if declined else [INVENTED]
    found = []
    if result.measures.get("success@10") == 0.0:
        found.append(NOT_FOUND)
    if result.measures.get("right") == 0.0:
        found.append(DECLINED if declined else WRONG)
    return found


def percent(share: float) -> str:
    """A share as it is read aloud: "74 %", "99.6 %" near the ends, where a point is much."""
    value = 100 * share
    digits = 1 if 0 < value < 10 or 90 < value < 100 else 0
    return f"{value:.{digits}f}\N{NO-BREAK SPACE}%"


def signed(value: float) -> str:
    """Three decimals with a sign, and a plain zero for what rounds to none."""
    text = f"{value:+.3f}".replace("-", "−")
    return "0.000" if text[1:] == "0.000" else text


def milliseconds(value: float) -> str:
    """A time as it is read: "6.1 ms", "120 ms", "1.4 s"."""
    if value >= 1000:
        return f"{value / 1000:.1f}\N{NO-BREAK SPACE}s"
    return f"{value:.{1 if value < 10 else 0}f}\N{NO-BREAK SPACE}ms"


def size(count: int) -> str:
    """A number of bytes in the unit that fits it."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def summary(run: Run) -> list[str]:
    """The run in a few sentences that need no knowledge of the measures."""
    said = [_found(run), _placed(run), _answered(run), _declined(run), _sure(run), _quick(run)]
    return [sentence for sentence in said if sentence]


def _found(run: Run) -> str:
    ten, first = run.figure("success@10"), run.figure("success@1")
    if ten is None:
        return ""
    one = f"; for {percent(first.value)} it is the very first" if first else ""
    return (
        f"For {_likely(ten)} of {ten.count:,} questions, a right document is among "
        f"the first ten found{one}."
    )


def _placed(run: Run) -> str:
    page, evidence = run.figure("page_hit@5"), run.figure("evidence_success@10")
    if page:
        return f"For {_likely(page)}, the right page is among the five best."
    if evidence:
        return f"For {_likely(evidence)}, one of the first ten passages holds the evidence whole."
    return ""


def _answered(run: Run) -> str:
    right = run.figure("right")
    if right is None:
        return ""
    lost = run.figure("answerable_declined")
    declined = f"; {percent(lost.value)} were declined" if lost else ""
    return (
        f"Of {right.count:,} questions whose answer is known, {_likely(right)} were "
        f"answered right{declined}."
    )


def _declined(run: Run) -> str:
    kept = run.figure("unanswerable_declined")
    if kept is None:
        return ""
    return (
        f"Of {kept.count:,} questions that the documents do not answer, {_likely(kept)} were "
        "declined, as they should be; the others were given an answer."
    )


def _sure(run: Run) -> str:
    error = run.figure("calibration_error")
    if error is None:
        return ""
    return f"Its confidence is {100 * error.value:.1f} points of a hundred off on average."


def _quick(run: Run) -> str:
    cost = run.cost
    text = (
        f"Half of the searches took less than {milliseconds(cost.search_p50_ms)}, "
        f"{MOST} less than {milliseconds(cost.search_p95_ms)}"
    )
    if cost.answer_p50_ms is not None and cost.answer_p95_ms is not None:
        text += (
            f"; half of the answers less than {milliseconds(cost.answer_p50_ms)}, "
            f"{MOST} less than {milliseconds(cost.answer_p95_ms)}"
        )
    return text + "."


def _likely(figure: Figure) -> str:
    """The share with its interval, "74 % (71 to 77 %)"."""
    low, high = percent(figure.low), percent(figure.high)
    return f"{percent(figure.value)} ({low[:-2]} to {high})"
