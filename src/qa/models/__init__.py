"""Neural parts: the encoder, compiled for run time, and an optional reranker and reader."""

from qa.models.compiled import CompiledEncoder, compile_encoder, open_encoder
from qa.models.encoder import EMBEDDED, TorchEncoder
from qa.models.reader import CompiledReader, open_reader
from qa.models.reranker import CrossEncoderReranker

__all__ = [
    "EMBEDDED",
    "CompiledEncoder",
    "CompiledReader",
    "CrossEncoderReranker",
    "TorchEncoder",
    "compile_encoder",
    "open_encoder",
    "open_reader",
]
