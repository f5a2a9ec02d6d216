"""Neural parts: the encoder, the same compiled for run time, and an optional reranker."""

from qa.models.compiled import CompiledEncoder, compile_encoder, open_encoder
from qa.models.encoder import EMBEDDED, TorchEncoder
from qa.models.reranker import CrossEncoderReranker

__all__ = [
    "EMBEDDED",
    "CompiledEncoder",
    "CrossEncoderReranker",
    "TorchEncoder",
    "compile_encoder",
    "open_encoder",
]
