"""The verb `qa verify`: the index against its documents, or evidence packs against the index."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from qa import assistant as library
from qa.building import fingerprint
from qa.errors import QAError
from qa.exports import Finding, check_pack
from qa.index import Index
from qa.settings import load
from qa.terminal import print_json, say

_WORDS = {"held": "checked:", "fault": "FAULT:", "unchecked": "not checked:"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one pack."""

    path: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong with it."""
        return all(finding.kind != "fault" for finding in self.findings)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The parser takes what `verify` reads."""
    parser.add_argument(
        "packs", nargs="*", metavar="PACK", help="an evidence pack to check instead of the index"
    )


def verify(args: argparse.Namespace) -> int:
    """Run the verb; 1 where something is off."""
    return _verify_packs(args) if args.packs else _verify_index(args)


def _verify_index(args: argparse.Namespace) -> int:
    settings = load(index=args.index)
    with library.open(settings.index, settings=settings) as assistant:
        problems = assistant.verify()
        documents = len(assistant.documents())
    if args.json:
        print_json({"problems": problems})
    else:
        for problem in problems:
            say(problem)
        if not problems:
            say(f"All is well. Documents verified: {documents}.")
    return 1 if problems else 0


def _verify_packs(args: argparse.Namespace) -> int:
    with _shelf(args) as (index, why):
        made_of = fingerprint(index) if index else ""
        verdicts = [_verdict(path, index, made_of) for path in args.packs]
    if args.json:
        told = [{"holds": each.holds, **asdict(each)} for each in verdicts]
        print_json({"index": str(index.folder) if index else None, "packs": told})
    else:
        if why:
            say(f"Without an index: {why}")
        for each in verdicts:
            _show(each)
    return 0 if all(each.holds for each in verdicts) else 1


@contextlib.contextmanager
def _shelf(args: argparse.Namespace) -> Iterator[tuple[Index | None, str]]:
    """The index of the settings, or None and why not; no model is loaded to look up a quote."""
    folder = Path(load(index=args.index).index)
    try:
        index = Index.open(folder, repair=False)
    except QAError as error:
        if args.index is not None:
            raise  # it was asked for by name
        yield None, error.in_full
        return
    with index:
        yield index, ""


def _verdict(path: str, index: Index | None, made_of: str) -> Verdict:
    """What was found; that the file is no pack is a fault, which the others need not suffer."""
    try:
        return Verdict(path, tuple(check_pack(path, index, fingerprint=made_of)))
    except QAError as error:
        return Verdict(path, (Finding("fault", error.in_full),))


def _show(verdict: Verdict) -> None:
    say(f"{verdict.path}: {'it holds' if verdict.holds else 'it does NOT hold'}")
    for finding in verdict.findings:
        say(f"{_WORDS[finding.kind]} {finding.words}", indent="  ")
