"""A cross-encoder that reads question and passage together. Optional: it needs torch at run time.

On two processor cores it takes tens of milliseconds a passage, so it is for those who would rather
wait; the default ranking needs none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa.errors import ModelMissing


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder behind the `Reranker` protocol."""

    def __init__(self, name: str) -> None:
        """Load it from a folder or the hub client's local cache. Raises ModelMissing."""
        from sentence_transformers import CrossEncoder  # noqa: PLC0415

        try:
            self._model: Any = CrossEncoder(name, device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelMissing(
                f"the reranker {name!r} cannot be loaded: {error}",
                name=name,
                hint="unset QA_RERANKER, or download the model first and name its folder: "
                "nothing is fetched here",
            ) from error

    def scores(self, question: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        pairs = [(question, text) for text in texts]
        return [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]
