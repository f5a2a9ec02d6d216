"""Neural parts: the encoder, and the same encoder compiled for run time."""

from qa.models.compiled import CompiledEncoder, compile_encoder, open_encoder
from qa.models.encoder import EMBEDDED, TorchEncoder

__all__ = [
    "EMBEDDED",
    "CompiledEncoder",
    "TorchEncoder",
    "compile_encoder",
    "open_encoder",
]
