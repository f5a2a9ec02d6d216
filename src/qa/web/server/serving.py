"""The page on a port: layers around it, begun, waited for, and ended without breaking off."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

from qa.errors import QAError, SettingsError
from qa.users import Users
from qa.web.care import read_support
from qa.web.page import LOCAL, SERVED, STYLES, assets, build_app, in_loop, load_gradio
from qa.web.server.changing import LAST_SECONDS, Changes
from qa.web.server.exporting import export_routes
from qa.web.server.files import file_routes
from qa.web.server.guard import Guard
from qa.web.server.health import Health
from qa.web.server.journal import Journal
from qa.web.server.limits import Limits
from qa.web.server.login import ADDRESSES, Login
from qa.web.server.visiting import Scope, Site, templates, visit_of

if TYPE_CHECKING:
    import gradio as gr

    from qa.assistant import Assistant
    from qa.settings import Settings

_log = logging.getLogger(__name__)
# What is being answered when the server ends may take so long, and so may a document being added.
GRACE = 10
_STARTING, _TICK = 30.0, 0.2
_MOST_CONNECTIONS = 1_000
_LONGEST_HEAD = 32_768
# Between two looks at its queue Gradio waits a thousandth of a second, awake all day.
_QUEUE_REST = 0.005
_PROGRESS_REST = 0.1


def serve(
    assistant: Assistant,
    *,
    host: str | None = None,
    port: int | None = None,
    root_path: str | None = None,
    wait: bool = True,
    ready: Callable[[str], None] | None = None,
) -> Server:
    """The page is served, until a signal ends it; with ``wait`` False, until close() does.

    An argument beats GRADIO_SERVER_NAME, GRADIO_SERVER_PORT and GRADIO_ROOT_PATH, which beat the
    settings. Port 0 takes a free one. ``ready`` is called with the address. Raises QAError for a
    port in use, SettingsError for an auth file or a log that cannot be used.
    """
    settings = assistant.settings
    host = host or os.environ.get("GRADIO_SERVER_NAME") or settings.host
    root = root_path or os.environ.get("GRADIO_ROOT_PATH") or settings.root_path
    site = Site.of(host, root, settings.proxies)
    users = Users(settings.auth_file) if settings.auth_file else None
    if users is not None and users.warning:
        _log.warning("%s", users.warning)
    listening = _listening(host, _port(assistant) if port is None else port)
    try:
        server = Server(assistant, site, users, listening)
    except BaseException:
        listening.close()
        raise
    with _ended_by_signals(server) if wait else contextlib.nullcontext():
        server.begin()
        if ready is not None:
            ready(server.local_url.rstrip("/"))
        if wait:
            server.wait()
    return server


class Server:
    """The page being served in a thread of its own; ``local_url`` is where."""

    def __init__(
        self, assistant: Assistant, site: Site, users: Users | None, listening: socket.socket
    ) -> None:
        self.before = set(threading.enumerate())
        self.listening = listening
        host, port = listening.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        self.local_url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        self.changes = Changes(assistant, site, guarded=users is not None)
        self.page: Any = build_app(
            assistant,
            support=read_support(assistant.settings.support),
            privacy=LOCAL if site.alone else SERVED,
            editable=self.changes.allowed,
            leave=users is not None,
        )
        own = [
            *file_routes(assistant),
            *export_routes(assistant),
            *self.changes.routes(),
            *Health(assistant).routes(),
        ]
        names = [*templates(own), *(ADDRESSES if users is not None else ())]
        inner = in_loop(lambda: _mounted(self.page, site, self._begun))
        layered = _layered(_Parted(own, inner), assistant.settings, site, users, names)
        self.journal = Journal(layered, assistant.settings.access_log)
        self.web = _web_server(self.journal)
        self.thread = threading.Thread(target=self._run, name="qa-serve", daemon=True)
        self.stopping = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """It answers. Raises QAError where it cannot begin."""
        self.thread.start()
        until = time.monotonic() + _STARTING
        while not self.web.started:
            if not self.thread.is_alive() or time.monotonic() > until:
                raise QAError("the server did not start", hint="its messages above say why")
            time.sleep(0.002)

    def wait(self) -> None:
        """It has ended: somebody called `stop`, and what was under way then is done."""
        while self.thread.is_alive() and not self.stopping.wait(_TICK):
            pass
        self.close(GRACE)
        self._settle(GRACE)

    def stop(self) -> None:
        """It takes nothing new and ends; called a second time, at once. For signals, too."""
        if self.stopping.is_set():
            self.web.force_exit = True
        self.stopping.set()

    def close(self, grace: int = 0) -> None:
        """It has ended; what was under way had so many seconds to be done."""
        self.stopping.set()
        # Who is adding a document is still to be told that it was broken off.
        told = LAST_SECONDS if self.changes.turns.busy else 0
        self.web.config.timeout_graceful_shutdown = max(1, grace) + told
        if self.loop is not None:
            # The streams that only say that a page is open; those with an answer go on.
            with contextlib.suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self.page.app.stop_event.set)
        self.web.should_exit = True
        self.changes.end(grace, at_once=lambda: self.web.force_exit)
        self.thread.join(grace + _STARTING)
        self.page._queue.close()
        self.page.is_running = False
        self.journal.close()

    def _settle(self, seconds: float) -> None:
        """The threads that came with the page are done, as far as so many seconds allow.

        The process is about to end: one in the midst of a model would take it down unclean.
        """
        until = time.monotonic() + seconds
        for thread in set(threading.enumerate()) - self.before - {threading.current_thread()}:
            while thread.is_alive() and time.monotonic() < until and not self.web.force_exit:
                thread.join(_TICK)

    def _begun(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def _run(self) -> None:
        self.web.run(sockets=[self.listening])


class _Parted:
    """Pure ASGI: our own addresses to their routes, all else to Gradio, whose layers cost time."""

    def __init__(self, own: list[Any], page: Any) -> None:
        from starlette.routing import Router  # noqa: PLC0415

        self.router = Router(routes=own, redirect_slashes=False)
        self.names = frozenset(templates(own))
        self.page = page

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        mine = scope["type"] == "http" and visit_of(scope).address in self.names
        await (self.router if mine else self.page)(scope, receive, send)


def _mounted(
    page: gr.Blocks, site: Site, begun: Callable[[asyncio.AbstractEventLoop], None]
) -> Any:
    """The page as an application, which says in which loop it runs."""
    from starlette.applications import Starlette  # noqa: PLC0415

    @contextlib.asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        begun(asyncio.get_running_loop())
        yield

    gr = load_gradio()
    page.state_session_capacity = 200
    outer = Starlette(lifespan=lifespan)
    gr.mount_gradio_app(
        outer,
        page,
        "/",
        root_path=site.address,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=_theme(gr),
        css=assets(STYLES),
        app_kwargs={"docs_url": None, "redoc_url": None},
    )
    page.app = page.server_app = outer.routes[-1].app  # type: ignore[attr-defined]
    _restrain(gr, page)
    page._queue.sleep_when_free = _QUEUE_REST
    page._queue.progress_update_sleep_when_free = _PROGRESS_REST
    if importlib.util.find_spec("matplotlib") is None:
        # Gradio looks for it before and after each step of an answer, all along the path.
        sys.modules["matplotlib"] = None  # type: ignore[assignment]
    return outer


def _restrain(gr: Any, page: Any) -> None:
    """No call of the page's functions has a file read or fetched, and none is remembered.

    Gradio makes a copy of any file that a call names, by a path on this machine or an address on
    the web, before the function sees it: whoever may ask could have it read and fetch at will. And
    it would hold what each of the last visitors asked, and was answered, until others came.
    """
    taken = page.preprocess_data

    def forget(*_: Any) -> None:
        pass

    async def preprocess_data(function: Any, inputs: list[Any], state: Any, *more: Any) -> Any:
        if _names_file(inputs):
            raise gr.Error("no files are taken here", print_exception=False)
        state._update_value_in_config = forget
        return await taken(function, inputs, state, *more)

    page.preprocess_data = preprocess_data


def _names_file(value: Any) -> bool:
    """Whether Gradio may take anything in the value for a file."""
    if isinstance(value, dict):
        return {"path", "meta"} <= value.keys() or any(map(_names_file, value.values()))
    return isinstance(value, list) and any(map(_names_file, value))


def _layered(
    inner: Any, settings: Settings, site: Site, users: Users | None, names: list[str]
) -> Any:
    """The application behind the log-in, the limits and the guard."""
    if users is not None:
        inner = Login(inner, users, site)
    limited = Limits(
        inner,
        max_request_kb=settings.max_request_kb,
        requests_per_minute=settings.requests_per_minute,
    )
    return Guard(limited, site, names)


def _web_server(app: Any) -> Any:
    import uvicorn  # noqa: PLC0415

    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            ws="none",
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
        )
    )


def _theme(gr: Any) -> Any:
    sans = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "DejaVu Sans", "sans-serif"]
    mono = ["ui-monospace", "DejaVu Sans Mono", "monospace"]
    font = gr.themes.utils.fonts.Font
    return gr.themes.Base(
        font=[font(name) for name in sans], font_mono=[font(name) for name in mono]
    )


def _port(assistant: Assistant) -> int:
    named = os.environ.get("GRADIO_SERVER_PORT")
    if not named:
        return assistant.settings.port
    if not named.isdecimal() or int(named) > 65535:
        raise SettingsError(
            f"GRADIO_SERVER_PORT = {named!r} is not a port", hint="give a number from 0 to 65535"
        )
    return int(named)


def _listening(host: str, port: int) -> socket.socket:
    """What the server listens with, a free port for 0. Raises QAError where it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host.strip("[]"), port))
        # At once, so that nobody else may have the port while the page is made.
        listening.listen()
    except OSError as error:
        listening.close()
        raise QAError(
            f"cannot listen on {host} port {port}: {error.strerror or error}",
            hint="name another with --port, QA_PORT or GRADIO_SERVER_PORT; 0 takes a free one",
        ) from error
    return listening


@contextlib.contextmanager
def _ended_by_signals(server: Server) -> Iterator[None]:
    """SIGTERM and Ctrl-C end the server, as far as this thread is the one that is told of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        server.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
