"""The page: what stands where, and what happens when something is pressed.

Gradio carries the question to the assistant and the answer back; what an answer looks like is
made in `render`, as HTML whose every part is escaped.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from qa.errors import QAError
from qa.web import doors
from qa.web.asking import Wish, answered, begun
from qa.web.suggesting import Suggestions
from qa.web.views import reader, render
from qa.web.views.library import listing
from qa.web.views.markup import MAX_QUESTION, escape
from qa.web.views.render import Exchange
from qa.web.views.standing import Place

if TYPE_CHECKING:
    import gradio as gr

    from qa.assistant import Assistant

TITLE = "Ask the Reviews"
SCRIPTS = ("page.js", "reader.js", "library.js")
STYLES = ("style.css", "documents.css")
_ASKING = {"concurrency_limit": 4, "concurrency_id": "asking"}

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
    """The text of a file that lies of the folder `assets`."""
    return files("qa.web").joinpath("assets", name).read_text(encoding="utf-8")


def assets(names: Sequence[str]) -> str:
    """The texts of several such files, one after the other."""
    return "\n".join(asset(name) for name in names)


def build_app(
    assistant: Assistant,
    *,
    examples: Sequence[str] | None = None,
    note: str = render.NOTE,
    editable: bool = False,
) -> gr.Blocks:
    """The page over an assistant, not served yet.

    ``examples`` are the questions to begin with; without them they are made from the reviews that
    are loaded. ``note`` says quietly what the material is about. ``editable`` offers to add and
    remove documents, for which `serve` has the routes.
    """
    loaded = load_gradio()

    def build() -> Any:
        with loaded.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as app:
            page = _Page(loaded, assistant, examples, editable)
            page.lay_out(note)
            page.connect(app)
            page.open_doors()
        app.queue(max_size=64, default_concurrency_limit=4, api_open=False)
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
    """The components of one page and the functions behind them; it keeps nothing of a visitor."""

    def __init__(
        self, gr: Any, assistant: Assistant, examples: Sequence[str] | None, editable: bool
    ) -> None:
        self.gr = gr
        self.editable = editable
        self.assistant = assistant
        self.names = assistant.reviews()
        self.suggestions = Suggestions(assistant, examples)

    def lay_out(self, note: str) -> None:
        """Every component stands on the page, empty."""
        gr = self.gr
        self.turns = gr.State(())
        self.known = gr.State(tuple(self.names))
        self.head = gr.HTML(
            asset("head.html"),
            elem_id="head",
            apply_default_css=False,
            js_on_load=assets(SCRIPTS),
            server_functions=[self.reading()],
        )
        with gr.Column(elem_id="log"):
            self.past = gr.HTML("", elem_id="past", apply_default_css=False, js_on_load=None)
            # Not part of `now`: what arrives late, as the page loads, must not undo a question.
            self.home = gr.HTML(
                self.beginning(), elem_id="home", apply_default_css=False, js_on_load=None
            )
            self.now = gr.HTML("", elem_id="now", apply_default_css=False, js_on_load=None)
        with gr.Column(elem_id="composer"):
            self.lay_out_composer()
            gr.HTML(
                f'<p class="note">{escape(note)} {escape(render.PRIVACY)}</p>',
                elem_id="note",
                apply_default_css=False,
                js_on_load=None,
            )

    def lay_out_composer(self) -> None:
        """What a question is asked with: the choice of reviews, the box, the buttons."""
        gr = self.gr
        label = scope(self.names, self.names)
        with gr.Accordion(label, open=False, elem_id="scope") as self.scope:
            self.reviews = gr.CheckboxGroup(
                self.names,
                value=self.names,
                label="Reviews to search",
                show_select_all=True,
                elem_id="reviews",
            )
        with gr.Row(elem_id="asking"):
            self.box = gr.Textbox(
                label="Your question",
                placeholder="Ask a question",
                lines=1,
                max_lines=5,
                max_length=MAX_QUESTION,
                autofocus=True,
                elem_id="question",
                container=False,
                scale=1,
                html_attributes=gr.InputHTMLAttributes(
                    autocomplete="off", spellcheck=True, enterkeyhint="send"
                ),
            )
            self.send = gr.Button("Ask", variant="primary", elem_id="send", scale=0)
            self.beside = gr.Button("Side by side", elem_id="beside", scale=0)
        self.clear = gr.Button("New conversation", elem_id="clear", visible="hidden")

    def connect(self, app: Any) -> None:
        """Every button and key does what it says."""
        gr, private = self.gr, {"api_visibility": "private", "show_progress": "hidden"}
        outputs = [self.past, self.now, self.turns, self.box, self.clear]
        fields = [self.box, self.reviews, self.turns]
        gr.on([self.box.submit, self.send.click], self.asked, fields, outputs, **private, **_ASKING)
        self.beside.click(self.compared, fields, outputs, **private, **_ASKING)

        def example(event: Any, chosen: Any, turns: Any) -> Iterator[tuple[Any, ...]]:
            yield from self.converse(event._data, chosen, turns)

        # By this annotation Gradio knows what to pass.
        example.__annotations__["event"] = gr.EventData
        self.head.submit(example, [self.reviews, self.turns], outputs, **private, **_ASKING)
        self.clear.click(self.begin, None, outputs, **private, queue=False)
        self.reviews.change(self.said_scope, self.reviews, self.scope, **private, queue=False)
        # Both when the page is opened and when its visitor has changed the library.
        choice, fresh = (
            [self.reviews, self.known],
            [self.home, self.reviews, self.scope, self.known],
        )
        app.load(self.offered, choice, fresh, **private, queue=False)
        self.head.apply(self.offered, choice, fresh, **private, queue=False)

    def open_doors(self) -> None:
        """The named endpoints answer other programs."""
        opened = doors.open_doors(self.assistant)
        for name in ("ask", "compare", "search", "documents"):
            self.gr.api(self.told(getattr(opened, name)), api_name=name, **_ASKING)

    def told(self, function: Any) -> Any:
        """The function, its expected errors turned into what Gradio passes on to a caller."""

        @functools.wraps(function)
        def telling(*args: Any, **kwargs: Any) -> Any:
            try:
                return function(*args, **kwargs)
            except (QAError, ValueError) as error:
                raise self.gr.Error(said(error), print_exception=False) from error

        # Gradio reads the types of an endpoint by evaluating its annotations.
        telling.__annotations__ = inspect.get_annotations(function, eval_str=True)
        return telling

    def begin(self) -> tuple[Any, ...]:
        """An empty conversation."""
        emptied = self.gr.update(value="", placeholder="Ask a question")
        return "", "", (), emptied, self.gr.update(visible="hidden")

    def beginning(self) -> str:
        """What stands before the first question."""
        return render.home(self.suggestions.now(), len(self.assistant.documents()))

    def offered(self, chosen: list[str], known: tuple[str, ...]) -> tuple[Any, ...]:
        """What the page should know of documents that came, or went, after it was made.

        A review that is new is searched too; one that was left out stays so.
        """
        names = self.assistant.reviews()
        left_out = set(known) - set(chosen)
        now = [name for name in names if name not in left_out]
        skip = self.gr.skip()
        if names == list(known):
            return self.beginning(), skip, skip, skip
        every = self.gr.update(choices=names, value=now)
        return self.beginning(), every, self.gr.update(label=scope(now, names)), tuple(names)

    def said_scope(self, chosen: list[str]) -> Any:
        """The label above the choice says what is searched."""
        return self.gr.update(label=scope(chosen, self.assistant.reviews()))

    def asked(self, question: Any, chosen: Any, turns: Any) -> Iterator[tuple[Any, ...]]:
        """The page as the answer to what stands in the box grows."""
        yield from self.converse({"question": question}, chosen, turns)

    def compared(self, question: Any, chosen: Any, turns: Any) -> Iterator[tuple[Any, ...]]:
        """The page with what each chosen review says to what stands in the box."""
        yield from self.converse({"question": question, "beside": True}, chosen, turns)

    def converse(
        self, said: Mapping[str, Any], chosen: Any, turns: tuple[Exchange, ...]
    ) -> Iterator[tuple[Any, ...]]:
        """The page as the answer grows: earlier turns, this one, and the turns to keep."""
        skip = self.gr.skip()
        try:
            wish = Wish.read(said)
        except ValueError:
            yield skip, skip, skip, skip, skip
            return
        summaries = {summary.uri: summary for summary in self.assistant.documents()}
        item = begun(wish, chosen or [], self.assistant.reviews(), turns)
        emptied = self.gr.update(value="", placeholder="Ask a follow-up")
        earlier = render.conversation(turns, summaries)
        first = render.exchange(item, summaries, busy=True)
        yield earlier, first, skip, emptied, self.gr.update(visible=True)
        for grown in () if item.problem else answered(self.assistant, item, turns):
            item = grown
            yield skip, render.exchange(item, summaries, busy=True), skip, skip, skip
        shown = render.exchange(item, summaries)
        yield skip, shown, (*turns, item)[-doors.MAX_TURNS :], skip, skip

    def reading(self) -> Any:
        """The function that the page calls to open a document; it answers with HTML."""

        def read(place: Any) -> str:
            return document_html(self.assistant, place, editable=self.editable)

        return read


def document_html(assistant: Assistant, place: Any, *, editable: bool = False) -> str:
    """The document at the place named, or the list of documents where none is."""
    try:
        if not isinstance(place, Mapping) or "uri" not in place:
            megabytes = assistant.settings.max_file_mb
            return listing(assistant.documents(), editable=editable, megabytes=megabytes)
        return reader.opened(assistant, Place.read(place))
    except (QAError, ValueError, TypeError) as error:
        return f'<p class="problem" role="alert">{escape(said(error))}</p>'


def scope(chosen: Sequence[str], names: Sequence[str]) -> str:
    """What the choice of reviews comes to, in a few words."""
    if len(chosen) == len(names):
        return f"Searching all {len(names)} reviews" if len(names) > 1 else "Searching one review"
    if not chosen:
        return "No review chosen"
    some = [name for name in names if name in chosen]
    listed = ", ".join(some) if len(some) <= 3 else f"{len(some)} of {len(names)}"
    return f"Searching {listed}"


def said(error: Exception) -> str:
    """What is wrong and what to do about it, in one line."""
    return error.in_full if isinstance(error, QAError) else str(error)
