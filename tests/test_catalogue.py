"""The catalogue of official reports: how it is read, what counts as loaded, how one is added."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import assistant as library
from qa import cataloguing, cli
from qa.documents import (
    BRIEF,
    KIND,
    LANDING_PAGE,
    CatalogueEntry,
    Downloaded,
    entry_at,
    find_entry,
    load_file,
    matches,
    read_catalogue,
    scan,
)
from qa.errors import DocumentError
from qa.types import BuildReport, DocumentSummary

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
SHIPPED = read_catalogue(CORPUS / "catalogue.toml")

DENBY = CatalogueEntry(
    "denby-2019",
    "Inspection of Denby Bridge",
    review="Denby",
    publisher="County Council",
    author="County Engineer",
    published="2019-05-14",
    landing="https://www.example.org/denby/",
    direct="https://example.org/files/denby.pdf",
    licence="Open Government Licence v3.0",
)
FOLLOW_UP = CatalogueEntry(
    "denby-2021", "Inspection of Denby Bridge: follow-up", also=("https://example.org/again",)
)
WENNING = CatalogueEntry(
    "wenning-2021", "Review of flood warnings on the River Wenning, Part 1", note="Out of print."
)
ENTRIES = (DENBY, FOLLOW_UP, WENNING)
FILE = """\
[[report]]
id = "denby-2019"
title = "Inspection of Denby Bridge"
review = "Denby"
publisher = "County Council"
author = "County Engineer"
published = "2019-05-14"
landing = "https://www.example.org/denby/"
direct = "https://example.org/files/denby.pdf"
licence = "Open Government Licence v3.0"

[[report]]
id = "denby-2021"
title = "Inspection of Denby Bridge: follow-up"
also = ["https://example.org/again"]

[[report]]
id = "wenning-2021"
title = "Review of flood warnings on the River Wenning, Part 1"
note = "Out of print."
"""


def summary(uri: str = "a.pdf", title: str = "Untitled", **meta: str) -> DocumentSummary:
    return DocumentSummary(uri, title, meta, "ab" * 32, 1, 2, "2026-01-02T03:04:05Z")


def written(folder: Path, text: str) -> Path:
    path = folder / "catalogue.toml"
    path.write_text(text, encoding="utf-8")
    return path


# The file.


def test_the_reports_are_read_in_their_order(tmp_path: Path) -> None:
    assert read_catalogue(written(tmp_path, FILE)) == ENTRIES
    assert read_catalogue(written(tmp_path, "")) == ()


@pytest.mark.parametrize(
    ("change", "line", "said", "hint"),
    [
        (('review = "Denby"', 'review = "Denby'), 4, "Illegal character", ""),
        (('review = "Denby"', 'reveiw = "Denby"'), 4, "unknown key 'reveiw'", "'review'"),
        (('review = "Denby"', "review = 7"), 4, "review = 7 is not a text", "a text"),
        (('["https://example.org/again"]', '"https://example.org/again"'), 15, "also", "a list"),
        (('["https://example.org/again"]', "[7]"), 15, "also", "a list"),
        (('["https://example.org/again"]', '["again"]'), 15, "'again' is no address", "https://"),
        (('id = "denby-2021"', 'id = "denby-2019"'), 13, "'denby-2019' is named twice", "another"),
        (('id = "denby-2021"', 'id = "Denby 2021"'), 13, "'Denby 2021' cannot be used", "drew"),
        (('id = "denby-2021"', ""), 12, "report 2 has no id", "id and title"),
        (('title = "Inspection of Denby Bridge"\n', 'title = ""\n'), 3, "no title", "id and title"),
        (("2019-05-14", "14 May 2019"), 7, "'14 May 2019' is no date", "2016-03-23"),
        (("https://www.example.org/denby/", "ftp://example.org"), 8, "is no address", "https://"),
        (('[[report]]\nid = "denby-2021"', '[[reprot]]\nid = "denby-2021"'), 0, "reprot", "[["),
    ],
)
def test_a_fault_is_named_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, said: str, hint: str
) -> None:
    assert FILE.count(change[0]) >= 1
    path = written(tmp_path, FILE.replace(*change, 1))
    with pytest.raises(DocumentError) as caught:
        read_catalogue(path)
    assert said in str(caught.value)
    assert f"line {line}" in str(caught.value) or not line
    assert hint in caught.value.hint
    assert caught.value.hint
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ['report = "x"', "report = [1]", "[report]\nid = 'x'", "a = 1"])
def test_what_is_no_list_of_reports_is_a_fault(tmp_path: Path, text: str) -> None:
    with pytest.raises(DocumentError, match=r"no list|no table") as caught:
        read_catalogue(written(tmp_path, text))
    assert "[[report]]" in caught.value.hint


def test_a_catalogue_that_is_not_there_or_not_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="No such file") as caught:
        read_catalogue(tmp_path / "nowhere.toml")
    assert "setting catalogue" in caught.value.hint
    path = tmp_path / "catalogue.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DocumentError, match="cannot be read"):
        read_catalogue(path)


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    assert find_entry(ENTRIES, "Denby-2021") is FOLLOW_UP
    with pytest.raises(DocumentError, match="no report 'denby-219'") as caught:
        find_entry(ENTRIES, "denby-219")
    assert "'denby-2019'" in caught.value.hint
    with pytest.raises(DocumentError) as caught:
        find_entry(ENTRIES, "xyz")
    assert "qa catalogue" in caught.value.hint


# The catalogue that comes with it.


def test_the_shipped_catalogue_is_passed_over_as_a_document() -> None:
    files, refused = scan(CORPUS)
    assert refused == []
    assert all(uri.endswith(".md") for uri, _ in files)


def test_every_brief_says_what_it_is_and_none_counts_as_its_report() -> None:
    briefs = []
    for uri, path in scan(CORPUS)[0]:
        document = load_file(path, uri=uri, max_bytes=10**7).document
        assert document.meta[KIND] == BRIEF, uri
        briefs.append(summary(uri, document.title, **document.meta))
    assert len(briefs) == 17
    assert not any(matches(SHIPPED, briefs).values())
    # It is the key that keeps them apart: some bear the address of the report.
    bare = [summary(each.uri, each.title, url=each.meta.get("url", "")) for each in briefs]
    assert matches(SHIPPED, bare)["drew-2016"] == ("drew-2016.md",)


def test_the_shipped_reports_say_what_is_known_and_where_nothing_is() -> None:
    assert len({entry.title for entry in SHIPPED}) == len(SHIPPED) > 20
    named = {
        load_file(path, uri=uri, max_bytes=10**7).document.meta["review"]
        for uri, path in scan(CORPUS)[0]
    }
    named |= {"Communities and Local Government Committee", "Rotherham Independent Review"}
    for entry in SHIPPED:
        assert entry.review in named, entry.id
        assert entry.published, entry.id
        assert entry.licence or "licence" in entry.note.casefold(), entry.id
        assert entry.addresses or "address" in entry.note, entry.id
    for entry in SHIPPED:  # each is itself and no other
        found = matches(SHIPPED, [summary(title=entry.title)])
        assert [name for name, uris in found.items() if uris] == [entry.id]


# What is loaded.


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (summary(report="wenning-2021", url=DENBY.landing, title="Other"), "wenning-2021"),
        (summary(report="gone-1999", url=DENBY.landing), "denby-2019"),
        (summary(url="http://example.org/denby"), "denby-2019"),
        (summary(url="https://EXAMPLE.org:443/files/denby.pdf#page=2"), "denby-2019"),
        (summary(url="https://example.org/again/"), "denby-2021"),
        (summary(url="https://example.org/other"), ""),
        (summary(title="INSPECTION OF DENBY-BRIDGE."), "denby-2019"),
        (summary(title="An inspection of Denby Bridge"), "denby-2019"),
        (summary(title="Inspection of Denby Bridge; Follow-Up"), "denby-2021"),
        (summary(title="Review of flood warnings on the River Wenning"), "wenning-2021"),
        (summary(title="Review of flood warnings on the River Wenning, Part 2"), ""),
        (summary(title="Housing inspection"), ""),
        (summary(title=DENBY.title, url="https://example.org/again"), "denby-2021"),
        (summary(title=DENBY.title, kind=BRIEF, url=DENBY.landing), ""),
        (summary(title=DENBY.title, kind="Brief", report="denby-2019"), ""),
        (summary(url=DENBY.landing, kind=LANDING_PAGE), ""),
        (summary(url=DENBY.landing, kind="annual report"), "denby-2019"),
        (summary(title=""), ""),
    ],
)
def test_a_document_is_at_most_one_report(document: DocumentSummary, expected: str) -> None:
    found = {name: uris for name, uris in matches(ENTRIES, [document]).items() if uris}
    assert found == ({expected: (document.uri,)} if expected else {})


def test_reports_with_one_landing_page_are_told_apart_by_title() -> None:
    page = "https://example.org/bridges"
    parts = [CatalogueEntry(f"part-{n}", f"Bridges, Part {n}", landing=page) for n in (1, 2)]
    first, second = parts
    assert entry_at(parts, page) is first
    found = matches(parts, [summary("b.pdf", "Bridges: part 2", url=page)])
    assert found == {"part-1": (), "part-2": ("b.pdf",)}
    assert entry_at([first, CatalogueEntry("x", "X", direct=page)], page) is not first
    assert entry_at([second], "https://example.org/") is None


def test_every_copy_of_a_report_is_named_in_order() -> None:
    copies = [summary("z.pdf", DENBY.title), summary("b.pdf", report="denby-2019")]
    assert matches(ENTRIES, copies)["denby-2019"] == ("b.pdf", "z.pdf")
    assert matches(ENTRIES, []) == {entry.id: () for entry in ENTRIES}


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=3))
def test_odd_titles_and_addresses_are_harmless(odd: list[tuple[str, str, str]]) -> None:
    documents = [summary(uri, title, url=url) for uri, title, url in odd]
    assert set(matches(ENTRIES, documents)) == {entry.id for entry in ENTRIES}


# The verbs.


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder whose catalogue is the one above."""
    written(tmp_path, FILE)
    monkeypatch.setenv("QA_CATALOGUE", "catalogue.toml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def holding(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the index these documents."""

    def hold(*documents: DocumentSummary) -> None:
        monkeypatch.setattr(cataloguing, "_documents", lambda _: list(documents))

    return hold


def test_the_catalogue_says_what_is_loaded_and_where_the_rest_is(
    place: Path, holding: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    holding(summary("again.pdf", FOLLOW_UP.title))
    assert cli.main(["catalogue"]) == 0
    assert capsys.readouterr().out == (
        "denby-2019: Denby: Inspection of Denby Bridge (2019-05-14)\n"
        "    missing; published by County Council\n"
        "    https://example.org/files/denby.pdf\n"
        "    https://www.example.org/denby/\n"
        "    licence: Open Government Licence v3.0\n"
        "    qa add https://example.org/files/denby.pdf\n"
        "denby-2021: Inspection of Denby Bridge: follow-up\n"
        "    loaded as again.pdf\n"
        "wenning-2021: Review of flood warnings on the River Wenning, Part 1\n"
        "    missing\n"
        "    Out of print.\n"
        "    qa add FILE --report wenning-2021\n"
        "Reports loaded: 1 of 3.\n"
    )
    assert cli.main(["catalogue", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    names = [field.name for field in fields(CatalogueEntry)]
    assert [list(row) for row in rows] == [[*names, "loaded", "command"]] * 3
    assert [row["loaded"] for row in rows] == [[], ["again.pdf"], []]


def test_the_catalogue_needs_no_index(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["catalogue"]) == 0
    assert "Reports loaded: 0 of 3." in capsys.readouterr().out
    (place / "catalogue.toml").unlink()
    assert cli.main(["catalogue"]) == 1
    assert "hint: " in capsys.readouterr().err


class Added:
    """Stands for `qa.add`: keeps what it was given, and reads the file while it is there."""

    def __init__(self) -> None:
        self.path = Path()
        self.meta: Mapping[str, str] = {}
        self.content = b""

    def __call__(self, files: list[Path], *_: Any, meta: Mapping[str, str], **__: Any) -> Any:
        (given,) = files
        self.path, self.meta = Path(given), meta
        self.content = self.path.read_bytes() if self.path.exists() else b""
        return BuildReport(added=(self.path.name,))


@pytest.fixture
def added(place: Path, holding: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Added:
    holding()
    adds = Added()
    monkeypatch.setattr(library, "add", adds)
    return adds


def test_a_file_takes_what_the_catalogue_says_of_its_report(added: Added) -> None:
    assert cli.main(["add", "b.pdf", "--report", "denby-2019", "--author", "A. Engineer"]) == 0
    assert added.meta == {
        "title": "Inspection of Denby Bridge",
        "review": "Denby",
        "author": "A. Engineer",
        "published": "2019-05-14",
        "publisher": "County Council",
        "url": "https://example.org/files/denby.pdf",
        "licence": "Open Government Licence v3.0",
        "report": "denby-2019",
    }
    kept = {name: value for name, value in added.meta.items() if name != "title"}
    given = summary("b.pdf", added.meta["title"], **kept)
    assert matches(ENTRIES, [given])["denby-2019"] == ("b.pdf",)


def test_what_is_unknown_or_named_for_several_is_refused(
    added: Added, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["add", "b.pdf", "--report", "denby-2020"]) == 1
    assert "hint: did you mean 'denby-202" in capsys.readouterr().err
    for wrong in (
        ["add", "a.pdf", "b.pdf", "--report", "denby-2019"],
        ["add", "a.pdf", "https://example.org/b.pdf"],
    ):
        with pytest.raises(SystemExit) as caught:
            cli.main(wrong)
        assert caught.value.code == 2
        assert "one by one" in capsys.readouterr().err
    (place / "catalogue.toml").unlink()
    assert cli.main(["add", "b.pdf", "--report", "denby-2019"]) == 1
    assert cli.main(["add", "b.pdf"]) == 0
    assert added.meta == {}


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Stands for the web: a file named as the address ends; the downloads that were asked for."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def download(url: str, folder: Path, **options: Any) -> Downloaded:
        asked.append((url, options))
        path = folder / (url.rpartition("/")[2] or "page.html")
        path.write_bytes(b"what came")
        return Downloaded(path, path.name, url, "")

    monkeypatch.setattr(cataloguing, "download", download)
    return asked


def test_an_address_is_fetched_within_the_settings_and_kept_as_its_url(
    added: Added, web: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_MAX_FILE_MB", "3")
    monkeypatch.setenv("QA_DOWNLOAD_SECONDS", "7")
    url = "https://example.org/new/report.pdf"
    assert cli.main(["add", url, "--review", "New"]) == 0
    limits = {"max_bytes": 3_000_000, "seconds": 7.0, "allow_private": False, "progress": None}
    assert web == [(url, limits)]
    assert (added.path.name, added.content) == ("report.pdf", b"what came")
    assert added.meta == {"url": url, "review": "New"}
    assert not added.path.parent.exists()
    assert cli.main(["add", url, "--url", "https://example.org/cited", "--allow-private"]) == 0
    assert added.meta == {"url": "https://example.org/cited"}
    assert web[-1][1]["allow_private"] is True


def test_a_report_that_is_fetched_takes_what_the_catalogue_says(
    added: Added, web: list[tuple[str, dict[str, Any]]]
) -> None:
    url = "http://www.example.org/files/denby.pdf"
    assert cli.main(["add", url, "--author", "A. Engineer"]) == 0
    assert added.meta == {**DENBY.meta(), "url": url, "author": "A. Engineer"}
    elsewhere = "https://example.org/mirror/x.pdf"
    assert cli.main(["add", elsewhere, "--report", "wenning-2021"]) == 0
    assert added.meta == {**WENNING.meta(), "url": elsewhere}


def test_a_page_from_which_a_person_gets_a_report_is_not_the_report(
    added: Added,
    web: list[tuple[str, dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["add", DENBY.landing]) == 0
    assert added.path.name == "page.html"
    assert added.meta == {"kind": LANDING_PAGE, "review": "Denby", "url": DENBY.landing}
    assert "qa add FILE --report denby-2019" in capsys.readouterr().err
    page = summary("page.html", "County Council", **added.meta)
    assert not any(matches(ENTRIES, [page]).values())


def test_pages_of_one_name_do_not_replace_each_other(
    added: Added, web: list[tuple[str, dict[str, Any]]], holding: Callable[..., None]
) -> None:
    first = "https://example.org/north/summary.html"
    holding(summary("summary.html", url=first))
    assert cli.main(["add", first]) == 0
    assert added.path.name == "summary.html"
    assert cli.main(["add", "https://example.org/south/summary.html"]) == 0
    other = added.path.name
    assert other.startswith("summary-")
    assert other.endswith(".html")
    holding(summary("summary.html", url=first), summary(other, url="https://example.org/x"))
    assert cli.main(["add", "https://example.org/south/summary.html"]) == 0
    assert added.path.name == other


def test_a_download_that_fails_is_an_error_and_adds_nothing(
    added: Added, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["add", "http://127.0.0.1:9/report.pdf"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert "private network" in err[0]
    assert err[1].startswith("hint: --allow-private")
    assert added.path == Path()


def test_what_is_fetched_is_in_the_index_and_the_catalogue_knows(
    place: Path, models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "<html><body><h1>Denby</h1><p>The inspection found 11 defects.</p></body></html>"

    def download(url: str, folder: Path, **_: Any) -> Downloaded:
        path = folder / "denby.html"
        path.write_text(page, encoding="utf-8")
        return Downloaded(path, path.name, url, "text/html")

    monkeypatch.setattr(cataloguing, "download", download)
    shutil.copytree(models, place / "index" / "models")
    assert cli.main(["add", DENBY.direct]) == 0
    capsys.readouterr()
    assert cli.main(["catalogue", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["loaded"] == ["denby.html"]
    assert cli.main(["list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["title"] == DENBY.title
    assert listed["meta"]["url"] == DENBY.direct
    assert listed["meta"]["report"] == "denby-2019"
