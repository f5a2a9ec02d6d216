"""Logging in: people by a page and a cookie, programs by HTTP Basic.

A session is a random token that the browser holds and of which this process, and nothing else,
holds the hash: a new start logs everyone out. A person who is taken out of the file, or given
another password, is logged out at once.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import html
import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

from qa.users import Secret, Users
from qa.web.server.guard import send_to
from qa.web.server.limits import Buckets, too_many
from qa.web.server.visiting import (
    Scope,
    Site,
    Visit,
    header,
    network_of,
    refuse,
    respond,
    visit_of,
    wants_page,
)

_log = logging.getLogger(__name__)
ADDRESSES = ("/login", "/logout")
OPEN = frozenset({"/health", "/login"})
COOKIE = "qa-session"
SECONDS = 12 * 3600.0
_MOST_SESSIONS = 1_000
_BASIC_SECONDS = 600.0
# So many wrong passwords of one address at once, and then so many a minute.
TRIES, TRIES_A_MINUTE = 20, 6.0
_AT_ONCE, _MOST_WAITING, _BUSY = 2, 40, 5.0
_MOST_FORM = 10_000
_REFRESH = 1.0
# What may follow "?" in the address that a person is brought back to.
_PLACE = re.compile(r"[\w%&=+.~:/,-]{1,2000}", re.ASCII)
_POLICY = (
    "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
WRONG = "The name or the password is wrong."
ASKED = "Log in to go on."


class Kept:
    """Who is known by what, for a time: secrets by their hash, at most some, the oldest first out.

    An entry ends early where the person's password is another one by now.
    """

    def __init__(self, users: Users, seconds: float, most: int, clock: Callable[[], float]) -> None:
        self.users = users
        self.seconds = seconds
        self.most = most
        self.clock = clock
        self.salt = secrets.token_bytes(32)
        self.held: OrderedDict[bytes, tuple[str, Secret, float]] = OrderedDict()

    def key(self, shown: str) -> bytes:
        """What is kept in place of the secret."""
        return hmac.digest(self.salt, shown.encode("utf-8", "surrogatepass"), "sha256")

    def keep(self, shown: str, name: str) -> None:
        """Whoever shows this is that person, from now on for the time."""
        if secret := self.users.secret_of(name):
            self.held[self.key(shown)] = (name, secret, self.clock() + self.seconds)
            while len(self.held) > self.most:
                self.held.popitem(last=False)

    def name_of(self, shown: str) -> str:
        """Who shows this; nobody where it is not, or no longer, known."""
        key = self.key(shown)
        name, secret, until = self.held.get(key, ("", None, 0.0))
        if secret is None:
            return ""
        if self.clock() >= until or self.users.secret_of(name) != secret:
            self.held.pop(key, None)
            return ""
        return name

    def drop(self, shown: str) -> None:
        """Nobody is known by this."""
        self.held.pop(self.key(shown), None)


class Login:
    """Pure ASGI: nobody passes who is not known, but to log in and to ask whether it is well."""

    def __init__(
        self, app: Any, users: Users, site: Site, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        self.users = users
        self.site = site
        self.clock = clock
        self.sessions = Kept(users, SECONDS, _MOST_SESSIONS, clock)
        self.programs = Kept(users, _BASIC_SECONDS, _MOST_SESSIONS, clock)
        self.tries = Buckets(TRIES_A_MINUTE, TRIES, clock)
        self.computing = asyncio.Semaphore(_AT_ONCE)
        self.trying: dict[bytes, asyncio.Task[bool]] = {}
        self.looked = clock()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.refresh()
        visit = visit_of(scope)
        visit.user = self.sessions.name_of(_token(scope))
        if visit.address == "/login":
            await self.entrance(scope, receive, send, visit)
        elif visit.address in OPEN:
            await self.app(scope, receive, send)
        elif await self.passes(scope, send, visit):
            if visit.address == "/logout":
                await self.leave(scope, send, visit)
            else:
                await self.app(scope, receive, send)

    def refresh(self) -> None:
        """What the file says now is in force, looked at once a second."""
        if self.clock() - self.looked < _REFRESH:
            return
        before, self.looked = self.users.problem, self.clock()
        self.users.refresh()
        if self.users.problem and not before:
            _log.error("nobody can log in: %s", self.users.problem)

    async def passes(self, scope: Scope, send: Any, visit: Visit) -> bool:
        """Whether the visitor is known; one who is not has been answered."""
        if visit.user:
            return True
        given = header(scope, "authorization")
        if given:
            visit.user = self.programs.name_of(given)
            if not visit.user:
                name, password = _basic(given)
                said = await self.tried(visit, name, password)
                if isinstance(said, float):
                    await too_many(scope, send, "too many wrong passwords", said)
                    return False
                if said:
                    visit.user = name
                    self.programs.keep(given, name)
        if not visit.user:
            await self.turn_away(scope, send, wrong=bool(given))
        return bool(visit.user)

    async def turn_away(self, scope: Scope, send: Any, *, wrong: bool) -> None:
        """A person gets the page to log in by; a program is told how."""
        if wants_page(scope) and not wrong:
            place = scope.get("qa.place", b"").decode("latin-1")
            await self.show(send, ASKED, place=place, status=401)
            return
        # A browser would ask for itself, in a window that no page can explain.
        browser = header(scope, "user-agent").startswith("Mozilla/")
        asked = {"www-authenticate": 'Basic realm="Ask the Reviews", charset="UTF-8"'}
        said = WRONG.rstrip(".").lower() if wrong else "log in first"
        hint = "people: reload the page; programs: name and password by HTTP Basic"
        await refuse(scope, send, 401, said, hint, {} if browser else asked)

    async def entrance(self, scope: Scope, receive: Any, send: Any, visit: Visit) -> None:
        """GET shows the page to log in by, POST logs in."""
        if scope["method"] in ("GET", "HEAD"):
            await self.show(send, ASKED)
            return
        if scope["method"] != "POST":
            await refuse(scope, send, 405, "log in by POST", headers={"allow": "GET, POST"})
            return
        form = await _form(receive)
        name, password = form.get("username", ""), form.get("password", "")
        said = await self.tried(visit, name, password)
        place = form.get("place", "")
        person = "text/html" in header(scope, "accept")
        if isinstance(said, float):
            again = f"Too many wrong passwords. Try again in {int(said) + 1} seconds."
            if person:
                await self.show(send, again, place=place, status=429, problem=True)
            else:
                await too_many(scope, send, "too many wrong passwords", said)
        elif not said and person:
            await self.show(send, WRONG, place=place, status=401, problem=True)
        elif not said:
            await refuse(scope, send, 401, WRONG.rstrip(".").lower())
        else:
            visit.user = name
            self.sessions.drop(_token(scope))
            await self.welcome(scope, send, name, place, person=person)

    async def welcome(
        self, scope: Scope, send: Any, name: str, place: str, *, person: bool
    ) -> None:
        """The visitor holds a session, and is brought to where they were."""
        token = secrets.token_urlsafe(32)
        self.sessions.keep(token, name)
        cookie = self.cookie(scope, token, int(SECONDS))
        if person:
            behind = f"?{place}" if _PLACE.fullmatch(place) else ""
            await send_to(send, f"{self.site.root}/{behind}", cookie=cookie)
        else:
            await respond(
                send, 200, b'{"success": true}', "application/json", {"set-cookie": cookie}
            )

    async def leave(self, scope: Scope, send: Any, visit: Visit) -> None:
        """GET asks, so that no link of another page logs anyone out; POST does it."""
        if scope["method"] == "POST":
            self.sessions.drop(_token(scope))
            await send_to(send, f"{self.site.root}/login", cookie=self.cookie(scope, "", 0))
        elif scope["method"] in ("GET", "HEAD"):
            await self.show(send, "", name=visit.user)
        else:
            await refuse(scope, send, 405, "log out by POST", headers={"allow": "GET, POST"})

    async def tried(self, visit: Visit, name: str, password: str) -> bool | float:
        """Whether it is the password of that name, or the seconds until it may be tried again."""
        # A program that opens ten connections at once is one attempt.
        same = self.sessions.key(f"{name}:{password}")
        if same in self.trying:
            return await asyncio.shield(self.trying[same])
        if len(self.trying) >= _MOST_WAITING:
            return _BUSY
        key = network_of(visit.client)
        if wait := self.tries.take(key):
            return wait
        task = asyncio.create_task(self.compute(name, password))
        self.trying[same] = task
        task.add_done_callback(lambda _: self.trying.pop(same, None))
        right = await asyncio.shield(task)
        if right:
            self.tries.give(key)
        return right

    async def compute(self, name: str, password: str) -> bool:
        """Whether it is the password of that name, found out in a thread, a few at once."""
        async with self.computing:
            return await asyncio.to_thread(self.users.opens, name, password)

    def cookie(self, scope: Scope, token: str, seconds: int) -> str:
        """The header that gives the browser its session, or takes it away."""
        secure = "; Secure" if scope["scheme"] == "https" else ""
        path = f"{self.site.root}/"
        kept = f"Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Strict{secure}"
        return f"{COOKIE}={token}; {kept}"

    async def show(
        self,
        send: Any,
        said: str,
        *,
        place: str = "",
        name: str = "",
        status: int = 200,
        problem: bool = False,
    ) -> None:
        """The page to log in by, or to log out for whoever is ``name``."""
        nonce = secrets.token_urlsafe(16)
        body = _page(
            "logout.html" if name else "login.html",
            root=self.site.root,
            nonce=nonce,
            said=said,
            kind="problem" if problem else "asked",
            role="alert" if problem else "status",
            place=place if _PLACE.fullmatch(place) else "",
            name=name,
        )
        headers = {
            "content-security-policy": _POLICY.format(nonce=nonce),
            # With no referrer at all a browser says that the form comes from nowhere.
            "referrer-policy": "same-origin",
            "vary": "accept, cookie",
        }
        await respond(send, status, body, "text/html; charset=utf-8", headers)


def _page(asset: str, **values: str) -> bytes:
    """The page with these values in it, escaped."""
    folder = files("qa.web").joinpath("assets")
    style = folder.joinpath("login.css").read_text(encoding="utf-8")
    page = folder.joinpath(asset).read_text(encoding="utf-8")
    safe = {name: html.escape(value) for name, value in values.items()}
    found = re.sub(r"\{\{(\w+)\}\}", lambda one: ({"style": style} | safe)[one[1]], page)
    return found.encode()


async def _form(receive: Any) -> dict[str, str]:
    """The fields of a form that was sent; none where it is too large or no form."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False) and len(body) <= _MOST_FORM
    if len(body) > _MOST_FORM:
        return {}
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        return {}


def _token(scope: Scope) -> str:
    """What the browser holds of a session: it sends other servers' cookies of this host as well,
    and whatever those hold must keep nobody out."""
    pairs = (part.strip().partition("=") for part in header(scope, "cookie").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), "")


def _basic(given: str) -> tuple[str, str]:
    """Name and password of an Authorization header, empty where it holds none."""
    scheme, _, rest = given.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password
