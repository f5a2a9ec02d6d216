"""The encoder compiled to int8 ONNX: the default at run time, an order faster than torch.

A model is compiled once, at first use, into a folder beside the index: ``model.onnx``,
``tokenizer.json`` and ``card.json``. From then on onnxruntime and tokenizers are all that is
imported.

Dynamic quantisation takes an activation's range over the whole batch, so texts encoded together
would change each other's vectors. Here every text is a run of its own, without padding: a vector
is a function of its text alone, and on a CPU this costs nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.errors import ModelMissing
from qa.models.compiling import (
    MAX_TOKENS,
    MODEL,
    TOKENIZER,
    TOKENIZER_FIELDS,
    compiled_folder,
    damaged,
    export,
    file_sha256,
    make_folder,
    making,
    open_model,
    quantise,
    read_values,
    weights_sha256,
    write_card,
)
from qa.models.encoder import load_sentence_transformer
from qa.text import Span
from qa.types import StoredVectors, TextVectors

FORMAT = 1
"""Raised when what is compiled, or how, changes."""
_HINT = "qa index compiles the model again"


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
        self.card = read_card(folder)
        self._session, self._tokenizer = open_model(folder, self.card.name, hint=_HINT)
        self._tokenizer.enable_truncation(self.card.max_tokens)
        self._threads = threads
        # Passages that are asked about come again; some hundred take a few megabytes.
        self._pieces: Callable[[str], tuple[Span, ...]]
        self._pieces = functools.lru_cache(maxsize=512)(self._pieces_of)

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

    def pieces(self, text: str) -> tuple[Span, ...]:
        return self._pieces(text)

    def _pieces_of(self, text: str) -> tuple[Span, ...]:
        prompt = self.card.document_prompt
        return _own_pieces(self._tokenizer.encode(prompt + text), len(prompt))[1]

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
            name: np.array([getattr(encoding, TOKENIZER_FIELDS[name])], np.int64)
            for name in self.card.inputs
        }
        vectors, tokens = self._session.run(["vector", "tokens"], feed)
        kept, spans = _own_pieces(encoding, len(prompt))
        return TextVectors(vectors[0], spans, tokens[0][kept])


def _own_pieces(encoding: Any, begin: int) -> tuple[list[int], tuple[Span, ...]]:
    """Which word pieces are of the text after the prompt, and where they stand in it."""
    offsets = encoding.offsets  # made anew each time it is read
    kept = [
        at
        for at, special in enumerate(encoding.special_tokens_mask)
        if not special and offsets[at][0] >= begin
    ]
    return kept, tuple((offsets[at][0] - begin, offsets[at][1] - begin) for at in kept)


def read_card(folder: Path) -> Card:
    """The card of a compiled model. Raises ModelMissing where there is none that can be used."""
    values = read_values(folder, version=FORMAT, hint=_HINT)
    try:
        return Card(**values)
    except TypeError as error:
        raise damaged(folder.name, folder, str(error), hint=_HINT) from error


def open_encoder(cache: Path, name: str, *, threads: int = 2) -> CompiledEncoder:
    """The compiled encoder from the cache. Raises ModelMissing where it was not compiled yet."""
    return CompiledEncoder(compiled_folder(cache, name), threads=threads)


def compile_encoder(cache: Path, name: str, *, threads: int = 2) -> CompiledEncoder:
    """The compiled encoder, made now where the cache does not hold a usable one.

    Making it imports torch and takes about twenty seconds. The folder appears whole or not at all.
    """
    folder = compiled_folder(cache, name)
    with making:
        try:
            card = read_card(folder)
            if file_sha256(folder / MODEL) == card.onnx_sha256:
                return CompiledEncoder(folder, threads=threads)
        except (ModelMissing, OSError):
            pass  # absent or damaged: made again below
        make_folder(folder, lambda made, scratch: _compile(name, made, scratch))
    return CompiledEncoder(folder, threads=threads)


def _compile(name: str, folder: Path, scratch: Path) -> None:
    model = load_sentence_transformer(name)
    model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
    inputs = _export(model, scratch / "fp32.onnx")
    prompts = model.prompts or {}
    card = Card(
        name=name,
        revision=weights_sha256(model),
        dimension=int(model.get_embedding_dimension()),
        max_tokens=_max_tokens(model),
        query_prompt=prompts.get("query", ""),
        document_prompt=prompts.get("document", ""),
        inputs=inputs,
        onnx_sha256=quantise(scratch / "fp32.onnx", folder),
    )
    write_card(folder, card)


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
    inputs = tuple(key for key in TOKENIZER_FIELDS if key in sample)
    model.eval()
    features = {key: sample[key] for key in inputs}
    export(Whole(), features, path, {"vector": (), "tokens": ("batch", "length")})
    return inputs


def _max_tokens(model: Any) -> int:
    # all-MiniLM-L6-v2 was published with a limit of 256 but has positions for 512: the passages of
    # this project are shorter, and a heading in front must not push their end out.
    positions = getattr(model[0].auto_model.config, "max_position_embeddings", MAX_TOKENS)
    return int(min(MAX_TOKENS, positions))
