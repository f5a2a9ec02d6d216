"""Small matrix products on one thread: the library behind numpy would wake others for them.

Waking and waiting takes longer than the product, and where something else uses the processor it
takes many times as long: thirty passages were compared in 3 ms on one thread and 56 ms on two.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_one_caller = threading.Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, numpy multiplies on the calling thread alone; afterwards everything is as it was.

    The limit is of the whole process, so callers wait for each other: what overlaps could not tell
    whose limit to lift. Keep what is inside to a few milliseconds, and do not nest it.
    """
    with _one_caller, _controller().limit(limits=1):
        yield


@functools.cache
def _controller() -> Any:
    import numpy as np  # noqa: F401, PLC0415 - what is not loaded yet cannot be limited
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415

    return ThreadpoolController().select(user_api="blas")
