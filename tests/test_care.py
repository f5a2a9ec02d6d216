"""The note on the material and where support is: read from a file that a deployer may change."""

from __future__ import annotations

from pathlib import Path

import pytest
from elements import Elements

from qa.errors import SettingsError
from qa.web.care import NOTE, Support, SupportPlace, read_support
from qa.web.views.composer import composer

SHIPPED = Path(__file__).resolve().parents[1] / "corpus" / "support.toml"


def test_the_shipped_file_names_places_with_a_way_to_reach_them() -> None:
    support = read_support(SHIPPED)
    assert support.note
    assert support.words
    assert support.places
    assert all(place.phone or place.url for place in support.places)


def test_without_a_file_the_note_stands_alone(tmp_path: Path) -> None:
    support = read_support(tmp_path / "none.toml")
    assert support == Support(note=NOTE)
    shown = Elements(composer([], support, "Private."))
    assert f"{NOTE} Private." in shown.text
    assert not shown.all("dialog")


@pytest.mark.parametrize(
    "text",
    [
        "note = ",
        "note = 3",
        "other = 'x'",
        "place = 'x'",
        "[[place]]\nwhat = 'no name'",
        "[[place]]\nname = 'x'\nfax = '1'",
        "[[place]]\nname = ['x']",
    ],
)
def test_a_file_that_cannot_be_used_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "support.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"support\.toml") as failure:
        read_support(path)
    assert "QA_SUPPORT" in failure.value.hint


def test_nothing_of_the_file_becomes_markup() -> None:
    evil = "<img src=x onerror=alert(1)>\"'"
    place = SupportPlace(evil, evil, f"0800 {evil}", f"javascript:{evil}")
    shown = Elements(composer([], Support(evil, evil, (place,)), evil))
    assert not shown.all("img")
    links = [link["href"] for link in shown.all("a")]
    assert [link for link in links if not link.startswith("#")] == ["tel:08001"]
