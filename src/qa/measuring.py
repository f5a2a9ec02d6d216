"""The verb `qa eval`: question sets in, figures with their intervals out, as they are wanted."""

from __future__ import annotations

import argparse
import difflib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa import evaluation
from qa.errors import QAError
from qa.evaluation import Comparison, Options, Run
from qa.settings import load
from qa.terminal import print_json, progress, show_comparison, show_pooled, show_run, warn


@dataclass(frozen=True, slots=True)
class Bound:
    """A value that a figure must not be under."""

    name: str
    value: float


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The parser takes what `measure` reads."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a BEIR folder, a SQuAD-format JSON, or a questions.jsonl over an existing index",
    )
    parser.add_argument(
        "--compare",
        nargs=2,
        metavar=("RUN", "RUN"),
        help="instead of running, hold two files that --json wrote against each other",
    )
    parser.add_argument("--json", metavar="OUT", help="write the runs as JSON; - prints them")
    parser.add_argument("--trec", metavar="OUT", help="write the rankings as a TREC run file")
    parser.add_argument("--report", metavar="OUT.html", help="write a page with tables and plots")
    parser.add_argument(
        "--published", metavar="FILE.toml", help="published figures to show in the report"
    )
    parser.add_argument(
        "--fail-under",
        metavar="M=V",
        type=_bound,
        action="append",
        default=[],
        help="leave with 1 where this figure is under this value (repeatable)",
    )
    parser.add_argument(
        "--sample", metavar="N", type=_count, help="run N questions, the same ones each time"
    )
    parser.add_argument(
        "--split", metavar="NAME", default="", help="run the questions of this split"
    )
    parser.add_argument(
        "--retrieval-only", action="store_true", help="search only; ask for no answers"
    )
    parser.add_argument(
        "--work",
        metavar="DIR",
        default=evaluation.WORK,
        help=f"where indexes and unfinished runs are kept (default: {evaluation.WORK})",
    )


def measure(args: argparse.Namespace) -> int:
    """Run the sets, or compare two runs; 1 where a figure is under its bound."""
    if bool(args.paths) == bool(args.compare):
        args.parser.error("name one or more question sets, or two runs to --compare")
    if args.compare and (args.trec or args.fail_under):
        args.parser.error("--trec and --fail-under go with a run, not with --compare")
    if args.trec and len(args.paths) > 1:
        args.parser.error("--trec takes one set at a time")
    _check_outputs(path for path in (args.json, args.trec, args.report) if path)
    if args.compare:
        _compare(args)
        return 0
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    published = evaluation.read_published(Path(args.published)) if args.published else ()
    for path in args.paths[1:]:  # the first is read at once anyway
        evaluation.read_set(path)  # a malformed set is better named now than after the others
    runs = _runs(args)
    if args.json == "-":
        print_json(evaluation.plain_runs(runs), indent=1)
    else:
        for run in runs:
            show_run(run)
        if together := evaluation.pooled(runs):
            show_pooled(together)
    if args.json and args.json != "-":
        evaluation.write_runs(Path(args.json), runs)
    if args.trec:
        lines = "".join(f"{line}\n" for line in evaluation.trec_lines(runs[0]))
        Path(args.trec).write_text(lines, encoding="utf-8")
    if args.report:
        evaluation.write_report(Path(args.report), runs, published=published)
    under = list(_under(runs, args.fail_under))
    for line in under:
        warn(line)
    return 1 if under else 0


def _runs(args: argparse.Namespace) -> list[Run]:
    settings = load(index=args.index)
    options = Options(args.sample, args.split, args.retrieval_only)
    runs = []
    try:
        with progress() as show:
            for path in args.paths:
                run = evaluation.evaluate(
                    path,
                    settings=settings,
                    index=args.index,
                    work=args.work,
                    options=options,
                    progress=show,
                )
                runs.append(run)
    except KeyboardInterrupt:
        warn("Stopped. The same command goes on from here.")
        raise
    return runs


def _compare(args: argparse.Namespace) -> None:
    before, after = (evaluation.read_runs(Path(path)) for path in args.compare)
    compared: list[Comparison] = evaluation.compare(before, after)
    values = {"comparisons": [each.to_dict() for each in compared]}
    if args.json == "-":
        print_json(values, indent=1)
    else:
        for each in compared:
            show_comparison(each)
    if args.json and args.json != "-":
        evaluation.write_json(Path(args.json), values)
    if args.report:
        published = evaluation.read_published(Path(args.published)) if args.published else ()
        runs = [each.after for each in compared]
        evaluation.write_report(Path(args.report), runs, published=published, comparison=compared)


def _check_outputs(paths: Iterator[str]) -> None:
    """A file that cannot be written is better named before the run than after it."""
    for path in paths:
        if path != "-" and (Path(path).is_dir() or not Path(path).parent.is_dir()):
            raise QAError(f"{path} cannot be written", hint="name a file in a folder that exists")


def _under(runs: Sequence[Run], bounds: Sequence[Bound]) -> Iterator[str]:
    """A line for every figure that is under its bound. Raises QAError for an unknown name."""
    names = list(dict.fromkeys(figure.name for run in runs for figure in run.figures))
    for bound in bounds:
        if bound.name not in names:
            nearest = difflib.get_close_matches(bound.name, names, n=1, cutoff=0.4)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"there is: {', '.join(names)}"
            raise QAError(f"no set has a figure {bound.name!r}", hint=hint)
        for run in runs:
            figure = run.figure(bound.name)
            if figure and figure.value < bound.value:
                yield f"{run.name}: {bound.name} is {figure.value:.4f}, under {bound.value:g}"


def _bound(text: str) -> Bound:
    name, _, value = text.rpartition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not name or not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form ndcg@10=0.70")
    return Bound(name.strip().casefold(), number)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)
