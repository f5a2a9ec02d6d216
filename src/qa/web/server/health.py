"""GET /health: whether questions can be answered, for what watches the server."""

from __future__ import annotations

import functools
import importlib
import logging
import time
from typing import TYPE_CHECKING, Any

from qa.errors import QAError

if TYPE_CHECKING:
    from qa.assistant import Assistant

_log = logging.getLogger(__name__)
_FRESH = 1.0


class Health:
    """Looks at the index at most once a second, however often it is asked."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.seen = (-_FRESH, 503, dict[str, Any]())

    def routes(self) -> list[Any]:
        """The one route."""
        from starlette.routing import Route  # noqa: PLC0415

        return [Route("/health", self.answer)]

    def answer(self, _: Any) -> Any:
        """200 where the index can be read, and 503 where it cannot."""
        from starlette.responses import JSONResponse  # noqa: PLC0415

        now = time.monotonic()
        if now - self.seen[0] >= _FRESH:
            self.seen = (now, *self.look())
        return JSONResponse(self.seen[2], self.seen[1], {"cache-control": "no-store"})

    def look(self) -> tuple[int, dict[str, Any]]:
        """The status and what is said with it."""
        said: dict[str, Any] = {"ok": True, "version": version()}
        try:
            status = self.assistant.status()
        except (QAError, OSError) as error:
            _log.warning("the index cannot be read: %s", error)
            return 503, {**said, "ok": False}
        return 200, {**said, "documents": status.documents, "generation": status.generation}


@functools.cache
def version() -> str:
    """The version of this program."""
    # importlib.metadata takes longer to import than all the rest of this module.
    return str(importlib.import_module("importlib.metadata").version("ask-the-reviews"))
