"""The browser that tests of pages drive: found on the machine, opened by the fixture `browser`."""

from __future__ import annotations

import shutil

import pytest

CHROMIUM = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (found := shutil.which(name))
    ),
    "",
)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
skip_without_browser = pytest.mark.skipif(
    not CHROMIUM, reason="no Chromium or Chrome on this machine"
)
