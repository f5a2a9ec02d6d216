"""PDFs as files: passwords, many pages, pages that are broken, and who is told how far it is."""

from __future__ import annotations

import hashlib
import re

import pytest
from pdfs import column, make_pdf

from qa.documents.formats import draw_page, parse_pdf
from qa.errors import DocumentError

PLAIN = make_pdf([column(["The north span was inspected."]), column(["The south span was not."])])
_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_ID = b"C" * 16


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def encrypted(content: bytes, password: str) -> bytes:
    """The file under a password (PDF 1.7, 7.6.3, revision 2); streams keep their length."""

    def md5(data: bytes) -> bytes:
        return hashlib.md5(data, usedforsecurity=False).digest()

    padded = (password.encode("latin-1") + _PADDING)[:32]
    owner = rc4(md5(padded)[:5], padded)
    key = md5(padded + owner + (-4).to_bytes(4, "little", signed=True) + _ID)[:5]

    def sealed(match: re.Match[bytes]) -> bytes:
        own = md5(key + int(match[2]).to_bytes(3, "little") + b"\0\0")[:10]
        return match[1] + rc4(own, match[3]) + match[4]

    body = re.sub(
        rb"((\d+) 0 obj\n<<(?:(?!endobj).)*?>>\nstream\n)(.*?)(\nendstream)",
        sealed,
        content,
        flags=re.DOTALL,
    )
    entries = (
        f"/Encrypt << /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{owner.hex()}>"
        f" /U <{rc4(key, _PADDING).hex()}> >> /ID [<{_ID.hex()}> <{_ID.hex()}>]"
    )
    return body.replace(b"trailer\n<<", b"trailer\n<< " + entries.encode(), 1)


SECRET = encrypted(PLAIN, "Wenning")


def broken(content: bytes, *pages: int) -> bytes:
    """The file with these pages leading to nothing."""

    def led_astray(match: re.Match[bytes]) -> bytes:
        kids = match[1].split(b" 0 R")
        for page in pages:
            kids[page - 1] = b" 999"
        return b"/Kids [" + b" 0 R".join(kids) + b"]"

    return re.sub(rb"/Kids \[(.*?)\]", led_astray, content)


def test_a_password_opens_an_encrypted_file() -> None:
    assert b"inspected" not in SECRET
    assert parse_pdf(SECRET, uri="a.pdf", password="Wenning").text == parse_pdf(PLAIN, uri="").text
    assert draw_page(SECRET, 1, password="Wenning") == draw_page(PLAIN, 1)
    assert parse_pdf(PLAIN, uri="a.pdf", password="needless").text


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "encrypted: it opens only with a password"),
        ("Denby", "encrypted: not with this password"),
        ("\udcff\0é" * 200, "encrypted: not with this password"),
    ],
)
def test_without_the_right_password_the_error_says_how_to_give_it(
    password: str, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason) as caught:
        parse_pdf(SECRET, uri="a.pdf", password=password)
    assert caught.value.uri == "a.pdf"
    assert "qa add FILE --password" in caught.value.hint
    with pytest.raises(DocumentError, match=reason):
        draw_page(SECRET, 1, password=password)


def test_progress_is_told_before_the_first_page_and_after_each() -> None:
    told: list[tuple[int, int]] = []
    content = make_pdf([column([f"This is page {number}."]) for number in range(5)])
    parse_pdf(content, uri="a.pdf", progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 5) for done in range(6)]


def test_a_file_of_too_many_pages_is_refused_before_any_is_read() -> None:
    told: list[tuple[int, int]] = []
    with pytest.raises(DocumentError, match="too long: 5,001 pages, and the limit is 5,000") as no:
        parse_pdf(make_pdf([[]] * 5001), uri="a.pdf", progress=lambda *now: told.append(now))
    assert told == []
    assert no.value.hint


def test_a_page_that_cannot_be_read_is_named_and_the_others_are_read() -> None:
    pages = [column([f"The {name} span was inspected."]) for name in ("north", "east", "south")]
    parsed = parse_pdf(broken(make_pdf(pages), 2), uri="a.pdf")
    assert [page.number for page in parsed.pages] == [1, 2, 3]
    assert parsed.text == "The north span was inspected.\n\nThe south span was inspected."
    assert parsed.pages[1].start == parsed.pages[1].end
    assert parsed.warnings == ("page 2 cannot be read: its structure is damaged",)
    with pytest.raises(DocumentError, match="page 2 cannot be drawn") as caught:
        draw_page(broken(make_pdf(pages), 2), 2, uri="a.pdf")
    assert caught.value.hint


def test_a_file_of_which_most_pages_are_broken_is_no_document() -> None:
    pages = [column([f"The {name} span was inspected."]) for name in ("north", "east", "south")]
    with pytest.raises(DocumentError, match="damaged: 2 of 3 pages cannot be read: 1–2"):
        parse_pdf(broken(make_pdf(pages), 1, 2), uri="a.pdf")


def test_the_month_in_which_it_was_made_is_its_date() -> None:
    made = make_pdf([column(["The north span was inspected."])], made="D:20160323120000Z")
    assert parse_pdf(made, uri="a.pdf").meta["published"] == "2016-03"
    for nonsense in ("", "yesterday", "D:19001399", "D:20161399"):
        made = make_pdf([column(["The north span was inspected."])], made=nonsense)
        assert "published" not in parse_pdf(made, uri="a.pdf").meta


def test_a_label_that_is_no_text_is_no_label() -> None:
    torn = "/PageLabels << /Nums [0 << /P <FEFFD83D> >>] >>"
    parsed = parse_pdf(make_pdf([column(["The north span."])], catalogue=torn), uri="a.pdf")
    assert parsed.pages[0].label == ""
