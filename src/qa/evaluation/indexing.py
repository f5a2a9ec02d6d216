"""The index that a set is run over: one that stands, or one built of the set's own documents."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from qa import assistant as library
from qa.building import MODELS, identity_of
from qa.errors import IndexLocked, IndexUnusable, QAError
from qa.evaluation.sets import QuestionSet
from qa.models import compile_encoder
from qa.settings import Settings
from qa.types import BuildReport, Progress

_TOOK = "built.json"


@dataclass(frozen=True, slots=True)
class Built:
    """Where the index stands, and how long it took to build (None where that is not known).

    It is ``existing`` where it was there before and is nobody's but its owner's to change.
    """

    folder: Path
    seconds: float | None
    existing: bool = False


def built(
    questions: QuestionSet, folder: Path, work: Path, settings: Settings, progress: Progress | None
) -> Built:
    """The set's documents are in an index under this folder.

    It is kept: with the same encoder and splitter nothing is encoded again. The encoder is
    compiled once for all sets, and that is not counted. Where an index was brought up to date
    instead of built, its time tells nothing, and is not given.
    """
    encoder = compile_encoder(work / MODELS, settings.encoder, threads=settings.threads)
    identity = identity_of(encoder, settings)
    key = hashlib.sha256(str(identity).encode()).hexdigest()[:8]
    index = folder / f"index-{key}"
    begun = (index / MODELS).exists()
    if not begun:
        shutil.copytree(work / MODELS, index / MODELS)
    report = _build(questions, index, settings, progress)
    took = index / _TOOK
    if report.added or report.changed or report.removed:
        # What an interrupted build had encoded already was not encoded in this time.
        whole = not begun and len(report.added) == len(questions.documents)
        took.write_text(json.dumps({"seconds": report.seconds if whole else None}) + "\n")
    return Built(index, _seconds(took))


def _build(
    questions: QuestionSet, index: Path, settings: Settings, progress: Progress | None
) -> BuildReport:
    documents = questions.documents
    try:
        return library.build(documents, index, settings=settings, progress=progress)
    except IndexLocked:
        raise
    except IndexUnusable:
        # Nobody's but ours: what cannot be read is made again.
        return library.build(documents, index, settings=settings, progress=progress, rebuild=True)


def _seconds(path: Path) -> float | None:
    try:
        seconds = json.loads(path.read_text(encoding="utf-8"))["seconds"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return float(seconds) if isinstance(seconds, int | float) else None


def standing(questions: QuestionSet, settings: Settings, index: str | Path | None) -> Path | None:
    """The existing index to run over; None where the set brings its documents and none is named.

    Raises QAError where there is none and the set has no documents of its own.
    """
    if questions.documents and index is None:
        return None
    folder = Path(index or settings.index)
    if not folder.exists():
        raise QAError(
            f"{questions.path} is run over an index, and there is none in {folder}",
            hint="name the index with --index, or build one: qa index",
        )
    return folder
