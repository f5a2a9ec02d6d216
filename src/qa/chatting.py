"""The verb `qa chat`: a conversation on the terminal, whose answers can be marked and kept."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from qa.assistant import Assistant
from qa.errors import QAError
from qa.evaluation import question_of, write_questions
from qa.exports import Mark, from_conversation
from qa.terminal import complain, print_json, say, show_answer, show_passages
from qa.types import Answer, Turn

CHAT_HELP = (
    "/sources shows the passages behind the last answer, /new forgets it, /quit leaves. "
    "/right marks the last answer right; /wrong, /wrong WHAT A RIGHT ANSWER HOLDS or /wrong none "
    "(the documents do not say) marks it wrong; /save FILE keeps what was marked as questions for "
    "qa eval."
)

Filters = Mapping[str, Sequence[str] | None]


@dataclass
class Conversation:
    """Turns, and by their places the marks that are not saved yet."""

    turns: list[Turn] = field(default_factory=list)
    marks: dict[int, Mark] = field(default_factory=dict)


class Chat:
    """A conversation with an assistant, and those before it that hold marks."""

    def __init__(self, assistant: Assistant, filters: Filters, *, as_json: bool) -> None:
        self._assistant = assistant
        self._filters = filters
        self._as_json = as_json
        self._now = Conversation()
        self._marked: list[Conversation] = []

    def say(self, line: str) -> None:
        """What one line asks for is done: a command, or else a question."""
        command, _, rest = line.partition(" ")
        if line.startswith("/"):
            done = self._commands().get(command)
            if done:
                done(rest.strip())
            else:
                say(CHAT_HELP)
        elif line:
            self._ask(line)

    def _commands(self) -> dict[str, Callable[[str], None]]:
        return {
            "/new": self._new,
            "/sources": self._sources,
            "/right": self._right,
            "/wrong": self._wrong,
            "/save": self._save,
        }

    def _ask(self, question: str) -> None:
        turns = self._now.turns
        answer = self._assistant.ask(question, history=turns, **self._filters)
        turns.append(Turn(question, answer))
        if self._as_json:
            print_json(answer.to_dict(), indent=None)
        else:
            show_answer(answer, self._assistant.documents())
            say("")

    def _new(self, _: str) -> None:
        if self._now.marks:
            self._marked.append(self._now)
        self._now = Conversation()
        say("A new conversation.")

    def _sources(self, _: str) -> None:
        last = self._now.turns[-1].answer if self._now.turns else None
        if isinstance(last, Answer):
            show_passages(last)
        else:
            say("Nothing has been asked yet.")

    def _right(self, rest: str) -> None:
        if rest:
            say("/right takes nothing after it: /wrong says what a right answer holds.")
        else:
            self._mark(Mark(right=True), "right")

    def _wrong(self, rest: str) -> None:
        if rest.casefold() == "none":
            self._mark(Mark(right=False, unanswered=True), "wrong: the documents do not say")
        else:
            told = f": a right one holds {rest!r}" if rest else ""
            self._mark(Mark(right=False, holds=rest), f"wrong{told}")

    def _mark(self, mark: Mark, said: str) -> None:
        if not self._now.turns:
            say("Nothing has been asked yet.")
            return
        self._now.marks[len(self._now.turns) - 1] = mark
        say(f"Marked {said}. /save FILE keeps it.")

    def _save(self, path: str) -> None:
        conversations = [*self._marked, self._now]
        marked = sum(len(each.marks) for each in conversations)
        if not path or not marked:
            say("Name a file: /save FILE." if not path else "Nothing is marked that is not saved.")
            return
        for each in conversations:
            records = from_conversation(each.turns, each.marks)
            write_questions(path, map(question_of, records))
            each.marks.clear()
        self._marked.clear()
        count = "1 marked answer" if marked == 1 else f"{marked} marked answers"
        say(f"Saved {count}. Run them: qa eval {path}")


def chat(assistant: Assistant, filters: Filters, *, as_json: bool) -> int:
    """Read questions and commands until the end of the input."""
    prompt = ""
    if sys.stdin.isatty():
        # Lets the arrow keys edit and recall questions; they are kept in memory only.
        with contextlib.suppress(ImportError):
            importlib.import_module("readline")
        prompt = "> "
        say(f"Ask the {len(assistant.documents())} documents a question. {CHAT_HELP}\n")
    conversation = Chat(assistant, filters, as_json=as_json)
    while True:
        try:
            line = input(prompt).strip()
        except EOFError:
            return 0
        if line in ("/quit", "/exit"):
            return 0
        with _forgiven():
            conversation.say(line)
        sys.stdout.flush()


@contextlib.contextmanager
def _forgiven() -> Iterator[None]:
    """A question that fails does not end the conversation."""
    try:
        yield
    except QAError as error:
        complain(str(error), error.hint)
