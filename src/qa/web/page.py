"""The page: what stands where, and what happens when something is pressed.

Gradio carries the question to the assistant and the answer back; what an answer looks like is
made in `render`, as HTML whose every part is escaped.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import inspect
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from qa.errors import QAError
from qa.web import doors
from qa.web.asking import answered
from qa.web.care import Support
from qa.web.entries import Wish, begun, entry_of, read_turns
from qa.web.suggesting import Rush, Suggestions, next_after
from qa.web.views import reader, render
from qa.web.views.composer import chooser, composer
from qa.web.views.home import home, next_questions
from qa.web.views.library import listing
from qa.web.views.markup import escape
from qa.web.views.standing import Place

if TYPE_CHECKING:
    import gradio as gr

    from qa.assistant import Assistant

TITLE = "Ask the Reviews"
SCRIPTS = (
    "page.js",
    "choosing.js",
    "conversations.js",
    "asking.js",
    "reader.js",
    "library.js",
    "hover.js",
    "shelf.js",
    "feedback.js",
)
STYLES = (
    "style.css",
    "documents.css",
    "cards.css",
    "hover.css",
    "conversations.css",
    "timeline.css",
)
LOCAL = "Nothing you type leaves this machine."
SERVED = "What you type goes to this server and no further, and is not kept there."
WAITING = 64
# A growing answer is shown anew when so many seconds have passed: each time costs some.
_GROWING = 0.1
_ASKING = {"concurrency_limit": 3, "concurrency_id": "asking"}
# Those who wait are told their place so often, in seconds; by itself Gradio tells everybody
# whenever anybody's turn comes, which took a fifth of a busy server's time.
_TOLD_EVERY = 2.0

_LEAVE = '<a class="leave" href="logout">Log out</a>'
# Gradio puts the parts onto the page one after the other, the head first.
_ONCE_WHOLE = """
function run() {
SCRIPTS
}
(function begin() {
  const parts = ["past", "home", "now", "question-box"];
  if (parts.every((id) => document.getElementById(id))) run();
  else setTimeout(begin, 10);
})();
"""
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    # Without these it keeps the times of 10,000 calls, and sums them up after every single one.
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


@functools.cache
def load_gradio() -> Any:
    """Gradio, imported with its reporting off and without the stub files it writes for editors.

    Writing those takes half of its start, and it writes them beside its own code.
    """
    os.environ.update(_QUIET)
    found = inspect.getfile

    def getfile(item: Any) -> str:
        if isinstance(item, type) and item.__module__.startswith("gradio."):
            raise OSError("no stub file is wanted")  # what gradio takes for "has no file"
        return found(item)

    inspect.getfile = getfile  # type: ignore[assignment]
    try:
        import gradio  # noqa: PLC0415
    finally:
        inspect.getfile = found
    return gradio


def prepare() -> None:
    """What the page is made with is loaded, so that `serve` need not wait for it."""
    load_gradio()


def asset(name: str) -> str:
    """The text of a file of the folder `assets`."""
    return files("qa.web").joinpath("assets", name).read_text(encoding="utf-8")


def assets(names: Sequence[str]) -> str:
    """The texts of several such files, one after the other."""
    return "\n".join(asset(name) for name in names)


def build_app(
    assistant: Assistant,
    *,
    examples: Sequence[str] | None = None,
    support: Support | None = None,
    privacy: str = LOCAL,
    editable: bool = False,
    leave: bool = False,
) -> gr.Blocks:
    """The page over an assistant, not served yet.

    ``examples`` are the questions to begin with; without them they are made from the reviews that
    are loaded. ``support`` says quietly what the material is about and where to find support,
    ``privacy`` where what is typed goes. ``editable`` offers to add and remove documents, and
    ``leave`` to log out, for which `serve` has the routes.
    """
    loaded = load_gradio()

    def build() -> Any:
        with loaded.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as app:
            page = _Page(loaded, assistant, examples, editable)
            page.lay_out(support or Support(), privacy, leave=leave)
            page.connect()
            page.open_doors()
        app.queue(
            status_update_rate=_TOLD_EVERY,
            max_size=WAITING,
            default_concurrency_limit=4,
            api_open=False,
        )
        return app

    return cast("gr.Blocks", in_loop(build))


def in_loop(function: Callable[[], Any]) -> Any:
    """What the function returns, called while an event loop runs.

    Called outside of one, Gradio makes a loop for every lock it makes, and closes none of them.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:

        async def call() -> Any:
            return function()

        return asyncio.run(call())
    return function()


class _Page:
    """The components of one page and the functions behind them; it keeps nothing of a visitor.

    Gradio carries a question in and the growing answer out, into ``now``. All else that the page
    does is in its scripts, which call the functions of `serves`.
    """

    def __init__(
        self, gr: Any, assistant: Assistant, examples: Sequence[str] | None, editable: bool
    ) -> None:
        self.gr = gr
        self.editable = editable
        self.assistant = assistant
        self.suggestions = Suggestions(assistant, examples)
        self.suggestions.now()  # they are sought before anybody opens the page
        self.rush = Rush()

    def lay_out(self, support: Support, privacy: str, *, leave: bool) -> None:
        """Every part stands on the page, empty."""
        gr = self.gr
        self.head = gr.HTML(
            asset("head.html").replace("<!-- leave -->", _LEAVE if leave else ""),
            elem_id="head",
            apply_default_css=False,
            js_on_load=_ONCE_WHOLE.replace("SCRIPTS", assets(SCRIPTS)),
            server_functions=self.serves(),
        )
        with gr.Column(elem_id="log"):
            self.part("past", "")
            # Not part of `now`: what arrives late, as the page loads, must not undo a question.
            self.part("home", self.beginning())
            self.now = self.part("now", "")
        self.part("composer", composer(self.assistant.documents(), support, privacy))

    def part(self, name: str, html: str) -> Any:
        """A part of the page, which the scripts find by its name."""
        return self.gr.HTML(html, elem_id=name, apply_default_css=False, js_on_load=None)

    def connect(self) -> None:
        """What is asked is answered, until it is stopped."""
        gr, private = self.gr, {"api_visibility": "private", "show_progress": "hidden"}

        def growing(event: Any) -> Iterator[str]:
            yield from self.converse(event._data)

        # By this annotation Gradio knows what to pass.
        growing.__annotations__["event"] = gr.EventData
        # "multiple": one that was stopped may still be ending when the next is asked.
        asking = self.head.submit(
            growing, None, [self.now], trigger_mode="multiple", **private, **_ASKING
        )
        self.head.stop(None, None, None, cancels=[asking], **private)

    def open_doors(self) -> None:
        """The named endpoints answer other programs."""
        opened = doors.open_doors(self.assistant)
        for name in (field.name for field in dataclasses.fields(doors.Doors)):
            self.gr.api(self.told(getattr(opened, name)), api_name=name, **_ASKING)

    def told(self, function: Any) -> Any:
        """The function, its expected errors turned into what Gradio passes on to a caller."""

        @functools.wraps(function)
        def telling(*args: Any, **kwargs: Any) -> Any:
            try:
                with self.rush.one():
                    return function(*args, **kwargs)
            except (QAError, ValueError) as error:
                raise self.gr.Error(said(error), print_exception=False) from error

        # Gradio reads the types of an endpoint by evaluating its annotations.
        telling.__annotations__ = inspect.get_annotations(function, eval_str=True)
        return telling

    def beginning(self) -> str:
        """What stands before the first question."""
        return home(self.suggestions.now(), len(self.assistant.documents()))

    def converse(self, wished: Mapping[str, Any]) -> Iterator[str]:
        """The entry for a question as HTML, as its answer grows."""
        try:
            wish = Wish.read(wished)
        except ValueError:
            return
        documents = self.assistant.documents()
        summaries = {summary.uri: summary for summary in documents}
        entry = begun(wish, documents)
        shown = time.monotonic()
        with self.rush.one():
            for grown in () if entry.problem else answered(self.assistant, entry, wish.before):
                entry = grown
                if time.monotonic() - shown > _GROWING:
                    yield render.entry_html(entry, summaries, busy=True)
                    shown = time.monotonic()
        yield render.entry_html(entry, summaries)

    def serves(self) -> list[Callable[[Any], str]]:
        """What the scripts call, each with one value; every one answers with HTML."""

        def read(place: Any) -> str:
            return document_html(self.assistant, place, editable=self.editable)

        def restore(turns: Any) -> str:
            summaries = {summary.uri: summary for summary in self.assistant.documents()}
            kept = enumerate(read_turns(turns), start=1)
            return render.conversation([entry_of(one, number) for number, one in kept], summaries)

        def begin(_: Any) -> str:
            return self.beginning()

        def choose(_: Any) -> str:
            return chooser(self.assistant.documents())

        def suggest(wished: Any) -> str:
            with self.rush.quiet() as free:
                return next_questions(next_after(self.assistant, wished)) if free else ""

        return [read, restore, begin, choose, suggest]


def document_html(assistant: Assistant, place: Any, *, editable: bool = False) -> str:
    """The document at the place named, or the list of documents where none is."""
    try:
        if not isinstance(place, Mapping) or "uri" not in place:
            megabytes = assistant.settings.max_file_mb
            return listing(assistant.documents(), editable=editable, megabytes=megabytes)
        return reader.opened(assistant, Place.read(place))
    except (QAError, ValueError, TypeError) as error:
        return f'<p class="problem" role="alert">{escape(said(error))}</p>'


def said(error: Exception) -> str:
    """What is wrong and what to do about it, in one line."""
    return error.in_full if isinstance(error, QAError) else str(error)
