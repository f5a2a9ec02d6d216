"""Evidence packs: what is sealed in them, what is refused, and that no edit goes unseen."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_assistant import FakeAssistant, neutral_documents
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qa
from qa.building import fingerprint
from qa.errors import QAError
from qa.exports import (
    Exchange,
    Finding,
    check_pack,
    from_json,
    pack_bytes,
    sealed,
    to_json,
    write_pack,
)
from qa.exports.pack import FORMAT, VERSION, Evidence, Pack, Packed, told_in, zipped
from qa.exports.strict import parsed
from qa.index import Index
from qa.types import Answer, Citation, DatedStatement, Document, Timeline

QUESTION = "How many bridges of the county stand over the River Wenning?"
ASKED = "2026-01-31T12:00:00+00:00"


def library() -> FakeAssistant:
    return FakeAssistant(neutral_documents())


@pytest.fixture
def assistant() -> FakeAssistant:
    return library()


def exchange(assistant: FakeAssistant) -> Exchange:
    kept = from_json(to_json(Exchange.of(assistant.ask(QUESTION))))
    return replace(kept, asked=ASKED)


@pytest.fixture
def pack(assistant: FakeAssistant, tmp_path: Path) -> Path:
    path = tmp_path / "pack.zip"
    write_pack(assistant, exchange(assistant), path)  # type: ignore[arg-type]
    return path


def entries(path: Path) -> dict[str, bytes]:
    """What a pack holds, without its manifest."""
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist() if "MANIFEST" not in name}


def faults(found: list[Finding]) -> str:
    return "\n".join(finding.words for finding in found if finding.kind == "fault")


def said(found: list[Finding], kind: str) -> str:
    return "\n".join(finding.words for finding in found if finding.kind == kind)


def edited(path: Path, change: Callable[[dict[str, Any]], object], *, whole: bool = False) -> Path:
    """The pack with its pack.json changed, sealed anew by whoever changed it.

    With ``whole`` they have written anew what is made of it, too.
    """
    held = entries(path)
    told = json.loads(held["pack.json"])
    change(told)
    held["pack.json"] = json.dumps(told).encode()
    if whole:
        held |= told_in(parsed(Pack, held["pack.json"].decode()))
    path.write_bytes(zipped(held))
    return path


# What is in it.


def test_a_pack_holds_and_says_what_was_checked(pack: Path, assistant: FakeAssistant) -> None:
    found = check_pack(pack, assistant)
    assert faults(found) == ""
    assert "all 5 files are there" in said(found, "held")
    assert "each of the 3 quotes stands in its passage" in said(found, "held")
    assert "bridges.pdf: same SHA-256 in the index, and [1], [3] stand there" in said(found, "held")
    assert "no index was at hand" in said(check_pack(pack), "unchecked")


def test_the_same_answer_makes_the_same_pack(assistant: FakeAssistant) -> None:
    first, second = (pack_bytes(assistant, exchange(assistant)) for _ in range(2))  # type: ignore[arg-type]
    # The time that the answer took is part of it, and is the same in the fake.
    assert first == second


def test_a_pack_says_what_stands_where(pack: Path, assistant: FakeAssistant) -> None:
    held = entries(pack)
    assert list(held) == [
        "README.txt", "pack.json", "answer.md", "pages/001-page-1.png", "pages/003-page-1.png",
    ]  # fmt: skip
    told = json.loads(held["pack.json"])
    assert (told["format"], told["version"]) == ("ask-the-reviews evidence pack", 1)
    assert told["index"] == assistant.fingerprint()
    answer = told["exchange"]["answer"]
    assert (told["exchange"]["question"], told["exchange"]["asked"]) == (QUESTION, ASKED)
    for cited, evidence in zip(answer["citations"], told["evidence"], strict=True):
        text = assistant.document(cited["uri"]).text
        assert evidence["text"] == text[evidence["start"] : evidence["end"]]
        quote = evidence["text"][evidence["quote_start"] : evidence["quote_end"]]
        assert quote == cited["quote"] == text[cited["start"] : cited["end"]]
        assert len(evidence["text"]) > len(quote)
        assert cited["quote"] in held["answer.md"].decode()
    (bridges, rivers) = told["documents"]
    assert bridges["meta"]["author"] == "A. Mason"
    assert rivers["sha256"] == assistant.document("rivers.md").sha256
    assert held["pages/001-page-1.png"].startswith(b"\x89PNG")
    cited = answer["citations"][0]
    assert assistant.drawn[0] == ("bridges.pdf", 1, cited["start"], cited["end"], 1000)


def test_the_usual_tools_can_check_it(pack: Path) -> None:
    with zipfile.ZipFile(pack) as file:
        rows = file.read("MANIFEST.sha256").decode().splitlines()
        for row in rows:
            digest, _, name = row.partition("  ")
            assert hashlib.sha256(file.read(name)).hexdigest() == digest
        assert len(rows) == len(file.namelist()) - 1
        assert {info.date_time for info in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_comparisons_timelines_and_refusals_are_packed(
    assistant: FakeAssistant, tmp_path: Path
) -> None:
    cited = assistant.ask(QUESTION).citations[0]
    dated = Timeline("When?", "When?", (DatedStatement("2014-10", "", "October 2014", cited),), 0.1)
    for found in (assistant.compare(QUESTION), dated, assistant.ask("Nothing?")):
        path = tmp_path / "pack.zip"
        write_pack(assistant, Exchange.of(found), path)  # type: ignore[arg-type]
        assert faults(check_pack(path, assistant)) == ""


def test_a_quote_over_two_pages_has_both_pictures(assistant: FakeAssistant, tmp_path: Path) -> None:
    cited = assistant.ask(QUESTION).citations[0]
    document = assistant.document("bridges.pdf")
    end = document.pages[1].start + 20
    whole = replace(cited, end=end, quote=document.text[cited.start : end])
    found = replace(assistant.ask(QUESTION), text=f"“{whole.quote}” [1]", citations=(whole,))
    path = tmp_path / "pack.zip"
    write_pack(assistant, Exchange.of(found), path)  # type: ignore[arg-type]
    assert {"pages/001-page-1.png", "pages/001-page-2.png"} <= set(entries(path))
    assert faults(check_pack(path, assistant)) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"quote": "The bridges are sound, all of them, and none is closed to any vehicle at all."},
        {"title": "Another report"},
        {"page": 2},
        {"page_label": "9"},
        {"sha256": "0" * 64},
        {"url": "https://example.org/elsewhere"},
        {"paragraph": "8.8"},
    ],
    ids=lambda change: str(next(iter(change))),
)
def test_what_does_not_stand_in_the_index_is_not_sealed(
    assistant: FakeAssistant, change: dict[str, Any]
) -> None:
    found = assistant.ask(QUESTION)
    was = found.citations[0]
    cited = replace(was, **change)
    cited = replace(cited, end=cited.start + len(cited.quote))
    forged = replace(found, citations=(cited,), text=f"“{cited.quote}” [1]")
    with pytest.raises(QAError, match=r"quote \[1\] does not stand") as error:
        pack_bytes(assistant, Exchange.of(forged))  # type: ignore[arg-type]
    assert "ask the question again" in error.value.hint


@pytest.mark.parametrize("more", [" See “there are ten” [9].", " See “there are ten” [1].", "[7]"])
def test_an_answer_that_quotes_more_is_not_sealed(assistant: FakeAssistant, more: str) -> None:
    found = assistant.ask(QUESTION)
    with pytest.raises(QAError, match="not cited"):
        pack_bytes(assistant, Exchange.of(replace(found, text=found.text + more)))  # type: ignore[arg-type]
    with pytest.raises(QAError, match="does not stand in the answer"):
        pack_bytes(assistant, Exchange.of(replace(found, text="Nothing.")))  # type: ignore[arg-type]


def test_a_pack_that_cannot_be_written_says_so(assistant: FakeAssistant, tmp_path: Path) -> None:
    with pytest.raises(QAError, match="cannot be written"):
        write_pack(assistant, exchange(assistant), tmp_path / "no" / "pack.zip")  # type: ignore[arg-type]


def test_the_fingerprint_is_of_what_is_held(small_index: Path) -> None:
    with qa.open(small_index) as assistant:
        assert len(assistant.fingerprint()) == 64
        with Index.open(small_index, repair=False) as index:
            assert assistant.fingerprint() == fingerprint(index)
        answer = assistant.ask("How many defects did the inspection of Denby Bridge find?")
        content = pack_bytes(assistant, Exchange.of(answer))
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            assert json.loads(file.read("pack.json"))["index"] == assistant.fingerprint()


# What is changed is seen.


@pytest.mark.parametrize("name", ["README.txt", "pack.json", "answer.md", "pages/001-page-1.png"])
def test_a_changed_file_is_named(pack: Path, name: str) -> None:
    held = entries(pack)
    with zipfile.ZipFile(pack) as file:
        manifest = file.read("MANIFEST.sha256")
    with zipfile.ZipFile(pack, "w") as file:
        for each, content in {**held, "MANIFEST.sha256": manifest}.items():
            file.writestr(each, content + b" " if each == name else content)
    assert f"{name} was changed" in faults(check_pack(pack))


def test_a_missing_and_an_added_file_are_named(pack: Path) -> None:
    held = entries(pack)
    with zipfile.ZipFile(pack) as file:
        manifest = file.read("MANIFEST.sha256")
    held["more.txt"] = held.pop("answer.md")
    with zipfile.ZipFile(pack, "w") as file:
        for each, content in {**held, "MANIFEST.sha256": manifest}.items():
            file.writestr(each, content)
    found = faults(check_pack(pack))
    assert "more.txt is in the pack and not in its manifest" in found
    assert "answer.md is missing" in found


def change_quote(told: dict[str, Any]) -> None:
    cited = told["exchange"]["answer"]["citations"][0]
    cited["quote"] = cited["quote"].replace("2014", "2041")


def change_text(told: dict[str, Any]) -> None:
    answer = told["exchange"]["answer"]
    answer["text"] = answer["text"].replace("2014", "2041")


def change_passage(told: dict[str, Any]) -> None:
    told["evidence"][0]["text"] = told["evidence"][0]["text"].replace("2014", "2041")


def change_all(told: dict[str, Any]) -> None:
    for change in (change_quote, change_text, change_passage):
        change(told)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (change_quote, "does not stand in its passage"),
        (change_text, "does not stand in the answer's text"),
        (change_passage, "does not stand in its passage"),
        (lambda told: told["evidence"].pop(), "has its passage"),
        (lambda told: told["documents"].pop(), "does not name"),
        (lambda told: told["documents"].append(told["documents"][0]), "twice"),
        (lambda told: told["evidence"][0].update(start=0), "elsewhere"),
        (lambda told: told["evidence"][0].update(pages=["pages/9.png"]), "picture"),
        (lambda told: told["evidence"][0].update(pages=["answer.md"]), "picture"),
        (lambda told: told["evidence"][0].update(quote_start=-5), "does not stand"),
        (lambda told: told["exchange"].update(question="Is it safe?"), "README.txt does not say"),
        (lambda told: told["exchange"].update(question="Is it safe?"), "answer.md does not say"),
        (lambda told: told["documents"][0].update(title="Another report"), "another title"),
        (lambda told: told["documents"][0]["meta"].update(review="Jay"), "another title or review"),
        (lambda told: told["evidence"][0].update(pages=[]), "pages/001-page-1.png is in the pack"),
    ],
)
def test_a_piecemeal_edit_is_seen_though_it_is_sealed_anew(
    pack: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    assert why in faults(check_pack(edited(pack, change)))


def test_a_whole_forgery_is_seen_against_the_index_alone(
    pack: Path, assistant: FakeAssistant
) -> None:
    edited(pack, change_all, whole=True)
    assert faults(check_pack(pack)) == ""
    assert "quote [1] is not in the document" in faults(check_pack(pack, assistant))


@pytest.mark.parametrize("name", ["answer.md", "README.txt"])
def test_what_people_read_says_what_programs_read(pack: Path, name: str) -> None:
    held = entries(pack)
    assert b"2014" in held["answer.md"]
    held[name] = held[name].replace(b"2014", b"2041") + b" "
    pack.write_bytes(zipped(held))
    assert f"{name} does not say what pack.json says" in faults(check_pack(pack))


def test_what_people_read_is_worded_as_this_version_of_packs_words_it() -> None:
    # Packs are checked years later: another wording needs another VERSION, and the old one kept.
    sha256, quote = "ab" * 32, "The span is sound."
    cited = Citation(1, "a.pdf", "Denby", "Denby", 7, "iv", "2.3", 10, 28, quote, sha256, "")
    text = f"“{quote}” [1]"
    sound = Answer("Sound?", "Sound?", text, "", (cited,), (), "answered", 0.8, 0.1)
    passage = Evidence(1, "Findings", 10, 28, quote, 0, 18, ("pages/001-page-7.png",))
    document = Packed("a.pdf", "Denby", {"review": "Denby", "published": "2019"}, sha256, 9, ())
    made = Exchange("Sound?", ASKED, answer=sound)
    worded = told_in(Pack(FORMAT, VERSION, made, (passage,), (document,), "cd" * 32))
    assert VERSION == 1
    assert {name: hashlib.sha256(said).hexdigest()[:16] for name, said in worded.items()} == {
        "README.txt": "7d419929427be086",
        "answer.md": "291def13fa31d916",
    }


def test_a_place_that_is_another_one_in_the_index_is_told(
    pack: Path, assistant: FakeAssistant
) -> None:
    def cited(told: dict[str, Any], **change: Any) -> None:
        told["exchange"]["answer"]["citations"][0].update(change)

    edited(pack, lambda told: cited(told, page=2), whole=True)
    assert faults(check_pack(pack)) == ""
    assert "[1] stands on another page" in faults(check_pack(pack, assistant))
    edited(pack, lambda told: cited(told, page=1, paragraph="9.9"), whole=True)
    found = check_pack(pack, assistant)
    assert faults(found) == ""
    assert "quote [1] stands there, and its title, review" in said(found, "unchecked")


def test_it_is_told_whether_the_index_is_the_same(pack: Path, assistant: FakeAssistant) -> None:
    same = check_pack(pack, assistant, fingerprint=assistant.fingerprint())
    assert "the index is, as a whole, what the pack was made from" in said(same, "held")
    other = check_pack(pack, assistant, fingerprint="0" * 64)
    assert "is not, as a whole, what the pack was made from" in said(other, "unchecked")


def test_another_index_says_what_it_cannot_check(pack: Path, assistant: FakeAssistant) -> None:
    del assistant.held["rivers.md"]
    old = assistant.held["bridges.pdf"]
    assistant.held["bridges.pdf"] = replace(old, sha256="1" * 64)
    found = check_pack(pack, assistant)
    assert faults(found) == ""
    assert "rivers.md: the document is not in this index" in said(found, "unchecked")
    assert "bridges.pdf: the index has another version" in said(found, "unchecked")
    assistant.held = {"renamed.pdf": replace(old, uri="renamed.pdf")}
    assert "[1], [3] stand there" in said(check_pack(pack, assistant), "held")
    moved = Document(old.uri, old.title, "New. " + old.text, (), {}, old.sha256, ())
    assistant.held = {"bridges.pdf": moved}
    assert "at another place" in said(check_pack(pack, assistant), "unchecked")


# What is no pack.


def refused(path: Path, why: str) -> None:
    with pytest.raises(QAError, match=why) as error:
        check_pack(path)
    assert error.value.hint


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up", "a/../b", "C:\\x", "a\\b", "./a", "a//b", "a\nb", "dir/", ""]
)
def test_names_that_lead_out_are_refused(pack: Path, name: str) -> None:
    with zipfile.ZipFile(pack, "a") as file:
        file.writestr(zipfile.ZipInfo(name), b"x")
    refused(pack, "name")


def test_a_link_is_refused(pack: Path) -> None:
    link = zipfile.ZipInfo("pages/link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(pack, "a") as file:
        file.writestr(link, "/etc/passwd")
    refused(pack, "an entry is a link")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["answer.md", "ANSWER.md"])
def test_two_entries_of_one_name_are_refused(pack: Path, name: str) -> None:
    with zipfile.ZipFile(pack, "a") as file:
        file.writestr(name, b"x")
    refused(pack, "same name")


def test_what_unpacks_to_too_much_is_refused(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (sealed.LARGEST, sealed.LARGEST_ENTRY) == (200_000_000, 50_000_000)
    monkeypatch.setattr(sealed, "LARGEST", 2_000_000)
    monkeypatch.setattr(sealed, "LARGEST_ENTRY", 1_000_000)
    with zipfile.ZipFile(pack, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("big", bytes(1_100_000))
    refused(pack, "larger than 1 MB")
    with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(3):
            file.writestr(f"{number}", bytes(900_000))
    refused(pack, "unpacks to more than 2 MB")
    pack.write_bytes(bytes(2_000_001))
    refused(pack, "larger than 2 MB")


def test_a_size_that_lies_is_found_out(pack: Path) -> None:
    held = entries(pack)
    held["zeros"] = bytes(3_000_000)
    content = zipped(held)
    lying = content.replace(struct.pack("<I", 3_000_000), struct.pack("<I", 10))
    assert lying != content
    pack.write_bytes(lying)
    assert "zeros cannot be read: it is damaged" in faults(check_pack(pack))


def test_a_list_of_too_many_entries_is_refused_before_it_is_read(pack: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        for number in range(1_001):
            file.writestr(f"{number}", b"")
    pack.write_bytes(held.getvalue())
    refused(pack, "more than 1,000 entries")
    content = bytearray(held.getvalue())
    content[-14:-10] = struct.pack("<HH", 3, 3)  # the count that it says at its end
    pack.write_bytes(bytes(content))
    refused(pack, "more than 1,000 entries")


def test_other_files_are_refused(tmp_path: Path, pack: Path) -> None:
    other = tmp_path / "other.zip"
    refused(other, "no file")
    refused(tmp_path, "no file")
    for content in (b"", b"PK", b"plain text", b"PK\x05\x06" + bytes(17)):
        other.write_bytes(content)
        refused(other, "no ZIP file")
    other.write_bytes(b"PK\x05\x06" + bytes(18))
    refused(other, r"it has no pack\.json")
    held = entries(pack)
    for text in (b"", b"{}", b"[" * 100_000, b"\xff", b'{"format":"x","version":NaN}'):
        other.write_bytes(zipped({**held, "pack.json": text}))
        refused(other, r"pack\.json cannot be used")
    newer = held["pack.json"].replace(b'"version": 1', b'"version": 2')
    other.write_bytes(zipped({**held, "pack.json": newer}))
    refused(other, "version 2, and 1 is the newest known")


def test_an_encrypted_entry_is_refused(pack: Path) -> None:
    content = bytearray(pack.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    pack.write_bytes(bytes(content))
    refused(pack, "encrypted")


MADE = pack_bytes(library(), exchange(library()))  # type: ignore[arg-type]


@given(st.data())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_damage_goes_unseen_or_breaks_the_check(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(MADE)
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    for _ in range(data.draw(st.integers(0 if len(content) < len(MADE) else 1, 4))):
        # Most of the file is pictures: what is around them is damaged more often than they are.
        places = st.integers(0, len(content) - 1) | st.integers(0, 900).map(
            lambda back: max(0, len(content) - 1 - back)
        )
        if content:
            content[data.draw(places)] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "damaged.zip"
    path.write_bytes(bytes(content))
    try:
        found = check_pack(path)
    except QAError:
        return
    if faults(found) == "":
        # Only what no file of it says was changed: a date, an attribute.
        assert entries(path) == entries_of(MADE)


def entries_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist() if "MANIFEST" not in name}
