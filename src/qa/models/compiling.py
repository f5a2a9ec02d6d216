"""What compiled models share: how one is made from torch and kept, and how it is opened again.

A compiled model is a folder of ``model.onnx``, ``tokenizer.json`` and ``card.json``. Making one
imports torch; opening one imports onnxruntime and tokenizers, and nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import re
import shutil
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa.errors import ModelMissing

MAX_TOKENS = 512
TOKENIZER_FIELDS = {
    "input_ids": "ids",
    "attention_mask": "attention_mask",
    "token_type_ids": "type_ids",
}
"""What a model may take, and what the tokenizer's encodings call it."""
MODEL, TOKENIZER, CARD = "model.onnx", "tokenizer.json", "card.json"
_OPSET = 17

making = threading.Lock()
"""Held while a model is made: two at once would take twice the memory for the same file."""


def _silence() -> None:
    """onnxruntime, once it is imported, reports to nobody: from 1.32 on it would by itself.

    It reads this before its own switch (``disable_telemetry_events``) can be pressed.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def compiled_folder(cache: Path, name: str) -> Path:
    """The folder of the cache in which the model of that name is, or would be, compiled."""
    slug = re.sub(r"[^\w.-]+", "-", Path(name).name)[:60]
    return cache / f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def read_values(folder: Path, *, version: int, hint: str) -> dict[str, Any]:
    """What the card of a compiled model says.

    Raises ModelMissing where there is none, or one of another version than this.
    """
    try:
        values = json.loads((folder / CARD).read_text(encoding="utf-8"))
        found, name = values["format"], values["name"]
        values["inputs"] = tuple(values["inputs"])
    except FileNotFoundError as error:
        raise ModelMissing(
            f"there is no compiled model in {folder}", name=folder.name, hint=hint
        ) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise damaged(folder.name, folder, str(error), hint=hint) from error
    if found != version:
        raise damaged(name, folder, f"format {found}, not {version}", hint=hint)
    return dict(values)


def open_model(folder: Path, name: str, *, hint: str) -> tuple[Any, Any]:
    """The onnxruntime session and the tokenizer of a compiled model.

    Raises ModelMissing where either cannot be read.
    """
    _silence()
    import onnxruntime  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    # One thread a run, several runs at once: as fast for documents, steadier for queries.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it pays for texts of one length, and ours have any
    try:
        session = onnxruntime.InferenceSession(
            str(folder / MODEL), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # both libraries raise bare exceptions of their own
        raise damaged(name, folder, str(error), hint=hint) from error
    tokenizer.no_padding()
    return session, tokenizer


def make_folder(folder: Path, make: Callable[[Path, Path], None]) -> None:
    """The folder holds what ``make`` wrote; it appears whole or not at all.

    ``make`` is given an empty folder, which takes this one's place, and one for what is thrown
    away after.
    """
    cache = folder.parent
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".compiling-", dir=cache) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        make(made, Path(scratch))
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # another process was quicker; its model is as good
            made.rename(folder)


def export(
    module: Any, sample: Mapping[str, Any], path: Path, outputs: Mapping[str, Sequence[str]]
) -> None:
    """Write a torch module as fp32 ONNX; ``outputs`` name the axes of each that vary."""
    import torch  # noqa: PLC0415

    varying = {key: {0: "batch", 1: "length"} for key in sample}
    varying |= {key: dict(enumerate(axes)) for key, axes in outputs.items() if axes}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of constants that are constant here
        torch.onnx.export(
            module.eval(),
            tuple(sample.values()),
            str(path),
            input_names=list(sample),
            output_names=list(outputs),
            dynamic_axes=varying,
            opset_version=_OPSET,
            dynamo=False,
        )


def quantise(fp32: Path, folder: Path) -> str:
    """Write the int8 model into the folder; return its SHA-256."""
    _silence()
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)  # quantize_dynamic advises a pre-processing that changes nothing
    try:
        quantize_dynamic(
            str(fp32), str(folder / MODEL), per_channel=True, weight_type=QuantType.QInt8
        )
    finally:
        logger.setLevel(level)
    return file_sha256(folder / MODEL)


def write_card(folder: Path, card: Any) -> None:
    """Write a card where `read_values` looks for it."""
    (folder / CARD).write_text(json.dumps(asdict(card), indent=2), encoding="utf-8")


def weights_sha256(model: Any) -> str:
    """The SHA-256 of a model's parameters, by name: the same for the same weights everywhere."""
    digest = hashlib.sha256()
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged(name: str, folder: Path, reason: str, *, hint: str) -> ModelMissing:
    """The error of a compiled model that is there and cannot be used."""
    return ModelMissing(
        f"the compiled model in {folder} cannot be used: {reason}", name=name, hint=hint
    )
