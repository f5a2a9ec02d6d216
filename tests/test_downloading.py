"""Downloads: what is fetched, under which name, and everything that is refused or given up."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa.documents import addresses, connecting
from qa.documents.addresses import file_name, is_address, kind_of, named_in, same_address
from qa.documents.connecting import Deadline, is_public, lookup
from qa.documents.downloading import MOST_REDIRECTS, Downloaded, download
from qa.errors import DocumentError

PDF = b"%PDF-1.7\n" + b"bridge " * 4000
PAGE = b"<!doctype html><title>Bridge</title><p>The inspection found 11 defects.</p>"

Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A web server of this machine; ``asked`` are the requests it had, as path and headers."""

    port: int
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def says(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """At this path stands this body; its address is returned."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def reply(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **named}.items():
                request.send_header(name, value)
            request.end_headers()
            request.wfile.write(body)

        self.replies[path] = reply
        return self.url(path)

    def sends(self, path: str, pieces: Callable[[], Iterator[bytes]]) -> str:
        """At this path the bare pieces come over the line, header and all."""

        def reply(request: BaseHTTPRequestHandler) -> None:
            for piece in pieces():
                request.wfile.write(piece)
                request.wfile.flush()
            request.close_connection = True

        self.replies[path] = reply
        return self.url(path)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A visitor that hangs up is what many tests are about."""


@contextmanager
def serving(wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[Site]:
    site = Site(0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            site.replies[self.path](self)

        def log_message(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if wrap:
        server.socket = wrap(server.socket)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def fetch(url: str, folder: Path, **options: Any) -> Downloaded:
    limits = {"max_bytes": 1_000_000, "seconds": 10.0, "allow_private": True}
    return download(url, folder, **{**limits, **options})


def refused(url: str, folder: Path, **options: Any) -> str:
    """What is said where nothing is fetched, left behind or left without a hint."""
    with pytest.raises(DocumentError) as caught:
        fetch(url, folder, **options)
    assert caught.value.hint
    assert caught.value.uri == url
    assert list(folder.iterdir()) == []
    return str(caught.value)


def test_a_document_is_fetched_whole_and_nothing_else_is_left(site: Site, folder: Path) -> None:
    url = site.says("/reports/bridge.pdf?x=1", PDF, Content_Type="application/pdf")
    steps: list[tuple[str, int, int]] = []
    got = fetch(f"{url}#page=3", folder, progress=lambda *step: steps.append(step))
    assert got == Downloaded(folder / "bridge.pdf", "bridge.pdf", url, "application/pdf")
    assert got.path.read_bytes() == PDF
    assert list(folder.iterdir()) == [got.path]
    ((path, headers),) = site.asked
    assert path == "/reports/bridge.pdf?x=1"
    assert headers["host"] == f"127.0.0.1:{site.port}"
    assert headers["accept-encoding"] == "identity"
    assert not {"cookie", "authorization", "referer"} & set(headers)
    assert [stage for stage, _, _ in steps] == ["downloading"] * len(steps)
    assert steps[-1][1:] == (len(PDF), len(PDF))


def test_a_landing_page_that_was_asked_for_is_a_web_page(site: Site, folder: Path) -> None:
    url = site.says("/", PAGE, Content_Type="text/html; charset=utf-8")
    got = fetch(url, folder)
    assert (got.name, got.path.read_bytes()) == ("127.0.0.1.html", PAGE)


def test_the_proxies_of_the_environment_are_not_used(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    url = site.says("/a.pdf", PDF, Content_Type="application/pdf")
    assert fetch(url, folder).path.read_bytes() == PDF


# Redirects.


def chain(site: Site, count: int) -> str:
    for step in range(count):
        site.says(f"/{step}", status=(301, 302, 303, 307, 308)[step % 5], Location=f"/{step + 1}")
    site.says(f"/{count}", PDF, Content_Type="application/pdf")
    return site.url("/0")


def test_redirects_are_followed_up_to_a_number(site: Site, folder: Path) -> None:
    got = fetch(chain(site, MOST_REDIRECTS), folder)
    assert got.url == site.url(f"/{MOST_REDIRECTS}")
    got.path.unlink()
    site.asked.clear()
    assert "redirects more than 5 times" in refused(chain(site, MOST_REDIRECTS + 1), folder)
    assert len(site.asked) == MOST_REDIRECTS + 1


def test_a_circle_of_redirects_is_noticed(site: Site, folder: Path) -> None:
    site.says("/a", status=302, Location="/b#x")
    site.says("/b", status=302, Location=site.url("/a"))
    assert "in a circle" in refused(site.url("/a"), folder)
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://example.org/a.pdf", "only http and https"),
        ("data:text/html,hello", "no address"),
        ("javascript:alert(1)", "no address"),
        ("http://127.0.0.1:99999/", "no port 99999"),
        ("/a b", "not an address"),
        ("http://user:secret@127.0.0.1/", "name or password"),
        ("http://[::1", "no address"),
        ("", "leads nowhere"),
    ],
)
def test_a_redirect_is_judged_like_the_first_address(
    site: Site, folder: Path, location: str, said: str
) -> None:
    url = site.says("/a", status=302, Location=location)
    with pytest.raises(DocumentError, match=said):
        fetch(url, folder)
    assert len(site.asked) == 1


def test_a_redirect_to_a_private_address_is_refused(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # For this test the first server stands for a public one.
    monkeypatch.setattr(connecting, "is_public", lambda address: address == "127.0.0.1")
    for host in ("127.0.0.2", "169.254.169.254", "[::1]"):
        url = site.says("/a", status=302, Location=site.url("/b", host))
        assert "private network" in refused(url, folder, allow_private=False)
    assert [path for path, _ in site.asked] == ["/a"] * 3


# Addresses.


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST.",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "①②⑦.0.0.1",
    ],
)
def test_this_machine_is_refused_however_it_is_written(site: Site, folder: Path, host: str) -> None:
    site.says("/a.pdf", PDF, Content_Type="application/pdf")
    with pytest.raises(DocumentError):
        fetch(site.url("/a.pdf", host), folder, allow_private=False)
    assert site.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("127.0.0.1", False),
        ("127.255.0.3", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("172.32.0.1", True),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("100.128.0.1", True),
        ("0.0.0.0", False),
        ("192.0.0.8", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("2002:a00:1::1", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fd12::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def answering(*found: str) -> Callable[..., list[Any]]:
    """A look-up that gives these addresses for every name, and counts nothing."""

    def ask(_: str, port: int, **__: Any) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, port))
            for each in found
        ]

    return ask


@pytest.mark.parametrize(
    "found",
    [("93.184.216.34", "10.0.0.1"), ("10.0.0.1", "93.184.216.34"), ("93.184.216.34", "::1")],
)
def test_a_name_with_one_private_address_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering(*found))
    said = refused("http://reports.example.org/a.pdf", folder, allow_private=False)
    assert "reports.example.org (" in said
    assert "private network" in said


def test_the_address_that_was_judged_is_the_one_connected_to(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that points elsewhere the second time it is looked up gains nothing."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *others: Any, **options: Any) -> list[Any]:
        if host != "reports.example.org":
            return list(real(host, port, *others, **options))
        asked.append(host)
        return answering("127.0.0.1" if len(asked) == 1 else "127.0.0.9")(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(connecting, "is_public", lambda address: address == "127.0.0.1")
    site.says("/a.pdf", PDF, Content_Type="application/pdf")
    url = site.url("/a.pdf", "reports.example.org")
    assert fetch(url, folder, allow_private=False).url == url
    assert asked == ["reports.example.org"]
    assert site.asked[0][1]["host"] == f"reports.example.org:{site.port}"


def test_where_one_address_does_not_answer_the_next_is_tried(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "lookup", lambda *_, **__: ("127.0.0.9", "127.0.0.1"))
    site.says("/a.pdf", PDF, Content_Type="application/pdf")
    assert fetch(site.url("/a.pdf", "reports.example.org"), folder).path.exists()


def test_a_name_that_is_not_there_and_a_look_up_that_takes_too_long(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "cannot be looked up" in refused("http://reports.example.org/", folder)
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: ended.wait(10) and [])
    begun = time.monotonic()
    with pytest.raises(DocumentError, match="not found in time"):
        lookup("reports.example.org", 80, deadline=Deadline.after(0.2))
    ended.set()
    assert time.monotonic() - begun < 8


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/a.pdf",
        "//example.org/a.pdf",
        "reports/a.pdf",
        "http://",
        "http:///a.pdf",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://exa mple.org/",
        "http://example.org/a\r\nHost: elsewhere",
        "http://example.org:99999/",
        "http://example.org:port/",
        "http://[::1/",
        "http://[::1]x/",
    ],
)
def test_what_is_no_address_that_can_be_fetched(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering("93.184.216.34"))
    monkeypatch.setattr(
        connecting.Backend, "_connect", lambda *_: pytest.fail("a connection was made")
    )
    refused(url, folder, allow_private=False)


# Limits.


def test_a_slow_drip_ends_with_the_time_allowed(site: Site, folder: Path) -> None:
    def head() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        for number in range(100):
            time.sleep(0.1)
            yield f"X-{number}: y\r\n".encode()

    def body() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\n"
        for _ in range(100):
            time.sleep(0.1)
            yield b"x" * 400

    for url in (site.sends("/head", head), site.sends("/body", body)):
        begun = time.monotonic()
        assert "not there after 0.7 seconds" in refused(url, folder, seconds=0.7)
        assert time.monotonic() - begun < 8


def test_silence_ends_with_the_time_allowed(site: Site, folder: Path) -> None:
    over = threading.Event()
    url = site.sends("/a", lambda: iter([b""] if over.wait(10) else []))
    assert "not there after 0.4 seconds" in refused(url, folder, seconds=0.4)
    over.set()


def test_the_size_is_limited_by_what_is_said_and_by_what_comes(site: Site, folder: Path) -> None:
    def endless() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\n"
        while True:
            yield b"x" * 60_000

    said = refused(site.sends("/endless", endless), folder, max_bytes=200_000)
    assert "too large: the limit is 0.2 MB" in said
    huge = site.says("/huge", PDF, Content_Type="application/pdf", Content_Length="200001")
    assert "too large" in refused(huge, folder, max_bytes=200_000)
    fits = site.says("/fits", PDF, Content_Type="application/pdf")
    assert fetch(fits, folder, max_bytes=len(PDF)).path.exists()
    shutil.rmtree(folder)
    folder.mkdir()
    assert "too large" in refused(fits, folder, max_bytes=len(PDF) - 1)


def test_what_comes_packed_is_unpacked_within_the_limit(site: Site, folder: Path) -> None:
    kinds = {"gzip": gzip.compress(PDF), "deflate": zlib.compress(PDF)}
    for encoding, packed in kinds.items():
        url = site.says(f"/{encoding}.pdf", packed, Content_Encoding=encoding)
        assert fetch(url, folder).path.read_bytes() == PDF
        (folder / f"{encoding}.pdf").unlink()
    bomb = gzip.compress(b"%PDF-1.7\n" + bytes(60_000_000))
    url = site.says("/bomb.pdf", bomb, Content_Encoding="gzip")
    assert len(bomb) < 100_000
    assert "too large" in refused(url, folder, max_bytes=1_000_000)


@pytest.mark.parametrize(
    ("body", "encoding", "said"),
    [
        (gzip.compress(PDF)[:-30], "gzip", "broke off"),
        (b"\x1f\x8b not gzip", "gzip", "cannot be unpacked"),
        (PDF, "gzip", "cannot be unpacked"),
        (PDF, "br", "packed as br"),
        (gzip.compress(gzip.compress(PDF)), "gzip, gzip", "packed as gzip, gzip"),
    ],
    # Bytes as names would hold the second they were packed in: two workers then differ.
    ids=["cut off", "damaged", "not packed", "unknown packing", "packed twice"],
)
def test_what_is_badly_packed_is_refused(
    site: Site, folder: Path, body: bytes, encoding: str, said: str
) -> None:
    url = site.says("/a.pdf", body, Content_Encoding=encoding, Content_Type="application/pdf")
    assert said in refused(url, folder)


# What goes wrong on the way.


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "name and a password (HTTP status 401)"),
        (403, "does not allow it (HTTP status 403)"),
        (404, "nothing at this address (HTTP status 404)"),
        (410, "gone (HTTP status 410)"),
        (429, "too many requests (HTTP status 429)"),
        (500, "the server failed (HTTP status 500)"),
        (503, "the server failed (HTTP status 503)"),
        (204, "no document came (HTTP status 204)"),
        (418, "no document came (HTTP status 418)"),
    ],
)
def test_an_answer_that_is_no_document_says_why(
    site: Site, folder: Path, status: int, said: str
) -> None:
    url = site.says("/a.pdf", b"" if status == 204 else PAGE, status, Content_Type="text/html")
    assert said in refused(url, folder)


def test_a_connection_that_breaks_leaves_nothing(site: Site, folder: Path) -> None:
    short = site.says("/short.pdf", PDF, Content_Type="application/pdf", Content_Length="900000")
    assert "broke off" in refused(short, folder)
    babble = site.sends("/babble", lambda: iter([b"I am no web server\r\n\r\n"]))
    assert "no web server's answer" in refused(babble, folder)
    empty = site.says("/empty.pdf", b"  \n", Content_Type="application/pdf")
    assert "empty" in refused(empty, folder)


def test_a_server_that_is_not_there_says_so(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/a.pdf"
        assert "could not be reached" in refused(url, folder)


def test_a_secure_address_at_a_server_without_encryption(site: Site, folder: Path) -> None:
    url = site.url("/a.pdf").replace("http://", "https://")
    assert "no secure connection" in refused(url, folder)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that nobody vouches for, with its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    made = tmp_path / "made.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-days", "2", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost", "-keyout", tmp_path / "key.pem", "-out", made],
        check=True,
        capture_output=True,
    )  # fmt: skip
    made.write_bytes(made.read_bytes() + (tmp_path / "key.pem").read_bytes())
    return made


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    certificate: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(lambda plain: context.wrap_socket(plain, server_side=True)) as site:
        site.says("/a.pdf", PDF, Content_Type="application/pdf")
        site.says("/down", status=302, Location="http://localhost/a.pdf")
        monkeypatch.setattr(connecting, "lookup", lambda *_, **__: ("127.0.0.1",))
        url = site.url("/a.pdf", "localhost").replace("http://", "https://")
        assert "certificate cannot be trusted" in refused(url, folder)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert fetch(url, folder).path.read_bytes() == PDF
        (folder / "a.pdf").unlink()
        assert "certificate cannot be trusted" in refused(
            url.replace("localhost", "reports.example.org"), folder
        )
        assert "from https to http" in refused(url.replace("/a.pdf", "/down"), folder)


# Kinds and names.


@pytest.mark.parametrize(
    ("media_type", "names", "head", "ending"),
    [
        ("application/pdf", ["a"], PDF, ".pdf"),
        ("application/pdf", [], b"\n\n%PDF-1.4", ".pdf"),
        ("text/html", ["report.htm"], PAGE, ".htm"),
        ("text/html", ["report.php"], PAGE, ".html"),
        ("text/html", ["report.pdf"], PDF, ".pdf"),
        ("text/plain", ["notes"], b"Bridge", ".txt"),
        ("text/plain", ["notes.md"], b"# Bridge", ".md"),
        ("text/plain", ["bridge.pdf"], PDF, ".pdf"),
        ("text/markdown", ["x"], b"# Bridge", ".md"),
        ("application/octet-stream", ["x"], PDF, ".pdf"),
        ("application/octet-stream", ["x", "notes.md"], b"# Bridge", ".md"),
        ("binary/octet-stream", ["x.bin"], PAGE, ".html"),
        ("", ["x"], PDF, ".pdf"),
        ("", ["x.txt"], b"Bridge", ".txt"),
    ],
)
def test_the_kind_is_what_the_server_says_and_the_bytes_bear_out(
    media_type: str, names: list[str], head: bytes, ending: str
) -> None:
    assert kind_of(media_type, names, head) == ending


@pytest.mark.parametrize(
    ("media_type", "names", "head"),
    [
        ("image/png", ["a.pdf"], b"\x89PNG\r\n"),
        ("application/json", ["a.txt"], b"{}"),
        ("application/x-msdownload", ["a.pdf"], b"MZ"),
        ("video/mp4", [], b"...."),
        ("application/octet-stream", ["setup.exe"], b"MZ"),
        ("", [], b"Bridge"),
        ("application/pdf", ["a.pdf"], PAGE),
        ("application/pdf", ["a.pdf"], b"PK\x03\x04"),
        ("application/octet-stream", ["a.pdf"], b"MZ"),
        ("text/markdown", ["a.md"], PAGE),
    ],
)
def test_what_is_of_no_kind_that_is_read_is_refused(
    media_type: str, names: list[str], head: bytes
) -> None:
    with pytest.raises(DocumentError) as caught:
        kind_of(media_type, names, head)
    assert caught.value.hint


def test_word_and_epub_files_are_known_by_type_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    epub = b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/epub+zip"
    monkeypatch.setattr(addresses, "KINDS", (".pdf", ".docx", ".epub"))
    assert kind_of(word, ["a"], b"PK\x03\x04") == ".docx"
    assert kind_of("application/zip", ["a"], b"PK\x03\x04 ... word/document.xml") == ".docx"
    assert kind_of("application/octet-stream", ["a"], epub) == ".epub"
    assert kind_of("application/zip", ["a.docx"], b"PK\x03\x04") == ".docx"
    monkeypatch.setattr(addresses, "KINDS", (".pdf",))
    with pytest.raises(DocumentError, match="not read"):
        kind_of(word, ["a.docx"], b"PK\x03\x04")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="bridge.pdf"', "bridge.pdf"),
        ("attachment; filename=bridge.pdf; size=3", "bridge.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd.pdf"),
        ('attachment; filename="..\\\\..\\\\windows\\\\x.pdf"', "x.pdf"),
        ('attachment; filename="/etc/cron.d/x.pdf"', "x.pdf"),
        ('attachment; filename="C:\\\\Users\\\\x.pdf"', "x.pdf"),
        ('attachment; filename=".hidden.pdf"', "hidden.pdf"),
        ('attachment; filename="..pdf"', "pdf.pdf"),
        ('attachment; filename=".."', "asked.pdf"),
        ('attachment; filename=""', "asked.pdf"),
        ("attachment", "asked.pdf"),
        ("inline; filename", "asked.pdf"),
        ('attachment; filename="bridge.exe"', "bridge.exe.pdf"),
        ('attachment; filename="report.aspx"', "report.pdf"),
        ('attachment; filename="report.html"', "report.pdf"),
        ('attachment; filename="a\\"b.pdf"', "a-b.pdf"),
        ('attachment; filename="NUL.pdf"', "_NUL.pdf"),
        ('attachment; filename="a:b|c?.pdf"', "a-b-c.pdf"),
        ("attachment; filename=plain.pdf; filename*=UTF-8''%E6%A1%A5.pdf", "桥.pdf"),
        ("attachment; filename*=UTF-8''..%2F..%2Fx.pdf", "x.pdf"),
        ("attachment; filename*=nonsense''x.pdf; filename=y.pdf", "y.pdf"),
        ("attachment; filename*=UTF-8''brid%00ge%0A.pdf", "bridge.pdf"),
        ("attachment; filename*=UTF-8''bridge%E2%80%AEfdp.exe", "bridgefdp.exe.pdf"),
        ('attachment; filename="brücke.pdf"'.encode().decode("latin-1"), "brücke.pdf"),
        ('attachment; filename="' + "a" * 400 + '.pdf"', "a" * 150 + ".pdf"),
    ],
)
def test_the_name_of_the_file_is_harmless(
    site: Site, folder: Path, disposition: str, name: str
) -> None:
    assert file_name([*named_in(disposition), "asked"], ".pdf", host="h") == name
    if disposition.isascii():
        url = site.says(
            "/asked", PDF, Content_Type="application/pdf", Content_Disposition=disposition
        )
        assert fetch(url, folder).path == folder / name
        assert [path.name for path in folder.iterdir()] == [name]


def test_the_address_names_the_file_in_any_script(site: Site, folder: Path) -> None:
    url = site.says("/%D0%BE%D1%82%D1%87%D1%91%D1%82", PDF, Content_Type="application/pdf")
    assert fetch(url, folder).name == "отчёт.pdf"
    url = site.says("/%2e%2e%2f%2e%2e%2fx", PDF, Content_Type="application/pdf")
    assert fetch(url, folder).name == "x.pdf"


@given(st.lists(st.text(), max_size=3), st.sampled_from([".pdf", ".html", ".txt"]), st.text())
def test_no_name_leads_out_of_its_folder(names: list[str], ending: str, host: str) -> None:
    name = file_name(names, ending, host=host)
    assert Path(name).name == name
    assert name.endswith(ending)
    assert not name.startswith((".", " ", "-"))
    assert not set(name) & set('/\\<>:"|?*\0\n\r\t')
    assert len(name.encode()) <= 160
    assert "\u202e" not in name


@given(st.text())
def test_no_header_is_too_odd_to_look_for_a_name_in(disposition: str) -> None:
    assert all(isinstance(name, str) for name in named_in(disposition))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("http://www.example.org/a/", "https://example.org/a", True),
        ("https://EXAMPLE.org:443/a#x", "http://example.org:80/a", True),
        ("https://example.org/a%20b", "https://example.org/a b", True),
        ("https://example.org/a?x=1", "https://example.org/a?x=2", False),
        ("https://example.org/a", "https://example.org/A", False),
        ("https://example.org:8080/a", "https://example.org/a", False),
        ("https://example.org/a", "https://example.com/a", False),
        ("", "", False),
        ("http://[::1", "http://[::1", True),
    ],
)
def test_which_addresses_are_the_same(left: str, right: str, same: bool) -> None:
    assert same_address(left, right) is same


@pytest.mark.parametrize("path", ["http://example.org/a.pdf", Path("https://example.org/a.pdf")])
def test_the_python_interface_fetches_nothing(path: str | Path, tmp_path: Path) -> None:
    assert is_address(str(path))
    with pytest.raises(DocumentError, match="only the command line fetches") as caught:
        qa.add([path], tmp_path / "index")
    assert "qa add" in caught.value.hint
    assert not (tmp_path / "index").exists()
