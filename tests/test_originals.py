"""The kept files of an index and the pictures of their pages."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from qa.errors import IndexUnusable
from qa.index import originals
from qa.index.originals import Originals

CONTENT = b"The bridge was closed."
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "Bridge Report.PDF"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def kept(tmp_path: Path) -> Originals:
    (tmp_path / "index").mkdir()
    return Originals(tmp_path / "index")


def test_a_file_is_kept_under_its_content_and_found_by_it(kept: Originals, source: Path) -> None:
    digest, path = kept.keep(source)
    assert (digest, path.name) == (DIGEST, f"{DIGEST}.pdf")
    source.unlink()
    assert kept.find(DIGEST) == path
    assert path.read_bytes() == CONTENT
    assert kept.find("0" * 64) is None
    assert kept.find("*") is None


def test_the_same_file_is_kept_once(kept: Originals, source: Path, tmp_path: Path) -> None:
    kept.keep(source)
    kept.keep(source)
    assert [path.name for path in (tmp_path / "index/originals").iterdir()] == [f"{DIGEST}.pdf"]


def test_a_folder_that_takes_no_file_is_an_error_of_the_index(tmp_path: Path, source: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "originals").write_text("in the way", encoding="utf-8")
    with pytest.raises(IndexUnusable) as caught:
        Originals(tmp_path / "index").keep(source)
    assert "disk space" in caught.value.hint


def test_what_belongs_to_nothing_is_swept_and_nothing_else(kept: Originals, source: Path) -> None:
    _, path = kept.keep(source)
    other = path.with_name(f"{'1' * 64}.pdf")
    other.write_bytes(b"left over")
    half = path.with_name("coming-123")
    half.write_bytes(b"half")
    kept.picture(DIGEST, "page 1", lambda: b"picture")
    kept.picture("1" * 64, "page 1", lambda: b"picture of what is gone")
    assert len(kept.strays({DIGEST})) == 3
    kept.sweep({DIGEST})
    assert kept.strays({DIGEST}) == []
    assert kept.find(DIGEST) == path
    assert kept.picture(DIGEST, "page 1", lambda: b"drawn again") == b"picture"
    kept.sweep(set())
    assert kept.find(DIGEST) is None
    assert kept.picture(DIGEST, "page 1", lambda: b"drawn again") == b"drawn again"


def test_damage_and_leftovers_are_faults(kept: Originals, source: Path) -> None:
    _, path = kept.keep(source)
    assert kept.faults({DIGEST}) == []
    path.write_bytes(b"something else")
    assert kept.faults({DIGEST}) == [f"originals/{path.name} is damaged"]
    assert f"originals/{path.name} is left over" in kept.faults(set())


def test_pictures_are_drawn_once_and_the_oldest_make_room(
    kept: Originals, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def picture(key: str) -> bytes:
        def draw() -> bytes:
            drawn.append(key)
            return bytes(400)

        return kept.picture(DIGEST, key, draw)

    monkeypatch.setattr(originals, "_MOST_PICTURES", 1000)
    for key in ("a", "a", "b", "c", "d", "d"):
        picture(key)
    assert drawn == ["a", "b", "c", "d"]
    held = sum(path.stat().st_size for path in kept._pictures.rglob("*.png"))
    assert held <= 1000


def test_a_picture_is_shown_even_where_it_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("in the way", encoding="utf-8")
    assert Originals(tmp_path).picture(DIGEST, "page 1", lambda: b"drawn") == b"drawn"
