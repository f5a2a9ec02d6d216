"""Small products run on one thread, and afterwards everything is as it was."""

from __future__ import annotations

import threading

from threadpoolctl import ThreadpoolController

from qa.threads import one_thread


def blas_threads() -> list[int]:
    """Of numpy's own library: another package may have brought one of its own by now."""
    import numpy as np  # noqa: F401 - what is not loaded yet cannot be looked at

    libraries = ThreadpoolController().select(user_api="blas").info()
    return [one["num_threads"] for one in libraries if "numpy" in one["filepath"]]


def test_there_is_one_thread_inside_and_as_many_as_before_outside() -> None:
    before = blas_threads()
    assert before
    with one_thread():
        assert set(blas_threads()) == {1}
    assert blas_threads() == before


def test_callers_wait_for_each_other_and_leave_nothing_behind() -> None:
    before = blas_threads()
    seen: list[set[int]] = []

    def multiply() -> None:
        for _ in range(50):
            with one_thread():
                seen.append(set(blas_threads()))

    threads = [threading.Thread(target=multiply) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [{1}] * 200
    assert blas_threads() == before
