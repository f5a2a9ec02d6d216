"""The encoder compiled to int8 ONNX: the default at run time, an order faster than torch.

A model is compiled once, at first use, into a folder beside the index: ``model.onnx``,
``tokenizer.json`` and ``card.json``. From then on onnxruntime and tokenizers are all that is
imported.

Dynamic quantisation takes an activation's range over the whole batch, so texts encoded together
would change each other's vectors. Here every text is a run of its own, without padding: a vector
is a function of its text alone, and on a CPU this costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import tempfile
import threading
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.errors import ModelMissing
from qa.models.encoder import load_sentence_transformer, weights_sha256
from qa.types import StoredVectors, TextVectors

FORMAT = 1
"""Raised when what is compiled, or how, changes."""
MAX_TOKENS = 512
_OPSET = 17


@dataclass(frozen=True, slots=True)
class Card:
    """What a compiled model was made from, and the check sum of what it was made into."""

    name: str
    revision: str
    dimension: int
    max_tokens: int
    query_prompt: str
    document_prompt: str
    inputs: tuple[str, ...]
    onnx_sha256: str
    format: int = FORMAT

    @property
    def fingerprint(self) -> str:
        return f"{self.name}@{self.revision[:12]}+int8.{self.onnx_sha256[:12]}"


class CompiledEncoder:
    """A compiled model behind the `Encoder` protocol. Safe to call from many threads."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        """Open a compiled model. Raises ModelMissing where it is absent or damaged."""
        import onnxruntime  # noqa: PLC0415
        from tokenizers import Tokenizer  # noqa: PLC0415

        self.card = read_card(folder)
        options = onnxruntime.SessionOptions()
        # One thread a run, several runs at once: as fast for documents, steadier for queries.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # it pays for texts of one length, and ours have any
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise _damaged(self.card.name, folder, str(error)) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.card.max_tokens)
        self._threads = threads

    @property
    def fingerprint(self) -> str:
        return self.card.fingerprint

    @property
    def dimension(self) -> int:
        return self.card.dimension

    def encode_query(self, query: str) -> TextVectors:
        return self._encode(self.card.query_prompt, query)

    def encode_document(self, text: str) -> TextVectors:
        return self._encode(self.card.document_prompt, text)

    def encode_documents(self, texts: Sequence[str]) -> StoredVectors:
        if not texts:
            return StoredVectors(np.zeros((0, self.dimension), np.float32), ())
        if self._threads == 1 or len(texts) == 1:
            found = [self._encode_to_store(text) for text in texts]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                found = list(pool.map(self._encode_to_store, texts))
        vectors, signs = zip(*found, strict=True)
        return StoredVectors(np.stack(vectors), signs)

    def _encode_to_store(self, text: str) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        found = self.encode_document(text)
        return found.vector, np.packbits(found.tokens > 0, axis=1)

    def _encode(self, prompt: str, text: str) -> TextVectors:
        """The text's vectors, read after the prompt, whose own word pieces are left out."""
        encoding = self._tokenizer.encode(prompt + text)
        feed = {
            name: np.array([getattr(encoding, _TOKENIZER_FIELDS[name])], np.int64)
            for name in self.card.inputs
        }
        vectors, tokens = self._session.run(["vector", "tokens"], feed)
        begin, offsets = len(prompt), encoding.offsets  # which is made anew each time it is read
        kept = [
            at
            for at, special in enumerate(encoding.special_tokens_mask)
            if not special and offsets[at][0] >= begin
        ]
        spans = tuple((start - begin, end - begin) for start, end in map(offsets.__getitem__, kept))
        return TextVectors(vectors[0], spans, tokens[0][kept])


_TOKENIZER_FIELDS = {
    "input_ids": "ids",
    "attention_mask": "attention_mask",
    "token_type_ids": "type_ids",
}
_compiling = threading.Lock()


def compiled_folder(cache: Path, name: str) -> Path:
    """The folder of the cache in which the model of that name is, or would be, compiled."""
    slug = re.sub(r"[^\w.-]+", "-", Path(name).name)[:60]
    return cache / f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def read_card(folder: Path) -> Card:
    """The card of a compiled model. Raises ModelMissing where there is none that can be used."""
    try:
        values = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        card = Card(**{**values, "inputs": tuple(values["inputs"])})
    except FileNotFoundError as error:
        raise ModelMissing(
            f"there is no compiled model in {folder}",
            name=folder.name,
            hint="qa index compiles the model again",
        ) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _damaged(folder.name, folder, str(error)) from error
    if card.format != FORMAT:
        raise _damaged(card.name, folder, f"format {card.format}, not {FORMAT}")
    return card


def open_encoder(cache: Path, name: str, *, threads: int = 2) -> CompiledEncoder:
    """The compiled encoder from the cache. Raises ModelMissing where it was not compiled yet."""
    return CompiledEncoder(compiled_folder(cache, name), threads=threads)


def compile_encoder(cache: Path, name: str, *, threads: int = 2) -> CompiledEncoder:
    """The compiled encoder, made now where the cache does not hold a usable one.

    Making it imports torch and takes about twenty seconds. The folder appears whole or not at all.
    """
    folder = compiled_folder(cache, name)
    with _compiling:
        try:
            card = read_card(folder)
            if _sha256(folder / "model.onnx") == card.onnx_sha256:
                return CompiledEncoder(folder, threads=threads)
        except (ModelMissing, OSError):
            pass  # absent or damaged: made again below
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".compiling-", dir=cache) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            _compile(name, made, Path(scratch))
            shutil.rmtree(folder, ignore_errors=True)
            try:
                made.rename(folder)
            except OSError:
                read_card(folder)  # another process was quicker; its model is as good
    return CompiledEncoder(folder, threads=threads)


def _compile(name: str, folder: Path, scratch: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    model = load_sentence_transformer(name)
    model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    inputs = _export(model, scratch / "fp32.onnx")
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)  # quantize_dynamic advises a pre-processing that changes nothing
    try:
        quantize_dynamic(
            str(scratch / "fp32.onnx"),
            str(folder / "model.onnx"),
            per_channel=True,
            weight_type=QuantType.QInt8,
        )
    finally:
        logger.setLevel(level)
    prompts = model.prompts or {}
    card = Card(
        name=name,
        revision=weights_sha256(model),
        dimension=int(model.get_embedding_dimension()),
        max_tokens=_max_tokens(model),
        query_prompt=prompts.get("query", ""),
        document_prompt=prompts.get("document", ""),
        inputs=inputs,
        onnx_sha256=_sha256(folder / "model.onnx"),
    )
    (folder / "card.json").write_text(json.dumps(asdict(card), indent=2), encoding="utf-8")


def _export(model: Any, path: Path) -> tuple[str, ...]:
    """Write the whole model (transformer, pooling, unit length) as fp32 ONNX; return its inputs."""
    import torch  # noqa: PLC0415

    class Whole(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *values: Any) -> Any:
            features = dict(zip(inputs, values, strict=True))
            found = self.model(features)
            normalize = torch.nn.functional.normalize
            return (
                normalize(found["sentence_embedding"], dim=-1),
                normalize(found["token_embeddings"], dim=-1),
            )

    sample = model.tokenizer(["An example sentence."], return_tensors="pt")
    inputs = tuple(key for key in _TOKENIZER_FIELDS if key in sample)
    model.eval()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of constants that are constant here
        torch.onnx.export(
            Whole().eval(),
            tuple(sample[key] for key in inputs),
            str(path),
            input_names=list(inputs),
            output_names=["vector", "tokens"],
            dynamic_axes={key: {0: "batch", 1: "length"} for key in (*inputs, "tokens")},
            opset_version=_OPSET,
            dynamo=False,
        )
    return inputs


def _max_tokens(model: Any) -> int:
    # all-MiniLM-L6-v2 was published with a limit of 256 but has positions for 512: the passages of
    # this project are shorter, and a heading in front must not push their end out.
    positions = getattr(model[0].auto_model.config, "max_position_embeddings", MAX_TOKENS)
    return int(min(MAX_TOKENS, positions))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(name: str, folder: Path, reason: str) -> ModelMissing:
    return ModelMissing(
        f"the compiled model in {folder} cannot be used: {reason}",
        name=name,
        hint="qa index compiles the model again",
    )
