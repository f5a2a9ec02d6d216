"""Settings: what beats what, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import SettingsError
from qa.settings import Settings, load


def test_argument_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.qa]\nindex = "file"\nport = 1\nhost = "file"\n')
    environ = {"QA_INDEX": "environment", "QA_PORT": "2"}
    settings = load(environ=environ, folder=tmp_path, index="argument")
    assert (settings.index, settings.port, settings.host) == ("argument", 2, "file")
    assert settings.corpus == Settings().corpus


def test_none_is_no_argument(tmp_path: Path) -> None:
    assert load(environ={}, folder=tmp_path, index=None) == Settings()


def test_an_unknown_name_is_an_error_that_suggests_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="QA_ENCODR") as caught:
        load(environ={"QA_ENCODR": "x"}, folder=tmp_path)
    assert "'encoder'" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "value"), [("port", "many"), ("threshold", "1.5"), ("evidence", "0"), ("threads", "")]
)
def test_an_unusable_value_is_an_error_with_a_hint(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load(environ={f"QA_{name.upper()}": value}, folder=tmp_path)
    assert caught.value.hint


def test_a_table_that_is_no_value_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.qa]\nindex = [1]\n")
    with pytest.raises(SettingsError, match="index"):
        load(environ={}, folder=tmp_path)


def test_a_broken_pyproject_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.qa\n")
    with pytest.raises(SettingsError, match=r"pyproject\.toml"):
        load(environ={}, folder=tmp_path)
