"""Who may log in: the file and the verb that makes it, the layer, and a whole server behind it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import re
import stat
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from fake_assistant import FakeAssistant, FakeLibrary, neutral_documents
from reaching import Echo, Reply, proxied, reach, reached, scope_of

from qa import users, web
from qa.cli import main
from qa.errors import SettingsError
from qa.settings import Settings
from qa.users import Secret, Users, drop_user, put_user
from qa.web.server import changing, login
from qa.web.server.guard import Guard
from qa.web.server.limits import Limits
from qa.web.server.login import COOKIE, Login
from qa.web.server.visiting import Site

if TYPE_CHECKING:
    import httpx

    from qa.assistant import Assistant

PASSWORD = "grüne Brücke 橋"
PAGE = {"Accept": "text/html"}
# The cost of a real one, for a file that is made once; the tests need not wait for it.
CHEAP = (10, 1, 1)


@pytest.fixture(autouse=True, scope="module")
def cheap_fixture() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_COST", CHEAP)
        yield


@pytest.fixture(name="auth")
def auth_fixture(tmp_path: Path) -> Path:
    path = tmp_path / "auth"
    put_user(path, "anna", PASSWORD)
    put_user(path, "ben", "another password")
    return path


# --- the file ---------------------------------------------------------------------------------


def test_a_secret_is_kept_as_its_hash_alone() -> None:
    made = Secret.of(PASSWORD)
    written = made.written()
    assert re.fullmatch(r"\$scrypt\$ln=10,r=1,p=1\$[\w+/]{22}\$[\w+/]{43}", written)
    read = Secret.read(written)
    assert read == made
    assert read.opens(PASSWORD)
    assert read.opens("gru\u0308ne Bru\u0308cke 橋")  # the same letters, composed otherwise
    assert not read.opens(PASSWORD + " ")
    assert not read.opens("")
    assert Secret.of(PASSWORD) != made  # each with a salt of its own


def test_the_cost_of_a_guess_is_high() -> None:
    ln, r, p = 15, 8, 3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_COST", (ln, r, p))
        assert f"$scrypt$ln={ln},r={r},p={p}$" in Secret.of(PASSWORD).written()
        began = time.process_time()
        Secret.of(PASSWORD)
        assert time.process_time() - began > 0.03


def test_the_hash_is_the_one_that_others_make() -> None:
    # The third vector of RFC 7914: N = 16384, r = 8, p = 1.
    digest = bytes.fromhex(
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
    )
    assert Secret(14, 8, 1, b"SodiumChloride", digest).opens("pleaseletmein")


def test_a_person_is_put_in_replaced_and_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "auth"
    assert put_user(path, "anna", PASSWORD)
    path.write_text("# who may\n\n" + path.read_text(), encoding="utf-8")
    assert put_user(path, "ben", "another password")
    assert not put_user(path, "anna", "a third password")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    held = Users(path)
    assert set(held.secrets) == {"anna", "ben"}
    assert held.opens("anna", "a third password")
    assert not held.opens("anna", PASSWORD)
    assert not held.opens("carl", PASSWORD)
    assert path.read_text().startswith("# who may\n")
    drop_user(path, "anna")
    assert set(Users(path).secrets) == {"ben"}
    with pytest.raises(SettingsError, match="'anna'") as failure:
        drop_user(path, "anna")
    assert "ben" in failure.value.hint
    assert [one.name for one in tmp_path.iterdir()] == ["auth"]


@pytest.mark.parametrize(
    "name",
    [
        *("", "a:b", "a\nb", " a", "a ", "#a", "x" * 65, "\x00"),
        *("a\u2028b", "a\x85b", "a\x0bb", "\ufeffa", "a\udcffb", "a\u202eb"),
    ],
)
def test_what_cannot_be_a_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="name"):
        put_user(tmp_path / "auth", name, PASSWORD)
    assert not (tmp_path / "auth").exists()


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_whoever_could_read_the_file_still_can_but_not_everyone(auth: Path) -> None:
    auth.chmod(0o644)
    if os.geteuid() == 0:  # `sudo qa user` for a server that runs as somebody else
        os.chown(auth, 12_345, 12_346)
    before = auth.stat()
    put_user(auth, "carl", PASSWORD)
    after = auth.stat()
    assert stat.S_IMODE(after.st_mode) == 0o640
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


@pytest.mark.parametrize("password", ["", "short", "x" * 2000])
def test_what_cannot_be_a_password_is_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(SettingsError, match="password"):
        put_user(tmp_path / "auth", "anna", password)


GOOD = "$scrypt$ln=10,r=1,p=1$c2FsdHNhbHQ$" + "A" * 43


@pytest.mark.parametrize(
    "line",
    [
        "anna",
        "anna:secret",
        "anna:" + GOOD.replace("scrypt", "md5"),
        "anna:" + GOOD.replace("ln=10", "ln=4"),
        "anna:" + GOOD.replace("ln=10", "ln=25"),
        "anna:" + GOOD.replace("ln=10,r=1", "ln=20,r=32"),
        "anna:" + GOOD.replace("r=1", "r=0"),
        "anna:" + GOOD.replace("$c2FsdHNhbHQ$", "$c2Fs$"),
        "anna:" + GOOD.replace("$c2FsdHNhbHQ$", "$c2FsdHNhbHQxx$"),
        "anna:" + GOOD[:50],
        ":" + GOOD,
        f"anna:{GOOD}\nanna:{GOOD}",
    ],
)
def test_a_line_that_is_none_is_named_and_not_repeated(tmp_path: Path, line: str) -> None:
    path = tmp_path / "auth"
    path.write_text(f"ok:{GOOD}\n{line}\n")
    with pytest.raises(SettingsError, match=r"line [23] of the auth file") as failure:
        Users(path)
    assert "qa user" in failure.value.hint
    assert "secret" not in str(failure.value)


def test_a_file_that_cannot_be_read_or_names_nobody_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read") as failure:
        Users(tmp_path / "none")
    assert "qa user" in failure.value.hint
    (tmp_path / "empty").write_text("# nobody\n")
    with pytest.raises(SettingsError, match="names nobody"):
        Users(tmp_path / "empty")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        Users(tmp_path / "bytes")


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
def test_a_file_that_everyone_can_read_is_warned_of(auth: Path) -> None:
    assert Users(auth).warning == ""
    auth.chmod(0o644)
    assert "chmod 600" in Users(auth).warning


def test_the_verb_asks_and_says_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "auth")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["user", "anna", "--auth-file", path]) == 0
    assert capsys.readouterr().out == "anna may log in now.\n"
    assert PASSWORD not in Path(path).read_text(encoding="utf-8")
    assert Users(path).opens("anna", PASSWORD)
    monkeypatch.setenv("QA_AUTH_FILE", path)
    assert main(["user", "anna", "--remove"]) == 0
    assert capsys.readouterr().out == "anna may log in no longer.\n"
    monkeypatch.delenv("QA_AUTH_FILE")
    monkeypatch.chdir(tmp_path)
    assert main(["user", "anna"]) == 1
    assert "--auth-file" in capsys.readouterr().err


def test_a_password_is_typed_twice_and_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    typed = [PASSWORD, "something else", PASSWORD, PASSWORD]
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("getpass.getpass", lambda _: typed.pop(0))
    path = str(tmp_path / "auth")
    assert main(["user", "anna", "--auth-file", path]) == 1
    assert "differ" in capsys.readouterr().err
    assert main(["user", "anna", "--auth-file", path]) == 0
    assert PASSWORD not in capsys.readouterr().out


# --- the layer --------------------------------------------------------------------------------


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Door:
    """The layers with a log-in, and what stands behind them."""

    app: Guard
    login: Login
    inner: Echo
    clock: Clock

    def ask(self, method: str = "GET", path: str = "/", body: str = "", **headers: str) -> Reply:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            given |= {"content-length": str(len(body.encode()))}
        return reach(self.app, method, path, given, body.encode())

    def enter(self, name: str = "anna", password: str = PASSWORD, **more: str) -> Reply:
        from urllib.parse import urlencode

        body = urlencode({"username": name, "password": password, **more})
        return self.ask("POST", "/login", body, Accept="text/html")


def door(path: Path, site: Site | None = None) -> Door:
    site = site or Site.of("127.0.0.1")
    inner, clock = Echo(), Clock()
    layer = Login(inner, Users(path), site, clock)
    limits = Limits(layer, max_request_kb=64, requests_per_minute=0)
    names = ["/health", "/page.png", "/original", "/library/add", "/export", *login.ADDRESSES]
    return Door(Guard(limits, site, names), layer, inner, clock)


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def token_of(reply: Reply) -> str:
    found = re.match(rf"{COOKIE}=([\w-]+);", reply.headers["set-cookie"])
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/page.png",
        "/original",
        "/export",
        "/config",
        "/assets/a.js",
        "/gradio_api/info",
        "/gradio_api/call/ask",
        "/gradio_api/queue/data",
        "/library/add",
        "/logout",
    ],
)
def test_nothing_is_reached_without_a_log_in(auth: Path, path: str) -> None:
    held = door(auth)
    for method in ("GET", "POST"):
        for headers in (
            {},
            {"Cookie": f"{COOKIE}=guess"},
            {"Cookie": f'{COOKIE}="; x=\x01'},
            {"Authorization": "Bearer x"},
            {"Authorization": "Basic ####"},
            {"Authorization": basic("carl", PASSWORD)},
        ):
            assert held.ask(method, path, **headers).status in (401, 429)
    assert held.inner.scopes == []
    assert held.ask(path="/health").status == 200


def test_a_person_gets_a_page_and_a_session(auth: Path) -> None:
    held = door(auth)
    asked = held.ask(path="/?document=a.pdf&page=2", **PAGE)
    assert asked.status == 401
    assert "www-authenticate" not in asked.headers
    assert b'name="password"' in asked.body
    assert b'value="document=a.pdf&amp;page=2"' in asked.body
    policy = asked.headers["content-security-policy"]
    nonce = re.search(r"'nonce-([^']+)'", policy)
    assert nonce is not None
    assert f'<style nonce="{nonce[1]}">'.encode() in asked.body
    assert "form-action 'self'" in policy
    # Under "no-referrer" a browser sends the form with "Origin: null", which is refused.
    assert asked.headers["referrer-policy"] == "same-origin"
    assert "script-src" not in policy
    assert b"<script" not in asked.body
    entered = held.enter(place="document=a.pdf&page=2")
    assert (entered.status, entered.headers["location"]) == (303, "/?document=a.pdf&page=2")
    kept = entered.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"):
        assert part in kept
    assert "Secure" not in kept
    token = token_of(entered)
    assert len(token) >= 43
    assert token_of(held.enter()) != token
    inside = held.ask(path="/page.png", Cookie=f"x=1; {COOKIE}={token}")
    assert inside.status == 200
    assert token not in str(held.login.sessions.held)


@pytest.mark.parametrize(
    "other", ['prefs={"a":"b"}', "bare", "a b=c", 'open="x', "qa-session2=x", "=", ""]
)
def test_cookies_of_other_servers_of_this_host_keep_nobody_out(auth: Path, other: str) -> None:
    held = door(auth)
    token = token_of(held.enter())
    for cookie in (f"{other}; {COOKIE}={token}", f"{COOKIE}={token};{other}"):
        assert held.ask(path="/config", Cookie=cookie).status == 200
    assert held.ask(path="/config", Cookie=other).status == 401


def test_the_cookie_is_for_https_and_the_root_where_they_are_served(auth: Path) -> None:
    kept = door(auth, Site.of("127.0.0.1", "https://example.org/reviews")).enter()
    assert kept.headers["location"] == "/reviews/"
    assert "Path=/reviews/; HttpOnly; SameSite=Strict; Secure" in kept.headers["set-cookie"]
    proxied = door(auth, Site.of("127.0.0.1", "/reviews", 1))
    body = f"username=anna&password={PASSWORD}"
    reply = proxied.ask("POST", "/login", body, Accept="text/html", X_Forwarded_Proto="https")
    assert "Secure" in reply.headers["set-cookie"]
    page = proxied.ask("GET", "/", **PAGE)
    assert b'action="/reviews/login"' in page.body


@pytest.mark.parametrize(
    "place", ["//evil.example", "x\r\nset-cookie: a=b", "\\evil", '"><script>', "ü", "a" * 3000]
)
def test_nobody_is_sent_elsewhere(auth: Path, place: str) -> None:
    where = door(auth).enter(place=place).headers["location"]
    assert where in ("/", f"/?{place}")
    assert re.fullmatch(r"/(\?[\w/.]+)?", where)
    wrong = door(auth).enter(password="wrong", place=place)
    assert b"<script" not in wrong.body


def test_a_wrong_password_and_an_unknown_name_are_told_alike(auth: Path) -> None:
    wrong, unknown = door(auth).enter(password="x"), door(auth).enter("carl")
    assert wrong.status == unknown.status == 401
    assert b'role="alert">The name or the password is wrong.' in wrong.body

    def plain(reply: Reply) -> bytes:
        return re.sub(rb'nonce="[^"]+"', b"", reply.body)

    assert plain(wrong) == plain(unknown)
    assert "set-cookie" not in wrong.headers


def test_an_unknown_name_costs_as_much(auth: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[tuple[int, int, int]] = []
    real = Secret.hashed

    def hashed(self: Secret, password: str) -> bytes:
        counted.append((self.ln, self.r, self.p))
        return real(self, password)

    monkeypatch.setattr(Secret, "hashed", hashed)
    held = Users(auth)
    assert held.opens("anna", PASSWORD)
    assert not held.opens("carl", PASSWORD)
    assert counted == [CHEAP, CHEAP]


def test_a_session_ends_by_time_by_logging_out_and_with_the_password(auth: Path) -> None:
    held = door(auth)
    first, second, third = (token_of(held.enter()) for _ in range(3))

    def inside(token: str) -> bool:
        return held.ask(Cookie=f"{COOKIE}={token}").status == 200

    assert inside(first)
    shown = held.ask(path="/logout", Cookie=f"{COOKIE}={first}", **PAGE)
    assert b"logged in as anna" in shown.body
    assert inside(first)  # looking at it logs nobody out
    out = held.ask("POST", "/logout", Cookie=f"{COOKIE}={first}")
    assert (out.status, out.headers["location"]) == (303, "/login")
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert not inside(first)
    assert inside(second)
    put_user(auth, "anna", "a new password")
    held.clock.now += 2
    assert not inside(second)
    fourth = token_of(held.enter(password="a new password"))
    held.clock.now += login.SECONDS - 1
    assert inside(fourth)
    held.clock.now += 2
    assert not inside(fourth)
    assert not inside(third)


def test_only_so_many_sessions_are_kept(auth: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_MOST_SESSIONS", 3)
    held = door(auth)
    tokens = [token_of(held.enter()) for _ in range(5)]
    assert len(held.login.sessions.held) == 3
    assert held.ask(Cookie=f"{COOKIE}={tokens[0]}").status == 401
    assert held.ask(Cookie=f"{COOKIE}={tokens[4]}").status == 200


def test_a_file_that_breaks_lets_nobody_in(auth: Path) -> None:
    held = door(auth)
    token = token_of(held.enter())
    good = auth.read_text()
    auth.write_text("broken")
    held.clock.now += 2
    assert held.ask(Cookie=f"{COOKIE}={token}").status == 401
    assert held.enter().status == 401
    auth.write_text(good)
    held.clock.now += 2
    assert held.enter().status == 303


def test_another_page_can_neither_log_in_nor_out(auth: Path) -> None:
    held = door(auth)
    token = token_of(held.enter())
    foreign = {"Origin": "http://evil.example", "Sec_Fetch_Site": "cross-site"}
    body = f"username=anna&password={PASSWORD}"
    assert held.ask("POST", "/login", body, **foreign).status == 403
    assert held.ask("POST", "/logout", Cookie=f"{COOKIE}={token}", **foreign).status == 403
    assert held.ask(Cookie=f"{COOKIE}={token}").status == 200


def test_guessing_is_slowed_down_for_one_address(auth: Path) -> None:
    held = door(auth)
    for _ in range(30):  # who knows the password is not
        assert held.enter().status == 303
    for number in range(login.TRIES):
        assert held.enter(password=f"guess {number}").status == 401
    stopped = held.enter()
    assert stopped.status == 429
    assert b"Try again in" in stopped.body
    program = held.ask(Authorization=basic("ben", "another password"))
    assert program.status == 429
    assert int(program.headers["retry-after"]) >= 1
    held.clock.now += 60 / login.TRIES_A_MINUTE
    assert held.enter().status == 303


def test_who_is_told_to_wait_has_not_used_up_a_try(auth: Path) -> None:
    held = door(auth)
    waiting: Any = {str(number).encode(): None for number in range(login._MOST_WAITING)}
    held.login.trying.update(waiting)
    assert held.enter().status == 429
    assert not held.login.tries.left
    held.login.trying.clear()
    assert held.enter().status == 303


def test_a_program_logs_in_by_basic_and_is_asked_once(
    auth: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = door(auth)
    plain = held.ask(path="/config")
    assert plain.headers["www-authenticate"].startswith("Basic ")
    browser = held.ask(path="/config", User_Agent="Mozilla/5.0")
    assert "www-authenticate" not in browser.headers
    assert "log in first" in json.loads(browser.body)["detail"]
    tried: list[str] = []
    real = Users.opens

    def opens(self: Users, name: str, password: str) -> bool:
        tried.append(name)
        time.sleep(0.05)
        return real(self, name, password)

    monkeypatch.setattr(Users, "opens", opens)
    scope = {"Authorization": basic("anna", PASSWORD)}

    async def many() -> list[Reply]:
        return await asyncio.gather(
            *(reached(held.app, scope_of(path="/config", headers=scope)) for _ in range(40))
        )

    assert {reply.status for reply in asyncio.run(many())} == {200}
    assert tried == ["anna"]
    assert PASSWORD not in str(held.login.programs.held)
    assert held.ask(Authorization=basic("anna", "wrong")).status == 401


def test_the_loop_goes_on_while_a_password_is_tried(
    auth: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = door(auth)
    go = threading.Event()
    monkeypatch.setattr(Users, "opens", lambda *_: go.wait(10))

    async def both() -> tuple[Reply, Reply]:
        scope = scope_of(headers={"Authorization": basic("anna", "x")})
        waiting = asyncio.create_task(reached(held.app, scope))
        await asyncio.sleep(0.05)
        health = await reached(held.app, scope_of(path="/health"))
        go.set()
        return health, await waiting

    health, waited = asyncio.run(both())
    assert (health.status, waited.status) == (200, 200)


# --- the whole server -------------------------------------------------------------------------


@dataclass
class Served:
    """A server that asks for a log-in and listens to all, behind a proxy under /reviews/."""

    url: str
    public: str
    log: Path
    assistant: FakeAssistant
    library: FakeLibrary


@pytest.fixture(scope="module", name="served")
def served_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    put_user(folder / "auth", "anna", PASSWORD)
    assistant = FakeAssistant(neutral_documents())
    assistant.settings = Settings(
        auth_file=str(folder / "auth"),
        root_path="/reviews",
        proxies=1,
        access_log=str(folder / "access.log"),
    )
    library = FakeLibrary(assistant)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changing, "add", library.add)
        patch.setattr(changing, "remove", library.remove)
        server = web.serve(cast("Assistant", assistant), host="0.0.0.0", port=0, wait=False)
        with proxied(server.local_url, "/reviews") as public:
            yield Served(server.local_url, public, folder / "access.log", assistant, library)
        server.close()


@pytest.fixture(name="person")
def person_fixture(served: Served) -> Iterator[httpx.Client]:
    """Someone who logged in through the proxy, as a browser does."""
    import httpx

    with httpx.Client(base_url=served.public, trust_env=False, timeout=30) as client:
        asked = client.get("", params={"document": "bridges.pdf"}, headers=PAGE)
        assert asked.status_code == 401
        action = re.search(r'action="([^"]+)"', asked.text)
        place = re.search(r'name="place" value="([^"]*)"', asked.text)
        assert action is not None
        assert place is not None
        form = {"username": "anna", "password": PASSWORD, "place": place[1]}
        entered = client.post(action[1], data=form, headers=PAGE)
        assert (entered.status_code, entered.headers["location"]) == (
            303,
            "/reviews/?document=bridges.pdf",
        )
        # The proxy speaks https for it, so the cookie is for https alone: hand it back ourselves.
        cookie = entered.headers["set-cookie"]
        assert "Secure" in cookie
        client.headers["Cookie"] = cookie.partition(";")[0]
        yield client


def test_all_of_the_page_works_behind_a_proxy_under_a_path(
    served: Served, person: httpx.Client
) -> None:
    page = person.get("")
    assert page.status_code == 200
    config = json.loads(person.get("config").text)
    origin = served.public.replace("http:", "https:").rstrip("/")
    assert config["root"] == origin
    scripts = re.findall(r'(?:src|href)="(\./assets/[^"]+)"', page.text)
    assert scripts
    assert person.get(scripts[0]).status_code == 200
    assert person.get("theme.css").status_code == 200
    picture = person.get("page.png", params={"uri": "bridges.pdf", "page": 1})
    assert picture.headers["content-type"] == "image/png"
    assert person.get("original", params={"uri": "bridges.pdf"}).status_code == 200
    assert person.get("health").json()["ok"] is True
    assert b"logged in as anna" in person.get("logout", headers=PAGE).content
    assert person.post("export", params={"form": "none"}, content="{}").status_code == 400


def test_who_is_logged_in_changes_the_library_of_an_open_server(
    served: Served, person: httpx.Client
) -> None:
    origin = {"X-QA": "1", "Origin": served.public.rstrip("/").removesuffix("/reviews")}
    query = {"name": "open.md"}
    added = person.post("library/add", params=query, content="1.1 The weir.", headers=origin)
    assert added.status_code == 200
    assert json.loads(added.text.splitlines()[-1])["report"]["added"] == ["open.md"]
    removed = person.post("library/remove", params={"uri": "open.md"}, headers=origin)
    assert removed.json()["report"]["removed"] == ["open.md"]
    before = len(served.library.given)
    for headers in (
        {"X-QA": "1"},
        {"X-QA": "1", "Origin": "https://evil.example"},
        {"X-QA": "1", "Origin": "null"},
        {"X-QA": "1", "Sec-Fetch-Site": "same-site"},
        {**origin, "Sec-Fetch-Site": "cross-site"},
        {"Origin": origin["Origin"]},
        {**origin, "X-QA": "0"},
    ):
        refused = person.post("library/add", params=query, content="1.1 x", headers=headers)
        assert refused.status_code == 403
    del person.headers["Cookie"]
    assert (
        person.post("library/add", params=query, content="1.1 x", headers=origin).status_code == 401
    )
    assert len(served.library.given) == before


@pytest.mark.parametrize("how", ["headers", "auth"])
def test_gradio_client_logs_in_and_asks(served: Served, how: str) -> None:
    from gradio_client import Client

    said: dict[str, Any] = {"headers": {"Authorization": basic("anna", PASSWORD)}}
    if how == "auth":
        said = {"auth": ("anna", PASSWORD)}
    # Through the proxy the cookie is for https alone.
    url = served.public if how == "headers" else served.url
    client = Client(url, verbose=False, analytics_enabled=False, **said)
    try:
        answer = client.predict("How many recommendations were there?", api_name="/ask")
        assert answer["citations"][0]["uri"] == "bridges.pdf"
        assert len(client.predict("river bed", 2, api_name="/search")) == 2
        assert len(client.predict(api_name="/documents")) == 2
    finally:
        client.close()


def test_gradio_client_is_told_that_its_password_is_wrong(served: Served) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AuthenticationError

    with pytest.raises(AuthenticationError):
        Client(served.url, verbose=False, auth=("anna", "wrong"), analytics_enabled=False)


def test_the_log_names_who_was_logged_in(served: Served, person: httpx.Client) -> None:
    person.get("page.png", params={"uri": "bridges.pdf", "page": 1})
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        lines = [json.loads(line) for line in served.log.read_text().splitlines()]
        if lines and lines[-1]["path"] == "/page.png":
            break
        time.sleep(0.02)
    assert (lines[-1]["user"], lines[-1]["client"]) == ("anna", "127.0.0.1")
    assert "bridges" not in served.log.read_text()


def test_without_an_auth_file_an_open_server_is_not_changed() -> None:
    site = Site.of("0.0.0.0")
    assert not changing.Changes(cast("Assistant", None), site).allowed
    assert not changing.Changes(cast("Assistant", None), Site.of("127.0.0.1", "/r")).allowed
    assert not changing.Changes(cast("Assistant", None), Site.of("127.0.0.1", "", 1)).allowed
    assert changing.Changes(cast("Assistant", None), site, guarded=True).allowed
    assert changing.Changes(cast("Assistant", None), Site.of("::1")).allowed


def test_a_server_with_an_unusable_auth_file_does_not_start(tmp_path: Path) -> None:
    assistant = FakeAssistant(neutral_documents())
    assistant.settings = replace(Settings(), auth_file=str(tmp_path / "none"))
    with pytest.raises(SettingsError, match="auth file"):
        web.serve(cast("Assistant", assistant), port=0, wait=False)
