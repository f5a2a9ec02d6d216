"""The layers around the page, one by one: guard, limits, access log; and what a site is."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from reaching import Echo, Reply, reach, reached, scope_of

from qa.errors import SettingsError
from qa.web.server.guard import Guard
from qa.web.server.journal import UNKNOWN, Journal
from qa.web.server.limits import Buckets, Limits
from qa.web.server.visiting import Addresses, Site, Visit, network_of

LOCAL = Site.of("127.0.0.1")
OPEN = Site.of("0.0.0.0")
OWN = ["/page.png", "/library/add", "/export/{form}"]


def guarded(site: Site = LOCAL, status: int = 200) -> Guard:
    return Guard(Echo(status), site, OWN)


# --- where it stands --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root_path", "root", "public", "address"),
    [
        ("", "", "", ""),
        ("/", "", "", ""),
        ("/reviews/", "/reviews", "", "/reviews"),
        ("/a/b-c", "/a/b-c", "", "/a/b-c"),
        ("https://Example.org/reviews", "/reviews", "example.org", "https://example.org/reviews"),
        ("http://example.org:8080", "", "example.org:8080", "http://example.org:8080"),
    ],
)
def test_a_root_path_is_a_path_or_a_whole_address(
    root_path: str, root: str, public: str, address: str
) -> None:
    site = Site.of("127.0.0.1", root_path)
    assert (site.root, site.public, site.address) == (root, public, address)
    assert site.secure is address.startswith("https:")
    assert site.alone is (not address)


@pytest.mark.parametrize("root_path", ["reviews", "//x", "/a b", "https://", "/?x", "ftp://x/"])
def test_what_is_no_root_path_is_refused(root_path: str) -> None:
    with pytest.raises(SettingsError, match="root_path"):
        Site.of("127.0.0.1", root_path)


def test_what_a_proxy_says_is_believed_of_those_that_are_named() -> None:
    told = {"x-forwarded-for": "1.1.1.1, 2.2.2.2", "x-forwarded-host": "example.org"}
    told |= {"x-forwarded-proto": "https", "x-gradio-server": "http://evil.example"}
    for proxies, client, host, scheme in [
        (0, "192.0.2.7", "127.0.0.1:7860", "http"),
        (1, "2.2.2.2", "example.org", "https"),
        (2, "1.1.1.1", "example.org", "https"),
    ]:
        visit = Visit()
        seen = Site.of("127.0.0.1", "", proxies).seen(scope_of(headers=told), visit)
        headers = {name: value.decode() for name, value in seen["headers"]}
        assert (visit.client, headers[b"host"], seen["scheme"]) == (client, host, scheme)
        assert set(headers) == {b"host"}


def test_what_several_proxies_say_in_headers_of_their_own_is_one_list() -> None:
    scope = scope_of()
    for client in (b"9.9.9.9", b"1.1.1.1", b"2.2.2.2"):
        scope["headers"].append((b"x-forwarded-for", client))
    visit = Visit()
    Site.of("127.0.0.1", "", 2).seen(scope, visit)
    assert visit.client == "1.1.1.1"


def test_the_root_is_taken_off_where_the_proxy_left_it() -> None:
    guard = guarded(Site.of("127.0.0.1", "/reviews"))
    assert reach(guard, path="/reviews/page.png").body == b"GET /page.png "
    assert reach(guard, path="/page.png").body == b"GET /page.png "
    moved = reach(guard, path="/reviews")
    assert (moved.status, moved.headers["location"]) == (303, "/reviews/")


@pytest.mark.parametrize(
    ("client", "written"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:192.0.2.9", "192.0.2.0/24"),
        ("192.0.2.77:50123", "192.0.2.0/24"),
        ("[2001:db8:1:2:3::4]:443", "2001:db8:1::/48"),
        ("192.0.2.77:x", ""),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("", ""),
        ("<script>", ""),
    ],
)
def test_of_an_address_only_its_network_is_written(client: str, written: str) -> None:
    assert network_of(client, 24, 48) == written


def test_an_address_is_named_by_its_pattern() -> None:
    known = Addresses(["/", "/export/{form}", "/assets/{path:path}"])
    assert known.pattern_of("/") == "/"
    assert known.pattern_of("/export/word") == "/export/{form}"
    assert known.pattern_of("/assets/a/b.js") == "/assets/{path}"
    for strange in ("/export/", "/export/a/b", "/assets", "/exportXword", "//", "/EXPORT/word"):
        assert known.pattern_of(strange) == ""


# --- the guard --------------------------------------------------------------------------------

FOREIGN: list[dict[str, str]] = [
    {"Host": "evil.example"},
    {"Host": "evil.example:7860"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "evil.example", "X-Forwarded-Host": "127.0.0.1:7860"},
    {"Host": ""},
    {"Host": "127.0.0.1@evil.example"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:3000"},
    {"Origin": "http://127.0.0.1:7860.evil.example"},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/", "/page.png", "/gradio_api/queue/join", "/health"])
def test_a_strange_name_or_page_reaches_nothing(headers: dict[str, str], path: str) -> None:
    guard = guarded()
    for method in ("GET", "POST", "OPTIONS"):
        reply = reach(guard, method, path, headers)
        assert reply.status == 403
        assert not any(name.startswith("access-control") for name in reply.headers)
    assert guard.app.scopes == []


def test_a_page_elsewhere_may_link_here_but_not_send() -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    followed |= {"Sec-Fetch-Dest": "document"}
    assert reach(guarded(), headers=followed).status == 200
    assert reach(guarded(), "POST", headers=followed).status == 403


def test_behind_a_proxy_its_name_is_the_origin() -> None:
    site = Site.of("127.0.0.1", "https://example.org/reviews", 1)
    own = {"Origin": "https://example.org"}
    for headers in (own, own | {"Host": "example.org"}, own | {"X-Forwarded-Host": "example.org"}):
        assert reach(guarded(site), "POST", "/page.png", headers).status == 200
    strange = own | {"Host": "evil.example", "X-Forwarded-Host": "example.org"}
    assert reach(guarded(site), "POST", "/page.png", strange).status == 403
    # Not believed where no proxy is named, so not the origin either.
    plain = own | {"X-Forwarded-Host": "example.org"}
    assert reach(guarded(Site.of("127.0.0.1")), "POST", "/page.png", plain).status == 403


def test_open_to_other_machines_any_name_will_do_but_no_other_origin() -> None:
    assert reach(guarded(OPEN), headers={"Host": "reviews.example"}).status == 200
    own = {"Host": "reviews.example", "Origin": "http://reviews.example"}
    assert reach(guarded(OPEN), headers=own).status == 200
    assert reach(guarded(OPEN), headers={**own, "Origin": "http://x.example"}).status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/vibe-code",
        "/gradio_api/dev/reload",
        "/gradio_api/startup-events",
        "/gradio_api/token",
        "/gradio_api/openapi.json",
        "/gradio_api/call/ask/1/2",
        "/gradio_api/call/growing",
        "/gradio_api/run/predict",
        "/gradio_api/api/ask",
        "/gradio_api/file=/etc/passwd",
        "/manifest.json",
        "/login",
        "/monitoring",
        "/what-was-asked",
    ],
)
def test_only_what_is_named_is_open(path: str) -> None:
    assert reach(guarded(), path=path).status == 404


def test_a_websocket_is_closed_and_an_unknown_kind_is_left() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    guard = guarded()
    asyncio.run(guard({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
    asyncio.run(guard({"type": "other", "path": "/", "headers": []}, receive, send))
    assert guard.app.scopes == []


def test_every_answer_tells_the_browser_to_stay() -> None:
    for reply in (reach(guarded(), path="/page.png"), reach(guarded(), path="/none")):
        assert "default-src 'self'" in reply.headers["content-security-policy"]
        assert "nonce" not in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in reply.headers


# --- limits -----------------------------------------------------------------------------------


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_fills_again_and_forgets() -> None:
    clock = Clock()
    buckets = Buckets(60, 3, clock)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a") == pytest.approx(1)
    assert buckets.take("b") == 0
    clock.now += 1
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0
    buckets.give("a")
    assert buckets.take("a") == 0
    clock.now += 1000
    assert [buckets.take("a") > 0 for _ in range(4)] == [False, False, False, True]
    for number in range(20_000):
        buckets.take(str(number))
    assert len(buckets.left) == 10_000


def limited(status: int = 200, **limits: int) -> Any:
    given: dict[str, Any] = {"max_request_kb": 1000, "requests_per_minute": 0, **limits}
    return Guard(Limits(Echo(status), **given), OPEN, OWN)


def test_too_many_requests_of_one_address_are_told_when_to_come_again() -> None:
    app = limited(requests_per_minute=3)
    join = ("POST", "/gradio_api/queue/join")
    assert [reach(app, *join).status for _ in range(4)] == [200, 200, 200, 429]
    refused = reach(app, *join)
    assert int(refused.headers["retry-after"]) >= 1
    assert "try again in" in json.loads(refused.body)["detail"]
    text = reach(app, headers={"Accept": "text/html"})
    assert (text.status, text.headers["content-type"]) == (429, "text/plain; charset=utf-8")
    assert reach(app, *join, client="192.0.2.8").status == 200
    # What the page is made of, and the streams, are no requests in this sense.
    for free in ("/assets/a.js", "/gradio_api/queue/data", "/gradio_api/call/ask/1", "/theme.css"):
        assert reach(app, path=free).status == 200
    assert reach(app, "POST", "/gradio_api/queue/data").status == 429


def test_an_office_behind_one_address_is_not_refused() -> None:
    from qa.settings import Settings

    clock = Clock()
    rate = Settings().requests_per_minute
    buckets = Buckets(rate, rate, clock)
    for _ in range(120 * 40):  # forty questions a second, for two minutes
        clock.now += 1 / 40
        assert buckets.take("office") == 0
        assert buckets.take("office") == 0  # and as many other requests


@pytest.mark.parametrize("declared", [True, False])
def test_a_request_that_is_too_large_goes_no_further(declared: bool) -> None:
    app = limited(max_request_kb=64)
    for size, status in ((64_000, 200), (64_001, 413)):
        body = b"x" * size
        said = {"content-length": str(size)} if declared else {"transfer-encoding": "chunked"}
        reply = reach(app, "POST", "/gradio_api/queue/join", said, body)
        assert reply.status == status
        if status == 200:
            assert reply.body.endswith(body)
        else:
            assert "64 kB" in json.loads(reply.body)["hint"]
            assert reply.headers["connection"] == "close"
    assert reach(app, "POST", "/page.png", {"content-length": "many"}).status == 413


def test_who_leaves_before_all_is_said_is_not_heard(tmp_path: Path) -> None:
    inner, sent = Echo(), list[Any]()
    pieces = [
        {"type": "http.request", "body": b"x", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return pieces.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    limits = Limits(inner, max_request_kb=64, requests_per_minute=0)
    journal = Journal(Guard(limits, OPEN, OWN), str(tmp_path / "access.log"))
    scope = scope_of("POST", "/page.png", {"content-length": "9"})
    asyncio.run(journal(scope, receive, send))
    journal.close()
    assert (inner.scopes, sent, pieces) == ([], [], [])
    assert [one["status"] for one in logged(tmp_path / "access.log")] == [499]


def test_only_so_much_is_held_of_all_that_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.web.server.limits._MOST_HELD", 2)
    limits = Limits(Echo(), max_request_kb=64, requests_per_minute=0)
    app = Guard(limits, OPEN, OWN)
    said = {"content-length": "60000"}
    go = asyncio.Event()

    async def slow(scope: Any) -> Reply:
        reply, pieces = Reply(), [b"x" * 59_999, b"x"]

        async def receive() -> Any:
            if len(pieces) == 1:
                await go.wait()
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            reply.status = message.get("status", reply.status)

        await app(scope, receive, send)
        return reply

    async def all_of_them() -> tuple[Reply, list[Reply]]:
        scopes = [scope_of("POST", "/page.png", said) for _ in range(3)]
        waiting = [asyncio.create_task(slow(scope)) for scope in scopes[:2]]
        await asyncio.sleep(0)
        third = await reached(app, scopes[2], b"x" * 60_000)
        go.set()
        return third, await asyncio.gather(*waiting)

    third, others = asyncio.run(all_of_them())
    assert (third.status, json.loads(third.body)["error"]) == (503, "too much is being sent")
    assert [other.status for other in others] == [200, 200]
    assert limits.held == 0
    assert reach(app, "POST", "/page.png", said, b"x" * 60_000).status == 200


def test_a_file_that_is_added_has_a_limit_of_its_own() -> None:
    body = b"x" * 200_000
    said = {"content-length": str(len(body))}
    reply = reach(limited(max_request_kb=64), "POST", "/library/add", said, body)
    assert (reply.status, len(reply.body)) == (200, len(body) + 18)


def test_a_full_queue_is_said_in_plain_words() -> None:
    for path in ("/gradio_api/queue/join", "/gradio_api/call/ask"):
        full = reach(limited(503), "POST", path)
        assert (full.status, full.headers["retry-after"]) == (503, "5")
        assert json.loads(full.body)["error"] == "too many questions wait"
    assert reach(limited(503), "GET", "/page.png").body == b"GET /page.png "


def test_a_stream_is_passed_on_piece_by_piece() -> None:
    seen: list[tuple[bytes, int]] = []

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            seen.append((b"x", number))
        await send({"type": "http.response.body", "body": b""})

    got: list[int] = []

    async def send(message: Any) -> None:
        if message.get("body"):
            got.append(len(seen))

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    layers = Journal(
        Guard(Limits(slow, max_request_kb=64, requests_per_minute=9), OPEN, OWN), os.devnull
    )
    asyncio.run(layers(scope_of(path="/gradio_api/queue/data?session_hash=x"), receive, send))
    layers.close()
    assert got == [0, 1, 2]


# --- the access log ---------------------------------------------------------------------------


def logged(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_request_is_one_line_without_what_was_asked(tmp_path: Path) -> None:
    place = tmp_path / "access.log"
    journal = Journal(limited(), str(place))
    reach(journal, path="/page.png?uri=secret.pdf&page=2")
    reach(journal, "POST", "/gradio_api/call/ask", body=b"secret")
    reach(journal, path="/gradio_api/call/ask/secret", client="2001:db8::1")
    reach(journal, path="/secret")
    reach(journal, path="/export/secret", headers={"Host": "x", "Origin": "http://secret"})
    journal.close()
    assert "secret" not in place.read_text()
    lines = logged(place)
    assert [(one["method"], one["path"], one["status"]) for one in lines] == [
        ("GET", "/page.png", 200),
        ("POST", "/gradio_api/call/ask", 200),
        ("GET", "/gradio_api/call/{name}/{event}", 200),
        ("GET", UNKNOWN, 404),
        ("GET", "/export/{form}", 403),
    ]
    first = lines[0]
    assert set(first) == {"time", "method", "path", "status", "ms", "bytes", "client"}
    assert (first["client"], lines[2]["client"]) == ("192.0.2.0/24", "2001:db8::/48")
    assert first["bytes"] == len(b"GET /page.png ")
    assert first["time"].endswith("+00:00")
    if os.name == "posix":
        assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_who_leaves_and_what_breaks_is_logged_too(tmp_path: Path) -> None:
    place = tmp_path / "access.log"

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken")

    async def left(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    for inner, error in ((broken, RuntimeError), (left, asyncio.CancelledError)):
        journal = Journal(Guard(inner, OPEN, OWN), str(place))

        async def ask(layer: Any = journal) -> Reply:
            return await reached(layer, scope_of(path="/page.png"))

        with pytest.raises(error):
            asyncio.run(ask())
        journal.close()
    assert [one["status"] for one in logged(place)] == [500, 499]


def test_a_log_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="access log") as failure:
        Journal(Echo(), str(tmp_path / "none" / "access.log"))
    assert failure.value.hint
