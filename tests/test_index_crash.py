"""Promise 6 of the index: killed at any step, it is the previous generation or the next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CRASH = Path(__file__).with_name("crash.py")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("what", "stride", "at_least"),
    [("update", 1, 80), ("rebuild", 5, 80), ("create", 3, 40), ("repair", 3, 20)],
)
def test_6_killed_at_any_step_the_index_is_the_previous_or_the_next(
    tmp_path: Path, what: str, stride: int, at_least: int
) -> None:
    # One thread, so that the process can fork.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, str(CRASH), str(tmp_path), what, str(stride)],
        capture_output=True,
        check=False,
        env=environment,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["faults"] == {}
    assert outcome["steps"] >= at_least, "too few steps were seen: the trap does not work"
