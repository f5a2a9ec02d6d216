"""An extractive reader: which words of a passage answer the question, and whether any do.

Any question-answering model of the Hugging Face kind can be named (BERT, MiniLM, DistilBERT,
RoBERTa, ELECTRA and their like). It is compiled to int8 ONNX at its first use, as the encoder is;
from then on neither torch nor transformers is imported. As with the encoder every passage is a run
of its own, so its scores do not depend on what is read beside it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.errors import ModelMissing
from qa.models.compiling import (
    CARD,
    TOKENIZER,
    compiled_folder,
    damaged,
    make_folder,
    making,
    open_model,
    quantise,
    read_values,
    weights_sha256,
    write_card,
)
from qa.models.torch_reader import (
    NAME_ANOTHER,
    export_reader,
    load_question_answering,
    most_tokens,
)
from qa.text import Span
from qa.types import SpanScores

SHIPPED = "minilm-reader"
"""The name of the reader that comes with the package (shipped_reader/README.md)."""
FORMAT = 1
"""Raised when what is compiled, or how, changes."""
MAX_QUESTION = 64
"""A question is read this far, in word pieces, and never takes more than a quarter of the room."""
MAX_OVERLAP = 128
"""So many word pieces do two windows of a long passage share, or a quarter of the room."""
_SOURCES = (".json", ".safetensors", ".bin", ".txt", ".model")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HINT = "set QA_READER to the model that it was made from, or unset it"

Pieces = list[int]
Logits = tuple[NDArray[np.float32], NDArray[np.float32], float]


@dataclass(frozen=True, slots=True)
class ReaderCard:
    """What a compiled reader was made from. ``source`` tells a folder's files from later ones."""

    name: str
    revision: str
    source: str
    max_tokens: int
    inputs: tuple[str, ...]
    onnx_sha256: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class _Frame:
    """The special word pieces before the question, between the two, and after the passage.

    Each of the three holds (id, type) pairs; ``types`` are those of question and passage.
    """

    before: tuple[tuple[int, int], ...]
    between: tuple[tuple[int, int], ...]
    after: tuple[tuple[int, int], ...]
    types: tuple[int, int]

    def __len__(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)

    def around(self, question: Pieces, passage: Pieces) -> tuple[Pieces, Pieces]:
        """The ids of all word pieces, and the type of each."""
        pairs = [
            *self.before,
            *((piece, self.types[0]) for piece in question),
            *self.between,
            *((piece, self.types[1]) for piece in passage),
            *self.after,
        ]
        return [piece for piece, _ in pairs], [kind for _, kind in pairs]


class CompiledReader:
    """A compiled model behind the `Reader` protocol. Safe to call from many threads."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        """Open a compiled reader. Raises ModelMissing where it is absent or damaged."""
        self.card = read_reader_card(folder)
        self._session, self._tokenizer = open_model(folder, self.card.name, hint=_HINT)
        self._tokenizer.no_truncation()
        self._tokenizer.encode_special_tokens = True  # "[SEP]" in a text is text
        self._frame = frame_of(self._tokenizer, self.card.name)
        self._threads = threads

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def fingerprint(self) -> str:
        """Names model, revision and compiled form; a change of it means other scores."""
        return f"{self.name}@{self.card.revision[:12]}+int8.{self.card.onnx_sha256[:12]}"

    def read(self, question: str, passages: Sequence[str]) -> list[SpanScores]:
        """The scores of each passage; a longer one than the model takes is read in windows.

        Where windows overlap, a word piece keeps its better score; ``null`` is the least of the
        windows', as the SQuAD 2.0 scripts have it: one window with an answer is enough.
        """
        asked = self._pieces(question)[0][: min(MAX_QUESTION, self.card.max_tokens // 4)]
        cut = [self._pieces(passage) for passage in passages]
        room = self.card.max_tokens - len(self._frame) - len(asked)
        jobs = [
            (at, begin, pieces[begin : begin + room])
            for at, (pieces, _) in enumerate(cut)
            for begin in windows(len(pieces), room, min(MAX_OVERLAP, room // 4))
        ]
        found = self._run_all([(asked, pieces) for _, _, pieces in jobs])
        merged = [_blank(len(pieces), spans) for pieces, spans in cut]
        for (at, begin, pieces), logits in zip(jobs, found, strict=True):
            merged[at] = _merge(merged[at], logits, begin, begin + len(pieces))
        return [_quotable(scores) for scores in merged]

    def _run_all(self, jobs: Sequence[tuple[Pieces, Pieces]]) -> list[Logits]:
        if self._threads == 1 or len(jobs) < 2:
            return [self._run(*job) for job in jobs]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(lambda job: self._run(*job), jobs))

    def _run(self, question: Pieces, passage: Pieces) -> Logits:
        ids, types = self._frame.around(question, passage)
        given = {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": types}
        feed = {name: np.array([given[name]], np.int64) for name in self.card.inputs}
        starts, ends = (row[0] for row in self._session.run(["starts", "ends"], feed))
        begin = len(self._frame.before) + len(question) + len(self._frame.between)
        inside = slice(begin, begin + len(passage))
        return starts[inside], ends[inside], float(starts[0] + ends[0])

    def _pieces(self, text: str) -> tuple[Pieces, tuple[Span, ...]]:
        """The ids of a text's word pieces, and the characters that each stands for."""
        text = _SURROGATE.sub("\ufffd", text)  # which no tokenizer takes
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return encoding.ids, tuple(_seen(text, *span) for span in encoding.offsets)


def windows(length: int, room: int, overlap: int) -> list[int]:
    """Where windows of ``room`` pieces begin that cover all of ``length``; at least one."""
    step = room - overlap
    return [0, *range(step, max(length - overlap, 0), step)]


def read_reader_card(folder: Path) -> ReaderCard:
    """The card of a compiled reader. Raises ModelMissing where there is none that can be used."""
    values = read_values(folder, version=FORMAT, hint=_HINT)
    try:
        return ReaderCard(**values)
    except TypeError as error:
        raise damaged(folder.name, folder, str(error), hint=_HINT) from error


def open_reader(cache: Path, name: str, *, threads: int = 2) -> CompiledReader:
    """The reader of that name, compiled into the cache at its first use.

    ``name`` is `SHIPPED`, a folder in Hugging Face format, a folder that holds a compiled reader,
    or a name that the hub's client knows; what it has not cached yet it fetches, now and never
    again.
    Compiling imports torch and takes some twenty seconds. A folder whose files have changed since
    is compiled anew; one that is gone is not missed. Raises ModelMissing.
    """
    if name == SHIPPED:
        name = str(Path(__file__).parent / "shipped_reader")
    if (Path(name) / CARD).is_file():
        return CompiledReader(Path(name), threads=threads)
    folder = compiled_folder(cache, f"reader:{name}")
    source = _source(Path(name))
    with making:
        try:
            if source in ("", read_reader_card(folder).source):
                return CompiledReader(folder, threads=threads)
        except ModelMissing:
            pass  # absent or damaged: made again below
        make_folder(folder, lambda made, scratch: _compile(name, source, made, scratch))
    return CompiledReader(folder, threads=threads)


def frame_of(tokenizer: Any, name: str) -> _Frame:
    """The special word pieces that the tokenizer puts around question and passage.

    Raises ModelMissing where the first of all is not one: "no answer" would have no place.
    """
    encoding = tokenizer.encode("a", "a")
    parts: list[list[tuple[int, int]]] = [[], [], []]
    types = [0, 0]
    passed = 0
    for piece, kind, side in zip(
        encoding.ids, encoding.type_ids, encoding.sequence_ids, strict=True
    ):
        if side is None:
            parts[passed].append((piece, kind))
        else:
            types[side], passed = kind, side + 1
    if not parts[0]:
        raise ModelMissing(
            f"the tokenizer of {name!r} puts no mark before the question",
            name=name,
            hint=NAME_ANOTHER,
        )
    return _Frame(tuple(parts[0]), tuple(parts[1]), tuple(parts[2]), (types[0], types[1]))


def _compile(name: str, source: str, folder: Path, scratch: Path) -> None:
    model, tokenizer = load_question_answering(name)
    tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
    frame_of(tokenizer.backend_tokenizer, name)
    most = most_tokens(model, name)
    inputs = export_reader(model, tokenizer, scratch / "fp32.onnx")
    card = ReaderCard(
        name=name,
        revision=weights_sha256(model),
        source=source,
        max_tokens=most,
        inputs=inputs,
        onnx_sha256=quantise(scratch / "fp32.onnx", folder),
    )
    write_card(folder, card)


def _source(folder: Path) -> str:
    """Changes with the model's files in a folder; "" where there is no such folder."""
    if not folder.is_dir():
        return ""
    files = sorted(each for each in folder.iterdir() if each.suffix in _SOURCES)
    stamps = [(each.name, each.stat().st_size, each.stat().st_mtime_ns) for each in files]
    return hashlib.sha256(repr(stamps).encode()).hexdigest()


def _seen(text: str, start: int, end: int) -> Span:
    """The span without the blanks at its ends, which some tokenizers count to a word."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _blank(length: int, spans: tuple[Span, ...]) -> SpanScores:
    lowest = np.full(length, -np.inf, np.float32)
    return SpanScores(spans, lowest, lowest.copy(), float("inf"))


def _merge(scores: SpanScores, logits: Logits, begin: int, end: int) -> SpanScores:
    """The scores with those of one more window, which reads the pieces from begin to end."""
    starts, ends, null = logits
    np.maximum(scores.starts[begin:end], starts, out=scores.starts[begin:end])
    np.maximum(scores.ends[begin:end], ends, out=scores.ends[begin:end])
    return SpanScores(scores.spans, scores.starts, scores.ends, min(scores.null, null))


def _quotable(scores: SpanScores) -> SpanScores:
    """The scores without word pieces that stand for no character, as some tokenizers have them."""
    kept = [at for at, (start, end) in enumerate(scores.spans) if start < end]
    if len(kept) == len(scores.spans):
        return scores
    spans = tuple(scores.spans[at] for at in kept)
    return SpanScores(spans, scores.starts[kept], scores.ends[kept], scores.null)
