"""Fixtures of several test files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsers import CHROMIUM, FLAGS
from fakes import KeywordEncoder
from hypothesis import settings
from indexes import BRIDGE, HOUSING, create_index, put_all
from tabs import Site, Tab, browsing, quiet_tab

import qa
from qa.index import Index
from qa.models import EMBEDDED, compile_encoder

# A busy machine is slow at any moment. What is tried is found by chance, but for CI, where what
# passed once has to pass again.
settings.register_profile("chance", deadline=None)
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile("same" if os.environ.get("CI") else "chance")

DENBY_BRIEF = """\
---
title: Inspection of Denby Bridge (2019)
review: Denby
author: County Engineer
published: "2019-05-14"
url: https://example.org/denby
---

# Inspection of Denby Bridge (2019)

## Findings

The inspection of Denby Bridge found 11 defects in the masonry of the north span in May 2019.

The inspection of Denby Bridge found no defects in the south span in May 2019.

## Recommendations

The inspection of Denby Bridge recommended that the county council repair the north span within
two years.
"""
WENNING_BRIEF = """\
---
title: Review of flood warnings on the River Wenning (2021)
review: Wenning
author: Rivers Board
published: "2021-02-01"
url: https://example.org/wenning
---

# Review of flood warnings on the River Wenning (2021)

## Findings

The Wenning Review found that flood warnings reached 1,400 households two hours late in 2020.

## Recommendations

The Wenning Review made seven recommendations about gauges, sirens and the training of wardens.
"""


@pytest.fixture
def encoder() -> KeywordEncoder:
    return KeywordEncoder()


@pytest.fixture
def index(tmp_path: Path, encoder: KeywordEncoder) -> Iterator[Index]:
    with create_index(tmp_path / "index", encoder) as made:
        put_all(made, encoder, BRIDGE, HOUSING)
        yield made


@pytest.fixture(scope="session")
def small_index(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of two small documents, built by the `qa` command with the embedded model."""
    folder = tmp_path_factory.mktemp("small")
    shutil.copytree(models, folder / "index" / "models")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "denby.md").write_text(DENBY_BRIEF, encoding="utf-8")
    (folder / "corpus" / "wenning.md").write_text(WENNING_BRIEF, encoding="utf-8")
    command = [sys.executable, "-m", "qa", "index", "corpus", "--index", "index"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "index"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the embedded model is compiled, once for all tests."""
    folder = tmp_path_factory.mktemp("models")
    compile_encoder(folder, EMBEDDED)
    return folder


@pytest.fixture(scope="session")
def reviews_index(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the shipped briefs, made by the real model; tests only read it."""
    folder = tmp_path_factory.mktemp("reviews") / "index"
    shutil.copytree(models, folder / "models")
    qa.build(Path(__file__).resolve().parents[1] / "corpus", folder)
    return folder


@pytest.fixture(scope="module", name="browser")
def browser_fixture() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", name="window")
def window_fixture(browser: Any) -> Iterator[Any]:
    with browsing(browser) as window:
        yield window


@pytest.fixture(name="tab")
def tab_fixture(window: Any, site: Site) -> Iterator[Tab]:
    with quiet_tab(window, site) as tab:
        yield tab
